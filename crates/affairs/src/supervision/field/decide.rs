//! What a device's word is worth: its clock beside the server's, and where and when a photograph says it was taken. Pure.

use kernel::{Moment, straight_m};

use crate::supervision::inspection::degrees;
use crate::supervision::terms::ClockTerms;

/// How far a device's clock is ahead of the server's, in milliseconds; nothing where it lies within what the rules allow, or where
/// the device does not say what it shows.
pub fn skew_ms(shown: Option<Moment>, now: Moment, clock: &ClockTerms) -> i64 {
    let off = shown.map_or(0, |shown| shown.ms().saturating_sub(now.ms()));
    if off.saturating_abs() <= i64::from(clock.ahead_minutes) * 60_000 { 0 } else { off }
}

/// A device's time as the server's: as if its clock had been off by as much then as it is now.
pub fn by_server(said: Moment, skew_ms: i64) -> Moment {
    Moment::from_ms(said.ms().saturating_sub(skew_ms))
}

/// What is strange about a photograph. It is shown beside it; nothing is taken away because of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PhotoMark {
    /// Nobody says when it was taken.
    NoTime,
    /// It was taken long before or after the visit, or in the future.
    OtherTime,
    /// Nobody says where it was taken.
    NoPlace,
    /// Where it says it was taken is no place on Earth, or the point where both degrees are nought, as broken devices say.
    FalsePlace,
    /// It was taken far from where the record says the officers were.
    Far,
}

impl PhotoMark {
    /// The word in the interface and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoTime => "no_time",
            Self::OtherTime => "other_time",
            Self::NoPlace => "no_place",
            Self::FalsePlace => "false_place",
            Self::Far => "far",
        }
    }
}

/// What a device says of a photograph.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PhotoSaid {
    /// When it was taken, by the device's clock.
    pub taken_at: Option<Moment>,
    /// Latitude in degrees, as it was sent; empty for none.
    pub latitude: String,
    /// Longitude.
    pub longitude: String,
    /// How far the device's clock was ahead when it sent it.
    pub skew_ms: i64,
}

/// What a photograph is held against.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// When it came.
    pub came_at: Moment,
    /// When the record says the officers were there.
    pub seen_at: Option<Moment>,
    /// Where, in millionths of a degree.
    pub position_e6: Option<(i64, i64)>,
    /// What clocks may be off.
    pub clock: &'a ClockTerms,
    /// From so many metres on it is far.
    pub far_m: u32,
}

/// What is strange about a photograph: nothing, where time and place fit what the record says.
pub fn marks(said: &PhotoSaid, beside: &Beside<'_>) -> Vec<PhotoMark> {
    [time_mark(said, beside), place_mark(said, beside)].into_iter().flatten().collect()
}

fn time_mark(said: &PhotoSaid, beside: &Beside<'_>) -> Option<PhotoMark> {
    let Some(taken) = said.taken_at.map(|at| by_server(at, said.skew_ms)) else { return Some(PhotoMark::NoTime) };
    let ahead = i64::from(beside.clock.ahead_minutes) * 60_000;
    let apart = i64::from(beside.clock.late_hours) * 3_600_000;
    let future = taken.ms() > beside.came_at.ms().saturating_add(ahead);
    let other = beside.seen_at.is_some_and(|seen| seen.ms().saturating_sub(taken.ms()).saturating_abs() > apart);
    (future || other).then_some(PhotoMark::OtherTime)
}

fn place_mark(said: &PhotoSaid, beside: &Beside<'_>) -> Option<PhotoMark> {
    if said.latitude.trim().is_empty() && said.longitude.trim().is_empty() {
        return Some(PhotoMark::NoPlace);
    }
    let point = |(north, east): (i64, i64)| Some((i32::try_from(north).ok()?, i32::try_from(east).ok()?));
    let found = degrees((&said.latitude, &said.longitude)).filter(|at| *at != (0, 0)).and_then(point);
    let Some(taken) = found else { return Some(PhotoMark::FalsePlace) };
    let there = beside.position_e6.and_then(point)?;
    (straight_m(taken, there) > i64::from(beside.far_m)).then_some(PhotoMark::Far)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use kernel::Grade;

    const CLOCK: ClockTerms = ClockTerms { ahead_minutes: 5, late_hours: 24, grade: Grade::D };
    const HOUR: i64 = 3_600_000;

    fn at(ms: i64) -> Moment {
        Moment::from_ms(1_790_000_000_000 + ms)
    }

    fn said(taken: Option<i64>, (latitude, longitude): (&str, &str)) -> PhotoSaid {
        PhotoSaid { taken_at: taken.map(at), latitude: latitude.into(), longitude: longitude.into(), skew_ms: 0 }
    }

    #[test]
    fn what_is_strange_about_a_photograph_is_said() {
        use PhotoMark::{FalsePlace, Far, NoPlace, NoTime, OtherTime};
        let here = ("22.817000", "108.366000");
        let beside = Beside {
            came_at: at(HOUR),
            seen_at: Some(at(0)),
            position_e6: Some((22_817_100, 108_366_000)),
            clock: &CLOCK,
            far_m: 500,
        };
        let cases: [(PhotoSaid, &[PhotoMark]); 11] = [
            (said(Some(60_000), here), &[]),
            (said(None, here), &[NoTime]),
            (said(Some(0), ("", "")), &[NoPlace]),
            (said(None, (" ", "")), &[NoTime, NoPlace]),
            (said(Some(0), ("91", "108.3")), &[FalsePlace]),
            (said(Some(0), ("0", "0.0")), &[FalsePlace]),
            (said(Some(0), ("22.8", "east")), &[FalsePlace]),
            (said(Some(0), ("NaN", "1")), &[FalsePlace]),
            (said(Some(0), ("22.83", "108.366")), &[Far]),
            (said(Some(HOUR + 6 * 60_000), here), &[OtherTime]),
            (said(Some(-25 * HOUR), here), &[OtherTime]),
        ];
        for (said, expected) in cases {
            assert_eq!(marks(&said, &beside), expected, "{said:?}");
        }
        // A clock that is wrong is no strange time; where the record says no place, nothing is far from it.
        let fast = PhotoSaid { skew_ms: 30 * HOUR, ..said(Some(30 * HOUR + 60_000), ("22.83", "108.366")) };
        assert_eq!(marks(&fast, &Beside { position_e6: None, ..beside }), []);
    }

    proptest! {
        #[test]
        fn a_wrong_clock_is_made_good_and_a_right_one_is_left_alone(off in -90_i64 * 24 * HOUR..90 * 24 * HOUR, was in 0..HOUR) {
            let now = at(0);
            let skew = skew_ms(Some(now.plus_ms(off)), now, &CLOCK);
            if off.abs() <= 5 * 60_000 {
                prop_assert_eq!(skew, 0);
            } else {
                // What the device wrote down a while ago, with a clock off by as much.
                prop_assert_eq!(by_server(now.plus_ms(off - was), skew), now.plus_ms(-was));
            }
        }
    }
}
