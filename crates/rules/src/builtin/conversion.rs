//! Conversions between kinds, and sameness.

use std::fmt::Write;
use std::sync::Arc;

use crate::feel::literal;
use crate::value::{Form, Number, Range, Value};

pub(super) fn not(arguments: &[Value]) -> Option<Value> {
    match arguments.first()? {
        Value::Boolean(b) => Some(Value::Boolean(!b)),
        _ => None,
    }
}

/// Same kind and same value; a time with a zone and one without are not the same.
pub(super) fn is(arguments: &[Value]) -> Option<Value> {
    let [a, b] = arguments else { return None };
    let same = match (a, b) {
        (Value::Time(x), Value::Time(y)) => x == y,
        (Value::DateTime(x), Value::DateTime(y)) => x == y,
        _ => a.kind() == b.kind() && a.equals(b) == Some(true),
    };
    Some(Value::Boolean(same))
}

pub(super) fn string(arguments: &[Value]) -> Option<Value> {
    match arguments.first()? {
        Value::Null => None,
        value => {
            let mut out = String::new();
            write_value(value, &mut out, false);
            Some(Value::from(out))
        }
    }
}

/// A value as FEEL would write it, for messages.
pub(crate) fn shown(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out, true);
    out
}

/// The text of a value as FEEL would write it; texts get quotes inside of lists and contexts.
fn write_value(value: &Value, out: &mut String, inside: bool) {
    match value {
        Value::Null => out.push_str("null"),
        Value::String(s) if inside => {
            let _ = write!(out, "\"{}\"", s.replace('\\', "\\\\").replace('"', "\\\""));
        }
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write_value(item, out, true);
            }
            out.push(']');
        }
        Value::Context(c) => {
            out.push('{');
            for (i, (name, value)) in c.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write_key(name, out);
                write_value(value, out, true);
            }
            out.push('}');
        }
        Value::Range(r) => write_range(r, out),
        Value::Function(_) => out.push_str("function"),
        other => out.push_str(&other.lexical()),
    }
}

fn write_key(name: &str, out: &mut String) {
    let plain = name.chars().all(|c| crate::feel::name::is_part(c) || c == ' ');
    let _ = if plain { write!(out, "{name}: ") } else { write!(out, "\"{}\": ", name.replace('"', "\\\"")) };
}

fn write_range(r: &Range, out: &mut String) {
    match (&r.low, &r.high) {
        (value, _) if r.form == Form::Except => {
            out.push_str("!=");
            write_value(value, out, true);
        }
        (Value::Null, high) => {
            out.push_str(if r.high_closed { "<=" } else { "<" });
            write_value(high, out, true);
        }
        (low, Value::Null) => {
            out.push_str(if r.low_closed { ">=" } else { ">" });
            write_value(low, out, true);
        }
        (low, high) => {
            out.push(if r.low_closed { '[' } else { '(' });
            write_value(low, out, true);
            out.push_str("..");
            write_value(high, out, true);
            out.push(if r.high_closed { ']' } else { ')' });
        }
    }
}

/// `number("1 000,5", " ", ",")`: the grouping is a space, comma or point, the decimal sign a comma or point.
pub(super) fn number(arguments: &[Value]) -> Option<Value> {
    if let [Value::Number(n)] = arguments {
        return Some(Value::Number(*n));
    }
    let Value::String(text) = arguments.first()? else { return None };
    let sign = |place: usize| match arguments.get(place) {
        None | Some(Value::Null) => Some(""),
        Some(Value::String(s)) => Some(&**s),
        Some(_) => None,
    };
    let (grouping, point) = (sign(1)?, sign(2)?);
    let known = ["", " ", ",", "."].contains(&grouping) && ["", ",", "."].contains(&point);
    if !known || (!grouping.is_empty() && grouping == point) {
        return None;
    }
    let mut plain = text.to_string();
    if !grouping.is_empty() {
        plain = plain.replace(grouping, "");
    }
    if !point.is_empty() {
        plain = plain.replace(point, ".");
    }
    Number::parse(&plain).map(Value::Number)
}

/// `range("[1..10)")`: ends are literals.
pub(super) fn range(arguments: &[Value]) -> Option<Value> {
    let Value::String(text) = arguments.first()? else { return None };
    let text = text.trim();
    let low_closed = match text.chars().next()? {
        '[' => true,
        '(' | ']' => false,
        _ => return None,
    };
    let high_closed = match text.chars().next_back()? {
        ']' => true,
        ')' | '[' => false,
        _ => return None,
    };
    let inner = text.get(1..text.len() - 1)?;
    let (low, high) = inner.split_once("..")?;
    let (low, high) = (end(low)?, end(high)?);
    let both = !low.is_null() && !high.is_null();
    let ordered = !both || low.compare(&high).is_some_and(std::cmp::Ordering::is_le);
    let some = !low.is_null() || !high.is_null();
    let open = (!low.is_null() || !low_closed) && (!high.is_null() || !high_closed);
    let same = !both || low.kind() == high.kind();
    (some && open && ordered && same)
        .then(|| Value::Range(Arc::new(Range { form: Form::Interval, low, low_closed, high, high_closed })))
}

/// An end of a range from its text: a number, a text in quotes, `@"…"` or a constructor with one text.
fn end(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Value::Null);
    }
    if let Some(n) = Number::parse(text) {
        return Some(Value::Number(n));
    }
    let quoted = |t: &str| t.strip_prefix('"').and_then(|t| t.strip_suffix('"')).map(str::to_owned);
    if let Some(inner) = quoted(text) {
        return Some(Value::from(inner));
    }
    if let Some(inner) = text.strip_prefix('@').and_then(|t| quoted(t.trim())) {
        return literal::at_literal(&inner);
    }
    let (function, rest) = text.split_once('(')?;
    let argument = quoted(rest.strip_suffix(')')?.trim())?;
    match function.trim() {
        "date" | "time" | "date and time" => literal::at_literal(&argument),
        "duration" => literal::duration(&argument),
        _ => None,
    }
}
