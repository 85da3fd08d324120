//! Approvals on PostgreSQL, by one node and by two that each keep a shard of their own, against bare rows brought to the same
//! server: a server of the measurement's own on the disk, with everything on that makes a commit durable.

use std::time::Instant;

use site::shares::Terms;
use store::Location;
use store::testing::postgres::{Alone, Database, Server};
use stories::World;
use tempfile::TempDir;

use crate::approvals::{APPROVALS, people, report, serve, tick, weight};
use crate::summary::Summary;

/// What the administrator of a small server would write: the tests' own settings are for small databases.
pub(crate) const SETTINGS: &str = "shared_buffers = 512MB\nmax_wal_size = 4GB\nautovacuum_naptime = 10s";

/// Rows in one transaction of the base, as many as the store's batches hold at most.
const BATCH: usize = 256;

/// One node of an office on PostgreSQL, served.
struct Node {
    world: World,
    port: u16,
    _folder: TempDir,
}

impl Node {
    async fn open(location: &Location, seed: u64, shard: &'static str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let world = World::node(location, folder.path(), seed, shard).await;
        tick(&world);
        let port = serve(&world, Terms::default()).await?;
        Ok(Self { world, port, _folder: folder })
    }
}

/// Measures one node and two, at 64 and 512 clients.
pub(crate) async fn measure(summary: &mut Summary) -> anyhow::Result<()> {
    let Some(alone) = Alone::on_disk(SETTINGS) else { return Ok(()) };
    let each = weight().await?;
    let (one, two) = (bare(&alone.server, each, 1).await?, bare(&alone.server, each, 2).await?);
    summary.plain(format!("PostgreSQL, bare inserts of {each} bytes, one writer"), one, "rows/s");
    summary.plain(format!("PostgreSQL, bare inserts of {each} bytes, two writers"), two, "rows/s");
    let database = Database::on(&alone.server, "").await;
    let first = Node::open(&database.location, 21, "gx").await?;
    for (round, clients) in [(0, 64), (1, 512)] {
        let people = people(&first.world, round * APPROVALS, APPROVALS).await?;
        let measured = crate::approvals::load(first.port, clients, people).await?;
        report(summary, &format!("{clients} clients, PostgreSQL, one node"), &measured, one);
    }
    let second = Node::open(&database.location, 22, "gx-south").await?;
    for (round, clients) in [(2, 64), (4, 512)] {
        let measured = both(&first, &second, clients, round * APPROVALS).await?;
        report(summary, &format!("{clients} clients, PostgreSQL, two nodes"), &measured, two);
    }
    Ok(())
}

/// Half of the clients and applicants at each node.
async fn both(
    first: &Node,
    second: &Node,
    clients: usize,
    from: usize,
) -> anyhow::Result<(f64, Vec<std::time::Duration>)> {
    let half = APPROVALS / 2;
    let (here, there) = (people(&first.world, from, half).await?, people(&second.world, from + half, half).await?);
    let begin = Instant::now();
    let load = crate::approvals::load;
    let (here, there) = tokio::try_join!(load(first.port, clients / 2, here), load(second.port, clients / 2, there))?;
    let rate = (2 * half) as f64 / begin.elapsed().as_secs_f64();
    let mut waits = [here.1, there.1].concat();
    waits.sort_unstable();
    Ok((rate, waits))
}

/// Rows a second brought by `unnest` from so many connections, each into a table of its own.
pub(crate) async fn bare(server: &Server, bytes: u64, writers: usize) -> anyhow::Result<f64> {
    let database = Database::on(server, "").await;
    let Location::Postgres(url) = &database.location else { anyhow::bail!("not on PostgreSQL") };
    let begin = Instant::now();
    let writing: Vec<_> = (0..writers)
        .map(|writer| tokio::spawn(insert(url.clone(), format!("bare_{writer}"), bytes, APPROVALS / writers)))
        .collect();
    let mut rows = 0;
    for one in writing {
        rows += one.await??;
    }
    Ok(rows as f64 / begin.elapsed().as_secs_f64())
}

async fn insert(url: String, table: String, bytes: u64, rows: usize) -> anyhow::Result<usize> {
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(&format!("CREATE TABLE {table} (id BYTEA PRIMARY KEY, body BYTEA)")).await?;
    let sql = format!("INSERT INTO {table} (id, body) SELECT * FROM unnest($1::bytea[], $2::bytea[])");
    let insert = client.prepare(&sql).await?;
    let body = vec![b'x'; usize::try_from(bytes)?];
    for batch in 0..rows.div_ceil(BATCH) {
        let ids: Vec<Vec<u8>> = (0..BATCH).map(|i| (batch * BATCH + i).to_be_bytes().to_vec()).collect();
        client.execute(&insert, &[&ids, &vec![&body; BATCH]]).await?;
    }
    Ok(rows.div_ceil(BATCH) * BATCH)
}
