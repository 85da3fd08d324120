//! Periods: a number, its unit, and whether it is the longest or the shortest time allowed; and the day they end.
//!
//! A bare "20 days" decides nothing: the Licensing Law counts working days (art. 82), most other acts count calendar
//! days unless they say otherwise, and a public notice of "at least 20 days" must not be cut short by a rule made for
//! deadlines. So the three always travel together.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

use crate::calendar::next_day;
use crate::{CalendarError, Text, WorkCalendar};

/// What a period counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodUnit {
    /// Days the government works, by the [`WorkCalendar`].
    WorkingDay,
    /// Every day.
    #[serde(alias = "day")]
    CalendarDay,
    /// Months: the same day of the month, or the month's last day where that day is missing (Civil Code 202).
    Month,
    /// Years: the same date, 28 February for 29 February (Civil Code 202).
    Year,
}

/// Whether a period is a ceiling or a floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    /// A limit: it must be done by its last day. A last day on a holiday rolls to the next working day.
    AtMost,
    /// A waiting time: it may not be done before its last day has passed. It does not roll.
    AtLeast,
}

/// A period as law and catalogue state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// How many units; 0 is the same day.
    pub n: u32,
    /// What is counted.
    pub unit: PeriodUnit,
    /// Ceiling or floor.
    pub kind: PeriodKind,
}

/// Whether the day at one end of a stop counts toward the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopEnd {
    /// The day stands still like the days inside the stop.
    #[default]
    Stopped,
    /// The day counts.
    Counted,
}

/// A period's last day, as far as the published calendars tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// The last day.
    On(Date),
    /// The last day hangs on a year whose calendar is not published yet; it is this day or a later one.
    NotBefore {
        /// The earliest day it can be: safe for a reminder, never for calling somebody late.
        day: Date,
        /// The year whose calendar is missing.
        missing_year: i16,
    },
}

/// A time in which the period stands still (Licensing Law 45: hearing, inspection, appraisal, expert review …). By
/// default it begins with the day of the written notice and ends with the day the result arrives, both standing still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stop {
    /// The day the written notice is issued.
    pub from: Date,
    /// The day the result arrives; none while the clock still stands.
    pub to: Option<Date>,
    /// Whether the first day stands still.
    #[serde(default)]
    pub first: StopEnd,
    /// Whether the last day stands still.
    #[serde(default)]
    pub last: StopEnd,
}

impl Stop {
    /// A stop from the day of the notice to the day of the result, both standing still.
    pub const fn between(from: Date, to: Date) -> Self {
        Self { from, to: Some(to), first: StopEnd::Stopped, last: StopEnd::Stopped }
    }

    /// A stop that has not ended.
    pub const fn since(from: Date) -> Self {
        Self { from, to: None, first: StopEnd::Stopped, last: StopEnd::Stopped }
    }

    /// Whether the clock stands still on `day`.
    pub fn covers(&self, day: Date) -> bool {
        let after_start = day > self.from || (day == self.from && self.first == StopEnd::Stopped);
        let before_end = match self.to {
            None => true,
            Some(to) => day < to || (day == to && self.last == StopEnd::Stopped),
        };
        after_start && before_end
    }
}

impl Period {
    /// A limit of `n` units.
    pub const fn at_most(n: u32, unit: PeriodUnit) -> Self {
        Self { n, unit, kind: PeriodKind::AtMost }
    }

    /// A waiting time of `n` units.
    pub const fn at_least(n: u32, unit: PeriodUnit) -> Self {
        Self { n, unit, kind: PeriodKind::AtLeast }
    }

    /// The period's last day. The start day is not counted (Civil Code 201); days on which the clock stands still are
    /// not counted; a limit whose last day is a day off ends on the next working day (Civil Code 203), a waiting time
    /// does not roll. A year without a table is an error wherever its days matter.
    pub fn due(&self, start: Date, calendar: &WorkCalendar, stops: &[Stop]) -> Result<Date, CalendarError> {
        let walk = Walk { calendar, stops };
        let last = match self.unit {
            PeriodUnit::WorkingDay => walk.working(start, self.n)?,
            PeriodUnit::CalendarDay => walk.running(start, self.n)?,
            PeriodUnit::Month | PeriodUnit::Year => {
                let length = start.until(self.raw(start)?).map_err(|_| CalendarError::OutOfRange)?.get_days();
                walk.running(start, length.unsigned_abs())?
            }
        };
        match self.kind {
            PeriodKind::AtLeast => Ok(last),
            PeriodKind::AtMost => walk.roll(last),
        }
    }

