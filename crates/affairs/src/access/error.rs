//! What can go wrong in this room, sorted by who can mend it.

use kernel::{Moment, Text};
use store::{CommitError, Conflict, Fault};

/// One field that has to be mended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldFault {
    /// The field's name.
    pub field: &'static str,
    /// What is wrong and how to mend it.
    pub reason: Text,
}

/// Why an act on an account, a session or a mandate was not carried out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AccessError {
    /// There is none, or it is somebody else's: the two look the same.
    #[error("not found")]
    NotFound,
    /// The officer's rights do not reach there.
    #[error("your rights do not reach there")]
    NotAllowed,
    /// Name or password wrong, or too many failures: the two look the same until `retry_at`.
    #[error("sign-in refused")]
    SignInRefused {
        /// When the next try will be looked at; `None`: at once.
        retry_at: Option<Moment>,
    },
    /// The link is unknown, too old, or was used.
    #[error("this link can no longer be used; ask for a new one")]
    LinkInvalid,
    /// Fields to mend, all at once.
    #[error("{} field(s) to mend", .0.len())]
    Invalid(Vec<FieldFault>),
    /// Somebody changed it in the meantime: read again.
    #[error("changed by someone else in the meantime; look again")]
    Changed,
    /// The act must be logged, and nothing can be signed now.
    #[error("acts on accounts wait until the log can sign again: {0}")]
    NoEvidence(String),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AccessError {
    /// One field to mend.
    pub(super) fn field(field: &'static str, zh: &str, en: &str) -> Self {
        Self::Invalid(vec![FieldFault { field, reason: Text::new(zh, en) }])
    }
}

impl From<CommitError> for AccessError {
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
