//! Stories of place: the same item is decided in the county where the wood stands, in a township that was entrusted, or by
//! the region where nobody knows the place; and everybody sees their own cases and no others.

use affairs::access::{self, Actor, PersonActor, Role, Scope, StaffActor};
use affairs::approval::{self, ApprovalError, Case, Queue, Ruling, RulingDraft, State};
use affairs::catalog::{self, Files, Import};
use affairs::licence;
use affairs::register::{self, Extent, Extract, Format};
use serde_json::{Value as Json, json};
use stories::World;
use stories::world::{SHARD, index_rights, map};

const FELL: &str = "fo-felling-small";

async fn opened() -> World {
    let world = World::new().await;
    let import = Import { shard: SHARD, at: world.now(), act: world.base().id() };
    catalog::import(&world.scratch.store, world.files(), &import).await.unwrap();
    // Registers that hold somebody else: they answer, and know nobody of this story.
    let other = world.person("旁人", 99).await.party.code;
    let permit = json!({
        "name": "旁人", "number": "演采1号", "region": "450110", "parcel": "演-9999", "species": "杉木", "volume_m3": 10,
        "area_mu": 3, "method": "clear", "regrowth": "planting", "issued_on": "2025-01-10", "valid_to": "2025-12-31",
        "replant_by": "2026-12-31", "status": "valid",
    });
    let right = json!({"name": "旁人", "certificate": "演林权9号", "right": "contracted", "parcel": "演-9999",
        "region": "450110", "area_mu": 12, "valid_to": "2057-06-30", "status": "registered", "disputed": false});
    let replanting = json!({"name": "旁人", "overdue_mu": 0});
    for (register, record) in [("felling-permit", permit), ("forest-rights", right), ("replanting", replanting)] {
        whole(&world, register, &other, record).await;
    }
    world
}

/// All that a register holds: whoever is not in it is not registered.
async fn whole(world: &World, register: &str, subject: &str, record: Json) {
    let mut line = map(record);
    line.insert("subject".into(), subject.into());
    let text = Json::Object(line).to_string();
    let extract = Extract {
        register: world.registers.get(register).unwrap(),
        format: Format::JsonLines,
        extent: Extent::Whole,
        as_of: world.now().plus_ms(-3_600_000),
        text: &text,
    };
    register::import(&world.base(), &Actor::Machine, &extract, &mut |_| {}).await.unwrap();
}

/// A farmer whose wood stands in `region`; nobody knows where, with none.
async fn farmer(world: &World, n: u16, region: Option<&str>) -> PersonActor {
    let farmer = world.person("苏海生", n).await;
    let (code, name) = (&farmer.party.code, &farmer.party.name);
    let parcel = format!("演-{n:04}");
    if let Some(region) = region {
        let right = json!({"name": name, "certificate": "演林权1号", "right": "contracted", "parcel": parcel,
            "region": region, "area_mu": 12, "valid_to": "2057-06-30", "status": "registered", "disputed": false});
        world.record("forest-rights", code, right).await;
    }
    let stand = json!({"parcel": parcel, "origin": "planted", "class": "commercial", "growth": "trees",
        "species": "桉树", "closed": false, "nature_reserve": false, "unremedied": false});
    world.record("forest-stand", code, stand).await;
    let credit = json!({"name": name, "serious_records": 0, "broken_commitment": false});
    world.record("commitment-credit", code, credit).await;
    farmer
}

async fn fell(world: &World, n: u16, region: Option<&str>, volume: i64) -> Case {
    let farmer = farmer(world, n, region).await;
    let form = map(json!({
        "name": farmer.party.name, "citizen_id": farmer.party.code, "certificate": "演林权1号", "parcel": format!("演-{n:04}"),
        "object": "stand", "species": "桉树", "volume": volume, "area_mu": 5, "method": "clear", "finish_by": "2026-12-31",
        "regrowth": "planting", "replant_by": "2027-12-31", "way": "commitment", "phone": "13877100001",
        "commitment": true, "truthful": true,
    }));
    world.file(&farmer, FELL, &form, &format!("fell-{n}")).await.unwrap()
}

/// What stood in the way of a case, in words: for the message of a failing story.
async fn obstacles(world: &World, n: u16, case: &Case) -> String {
    let farmer = Actor::Person(world.person("苏海生", n).await);
    let file = approval::file_for(&world.scratch.store, &farmer, case.id, world.now()).await.unwrap().0;
    let checks = &file.latest().unwrap().checks;
    let open = checks["checks"].as_array().unwrap().iter().filter(|c| c["truth"] != "met");
    let told: Vec<String> = open.map(|c| format!("{} {} {}", c["id"], c["truth"], c["why"])).collect();
    format!("{}\n{}\n{}", told.join("\n"), checks["notes"], checks["contradictions"])
}

async fn officer(world: &World, login: &str, agency: &str, region: &str) -> StaffActor {
    let officer = world.officer(login, "某人", &[]).await;
    let base = world.base();
    for role in [Role::Clerk, Role::Approver] {
        let scope = Scope { role, agency: agency.into(), region: region.into(), item: access::EVERY.into() };
        access::staff::grant_scope(&base, &Actor::Machine, officer.account, &scope).await.unwrap();
    }
    let scopes = access::staff::scopes(base.store, officer.account).await.unwrap();
    StaffActor { scopes, ..officer }
}

