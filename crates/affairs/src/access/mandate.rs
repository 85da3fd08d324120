//! Acting for another: a person files for a company or for another person only under a dated, limited mandate, and
//! whatever is done under it carries both names.

use std::collections::BTreeSet;

use kernel::{Date, Id};
use serde::{Deserialize, Serialize};

use super::Party;

/// What a mandate lets its holder do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MandateAct {
    /// Look at the principal's cases, licences and register facts.
    View,
    /// File, correct and withdraw applications.
    File,
    /// Confirm (or decline) as the second party of somebody else's application.
    Confirm,
    /// Give mandates to others and end them.
    Delegate,
}

impl MandateAct {
    /// Every act, in the order pages list them.
    pub const ALL: [Self; 4] = [Self::View, Self::File, Self::Confirm, Self::Delegate];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::File => "file",
            Self::Confirm => "confirm",
            Self::Delegate => "delegate",
        }
    }

    /// Reads [`MandateAct::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.word() == word)
    }
}

/// What a mandate says: acts, items, dates.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MandateScope {
    /// The acts it covers.
    pub acts: BTreeSet<MandateAct>,
    /// The items it covers; empty means every item.
    pub items: BTreeSet<String>,
    /// First day (China).
    pub valid_from: Date,
    /// Last day, included: a mandate without an end is not offered.
    pub valid_to: Date,
}

impl MandateScope {
    /// True where the mandate covers `act` on `item` (`None`: an act on no particular item) on `date`. Acting on one
    /// item needs no mandate for all; an act on no particular item is covered by a mandate for some.
    pub fn covers(&self, act: MandateAct, item: Option<&str>, date: Date) -> bool {
        self.acts.contains(&act)
            && self.in_force(date)
            && item.is_none_or(|i| self.items.is_empty() || self.items.contains(i))
    }

    /// True where `date` lies within the dates.
    pub fn in_force(&self, date: Date) -> bool {
        self.valid_from <= date && date <= self.valid_to
    }
}

/// A mandate in force when it was read: whoever keeps it longer than a request asks again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mandate {
    /// Its id: stands in the case that was filed under it.
    pub id: Id,
    /// For whom: the applicant in law.
    pub principal: Party,
    /// The person who acts.
    pub agent: Id,
    /// What it allows.
    pub scope: MandateScope,
    /// What proves it: a document number, or how the principal gave it online.
    pub basis: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mandate_covers_its_acts_items_and_days_only() {
        let date = |s: &str| s.parse::<Date>().unwrap();
        let scope = |items: &[&str]| MandateScope {
            acts: [MandateAct::View, MandateAct::Confirm].into(),
            items: items.iter().map(|s| (*s).to_owned()).collect(),
            valid_from: date("2026-01-01"),
            valid_to: date("2026-12-31"),
        };
        let some = scope(&["a", "b"]);
        let cases = [
            (&some, MandateAct::View, Some("a"), "2026-06-01", true),
            (&some, MandateAct::View, None, "2026-06-01", true),
            (&some, MandateAct::View, Some("c"), "2026-06-01", false),
            (&some, MandateAct::File, Some("a"), "2026-06-01", false),
            (&some, MandateAct::View, Some("a"), "2026-01-01", true),
            (&some, MandateAct::View, Some("a"), "2026-12-31", true),
            (&some, MandateAct::View, Some("a"), "2025-12-31", false),
            (&some, MandateAct::View, Some("a"), "2027-01-01", false),
            (&scope(&[]), MandateAct::Confirm, Some("anything"), "2026-06-01", true),
        ];
        for (scope, act, item, on, want) in cases {
            assert_eq!(scope.covers(act, item, date(on)), want, "{act:?} {item:?} {on}");
        }
    }
}
