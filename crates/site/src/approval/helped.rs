//! The form that notes what help was given (帮办), the same at a counter and at an agent's.

use affairs::approval::{Help, Helped};
use affairs::catalog::FieldError;

use crate::frame::Frame;
use crate::pieces::{Choice, ErrorLine, FieldKind, FieldView};

/// The form.
#[derive(Clone, Debug)]
pub struct HelpForm {
    /// Where it is sent.
    pub action: String,
    /// The key that makes a repetition harmless.
    pub key: String,
    /// What is asked.
    pub fields: Vec<FieldView>,
}

impl HelpForm {
    /// Whether something was wrong with what was sent.
    pub fn is_wrong(&self) -> bool {
        self.fields.iter().any(|field| field.error.is_some())
    }

    /// For the summary at the top of the page.
    pub(crate) fn lines(&self) -> Vec<ErrorLine> {
        let line =
            |field: &FieldView| Some(ErrorLine { href: format!("#{}", field.id()), message: field.error.clone()? });
        self.fields.iter().filter_map(line).collect()
    }
}

/// What was typed, and what was wrong with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct HelpTyped {
    /// How.
    pub(crate) how: Vec<Help>,
    /// What more there is to say.
    pub(crate) words: String,
    /// Idempotency key.
    pub(crate) key: String,
    /// What was wrong.
    pub(crate) errors: Vec<FieldError>,
}

impl HelpTyped {
    /// Nothing typed yet.
    pub(crate) fn fresh(key: String) -> Self {
        Self { key, ..Self::default() }
    }

    /// As it was sent.
    pub(crate) fn of(pairs: &[(String, String)]) -> Self {
        let all =
            |name: &'static str| pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str());
        Self {
            how: all(HOW).filter_map(Help::from_word).collect(),
            words: all(WORDS).next_back().unwrap_or_default().to_owned(),
            key: all("key").next_back().unwrap_or_default().to_owned(),
            errors: Vec::new(),
        }
    }

    /// As the rooms take it.
    pub(crate) fn helped(&self) -> Helped<'_> {
        Helped { how: &self.how, words: &self.words, key: &self.key }
    }

    /// The form, with what was typed.
    pub(crate) fn form(&self, frame: &Frame, action: String) -> HelpForm {
        let choice = |help: Help| Choice {
            value: help.word().to_owned(),
            label: frame.text(&help.text()).to_owned(),
            chosen: self.how.contains(&help),
        };
        let several = FieldKind::Several(Help::ALL.map(choice).to_vec());
        let words =
            FieldView { optional: true, ..self.field(frame, (WORDS, "help.words"), FieldKind::Lines { rows: 2 }) };
        let fields =
            vec![self.field(frame, (HOW, "help.how"), several), FieldView { value: self.words.clone(), ..words }];
        HelpForm { action, key: self.key.clone(), fields }
    }

    fn field(&self, frame: &Frame, (pointer, label): (&str, &str), kind: FieldKind) -> FieldView {
        let error = self.errors.iter().find(|error| error.pointer == pointer);
        FieldView {
            pointer: pointer.to_owned(),
            label: frame.t(label).to_owned(),
            hint: String::new(),
            kind,
            value: String::new(),
            optional: false,
            error: error.map(|error| frame.text(&error.message).to_owned()),
            note: String::new(),
        }
    }
}

const HOW: &str = "/help/how";
const WORDS: &str = "/help/words";
