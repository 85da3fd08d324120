//! The counter's own fields beside those of an item's form: their names have no slash in front, so that none is taken for the
//! other's.

use affairs::catalog::FieldError;

use crate::frame::Frame;
use crate::pieces::{Choice, ErrorLine, FieldKind, FieldView, Width};

/// What was wrong with what was sent.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) frame: &'a Frame,
    pub(super) errors: &'a [FieldError],
}

impl Fields<'_> {
    /// A field called `name` in the form, whose mistakes stand under `at`.
    fn field(&self, (name, at): (&str, &str), label: &str, kind: FieldKind) -> FieldView {
        let error = self.errors.iter().find(|e| e.pointer == at);
        FieldView {
            pointer: name.to_owned(),
            label: self.frame.t(label).to_owned(),
            hint: String::new(),
            kind,
            value: String::new(),
            optional: false,
            error: error.map(|e| self.frame.text(&e.message).to_owned()),
            note: String::new(),
        }
    }

    /// One line.
    pub(super) fn line(&self, place: (&str, &str), label: &str, (value, width): (&str, Width)) -> FieldView {
        let kind = FieldKind::Line { width, mode: "text", autocomplete: "off".into(), unit: String::new() };
        FieldView { value: value.to_owned(), ..self.field(place, label, kind) }
    }

    /// A day.
    pub(super) fn day(&self, place: (&str, &str), label: &str, value: &str) -> FieldView {
        FieldView { value: value.to_owned(), ..self.field(place, label, FieldKind::Date) }
    }

    /// One of many: value, words.
    pub(super) fn select(
        &self,
        place: (&str, &str),
        label: &str,
        (choices, chosen): (Vec<(String, String)>, &str),
    ) -> FieldView {
        self.field(place, label, FieldKind::Select(choices_of(choices, chosen)))
    }

    /// One of a few, as buttons.
    pub(super) fn choice(
        &self,
        place: (&str, &str),
        label: &str,
        (choices, chosen): (Vec<(String, String)>, &str),
    ) -> FieldView {
        self.field(place, label, FieldKind::Choice(choices_of(choices, chosen)))
    }

    /// A statement to agree to.
    pub(super) fn tick(&self, place: (&str, &str), label: &str, (statement, ticked): (&str, bool)) -> FieldView {
        let statement = self.frame.t(statement).to_owned();
        self.field(place, label, FieldKind::Tick { statement, ticked })
    }
}

fn choices_of(choices: Vec<(String, String)>, chosen: &str) -> Vec<Choice> {
    let one = |(value, label): (String, String)| Choice { chosen: value == chosen, value, label };
    choices.into_iter().map(one).collect()
}

/// The summary of the mistakes of these fields, and of those that belong to none of them.
pub(super) fn lines<'a>(
    frame: &Frame,
    fields: impl Iterator<Item = &'a FieldView>,
    errors: &[FieldError],
) -> Vec<ErrorLine> {
    let placed: Vec<ErrorLine> =
        fields.filter_map(|f| Some(ErrorLine { href: format!("#{}", f.id()), message: f.error.clone()? })).collect();
    let words = |e: &FieldError| frame.text(&e.message).to_owned();
    let lost = errors.iter().map(words).filter(|message| !placed.iter().any(|line| line.message == *message));
    let lost: Vec<ErrorLine> = lost.map(|message| ErrorLine { href: "#main".to_owned(), message }).collect();
    placed.into_iter().chain(lost).collect()
}
