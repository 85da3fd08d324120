//! What can go wrong in this room, sorted by who can mend it.

use kernel::Text;
use store::{CommitError, Conflict, Fault};

use crate::catalog::FieldError;

/// Why nothing was done with a ticket or an appointment.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// There is none, or it is somebody else's: the two look the same.
    #[error("not found")]
    NotFound,
    /// Fields to mend, all at once.
    #[error("{} field(s) to mend", .0.len())]
    Form(Vec<FieldError>),
    /// The place is closed now, or gives no tickets.
    #[error("{}", .0.en)]
    Closed(Text),
    /// Who acts may not do this here, and is told why.
    #[error("{}", .0.en)]
    Forbidden(Text),
    /// How things stand does not allow it, and this is why.
    #[error("{}", .0.en)]
    NotAllowed(Text),
    /// Somebody was faster: look again.
    #[error("changed by someone else in the meantime; look again")]
    Changed,
    /// The idempotency key was used for something else.
    #[error("this idempotency key belongs to a different request")]
    KeyReused,
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl TicketError {
    /// A number of no case that the officer may name.
    pub fn no_case() -> Self {
        let message =
            Text::new("没有这个编号的办件，或者您看不到它", "there is no case of this number that you may see");
        Self::field("/case", "not_found", message)
    }

    /// One field to mend.
    pub(super) fn field(pointer: &str, code: &str, message: Text) -> Self {
        Self::Form(vec![FieldError { pointer: pointer.to_owned(), code: code.to_owned(), message }])
    }

    pub(super) fn not_allowed(zh: &str, en: &str) -> Self {
        Self::NotAllowed(Text::new(zh, en))
    }
}

impl From<CommitError> for TicketError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(Conflict::KeyReused) => Self::KeyReused,
            CommitError::Conflict(_) => Self::Changed,
            // No ticket has a leaf; what is added to a case's story has none either.
            CommitError::NoEvidence { why } => {
                Self::Fault(Fault::Misuse(format!("a ticket asked for evidence: {why}")))
            }
            CommitError::Stopped => Self::Fault(Fault::Stopped),
            CommitError::Fault(fault) => Self::Fault(fault),
        }
    }
}
