//! One run of an item's rules over one case: facts in, assessment out, and everything a replay needs.

use kernel::{Moment, Text};
use rules::RuleSet;
use serde_json::{Map, Value as Json};
use store::Fault;

use super::assess::{Assessment, Setting, assess};
use super::desk::Desk;
use super::quota::Stand;
use super::record::Case;
use crate::access::{Actor, Place};
use crate::catalog::{FactDesk, FactKind, Inputs, Item, Request};
use crate::register::{self, Looks, Purpose, Viewer};

/// A run with what it stood on.
#[derive(Debug, Clone)]
pub struct Run {
    /// What the request said.
    pub request: Request,
    /// The inputs with provenance.
    pub inputs: Inputs,
    /// What came out.
    pub assessment: Assessment,
    /// What the registers answered, and the lines of their access log.
    pub looks: Looks,
    /// How the case stands to its quota, where it draws on one.
    pub(super) quota: Option<Stand>,
}

/// Runs the rules on facts that are already here. Pure.
pub fn judge(item: &Item, facts: &FactDesk<'_>, setting: Setting) -> (Inputs, Assessment) {
    let inputs = item.inputs(facts);
    let assessment = rejudge(item, &inputs, setting);
    (inputs, assessment)
}

/// Runs the rules on inputs as they were stored with a decision: a replay gives the same checks to the byte.
pub fn rejudge(item: &Item, inputs: &Inputs, setting: Setting) -> Assessment {
    let verdicts = item.rules.verdicts(&model_inputs(&item.rules, inputs));
    assess(item, &verdicts, inputs, setting)
}

/// The model's inputs by their places: usable facts only, so that every doubtful one is missing to the rules.
pub fn model_inputs(rules: &RuleSet, inputs: &Inputs) -> Vec<rules::Value> {
    let mut values = vec![rules::Value::Null; rules.inputs().len()];
    for (name, kind, value) in inputs.usable() {
        if let Some(slot) = rules.input_slot(name)
            && let Some(value) = engine_value(kind, value)
        {
            values[slot] = value;
        }
    }
    values
}

/// A stored value as the engine reads it; none where it is not of that type.
pub fn engine_value(kind: FactKind, value: &Json) -> Option<rules::Value> {
    let declared = match kind {
        FactKind::Text => rules::Type::String,
        FactKind::Number => rules::Type::Number,
        FactKind::Boolean => rules::Type::Boolean,
        FactKind::Date => rules::Type::Date,
    };
    rules::Value::from_json(value, &declared).ok()
}

/// Reads every register record the item needs for this case, each once, in the machine's name. A register that does not
/// answer is a reading that says so. The look is logged with the act that follows.
pub async fn look(desk: &Desk<'_>, item: &Item, case: &Case, request: &Request) -> Result<Looks, Fault> {
    let empty = Map::new();
    let asks = item.reads(case.form.as_object().unwrap_or(&empty), request);
    let mut parties = vec![case.applicant_code.as_str()];
    parties.extend(case.second_party.as_deref());
    let place = Place { agency: &case.deciding_agency, region: &case.region, item: &case.item };
    let purpose = Purpose::Case { case: case.id, number: &case.number, place, parties: &parties };
    register::read(&desk.base, desk.registers, &Viewer { actor: &Actor::Machine, purpose }, &asks).await
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
