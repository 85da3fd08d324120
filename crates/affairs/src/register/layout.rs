//! What registers there are and what their records hold: `catalog/registers/*.toml`, read whole and checked at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{Date, Grade, Moment, Text, Trust};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::keeper::{Keeper, Silence};
use super::remote::{RemoteState, Remotes, Terms};
use crate::access::PartyKind;

/// Who may look at a register's records; who that is in a given case is decided by [`super::may_read`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Whoever has signed in.
    Public,
    /// The subject, its mandate holder, staff in scope, the machine within a case.
    Personal,
    /// Staff in scope and the machine within a case: the subject is not shown it.
    Restricted,
}

/// The type of a field and, where it is a choice, the words it may have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text that is not empty.
    Text,
    /// A civil date.
    Date,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// Several texts.
    List,
    /// One of a closed list.
    Choice {
        /// The words.
        choices: Vec<Choice>,
    },
}

/// One word of a choice.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What records and rules carry.
    pub id: String,
    /// What people read.
    pub label: Text,
}

/// One field of a register's records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "FieldFile")]
pub struct Field {
    /// The name in records and in items.
    pub name: String,
    /// What people read.
    pub label: Text,
    /// What the value is.
    pub kind: FieldType,
    /// Whether every record has it.
    pub required: bool,
}

/// A field as its file writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldFile {
    name: String,
    label: Text,
    r#type: String,
    #[serde(default)]
    choices: Vec<Choice>,
    required: Option<bool>,
}

impl TryFrom<FieldFile> for Field {
    type Error = String;

    fn try_from(file: FieldFile) -> Result<Self, String> {
        let kind = match file.r#type.as_str() {
            "text" => FieldType::Text,
            "date" => FieldType::Date,
            "integer" => FieldType::Integer,
            "boolean" => FieldType::Boolean,
            "list" => FieldType::List,
            "choice" if file.choices.is_empty() => return Err(format!("field {:?} has no choices", file.name)),
            "choice" => FieldType::Choice { choices: file.choices.clone() },
            other => return Err(format!("field {:?} has the unknown type {other:?}", file.name)),
        };
        if !file.choices.is_empty() && file.r#type != "choice" {
            return Err(format!("field {:?} is no choice and has choices", file.name));
        }
        Ok(Self { name: file.name, label: file.label, kind, required: file.required.unwrap_or(true) })
    }
}

/// One register.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Its id, which never changes.
    pub id: String,
    /// What people read.
    pub name: Text,
    /// Who keeps it, as shown beside a fact.
    pub source: Text,
    /// The id of the keeping agency.
    pub agency: String,
    /// Whose code is the key.
    pub subject: PartyKind,
    /// How far what it says may be trusted.
    pub trust: Trust,
    /// Who may look.
    pub access: Access,
    /// How well this layout is attested.
    pub grade: Grade,
    /// Whether this office itself writes it and nobody else: what is not written in it is not so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// Its fields in the order pages show them.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
}

/// A mistake in a register's file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct LayoutError {
    /// The file.
    pub file: String,
    /// What is wrong and where.
    pub reason: String,
}

/// All registers, and which of them other agencies keep.
#[derive(Clone, Debug, Default)]
pub struct Registers {
    layouts: BTreeMap<String, Register>,
    remotes: Remotes,
}

impl Registers {
    /// Reads `(file name, TOML)` pairs and reports every file's mistakes at once. The id must be the file's name.
    pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Vec<LayoutError>> {
        let (mut registers, mut errors) = (BTreeMap::new(), Vec::new());
        for (file, toml) in files {
            match toml::from_str::<Register>(toml) {
                Ok(register) => {
                    errors.extend(register.mistakes(file));
                    registers.insert(register.id.clone(), register);
                }
                Err(e) => errors.push(LayoutError { file: file.to_owned(), reason: e.to_string() }),
            }
        }
        if errors.is_empty() { Ok(Self { layouts: registers, remotes: Remotes::default() }) } else { Err(errors) }
    }

    /// The same registers, of which these are asked of the agencies that keep them.
    ///
    /// # Errors
    /// The ids that no layout has.
    pub fn kept_by(self, keepers: Vec<(String, Arc<dyn Keeper>, Terms)>) -> Result<Self, Vec<String>> {
        let unknown: Vec<String> =
            keepers.iter().map(|(id, ..)| id).filter(|id| self.get(id).is_none()).cloned().collect();
        if unknown.is_empty() { Ok(Self { remotes: Remotes::new(keepers), ..self }) } else { Err(unknown) }
    }

