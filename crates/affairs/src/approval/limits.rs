//! The clocks of a case: until when a notice, a correction, a decision is due, in the unit the law says.
//!
//! A limit ends with its last day (Civil Code, article 203: at close of business; the online counter does not close), so
//! a due moment is the first of the following day. Where the work calendar of a year is not published yet nothing is
//! guessed: there is no due date, and the doctor and the case say so.

use kernel::{CalendarError, Moment, Period, PeriodKind, PeriodUnit, WorkCalendar};

use crate::catalog::Item;

/// One notice names everything to mend, on the spot or within five working days (Administrative Licensing Law, articles
/// 32 and 82; grade A); after that the application counts as accepted.
const NOTICE: Period = Period { n: 5, unit: PeriodUnit::WorkingDay, kind: PeriodKind::AtMost };

/// How long an applicant may take to mend; ours (grade D), as the law names no number.
const CORRECTION: Period = Period { n: 30, unit: PeriodUnit::CalendarDay, kind: PeriodKind::AtMost };

/// When a case's limits end; `None` where the calendar does not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) notice: Option<Moment>,
    pub(super) committed: Option<Moment>,
    pub(super) statutory: Option<Moment>,
}

/// The limits of a case received at `received`.
pub(super) fn limits(item: &Item, received: Moment, calendar: &WorkCalendar) -> Limits {
    let end = |period: &Period| end_of(period, received, calendar).ok();
    Limits {
        notice: end(&NOTICE),
        committed: end(&item.committed_limit().period),
        statutory: end(&item.statutory_limit.period),
    }
}

/// Until when the applicant may mend what a notice of `sent` names.
pub(super) fn correction(sent: Moment, calendar: &WorkCalendar) -> Option<Moment> {
    end_of(&CORRECTION, sent, calendar).ok()
}

/// The first moment after `period` that began on the day of `start`.
pub(super) fn end_of(period: &Period, start: Moment, calendar: &WorkCalendar) -> Result<Moment, CalendarError> {
    let last = period.due(start.date(), calendar, &[])?;
    Ok(Moment::start_of(last.tomorrow().unwrap_or(last)))
}
