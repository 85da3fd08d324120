//! The values worth trying: what an input is, and what lies beside the places where a comparison turns.

use std::collections::{BTreeMap, BTreeSet};

use super::Mover;
use super::term::{Meeting, Term, Unit, negative};
use crate::eval::arithmetic;
use crate::feel::ast::Arith;
use crate::value::{Date, DaysTime, Number, RoundMode, Type, Value};

/// Most values of one input that are tried.
const MAX_VALUES: usize = 600;
/// Days around a day that was reached over months: the ends of months are not all alike.
const MONTH_END: i64 = 3;

/// A value to try and what it takes to get there.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub value: Value,
    pub steps: u64,
    pub any_other: bool,
}

/// Finds the candidates of some inputs that change together, all others standing as they are.
pub(super) struct Candidates<'q> {
    pub values: &'q [Value],
    pub types: &'q [Type],
    pub movers: &'q BTreeMap<u32, Mover>,
    pub meetings: &'q [Meeting],
}

/// What is tried of each input.
type Pools = BTreeMap<u32, Vec<Value>>;

impl Candidates<'_> {
    /// The candidates of each of the inputs, nearest first; `None` when there are too many.
    pub(super) fn of(&self, inputs: &[u32]) -> Option<Vec<Vec<Candidate>>> {
        let mut pools: Pools = inputs.iter().map(|slot| (*slot, self.first(*slot))).collect();
        // A chain of inputs that are held against each other is at most as long as there are inputs.
        for _ in inputs {
            let mut grown = pools.clone();
            for meeting in self.meetings {
                self.grow(&meeting.left, &meeting.right, &pools, &mut grown);
                self.grow(&meeting.right, &meeting.left, &pools, &mut grown);
            }
            for pool in grown.values_mut() {
                tidy(pool);
            }
            if grown.values().any(|p| p.len() > MAX_VALUES) {
                return None;
            }
            let same = grown.values().map(Vec::len).eq(pools.values().map(Vec::len));
            pools = grown;
            if same {
                break;
            }
        }
        Some(inputs.iter().map(|slot| self.candidates(*slot, pools.remove(slot).unwrap_or_default())).collect())
    }

    fn base(&self, slot: u32) -> &Type {
        self.types[slot as usize].base()
    }

    /// What an input is, what it is listed to be, and its bounds.
    fn first(&self, slot: u32) -> Vec<Value> {
        let mover = &self.movers[&slot];
        let mut pool = vec![self.values[slot as usize].clone()];
        match self.base(slot) {
            Type::Boolean => pool.extend([Value::Boolean(false), Value::Boolean(true)]),
            Type::String => pool.extend(mover.values.iter().cloned()),
            _ => {
                pool.extend(mover.values.iter().cloned());
                for bound in mover.least.iter().chain(&mover.most) {
                    self.around(slot, bound, 1, &mut pool);
                }
            }
        }
        pool
    }

    /// Adds to the inputs of one side what makes it meet the other.
    fn grow(&self, side: &Term, other: &Term, pools: &Pools, grown: &mut Pools) {
        match side {
            Term::Constant(_) => {}
            Term::Moved { input, by } => {
                if !pools.contains_key(input) {
                    return;
                }
                for wanted in self.results(other, pools) {
                    self.reach(*input, by, &wanted, 1, grown);
                }
            }
            Term::Span { from, to, unit } => {
                for count in self.results(other, pools) {
                    let Value::Number(count) = count else { continue };
                    let Some(count) = count.trunc_i64() else { continue };
                    // Below, at and above the count: it is cut towards zero.
                    for n in count.saturating_sub(1)..=count.saturating_add(1) {
                        self.stretch(from, to, *unit, n, pools, grown);
                    }
                }
            }
        }
    }

    /// Days between which that many units lie.
    fn stretch(&self, from: &Term, to: &Term, unit: Unit, n: i64, pools: &Pools, grown: &mut Pools) {
        let span = match unit {
            Unit::Days => n.checked_mul(86_400).map(|s| Value::DaysTime(DaysTime::from_secs(s))),
            Unit::Years => n.checked_mul(12).map(Value::Months),
        };
        let Some(span) = span else { return };
        let Some(back) = negative(&span) else { return };
        for (moving, fixed, span) in [(to, from, &span), (from, to, &back)] {
            let Term::Moved { input, by } = moving else { continue };
            if !pools.contains_key(input) {
                continue;
            }
            for start in self.results(fixed, pools) {
                if let Some(wanted) = arithmetic(Arith::Add, &start, span) {
                    self.reach(*input, by, &wanted, MONTH_END, grown);
                }
            }
        }
    }

    /// The values that a side may have.
    fn results(&self, term: &Term, pools: &Pools) -> Vec<Value> {
        match term {
            Term::Constant(value) => vec![value.clone()],
            Term::Moved { input, by } => {
                let own = std::slice::from_ref(&self.values[*input as usize]);
                let from = pools.get(input).map_or(own, Vec::as_slice);
                let add =
                    |value: &Value| by.iter().try_fold(value.clone(), |sum, step| arithmetic(Arith::Add, &sum, step));
                from.iter().filter_map(add).collect()
            }
            Term::Span { .. } => Vec::new(),
        }
    }

    /// Adds what an input must be so that, moved, it is the wanted value, and what lies beside it.
    fn reach(&self, input: u32, by: &[Value], wanted: &Value, around: i64, grown: &mut Pools) {
        let back = |sum: Value, step: &Value| arithmetic(Arith::Add, &sum, &negative(step)?);
        let Some(start) = by.iter().rev().try_fold(wanted.clone(), back) else { return };
        let around = if by.iter().any(|b| matches!(b, Value::Months(_))) { MONTH_END } else { around };
        if let Some(pool) = grown.get_mut(&input) {
            self.around(input, &start, around, pool);
        }
    }

    /// A value and its nearest neighbours on both sides.
    fn around(&self, slot: u32, value: &Value, around: i64, pool: &mut Vec<Value>) {
        match (self.base(slot), value) {
            (Type::Date, Value::Date(day)) => {
                let days = (-around..=around).filter_map(|n| Date::from_epoch_days(day.epoch_days() + n));
                pool.extend(days.map(Value::Date));
            }
            (Type::Date, Value::DateTime(t)) => self.around(slot, &Value::Date(t.date), 1, pool),
            (Type::Number, Value::Number(n)) => {
                let step = self.movers[&slot].step;
                let below = n.over(step).and_then(|q| q.round(0, RoundMode::Floor)).and_then(|q| q.times(step));
                let Some(below) = below else { return };
                let beside = [below.minus(step), Some(below), below.plus(step)];
                pool.extend(beside.into_iter().flatten().map(Value::Number));
            }
            (Type::String, Value::String(_)) if self.movers[&slot].values.is_empty() => pool.push(value.clone()),
            _ => {}
        }
    }

    fn candidates(&self, slot: u32, pool: Vec<Value>) -> Vec<Candidate> {
        let mover = &self.movers[&slot];
        let from = &self.values[slot as usize];
        let inside = |v: &Value| {
            let low = mover.least.as_ref().is_none_or(|l| v.compare(l).is_some_and(std::cmp::Ordering::is_ge));
            let high = mover.most.as_ref().is_none_or(|m| v.compare(m).is_some_and(std::cmp::Ordering::is_le));
            let listed = mover.values.is_empty() || mover.values.iter().any(|l| l == v);
            low && high && listed && v != from
        };
        let mut list: Vec<Candidate> = Vec::new();
        if *self.base(slot) == Type::String && mover.values.is_empty() {
            let value = self.unknown_text();
            list.push(Candidate { value, steps: 1, any_other: true });
        }
        for value in pool.into_iter().filter(inside) {
            let steps = steps(from, &value, mover.step);
            list.push(Candidate { value, steps, any_other: false });
        }
        list.sort_by_key(|c| (c.steps, c.any_other));
        list
    }

    /// A text that neither the model nor the inputs know.
    fn unknown_text(&self) -> Value {
        let mut known = BTreeSet::new();
        let mut note = |value: &Value| {
            if let Value::String(s) = value {
                known.insert(s.to_string());
            }
        };
        self.values.iter().for_each(&mut note);
        for side in self.meetings.iter().flat_map(|m| [&m.left, &m.right]) {
            if let Term::Constant(value) = side {
                note(value);
            }
        }
        let text = (0..=known.len()).map(|i| format!("other{}", "*".repeat(i))).find(|t| !known.contains(t));
        Value::from(text.unwrap_or_default())
    }
}

/// Each value once.
fn tidy(pool: &mut Vec<Value>) {
    let mut kept: Vec<Value> = Vec::with_capacity(pool.len());
    if pool.iter().all(|v| matches!(v, Value::Number(_) | Value::Date(_) | Value::String(_))) {
        pool.sort_by(|a, b| a.compare(b).unwrap_or(std::cmp::Ordering::Equal));
        pool.dedup_by(|a, b| a == b);
        return;
    }
    for value in pool.drain(..) {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    *pool = kept;
}

/// How many steps lie between two values.
pub(super) fn steps(from: &Value, to: &Value, step: Number) -> u64 {
    match (from, to) {
        (Value::Date(a), Value::Date(b)) => a.epoch_days().abs_diff(b.epoch_days()),
        (Value::Number(a), Value::Number(b)) => {
            let apart = b.minus(*a).and_then(|d| d.abs().over(step)).and_then(|q| q.round(0, RoundMode::Ceiling));
            apart.and_then(Number::to_i64).and_then(|n| u64::try_from(n).ok()).unwrap_or(u64::MAX)
        }
        (a, b) => u64::from(a != b),
    }
}
