//! Who may do what as an agent: walked through every right, act and kind of place.

use kernel::{Clock, Entropy, FixedClock, Id, Moment, SeededEntropy};
use serde_json::Map;

use super::decide::mistakes;
use super::*;
use crate::access::{Actor, EVERY, Place, Right, Role, Scope, Scopes, StaffActor};
use crate::catalog::{Catalog, Files, HallAct, HallKind};

const POINT: &str = "point-450224100003";
const FELLING: &str = "fo-felling-small";

fn catalog() -> &'static Catalog {
    static SEED: std::sync::LazyLock<Catalog> =
        std::sync::LazyLock::new(|| Catalog::from_files(&Files::seed()).catalog);
    &SEED
}

fn at(text: &str) -> Moment {
    format!("{text}T10:00:00+08:00").parse().unwrap()
}

fn id(n: u64) -> Id {
    let (clock, chance): (FixedClock, SeededEntropy) = (FixedClock::default(), SeededEntropy::new(n));
    let (clock, chance): (&dyn Clock, &dyn Entropy) = (&clock, &chance);
    Id::new(clock, chance)
}

fn post(hall: &str, acts: &[HallAct], items: &[&str]) -> Post {
    Post {
        shard: "gx".into(),
        id: id(1),
        version: 1,
        account: id(2),
        account_name: "石代办".into(),
        hall: hall.into(),
        acts: acts.to_vec(),
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        valid_from: "2026-01-01".parse().unwrap(),
        valid_to: "2026-12-31".parse().unwrap(),
        basis: "聘任书".into(),
        named_by: "管理员".into(),
        named_at: at("2026-01-01"),
        ended_at: None,
        ended_by: None,
        end_why: None,
    }
}

#[test]
fn a_post_gives_no_right_of_staff_and_no_place_decides() {
    // The account of an agent has no rows of rights: whatever is asked, anywhere, is denied.
    let agent = Actor::Staff(StaffActor {
        account: id(2),
        name: "石代办".into(),
        post: "代办员".into(),
        scopes: Scopes::default(),
    });
    for right in Right::ALL {
        for (agency, region) in [(EVERY, EVERY), ("forestry-450224", "450224"), ("township-450224101", "450224101")] {
            assert!(!agent.allow(*right, &Place { agency, region, item: FELLING }), "{right:?}");
        }
    }
    assert!(never_decides(&agent));
    // Who decides, leads or writes rules anywhere is no agent; who only receives may be one.
    for role in Role::ALL {
        let scope = Scope { role: *role, agency: "gx-mpa".into(), region: "450224".into(), item: EVERY.into() };
        let scopes = Scopes::compile(vec![scope], |_| Default::default(), &[]);
        let actor = Actor::Staff(StaffActor { account: id(3), name: "某".into(), post: String::new(), scopes });
        let decides = [Right::DecideCase, Right::Lead, Right::WriteRules, Right::ApproveRules];
        let expected = !role.rights().iter().any(|right| decides.contains(right));
        assert_eq!(never_decides(&actor), expected, "{role:?}");
    }
    assert!(!never_decides(&Actor::Machine) && !never_decides(&Actor::Anonymous));
    // To receive is not among what a post allows, whatever is written into it, at a village point.
    assert!(!ACTS.contains(&HallAct::Receive));
    let all = post(POINT, &HallAct::ALL, &[]);
    let now = at("2026-11-24");
    for item in catalog().items(now.date()) {
        assert!(!all.may(catalog(), (HallAct::Receive, &item.id), now), "{}", item.id);
    }
}

#[test]
fn a_post_allows_what_place_post_item_and_day_all_allow() {
    let acts = [HallAct::CollectAndForward, HallAct::FirstReview, HallAct::Deliver];
    let now = at("2026-11-24");
    let whole = post(POINT, &acts, &[]);
    let narrow = post(POINT, &[HallAct::CollectAndForward], &[FELLING]);
    let mut ended = whole.clone();
    ended.ended_at = Some(at("2026-11-20"));
    let elsewhere = post("no-such-place", &acts, &[]);
    let hall = post("hall-450224", &acts, &[]);
    for (post, act, item, now, may) in [
        (&whole, HallAct::CollectAndForward, FELLING, now, true),
        (&whole, HallAct::CollectAndForward, "he-nurse-first", now, true),
        (&whole, HallAct::FirstReview, FELLING, now, true),
        // First review is entrusted for the items named at the place.
        (&whole, HallAct::FirstReview, "he-nurse-first", now, false),
        (&whole, HallAct::Deliver, FELLING, now, true),
        (&whole, HallAct::AssistFill, FELLING, now, false),
        (&narrow, HallAct::CollectAndForward, FELLING, now, true),
        (&narrow, HallAct::CollectAndForward, "he-nurse-first", now, false),
        (&narrow, HallAct::Deliver, FELLING, now, false),
        (&whole, HallAct::CollectAndForward, FELLING, at("2025-12-31"), false),
        (&whole, HallAct::CollectAndForward, FELLING, at("2026-12-31"), true),
        (&whole, HallAct::CollectAndForward, FELLING, at("2027-01-01"), false),
        (&ended, HallAct::CollectAndForward, FELLING, at("2026-11-19"), true),
        (&ended, HallAct::CollectAndForward, FELLING, at("2026-11-20"), false),
        (&elsewhere, HallAct::CollectAndForward, FELLING, now, false),
        // A county hall receives by itself and forwards nothing.
        (&hall, HallAct::CollectAndForward, FELLING, now, false),
    ] {
        assert_eq!(post.may(catalog(), (act, item), now), may, "{} {act:?} {item} {now}", post.hall);
    }
    assert!(ended.was_in_force("2026-11-20".parse().unwrap()) && !ended.was_in_force("2026-11-21".parse().unwrap()));
    let kinds: Vec<HallKind> = catalog().halls().iter().filter(|h| h.counters.is_empty()).map(|h| h.kind).collect();
    assert!(kinds.contains(&HallKind::Point));
}

