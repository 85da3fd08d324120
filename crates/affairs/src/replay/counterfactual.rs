//! What somebody who was not granted could do about it: the least change of facts that he can bring about, after which every
//! condition is met, on the rest of the facts as they were stored.
//!
//! What he can change the catalogue says (`change` of a fact in `item.toml`); without a word only what he wishes in the form may
//! change, and what the request itself shows of the second party and of his sign-in. Whatever else is never proposed: not a
//! birth date, not his name or code, not what an agency decides.

use kernel::Text;
use rules::Value;
use rules::counterfactual::{Change, Counterfactual, Mutable};
use serde::Serialize;
use serde_json::Value as Json;

use crate::approval::{engine_value, model_inputs};
use crate::catalog::{FactFrom, FactKind, FactRow, FieldKind, FormRole, Inputs, Item, Known, RequestField, Turn};

/// One fact to be made another.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Step {
    /// The input.
    pub input: String,
    /// What people read.
    pub label: Text,
    /// Its type.
    pub kind: FactKind,
    /// What it is.
    pub from: Json,
    /// What it would be.
    pub to: Json,
    /// Any other value than the present one would do as well.
    pub any_other: bool,
}

/// What can be said.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Least {
    /// Every condition is met as it is.
    Met,
    /// With these changes every condition is met.
    Change {
        /// In the order of the model's inputs.
        steps: Vec<Step>,
        /// Nothing less would do. Otherwise there may be less.
        is_least: bool,
    },
    /// Nothing that the applicant can change would do: these conditions stand against it.
    Impossible {
        /// Ids of conditions.
        conditions: Vec<String>,
    },
    /// The form and a register disagree, and that comes first.
    Contradicted,
    /// The rules of these conditions are of a kind that is not analysed, or a fact of them is not known; nothing is claimed.
    NotAnalysed {
        /// Ids of conditions; may be empty.
        conditions: Vec<String>,
    },
}

/// The least change that would turn the outcome of these inputs.
pub fn least_change(item: &Item, inputs: &Inputs) -> Least {
    if !inputs.contradictions.is_empty() {
        return Least::Contradicted;
    }
    let values = model_inputs(&item.rules, inputs);
    let mutable: Vec<Mutable> = item.facts.iter().filter_map(|row| mutable(item, inputs, row)).collect();
    match item.rules.counterfactual(&values, &mutable) {
        Counterfactual::Met => Least::Met,
        Counterfactual::Impossible { conditions } => Least::Impossible { conditions },
        Counterfactual::Change { changes, least, .. } => {
            Least::Change { steps: changes.iter().filter_map(|c| step(item, c)).collect(), is_least: least }
        }
        Counterfactual::NotAnalysed { doubts } => {
            let mut conditions: Vec<String> =
                doubts.into_iter().map(|d| d.condition).filter(|c| !c.is_empty()).collect();
            conditions.dedup();
            Least::NotAnalysed { conditions }
        }
    }
}

fn step(item: &Item, change: &Change) -> Option<Step> {
    let row = item.fact(&change.input)?;
    Some(Step {
        input: change.input.clone(),
        label: row.label.clone(),
        kind: row.kind,
        from: change.from.to_json(),
        to: change.to.to_json(),
        any_other: change.any_other,
    })
}

/// How a fact can turn: as the catalogue says, else by where it comes from.
pub(super) fn turn(item: &Item, row: &FactRow) -> Turn {
    if let Some(said) = row.change {
        return said;
    }
    match &row.from {
        FactFrom::Form { field, role: FormRole::Wish } if !is_own_name(item, field) => Turn::Any,
        FactFrom::Request(RequestField::IdentityLevel) => Turn::Up,
        FactFrom::Request(RequestField::SecondPartyConfirmed | RequestField::SecondPartyIndependent) => Turn::Any,
        FactFrom::Form { .. }
        | FactFrom::Register { .. }
        | FactFrom::Request(RequestField::FiledOn | RequestField::DecidedOn)
        | FactFrom::Parameter { .. }
        | FactFrom::Quota => Turn::No,
    }
}

/// Whether a field says who the applicant is.
fn is_own_name(item: &Item, field: &str) -> bool {
    let known = item.form.field(field).and_then(|f| f.known.as_ref());
    matches!(known, Some(Known::ApplicantName | Known::ApplicantCode))
}

fn mutable(item: &Item, inputs: &Inputs, row: &FactRow) -> Option<Mutable> {
    let turn = turn(item, row);
    if turn == Turn::No {
        return None;
    }
    let now = inputs.value(&row.input).and_then(|value| engine_value(row.kind, value));
    let mut mutable = Mutable::free(row.input.clone());
    if row.kind == FactKind::Number {
        mutable.least = Some(Value::Number(0.into()));
    }
    match turn {
        Turn::Up => mutable.least = now.or(mutable.least.take()),
        Turn::Down => mutable.most = now,
        Turn::Any | Turn::No => {}
    }
    if row.from == FactFrom::Request(RequestField::IdentityLevel) {
        mutable.most = Some(Value::Number(3.into()));
    }
    if let FactFrom::Form { field, .. } = &row.from
        && let Some(FieldKind::Choice(choices)) = item.form.field(field).map(|f| &f.kind)
    {
        mutable.values = choices.iter().filter_map(|c| engine_value(row.kind, &choice(c))).collect();
    }
    Some(mutable)
}

fn choice(choice: &crate::catalog::Choice) -> Json {
    choice.value.as_str().into()
}
