//! kill -9 under load: the office is killed at random moments while clients file over HTTP, and opened again. No
//! acknowledged case is lost, none is doubled, and log, counters and tables agree.
//!
//! The office is this test binary again, told by the environment where to serve. `CRASH_KILLS` sets how often it dies.

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
use evidence::tree::Frontier;
use kernel::code::CitizenId;
use serde_json::{Value as Json, json};
use site::Settings;
use site::state::Rate;
use stories::World;

const FOLDER: &str = "CRASH_FOLDER";
const CLIENTS: usize = 6;
/// Applicants for each life of the office: more than it gets to before it is killed.
const EACH_LIFE: usize = 120;

fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test's own front door")]
    std::env::var(name).ok()
}

/// The office's life: serves until it is killed. Only the test below starts it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the test below"]
async fn child() {
    let Some(folder) = setting(FOLDER) else { return };
    let seed = setting("CRASH_SEED").and_then(|s| s.parse().ok()).unwrap_or(1);
    let world = World::at(Path::new(&folder), seed).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_case_is_lost_and_none_is_doubled() {
    let kills: usize = setting("CRASH_KILLS").and_then(|n| n.parse().ok()).unwrap_or(4);
    let folder = tempfile::tempdir().unwrap();
    let people = prepare(folder.path(), kills * EACH_LIFE).await;
    let acknowledged: Arc<Mutex<BTreeMap<usize, String>>> = Arc::default();
    let next = Arc::new(AtomicUsize::new(0));
    for life in 0..kills {
        let (mut office, port) = open(folder.path(), life);
        let until = next.load(Ordering::SeqCst) + EACH_LIFE;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (people, acknowledged, next) = (people.clone(), acknowledged.clone(), next.clone());
                std::thread::spawn(move || {
                    loop {
                        let n = next.fetch_add(1, Ordering::SeqCst);
                        if n >= until {
                            return;
                        }
                        match post(port, &people[n % people.len()]) {
                            Some((201, number)) => drop(acknowledged.lock().unwrap().insert(n, number)),
                            Some((status, body)) => panic!("{status} {body}"),
                            None => return,
                        }
                    }
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(40 + (life as u64 * 97) % 400));
        office.kill().unwrap();
        office.wait().unwrap();
        clients.into_iter().for_each(|c| c.join().unwrap());
    }
    let tried = next.load(Ordering::SeqCst).min(people.len());
    let before = acknowledged.lock().unwrap().clone();
    assert!(before.len() >= kills, "only {} acknowledged in {kills} lives: it died before it worked", before.len());
    retried_requests_are_answered_alike(folder.path(), kills, &people[..tried], &before);
    everything_agrees(folder.path(), tried).await;
    println!("{kills} kills, {} acknowledged before, {tried} cases in the end", before.len());
}

/// Every request is sent once more with its key: what was acknowledged is answered with the same case, what was cut off
/// becomes one case now.
fn retried_requests_are_answered_alike(
    folder: &Path,
    life: usize,
    people: &[Applicant],
    before: &BTreeMap<usize, String>,
) {
    let (mut office, port) = open(folder, life);
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

async fn everything_agrees(folder: &Path, cases: usize) {
    let world = World::at(folder, 999_983).await;
    let store = &world.scratch.store;
    let count = async |sql: &'static str| store.query(sql, vec![]).await.unwrap()[0].int("n").unwrap();
    let cases = i64::try_from(cases).unwrap();
    assert_eq!(count("SELECT count(*) AS n FROM case_file WHERE state = 'granted'").await, cases);
    assert_eq!(count("SELECT count(*) AS n FROM case_file").await, cases);
    assert_eq!(count("SELECT count(DISTINCT applicant) AS n FROM case_file").await, cases);
    assert_eq!(count("SELECT count(*) AS n FROM decision").await, cases);
    assert_eq!(count("SELECT count(*) AS n FROM leaf WHERE kind = 'case.decided'").await, cases);
    assert_eq!(count("SELECT count(*) AS n FROM public_notice").await, cases);
    assert_eq!(count("SELECT count(*) AS n FROM duty").await, cases);
    assert_eq!(count("SELECT count(*) AS n FROM open_case").await, 0);
    let counted =
        count("SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS n FROM counter WHERE key LIKE 'decided/%'").await;
    assert_eq!(counted, cases, "counters");
    let struck = "SELECT count(*) AS n FROM register_record WHERE register = 'pharmacist-registration' \
                  AND body LIKE '%\"status\":\"cancelled\"%'";
    assert_eq!(count(struck).await, cases, "registers");
    let leaves = store.query("SELECT bytes FROM leaf ORDER BY position", vec![]).await.unwrap();
    let mut tree = Frontier::default();
    for leaf in &leaves {
        tree.push(evidence::tree::leaf_hash(leaf.blob("bytes").unwrap())).unwrap();
    }
    let head = store.checkpoint(stories::world::SHARD).await.unwrap().expect("a signed head");
    assert!(head.note.contains(&tree.root().base64()), "{} does not sign the leaves", head.note);
    assert!(store.check().await.unwrap().is_empty());
}

/// Registered pharmacists with a session each, in an office that is closed again.
async fn prepare(folder: &Path, count: usize) -> Vec<Applicant> {
    let world = World::at(folder, 5).await;
    let (mut registered, mut open, mut people) = (String::new(), String::new(), Vec::new());
    for n in 0..count {
        let code = code(n);
        let record = json!({
            "subject": code, "name": "测试药师", "number": &code[6..17], "category": "pharmacy", "scope": "trade",
            "region": "450103", "employer": "91450100DM00010162", "employer_name": "邕江大药房",
            "registered_on": "2024-01-23", "valid_to": "2029-01-22", "status": "valid",
        });
        registered.push_str(&format!("{record}\n"));
        open.push_str(&format!("{}\n", json!({ "subject": code, "open_cases": 0 })));
    }
    world.extract("pharmacist-registration", &registered).await;
    world.extract("case-open", &open).await;
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
        let body = json!({ "item": "fd-pharmacist-cancel", "form": {
            "name": "测试药师", "citizen_id": code, "registration_number": &code[6..17], "reason": "stop",
            "phone": "13877100001", "understood": true, "truthful": true,
        }});
        people.push(Applicant { token: signed.token.reveal(), body: body.to_string(), key: format!("crash-{n:06}") });
    }
    world.scratch.store.close().await;
    people
}

fn code(n: usize) -> String {
    let born = jiff::civil::date(1980, 1, 1).saturating_add(jiff::Span::new().days((n / 900) as i64));
    CitizenId::generate("450103", born, (n % 900) as u16 + 1).unwrap().as_str().to_owned()
}

/// A child that serves the office in `folder`, and its port.
fn open(folder: &Path, life: usize) -> (Child, u16) {
    let mut office = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
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
