//! Versions of an item beside each other: under which of them a case goes on that was filed before the newest began.
//!
//! A case is decided under the version of the day it was filed, unless a later version says by itself that it decides also what
//! was accepted, or what is decided, from its first day on. What a version said that was taken back decides nothing any more:
//! the version in its place names it.

use std::sync::Arc;

use kernel::{Date, Text};
use serde::{Deserialize, Serialize};

use super::diagnostic::Diagnostic;
use super::item::Item;
use super::item_lint;
use super::snapshot::Catalog;

/// Which day of a case says under which version of its item it is decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionBy {
    /// The day it was filed: a new version decides new cases only.
    #[default]
    Filed,
    /// The day it was accepted: what waited to be accepted on the version's first day is decided under it, too.
    Accepted,
    /// The day it is decided: every open case.
    Decided,
}

impl VersionBy {
    /// Words of the catalogue's files and of tables.
    pub const WORDS: [(&'static str, Self); 3] =
        [("filed", Self::Filed), ("accepted", Self::Accepted), ("decided", Self::Decided)];

    /// The word in files, tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Accepted => "accepted",
            Self::Decided => "decided",
        }
    }

    /// Reads [`VersionBy::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, by)| *by)
    }

    /// The day of filing: what holds where nothing is said.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    pub(super) fn is_filed(&self) -> bool {
        *self == Self::Filed
    }

    /// What it means, in a sentence.
    pub fn text(self) -> Text {
        match self {
            Self::Filed => Text::new("按申请日：只管生效日起提出的申请", "by the day of filing: new applications only"),
            Self::Accepted => Text::new(
                "按受理日：生效日起才受理的也适用",
                "by the day of acceptance: also what is accepted from its first day on",
            ),
            Self::Decided => Text::new(
                "按决定日：生效日起作出的决定都适用",
                "by the day of decision: every decision from its first day on",
            ),
        }
    }
}

/// A day as `item.toml` writes it.
pub fn toml_day(date: Date) -> toml_edit::Datetime {
    let part = |n: i8| u8::try_from(n).unwrap_or_default();
    let year = u16::try_from(date.year()).unwrap_or_default();
    let date = toml_edit::Date { year, month: part(date.month()), day: part(date.day()) };
    toml_edit::Datetime { date: Some(date), time: None, offset: None }
}

impl Catalog {
    /// The version under which a case goes on that was filed under `hash`, was accepted on a day (none: not yet), and is looked
    /// at today. None where the version it was filed under is not known.
    pub fn applying(&self, id: &str, hash: &str, (accepted, today): (Option<Date>, Date)) -> Option<Arc<Item>> {
        let filed = self.item_version(id, hash)?;
        let versions = self.items.get(id).map_or(&[][..], Vec::as_slice);
        let replaced = self.replaced.iter().filter(|item| item.id == id);
        let restored = versions.iter().chain(replaced).find(|v| v.instead_of.iter().any(|bad| bad == hash));
        let own = restored.cloned().unwrap_or(filed);
        let reaches = |later: &Item| match later.version_by {
            VersionBy::Filed => false,
            VersionBy::Accepted => later.in_force(accepted.unwrap_or(today)),
            VersionBy::Decided => later.in_force(today),
        };
        let later = |v: &&Arc<Item>| v.valid_from >= own.valid_from && v.hash != own.hash && reaches(v);
        let later = versions.iter().rev().find(later).cloned();
        Some(later.unwrap_or(own))
    }

    /// What is wrong or doubtful in one item, held against this catalogue: for a version that is not in it yet.
    pub fn lint_item(&self, item: &Item) -> Vec<Diagnostic> {
        item_lint::one(self, item)
    }

    /// All versions of an item in this snapshot that are not replaced, by their first day.
    pub fn versions_of(&self, id: &str) -> &[Arc<Item>] {
        self.items.get(id).map_or(&[], Vec::as_slice)
    }
}
