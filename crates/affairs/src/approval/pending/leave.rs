//! A signed decision leaves the house, or does not and says why.

use kernel::{Id, Text};
use serde_json::json;
use store::{CommitError, Conflict};

use super::record::{self, PENDING};
use super::{Pending, at_the_door, taken_back};
use crate::access::{Actor, Right, Signature, StaffActor, staff};
use crate::approval::acts::item_of;
use crate::approval::desk::Desk;
use crate::approval::error::ApprovalError;
use crate::approval::filing::run_now;
use crate::approval::record::{self as cases, Case};
use crate::approval::recusal;
use crate::approval::ruling::{pieces_there, settlement};
use crate::approval::settle::{event, machine};
use crate::approval::state::Act;
use crate::approval::waiting::{consent, unproved};

/// How often a decision is tried again at once when registers change under it.
const TRIES: usize = 3;
/// When it is tried again where nothing can be signed, or the database is away; milliseconds.
const LATER_MS: i64 = 5_000;

/// Lets every decision leave whose time is over. Gives how many left or were found void; called by the clock.
///
/// # Errors
/// A fault of the database.
pub async fn leave_due(desk: &Desk<'_>) -> Result<usize, ApprovalError> {
    let mut done = 0;
    let due = record::due(desk.store(), desk.base.now()).await?;
    for pending in due.into_iter().chain(record::orphaned(desk.store()).await?) {
        match leave(desk, pending.case).await {
            Ok(_) => done += 1,
            Err(ApprovalError::NoEvidence(why)) => {
                tracing::warn!(why, "a decision waits at the door until the log can sign");
                later(desk, &pending).await?;
            }
            Err(ApprovalError::Fault(fault)) if !matches!(fault, store::Fault::Misuse(_)) => return Err(fault.into()),
            Err(error) => {
                tracing::warn!(case = %pending.case, %error, "a decision could not leave yet");
                later(desk, &pending).await?;
            }
        }
    }
    Ok(done)
}

