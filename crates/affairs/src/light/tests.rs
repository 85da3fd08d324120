//! A limit's colour against a recount that goes through the days one by one.

use kernel::{PeriodUnit, Stop};
use proptest::prelude::*;

use super::*;
use crate::catalog::{Catalog, Files};

fn catalog() -> &'static Catalog {
    static SEED: std::sync::LazyLock<Catalog> =
        std::sync::LazyLock::new(|| Catalog::from_files(&Files::seed()).catalog);
    &SEED
}

fn terms() -> Terms<'static> {
    Terms { procedure: catalog().procedure().unwrap(), calendar: catalog().calendar() }
}

fn course(from: &str, n: u32, unit: PeriodUnit, stops: &[Stop]) -> Course {
    let from: Moment = from.parse().unwrap();
    running((Limit::Committed, None), (from, None), (&Period::at_most(n, unit), stops), &terms())
}

#[test]
fn colours_by_the_day_before_and_after_a_long_holiday() {
    // National Day 2026: off from 1 to 7 October, 10 October is worked.
    let over_the_holiday = course("2026-09-30T16:00:00+08:00", 2, PeriodUnit::WorkingDay, &[]);
    let stopped = [Stop::between("2026-11-25".parse().unwrap(), "2026-11-26".parse().unwrap())];
    let stopped = course("2026-11-23T09:00:00+08:00", 5, PeriodUnit::WorkingDay, &stopped);
    let on_a_sunday = course("2026-11-20T09:00:00+08:00", 2, PeriodUnit::CalendarDay, &[]);
    let instant = course("2026-11-20T09:00:00+08:00", 0, PeriodUnit::WorkingDay, &[]);
    for (course, at, colour) in [
        (&over_the_holiday, "2026-10-07T23:59:00+08:00", Colour::Green),
        (&over_the_holiday, "2026-10-08T23:59:00+08:00", Colour::Green),
        (&over_the_holiday, "2026-10-09T00:00:00+08:00", Colour::Yellow),
        (&over_the_holiday, "2026-10-09T23:59:59+08:00", Colour::Yellow),
        (&over_the_holiday, "2026-10-10T00:00:00+08:00", Colour::Red),
        (&stopped, "2026-12-01T12:00:00+08:00", Colour::Green),
        (&stopped, "2026-12-02T00:00:00+08:00", Colour::Yellow),
        (&stopped, "2026-12-03T00:00:00+08:00", Colour::Red),
        (&on_a_sunday, "2026-11-22T12:00:00+08:00", Colour::Green),
        (&on_a_sunday, "2026-11-23T12:00:00+08:00", Colour::Yellow),
        (&on_a_sunday, "2026-11-24T00:00:00+08:00", Colour::Red),
        (&instant, "2026-11-20T10:00:00+08:00", Colour::Yellow),
        (&instant, "2026-11-21T00:00:00+08:00", Colour::Red),
    ] {
        assert_eq!(course.colour(at.parse().unwrap()), colour, "{course:?} at {at}");
    }
    let decided = Course { ended: Some("2026-10-09T10:00:00+08:00".parse().unwrap()), ..over_the_holiday };
    assert_eq!(decided.colour("2026-10-20T10:00:00+08:00".parse().unwrap()), Colour::Yellow, "what was reached stays");
    assert_eq!(decided.changes_at("2026-10-01T10:00:00+08:00".parse().unwrap()), None);
}

#[test]
fn a_year_without_a_calendar_has_no_end_and_no_colour() {
    let far = course("2026-12-20T09:00:00+08:00", 20, PeriodUnit::WorkingDay, &[]);
    assert_eq!((far.due, far.warned_from), (None, None));
    assert_eq!(far.colour("2027-06-01T00:00:00+08:00".parse().unwrap()), Colour::Green);
}

/// The colour, found by walking day after day and counting what is left.
fn recounted(from: Date, (period, extended): (&Period, Option<u32>), stops: &[Stop], at: Date) -> Colour {
    let last = walked(from, period, stops);
    let last = extended.map_or(last, |days| walked(last, &Period::at_most(days, PeriodUnit::WorkingDay), stops));
    match at {
        over if over > last => Colour::Red,
        on if on == last => Colour::Yellow,
        _ => Colour::Green,
    }
}

/// The last day, day by day.
fn walked(from: Date, period: &Period, stops: &[Stop]) -> Date {
    let calendar = catalog().calendar();
    let (mut day, mut left) = (from, period.n);
    let counts = |day: Date| !stops.iter().any(|stop| stop.covers(day));
    let working = |day: Date| calendar.is_working(day).unwrap();
    loop {
        let ends_here = left == 0 && working(day) && (day == from || counts(day));
        if ends_here {
            break day;
        }
        day = day.tomorrow().unwrap();
        if left > 0 && counts(day) && (period.unit == PeriodUnit::CalendarDay || working(day)) {
            left -= 1;
        }
    }
}

proptest! {
    #[test]
    fn a_colour_is_what_counting_day_by_day_says(
        start in 0_i32..180, n in 0_u32..30, working in any::<bool>(), at in 0_i32..120,
        extended in prop::option::of(1_u32..15),
        stops in prop::collection::vec((0_i32..40, 0_i32..12), 0..3),
    ) {
        let first = Date::constant(2026, 1, 5);
        let day = |after: i32| first.checked_add(jiff::Span::new().days(after)).unwrap();
        let stops: Vec<Stop> = stops.iter().map(|(from, long)| Stop::between(day(start + from), day(start + from + long))).collect();
        let unit = if working { PeriodUnit::WorkingDay } else { PeriodUnit::CalendarDay };
        let period = Period::at_most(n, unit);
        let from = Moment::start_of(day(start)).plus_ms(9 * 3_600_000);
        let course = running((Limit::Committed, extended), (from, None), (&period, &stops), &terms());
        let now = Moment::start_of(day(start + at)).plus_ms(12 * 3_600_000);
        prop_assert_eq!(course.colour(now), recounted(day(start), (&period, extended), &stops, day(start + at)));
        // A colour never gets better with time, and changes exactly when it says.
        let next = course.changes_at(now);
        prop_assert!(next.is_none_or(|next| course.colour(next) > course.colour(next.plus_ms(-1))));
        let used = course.used(now, catalog().calendar(), working).unwrap();
        // Past the end the whole limit is used; a last day on a day off rolls, so more may be used before.
        prop_assert!(course.colour(now) != Colour::Red || used >= n);
    }
}
