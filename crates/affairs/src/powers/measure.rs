//! Figures over a list: how many seals a citizen must fetch, and what stands behind each limb of the slogan “12345”.
//!
//! Of that slogan only its words are known (one set of standards, two prongs of supervision, three highs, four levels, five
//! keys). Each limb shows figures of our own record, or says that nothing is known of it (grade U).

use std::collections::BTreeMap;

use kernel::{PeriodUnit, RegionLevel};

use super::reduction::{Ratio, committed_pairs, reduction};
use super::row::Power;

/// An agency and the seals its powers take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealRow {
    /// The agency's id.
    pub agency: String,
    /// Its powers.
    pub powers: usize,
    /// Those without any seal to fetch.
    pub without: usize,
    /// Seals to fetch over all of them.
    pub seals: usize,
}

/// The agencies, the one with the fewest seals to fetch for each power first.
pub fn fewest_seals(powers: &[Power]) -> Vec<SealRow> {
    let mut rows: BTreeMap<&str, SealRow> = BTreeMap::new();
    for power in powers {
        let fresh = || SealRow { agency: power.agency.clone(), powers: 0, without: 0, seals: 0 };
        let row = rows.entry(&power.agency).or_insert_with(fresh);
        let seals = power.seals_to_fetch();
        row.powers += 1;
        row.seals += seals;
        row.without += usize::from(seals == 0);
    }
    let mut rows: Vec<SealRow> = rows.into_values().collect();
    // a/b < c/d without dividing.
    rows.sort_by(|x, y| (x.seals * y.powers).cmp(&(y.seals * x.powers)).then_with(|| x.agency.cmp(&y.agency)));
    rows
}

/// One limb of the slogan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limb {
    /// `standards`, `supervision`, `efficiency`, `levels`, `keys`.
    pub id: &'static str,
    /// What our record shows; nothing: not known.
    pub figures: Vec<(&'static str, LimbFigure)>,
}

/// A figure of a limb.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimbFigure {
    /// A number.
    Count(usize),
    /// A share: so many of so many.
    Share(usize, usize),
    /// A ratio, shown in percent.
    Ratio(Ratio),
    /// Not known.
    Unknown,
}

/// The five limbs over the lists in force. What other rooms know is handed in: open supervision duties, and how many runs
/// of powers are kept in the log.
pub fn limbs(powers: &[Power], (duties, runs): (Option<usize>, usize)) -> Vec<Limb> {
    use LimbFigure::{Count, Share, Unknown};
    let (all, count) = (powers.len(), |is: &dyn Fn(&Power) -> bool| powers.iter().filter(|p| is(p)).count());
    let kinds: std::collections::BTreeSet<&str> = powers.iter().map(|p| p.kind.as_str()).collect();
    let shorter = reduction(committed_pairs(powers));
    let ratio = |r: Option<Ratio>| r.map_or(Unknown, LimbFigure::Ratio);
    // By unit: days and working days have no sum.
    let pooled = shorter.by_unit.iter().map(|u| (pooled_word(u.unit), ratio(u.pooled)));
    let level = |level: RegionLevel| Count(count(&|p| p.level == level));
    vec![
        Limb {
            id: "standards",
            figures: vec![
                ("powers", Count(all)),
                ("kinds", Count(kinds.len())),
                ("with_statutory", Share(count(&|p| p.statutory.is_some()), all)),
                ("verified", Share(count(&|p| matches!(p.grade, kernel::Grade::A | kernel::Grade::B)), all)),
            ],
        },
        Limb {
            id: "supervision",
            figures: vec![
                ("prongs", Unknown),
                ("phones", Share(count(&|p| !p.phone.is_empty()), all)),
                ("duties", duties.map_or(Unknown, Count)),
                ("runs", Count(runs)),
            ],
        },
        Limb {
            id: "efficiency",
            figures: std::iter::once(("mean", ratio(shorter.mean)))
                .chain(pooled)
                .chain([
                    ("on_the_spot", Share(count(&Power::is_on_the_spot), all)),
                    ("seals", Count(powers.iter().map(Power::seals_to_fetch).sum())),
                ])
                .collect(),
        },
        Limb {
            id: "levels",
            figures: vec![
                ("region", level(RegionLevel::Region)),
                ("city", level(RegionLevel::City)),
                ("county", level(RegionLevel::County)),
                ("township", level(RegionLevel::Township)),
            ],
        },
        Limb { id: "keys", figures: vec![("keys", Unknown)] },
    ]
}

const fn pooled_word(unit: PeriodUnit) -> &'static str {
    match unit {
        PeriodUnit::WorkingDay => "pooled_working_day",
        PeriodUnit::CalendarDay => "pooled_calendar_day",
        PeriodUnit::Month => "pooled_month",
        PeriodUnit::Year => "pooled_year",
    }
}
