//! Lists never show what pages deny, and hide nothing that pages open: for random officers, over every list of the workbench.

use std::collections::BTreeSet;

use affairs::access::{self, Actor, EVERY, MandateAct, NewStaff, Place, Right, Role, Scope, StaffActor};
use affairs::approval::{self, Queue, Whose};
use affairs::catalog::Import;
use affairs::joint::{self, JointFiling, errand};
use affairs::powers::{self, Known, Law, NewRun, Publication};
use affairs::rating::{self, Given, Level, Work};
use affairs::{catalog, light, supervision, window};
use kernel::{Entropy as _, SeededEntropy};
use serde_json::json;
use store::testing::{Scratch, execute};
use stories::World;
use stories::world::map;

const LIST: &[u8] = include_bytes!("../../../crates/budayang/src/demo/powers/2026.csv");
const CANCEL: &str = "fd-pharmacist-cancel";
const RENEW: &str = "fd-pharmacist-renew";
const FELL: &str = "fo-felling-small";
const HALL: &str = "hall-450103";

/// Where things are strewn: agencies of a tree, with places on four levels.
const AGENCIES: [&str; 6] = ["gx-mpa", "gx-amr", "nanning-amr", "amr-450103", "forestry-450224", "township-450224101"];
const REGIONS: [&str; 7] = ["450000", "450100", "450103", "450103001", "450200", "450224", "450224101"];
const ITEMS: [&str; 4] = [CANCEL, RENEW, "fd-food-licence", FELL];

struct Dice(SeededEntropy);

impl Dice {
    fn roll(&self, sides: usize) -> usize {
        let mut byte = [0];
        self.0.fill(&mut byte);
        usize::from(byte[0]) % sides
    }

    fn of<'a>(&self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }

    /// One of them, or now and then the sign for all.
    fn or_every<'a>(&self, all: &[&'a str]) -> &'a str {
        if self.roll(4) == 0 { EVERY } else { self.of(all) }
    }
}

/// A world with a dozen cases of every kind, their duties, lights and ratings, and some runs, strewn over agencies and places.
async fn strewn(world: &World, dice: &Dice) {
    let import = Import { shard: world.shard, at: world.now(), act: world.base().id() };
    catalog::import(&world.scratch.store, world.files(), &import).await.unwrap();
    for n in 1..=8 {
        let who = world.person("测试药师", n).await;
        world.registered(&who, "91450100DM00010162", 400).await;
        let code = &who.party.code;
        let form = map(json!({
            "name": who.party.name, "citizen_id": code, "registration_number": format!("45{}", &code[6..14]),
            "reason": "stop", "phone": "13877100001", "understood": true, "truthful": true,
        }));
        let case = world.file(&who, CANCEL, &form, &format!("k{n}")).await.unwrap();
        let given =
            Given { level: Some(Level::VeryUnsatisfied), words: "等了很久", is_named: n % 2 == 0, window: "" };
        let actor = Actor::Person(who);
        rating::rate(&world.base(), &world.catalog, &actor, (&case.number, &given)).await.unwrap();
    }
    let nong = world.person("农佳", 40).await;
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.shop_licence(&code, "under_review").await;
    for n in 20..26 {
        let who = world.person("覃海燕", n).await;
        world.registered(&who, &code, 60).await;
        let case = world.file(&who, RENEW, &world.renewal(&who, &code, 60), &format!("r{n}")).await.unwrap();
        // Half of them wait for a person, half for the pharmacy's word.
        if n % 2 == 0 {
            approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
        }
    }
    runs(world).await;
    joints(world).await;
    errands(world).await;
    approval::assign_waiting(&world.desk()).await.unwrap();
    world.wait_days(40);
    light::watch(&world.base(), &world.catalog).await.unwrap();
    for (table, key) in [("case_file", "id"), ("duty", "id"), ("rating", "id"), ("power_run", "id")] {
        let sql: String = format!("SELECT {key} AS id FROM {table} ORDER BY {key}");
        let rows = world.scratch.store.query(Box::leak(sql.into_boxed_str()), vec![]).await.unwrap();
        for row in rows {
            let id = row.text("id").unwrap().to_owned();
            let (agency, region) = (dice.of(&AGENCIES), dice.of(&REGIONS));
            let column = if table == "case_file" { "deciding_agency" } else { "agency" };
            let moved = format!("UPDATE {table} SET {column} = '{agency}', region = '{region}' WHERE {key} = '{id}'");
            execute(&world.scratch.location(), &moved).await;
            if table == "case_file" {
                let lights =
                    format!("UPDATE light SET agency = '{agency}', region = '{region}' WHERE case_id = '{id}'");
                execute(&world.scratch.location(), &lights).await;
                at_a_counter(world, dice, &id).await;
            }
        }
    }
    for case in ids(world, "SELECT case_id AS id FROM errand ORDER BY case_id").await {
        let (here, there) = ((dice.of(&AGENCIES), dice.of(&REGIONS)), (dice.of(&AGENCIES), dice.of(&REGIONS)));
        let moved = format!(
            "UPDATE errand SET receiving_agency = '{}', receiving_region = '{}', deciding_agency = '{}', region = '{}' \
             WHERE case_id = '{case}'",
            here.0, here.1, there.0, there.1
        );
        execute(&world.scratch.location(), &moved).await;
    }
}

