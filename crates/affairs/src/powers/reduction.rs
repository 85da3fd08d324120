//! By how much limits became shorter, by both formulas, each labelled: nobody found out which of the two a government
//! meant when it published one figure. (Both formulas and their rules are our design, grade D.)
//!
//! Mean of item ratios: the average of 1 − after ÷ before. Pooled: 1 − Σ after ÷ Σ before. Working days and calendar days
//! are never added up, so there is no pooled figure over both; what cannot be compared is listed and not counted; on the
//! spot is 0; stages outside the limit are counted apart.

use std::collections::BTreeMap;

use kernel::{Period, PeriodUnit};
use serde::Serialize;

use super::compare::Difference;
use super::row::Power;

/// A limit before and after.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pair {
    /// The power's code.
    pub code: String,
    /// Its name; with the stage's, where it is a stage outside the limit.
    pub name: String,
    /// Before, or by law.
    pub before: Option<Period>,
    /// After, or as committed.
    pub after: Option<Period>,
}

/// Why a pair is not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Excluded {
    /// Nothing to compare with: the law sets no limit, or there was none.
    NoBaseline,
    /// No limit afterwards.
    NoCommitment,
    /// One in working days, the other in calendar days.
    UnitsDiffer,
    /// On the spot before already.
    BaselineOnTheSpot,
}

impl Excluded {
    /// The word in the API and in keys of the interface's words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoBaseline => "no_baseline",
            Self::NoCommitment => "no_commitment",
            Self::UnitsDiffer => "units_differ",
            Self::BaselineOnTheSpot => "baseline_on_the_spot",
        }
    }
}

/// A fraction, exact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

/// Beyond exact fractions (hundreds of different limits) so fine: the error stays far below what is printed.
const SCALE: i128 = 1_000_000_000_000_000;
/// The largest denominator kept exact: a remainder times [`SCALE`] still fits into an `i128`.
const EXACT: i128 = 10_000_000_000_000_000_000_000;

impl Ratio {
    /// `numerator` of `denominator`; nothing of nothing is nothing.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        (denominator != 0).then(|| Self { numerator, denominator }.reduced())
    }

    fn reduced(self) -> Self {
        let divisor = gcd(self.numerator.unsigned_abs(), self.denominator.unsigned_abs()).max(1);
        let divisor = i128::try_from(divisor).unwrap_or(1);
        Self { numerator: self.numerator / divisor, denominator: self.denominator / divisor }
    }

    fn plus(self, other: Self) -> Self {
        let exact = || {
            let left = self.numerator.checked_mul(other.denominator)?;
            let right = other.numerator.checked_mul(self.denominator)?;
            let denominator = self.denominator.checked_mul(other.denominator).filter(|d| *d < EXACT)?;
            Some(Self { numerator: left.checked_add(right)?, denominator }.reduced())
        };
        exact().unwrap_or_else(|| Self { numerator: self.scaled() + other.scaled(), denominator: SCALE })
    }

    fn scaled(self) -> i128 {
        let whole = self.numerator / self.denominator;
        whole * SCALE + (self.numerator % self.denominator).saturating_mul(SCALE) / self.denominator
    }

    /// In percent, half up, one decimal: `53.1`.
    pub fn percent(self) -> String {
        let tenths = (self.numerator.saturating_mul(2_000) + self.denominator).div_euclid(2 * self.denominator);
        let sign = if tenths < 0 { "-" } else { "" };
        format!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10)
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The sums of one unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitSum {
    /// Which unit.
    pub unit: PeriodUnit,
    /// How many pairs.
    pub items: usize,
    /// Sum before.
    pub before: u64,
    /// Sum after.
    pub after: u64,
    /// Mean of item ratios.
    pub mean: Option<Ratio>,
    /// Pooled.
    pub pooled: Option<Ratio>,
}

/// By how much limits became shorter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reduction {
    /// How many pairs are counted.
    pub counted: usize,
    /// Mean of item ratios over all counted: ratios have no unit.
    pub mean: Option<Ratio>,
    /// Pooled; only where all counted pairs have one unit.
    pub pooled: Option<Ratio>,
    /// By unit.
    pub by_unit: Vec<UnitSum>,
    /// What is not counted, and why.
    pub excluded: Vec<(Pair, Excluded)>,
}

