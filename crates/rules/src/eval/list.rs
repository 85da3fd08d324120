//! Filters, loops and quantifiers.

use std::borrow::Cow;

use super::{Machine, Read};
use crate::feel::ast::{Domain, Expr};
use crate::value::{Date, Number, Range, Value};

impl<'a> Machine<'a> {
    /// `list[condition]` or `list[2]`; a value that is no list counts as a list of one.
    pub(super) fn filter(&mut self, list: &'a Expr, condition: &'a Expr, at: u32) -> Read<'a> {
        let value = self.eval(list).into_owned();
        let items = match &value {
            Value::List(items) => items.as_slice(),
            Value::Null => &[],
            one => std::slice::from_ref(one),
        };
        if let Some(Value::Number(n)) = condition.as_constant() {
            return self.pick(items, *n, at);
        }
        let mark = self.locals();
        let mut kept = Vec::new();
        for (i, item) in items.iter().enumerate() {
            if !self.round(at) {
                break;
            }
            self.push(item.clone());
            let found = self.eval(condition).into_owned();
            self.truncate(mark);
            match found {
                Value::Boolean(true) => kept.push(item.clone()),
                Value::Boolean(false) => {}
                Value::Number(n) if i == 0 => return self.pick(items, n, at),
                Value::Null => self.note(condition.at, "the filter is neither true nor false"),
                _ => return self.null(condition.at, "the filter is neither true nor false"),
            }
        }
        if items.is_empty() && value.is_null() {
            return self.null(at, "null has no elements");
        }
        Cow::Owned(Value::list(kept))
    }

    /// The element at a place counted from 1, or from the end when negative.
    fn pick(&mut self, items: &[Value], place: Number, at: u32) -> Read<'a> {
        let index = place.to_i64().and_then(|n| {
            let from = if n > 0 { n - 1 } else { i64::try_from(items.len()).ok()?.checked_add(n)? };
            usize::try_from(from).ok().filter(|_| n != 0)
        });
        let found = index.and_then(|i| items.get(i)).cloned();
        self.given(found, at, "the list has no element at that place")
    }

    pub(super) fn for_loop(&mut self, domains: &'a [Domain], body: &'a Expr, partial: bool) -> Read<'a> {
        let mark = self.locals();
        let mut out = Vec::new();
        let complete = self.each(domains, body.at, &mut |machine| {
            if partial && !machine.spend(out.len(), body.at) {
                return false;
            }
            machine.push(if partial { Value::list(out.clone()) } else { Value::Null });
            let value = machine.eval(body).into_owned();
            out.push(value);
            true
        });
        self.truncate(mark);
        if complete { Cow::Owned(Value::list(out)) } else { Cow::Owned(Value::Null) }
    }

    pub(super) fn quantified(&mut self, every: bool, domains: &'a [Domain], satisfies: &'a Expr) -> Read<'a> {
        let mark = self.locals();
        let mut result = Value::Boolean(every);
        let complete = self.each(domains, satisfies.at, &mut |machine| {
            let found = machine.eval(satisfies).into_owned();
            if !matches!(found, Value::Boolean(_)) {
                machine.note(satisfies.at, format!("expected true or false, found {}", found.kind()));
            }
            match found {
                Value::Boolean(b) if b == every => true,
                Value::Boolean(b) => {
                    result = Value::Boolean(b);
                    false
                }
                // Null leaves the question open; anything else is no answer at all.
                other => {
                    result = Value::Null;
                    other.is_null()
                }
            }
        });
        self.truncate(mark);
        Cow::Owned(if complete { result } else { Value::Null })
    }

    /// Runs `round` for every combination, the first domain outermost, until it says stop; false when a domain was no
    /// list or the rounds ran out.
    fn each(&mut self, domains: &'a [Domain], at: u32, round: &mut dyn FnMut(&mut Self) -> bool) -> bool {
        let mut stopped = false;
        self.nested(domains, at, round, &mut stopped)
    }

    fn nested(
        &mut self,
        domains: &'a [Domain],
        at: u32,
        round: &mut dyn FnMut(&mut Self) -> bool,
        stopped: &mut bool,
    ) -> bool {
        let Some((first, rest)) = domains.split_first() else {
            *stopped = !round(self);
            return true;
        };
        let Some(items) = self.domain(first) else { return false };
        let mark = self.locals();
        for item in items {
            if !self.round(at) {
                return false;
            }
            self.push(item);
            let complete = self.nested(rest, at, round, stopped);
            self.truncate(mark);
            if !complete || *stopped {
                return complete;
            }
        }
        true
    }

    fn domain(&mut self, domain: &'a Domain) -> Option<Box<dyn Iterator<Item = Value>>> {
        match domain {
            Domain::Each(e) => match self.eval(e).into_owned() {
                Value::List(items) => {
                    let length = items.len();
                    Some(Box::new((0..length).map(move |i| items[i].clone())))
                }
                Value::Range(range) => self.span_of(&range, e.at),
                Value::Null => {
                    self.note(e.at, "null cannot be looped over");
                    None
                }
                one => Some(Box::new(std::iter::once(one))),
            },
            Domain::Count(low, high) => {
                let (a, b) = (self.eval(low).into_owned(), self.eval(high).into_owned());
                self.span(&a, &b, low.at)
            }
        }
    }

    /// The whole numbers or days inside a range.
    fn span_of(&mut self, range: &Range, at: u32) -> Option<Box<dyn Iterator<Item = Value>>> {
        if range.low.compare(&range.high) == Some(std::cmp::Ordering::Greater) {
            self.note(at, "the range ends before it begins");
            return None;
        }
        let inside = self.span(&range.low, &range.high, at)?;
        let range = range.clone();
        Some(Box::new(inside.filter(move |v| range.includes(v) == Some(true))))
    }

    fn span(&mut self, low: &Value, high: &Value, at: u32) -> Option<Box<dyn Iterator<Item = Value>>> {
        let found = match (low, high) {
            (Value::Number(a), Value::Number(b)) => a.to_i64().zip(b.to_i64()).map(|(a, b)| steps(a, b, Value::from)),
            (Value::Date(a), Value::Date(b)) => {
                let day = |d: i64| Date::from_epoch_days(d).map_or(Value::Null, Value::Date);
                Some(steps(a.epoch_days(), b.epoch_days(), day))
            }
            _ => None,
        };
        if found.is_none() {
            self.note(at, "a loop counts over whole numbers or days");
        }
        found
    }
}

/// From `a` to `b`, up or down.
fn steps(a: i64, b: i64, value: impl Fn(i64) -> Value + 'static) -> Box<dyn Iterator<Item = Value>> {
    if a <= b { Box::new((a..=b).map(value)) } else { Box::new((b..=a).rev().map(value)) }
}
