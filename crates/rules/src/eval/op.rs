//! Arithmetic on numbers, texts, dates, times and durations.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Machine, Read};
use crate::feel::ast::{Arith, Expr};
use crate::value::{DateTime, DaysTime, Number, RoundMode, Value, Zone};

/// Longest text, in bytes, that adding may make: no short model is to fill the memory by doubling.
const MAX_TEXT: usize = 1 << 20;

impl<'a> Machine<'a> {
    pub(super) fn arith(&mut self, op: Arith, pair: &'a (Expr, Expr), at: u32) -> Read<'a> {
        let left = self.eval(&pair.0);
        let right = self.eval(&pair.1);
        match arithmetic(op, &left, &right) {
            Some(value) => Cow::Owned(value),
            None => {
                let word = match op {
                    Arith::Add => "add",
                    Arith::Subtract => "subtract",
                    Arith::Multiply => "multiply",
                    Arith::Divide => "divide",
                    Arith::Power => "raise to a power",
                };
                let message = format!("cannot {word}: {} and {}", left.kind(), right.kind());
                self.null(at, message)
            }
        }
    }

    pub(super) fn negate(&mut self, inner: &'a Expr, at: u32) -> Read<'a> {
        let value = self.eval(inner);
        let negative = match &*value {
            Value::Number(n) => Some(Value::Number(n.negate())),
            Value::Months(m) => m.checked_neg().map(Value::Months),
            Value::DaysTime(d) => Some(Value::DaysTime(d.negate())),
            _ => None,
        };
        self.given(negative, at, "only numbers and durations have a negative")
    }
}

/// The result of an operator; `None` where the standard gives null.
pub(crate) fn arithmetic(op: Arith, left: &Value, right: &Value) -> Option<Value> {
    match op {
        Arith::Add => add(left, right),
        Arith::Subtract => subtract(left, right),
        Arith::Multiply => multiply(left, right),
        Arith::Divide => divide(left, right),
        Arith::Power => match (left, right) {
            (Value::Number(a), Value::Number(b)) => a.pow(*b).map(Value::Number),
            _ => None,
        },
    }
}

fn moment(t: DateTime) -> Value {
    Value::DateTime(Arc::new(t))
}

fn add(left: &Value, right: &Value) -> Option<Value> {
    Some(match (left, right) {
        (Value::Number(a), Value::Number(b)) => Value::Number(a.plus(*b)?),
        (Value::String(a), Value::String(b)) if a.len() + b.len() <= MAX_TEXT => Value::from(format!("{a}{b}")),
        (Value::Months(a), Value::Months(b)) => Value::Months(a.checked_add(*b)?),
        (Value::DaysTime(a), Value::DaysTime(b)) => sum(*a, *b)?,
        (Value::Date(d), Value::Months(m)) | (Value::Months(m), Value::Date(d)) => Value::Date(d.plus_months(*m)?),
        (Value::Date(d), Value::DaysTime(p)) | (Value::DaysTime(p), Value::Date(d)) => Value::Date(d.plus(*p)?),
        (Value::DateTime(t), Value::Months(m)) | (Value::Months(m), Value::DateTime(t)) => moment(t.plus_months(*m)?),
        (Value::DateTime(t), Value::DaysTime(p)) | (Value::DaysTime(p), Value::DateTime(t)) => moment(t.plus(*p)?),
        (Value::Time(t), Value::DaysTime(p)) | (Value::DaysTime(p), Value::Time(t)) => {
            Value::Time(Arc::new(t.plus(*p)))
        }
        _ => return None,
    })
}

fn sum(a: DaysTime, b: DaysTime) -> Option<Value> {
    DaysTime::from_nanos(a.total_nanos() + b.total_nanos()).map(Value::DaysTime)
}

fn subtract(left: &Value, right: &Value) -> Option<Value> {
    Some(match (left, right) {
        (Value::Number(a), Value::Number(b)) => Value::Number(a.minus(*b)?),
        (Value::Months(a), Value::Months(b)) => Value::Months(a.checked_sub(*b)?),
        (Value::Date(_) | Value::DateTime(_) | Value::Time(_) | Value::DaysTime(_), Value::DaysTime(p)) => {
            return add(left, &Value::DaysTime(p.negate()));
        }
        (Value::Date(_) | Value::DateTime(_), Value::Months(m)) => return add(left, &Value::Months(m.checked_neg()?)),
        (Value::Date(a), Value::Date(b)) => Value::DaysTime(a.since(*b)?),
        (Value::DateTime(a), Value::DateTime(b)) => Value::DaysTime(a.minus(b)?),
        (Value::Date(a), Value::DateTime(b)) => Value::DaysTime(a.midnight(Zone::Offset(0)).minus(b)?),
        (Value::DateTime(a), Value::Date(b)) => Value::DaysTime(a.minus(&b.midnight(Zone::Offset(0)))?),
        (Value::Time(a), Value::Time(b)) => Value::DaysTime(a.minus(b)?),
        _ => return None,
    })
}

fn multiply(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.times(*b).map(Value::Number),
        (Value::Months(m), Value::Number(n)) | (Value::Number(n), Value::Months(m)) => {
            Number::from(*m).times(*n)?.trunc_i64().map(Value::Months)
        }
        (Value::DaysTime(d), Value::Number(n)) | (Value::Number(n), Value::DaysTime(d)) => {
            days_time(Number::from_i128(d.total_nanos())?.times(*n)?)
        }
        _ => None,
    }
}

fn divide(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.over(*b).map(Value::Number),
        (Value::Months(m), Value::Number(n)) => Number::from(*m).over(*n)?.trunc_i64().map(Value::Months),
        (Value::Months(a), Value::Months(b)) => Number::from(*a).over(Number::from(*b)).map(Value::Number),
        (Value::DaysTime(d), Value::Number(n)) => days_time(Number::from_i128(d.total_nanos())?.over(*n)?),
        (Value::DaysTime(a), Value::DaysTime(b)) => {
            Number::from_i128(a.total_nanos())?.over(Number::from_i128(b.total_nanos())?).map(Value::Number)
        }
        _ => None,
    }
}

/// A duration of that many nanoseconds, cut to a whole one.
fn days_time(nanos: Number) -> Option<Value> {
    let whole = nanos.round(0, RoundMode::Down)?;
    let billion = Number::from(1_000_000_000i64);
    let seconds = whole.over(billion)?.round(0, RoundMode::Floor)?;
    let rest = whole.minus(seconds.times(billion)?)?;
    let total = i128::from(seconds.to_i64()?) * 1_000_000_000 + i128::from(rest.to_i64()?);
    DaysTime::from_nanos(total).map(Value::DaysTime)
}
