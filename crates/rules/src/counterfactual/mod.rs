//! The least change that would turn an outcome: what somebody who was not granted could do about it.
//!
//! Given are a rule set, the inputs of a case, and which of them can change at all; a birth date is not among those, and
//! is never proposed. Looked for is the change of the fewest inputs, and among those the one of the fewest steps (days of
//! a date, steps of a number in its own precision, one step for a text or a truth value), after which every condition is
//! met. It is computed from the model: a condition can only turn where the two sides of one of its comparisons meet
//! (`term.rs`), and so only the values beside those places are tried, in chains where one moved input is held
//! against another. Every proposal was decided by the rules before it is told.
//!
//! What a condition computes otherwise (loops, functions of the model, arithmetic of several moving inputs) is *not
//! analysed*: it is told with its place, and no claim is made that leans on it.

mod candidate;
mod search;
mod term;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
pub(crate) use term::{Meeting, Reader};

use crate::diagnostic;
use crate::proof::Unclear;
use crate::ruleset::RuleSet;
use crate::value::{Number, Type, Value};

/// Most conditions that are decided in one search.
pub const MAX_TRIALS: u64 = 400_000;
/// Most inputs that are changed together.
pub const MAX_TOGETHER: usize = 8;

/// An input that can change, and how.
#[derive(Clone, Debug)]
pub struct Mutable {
    /// Its name.
    pub input: String,
    /// The step of a number: what it may become is a whole multiple of it. Above 0.
    pub step: Number,
    /// What it may become, where that is listed; anything of its type when empty.
    pub values: Vec<Value>,
    /// The least it may become.
    pub least: Option<Value>,
    /// The most it may become.
    pub most: Option<Value>,
}

impl Mutable {
    /// An input that may become anything of its type, a number in whole steps.
    pub fn free(input: impl Into<String>) -> Self {
        Self { input: input.into(), step: Number::ONE, values: Vec::new(), least: None, most: None }
    }
}

/// One input to be changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Name of the input.
    pub input: String,
    /// What it is.
    pub from: Value,
    /// What it would be.
    pub to: Value,
    /// How many steps that takes: days, steps of the number's precision, or 1.
    pub steps: u64,
    /// Any other text than those that the model knows would do as well: `to` is only an example.
    pub any_other: bool,
}

/// Something that was not analysed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// Id of the condition.
    pub condition: String,
    /// Line in the model, from 1; 0 where no place in the model is meant.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Why.
    pub reason: String,
}

/// What can be said.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Counterfactual {
    /// Every condition is met as it is.
    Met,
    /// With these changes every condition is met.
    Change {
        /// In the order of the model's inputs.
        changes: Vec<Change>,
        /// Whether nothing less would do. Otherwise only what was analysed was changed.
        least: bool,
        /// What was not analysed: the inputs that it reads were left as they are.
        doubts: Vec<Doubt>,
    },
    /// No change of the inputs that can change would do.
    Impossible {
        /// Ids of conditions that cannot be met, or not together.
        conditions: Vec<String>,
    },
    /// Nothing can be said.
    NotAnalysed {
        /// Why; at least one.
        doubts: Vec<Doubt>,
    },
}

/// A mutable input as the search knows it.
pub(crate) struct Mover {
    pub step: Number,
    pub values: Vec<Value>,
    pub least: Option<Value>,
    pub most: Option<Value>,
}

impl RuleSet {
    /// The least change of inputs that would meet every condition. `values` are the inputs by their places, as for
    /// [`Self::decide_slots`]; names in `mutable` that the model does not have are left out.
    pub fn counterfactual(&self, values: &[Value], mutable: &[Mutable]) -> Counterfactual {
        let mut all = vec![Value::Null; self.inputs().len()];
        for (place, value) in all.iter_mut().zip(values) {
            *place = value.clone();
        }
        Question::new(self, all, mutable).answer()
    }
}

/// One question and what was learnt about it.
struct Question<'r> {
    rules: &'r RuleSet,
    values: Vec<Value>,
    movers: BTreeMap<u32, Mover>,
    doubts: Vec<Doubt>,
}