async fn later(desk: &Desk<'_>, pending: &Pending) -> Result<(), ApprovalError> {
    let changes = vec![("next_at", desk.base.now().plus_ms(LATER_MS).into())];
    let unit = desk.base.unit().update(&PENDING, pending.key(), pending.version, changes);
    match desk.store().commit(unit).await {
        Ok(_) | Err(CommitError::Conflict(_)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// An officer who signed sends the decision off before its time.
///
/// # Errors
/// [`ApprovalError::NotAllowed`] where nothing is at the door, or it waits for the second officer; [`ApprovalError::Forbidden`]
/// where others signed it, or it may not leave: then it is void, and the reason is told.
pub async fn leave_now(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<Case, ApprovalError> {
    let (case, pending) = at_the_door(desk, actor, id).await?;
    if pending.waits_for_second() {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    if !actor.account().is_some_and(|account| pending.is_of(account)) {
        return Err(ApprovalError::Forbidden(Text::new("只有签署人可以提前送出", "only who signed may send it off")));
    }
    match leave(desk, id).await? {
        Left::Gone(case) => Ok(*case),
        Left::Void(why) => Err(ApprovalError::Forbidden(why)),
        Left::Nothing => Err(ApprovalError::NotAllowed(case.state)),
    }
}

/// What became of a decision at the door.
pub(in crate::approval) enum Left {
    /// It left: the case as decided.
    Gone(Box<Case>),
    /// It did not, for this reason, and is no decision.
    Void(Text),
    /// There was nothing at the door any more.
    Nothing,
}

/// Lets the decision on a case leave.
pub(in crate::approval) async fn leave(desk: &Desk<'_>, id: Id) -> Result<Left, ApprovalError> {
    for _ in 0..TRIES {
        let Some(pending) = record::of_case(desk.store(), id).await? else { return Ok(Left::Nothing) };
        let case = cases::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
        if pending.waits_for_second() && case.version == pending.case_version {
            return Ok(Left::Nothing);
        }
        if let Some(why) = hindrance(desk, &pending, &case).await? {
            return void(desk, &pending, &case, why).await;
        }
        match decided(desk, &pending, case.clone()).await {
            Ok(case) => return Ok(Left::Gone(Box::new(case))),
            // Registers moved, or the case or the row did: look again.
            Err(ApprovalError::Changed) => {}
            // The law, the quota or the calendar does not allow it any more.
            Err(ApprovalError::Forbidden(why)) => return void(desk, &pending, &case, why).await,
            Err(other) => return Err(other),
        }
    }
    Err(ApprovalError::Changed)
}

async fn decided(desk: &Desk<'_>, pending: &Pending, case: Case) -> Result<Case, ApprovalError> {
    let item = item_of(desk, &case)?;
    pieces_there(desk, &item, (&case, pending.ruling)).await?;
    let run = run_now(desk, &item, &case, consent(&case), desk.base.now()).await?;
    let signature = Signature {
        kind: "staff".to_owned(),
        account: Some(pending.officer),
        name: pending.officer_name.clone(),
        on_behalf: None,
        mandate: None,
    };
    let second = pending.second.as_ref().map(|second| (second.account, second.name.clone()));
    let signed = (signature, second, pending.ruling, pending.reasons.as_str());
    let (case, unit) = settlement(desk, &item, (case, run), signed).await?.unit().await?;
    let unit = unit
        .expect(&PENDING, pending.key(), pending.version)
        .delete(&PENDING, pending.key())
        .and(unproved::forget_ruling(desk, pending.officer, &case));
    desk.store().commit(unit).await?;
    Ok(case)
}

/// Why a decision does not leave: it was made about another case than there is now, or by somebody who may not any more.
async fn hindrance(desk: &Desk<'_>, pending: &Pending, case: &Case) -> Result<Option<Text>, ApprovalError> {
    if case.version != pending.case_version || case.state.after(Act::Officer(pending.ruling)).is_none() {
        return Ok(Some(Text::new(
            "送出之前案件发生了变化（例如申请人已经撤回），决定没有送出",
            "the case changed before the decision left (withdrawn, for example): it was not issued",
        )));
    }
    for (account, first) in signers(pending) {
        let actor = actor(desk, account).await?;
        let able = actor.as_ref().is_some_and(|actor| {
            if first { case.allows(actor, Right::DecideCase) } else { super::may_concur(actor, case) }
        });
        if !able {
            return Ok(Some(Text::new(
                "签署人的权限在送出之前已经收回，决定没有送出",
                "the officer's right was taken back before the decision left: it was not issued",
            )));
        }
        if recusal::tied(desk, account, case).await?.is_some() {
            return Ok(Some(Text::new(
                "签署人与当事人有关系，应当回避，决定没有送出",
                "the officer is tied to a party and must stay away: the decision was not issued",
            )));
        }
    }
    Ok(None)
}

fn signers(pending: &Pending) -> impl Iterator<Item = (Id, bool)> {
    [(pending.officer, true)].into_iter().chain(pending.second.as_ref().map(|second| (second.account, false)))
}

/// An officer with the rights he has now; none where he has left.
async fn actor(desk: &Desk<'_>, account: Id) -> Result<Option<Actor>, ApprovalError> {
    let Some(found) = staff::in_office(desk.store(), desk.base.shard, account).await? else { return Ok(None) };
    let scopes = staff::scopes(desk.store(), account).await?;
    Ok(Some(Actor::Staff(StaffActor { account, name: found.name, post: found.post, scopes })))
}

/// Takes the row away without a decision, and says why in the story of the case.
async fn void(desk: &Desk<'_>, pending: &Pending, case: &Case, why: Text) -> Result<Left, ApprovalError> {
    let detail = json!({ "ruling": pending.ruling.word(), "why": why, "officer": pending.officer_name });
    let story = event(desk, case, "ruling_void", &machine(), detail, desk.base.now());
    match desk.store().commit(taken_back(desk, pending).and(story)).await {
        Ok(_) => Ok(Left::Void(why)),
        Err(CommitError::Conflict(Conflict::Changed { .. } | Conflict::Missing { .. })) => Ok(Left::Nothing),
        Err(other) => Err(other.into()),
    }
}
