//! Periods on the real calendar: the known vectors, month ends, 29 February, stops, and that time only goes forward.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use kernel::{CalendarError, Date, Due, Period, PeriodKind, PeriodUnit, Stop, StopEnd, WorkCalendar, YearTable};
use proptest::prelude::*;

use PeriodUnit::{CalendarDay, Month, WorkingDay, Year};

/// The tables of `catalog/calendars`.
fn published() -> WorkCalendar {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/calendars");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let tables = files.filter(|path| path.extension().is_some_and(|ext| ext == "toml")).map(|path| {
        let table: YearTable = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(path.file_stem().unwrap().to_str().unwrap(), table.year.to_string());
        table
    });
    WorkCalendar::new(tables).unwrap()
}

/// Monday to Friday, no holidays.
fn plain() -> WorkCalendar {
    let table = |year| YearTable { year, source: "test".into(), grade: kernel::Grade::D, holidays: vec![] };
    WorkCalendar::new((2020..2030).map(table)).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn every_year_since_2016_is_there_and_has_its_seven_holidays() {
    let calendar = published();
    assert_eq!(calendar.years().collect::<Vec<_>>(), (2016..=2026).collect::<Vec<_>>());
    for year in calendar.years() {
        let days = calendar.year(year).unwrap();
        let working = days.iter().filter(|day| day.kind.is_working()).count();
        // 365 days less 104 or 105 weekend days less 11 (13 from 2025) days of statutory holidays, give or take what falls on a weekend.
        assert!((247..=253).contains(&working), "{year}: {working}");
        let mut names: Vec<&str> = days.iter().filter_map(|day| day.name).map(|name| name.zh.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), if year == 2020 { 6 } else { 7 }, "{year}: {names:?}");
    }
}

#[test]
fn the_national_day_of_2017_decides_these() {
    let (calendar, start) = (published(), day("2017-09-27"));
    let rows = [
        (Period::at_least(20, CalendarDay), "2017-10-17"),
        (Period::at_most(5, CalendarDay), "2017-10-09"),
        (Period::at_least(5, CalendarDay), "2017-10-02"),
        (Period::at_most(3, WorkingDay), "2017-09-30"),
        (Period::at_most(7, WorkingDay), "2017-10-12"),
        (Period::at_most(20, WorkingDay), "2017-10-31"),
        (Period::at_least(20, WorkingDay), "2017-10-31"),
        (Period::at_most(0, WorkingDay), "2017-09-27"),
    ];
    for (period, due) in rows {
        assert_eq!(period.due(start, &calendar, &[]), Ok(day(due)), "{period:?}");
    }
    assert_eq!(Period::at_most(0, WorkingDay).due(day("2017-10-02"), &calendar, &[]), Ok(day("2017-10-09")));
}

#[test]
fn month_ends_and_the_29th_of_february() {
    let calendar = published();
    let rows = [
        ("2023-01-31", Period::at_least(1, Month), "2023-02-28"),
        ("2024-01-31", Period::at_least(1, Month), "2024-02-29"),
        ("2024-02-29", Period::at_least(1, Year), "2025-02-28"),
        ("2020-02-29", Period::at_least(4, Year), "2024-02-29"),
        ("2024-08-31", Period::at_least(6, Month), "2025-02-28"),
        // 29 February 2020 is a Saturday: a limit rolls to Monday.
        ("2020-01-31", Period::at_most(1, Month), "2020-03-02"),
        ("2024-02-28", Period::at_most(1, CalendarDay), "2024-02-29"),
        // The last day before the Spring Festival of 2024 (off 10 to 17 February, worked on the 18th).
        ("2024-02-09", Period::at_most(1, WorkingDay), "2024-02-18"),
        ("2024-02-09", Period::at_most(1, CalendarDay), "2024-02-18"),
        // A period that ends in a year nobody has published needs no table as long as it does not roll.
        ("2026-06-30", Period::at_least(5, Year), "2031-06-30"),
    ];
    for (start, period, due) in rows {
        assert_eq!(period.due(day(start), &calendar, &[]), Ok(day(due)), "{start} {period:?}");
    }
}

