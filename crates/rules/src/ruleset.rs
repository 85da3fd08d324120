//! The decide profile: a model that passed the strict checks, and its verdicts on every condition.
//!
//! Fail closed. An input that a condition reads and that is missing, null, mistyped or outside of its allowed values
//! makes the condition unknown, and so does any null or error on the way, whatever `and` or `or` would make of it. What
//! a condition reads is what it could read: all inputs in its logic and in the decisions it requires, so that no short
//! cut of a formula hides a missing fact.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::counterfactual::{Meeting, Reader};
use crate::diagnostic::{self, Diagnostic};
use crate::eval::{Machine, Told};
use crate::feel::ast::{Expr, Kind};
use crate::model;
use crate::program::Program;
use crate::proof::{self, Proof, Unclear};
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
    /// For each input the texts it may be, where its type lists them.
    lists: Vec<Option<Vec<Arc<str>>>>,
    /// Places of the inputs by their names.
    slots: HashMap<String, usize>,
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

/// A decision and the rules of its own tables.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines<'r> {
    /// XML id of the decision.
    pub id: &'r str,
    /// Its name.
    pub decision: &'r str,
    /// Its rules: id, or the number from 1 where the model gives no id; none where it has no table.
    pub rules: Vec<Cow<'r, str>>,
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

    /// Places of the inputs it may read, ascending.
    pub(crate) fn slots(&self) -> &[u32] {
        &self.reads
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
        let inputs: Vec<Input> =
            model.inputs().map(|(name, of)| Input { name: name.to_owned(), of: of.clone() }).collect();
        // The first of a name counts, as everywhere; the checks let no name stand twice.
        let slots = inputs.iter().enumerate().rev().map(|(slot, input)| (input.name.clone(), slot)).collect();
        let (program, text) = model.into_parts();
        let lists = inputs.iter().map(|input| listed(&program, &input.of)).collect();
        Ok(Self { program, text, hash, inputs, lists, slots, conditions })
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

    /// The decisions that a condition stands on, itself last, each with the rules of its own tables by the names that a trace
    /// gives them.
    pub fn lines<'r>(&'r self, condition: &'r Condition) -> Vec<Lines<'r>> {
        let all = condition.steps.iter().chain(std::iter::once(&condition.slot));
        let lines = |slot: &u32| {
            let node = &self.program.decisions[*slot as usize];
            Lines { id: &node.id, decision: &node.name, rules: self.program.rules_of(node) }
        };
        all.map(lines).collect()
    }

    /// Examines every decision table of the rules: see [`crate::proof`].
    pub fn proof(&self) -> Proof {
        proof::prove(&self.program, &self.text)
    }

    /// The verdicts on all conditions. Inputs that the model does not declare are left out; the last of a name counts.
    pub fn decide(&self, input: &[(&str, Value)]) -> Vec<Verdict<'_>> {
        let mut values = vec![Value::Null; self.inputs.len()];
        for (name, value) in input {
            if let Some(slot) = self.input_slot(name) {
                values[slot] = value.clone();
            }
        }
        self.verdicts(&values)
    }

    /// The place of the input of that name.
    pub fn input_slot(&self, name: &str) -> Option<usize> {
        self.slots.get(name).copied()
    }

    /// The verdicts on all conditions over inputs by their places.
    pub fn verdicts(&self, values: &[Value]) -> Vec<Verdict<'_>> {
        let decided = self.decide_slots(values);
        self.conditions.iter().map(|c| self.verdict(c, &decided)).collect()
    }

    /// Decides over inputs by their places (missing ones at the end count as null). The trace is kept in the decision
    /// and turned into verdicts only when asked for.
    pub fn decide_slots<'r>(&'r self, values: &'r [Value]) -> Decided<'r> {
        let mut machine = Machine::new(&self.program, values, None);
        machine.strict = true;
        let doubts = self.doubts(&mut machine, values);
        for condition in &self.conditions {
            // A condition that reads what may not be read stays without a result.
            if doubts.is_empty() || !condition.reads.iter().any(|slot| doubts.iter().any(|d| d.0 == *slot)) {
                machine.condition(condition.slot);
            }
        }
        Decided { rules: self, machine, values, doubts }
    }

    /// How one condition comes out, by its place; `None` when it is unknown.
    pub(crate) fn truth(&self, condition: usize, values: &[Value]) -> Option<bool> {
        let condition = self.conditions.get(condition)?;
        let mut machine = Machine::new(&self.program, values, None);
        machine.strict = true;
        let clear = |slot: &u32| {
            let slot = *slot as usize;
            doubt(&mut machine, &self.inputs[slot], values.get(slot).unwrap_or(&Value::Null)).is_none()
        };
        if !condition.reads.iter().all(clear) {
            return None;
        }
        machine.condition(condition.slot);
        machine.outcome(condition.slot).flatten()
    }

    /// The texts that an input's type lists; empty where it lists none.
    pub(crate) fn listed_values(&self, slot: u32) -> Vec<Value> {
        let list = self.lists.get(slot as usize).and_then(Option::as_ref);
        list.map_or_else(Vec::new, |l| l.iter().map(|t| Value::String(Arc::clone(t))).collect())
    }

    /// Where a condition can turn when some inputs change.
    pub(crate) fn meetings(
        &self,
        condition: &Condition,
        values: &[Value],
        mutable: &BTreeSet<u32>,
    ) -> Result<Vec<Meeting>, Unclear> {
        let mut reader = Reader::new(&self.program, values, mutable);
        reader.truth(&self.program.decisions[condition.slot as usize].body)?;
        Ok(reader.meetings)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with the inputs, by place.
    fn doubts<'r>(&'r self, machine: &mut Machine<'r>, values: &[Value]) -> Vec<(u32, Cause)> {
        let mut doubts = Vec::new();
        for (slot, input) in self.inputs.iter().enumerate() {
            let value = values.get(slot).unwrap_or(&Value::Null);
            if let (Some(list), Value::String(text)) = (&self.lists[slot], value)
                && list.iter().any(|one| **one == **text)
            {
                continue;
            }
            if let Some(cause) = doubt(machine, input, value) {
                doubts.push((u32::try_from(slot).unwrap_or(u32::MAX), cause));
            }
        }
        doubts
    }
}

