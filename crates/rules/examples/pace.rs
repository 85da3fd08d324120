//! How fast the engine decides the registration model, beside the hand-written function and reading the form's JSON.
//! `cargo run -p rules --release --example pace`

#![expect(clippy::print_stdout, reason = "an example prints what it measured")]

#[path = "../../../benches/models/registration.rs"]
mod registration;

use std::hint::black_box;
use std::time::Instant;

use registration::{Dice, Form, INPUTS};
use rules::{Record, RuleSet, Value};

const MODEL: &str = include_str!("../../../benches/models/registration.dmn");
const FORMS: usize = 2_000;
const ROUNDS: usize = 100;

/// The best of some rounds, in nanoseconds for each form.
fn best(mut each: impl FnMut(usize)) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for i in 0..FORMS {
            each(i);
        }
        let spent = start.elapsed().as_secs_f64() * 1e9 / FORMS as f64;
        best = best.min(spent);
    }
    best
}

fn main() -> Result<(), String> {
    let rules = RuleSet::publish(MODEL).map_err(|d| format!("{d:?}"))?;
    if !rules.inputs().iter().map(|i| i.name.as_str()).eq(INPUTS) {
        return Err("the model's inputs are not the form's".to_owned());
    }
    let mut dice = Dice(1);
    let forms: Vec<Form> = (0..FORMS).map(|_| Form::draw(&mut dice)).collect();
    let inputs: Vec<Vec<Value>> = forms.iter().map(Form::values).collect();
    let texts: Vec<String> = forms.iter().filter_map(|f| serde_json::to_string(f).ok()).collect();
    let hand = best(|i| {
        black_box(forms[i].conditions());
    });
    let json = best(|i| {
        black_box(serde_json::from_str::<Form>(&texts[i]).ok());
    });
    let untyped = best(|i| {
        black_box(serde_json::from_str::<serde_json::Value>(&texts[i]).ok());
    });
    let trace = best(|i| {
        black_box(rules.decide_slots(&inputs[i]));
    });
    let told = best(|i| {
        black_box(rules.decide_slots(&inputs[i]).verdicts());
    });
    let stored = best(|i| {
        let verdicts = rules.decide_slots(&inputs[i]).verdicts();
        black_box(Record::new(rules.hash(), verdicts).to_bytes());
    });
    println!("hand-written      {hand:>8.0} ns");
    println!("form's JSON read  {json:>8.0} ns");
    println!("same, untyped     {untyped:>8.0} ns");
    println!("decided, traced   {trace:>8.0} ns   {:.2} x JSON", trace / json);
    println!("verdicts told     {told:>8.0} ns   {:.2} x JSON", told / json);
    println!("written as bytes  {stored:>8.0} ns   {:.2} x JSON", stored / json);
    Ok(())
}
