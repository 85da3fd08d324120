//! Somebody looks: a warning is taken on, or closed with what was done.

use kernel::Id;

use super::super::error::SupervisionError;
use super::super::ledger::said;
use super::record::{WARNING, Warning, WarningState, warning_for};
use crate::access::{Actor, Desk, Right};

/// What is done with a warning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// I look into it.
    Seen,
    /// It is done: what was found, and what follows.
    Handled,
}

impl Mark {
    /// Reads a form's word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "seen" => Some(Self::Seen),
            "handled" => Some(Self::Handled),
            _ => None,
        }
    }
}

/// Marks a warning. It says nothing about the holder by itself: what follows goes its own way.
///
/// # Errors
/// [`SupervisionError::NotFound`] beyond his scope; [`SupervisionError::NotAllowed`] where it is closed; [`SupervisionError::Form`]
/// where it is closed without a word.
pub async fn mark(
    desk: &Desk<'_>,
    actor: &Actor,
    (id, version): (Id, i64),
    (mark, note): (Mark, &str),
) -> Result<Warning, SupervisionError> {
    let mut warning = warning_for(desk.store, actor, id).await?.ok_or(SupervisionError::NotFound)?;
    let works = [Right::HandleDuty, Right::DecideCase, Right::HandleCase];
    if !works.into_iter().any(|right| warning.allows(actor, right)) {
        return Err(SupervisionError::forbidden("您的岗位只能查看预警", "your post may only see warnings"));
    }
    if warning.version != version {
        return Err(SupervisionError::Changed);
    }
    if !warning.state.is_open() {
        return Err(SupervisionError::not_allowed("预警已经办结", "it is closed"));
    }
    let by = actor.signature();
    warning.state = match mark {
        Mark::Seen => WarningState::Seen,
        Mark::Handled => {
            warning.note = said("/note", note)?;
            WarningState::Handled
        }
    };
    warning.owner = by.account;
    warning.owner_name = by.name;
    warning.changed_at = desk.now();
    let unit = desk.unit().update(&WARNING, warning.key(), warning.version, warning.changes()?);
    desk.store.commit(unit).await?;
    warning.version += 1;
    Ok(warning)
}