/// Handlings by three agencies, some of whose cases are open.
async fn joints(world: &World) {
    for register in [
        "drug-site-acceptance",
        "drug-trade-licence",
        "food-operator-bar",
        "food-bar",
        "food-site-check",
        "public-place-licence",
    ] {
        world.whole(register, "").await;
    }
    for n in 1..=3_u16 {
        let agent = world.person("农佳", 60 + 2 * n).await;
        let body = kernel::code::OrganisationCode::generate(&format!("MA5PH{n:03}")).unwrap();
        let code = kernel::code::Uscc::generate("91450103", &body).unwrap().as_str().to_owned();
        let agent = world.mandate(&agent, &code, &[MandateAct::View, MandateAct::File], &[]).await;
        let business = json!({"name": "某单位", "status": "open", "legal_representative": "农佳", "address": "演示路21号",
            "region": "450103", "established_on": "2026-10-08"});
        world.record("business-register", &code, business).await;
        let form = map(json!({
            "name": "某单位", "code": code, "address": "演示路21号", "scope": "otc", "activity": "simple_drinks",
            "responsible": "农佳", "responsible_id": agent.party.code, "place_type": "shop", "staff": 4, "certified": 4,
            "way": "commitment", "promise": true, "phone": "13877100001", "truthful": true,
        }));
        let chosen = ["fd-food-licence".to_owned(), "he-public-place".to_owned()];
        let key = format!("joint-{n}");
        let filing = JointFiling {
            bundle: "open-pharmacy",
            chosen: &chosen,
            form: &form,
            channel: "online",
            draft: None,
            key: &key,
        };
        joint::file(&world.desk(), &agent, &filing).await.unwrap();
    }
}

/// What one place received for another, strewn over both.
async fn errands(world: &World) {
    let everywhere = Scope { role: Role::Clerk, agency: EVERY.into(), region: EVERY.into(), item: EVERY.into() };
    let clerk = Actor::Staff(officer(world, "counter", &[everywhere]).await);
    for n in 1..=4_u16 {
        let farmer = world.person("苏海生", 80 + 2 * n).await;
        let form = map(json!({
            "name": farmer.party.name, "citizen_id": farmer.party.code, "certificate": "演林权1号", "parcel": "演-0001",
            "object": "stand", "species": "桉树", "volume": 20, "area_mu": 5, "method": "clear", "finish_by": "2026-12-31",
            "regrowth": "planting", "replant_by": "2027-12-31", "way": "ordinary", "phone": "13877100001",
            "commitment": true, "truthful": true,
        }));
        let asked = errand::Receive {
            at: "beihai-amr",
            person: &farmer,
            item: FELL,
            form: &form,
            mode: errand::Mode::Forward,
            key: &format!("e{n}"),
        };
        errand::receive(&world.desk(), &clerk, &asked).await.unwrap();
    }
}

