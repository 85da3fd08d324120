//! How dates, times and durations are read and written: the lexical forms of the standard, and nothing looser.

use std::fmt;

use super::temporal::{DAY_SECONDS, Date, DateTime, DaysTime, NANOS, Time, Zone};

/// Reads ASCII digits off the front.
fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(end)
}

fn two(text: &str) -> Option<(i64, &str)> {
    let (d, rest) = (text.get(..2)?, text.get(2..)?);
    d.bytes().all(|b| b.is_ascii_digit()).then(|| d.parse().ok()).flatten().map(|n| (n, rest))
}

fn nanos_of(fraction: &str) -> Option<i64> {
    let cut = &fraction[..fraction.len().min(9)];
    let value: i64 = cut.parse().ok()?;
    Some(value * 10i64.pow(9 - u32::try_from(cut.len()).ok()?))
}

impl Date {
    /// `YYYY-MM-DD`, with a minus sign and up to nine digits of year.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |r| (true, r));
        let (year, rest) = digits(rest);
        if year.len() < 4 || year.len() > 9 || (year.len() > 4 && year.starts_with('0')) {
            return None;
        }
        let (month, rest) = two(rest.strip_prefix('-')?)?;
        let (day, rest) = two(rest.strip_prefix('-')?)?;
        let year: i64 = year.parse().ok()?;
        if rest.is_empty() { Self::new(if negative { -year } else { year }, month, day) } else { None }
    }
}

impl Zone {
    /// `Z`, `+08:00`, `-01:30:15`, `@Asia/Shanghai`, or nothing.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Local);
        }
        if let Some(name) = text.strip_prefix('@') {
            return Self::named(name);
        }
        if text == "Z" || text == "z" {
            return Some(Self::Offset(0));
        }
        let sign = match text.as_bytes()[0] {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, rest) = two(&text[1..])?;
        let (minutes, rest) = two(rest.strip_prefix(':')?)?;
        let (seconds, rest) = if rest.is_empty() { (0, "") } else { two(rest.strip_prefix(':')?)? };
        let total = hours * 3600 + minutes * 60 + seconds;
        if !rest.is_empty() || minutes > 59 || seconds > 59 || total > 14 * 3600 {
            return None;
        }
        i32::try_from(sign * total).ok().map(Self::Offset)
    }
}

impl Time {
    /// `hh:mm:ss` with an optional fraction and zone.
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_hours(text).and_then(|(t, midnight)| (!midnight).then_some(t))
    }

    /// The time, and whether it was written as 24:00:00.
    fn parse_hours(text: &str) -> Option<(Self, bool)> {
        let (hour, rest) = two(text)?;
        let (minute, rest) = two(rest.strip_prefix(':')?)?;
        let (second, rest) = two(rest.strip_prefix(':')?)?;
        let (nano, rest) = match rest.strip_prefix('.') {
            None => (0, rest),
            Some(rest) => {
                let (fraction, rest) = digits(rest);
                (nanos_of(fraction)?, rest)
            }
        };
        let midnight = hour == 24 && minute == 0 && second == 0 && nano == 0;
        let hour = if midnight { 0 } else { hour };
        Self::new(hour, minute, second, nano, Zone::parse(rest)?).map(|t| (t, midnight))
    }
}

impl DateTime {
    /// `YYYY-MM-DDThh:mm:ss` with an optional fraction and zone; 24:00:00 is the next day's midnight.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        let date = Date::parse(date)?;
        let (time, midnight) = Time::parse_hours(time)?;
        let date = if midnight { Date::from_epoch_days(date.epoch_days() + 1)? } else { date };
        Some(Self { date, time })
    }
}

/// Months of a years-and-months duration such as `P1Y6M`.
pub(crate) fn parse_months(text: &str) -> Option<i64> {
    let (negative, mut rest) = text.strip_prefix('-').map_or((false, text), |r| (true, r));
    rest = rest.strip_prefix('P')?;
    let mut months: i64 = 0;
    let mut units = "YM";
    while !rest.is_empty() {
        let (count, after) = digits(rest);
        let unit = after.chars().next()?;
        let place = units.find(unit)?;
        units = &units[place + 1..];
        let each = if unit == 'Y' { 12 } else { 1 };
        months = months.checked_add(count.parse::<i64>().ok()?.checked_mul(each)?)?;
        rest = &after[1..];
    }
    let any = text.ends_with(['Y', 'M']);
    any.then_some(if negative { -months } else { months })
}

impl DaysTime {
    /// A days-and-time duration such as `P1DT2H3M4.5S`.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |r| (true, r));
        let rest = rest.strip_prefix('P')?;
        let (days, time) = rest.split_once('T').map_or((rest, None), |(d, t)| (d, Some(t)));
        if (days.is_empty() && time.is_none()) || time == Some("") {
            return None;
        }
        let mut nanos = units_of(days, &[('D', DAY_SECONDS)])?;
        nanos += units_of(time.unwrap_or(""), &[('H', 3600), ('M', 60), ('S', 1)])?;
        Self::from_nanos(if negative { -nanos } else { nanos })
    }
}

