//! Durable units a second, side by side with bare batch inserts of the same bytes: `cargo run --release -p store --example
//! throughput -- FOLDER UNITS`. With a third word `postgres` the units go to a PostgreSQL server of the example's own, on the
//! disk of the temporary folder; the bare rate stays SQLite's.
//!
//! A unit is an instant approval: five rows (application 1 KB, decision 1 KB, licence 0.6 KB, duty, notice), two counters, one
//! message, one leaf. Bare means one table, one row of as many bytes a unit, 256 rows a transaction, synchronous=FULL.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::{Clock, FixedClock, Id, Moment, SeededEntropy};
use store::testing::postgres::{Alone, Database, NOT_INSTALLED};
use store::{Leaf, Location, Store, Table, Unit, Value, testing};

const COLUMNS: [&str; 3] = ["shard", "id", "body"];
const KEY: [&str; 2] = ["shard", "id"];
static TABLES: [Table; 5] = [
    Table { name: "bench_application", columns: &COLUMNS, key: &KEY },
    Table { name: "bench_decision", columns: &COLUMNS, key: &KEY },
    Table { name: "bench_permit", columns: &COLUMNS, key: &KEY },
    Table { name: "bench_obligation", columns: &COLUMNS, key: &KEY },
    Table { name: "bench_notice", columns: &COLUMNS, key: &KEY },
];
/// Bytes of the rows' bodies, then of the message and the leaf.
const BODIES: [usize; 5] = [1000, 1000, 600, 200, 200];
const MESSAGE: usize = 150;
const LEAF: usize = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let units: usize = arguments.next().map_or(Ok(20_000), |n| n.parse())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let bare = bare(&folder, units)?;
    say(&format!("bare inserts, 256 a transaction: {bare:.0} units/s"))?;
    let server = match arguments.next().as_deref() {
        Some("postgres") => Some(Alone::on_disk("autovacuum = on").ok_or(NOT_INSTALLED)?),
        _ => None,
    };
    let database = server.as_ref().map(|server| runtime.block_on(Database::on(&server.server, "")));
    let file = Location::Sqlite(folder.join("office.db"));
    let store = runtime.block_on(open(database.as_ref().map_or(&file, |database| &database.location)))?;
    let mut base = 1_795_406_400_000;
    for clients in [1, 64, 512] {
        let n = if clients == 1 { units / 10 } else { units };
        let (rate, mut waits) = runtime.block_on(load(&store, clients, n, base));
        base += n as i64;
        waits.sort_unstable();
        let at = |share: usize| waits.get(waits.len() * share / 100).copied().unwrap_or_default();
        say(&format!(
            "{clients} clients: {rate:.0} units/s, {:.2} of bare, p50 {:?}, p99 {:?}",
            rate / bare,
            at(50),
            at(99)
        ))?;
    }
    let reads = runtime.block_on(reads(&store))?;
    say(&format!("point reads on one task: {reads:.0} a second"))?;
    runtime.block_on(store.close());
    Ok(())
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}

fn bare(folder: &std::path::Path, units: usize) -> Result<f64, rusqlite::Error> {
    let conn = rusqlite::Connection::open(folder.join("bare.db"))?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB)",
    )?;
    let body = vec![b'x'; BODIES.iter().sum::<usize>() + MESSAGE + LEAF];
    let begun = Instant::now();
    for _ in 0..units / 256 {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        let mut insert = conn.prepare_cached("INSERT INTO bare (body) VALUES (?1)")?;
        for _ in 0..256 {
            insert.execute([&body])?;
        }
        conn.execute_batch("COMMIT")?;
    }
    Ok((units / 256 * 256) as f64 / begun.elapsed().as_secs_f64())
}

async fn open(location: &Location) -> Result<Store, store::OpenError> {
    Store::migrate(location).await?;
    let tables = TABLES.iter().fold(String::new(), |mut sql, table| {
        let _ = write!(
            sql,
            "CREATE TABLE {} (shard TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (shard, id));",
            table.name
        );
        sql
    });
    testing::execute(location, &tables).await;
    let clock = Arc::new(FixedClock::at(Moment::from_ms(1_795_406_400_000)));
    Store::open(testing::options(location.clone(), clock, Arc::new(SeededEntropy::new(1)))).await
}

async fn load(store: &Store, clients: usize, units: usize, base: i64) -> (f64, Vec<Duration>) {
    let entropy = Arc::new(SeededEntropy::new(clients as u64 + 2));
    let begun = Instant::now();
    let work = |client: usize| {
        let (store, entropy) = (store.clone(), entropy.clone());
        tokio::spawn(async move {
            let clock = FixedClock::default();
            let mut waits = Vec::new();
            for i in 0..units / clients {
                clock.set(Moment::from_ms(base + (i * clients + client) as i64));
                let unit = approval(&clock, &entropy);
                let asked = Instant::now();
                if store.commit(unit).await.is_ok() {
                    waits.push(asked.elapsed());
                }
            }
            waits
        })
    };
    let tasks: Vec<_> = (0..clients).map(work).collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.unwrap_or_default());
    }
    (waits.len() as f64 / begun.elapsed().as_secs_f64(), waits)
}

fn approval(clock: &dyn Clock, entropy: &SeededEntropy) -> Unit {
    let id = Id::new(clock, entropy);
    let mut unit = Unit::new("gx");
    for (table, bytes) in TABLES.iter().zip(BODIES) {
        unit = unit.insert(table, vec!["gx".into(), id.into(), Value::Text("x".repeat(bytes))]);
    }
    unit.count("granted/450000/2026-11", 1)
        .count("granted/gx-mpa/fd-pharmacist-renewal/2026-11", 1)
        .send("notice", "m".repeat(MESSAGE))
        .leaf(Leaf { subject: id, kind: "granted", bytes: vec![7; LEAF] })
}

async fn reads(store: &Store) -> Result<f64, Box<dyn std::error::Error>> {
    let ids = store.query("SELECT id FROM bench_permit ORDER BY id LIMIT 20000", vec![]).await?;
    let begun = Instant::now();
    for row in &ids {
        let found = store.query(
            "SELECT body FROM bench_permit WHERE shard = $1 AND id = $2",
            vec!["gx".into(), row.text("id")?.into()],
        );
        assert_eq!(found.await?.len(), 1);
    }
    Ok(ids.len() as f64 / begun.elapsed().as_secs_f64())
}
