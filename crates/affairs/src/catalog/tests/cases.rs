//! Runs every `cases.md` with a second, plain reading of the outcome's precedence; `tests/catalog_cases.rs` runs them
//! through the room that decides.

use std::collections::BTreeSet;

use rules::Truth;

use super::super::cases::{self, Ruled, Situation};
use super::super::*;
use super::seed;

fn decide(item: &Item, situation: &Situation) -> Ruled {
    let desk = FactDesk { form: &situation.form, readings: &situation.readings, request: &situation.request };
    let inputs = item.inputs(&desk);
    let declared = |name: &str| item.rules.inputs().iter().find(|i| i.name == name);
    let usable: Vec<_> = inputs
        .usable()
        .filter_map(|(name, _, v)| Some((name, rules::Value::from_json(v, &declared(name)?.of).unwrap())))
        .collect();
    let verdicts = item.rules.decide(&usable);
    let ids = |of: fn(&Truth) -> bool| -> BTreeSet<String> {
        verdicts.iter().filter(|v| of(&v.truth)).map(|v| v.id.to_string()).collect()
    };
    let failed = ids(|t| matches!(t, Truth::NotMet));
    let unknown = ids(|t| matches!(t, Truth::Unknown { .. }));
    let doubt = !unknown.is_empty() || !inputs.contradictions.is_empty();
    let means = |id: &String| {
        let condition = item.condition(id).unwrap();
        let draft = condition.on_fail == OnFail::DraftRefusal && condition.attested.grade != kernel::Grade::A;
        if draft { OnFail::Refer } else { condition.on_fail }
    };
    let any = |what| failed.iter().any(|id| means(id) == what);
    let order = [
        (doubt || any(OnFail::Refer), "refer"),
        (any(OnFail::NotNeeded), "not_needed"),
        (any(OnFail::DraftRefusal), "draft_refusal"),
        (any(OnFail::SpecialStep), "special_step"),
        (any(OnFail::Correct), "correct"),
    ];
    let outcome = order.iter().find(|(holds, _)| *holds).map_or("grant", |(_, word)| word).to_owned();
    Ruled { outcome, failed, unknown, inputs }
}

#[test]
fn every_case_of_every_item_comes_out_as_written() {
    let catalog = seed().catalog;
    let mut wrong = Vec::new();
    let mut count = 0;
    for item in catalog.versions() {
        for result in cases::run(item, catalog.calendar(), |item, situation| decide(item, &situation)) {
            count += 1;
            let at = format!("{} {}: {}", item.id, result.line, result.case);
            wrong.extend(result.problems.iter().map(|p| format!("{at}: {p}")));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(count > 100, "only {count} cases");
}

#[test]
fn a_case_that_expects_something_else_is_told() {
    let catalog = seed().catalog;
    let mut item = super::item("fd-pharmacist-renew");
    item.cases = item.cases.replace("| → 有效期至 | 2032-01-22 | |", "| → 有效期至 | 2031-01-22 | |");
    item.cases = item.cases.replace("| → 结果 | correct 一次补正 | |", "| → 结果 | grant | |");
    let results = cases::run(&item, catalog.calendar(), |item, situation| decide(item, &situation));
    let told: Vec<&String> = results.iter().flat_map(|r| &r.problems).collect();
    assert!(told.contains(&&"valid to: expected 2031-01-22, found 2032-01-22".to_owned()), "{told:?}");
    assert!(told.contains(&&"outcome: expected grant, found correct".to_owned()));
}