impl<'r> Question<'r> {
    fn new(rules: &'r RuleSet, values: Vec<Value>, mutable: &[Mutable]) -> Self {
        let mut this = Self { rules, values, movers: BTreeMap::new(), doubts: Vec::new() };
        for one in mutable {
            let Some(slot) = rules.input_slot(&one.input) else { continue };
            let slot = u32::try_from(slot).unwrap_or(u32::MAX);
            let fits = match rules.inputs()[slot as usize].of.base() {
                Type::Number => !one.step.is_negative() && !one.step.is_zero(),
                Type::Date | Type::String | Type::Boolean => true,
                _ => false,
            };
            if !fits {
                this.doubt("", format!("`{}` is of a type that is not changed, or has no step", one.input));
                continue;
            }
            let values = if one.values.is_empty() { rules.listed_values(slot) } else { one.values.clone() };
            let (least, most) = (one.least.clone(), one.most.clone());
            this.movers.insert(slot, Mover { step: one.step, values, least, most });
        }
        this
    }

    fn doubt(&mut self, condition: &str, reason: impl Into<String>) {
        let condition = condition.to_owned();
        self.doubts.push(Doubt { condition, line: 0, column: 0, reason: reason.into() });
    }

    fn mutable(&self) -> BTreeSet<u32> {
        self.movers.keys().copied().collect()
    }

    fn answer(mut self) -> Counterfactual {
        let truths: Vec<Option<bool>> = self.rules.decide_slots(&self.values).truths().collect();
        if truths.iter().all(|t| *t == Some(true)) {
            return Counterfactual::Met;
        }
        let conditions = self.rules.conditions();
        for (condition, truth) in conditions.iter().zip(&truths) {
            if truth.is_none() {
                self.doubt(&condition.id, "the condition is unknown over the given inputs");
            }
        }
        let hopeless: Vec<String> = conditions
            .iter()
            .zip(&truths)
            .filter(|(c, t)| **t == Some(false) && !c.slots().iter().any(|s| self.movers.contains_key(s)))
            .map(|(c, _)| c.id.clone())
            .collect();
        if !hopeless.is_empty() {
            return Counterfactual::Impossible { conditions: hopeless };
        }
        if truths.contains(&None) {
            return Counterfactual::NotAnalysed { doubts: self.doubts };
        }
        self.search(&truths)
    }

    /// Reads every condition that a mutable input can turn. What cannot be read and is met keeps its inputs as they are.
    fn search(mut self, truths: &[Option<bool>]) -> Counterfactual {
        let rules = self.rules;
        let mut own: Vec<Vec<Meeting>> = vec![Vec::new(); rules.conditions().len()];
        let mut failed = false;
        let mut frozen = BTreeSet::new();
        let mutable = self.mutable();
        for ((condition, truth), own) in rules.conditions().iter().zip(truths).zip(&mut own) {
            let reads: Vec<u32> = condition.slots().iter().copied().filter(|s| mutable.contains(s)).collect();
            if reads.is_empty() {
                continue;
            }
            match rules.meetings(condition, &self.values, &mutable) {
                Ok(found) => *own = found,
                Err(Unclear { at, reason }) => {
                    let (line, column) = diagnostic::place(rules.text(), at);
                    self.doubts.push(Doubt { condition: condition.id.clone(), line, column, reason });
                    failed |= *truth == Some(false);
                    frozen.extend(reads);
                }
            }
        }
        if failed {
            return Counterfactual::NotAnalysed { doubts: self.doubts };
        }
        self.movers.retain(|slot, _| !frozen.contains(slot));
        let meetings = own.concat();
        let search = search::Search::new(rules, &self.values, &self.movers, (&meetings, &own));
        match search.run(truths) {
            search::Found::Changes { changes, whole } => {
                if !whole {
                    self.doubt(
                        "",
                        format!("more than {MAX_TRIALS} trials or {MAX_TOGETHER} inputs: there may be less"),
                    );
                }
                let least = self.doubts.is_empty();
                Counterfactual::Change { changes, least, doubts: self.doubts }
            }
            search::Found::Nothing { conditions, whole } => {
                if !whole {
                    self.doubt("", format!("more than {MAX_TRIALS} trials or {MAX_TOGETHER} inputs"));
                }
                if self.doubts.is_empty() {
                    Counterfactual::Impossible { conditions }
                } else {
                    Counterfactual::NotAnalysed { doubts: self.doubts }
                }
            }
        }
    }
}