#[test]
fn everything_wrong_with_a_draft_is_told_at_once() {
    let (empty, today) = (Map::new(), at("2026-11-24").date());
    let item = catalog().item(FELLING, today).unwrap();
    let holder = post(POINT, &ACTS, &[]);
    let draft = |day: Option<&str>| Draft {
        id: id(9),
        item: FELLING,
        name: " ",
        code: "450224198805200011",
        form: &empty,
        collected_on: day.map(|day| day.parse().unwrap()),
        is_seen: false,
        is_authorised: true,
        paper: "",
    };
    let pointers = |day| -> Vec<String> {
        mistakes(&draft(day), &item, &holder, today).into_iter().map(|error| error.pointer).collect()
    };
    let found = pointers(Some("2026-11-25"));
    for pointer in [
        "/applicant/code",
        "/applicant/name",
        "/applicant/seen",
        "/authorisation",
        "/collected_on",
        "/volume",
        "/phone",
    ] {
        assert!(found.iter().any(|p| p == pointer), "{pointer} in {found:?}");
    }
    assert!(pointers(Some("2025-12-31")).contains(&"/collected_on".to_owned()), "before the post began");
    assert!(pointers(None).contains(&"/collected_on".to_owned()));
    assert!(!pointers(Some("2026-01-01")).contains(&"/collected_on".to_owned()), "late is no mistake");
}

#[test]
fn trips_are_saved_where_both_sides_are_known_and_only_there() {
    let item = |cases: [i64; 5], before: Option<u32>| ItemTrips { item: "i".into(), cases, before, grade: None };
    // Online, point, station, hall, unknown.
    for (cases, before, saved, uncounted) in [
        ([1, 2, 3, 4, 5], Some(2), Some(6 * 2 + 4), 5),
        ([0, 0, 0, 7, 0], Some(1), Some(0), 0),
        ([3, 0, 0, 1, 0], Some(0), Some(-1), 0),
        ([1, 2, 3, 4, 5], None, None, 15),
        ([0, 0, 0, 0, 0], Some(3), Some(0), 0),
    ] {
        let trips = item(cases, before);
        assert_eq!((trips.saved(), trips.uncounted()), (saved, uncounted), "{trips:?}");
    }
    let carried = |distance_m, before| Carried { hall: "h".into(), item: "i".into(), jobs: 3, distance_m, before };
    assert_eq!(carried(Some(12_500), Some(2)).saved_m(), Some(3 * 2 * 2 * 12_500));
    assert_eq!(carried(None, Some(2)).saved_m(), None);
    assert_eq!(carried(Some(12_500), None).saved_m(), None);
}

#[test]
fn a_straight_line_is_as_long_as_a_second_formula_says() {
    let at = |north: i32, east: i32| crate::catalog::Located {
        longitude_micro: east,
        latitude_micro: north,
        source: "测".into(),
    };
    // One degree of latitude is 111.195 km on this sphere; along the equator too.
    assert_eq!(straight_m(&at(24_000_000, 108_000_000), &at(25_000_000, 108_000_000)), 111_195);
    assert_eq!(straight_m(&at(0, 108_000_000), &at(0, 109_000_000)), 111_195);
    let (a, b) = (at(25_224_000, 109_397_000), at(24_326_000, 109_428_000));
    // The spherical law of cosines, which is exact enough at this distance.
    let radians = |micro: i32| (f64::from(micro) / 1e6).to_radians();
    let (na, nb) = (radians(a.latitude_micro), radians(b.latitude_micro));
    let angle =
        na.sin() * nb.sin() + na.cos() * nb.cos() * (radians(b.longitude_micro) - radians(a.longitude_micro)).cos();
    let expected = 6_371_008.8 * angle.acos();
    let found = straight_m(&a, &b);
    assert!((expected - found as f64).abs() < 2.0, "{found} against {expected}");
    assert_eq!((straight_m(&a, &a), straight_m(&a, &b)), (0, straight_m(&b, &a)));
}
