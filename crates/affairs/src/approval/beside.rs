//! What a room above writes with a party's act that somebody of the staff takes in for him: the same act, by the same way
//! through the rules, and in the same unit who stood behind the counter.

use kernel::Id;
use serde_json::Value as Json;
use store::{CommitError, Leaf, Unit};

use super::desk::Desk;
use super::error::ApprovalError;
use super::record::Case;
use super::settle::event;
use super::waiting::unproved;
use crate::access::Signature;

/// What goes with a party's act.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// The account that sends the request: whose idempotency key it is.
    pub account: Id,
    /// The rows of the room above, for the case as it will be stored; it may still say no. The flag says whether the log can
    /// sign: else leaves are owed ([`owe_leaf`](super::owe_leaf)).
    pub rows: &'a (dyn Fn(&Case, bool) -> Result<Unit, ApprovalError> + Sync),
}

/// The unit of a party's act with what goes beside it.
pub(super) fn joined(
    unit: Unit,
    beside: Option<&Beside<'_>>,
    (case, proved): (&Case, bool),
) -> Result<Unit, ApprovalError> {
    match beside {
        Some(beside) => Ok(unit.and((beside.rows)(case, proved)?)),
        None => Ok(unit),
    }
}

/// A line of a case's story by a room above that acts in the same unit, with its particulars.
pub fn note_told(desk: &Desk<'_>, case: &Case, (kind, detail): (&str, Json), by: &Signature) -> Unit {
    event(desk, case, kind, by, detail, desk.base.now())
}

/// Commits an act that decides nothing with its leaf; while nothing can be signed the leaf is owed.
///
/// # Errors
/// As committing a unit.
pub async fn commit_owing(desk: &Desk<'_>, unit: Unit, leaf: Leaf) -> Result<(), ApprovalError> {
    match desk.store().commit(unit.clone().leaf(leaf.clone())).await {
        Err(CommitError::NoEvidence { .. }) => {
            desk.store().commit(unproved::owe(desk, unit, leaf, desk.base.now())).await?;
        }
        done => drop(done?),
    }
    Ok(())
}
