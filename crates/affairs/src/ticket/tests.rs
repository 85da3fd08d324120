//! The law of the line against naive recounts: no ticket lost, none served twice, nobody passed over for ever, a waiting time
//! that follows from what was measured.

use kernel::Moment;
use proptest::prelude::*;

use super::*;
use crate::catalog::{Catalog, Files};

const NOW: i64 = 1_000_000_000;
const MINUTE: i64 = 60_000;

fn at(ms: i64) -> Moment {
    Moment::from_ms(ms)
}

fn catalog() -> &'static Catalog {
    static SEED: std::sync::LazyLock<Catalog> =
        std::sync::LazyLock::new(|| Catalog::from_files(&Files::seed()).catalog);
    &SEED
}

/// Lines in which no two have one number; about half of the appointments are due.
fn lines() -> impl Strategy<Value = Vec<Waiting>> {
    let one = (0..3_usize, 0..10 * MINUTE, -10 * MINUTE..10 * MINUTE);
    prop::collection::vec(one, 0..14).prop_map(|all| {
        let waiting = |(n, (class, waited, due)): (usize, (usize, i64, i64))| {
            let class = Class::ALL[class];
            Waiting {
                seq: i64::try_from(n).unwrap(),
                class,
                since: at(NOW - waited),
                due: (class == Class::Appointment).then(|| at(NOW + due)),
            }
        };
        all.into_iter().enumerate().map(waiting).collect()
    })
}

fn goes_first(w: &Waiting) -> bool {
    w.class == Class::Priority || w.due.is_some_and(|due| due <= at(NOW))
}

