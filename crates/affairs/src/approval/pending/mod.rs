//! A decision between the signature and the door. An officer signs; for some seconds (`undo` of `procedure.toml`) the
//! decision stays in the house and may be taken back; then it leaves: only now there is a decision, a leaf of it, a licence,
//! a message. Where the item wants two officers (Administrative Licensing Law, article 34) it waits before that for the
//! second one's concurrence.
//!
//! What is signed is a row, so a crash loses nothing; it leaves in the unit that takes the row away, so it leaves once. It
//! stands for the case as it was signed: whatever happens to the case meanwhile (withdrawn, granted by law, a commitment
//! taken back), or to the officer (his right taken, a tie declared), it does not leave, and he is told why; what he wrote
//! comes back to him.
//!
//! The machine's own grants never pass here.

mod leave;
mod record;

use evidence::canonical::Salt;
use kernel::{Id, Moment, Text};
use serde_json::{Value as Json, json};
use store::{CommitError, Fault, Store, Unit};

pub use leave::{leave_due, leave_now};
use record::PENDING;

use super::desk::Desk;
use super::error::ApprovalError;
use super::record::{self as cases, CASE, Case};
use super::ruling::RulingDraft;
use super::settle::event;
use super::state::Ruling;
use super::waiting::unproved;
use super::{leaf, recusal};
use crate::access::{Actor, Right};
use crate::catalog::{FieldError, Item};

/// A decision that has been signed and has not left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The case.
    pub case: Id,
    /// What was decided.
    pub ruling: Ruling,
    /// Why.
    pub reasons: String,
    /// Who signed: account …
    pub officer: Id,
    /// … and name.
    pub officer_name: String,
    /// When.
    pub made_at: Moment,
    /// Whether it takes a second officer.
    pub needs_second: bool,
    /// The second officer, once he concurred.
    pub second: Option<Second>,
    /// When it leaves; none while it waits for the second officer.
    pub leaves_at: Option<Moment>,
    shard: String,
    version: i64,
    case_version: i64,
}

/// The second officer of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Second {
    /// His account.
    pub account: Id,
    /// His name.
    pub name: String,
    /// When he concurred.
    pub at: Moment,
}

impl Pending {
    /// Whether this officer signed it, as the first or the second.
    pub fn is_of(&self, account: Id) -> bool {
        self.officer == account || self.second.as_ref().is_some_and(|second| second.account == account)
    }

    /// Whether it waits for the second officer.
    pub fn waits_for_second(&self) -> bool {
        self.needs_second && self.second.is_none()
    }
}

/// What is signed and has not left of a case.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn pending(store: &Store, case: Id) -> Result<Option<Pending>, Fault> {
    record::of_case(store, case).await
}

/// Whether this ruling on a case of this item takes two officers.
pub(super) fn takes_two(item: &Item, ruling: Ruling) -> bool {
    item.two_officers.is_some() && matches!(ruling, Ruling::Grant | Ruling::Refuse)
}

/// Nothing else may be done to a case while a decision on it is at the door.
pub(super) async fn none_at_the_door(desk: &Desk<'_>, case: &Case) -> Result<(), ApprovalError> {
    match record::of_case(desk.store(), case.id).await? {
        Some(pending) => Err(ApprovalError::Forbidden(Text::new(
            format!("{}已经签署决定，正等待送出；先收回决定，才能办理别的", pending.officer_name),
            format!("{} has signed a decision that is about to leave; take it back first", pending.officer_name),
        ))),
        None => Ok(()),
    }
}

/// How long a decision may be taken back; milliseconds.
pub(super) fn undo_ms(desk: &Desk<'_>) -> i64 {
    desk.catalog.procedure().map_or(0, |p| i64::from(p.undo.seconds) * 1_000)
}

/// When a decision signed now leaves: after its time, but not after a limit that it still keeps.
fn leaves_at(desk: &Desk<'_>, case: &Case, now: Moment) -> Moment {
    let limits = [case.committed_due_at, case.statutory_due_at, case.tacit_due_at].into_iter().flatten();
    let kept = limits.map(|due| due.plus_ms(-1)).filter(|last| *last >= now);
    kept.chain([now.plus_ms(undo_ms(desk))]).min().unwrap_or(now)
}

