//! Lists and runs over a real store.

use kernel::{Clock, Date};
use store::testing::Scratch;

use super::*;
use crate::access::{self, Actor, Desk, EVERY, NewStaff, Role, Scope, StaffActor};

fn desk(scratch: &Scratch) -> Desk<'_> {
    let tenant = kernel::Tenant::HOUSE;
    Desk { store: &scratch.store, shard: "gx", clock: &*scratch.clock, entropy: &*scratch.entropy, tenant }
}

async fn scratch() -> Scratch {
    let scratch = Scratch::new().await;
    scratch.clock.set("2026-11-23T21:40:00+08:00".parse().unwrap());
    scratch
}

/// Both engines: one text of SQL. Where PostgreSQL is not installed, SQLite alone.
async fn engines() -> Vec<Scratch> {
    let mut engines = vec![scratch().await];
    if let Some(postgres) = Scratch::on_postgres("").await {
        postgres.clock.set(engines[0].clock.now());
        engines.push(postgres);
    }
    engines
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn publication(from: &str) -> Publication<'static> {
    Publication {
        list: "gx", title: "权责清单", note: "", valid_from: day(from), valid_to: None, demonstration: true
    }
}

async fn published(scratch: &Scratch, from: &str, powers: &[Power]) -> PowerList {
    publish(&desk(scratch), &Actor::Machine, &publication(from), powers).await.unwrap()
}

async fn officer(scratch: &Scratch, login: &str, role: Role, agency: &str) -> Actor {
    let base = desk(scratch);
    let new = NewStaff {
        login: login.into(),
        name: login.into(),
        post: "执法".into(),
        agency: "gx-mpa".into(),
        region: "450000".into(),
    };
    let (account, _) = access::staff::create(&base, &Actor::Machine, &new).await.unwrap();
    let scope = Scope { role, agency: agency.into(), region: "450000".into(), item: EVERY.into() };
    access::staff::grant_scope(&base, &Actor::Machine, account.id, &scope).await.unwrap();
    let scopes = access::staff::scopes(base.store, account.id).await.unwrap();
    Actor::Staff(StaffActor { account: account.id, name: login.into(), post: "执法".into(), scopes })
}

#[tokio::test]
async fn a_published_version_never_changes_and_stands_in_the_log() {
    let scratch = scratch().await;
    let first = published(&scratch, "2025-01-01", &[plain("A001"), plain("A002")]).await;
    let leaf = &scratch.store.leaves(first.id).await.unwrap()[0];
    let said = String::from_utf8(leaf.bytes.clone()).unwrap();
    assert!(leaf.kind == "power.list_published" && said.contains(&first.hash), "{said}");
    for from in ["2025-01-01", "2024-06-01"] {
        let again = publish(&desk(&scratch), &Actor::Machine, &publication(from), &[plain("A003")]).await;
        assert!(matches!(again, Err(PowerError::Published { .. })), "{from}: {again:?}");
    }
    let rows = powers_of(&scratch.store, first.id).await.unwrap();
    assert_eq!(rows, [plain("A001"), plain("A002")]);
    assert!(first.holds(&rows) && !first.holds(&rows[..1]) && !first.holds(&[plain("A001"), plain("A009")]));
    let second = published(&scratch, "2026-01-01", &[plain("A003")]).await;
    let at = |on| list_at(&scratch.store, "gx", day(on));
    assert_eq!(at("2024-12-31").await.unwrap(), None);
    assert_eq!(at("2025-12-31").await.unwrap().unwrap().id, first.id);
    assert_eq!(at("2026-01-01").await.unwrap().unwrap().id, second.id);
    assert_eq!(list_by_label(&scratch.store, "gx@2025-01-01").await.unwrap().unwrap(), first);
    assert_eq!(power(&scratch.store, first.id, "A003").await.unwrap(), None, "rows belong to their version");
}

#[tokio::test]
async fn a_version_with_a_last_day_is_not_in_force_afterwards() {
    let scratch = scratch().await;
    let new = Publication { valid_to: Some(day("2026-06-30")), ..publication("2026-01-01") };
    publish(&desk(&scratch), &Actor::Machine, &new, &[plain("A001")]).await.unwrap();
    assert!(list_at(&scratch.store, "gx", day("2026-06-30")).await.unwrap().is_some());
    assert!(list_at(&scratch.store, "gx", day("2026-07-01")).await.unwrap().is_none());
}

