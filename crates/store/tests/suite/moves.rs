//! An office moves to another database while it serves, there and back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use evidence::tree::{verify_consistency, verify_inclusion};
use kernel::{FixedClock, Id, SeededEntropy};
use store::testing::postgres::Database;
use store::testing::{Scratch, execute, options};
use store::{CommitError, Fault, Head, Leaf, Location, OpenError, Relocation, Store, Unit};

use crate::desk::{AFFAIR, Act as _, FACT, SHARD, TABLES, affair, desk, fact, key, unit};

/// Works until the office is moved away; gives what was acknowledged.
async fn busy(
    store: Store,
    entropy: Arc<SeededEntropy>,
    round: &'static str,
    task: usize,
    stop: Arc<AtomicBool>,
) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    for i in 0..i64::MAX {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let name = format!("{round}-{task}-{i}");
        let subject = Id::new(&FixedClock::default(), entropy.as_ref());
        let leaf = Leaf { subject, kind: "act", bytes: name.clone().into_bytes() };
        // Rows that come, change, are replaced and go while the copy runs.
        let mut whole = unit().insert(&AFFAIR, affair(&name, "x")).count("n", 1).leaf(leaf).send("mail", "it's done");
        whole = whole.put(&FACT, fact(&format!("{task}-{}", i % 7), name.as_str()));
        if i % 3 == 2 {
            whole = whole.delete(&FACT, key(&format!("{task}-{}", (i + 3) % 7)));
            let last = format!("{round}-{task}-{}", i - 1);
            whole = whole.update(&AFFAIR, key(&last), 1, vec![("state", "y".into())]);
        }
        match store.commit(whole).await {
            Ok(_) => drop(told.insert(name)),
            Err(CommitError::Fault(Fault::Moved(_))) => break,
            // On a slow machine the pause may outlast a writer's patience: nothing was kept, and it would be sent again.
            Err(CommitError::Fault(Fault::Busy)) => continue,
            Err(other) => panic!("{other:?}"),
        }
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
    told
}

/// Moves the office while three tasks work in it. Gives what they were told.
async fn moved(store: &Store, to: &Location, round: &'static str) -> (Relocation, BTreeSet<String>) {
    let (stop, entropy) = (Arc::new(AtomicBool::new(false)), Arc::new(SeededEntropy::new(8)));
    let work = |task| tokio::spawn(busy(store.clone(), entropy.clone(), round, task, stop.clone()));
    let tasks: Vec<_> = (0..3).map(work).collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    // In a thread of its own, as the command would run in a process of its own.
    let (from, target) = (store.location().clone(), to.clone());
    let moving = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(Store::relocate(&from, &target, &FixedClock::default())).unwrap()
    });
    let done = tokio::task::spawn_blocking(move || moving.join().unwrap()).await.unwrap();
    let mut told = BTreeSet::new();
    for task in tasks {
        told.extend(task.await.unwrap());
    }
    stop.store(true, Ordering::Relaxed);
    (done, told)
}

async fn open(d: &Scratch, location: &Location) -> Result<Store, OpenError> {
    let mut options = options(location.clone(), d.clock.clone(), d.entropy.clone());
    options.heads = d.options().heads;
    Store::open(options).await
}

/// Everything that was acknowledged is there, and the log is the one that was signed.
async fn agree(store: &Store, told: &BTreeSet<String>, before: &Head) {
    let rows = store.query("SELECT id FROM suite_affair", vec![]).await.unwrap();
    let kept: BTreeSet<String> = rows.iter().map(|row| row.text("id").unwrap().to_owned()).collect();
    assert_eq!(told.difference(&kept).collect::<Vec<_>>(), Vec::<&String>::new(), "acknowledged and lost");
    let n = i64::try_from(kept.len()).unwrap();
    assert_eq!(store.counter(SHARD, "n").await, Ok(n));
    let signed = store.checkpoint(SHARD).await.unwrap().unwrap();
    assert_eq!(i64::try_from(signed.head.size), Ok(n));
    let proof = store.consistency(SHARD, before.size, signed.head.size).await.unwrap().unwrap();
    verify_consistency((before.size, &before.root), (signed.head.size, &signed.head.root), &proof).unwrap();
    let last = store.inclusion(SHARD, before.size - 1).await.unwrap().unwrap();
    verify_inclusion(&last.entry.hash, before.size - 1, signed.head.size, &last.hashes, &signed.head.root).unwrap();
    assert_eq!(store.check().await.unwrap(), []);
}

