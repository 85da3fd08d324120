//! Functions that make and read dates, times and durations.

use std::sync::Arc;

use crate::feel::literal;
use crate::value::{Date, DateTime, Number, RoundMode, Time, Value, Zone};

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.to_i64(),
        _ => None,
    }
}

pub(super) fn date(arguments: &[Value]) -> Option<Value> {
    let found = match arguments {
        [Value::String(text)] => Date::parse(text),
        [Value::Date(d)] => Some(*d),
        [Value::DateTime(t)] => Some(t.date),
        [year, month, day] => Date::new(whole(year)?, whole(month)?, whole(day)?),
        _ => None,
    };
    found.map(Value::Date)
}

fn moment(date: Date, time: Time) -> Value {
    Value::DateTime(Arc::new(DateTime { date, time }))
}

pub(super) fn date_and_time(arguments: &[Value]) -> Option<Value> {
    match arguments {
        [Value::String(text)] => {
            if let Some(t) = DateTime::parse(text) {
                return Some(Value::DateTime(Arc::new(t)));
            }
            Date::parse(text).map(|d| Value::DateTime(Arc::new(d.midnight(Zone::Local))))
        }
        [Value::Date(d)] => Some(Value::DateTime(Arc::new(d.midnight(Zone::Local)))),
        [Value::DateTime(t)] => Some(Value::DateTime(t.clone())),
        [Value::Date(d), Value::Time(t)] => Some(moment(*d, (**t).clone())),
        [Value::DateTime(d), Value::Time(t)] => Some(moment(d.date, (**t).clone())),
        [Value::Date(d), Value::Time(t), Value::String(zone)] => zoned(*d, t, zone),
        [Value::DateTime(d), Value::Time(t), Value::String(zone)] => zoned(d.date, t, zone),
        _ => None,
    }
}

fn zoned(date: Date, time: &Time, zone: &str) -> Option<Value> {
    Some(moment(date, Time { nanos: time.nanos, zone: Zone::named(zone)? }))
}

pub(super) fn time(arguments: &[Value]) -> Option<Value> {
    let found = match arguments {
        [Value::String(text)] => Time::parse(text)?,
        [Value::Time(t)] => (**t).clone(),
        [Value::DateTime(t)] => t.time.clone(),
        [Value::Date(_)] => Time { nanos: 0, zone: Zone::Offset(0) },
        [hour, minute, second] => clock_time(hour, minute, second, Zone::Local)?,
        [hour, minute, second, Value::Null] => clock_time(hour, minute, second, Zone::Local)?,
        [hour, minute, second, Value::DaysTime(offset)] => {
            let seconds = i64::try_from(offset.total_nanos() / crate::value::NANOS).ok()?;
            let zone = Zone::Offset(i32::try_from(seconds).ok().filter(|s| s.abs() <= 14 * 3600)?);
            clock_time(hour, minute, second, zone)?
        }
        _ => return None,
    };
    Some(Value::Time(Arc::new(found)))
}

/// Seconds may have a fraction, cut to the nanosecond.
fn clock_time(hour: &Value, minute: &Value, second: &Value, zone: Zone) -> Option<Time> {
    let Value::Number(second) = second else { return None };
    let seconds = second.round(0, RoundMode::Floor)?;
    let nanos = second.minus(seconds)?.times(Number::from(1_000_000_000i64))?.trunc_i64()?;
    Time::new(whole(hour)?, whole(minute)?, seconds.to_i64()?, nanos, zone)
}

pub(super) fn duration(arguments: &[Value]) -> Option<Value> {
    match arguments {
        [Value::String(text)] => literal::duration(text),
        [d @ (Value::Months(_) | Value::DaysTime(_))] => Some(d.clone()),
        _ => None,
    }
}

pub(super) fn years_and_months_duration(arguments: &[Value]) -> Option<Value> {
    let [from, to] = arguments else { return None };
    Some(Value::Months(day(from)?.months_until(day(to)?)))
}

fn day(value: &Value) -> Option<Date> {
    match value {
        Value::Date(d) => Some(*d),
        Value::DateTime(t) => Some(t.date),
        _ => None,
    }
}

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn day_of_week(arguments: &[Value]) -> Option<Value> {
    let d = day(arguments.first()?)?;
    DAYS.get(usize::from(d.weekday()) - 1).map(|name| Value::text(*name))
}

pub(super) fn month_of_year(arguments: &[Value]) -> Option<Value> {
    let d = day(arguments.first()?)?;
    MONTHS.get(usize::from(d.month()) - 1).map(|name| Value::text(*name))
}

pub(super) fn day_of_year(arguments: &[Value]) -> Option<Value> {
    Some(Value::from(day(arguments.first()?)?.day_of_year()))
}

pub(super) fn week_of_year(arguments: &[Value]) -> Option<Value> {
    Some(Value::from(day(arguments.first()?)?.week_of_year()))
}
