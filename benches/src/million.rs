//! An office with ten thousand cases behind it and one with a million, side by side: does anything that people do take longer
//! because others have done so much before?

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use affairs::access::{Actor, Arrival, EVERY, LinkPurpose, sign_in as entry};
use anyhow::{Context, ensure};
use site::shares::Terms;
use store::testing::postgres::{Alone, Database};
use store::{Location, Store};
use stories::World;
use stories::world::SHARD;
use tempfile::TempDir;

use crate::approvals::{APPROVALS, bare, load, millis, people, serve, tick, weight};
use crate::client::Client;
use crate::population::{Population, officer};
use crate::summary::Summary;
use crate::{population, postgres};

const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
/// How often each page is asked for, and for how long at most.
const TIMES: usize = 300;
const PATIENCE: Duration = Duration::from_secs(4);
/// Filings one after the other.
const FILINGS: usize = 500;
/// Filings by so many at once.
const CROWDS: [usize; 2] = [64, 512];
/// Approvals and bare inserts take turns so often, and the median of each counts: on a shared machine a second is soon unlike
/// the one before it.
const ROUNDS: usize = 5;
/// Bare rows to an approval, so that both are measured for about as long.
const BARE: usize = 4;

/// Where an office of the measurement lies.
struct Ground {
    location: Location,
    folder: PathBuf,
    _temporary: Option<TempDir>,
    /// Applicants that earlier measurements on this office have used up.
    used: usize,
}

/// What was seen in one office.
struct Seen {
    /// What was done, with p50 and p99 in milliseconds.
    waits: Vec<(String, f64, f64)>,
    /// Clients, approvals a second through HTTP, and the bare rate measured beside them.
    rates: Vec<(usize, f64, f64)>,
}

/// Measures on SQLite. `kept`: the offices are kept in `target/bench`, and one that is there already is used again.
pub(crate) async fn measure(summary: &mut Summary, kept: bool) -> anyhow::Result<()> {
    let (population, each) = (Population::learn().await?, weight().await?);
    let mut seen = Vec::new();
    for cases in [FEW, MANY] {
        let ground = Ground::on_sqlite(&population, cases, kept, summary).await?;
        let base = || bare(each, APPROVALS * BARE);
        seen.push(look(&ground, cases, base).await?);
    }
    compare(summary, "SQLite", &seen);
    Ok(())
}

/// Measures on PostgreSQL.
pub(crate) async fn on_postgres(summary: &mut Summary) -> anyhow::Result<()> {
    let Some(alone) = Alone::on_disk(postgres::SETTINGS) else { return Ok(()) };
    let (population, each) = (Population::learn().await?, weight().await?);
    let rate = postgres::bare(&alone.server, each, 1).await?;
    let mut seen = Vec::new();
    for cases in [FEW, MANY] {
        let database = Database::on(&alone.server, "").await;
        let folder = tempfile::tempdir()?;
        let ground = Ground {
            location: database.location.clone(),
            folder: folder.path().to_owned(),
            _temporary: Some(folder),
            used: 0,
        };
        ground.settle(&population, cases, summary).await?;
        seen.push(look(&ground, cases, || Ok(rate)).await?);
    }
    compare(summary, "PostgreSQL", &seen);
    Ok(())
}

impl Ground {
    async fn on_sqlite(
        population: &Arc<Population>,
        cases: usize,
        kept: bool,
        summary: &mut Summary,
    ) -> anyhow::Result<Self> {
        let temporary = if kept { None } else { Some(tempfile::tempdir()?) };
        let folder = match &temporary {
            Some(folder) => folder.path().to_owned(),
            None => Path::new("target/bench").join(format!("office-{cases}")),
        };
        let marker = folder.join("used");
        let used = std::fs::read_to_string(&marker).ok().and_then(|text| text.trim().parse().ok());
        let location = Location::Sqlite(folder.join("office.db"));
        let ground = Self { location, folder, _temporary: temporary, used: used.unwrap_or(0) };
        if used.is_none() {
            let _ = std::fs::remove_dir_all(&ground.folder);
            std::fs::create_dir_all(&ground.folder)?;
            ground.settle(population, cases, summary).await?;
        }
        std::fs::write(marker, (ground.used + FILINGS + APPROVALS * ROUNDS * CROWDS.len()).to_string())?;
        Ok(ground)
    }

