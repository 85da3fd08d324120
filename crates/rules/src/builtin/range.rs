//! How points and ranges lie to each other (chapter 10.3.4.9 of the standard).

use std::cmp::Ordering::{Equal, Greater, Less};

use crate::value::{Form, Range, Value};

/// A point counts as the closed range from itself to itself.
fn span(value: &Value) -> Option<Range> {
    match value {
        Value::Range(r) if r.form != Form::Except => Some((**r).clone()),
        Value::Range(_) | Value::Null | Value::List(_) | Value::Context(_) | Value::Function(_) => None,
        point => Some(Range::point(point, Form::Only)),
    }
}

fn both(arguments: &[Value]) -> Option<(Range, Range)> {
    Some((span(arguments.first()?)?, span(arguments.get(1)?)?))
}

fn is_point(value: Option<&Value>) -> bool {
    !matches!(value, Some(Value::Range(_)) | None)
}

/// The first range ends before the second begins.
fn ends_before(a: &Range, b: &Range) -> Option<bool> {
    let order = a.high.compare(&b.low)?;
    Some(order == Less || (order == Equal && !(a.high_closed && b.low_closed)))
}

pub(super) fn before(arguments: &[Value]) -> Option<Value> {
    let (a, b) = both(arguments)?;
    ends_before(&a, &b).map(Value::Boolean)
}

pub(super) fn after(arguments: &[Value]) -> Option<Value> {
    let (a, b) = both(arguments)?;
    ends_before(&b, &a).map(Value::Boolean)
}

fn ranges(arguments: &[Value]) -> Option<(Range, Range)> {
    match arguments {
        [a @ Value::Range(_), b @ Value::Range(_)] => Some((span(a)?, span(b)?)),
        _ => None,
    }
}

pub(super) fn meets(arguments: &[Value]) -> Option<Value> {
    let (a, b) = ranges(arguments)?;
    Some(Value::Boolean(a.high_closed && b.low_closed && a.high.compare(&b.low)? == Equal))
}

pub(super) fn met_by(arguments: &[Value]) -> Option<Value> {
    let (a, b) = ranges(arguments)?;
    Some(Value::Boolean(b.high_closed && a.low_closed && b.high.compare(&a.low)? == Equal))
}

pub(super) fn overlaps(arguments: &[Value]) -> Option<Value> {
    let (a, b) = ranges(arguments)?;
    Some(Value::Boolean(!ends_before(&a, &b)? && !ends_before(&b, &a)?))
}

/// The lower end of `a` lies below that of `b`.
fn starts_below(a: &Range, b: &Range) -> Option<bool> {
    let order = a.low.compare(&b.low)?;
    Some(order == Less || (order == Equal && a.low_closed && !b.low_closed))
}

/// The upper end of `a` lies below that of `b`.
fn ends_below(a: &Range, b: &Range) -> Option<bool> {
    let order = a.high.compare(&b.high)?;
    Some(order == Less || (order == Equal && !a.high_closed && b.high_closed))
}

pub(super) fn overlaps_before(arguments: &[Value]) -> Option<Value> {
    let (a, b) = ranges(arguments)?;
    let result = starts_below(&a, &b)? && !ends_before(&a, &b)? && !ends_below(&b, &a)?;
    Some(Value::Boolean(result))
}

pub(super) fn overlaps_after(arguments: &[Value]) -> Option<Value> {
    let (a, b) = ranges(arguments)?;
    let result = starts_below(&b, &a)? && !ends_before(&b, &a)? && !ends_below(&a, &b)?;
    Some(Value::Boolean(result))
}

/// Every point of `b` lies in `a`.
fn covers(a: &Range, b: &Range) -> Option<bool> {
    Some(!starts_below(b, a)? && !ends_below(a, b)?)
}

pub(super) fn includes(arguments: &[Value]) -> Option<Value> {
    let Value::Range(_) = arguments.first()? else { return None };
    if let (Value::Range(r), true) = (arguments.first()?, is_point(arguments.get(1))) {
        let point = arguments.get(1).filter(|v| !v.is_null())?;
        return r.includes(point).map(Value::Boolean);
    }
    let (a, b) = both(arguments)?;
    covers(&a, &b).map(Value::Boolean)
}

pub(super) fn during(arguments: &[Value]) -> Option<Value> {
    let [a, b] = arguments else { return None };
    includes(&[b.clone(), a.clone()])
}

/// `a` is where `b` begins.
fn begins(a: &Range, b: &Range) -> Option<bool> {
    Some(a.low.compare(&b.low)? == Equal && a.low_closed == b.low_closed && !ends_below(b, a)?)
}

/// `a` is where `b` ends.
fn closes(a: &Range, b: &Range) -> Option<bool> {
    Some(a.high.compare(&b.high)? == Equal && a.high_closed == b.high_closed && !starts_below(a, b)?)
}

pub(super) fn starts(arguments: &[Value]) -> Option<Value> {
    let Value::Range(_) = arguments.get(1)? else { return None };
    let (a, b) = both(arguments)?;
    begins(&a, &b).map(Value::Boolean)
}

pub(super) fn started_by(arguments: &[Value]) -> Option<Value> {
    let [a, b] = arguments else { return None };
    starts(&[b.clone(), a.clone()])
}

pub(super) fn finishes(arguments: &[Value]) -> Option<Value> {
    let Value::Range(_) = arguments.get(1)? else { return None };
    let (a, b) = both(arguments)?;
    closes(&a, &b).map(Value::Boolean)
}

pub(super) fn finished_by(arguments: &[Value]) -> Option<Value> {
    let [a, b] = arguments else { return None };
    finishes(&[b.clone(), a.clone()])
}

pub(super) fn coincides(arguments: &[Value]) -> Option<Value> {
    let (a, b) = both(arguments)?;
    if is_point(arguments.first()) != is_point(arguments.get(1)) {
        return None;
    }
    let low = a.low.compare(&b.low)?;
    let high = a.high.compare(&b.high)?;
    debug_assert!(low != Greater || a.low.kind() == b.low.kind());
    let ends = a.low_closed == b.low_closed && a.high_closed == b.high_closed;
    Some(Value::Boolean(low == Equal && high == Equal && ends))
}