#[tokio::test]
async fn who_may_not_publish_and_what_is_misstated_publishes_nothing() {
    let scratch = scratch().await;
    let clerk = officer(&scratch, "clerk", Role::Clerk, "gx-mpa").await;
    let refused = publish(&desk(&scratch), &clerk, &publication("2026-01-01"), &[plain("A001")]).await;
    assert!(matches!(refused, Err(PowerError::Forbidden(_))));
    for wrong in [
        Publication { list: "Gx list", ..publication("2026-01-01") },
        Publication { title: "  ", ..publication("2026-01-01") },
        Publication { valid_to: Some(day("2025-12-31")), ..publication("2026-01-01") },
    ] {
        let told = publish(&desk(&scratch), &Actor::Machine, &wrong, &[plain("A001")]).await;
        assert!(matches!(told, Err(PowerError::Misstated(_))), "{wrong:?}");
    }
    assert_eq!(lists(&scratch.store).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_powers_are_published_and_found_page_by_page() {
    for scratch in engines().await {
        five_thousand(&scratch).await;
    }
}

async fn five_thousand(scratch: &Scratch) {
    let all: Vec<Power> = (0..5_000)
        .map(|n| Power {
            kind: if n % 2 == 0 { "penalty".into() } else { "other".into() },
            level: if n % 5 == 0 { RegionLevel::City } else { RegionLevel::Region },
            name: if n == 4_321 { "对100%_果汁!的处罚 Juice".into() } else { format!("权力{n:05}") },
            ..plain(&format!("A{n:05}"))
        })
        .collect();
    let list = published(scratch, "2026-01-01", &all).await;
    assert_eq!((list.powers, powers_of(&scratch.store, list.id).await.unwrap().len()), (5_000, 5_000));
    let wanted = Wanted { kind: "penalty".into(), level: "city".into(), ..Wanted::default() };
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = find(&scratch.store, list.id, &Wanted { after, ..wanted.clone() }).await.unwrap();
        assert_eq!(page.count, 500);
        assert!(page.powers.len() <= PAGE);
        seen.extend(page.powers.into_iter().map(|p| p.code));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    let expected: Vec<String> =
        all.iter().filter(|p| p.kind == "penalty" && p.level == RegionLevel::City).map(|p| p.code.clone()).collect();
    assert_eq!(seen, expected);
    for (text, count) in [
        ("juice", 1),
        ("JUICE", 1),
        ("100%_果汁!", 1),
        ("%", 1),
        ("_", 1),
        ("!", 1),
        ("a0432", 10),
        ("权力0432", 9),
        ("没有", 0),
        ("'; --", 0),
    ] {
        let found = find(&scratch.store, list.id, &Wanted { text: text.into(), ..Wanted::default() }).await.unwrap();
        assert_eq!(found.count, count, "{text}");
    }
}

#[tokio::test]
async fn a_run_begins_only_where_a_list_in_force_names_the_power_and_no_item_exercises_it() {
    let scratch = scratch().await;
    let (catalog, law) = seed();
    let own = Power { kind: "penalty".into(), flow: "penalty".into(), ..plain("CF-1") };
    let asked = Power { items: vec!["fd-pharmacist-renew".into()], ..plain("XK-1") };
    published(&scratch, "2026-01-01", &[own, asked]).await;
    let (clerk, other) =
        (officer(&scratch, "a1", Role::Clerk, "gx-mpa").await, officer(&scratch, "b1", Role::Clerk, "gx-hc").await);
    let base = desk(&scratch);
    let open = async |actor: &Actor, code: &str, party: &str| {
        open_run(&base, (catalog, law), actor, &NewRun { list: "gx", code, party, party_kind: "organisation" }).await
    };
    assert!(matches!(open(&clerk, "CF-9", "某公司").await, Err(PowerError::NotFound)));
    assert!(matches!(open(&clerk, "XK-1", "某公司").await, Err(PowerError::Forbidden(_))));
    assert!(matches!(open(&other, "CF-1", "某公司").await, Err(PowerError::NotFound)), "another agency's power");
    assert!(
        matches!(open(&Actor::Machine, "CF-1", "某公司").await, Err(PowerError::NotFound)),
        "the machine exercises none"
    );
    assert!(matches!(open(&clerk, "CF-1", " ").await, Err(PowerError::Misstated(_))));
    let run = open(&clerk, "CF-1", "某 公司").await.unwrap();
    assert!(run.number.starts_with("CF20261123-") && run.state == "start" && run.is_open);
    assert!(matches!(run_file(&scratch.store, &other, &run.number).await, Err(PowerError::NotFound)));
    assert_eq!(
        runs_for(&scratch.store, clerk.account().unwrap(), (true, 0)).await.unwrap().0,
        std::slice::from_ref(&run)
    );
    assert_eq!(runs_for(&scratch.store, other.account().unwrap(), (true, 0)).await.unwrap().0, []);
    assert_eq!(
        (runs_of(&scratch.store, "CF-1").await.unwrap(), runs_of(&scratch.store, "").await.unwrap()),
        ((1, 0), (1, 0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_act_is_a_row_and_a_leaf_that_names_nobody_and_two_at_once_are_one() {
    for scratch in engines().await {
        two_at_once(&scratch).await;
    }
}

async fn two_at_once(scratch: &Scratch) {
    let (catalog, law) = seed();
    let own = Power { kind: "penalty".into(), flow: "penalty".into(), ..plain("CF-1") };
    published(scratch, "2026-01-01", &[own]).await;
    let clerk = officer(scratch, "a1", Role::Clerk, "gx-mpa").await;
    let base = desk(scratch);
    let new = NewRun { list: "gx", code: "CF-1", party: "某公司秘密", party_kind: "organisation" };
    let run = open_run(&base, (catalog, law), &clerk, &new).await.unwrap();
    let values: Values = [("clue", "秘密线索"), ("suspicion", "某条")].map(|(k, v)| (k.into(), v.into())).into();
    let command = Command::Take { step: "file", values: &values };
    let (first, second) = tokio::join!(
        proceed(&base, catalog.calendar(), &clerk, (&run.number, 1, command)),
        proceed(&base, catalog.calendar(), &clerk, (&run.number, 1, command)),
    );
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|ok| **ok).count(), 1, "{first:?} {second:?}");
    let both = first.and(second);
    assert!(matches!(both, Err(PowerError::Changed)), "{both:?}");
    let file = run_file(&scratch.store, &clerk, &run.number).await.unwrap();
    assert_eq!((file.acts.len(), file.run.version, file.run.state.as_str()), (2, 2, "filed"));
    assert_eq!(file.situation(scratch.clock.now(), catalog.calendar()).state(), "filed");
    let leaves = scratch.store.leaves(run.id).await.unwrap();
    assert_eq!(leaves.len(), 2);
    for leaf in leaves {
        let said = String::from_utf8(leaf.bytes).unwrap();
        assert!(!said.contains("秘密") && !said.contains("a1\""), "{said}");
        assert!(said.contains("\"flow\"") && said.contains(&run.number));
    }
}
