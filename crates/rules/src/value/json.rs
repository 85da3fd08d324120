//! Values from and to JSON: what the forms, the registers, the command line and the stored snapshots speak.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use super::{Context, Date, DateTime, DaysTime, Form, Number, Time, Type, Value, format_months, parse_months};

/// A JSON value that is not what the model declares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: expected {expected}, found {found}")]
pub struct JsonError {
    /// Where in the value (`.age`, `[2]`); empty for the value itself.
    pub path: String,
    /// The declared type.
    pub expected: String,
    /// What stood there.
    pub found: String,
}

/// How deep a JSON value may nest: as deep as serde_json reads.
pub(super) const MAX_DEPTH: usize = 128;

impl Value {
    /// The value of a JSON text, number, boolean, list or object as the declared type sees it. Dates, times and
    /// durations are strings in JSON; for `Any` a string stays a string. Null and a missing object entry are null.
    ///
    /// # Errors
    /// The first place where the JSON is of another kind than declared. Limits (allowed values) are not checked here.
    pub fn from_json(json: &Json, of: &Type) -> Result<Self, JsonError> {
        read(json, of, MAX_DEPTH)
    }

    /// The value of JSON without a declared type: strings stay strings.
    pub fn from_untyped_json(json: &Json) -> Self {
        Self::from_json(json, &Type::Any).unwrap_or(Self::Null)
    }

    /// JSON of the value: numbers as numbers with all digits, dates and durations in their lexical form.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null | Self::Function(_) => Json::Null,
            Self::Boolean(b) => Json::Bool(*b),
            Self::Number(n) => number_json(*n),
            Self::String(s) => Json::String(s.to_string()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Context(c) => Json::Object(c.iter().map(|(n, v)| (n.to_string(), v.to_json())).collect()),
            Self::Range(r) if r.form == Form::Except => json!({ "except": r.low.to_json() }),
            Self::Range(r) => {
                let mut map = Map::new();
                map.insert("start".into(), r.low.to_json());
                map.insert("start included".into(), Json::Bool(r.low_closed));
                map.insert("end".into(), r.high.to_json());
                map.insert("end included".into(), Json::Bool(r.high_closed));
                Json::Object(map)
            }
            other => Json::String(other.lexical()),
        }
    }

    /// The lexical form of a date, time or duration; the plain text of a string, number or boolean.
    pub(crate) fn lexical(&self) -> String {
        match self {
            Self::Boolean(b) => b.to_string(),
            Self::Number(n) => n.to_string(),
            Self::String(s) => s.to_string(),
            Self::Date(d) => d.to_string(),
            Self::Time(t) => t.to_string(),
            Self::DateTime(t) => t.to_string(),
            Self::Months(m) => format_months(*m),
            Self::DaysTime(d) => d.to_string(),
            _ => String::new(),
        }
    }
}

/// Stored values are JSON values, the same as [`Value::to_json`] gives, written without making them.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null | Self::Function(_) => serializer.serialize_unit(),
            Self::Boolean(b) => serializer.serialize_bool(*b),
            Self::Number(n) => match n.to_i64() {
                Some(i) => serializer.serialize_i64(i),
                None => number_json(*n).serialize(serializer),
            },
            Self::String(s) => serializer.serialize_str(s),
            Self::Date(d) => serializer.collect_str(d),
            Self::List(items) => serializer.collect_seq(items.iter()),
            Self::Context(c) => serializer.collect_map(c.iter().map(|(n, v)| (&**n, v))),
            other => other.to_json().serialize(serializer),
        }
    }
}

/// Reads what was stored; dates come back as texts, since JSON does not tell them apart.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(|json| Self::from_untyped_json(&json))
    }
}

/// A machine integer stays a JSON number; anything else keeps its exact digits (as a number where JSON's reader on the
/// other side gives the same digits back, else as a string).
fn number_json(n: Number) -> Json {
    if let Some(i) = n.to_i64() {
        return Json::from(i);
    }
    let text = n.to_string();
    let float = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    match float {
        Some(f) if Number::parse(&f.to_string()) == Some(n) => Json::Number(f),
        _ => Json::String(text),
    }
}

pub(super) fn wrong(json: &Json, of: &Type) -> JsonError {
    let found = match json {
        Json::Null => "null".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
        other => {
            let text = other.to_string();
            if text.chars().count() > 60 { text.chars().take(60).collect::<String>() + "…" } else { text }
        }
    };
    JsonError { path: String::new(), expected: of.to_string(), found }
}

pub(super) fn inside(path: &str, mut error: JsonError) -> JsonError {
    error.path.insert_str(0, path);
    error
}