    /// As [`Period::due`], but a year without a table gives the earliest day the period can end instead of an error:
    /// for reminders of what lies far ahead.
    pub fn due_known(&self, start: Date, calendar: &WorkCalendar, stops: &[Stop]) -> Result<Due, CalendarError> {
        let missing_year = match self.due(start, calendar, stops) {
            Err(CalendarError::NoTable { year, .. }) => year,
            other => return other.map(Due::On),
        };
        let day = match self.unit {
            // Every known working day before that year was counted and was not enough.
            PeriodUnit::WorkingDay => start.max(Date::new(missing_year, 1, 1).unwrap_or(start)),
            _ => Self { kind: PeriodKind::AtLeast, ..*self }.due(start, calendar, stops)?,
        };
        Ok(Due::NotBefore { day, missing_year })
    }

    /// The day that lies this period before `end`, counted back, `end` not counted: "apply 30 days before it ends".
    /// It does not roll: whoever acts on an earlier day is never late.
    pub fn back_from(&self, end: Date, calendar: &WorkCalendar) -> Result<Date, CalendarError> {
        if self.unit != PeriodUnit::WorkingDay {
            return end.checked_sub(self.span()).map_err(|_| CalendarError::OutOfRange);
        }
        let (mut day, mut left) = (end, self.n);
        while left > 0 {
            day = day.yesterday().map_err(|_| CalendarError::OutOfRange)?;
            left -= u32::from(calendar.is_working(day)?);
        }
        Ok(day)
    }

    /// 20个工作日 / 20 working days.
    pub fn text(&self) -> Text {
        let plural = if self.n == 1 { "" } else { "s" };
        let (zh, en) = match self.unit {
            PeriodUnit::WorkingDay => ("个工作日", "working day"),
            PeriodUnit::CalendarDay => ("日", "calendar day"),
            PeriodUnit::Month => ("个月", "month"),
            PeriodUnit::Year => ("年", "year"),
        };
        Text::new(format!("{}{zh}", self.n), format!("{} {en}{plural}", self.n))
    }

    fn span(&self) -> Span {
        let n = i64::from(self.n);
        match self.unit {
            PeriodUnit::WorkingDay | PeriodUnit::CalendarDay => Span::new().days(n.min(MOST_DAYS)),
            PeriodUnit::Month => n.min(MOST_DAYS).months(),
            PeriodUnit::Year => n.min(MOST_YEARS).years(),
        }
    }

    fn raw(&self, start: Date) -> Result<Date, CalendarError> {
        start.checked_add(self.span()).map_err(|_| CalendarError::OutOfRange)
    }
}

/// More than any law says, and still inside what a span can hold: beyond it the sum is out of range anyway.
const MOST_DAYS: i64 = 100_000;
const MOST_YEARS: i64 = 10_000;

/// Days walked one by one, past the stops.
struct Walk<'a> {
    calendar: &'a WorkCalendar,
    stops: &'a [Stop],
}

impl Walk<'_> {
    fn working(&self, start: Date, n: u32) -> Result<Date, CalendarError> {
        let (mut day, mut left) = (start, n);
        while left > 0 {
            day = self.step(day)?;
            left -= u32::from(self.calendar.is_working(day)?);
        }
        Ok(day)
    }

    fn running(&self, start: Date, n: u32) -> Result<Date, CalendarError> {
        let mut day = start;
        for _ in 0..n {
            day = self.step(day)?;
        }
        Ok(day)
    }

    /// The first working day on or after `day` on which the clock runs.
    fn roll(&self, day: Date) -> Result<Date, CalendarError> {
        let mut day = day;
        while !self.calendar.is_working(day)? {
            day = self.step(day)?;
        }
        Ok(day)
    }

    /// The next day on which the clock runs.
    fn step(&self, day: Date) -> Result<Date, CalendarError> {
        let mut day = next_day(day)?;
        while let Some(stop) = self.stops.iter().find(|stop| stop.covers(day)) {
            if stop.to.is_none() {
                return Err(CalendarError::Stopped { since: stop.from });
            }
            day = next_day(day)?;
        }
        Ok(day)
    }
}
