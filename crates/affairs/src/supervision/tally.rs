//! What an inspection counts as: for the machine's own error rate, and for the holder's credit.

use store::{Fault, Unit};

use super::inspection::{FindingResult, Inspection, InspectionState};
use super::record::Duty;
use super::terms::Checklist;
use crate::approval::{self, Desk};
use crate::catalog::COMMITMENT_CHECK;
use crate::credit::{self, NewEvent};

/// Counts what was found on lines that look at a condition of the item: the machine's own error rate.
pub(super) async fn counted(
    desk: &Desk<'_>,
    unit: Unit,
    (inspection, checklist): (&Inspection, &Checklist),
    by: i64,
) -> Result<Unit, Fault> {
    let file = approval::story(desk.store(), inspection.case_id).await?;
    let maker = file.and_then(|file| file.decisions.last().map(|d| d.maker.clone())).unwrap_or_default();
    let looked = inspection.findings.iter().filter(|f| f.result != FindingResult::Apart);
    Ok(looked.fold(unit, |unit, found| {
        let condition = checklist.lines.iter().find(|line| line.id == found.line).map(|line| &line.condition);
        match condition.filter(|id| !id.is_empty()) {
            Some(id) => unit.count(format!("found/{}/{id}/{maker}/{}", inspection.item, found.result.word()), by),
            None => unit,
        }
    }))
}

/// The rows of its credit event, where it counts as one.
pub(super) fn credited(desk: &Desk<'_>, inspection: &Inspection, duty: Option<&Duty>) -> Result<Unit, Fault> {
    let Some(kind) = counts_as(inspection, duty) else { return Ok(desk.base.unit()) };
    let event = NewEvent {
        party: inspection.holder,
        kind,
        item: &inspection.item,
        agency: &inspection.agency,
        region: &inspection.region,
        origin: inspection.id,
        number: &inspection.number,
    };
    credit::recorded(&desk.base, &event)
}

/// What an inspection counts as for the holder's credit: nothing found on a first visit speaks for him, an order not followed
/// against him; an order by itself is none.
fn counts_as(inspection: &Inspection, duty: Option<&Duty>) -> Option<&'static str> {
    let promise = duty.is_some_and(|duty| duty.kind == COMMITMENT_CHECK);
    match (inspection.state, inspection.recheck_of.is_some()) {
        (InspectionState::Passed, false) if promise => Some("promise_kept"),
        (InspectionState::Passed, false) => Some("inspection_clean"),
        (InspectionState::Failed, _) => Some("inspection_failed"),
        _ => None,
    }
}
