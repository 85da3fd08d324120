//! The form of an item as data: typed fields in order, for drawing, prefilling and checking.
//!
//! Read from `form.schema.json`, a subset of JSON Schema 2020-12 that `docs/catalog.md` describes; what lies outside
//! the subset is refused with the way to mend it, so that no keyword is silently without effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::Text;
use serde::Serialize;
use serde_json::{Map, Value};

use super::diagnostic::Report;
use super::facts::{Known, SubjectKey};
use super::json;

/// A form.
#[derive(Clone, Debug)]
pub struct FormSchema {
    /// Its title.
    pub title: Text,
    /// Its fields, in the order they are asked.
    pub fields: Vec<Field>,
    /// Its pages.
    pub sections: Vec<Section>,
    /// The schema as published, for other programs.
    pub schema: Value,
    pub(super) validator: Arc<jsonschema::Validator>,
}

/// A group of fields that stands on one page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Section {
    /// Stable within the form.
    pub id: String,
    /// Heading.
    pub label: Text,
    /// What to know before filling it.
    pub hint: Option<Text>,
    /// Names of its fields, in order.
    pub fields: Vec<String>,
}

/// One choice of a field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What people read.
    pub label: Text,
}

/// What a field holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// Unified social credit code.
    Uscc,
    /// Citizen id.
    CitizenId,
    /// Date, `YYYY-MM-DD`.
    Date,
    /// Mobile or fixed telephone in China.
    Phone,
    /// Whole number.
    Integer,
    /// One of these.
    Choice(Vec<Choice>),
    /// A statement the applicant makes by ticking.
    Declaration(Text),
}

impl FieldKind {
    /// The word of `x-kind`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "long-text",
            Self::Uscc => "uscc",
            Self::CitizenId => "citizen-id",
            Self::Date => "date",
            Self::Phone => "phone",
            Self::Integer => "integer",
            Self::Choice(_) => "choice",
            Self::Declaration(_) => "declaration",
        }
    }
}

/// What it means when a prefilled value was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDifference {
    /// The form contradicts the register: a person looks, with both values.
    Refer,
    /// Changing it is what the form is for; the rules see the form's value.
    Allowed,
}

/// One field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Field {
    /// Name in the JSON.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Label.
    pub label: Text,
    /// Hint under the label.
    pub hint: Option<Text>,
    /// Must it be filled?
    pub required: bool,
    /// Where its value is known from before anybody types.
    pub known: Option<Known>,
    /// What a change to a prefilled value means.
    pub on_difference: OnDifference,
    /// Longest text, in characters.
    pub max_length: Option<u64>,
    /// Browser's autocomplete token, where one fits.
    pub autocomplete: Option<String>,
    /// Own sentences for an error code.
    pub errors: BTreeMap<String, Text>,
}

impl FormSchema {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// Reads `form.schema.json`; findings go to `report`, and nothing comes back where one forbids the form.
    pub(super) fn read(bytes: &[u8], report: &Report) -> Option<Self> {
        let schema = match json::read(bytes, json::CATALOG) {
            Ok(Value::Object(schema)) => schema,
            Ok(_) => return refuse(report, "/", "not an object", "write { … }"),
            Err(e) => return refuse(report, "/", &e.to_string(), "mend the JSON"),
        };
        let reader = Reader { report };
        let fields = reader.fields(&schema);
        let sections = reader.sections(&schema, &fields);
        let title = reader.text(&schema, "x-title", "/");
        reader.known_keys(&schema, ROOT, "/");
        reader.root(&schema);
        let schema = Value::Object(schema);
        let built = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema);
        let validator = match built {
            Ok(validator) => Arc::new(validator),
            Err(e) => return refuse(report, "/", &format!("no JSON Schema 2020-12: {e}"), "mend the schema"),
        };
        let ordered = sections.iter().flat_map(|s| &s.fields);
        let fields = ordered.filter_map(|name| fields.iter().find(|f| f.name == *name).cloned()).collect();
        Some(Self { title, fields, sections, schema, validator })
    }
}

const ROOT: &[&str] =
    &["$schema", "$id", "type", "properties", "required", "additionalProperties", "x-title", "x-sections"];
const FIELD: &[&str] = &[
    "type",
    "const",
    "enum",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "x-kind",
    "x-label",
    "x-hint",
    "x-errors",
    "x-fact",
    "x-on-difference",
    "x-choices",
    "x-statement",
    "x-autocomplete",
];
const SECTION: &[&str] = &["id", "label", "hint", "fields"];

fn refuse<T>(report: &Report, field: &str, reason: &str, mend: &str) -> Option<T> {
    report.error(field, reason, mend);
    None
}