/// The texts that a type allows, where it is nothing but a list of them.
fn listed(program: &Program, of: &Type) -> Option<Vec<Arc<str>>> {
    let Type::Limited { base, tests, .. } = of else { return None };
    let text = |e: &Expr| match &e.kind {
        Kind::Matches(pair) => match (&pair.0.kind, pair.1.as_constant()) {
            (Kind::Local(0), Some(Value::String(text))) => Some(Arc::clone(text)),
            _ => None,
        },
        _ => None,
    };
    match (&**base, program.limits.get(*tests as usize)?.as_slice()) {
        (Type::String, [Expr { kind: Kind::AnyOf(tests), .. }]) => tests.iter().map(text).collect(),
        (Type::String, [one]) => Some(vec![text(one)?]),
        _ => None,
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

/// A decision on all conditions with its whole trace, borrowing the rules and the inputs.
pub struct Decided<'r> {
    rules: &'r RuleSet,
    machine: Machine<'r>,
    values: &'r [Value],
    doubts: Vec<(u32, Cause)>,
}

impl fmt::Debug for Decided<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.truths()).finish()
    }
}

impl<'r> Decided<'r> {
    /// True when every condition is met; false without conditions.
    pub fn all_met(&self) -> bool {
        let met = |c: &Condition| self.machine.outcome(c.slot) == Some(Some(true));
        !self.rules.conditions.is_empty() && self.rules.conditions.iter().all(met)
    }

    /// For each condition in order: met, not met, or unknown (`None`).
    pub fn truths(&self) -> impl Iterator<Item = Option<bool>> {
        self.rules.conditions.iter().map(|c| self.machine.outcome(c.slot).flatten())
    }

    /// The verdicts, in the order of the conditions.
    pub fn verdicts(&self) -> Vec<Verdict<'r>> {
        self.rules.conditions.iter().map(|c| self.rules.verdict(c, self)).collect()
    }
}

/// From a decision to words. They borrow the rule set, and outlive the decision.
impl RuleSet {
    fn verdict<'r>(&'r self, condition: &'r Condition, decided: &Decided<'_>) -> Verdict<'r> {
        let read = condition.reads.iter().map(|slot| {
            let slot = *slot as usize;
            let value = decided.values.get(slot).cloned().unwrap_or_default();
            Read { input: Cow::Borrowed(self.inputs[slot].name.as_str()), value }
        });
        let causes = match decided.machine.outcome(condition.slot) {
            Some(Some(_)) => Vec::new(),
            Some(None) => vec![self.fault(condition.slot, decided)],
            None => decided.causes(condition),
        };
        let truth = match decided.machine.outcome(condition.slot).flatten() {
            Some(true) => Truth::Met,
            Some(false) => Truth::NotMet,
            None => Truth::Unknown { reason: Reason { causes } },
        };
        let steps = condition.steps.iter().chain(std::iter::once(&condition.slot));
        let mut trace = Vec::with_capacity(condition.steps.len() + 1);
        trace.extend(steps.filter_map(|slot| self.step(*slot, decided)));
        let (id, name) = (Cow::Borrowed(condition.id.as_str()), Cow::Borrowed(condition.name.as_str()));
        Verdict { id, name, truth, read: read.collect(), trace }
    }

    fn fault(&self, slot: u32, decided: &Decided<'_>) -> Cause {
        let Some(fault) = decided.machine.told(slot).and_then(|told| told.fault) else {
            return Cause::Fault { line: 0, column: 0, message: "the condition is neither true nor false".to_owned() };
        };
        let (line, column) = diagnostic::place(&self.text, fault.at);
        Cause::Fault { line, column, message: fault.message.to_string() }
    }

    /// A decision of the trace; none when it was not computed.
    fn step(&self, slot: u32, decided: &Decided<'_>) -> Option<Step<'_>> {
        let Told { value, fired, .. } = decided.machine.told(slot)?;
        let node = &self.program.decisions[slot as usize];
        let own = fired.iter().filter(|f| self.program.is_of(**f, node));
        Some(Step {
            id: Cow::Borrowed(&*node.id),
            decision: Cow::Borrowed(&*node.name),
            value,
            matched: own.map(|f| self.program.rule_name(*f)).collect(),
        })
    }
}

impl Decided<'_> {
    fn causes(&self, condition: &Condition) -> Vec<Cause> {
        let own = self.doubts.iter().filter(|(slot, _)| condition.reads.contains(slot));
        own.map(|(_, cause)| cause.clone()).collect()
    }
}
