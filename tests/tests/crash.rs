//! kill -9 under load: the office is killed at random moments while clients file over HTTP, and opened again. No
//! acknowledged case is lost, none is doubled, no more is granted than a quota has, and log, counters and tables agree.
//!
//! The office is this test binary again, told by the environment where to serve. Every second applicant asks for a felling
//! permit out of one county's quota, which runs out, is raised by an import of the catalogue, and runs out again. On
//! PostgreSQL the server is killed as well, in every fifth life. `CRASH_KILLS` sets how often the office dies.

#![expect(clippy::unwrap_used, reason = "a world that cannot be made is a failed story")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use affairs::access::{self, Assurance, Identity, PartyKind};
use affairs::catalog::{self, Files, Import};
use affairs::supervision;
use evidence::tree::Frontier;
use kernel::Id;
use kernel::code::CitizenId;
use serde_json::{Value as Json, json};
use site::Settings;
use site::state::Rate;
use store::testing::postgres::{Alone, Database};
use store::{Location, Store};
use stories::World;
use tempfile::TempDir;

const FOLDER: &str = "CRASH_FOLDER";
const LOCATION: &str = "CRASH_LOCATION";
const CLIENTS: usize = 6;
/// Applicants for each life of the office: more than it gets to before it is killed.
const EACH_LIFE: usize = 120;
/// The quota has this many cubic metres, and as many more every fourth life: less than is asked for meanwhile.
const CUBIC_METRES: usize = 20;

fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test's own front door")]
    std::env::var(name).ok()
}

/// The office's life: serves until it is killed. Only the test below starts it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the test below"]
async fn child() {
    let (Some(folder), Some(location)) = (setting(FOLDER), setting(LOCATION)) else { return };
    let seed = setting("CRASH_SEED").and_then(|s| s.parse().ok()).unwrap_or(1);
    let world = World::opened(&location.parse().unwrap(), Path::new(&folder), seed).await;
    if let Some(life) = setting("CRASH_RAISE").and_then(|n| n.parse().ok()) {
        raise_quota(&world, life).await;
    }
    let mut settings = Settings::demonstration("http://127.0.0.1");
    let open = Rate::new(60_000_000, 1_000_000);
    (settings.reads, settings.writes, settings.account) = (open, open, open);
    let router = site::router(&world.state_with(settings));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\nport {}", listener.local_addr().unwrap().port());
    let _ = axum::serve(listener, router).await;
}

#[derive(Clone)]
struct Applicant {
    token: String,
    body: String,
    key: String,
}

/// Where an office lives that is killed and opened again.
struct Premises {
    folder: TempDir,
    location: Location,
    server: Option<Alone>,
}

impl Premises {
    async fn world(&self, seed: u64) -> World {
        World::opened(&self.location, self.folder.path(), seed).await
    }

