//! Which duties a grant bears, for whom, and until when. Pure.

use kernel::{Due, Moment, Period, PeriodUnit, WorkCalendar};
use serde_json::json;
use store::Unit;

use super::clock;
use super::record::{DUTY, Duty, DutyState};
use crate::access::{Desk, mask_name};
use crate::approval::Granted;
use crate::catalog::{COMMITMENT_CHECK, Catalog, Duty as Rule, Supervisor};

/// The reactor: the duties of a grant, as rows of its own transaction.
pub fn on_granted(desk: &Desk<'_>, granted: &Granted<'_>) -> Unit {
    let committed = granted.case.form.as_object().is_some_and(|form| granted.item.is_committed(form));
    // Where nothing was promised there is no promise to check.
    let born_here = |rule: &&Rule| committed || rule.kind != COMMITMENT_CHECK;
    granted.item.duties.iter().filter(born_here).fold(desk.unit(), |unit, rule| {
        let duty = born(desk, granted, rule);
        unit.insert(&DUTY, duty.values()).count(format!("duty/{}/{}", duty.agency, duty.kind), 1)
    })
}

fn born(desk: &Desk<'_>, granted: &Granted<'_>, rule: &Rule) -> Duty {
    let case = granted.case;
    let now = case.decided_at.unwrap_or(case.filed_at);
    let calendar = granted.catalog.calendar();
    let mut duty = Duty {
        shard: case.shard.clone(),
        id: desk.id(),
        version: 1,
        case_id: case.id,
        case_number: case.number.clone(),
        licence_id: granted.licence.map(|l| l.id),
        item: case.item.clone(),
        kind: rule.kind.clone(),
        subject_name: mask_name(case.applicant_kind, &case.applicant_name),
        agency: supervisor(granted, rule),
        region: region(granted, rule),
        what: json!(rule.what),
        basis: rule.basis.zh.clone(),
        grade: rule.attested.grade.letter().to_owned(),
        state: DutyState::Pushed,
        born_at: now,
        push_due_at: now,
        claim_due_at: end_of(&rule.claim, now, calendar),
        action_due_at: rule.first_action.as_ref().and_then(|within| end_far_ahead(within, now, calendar)),
        granting_agency: Some(case.answering_agency().to_owned()),
        rule: Some(rule.id.clone()),
        item_version: Some(case.item_version.clone()),
        claimed_at: None,
        claimed_by: None,
        claimed_name: None,
        acted_at: None,
        feedback_due_at: None,
        ended_at: None,
        feedback: None,
        next_at: None,
    };
    duty.next_at = clock::next(&duty, granted.catalog, now);
    duty
}

/// The limits of a duty worked out again from the item that bore it: claim and first action, as they stood at its birth. None
/// where the item's version is not known any more.
pub(super) fn limits_again(duty: &Duty, catalog: &Catalog) -> Option<(Option<Moment>, Option<Moment>)> {
    let item = catalog.item_version(&duty.item, duty.item_version.as_deref()?)?;
    let rule = item.duties.iter().find(|rule| Some(&rule.id) == duty.rule.as_ref())?;
    let calendar = catalog.calendar();
    let action = rule.first_action.as_ref().and_then(|within| end_far_ahead(within, duty.born_at, calendar));
    Some((end_of(&rule.claim, duty.born_at, calendar), action))
}

/// Until when a finding is told back, from now on: as the item says; none where nobody knows.
pub(super) fn feedback_due(duty: &Duty, catalog: &Catalog, now: Moment) -> Option<Moment> {
    let item = catalog.item_version(&duty.item, duty.item_version.as_deref()?)?;
    let rule = item.duties.iter().find(|rule| Some(&rule.id) == duty.rule.as_ref())?;
    end_of(&rule.feedback, now, catalog.calendar())
}

/// The agency that must look: the one named, or the nearest with the role, upward from the region a fact names; where
/// nobody has the role, the agency that granted keeps the duty itself.
fn supervisor(granted: &Granted<'_>, rule: &Rule) -> String {
    let found = match &rule.supervisor {
        Supervisor::Agency(id) => Some(id.clone()),
        Supervisor::Role { role, .. } => {
            granted.catalog.agency_with_role(role, &region(granted, rule)).map(|a| a.id.clone())
        }
    };
    found.unwrap_or_else(|| granted.case.deciding_agency.clone())
}

fn region(granted: &Granted<'_>, rule: &Rule) -> String {
    let of_fact = match &rule.supervisor {
        Supervisor::Agency(_) => None,
        Supervisor::Role { region_fact, .. } => granted.inputs.value(region_fact).and_then(|v| v.as_str()),
    };
    of_fact.unwrap_or(&granted.case.region).to_owned()
}

/// Like [`end_of`], for what may lie in a year whose calendar is not out yet: days, months and years end there on a day that
/// is known but for holidays, which could only move it back. Working days cannot be counted without one.
pub(super) fn end_far_ahead(period: &Period, start: Moment, calendar: &WorkCalendar) -> Option<Moment> {
    let last = match period.due_known(start.date(), calendar, &[]).ok()? {
        Due::On(day) => day,
        Due::NotBefore { day, .. } if period.unit != PeriodUnit::WorkingDay => day,
        Due::NotBefore { .. } => return None,
    };
    Some(Moment::start_of(last.tomorrow().ok()?))
}

/// The first moment after the period; none where the calendar does not reach: nothing is guessed.
pub(super) fn end_of(period: &Period, start: Moment, calendar: &WorkCalendar) -> Option<Moment> {
    let last = period.due(start.date(), calendar, &[]).ok()?;
    Some(Moment::start_of(last.tomorrow().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_in_a_year_without_a_calendar_has_a_day_and_a_count_of_working_days_has_none() {
        let (source, grade) = ("test".to_owned(), kernel::Grade::D);
        let year = kernel::YearTable { year: 2026, source, grade, holidays: Vec::new() };
        let calendar = WorkCalendar::new([year]).unwrap();
        let start: Moment = "2026-11-24T03:20:00+08:00".parse().unwrap();
        for (n, unit, end) in [
            (1, PeriodUnit::Year, Some("2027-11-25")),
            (3, PeriodUnit::Month, Some("2027-02-25")),
            (10, PeriodUnit::WorkingDay, Some("2026-12-09")),
            (60, PeriodUnit::WorkingDay, None),
        ] {
            let found = end_far_ahead(&Period::at_most(n, unit), start, &calendar);
            assert_eq!(found.map(|m| m.date().to_string()), end.map(str::to_owned), "{n} {unit:?}");
        }
        assert_eq!(end_of(&Period::at_most(3, PeriodUnit::Month), start, &calendar), None);
    }
}
