//! kill -9 in the middle of the work: every acknowledged unit is there exactly once, and tables, counters and log agree.
//!
//! The child is this test binary again, told by the environment what to do. `STORE_KILLS` sets how often it is killed. On
//! PostgreSQL the server is killed as well, in every fifth round. Power loss is another test (`power`): a killed process
//! loses nothing the kernel already has.

#![expect(clippy::disallowed_methods, reason = "the test talks to its child through the environment")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use kernel::{Entropy as _, FixedClock, Id, Moment, SeededEntropy};
use store::testing::postgres::{Alone, Database};
use store::testing::{execute, options};
use store::{CommitError, Conflict, Fault, Leaf, Location, Store};

use crate::desk::{AFFAIR, SHARD, TABLES, affair, unit};

const OFFICE: &str = "STORE_CRASH_OFFICE";
const ROUND: &str = "STORE_CRASH_ROUND";
/// The quota the children draw on: small enough to run out in some rounds, refilled in each.
const REFILL: i64 = 400;

pub(crate) async fn open(location: &Location, seed: u64) -> Store {
    let clock = Arc::new(FixedClock::at(Moment::from_ms(1_795_406_400_000)));
    Store::open(options(location.clone(), clock, Arc::new(SeededEntropy::new(seed)))).await.unwrap()
}