/// Computes both formulas.
pub fn reduction(pairs: Vec<Pair>) -> Reduction {
    let mut units: BTreeMap<PeriodUnit, Vec<(u32, u32)>> = BTreeMap::new();
    let mut found = Reduction::default();
    for pair in pairs {
        match comparable(&pair) {
            Ok((unit, before, after)) => units.entry(unit).or_default().push((before, after)),
            Err(why) => found.excluded.push((pair, why)),
        }
    }
    found.by_unit = units.iter().map(|(unit, pairs)| sum(*unit, pairs)).collect();
    found.counted = found.by_unit.iter().map(|u| u.items).sum();
    found.mean = mean(units.values().flatten());
    found.pooled = if let [only] = found.by_unit.as_slice() { only.pooled } else { None };
    found
}

fn comparable(pair: &Pair) -> Result<(PeriodUnit, u32, u32), Excluded> {
    let before = pair.before.ok_or(Excluded::NoBaseline)?;
    let after = pair.after.ok_or(Excluded::NoCommitment)?;
    match (before.n, after.n) {
        (0, _) => Err(Excluded::BaselineOnTheSpot),
        // On the spot is no time in every unit.
        (n, 0) => Ok((before.unit, n, 0)),
        (n, m) if before.unit == after.unit => Ok((before.unit, n, m)),
        _ => Err(Excluded::UnitsDiffer),
    }
}

fn sum(unit: PeriodUnit, pairs: &[(u32, u32)]) -> UnitSum {
    let before: u64 = pairs.iter().map(|(b, _)| u64::from(*b)).sum();
    let after: u64 = pairs.iter().map(|(_, a)| u64::from(*a)).sum();
    let pooled = Ratio::new(i128::from(before) - i128::from(after), i128::from(before));
    UnitSum { unit, items: pairs.len(), before, after, mean: mean(pairs.iter()), pooled }
}

/// Pairs of one baseline are added first, so that the fractions stay few and exact.
fn mean<'a>(pairs: impl Iterator<Item = &'a (u32, u32)>) -> Option<Ratio> {
    let (mut saved, mut count) = (BTreeMap::<u32, i128>::new(), 0_i128);
    for (before, after) in pairs {
        *saved.entry(*before).or_default() += i128::from(*before) - i128::from(*after);
        count += 1;
    }
    let parts = saved.into_iter().filter_map(|(before, saved)| Ratio::new(saved, i128::from(before)));
    let total = parts.reduce(Ratio::plus)?;
    Some(match total.denominator.checked_mul(count) {
        Some(denominator) => Ratio { denominator, ..total }.reduced(),
        None => Ratio { numerator: total.scaled() / count, denominator: SCALE },
    })
}

/// The committed limits of a version against the statutory ones.
pub fn committed_pairs(powers: &[Power]) -> Vec<Pair> {
    let pair = |p: &Power| Pair { code: p.code.clone(), name: p.name.clone(), before: p.statutory, after: p.committed };
    powers.iter().map(pair).collect()
}

/// The committed limits of a version against those of the version before, and the stages outside the limit likewise.
pub fn previous_pairs(difference: &Difference, before: &[Power]) -> (Vec<Pair>, Vec<Pair>) {
    let gone = |p: &&Power| !difference.removed.iter().any(|r| r.code == p.code);
    let after = |p: &Power| {
        difference.changed.iter().find(|c| c.after.code == p.code).map_or_else(|| p.clone(), |c| c.after.clone())
    };
    let (mut limits, mut special) = (Vec::new(), Vec::new());
    for old in before.iter().filter(gone) {
        let new = after(old);
        let (code, name) = (old.code.clone(), new.name.clone());
        for stage in &old.special {
            let left = new.special.iter().find(|s| s.name == stage.name).map(|s| s.period);
            // A stage that was dropped takes no time any more.
            let none = Period { n: 0, ..stage.period };
            let name = format!("{name} · {}", stage.name);
            special.push(Pair {
                code: code.clone(),
                name,
                before: Some(stage.period),
                after: Some(left.unwrap_or(none)),
            });
        }
        limits.push(Pair { code, name, before: old.committed, after: new.committed });
    }
    (limits, special)
}
