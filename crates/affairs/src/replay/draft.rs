//! A draft: an item as it might be. A folder has all of it; a lone model takes its conditions' sentences and sources from the
//! version in force.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::Grade;
use rules::RuleSet;

use crate::catalog::{Diagnostic, Entry, EntryKind, Files, Item, OnFail, Severity, importable, read_item};

/// The largest model of a draft, in bytes.
const LARGEST: usize = 900_000;

/// A draft that can decide.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The item as it would be.
    pub item: Arc<Item>,
    /// Conditions of the version in force that the draft does not have.
    pub dropped: Vec<String>,
    /// For each condition: its place among the model's, and what a failure means.
    plan: Vec<Planned>,
}

/// One condition of a draft as it is decided.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) id: String,
    /// Its place in the model.
    pub(super) at: Option<usize>,
    pub(super) on_fail: OnFail,
    pub(super) grade: Grade,
}

impl Draft {
    fn new(item: Item, dropped: Vec<String>) -> Self {
        let places: BTreeMap<&str, usize> =
            item.rules.conditions().iter().enumerate().map(|(at, c)| (c.id.as_str(), at)).collect();
        let planned = |condition: &crate::catalog::Condition| Planned {
            id: condition.id.clone(),
            at: places.get(condition.id.as_str()).copied(),
            on_fail: condition.on_fail,
            grade: condition.attested.grade,
        };
        let plan = item.conditions.iter().map(planned).collect();
        Self { item: Arc::new(item), dropped, plan }
    }

    /// The item as it stands, as a draft: what history would come to under the rules in force.
    pub fn of(item: &Item) -> Self {
        Self::new(item.clone(), Vec::new())
    }

    pub(super) fn plan(&self) -> &[Planned] {
        &self.plan
    }
}

fn wrong(file: &str, field: String, reason: impl Into<String>, mend: &str) -> Diagnostic {
    Diagnostic { severity: Severity::Error, file: file.to_owned(), field, reason: reason.into(), mend: mend.to_owned() }
}

/// A lone model as a draft of `item`. A condition that only the model has is a mistake, for nobody says what its failure means;
/// one that only the item has is dropped, and said to be.
///
/// # Errors
/// Everything that is to be mended.
pub fn of_model(item: &Item, xml: &str) -> Result<Draft, Vec<Diagnostic>> {
    const FILE: &str = "rules.dmn";
    if xml.len() > LARGEST {
        let reason = format!("has {} bytes", xml.len());
        return Err(vec![wrong(FILE, "file".into(), reason, "write a model of at most 900,000 bytes")]);
    }
    let rules = RuleSet::publish(xml).map_err(|found| {
        let told = |d: rules::Diagnostic| Diagnostic {
            severity: Severity::Error,
            file: FILE.to_owned(),
            field: format!("{} {}:{}", d.decision, d.line, d.column).trim().to_owned(),
            reason: d.message,
            mend: d.mend,
        };
        found.into_iter().map(told).collect::<Vec<_>>()
    })?;
    let in_model: BTreeSet<&str> = rules.conditions().iter().map(|c| c.id.as_str()).collect();
    let mend = "write the condition in item.toml and try the whole folder";
    let mistakes: Vec<Diagnostic> = in_model
        .iter()
        .filter(|id| item.condition(id).is_none())
        .map(|id| wrong(FILE, (*id).to_owned(), "a condition that the item does not have", mend))
        .collect();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let (kept, dropped): (Vec<_>, Vec<_>) =
        item.conditions.iter().cloned().partition(|c| in_model.contains(c.id.as_str()));
    let dropped = dropped.into_iter().map(|c| c.id).collect();
    let (hash, rules) = (format!("draft:{}", rules.hash()), Arc::new(rules));
    Ok(Draft::new(Item { hash, conditions: kept, rules, ..item.clone() }, dropped))
}

/// An item's folder as a draft: the folder itself, or a catalogue that has it.
///
/// # Errors
/// Everything that is to be mended.
pub fn of_folder(files: &Files, id: &str, in_force: Option<&Item>) -> Result<Draft, Vec<Diagnostic>> {
    let below = format!("items/{id}/");
    let whole = files.get("item.toml").is_some();
    let named = |path: &str| if whole { Some(path.to_owned()) } else { path.strip_prefix(&below).map(str::to_owned) };
    let mut own: BTreeMap<String, Vec<u8>> =
        files.iter().filter_map(|(path, bytes)| Some((named(path)?, bytes.to_vec()))).collect();
    own.retain(|name, _| !name.contains('/'));
    let entry = Entry { kind: EntryKind::Item, id: id.to_owned(), since: None, files: own };
    let (item, found) = read_item(&entry);
    if !importable(&found) {
        return Err(found);
    }
    let missing = || vec![wrong("item.toml", "file".into(), "there is no such item", "name the folder of the item")];
    let item = item.ok_or_else(missing)?;
    let old = in_force.map_or(&[][..], |i| i.conditions.as_slice());
    let dropped = old.iter().filter(|c| item.condition(&c.id).is_none()).map(|c| c.id.clone()).collect();
    Ok(Draft::new(item, dropped))
}
