//! Dates, times and durations as the standard counts them: years of nine digits, days that exist, offsets and zones.
//!
//! Zones are resolved from the time zone tables compiled into the program, never from the machine's, so that a
//! decision replays the same on every machine.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Nanoseconds in a second.
pub(crate) const NANOS: i128 = 1_000_000_000;
/// Seconds in a day.
pub(crate) const DAY_SECONDS: i64 = 86_400;
const YEAR_LIMIT: i64 = 999_999_999;

/// A day of the proleptic Gregorian calendar, years -999999999 to 999999999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(
    /// Year, month and day side by side in a word, ordered as they are one after the other.
    i64,
);

/// The zone a time was given with.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Zone {
    /// None: a wall-clock time.
    Local,
    /// Seconds east of UTC.
    Offset(i32),
    /// A name of the time zone database, such as `Asia/Shanghai`.
    Named(Arc<str>),
}

/// A time of day.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Time {
    /// Nanoseconds since midnight.
    pub nanos: u64,
    /// Its zone.
    pub zone: Zone,
}

/// A date and a time of day.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct DateTime {
    /// The day.
    pub date: Date,
    /// The time of that day.
    pub time: Time,
}

/// A duration of days, hours, minutes and seconds, to the nanosecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct DaysTime {
    secs: i64,
    nanos: u32,
}

