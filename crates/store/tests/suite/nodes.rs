//! PostgreSQL alone: several nodes on one database, connections that break, a server that goes and comes back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kernel::{FixedClock, Id, Moment, SeededEntropy};
use store::testing::postgres::{Alone, Database};
use store::testing::{Scratch, execute, options};
use store::{CommitError, Conflict, Fault, Leaf, Location, OpenError, Store, Unit};

use crate::desk::{AFFAIR, Act as _, SHARD, TABLES, affair, postgres_desk, unit};

/// A second node on the same database, with a memory and chance of its own.
async fn neighbour(d: &Scratch) -> Store {
    let mut options = d.options();
    options.entropy = Arc::new(SeededEntropy::new(77));
    options.heads = None;
    Store::open(options).await.unwrap()
}

fn refusal(done: Result<store::Receipt, CommitError>) -> String {
    match done {
        Err(CommitError::NoEvidence { why }) => why,
        other => panic!("it should not be signed: {other:?}"),
    }
}

#[tokio::test]
async fn two_nodes_never_sign_the_same_log() {
    let Some(d) = postgres_desk().await else { return };
    let other = neighbour(&d).await;
    d.store.commit(unit().leaf(d.act("0"))).await.unwrap();
    let why = refusal(other.commit(unit().leaf(d.act("x")).count("decided", 1)).await);
    assert!(why.contains("kept by another node (budayang "), "{why}");
    assert_eq!(other.logs().await.unwrap()[0].refusal.as_deref(), Some(why.as_str()));
    assert_eq!(d.store.logs().await.unwrap()[0].refusal, None);
    // What needs no log goes on, and so does a log that nobody keeps yet.
    other.commit(unit().count("filed", 1)).await.unwrap();
    assert_eq!(other.commit(Unit::new("gd").leaf(d.act("0"))).await.unwrap().leaves[0].1, 0);
    refusal(d.store.commit(Unit::new("gd").leaf(d.act("x"))).await);
    // A node that stops gives its logs up; the other goes on with them where they were.
    d.store.close().await;
    assert_eq!(other.commit(unit().leaf(d.act("1"))).await.unwrap().leaves[0].1, 1);
    assert_eq!((other.counter(SHARD, "decided").await, other.counter(SHARD, "filed").await), (Ok(0), Ok(1)));
    assert_eq!(other.check().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_share_one_quota_one_key_and_one_queue() {
    let Some(d) = postgres_desk().await else { return };
    let other = neighbour(&d).await;
    d.store.commit(unit().count("quota", 100).insert(&AFFAIR, affair("a", "x"))).await.unwrap();
    let work = |store: Store, task: usize| {
        tokio::spawn(async move {
            let (mut drawn, mut carried, mut changed) = (0, 0, 0);
            for i in 0..40 {
                let draw = unit().guard("quota", -1, 0).insert(&AFFAIR, affair(&format!("{task}-{i}"), "x"));
                match store.commit(draw).await {
                    Ok(_) => drawn += 1,
                    Err(CommitError::Conflict(Conflict::Exhausted { .. })) => {}
                    Err(other) => panic!("{other}"),
                }
                let once = unit().once("someone", format!("key {i}"), "h", "r").count("carried", 1).send("mail", "x");
                match store.commit(once).await {
                    Ok(_) => carried += 1,
                    Err(CommitError::Conflict(Conflict::Repeated { .. })) => {}
                    Err(other) => panic!("{other}"),
                }
                let key = || vec![SHARD.into(), "a".into()];
                match store.commit(unit().update(&AFFAIR, key(), i + 1, vec![("state", "y".into())])).await {
                    Ok(_) => changed += 1,
                    Err(CommitError::Conflict(Conflict::Changed { .. })) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            (drawn, carried, changed)
        })
    };
    let tasks: Vec<_> =
        (0..4).map(|task| work(if task % 2 == 0 { d.store.clone() } else { other.clone() }, task)).collect();
    let (mut drawn, mut carried, mut changed) = (0, 0, 0);
    for task in tasks {
        let (a, b, c) = task.await.unwrap();
        (drawn, carried, changed) = (drawn + a, carried + b, changed + c);
    }
    assert_eq!((drawn, d.store.counter(SHARD, "quota").await), (100, Ok(0)));
    assert_eq!((carried, d.store.counter(SHARD, "carried").await), (40, Ok(40)));
    let version =
        d.store.query("SELECT version FROM suite_affair WHERE id = 'a'", vec![]).await.unwrap()[0].int("version");
    assert_eq!(version, Ok(changed + 1));
    let (here, there) = tokio::join!(d.store.outbox_take(40), other.outbox_take(40));
    let taken: Vec<Id> = here.unwrap().into_iter().chain(there.unwrap()).map(|message| message.id).collect();
    assert_eq!((taken.len(), taken.iter().collect::<BTreeSet<_>>().len()), (40, 40), "each message is taken once");
}

/// Commits numbered units until told to stop; gives those that were acknowledged and those that were refused.
async fn busy(store: Store, entropy: Arc<SeededEntropy>, task: usize, stop: Arc<AtomicBool>) -> [BTreeSet<String>; 2] {
    let mut told = [BTreeSet::new(), BTreeSet::new()];
    for i in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let name = format!("{task}-{i}");
        let subject = Id::new(&FixedClock::default(), entropy.as_ref());
        let leaf = Leaf { subject, kind: "act", bytes: name.clone().into_bytes() };
        let whole = unit().insert(&AFFAIR, affair(&name, "x")).count("n", 1).leaf(leaf);
        match store.commit(whole).await {
            Ok(_) => told[0].insert(name),
            Err(CommitError::Fault(Fault::Away(_))) => {
                tokio::time::sleep(Duration::from_millis(5)).await;
                told[1].insert(name)
            }
            Err(other) => panic!("{other:?}"),
        };
    }
    told
}

/// What was acknowledged is there once, what was refused is not there, and log, table and counter agree.
async fn agree(store: &Store, told: &[BTreeSet<String>; 2]) {
    let rows = store.query("SELECT id FROM suite_affair", vec![]).await.unwrap();
    let kept: BTreeSet<String> = rows.iter().map(|row| row.text("id").unwrap().to_owned()).collect();
    assert_eq!(told[0].difference(&kept).collect::<Vec<_>>(), Vec::<&String>::new(), "acknowledged and lost");
    assert_eq!(told[1].intersection(&kept).collect::<Vec<_>>(), Vec::<&String>::new(), "refused and there");
    let mut logged = BTreeSet::new();
    while let Some(from) = u64::try_from(logged.len()).ok().filter(|from| *from < kept.len() as u64 + 1) {
        let entries = store.entries(SHARD, from, 5000).await.unwrap();
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            assert!(logged.insert(String::from_utf8(entry.bytes).unwrap()), "one unit, two leaves");
        }
    }
    assert_eq!(logged, kept, "the log and the table");
    assert_eq!(store.counter(SHARD, "n").await, Ok(i64::try_from(kept.len()).unwrap()), "the counter and the table");
    assert_eq!(store.check().await.unwrap(), []);
}

/// Lets four tasks commit while `harm` is done to the server.
async fn under_load(store: &Store, harm: impl Future<Output = ()>) -> [BTreeSet<String>; 2] {
    let (stop, entropy) = (Arc::new(AtomicBool::new(false)), Arc::new(SeededEntropy::new(3)));
    let tasks: Vec<_> = (0..4).map(|t| tokio::spawn(busy(store.clone(), entropy.clone(), t, stop.clone()))).collect();
    harm.await;
    stop.store(true, Ordering::Relaxed);
    let mut told = [BTreeSet::new(), BTreeSet::new()];
    for task in tasks {
        let [done, refused] = task.await.unwrap();
        told[0].extend(done);
        told[1].extend(refused);
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn broken_connections_lose_and_double_nothing() {
    let Some(d) = postgres_desk().await else { return };
    let told = under_load(&d.store, async {
        for i in 0..20_u64 {
            tokio::time::sleep(Duration::from_millis(70 + i % 17)).await;
            let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            execute(&d.location(), all).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    })
    .await;
    assert!(told[0].len() > 100, "only {} were committed", told[0].len());
    agree(&d.store, &told).await;
}

async fn office(server: &Alone) -> (Database, Store) {
    let database = Database::on(&server.server, "").await;
    Store::migrate(&database.location).await.unwrap();
    execute(&database.location, TABLES).await;
    let clock = Arc::new(FixedClock::at(Moment::from_ms(1_795_406_400_000)));
    let store = Store::open(options(database.location.clone(), clock, Arc::new(SeededEntropy::new(5)))).await.unwrap();
    (database, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_that_goes_and_comes_back_is_written_to_again_without_a_restart() {
    let Some(server) = Alone::in_memory("") else { return };
    let (_database, store) = office(&server).await;
    store.commit(unit().count("n", 1)).await.unwrap();
    server.server.stop();
    let asked = Instant::now();
    let (refused, unread) = tokio::join!(store.commit(unit().count("n", 1)), store.counter(SHARD, "n"));
    assert!(matches!(&refused, Err(CommitError::Fault(Fault::Away(_)))), "{refused:?}");
    assert!(refused.unwrap_err().to_string().contains("nothing is lost, try again"));
    assert!(matches!(&unread, Err(Fault::Away(_))), "{unread:?}");
    assert!(asked.elapsed() < Duration::from_secs(3), "whoever asks is told soon, not after {:?}", asked.elapsed());
    assert!(store.is_writing());
    server.server.start();
    assert_eq!(store.counter(SHARD, "n").await, Ok(1));
    store.commit(unit().count("n", 1)).await.unwrap();
    assert_eq!(store.counter(SHARD, "n").await, Ok(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_killed_under_load_loses_and_doubles_nothing() {
    let Some(server) = Alone::on_disk("") else { return };
    let (_database, store) = office(&server).await;
    let told = under_load(&store, async {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(400)).await;
            let server = server.server.clone();
            tokio::task::spawn_blocking(move || {
                server.kill();
                server.start();
            })
            .await
            .unwrap();
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
    })
    .await;
    assert!(told[0].len() > 20, "only {} were committed", told[0].len());
    agree(&store, &told).await;
}

#[tokio::test]
async fn a_database_that_is_not_fit_is_named_with_what_to_do() {
    let Some(d) = postgres_desk().await else { return };
    let Location::Postgres(url) = d.location() else { panic!("not PostgreSQL") };
    let none = Location::Postgres(url.replace("/t", "/none_t"));
    let refused = Store::migrate(&none).await.unwrap_err().to_string();
    assert!(refused.contains("createdb --encoding=UTF8 --locale=C"), "{refused}");
    let server = Alone::in_memory("").unwrap();
    let options = "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0";
    let latin = Database::on(&server.server, options).await;
    let refused = Store::migrate(&latin.location).await.unwrap_err().to_string();
    assert!(refused.contains("has encoding LATIN1") && refused.contains("createdb"), "{refused}");
    let empty = Database::on(&server.server, "").await;
    let open = |location: &Location| Store::open(options_of(location));
    assert!(matches!(open(&empty.location).await, Err(OpenError::Unmigrated { found: 0, .. })));
    server.server.stop();
    assert!(matches!(open(&empty.location).await, Err(OpenError::Fault(Fault::Away(_)))));
}

fn options_of(location: &Location) -> store::Options {
    options(location.clone(), Arc::new(FixedClock::default()), Arc::new(SeededEntropy::new(1)))
}

#[tokio::test]
async fn migrating_twice_changes_nothing_and_another_program_is_refused() {
    let Some(d) = postgres_desk().await else { return };
    assert_eq!(Store::migrate(&d.location()).await.unwrap(), Vec::<String>::new());
    let open = || Store::open(options_of(&d.store.location().clone()));
    execute(&d.location(), "UPDATE refinery_schema_history SET checksum = '1' WHERE version = 1").await;
    assert!(matches!(open().await, Err(OpenError::Divergent(_))));
    execute(&d.location(), "DELETE FROM refinery_schema_history WHERE version = 1").await;
    assert!(matches!(open().await, Err(OpenError::Unmigrated { .. })));
    execute(&d.location(), "UPDATE refinery_schema_history SET version = 999 WHERE version = 2").await;
    assert!(matches!(open().await, Err(OpenError::Newer { found: 999, .. })));
}

#[tokio::test]
async fn an_older_dump_serves_but_does_not_sign() {
    let Some(mut d) = postgres_desk().await else { return };
    for i in 0..5 {
        d.store.commit(unit().leaf(d.act(&i.to_string()))).await.unwrap();
    }
    d.store.close().await;
    // As after `pg_restore` of a dump made two decisions ago.
    let older = "DELETE FROM leaf WHERE position >= 3; DELETE FROM checkpoint WHERE size > 3;";
    execute(&d.location(), older).await;
    d.reopen().await;
    let why = refusal(d.store.commit(unit().leaf(d.act("x"))).await);
    assert!(why.contains("signed up to 5 leaves") && why.contains("holds only 3"), "{why}");
    d.store.commit(unit().count("filed", 1)).await.unwrap();
}
