//! One entry of the catalogue: an item's folder, an agency, a year of the calendar … as bytes with one hash.
//!
//! The hash is SHA-256 over the manifest, a line `HASH  NAME` for each file in the order of names: what `sha256sum`
//! prints, so that anybody can check it with the tools at hand.

use std::collections::BTreeMap;

use kernel::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::diagnostic::{Diagnostic, Report};
use super::files::Files;

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A folder in `items/`.
    Item,
    /// A file in `agencies/`.
    Agency,
    /// A file in `regions/`: one level.
    Region,
    /// A file in `calendars/`: one year.
    Calendar,
    /// A file in `registers/`.
    Register,
    /// A file in `words/`: one language.
    Words,
    /// A file in `parameters/`: a threshold by place and time.
    Parameter,
    /// A file in `quotas/`: a limited number by place and year.
    Quota,
    /// `procedure.toml`: the clocks every item shares.
    Procedure,
    /// `messages.toml`: what leaves the house, when and in which words.
    Messages,
    /// A file in `delegations/`.
    Delegation,
    /// A file in `halls/`: places of a level or a city, their counters, what may be done there.
    Hall,
    /// A file in `bundles/`: several items as one thing people want.
    Bundle,
    /// `powers/kinds.toml`: the kinds of powers.
    PowerKinds,
    /// A file in `powers/flows/`: how powers of one kind run.
    PowerFlow,
    /// A folder in `credit/`: the rules of credit from a day on.
    Credit,
    /// A folder in `supervision/`: limits, checklists and bars of supervision from a day on.
    Supervision,
    /// A page for readers (`README.md`).
    Note,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::Item,
        Self::Agency,
        Self::Region,
        Self::Calendar,
        Self::Register,
        Self::Words,
        Self::Parameter,
        Self::Quota,
        Self::Procedure,
        Self::Messages,
        Self::Delegation,
        Self::Hall,
        Self::Bundle,
        Self::PowerKinds,
        Self::PowerFlow,
        Self::Credit,
        Self::Supervision,
        Self::Note,
    ];

    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Agency => "agency",
            Self::Region => "region",
            Self::Calendar => "calendar",
            Self::Register => "register",
            Self::Words => "words",
            Self::Parameter => "parameter",
            Self::Quota => "quota",
            Self::Delegation => "delegation",
            Self::Hall => "hall",
            Self::Bundle => "bundle",
            Self::Procedure => "procedure",
            Self::Messages => "messages",
            Self::PowerKinds => "power_kinds",
            Self::PowerFlow => "power_flow",
            Self::Credit => "credit",
            Self::Supervision => "supervision",
            Self::Note => "note",
        }
    }

    /// Reads [`EntryKind::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Item => "items",
            Self::Agency => "agencies",
            Self::Region => "regions",
            Self::Calendar => "calendars",
            Self::Register => "registers",
            Self::Words => "words",
            Self::Parameter => "parameters",
            Self::Quota => "quotas",
            Self::Delegation => "delegations",
            Self::Hall => "halls",
            Self::Bundle => "bundles",
            Self::PowerKinds => "powers",
            Self::PowerFlow => "powers/flows",
            Self::Credit => "credit",
            Self::Supervision => "supervision",
            Self::Procedure | Self::Messages | Self::Note => "",
        }
    }
}

/// One entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Folder or file name without what follows `@` or the last dot.
    pub id: String,
    /// The day after `@` in the folder's name, where there is one.
    pub since: Option<Date>,
    /// File names within the entry, and bytes.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Entry {
    /// The manifest: `HASH  NAME`, a line for each file.
    pub fn manifest(&self) -> String {
        self.files.iter().map(|(name, bytes)| format!("{}  {name}\n", hash_of(bytes))).collect()
    }

    /// The entry's version: SHA-256 of the manifest, in hex.
    pub fn hash(&self) -> String {
        hash_of(self.manifest().as_bytes())
    }

    /// Where a file of this entry stands below `catalog/`; `dated` puts an old version beside the newest.
    pub fn path_of(&self, name: &str, dated: Option<Date>) -> String {
        match (self.kind, dated) {
            (EntryKind::Item, None) => format!("items/{}/{name}", self.id),
            (EntryKind::Item, Some(date)) => format!("items/{}@{date}/{name}", self.id),
            (kind @ (EntryKind::Credit | EntryKind::Supervision), _) => format!("{}/{}/{name}", kind.folder(), self.id),
            (EntryKind::Note, _) => self.id.clone(),
            (EntryKind::Procedure | EntryKind::Messages, _) => name.to_owned(),
            (kind, _) => format!("{}/{name}", kind.folder()),
        }
    }

    /// The only file of an entry that is one file.
    pub fn only(&self) -> Option<(&str, &[u8])> {
        self.files.iter().next().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// The path of the entry's main file, for diagnostics.
    pub fn path(&self) -> String {
        let name = if self.kind == EntryKind::Item { "item.toml" } else { self.only().map_or("", |(n, _)| n) };
        self.path_of(name, self.since)
    }
}

