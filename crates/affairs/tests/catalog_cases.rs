//! Every `cases.md` of the catalogue, run through the room that decides: the test a lawyer writes.

use std::collections::BTreeSet;

use affairs::approval::{CheckTruth, Setting, judge};
use affairs::catalog::cases::{self, Ruled, Situation};
use affairs::catalog::{Catalog, FactDesk, Files, Item};

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