proptest! {
    #[test]
    fn everybody_is_called_once_and_nobody_is_passed_over_for_ever(line in lines(), done in 0..3_u32, most in 0..4_u32) {
        let order = order(&line, Jumps { done, most }, at(NOW));
        let mut all = order.clone();
        all.sort_unstable();
        prop_assert_eq!(all, (0..line.len()).collect::<Vec<_>>());
        let called: Vec<&Waiting> = order.iter().map(|at| &line[*at]).collect();
        // Never more than `most` in a row while somebody else waits, counted from what was before.
        let mut in_a_row = done;
        for (place, one) in called.iter().enumerate() {
            let others_wait = called[place + 1..].iter().any(|w| w.class == Class::Ordinary);
            in_a_row = if goes_first(one) && others_wait { in_a_row + 1 } else { 0 };
            prop_assert!(in_a_row <= most.max(done), "{called:?}");
        }
        // Within each class by its own order; an early appointment only when nobody else is left.
        let of = |class: Class| called.iter().filter(move |w| w.class == class);
        prop_assert!(of(Class::Ordinary).is_sorted_by_key(|w| (w.since, w.seq)));
        prop_assert!(of(Class::Priority).is_sorted_by_key(|w| (w.since, w.seq)));
        prop_assert!(of(Class::Appointment).is_sorted_by_key(|w| (w.due, w.seq)));
        let first_early = called.iter().position(|w| w.class == Class::Appointment && !goes_first(w));
        if let Some(early) = first_early {
            prop_assert!(called[early..].iter().all(|w| w.class == Class::Appointment));
        }
    }

    #[test]
    fn how_many_are_before_somebody_is_how_many_are_called(line in lines(), done in 0..3_u32, most in 0..4_u32) {
        for mine in 0..line.len() {
            let jumps = Jumps { done, most };
            // Naively: counters call one after the other, each time from the line as it then is.
            let (mut left, mut jumps_now, mut before) = (line.clone(), jumps, 0);
            loop {
                let next = head(&left, jumps_now, at(NOW)).unwrap();
                if left[next].seq == line[mine].seq {
                    break;
                }
                jumps_now = Jumps { done: jumped(&left, next, jumps_now), most };
                left.remove(next);
                before += 1;
            }
            prop_assert_eq!(ahead(&line, mine, jumps, at(NOW)), before);
            prop_assert!(ahead_most(&line, mine, jumps, at(NOW)) >= before);
        }
    }

    #[test]
    fn a_waiting_time_is_what_a_recount_of_the_services_says(
        services in prop::collection::vec(1_000..40 * MINUTE, 0..30),
        (open, busy) in (0..5_usize, 0..5_usize),
        (fewest, more) in (0..40_usize, 0..10_usize),
    ) {
        let (busy, least) = (busy.min(open), 5);
        let pace = Pace { services_ms: services.clone(), open, busy };
        let found = wait((fewest, fewest + more), &pace, least);
        let needed = |ahead: usize| (ahead + 1).saturating_sub(open - busy);
        // The smallest value that so many quarters of all values do not exceed.
        let quarter = |n: usize| {
            let reaches = |v: &&i64| services.iter().filter(|s| s <= v).count() * 4 >= services.len() * n;
            services.iter().filter(reaches).min().copied()
        };
        let minutes = |n: usize, took: i64| i64::try_from(n).unwrap() * took;
        let open_ms = i64::try_from(open).unwrap() * MINUTE;
        let expected = if open == 0 {
            Wait::Unknown(Unknown::NoCounter)
        } else if needed(fewest + more) == 0 {
            Wait::Between(0, 0)
        } else if services.len() < 5 {
            Wait::Unknown(Unknown::TooFew)
        } else {
            let (short, long) = (minutes(needed(fewest), quarter(1).unwrap()), minutes(needed(fewest + more), quarter(3).unwrap()));
            let from = (0..).take_while(|m| (m + 1) * open_ms <= short).count();
            let to = (0..).take_while(|m| m * open_ms < long).count();
            Wait::Between(i64::try_from(from).unwrap(), i64::try_from(to).unwrap())
        };
        prop_assert_eq!(found, expected);
    }

    /// Random days at two counters: whatever is done, every ticket is somewhere, and is served at most once.
    #[test]
    fn no_history_loses_a_ticket_or_serves_one_twice(acts in prop::collection::vec((0..8_u8, 0..2_usize, 0..40_usize), 0..200)) {
        let mut states: Vec<TicketState> = Vec::new();
        let mut lines: Vec<Waiting> = Vec::new();
        let (mut counters, mut jumps) = ([None::<usize>, None], Jumps { done: 0, most: 2 });
        let mut finished = Vec::new();
        for (act, counter, which) in acts {
            let chosen = (!states.is_empty()).then(|| which % states.len());
            match act {
                0 | 1 => {
                    let seq = i64::try_from(states.len()).unwrap();
                    let class = Class::ALL[which % 2];
                    lines.push(Waiting { seq, class, since: at(NOW), due: None });
                    states.push(TicketState::Waiting);
                }
                2 | 3 if counters[counter].is_none() => {
                    let waiting: Vec<usize> = (0..states.len()).filter(|n| states[*n] == TicketState::Waiting).collect();
                    let seen: Vec<Waiting> = waiting.iter().map(|n| lines[*n]).collect();
                    if let Some(next) = head(&seen, jumps, at(NOW)) {
                        jumps.done = jumped(&seen, next, jumps);
                        states[waiting[next]] = states[waiting[next]].after(Step::Call).unwrap();
                        counters[counter] = Some(waiting[next]);
                    }
                }
                4 | 5 => if let Some(n) = counters[counter].take() {
                    let step = if act == 4 { Step::Finish } else { Step::Pass };
                    states[n] = states[n].after(step).unwrap();
                    finished.extend((step == Step::Finish).then_some(n));
                },
                6 => if let Some(next) = chosen.and_then(|n| states[n].after(Step::Back).map(|next| (n, next))) {
                    states[next.0] = next.1;
                },
                _ => if let Some(next) = chosen.and_then(|n| states[n].after(Step::Leave).map(|next| (n, next))) {
                    states[next.0] = next.1;
                },
            }
            prop_assert!(counters[0].is_none() || counters[0] != counters[1], "one ticket at two counters");
            let called = states.iter().filter(|s| **s == TicketState::Called).count();
            prop_assert_eq!(called, counters.iter().flatten().count());
        }
        let mut once = finished.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), finished.len(), "served twice");
        prop_assert!(finished.iter().all(|n| states[*n] == TicketState::Finished), "what is served stays so");
    }
}