#[test]
fn an_unpublished_year_is_an_error_wherever_its_days_matter() {
    let calendar = published();
    for period in [Period::at_most(20, WorkingDay), Period::at_most(20, CalendarDay), Period::at_most(1, Year)] {
        let error = period.due(day("2026-12-21"), &calendar, &[]).unwrap_err();
        assert_eq!(error, CalendarError::NoTable { year: 2027, have: "2016-2026".into() }, "{period:?}");
    }
    let never = Period::at_least(u32::MAX, Year).due(day("2026-12-21"), &calendar, &[]);
    assert_eq!(never, Err(CalendarError::OutOfRange));
    let never = Period::at_least(u32::MAX, CalendarDay).due(day("9999-12-21"), &calendar, &[]);
    assert_eq!(never, Err(CalendarError::OutOfRange));
}

#[test]
fn what_lies_beyond_the_published_years_has_an_earliest_day() {
    let calendar = published();
    let not_before = |text| Due::NotBefore { day: day(text), missing_year: 2027 };
    let rows = [
        (Period::at_most(5, WorkingDay), "2026-12-21", Due::On(day("2026-12-28"))),
        (Period::at_most(20, WorkingDay), "2026-12-21", not_before("2027-01-01")),
        (Period::at_most(20, CalendarDay), "2026-12-21", not_before("2027-01-10")),
        (Period::at_most(1, Year), "2026-11-23", not_before("2027-11-23")),
        (Period::at_least(1, Year), "2026-11-23", Due::On(day("2027-11-23"))),
        (Period::at_most(3, WorkingDay), "2027-03-01", not_before("2027-03-01")),
    ];
    for (period, start, due) in rows {
        assert_eq!(period.due_known(day(start), &calendar, &[]), Ok(due), "{start} {period:?}");
    }
    let stopped =
        Period::at_most(20, WorkingDay).due_known(day("2026-12-21"), &calendar, &[Stop::since(day("2026-12-22"))]);
    assert_eq!(stopped, Err(CalendarError::Stopped { since: day("2026-12-22") }));
}

#[test]
fn the_clock_stands_still_between_notice_and_result() {
    // 2024-07-01 is a Monday.
    let calendar = plain();
    let (monday, friday) = (day("2024-07-01"), day("2024-07-05"));
    let wednesday_to_thursday = Stop::between(day("2024-07-03"), day("2024-07-04"));
    let counted = Stop { first: StopEnd::Counted, last: StopEnd::Counted, ..wednesday_to_thursday };
    let rows = [
        (friday, 1, vec![], "2024-07-08"),
        (monday, 5, vec![], "2024-07-08"),
        (monday, 5, vec![wednesday_to_thursday], "2024-07-10"),
        (monday, 5, vec![Stop { first: StopEnd::Counted, ..wednesday_to_thursday }], "2024-07-09"),
        (monday, 5, vec![Stop { last: StopEnd::Counted, ..wednesday_to_thursday }], "2024-07-09"),
        (monday, 5, vec![counted], "2024-07-08"),
        // Overlapping stops take each day once; a stop over the weekend takes none.
        (monday, 5, vec![wednesday_to_thursday, Stop::between(day("2024-07-04"), day("2024-07-05"))], "2024-07-11"),
        (monday, 5, vec![Stop::between(day("2024-07-06"), day("2024-07-07"))], "2024-07-08"),
        // A stop that begins after the last day changes nothing.
        (monday, 5, vec![Stop::between(day("2024-07-09"), day("2024-07-20"))], "2024-07-08"),
    ];
    for (start, n, stops, due) in rows {
        assert_eq!(Period::at_most(n, WorkingDay).due(start, &calendar, &stops), Ok(day(due)), "{start} {stops:?}");
    }
    let month = Period::at_most(1, Month).due(monday, &calendar, &[wednesday_to_thursday]);
    assert_eq!(month, Ok(day("2024-08-05")), "1 August, two days later, a Saturday, so Monday");
    let open = Stop::since(day("2024-07-03"));
    let none = Period::at_most(5, WorkingDay).due(monday, &calendar, &[open]);
    assert_eq!(none, Err(CalendarError::Stopped { since: day("2024-07-03") }));
    assert_eq!(Period::at_most(1, WorkingDay).due(monday, &calendar, &[open]), Ok(day("2024-07-02")));
}

