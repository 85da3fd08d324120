//! What can go wrong in this room, sorted by who can mend it.

use kernel::Text;
use store::{CommitError, Conflict, Fault};

use crate::approval::ApprovalError;
use crate::catalog::FieldError;

/// Why a rating, or an act on one, was not taken. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum RatingError {
    /// There is none, or it is somebody else's: the two look the same.
    #[error("not found")]
    NotFound,
    /// The case is not decided yet.
    #[error("the case is not decided yet")]
    NotDecided,
    /// The case ended without an act of the agency that could be rated.
    #[error("there is nothing of the agency's to rate")]
    NothingToRate,
    /// It was rated before: each case once.
    #[error("this case was rated already")]
    RatedAlready,
    /// Fields to mend, all at once.
    #[error("{} field(s) to mend", .0.len())]
    Form(Vec<FieldError>),
    /// The rating stands where this cannot be done any more, or not yet.
    #[error("the rating does not allow this now")]
    NotAllowed,
    /// Who acts may see the rating, but may not do this, and is told why.
    #[error("{}", .0.en)]
    Forbidden(Text),
    /// Somebody changed it in the meantime: read again.
    #[error("changed by someone else in the meantime; look again")]
    Changed,
    /// What is said about others is logged, and nothing can be signed now.
    #[error("ratings wait until the log can sign again: {0}")]
    NoEvidence(String),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<CommitError> for RatingError {
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

impl From<ApprovalError> for RatingError {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::Fault(fault) => Self::Fault(fault),
            _ => Self::NotFound,
        }
    }
}
