//! What the catalogue says of early warnings: `[[warning]]` of `supervision.toml`.

use kernel::{Grade, Period, PeriodKind, Text};
use serde::Deserialize;

/// What a rule looks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// A licence ends within so many days, and none follows it yet.
    Expiring,
    /// A holder has fewer registered people than `threshold`, counted over licences of the items in `counted`.
    Understaffed,
    /// The business register says that the holder is not in business; each holder is looked up once in so many days.
    Dissolved,
    /// So many holders, or more, at one address.
    Crowded,
    /// One file among the papers of so many applicants, or more.
    Reused,
    /// Grants of one officer fail inspection: at least `least` looked at, and the lower end of the interval above so many in a thousand.
    OfficerFails,
    /// The same of a condition that the machine judged.
    RuleFails,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarningTerms {
    /// Its id.
    pub id: String,
    /// What it looks for.
    pub kind: WarningKind,
    /// The items it looks at; `*`: all.
    pub items: Vec<String>,
    /// From when on it speaks: days, people, holders, applicants, or permille, as its kind says.
    pub threshold: u32,
    /// How many must have been looked at.
    #[serde(default)]
    pub least: u32,
    /// The items whose licences are counted.
    #[serde(default)]
    pub counted: Vec<String>,
    /// Within which somebody looks.
    pub answer: Period,
    /// In words.
    pub sentence: Text,
    /// How well known.
    pub grade: Grade,
}

impl WarningTerms {
    /// Whether it looks at an item.
    pub fn fits(&self, item: &str) -> bool {
        self.items.iter().any(|own| own == "*" || own == item)
    }

    /// What is wrong with it.
    pub(in crate::supervision) fn lint(&self) -> Option<&'static str> {
        let most = match self.kind {
            WarningKind::OfficerFails | WarningKind::RuleFails => 1_000,
            WarningKind::Expiring | WarningKind::Dissolved => 366,
            _ => 10_000,
        };
        if self.answer.kind != PeriodKind::AtMost {
            return Some("the limit to look is at_most");
        }
        if self.items.is_empty() || !(1..=most).contains(&self.threshold) {
            return Some("it has items and a threshold from 1 up to what its kind allows");
        }
        match self.kind {
            WarningKind::Understaffed if self.counted.is_empty() => Some("it names the items that are counted"),
            WarningKind::OfficerFails | WarningKind::RuleFails if self.least == 0 => {
                Some("it says how many must be looked at")
            }
            _ => None,
        }
    }
}