/// The case was taken in at some hall, and its papers went to the back from there.
async fn at_a_counter(world: &World, dice: &Dice, case: &str) {
    let keeper = if dice.roll(3) == 0 { "" } else { dice.of(&AGENCIES) };
    let (shard, region) = (world.shard, dice.of(&REGIONS));
    for row in [
        format!(
            "INSERT INTO counter_case (shard, case_id, version, hall, counter, keeper, hall_region, received_at, way, address) \
             VALUES ('{shard}', '{case}', 1, '{HALL}', 'A-1', '{keeper}', '{region}', 1, 'counter', '')"
        ),
        format!(
            "INSERT INTO relay (shard, case_id, round, version, hall, counter, keeper, hall_region, pieces, note, sent_at, \
             sent_by, sent_by_name) VALUES ('{shard}', '{case}', 1, 1, '{HALL}', 'A-1', '{keeper}', '{region}', 0, '', 1, \
             '{case}', '某人')"
        ),
    ] {
        execute(&world.scratch.location(), &row).await;
    }
}

/// What whoever receives at the hall reaches: cases by the hall's region, and by its keeper or the agency that decides.
async fn received(world: &World, who: &StaffActor) -> (Names, Names) {
    let sql = "SELECT w.case_id AS id, w.keeper, w.hall_region, c.deciding_agency, c.item, c.state FROM counter_case w \
               JOIN case_file c ON c.shard = w.shard AND c.id = w.case_id";
    let (mut sent, mut decided) = (Names::new(), Names::new());
    for row in world.scratch.store.query(sql, vec![]).await.unwrap() {
        let text = |column| row.text(column).unwrap();
        let at = |agency| Place { agency, region: text("hall_region"), item: text("item") };
        if ["keeper", "deciding_agency"].iter().any(|by| who.scopes.allow(Right::Receive, &at(text(by)))) {
            sent.insert(text("id").to_owned());
            if approval::State::from_word(text("state")).unwrap().is_agencys_end() {
                decided.insert(text("id").to_owned());
            }
        }
    }
    (sent, decided)
}

async fn runs(world: &World) {
    let law = Law::read(&world.catalog).unwrap();
    let rows =
        powers::read_sheet(&powers::cells(LIST).unwrap(), &Known { catalog: &world.catalog, law: &law }).unwrap();
    let new = Publication {
        list: "gx",
        title: "清单（演示）",
        note: "",
        valid_from: "2026-01-01".parse().unwrap(),
        valid_to: None,
        demonstration: true,
    };
    powers::publish(&world.base(), &Actor::Machine, &new, &rows).await.unwrap();
    let everywhere = officer(
        world,
        "starter",
        &[Scope { role: Role::Clerk, agency: EVERY.into(), region: EVERY.into(), item: EVERY.into() }],
    )
    .await;
    for power in rows.iter().filter(|p| p.items.is_empty()).take(6) {
        let new = NewRun { list: "gx", code: &power.code, party: "演示大药房", party_kind: "organisation" };
        let actor = Actor::Staff(everywhere.clone());
        powers::open_run(&world.base(), (&world.catalog, &law), &actor, &new).await.unwrap();
    }
}

