//! Functions of numbers.

use crate::value::{Number, RoundMode, Value};

fn one(arguments: &[Value]) -> Option<Number> {
    match arguments.first()? {
        Value::Number(n) => Some(*n),
        _ => None,
    }
}

fn rounded(arguments: &[Value], mode: RoundMode) -> Option<Value> {
    let scale = match arguments.get(1) {
        None => 0,
        Some(Value::Number(s)) => s.trunc_i64()?,
        Some(_) => return None,
    };
    one(arguments)?.round(scale, mode).map(Value::Number)
}

pub(super) fn abs(arguments: &[Value]) -> Option<Value> {
    match arguments.first()? {
        Value::Number(n) => Some(Value::Number(n.abs())),
        Value::Months(m) => m.checked_abs().map(Value::Months),
        Value::DaysTime(d) => Some(Value::DaysTime(if d.total_nanos() < 0 { d.negate() } else { *d })),
        _ => None,
    }
}

pub(super) fn ceiling(arguments: &[Value]) -> Option<Value> {
    rounded(arguments, RoundMode::Ceiling)
}

pub(super) fn floor(arguments: &[Value]) -> Option<Value> {
    rounded(arguments, RoundMode::Floor)
}

pub(super) fn decimal(arguments: &[Value]) -> Option<Value> {
    rounded(arguments, RoundMode::HalfEven)
}

pub(super) fn round_up(arguments: &[Value]) -> Option<Value> {
    rounded(arguments, RoundMode::Up)
}

pub(super) fn round_down(arguments: &[Value]) -> Option<Value> {
    rounded(arguments, RoundMode::Down)
}

pub(super) fn round_half_up(arguments: &[Value]) -> Option<Value> {
    rounded(arguments, RoundMode::HalfUp)
}

pub(super) fn round_half_down(arguments: &[Value]) -> Option<Value> {
    rounded(arguments, RoundMode::HalfDown)
}

pub(super) fn even(arguments: &[Value]) -> Option<Value> {
    parity(arguments, 0)
}

pub(super) fn odd(arguments: &[Value]) -> Option<Value> {
    parity(arguments, 1)
}

fn parity(arguments: &[Value], wanted: i64) -> Option<Value> {
    let rest = one(arguments)?.modulo(Number::from(2i64))?;
    Some(Value::Boolean(rest == Number::from(wanted)))
}

pub(super) fn exp(arguments: &[Value]) -> Option<Value> {
    one(arguments)?.exp().map(Value::Number)
}

pub(super) fn log(arguments: &[Value]) -> Option<Value> {
    one(arguments)?.ln().map(Value::Number)
}

pub(super) fn sqrt(arguments: &[Value]) -> Option<Value> {
    one(arguments)?.sqrt().map(Value::Number)
}

pub(super) fn modulo(arguments: &[Value]) -> Option<Value> {
    match arguments {
        [Value::Number(a), Value::Number(b)] => a.modulo(*b).map(Value::Number),
        _ => None,
    }
}
