//! What is wrong in a catalogue file, said so that a lawyer can mend it: file, field, reason, mend. All at once.

use std::cell::RefCell;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file is not imported.
    Error,
    /// Imported, but somebody should look.
    Warning,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// Path below `catalog/`, e.g. `items/fd-pharmacist-renew/item.toml`.
    pub file: String,
    /// Where in the file: `condition[c2].grade`, `/properties/phone`, `line 12`.
    pub field: String,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub mend: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.severity == Severity::Error { "error" } else { "warning" };
        write!(f, "{word}: {}: {}: {}; {}", self.file, self.field, self.reason, self.mend)
    }
}

/// Collects the findings of one file while it is read.
#[derive(Debug)]
pub(super) struct Report {
    file: String,
    found: RefCell<Vec<Diagnostic>>,
}

impl Report {
    pub(super) fn of(file: impl Into<String>) -> Self {
        Self { file: file.into(), found: RefCell::default() }
    }

    pub(super) fn error(&self, field: impl Into<String>, reason: impl Into<String>, mend: impl Into<String>) {
        self.add(Severity::Error, field, reason, mend);
    }

    pub(super) fn warning(&self, field: impl Into<String>, reason: impl Into<String>, mend: impl Into<String>) {
        self.add(Severity::Warning, field, reason, mend);
    }

    fn add(&self, severity: Severity, field: impl Into<String>, reason: impl Into<String>, mend: impl Into<String>) {
        let (file, field) = (self.file.clone(), field.into());
        self.found.borrow_mut().push(Diagnostic { severity, file, field, reason: reason.into(), mend: mend.into() });
    }

    /// All findings, in the order met.
    pub(super) fn into_found(self) -> Vec<Diagnostic> {
        self.found.into_inner()
    }
}

/// True where nothing in `found` forbids an import.
pub fn importable(found: &[Diagnostic]) -> bool {
    found.iter().all(|d| d.severity != Severity::Error)
}
