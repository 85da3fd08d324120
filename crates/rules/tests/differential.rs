//! The engine against a second opinion: the benchmark model written by hand, over forms drawn near its limits.

#[path = "../../../benches/models/registration.rs"]
mod registration;

use registration::{Dice, Form, INPUTS};
use rules::{RuleSet, Truth, Value};

const MODEL: &str = include_str!("../../../benches/models/registration.dmn");

#[test]
fn twenty_thousand_drawn_forms_are_decided_alike() {
    let rules = RuleSet::publish(MODEL).unwrap();
    assert_eq!(rules.conditions().len(), 20);
    assert!(rules.inputs().iter().map(|i| i.name.as_str()).eq(INPUTS));
    let mut dice = Dice(20_261_123);
    let (mut met, mut granted) = ([0u32; 20], 0u32);
    for case in 0..20_000 {
        let form = Form::draw(&mut dice);
        let values = form.values();
        let decided = rules.decide_slots(&values);
        let expected = form.conditions();
        let found: Vec<Option<bool>> = decided.truths().collect();
        let same = found.iter().zip(expected).all(|(f, e)| *f == Some(e));
        assert!(same, "case {case}: {form:?}\nexpected {expected:?}\nfound {found:?}\n{:?}", decided.verdicts());
        expected.iter().zip(&mut met).for_each(|(e, m)| *m += u32::from(*e));
        granted += u32::from(decided.all_met());
    }
    // The forms must tell something: every condition fails and holds often, and some forms are granted.
    assert!(met.iter().all(|m| (400..19_600).contains(m)), "{met:?}");
    println!("met {met:?}, granted {granted}");
}

#[test]
fn whatever_is_missing_null_or_mistyped_never_meets_a_condition_that_reads_it() {
    let rules = RuleSet::publish(MODEL).unwrap();
    let mut dice = Dice(7);
    let foreign = |dice: &mut Dice| -> Value {
        match dice.below(7) {
            0 | 1 => Value::Null,
            2 => Value::from("是"),
            3 => Value::from(12i64),
            4 => Value::from(true),
            5 => Value::list(vec![Value::from(true), Value::Null]),
            _ => Value::context([("值", Value::from(1i64))]),
        }
    };
    for _ in 0..1_500 {
        let good = Form::draw(&mut dice).values();
        let place = usize::try_from(dice.below(17)).unwrap();
        let mut bad = good.clone();
        bad[place] = foreign(&mut dice);
        if bad[place].kind() == good[place].kind() && INPUTS[place] != "许可证状态" {
            continue;
        }
        let named: Vec<(&str, Value)> = INPUTS.iter().copied().zip(bad).collect();
        for (condition, verdict) in rules.conditions().iter().zip(rules.decide(&named)) {
            let reads = rules.reads(condition).any(|n| n == INPUTS[place]);
            assert_eq!(reads, matches!(verdict.truth, Truth::Unknown { .. }), "{} {verdict:?}", INPUTS[place]);
        }
    }
}