    async fn world(&self, seed: u64) -> World {
        World::opened(&self.location, &self.folder, seed).await
    }

    async fn settle(&self, population: &Arc<Population>, cases: usize, summary: &mut Summary) -> anyhow::Result<()> {
        let world = self.world(31).await;
        let begin = Instant::now();
        population.settle(&world.scratch.store, cases).await?;
        let seconds = begin.elapsed().as_secs_f64();
        summary.plain(format!("{cases} cases loaded in {seconds:.0} s"), cases as f64 / seconds, "cases/s");
        world.scratch.store.close().await;
        if let Location::Postgres(url) = &self.location {
            // What the server would do by itself within minutes.
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            client.batch_execute("ANALYZE").await?;
        }
        Ok(())
    }
}

/// Uses an office as people do, one after the other, then as many at once as there may be.
async fn look(ground: &Ground, cases: usize, bare: impl Fn() -> anyhow::Result<f64>) -> anyhow::Result<Seen> {
    // Another chance than at any opening before, or ids would come twice.
    let world = ground.world(1_000 + ground.used as u64 * 7 + u64::from(std::process::id())).await;
    tick(&world);
    let port = serve(&world, Terms::default()).await?;
    let mut waits = reads(&world, port, cases).await?;
    let filing = people(&world, ground.used, FILINGS).await?;
    let (_, filed) = load(port, 1, filing).await?;
    waits.push(("filing and granting, one after the other".into(), millis(&filed, 50), millis(&filed, 99)));
    let (mut rates, mut used) = (Vec::new(), ground.used + FILINGS);
    for clients in CROWDS {
        let (mut crowd, mut approvals, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let many = people(&world, used, APPROVALS).await?;
            used += APPROVALS;
            let (rate, waited) = load(port, clients, many).await?;
            crowd.extend(waited);
            approvals.push(rate);
            rows.push(bare()?);
        }
        crowd.sort_unstable();
        waits.push((format!("filing and granting, {clients} at once"), millis(&crowd, 50), millis(&crowd, 99)));
        rates.push((clients, median(approvals), median(rows)));
    }
    world.scratch.store.close().await;
    Ok(Seen { waits, rates })
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn compare(summary: &mut Summary, engine: &str, seen: &[Seen]) {
    let [few, many] = seen else { return };
    for ((name, p50, p99), (_, p50_many, p99_many)) in few.waits.iter().zip(&many.waits) {
        for (share, few, many) in [("p50", p50, p50_many), ("p99", p99, p99_many)] {
            summary.plain(format!("{engine}, {FEW} cases: {name}, {share}"), *few, "ms");
            summary.less(format!("{engine}, {MANY} cases: {name}, {share}"), *many, "ms", ("that at 10,000", *few));
        }
    }
    for (cases, seen) in [(FEW, few), (MANY, many)] {
        for (clients, rate, bare) in &seen.rates {
            summary.plain(format!("{engine}, {cases} cases: bare inserts"), *bare, "rows/s");
            let name = format!("{engine}, {cases} cases: approvals through HTTP, {clients} clients");
            summary.against(name, *rate, "approvals/s", ("bare inserts", *bare));
        }
    }
}

/// Where the pages lead to.
struct Paths {
    numbers: Vec<String>,
    licences: Vec<String>,
}

/// Cases and licences from everywhere in the office's past.
async fn paths(store: &Store) -> anyhow::Result<Paths> {
    let mut paths = Paths { numbers: Vec::new(), licences: Vec::new() };
    let ends = "SELECT min(filed_at) AS a, max(filed_at) AS z FROM case_file";
    let ends = store.query(ends, vec![]).await?;
    let (from, to) =
        ends.first().map(|row| Ok::<_, store::Fault>((row.int("a")?, row.int("z")?))).context("no cases")??;
    for step in 0..TIMES as i64 {
        // Ids begin with the time, so an id of any moment leads to the next case.
        let ms = u64::try_from(from + (to - from) / (TIMES as i64 + 1) * step)?;
        let after = format!("{:08x}-{:04x}", ms >> 16, ms & 0xFFFF);
        let case = "SELECT number FROM case_file WHERE shard = $1 AND id > $2 ORDER BY id LIMIT 1";
        let licence = "SELECT code FROM licence WHERE shard = $1 AND id > $2 ORDER BY id LIMIT 1";
        for (sql, column, list) in [(case, "number", &mut paths.numbers), (licence, "code", &mut paths.licences)] {
            let rows = store.query(sql, vec![SHARD.into(), after.as_str().into()]).await?;
            list.extend(rows.first().map(|row| row.text(column).map(str::to_owned)).transpose()?);
        }
    }
    Ok(paths)
}

/// A session of an officer of this agency and region.
async fn officer_session(world: &World, login: &str, place: (&str, &str)) -> anyhow::Result<String> {
    let login = format!("{login}-{}", kernel::Clock::now(&*world.scratch.clock).ms() % 1_000_000_007);
    let officer = officer(world, &login, place).await?;
    let base = world.base();
    let link = entry::issue_link(&base, &Actor::Machine, officer.account, LinkPurpose::SignIn).await?;
    Ok(entry::by_link(&base, &link, &Arrival::default()).await?.token.reveal())
}

/// The pages that people look at, each asked for again and again by one client.
async fn reads(world: &World, port: u16, cases: usize) -> anyhow::Result<Vec<(String, f64, f64)>> {
    let paths = paths(&world.scratch.store).await?;
    let region = officer_session(world, "region", (EVERY, EVERY)).await?;
    let county = officer_session(world, "county", ("amr-450107", "450107")).await?;
    let citizen = crate::approvals::sign_in(world.base(), &population::citizen_of(cases / 2, cases)?).await?;
    let same = |path: &str| vec![path.to_owned()];
    let of = |list: &[String], path: &str| list.iter().map(|x| format!("{path}{x}")).collect::<Vec<_>>();
    let asked: [(&str, Vec<String>, &str); 17] = [
        ("first page", same("/"), ""),
        ("guide", same("/items/fd-pharmacist-renew"), ""),
        ("numbers", same("/about/numbers"), ""),
        ("licence looked up", of(&paths.licences, "/verify?code="), ""),
        ("public notices", same("/api/v1/notices"), ""),
        ("the log", same("/log"), ""),
        ("own page", same("/me"), citizen.token()),
        ("case by its number", of(&paths.numbers, "/staff/cases/"), &region),
        ("queue, region", same("/staff/queue"), &region),
        ("queue, county", same("/staff/queue"), &county),
        ("queue, with others, region", same("/staff/queue?show=outside"), &region),
        ("queue, with others, county", same("/staff/queue?show=outside"), &county),
        ("queue, closed, region", same("/staff/queue?show=closed"), &region),
        ("queue, closed, county", same("/staff/queue?show=closed"), &county),
        ("duties, region", same("/staff/duties"), &region),
        ("duties, county", same("/staff/duties"), &county),
        ("metrics", same("/metrics"), ""),
    ];
    let mut client = Client::connect(port).await?;
    let mut seen = Vec::new();
    for (name, paths, token) in asked {
        let waits = ask(&mut client, &paths, token).await.with_context(|| name.to_owned())?;
        seen.push((name.to_owned(), millis(&waits, 50), millis(&waits, 99)));
    }
    Ok(seen)
}

async fn ask(client: &mut Client, paths: &[String], token: &str) -> anyhow::Result<Vec<Duration>> {
    let (mut waits, begin) = (Vec::new(), Instant::now());
    for path in paths.iter().cycle().take(TIMES + 10) {
        let asked = Instant::now();
        let (status, body) = client.get(path, token).await?;
        waits.push(asked.elapsed());
        ensure!(status == 200, "{path}: {status} {body}");
        if begin.elapsed() > PATIENCE {
            break;
        }
    }
    // The first ones warm the server up.
    waits.drain(..waits.len().min(10) - usize::from(waits.len() < 20));
    waits.sort_unstable();
    Ok(waits)
}
