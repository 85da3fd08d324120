use super::*;
use crate::access::{EVERY, Role, Scope, Scopes, StaffActor};
use crate::catalog::Files;

fn seed() -> Catalog {
    Catalog::from_files(&Files::seed()).catalog
}

fn today() -> Date {
    "2026-11-23".parse().unwrap()
}

fn officer(rows: &[(Role, &str, &str, &str)]) -> Actor {
    let row = |(role, agency, region, item): &(Role, &str, &str, &str)| Scope {
        role: *role,
        agency: (*agency).into(),
        region: (*region).into(),
        item: (*item).into(),
    };
    let scopes = Scopes::compile(rows.iter().map(row).collect(), |_| Default::default(), &[]);
    let account = kernel::Id::new(&kernel::FixedClock::default(), &kernel::SeededEntropy::new(1));
    Actor::Staff(StaffActor { account, name: "窗口".into(), post: "受理".into(), scopes })
}

#[test]
fn a_place_is_named_with_its_counter_where_it_has_some() {
    let catalog = seed();
    for (hall, counter, is_there) in [
        ("hall-450103", "A-1", true),
        ("hall-450103", "", false),
        ("hall-450103", "Z-9", false),
        ("hall-none", "A-1", false),
        ("point-450103001001", "", catalog.halls().get("point-450103001001").is_some()),
    ] {
        assert_eq!(post(&catalog, (hall, counter), today()).is_ok(), is_there, "{hall} {counter}");
    }
    let early: Date = "2020-01-01".parse().unwrap();
    assert!(post(&catalog, ("hall-450103", "A-1"), early).is_err(), "not open yet");
}

#[test]
fn a_post_reaches_a_counter_by_role_region_item_and_agency() {
    let catalog = seed();
    let hall = post(&catalog, ("hall-450103", "A-1"), today()).unwrap();
    let renew = ("fd-pharmacist-renew", "gx-mpa");
    for (rows, want) in [
        (vec![(Role::Window, EVERY, "450103", EVERY)], true),
        (vec![(Role::Clerk, EVERY, "450100", EVERY)], true),
        (vec![(Role::Clerk, "gx-mpa", "450000", EVERY)], true),
        (vec![(Role::Clerk, "gx-mpa", "450000", "fd-pharmacist-renew")], true),
        // One row must fit in everything.
        (vec![(Role::Window, EVERY, "450105", EVERY)], false),
        (vec![(Role::Window, EVERY, "450103", "fd-pharmacist-first")], false),
        (vec![(Role::Clerk, "amr-450103", "450103", EVERY)], false),
        (vec![(Role::Window, EVERY, "450200", EVERY), (Role::Approver, EVERY, "450103", EVERY)], false),
        (vec![(Role::Approver, EVERY, EVERY, EVERY), (Role::Head, EVERY, EVERY, EVERY)], false),
        (vec![], false),
    ] {
        let officer = officer(&rows);
        assert_eq!(reaches(&officer, &hall, renew), want, "{rows:?}");
        let may = may_receive(&catalog, &officer, (&hall, hall.taking()), renew);
        assert_eq!(may.is_ok(), want, "{rows:?}");
    }
}

#[test]
fn a_counter_does_what_it_offers_and_what_another_place_decides_goes_another_way() {
    let catalog = seed();
    let everywhere = officer(&[(Role::Window, EVERY, EVERY, EVERY)]);
    let may = |hall: &str, counter: &str, act: HallAct, (item, deciding): (&str, &str)| {
        let place = post(&catalog, (hall, counter), today()).unwrap();
        may_receive(&catalog, &everywhere, (&place, act), (item, deciding)).is_ok()
    };
    let renew = ("fd-pharmacist-renew", "gx-mpa");
    assert!(may("hall-450103", "A-1", HallAct::Receive, renew));
    assert!(may("hall-450103", "A-1", HallAct::Deliver, renew));
    assert!(!may("hall-450103", "B-1", HallAct::Receive, renew), "the counter of results receives nothing");
    assert!(!may("hall-450103", "A-2", HallAct::Deliver, renew), "and this one hands nothing out");
    let food = ("fd-food-licence", "amr-450103");
    assert!(may("hall-450103", "A-1", HallAct::Receive, food));
    assert!(may("hall-450100", "A-1", HallAct::Receive, food), "the city's hall lies above the district");
    assert!(!may("hall-450200", "A-1", HallAct::Receive, food), "another city takes it in for that place");
}

#[test]
fn no_village_receives_and_none_decides() {
    let catalog = seed();
    let points = catalog.halls().iter().filter(|hall| hall.kind == HallKind::Point && hall.in_force(today()));
    let mut seen = 0;
    for hall in points {
        let place = Post { hall, counter: None };
        assert_eq!(place.taking(), HallAct::CollectAndForward);
        for item in catalog.items(today()) {
            assert!(!place.may(&catalog, HallAct::Receive, &item.id), "{} {}", hall.id, item.id);
        }
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
    assert!(catalog.agencies().all(|agency| agency.level != kernel::RegionLevel::Village));
}

#[test]
fn papers_have_one_working_day() {
    let catalog = seed();
    let at = |text: &str| text.parse::<Moment>().unwrap();
    for (sent, due) in [
        ("2026-11-23T10:00:00+08:00", "2026-11-25T00:00:00+08:00"),
        // Friday's are due on Monday.
        ("2026-11-27T16:00:00+08:00", "2026-12-01T00:00:00+08:00"),
    ] {
        assert_eq!(relay_due(&catalog, at(sent)), Some(at(due)), "{sent}");
    }
    let due = at("2026-11-25T00:00:00+08:00");
    let before = at("2026-11-24T23:59:59+08:00");
    for ((ended, returned), now, state) in [
        ((false, false), before, RelayState::Sent),
        ((false, false), due, RelayState::Overdue),
        ((true, false), due, RelayState::Taken),
        ((true, true), due, RelayState::Returned),
    ] {
        assert_eq!(RelayState::of((ended, returned), Some(due), now), state);
    }
}

#[test]
fn every_word_is_read_back() {
    assert!(Document::ALL.iter().all(|d| Document::from_word(d.word()) == Some(*d)));
    assert!(Way::ALL.iter().all(|w| Way::from_word(w.word()) == Some(*w)));
    assert_eq!((Document::from_word("passport"), Way::from_word("")), (None, None));
}