struct Reader<'a> {
    report: &'a Report,
}

impl Reader<'_> {
    fn root(&self, schema: &Map<String, Value>) {
        let fixed = [
            ("$schema", Value::from("https://json-schema.org/draft/2020-12/schema")),
            ("type", "object".into()),
            ("additionalProperties", false.into()),
        ];
        for (key, value) in fixed {
            if schema.get(key) != Some(&value) {
                self.report.error(format!("/{key}"), "missing or different", format!("write \"{key}\": {value}"));
            }
        }
    }

    fn known_keys(&self, object: &Map<String, Value>, known: &[&str], at: &str) {
        for key in object.keys().filter(|k| !known.contains(&k.as_str())) {
            let pointer = format!("{}/{key}", at.trim_end_matches('/'));
            self.report.error(pointer, "outside the subset", format!("known here: {}", known.join(", ")));
        }
    }

    fn text(&self, object: &Map<String, Value>, key: &str, at: &str) -> Text {
        self.opt_text(object, key, at).unwrap_or_else(|| {
            let pointer = format!("{}/{key}", at.trim_end_matches('/'));
            self.report.error(pointer, "missing", "write {\"zh\": \"…\", \"en\": \"…\"}");
            Text::default()
        })
    }

    fn opt_text(&self, object: &Map<String, Value>, key: &str, at: &str) -> Option<Text> {
        let value = object.get(key)?;
        let word = |lang| value.get(lang).and_then(Value::as_str).filter(|s| !s.trim().is_empty());
        let both = word("zh").zip(word("en")).filter(|_| value.as_object().is_some_and(|o| o.len() == 2));
        if both.is_none() {
            let pointer = format!("{}/{key}", at.trim_end_matches('/'));
            self.report.error(pointer, "needs zh and en, both filled", "write {\"zh\": \"…\", \"en\": \"…\"}");
        }
        Some(both.map_or_else(Text::default, |(zh, en)| Text::new(zh, en)))
    }

    fn fields(&self, schema: &Map<String, Value>) -> Vec<Field> {
        let required = strings(schema.get("required"));
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            self.report.error("/properties", "missing", "write the fields");
            return Vec::new();
        };
        for name in required.iter().filter(|name| !properties.contains_key(*name)) {
            self.report.error("/required", format!("{name:?} is no field"), "name a field, or take it out");
        }
        let field = |(name, value): (&String, &Value)| {
            let at = format!("/properties/{name}");
            let Some(object) = value.as_object() else {
                return refuse(self.report, &at, "not an object", "write { … }");
            };
            Some(self.field(name, object, required.contains(name)))
        };
        properties.iter().filter_map(field).collect()
    }

    fn field(&self, name: &str, object: &Map<String, Value>, required: bool) -> Field {
        let at = format!("/properties/{name}");
        self.known_keys(object, FIELD, &at);
        let kind = self.kind(object, &at);
        self.type_of(object, &kind, &at);
        Field {
            name: name.to_owned(),
            label: self.text(object, "x-label", &at),
            hint: self.opt_text(object, "x-hint", &at),
            required,
            known: self.known(object, &at),
            on_difference: self.on_difference(object, &at),
            max_length: object.get("maxLength").and_then(Value::as_u64),
            autocomplete: object.get("x-autocomplete").and_then(Value::as_str).map(str::to_owned),
            errors: self.errors(object, &at),
            kind,
        }
    }

    fn kind(&self, object: &Map<String, Value>, at: &str) -> FieldKind {
        match object.get("x-kind").and_then(Value::as_str).unwrap_or_default() {
            "text" => FieldKind::Text,
            "long-text" => FieldKind::LongText,
            "uscc" => FieldKind::Uscc,
            "citizen-id" => FieldKind::CitizenId,
            "date" => FieldKind::Date,
            "phone" => FieldKind::Phone,
            "integer" => FieldKind::Integer,
            "choice" => FieldKind::Choice(self.choices(object, at)),
            "declaration" => FieldKind::Declaration(self.text(object, "x-statement", at)),
            other => {
                let mend = "write text | long-text | uscc | citizen-id | date | phone | integer | choice | declaration";
                self.report.error(format!("{at}/x-kind"), format!("unknown kind {other:?}"), mend);
                FieldKind::Text
            }
        }
    }

    /// JSON type and bounds that each kind must declare: without them a stranger's value would not be bounded.
    fn type_of(&self, object: &Map<String, Value>, kind: &FieldKind, at: &str) {
        let expected = match kind {
            FieldKind::Integer => "integer",
            FieldKind::Declaration(_) => "boolean",
            _ => "string",
        };
        if object.get("type").and_then(Value::as_str) != Some(expected) {
            let reason = format!("a {} is a {expected}", kind.word());
            self.report.error(format!("{at}/type"), reason, format!("write \"type\": \"{expected}\""));
        }
        let needs: &[&str] = match kind {
            FieldKind::Text | FieldKind::LongText => &["maxLength"],
            FieldKind::Integer => &["minimum", "maximum"],
            FieldKind::Choice(_) => &["enum"],
            FieldKind::Declaration(_) => &["const"],
            _ => &[],
        };
        for key in needs.iter().filter(|key| !object.contains_key(**key)) {
            self.report.error(format!("{at}/{key}"), "missing", format!("a {} needs {key}", kind.word()));
        }
    }

    fn choices(&self, object: &Map<String, Value>, at: &str) -> Vec<Choice> {
        let rows = object.get("x-choices").and_then(Value::as_array).cloned().unwrap_or_default();
        let choice = |row: &Value| {
            let row = row.as_object()?;
            let value = row.get("value")?.as_str()?.to_owned();
            Some(Choice { value, label: self.text(row, "label", &format!("{at}/x-choices")) })
        };
        let choices: Vec<Choice> = rows.iter().filter_map(choice).collect();
        let values: Vec<&str> = choices.iter().map(|c| c.value.as_str()).collect();
        if values != strings(object.get("enum")) {
            let mend = "give each value of enum a row {\"value\", \"label\"}, in the same order";
            self.report.error(format!("{at}/x-choices"), "does not match enum", mend);
        }
        choices
    }

    fn known(&self, object: &Map<String, Value>, at: &str) -> Option<Known> {
        let fact = object.get("x-fact")?;
        let word = |key| fact.get(key).and_then(Value::as_str);
        let known = match (word("request"), word("register"), word("field"), word("key")) {
            (Some("applicant_name"), None, None, None) => Some(Known::ApplicantName),
            (Some("applicant_code"), None, None, None) => Some(Known::ApplicantCode),
            (None, Some(register), Some(field), Some(key)) => subject_key(key).map(|key| Known::Register {
                register: register.to_owned(),
                key,
                field: field.to_owned(),
            }),
            _ => None,
        };
        if known.is_none() {
            let mend = "write {\"register\", \"key\": \"applicant\" | \"form:FIELD\", \"field\"} or {\"request\": \
                        \"applicant_name\" | \"applicant_code\"}";
            self.report.error(format!("{at}/x-fact"), "not a binding", mend);
        }
        known
    }

    fn on_difference(&self, object: &Map<String, Value>, at: &str) -> OnDifference {
        match object.get("x-on-difference").map(|v| v.as_str().unwrap_or_default()) {
            None | Some("refer") => OnDifference::Refer,
            Some("allowed") => OnDifference::Allowed,
            Some(other) => {
                let reason = format!("unknown word {other:?}");
                self.report.error(format!("{at}/x-on-difference"), reason, "write refer | allowed");
                OnDifference::Refer
            }
        }
    }

    fn errors(&self, object: &Map<String, Value>, at: &str) -> BTreeMap<String, Text> {
        let Some(errors) = object.get("x-errors").and_then(Value::as_object) else { return BTreeMap::new() };
        let at = format!("{at}/x-errors");
        errors.keys().map(|code| (code.clone(), self.text(errors, code, &at))).collect()
    }

    fn sections(&self, schema: &Map<String, Value>, fields: &[Field]) -> Vec<Section> {
        let rows = schema.get("x-sections").and_then(Value::as_array).cloned().unwrap_or_default();
        let section = |row: &Value| {
            let row = row.as_object()?;
            self.known_keys(row, SECTION, "/x-sections");
            Some(Section {
                id: row.get("id")?.as_str()?.to_owned(),
                label: self.text(row, "label", "/x-sections"),
                hint: self.opt_text(row, "hint", "/x-sections"),
                fields: strings(row.get("fields")),
            })
        };
        let sections: Vec<Section> = rows.iter().filter_map(section).collect();
        let mut named: Vec<&str> = sections.iter().flat_map(|s| s.fields.iter().map(String::as_str)).collect();
        let mut asked: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
        named.sort_unstable();
        asked.sort_unstable();
        if named != asked {
            let mend = format!("name each of these exactly once: {}", asked.join(", "));
            self.report.error("/x-sections", "does not name every field exactly once", mend);
        }
        sections
    }
}

/// `applicant` or `form:FIELD`.
pub(super) fn subject_key(word: &str) -> Option<SubjectKey> {
    match word.split_once(':') {
        None if word == "applicant" => Some(SubjectKey::Applicant),
        Some(("form", field)) if !field.is_empty() => Some(SubjectKey::Form(field.to_owned())),
        _ => None,
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
