//! Functions of lists.

use std::cmp::Ordering;

use crate::eval::arithmetic;
use crate::feel::ast::Arith;
use crate::value::{Number, RoundMode, Value};

/// Longest list that joining and flattening may make.
const MAX_LENGTH: usize = 1 << 20;

/// The elements: of the one list given, or the arguments themselves.
fn items(arguments: &[Value]) -> &[Value] {
    match arguments {
        [Value::List(items)] => items,
        _ => arguments,
    }
}

/// A list; any other value counts as a list of one. Null is no list.
fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::List(items) => Some(items),
        Value::Null => None,
        one => Some(std::slice::from_ref(one)),
    }
}

fn numbers(arguments: &[Value]) -> Option<Vec<Number>> {
    let number = |v: &Value| match v {
        Value::Number(n) => Some(*n),
        _ => None,
    };
    items(arguments).iter().map(number).collect()
}

/// The place in a list of `length` that counts from 1, or from the end when negative.
pub(crate) fn index(place: Number, length: usize) -> Option<usize> {
    let place = place.to_i64()?;
    let from = if place > 0 { place - 1 } else { i64::try_from(length).ok()?.checked_add(place)? };
    usize::try_from(from).ok().filter(|i| place != 0 && *i < length)
}

pub(super) fn count(arguments: &[Value]) -> Option<Value> {
    if let [Value::Null] = arguments {
        return None;
    }
    Some(Value::Number(Number::from(items(arguments).len())))
}

fn extreme(arguments: &[Value], wanted: Ordering) -> Option<Value> {
    let items = items(arguments);
    let mut best = items.first()?;
    best.compare(best)?;
    for item in items {
        if item.compare(best)? == wanted {
            best = item;
        }
    }
    Some(best.clone())
}

pub(super) fn min(arguments: &[Value]) -> Option<Value> {
    extreme(arguments, Ordering::Less)
}

pub(super) fn max(arguments: &[Value]) -> Option<Value> {
    extreme(arguments, Ordering::Greater)
}

pub(super) fn sum(arguments: &[Value]) -> Option<Value> {
    let (first, rest) = items(arguments).split_first()?;
    if !matches!(first, Value::Number(_) | Value::Months(_) | Value::DaysTime(_)) {
        return None;
    }
    rest.iter().try_fold(first.clone(), |sum, v| arithmetic(Arith::Add, &sum, v))
}

pub(super) fn product(arguments: &[Value]) -> Option<Value> {
    let numbers = numbers(arguments)?;
    let (first, rest) = numbers.split_first()?;
    rest.iter().try_fold(*first, |p, n| p.times(*n)).map(Value::Number)
}

pub(super) fn mean(arguments: &[Value]) -> Option<Value> {
    let count = Value::Number(Number::from(items(arguments).len()));
    arithmetic(Arith::Divide, &sum(arguments)?, &count)
}

pub(super) fn median(arguments: &[Value]) -> Option<Value> {
    let mut numbers = numbers(arguments)?;
    numbers.sort();
    let middle = numbers.len() / 2;
    let upper = *numbers.get(middle)?;
    if numbers.len() % 2 == 1 {
        return Some(Value::Number(upper));
    }
    numbers[middle - 1].plus(upper)?.over(Number::from(2i64)).map(Value::Number)
}

/// The standard deviation of a sample.
pub(super) fn stddev(arguments: &[Value]) -> Option<Value> {
    let numbers = numbers(arguments)?;
    if numbers.len() < 2 {
        return None;
    }
    let count = Number::from(numbers.len());
    let total = numbers.iter().try_fold(Number::ZERO, |s, n| s.plus(*n))?;
    let mean = total.over(count)?;
    let square = |n: &Number| n.minus(mean).and_then(|d| d.times(d));
    let squares = numbers.iter().try_fold(Number::ZERO, |s, n| s.plus(square(n)?))?;
    squares.over(count.minus(Number::ONE)?)?.sqrt().map(Value::Number)
}

pub(super) fn mode(arguments: &[Value]) -> Option<Value> {
    let mut numbers = numbers(arguments)?;
    numbers.sort();
    let mut runs: Vec<(Number, usize)> = Vec::new();
    for n in numbers {
        match runs.last_mut() {
            Some((last, count)) if *last == n => *count += 1,
            _ => runs.push((n, 1)),
        }
    }
    let most = runs.iter().map(|(_, c)| *c).max().unwrap_or(0);
    Some(Value::list(runs.into_iter().filter(|(_, c)| *c == most).map(|(n, _)| Value::Number(n)).collect()))
}

