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
    /// The value as a boolean; anything else is a fault. Logic and comparisons are followed without making values of
    /// what they give: conditions are little else.
    pub(crate) fn truth(&mut self, e: &'a Expr) -> Option<bool> {
        match &e.kind {
            Kind::Input(_) | Kind::Constant(_) => {}
            Kind::Compare(op, pair) => return self.deeper(e.at, |m| m.comparison(*op, pair, e.at)),
            Kind::And(pair) => return self.deeper(e.at, |m| m.conjunction(pair)),
            Kind::Or(pair) => return self.deeper(e.at, |m| m.disjunction(pair)),
            Kind::Not(inner) => return self.deeper(e.at, |m| m.truth(inner).map(|b| !b)),
            Kind::AnyOf(tests) => return self.deeper(e.at, |m| m.any(tests)),
            Kind::Matches(pair) => return self.deeper(e.at, |m| m.match_of(pair, e.at)),
            Kind::Typed(inner, Type::Boolean) => return self.truth(inner),
            _ => {}
        }
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

    fn conjunction(&mut self, pair: &'a (Expr, Expr)) -> Option<bool> {
        let left = self.truth(&pair.0);
        if left == Some(false) {
            return left;
        }
        match (left, self.truth(&pair.1)) {
            (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    fn disjunction(&mut self, pair: &'a (Expr, Expr)) -> Option<bool> {
        let left = self.truth(&pair.0);
        if left == Some(true) {
            return left;
        }
        match (left, self.truth(&pair.1)) {
            (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }
    }

    /// One of the boolean kinds as a value.
    pub(super) fn logical(&mut self, e: &'a Expr) -> Read<'a> {
        let result = match &e.kind {
            Kind::Compare(op, pair) => self.comparison(*op, pair, e.at),
            Kind::And(pair) => self.conjunction(pair),
            Kind::Or(pair) => self.disjunction(pair),
            Kind::Not(inner) => self.truth(inner).map(|b| !b),
            Kind::AnyOf(tests) => self.any(tests),
            Kind::Matches(pair) => self.match_of(pair, e.at),
            _ => None,
        };
        Cow::Owned(result.map_or(Value::Null, Value::Boolean))
    }

    fn comparison(&mut self, op: Compare, pair: &'a (Expr, Expr), at: u32) -> Option<bool> {
        let left = self.eval(&pair.0);
        let right = self.eval(&pair.1);
        self.refuse_null(&left, &right, at);
        let result = compare_values(op, &left, &right);
        if result.is_none() {
            let message = format!("{} cannot be compared with {}", left.kind(), right.kind());
            self.note(at, message);
        }
        result
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
        let found = self.any(tests);
        self.truncate(mark);
        Cow::Owned(found.map_or(Value::Null, Value::Boolean))
    }

    /// True when a test is, null when none is and one is null.
    pub(super) fn any(&mut self, tests: &'a [Expr]) -> Option<bool> {
        let mut unknown = false;
        for test in tests {
            match self.truth(test) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => unknown = true,
            }
        }
        if unknown { None } else { Some(false) }
    }

    /// The tested value against what a test's expression gave.
    fn match_of(&mut self, pair: &'a (Expr, Expr), at: u32) -> Option<bool> {
        let tested = self.eval(&pair.0);
        let wanted = self.eval(&pair.1);
        self.refuse_null(&tested, &wanted, at);
        let lost = matches!(pair.1.kind, Kind::Range { .. } | Kind::Point(..)) && wanted.is_null();
        match matches_value(&tested, &wanted) {
            Some(b) if !lost => Some(b),
            _ => {
                let message = format!("{} cannot be tested against {}", tested.kind(), wanted.kind());
                self.note(at, message);
                None
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
pub(super) fn matches_value(tested: &Value, wanted: &Value) -> Option<bool> {
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
