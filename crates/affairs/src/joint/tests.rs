//! The state of a handling by a table, and state and clock of random histories against a recount that knows nothing of how
//! they are worked out.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use kernel::{Date, PeriodUnit};
use proptest::prelude::*;

use super::*;
use crate::catalog::{Catalog, Files};

fn catalog() -> &'static Catalog {
    static SEED: OnceLock<Catalog> = OnceLock::new();
    SEED.get_or_init(|| Catalog::from_files(&Files::seed()).catalog)
}

fn day(n: i64) -> Moment {
    let begin: Moment = "2026-01-05T10:00:00+08:00".parse().unwrap();
    begin.plus_ms(n * 24 * 3_600 * 1_000)
}

fn member(state: State, on_refusal: Refused) -> Member {
    let closed_at = (!state.is_open()).then(|| day(9));
    Member { state, received_at: Some(day(1)), closed_at, on_refusal, stops: Vec::new() }
}

#[test]
fn a_handling_stands_as_its_cases_do() {
    use Refused::{GoOn, Stop};
    let table = [
        (vec![(State::Granted, Stop), (State::NotNeeded, GoOn)], JointState::Finished),
        (vec![(State::Granted, Stop), (State::Granted, GoOn), (State::InReview, GoOn)], JointState::Handling),
        (vec![(State::InReview, Stop), (State::Gathering, GoOn)], JointState::Gathering),
        (vec![(State::Correcting, Stop), (State::Gathering, GoOn)], JointState::Correcting),
        (vec![(State::Refused, Stop), (State::InReview, GoOn)], JointState::Stopped),
        (vec![(State::Refused, Stop), (State::Correcting, GoOn)], JointState::Stopped),
        (vec![(State::Granted, Stop), (State::Refused, GoOn), (State::InReview, GoOn)], JointState::Handling),
        (vec![(State::Granted, Stop), (State::Refused, GoOn)], JointState::Ended),
        (vec![(State::Refused, Stop), (State::Withdrawn, GoOn)], JointState::Ended),
        (vec![(State::Withdrawn, Stop), (State::Withdrawn, GoOn)], JointState::Withdrawn),
        (vec![(State::Granted, Stop), (State::Withdrawn, GoOn)], JointState::Ended),
        (vec![(State::Lapsed, Stop), (State::Granted, GoOn)], JointState::Ended),
    ];
    for (cases, expected) in table {
        let members: Vec<Member> = cases.iter().map(|(s, r)| member(*s, *r)).collect();
        assert_eq!(state(&members), expected, "{cases:?}");
    }
}

fn terms(extended: bool) -> Terms<'static> {
    let procedure = catalog().procedure().unwrap();
    let added = procedure.joint_extension.as_ref().unwrap().period;
    Terms {
        limit: procedure.joint.as_ref().unwrap().period,
        added: extended.then_some(added),
        calendar: catalog().calendar(),
    }
}

#[test]
fn the_limit_is_forty_five_working_days_and_fifteen_more() {
    let members = [member(State::InReview, Refused::Stop), member(State::Granted, Refused::GoOn)];
    let (plain, longer) = (clock(&members, &terms(false)), clock(&members, &terms(true)));
    assert_eq!((terms(false).limit.n, terms(false).limit.unit), (45, PeriodUnit::WorkingDay));
    assert_eq!(plain.from, Some(day(1)));
    // Tuesday 6 January, and the Spring Festival of 2026 in between.
    assert_eq!(plain.due, Some("2026-03-17T00:00:00+08:00".parse().unwrap()));
    assert!(longer.due > plain.due && !plain.is_over(day(1)) && plain.is_over(day(90)));
    assert_eq!(clock(&[member(State::Correcting, Refused::Stop)], &terms(false)).due, None, "it is not complete");
}

/// Counts day by day, the way one does with a finger on the calendar.
fn recount(members: &[Member], n: u32) -> (Option<Date>, Option<Moment>) {
    let left = |m: &&Member| !["withdrawn", "declined", "lapsed"].contains(&m.state.word());
    let owed = ["awaiting_second_party", "gathering", "correcting"];
    if members.iter().any(|m| owed.contains(&m.state.word()))
        || members.iter().filter(left).any(|m| m.received_at.is_none())
    {
        return (None, None);
    }
    let Some(from) = members.iter().filter(left).filter_map(|m| m.received_at).max() else { return (None, None) };
    let mut still = BTreeSet::new();
    for stop in members.iter().filter(left).flat_map(|m| &m.stops) {
        let mut at = stop.from;
        while at <= stop.to.unwrap() {
            still.insert(at);
            at = at.tomorrow().unwrap();
        }
    }
    let works = |at: Date| catalog().calendar().is_working(at).unwrap();
    let (mut at, mut counted) = (from.date(), 0);
    while counted < n || !works(at) || still.contains(&at) {
        at = at.tomorrow().unwrap();
        counted += u32::from(works(at) && !still.contains(&at));
    }
    (Some(at), Some(from))
}

fn any_member() -> impl Strategy<Value = Member> {
    let stop = (0_i64..40, 0_i64..12).prop_map(|(a, n)| Stop::between(day(a).date(), day(a + n).date()));
    (
        0..State::ALL.len(),
        proptest::option::weighted(0.95, 0_i64..30),
        proptest::collection::vec(stop, 0..3),
        any::<bool>(),
    )
        .prop_map(|(state, received, stops, stop)| {
            let state = State::ALL[state];
            Member {
                state,
                received_at: received.map(day),
                closed_at: (!state.is_open()).then(|| day(50)),
                on_refusal: if stop { Refused::Stop } else { Refused::GoOn },
                stops,
            }
        })
}

/// The state again, from the words alone.
fn restate(members: &[Member]) -> &'static str {
    let words: Vec<&str> = members.iter().map(|m| m.state.word()).collect();
    let open = [
        "awaiting_second_party",
        "awaiting_evidence",
        "awaiting_data",
        "gathering",
        "correcting",
        "in_review",
        "special_step",
    ];
    let is_open = words.iter().any(|w| open.contains(w));
    let dead = members
        .iter()
        .any(|m| m.on_refusal == Refused::Stop && ["refused", "not_accepted", "terminated"].contains(&m.state.word()));
    if is_open {
        if dead {
            return "stopped";
        }
        if words.contains(&"correcting") {
            return "correcting";
        }
        return if words.contains(&"gathering") { "gathering" } else { "handling" };
    }
    if words.iter().all(|w| *w == "granted" || *w == "not_needed") {
        return "finished";
    }
    if words.iter().all(|w| *w == "withdrawn") { "withdrawn" } else { "ended" }
}

proptest! {
    #[test]
    fn state_and_clock_equal_a_naive_recount(members in proptest::collection::vec(any_member(), 1..6), extended in any::<bool>()) {
        prop_assert_eq!(state(&members).word(), restate(&members));
        let (last, from) = recount(&members, if extended { 60 } else { 45 });
        let worked = clock(&members, &terms(extended));
        prop_assert_eq!(worked.from, from);
        prop_assert_eq!(worked.due, last.map(|d| Moment::start_of(d.tomorrow().unwrap())));
    }
}
