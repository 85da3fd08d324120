//! Canonical JSON (RFC 8785): one document, one sequence of bytes, so that a signature has something to hold on to.
//!
//! Reading is strict: what two readers could understand differently is refused (a repeated key, a byte order mark, bytes
//! that are not UTF-8, a whole number no double can hold), and where bytes were signed they must be the canonical ones.

mod number;

use std::cell::RefCell;
use std::fmt;

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

pub use crate::commitment::{Salt, commitment};

/// The longest document read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting read and written.
pub const MAX_DEPTH: usize = 64;

/// The largest whole number every JSON reader agrees on: 2^53 − 1.
const MAX_WHOLE: u64 = (1 << 53) - 1;
/// The whole numbers beyond it that would be written as plain digits, and so look exact without being it.
const ROUNDED: std::ops::Range<f64> = 9_007_199_254_740_992.0..1e21;

/// Why a text is no canonical JSON, or a value cannot become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// Longer than [`MAX_BYTES`].
    #[error("the document has {0} bytes, too many")]
    TooLong(usize),
    /// A byte order mark in front.
    #[error("the document begins with a byte order mark")]
    ByteOrderMark,
    /// Not UTF-8.
    #[error("the document is not UTF-8 (byte {0})")]
    NotUtf8(usize),
    /// Not JSON.
    #[error("the document is not JSON (line {line}, column {column})")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// An object has the same key twice.
    #[error("the key {0:?} stands twice in one object")]
    DuplicateKey(String),
    /// A whole number beyond ±(2^53 − 1), which readers round differently; write it as text.
    #[error("the number {0} is too large for JSON; write it as text")]
    NumberTooLarge(String),
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the document is nested too deeply")]
    TooDeep,
    /// JSON, but not in its canonical form: spaces, another order of keys, another spelling of a number or a string.
    #[error("the document is not in canonical form")]
    NotCanonical,
}

impl CanonicalError {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too_long",
            Self::ByteOrderMark => "byte_order_mark",
            Self::NotUtf8(_) => "not_utf8",
            Self::Syntax { .. } => "not_json",
            Self::DuplicateKey(_) => "duplicate_key",
            Self::NumberTooLarge(_) => "number_too_large",
            Self::TooDeep => "too_deep",
            Self::NotCanonical => "not_canonical",
        }
    }
}

/// The canonical form of anything serialisable.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<String, CanonicalError> {
    // The only values serde_json cannot represent are maps with keys that are no text, which none of ours has.
    let value = serde_json::to_value(value).map_err(|_| CanonicalError::Syntax { line: 1, column: 1 })?;
    canonical_value(&value)
}

/// The canonical form of a JSON value.
pub fn canonical_value(value: &Value) -> Result<String, CanonicalError> {
    // Room for a leaf as most are: growing to it by doubling copies every byte again.
    let mut text = String::with_capacity(1024);
    write_value(value, MAX_DEPTH, &mut text)?;
    Ok(text)
}

/// Reads JSON strictly, in any layout.
pub fn read_strict(bytes: &[u8]) -> Result<Value, CanonicalError> {
    read_strict_within(bytes, MAX_BYTES)
}

/// The same for documents that are longer by their nature, up to `max_bytes`.
pub fn read_strict_within(bytes: &[u8], max_bytes: usize) -> Result<Value, CanonicalError> {
    if bytes.len() > max_bytes {
        return Err(CanonicalError::TooLong(bytes.len()));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(CanonicalError::ByteOrderMark);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| CanonicalError::NotUtf8(error.valid_up_to()))?;
    let refused = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { refused: &refused, depth: MAX_DEPTH }.deserialize(&mut reader);
    value.and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        let syntax = CanonicalError::Syntax { line: error.line(), column: error.column() };
        refused.take().unwrap_or(syntax)
    })
}

/// Reads JSON that must be in its canonical form, byte for byte.
pub fn read_canonical(bytes: &[u8]) -> Result<Value, CanonicalError> {
    let value = read_strict(bytes)?;
    if canonical_value(&value)?.as_bytes() == bytes { Ok(value) } else { Err(CanonicalError::NotCanonical) }
}

fn write_value(value: &Value, depth: usize, out: &mut String) -> Result<(), CanonicalError> {
    let deeper = || depth.checked_sub(1).ok_or(CanonicalError::TooDeep);
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&write_number(number)?),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            let depth = deeper()?;
            write_list('[', items, out, |item, out| write_value(item, depth, out))?;
            out.push(']');
        }
        Value::Object(object) => {
            let depth = deeper()?;
            let mut members: Vec<(&String, &Value)> = object.iter().collect();
            members.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            write_list('{', members, out, |(key, value), out| {
                write_text(key, out);
                out.push(':');
                write_value(value, depth, out)
            })?;
            out.push('}');
        }
    }
    Ok(())
}

fn write_list<I: IntoIterator>(
    open: char,
    items: I,
    out: &mut String,
    mut write: impl FnMut(I::Item, &mut String) -> Result<(), CanonicalError>,
) -> Result<(), CanonicalError> {
    out.push(open);
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(item, out)?;
    }
    Ok(())
}

fn write_number(number: &Number) -> Result<String, CanonicalError> {
    let too_large = || CanonicalError::NumberTooLarge(number.to_string());
    let whole = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
    match whole {
        Some(whole) if whole <= MAX_WHOLE => Ok(number.to_string()),
        Some(_) => Err(too_large()),
        None => {
            number.as_f64().filter(|double| !ROUNDED.contains(&double.abs())).map(number::write).ok_or_else(too_large)
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Builds a value while it watches for repeated keys and for depth; what it refused is left in `refused`.
#[derive(Clone, Copy)]
struct Strict<'a> {
    refused: &'a RefCell<Option<CanonicalError>>,
    depth: usize,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(self, reason: CanonicalError) -> E {
        let message = E::custom(&reason);
        self.refused.replace(Some(reason));
        message
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.refuse(CanonicalError::TooDeep)),
        }
    }

    fn whole<E: serde::de::Error>(self, number: Number, size: u64) -> Result<Value, E> {
        if size <= MAX_WHOLE {
            Ok(Value::Number(number))
        } else {
            Err(self.refuse(CanonicalError::NumberTooLarge(number.to_string())))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.whole(value.into(), value.unsigned_abs())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.whole(value.into(), value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if ROUNDED.contains(&value.abs()) {
            return Err(self.refuse(CanonicalError::NumberTooLarge(number::write(value))));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inside)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(self.refuse(CanonicalError::DuplicateKey(key)));
            }
            let value = access.next_value_seed(inside)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests;
