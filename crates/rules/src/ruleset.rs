//! The decide profile: a model that passed the strict checks, and its verdicts on every condition.
//!
//! Fail closed. An input that a condition reads and that is missing, null, mistyped or outside of its allowed values
//! makes the condition unknown, and so does any null or error on the way, whatever `and` or `or` would make of it. What
//! a condition reads is what it could read: all inputs in its logic and in the decisions it requires, so that no short
//! cut of a formula hides a missing fact.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::diagnostic::{self, Diagnostic};
use crate::eval::{Machine, Memo};
use crate::model;
use crate::program::Program;
use crate::publish;
use crate::value::{Type, Value};
use crate::verdict::{Cause, Read, Reason, Step, Truth, Verdict};

/// A published model. `Send + Sync`; share it by `Arc`.
#[derive(Debug)]
pub struct RuleSet {
    program: Program,
    text: String,
    hash: String,
    inputs: Vec<Input>,
    conditions: Vec<Condition>,
}

/// An input that the model declares.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its declared type.
    pub of: Type,
}

/// A condition: a boolean decision that no other decision requires.
#[derive(Clone, Debug, Serialize)]
pub struct Condition {
    /// XML id.
    pub id: String,
    /// Name.
    pub name: String,
    #[serde(skip)]
    slot: u32,
    /// Places of the inputs it may read, ascending.
    #[serde(skip)]
    reads: Vec<u32>,
    /// Places of the decisions it stands on, itself not included, ascending.
    #[serde(skip)]
    steps: Vec<u32>,
}

impl Condition {
    pub(crate) const fn new(id: String, name: String, slot: u32, reads: Vec<u32>, steps: Vec<u32>) -> Self {
        Self { id, name, slot, reads, steps }
    }
}

impl RuleSet {
    /// Publishes a model of one file.
    ///
    /// # Errors
    /// Everything that is to be mended, in the order of the file: what cannot be read, untyped inputs and decisions,
    /// unknown names, clocks, external functions, imports, nulls, operands that can never fit.
    pub fn publish(xml: &str) -> Result<Self, Vec<Diagnostic>> {
        let model = model::parse(xml)?;
        let conditions = publish::check(&model)?;
        let hash = hex::encode(Sha256::digest(xml.as_bytes()));
        let inputs = model.inputs().map(|(name, of)| Input { name: name.to_owned(), of: of.clone() }).collect();
        let (program, text) = model.into_parts();
        Ok(Self { program, text, hash, inputs, conditions })
    }

    /// SHA-256 of the model's bytes, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The inputs in the order of the file: their places are what [`Self::decide_slots`] takes.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The conditions in the order of the file.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// The names of the inputs that a condition may read.
    pub fn reads<'r>(&'r self, condition: &'r Condition) -> impl Iterator<Item = &'r str> {
        condition.reads.iter().map(|slot| self.inputs[*slot as usize].name.as_str())
    }

    /// The verdicts on all conditions. Inputs that the model does not declare are left out; the last of a name counts.
    pub fn decide(&self, input: &[(&str, Value)]) -> Vec<Verdict> {
        let mut values = vec![Value::Null; self.inputs.len()];
        for (name, value) in input {
            if let Some(slot) = self.program.input_slot(name) {
                values[slot] = value.clone();
            }
        }
        self.decide_slots(&values).verdicts()
    }

    /// Decides over inputs by their places (missing ones at the end count as null). The trace is kept in the decision
    /// and turned into verdicts only when asked for.
    pub fn decide_slots<'r>(&'r self, values: &'r [Value]) -> Decided<'r> {
        let mut machine = Machine::new(&self.program, values, None);
        machine.strict = true;
        let doubts = self.doubts(&mut machine, values);
        let sound = doubts.is_empty();
        let mut outcomes = Vec::with_capacity(self.conditions.len());
        for condition in &self.conditions {
            outcomes.push(if sound || !condition.reads.iter().any(|slot| doubts.iter().any(|d| d.0 == *slot)) {
                run(&mut machine, condition.slot)
            } else {
                Outcome::Doubtful
            });
        }
        Decided { rules: self, machine, values, doubts, outcomes }
    }

    /// What is wrong with the inputs, by place.
    fn doubts<'r>(&'r self, machine: &mut Machine<'r>, values: &[Value]) -> Vec<(u32, Cause)> {
        let mut doubts = Vec::new();
        for (slot, input) in self.inputs.iter().enumerate() {
            let value = values.get(slot).unwrap_or(&Value::Null);
            if let Some(cause) = doubt(machine, input, value) {
                doubts.push((u32::try_from(slot).unwrap_or(u32::MAX), cause));
            }
        }
        doubts
    }
}