/// Agency and region of the licence the case gave.
async fn issuer(world: &World, case: &Case) -> (String, String) {
    let kind = world.catalog.item(FELL, world.now().date()).unwrap().result.licence_type.clone();
    let held = licence::current(&world.scratch.store, case.applicant, &kind).await.unwrap().expect("a licence");
    (held.agency, held.region)
}

fn told(case: &Case) -> (&str, Option<&str>, &str, State) {
    (&case.deciding_agency, case.in_name_of.as_deref(), &case.region, case.state)
}

#[tokio::test]
async fn a_case_is_decided_where_the_wood_stands() {
    let world = opened().await;
    let store = &world.scratch.store;
    let county = fell(&world, 1, Some("450225101206"), 20).await;
    let granted = ("forestry-450225", None, "450225101206", State::Granted);
    assert_eq!(told(&county), granted, "{}", obstacles(&world, 1, &county).await);
    assert_eq!(issuer(&world, &county).await, ("forestry-450225".to_owned(), "450225".to_owned()));

    // Entrusted: the township decides, the county answers for it, and the log says so.
    let township = fell(&world, 2, Some("450224101"), 20).await;
    assert_eq!(told(&township), ("township-450224101", Some("forestry-450224"), "450224101", State::Granted));
    let farmer = world.person("苏海生", 2).await;
    let seen = approval::file_for(store, &Actor::Person(farmer), township.id, world.now()).await.unwrap().0;
    let stored = seen.case;
    assert_eq!(told(&stored), told(&township));

    assert_eq!(issuer(&world, &township).await, ("forestry-450224".to_owned(), "450224".to_owned()));

    // Nobody knows the place: the region's agency keeps it and a person looks.
    let nowhere = fell(&world, 3, None, 20).await;
    assert_eq!(told(&nowhere), ("gx-forestry", None, "450000", State::InReview));
}

#[tokio::test]
async fn an_officer_of_a_county_sees_and_decides_its_own_cases_only() {
    let world = opened().await;
    let store = &world.scratch.store;
    // Above the county's threshold: a person decides.
    let here = fell(&world, 1, Some("450225101206"), 31).await;
    let there = fell(&world, 2, Some("450502006201"), 31).await;
    let entrusted = fell(&world, 3, Some("450224101"), 31).await;
    let nowhere = fell(&world, 4, None, 31).await;
    let rows = [
        ("county", "forestry-450225", "450225", vec![&here]),
        ("city", "forestry-450200", "450200", vec![&here, &entrusted]),
        ("region", "gx-forestry", "450000", vec![&here, &there, &entrusted, &nowhere]),
        ("township", "township-450224101", "450224101", vec![&entrusted]),
        ("entrusting", "forestry-450224", "450224", vec![&entrusted]),
        // The right agency in the wrong place, and the right place at the wrong agency.
        ("misplaced", "forestry-450225", "450502", vec![]),
        ("housing", "housing-450225", "450225", vec![]),
    ];
    for (login, agency, region, sees) in rows {
        let officer = officer(&world, login, agency, region).await;
        let mut seen: Vec<String> = approval::queue(store, officer.account, Queue::Waiting)
            .await
            .unwrap()
            .into_iter()
            .map(|c| c.number)
            .collect();
        let mut want: Vec<String> = sees.iter().map(|c| c.number.clone()).collect();
        seen.sort_unstable();
        want.sort_unstable();
        assert_eq!(seen, want, "{login}");
        for case in [&here, &there, &entrusted, &nowhere] {
            let draft =
                RulingDraft { ruling: Ruling::NotAccept, reasons: "没有林权证", version: case.version + 1 };
            let ruled = approval::rule(&world.desk(), &Actor::Staff(officer.clone()), case.id, &draft).await;
            let own = sees.iter().any(|c| c.id == case.id);
            // The version is wrong on purpose: whoever may decide learns that, whoever may not learns nothing.
            let expected = if own {
                matches!(ruled, Err(ApprovalError::Changed))
            } else {
                matches!(ruled, Err(ApprovalError::NotFound))
            };
            assert!(expected, "{login} {} {ruled:?}", case.number);
        }
    }
}