fn number_of(n: &serde_json::Number) -> Option<Number> {
    n.as_i64().map_or_else(|| Number::parse(&n.to_string()), |i| Some(Number::from(i)))
}

fn read(json: &Json, of: &Type, depth: usize) -> Result<Value, JsonError> {
    if depth == 0 {
        return Err(wrong(json, of));
    }
    if json.is_null() {
        return Ok(Value::Null);
    }
    let value = match of.base() {
        Type::Any => return read_any(json, depth),
        Type::Boolean => json.as_bool().map(Value::Boolean),
        Type::Number => match json {
            Json::Number(n) => number_of(n).map(Value::Number),
            Json::String(s) => Number::parse(s).map(Value::Number),
            _ => None,
        },
        Type::String => json.as_str().map(Value::text),
        Type::Date => json.as_str().and_then(Date::parse).map(Value::Date),
        Type::Time => json.as_str().and_then(Time::parse).map(|t| Value::Time(Arc::new(t))),
        Type::DateTime => json.as_str().and_then(DateTime::parse).map(|t| Value::DateTime(Arc::new(t))),
        Type::Months => json.as_str().and_then(parse_months).map(Value::Months),
        Type::DaysTime => json.as_str().and_then(DaysTime::parse).map(Value::DaysTime),
        Type::List(item) => match json {
            Json::Array(items) => return read_list(items, item, depth),
            _ => None,
        },
        Type::Context(entries) => match json {
            Json::Object(map) => return read_context(map, entries, depth),
            _ => None,
        },
        Type::Null | Type::Range(_) | Type::Function(..) | Type::Limited { .. } => None,
    };
    value.ok_or_else(|| wrong(json, of))
}

fn read_list(items: &[Json], of: &Type, depth: usize) -> Result<Value, JsonError> {
    let one = |(i, item): (usize, &Json)| read(item, of, depth - 1).map_err(|e| inside(&format!("[{i}]"), e));
    Ok(Value::list(items.iter().enumerate().map(one).collect::<Result<_, _>>()?))
}

fn read_context(map: &Map<String, Json>, entries: &[(Arc<str>, Type)], depth: usize) -> Result<Value, JsonError> {
    let mut context = Context::new();
    for (name, json) in map {
        let declared = entries.iter().find(|(n, _)| **n == **name).map_or(&Type::Any, |(_, t)| t);
        let value = read(json, declared, depth - 1).map_err(|e| inside(&format!(".{name}"), e))?;
        context.insert(name.as_str(), value);
    }
    Ok(Value::Context(Arc::new(context)))
}

fn read_any(json: &Json, depth: usize) -> Result<Value, JsonError> {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Boolean(*b),
        Json::Number(n) => number_of(n).map_or(Value::Null, Value::Number),
        Json::String(s) => Value::text(s),
        Json::Array(items) => return read_list(items, &Type::Any, depth),
        Json::Object(map) => return read_context(map, &[], depth),
    };
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_to_json_gives() {
        let day = Value::Date(Date::parse("2026-02-28").unwrap());
        let half = Value::Number(Number::parse("12.50").unwrap());
        let long = Value::Number(Number::parse("0.1234567890123456789012345678901234").unwrap());
        let range = super::super::Range {
            form: super::super::Form::Interval,
            low: Value::from(1i64),
            low_closed: true,
            high: Value::Null,
            high_closed: false,
        };
        let all = Value::list(vec![
            Value::Null,
            Value::from(true),
            Value::from("护理\"\n"),
            day,
            half,
            long,
            Value::Months(15),
            Value::Range(Arc::new(range)),
            Value::context([("甲", Value::from(-1i64)), ("乙", Value::list(Vec::new()))]),
        ]);
        assert_eq!(serde_json::to_string(&all).unwrap(), all.to_json().to_string());
    }

    #[test]
    fn reads_by_declared_type() {
        let days = Value::from_json(&json!("2026-02-28"), &Type::Date).unwrap();
        assert_eq!(days.to_json(), json!("2026-02-28"));
        assert_eq!(Value::from_json(&json!("12.50"), &Type::Number).unwrap().to_json(), json!(12.5));
        let exact = "0.1234567890123456789012345678901234";
        assert_eq!(Value::from_json(&json!(exact), &Type::Number).unwrap().to_json(), json!(exact));
        let list = Type::List(Arc::new(Type::Number));
        let error = Value::from_json(&json!([1, "x"]), &list).unwrap_err();
        assert_eq!(error.to_string(), "[1]: expected number, found \"x\"");
        assert!(Value::from_json(&json!("2026-02-30"), &Type::Date).is_err());
        assert!(Value::from_json(&json!(1), &Type::Boolean).is_err());
    }
}
