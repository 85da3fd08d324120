//! A point in time, as every table, log leaf and API of the house keeps it.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. Stored as `i64`, written as RFC 3339 in UTC, shown in
/// China's single civil time (+08:00, no summer time since 1991).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(i64);

/// The text is not an RFC 3339 time within the years 1 to 9999.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time: {0:?} (write it like 2026-11-23T21:40:00+08:00)")]
pub struct MomentError(pub String);

impl Moment {
    /// A moment from milliseconds since the epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch: what the store keeps.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This moment, `ms` milliseconds later (earlier when negative).
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The civil date in China at this moment: the date every rule and deadline uses.
    pub fn date(self) -> Date {
        self.civil().date()
    }

    /// The wall-clock time in China at this moment.
    pub fn time(self) -> Time {
        self.civil().time()
    }

    /// The first moment of a civil date in China.
    pub fn start_of(date: Date) -> Self {
        Self(CHINA.to_timestamp(date.at(0, 0, 0, 0)).map_or(0, jiff::Timestamp::as_millisecond))
    }

    /// 2026年11月23日 21:40: how pages show a moment.
    pub fn zh(self) -> String {
        let c = self.civil();
        format!("{}年{}月{}日 {:02}:{:02}", c.year(), c.month(), c.day(), c.hour(), c.minute())
    }

    fn civil(self) -> jiff::civil::DateTime {
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        CHINA.to_datetime(stamp)
    }
}

const CHINA: Offset = jiff::tz::offset(8);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{stamp:.3}")
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let stamp: jiff::Timestamp = s.parse().map_err(|_| MomentError(s.to_owned()))?;
        Ok(Self(stamp.as_millisecond()))
    }
}

impl TryFrom<String> for Moment {
    type Error = MomentError;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<Moment> for String {
    fn from(m: Moment) -> Self {
        m.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_in_china_is_four_in_the_afternoon_utc() {
        let m: Moment = "2026-11-23T16:00:00Z".parse().unwrap();
        assert_eq!(m.date().to_string(), "2026-11-24");
        assert_eq!(m.zh(), "2026年11月24日 00:00");
        assert_eq!(Moment::start_of(m.date()), m);
        assert_eq!(m.to_string(), "2026-11-23T16:00:00.000Z");
        assert_eq!("2026-11-24T00:00:00+08:00".parse::<Moment>().unwrap(), m);
        assert!("yesterday".parse::<Moment>().is_err());
    }
}