#[test]
fn what_is_over_stays_over_and_every_word_reads_back() {
    for end in [TicketState::Finished, TicketState::Left] {
        assert!(Step::ALL.iter().all(|step| end.after(*step).is_none()), "{end:?}");
    }
    assert!(TicketState::ALL.iter().all(|s| TicketState::from_word(s.word()) == Some(*s)));
    assert!(Step::ALL.iter().all(|s| Step::from_word(s.word()) == Some(*s)));
    assert!(AppointmentState::ALL.iter().all(|s| AppointmentState::from_word(s.word()) == Some(*s)));
}

#[test]
fn an_appointment_goes_first_at_its_time_and_after_everybody_before_it() {
    let one = |seq, class, due: Option<i64>| Waiting { seq, class, since: at(NOW - 1), due: due.map(|d| at(NOW + d)) };
    let line = [
        one(1, Class::Ordinary, None),
        one(2, Class::Priority, None),
        one(3, Class::Appointment, Some(MINUTE)),
        one(4, Class::Appointment, Some(0)),
        one(5, Class::Ordinary, None),
    ];
    let called = |most, now: i64| -> Vec<i64> {
        order(&line, Jumps { done: 0, most }, at(now)).into_iter().map(|at| line[at].seq).collect()
    };
    assert_eq!(called(2, NOW), [4, 2, 1, 5, 3]);
    assert_eq!(called(2, NOW + MINUTE), [4, 3, 1, 2, 5], "after two in a row somebody else");
    assert_eq!(called(9, NOW + MINUTE), [4, 3, 2, 1, 5]);
    assert_eq!(called(0, NOW + MINUTE), [1, 5, 4, 3, 2]);
}

#[test]
fn an_appointment_holds_from_shortly_before_to_shortly_after_its_time() {
    let terms = (20, 15);
    for (minutes, expected) in
        [(-21, Hold::Ahead), (-20, Hold::Now), (0, Hold::Now), (15, Hold::Now), (16, Hold::Missed)]
    {
        let now = at(NOW + minutes * MINUTE);
        assert_eq!(hold(AppointmentState::Booked, at(NOW), terms, now), expected, "{minutes}");
        assert_eq!(hold(AppointmentState::Came, at(NOW), terms, now), Hold::Over);
        assert_eq!(hold(AppointmentState::Cancelled, at(NOW), terms, now), Hold::Over);
    }
}

#[test]
fn slots_lie_within_the_hours_of_worked_days() {
    let catalog = catalog();
    let hall = catalog.halls().get("hall-450103").unwrap();
    let slots = |offer: &str, on: &str| catalog.hall_slots(hall, offer, on.parse().unwrap());
    // 9:00 to 12:00 and 13:00 to 17:00 in half hours; three counters receive, two hand out.
    let day = slots("integrated", "2026-11-24").unwrap();
    assert_eq!((day.len(), day[0].capacity), (14, 3));
    assert_eq!(day[0].at, "2026-11-24T09:00:00+08:00".parse().unwrap());
    assert_eq!(day[6].at, "2026-11-24T13:00:00+08:00".parse().unwrap());
    assert_eq!(day[13].at, "2026-11-24T16:30:00+08:00".parse().unwrap());
    assert_eq!(slots("results", "2026-11-24").unwrap()[0].capacity, 2);
    assert_eq!(slots("township-window", "2026-11-24").unwrap(), []);
    // A Sunday, a holiday; a Saturday that is worked; a year without a calendar.
    for (on, n) in [("2026-11-29", 0), ("2026-10-01", 0), ("2026-10-10", 14)] {
        assert_eq!(slots("integrated", on).unwrap().len(), n, "{on}");
    }
    assert!(slots("integrated", "2027-11-24").is_err());
    let open = |at: &str| catalog.hall_open(hall, at.parse().unwrap());
    assert!(open("2026-11-24T09:00:00+08:00") && open("2026-11-24T16:59:59+08:00"));
    assert!(!open("2026-11-24T12:30:00+08:00") && !open("2026-11-24T17:00:00+08:00"));
    assert!(!open("2026-11-29T10:00:00+08:00") && !open("2027-11-24T10:00:00+08:00"));
}
