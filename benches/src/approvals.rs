//! Durable approvals end to end: HTTP, session, form check, registers, rules, licence record, log, one fsync for a batch.
//!
//! The item is the striking-off of a pharmacist's registration: it needs no second party, so one request is one approval.
//! The base is one table in bare SQLite that gets as many bytes a row as an approval writes, 256 rows a transaction, with
//! the same durability.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use affairs::access::{self, Assurance, Identity, PartyKind};
use anyhow::ensure;
use kernel::Clock as _;
use kernel::code::CitizenId;
use serde_json::json;
use site::Settings;
use site::shares::Terms;
use site::state::Rate;
use store::testing::Scratch;
use stories::World;

use crate::client::Client;
use crate::summary::Summary;

/// How many approvals one measurement takes.
pub(crate) const APPROVALS: usize = 6_000;

/// Somebody who will have his registration struck off.
pub(crate) struct Applicant {
    token: String,
    form: String,
}

impl Applicant {
    /// The session in which the application will be sent.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The application, as JSON.
    pub(crate) fn form(&self) -> &str {
        &self.form
    }
}

/// Measures at 64 and 512 clients on SQLite, `count` approvals each.
pub(crate) async fn measure(summary: &mut Summary, count: usize) -> anyhow::Result<()> {
    let world = World::on(Scratch::on_sqlite("").await).await;
    tick(&world);
    let port = serve(&world, Terms::default()).await?;
    for (round, clients) in [(0, 64), (1, 512)] {
        let people = people(&world, round * count, count).await?;
        let before = bytes(&world)?;
        let spent = processor_ms();
        let measured = load(port, clients, people).await?;
        let spent = (processor_ms() - spent) / count as f64;
        let each = (bytes(&world)? - before) / count as u64;
        let bare = bare(each, count)?;
        summary.plain(format!("approval, bytes written ({clients} clients)"), each as f64, "bytes");
        summary.plain(format!("bare batch inserts of {each} bytes"), bare, "rows/s");
        report(summary, &format!("{clients} clients"), &measured, bare);
        summary.plain(format!("processor time of an approval, the client's included ({clients} clients)"), spent, "ms");
    }
    summary.plain("memory of the process's own after the load", status_mib("RssAnon:"), "MiB");
    summary.plain("memory of the whole process at its peak, mapped database included", status_mib("VmHWM:"), "MiB");
    Ok(())
}

/// The bytes an approval writes, measured on a few.
pub(crate) async fn weight() -> anyhow::Result<u64> {
    const FEW: usize = 500;
    let world = World::on(Scratch::on_sqlite("").await).await;
    let port = serve(&world, Terms::default()).await?;
    let people = people(&world, 0, FEW).await?;
    let before = bytes(&world)?;
    load(port, 16, people).await?;
    Ok((bytes(&world)? - before) / FEW as u64)
}

pub(crate) fn report(summary: &mut Summary, under: &str, (rate, waits): &(f64, Vec<Duration>), bare: f64) {
    let name = format!("approvals through HTTP, {under}");
    summary.against(name.clone(), *rate, "approvals/s", ("bare inserts", bare));
    summary.plain(format!("{name}, p50"), millis(waits, 50), "ms");
    summary.plain(format!("{name}, p99"), millis(waits, 99), "ms");
}

/// Lets the world's clock run with the machine's. Ids begin with the time: under a clock that stands still every new row
/// would fall on a random page, which no office ever sees.
pub(crate) fn tick(world: &World) {
    let (clock, from, begin) = (world.scratch.clock.clone(), world.scratch.clock.now(), Instant::now());
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(1));
            clock.set(from.plus_ms(i64::try_from(begin.elapsed().as_millis()).unwrap_or(i64::MAX)));
        }
    });
}

pub(crate) async fn serve(world: &World, shares: Terms) -> anyhow::Result<u16> {
    let mut settings = Settings::demonstration("http://127.0.0.1");
    let open = Rate::new(60_000_000, 1_000_000);
    (settings.reads, settings.writes, settings.account, settings.sign_in) = (open, open, open, open);
    settings.shares = shares;
    let router = site::router(&world.state_with(settings));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(port)
}