/// Why an input may not be read.
fn doubt(machine: &mut Machine<'_>, input: &Input, value: &Value) -> Option<Cause> {
    if input.of.is_plainly(value) {
        return None;
    }
    let name = input.name.clone();
    if value.is_null() || holds_null(value, &input.of) {
        return Some(Cause::Missing { input: name });
    }
    if machine.conforms(value, &input.of) {
        return None;
    }
    let base = input.of.base();
    if Type::of(value).conforms_to(base) {
        return Some(Cause::NotAllowed { input: name, expected: input.of.to_string() });
    }
    Some(Cause::Mistyped { input: name, expected: base.to_string(), found: value.kind().to_owned() })
}

/// A null or a missing entry somewhere inside a declared list or context.
fn holds_null(value: &Value, of: &Type) -> bool {
    match (value, of.base()) {
        (Value::Null, _) => true,
        (Value::List(items), Type::List(of)) => items.iter().any(|i| holds_null(i, of)),
        (Value::Context(c), Type::Context(entries)) => {
            entries.iter().any(|(name, of)| c.get(name).is_none_or(|v| holds_null(v, of)))
        }
        _ => false,
    }
}

/// How a condition came out, before it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Met,
    NotMet,
    /// One of its inputs may not be read.
    Doubtful,
    /// A null or error on the way.
    Faulty,
}

fn run(machine: &mut Machine<'_>, slot: u32) -> Outcome {
    match machine.condition(slot) {
        Some(true) => Outcome::Met,
        Some(false) => Outcome::NotMet,
        None => Outcome::Faulty,
    }
}

/// A decision on all conditions with its whole trace, borrowing the rules and the inputs.
pub struct Decided<'r> {
    rules: &'r RuleSet,
    machine: Machine<'r>,
    values: &'r [Value],
    doubts: Vec<(u32, Cause)>,
    outcomes: Vec<Outcome>,
}

impl fmt::Debug for Decided<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.outcomes).finish()
    }
}

impl Decided<'_> {
    /// True when every condition is met; false without conditions.
    pub fn all_met(&self) -> bool {
        !self.outcomes.is_empty() && self.outcomes.iter().all(|o| *o == Outcome::Met)
    }

    /// For each condition in order: met, not met, or unknown (`None`).
    pub fn truths(&self) -> impl Iterator<Item = Option<bool>> {
        self.outcomes.iter().map(|o| match o {
            Outcome::Met => Some(true),
            Outcome::NotMet => Some(false),
            Outcome::Doubtful | Outcome::Faulty => None,
        })
    }

    /// The verdicts, in the order of the conditions.
    pub fn verdicts(&self) -> Vec<Verdict> {
        self.rules.conditions.iter().zip(&self.outcomes).map(|(c, o)| self.verdict(c, *o)).collect()
    }

    fn verdict(&self, condition: &Condition, outcome: Outcome) -> Verdict {
        let read = condition.reads.iter().map(|slot| {
            let input = self.rules.inputs[*slot as usize].name.clone();
            Read { input, value: self.values.get(*slot as usize).cloned().unwrap_or_default() }
        });
        let truth = match outcome {
            Outcome::Met => Truth::Met,
            Outcome::NotMet => Truth::NotMet,
            Outcome::Doubtful => Truth::Unknown { reason: Reason { causes: self.causes(condition) } },
            Outcome::Faulty => Truth::Unknown { reason: Reason { causes: vec![self.fault(condition.slot)] } },
        };
        let steps = condition.steps.iter().chain(std::iter::once(&condition.slot));
        Verdict {
            id: condition.id.clone(),
            name: condition.name.clone(),
            truth,
            read: read.collect(),
            trace: steps.filter_map(|slot| self.step(*slot)).collect(),
        }
    }

    fn causes(&self, condition: &Condition) -> Vec<Cause> {
        let own = self.doubts.iter().filter(|(slot, _)| condition.reads.contains(slot));
        own.map(|(_, cause)| cause.clone()).collect()
    }

    fn fault(&self, slot: u32) -> Cause {
        let Memo::Done { fault: Some(fault), .. } = &self.machine.memo[slot as usize] else {
            return Cause::Fault { line: 0, column: 0, message: "the condition is neither true nor false".to_owned() };
        };
        let (line, column) = diagnostic::place(&self.rules.text, fault.at);
        Cause::Fault { line, column, message: fault.message.to_string() }
    }

    /// A decision of the trace; none when it was not computed.
    fn step(&self, slot: u32) -> Option<Step> {
        let Memo::Done { value, fired, .. } = &self.machine.memo[slot as usize] else { return None };
        let program = &self.rules.program;
        let node = &program.decisions[slot as usize];
        let rules = self.machine.fired.get(fired.0 as usize..fired.1 as usize).unwrap_or(&[]);
        let own = rules.iter().filter(|f| program.tables[f.table as usize].owner == node.name);
        Some(Step {
            id: node.id.to_string(),
            decision: node.name.to_string(),
            value: value.clone(),
            matched: own.map(|f| program.rule_name(*f)).collect(),
        })
    }
}
