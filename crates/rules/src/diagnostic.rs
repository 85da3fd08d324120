//! What is wrong with a model, where, and how to mend it: the author is a lawyer, not a programmer.

use std::fmt;

use serde::Serialize;

/// One thing to mend in a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Kind of fault, stable across versions (`syntax`, `unknown_name`, `clock`, …).
    pub code: &'static str,
    /// Name of the decision (or input, or type) it stands in; empty for the model itself.
    pub decision: String,
    /// Line in the file, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What was read and what was expected.
    pub message: String,
    /// What to do about it.
    pub mend: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        if !self.decision.is_empty() {
            write!(f, "{}: ", self.decision)?;
        }
        write!(f, "{} [{}]", self.message, self.code)?;
        if self.mend.is_empty() { Ok(()) } else { write!(f, "; {}", self.mend) }
    }
}

/// Line and column (from 1, in characters) of a byte offset.
pub(crate) fn place(text: &str, at: u32) -> (u32, u32) {
    let mut at = (at as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line = before.bytes().filter(|b| *b == b'\n').count();
    let column = before.rsplit('\n').next().unwrap_or("").chars().count();
    (u32::try_from(line + 1).unwrap_or(u32::MAX), u32::try_from(column + 1).unwrap_or(u32::MAX))
}
