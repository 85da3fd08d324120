//! What the law itself does when an office is silent: an application counts as accepted when no notice went out in time
//! (Administrative Licensing Law, article 32), a renewal as granted when nobody decided before the licence ended
//! (article 50). The clock calls both; what is done twice finds nothing left to do.

mod record;

use evidence::canonical::Salt;
use kernel::{Date, Id, Moment, Text};
use serde_json::json;
use store::Unit;

use super::acts::item_of;
use super::desk::Desk;
use super::error::ApprovalError;
use super::filing::run_now;
use super::leaf;
use super::record::{self as cases, CASE, Case};
use super::settle::{Maker, Settlement, event, machine};
use super::state::State;
use super::waiting::consent;
use crate::access::Signature;
use crate::catalog::{Inputs, Item, MessageKind};
use crate::message::{self, NewMessage};

/// When the law grants a renewal that nobody has decided: the first moment after the licence's last day. None where the
/// item knows no such renewal, the day is not known, the application came too late for it, or the agency did not hold it on
/// that day.
pub(super) fn tacit_due(desk: &Desk<'_>, item: &Item, case: &Case, inputs: &Inputs) -> Option<Moment> {
    let tacit = item.tacit_renewal.as_ref()?;
    let expiry: Date = inputs.date(&tacit.expiry)?;
    let applied = case.filed_at.date();
    let latest = match &tacit.applied {
        Some(before) => before.back_from(expiry, desk.catalog.calendar()).ok()?,
        None => expiry,
    };
    let due = Moment::start_of(expiry.tomorrow().unwrap_or(expiry));
    let received = case.received_at.is_none_or(|at| at < due);
    // Who was mending when the licence ended had kept the agency waiting, and not the other way about.
    let held = case.corrections == 0 || desk.base.now() < due;
    (applied <= latest && received && held).then_some(due)
}

/// How the law signs: nobody acted.
pub(super) fn law() -> Signature {
    Signature { kind: "law".to_owned(), name: "法律规定（视为）".to_owned(), ..machine() }
}

/// Grants every renewal whose licence has ended without a decision. Gives how many were granted; a case that cannot be
/// granted now (a register or the log does not answer) is told in the operator's log and tried again.
///
/// # Errors
/// A fault of the database.
pub async fn renew_by_law(desk: &Desk<'_>) -> Result<usize, ApprovalError> {
    let mut granted = 0;
    for case in record::cases_renewed(desk.store(), desk.base.now()).await? {
        match renewed(desk, case.id).await {
            Ok(()) => granted += 1,
            // Somebody decided in the same moment.
            Err(ApprovalError::Changed | ApprovalError::NotAllowed(_)) => {}
            Err(ApprovalError::Fault(fault)) if !matches!(fault, store::Fault::Misuse(_)) => return Err(fault.into()),
            Err(error) => tracing::warn!(case = case.number, %error, "a renewal by law could not be written yet"),
        }
    }
    Ok(granted)
}

async fn renewed(desk: &Desk<'_>, id: Id) -> Result<(), ApprovalError> {
    let case = cases::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    let now = desk.base.now();
    let Some(due) = case.tacit_due_at.filter(|due| *due <= now) else {
        return Err(ApprovalError::NotAllowed(case.state));
    };
    let item = item_of(desk, &case)?;
    let run = run_now(desk, &item, &case, consent(&case), now).await?;
    let accepted = accepted_on(desk, &case).await?;
    let runs_before = cases::runs(desk.store(), id).await?;
    let maker = Maker::Law { reasons: reasons(due), accepted, from: due.date() };
    let settlement =
        Settlement { desk, item: &item, stored_version: Some(case.version), case, run, maker, now, runs_before };
    let (_, unit) = settlement.unit().await?;
    desk.store().commit(unit).await?;
    Ok(())
}

