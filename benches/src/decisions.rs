//! Decisions with full trace, against the same conditions written by hand and against parsing the form they decide.

use std::hint::black_box;

use anyhow::ensure;
use rules::{Record, RuleSet, Value};

use crate::registration::{Dice, Form, INPUTS};
use crate::summary::{Summary, rate};

const MODEL: &str = include_str!("../models/registration.dmn");
const FORMS: usize = 1_000;

/// Measures on the committed model of 17 inputs and 20 conditions.
pub(crate) fn measure(summary: &mut Summary) -> anyhow::Result<()> {
    let rules = RuleSet::publish(MODEL).map_err(|found| anyhow::anyhow!("{found:?}"))?;
    ensure!(rules.inputs().iter().map(|i| i.name.as_str()).eq(INPUTS), "the model's inputs moved");
    let mut dice = Dice(20_261_123);
    let forms: Vec<Form> = (0..FORMS).map(|_| Form::draw(&mut dice)).collect();
    let texts: Vec<String> = forms.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let inputs: Vec<Vec<Value>> = forms.iter().map(Form::values).collect();
    let mut at = 0;
    let mut next = move || {
        at = (at + 1) % FORMS;
        at
    };
    let by_hand = rate(|| {
        black_box(forms[next()].conditions());
    });
    let parsed = rate(|| {
        black_box(serde_json::from_str::<Form>(&texts[next()]).is_ok());
    });
    let traced = rate(|| {
        black_box(rules.decide_slots(&inputs[next()]).verdicts());
    });
    let stored = rate(|| {
        let verdicts = rules.decide_slots(&inputs[next()]).verdicts();
        black_box(Record::new(rules.hash(), verdicts).to_bytes());
    });
    let kept = rate(|| {
        black_box(rules.decide_slots(&inputs[next()]).all_met());
    });
    summary.plain("decide, by hand in Rust", by_hand, "decisions/s");
    summary.plain("parse the form's JSON", parsed, "forms/s");
    summary.against("decide, trace kept", kept, "decisions/s", ("parsing the form", parsed));
    summary.against("decide, trace kept (against by hand)", kept, "decisions/s", ("by hand", by_hand));
    summary.against("decide, trace written out", traced, "decisions/s", ("parsing the form", parsed));
    summary.against("decide, trace written out as stored bytes", stored, "decisions/s", ("parsing the form", parsed));
    Ok(())
}
