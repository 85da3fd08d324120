//! Cases held against how cases run (`catalog/powers/flows/case.toml`): each case by its own record, and the newest decided
//! ones of an item together. What never changed an outcome is found from the same records.

mod record;

use std::collections::BTreeMap;

use kernel::Id;
use serde::Serialize;
use serde_json::Value as Json;
use store::{Fault, Store};

use super::record::{Case, Event};
use crate::powers::{Flow, Followed, Fork, Seen, follow, forks};

/// The flow that cases are held against.
pub const CASE_FLOW: &str = "case";

/// How many of an item's newest decided cases are looked at: a page reads no more, however many there are.
pub const NEWEST: i64 = 200;

/// What happened, in the words of the flow: the kind of event, and the state it led to where it is a decision.
fn seen(event: &Event) -> Seen {
    let state = event.detail.get("state").and_then(Json::as_str);
    let word = match (event.kind.as_str(), state) {
        (kind @ ("settled" | "ruled"), Some(state)) => format!("{kind}:{state}"),
        (kind, _) => kind.to_owned(),
    };
    Seen { word, at: event.at }
}

/// The circumstances on which steps hang.
fn circumstances(has_second_party: bool) -> &'static [&'static str] {
    if has_second_party { &["second_party"] } else { &[] }
}

/// One case held against the flow.
pub fn followed(flow: &Flow, case: &Case, events: &[Event]) -> Followed {
    let seen: Vec<Seen> = events.iter().map(seen).collect();
    follow(flow, circumstances(case.second_party.is_some()), &seen)
}

/// What the rules found of one condition, over cases.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct ConditionCount {
    /// How often it was met.
    pub met: usize,
    /// How often it was not.
    pub not_met: usize,
    /// How often nobody could know.
    pub unknown: usize,
}

impl ConditionCount {
    /// How often it was judged.
    pub fn all(&self) -> usize {
        self.met + self.not_met + self.unknown
    }

    /// It never held anybody up: judged at least `least` times, and met each time.
    pub fn never_mattered(&self, least: usize) -> bool {
        self.all() >= least && self.met == self.all()
    }
}

/// The newest decided cases of an item, held against the flow.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct ItemFollowed {
    /// Cases looked at.
    pub cases: usize,
    /// Of them those whose record follows the flow.
    pub conform: usize,
    /// Those whose record does not: number, what did not fit, and the state it happened in.
    pub deviating: Vec<(String, String, String)>,
    /// Words of the record that the flow knows nothing of.
    pub unknown: Vec<String>,
    /// Where the flow leads on in more than one way, and which ways were taken.
    pub forks: Vec<Fork>,
}

/// Holds the newest decided cases of an item against the flow.
pub async fn item_followed(store: &Store, flow: &Flow, item: &str) -> Result<ItemFollowed, Fault> {
    let cases = record::decided(store, item).await?;
    let mut events: BTreeMap<Id, Vec<Event>> = BTreeMap::new();
    for (case, event) in record::events(store, item).await? {
        events.entry(case).or_default().push(event);
    }
    let mut found = ItemFollowed { cases: cases.len(), ..ItemFollowed::default() };
    let mut all = Vec::new();
    for case in &cases {
        let one = followed(flow, case, events.get(&case.id).map_or(&[][..], Vec::as_slice));
        match &one.deviation {
            // A decided case is at an end; a record that stops before it leaves something out.
            None if one.closed => found.conform += 1,
            None => found.deviating.push((case.number.clone(), String::new(), one.state.clone())),
            Some((word, state)) => found.deviating.push((case.number.clone(), word.clone(), state.clone())),
        }
        found.unknown.extend(one.unknown.iter().cloned());
        all.push((circumstances(case.second_party.is_some()), one));
    }
    found.unknown.sort_unstable();
    found.unknown.dedup();
    found.forks = forks(flow, all.iter().map(|(with, one)| (*with, one)));
    Ok(found)
}

/// What the rules found of each condition, in every run of an item's newest decided cases.
pub async fn item_conditions(store: &Store, item: &str) -> Result<BTreeMap<String, ConditionCount>, Fault> {
    let mut found = BTreeMap::new();
    for checks in record::checks(store, item).await? {
        count(&checks, &mut found);
    }
    Ok(found)
}

/// Adds what one run of the rules found.
fn count(checks: &Json, conditions: &mut BTreeMap<String, ConditionCount>) {
    let rows = checks.get("checks").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    for row in rows {
        let Some(id) = row.get("id").and_then(Json::as_str) else { continue };
        let count = conditions.entry(id.to_owned()).or_default();
        match row.get("truth").and_then(Json::as_str) {
            Some("met") => count.met += 1,
            Some("not_met") => count.not_met += 1,
            _ => count.unknown += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_condition_that_was_met_each_time_never_mattered_but_only_from_enough_cases_on() {
        let mut conditions = BTreeMap::new();
        for truth in ["met", "met", "unknown"] {
            count(&json!({"checks": [{"id": "c1", "truth": "met"}, {"id": "c2", "truth": truth}]}), &mut conditions);
        }
        assert_eq!(conditions["c2"], ConditionCount { met: 2, not_met: 0, unknown: 1 });
        assert!(conditions["c1"].never_mattered(3) && !conditions["c1"].never_mattered(4));
        assert!(!conditions["c2"].never_mattered(3));
    }
}
