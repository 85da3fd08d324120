//! What an optimisation changed, computed from two versions of a list: nobody types a figure.

use std::collections::BTreeMap;

use kernel::{Money, Period};
use serde::Serialize;

use super::row::Power;

/// What two versions of a list have and have not in common, by code.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Difference {
    /// Powers only the later version has.
    pub added: Vec<Power>,
    /// Powers only the earlier version has.
    pub removed: Vec<Power>,
    /// Powers that read differently.
    pub changed: Vec<Change>,
    /// How many read the same.
    pub unchanged: usize,
}

/// A power before and after.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Change {
    /// Before.
    pub before: Power,
    /// After.
    pub after: Power,
    /// What moved.
    pub moved: Vec<Moved>,
}

/// One thing that reads differently.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Moved {
    /// Which: the English name of its column.
    pub what: &'static str,
    /// Before, as written in a sheet; empty for nothing.
    pub before: String,
    /// After.
    pub after: String,
    /// By how many it became fewer, where it is counted: materials to bring, stages, seals to fetch, fees. An increase is
    /// negative.
    pub fewer: Option<i64>,
}

impl Difference {
    /// By how many materials, stages, seals or fees became fewer over all changed powers; increases count against it.
    pub fn fewer(&self, what: &str) -> i64 {
        self.changed.iter().flat_map(|c| &c.moved).filter(|m| m.what == what).filter_map(|m| m.fewer).sum()
    }
}

/// Compares two versions.
pub fn difference(before: &[Power], after: &[Power]) -> Difference {
    let old: BTreeMap<&str, &Power> = before.iter().map(|p| (p.code.as_str(), p)).collect();
    let new: BTreeMap<&str, &Power> = after.iter().map(|p| (p.code.as_str(), p)).collect();
    let mut found = Difference {
        added: new.values().filter(|p| !old.contains_key(p.code.as_str())).map(|p| (*p).clone()).collect(),
        removed: old.values().filter(|p| !new.contains_key(p.code.as_str())).map(|p| (*p).clone()).collect(),
        ..Difference::default()
    };
    for (code, after) in &new {
        let Some(before) = old.get(code) else { continue };
        if before == after {
            found.unchanged += 1;
        } else {
            let (before, after) = ((*before).clone(), (*after).clone());
            found.changed.push(Change { moved: moved(&before, &after), before, after });
        }
    }
    found
}

fn moved(before: &Power, after: &Power) -> Vec<Moved> {
    let pairs = readings(before).into_iter().zip(readings(after));
    let differ = pairs.filter(|((_, old, _), (_, new, _))| old != new);
    differ
        .map(|((what, before, old), (_, after, new))| {
            let fewer = old.zip(new).map(|(old, new)| old - new);
            Moved { what, before, after, fewer }
        })
        .collect()
}

type Reading = (&'static str, String, Option<i64>);

/// Every column as one text, and its count where it is counted.
fn readings(p: &Power) -> Vec<Reading> {
    let count = |n: usize| i64::try_from(n).ok();
    let text = |what, text: String| (what, text, None);
    let join = |list: &[String]| list.join("；");
    let names = |list: Vec<&str>| list.join("；");
    vec![
        text("name", p.name.clone()),
        text("name_en", p.name_en.clone()),
        text("kind", p.kind.clone()),
        text("sub_items", join(&p.sub_items)),
        text("basis", join(&p.basis)),
        text("grade", p.grade.to_string()),
        text("agency", p.agency.clone()),
        text("office", p.office.clone()),
        text("level", p.level.text().zh),
        text("split", p.split.clone()),
        text("flow", p.flow.clone()),
        text("statutory", limit(p.statutory.as_ref())),
        text("committed", limit(p.committed.as_ref())),
        text(
            "special",
            p.special.iter().map(|s| format!("{}{}", s.name, s.period.text().zh)).collect::<Vec<_>>().join("；"),
        ),
        (
            "materials",
            names(p.materials_to_bring().map(|m| m.name.as_str()).collect()),
            count(p.materials_to_bring().count()),
        ),
        text("shared", names(p.materials.iter().filter(|m| m.shared).map(|m| m.name.as_str()).collect())),
        ("fee", p.fee.as_ref().map_or_else(String::new, |f| yuan(f.amount)), Some(i64::from(p.fee.is_some()))),
        text("fee_basis", p.fee.as_ref().map_or_else(String::new, |f| f.basis.clone())),
        ("stages", join(&p.stages), count(p.stages.len())),
        (
            "seals",
            names(p.seals.iter().filter(|s| !s.inside).map(|s| s.name.as_str()).collect()),
            count(p.seals_to_fetch()),
        ),
        text("seals_inside", names(p.seals.iter().filter(|s| s.inside).map(|s| s.name.as_str()).collect())),
        text("duties", join(&p.duties)),
        text("phone", p.phone.clone()),
        text("items", join(&p.items)),
    ]
}

fn yuan(amount: Money) -> String {
    format!("{amount}元")
}

fn limit(period: Option<&Period>) -> String {
    match period {
        None => String::new(),
        Some(p) if p.n == 0 => "当场".to_owned(),
        Some(p) => p.text().zh,
    }
}
