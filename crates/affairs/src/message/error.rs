//! What can go wrong with contacts, sorted by who can mend it.

use kernel::{Moment, Text};
use store::{CommitError, Conflict, Fault};

/// Why something about a contact was not done. Nothing of it was written, but a wrong code counts.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// There is no such contact.
    #[error("not found")]
    NotFound,
    /// Nobody carries messages of this channel here.
    #[error("this channel is not offered")]
    NotOffered,
    /// A field to mend.
    #[error("{field}: {}", .reason.en)]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong and how to mend it.
        reason: Text,
    },
    /// A code was asked for a moment ago, or too many were.
    #[error("ask for the next code later")]
    TooSoon {
        /// When the next may be asked for.
        retry_at: Moment,
    },
    /// The code is not this one; a new one is needed when nothing is left.
    #[error("this is not the code; {left} tries are left")]
    WrongCode {
        /// Tries that are left for this code.
        left: i64,
    },
    /// The code is too old, or none was asked for.
    #[error("this code can no longer be used; ask for a new one")]
    NoCode,
    /// Somebody changed it in the meantime: read again.
    #[error("changed by someone else in the meantime; look again")]
    Changed,
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<CommitError> for MessageError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(Conflict::Missing { .. }) => Self::NotFound,
            CommitError::Conflict(_) => Self::Changed,
            // Nothing here has a leaf.
            CommitError::NoEvidence { why } => Self::Fault(Fault::Misuse(why)),
            CommitError::Stopped => Self::Fault(Fault::Stopped),
            CommitError::Fault(fault) => Self::Fault(fault),
        }
    }
}