/// Commits until it is killed, telling each acknowledged unit on its standard output.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child() {
    let Ok(office) = std::env::var(OFFICE) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    writeln!(std::io::stdout().lock(), "process {}", std::process::id()).unwrap();
    runtime.block_on(async {
        let store = open(&office.parse().unwrap(), round + 100).await;
        while store.commit(unit().count("quota", REFILL)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let entropy = Arc::new(SeededEntropy::new(round << 32));
        let tasks: Vec<_> =
            (0..8).map(|task| tokio::spawn(work(store.clone(), entropy.clone(), round, task))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

async fn work(store: Store, entropy: Arc<SeededEntropy>, round: u64, task: u64) {
    for i in 0..u64::MAX {
        let name = format!("{round}-{task}-{i}");
        let subject = Id::new(&FixedClock::default(), entropy.as_ref());
        let leaf = Leaf { subject, kind: "granted", bytes: name.clone().into_bytes() };
        let draw =
            unit().insert(&AFFAIR, affair(&name, "granted")).guard("quota", -1, 0).count("granted", 1).leaf(leaf);
        match store.commit(draw.send("notice", name.as_str())).await {
            // Written at once by the operating system: what a client has been told stays told.
            Ok(_) => writeln!(std::io::stdout().lock(), "acknowledged {name}").unwrap(),
            Err(CommitError::Conflict(Conflict::Exhausted { .. })) => tokio::task::yield_now().await,
            // The server is away, or has not noticed yet that the child before this one is dead.
            Err(CommitError::Fault(Fault::Away(_)) | CommitError::NoEvidence { .. }) => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// A child at work; `before` are the words of a program that watches it.
pub(crate) fn start(location: &Location, round: u64, before: &[&str]) -> Child {
    let this = std::env::current_exe().unwrap().display().to_string();
    let words =
        [before, &[this.as_str()], &["--exact", "crash::child", "--ignored", "--nocapture", "--test-threads=1"]];
    let words = words.concat();
    Command::new(words[0])
        .args(&words[1..])
        .env(OFFICE, location.to_string())
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Starts a child, lets `harm` happen to it, and gives what it acknowledged. Mostly the harm begins with its first
/// acknowledgement, sometimes with its start, so that opening and recovery are cut short as well. `harm` is told the process.
pub(crate) fn harm_one(mut child: Child, at_work: bool, harm: impl FnOnce(&str)) -> Vec<String> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ((begun, working), (named, process)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel());
    let told = std::thread::spawn(move || {
        let mut told = Vec::new();
        for line in lines.map_while(Result::ok) {
            if let Some((_, pid)) = line.split_once("process ") {
                let _ = named.send(pid.to_owned());
            }
            if let Some((_, name)) = line.split_once("acknowledged ") {
                told.push(name.to_owned());
                let _ = begun.send(());
            }
        }
        told
    });
    let process = process.recv_timeout(Duration::from_secs(60)).expect("the child starts");
    if at_work {
        working.recv_timeout(Duration::from_secs(60)).expect("the child works");
    }
    harm(&process);
    let killed = Command::new("kill").args(["-9", &process]).status().unwrap();
    assert!(killed.success());
    child.wait().unwrap();
    told.join().unwrap()
}

pub(crate) fn kills() -> u64 {
    std::env::var("STORE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(10)
}

#[test]
fn killed_again_and_again_it_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(folder.path().join("office.db"));
    rounds(&location, |_| ());
}

#[test]
fn on_postgresql_it_loses_and_doubles_nothing_when_node_or_server_are_killed() {
    let Some(server) = Alone::on_disk("") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = runtime.block_on(Database::on(&server.server, ""));
    rounds(&database.location, |round| {
        if round % 5 == 4 {
            server.server.kill();
            server.server.start();
            std::thread::sleep(Duration::from_millis(200));
        }
    });
}

/// Kills children, one after the other, after `harm` was done; what they acknowledged must be there after each.
fn rounds(location: &Location, harm: impl Fn(u64)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(Store::migrate(location)).unwrap();
    runtime.block_on(execute(location, TABLES));
    let (kills, mut acknowledged) = (kills(), BTreeSet::new());
    let chance = SeededEntropy::new(kills);
    for round in 0..kills {
        let mut byte = [0];
        chance.fill(&mut byte);
        let told = harm_one(start(location, round, &[]), !round.is_multiple_of(4), |_| {
            harm(round);
            std::thread::sleep(Duration::from_millis(u64::from(byte[0])));
        });
        for name in told {
            assert!(acknowledged.insert(name.clone()), "{name} was acknowledged twice");
        }
        runtime.block_on(agree(location, &acknowledged));
    }
    assert!(
        acknowledged.len() > 20,
        "only {} units in {kills} rounds: it was killed before it worked",
        acknowledged.len()
    );
}

/// Nothing that a killed node had sent is still being carried out.
async fn quiet(store: &Store) {
    if !matches!(store.location(), Location::Postgres(_)) {
        return;
    }
    for _ in 0..200 {
        let sql = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'
                   AND application_name LIKE 'budayang %'";
        if store.query(sql, vec![]).await.unwrap()[0].int("n") == Ok(0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("a killed node's session does not end");
}

pub(crate) async fn agree(location: &Location, acknowledged: &BTreeSet<String>) {
    let store = open(location, 1).await;
    quiet(&store).await;
    let rows = store.query("SELECT id FROM suite_affair", vec![]).await.unwrap();
    let kept: BTreeSet<String> = rows.iter().map(|row| row.text("id").unwrap().to_owned()).collect();
    let lost: Vec<_> = acknowledged.difference(&kept).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let mut logged = BTreeSet::new();
    let mut at = 0;
    loop {
        let entries = store.entries(SHARD, at, 5000).await.unwrap();
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            assert_eq!(entry.position, at);
            at += 1;
            assert!(logged.insert(String::from_utf8(entry.bytes).unwrap()), "one unit, two leaves");
        }
    }
    assert_eq!(logged, kept, "the log and the table");
    let n = i64::try_from(kept.len()).unwrap();
    assert_eq!(store.counter(SHARD, "granted").await, Ok(n), "the counter and the table");
    let sent = store.query("SELECT count(*) AS n FROM outbox", vec![]).await.unwrap()[0].int("n");
    assert_eq!(sent, Ok(n), "the outbox and the table");
    let quota = store.counter(SHARD, "quota").await.unwrap();
    assert!(quota >= 0 && (quota + n) % REFILL == 0, "{quota} left after {n}");
    assert_eq!(store.check().await.unwrap(), []);
    store.close().await;
}