/// The catalogue in which 浮石镇 became part of 泗顶镇 on 1 December 2026: the township, its villages, its government, and
/// the places where people are met.
fn merged() -> Files {
    const LAST: &str = "2026-11-30";
    let mut files = Files::seed();
    let old = |line: &str| line.contains("450224101") && !line.starts_with('#');
    let ended = ["regions/township.csv", "regions/village.csv", "agencies/gx-gov.csv", "halls/township.csv"];
    for path in ended.into_iter().chain(["halls/village-450224.csv"]) {
        let text = String::from_utf8(files.get(path).unwrap().to_vec()).unwrap();
        let end = |line: &str| if old(line) { format!("{line}{LAST}\n") } else { format!("{line}\n") };
        files.insert(path, text.lines().map(end).collect::<String>().into_bytes());
    }
    let villages = String::from_utf8(files.get("regions/village.csv").unwrap().to_vec()).unwrap();
    let rows: Vec<(String, String, &str)> = villages
        .lines()
        .filter(|line| line.starts_with("450224101"))
        .enumerate()
        .map(|(n, line)| (line[..12].to_owned(), format!("450224102{}", 800 + n), line.split(',').nth(1).unwrap()))
        .collect();
    let new: String = rows.iter().map(|(_, code, name)| format!("{code},{name},,2026-12-01,\n")).collect();
    files.insert("regions/village.csv", (villages.clone() + &new).into_bytes());
    let village = |(from, to, _): &(String, String, &str)| format!("{from},{to},2026-12-01,succession,文件（自拟）\n");
    let changes: String = rows.iter().map(village).collect();
    let township = "450224101,450224102,2026-12-01,merge,文件（自拟）\n";
    let header = affairs::region::CHANGES_HEADER;
    files.insert("regions/change.csv", format!("{header}\n{township}{changes}").into_bytes());
    let counters = String::from_utf8(files.get("halls/counters.csv").unwrap().to_vec()).unwrap();
    let kept: String =
        counters.lines().filter(|l| !l.starts_with("station-450224101")).map(|l| format!("{l}\n")).collect();
    files.insert("halls/counters.csv", kept.into_bytes());
    files
}

#[tokio::test]
async fn a_delegated_township_that_was_merged_leaves_old_cases_and_rights_right() {
    let mut world = opened().await;
    let old = fell(&world, 1, Some("450224101201"), 31).await;
    assert_eq!(told(&old), ("township-450224101", Some("forestry-450224"), "450224101201", State::InReview));
    let before = officer(&world, "fushi", "township-450224101", "450224101").await;
    let after = officer(&world, "siding", "township-450224102", "450224102").await;
    let other = officer(&world, "banlan", "township-450224103", "450224103").await;
    let county = officer(&world, "rongan", "forestry-450224", "450224").await;
    let sees = async |world: &World, who: &StaffActor| {
        let queue = approval::queue(&world.scratch.store, who.account, Queue::Waiting).await.unwrap();
        let scopes = access::staff::scopes(&world.scratch.store, who.account).await.unwrap();
        let actor = Actor::Staff(StaffActor { scopes, ..who.clone() });
        for case in &queue {
            let seen = approval::file_for(&world.scratch.store, &actor, case.id, world.now()).await;
            assert!(seen.is_ok(), "the queue shows what the page denies: {}", case.number);
        }
        let mut numbers: Vec<String> = queue.into_iter().map(|c| c.number).collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(sees(&world, &before).await, std::slice::from_ref(&old.number));
    assert_eq!(sees(&world, &after).await, Vec::<String>::new());

    // The catalogue knows of the merger before its day: nothing changes yet.
    world.take_up(merged());
    index_rights(&world.base(), &world.catalog).await;
    assert_eq!(sees(&world, &after).await, Vec::<String>::new());

    world.wait_days(8);
    index_rights(&world.base(), &world.catalog).await;
    // A farmer whose paper still names the old village: the township it belongs to now decides.
    let new = fell(&world, 2, Some("450224101201"), 31).await;
    let village = world.catalog.regions.heirs("450224101201".parse().unwrap(), world.now().date());
    assert_eq!(told(&new), ("township-450224102", Some("forestry-450224"), &*village[0].to_string(), State::InReview));
    let mut both = vec![old.number.clone(), new.number.clone()];
    both.sort_unstable();
    assert_eq!(sees(&world, &before).await, both, "who had rights over the old township reaches what became of it");
    assert_eq!(sees(&world, &after).await, both, "the old township's cases are not left behind");
    assert_eq!(sees(&world, &county).await, both);
    assert_eq!(sees(&world, &other).await, Vec::<String>::new());

    // The old case keeps its place's old name, and says what it is now.
    let site = world.site();
    let mut desk = stories::Browser::of(&world, &site, after.account).await;
    let page = desk.get(&format!("/staff/cases/{}", old.number)).await.main();
    assert!(page.contains("浮石镇") && page.contains("现为") && page.contains("泗顶镇"), "{page}");
    let place = desk.get("/halls/450224101").await.main();
    assert!(place.contains("已经不再设立") && place.contains("泗顶镇"), "{place}");

    // The new township's officer decides the old case.
    let version = approval::story(&world.scratch.store, old.id).await.unwrap().unwrap().case.version;
    let draft = RulingDraft { ruling: Ruling::NotAccept, reasons: "没有林权证，经核实确认。", version };
    let scopes = access::staff::scopes(&world.scratch.store, after.account).await.unwrap();
    let actor = Actor::Staff(StaffActor { scopes, ..after });
    let ruled = approval::rule(&world.desk(), &actor, old.id, &draft).await;
    assert!(ruled.as_ref().is_ok_and(|case| case.state == State::NotAccepted), "{ruled:?}");
}
