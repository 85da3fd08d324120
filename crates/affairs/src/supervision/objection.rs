//! The inspected objects to a result; an officer who was not there answers, and what was wrong is taken back.

use store::Unit;

use super::error::SupervisionError;
use super::inspect::{acted, changed, inspection_file, no_checklist, terms};
use super::inspection::record;
use super::inspection::{Inspection, InspectionState};
use super::ledger::said;
use super::{tally, told};
use crate::access::{Actor, MandateAct, Right, Signature};
use crate::approval::Desk;
use crate::credit;
use crate::message;

/// The inspected objects to the result: once, within the limit.
///
/// # Errors
/// [`SupervisionError::NotFound`] for anybody else; [`SupervisionError::NotAllowed`] after the limit or a second time.
pub async fn object(desk: &Desk<'_>, actor: &Actor, number: &str, text: &str) -> Result<Inspection, SupervisionError> {
    let now = desk.base.now();
    let mut inspection = inspection_file(desk.store(), actor, (number, now)).await?.inspection;
    if !inspection.is_of(actor, MandateAct::File, now.date()) {
        return Err(SupervisionError::NotFound);
    }
    if inspection.appealed_at.is_some() {
        return Err(SupervisionError::not_allowed("您已经提出过异议", "you have objected already"));
    }
    if !inspection.state.is_public() || inspection.appeal_due_at.is_none_or(|due| due <= now) {
        return Err(SupervisionError::not_allowed(
            "提出异议的期限已过。您仍可以依法申请行政复议或者提起行政诉讼。",
            "the time for an objection is over; administrative review and a lawsuit remain open",
        ));
    }
    inspection.appeal = Some(said("/appeal", text)?);
    inspection.appealed_at = Some(now);
    let unit = changed(desk, &inspection)?.and(acted(desk, &inspection, ("objected", &actor.signature(), ""))?);
    desk.store().commit(unit).await?;
    inspection.version += 1;
    Ok(inspection)
}

/// An officer who was not there answers the objection. Upheld, the result is taken back: it is public no more.
///
/// # Errors
/// [`SupervisionError::Forbidden`] for the two who inspected, and for whoever does not decide for the agency.
pub async fn answer(
    desk: &Desk<'_>,
    actor: &Actor,
    (number, version): (&str, i64),
    (upheld, text): (bool, &str),
) -> Result<Inspection, SupervisionError> {
    let now = desk.base.now();
    let mut inspection = inspection_file(desk.store(), actor, (number, now)).await?.inspection;
    let account = actor.account();
    let was_there = account.is_some() && (account == Some(inspection.lead) || account == inspection.second);
    if !inspection.allows(actor, Right::DecideCase) || was_there {
        return Err(SupervisionError::forbidden(
            "异议由没有参加检查的审批人员或负责人答复",
            "an approver or the head who was not there answers an objection",
        ));
    }
    if inspection.version != version {
        return Err(SupervisionError::Changed);
    }
    if !inspection.appeal_is_open() {
        return Err(SupervisionError::not_allowed("没有待答复的异议", "there is no objection to answer"));
    }
    let text = said("/answer", text)?;
    inspection.appeal_answer = Some(text.clone());
    inspection.appeal_upheld = Some(upheld);
    inspection.answered_at = Some(now);
    let mut unit = desk.base.unit();
    if upheld {
        let terms = terms(desk)?;
        let checklist = terms.checklist_of(&inspection.checklist).ok_or_else(no_checklist)?;
        unit = tally::counted(desk, unit, (&inspection, checklist), -1).await?;
        inspection.state = InspectionState::SetAside;
        inspection.published_at = None;
        let withdrawn = (&actor.signature(), inspection.number.as_str());
        unit = unit.and(credit::withdrawn(&desk.base, inspection.id, withdrawn).await?);
        unit = unit.and(without_order(desk, &inspection, &actor.signature()).await?);
    }
    let did = if upheld { "upheld" } else { "dismissed" };
    unit = unit.and(changed(desk, &inspection)?).and(acted(desk, &inspection, (did, &actor.signature(), &text))?);
    desk.store().commit(message::add(unit, &told::answered(desk, &inspection))).await?;
    inspection.version += 1;
    Ok(inspection)
}

/// What was set aside orders nothing: the visit that was to look at it again is called off.
async fn without_order(desk: &Desk<'_>, inspection: &Inspection, by: &Signature) -> Result<Unit, SupervisionError> {
    let mut unit = desk.base.unit();
    let all = record::inspections_of(desk.store(), inspection.case_id).await?;
    for mut next in all.into_iter().filter(|i| i.recheck_of == Some(inspection.id) && i.state.is_open()) {
        next.state = InspectionState::Ceased;
        unit = unit.and(changed(desk, &next)?).and(acted(desk, &next, ("ceased", by, &inspection.number))?);
    }
    Ok(unit)
}