    /// Whether another agency keeps this register and is asked for it.
    pub fn is_elsewhere(&self, register: &str) -> bool {
        self.remotes.keeps(register)
    }

    /// Whether a question to this register would go out now, or whether it is being left alone.
    pub fn would_ask(&self, register: &str, now: Moment) -> bool {
        self.remotes.would_ask(register, now)
    }

    /// Returns when a register that had been left alone answers again: whoever waits for it need not wait longer.
    pub async fn back(&self) {
        self.remotes.back().await;
    }

    /// How every register that is kept elsewhere has been answering.
    pub fn states(&self) -> Vec<RemoteState> {
        self.remotes.states()
    }

    /// Hails every keeper once. Gives why it did not answer, where it did not.
    pub async fn hail(&self) -> Vec<(String, Option<Silence>)> {
        self.remotes.hail().await
    }

    pub(super) fn remotes(&self) -> &Remotes {
        &self.remotes
    }

    /// The register with this id.
    pub fn get(&self, id: &str) -> Option<&Register> {
        self.layouts.get(id)
    }

    /// Every register, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Register> {
        self.layouts.values()
    }
}

/// Field names that an import needs for itself.
pub(super) const RESERVED: [&str; 2] = ["subject", "as_of"];

impl Register {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    fn mistakes(&self, file: &str) -> Vec<LayoutError> {
        let error = |reason: String| LayoutError { file: file.to_owned(), reason };
        let mut found = Vec::new();
        if file.rsplit('/').next().and_then(|f| f.strip_suffix(".toml")) != Some(&self.id) {
            found.push(error(format!("the file is not named after its id {:?}", self.id)));
        }
        for (i, field) in self.fields.iter().enumerate() {
            if self.fields[..i].iter().any(|f| f.name == field.name) {
                found.push(error(format!("field {:?} stands twice", field.name)));
            }
            if RESERVED.contains(&field.name.as_str()) {
                found.push(error(format!("field {:?} is reserved for imports", field.name)));
            }
        }
        found
    }

    /// What is wrong with a record's body: `(field, reason)`, all at once. Nothing: the body fits.
    pub fn faults(&self, body: &Map<String, Json>) -> Vec<(String, String)> {
        let unknown = body.keys().filter(|k| self.field(k).is_none());
        let mut faults: Vec<_> = unknown.map(|k| (k.clone(), "no such field".to_owned())).collect();
        for field in &self.fields {
            let reason = match body.get(&field.name) {
                None if field.required => Some("missing".to_owned()),
                None => None,
                Some(value) => field.kind.fault(value),
            };
            faults.extend(reason.map(|r| (field.name.clone(), r)));
        }
        faults
    }
}

impl FieldType {
    /// Why `value` is not of this type.
    pub fn fault(&self, value: &Json) -> Option<String> {
        let text = value.as_str().filter(|t| !t.trim().is_empty());
        let (fits, wanted) = match self {
            Self::Text => (text.is_some(), "a text that is not empty".to_owned()),
            Self::Date => (text.is_some_and(is_date), "a date like 2026-11-23".to_owned()),
            Self::Integer => (value.is_i64(), "a whole number".to_owned()),
            Self::Boolean => (value.is_boolean(), "true or false".to_owned()),
            Self::List => (is_list(value), "a list of texts".to_owned()),
            Self::Choice { choices } => {
                let words: Vec<_> = choices.iter().map(|c| c.id.as_str()).collect();
                (text.is_some_and(|t| words.contains(&t)), format!("one of {}", words.join(", ")))
            }
        };
        (!fits).then(|| format!("{value} is not {wanted}"))
    }

    /// Reads a cell of a table (CSV). An empty cell is no value.
    pub fn read_cell(&self, cell: &str) -> Json {
        let as_text = || Json::from(cell);
        match self {
            Self::Text | Self::Date | Self::Choice { .. } => as_text(),
            Self::Integer => cell.parse::<i64>().map_or_else(|_| as_text(), Json::from),
            Self::Boolean => cell.parse::<bool>().map_or_else(|_| as_text(), Json::from),
            Self::List => cell.split([';', '；']).map(str::trim).filter(|t| !t.is_empty()).collect(),
        }
    }
}

/// Only the spelling with ten characters: what the rules read and what pages show must be the same text.
fn is_date(text: &str) -> bool {
    text.parse::<Date>().is_ok_and(|d| d.to_string() == text)
}

fn is_list(value: &Json) -> bool {
    value.as_array().is_some_and(|a| a.iter().all(|t| t.as_str().is_some_and(|t| !t.trim().is_empty())))
}
