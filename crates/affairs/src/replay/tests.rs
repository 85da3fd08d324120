use std::collections::BTreeSet;

use proptest::prelude::*;
use rules::Value;

use super::counterfactual::turn;
use super::*;
use crate::approval::{
    Assessment, CheckTruth, Outcome, Setting, consequence, engine_value, judge, model_inputs, outcome, rejudge,
};
use crate::catalog::cases::{self, Situation};
use crate::catalog::{Catalog, FactDesk, FactFrom, Files, Inputs, Item, RequestField, Turn};

fn catalog() -> &'static Catalog {
    static CATALOG: std::sync::OnceLock<Catalog> = std::sync::OnceLock::new();
    CATALOG.get_or_init(|| Catalog::from_files(&Files::seed()).catalog)
}

fn run(item: &Item, situation: &Situation) -> (Inputs, Assessment) {
    let desk = FactDesk { form: &situation.form, readings: &situation.readings, request: &situation.request };
    judge(item, &desk, Setting::Demonstration)
}

/// A run as it would be stored, and read again.
fn stored(item: &Item, (inputs, kept): (&str, &str), outcome: &str) -> Again {
    let id = "0190d3e8-0000-7000-8000-000000000001".parse().unwrap();
    let stored = Stored {
        id,
        case: id,
        run: 1,
        maker: "machine",
        outcome,
        item: &item.id,
        item_version: &item.hash,
        rule_set: item.rules.hash(),
        inputs,
        checks: kept,
        salt: &[7; 32],
        decided_at: kernel::Moment::from_ms(0),
    };
    again(&stored, Some(item), Setting::Demonstration)
}

#[test]
fn every_case_of_the_catalogue_replays_from_its_texts() {
    for item in catalog().versions() {
        for (case, situation) in cases::situations(item) {
            let (inputs, kept) = run(item, &situation);
            let texts = (serde_json::to_string(&inputs).unwrap(), serde_json::to_string(&kept).unwrap());
            let came = stored(item, (&texts.0, &texts.1), kept.outcome.word());
            assert_eq!(came, Again::Equal, "{} {}", item.id, case.name);
            // What sends it to a person beside the rules changes nothing; another outcome without a note is found.
            let sent = kept.clone().referred(kernel::Text::new("地点不明", "the place is not known"));
            let sent = serde_json::to_string(&sent).unwrap();
            assert_eq!(stored(item, (&texts.0, &sent), "refer"), Again::Equal, "{} {}", item.id, case.name);
            let other = Outcome::ALL.into_iter().find(|o| *o != kept.outcome).unwrap();
            let forged = serde_json::to_string(&Assessment { outcome: other, ..kept.clone() }).unwrap();
            let Again::Differs(found) = stored(item, (&texts.0, &forged), other.word()) else {
                panic!("{}", case.name)
            };
            assert_eq!(found.what, What::Outcome, "{} {}: {found:?}", item.id, case.name);
        }
    }
}

#[test]
fn the_first_difference_is_named_by_condition_and_kind() {
    let item = catalog().versions().find(|item| item.id == "fd-pharmacist-renew").unwrap();
    let all = cases::situations(item);
    let (_, good) = all.iter().find(|(case, _)| case.expect.outcome == "grant").unwrap();
    let (inputs, kept) = run(item, good);
    let inputs = serde_json::to_string(&inputs).unwrap();
    let came = |change: &dyn Fn(&mut Assessment)| {
        let mut changed = kept.clone();
        change(&mut changed);
        let text = serde_json::to_string(&changed).unwrap();
        match stored(item, (&inputs, &text), "grant") {
            Again::Differs(found) => (found.what, found.condition.clone()),
            other => panic!("{other:?}"),
        }
    };
    let c2 = Some("c2".to_owned());
    assert_eq!(came(&|a| a.checks[1].truth = CheckTruth::NotMet), (What::Truth, c2.clone()));
    assert_eq!(came(&|a| a.checks[1].why.push(kernel::Text::new("x", "x"))), (What::Why, c2.clone()));
    assert_eq!(came(&|a| a.checks[1].read.clear()), (What::Read, c2.clone()));
    assert_eq!(came(&|a| a.checks[1].trace = None), (What::Trace, c2.clone()));
    assert_eq!(came(&|a| a.checks[1].mend.zh.push('。')), (What::Words, c2));
    assert_eq!(came(&|a| drop(a.checks.pop())), (What::Conditions, None));
    let spaced = serde_json::to_string(&kept).unwrap().replacen(':', ": ", 1);
    let Again::Differs(found) = stored(item, (&inputs, &spaced), "grant") else { panic!("other bytes") };
    assert_eq!(found.what, What::Bytes);
    let rules = catalog().versions().find(|other| other.id != item.id).unwrap();
    let text = serde_json::to_string(&kept).unwrap();
    let id = "0190d3e8-0000-7000-8000-000000000001".parse().unwrap();
    let of = Stored {
        id,
        case: id,
        run: 1,
        maker: "machine",
        outcome: "grant",
        item: &item.id,
        item_version: &item.hash,
        rule_set: rules.rules.hash(),
        inputs: &inputs,
        checks: &text,
        salt: &[7; 32],
        decided_at: kernel::Moment::from_ms(0),
    };
    let what = |again: Again| match again {
        Again::Differs(found) => found.what,
        other => panic!("{other:?}"),
    };
    assert_eq!(what(again(&of, Some(item), Setting::Demonstration)), What::RuleSet);
    assert_eq!(what(again(&of, None, Setting::Demonstration)), What::VersionMissing);
    assert_eq!(again(&Stored { salt: &[], ..of }, None, Setting::Demonstration), Again::Erased);
    assert_eq!(what(again(&Stored { inputs: "{", ..of }, Some(item), Setting::Demonstration)), What::Unreadable);
    assert_eq!(what(again(&Stored { checks: "{\"schema\":99}", ..of }, None, Setting::Demonstration)), What::Newer);
}