#[test]
fn counted_back_from_an_end() {
    let calendar = published();
    let rows = [
        (Period::at_least(30, CalendarDay), "2026-12-31", "2026-12-01"),
        (Period::at_least(1, Month), "2024-03-31", "2024-02-29"),
        (Period::at_least(3, WorkingDay), "2024-02-18", "2024-02-07"),
        (Period::at_least(1, Year), "2024-02-29", "2023-02-28"),
    ];
    for (period, end, back) in rows {
        assert_eq!(period.back_from(day(end), &calendar), Ok(day(back)), "{period:?} before {end}");
    }
}

#[test]
fn periods_are_written_in_files_and_on_pages() {
    let period: Period = toml::from_str("n = 20\nunit = \"working_day\"\nkind = \"at_most\"").unwrap();
    assert_eq!(period, Period::at_most(20, WorkingDay));
    let text = period.text();
    assert_eq!((text.zh.as_str(), text.en.as_str()), ("20个工作日", "20 working days"));
    assert_eq!(Period::at_most(1, CalendarDay).text().en, "1 calendar day");
    assert!(toml::from_str::<Period>("n = 20\nunit = \"working_day\"").is_err(), "a bare number decides nothing");
}

fn any_unit() -> impl Strategy<Value = PeriodUnit> {
    prop_oneof![Just(WorkingDay), Just(CalendarDay), Just(Month), Just(Year)]
}

fn any_kind() -> impl Strategy<Value = PeriodKind> {
    prop_oneof![Just(PeriodKind::AtMost), Just(PeriodKind::AtLeast)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_later_start_or_a_longer_period_never_ends_earlier(unit in any_unit(), kind in any_kind(), n in 0_u32..24, start in 0_i32..2500, later in 0_i32..60) {
        let n = if unit == Year { n % 3 } else { n };
        let calendar = published();
        let at = |days: i32| day("2016-01-01").checked_add(jiff::Span::new().days(days)).unwrap();
        let due = |n, start| Period { n, unit, kind }.due(start, &calendar, &[]).unwrap();
        let first = due(n, at(start));
        prop_assert!(first >= at(start));
        prop_assert!(due(n, at(start + later)) >= first);
        prop_assert!(due(n + 1, at(start)) >= first);
        if kind == PeriodKind::AtMost {
            prop_assert!(calendar.is_working(first).unwrap());
        }
    }

    #[test]
    fn a_stop_never_shortens_a_period_and_lengthens_it_by_its_days(n in 1_u32..30, start in 0_i32..1500, from in 1_i32..40, length in 0_i32..20, unit in any_unit()) {
        let calendar = published();
        let at = |days: i32| day("2017-01-01").checked_add(jiff::Span::new().days(days)).unwrap();
        let n = match unit { Year => n % 3, Month => n % 24, _ => n };
        let period = Period { n, unit, kind: PeriodKind::AtLeast };
        let stop = Stop::between(at(start + from), at(start + from + length));
        let (without, with) = (period.due(at(start), &calendar, &[]).unwrap(), period.due(at(start), &calendar, &[stop]).unwrap());
        prop_assert!(with >= without);
        if unit == CalendarDay && stop.from <= without {
            prop_assert_eq!(without.until(with).unwrap().get_days(), length + 1);
        }
        if unit == WorkingDay {
            let running = calendar.working_days_between(at(start), with).unwrap();
            let stopped = calendar.working_days_between(stop.from.yesterday().unwrap(), stop.to.unwrap().min(with)).unwrap();
            prop_assert_eq!(running - if stop.from <= with { stopped } else { 0 }, n);
        }
    }
}
