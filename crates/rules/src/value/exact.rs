//! Values from the text of JSON, every digit as it stands there.
//!
//! A JSON reader makes a number of more than seventeen digits into the nearest double; a decimal of thirty-four digits must
//! not pass through one.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::json::{JsonError, MAX_DEPTH, inside, wrong};
use super::{Context, Number, Type, Value};

/// The members of an object in the text's order, unread.
#[derive(Debug)]
pub(crate) struct Members(pub(crate) Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Object)
    }
}

impl Value {
    /// The value of a JSON text as [`Value::from_json`] reads it, but that numbers keep all their digits.
    ///
    /// # Errors
    /// The first place where the JSON is of another kind than declared.
    pub(crate) fn from_json_text(text: &RawValue, of: &Type) -> Result<Self, JsonError> {
        read(text, of, MAX_DEPTH)
    }
}

fn read(text: &RawValue, of: &Type, depth: usize) -> Result<Value, JsonError> {
    let json = || serde_json::from_str::<Json>(text.get()).unwrap_or_default();
    if depth == 0 {
        return Err(wrong(&json(), of));
    }
    match (text.get().as_bytes().first(), of.base()) {
        (Some(b'-' | b'0'..=b'9'), Type::Number | Type::Any) => {
            Number::parse(text.get()).map(Value::Number).ok_or_else(|| wrong(&json(), of))
        }
        (Some(b'['), Type::List(item)) => list(text, item, depth),
        (Some(b'['), Type::Any) => list(text, &Type::Any, depth),
        (Some(b'{'), Type::Context(entries)) => context(text, entries, depth),
        (Some(b'{'), Type::Any) => context(text, &[], depth),
        // Nothing with digits of its own inside, or of another kind than declared.
        _ => Value::from_json(&json(), of),
    }
}

fn list(text: &RawValue, of: &Type, depth: usize) -> Result<Value, JsonError> {
    let items: Vec<&RawValue> = serde_json::from_str(text.get()).unwrap_or_default();
    let one = |(i, item): (usize, &&RawValue)| read(item, of, depth - 1).map_err(|e| inside(&format!("[{i}]"), e));
    Ok(Value::list(items.iter().enumerate().map(one).collect::<Result<_, _>>()?))
}

fn context(text: &RawValue, entries: &[(Arc<str>, Type)], depth: usize) -> Result<Value, JsonError> {
    let Members(members) = serde_json::from_str(text.get()).unwrap_or(Members(Vec::new()));
    let mut context = Context::new();
    for (name, member) in &members {
        let declared = entries.iter().find(|(n, _)| **n == **name).map_or(&Type::Any, |(_, t)| t);
        let value = read(member, declared, depth - 1).map_err(|e| inside(&format!(".{name}"), e))?;
        context.insert(name.as_str(), value);
    }
    Ok(Value::Context(Arc::new(context)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, of: &Type) -> Result<Value, JsonError> {
        Value::from_json_text(&RawValue::from_string(text.to_owned()).unwrap(), of)
    }

    #[test]
    fn every_digit_is_kept_wherever_a_number_stands() {
        let exact = "0.1234567890123456789012345678901234";
        let large = "12345678901234567890123456789012.34";
        for text in [exact, large, "9007199254740993", "-1.10", "1e3", "0.30000000000000000001"] {
            let number = Value::Number(Number::parse(text).unwrap());
            assert_eq!(read(text, &Type::Number).unwrap(), number, "{text}");
            assert_eq!(read(text, &Type::Any).unwrap(), number, "{text}");
            assert_eq!(read(&format!("[{text}]"), &Type::Any).unwrap(), Value::list(vec![number.clone()]));
            let of = Type::List(Arc::new(Type::Number));
            assert_eq!(read(format!(" [ {text} ] ").trim(), &of).unwrap(), Value::list(vec![number.clone()]));
            let Value::Context(context) = read(&format!("{{\"a\":{{\"b\": {text}}}}}"), &Type::Any).unwrap() else {
                panic!("no context")
            };
            let Some(Value::Context(inner)) = context.get("a") else { panic!("no inner context") };
            assert_eq!(inner.get("b"), Some(&number));
        }
    }

    #[test]
    fn what_is_no_number_is_read_as_ever() {
        let days = read("\"2026-02-28\"", &Type::Date).unwrap();
        assert_eq!(days.to_json(), serde_json::json!("2026-02-28"));
        assert_eq!(read("null", &Type::Number).unwrap(), Value::Null);
        assert_eq!(read("\"12.50\"", &Type::Number).unwrap(), read("12.5", &Type::Number).unwrap());
        let list = Type::List(Arc::new(Type::Number));
        assert_eq!(read("[1, \"x\"]", &list).unwrap_err().to_string(), "[1]: expected number, found \"x\"");
        assert!(read("1", &Type::Boolean).is_err() && read("{}", &Type::Number).is_err());
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert!(read(&deep, &Type::Any).is_ok());
        let deeper = format!("{}1{}", "[".repeat(126), "]".repeat(126));
        let _ = read(&deeper, &Type::Any);
    }
}