/// The unit by which an officer signs: nothing is decided yet. The case takes a new version, so that nobody acts on what
/// he saw before. `read` holds what the decision looked at.
pub(super) fn sign(
    desk: &Desk<'_>,
    item: &Item,
    (case, actor): (&Case, &Actor),
    (draft, read): (&RulingDraft<'_>, Unit),
) -> Result<Unit, ApprovalError> {
    let (now, signature) = (desk.base.now(), actor.signature());
    let needs_second = takes_two(item, draft.ruling);
    let Some(officer) = signature.account else { return Err(ApprovalError::NotFound) };
    let pending = Pending {
        case: case.id,
        ruling: draft.ruling,
        reasons: draft.reasons.trim().to_owned(),
        officer,
        officer_name: signature.name.clone(),
        made_at: now,
        needs_second,
        second: None,
        leaves_at: (!needs_second).then(|| leaves_at(desk, case, now)),
        shard: case.shard.clone(),
        version: 1,
        case_version: case.version + 1,
    };
    let private = json!({ "ruling": pending.ruling.word(), "reasons": pending.reasons, "by": signature });
    let detail = json!({ "ruling": pending.ruling.word(), "leaves_at": pending.leaves_at, "second": needs_second });
    let written = leaf_of(desk, "case.ruling_signed", case, &private)?;
    let unit = desk.base.unit().update(&CASE, case.key(), case.version, vec![("state", case.state.word().into())]);
    Ok(unit
        .insert(&PENDING, pending.values())
        .leaf(written)
        .and(read)
        .and(event(desk, case, "ruling_signed", &signature, detail, now))
        .and(unproved::forget_ruling(desk, officer, case)))
}

fn leaf_of(desk: &Desk<'_>, kind: &'static str, case: &Case, private: &Json) -> Result<store::Leaf, Fault> {
    leaf::leaf(kind, case, &json!({ "at": desk.base.now() }), private, &Salt::generate(desk.base.entropy))
}

/// An officer who signed takes the decision back before it leaves. What he wrote comes back to him.
///
/// # Errors
/// [`ApprovalError::NotAllowed`] where nothing is at the door any more; [`ApprovalError::Forbidden`] where others signed it.
pub async fn undo(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<(), ApprovalError> {
    let (case, pending) = at_the_door(desk, actor, id).await?;
    if !actor.account().is_some_and(|account| pending.is_of(account)) {
        return Err(ApprovalError::Forbidden(Text::new(
            format!("决定由{}签署，只有签署人可以收回", pending.officer_name),
            format!("{} signed it: only who signed may take it back", pending.officer_name),
        )));
    }
    let (now, signature) = (desk.base.now(), actor.signature());
    let private = json!({ "by": signature, "ruling": pending.ruling.word(), "reasons": pending.reasons });
    let written = leaf_of(desk, "case.ruling_undone", &case, &private)?;
    let detail = json!({ "ruling": pending.ruling.word() });
    let unit = taken_back(desk, &pending).and(event(desk, &case, "ruling_undone", &signature, detail, now));
    match desk.store().commit(unit.clone().leaf(written.clone())).await {
        // That nothing leaves must not hang on the log.
        Err(CommitError::NoEvidence { .. }) => {
            desk.store().commit(unproved::owe(desk, unit, written, now)).await?;
        }
        Err(CommitError::Conflict(_)) => return Err(ApprovalError::NotAllowed(case.state)),
        done => drop(done?),
    }
    Ok(())
}

/// Takes the row away, and keeps what its officer wrote.
fn taken_back(desk: &Desk<'_>, pending: &Pending) -> Unit {
    desk.base
        .unit()
        .expect(&PENDING, pending.key(), pending.version)
        .delete(&PENDING, pending.key())
        .and(unproved::ruling_kept(desk, pending.officer, (pending.case, pending.ruling, &pending.reasons)))
}

/// The second officer concurs: from now on the decision may leave.
///
/// # Errors
/// [`ApprovalError::Forbidden`] where the same officer signed, or the second must stay away from the case;
/// [`ApprovalError::NotAllowed`] where no decision waits for a second officer.
pub async fn concur(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<(), ApprovalError> {
    let (case, pending, account) = for_second(desk, actor, id).await?;
    let (now, signature) = (desk.base.now(), actor.signature());
    let leaves_at = leaves_at(desk, &case, now);
    let private = json!({ "by": signature, "ruling": pending.ruling.word() });
    let written = leaf_of(desk, "case.ruling_concurred", &case, &private)?;
    let changes = vec![
        ("second", account.into()),
        ("second_name", (&signature.name).into()),
        ("second_at", now.into()),
        ("leaves_at", leaves_at.into()),
        ("next_at", leaves_at.into()),
    ];
    let detail = json!({ "ruling": pending.ruling.word(), "leaves_at": leaves_at });
    let unit = desk
        .base
        .unit()
        .update(&PENDING, pending.key(), pending.version, changes)
        .expect(&CASE, case.key(), pending.case_version)
        .leaf(written)
        .and(event(desk, &case, "ruling_concurred", &signature, detail, now));
    desk.store().commit(unit).await?;
    if undo_ms(desk) == 0 {
        leave::leave(desk, id).await?;
    }
    Ok(())
}

/// The second officer does not concur, and says why: the case is undecided as before, and both opinions stay in its story.
///
/// # Errors
/// As [`concur`]; [`ApprovalError::Form`] where no reason is given.
pub async fn differ(desk: &Desk<'_>, actor: &Actor, id: Id, reasons: &str) -> Result<(), ApprovalError> {
    let (case, pending, _) = for_second(desk, actor, id).await?;
    let reasons = reasons.trim();
    if !super::ruling::are_reasons(reasons) {
        let message =
            Text::new("请写明不同意的理由（4 至 4000 字）", "say why you do not concur (4 to 4000 characters)");
        let error = FieldError { pointer: "/opinion".into(), code: "reasons.length".into(), message };
        return Err(ApprovalError::Form(vec![error]));
    }
    let (now, signature) = (desk.base.now(), actor.signature());
    let private = json!({ "by": signature, "ruling": pending.ruling.word(), "reasons": reasons });
    let written = leaf_of(desk, "case.ruling_differed", &case, &private)?;
    let detail = json!({ "ruling": pending.ruling.word(), "reasons": reasons });
    let story = event(desk, &case, "ruling_differed", &signature, detail, now);
    desk.store().commit(taken_back(desk, &pending).leaf(written).and(story)).await?;
    Ok(())
}

/// A decision that waits for a second officer, and this officer as the one.
async fn for_second(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<(Case, Pending, Id), ApprovalError> {
    let (case, pending) = at_the_door(desk, actor, id).await?;
    let Some(account) = actor.account().filter(|_| pending.waits_for_second()) else {
        return Err(ApprovalError::NotAllowed(case.state));
    };
    if pending.is_of(account) {
        return Err(ApprovalError::Forbidden(Text::new(
            "第二名工作人员不能是签署人本人",
            "the second officer is not the one who signed",
        )));
    }
    if !may_concur(actor, &case) {
        return Err(ApprovalError::Forbidden(Text::new("您的岗位不能复核本件", "your post may not verify this case")));
    }
    recusal::refuse(desk, actor, &case).await?;
    Ok((case, pending, account))
}

/// Whose post lets him stand beside the officer who signed: whoever decides or prepares there.
pub fn may_concur(actor: &Actor, case: &Case) -> bool {
    case.allows(actor, Right::DecideCase) || case.allows(actor, Right::HandleCase)
}

/// A case the officer may see with what is at its door.
async fn at_the_door(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<(Case, Pending), ApprovalError> {
    let case = cases::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    if !case.allows(actor, Right::ViewCase) {
        return Err(ApprovalError::NotFound);
    }
    let pending = record::of_case(desk.store(), id).await?;
    let pending = pending.ok_or(ApprovalError::NotAllowed(case.state))?;
    Ok((case, pending))
}
