//! An office of a hundred thousand cases moves from SQLite to PostgreSQL while people file: how long could nothing be written,
//! and does the log that was signed before still lead to the one signed after?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use evidence::tree::{verify_consistency, verify_inclusion};
use kernel::FixedClock;
use site::shares::Terms;
use store::testing::postgres::{Alone, Database};
use store::{Location, Relocation, Store};
use stories::World;
use stories::world::SHARD;

use crate::approvals::{Applicant, people, serve, tick};
use crate::client::Client;
use crate::population::Population;
use crate::postgres::SETTINGS;
use crate::summary::Summary;

const CASES: usize = 100_000;
/// Clients that file while the office moves, each as often as this.
const CLIENTS: usize = 8;
const EVERY: Duration = Duration::from_millis(100);
/// More applicants than file while it lasts.
const APPLICANTS: usize = 16_000;

/// What the clients saw.
#[derive(Default)]
struct Told {
    granted: Vec<String>,
    longest: Duration,
}

pub(crate) async fn measure(summary: &mut Summary) -> anyhow::Result<()> {
    let Some(alone) = Alone::on_disk(SETTINGS) else { return Ok(()) };
    let (folder, new_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let location = Location::Sqlite(folder.path().join("office.db"));
    let world = World::opened(&location, folder.path(), 41).await;
    Population::learn().await?.settle(&world.scratch.store, CASES).await?;
    tick(&world);
    let port = serve(&world, Terms::default()).await?;
    let people = people(&world, 0, APPLICANTS).await?;
    let before = world.scratch.store.checkpoint(SHARD).await?.context("nothing signed")?.head;
    let stop = Arc::new(AtomicBool::new(false));
    let filing: Vec<_> = chunks(people).into_iter().map(|own| tokio::spawn(file(port, own, stop.clone()))).collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let database = Database::on(&alone.server, "").await;
    let (begin, to) = (Instant::now(), database.location.clone());
    let moved = tokio::task::spawn_blocking(move || relocate(&location, &to)).await??;
    let all = begin.elapsed();
    // Whoever files now is told that the office has moved.
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.store(true, Ordering::Relaxed);
    let mut told = Told::default();
    for one in filing {
        let one = one.await??;
        told.longest = told.longest.max(one.longest);
        told.granted.extend(one.granted);
    }
    let rows: u64 = moved.tables.iter().map(|(_, sum)| sum.rows).sum();
    summary.plain(format!("move of {CASES} cases ({rows} rows) to PostgreSQL, all of it"), all.as_secs_f64(), "s");
    summary.plain("the same, rows copied again because they changed", moved.changed as f64, "rows");
    summary.plain("the same, nothing could be written for", moved.pause.as_secs_f64(), "s");
    summary.plain("the same, the longest wait of a filing that was granted", told.longest.as_secs_f64(), "s");
    summary.plain("the same, granted meanwhile and found in the new database", told.granted.len() as f64, "cases");
    let there = World::opened(&database.location, new_folder.path(), 42).await;
    nothing_is_lost(&there.scratch.store, &told.granted).await?;
    the_log_goes_on(&there.scratch.store, &before).await
}

fn chunks(people: Vec<Applicant>) -> Vec<Vec<Applicant>> {
    let mut chunks: Vec<Vec<Applicant>> = (0..CLIENTS).map(|_| Vec::new()).collect();
    people.into_iter().enumerate().for_each(|(n, one)| chunks[n % CLIENTS].push(one));
    chunks
}

/// In a runtime of its own, as the command runs in a process of its own.
fn relocate(from: &Location, to: &Location) -> anyhow::Result<Relocation> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(Store::relocate(from, to, &FixedClock::default()))?)
}

/// Files for one after the other until the office has moved.
async fn file(port: u16, people: Vec<Applicant>, stop: Arc<AtomicBool>) -> anyhow::Result<Told> {
    let (mut client, mut told) = (Client::connect(port).await?, Told::default());
    for applicant in people {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let begin = Instant::now();
        let (status, body) = client.post("/api/v1/cases", applicant.token(), "bench-key-1", applicant.form()).await?;
        if status == 503 {
            break;
        }
        ensure!(status == 201, "{status} {body}");
        told.longest = told.longest.max(begin.elapsed());
        let case: serde_json::Value = serde_json::from_str(&body)?;
        told.granted.push(case["number"].as_str().context("a case without a number")?.to_owned());
        tokio::time::sleep(EVERY.saturating_sub(begin.elapsed())).await;
    }
    Ok(told)
}

async fn nothing_is_lost(store: &Store, granted: &[String]) -> anyhow::Result<()> {
    for number in granted {
        let sql = "SELECT state FROM case_file WHERE number = $1";
        let rows = store.query(sql, vec![number.as_str().into()]).await?;
        let state = rows.first().map(|row| row.text("state")).transpose()?;
        ensure!(state == Some("granted"), "{number} was granted and is {state:?}");
    }
    Ok(())
}

/// What was signed before the move is the beginning of what is signed now, and its last leaf is in it.
async fn the_log_goes_on(store: &Store, before: &store::Head) -> anyhow::Result<()> {
    let signed = store.checkpoint(SHARD).await?.context("nothing signed")?;
    let proof = store.consistency(SHARD, before.size, signed.head.size).await?.context("no proof")?;
    verify_consistency((before.size, &before.root), (signed.head.size, &signed.head.root), &proof)
        .map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let last = store.inclusion(SHARD, before.size - 1).await?.context("no leaf")?;
    verify_inclusion(&last.entry.hash, before.size - 1, signed.head.size, &last.hashes, &signed.head.root)
        .map_err(|e| anyhow::anyhow!("{e:?}"))?;
    ensure!(store.check().await?.is_empty(), "the new database is damaged");
    Ok(())
}