/// What the officer's own desk shows: joint handlings, errands, what lies with him or those he leads, and his part of the queue.
async fn at_his_desk(world: &World, who: &StaffActor, opened: &Names) -> Vec<(&'static str, Names, Names)> {
    let (store, actor, desk) = (&world.scratch.store, Actor::Staff(who.clone()), world.desk());
    let shown: Names =
        joint::joints_for(&desk, who.account).await.unwrap().into_iter().map(|(j, _)| j.number).collect();
    let mut reached = Names::new();
    for number in ids(world, "SELECT number AS id FROM joint_file").await {
        if let Ok(look) = joint::look(&desk, &actor, &number).await
            && look.parts.iter().any(|part| part.reached && part.case.state.is_open())
        {
            reached.insert(number);
        }
    }
    let joints = ("joints", shown, reached);

    let shown: Names =
        errand::errands_for(store, who.account).await.unwrap().into_iter().map(|(e, _)| e.number).collect();
    let mut reached = Names::new();
    for number in ids(world, "SELECT number AS id FROM errand").await {
        if errand::errand(store, &actor, &number).await.is_ok() {
            reached.insert(number);
        }
    }
    let errands = ("errands", shown, reached);

    let shown: Names =
        approval::left_by(store, who.account).await.unwrap().iter().map(|a| a.case.to_string()).collect();
    let mut led = Names::new();
    for id in ids(world, "SELECT case_id AS id FROM assignment").await {
        let file = approval::story(store, id.parse().unwrap()).await.unwrap().unwrap();
        let own = file.assignment.is_some_and(|a| a.officer == Some(who.account));
        if own || file.case.reached_by(&who.scopes, Right::Lead) {
            led.insert(id);
        }
    }
    for whose in [Whose::Mine, Whose::Agency] {
        for which in [Queue::Waiting, Queue::Outside, Queue::Closed] {
            for case in approval::queue_of_whose(store, who.account, (which, whose)).await.unwrap() {
                assert!(opened.contains(&case.id.to_string()), "his part of the queue shows what its page denies");
            }
        }
    }
    vec![joints, errands, ("hand-over", shown, led)]
}

async fn officer(world: &World, login: &str, scopes: &[Scope]) -> StaffActor {
    let base = world.base();
    let new = NewStaff {
        login: login.into(),
        name: "某人".into(),
        post: "办事".into(),
        agency: "gx-mpa".into(),
        region: "450000".into(),
    };
    let (account, _) = access::staff::create(&base, &Actor::Machine, &new).await.unwrap();
    for scope in scopes {
        access::staff::grant_scope(&base, &Actor::Machine, account.id, scope).await.unwrap();
    }
    let scopes = access::staff::scopes(base.store, account.id).await.unwrap();
    StaffActor { account: account.id, name: "某人".into(), post: "办事".into(), scopes }
}

type Names = BTreeSet<String>;

async fn ids(world: &World, sql: &'static str) -> Vec<String> {
    let rows = world.scratch.store.query(sql, vec![]).await.unwrap();
    rows.iter().map(|row| row.text("id").unwrap().to_owned()).collect()
}

