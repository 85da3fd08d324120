//! What can go wrong in this room, sorted by who can mend it.

use kernel::Text;
use store::{CommitError, Conflict, Fault};

use crate::catalog::FieldError;

/// Why an act was not carried out. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum WorkshopError {
    /// There is none, or it is out of reach: the two look the same.
    #[error("not found")]
    NotFound,
    /// Who acts may see it, but may not do this.
    #[error("{}", .0.en)]
    Forbidden(Text),
    /// Fields to mend, all at once.
    #[error("{} field(s) to mend", .0.len())]
    Form(Vec<FieldError>),
    /// Everything that keeps it from the step.
    #[error("{} thing(s) in the way", .0.len())]
    Hindered(Vec<Text>),
    /// Somebody changed it in the meantime: read again.
    #[error("changed by someone else in the meantime; look again")]
    Changed,
    /// Nothing is put in force while the log cannot sign.
    #[error("rules wait until the log can sign again: {0}")]
    NoEvidence(String),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<CommitError> for WorkshopError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(Conflict::Missing { .. }) => Self::NotFound,
            CommitError::Conflict(_) => Self::Changed,
            CommitError::NoEvidence { why } => Self::NoEvidence(why),
            CommitError::Stopped => Self::Fault(Fault::Stopped),
            CommitError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl WorkshopError {
    /// One thing in the way.
    pub(super) fn hindered(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Hindered(vec![Text { zh: zh.into(), en: en.into() }])
    }
}
