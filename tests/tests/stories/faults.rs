//! Stories of a bad day: the disk is full, the database is locked or gone, the clock jumps. Each filing ends in an
//! acknowledged case or in a page that says what happened and gives back every word.
//!
//! A register that stands still has its stories in `approval/registers.rs`, a log that cannot sign in `portal.rs`, a killed
//! office in `crash.rs`.

use std::time::Duration;

use affairs::access::{Actor, PersonActor};
use affairs::approval;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value as Json, json};
use site::Settings;
use store::testing::Scratch;
use store::testing::postgres::Alone;
use store::{CommitError, Fault, Location, Store, Unit};
use stories::browser::{Answer, given_back};
use stories::world::SHARD;
use stories::{Browser, World};

const RENEW: &str = "/items/fd-pharmacist-renew";
const HOUR_MS: i64 = 3_600_000;

/// A renewal in the making: the draft's path, and the browser of the pharmacist who wrote it.
struct Evening {
    wei: PersonActor,
    pharmacy: String,
    browser: Browser,
    draft: String,
}

impl Evening {
    async fn falls(world: &World, site: &Router) -> Self {
        let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
        let (pharmacy, _) = world.pharmacy("邕江大药房", &nong).await;
        world.registered(&wei, &pharmacy, 60).await;
        let mut browser = Browser::of(world, site, wei.account).await;
        let draft = browser.get(&format!("{RENEW}/apply")).await.location().to_owned();
        Self { wei, pharmacy, browser, draft }
    }

    async fn save(&mut self, version: &str, phone: &str) -> Answer {
        let pairs = [
            ("version", version),
            ("/employer", &self.pharmacy),
            ("/phone", phone),
            ("/truthful", "true"),
            ("do", "check"),
        ];
        self.browser.post(&self.draft, &pairs).await
    }

    /// What its last page before sending says.
    async fn check(&mut self) -> Answer {
        self.browser.get(&format!("{}/check", self.draft)).await
    }

    async fn send(&mut self, key: &str) -> Answer {
        let path = format!("{}/send", self.draft);
        self.browser.post(&path, &[("version", "2"), ("key", key), ("agree", "true")]).await
    }

    /// Presses the button of a page that gave the words back.
    async fn again(&mut self, page: &Answer) -> Answer {
        let (action, pairs) = given_back(page);
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.browser.post(&action, &pairs).await
    }

    async fn cases(&self, world: &World) -> usize {
        approval::cases_of(&world.scratch.store, self.wei.party.id).await.unwrap().len()
    }
}

fn says_what_happened(page: &Answer) {
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.main());
    let main = page.main();
    for told in ["暂时无法存取", "这一步没有生效", "都在", "过几分钟再试", "没有丢失", "再提交一次"]
    {
        assert!(main.contains(told), "{told} in {main}");
    }
    assert_eq!(page.header("retry-after"), "30");
    assert!(!main.contains("SQLite") && !main.contains("disk"), "no inside words: {main}");
}

/// Lets the office go on with a database that may not grow, and uses up what room there is inside.
async fn fill(world: &mut World) {
    let Location::Sqlite(path) = world.scratch.location() else { panic!("a story of SQLite") };
    world.scratch.store.close().await;
    store::testing::create(
        &world.scratch.location(),
        "CREATE TABLE ballast (b BLOB); INSERT INTO ballast VALUES (zeroblob(4000000))",
    );
    let mut options = world.scratch.options();
    options.limit_bytes = Some(std::fs::metadata(path).unwrap().len());
    world.scratch.store = Store::open(options).await.unwrap();
    for size in [8_000, 400, 10] {
        loop {
            let unit = Unit::new(SHARD).send("filler", "x".repeat(size));
            match world.scratch.store.commit(unit).await {
                Ok(_) => {}
                Err(CommitError::Fault(Fault::Full)) => break,
                Err(other) => panic!("{other}"),
            }
        }
    }
}

/// Somebody else saves until his words find no room either: a page that is not full yet takes a line or two more.
async fn use_up(other: &mut Browser) {
    let draft = other.get(&format!("{RENEW}/apply")).await.location().to_owned();
    for version in 1..600 {
        let (version, phone) = (version.to_string(), format!("{version:0>11}"));
        let saved = other.post(&draft, &[("version", &version), ("/phone", &phone), ("do", "save")]).await;
        if saved.status == StatusCode::SERVICE_UNAVAILABLE {
            return;
        }
    }
    panic!("the disk is not full");
}