/// True for a leap year of the Gregorian calendar.
fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// The days of a month, 28 to 31.
pub(crate) fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Date {
    /// A day, or `None` when there is no such day (30 February, month 13).
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        if !(-YEAR_LIMIT..=YEAR_LIMIT).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        let month = u8::try_from(month).ok()?;
        let day = u8::try_from(day).ok()?;
        if day == 0 || day > days_in_month(year, month) {
            return None;
        }
        Some(Self::packed(year, month, day))
    }

    /// Parts that were looked at before.
    fn packed(year: i64, month: u8, day: u8) -> Self {
        Self((year << 16) | (i64::from(month) << 8) | i64::from(day))
    }

    /// The year.
    pub const fn year(self) -> i32 {
        (self.0 >> 16) as i32
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// The day of the month.
    pub const fn day(self) -> u8 {
        self.0 as u8
    }

    /// Days since 1970-01-01.
    pub fn epoch_days(self) -> i64 {
        // Counted in 400-year eras from March, so that the leap day is the last of its year.
        let y = i64::from(self.year()) - i64::from(self.month() <= 2);
        let era = y.div_euclid(400);
        let of_era = y.rem_euclid(400);
        let shifted = (i64::from(self.month()) + 9) % 12;
        let of_year = (153 * shifted + 2) / 5 + i64::from(self.day()) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// The day that many days after 1970-01-01; `None` beyond the years.
    pub fn from_epoch_days(days: i64) -> Option<Self> {
        let z = days.checked_add(719_468)?;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self::new(year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    /// The same day `months` later; the last day of the month where that day does not exist.
    pub fn plus_months(self, months: i64) -> Option<Self> {
        let count = (i64::from(self.year()) * 12 + i64::from(self.month()) - 1).checked_add(months)?;
        let year = count.div_euclid(12);
        if !(-YEAR_LIMIT..=YEAR_LIMIT).contains(&year) {
            return None;
        }
        let month = u8::try_from(count - year * 12 + 1).ok()?;
        // Every month has 28 days.
        let day = if self.day() > 28 { self.day().min(days_in_month(year, month)) } else { self.day() };
        Some(Self::packed(year, month, day))
    }

    /// The day on which that duration ends when it begins at midnight; `None` beyond the years.
    pub fn plus(self, span: DaysTime) -> Option<Self> {
        Self::from_epoch_days(self.epoch_days().checked_add(span.secs.div_euclid(DAY_SECONDS))?)
    }

    /// The duration from `other` to this day.
    pub fn since(self, other: Self) -> Option<DaysTime> {
        (self.epoch_days() - other.epoch_days()).checked_mul(DAY_SECONDS).map(DaysTime::from_secs)
    }

    /// Monday is 1, Sunday is 7.
    pub fn weekday(self) -> u8 {
        u8::try_from((self.epoch_days() + 3).rem_euclid(7)).unwrap_or(0) + 1
    }

    /// The day of the year, from 1.
    pub fn day_of_year(self) -> i64 {
        self.epoch_days() - Self::packed(i64::from(self.year()), 1, 1).epoch_days() + 1
    }

    /// The ISO 8601 week of the year, 1 to 53.
    pub fn week_of_year(self) -> i64 {
        // The week belongs to the year of its Thursday.
        let thursday = self.epoch_days() - i64::from(self.weekday()) + 4;
        Self::from_epoch_days(thursday).map_or(1, |d| (d.day_of_year() - 1) / 7 + 1)
    }

    /// From the house's calendar date.
    pub fn from_civil(d: kernel::Date) -> Self {
        Self::packed(i64::from(d.year()), d.month().unsigned_abs(), d.day().unsigned_abs())
    }

    /// The house's calendar date, within the years -9999 to 9999.
    pub fn to_civil(self) -> Option<kernel::Date> {
        kernel::Date::new(
            i16::try_from(self.year()).ok()?,
            i8::try_from(self.month()).ok()?,
            i8::try_from(self.day()).ok()?,
        )
        .ok()
    }

    /// Midnight of this day, without a zone.
    pub fn midnight(self, zone: Zone) -> DateTime {
        DateTime { date: self, time: Time { nanos: 0, zone } }
    }

    /// Whole months from `self` to `to`, cut towards zero.
    pub fn months_until(self, to: Self) -> i64 {
        let raw =
            (i64::from(to.year()) - i64::from(self.year())) * 12 + i64::from(to.month()) - i64::from(self.month());
        match raw.cmp(&0) {
            Ordering::Greater if to.day() < self.day() => raw - 1,
            Ordering::Less if to.day() > self.day() => raw + 1,
            _ => raw,
        }
    }
}

impl Zone {
    /// A zone of the compiled database, or `None` when there is no such zone.
    pub fn named(name: &str) -> Option<Self> {
        time_zone(name)?;
        Some(Self::Named(Arc::from(name)))
    }

    /// Seconds east of UTC at that local day and time; `None` for a wall-clock time.
    pub fn offset_at(&self, date: Date, nanos: u64) -> Option<i32> {
        match self {
            Self::Local => None,
            Self::Offset(seconds) => Some(*seconds),
            Self::Named(name) => {
                let zone = time_zone(name)?;
                let day = nearest_civil(date)?;
                let t = i64::try_from(nanos / 1_000_000_000).ok()?;
                let at = day.at(0, 0, 0, 0).checked_add(jiff::SignedDuration::from_secs(t)).ok()?;
                zone.to_timestamp(at).ok().map(|t| zone.to_offset(t).seconds())
            }
        }
    }
}

/// Beyond the years of the tables a zone keeps the offset of the nearest year it knows.
fn nearest_civil(date: Date) -> Option<kernel::Date> {
    let year = date.year().clamp(-9998, 9998);
    Date::new(i64::from(year), i64::from(date.month()), i64::from(date.day().min(28)))?;
    let day = date.day().min(days_in_month(i64::from(year), date.month()));
    Date::packed(i64::from(year), date.month(), day).to_civil()
}

fn time_zone(name: &str) -> Option<TimeZone> {
    if name.len() > 64 {
        return None;
    }
    static TABLES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    TABLES.get(name).ok()
}

impl Time {
    /// A time of day from hours, minutes, seconds and nanoseconds.
    pub fn new(hour: i64, minute: i64, second: i64, nano: i64, zone: Zone) -> Option<Self> {
        let fits = (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..1_000_000_000).contains(&nano);
        let seconds = hour * 3600 + minute * 60 + second;
        fits.then(|| Self { nanos: (seconds * 1_000_000_000 + nano).unsigned_abs(), zone })
    }

    /// Hours, minutes and whole seconds.
    pub fn parts(&self) -> (i64, i64, i64) {
        let s = i64::try_from(self.nanos / 1_000_000_000).unwrap_or(0);
        (s / 3600, s / 60 % 60, s % 60)
    }

    /// The same time without its fraction of a second.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self { nanos: self.nanos - self.nanos % 1_000_000_000, zone: self.zone.clone() }
    }

    /// Seconds east of UTC, with a named zone taken at its offset in January 2000.
    pub fn offset(&self) -> Option<i32> {
        self.zone.offset_at(Date::packed(2000, 1, 1), self.nanos)
    }

    /// The order of two times: both with a zone or both without.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        let at = |t: &Self, o: i32| i128::from(t.nanos) - i128::from(o) * NANOS;
        match (self.offset(), other.offset()) {
            (None, None) => Some(self.nanos.cmp(&other.nanos)),
            (Some(a), Some(b)) => Some(at(self, a).cmp(&at(other, b))),
            _ => None,
        }
    }

    /// The time later by a duration, around the clock.
    #[must_use]
    pub fn plus(&self, d: DaysTime) -> Self {
        let day = i128::from(DAY_SECONDS) * NANOS;
        let nanos = (i128::from(self.nanos) + d.total_nanos()).rem_euclid(day);
        Self { nanos: u64::try_from(nanos).unwrap_or(0), zone: self.zone.clone() }
    }

    /// The duration from `other` to this time.
    pub fn minus(&self, other: &Self) -> Option<DaysTime> {
        let apart = i128::from(self.nanos) - i128::from(other.nanos);
        match (self.offset(), other.offset()) {
            (None, None) => DaysTime::from_nanos(apart),
            (Some(a), Some(b)) => DaysTime::from_nanos(apart - (i128::from(a) - i128::from(b)) * NANOS),
            _ => None,
        }
    }
}

impl DateTime {
    /// Nanoseconds since the epoch on the clock of its own zone.
    fn local_nanos(&self) -> i128 {
        i128::from(self.date.epoch_days()) * i128::from(DAY_SECONDS) * NANOS + i128::from(self.time.nanos)
    }

    /// Seconds east of UTC.
    pub fn offset(&self) -> Option<i32> {
        self.time.zone.offset_at(self.date, self.time.nanos)
    }

    fn instant(&self) -> Option<i128> {
        self.offset().map(|o| self.local_nanos() - i128::from(o) * NANOS)
    }

    /// The order of two moments: both with a zone or both without.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.instant(), other.instant()) {
            (None, None) => Some(self.local_nanos().cmp(&other.local_nanos())),
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => None,
        }
    }

    /// The duration from `other` to this moment.
    pub fn minus(&self, other: &Self) -> Option<DaysTime> {
        match (self.instant(), other.instant()) {
            (None, None) => DaysTime::from_nanos(self.local_nanos() - other.local_nanos()),
            (Some(a), Some(b)) => DaysTime::from_nanos(a - b),
            _ => None,
        }
    }

    /// The moment later by a duration, on the same zone's clock.
    pub fn plus(&self, d: DaysTime) -> Option<Self> {
        Self::from_local(self.local_nanos().checked_add(d.total_nanos())?, self.time.zone.clone())
    }

    fn from_local(nanos: i128, zone: Zone) -> Option<Self> {
        let day = i128::from(DAY_SECONDS) * NANOS;
        let date = Date::from_epoch_days(i64::try_from(nanos.div_euclid(day)).ok()?)?;
        Some(Self { date, time: Time { nanos: u64::try_from(nanos.rem_euclid(day)).ok()?, zone } })
    }

    /// The moment as many months later, with the time of day kept.
    pub fn plus_months(&self, months: i64) -> Option<Self> {
        Some(Self { date: self.date.plus_months(months)?, time: self.time.clone() })
    }

    /// A moment on the clock of a fixed offset.
    pub fn from_epoch_ms(ms: i64, offset: i32) -> Option<Self> {
        let local = i128::from(ms) * 1_000_000 + i128::from(offset) * NANOS;
        Self::from_local(local, Zone::Offset(offset))
    }

    /// The same moment without its fraction of a second.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self { date: self.date, time: self.time.whole() }
    }
}

