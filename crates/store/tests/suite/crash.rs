//! kill -9 in the middle of the work: every acknowledged unit is there exactly once, and tables, counters and log agree.
//!
//! The child is this test binary again, told by the environment what to do. `STORE_KILLS` sets how often it is killed.
//! Power loss is another test: a killed process loses nothing the kernel already has.

#![expect(clippy::disallowed_methods, reason = "the test talks to its child through the environment")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use kernel::{Entropy as _, FixedClock, Id, Moment, SeededEntropy};
use store::testing::{create, options};
use store::{CommitError, Conflict, Leaf, Location, Store};

use crate::desk::{AFFAIR, SHARD, TABLES, affair, unit};

const FOLDER: &str = "STORE_CRASH_FOLDER";
const ROUND: &str = "STORE_CRASH_ROUND";
/// The quota the children draw on: small enough to run out in some rounds, refilled in each.
const REFILL: i64 = 400;

async fn open(folder: &Path, seed: u64) -> Store {
    let clock = Arc::new(FixedClock::at(Moment::from_ms(1_795_406_400_000)));
    let location = Location::Sqlite(folder.join("office.db"));
    Store::open(options(location, clock, Arc::new(SeededEntropy::new(seed)))).await.unwrap()
}

/// Commits until it is killed, telling each acknowledged unit on its standard output.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let store = open(Path::new(&folder), round + 100).await;
        store.commit(unit().count("quota", REFILL)).await.unwrap();
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
            Err(other) => panic!("{other}"),
        }
    }
}

/// Starts a child, kills it after `wait`, and gives what it acknowledged. Mostly the wait begins with its first
/// acknowledgement, sometimes with its start, so that opening and recovery are cut short as well.
fn kill_one(folder: &Path, round: u64, wait: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (begun, working) = std::sync::mpsc::channel();
    let told = std::thread::spawn(move || {
        let mut told = Vec::new();
        for line in lines.map_while(Result::ok) {
            if let Some((_, name)) = line.split_once("acknowledged ") {
                told.push(name.to_owned());
                let _ = begun.send(());
            }
        }
        told
    });
    if !round.is_multiple_of(4) {
        working.recv_timeout(Duration::from_secs(60)).expect("the child works");
    }
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    told.join().unwrap()
}

#[test]
fn killed_again_and_again_it_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(folder.path().join("office.db"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Store::migrate(&location)).unwrap();
    create(&location, TABLES);
    let kills: u64 = std::env::var("STORE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let (mut acknowledged, chance) = (BTreeSet::new(), SeededEntropy::new(kills));
    for round in 0..kills {
        let mut byte = [0];
        chance.fill(&mut byte);
        let told = kill_one(folder.path(), round, Duration::from_millis(u64::from(byte[0])));
        for name in told {
            assert!(acknowledged.insert(name.clone()), "{name} was acknowledged twice");
        }
        runtime.block_on(agree(folder.path(), &acknowledged));
    }
    assert!(
        acknowledged.len() > 20,
        "only {} units in {kills} rounds: it was killed before it worked",
        acknowledged.len()
    );
}

async fn agree(folder: &Path, acknowledged: &BTreeSet<String>) {
    let store = open(folder, 1).await;
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
