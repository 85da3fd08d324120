//! A fact: one value with where it comes from, how old it is and how far it may be trusted, as pages show it.
//!
//! What of it may feed a rule is decided in [`crate::catalog`] from the same [`Reading`].

use kernel::{Moment, Text, Trust};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::layout::{Field, FieldType, Register};
use crate::catalog::{Answer, Reading};

/// One value of a record. `value` is JSON null where the record lacks the field.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Fact {
    /// The name of the field.
    pub name: String,
    /// What people read.
    pub label: Text,
    /// The value.
    pub value: Json,
    /// The value as people read it: the words of a choice, 是 and 否, a list with its marks.
    pub shown: Text,
    /// Who says so.
    pub source: Text,
    /// The register's id.
    pub register: String,
    /// The moment for which the register says so.
    pub as_of: Moment,
    /// When it was read.
    pub read_at: Moment,
    /// How far it may be trusted.
    pub trust: Trust,
}

/// Every field of a record, in the order of the register's layout; nothing where there is no record to show.
pub fn facts(register: &Register, reading: &Reading) -> Vec<Fact> {
    let Answer::Record { body, as_of, trust, source } = &reading.answer else { return Vec::new() };
    let fact = |field: &Field| {
        let value = body.get(&field.name).cloned().unwrap_or(Json::Null);
        Fact {
            name: field.name.clone(),
            label: field.label.clone(),
            shown: shown(&field.kind, &value),
            value,
            source: source.clone(),
            register: register.id.clone(),
            as_of: *as_of,
            read_at: reading.read_at,
            trust: *trust,
        }
    };
    register.fields.iter().map(fact).collect()
}

fn shown(kind: &FieldType, value: &Json) -> Text {
    let same = |text: String| Text::new(text.clone(), text);
    match (kind, value) {
        (_, Json::Null) => Text::new("（无）", "(none)"),
        (FieldType::Choice { choices }, Json::String(word)) => {
            choices.iter().find(|c| c.id == *word).map_or_else(|| same(word.clone()), |c| c.label.clone())
        }
        (_, Json::Bool(true)) => Text::new("是", "yes"),
        (_, Json::Bool(false)) => Text::new("否", "no"),
        (_, Json::Array(items)) => {
            let texts: Vec<_> = items.iter().filter_map(Json::as_str).collect();
            Text::new(texts.join("、"), texts.join(", "))
        }
        (_, Json::String(text)) => same(text.clone()),
        (_, other) => same(other.to_string()),
    }
}