impl DaysTime {
    /// From nanoseconds; `None` beyond what 64 bits of seconds hold.
    pub fn from_nanos(nanos: i128) -> Option<Self> {
        Some(Self {
            secs: i64::try_from(nanos.div_euclid(NANOS)).ok()?,
            nanos: u32::try_from(nanos.rem_euclid(NANOS)).ok()?,
        })
    }

    /// From whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self { secs, nanos: 0 }
    }

    /// All of it in nanoseconds.
    pub fn total_nanos(self) -> i128 {
        i128::from(self.secs) * NANOS + i128::from(self.nanos)
    }

    /// The other direction.
    #[must_use]
    pub fn negate(self) -> Self {
        Self::from_nanos(-self.total_nanos()).unwrap_or(self)
    }

    /// Days, hours, minutes and seconds, each with the sign of the whole.
    pub fn parts(self) -> (i64, i64, i64, i64) {
        let s = i64::try_from(self.total_nanos() / NANOS).unwrap_or(0);
        (s / DAY_SECONDS, s / 3600 % 24, s / 60 % 60, s % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(y: i64, m: i64, day: i64) -> Date {
        Date::new(y, m, day).unwrap()
    }

    #[test]
    fn leap_days_and_month_ends() {
        assert!(Date::new(2023, 2, 29).is_none());
        assert!(Date::new(1900, 2, 29).is_none());
        let cases = [
            (d(2008, 2, 29), 18 * 12, d(2026, 2, 28)),
            (d(2008, 2, 29), 20 * 12, d(2028, 2, 29)),
            (d(2026, 1, 31), 1, d(2026, 2, 28)),
            (d(2024, 1, 31), 1, d(2024, 2, 29)),
            (d(2026, 3, 31), -1, d(2026, 2, 28)),
            (d(2026, 12, 31), 2, d(2027, 2, 28)),
            (d(1, 1, 31), -1, d(0, 12, 31)),
        ];
        for (from, months, expected) in cases {
            assert_eq!(from.plus_months(months), Some(expected), "{from:?} + {months}");
        }
        assert_eq!(d(2008, 2, 29).months_until(d(2026, 2, 28)), 215);
        assert_eq!(d(2026, 2, 28).months_until(d(2008, 2, 29)), -215);
        assert!(d(999_999_999, 12, 31).plus_months(1).is_none());
    }

    #[test]
    fn weeks_by_iso_8601() {
        for (date, week, weekday) in [(d(2003, 12, 29), 1, 1), (d(2004, 1, 4), 1, 7), (d(2005, 1, 1), 53, 6)] {
            assert_eq!((date.week_of_year(), date.weekday()), (week, weekday), "{date:?}");
        }
    }

    #[test]
    fn zones_know_their_summer() {
        let paris = Zone::named("Europe/Paris").unwrap();
        assert_eq!(paris.offset_at(d(2017, 8, 10), 0), Some(7200));
        assert_eq!(paris.offset_at(d(2017, 1, 10), 0), Some(3600));
        assert_eq!(Zone::named("Asia/Shanghai").unwrap().offset_at(d(2026, 7, 1), 0), Some(28800));
        assert!(Zone::named("xyz/abc").is_none());
        assert!(paris.offset_at(d(999_999_999, 12, 31), 0).is_some());
    }

    proptest! {
        /// jiff is the oracle within its years.
        #[test]
        fn days_agree_with_the_calendar(days in -3_600_000i64..2_900_000) {
            let date = Date::from_epoch_days(days).unwrap();
            prop_assert_eq!(date.epoch_days(), days);
            let civil = date.to_civil().unwrap();
            prop_assert_eq!(i64::from(civil.day_of_year()), date.day_of_year());
            prop_assert_eq!(civil.weekday().to_monday_one_offset(), date.weekday() as i8);
            prop_assert_eq!(i64::from(civil.iso_week_date().week()), date.week_of_year());
        }

        #[test]
        fn months_agree_with_the_calendar(days in -700_000i64..700_000, months in -2400i64..2400) {
            let date = Date::from_epoch_days(days).unwrap();
            let civil = date.to_civil().unwrap().checked_add(jiff::Span::new().months(months)).unwrap();
            prop_assert_eq!(date.plus_months(months).unwrap().to_civil().unwrap(), civil);
        }
    }
}
