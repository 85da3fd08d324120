//! One run of an item's rules over one case: facts in, assessment out, and everything a replay needs.

use std::collections::BTreeSet;

use kernel::{Moment, Text};
use rules::RuleSet;
use serde_json::{Map, Value as Json};
use store::{Fault, Store};

use super::assess::{Assessment, Setting, assess};
use crate::catalog::{Answer, FactDesk, FactKind, Inputs, Item, Reading, Request};
use crate::register;

/// A run with what it stood on.
#[derive(Debug, Clone)]
pub struct Run {
    /// What the request said.
    pub request: Request,
    /// The inputs with provenance.
    pub inputs: Inputs,
    /// What came out.
    pub assessment: Assessment,
    /// Register answers the item reads, for the basis of a grant.
    pub readings: Vec<Reading>,
}

/// Runs the rules on facts that are already here. Pure.
pub fn judge(item: &Item, form: &Map<String, Json>, request: Request, readings: Vec<Reading>, setting: Setting) -> Run {
    let inputs = item.inputs(&FactDesk { form, readings: &readings, request: &request });
    let verdicts = item.rules.decide(&model_inputs(&item.rules, &inputs));
    let assessment = assess(item, &verdicts, &inputs, setting);
    Run { request, inputs, assessment, readings }
}

/// The model's inputs: usable facts only, so that every doubtful one is missing to the rules.
fn model_inputs<'a>(rules: &RuleSet, inputs: &'a Inputs) -> Vec<(&'a str, rules::Value)> {
    let typed = inputs.usable().filter_map(|(name, kind, value)| Some((name, engine_value(kind, value)?)));
    typed.filter(|(name, _)| rules.inputs().iter().any(|i| i.name == *name)).collect()
}

fn engine_value(kind: FactKind, value: &Json) -> Option<rules::Value> {
    match kind {
        FactKind::Date => value.as_str()?.parse::<kernel::Date>().ok().map(rules::Value::from),
        FactKind::Text | FactKind::Number | FactKind::Boolean => rules::Value::from_json(value).ok(),
    }
}

/// Reads every register record the item needs for this form, each once. A register that does not answer is a reading
/// that says so.
pub async fn readings(
    store: &Store,
    item: &Item,
    form: &Map<String, Json>,
    request: &Request,
) -> Result<Vec<Reading>, Fault> {
    let wanted: BTreeSet<(String, String)> = item.reads(form, request).into_iter().collect();
    let wanted: Vec<(String, String)> = wanted.into_iter().collect();
    let asked: Vec<(&str, &str)> = wanted.iter().map(|(r, s)| (r.as_str(), s.as_str())).collect();
    let records = register::read(store, &asked).await?;
    let reading = |(register, subject): (String, String)| {
        let record = records.iter().find(|r| r.register == register && r.subject == subject);
        let answer = record.map_or(Answer::NoRecord, |r| Answer::Record {
            body: r.body.clone(),
            as_of: r.as_of,
            trust: r.trust,
            source: r.source.clone(),
        });
        Reading { register, subject, read_at: request.decided_at, answer }
    };
    Ok(wanted.into_iter().map(reading).collect())
}

/// The sentence for a run that could not finish for want of the licence's dates.
pub(super) fn no_term(input: &str) -> Text {
    Text::new(
        format!("无法确定证照有效期：缺少“{input}”"),
        format!("the licence's dates cannot be worked out: {input:?} is missing"),
    )
}

/// Milliseconds from the moment the agency held the complete application to the decision.
pub(super) fn elapsed_ms(received: Option<Moment>, decided: Moment) -> i64 {
    received.map_or(0, |r| decided.ms().saturating_sub(r.ms()).max(0))
}