/// What lists show and what pages open, list by list.
async fn both(world: &World, who: &StaffActor) -> Vec<(&'static str, Names, Names)> {
    let (store, actor) = (&world.scratch.store, Actor::Staff(who.clone()));
    let mut shown = Names::new();
    for which in [Queue::Waiting, Queue::Outside, Queue::Closed] {
        shown.extend(approval::queue(store, who.account, which).await.unwrap().into_iter().map(|c| c.id.to_string()));
    }
    let mut opened = Names::new();
    for id in ids(world, "SELECT id FROM case_file").await {
        if approval::file_for(store, &actor, id.parse().unwrap(), world.now()).await.is_ok() {
            opened.insert(id);
        }
    }
    let mut found = vec![("queue", shown, opened.clone())];

    let duties = supervision::duties_for(store, who.account).await.unwrap();
    let shown: Names = duties.iter().map(|d| d.id.to_string()).collect();
    let mut reached = Names::new();
    for row in store.query("SELECT id, agency, region, item FROM duty", vec![]).await.unwrap() {
        let text = |column| row.text(column).unwrap();
        let place = Place { agency: text("agency"), region: text("region"), item: text("item") };
        if who.scopes.allow(Right::ViewDuty, &place) {
            reached.insert(text("id").to_owned());
        }
    }
    found.push(("duties", shown, reached));

    let lights = light::lights_for(store, who.account).await.unwrap();
    let shown: Names = lights.iter().map(|l| l.case.to_string()).collect();
    // A yellow light asks for something while its case is open and no worse one of the same limit stands for it.
    let lit = "SELECT l.case_id AS id FROM light l JOIN case_file c ON c.shard = l.shard AND c.id = l.case_id \
         WHERE l.replied_at IS NULL AND l.colour <> 'yellow' UNION SELECT l.case_id FROM light l \
         JOIN case_file c ON c.shard = l.shard AND c.id = l.case_id WHERE l.replied_at IS NULL AND c.closed_at IS NULL \
         AND (SELECT count(*) FROM light w WHERE w.case_id = l.case_id AND w.clock = l.clock) = 1";
    let lit: Names = ids(world, lit).await.into_iter().filter(|case| opened.contains(case)).collect();
    found.push(("lights", shown, lit));

    let shown = rating::for_staff(store, who.account, Work::Newest).await.unwrap();
    let shown: Names = shown.iter().map(|r| r.id.to_string()).collect();
    let mut reached = Names::new();
    for id in ids(world, "SELECT id FROM rating").await {
        if rating::one_for_staff(store, &actor, id.parse().unwrap()).await.is_ok() {
            reached.insert(id);
        }
    }
    for work in [Work::Owed, Work::Words] {
        for one in rating::for_staff(store, who.account, work).await.unwrap() {
            assert!(reached.contains(&one.id.to_string()), "a rating is to be worked on that its page denies");
        }
    }
    found.push(("ratings", shown, reached));

    let names = |listed: Vec<window::Listed>| listed.iter().map(|l| l.case.id.to_string()).collect::<Names>();
    found.push(("papers for the back", names(window::back(store, &actor).await.unwrap()), opened.clone()));
    let (sent, decided) = received(world, who).await;
    found.push(("papers from the front", names(window::front(store, &actor, HALL).await.unwrap()), sent));
    let waiting = window::uncollected(store, &actor, HALL).await.unwrap();
    found.push(("results", waiting.iter().map(|u| u.case.id.to_string()).collect(), decided));

    let (shown, _) = powers::runs_for(store, who.account, (true, 0)).await.unwrap();
    let shown: Names = shown.iter().map(|r| r.number.clone()).collect();
    let mut reached = Names::new();
    for number in ids(world, "SELECT number AS id FROM power_run").await {
        if powers::run_file(store, &actor, &number).await.is_ok() {
            reached.insert(number);
        }
    }
    found.push(("runs", shown, reached));
    found.extend(at_his_desk(world, who, &opened).await);
    found
}

async fn lists_show_what_pages_open(world: World) {
    let dice = Dice(SeededEntropy::new(4));
    strewn(&world, &dice).await;
    let (mut some, mut all) = (0, 0);
    for n in 0..40 {
        let rows = dice.roll(6);
        let scopes: Vec<Scope> = (0..rows)
            .map(|_| Scope {
                role: Role::ALL[dice.roll(Role::ALL.len())],
                agency: dice.or_every(&AGENCIES).into(),
                region: dice.or_every(&REGIONS).into(),
                item: dice.or_every(&ITEMS).into(),
            })
            .collect();
        let mut who = officer(&world, &format!("random{n}"), &scopes).await;
        for (list, shown, opened) in both(&world, &who).await {
            assert_eq!(shown, opened, "{list} of {scopes:?}");
            some += shown.len();
            all += 1;
        }
        // A role taken away a second ago shows nothing any more, and opens nothing.
        if let Some(taken) = scopes.first().filter(|_| scopes.iter().collect::<BTreeSet<_>>().len() == 1) {
            access::staff::revoke_scope(&world.base(), &Actor::Machine, who.account, taken).await.unwrap();
            who.scopes = access::staff::scopes(&world.scratch.store, who.account).await.unwrap();
            for (list, shown, opened) in both(&world, &who).await {
                assert!(shown.is_empty() && opened.is_empty(), "{list} after the only right was taken");
            }
        }
    }
    assert!(some > all, "the lists showed {some} things in {all} looks: too little to say anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_what_pages_open_on_sqlite() {
    lists_show_what_pages_open(World::on(Scratch::on_sqlite("").await).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_what_pages_open_on_postgresql() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    lists_show_what_pages_open(World::on(scratch).await).await;
}