    /// The database's server dies under the office and comes back.
    fn server_dies(&self) {
        if let Some(alone) = &self.server {
            alone.server.kill();
            alone.server.start();
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_case_is_lost_and_none_is_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(folder.path().join("office.db"));
    println!("SQLite: {}", dies_and_lives(&Premises { folder, location, server: None }).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_is_lost_and_none_is_doubled_on_postgresql() {
    let Some(server) = Alone::on_disk("") else { return };
    let database = Database::on(&server.server, "").await;
    let (folder, location) = (tempfile::tempdir().unwrap(), database.location.clone());
    println!("PostgreSQL: {}", dies_and_lives(&Premises { folder, location, server: Some(server) }).await);
}

/// Waits until one more than `told` was acknowledged, for a while.
fn at_work(acknowledged: &Mutex<BTreeMap<usize, String>>, told: usize) {
    for _ in 0..3_000 {
        if acknowledged.lock().unwrap().len() > told {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Kills the office again and again. Gives a sentence about what happened.
async fn dies_and_lives(place: &Premises) -> String {
    let kills: usize = setting("CRASH_KILLS").and_then(|n| n.parse().ok()).unwrap_or(4);
    let people = Arc::new(prepare(place, kills * EACH_LIFE).await);
    let acknowledged: Arc<Mutex<BTreeMap<usize, String>>> = Arc::default();
    let next = Arc::new(AtomicUsize::new(0));
    for life in 0..kills {
        let (mut office, port) = open(place, life);
        let until = next.load(Ordering::SeqCst) + EACH_LIFE;
        let told = acknowledged.lock().unwrap().len();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (people, acknowledged, next) = (people.clone(), acknowledged.clone(), next.clone());
                std::thread::spawn(move || client(port, &people, &next, until, &acknowledged))
            })
            .collect();
        // Mostly it dies at its work, however slow the machine; now and then it may die before.
        if life % 4 != 3 {
            at_work(&acknowledged, told);
        }
        std::thread::sleep(Duration::from_millis(40 + (life as u64 * 97) % 400));
        if life % 5 == 4 {
            place.server_dies();
        }
        office.kill().unwrap();
        office.wait().unwrap();
        clients.into_iter().for_each(|c| c.join().unwrap());
        nothing_is_overdrawn(place).await;
    }
    let tried = next.load(Ordering::SeqCst).min(people.len());
    let before = acknowledged.lock().unwrap().clone();
    assert!(before.len() >= kills, "only {} acknowledged in {kills} lives: it died before it worked", before.len());
    retried_requests_are_answered_alike(place, kills, &people[..tried], &before);
    let out_of_quota = everything_agrees(place, tried).await;
    let told = before.len();
    format!(
        "{kills} kills, {told} acknowledged before, {tried} cases in the end, {out_of_quota} found the quota used up"
    )
}

/// Files for one after the other until the office dies.
fn client(
    port: u16,
    people: &[Applicant],
    next: &AtomicUsize,
    until: usize,
    acknowledged: &Mutex<BTreeMap<usize, String>>,
) {
    loop {
        let n = next.fetch_add(1, Ordering::SeqCst);
        if n >= until {
            return;
        }
        match post(port, &people[n % people.len()]) {
            Some((201, number)) => drop(acknowledged.lock().unwrap().insert(n, number)),
            // The database's server is away: not kept, not acknowledged.
            Some((503, _)) => std::thread::sleep(Duration::from_millis(20)),
            Some((status, body)) => panic!("{status} {body}"),
            None => return,
        }
    }
}

/// What is left of the quota and what cases hold of it, read in one statement: together the amount, and never below zero.
async fn nothing_is_overdrawn(place: &Premises) {
    let (clock, entropy) = (Arc::new(kernel::FixedClock::default()), Arc::new(kernel::SeededEntropy::new(3)));
    let store = Store::open(store::testing::options(place.location.clone(), clock, entropy)).await.unwrap();
    let sql = "SELECT a.amount, c.n, (SELECT CAST(coalesce(sum(t.amount), 0) AS BIGINT) FROM quota_taken t \
               WHERE t.quota = a.quota AND t.region = a.region AND t.year = a.year) AS taken FROM quota_amount a \
               JOIN counter c ON c.shard = a.shard AND c.key = 'quota/felling-commercial/450502/2026' \
               WHERE a.quota = 'felling-commercial' AND a.region = '450502' AND a.year = 2026";
    let rows = store.query(sql, vec![]).await.unwrap();
    let [amount, left, taken] = ["amount", "n", "taken"].map(|column| rows[0].int(column).unwrap());
    assert!(left >= 0 && left + taken == amount, "{left} left of {amount}, {taken} taken");
    store.close().await;
}

/// Every request is sent once more with its key: what was acknowledged is answered with the same case, what was cut off
/// becomes one case now.
fn retried_requests_are_answered_alike(
    place: &Premises,
    life: usize,
    people: &[Applicant],
    before: &BTreeMap<usize, String>,
) {
    let (mut office, port) = open(place, life);
    for (n, applicant) in people.iter().enumerate() {
        let (status, number) = post(port, applicant).expect("the office answers");
        assert_eq!(status, 201, "{number}");
        if let Some(told) = before.get(&n) {
            assert_eq!(&number, told, "another case than the one acknowledged");
        }
    }
    office.kill().unwrap();
    office.wait().unwrap();
}

/// Tables, counters and log tell the same story. Gives how many cases found the quota used up.
async fn everything_agrees(place: &Premises, cases: usize) -> i64 {
    nothing_is_overdrawn(place).await;
    let world = place.world(999_983).await;
    let store = &world.scratch.store;
    let count = async |sql: &'static str| store.query(sql, vec![]).await.unwrap()[0].int("n").unwrap();
    let cases = i64::try_from(cases).unwrap();
    let fellers = cases / 2;
    assert_eq!(count("SELECT count(*) AS n FROM case_file").await, cases);
    assert_eq!(count("SELECT count(DISTINCT applicant) AS n FROM case_file").await, cases);
    assert_eq!(count("SELECT count(*) AS n FROM decision").await, cases);
    assert_eq!(count("SELECT count(*) AS n FROM leaf WHERE kind = 'case.decided'").await, cases);
    let granted = count("SELECT count(*) AS n FROM case_file WHERE state = 'granted'").await;
    let waiting = count("SELECT count(*) AS n FROM case_file WHERE state = 'in_review'").await;
    assert_eq!(granted + waiting, cases, "granted, or with a person because the quota is used up");
    let felled = granted - (cases - fellers);
    assert!(felled > 0 && waiting > 0, "{felled} permits, {waiting} without: the quota neither served nor ran out");
    assert_eq!(count("SELECT count(*) AS n FROM open_case").await, waiting);
    assert_eq!(count("SELECT count(*) AS n FROM public_notice").await, granted);
    assert_eq!(count("SELECT count(DISTINCT case_id) AS n FROM duty").await, granted);
    let born = "SELECT c.item, c.form, count(d.id) AS n FROM case_file c LEFT JOIN duty d ON d.shard = c.shard AND d.case_id = c.id \
                WHERE c.state = 'granted' GROUP BY c.item, c.form, c.id";
    for row in store.query(born, vec![]).await.unwrap() {
        let item = world.catalog.item(row.text("item").unwrap(), world.now().date()).unwrap();
        let form: Json = serde_json::from_str(row.text("form").unwrap()).unwrap();
        let promised = item.is_committed(form.as_object().unwrap());
        let rules = item.duties.iter().filter(|duty| promised || duty.kind != catalog::COMMITMENT_CHECK).count();
        assert_eq!(row.int("n").unwrap(), i64::try_from(rules).unwrap(), "each duty of each grant, once: {}", item.id);
    }
    let orphans = "SELECT count(*) AS n FROM duty d LEFT JOIN case_file c ON c.shard = d.shard AND c.id = d.case_id \
                   WHERE c.id IS NULL OR c.state <> 'granted' OR d.granting_agency IS NULL OR d.item_version <> c.item_version";
    assert_eq!(count(orphans).await, 0, "duties without a grant");
    let apart = supervision::recount(store, stories::world::SHARD, &world.catalog, world.now()).await.unwrap();
    assert_eq!(apart, [], "limits, lights and counters of duties");
    assert_eq!(count("SELECT count(*) AS n FROM licence WHERE item = 'fo-felling-small'").await, felled);
    assert_eq!(count("SELECT count(*) AS n FROM leaf WHERE kind = 'licence.issued'").await, felled);
    assert_eq!(count("SELECT count(*) AS n FROM quota_taken WHERE amount > 0").await, felled);
    let counted =
        count("SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS n FROM counter WHERE key LIKE 'decided/%'").await;
    assert_eq!(counted, cases, "counters");
    let struck = "SELECT count(*) AS n FROM register_record WHERE register = 'pharmacist-registration' \
                  AND body LIKE '%\"status\":\"cancelled\"%'";
    assert_eq!(count(struck).await, cases - fellers, "registers");
    assert_eq!(count("SELECT count(*) AS n FROM register_record WHERE register = 'felling-permit'").await, felled);
    the_log_is_whole(store).await;
    waiting
}

/// The newest head signs exactly the leaves that are there.
async fn the_log_is_whole(store: &Store) {
    let leaves = store.query("SELECT bytes FROM leaf ORDER BY position", vec![]).await.unwrap();
    let mut tree = Frontier::default();
    for leaf in &leaves {
        tree.push(evidence::tree::leaf_hash(leaf.blob("bytes").unwrap())).unwrap();
    }
    let head = store.checkpoint(stories::world::SHARD).await.unwrap().expect("a signed head");
    assert!(head.note.contains(&tree.root().base64()), "{} does not sign the leaves", head.note);
    assert!(store.check().await.unwrap().is_empty());
}

/// Imports the catalogue with as much felling allowed in 海城区 as by this life.
async fn raise_quota(world: &World, life: usize) {
    let path = "quotas/felling-commercial.toml";
    let mut files = Files::seed();
    let text = std::str::from_utf8(files.get(path).unwrap()).unwrap();
    let (before, after) = text.split_once("region = \"450502\"\nyear = 2026\namount = 40\n").unwrap();
    let amount = CUBIC_METRES * (1 + life / 4);
    let text = format!("{before}region = \"450502\"\nyear = 2026\namount = {amount}\n{after}");
    files.insert(path, text);
    let at = world.now().plus_ms(i64::try_from(life).unwrap());
    let act = Id::new(&*world.scratch.clock, &*world.scratch.entropy);
    let import = Import { shard: stories::world::SHARD, at, act };
    catalog::import(&world.scratch.store, &files, &import).await.unwrap();
}

/// Registered pharmacists and forest farmers in turn, with a session each, in an office that is closed again.
async fn prepare(place: &Premises, count: usize) -> Vec<Applicant> {
    let world = place.world(5).await;
    raise_quota(&world, 0).await;
    let mut extracts: BTreeMap<&str, String> = BTreeMap::new();
    for n in 0..count {
        let records = if n % 2 == 0 { pharmacist(&code(n)) } else { farmer(&code(n)) };
        for (register, record) in records {
            extracts.entry(register).or_default().push_str(&format!("{record}\n"));
        }
    }
    for (register, text) in &extracts {
        world.extract(register, text).await;
    }
    // Nobody holds a felling permit yet.
    world.whole("felling-permit", "").await;
    let mut people = Vec::new();
    for n in 0..count {
        let code = code(n);
        let identity = Identity {
            kind: PartyKind::Person,
            code: code.clone(),
            name: "测试药师".into(),
            assurance: Assurance::Strong,
            provider: "demonstration".into(),
            assertion: code.clone(),
        };
        let signed = access::sign_in::by_identity(&world.base(), &identity, &access::Arrival::default()).await.unwrap();
        let body = if n % 2 == 0 { striking_off(&code) } else { felling(&code, 1 + n / 2 % 5) };
        people.push(Applicant { token: signed.token.reveal(), body: body.to_string(), key: format!("crash-{n:06}") });
    }
    world.scratch.store.close().await;
    people
}

fn pharmacist(code: &str) -> Vec<(&'static str, Json)> {
    let registration = json!({
        "subject": code, "name": "测试药师", "number": &code[6..17], "category": "pharmacy", "scope": "trade",
        "region": "450103", "employer": "91450100DM00010162", "employer_name": "邕江大药房",
        "registered_on": "2024-01-23", "valid_to": "2029-01-22", "status": "valid",
    });
    let open = json!({ "subject": code, "open_cases": 0 });
    vec![("pharmacist-registration", registration), ("case-open", open)]
}

fn striking_off(code: &str) -> Json {
    json!({ "item": "fd-pharmacist-cancel", "form": {
        "name": "测试药师", "citizen_id": code, "registration_number": &code[6..17], "reason": "stop",
        "phone": "13877100001", "understood": true, "truthful": true,
    }})
}

fn farmer(code: &str) -> Vec<(&'static str, Json)> {
    let rights = json!({
        "subject": code, "name": "测试药师", "certificate": &code[6..17], "right": "contracted", "parcel": "演翁山-0003",
        "region": "450502006201", "area_mu": 12, "valid_to": "2057-06-30", "status": "registered", "disputed": false,
    });
    let stand = json!({
        "subject": code, "parcel": "演翁山-0003", "origin": "planted", "class": "commercial", "growth": "trees",
        "species": "桉树", "closed": false, "nature_reserve": false, "unremedied": false,
    });
    let credit = json!({ "subject": code, "name": "测试药师", "serious_records": 0, "broken_commitment": false });
    let replanted = json!({ "subject": code, "name": "测试药师", "overdue_mu": 0, "accepted_on": "2026-03-12" });
    vec![("forest-rights", rights), ("forest-stand", stand), ("commitment-credit", credit), ("replanting", replanted)]
}

fn felling(code: &str, cubic_metres: usize) -> Json {
    json!({ "item": "fo-felling-small", "form": {
        "name": "测试药师", "citizen_id": code, "certificate": &code[6..17], "parcel": "演翁山-0003", "object": "stand",
        "species": "桉树", "volume": cubic_metres, "area_mu": 3, "method": "clear", "finish_by": "2026-12-31",
        "regrowth": "planting", "replant_by": "2027-12-31", "way": "commitment", "phone": "13800138000",
        "commitment": true, "truthful": true,
    }})
}

fn code(n: usize) -> String {
    let born = jiff::civil::date(1980, 1, 1).saturating_add(jiff::Span::new().days((n / 900) as i64));
    CitizenId::generate("450103", born, (n % 900) as u16 + 1).unwrap().as_str().to_owned()
}

/// A child that serves the office, and its port.
fn open(place: &Premises, life: usize) -> (Child, u16) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    if life.is_multiple_of(4) {
        command.env("CRASH_RAISE", life.to_string());
    }
    let mut office = command
        .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, place.folder.path())
        .env(LOCATION, place.location.to_string())
        .env("CRASH_SEED", (life + 100).to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(office.stdout.take().unwrap()).lines();
    let port = lines.map_while(Result::ok).find_map(|l| l.strip_prefix("port ").and_then(|p| p.parse().ok()));
    (office, port.expect("the office opened"))
}

/// One request on a connection of its own; `None` where the office died under it.
fn post(port: u16, applicant: &Applicant) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let Applicant { token, body, key } = applicant;
    let request = format!(
        "POST /api/v1/cases HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\nidempotency-key: {key}\r\n\
         content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.get(9..12)?.parse().ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    if status != 201 {
        return Some((status, body.to_owned()));
    }
    // An answer cut off in the middle acknowledges nothing.
    let case: Json = serde_json::from_str(body).ok()?;
    Some((status, case["number"].as_str()?.to_owned()))
}
