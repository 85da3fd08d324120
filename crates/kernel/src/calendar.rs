//! Which days the government works: Monday to Friday, less the days off and plus the make-up working days that the
//! State Council sets by a notice every year.
//!
//! The days are data (`catalog/calendars/YEAR.toml`), never a formula. A year that has no table is an error that says
//! so: a deadline guessed across an unpublished holiday would be wrong without anybody noticing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use serde::{Deserialize, Serialize};

use crate::{Grade, Text};

/// One year as it stands in `catalog/calendars/YEAR.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearTable {
    /// The calendar year all dates of this table lie in.
    pub year: i16,
    /// Where the days come from.
    pub source: String,
    /// How well the source is attested.
    pub grade: Grade,
    /// The year's holidays.
    #[serde(default, rename = "holiday")]
    pub holidays: Vec<Holiday>,
}

/// One holiday: its days off (weekends inside it included) and the days worked to make up for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The holiday's name.
    pub name: Text,
    /// Days off.
    #[serde(default)]
    pub off: Vec<Date>,
    /// Saturdays and Sundays that are worked.
    #[serde(default)]
    pub work: Vec<Date>,
}

/// What a day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// An ordinary Monday to Friday.
    Workday,
    /// An ordinary Saturday or Sunday.
    Weekend,
    /// A day off by the yearly notice.
    Holiday,
    /// A Saturday or Sunday worked by the yearly notice.
    MakeUp,
}

impl DayKind {
    /// Whether the government works on such a day.
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Workday | Self::MakeUp)
    }
}

/// One day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day<'a> {
    /// The civil date in China.
    pub date: Date,
    /// What the day is.
    pub kind: DayKind,
    /// The holiday it belongs to; none for an ordinary day.
    pub name: Option<&'a Text>,
}

/// What is wrong with a calendar, or what it cannot answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// No table for this year.
    #[error(
        "no work calendar for {year} (there are tables for {have}); import {year} once the State Council has published it"
    )]
    NoTable {
        /// The year asked for.
        year: i16,
        /// The years that have a table, like `2016-2026`.
        have: String,
    },
    /// Two tables for one year.
    #[error("two tables for {0}; keep one")]
    TwoTables(i16),
    /// A date outside its table's year.
    #[error("{date} stands in the table of {year}; move it to its own year")]
    OtherYear {
        /// The date.
        date: Date,
        /// The table's year.
        year: i16,
    },
    /// A date named twice.
    #[error("{0} is named twice; a day is off or worked, once")]
    Twice(Date),
    /// A make-up working day that is a weekday anyway.
    #[error("{0} is no Saturday or Sunday, so it cannot be a make-up working day")]
    NoWeekend(Date),
    /// The clock is still stopped, so there is no due date yet.
    #[error("the period has been stopped since {since}; its last day is known when the stop ends")]
    Stopped {
        /// The first stopped day.
        since: Date,
    },
    /// Later than the year 9999.
    #[error("the period ends outside the years 1 to 9999")]
    OutOfRange,
}

impl CalendarError {
    /// The sentence for a page.
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::NoTable { year, have } => {
                format!("还没有{year}年的工作日历（现有：{have}）。国务院公布放假安排后，请导入{year}年的日历。")
            }
            Self::TwoTables(year) => format!("{year}年有两份日历，请只保留一份。"),
            Self::OtherYear { date, year } => format!("{date}写在了{year}年的日历里，请移到它所属的年份。"),
            Self::Twice(date) => format!("{date}写了两次；一天要么放假，要么上班，只写一次。"),
            Self::NoWeekend(date) => format!("{date}不是周六、周日，不能作为调休上班日。"),
            Self::Stopped { since } => format!("期限自{since}起中止，中止结束后才能算出到期日。"),
            Self::OutOfRange => "期限的到期日超出了公元1年至9999年。".to_owned(),
        };
        Text::new(zh, self.to_string())
    }
}

/// The work calendar of all years that have a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkCalendar {
    years: BTreeSet<i16>,
    special: BTreeMap<Date, (DayKind, usize)>,
    names: Vec<Text>,
}

impl WorkCalendar {
    /// Builds the calendar; refuses tables that contradict themselves or each other.
    pub fn new(tables: impl IntoIterator<Item = YearTable>) -> Result<Self, CalendarError> {
        let mut calendar = Self::default();
        for table in tables {
            if !calendar.years.insert(table.year) {
                return Err(CalendarError::TwoTables(table.year));
            }
            for holiday in table.holidays {
                calendar.add(table.year, holiday)?;
            }
        }
        Ok(calendar)
    }

    fn add(&mut self, year: i16, holiday: Holiday) -> Result<(), CalendarError> {
        let name = self.names.len();
        self.names.push(holiday.name);
        let off = holiday.off.into_iter().map(|date| (date, DayKind::Holiday));
        let work = holiday.work.into_iter().map(|date| (date, DayKind::MakeUp));
        for (date, kind) in off.chain(work) {
            if date.year() != year {
                return Err(CalendarError::OtherYear { date, year });
            }
            if kind == DayKind::MakeUp && !is_weekend(date) {
                return Err(CalendarError::NoWeekend(date));
            }
            if self.special.insert(date, (kind, name)).is_some() {
                return Err(CalendarError::Twice(date));
            }
        }
        Ok(())
    }

