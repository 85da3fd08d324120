//! Reads JSON from strangers: bounded in size, depth and number of members, no duplicate keys.
//!
//! A duplicate key is how one program is made to check one value and another to use a second; `serde_json` keeps the
//! last one silently, so it is refused here before anybody looks.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Bounds of a document.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes.
    pub bytes: usize,
    /// Nesting of lists and objects.
    pub depth: usize,
    /// Members and elements altogether.
    pub members: usize,
}

/// A form: 64 KB, four levels, 400 values. Uploads travel separately.
pub const FORM: Bounds = Bounds { bytes: 64 * 1024, depth: 4, members: 400 };

/// A schema or another catalogue file.
pub const CATALOG: Bounds = Bounds { bytes: 1024 * 1024, depth: 16, members: 20_000 };

/// Why a document is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JsonRefusal {
    /// Larger than allowed.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// No JSON, a duplicate key, too deep, or too many members; the text says which, with line and column.
    #[error("{0}")]
    Broken(String),
}

/// Reads `bytes` within `bounds`.
///
/// # Errors
/// [`JsonRefusal`], with line and column where there is one.
pub fn read(bytes: &[u8], bounds: Bounds) -> Result<Value, JsonRefusal> {
    if bytes.len() > bounds.bytes {
        return Err(JsonRefusal::TooLarge(bounds.bytes));
    }
    let mut members = bounds.members;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict { depth: bounds.depth, members: &mut members };
    let broken = |e: serde_json::Error| JsonRefusal::Broken(e.to_string());
    let value = strict.deserialize(&mut reader).map_err(broken)?;
    reader.end().map_err(broken)?;
    Ok(value)
}

struct Strict<'a> {
    depth: usize,
    members: &'a mut usize,
}

impl Strict<'_> {
    fn below<E: serde::de::Error>(&mut self) -> Result<Strict<'_>, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Strict { depth, members: self.members })
    }

    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        *self.members = self.members.checked_sub(1).ok_or_else(|| E::custom("too many values"))?;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Value, E> {
        Number::from_f64(v).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(self.below()?)? {
            self.count()?;
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.count()?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} stands twice")));
            }
            let value = map.next_value_seed(self.below()?)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        read(text.as_bytes(), FORM).map_or_else(|e| e.to_string(), |v| format!("read {v}"))
    }

    #[test]
    fn strangers_json_is_bounded() {
        let deep = format!("{}1{}", "[".repeat(9), "]".repeat(9));
        for (text, says) in [
            (r#"{"a": 1, "a": 2}"#, "the key \"a\" stands twice"),
            (r#"{"a": {"b": [{"c": {"d": 1}}]}}"#, "nested too deeply"),
            (&deep, "nested too deeply"),
            (&format!("[{}0]", "0,".repeat(500)), "too many values"),
            (r#"{"a": 1"#, "EOF while parsing"),
            (r#"{"a": 1} x"#, "trailing characters"),
            ("{\"a\": \"\u{0}\"}", "control character"),
            (&" ".repeat(70_000), "larger than 65536 bytes"),
        ] {
            assert!(refusal(text).contains(says), "{text:.40}: {}", refusal(text));
        }
        assert_eq!(refusal(r#"{"a": [1, true, null, "x", -2.5]}"#), r#"read {"a":[1,true,null,"x",-2.5]}"#);
    }
}