/// Registered pharmacists, signed in.
pub(crate) async fn people(world: &World, first: usize, count: usize) -> anyhow::Result<Vec<Applicant>> {
    let codes: Vec<String> = (first..first + count).map(code).collect::<anyhow::Result<_>>()?;
    let (mut registered, mut open) = (String::new(), String::new());
    for code in &codes {
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
    let mut people = Vec::new();
    for chunk in codes.chunks(256) {
        let base = world.base();
        let mut signing: Vec<_> = chunk.iter().map(|code| Box::pin(sign_in(base, code))).collect();
        while let Some(one) = signing.pop() {
            people.push(one.await?);
        }
    }
    Ok(people)
}

pub(crate) async fn sign_in(desk: access::Desk<'_>, code: &str) -> anyhow::Result<Applicant> {
    let identity = Identity {
        kind: PartyKind::Person,
        code: code.to_owned(),
        name: "测试药师".into(),
        assurance: Assurance::Strong,
        provider: "demonstration".into(),
        // Used once each; an office that was kept has seen those of earlier runs.
        assertion: format!("{code} {}", std::process::id()),
    };
    let signed = access::sign_in::by_identity(&desk, &identity, &access::Arrival::default()).await?;
    let form = json!({ "item": "fd-pharmacist-cancel", "form": {
        "name": "测试药师", "citizen_id": code, "registration_number": &code[6..17], "reason": "stop",
        "phone": "13877100001", "understood": true, "truthful": true,
    }});
    Ok(Applicant { token: signed.token.reveal(), form: form.to_string() })
}

fn code(n: usize) -> anyhow::Result<String> {
    let (day, sequence) = (n / 900, u16::try_from(n % 900)? + 1);
    let born = jiff::civil::date(1980, 1, 1).saturating_add(jiff::Span::new().days(i64::try_from(day)?));
    Ok(CitizenId::generate("450103", born, sequence).map_err(|e| anyhow::anyhow!("{e}"))?.as_str().to_owned())
}

/// Sends everybody's application from `clients` connections; gives approvals a second and every wait.
pub(crate) async fn load(port: u16, clients: usize, people: Vec<Applicant>) -> anyhow::Result<(f64, Vec<Duration>)> {
    let count = people.len();
    let queue = Arc::new(Mutex::new(VecDeque::from(people)));
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Client::connect(port).await?);
    }
    let begin = Instant::now();
    let tasks: Vec<_> = connections.into_iter().map(|client| tokio::spawn(work(client, queue.clone()))).collect();
    let mut waits = Vec::with_capacity(count);
    for task in tasks {
        waits.extend(task.await??);
    }
    let rate = count as f64 / begin.elapsed().as_secs_f64();
    waits.sort_unstable();
    Ok((rate, waits))
}

async fn work(mut client: Client, queue: Arc<Mutex<VecDeque<Applicant>>>) -> anyhow::Result<Vec<Duration>> {
    let mut waits = Vec::new();
    loop {
        let next = queue.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.pop_front();
        let Some(applicant) = next else { return Ok(waits) };
        let begin = Instant::now();
        let (status, body) = client.post("/api/v1/cases", &applicant.token, "bench-key-1", &applicant.form).await?;
        waits.push(begin.elapsed());
        ensure!(status == 201 && body.contains("\"granted\""), "{status} {body}");
    }
}

/// The wait that so many of a hundred did not exceed, in milliseconds; the waits are sorted.
pub(crate) fn millis(waits: &[Duration], share: usize) -> f64 {
    waits.get(waits.len() * share / 100).map_or(0.0, |w| w.as_secs_f64() * 1_000.0)
}

/// The bytes in all columns of all tables.
fn bytes(world: &World) -> anyhow::Result<u64> {
    let conn = rusqlite::Connection::open(world.scratch.folder.path().join("office.db"))?;
    let mut total = 0;
    let columns = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
    let mut statement = conn.prepare(columns)?;
    let pairs = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for pair in pairs {
        let (table, column) = pair?;
        // Names come from the schema itself.
        let sql = format!("SELECT coalesce(sum(length(CAST(\"{column}\" AS BLOB))), 0) FROM \"{table}\"");
        total += u64::try_from(conn.query_row(&sql, [], |row| row.get::<_, i64>(0))?)?;
    }
    Ok(total)
}

/// Rows a second of bare SQLite with the same durability, 256 a transaction.
pub(crate) fn bare(bytes: u64, rows: usize) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let mut conn = rusqlite::Connection::open(folder.path().join("bare.db"))?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare (id BLOB PRIMARY KEY, body BLOB)",
    )?;
    let body = vec![b'x'; usize::try_from(bytes)?];
    let begin = Instant::now();
    for batch in 0..rows.div_ceil(256) {
        let tx = conn.transaction()?;
        {
            let mut insert = tx.prepare_cached("INSERT INTO bare (id, body) VALUES (?1, ?2)")?;
            for i in 0..256 {
                insert.execute(((batch * 256 + i).to_be_bytes().to_vec(), &body))?;
            }
        }
        tx.commit()?;
    }
    Ok((rows.div_ceil(256) * 256) as f64 / begin.elapsed().as_secs_f64())
}

/// A line of what the system tells of this process's memory; 0 where it does not.
pub(crate) fn status_mib(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|l| l.strip_prefix(line)?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    kib.map_or(0.0, |kib| kib / 1024.0)
}

/// What this process has had of the processors, its own work and the system's for it, to 10 ms; 0 where nobody tells.
/// Unlike a rate it hardly depends on what else the machine does.
fn processor_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may hold spaces; user and system ticks are the twelfth and thirteenth word after it.
    let words = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    words.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}
