//! Entries of contexts and the properties of dates, times, durations and ranges.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Machine, Read};
use crate::feel::ast::Expr;
use crate::value::{Date, DaysTime, Form, Time, Value, Zone};

impl<'a> Machine<'a> {
    pub(super) fn path(&mut self, inner: &'a Expr, name: &str, at: u32) -> Read<'a> {
        let value = self.eval(inner);
        let found = match &*value {
            Value::List(items) => Some(self.each_property(items, name, at)),
            other => property(other, name),
        };
        match found {
            Some(found) => Cow::Owned(found),
            None => {
                let message = format!("{} has no `{name}`", value.kind());
                self.null(at, message)
            }
        }
    }

    /// The entry of every element; null where an element has none.
    fn each_property(&mut self, items: &[Value], name: &str, at: u32) -> Value {
        let found: Vec<Option<Value>> = items.iter().map(|i| property(i, name)).collect();
        if self.strict && found.iter().any(Option::is_none) {
            self.note(at, format!("an element has no `{name}`"));
        }
        Value::list(found.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// A name inside a filter: the element's own entry first.
    pub(super) fn entry(&mut self, name: &str, element: u32, otherwise: Option<&'a Expr>, at: u32) -> Read<'a> {
        let item = self.locals.get(element as usize);
        if let Some(Value::Context(c)) = item
            && let Some(found) = c.get(name)
        {
            return Cow::Owned(found.clone());
        }
        if let Some(e) = otherwise {
            return self.eval(e);
        }
        let found = item.and_then(|i| property(i, name));
        match found {
            Some(found) => Cow::Owned(found),
            None => self.null(at, format!("unknown name `{name}`")),
        }
    }
}

/// The entry or property of that name; `None` when there is none.
pub(crate) fn property(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Context(c) => c.get(name).cloned(),
        Value::Date(d) => date_property(*d, name),
        Value::Time(t) => time_property(t, t.offset(), name),
        Value::DateTime(t) => date_property(t.date, name).or_else(|| time_property(&t.time, t.offset(), name)),
        Value::Months(m) => match name {
            "years" => Some(Value::from(m / 12)),
            "months" => Some(Value::from(m % 12)),
            _ => None,
        },
        Value::DaysTime(d) => {
            let (days, hours, minutes, seconds) = d.parts();
            Some(Value::from(match name {
                "days" => days,
                "hours" => hours,
                "minutes" => minutes,
                "seconds" => seconds,
                _ => return None,
            }))
        }
        Value::Range(r) if r.form != Form::Except => match name {
            "start" => Some(r.low.clone()),
            "end" => Some(r.high.clone()),
            "start included" => Some(Value::Boolean(r.low_closed)),
            "end included" => Some(Value::Boolean(r.high_closed)),
            _ => None,
        },
        _ => None,
    }
}

fn date_property(d: Date, name: &str) -> Option<Value> {
    Some(Value::from(match name {
        "year" => i64::from(d.year()),
        "month" => i64::from(d.month()),
        "day" => i64::from(d.day()),
        "weekday" => i64::from(d.weekday()),
        _ => return None,
    }))
}

fn time_property(t: &Time, offset: Option<i32>, name: &str) -> Option<Value> {
    let (hour, minute, second) = t.parts();
    match name {
        "hour" => Some(Value::from(hour)),
        "minute" => Some(Value::from(minute)),
        "second" => Some(Value::from(second)),
        "time offset" => Some(offset.map_or(Value::Null, |o| Value::DaysTime(DaysTime::from_secs(i64::from(o))))),
        "timezone" => match &t.zone {
            Zone::Named(zone) => Some(Value::String(Arc::clone(zone))),
            _ => Some(Value::Null),
        },
        _ => None,
    }
}
