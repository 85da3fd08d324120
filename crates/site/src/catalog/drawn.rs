//! A form of the catalogue as fields to draw, and the pairs a browser sends as values to check. A value that a register
//! told is shown, not asked; the applicant may write another beside it, and then both reach an officer.

use std::collections::BTreeMap;

use affairs::catalog::{self, Checked, Field, FieldError, FormSchema, OnDifference, pointer_to};
use serde_json::{Map, Value};

use crate::approval::view::AnswerGroup;
use crate::frame::Frame;
use crate::pieces::{AnswerView, Choice, FactView, FieldKind, FieldView, Section, Width};

/// A name that begins so carries what the applicant wrote against a told value.
const OBJECTION: &str = "objection:";

/// More choices than this are a list, not buttons.
const BUTTONS: usize = 6;

/// What is known of a field before anybody types.
#[derive(Clone, Debug)]
pub struct KnownValue {
    /// The value as the form would hold it.
    pub value: Value,
    /// The same with its source, written for people.
    pub fact: FactView,
}

/// A form and what stands in it.
#[derive(Clone, Copy, Debug)]
pub struct Filled<'a> {
    /// The form.
    pub form: &'a FormSchema,
    /// Its values.
    pub values: &'a Map<String, Value>,
    /// What registers told, by field name.
    pub known: &'a BTreeMap<String, KnownValue>,
}

impl Filled<'_> {
    /// The sections to draw; with the findings of a check, where one was made.
    pub fn sections(&self, frame: &Frame, checked: Option<&Checked>) -> Vec<Section> {
        let empty = Checked::default();
        let checked = checked.unwrap_or(&empty);
        let section = |s: &catalog::Section| Section {
            title: frame.text(&s.label).to_owned(),
            hint: s.hint.as_ref().map(|h| frame.text(h).to_owned()).unwrap_or_default(),
            fields: self.fields_of(s).map(|f| self.field(frame, f, checked)).collect(),
        };
        self.form.sections.iter().map(section).collect()
    }

    /// The answers to check before sending; `change` is the form's address.
    pub fn answers(&self, frame: &Frame, change: &str) -> Vec<AnswerGroup> {
        // What was declared stands in full beside the button that sends it.
        let said = |f: &&Field| change.is_empty() || !matches!(f.kind, catalog::FieldKind::Declaration(_));
        let group = |s: &catalog::Section| AnswerGroup {
            title: frame.text(&s.label).to_owned(),
            answers: self.fields_of(s).filter(said).map(|f| self.answer(frame, f, change)).collect(),
        };
        self.form.sections.iter().map(group).filter(|g| !g.answers.is_empty()).collect()
    }

    fn fields_of<'s>(&'s self, section: &'s catalog::Section) -> impl Iterator<Item = &'s Field> {
        section.fields.iter().filter_map(|name| self.form.field(name))
    }

    fn told(&self, field: &Field) -> Option<&KnownValue> {
        self.known.get(&field.name)
    }

    /// What was typed against a told value.
    fn objection(&self, field: &Field) -> String {
        let typed = self.values.get(&field.name);
        let differs = self.told(field).is_some_and(|known| typed.is_some_and(|v| *v != known.value));
        if differs { typed.map(plain).unwrap_or_default() } else { String::new() }
    }

    fn field(&self, frame: &Frame, field: &Field, checked: &Checked) -> FieldView {
        let pointer = pointer_to(&field.name);
        let error = checked.errors.iter().find(|e| e.pointer == pointer);
        let note = checked.changes.iter().find(|c| c.pointer == pointer);
        let value = self.values.get(&field.name).or_else(|| self.told(field).map(|k| &k.value));
        FieldView {
            label: frame.text(&field.label).to_owned(),
            hint: field.hint.as_ref().map(|h| frame.text(h).to_owned()).unwrap_or_default(),
            kind: self.kind(frame, field, value),
            value: value.map(plain).unwrap_or_default(),
            optional: !field.required,
            error: error.map(|e: &FieldError| frame.text(&e.message).to_owned()),
            note: note.map_or_else(|| self.filled(frame, field, value), |c| frame.text(&c.notice).to_owned()),
            pointer,
        }
    }

    /// Where a value that may be changed came from, as long as nobody changed it.
    fn filled(&self, frame: &Frame, field: &Field, value: Option<&Value>) -> String {
        let told = self.told(field).filter(|k| field.on_difference == OnDifference::Allowed && value == Some(&k.value));
        match told.map(|k| (&k.fact.source, k.fact.as_of)) {
            None => String::new(),
            Some((source, None)) => frame.t1("field.filled", source),
            Some((source, Some(day))) => frame.t2("field.filled_as_of", source, frame.date(day)),
        }
    }

    fn kind(&self, frame: &Frame, field: &Field, value: Option<&Value>) -> FieldKind {
        match self.told(field) {
            Some(known) if field.on_difference == OnDifference::Refer => {
                FieldKind::Fetched { fact: known.fact.clone(), objection: self.objection(field) }
            }
            _ => asked(frame, field, value),
        }
    }

    fn answer(&self, frame: &Frame, field: &Field, change: &str) -> AnswerView {
        let unchanged = |k: &&KnownValue| self.values.get(&field.name).is_none_or(|v| *v == k.value);
        let told = self.told(field).filter(|k| field.on_difference == OnDifference::Refer || unchanged(k));
        let typed = || self.values.get(&field.name).map(|v| shown(frame, field, v)).unwrap_or_default();
        AnswerView {
            label: frame.text(&field.label).to_owned(),
            value: told.map_or_else(typed, |k| k.fact.value.clone()),
            source: told.map(|k| frame.t1("field.fetched", &k.fact.source)).unwrap_or_default(),
            objection: if told.is_some() { self.objection(field) } else { String::new() },
            change: format!("{change}#{}", crate::pieces::field_id(&pointer_to(&field.name))),
        }
    }
}

