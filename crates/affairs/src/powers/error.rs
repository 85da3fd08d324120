//! What can go wrong in this room, sorted by who can mend it.

use kernel::{Date, Text};
use store::{CommitError, Conflict, Fault};

use super::columns::BadCell;
use super::decide::Refusal;

/// Why an act was not carried out. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum PowerError {
    /// There is none, or it is somebody else's: the two look the same.
    #[error("not found")]
    NotFound,
    /// Who acts may see it, but may not do this.
    #[error("{}", .0.en)]
    Forbidden(Text),
    /// The sheet has bad cells; all of them are here.
    #[error("{} bad cell(s); nothing was imported", .0.len())]
    Sheet(Vec<BadCell>),
    /// A version of this list from this day is published: it never changes.
    #[error("the list {list} has a version from {from} already, and a published version never changes")]
    Published {
        /// The list.
        list: String,
        /// Its first day.
        from: Date,
    },
    /// What is asked of the list itself is wrong.
    #[error("{}", .0.en)]
    Misstated(Text),
    /// The flow does not allow the step, or its fields need mending: everything at once.
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

impl From<CommitError> for PowerError {
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