/// SHA-256 in hex.
pub fn hash_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Sorts files into entries; a file that belongs nowhere is an error.
pub fn entries(files: &Files) -> (Vec<Entry>, Vec<Diagnostic>) {
    let mut found: BTreeMap<(EntryKind, String, Option<Date>), Entry> = BTreeMap::new();
    let mut misplaced = Vec::new();
    for (path, bytes) in files.iter() {
        match place(path) {
            Ok((kind, id, since, name)) => {
                let entry = || Entry { kind, id: id.clone(), since, files: BTreeMap::new() };
                found.entry((kind, id.clone(), since)).or_insert_with(entry).files.insert(name, bytes.to_vec());
            }
            Err(mend) => {
                let report = Report::of(path);
                report.error("file", "belongs to no entry", mend);
                misplaced.extend(report.into_found());
            }
        }
    }
    (found.into_values().collect(), misplaced)
}

type Place = (EntryKind, String, Option<Date>, String);

fn place(path: &str) -> Result<Place, &'static str> {
    let parts: Vec<&str> = path.split('/').collect();
    if parts.last().is_some_and(|name| *name == "README.md") {
        return Ok((EntryKind::Note, path.to_owned(), None, "README.md".to_owned()));
    }
    let one_file = |kind, name: &str, ending: &str| {
        let id = name.strip_suffix(ending).filter(|id| is_name(id)).ok_or("name it like the others there")?;
        Ok((kind, id.to_owned(), None, name.to_owned()))
    };
    match parts[..] {
        ["items", folder, name] => item(folder, name),
        // A list of agencies is of one entry with the agency above them.
        ["agencies", name] if name.ends_with(".csv") => one_file(EntryKind::Agency, name, ".csv"),
        ["agencies", name] => one_file(EntryKind::Agency, name, ".toml"),
        ["regions", name] => one_file(EntryKind::Region, name, ".csv"),
        ["calendars", name] => one_file(EntryKind::Calendar, name, ".toml"),
        ["registers", name] => one_file(EntryKind::Register, name, ".toml"),
        ["words", name] => one_file(EntryKind::Words, name, ".toml"),
        ["parameters", name] => one_file(EntryKind::Parameter, name, ".toml"),
        ["procedure.toml"] => one_file(EntryKind::Procedure, "procedure.toml", ".toml"),
        ["messages.toml"] => one_file(EntryKind::Messages, "messages.toml", ".toml"),
        ["quotas", name] => one_file(EntryKind::Quota, name, ".toml"),
        ["powers", "kinds.toml"] => one_file(EntryKind::PowerKinds, "kinds.toml", ".toml"),
        ["powers", "flows", name] => one_file(EntryKind::PowerFlow, name, ".toml"),
        ["delegations", name] => one_file(EntryKind::Delegation, name, ".toml"),
        ["halls", name @ ("offers.toml" | "tickets.toml")] => one_file(EntryKind::Hall, name, ".toml"),
        ["halls", name] => one_file(EntryKind::Hall, name, ".csv"),
        ["credit", folder, name] => dated(EntryKind::Credit, folder, name),
        ["supervision", folder, name] => dated(EntryKind::Supervision, folder, name),
        ["bundles", name] => one_file(EntryKind::Bundle, name, ".toml"),
        _ => Err("put it into the folder of its kind; docs/catalog.md lists them"),
    }
}

fn item(folder: &str, name: &str) -> Result<Place, &'static str> {
    if !["item.toml", "form.schema.json", "rules.dmn", "cases.md"].contains(&name) {
        return Err("an item has item.toml, form.schema.json, rules.dmn and cases.md, nothing else");
    }
    let (id, since) = match folder.split_once('@') {
        None => (folder, None),
        Some((id, date)) => (id, Some(date.parse().map_err(|_| "write the date after @ like 2026-01-01")?)),
    };
    if !is_name(id) {
        return Err("a folder's name has small letters, digits and dashes");
    }
    Ok((EntryKind::Item, id.to_owned(), since, name.to_owned()))
}

/// Rules that hold from a day on: a folder named after it.
fn dated(kind: EntryKind, folder: &str, name: &str) -> Result<Place, &'static str> {
    let (known, mend): (&[&str], _) = match kind {
        EntryKind::Credit => (
            &["credit.toml", "rules.dmn", "cases.md"],
            "rules of credit have credit.toml, rules.dmn and cases.md, nothing else",
        ),
        _ => (
            &["supervision.toml", "annulment.toml"],
            "rules of supervision have supervision.toml and annulment.toml, nothing else",
        ),
    };
    if !known.contains(&name) {
        return Err(mend);
    }
    let day: Result<Date, _> = folder.parse();
    day.map_err(|_| "name the folder after the first day of its rules, like 2026-01-01")?;
    Ok((kind, folder.to_owned(), None, name.to_owned()))
}

fn is_name(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !id.is_empty() && id.len() <= 64 && id.chars().all(plain)
}
