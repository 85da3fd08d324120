//! Logic of three values, comparisons and tests.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Machine, Read};
use crate::feel::ast::{Compare, Expr, Kind};
use crate::value::{Type, Value};

fn boolean<'a>(b: bool) -> Read<'a> {
    Cow::Owned(Value::Boolean(b))
}

impl<'a> Machine<'a> {
    /// The value as a boolean; anything else is a fault.
    pub(crate) fn truth(&mut self, e: &'a Expr) -> Option<bool> {
        let value = self.eval(e);
        match *value {
            Value::Boolean(b) => Some(b),
            ref other => {
                let message = format!("expected true or false, found {}", other.kind());
                self.note(e.at, message);
                None
            }
        }
    }

    pub(super) fn and(&mut self, pair: &'a (Expr, Expr)) -> Read<'a> {
        let left = self.truth(&pair.0);
        if left == Some(false) {
            return boolean(false);
        }
        match (left, self.truth(&pair.1)) {
            (_, Some(false)) => boolean(false),
            (Some(true), Some(true)) => boolean(true),
            _ => Cow::Owned(Value::Null),
        }
    }

    pub(super) fn or(&mut self, pair: &'a (Expr, Expr)) -> Read<'a> {
        let left = self.truth(&pair.0);
        if left == Some(true) {
            return boolean(true);
        }
        match (left, self.truth(&pair.1)) {
            (_, Some(true)) => boolean(true),
            (Some(false), Some(false)) => boolean(false),
            _ => Cow::Owned(Value::Null),
        }
    }

    pub(super) fn not(&mut self, inner: &'a Expr) -> Read<'a> {
        match self.truth(inner) {
            Some(b) => boolean(!b),
            None => Cow::Owned(Value::Null),
        }
    }

    pub(super) fn compare(&mut self, op: Compare, pair: &'a (Expr, Expr), at: u32) -> Read<'a> {
        let left = self.eval(&pair.0);
        let right = self.eval(&pair.1);
        match compare_values(op, &left, &right) {
            Some(b) => boolean(b),
            None => {
                let message = format!("{} cannot be compared with {}", left.kind(), right.kind());
                self.null(at, message)
            }
        }
    }

    pub(super) fn between(&mut self, three: &'a (Expr, Expr, Expr), at: u32) -> Read<'a> {
        let value = self.eval(&three.0);
        let low = self.eval(&three.1);
        let high = self.eval(&three.2);
        match (value.compare(&low), value.compare(&high)) {
            (Some(l), Some(h)) => boolean(l != Ordering::Less && h != Ordering::Greater),
            _ => self.null(at, "the values of `between` cannot be compared"),
        }
    }

    pub(super) fn conditional(&mut self, three: &'a (Expr, Expr, Expr), boxed: bool) -> Read<'a> {
        let condition = self.eval(&three.0).into_owned();
        if boxed && !condition.is_null() && !matches!(condition, Value::Boolean(_)) {
            return self.null(three.0.at, "the condition is neither true nor false");
        }
        if !matches!(condition, Value::Boolean(_)) {
            let message = format!("expected true or false, found {}", condition.kind());
            self.note(three.0.at, message);
        }
        let chosen = if matches!(condition, Value::Boolean(true)) { &three.1 } else { &three.2 };
        self.eval(chosen)
    }

    pub(super) fn is_in(&mut self, value: &'a Expr, tests: &'a [Expr]) -> Read<'a> {
        let value = self.eval(value).into_owned();
        let mark = self.locals();
        self.push(value);
        let found = self.any_of(tests);
        self.truncate(mark);
        found
    }

    /// True when a test is, null when none is and one is null.
    pub(super) fn any_of(&mut self, tests: &'a [Expr]) -> Read<'a> {
        let mut unknown = false;
        for test in tests {
            match *self.eval(test) {
                Value::Boolean(true) => return boolean(true),
                Value::Boolean(false) => {}
                _ => unknown = true,
            }
        }
        if unknown { Cow::Owned(Value::Null) } else { boolean(false) }
    }

    /// The tested value against what a test's expression gave.
    pub(super) fn matches(&mut self, pair: &'a (Expr, Expr), at: u32) -> Read<'a> {
        let tested = self.eval(&pair.0);
        let wanted = self.eval(&pair.1);
        let lost = matches!(pair.1.kind, Kind::Range { .. }) && wanted.is_null();
        match matches_value(&tested, &wanted) {
            Some(b) if !lost => boolean(b),
            _ => {
                let message = format!("{} cannot be tested against {}", tested.kind(), wanted.kind());
                self.null(at, message)
            }
        }
    }

    pub(super) fn instance_of(&mut self, inner: &'a Expr, of: &'a Type) -> Read<'a> {
        let value = self.eval(inner);
        boolean(self.is_instance(&value, of))
    }
}

fn compare_values(op: Compare, left: &Value, right: &Value) -> Option<bool> {
    Some(match op {
        Compare::Equal => left.equals(right)?,
        Compare::NotEqual => !left.equals(right)?,
        Compare::Less => left.compare(right)? == Ordering::Less,
        Compare::LessOrEqual => left.compare(right)? != Ordering::Greater,
        Compare::Greater => left.compare(right)? == Ordering::Greater,
        Compare::GreaterOrEqual => left.compare(right)? != Ordering::Less,
    })
}

/// Equal to the value, inside the range, or matching one of the list.
fn matches_value(tested: &Value, wanted: &Value) -> Option<bool> {
    match wanted {
        Value::Range(range) if !matches!(tested, Value::Range(_)) => range.includes(tested),
        Value::List(items) => {
            if let Value::List(_) = tested
                && tested.equals(wanted) == Some(true)
            {
                return Some(true);
            }
            Some(items.iter().any(|item| matches_value(tested, item) == Some(true)))
        }
        _ => tested.equals(wanted),
    }
}
