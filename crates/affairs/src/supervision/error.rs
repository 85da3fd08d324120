//! What can go wrong in this room, sorted by who can mend it.

use kernel::Text;
use store::{CommitError, Conflict, Fault};

use crate::approval::ApprovalError;
use crate::catalog::FieldError;
use crate::powers::Refusal;

/// Why an act on a duty, an inspection or an annulment was not taken. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum SupervisionError {
    /// There is none, or it is somebody else's: the two look the same.
    #[error("not found")]
    NotFound,
    /// Fields to mend, all at once.
    #[error("{} field(s) to mend", .0.len())]
    Form(Vec<FieldError>),
    /// It stands where this cannot be done any more, or not yet.
    #[error("{}", .0.en)]
    NotAllowed(Text),
    /// Who acts may see it, but may not do this, and is told why.
    #[error("{}", .0.en)]
    Forbidden(Text),
    /// The device was said to be lost: it gets no key, and nothing is taken from it.
    #[error("the device was said to be lost")]
    DeviceLost,
    /// The flow of an annulment does not allow the step: everything at once.
    #[error("the flow does not allow this now")]
    Refused(Refusal),
    /// Somebody changed it in the meantime: read again.
    #[error("changed by someone else in the meantime; look again")]
    Changed,
    /// Nothing is recorded while the log cannot sign.
    #[error("acts wait until the log can sign again: {0}")]
    NoEvidence(String),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl SupervisionError {
    /// Stands where this cannot be done.
    pub(super) fn not_allowed(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::NotAllowed(Text::new(zh, en))
    }

    /// May not do this.
    pub(super) fn forbidden(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Forbidden(Text::new(zh, en))
    }
}

impl From<CommitError> for SupervisionError {
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

impl From<ApprovalError> for SupervisionError {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::Fault(fault) => Self::Fault(fault),
            ApprovalError::NoEvidence(why) => Self::NoEvidence(why),
            ApprovalError::Changed => Self::Changed,
            _ => Self::NotFound,
        }
    }
}
