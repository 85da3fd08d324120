//! What can go wrong in this room, sorted by who can mend it. A refusal of the case itself is no error but an outcome.

use kernel::{Id, Text};
use store::{CommitError, Fault};

use super::state::State;
use crate::catalog::FieldError;

/// Why an act on a case was not carried out. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// There is none, or it is somebody else's: the two look the same.
    #[error("not found")]
    NotFound,
    /// No such item, or it is not in force on this day.
    #[error("item {0} is not offered on this day")]
    NotOffered(String),
    /// Fields to mend, all at once.
    #[error("{} field(s) to mend", .0.len())]
    Form(Vec<FieldError>),
    /// The applicant has an open case for this item already.
    #[error("there is an open case already: {number}")]
    AlreadyOpen {
        /// Its id.
        id: Id,
        /// Its number.
        number: String,
    },
    /// The case stands where this cannot be done any more, or not yet.
    #[error("a case that is {} does not allow this", .0.word())]
    NotAllowed(State),
    /// Who acts may see the case, but may not do this, and is told why.
    #[error("{}", .0.en)]
    Forbidden(Text),
    /// Somebody changed it in the meantime: read again.
    #[error("changed by someone else in the meantime; look again")]
    Changed,
    /// The idempotency key was used for something else.
    #[error("this idempotency key belongs to a different request")]
    KeyReused,
    /// Nothing is decided while the log cannot sign. Filing that needs no decision goes on.
    #[error("decisions wait until the log can sign again: {0}")]
    NoEvidence(String),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<CommitError> for ApprovalError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(store::Conflict::KeyReused) => Self::KeyReused,
            CommitError::Conflict(_) => Self::Changed,
            CommitError::NoEvidence { why } => Self::NoEvidence(why),
            CommitError::Stopped => Self::Fault(Fault::Stopped),
            CommitError::Fault(fault) => Self::Fault(fault),
        }
    }
}