async fn refuses(store: &Store, d: &Scratch, to: &Location) {
    for work in [unit().leaf(d.act("x")), Unit::new("gd").count("n", 1)] {
        let refused = store.commit(work).await;
        assert_eq!(refused, Err(CommitError::Fault(Fault::Moved(to.to_string()))));
    }
    assert!(store.counter(SHARD, "n").await.is_ok(), "reading goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_office_moves_to_postgresql_and_back_while_it_serves() {
    let d = desk().await;
    let Some(database) = Database::new().await else { return };
    execute(&database.location, TABLES).await;
    d.store.blob_put(SHARD, vec![9; 600_000], 1 << 20).await.unwrap();
    for i in 0..50 {
        d.store
            .commit(unit().insert(&AFFAIR, affair(&format!("first-{i}"), "x")).count("n", 1).leaf(d.act("x")))
            .await
            .unwrap();
    }
    let before = d.store.checkpoint(SHARD).await.unwrap().unwrap().head;
    let (there, told) = moved(&d.store, &database.location, "there").await;
    assert!(there.changed > 0 && there.read_twice, "{there:?}");
    assert!(told.len() > 20, "{} units while it moved", told.len());
    refuses(&d.store, &d, &database.location).await;
    let second = open(&d, &database.location).await.unwrap();
    agree(&second, &told, &before).await;
    assert_eq!(second.checkpoint(SHARD).await.unwrap().unwrap().head, there.heads[0].1);
    second.commit(unit().insert(&AFFAIR, affair("on", "x")).count("n", 1).leaf(d.act("on"))).await.unwrap();
    // The old one stays refused after a restart, and is not moved a second time.
    d.store.close().await;
    refuses(&open(&d, &d.location()).await.unwrap(), &d, &database.location).await;
    let again = Store::relocate(&d.location(), &database.location, d.clock.as_ref()).await;
    assert!(matches!(again, Err(OpenError::Fault(Fault::Moved(_)))), "{again:?}");

    let home = Location::Sqlite(d.folder.path().join("home.db"));
    Store::migrate(&home).await.unwrap();
    execute(&home, TABLES).await;
    let (back, more) = moved(&second, &home, "back").await;
    assert!(back.changed > 0, "{back:?}");
    refuses(&second, &d, &home).await;
    let third = open(&d, &home).await.unwrap();
    agree(&third, &told.union(&more).cloned().collect(), &before).await;
    third.commit(unit().insert(&AFFAIR, affair("home", "x")).count("n", 1).leaf(d.act("home"))).await.unwrap();
}

#[tokio::test]
async fn a_copy_that_is_not_proven_is_not_served() {
    let d = desk().await;
    let Some(database) = Database::new().await else { return };
    // A table that is only here: the move stops before anything is copied, and the office goes on.
    let refused = Store::relocate(&d.location(), &database.location, d.clock.as_ref()).await;
    assert!(
        matches!(&refused, Err(OpenError::Fault(Fault::Misuse(why))) if why.contains("suite_affair")),
        "{refused:?}"
    );
    d.store.commit(unit().count("n", 1).leaf(d.act("x"))).await.unwrap();
    assert_eq!(d.store.check().await.unwrap(), []);
    let opened = open(&d, &database.location).await;
    assert!(matches!(opened.map(drop), Err(OpenError::Incomplete(_))));
    // What is there already is not copied over.
    let refused = Store::relocate(&d.location(), &database.location, d.clock.as_ref()).await;
    assert!(matches!(&refused, Err(OpenError::Unfit { what, .. }) if what.contains("not empty")), "{refused:?}");
}
