//! The clocks of a case: until when a notice, a correction, a decision is due, in the unit the law says.
//!
//! A limit ends with its last day (Civil Code, article 203: at close of business; the online counter does not close), so
//! a due moment is the first of the following day. Where the work calendar of a year is not published yet nothing is
//! guessed: there is no due date, and the doctor and the case say so.

use kernel::{CalendarError, Date, Moment, Period, PeriodUnit, Stop, WorkCalendar};

use super::record::Case;
use crate::catalog::{Catalog, Item};

/// When a case's limits end; `None` where the calendar does not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) notice: Option<Moment>,
    pub(super) committed: Option<Moment>,
    pub(super) statutory: Option<Moment>,
}

/// The last day of a limit that began on `from`, stood still in `stops` and was extended by so many working days.
///
/// # Errors
/// A [`CalendarError`] where the work calendar does not reach.
pub fn last_day(
    period: &Period,
    from: Date,
    (calendar, stops): (&WorkCalendar, &[Stop]),
    extended_days: Option<u32>,
) -> Result<Date, CalendarError> {
    let last = period.due(from, calendar, stops)?;
    match extended_days {
        None => Ok(last),
        Some(days) => Period::at_most(days, PeriodUnit::WorkingDay).due(last, calendar, stops),
    }
}

/// The limits of a case received at `received`, whose clock stood still in `stops`.
pub(super) fn limits(
    item: &Item,
    (received, extended_days): (Moment, Option<u32>),
    catalog: &Catalog,
    stops: &[Stop],
) -> Limits {
    let end = |period: &Period, stops: &[Stop], extended: Option<u32>| {
        let last = last_day(period, received.date(), (catalog.calendar(), stops), extended).ok()?;
        Some(Moment::start_of(last.tomorrow().unwrap_or(last)))
    };
    Limits {
        notice: catalog.procedure().and_then(|p| end(&p.notice.period, &[], None)),
        committed: end(&item.committed_limit().period, stops, None),
        statutory: end(&item.statutory_limit.period, stops, extended_days),
    }
}

/// Puts the limits of a received case right after a stop of its clock began or ended.
pub(super) fn stand_still(catalog: &Catalog, item: &Item, case: &mut Case, stops: &[Stop]) {
    let Some(received) = case.received_at else { return };
    let limits = limits(item, (received, case.extended_days), catalog, stops);
    case.committed_due_at = limits.committed;
    case.statutory_due_at = limits.statutory;
}

/// Until when the applicant may mend what a notice of `sent` names.
pub(super) fn correction(sent: Moment, catalog: &Catalog) -> Option<Moment> {
    end_of(&catalog.procedure()?.correction.period, sent, catalog.calendar()).ok()
}

/// The first moment after `period` that began on the day of `start`.
pub(super) fn end_of(period: &Period, start: Moment, calendar: &WorkCalendar) -> Result<Moment, CalendarError> {
    let last = period.due(start.date(), calendar, &[])?;
    Ok(Moment::start_of(last.tomorrow().unwrap_or(last)))
}