/// The inputs on which the case was accepted: the licence's last day stands in them even where no register answers today.
async fn accepted_on(desk: &Desk<'_>, case: &Case) -> Result<Inputs, ApprovalError> {
    let decisions = cases::decisions(desk.store(), case.id).await?;
    let newest = decisions.last().and_then(|d| serde_json::from_value(d.inputs.clone()).ok());
    Ok(newest.unwrap_or_default())
}

fn reasons(due: Moment) -> String {
    let last = due.plus_ms(-1).date();
    format!(
        "许可有效期于{}年{}月{}日届满，届满前没有作出决定，依照《中华人民共和国行政许可法》第五十条视为准予延续。",
        last.year(),
        last.month(),
        last.day()
    )
}

/// Writes down that applications count as accepted because no notice went out in time: as of the day of receipt. Gives how
/// many; one that cannot be written now waits for the next turn.
///
/// # Errors
/// A fault of the database.
pub async fn accept_by_law(desk: &Desk<'_>) -> Result<usize, ApprovalError> {
    let mut accepted = 0;
    for case in record::cases_unanswered(desk.store(), desk.base.now()).await? {
        let (number, unit) = (case.number.clone(), silence(desk, case)?);
        match desk.store().commit(unit).await.map_err(ApprovalError::from) {
            Ok(_) => accepted += 1,
            Err(ApprovalError::Changed | ApprovalError::NoEvidence(_)) => {}
            Err(ApprovalError::Fault(fault)) => return Err(fault.into()),
            Err(error) => tracing::warn!(case = number, %error, "an acceptance by law could not be written yet"),
        }
    }
    Ok(accepted)
}

/// A case that waited, before somebody looks at it again: where the time for a notice went by meanwhile, it was accepted by
/// then, and that is written down first.
pub(super) async fn accepted_first(desk: &Desk<'_>, case: Case) -> Result<Case, ApprovalError> {
    let late = case.received_at.is_some() && case.notice_due_at.is_some_and(|due| desk.base.now() >= due);
    if !late || case.accepted_at.is_some() {
        return Ok(case);
    }
    let id = case.id;
    desk.store().commit(silence(desk, case)?).await?;
    cases::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)
}

fn silence(desk: &Desk<'_>, mut case: Case) -> Result<Unit, ApprovalError> {
    let (version, now) = (case.version, desk.base.now());
    case.accepted_at = case.received_at;
    let item = item_of(desk, &case)?;
    let public = json!({ "at": now, "accepted_at": case.accepted_at });
    let salt = Salt::generate(desk.base.entropy);
    let written = leaf::leaf("case.accepted_by_law", &case, &public, &json!({}), &salt)?;
    let detail = json!({ "accepted_at": case.accepted_at });
    let unit = desk.base.unit().update(&CASE, case.key(), version, case.changes()).leaf(written);
    let unit = unit.and(event(desk, &case, "accepted_by_law", &law(), detail, now));
    Ok(message::add(unit, &told(desk, &item, &case)))
}

fn told(desk: &Desk<'_>, item: &Item, case: &Case) -> NewMessage {
    let (name, number) = (&item.name, &case.number);
    NewMessage {
        id: desk.base.id(),
        party: case.applicant,
        kind: MessageKind::Progress,
        title: Text::new(format!("{}：视为已受理", name.zh), format!("{}: accepted by law", name.en)),
        body: Text::new(
            format!("办件编号 {number}。法定期限内没有发出补正通知，自收到申请之日起视为受理，您不用做什么。"),
            format!(
                "Case {number}. No notice went out in time: it counts as accepted from the day of receipt. You need do nothing."
            ),
        ),
        link: Some(format!("/cases/{number}")),
        case: Some(case.id),
        at: desk.base.now(),
    }
}

/// Too late for a correction notice: the application counts as accepted.
pub(super) fn too_late_to_notice(case: &Case, now: Moment) -> bool {
    case.corrections == 0 && case.notice_due_at.is_some_and(|due| now >= due)
}

/// Does the law renew this case when nobody decides it?
pub(super) const fn awaits_law(state: State) -> bool {
    matches!(state, State::InReview | State::SpecialStep)
}
