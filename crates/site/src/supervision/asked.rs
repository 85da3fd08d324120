//! What a page of this workbench is asked with, and what was typed into its forms and is shown again with what was wrong.

use kernel::Id;
use serde::Deserialize;

use crate::frame::Frame;
use crate::pieces::{ErrorLine, field_id};
use crate::problem::{FieldError, Problem};

/// Which list, and whether something was just done.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) show: String,
    #[serde(default)]
    pub(super) done: String,
}

/// What was sent, and what was wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) pairs: Vec<(String, String)>,
    pub(super) errors: Vec<FieldError>,
    /// What hinders it all, said once.
    pub(super) why: String,
    pub(super) done: bool,
}

impl Typed {
    /// A page before anything was sent, or after something was done.
    pub(super) fn after(asked: &Asked) -> Self {
        Self { done: !asked.done.is_empty(), ..Self::default() }
    }

    /// What hinders it all, which leads to `whole`, then everything wrong with a field.
    pub(super) fn lines(&self, frame: &Frame, whole: &str) -> Vec<ErrorLine> {
        let said = (!self.why.is_empty()).then(|| ErrorLine { href: whole.to_owned(), message: self.why.clone() });
        let each = self.errors.iter().map(|e| ErrorLine {
            href: format!("#{}", field_id(&e.pointer)),
            message: frame.text(&e.message).to_owned(),
        });
        said.into_iter().chain(each).collect()
    }
}

/// What an address names; nothing is there under what is no id.
pub(super) fn id_of(id: &str) -> Result<Id, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}
