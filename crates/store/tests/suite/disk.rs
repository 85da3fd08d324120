//! Files: migration, backup and restore, an old backup, a full disk, a damaged page.

use std::path::PathBuf;

use store::testing::{Scratch, options};
use store::{CommitError, Fault, Location, OpenError, Options, Store};

use crate::desk::{AFFAIR, Act as _, FACT, SHARD, affair, desk, fact, unit};

fn database(d: &Scratch) -> PathBuf {
    d.folder.path().join("office.db")
}

async fn open(d: &Scratch, path: PathBuf) -> Result<Store, OpenError> {
    Store::open(options(Location::Sqlite(path), d.clock.clone(), d.entropy.clone())).await
}

async fn decide(d: &Scratch, store: &Store, n: u32) {
    for i in 0..n {
        store.commit(unit().leaf(d.act(&i.to_string())).count("decided", 1)).await.unwrap();
    }
}

fn sql(path: &PathBuf, text: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
}

#[tokio::test]
async fn a_server_refuses_a_database_that_is_not_its_own() {
    let d = desk().await;
    d.store.close().await;
    let missing = d.folder.path().join("none.db");
    assert!(matches!(open(&d, missing.clone()).await, Err(OpenError::Missing(p)) if p == missing));
    let empty = d.folder.path().join("empty.db");
    sql(&empty, "CREATE TABLE x (y)");
    assert!(matches!(open(&d, empty).await, Err(OpenError::Unmigrated { found: 0, .. })));
    sql(&database(&d), "UPDATE refinery_schema_history SET checksum = '1' WHERE version = 1");
    assert!(matches!(open(&d, database(&d)).await, Err(OpenError::Divergent(_))));
    sql(&database(&d), "DELETE FROM refinery_schema_history WHERE version = 1");
    assert!(matches!(open(&d, database(&d)).await, Err(OpenError::Unmigrated { .. })));
    sql(
        &database(&d),
        "UPDATE refinery_schema_history SET version = 999 WHERE version = (SELECT max(version) FROM refinery_schema_history)",
    );
    assert!(matches!(open(&d, database(&d)).await, Err(OpenError::Newer { found: 999, .. })));
    assert!(matches!(Store::migrate(&Location::Sqlite(database(&d))).await, Err(OpenError::Newer { .. })));
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(folder.path().join("deep/er/office.db"));
    assert!(!Store::migrate(&location).await.unwrap().is_empty());
    assert_eq!(Store::migrate(&location).await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_taken_while_writing_is_one_sound_state() {
    let d = desk().await;
    decide(&d, &d.store, 20).await;
    let (store, clock, entropy) = (d.store.clone(), d.clock.clone(), d.entropy.clone());
    let writing = tokio::spawn(async move {
        for i in 0..300 {
            let subject = kernel::Id::new(clock.as_ref(), entropy.as_ref());
            let leaf = store::Leaf { subject, kind: "act", bytes: vec![7; 50] };
            let whole = unit().insert(&AFFAIR, affair(&i.to_string(), "x")).leaf(leaf).count("decided", 1);
            store.commit(whole).await.unwrap();
        }
    });
    let copy = d.folder.path().join("copy.db");
    let report = d.store.backup(&copy).await.unwrap();
    assert!(!writing.is_finished(), "the copy should overlap the writing");
    writing.await.unwrap();
    assert!(matches!(d.store.backup(&copy).await, Err(OpenError::Occupied(_))));
    let place = d.folder.path().join("restored.db");
    let restored = Store::restore(&copy, &Location::Sqlite(place.clone())).await.unwrap();
    assert_eq!((restored.heads.clone(), restored.warnings.len()), (report.heads, 0));
    let other = open(&d, place).await.unwrap();
    let leaves = restored.heads[0].1.size;
    assert!((20..=320).contains(&leaves));
    assert_eq!(other.counter(SHARD, "decided").await, Ok(i64::try_from(leaves).unwrap()));
    assert_eq!(other.check().await.unwrap(), []);
    decide(&d, &other, 3).await;
    assert_eq!(d.store.check().await.unwrap(), []);
}

#[tokio::test]
async fn an_old_backup_serves_but_does_not_sign() {
    let mut d = desk().await;
    decide(&d, &d.store, 5).await;
    let copy = d.folder.path().join("copy.db");
    d.store.backup(&copy).await.unwrap();
    decide(&d, &d.store, 4).await;
    d.store.close().await;
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", database(&d).display()));
    }
    let report = Store::restore(&copy, &Location::Sqlite(database(&d))).await.unwrap();
    assert!(report.warnings[0].contains("up to 9 leaves, this backup holds 5"), "{:?}", report.warnings);
    d.store = open(&d, database(&d)).await.unwrap();
    let refused = d.store.commit(unit().leaf(d.act("x"))).await;
    let Err(CommitError::NoEvidence { why }) = refused else { panic!("{refused:?}") };
    assert!(why.contains("9 leaves") && why.contains("only 5") && why.contains("Restore a newer one"), "{why}");
    d.store.commit(unit().count("filed", 1)).await.unwrap();
    assert_eq!(d.store.entries(SHARD, 0, 10).await.unwrap().len(), 5);
    assert!(d.store.check().await.unwrap().iter().any(|f| f.mend.contains("older backup")));
    d.store.sign_with(None).await.unwrap();
    assert!(d.store.check().await.unwrap().iter().any(|f| f.mend.contains("older backup")), "also without keys");
    d.reopen().await;
    assert!(d.store.commit(unit().leaf(d.act("x"))).await.is_err(), "still, after a restart");
}

#[tokio::test]
async fn a_second_history_of_the_same_length_does_not_sign() {
    let mut d = desk().await;
    decide(&d, &d.store, 2).await;
    let copy = d.folder.path().join("copy.db");
    d.store.backup(&copy).await.unwrap();
    decide(&d, &d.store, 3).await;
    d.store.close().await;
    // The copy goes on elsewhere, longer than the original, and comes back.
    let away = d.folder.path().join("away.db");
    Store::restore(&copy, &Location::Sqlite(away.clone())).await.unwrap();
    let other = open(&d, away.clone()).await.unwrap();
    for i in 0..6 {
        other.commit(unit().leaf(d.act(&format!("other {i}")))).await.unwrap();
    }
    other.close().await;
    std::fs::rename(&away, database(&d)).unwrap();
    d.reopen().await;
    let refused = d.store.commit(unit().leaf(d.act("x"))).await;
    assert!(matches!(&refused, Err(CommitError::NoEvidence { why }) if why.contains("another history")), "{refused:?}");
}

#[tokio::test]
async fn a_tampered_tile_or_a_missing_leaf_stops_the_log() {
    for (harm, named) in [
        ("UPDATE tile SET hashes = zeroblob(length(hashes))", "do not lead to its signed root"),
        ("DELETE FROM leaf WHERE position = 4", "holds 4 leaves but 5 were signed"),
    ] {
        let mut d = desk().await;
        decide(&d, &d.store, 5).await;
        d.store.close().await;
        sql(&database(&d), harm);
        std::fs::remove_file(d.folder.path().join("office.db.head")).unwrap();
        d.reopen().await;
        let refused = d.store.commit(unit().leaf(d.act("x"))).await;
        assert!(matches!(&refused, Err(CommitError::NoEvidence { why }) if why.contains(named)), "{refused:?}");
        d.store.commit(unit().count("filed", 1)).await.unwrap();
        assert!(!d.store.check().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_goes_on_serving() {
    let mut d = desk().await;
    decide(&d, &d.store, 5).await;
    d.store.close().await;
    let room = std::fs::metadata(database(&d)).unwrap().len() + 200_000;
    let mut tight: Options = options(Location::Sqlite(database(&d)), d.clock.clone(), d.entropy.clone());
    tight.limit_bytes = Some(room);
    d.store = Store::open(tight).await.unwrap();
    let large = |name: &str| unit().put(&FACT, fact(name, "x".repeat(300_000))).leaf(d.act(name));
    let small = |name: &str| d.store.commit(unit().leaf(d.act(name)).count("decided", 1));
    let (a, b, c) = tokio::join!(small("a"), d.store.commit(large("b")), small("c"));
    assert_eq!(b, Err(CommitError::Fault(Fault::Full)), "one that does not fit");
    a.and(c).expect("does not spoil those that do");
    let mut decided = 7;
    while small("d").await.is_ok() {
        decided += 1;
        assert!(decided < 10_000, "it is never full");
    }
    assert_eq!(small("e").await.unwrap_err(), CommitError::Fault(Fault::Full));
    assert_eq!(d.store.counter(SHARD, "decided").await, Ok(decided));
    assert_eq!(d.store.checkpoint(SHARD).await.unwrap().unwrap().head.size, u64::try_from(decided).unwrap());
    // Room again: the disk was made larger.
    d.reopen().await;
    decide(&d, &d.store, 1).await;
    assert_eq!(d.store.check().await.unwrap(), []);
}

#[tokio::test]
async fn a_damaged_backup_is_not_restored() {
    let d = desk().await;
    decide(&d, &d.store, 50).await;
    let copy = d.folder.path().join("copy.db");
    d.store.backup(&copy).await.unwrap();
    let place = d.folder.path().join("restored.db");
    let restore = |from: PathBuf| {
        let location = Location::Sqlite(place.clone());
        async move { Store::restore(&from, &location).await }
    };
    let mut bytes = std::fs::read(&copy).unwrap();
    for byte in bytes.iter_mut().skip(8192).step_by(4096) {
        *byte ^= 0xff;
    }
    let bad = d.folder.path().join("bad.db");
    std::fs::write(&bad, &bytes).unwrap();
    assert!(matches!(restore(bad).await, Err(OpenError::Fault(Fault::Damaged(_)))));
    let lied = d.folder.path().join("lied.db");
    std::fs::copy(&copy, &lied).unwrap();
    sql(&lied, "UPDATE checkpoint SET root = zeroblob(32)");
    assert!(matches!(restore(lied).await, Err(OpenError::Fault(Fault::Damaged(_)))));
    assert!(matches!(restore(d.folder.path().join("none.db")).await, Err(OpenError::Missing(_))));
    assert!(!place.exists());
    restore(copy.clone()).await.unwrap();
    assert!(matches!(restore(copy).await, Err(OpenError::Occupied(_))));
}