    /// The years that have a table, ascending.
    pub fn years(&self) -> impl DoubleEndedIterator<Item = i16> + '_ {
        self.years.iter().copied()
    }

    /// What the day is.
    pub fn day(&self, date: Date) -> Result<Day<'_>, CalendarError> {
        self.require(date.year())?;
        Ok(match self.special.get(&date) {
            Some(&(kind, name)) => Day { date, kind, name: self.names.get(name) },
            None if is_weekend(date) => Day { date, kind: DayKind::Weekend, name: None },
            None => Day { date, kind: DayKind::Workday, name: None },
        })
    }

    /// All days of a year, in order.
    pub fn year(&self, year: i16) -> Result<Vec<Day<'_>>, CalendarError> {
        self.require(year)?;
        date(year, 1, 1).series(1.day()).take_while(|d| d.year() == year).map(|d| self.day(d)).collect()
    }

    /// Whether the government works on this day.
    pub fn is_working(&self, date: Date) -> Result<bool, CalendarError> {
        Ok(self.day(date)?.kind.is_working())
    }

    /// The first working day on or after `date`.
    pub fn working_on_or_after(&self, date: Date) -> Result<Date, CalendarError> {
        let mut day = date;
        while !self.is_working(day)? {
            day = next_day(day)?;
        }
        Ok(day)
    }

    /// How many working days lie after `from`, up to and including `to`; 0 when `to` is not later.
    pub fn working_days_between(&self, from: Date, to: Date) -> Result<u32, CalendarError> {
        let (mut day, mut count) = (from, 0);
        while day < to {
            day = next_day(day)?;
            count += u32::from(self.is_working(day)?);
        }
        Ok(count)
    }

    fn require(&self, year: i16) -> Result<(), CalendarError> {
        if self.years.contains(&year) {
            return Ok(());
        }
        Err(CalendarError::NoTable { year, have: spans(&self.years) })
    }
}

/// The day after; an error at the end of the year 9999.
pub(crate) fn next_day(date: Date) -> Result<Date, CalendarError> {
    date.tomorrow().map_err(|_| CalendarError::OutOfRange)
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// `2016-2026, 2028`: the years in as few words as possible.
fn spans(years: &BTreeSet<i16>) -> String {
    let mut runs: Vec<(i16, i16)> = Vec::new();
    for &year in years {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == year => *last = year,
            _ => runs.push((year, year)),
        }
    }
    let words = runs.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") });
    let words = words.collect::<Vec<_>>().join(", ");
    if words.is_empty() { "—".to_owned() } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(year: i16, off: &[Date], work: &[Date]) -> YearTable {
        let name = Text::new("国庆节", "National Day");
        let holidays = vec![Holiday { name, off: off.to_vec(), work: work.to_vec() }];
        YearTable { year, source: "test".into(), grade: Grade::D, holidays }
    }

    #[test]
    fn a_holiday_rests_and_its_make_up_day_works() {
        let c = WorkCalendar::new([table(2017, &[date(2017, 10, 2)], &[date(2017, 9, 30)])]).unwrap();
        let kinds = [(date(2017, 10, 2), DayKind::Holiday), (date(2017, 9, 30), DayKind::MakeUp)];
        for (day, kind) in kinds {
            let found = c.day(day).unwrap();
            assert_eq!((found.kind, found.name.unwrap().zh.as_str()), (kind, "国庆节"));
        }
        assert_eq!(c.day(date(2017, 10, 7)).unwrap().kind, DayKind::Weekend);
        assert_eq!(c.day(date(2017, 10, 3)).unwrap().kind, DayKind::Workday);
        assert_eq!(c.year(2017).unwrap().len(), 365);
        assert_eq!(c.working_on_or_after(date(2017, 10, 1)).unwrap(), date(2017, 10, 3));
        assert_eq!(c.working_days_between(date(2017, 9, 29), date(2017, 10, 3)).unwrap(), 2);
        assert_eq!(c.working_days_between(date(2017, 9, 29), date(2017, 9, 1)).unwrap(), 0);
    }

    #[test]
    fn a_year_without_a_table_is_an_error_that_says_so() {
        let c = WorkCalendar::new([table(2016, &[], &[]), table(2017, &[], &[]), table(2019, &[], &[])]).unwrap();
        let error = c.is_working(date(2018, 5, 1)).unwrap_err();
        assert_eq!(error, CalendarError::NoTable { year: 2018, have: "2016-2017, 2019".into() });
        assert!(error.text().zh.contains("还没有2018年的工作日历"));
        assert!(c.working_on_or_after(date(2017, 12, 31)).is_err(), "the walk may not leave the known years");
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let d = date(2017, 10, 2);
        let cases = [
            (vec![table(2017, &[], &[]), table(2017, &[], &[])], CalendarError::TwoTables(2017)),
            (vec![table(2016, &[d], &[])], CalendarError::OtherYear { date: d, year: 2016 }),
            (vec![table(2017, &[d, d], &[])], CalendarError::Twice(d)),
            (vec![table(2017, &[date(2017, 9, 30)], &[date(2017, 9, 30)])], CalendarError::Twice(date(2017, 9, 30))),
            (vec![table(2017, &[], &[d])], CalendarError::NoWeekend(d)),
        ];
        for (tables, error) in cases {
            assert_eq!(WorkCalendar::new(tables).unwrap_err(), error);
        }
    }
}