#[test]
fn a_draft_and_people_agree_disagree_or_the_draft_abstains() {
    use Agreement::{Abstains, Agrees, Disagrees};
    let table = [
        ("granted", Outcome::Grant, Agrees),
        ("refused", Outcome::DraftRefusal, Agrees),
        ("correcting", Outcome::Correct, Agrees),
        ("granted", Outcome::DraftRefusal, Disagrees),
        ("refused", Outcome::Grant, Disagrees),
        ("not_accepted", Outcome::Grant, Disagrees),
        ("granted", Outcome::Refer, Abstains),
        ("refused", Outcome::SpecialStep, Abstains),
    ];
    for (ruled, outcome, expected) in table {
        assert_eq!(agreement(ruled, outcome), expected, "{ruled} {outcome:?}");
    }
}

/// What nobody can change, or somebody else decides.
fn is_fixed(item: &Item, input: &str) -> bool {
    let Some(row) = item.fact(input) else { return true };
    let personal =
        ["birth_date", "name", "citizen_id", "status", "bars_in_force", "region", "issued_on", "registered_on"];
    match &row.from {
        FactFrom::Register { field, .. } => personal.contains(&field.as_str()),
        FactFrom::Parameter { .. } | FactFrom::Quota => true,
        FactFrom::Request(what) => matches!(what, RequestField::FiledOn | RequestField::DecidedOn),
        FactFrom::Form { .. } => false,
    }
}

/// The inputs of a stored run with the proposed changes made.
fn changed(item: &Item, inputs: &Inputs, steps: &[Step]) -> Inputs {
    let mut inputs = inputs.clone();
    for step in steps {
        let row = inputs.rows.iter_mut().find(|row| row.name == step.input).unwrap();
        assert!(engine_value(row.kind, &step.to).is_some(), "{}: {step:?}", item.id);
        row.value = Some(step.to.clone());
    }
    inputs
}

fn all_met(item: &Item, inputs: &Inputs) -> bool {
    let checks = rejudge(item, inputs, Setting::Demonstration).checks;
    outcome(&checks, false) == Outcome::Grant
}

/// Made, the proposal turns the outcome; nothing fixed is proposed; and it is needed whole.
fn holds(item: &Item, inputs: &Inputs) -> Result<bool, TestCaseError> {
    let Least::Change { steps, is_least } = least_change(item, inputs) else { return Ok(false) };
    prop_assert!(!steps.is_empty() && !all_met(item, inputs), "{} {steps:?}", item.id);
    prop_assert!(all_met(item, &changed(item, inputs, &steps)), "{} {steps:?}", item.id);
    for step in &steps {
        prop_assert!(!is_fixed(item, &step.input), "{}: {step:?} is nobody's to change", item.id);
        prop_assert!(turn(item, item.fact(&step.input).unwrap()) != Turn::No);
        let rest: Vec<Step> = steps.iter().filter(|s| s.input != step.input).cloned().collect();
        prop_assert!(!is_least || !all_met(item, &changed(item, inputs, &rest)), "{}: {step:?} is not needed", item.id);
    }
    Ok(true)
}

