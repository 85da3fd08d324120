//! Every `cases.md` of the catalogue, run through the room that decides: the test a lawyer writes.

use std::collections::BTreeSet;

use affairs::approval::{CheckTruth, Setting, judge};
use affairs::catalog::cases::{self, Ruled, Situation};
use affairs::catalog::{Answer, Catalog, FactDesk, FactFrom, FactRow, Files, Item};
use kernel::Trust;
use proptest::prelude::*;
use serde_json::{Value, json};

fn decide(item: &Item, situation: &Situation, setting: Setting) -> Ruled {
    let desk = FactDesk { form: &situation.form, readings: &situation.readings, request: &situation.request };
    let (inputs, assessment) = judge(item, &desk, setting);
    let ids = |truth: CheckTruth| -> BTreeSet<String> {
        assessment.checks.iter().filter(|c| c.truth == truth).map(|c| c.id.clone()).collect()
    };
    let (failed, unknown) = (ids(CheckTruth::NotMet), ids(CheckTruth::Unknown));
    Ruled { outcome: assessment.outcome.word().to_owned(), failed, unknown, inputs }
}

#[test]
fn the_rooms_decide_every_case_as_written() {
    let catalog = Catalog::from_files(&Files::seed()).catalog;
    let mut wrong = Vec::new();
    for item in catalog.versions() {
        let demonstration = |item: &Item, s: Situation| decide(item, &s, Setting::Demonstration);
        for result in cases::run(item, catalog.calendar(), demonstration) {
            let at = format!("{} {}: {}", item.id, result.line, result.case);
            wrong.extend(result.problems.iter().map(|p| format!("{at}: {p}")));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn outside_the_demonstration_nothing_is_granted_on_conditions_nobody_adopted() {
    let catalog = Catalog::from_files(&Files::seed()).catalog;
    for item in catalog.versions() {
        for (case, situation) in cases::situations(item) {
            let ruled = decide(item, &situation, Setting::Production);
            let expected = if case.expect.outcome == "grant" { "refer" } else { &case.expect.outcome };
            assert_eq!(ruled.outcome, expected, "{} {}", item.id, case.name);
        }
    }
}

/// What may befall a fact on its way to the rules.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    Missing,
    Null,
    Mistyped(usize),
    Stale,
    Ahead,
    Unverified,
    NoRecord,
    Unreachable,
    Unasked,
}

const MISHAPS: [Mishap; 13] = [
    Mishap::Missing,
    Mishap::Null,
    Mishap::Mistyped(0),
    Mishap::Mistyped(1),
    Mishap::Mistyped(2),
    Mishap::Mistyped(3),
    Mishap::Mistyped(4),
    Mishap::Stale,
    Mishap::Ahead,
    Mishap::Unverified,
    Mishap::NoRecord,
    Mishap::Unreachable,
    Mishap::Unasked,
];

/// Values that are something else than they should be; one that happens to fit is no mishap.
fn mistyped(n: usize) -> Value {
    [json!([1]), json!({"zh": "有效"}), json!("二十"), json!(7.5), json!(true)][n].clone()
}

fn befall(situation: &mut Situation, item: &Item, row: &FactRow, mishap: Mishap) {
    let Some((register, field)) = read_from(item, row) else {
        if let FactFrom::Form { field, .. } = &row.from {
            match mishap {
                Mishap::Null => drop(situation.form.insert(field.clone(), Value::Null)),
                Mishap::Mistyped(n) if !row.kind.fits(&mistyped(n)) => {
                    drop(situation.form.insert(field.clone(), mistyped(n)));
                }
                _ => drop(situation.form.remove(field)),
            }
        }
        return;
    };
    if matches!(mishap, Mishap::Unasked) {
        return situation.readings.retain(|r| r.register != register);
    }
    let kind = row.kind;
    for reading in situation.readings.iter_mut().filter(|r| r.register == register) {
        let Answer::Record { body, as_of, trust, .. } = &mut reading.answer else { continue };
        match mishap {
            Mishap::Null => drop(body.insert(field.clone(), Value::Null)),
            Mishap::Mistyped(n) if !kind.fits(&mistyped(n)) => drop(body.insert(field.clone(), mistyped(n))),
            Mishap::Missing | Mishap::Mistyped(_) => drop(body.remove(&field)),
            Mishap::Stale => *as_of = as_of.plus_ms(-4_000 * 86_400_000),
            Mishap::Ahead => *as_of = as_of.plus_ms(4_000 * 86_400_000),
            Mishap::Unverified => *trust = Trust::C,
            Mishap::NoRecord => reading.answer = Answer::NoRecord,
            Mishap::Unreachable => reading.answer = Answer::Unreachable { why: "timeout".into() },
            Mishap::Unasked => {}
        }
    }
}

/// Register and field of a fact, thresholds and quotas included.
fn read_from(item: &Item, row: &FactRow) -> Option<(String, String)> {
    match &row.from {
        FactFrom::Register { register, field, .. } => Some((register.clone(), field.clone())),
        FactFrom::Parameter { .. } | FactFrom::Quota => Some((item.figure_register(&row.from)?, "value".to_owned())),
        FactFrom::Form { .. } | FactFrom::Request(_) => None,
    }
}

fn catalog() -> &'static Catalog {
    static CATALOG: std::sync::OnceLock<Catalog> = std::sync::OnceLock::new();
    CATALOG.get_or_init(|| Catalog::from_files(&Files::seed()).catalog)
}

/// Facts of an item that are read and that somebody else than the request itself gives.
fn positions(item: &Item) -> Vec<&FactRow> {
    let read = |row: &&FactRow| item.rules.inputs().iter().any(|input| input.name == row.input);
    item.facts.iter().filter(|row| !matches!(row.from, FactFrom::Request(_))).filter(read).collect()
}

/// Whether a run that came to a grant rested on a fact that it may not rest on.
fn rests_on_doubt(ruled: &Ruled, item: &Item, spoilt: &[&FactRow]) -> bool {
    let unusable = |row: &&&FactRow| ruled.inputs.why_unusable(&row.input).is_some();
    let read = |row: &&&FactRow| item.rules.inputs().iter().any(|input| input.name == row.input);
    ruled.outcome == "grant" && spoilt.iter().filter(unusable).any(|row| read(&row))
}

/// Each position of each model of each item, each mishap by itself, through the room that decides.
#[test]
fn no_mishap_in_any_position_of_any_item_is_granted() {
    let (mut told, mut wrong) = (std::collections::BTreeMap::new(), Vec::new());
    for item in catalog().versions() {
        let all = cases::situations(item);
        // The best case of an item: the one it grants, or the one it would grant were a person not due.
        let best = all.iter().find(|(case, _)| case.expect.outcome == "grant");
        let best = best.or_else(|| all.iter().find(|(c, _)| c.expect.failed.is_empty() && c.expect.unknown.is_empty()));
        let (case, good) = best.expect("every item has a good case");
        assert_eq!(decide(item, good, Setting::Demonstration).failed, BTreeSet::new(), "{} {}", item.id, case.name);
        for row in positions(item) {
            for mishap in MISHAPS {
                let mut situation = good.clone();
                befall(&mut situation, item, row, mishap);
                let ruled = decide(item, &situation, Setting::Demonstration);
                let unusable = ruled.inputs.why_unusable(&row.input).is_some();
                *told.entry((item.id.clone(), unusable)).or_insert(0) += 1;
                if unusable && (ruled.outcome != "refer" || ruled.unknown.is_empty()) {
                    wrong.push(format!("{} {} {mishap:?}: {}", item.id, row.input, ruled.outcome));
                }
                if ruled.outcome == "grant" && item.never_instant.is_some() {
                    wrong.push(format!("{} {} {mishap:?}: granted at once", item.id, row.input));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    for item in catalog().versions() {
        let unusable = told.get(&(item.id.clone(), true)).copied().unwrap_or(0);
        assert!(unusable >= positions(item).len() * 4, "{}: only {unusable} mishaps reached the rules", item.id);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// Any item, any of its cases, several mishaps at once: never a grant on a fact that is in doubt.
    #[test]
    fn mishaps_together_never_grant(
        item in any::<prop::sample::Index>(),
        case in any::<prop::sample::Index>(),
        mishaps in prop::collection::vec((any::<prop::sample::Index>(), 0..MISHAPS.len()), 1..5),
    ) {
        let items: Vec<_> = catalog().versions().collect();
        let item = items[item.index(items.len())];
        let all = cases::situations(item);
        let mut situation = all[case.index(all.len())].1.clone();
        let rows = positions(item);
        let mut spoilt = Vec::new();
        for (row, mishap) in mishaps {
            let row = rows[row.index(rows.len())];
            befall(&mut situation, item, row, MISHAPS[mishap]);
            spoilt.push(row);
        }
        let ruled = decide(item, &situation, Setting::Demonstration);
        prop_assert!(!rests_on_doubt(&ruled, item, &spoilt), "{} {spoilt:?}", item.id);
        prop_assert!(ruled.outcome != "grant" || item.never_instant.is_none());
    }
}