#[tokio::test]
async fn on_a_full_disk_reading_goes_on_no_word_is_lost_and_after_room_is_made_it_is_sent() {
    let mut world = World::on(Scratch::on_sqlite("").await).await;
    let before = world.site();
    let mut evening = Evening::falls(&world, &before).await;
    assert_eq!(evening.save("1", "13877100001").await.status, StatusCode::SEE_OTHER);
    let key = evening.check().await.hidden("key");
    let nong = world.person("农佳", 2).await;
    let mut other = Browser::of(&world, &before, nong.account).await;
    other.get(&format!("{RENEW}/apply")).await;
    fill(&mut world).await;
    let site = world.site();
    evening.browser = evening.browser.at(&site);
    use_up(&mut other.at(&site)).await;

    let unsaved = evening.save("2", "13877100777").await;
    says_what_happened(&unsaved);
    assert!(unsaved.main().contains("13877100777"), "the words are on the page: {}", unsaved.main());
    let unsent = evening.send(&key).await;
    says_what_happened(&unsent);
    assert_eq!(evening.cases(&world).await, 0);
    for path in ["/", RENEW, "/search?q=药师", "/me", &evening.draft.clone(), "/health/ready"] {
        assert_eq!(evening.browser.get(path).await.status, StatusCode::OK, "{path} is read");
    }
    assert!(evening.browser.get(&evening.draft.clone()).await.text().contains("13877100001"), "the draft is there");
    evening.browser.get("/?lang=en").await;
    let english = evening.send(&key).await.main();
    assert!(english.contains("Nothing can be stored right now") && english.contains("Send it again"), "{english}");
    evening.browser.get("/?lang=zh").await;

    store::testing::create(&world.scratch.location(), "DELETE FROM ballast");
    let sent = evening.again(&unsent).await;
    assert!(sent.location().ends_with("/receipt"), "{} {}", sent.status, sent.main());
    assert_eq!(evening.cases(&world).await, 1);
    assert_eq!(evening.again(&unsent).await.location(), sent.location(), "pressed twice, one case");
    assert!(world.scratch.store.check().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_another_program_locks_the_database_nothing_is_lost_either() {
    let world = World::on(Scratch::on_sqlite("").await).await;
    let site = world.site();
    let mut evening = Evening::falls(&world, &site).await;
    evening.save("1", "13877100001").await;
    let key = evening.check().await.hidden("key");
    let Location::Sqlite(path) = world.scratch.location() else { panic!("a story of SQLite") };
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Longer than the writer's patience, shorter than the request's.
    let unsent = evening.send(&key).await;
    says_what_happened(&unsent);
    assert_eq!(evening.browser.get(&evening.draft.clone()).await.status, StatusCode::OK, "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    let sent = evening.again(&unsent).await;
    assert!(sent.location().ends_with("/receipt"), "{} {}", sent.status, sent.main());
    assert_eq!(evening.cases(&world).await, 1);
}

/// An office on a PostgreSQL server of its own.
async fn on_postgres(alone: &Alone) -> World {
    alone.server.sql(&["CREATE DATABASE office"]).await;
    let location = alone.server.location("office");
    let clock = std::sync::Arc::new(kernel::FixedClock::default());
    let entropy = std::sync::Arc::new(kernel::SeededEntropy::new(3));
    Store::migrate(&location).await.unwrap();
    let store = Store::open(store::testing::options(location, clock.clone(), entropy.clone())).await.unwrap();
    World::on(Scratch::over(store, clock, entropy)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_and_comes_back_loses_no_case_and_no_word() {
    let Some(alone) = Alone::in_memory("") else { return };
    let world = on_postgres(&alone).await;
    let mut settings = Settings::demonstration("http://127.0.0.1:8080");
    settings.timeout = Duration::from_secs(5);
    let site = world.site_with(settings);
    let mut evening = Evening::falls(&world, &site).await;
    evening.save("1", "13877100001").await;
    let key = evening.check().await.hidden("key");
    let people = strikers(&world, 8).await;
    let filings: Vec<_> = people.iter().map(|one| tokio::spawn(file(site.clone(), one.clone()))).collect();
    tokio::time::sleep(Duration::from_millis(60)).await;
    alone.server.stop();
    let mut acknowledged = Vec::new();
    for filing in filings {
        let (status, body) = filing.await.unwrap();
        let code = body["code"].as_str().unwrap_or_default();
        assert!(
            status == 201 || (status == 503 && code == "storage") || (status == 504 && code == "slow"),
            "{status} {body}"
        );
        acknowledged.push(body["number"].as_str().map(str::to_owned));
    }
    let unsaved = evening.save("2", "13877100777").await;
    says_what_happened(&unsaved);
    assert!(unsaved.main().contains("13877100777"), "{}", unsaved.main());
    let unsent = evening.send(&key).await;
    says_what_happened(&unsent);
    assert_eq!(evening.browser.get("/health/ready").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(evening.browser.get("/health/live").await.status, StatusCode::OK);

    alone.server.start();
    let mut sent = evening.again(&unsent).await;
    for _ in 0..40 {
        if sent.status == StatusCode::SEE_OTHER {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
        sent = evening.again(&unsent).await;
    }
    assert!(sent.location().ends_with("/receipt"), "{} {}", sent.status, sent.main());
    assert_eq!(evening.cases(&world).await, 1);
    for (person, told) in people.iter().zip(acknowledged) {
        let (status, body) = file(site.clone(), person.clone()).await;
        assert_eq!(status, 201, "{body}");
        assert!(told.is_none_or(|number| body["number"] == *number), "another case than the one acknowledged");
    }
    let count = "SELECT count(*) AS n FROM case_file WHERE item = 'fd-pharmacist-cancel'";
    assert_eq!(world.scratch.store.query(count, vec![]).await.unwrap()[0].int("n").unwrap(), 8);
    assert!(world.scratch.store.check().await.unwrap().is_empty());
}

/// Somebody who has his registration struck off over the API: session token, body, key.
type Striker = (String, String, String);

async fn strikers(world: &World, count: u16) -> Vec<Striker> {
    let mut all = Vec::new();
    for n in 0..count {
        let person = world.person("测试药师", 100 + n).await;
        world.registered(&person, "91450100DM00010162", 300).await;
        all.push(striker(world, &person).await);
    }
    all
}

async fn striker(world: &World, person: &PersonActor) -> Striker {
    use affairs::access::{Arrival, LinkPurpose, sign_in};
    let base = world.base();
    let link = sign_in::issue_link(&base, &Actor::Machine, person.account, LinkPurpose::SignIn).await.unwrap();
    let signed = sign_in::by_link(&base, &link, &Arrival::default()).await.unwrap();
    let code = &person.party.code;
    let body = json!({ "item": "fd-pharmacist-cancel", "form": {
        "name": person.party.name, "citizen_id": code, "registration_number": format!("45{}", &code[6..14]),
        "reason": "stop", "phone": "13877100001", "understood": true, "truthful": true,
    }});
    (signed.token.reveal(), body.to_string(), format!("key-{code}"))
}

async fn file(site: Router, (token, body, key): Striker) -> (u16, Json) {
    let request = Request::post("/api/v1/cases")
        .header("host", "127.0.0.1:8080")
        .header("authorization", format!("Bearer {token}"))
        .header("idempotency-key", key)
        .header("content-type", "application/json");
    let answer = tower::ServiceExt::oneshot(site, request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn a_clock_that_jumps_spoils_no_id_no_date_and_no_log() {
    let world = World::new().await;
    let site = world.site();
    let start = world.now();
    let people = strikers(&world, 5).await;
    let (mut numbers, mut filed) = (Vec::new(), Vec::new());
    for (person, hours) in people.iter().zip([0, 1, -1, 24, -24]) {
        world.scratch.clock.set(start.plus_ms(hours * HOUR_MS));
        // A session that the jump has ended is opened anew; one that lives goes on.
        let mut person = person.clone();
        if file(site.clone(), person.clone()).await.0 == 401 {
            let n = 100 + u16::try_from(numbers.len()).unwrap();
            person = striker(&world, &world.person("测试药师", n).await).await;
        }
        let (status, body) = file(site.clone(), person.clone()).await;
        assert_eq!(status, 201, "{hours} h: {body}");
        numbers.push(body["number"].as_str().unwrap().to_owned());
        filed.push(hours);
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 5, "every case has a number of its own");
    let store = &world.scratch.store;
    let rows = store.query("SELECT filed_at, statutory_due_at FROM case_file ORDER BY filed_at", vec![]).await.unwrap();
    filed.sort_unstable();
    for (row, hours) in rows.iter().zip(filed) {
        let at = row.int("filed_at").unwrap();
        assert_eq!(at, start.plus_ms(hours * HOUR_MS).ms(), "a case bears the time of its filing");
        assert!(row.opt_int("statutory_due_at").unwrap().is_none_or(|due| due > at));
    }
    let leaves = store.query("SELECT position, bytes FROM leaf ORDER BY position", vec![]).await.unwrap();
    let mut tree = evidence::tree::Frontier::default();
    for (n, leaf) in leaves.iter().enumerate() {
        assert_eq!(
            leaf.int("position").unwrap(),
            i64::try_from(n).unwrap(),
            "the log's order is its own, not the clock's"
        );
        tree.push(evidence::tree::leaf_hash(leaf.blob("bytes").unwrap())).unwrap();
    }
    let head = store.checkpoint(SHARD).await.unwrap().unwrap();
    assert!(head.note.contains(&tree.root().base64()));
    assert!(store.check().await.unwrap().is_empty());
}
