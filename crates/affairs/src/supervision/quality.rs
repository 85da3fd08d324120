//! The machine's own error rate, measured by inspections: of what it judged to hold, how much did not. With an interval, because few
//! were looked at; and a proposal, never more, where it is too high.

use std::collections::BTreeMap;

use store::{Fault, Store};

use super::terms::QualityTerms;

/// What was found of a condition of an item, where the machine alone had judged it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ErrorRate {
    /// Looked at.
    pub looked: u32,
    /// Of them not so.
    pub wrong: u32,
}

impl ErrorRate {
    /// The interval of the true rate at 95 %, by Wilson's score, in permille rounded outwards; none where nothing was looked at.
    ///
    /// Wilson (1927): good for few observations and for rates near nothing, where the usual interval is not.
    pub fn interval(&self) -> Option<(u32, u32)> {
        const Z: f64 = 1.959_963_984_540_054;
        if self.looked == 0 {
            return None;
        }
        let (n, p) = (f64::from(self.looked), f64::from(self.wrong) / f64::from(self.looked));
        let z2 = Z * Z;
        let centre = p + z2 / (2.0 * n);
        let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        let whole = 1.0 + z2 / n;
        let permille = |rate: f64| (rate * 1000.0).clamp(0.0, 1000.0);
        let (low, high) = (permille((centre - half) / whole), permille((centre + half) / whole));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
        let outwards = (low.floor() as u32, high.ceil() as u32);
        Some(outwards)
    }

    /// The rate as it was seen, in permille; none where nothing was looked at.
    pub fn permille(&self) -> Option<u32> {
        (self.looked > 0).then(|| (self.wrong * 1000 + self.looked / 2) / self.looked)
    }

    /// Whether it is proposed to let the machine decide this no more: enough was looked at, and even the lower end of the interval
    /// is above what the catalogue bears.
    pub fn proposes_stop(&self, terms: &QualityTerms) -> bool {
        self.looked >= terms.least && self.interval().is_some_and(|(low, _)| low > terms.permille)
    }
}

/// The error rates of an office by item and condition, from the counters kept with each inspection.
///
/// # Errors
/// A fault of the database.
pub async fn error_rates(store: &Store, shard: &str) -> Result<BTreeMap<(String, String), ErrorRate>, Fault> {
    let mut rates: BTreeMap<(String, String), ErrorRate> = BTreeMap::new();
    for (key, n) in store.counters(shard, "found/").await? {
        let parts: Vec<&str> = key.split('/').collect();
        let [_, item, condition, "machine", result] = parts[..] else { continue };
        let n = u32::try_from(n).unwrap_or(0);
        let rate = rates.entry((item.to_owned(), condition.to_owned())).or_default();
        rate.looked += n;
        rate.wrong += if result == "bad" { n } else { 0 };
    }
    rates.retain(|_, rate| rate.looked > 0);
    Ok(rates)
}

#[cfg(test)]
mod tests {
    use kernel::Grade;

    use super::*;

    #[test]
    fn wilsons_interval_as_published() {
        // Brown, Cai and DasGupta (2001) and any table of Wilson intervals: 0 of 10, 1 of 10, 5 of 10, 10 of 10.
        for (wrong, looked, low, high) in
            [(0, 10, 0, 278), (1, 10, 17, 405), (5, 10, 236, 764), (10, 10, 722, 1000), (0, 1, 0, 794), (3, 1000, 1, 9)]
        {
            assert_eq!(ErrorRate { looked, wrong }.interval(), Some((low, high)), "{wrong} of {looked}");
        }
        assert_eq!(ErrorRate::default().interval(), None);
    }

    #[test]
    fn few_observations_propose_nothing() {
        let terms = QualityTerms { least: 20, permille: 50, grade: Grade::D };
        let proposes = |wrong, looked| ErrorRate { looked, wrong }.proposes_stop(&terms);
        assert!(!proposes(10, 19), "too few");
        assert!(!proposes(2, 20), "it may well be below");
        assert!(proposes(5, 20));
        assert!(!proposes(50, 1000) && proposes(70, 1000));
    }
}