pub(super) fn all(arguments: &[Value]) -> Option<Value> {
    quantified(arguments, true)
}

pub(super) fn any(arguments: &[Value]) -> Option<Value> {
    quantified(arguments, false)
}

/// `all` is false as soon as one is false, `any` true as soon as one is true; a null in between makes null.
fn quantified(arguments: &[Value], every: bool) -> Option<Value> {
    let mut unknown = false;
    for item in items(arguments) {
        match item {
            Value::Boolean(b) if *b == every => {}
            Value::Boolean(b) => return Some(Value::Boolean(*b)),
            _ => unknown = true,
        }
    }
    if unknown { None } else { Some(Value::Boolean(every)) }
}

pub(super) fn append(arguments: &[Value]) -> Option<Value> {
    let (first, rest) = arguments.split_first()?;
    let mut out = match first {
        Value::List(items) => items.to_vec(),
        one => vec![one.clone()],
    };
    out.extend_from_slice(rest);
    Some(Value::list(out))
}

pub(super) fn concatenate(arguments: &[Value]) -> Option<Value> {
    let mut out = Vec::new();
    for argument in arguments {
        out.extend_from_slice(list(argument)?);
        if out.len() > MAX_LENGTH {
            return None;
        }
    }
    Some(Value::list(out))
}

pub(super) fn union(arguments: &[Value]) -> Option<Value> {
    match concatenate(arguments)? {
        Value::List(items) => Some(distinct(&items)),
        _ => None,
    }
}

fn distinct(items: &[Value]) -> Value {
    let mut out: Vec<Value> = Vec::new();
    for item in items {
        if !out.iter().any(|o| o.equals(item) == Some(true)) {
            out.push(item.clone());
        }
    }
    Value::list(out)
}

pub(super) fn distinct_values(arguments: &[Value]) -> Option<Value> {
    list(arguments.first()?).map(distinct)
}

pub(super) fn list_contains(arguments: &[Value]) -> Option<Value> {
    let items = list(arguments.first()?)?;
    let wanted = arguments.get(1)?;
    Some(Value::Boolean(items.iter().any(|i| i.equals(wanted) == Some(true))))
}

pub(super) fn index_of(arguments: &[Value]) -> Option<Value> {
    let items = list(arguments.first()?)?;
    let wanted = arguments.get(1)?;
    let places = items.iter().enumerate().filter(|(_, v)| v.equals(wanted) == Some(true));
    Some(Value::list(places.map(|(i, _)| Value::Number(Number::from(i + 1))).collect()))
}

pub(super) fn reverse(arguments: &[Value]) -> Option<Value> {
    let mut items = list(arguments.first()?)?.to_vec();
    items.reverse();
    Some(Value::list(items))
}

pub(super) fn flatten(arguments: &[Value]) -> Option<Value> {
    let mut out = Vec::new();
    flatten_into(list(arguments.first()?)?, &mut out);
    (out.len() <= MAX_LENGTH).then(|| Value::list(out))
}

fn flatten_into(items: &[Value], out: &mut Vec<Value>) {
    for item in items.iter().take(MAX_LENGTH + 1 - out.len().min(MAX_LENGTH)) {
        match item {
            Value::List(inner) => flatten_into(inner, out),
            one => out.push(one.clone()),
        }
    }
}

pub(super) fn insert_before(arguments: &[Value]) -> Option<Value> {
    let [from, Value::Number(place), item] = arguments else { return None };
    let mut items = list(from)?.to_vec();
    items.insert(index(*place, items.len())?, item.clone());
    Some(Value::list(items))
}

pub(super) fn remove(arguments: &[Value]) -> Option<Value> {
    let [from, Value::Number(place)] = arguments else { return None };
    let mut items = list(from)?.to_vec();
    items.remove(index(*place, items.len())?);
    Some(Value::list(items))
}

pub(super) fn sublist(arguments: &[Value]) -> Option<Value> {
    let items = list(arguments.first()?)?;
    let Value::Number(start) = arguments.get(1)? else { return None };
    let start = index(*start, items.len())?;
    let end = match arguments.get(2) {
        None => items.len(),
        Some(Value::Number(n)) => {
            let length = usize::try_from(n.round(0, RoundMode::Down)?.to_i64()?).ok()?;
            start.checked_add(length).filter(|e| *e <= items.len())?
        }
        Some(_) => return None,
    };
    Some(Value::list(items[start..end].to_vec()))
}