/// The pairs of a sent form as values: told values stand unless something was written against them.
pub fn values(
    form: &FormSchema,
    known: &BTreeMap<String, KnownValue>,
    pairs: &[(String, String)],
) -> Map<String, Value> {
    let name = |raw: &str| raw.trim_start_matches('/').replace("~1", "/").replace("~0", "~");
    let typed: Vec<(String, &str)> = pairs
        .iter()
        .filter_map(|(key, value)| match key.strip_prefix(OBJECTION) {
            Some(pointer) => (!value.trim().is_empty()).then(|| (name(pointer), value.as_str())),
            None => key.starts_with('/').then(|| (name(key), value.as_str())),
        })
        .collect();
    let mut values = form.typed(typed.iter().map(|(name, value)| (name.as_str(), *value)));
    for (field, known) in known {
        values.entry(field.clone()).or_insert_with(|| known.value.clone());
    }
    values
}

fn asked(frame: &Frame, field: &Field, value: Option<&Value>) -> FieldKind {
    let line = |width, mode| FieldKind::Line {
        width,
        mode,
        autocomplete: field.autocomplete.clone().unwrap_or_default(),
        unit: String::new(),
    };
    match &field.kind {
        catalog::FieldKind::Text => line(Width::Long, "text"),
        catalog::FieldKind::LongText => FieldKind::Lines { rows: 4 },
        catalog::FieldKind::Uscc | catalog::FieldKind::CitizenId => line(Width::Medium, "text"),
        catalog::FieldKind::Date => FieldKind::Date,
        catalog::FieldKind::Phone => line(Width::Medium, "tel"),
        catalog::FieldKind::Integer => line(Width::Short, "numeric"),
        catalog::FieldKind::Choice(choices) => offered(frame, choices, value),
        catalog::FieldKind::Declaration(statement) => {
            FieldKind::Tick { statement: frame.text(statement).to_owned(), ticked: value == Some(&Value::Bool(true)) }
        }
    }
}

fn offered(frame: &Frame, choices: &[catalog::Choice], value: Option<&Value>) -> FieldKind {
    let choice = |c: &catalog::Choice| Choice {
        value: c.value.clone(),
        label: frame.text(&c.label).to_owned(),
        chosen: value.and_then(Value::as_str) == Some(&c.value),
    };
    let drawn: Vec<Choice> = choices.iter().map(choice).collect();
    if drawn.len() > BUTTONS { FieldKind::Select(drawn) } else { FieldKind::Choice(drawn) }
}

/// A value as people read it.
pub fn shown(frame: &Frame, field: &Field, value: &Value) -> String {
    let text = plain(value);
    match &field.kind {
        catalog::FieldKind::Choice(choices) => {
            choices.iter().find(|c| c.value == text).map_or(text, |c| frame.text(&c.label).to_owned())
        }
        catalog::FieldKind::Date => text.parse::<kernel::Date>().map_or(text, |d| frame.date(d)),
        catalog::FieldKind::Uscc => crate::pieces::grouped(&text),
        catalog::FieldKind::CitizenId => crate::pieces::grouped_id(&text),
        catalog::FieldKind::Declaration(_) if *value == Value::Bool(true) => frame.t("field.agreed").to_owned(),
        _ => text,
    }
}

/// A value as it stands in an input.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
