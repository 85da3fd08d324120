//! The text of an item's rules as the workshop may change it: the logic, the cases, and of `item.toml` the part about conditions.
//! Form, limits, facts and everything else of the item stay as they were imported.

use std::collections::BTreeMap;

use kernel::Date;
use serde::{Deserialize, Serialize};
use toml_edit::{ArrayOfTables, DocumentMut, Item as Node, Table, value};

use crate::catalog::{Entry, VersionBy, toml_day};

/// The file names of the three texts in an item's folder.
pub(super) const FILES: [&str; 3] = ["item.toml", "rules.dmn", "cases.md"];

/// The texts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Texts {
    /// `item.toml`, whole.
    pub item_toml: String,
    /// `rules.dmn`.
    pub rules: String,
    /// `cases.md`.
    pub cases: String,
}

impl Texts {
    /// The texts of an entry; none where a file is missing or no UTF-8.
    pub fn of(entry: &Entry) -> Option<Self> {
        let text = |name: &str| String::from_utf8(entry.files.get(name)?.clone()).ok();
        let [item_toml, rules, cases] = FILES.map(text);
        Some(Self { item_toml: item_toml?, rules: rules?, cases: cases? })
    }

    /// An entry with these texts in place of its own.
    pub fn within(&self, base: &Entry) -> Entry {
        let own = [&self.item_toml, &self.rules, &self.cases];
        let files = FILES.into_iter().zip(own).map(|(name, text)| (name.to_owned(), text.clone().into_bytes()));
        let files: BTreeMap<String, Vec<u8>> = base.files.clone().into_iter().chain(files).collect();
        Entry { since: None, files, ..base.clone() }
    }

    /// The part of `item.toml` about conditions; empty where it cannot be read.
    pub fn conditions(&self) -> String {
        let document = self.item_toml.parse::<DocumentMut>().ok();
        let part = document.and_then(|mut document| document.remove(CONDITION));
        let Some(part) = part else { return String::new() };
        let mut alone = DocumentMut::new();
        alone.insert(CONDITION, part);
        alone.to_string().trim_start().to_owned()
    }

    /// The same with another part about conditions.
    ///
    /// # Errors
    /// What is wrong with the part: no TOML, or something else than `[[condition]]` in it.
    pub fn with_conditions(&self, part: &str) -> Result<Self, String> {
        let mut given = part.parse::<DocumentMut>().map_err(|e| e.to_string())?;
        let stranger = given.iter().map(|(key, _)| key.to_owned()).find(|key| key != CONDITION);
        if let Some(key) = stranger {
            return Err(format!("`{key}` stands outside of [[condition]]"));
        }
        let Some(Node::ArrayOfTables(mut rows)) = given.remove(CONDITION) else {
            return Err("there is no [[condition]]".to_owned());
        };
        rows.iter_mut().for_each(unplaced);
        let mut document = self.item_toml.parse::<DocumentMut>().map_err(|e| e.to_string())?;
        let after = document.get(CONDITION).and_then(Node::as_array_of_tables).and_then(|old| old.get(0)?.position());
        if let (Some(place), Some(first)) = (after, rows.get_mut(0)) {
            first.set_position(Some(place));
        }
        document[CONDITION] = Node::ArrayOfTables(rows);
        Ok(Self { item_toml: document.to_string(), ..self.clone() })
    }

    /// The same, in force from a day on, deciding the cases of that day's kind, in place of versions that were taken back.
    ///
    /// # Errors
    /// Where `item.toml` cannot be read.
    pub(super) fn dated(&self, from: Date, by: VersionBy, instead_of: &[String]) -> Result<Self, String> {
        let mut document = self.item_toml.parse::<DocumentMut>().map_err(|e| e.to_string())?;
        document["valid_from"] = value(toml_day(from));
        document["version_by"] = value(by.word());
        if !instead_of.is_empty() {
            let list: toml_edit::Array = instead_of.iter().map(String::as_str).collect();
            document["instead_of"] = value(list);
        }
        Ok(Self { item_toml: document.to_string(), ..self.clone() })
    }

    /// Another `item.toml`, with the conditions of this one: what an import changed meanwhile, under the author's conditions.
    pub(super) fn onto(&self, newest: &str) -> Result<Self, String> {
        Self { item_toml: newest.to_owned(), ..self.clone() }.with_conditions(&self.conditions())
    }
}

const CONDITION: &str = "condition";

/// Tables remember where they stood in their own file; here they stand where the part stands.
fn unplaced(table: &mut Table) {
    table.set_position(None);
    for (_, node) in table.iter_mut() {
        match node {
            Node::Table(inner) => unplaced(inner),
            Node::ArrayOfTables(rows) => rows.iter_mut().for_each(unplaced),
            _ => {}
        }
    }
}

/// The conditions of an `item.toml`, to be read or changed one by one.
pub(super) fn rows(document: &DocumentMut) -> Option<&ArrayOfTables> {
    document.get(CONDITION)?.as_array_of_tables()
}

/// The condition of that id, to be changed.
pub(super) fn row_mut<'d>(document: &'d mut DocumentMut, id: &str) -> Option<&'d mut Table> {
    let rows = document.get_mut(CONDITION)?.as_array_of_tables_mut()?;
    rows.iter_mut().find(|row| row.get("id").and_then(Node::as_str) == Some(id))
}

/// Takes the condition of that id out.
pub(super) fn take_out(document: &mut DocumentMut, id: &str) {
    let Some(rows) = document.get_mut(CONDITION).and_then(Node::as_array_of_tables_mut) else { return };
    let Some(at) = rows.iter().position(|row| row.get("id").and_then(Node::as_str) == Some(id)) else { return };
    // What is written above the first of them is about all.
    let above = rows.get(at).filter(|_| at == 0).and_then(|row| row.decor().prefix().cloned());
    rows.remove(at);
    if let (Some(above), Some(first)) = (above, rows.get_mut(0)) {
        first.decor_mut().set_prefix(above);
    }
}

/// Writes a condition after the others.
pub(super) fn put_in(document: &mut DocumentMut, row: Table) {
    if let Some(rows) = document.get_mut(CONDITION).and_then(Node::as_array_of_tables_mut) {
        rows.push(row);
    }
}

/// Line ends as files here have them; a browser sends others.
pub(super) fn tidied(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