/// Counts each followed by its unit, in the order of `units` (in seconds); only seconds take a fraction.
fn units_of(mut text: &str, mut units: &[(char, i64)]) -> Option<i128> {
    let mut nanos = 0i128;
    while !text.is_empty() {
        let (count, mut rest) = digits(text);
        let mut fraction = 0;
        if let Some(after) = rest.strip_prefix('.') {
            let (part, after) = digits(after);
            fraction = if part.is_empty() { 0 } else { nanos_of(part)? };
            rest = after;
            if !rest.starts_with('S') {
                return None;
            }
        }
        let unit = rest.chars().next()?;
        let place = units.iter().position(|(u, _)| *u == unit)?;
        let seconds = i128::from(count.parse::<i64>().ok()?) * i128::from(units[place].1);
        nanos = nanos.checked_add(seconds * NANOS + i128::from(fraction))?;
        units = &units[place + 1..];
        text = &rest[1..];
    }
    Some(nanos)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year() < 0 { "-" } else { "" };
        write!(f, "{sign}{:04}-{:02}-{:02}", self.year().unsigned_abs(), self.month(), self.day())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => Ok(()),
            Self::Offset(0) => f.write_str("Z"),
            Self::Offset(s) => {
                let sign = if *s < 0 { '-' } else { '+' };
                let s = s.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", s / 3600, s / 60 % 60)?;
                if s % 60 == 0 { Ok(()) } else { write!(f, ":{:02}", s % 60) }
            }
            Self::Named(name) => write!(f, "@{name}"),
        }
    }
}

/// Writes `.5` for half a second: a fraction without its trailing zeros.
fn fraction(f: &mut fmt::Formatter<'_>, nanos: u64) -> fmt::Result {
    if nanos == 0 {
        return Ok(());
    }
    let text = format!("{nanos:09}");
    write!(f, ".{}", text.trim_end_matches('0'))
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (h, m, s) = self.parts();
        write!(f, "{h:02}:{m:02}:{s:02}")?;
        fraction(f, self.nanos % 1_000_000_000)?;
        write!(f, "{}", self.zone)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", self.date, self.time)
    }
}

impl fmt::Display for DaysTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total_nanos();
        if total == 0 {
            return f.write_str("PT0S");
        }
        let size = total.unsigned_abs();
        let (seconds, nanos) = (size / 1_000_000_000, size % 1_000_000_000);
        let (days, h, m, s) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        f.write_str(if total < 0 { "-P" } else { "P" })?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if seconds % 86_400 > 0 || nanos > 0 {
            f.write_str("T")?;
        }
        for (count, unit) in [(h, 'H'), (m, 'M')] {
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        if s == 0 && nanos == 0 {
            return Ok(());
        }
        write!(f, "{s}")?;
        fraction(f, u64::try_from(nanos).unwrap_or(0))?;
        f.write_str("S")
    }
}

/// `P1Y6M`, `P0M`, `-P2M`.
pub(crate) fn format_months(months: i64) -> String {
    let sign = if months < 0 { "-" } else { "" };
    let size = months.unsigned_abs();
    match (size / 12, size % 12) {
        (0, m) => format!("{sign}P{m}M"),
        (y, 0) => format!("{sign}P{y}Y"),
        (y, m) => format!("{sign}P{y}Y{m}M"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["2026-02-28", "-0001-12-31", "999999999-01-01"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        for text in ["10:30:00", "23:59:01.987654321@Europe/Paris", "09:15:30+02:00", "00:00:00Z", "01:00:00-01:30:15"]
        {
            assert_eq!(Time::parse(text).unwrap().to_string(), text);
        }
        for text in ["PT0S", "P1DT2H3M4.123456789S", "-PT2H", "P400D", "PT0.5S"] {
            assert_eq!(DaysTime::parse(text).unwrap().to_string(), text);
        }
        for text in ["P1Y2M", "-P1M", "P0M", "P99999999Y"] {
            assert_eq!(format_months(parse_months(text).unwrap()), text);
        }
        assert_eq!(DateTime::parse("2021-12-31T24:00:00").unwrap().to_string(), "2022-01-01T00:00:00");
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "998-12-31",
            "01211-12-31",
            "+2012-12-02",
            "2017-13-10",
            "2017-2-01",
            "2017-02-29",
            "",
            "2012-12-25T",
            "２０２６-01-01",
        ] {
            assert!(Date::parse(text).is_none(), "{text}");
        }
        for text in [
            "7:00:00",
            "24:00:00",
            "24:00:01",
            "23:59:60",
            "13:20:00+5",
            "13:20:00+19:00",
            "13:20:00@xyz/abc",
            "11:30:00T",
            "11:30:00+02:00@Europe/Paris",
            "11:00:00.",
        ] {
            assert!(Time::parse(text).is_none(), "{text}");
        }
        for text in ["P", "P1", "1D", "P1H", "PT", "P1YT1H", "PT1.5H", "P1D1Y", ""] {
            assert!(DaysTime::parse(text).is_none(), "{text}");
            assert!(parse_months(text).is_none(), "{text}");
        }
    }
}