#[test]
fn counterfactuals_of_every_case_turn_the_outcome_when_applied() {
    let mut told = BTreeSet::new();
    for item in catalog().versions() {
        for (case, situation) in cases::situations(item) {
            let (inputs, _) = run(item, &situation);
            if holds(item, &inputs).unwrap_or_else(|e| panic!("{} {}: {e}", item.id, case.name)) {
                told.insert(item.id.clone());
            }
        }
    }
    assert!(told.len() >= 4, "proposals were made for several items: {told:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Any item, any of its cases with numbers and truth values moved: what is proposed turns the outcome.
    #[test]
    fn counterfactuals_applied_turn_the_outcome(
        item in any::<prop::sample::Index>(),
        case in any::<prop::sample::Index>(),
        moved in prop::collection::vec((any::<prop::sample::Index>(), -40_i64..40), 0..4),
    ) {
        let items: Vec<_> = catalog().versions().collect();
        let item = items[item.index(items.len())];
        let all = cases::situations(item);
        let (mut inputs, _) = run(item, &all[case.index(all.len())].1);
        for (row, by) in moved {
            let at = row.index(inputs.rows.len());
            let row = &mut inputs.rows[at];
            match &row.value {
                Some(serde_json::Value::Bool(yes)) => row.value = Some((!yes).into()),
                Some(serde_json::Value::Number(n)) => row.value = Some((n.as_i64().unwrap_or(0) + by).max(0).into()),
                _ => {}
            }
        }
        holds(item, &inputs)?;
    }
}

#[test]
fn a_draft_that_is_the_item_changes_nothing_and_what_is_wrong_is_told() {
    for item in catalog().versions() {
        let draft = Draft::of(item);
        for (_, situation) in cases::situations(item).into_iter().take(5) {
            let (inputs, kept) = run(item, &situation);
            let values: Vec<Value> = model_inputs(&item.rules, &inputs);
            let truths: Vec<Option<bool>> = draft.item.rules.decide_slots(&values).truths().collect();
            assert_eq!(truths.len(), kept.checks.len(), "{}", item.id);
        }
    }
    let item = catalog().versions().find(|item| item.id == "fd-pharmacist-renew").unwrap();
    let files = Files::seed();
    let model = std::str::from_utf8(files.get("items/fd-pharmacist-renew/rules.dmn").unwrap()).unwrap();
    assert!(of_model(item, model).unwrap().dropped.is_empty());
    let renamed = of_model(item, &model.replace("<decision id=\"c9\"", "<decision id=\"c99\"")).unwrap_err();
    assert!(renamed[0].reason.contains("does not have"), "{renamed:?}");
    assert_eq!(of_model(item, "<definitions>").unwrap_err().len(), 1);
    assert!(of_model(item, &" ".repeat(1_000_000)).unwrap_err()[0].reason.contains("bytes"));
    assert!(!of_folder(&Files::default(), "fd-pharmacist-renew", None).unwrap_err().is_empty());
    assert!(of_folder(&files, "fd-pharmacist-renew", Some(item)).unwrap().dropped.is_empty());
}

#[test]
fn coverage_counts_what_cases_touch_and_names_what_they_do_not() {
    for item in catalog().versions() {
        let of = coverage(item);
        assert_eq!(of.conditions, item.conditions.len(), "{}", item.id);
        assert!(of.touched <= of.rules && of.cases > 0, "{}", item.id);
        for condition in of.laws.iter().flat_map(|row| &row.conditions) {
            assert_eq!(condition.gaps.contains(&Gap::NeverFailed), condition.not_met.is_empty());
            assert!(condition.adopted != condition.gaps.contains(&Gap::OnlyDemonstration));
        }
    }
    // Without its cases nothing is touched.
    let item = catalog().versions().find(|item| item.id == "fd-pharmacist-renew").unwrap();
    let bare = coverage(&Item { cases: String::new(), ..(**item).clone() });
    assert_eq!((bare.cases, bare.touched, bare.covered), (0, 0, 0));
    assert_eq!(bare.gaps[&Gap::NeverMet], item.conditions.len());
    assert!(bare.rules >= 2 && bare.gaps[&Gap::UntouchedRules] >= 1, "the table of credits: {bare:?}");
    assert_eq!(consequence(CheckTruth::Met, crate::catalog::OnFail::Refer, kernel::Grade::U), Outcome::Grant);
}
