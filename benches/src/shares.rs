//! Fair shares: what a tenant that takes ten times its share does to the others.
//!
//! Eight companies confirm renewals, each confirmation an approval decided at once, each company by accounts of its own
//! that act at random times, whether or not the answer before has come; a wait counts from when the act was due. Together
//! they bring half of what the machine can do. Then one of them lets ten times as many accounts act, so that more is
//! asked than the machine can do. Calm and burst take turns, so that what else happens on the machine falls on both. The
//! same is measured with lines so wide that nobody is held back: what shares are for is the difference.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use affairs::access::{self, Actor, Arrival, Assurance, LinkPurpose, Party, PartyKind, PersonActor};
use affairs::approval::{self, Filing};
use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use kernel::code::{CitizenId, OrganisationCode, Uscc};
use kernel::{Entropy, SeededEntropy};
use serde_json::{Value as Json, json};
use site::shares::Terms;
use stories::World;

use crate::approvals::{millis, serve, tick};
use crate::client::Client;
use crate::summary::Summary;

const TENANTS: usize = 8;
/// Accounts of a tenant at its share.
const ACCOUNTS: usize = 8;
/// How many times its share the greedy tenant takes: so many times as many accounts act.
const TIMES: usize = 10;
/// What all tenants at their share bring of what the machine can do.
const CALM: f64 = 0.5;
/// Calm, then burst, so often. A machine that is shared stalls now and then for a quarter of a second, which is more than
/// one in a hundred of all waits; in the middle of the windows' figures it counts for nothing.
const PAIRS: usize = 10;
const WINDOW: Duration = Duration::from_secs(3);
/// How long the most that can be done is measured.
const FULL: Duration = Duration::from_secs(2);
/// What a machine of this kind does at most in a second, for the first preparation.
const MOST: f64 = 1_500.0;
/// What is prepared at once.
const CHUNK: usize = 256;

/// Case numbers that wait for a company's word.
type Unanswered = Arc<Mutex<VecDeque<String>>>;

struct Tenant {
    tokens: Vec<String>,
    unanswered: Unanswered,
}

/// What one window came to.
#[derive(Default)]
struct Seen {
    others: Vec<Duration>,
    greedy: Vec<Duration>,
    held_back: usize,
}

/// Measures with the usual shares, and with none.
pub(crate) async fn measure(summary: &mut Summary) -> anyhow::Result<()> {
    let wide = Terms { at_once: 100_000, reads: 10_000, writes: 10_000, waiting: 10_000 };
    let mut capacity = None;
    for (name, terms) in [("with shares", Terms::default()), ("without", wide)] {
        let world = World::new().await;
        tick(&world);
        let port = serve(&world, terms).await?;
        let tenants = tenants(&world, capacity).await?;
        let full = full(port, &tenants).await?;
        // Both are asked the same.
        let asked = *capacity.get_or_insert(full);
        summary.plain(format!("shares, {name}: confirmations, at most"), full, "confirmations/s");
        let (calm, burst) = turns(port, tenants, asked * CALM / TENANTS as f64).await?;
        tell(summary, name, &calm, &burst);
    }
    Ok(())
}

fn tell(summary: &mut Summary, name: &str, calm: &[Seen], burst: &[Seen]) {
    let seconds = WINDOW.as_secs_f64() * PAIRS as f64;
    for (share, word) in [(99, "p99"), (50, "p50")] {
        let quiet = middle(calm, share);
        summary.plain(format!("shares, {name}: all at their share, {word}, median of windows"), quiet, "ms");
        summary.against(
            format!("shares, {name}: one at {TIMES} times, the others' {word}, median of windows"),
            middle(burst, share),
            "ms",
            ("all at their share (less is better)", quiet),
        );
    }
    let whole = |windows: &[Seen]| millis(&sorted(windows.iter().flat_map(|seen| seen.others.clone())), 99);
    let quiet = whole(calm);
    summary.against(
        format!("shares, {name}: one at {TIMES} times, the others' p99, all windows as one"),
        whole(burst),
        "ms",
        ("all at their share (less is better)", quiet),
    );
    let greedy = sorted(burst.iter().flat_map(|seen| seen.greedy.clone()));
    let held_back: usize = burst.iter().map(|seen| seen.held_back).sum();
    summary.plain(format!("shares, {name}: that one, p99"), millis(&greedy, 99), "ms");
    summary.plain(format!("shares, {name}: that one"), greedy.len() as f64 / seconds, "confirmations/s");
    summary.plain(format!("shares, {name}: that one, held back"), held_back as f64 / seconds, "answers/s");
}

/// The median over the windows of a percentile of the others' waits, in milliseconds.
fn middle(windows: &[Seen], share: usize) -> f64 {
    let mut all: Vec<f64> = windows.iter().map(|seen| millis(&sorted(seen.others.iter().copied()), share)).collect();
    all.sort_unstable_by(f64::total_cmp);
    let upper = all.len() / 2;
    if all.len().is_multiple_of(2) { f64::midpoint(all[upper - 1], all[upper]) } else { all[upper] }
}

fn sorted(waits: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut waits: Vec<_> = waits.collect();
    waits.sort_unstable();
    waits
}

/// What the machine can do: every account of all tenants confirms as fast as it is answered.
async fn full(port: u16, tenants: &[Tenant]) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let mut tasks = Vec::new();
    for tenant in tenants {
        for token in &tenant.tokens[..ACCOUNTS] {
            let (token, unanswered) = (token.clone(), tenant.unanswered.clone());
            let mut client = Client::connect(port).await?;
            tasks.push(tokio::spawn(async move {
                let mut done = 0_u32;
                while begin.elapsed() < FULL {
                    let status = confirm(&mut client, &token, &unanswered).await?;
                    ensure!(status == 200 || status == 429, "{status}");
                    done += u32::from(status == 200);
                }
                anyhow::Ok(done)
            }));
        }
    }
    let mut done = 0;
    for task in tasks {
        done += task.await??;
    }
    Ok(f64::from(done) / begin.elapsed().as_secs_f64())
}

/// Calm and burst in turns, each tenant `rate` confirmations a second. The clients have a thread of their own.
async fn turns(port: u16, tenants: Vec<Tenant>, rate: f64) -> anyhow::Result<(Vec<Seen>, Vec<Seen>)> {
    let clients = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut calm, mut burst) = (Vec::new(), Vec::new());
        for pair in 0..PAIRS {
            calm.push(runtime.block_on(phase(port, &tenants, (rate, 1, pair * 2)))?);
            burst.push(runtime.block_on(phase(port, &tenants, (rate, TIMES, pair * 2 + 1)))?);
        }
        anyhow::Ok((calm, burst))
    });
    tokio::task::spawn_blocking(move || clients.join()).await?.map_err(|_| anyhow::anyhow!("the clients broke off"))?
}

/// One window: every account acts at random times; of the first tenant `times` as many accounts.
async fn phase(port: u16, tenants: &[Tenant], (rate, times, seed): (f64, usize, usize)) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    let every = Duration::from_secs_f64(ACCOUNTS as f64 / rate);
    let mut tasks = Vec::new();
    for (n, tenant) in tenants.iter().enumerate() {
        let accounts = ACCOUNTS * if n == 0 { times } else { 1 };
        for (account, token) in tenant.tokens[..accounts].iter().enumerate() {
            let client = Client::connect(port).await?;
            let dice = SeededEntropy::new(u64::try_from((seed * TENANTS + n) * 1_000 + account)?);
            tasks.push((n, tokio::spawn(act(client, token.clone(), tenant.unanswered.clone(), (every, dice)))));
        }
    }
    for (n, task) in tasks {
        let (waits, held_back) = task.await??;
        // The tenant that is greedy at times is none of the others at any time.
        if n == 0 { &mut seen.greedy } else { &mut seen.others }.extend(waits);
        ensure!(n == 0 || held_back == 0, "a tenant at its share was held back");
        seen.held_back += held_back;
    }
    Ok(seen)
}

/// One account's window. Gives the waits of what was done, and how often it was held back.
async fn act(
    mut client: Client,
    token: String,
    unanswered: Unanswered,
    (every, dice): (Duration, SeededEntropy),
) -> anyhow::Result<(Vec<Duration>, usize)> {
    let begin = tokio::time::Instant::now() + Duration::from_millis(50);
    let (mut due, mut waits, mut held_back) = (pause(&dice, every), Vec::new(), 0);
    while due < WINDOW {
        tokio::time::sleep_until(begin + due).await;
        let status = confirm(&mut client, &token, &unanswered).await?;
        match status {
            200 => waits.push((begin + due).elapsed()),
            429 => held_back += 1,
            other => anyhow::bail!("{other}"),
        }
        due += pause(&dice, every);
        // Who is far behind gives up what he missed, as people do; only the greedy one ever is.
        due = due.max(begin.elapsed().saturating_sub(every));
    }
    Ok((waits, held_back))
}

/// Until the next act of somebody who acts on average once in `every`, at any time alike.
fn pause(dice: &SeededEntropy, every: Duration) -> Duration {
    let mut bytes = [0; 4];
    dice.fill(&mut bytes);
    let chance = (f64::from(u32::from_le_bytes(bytes)) + 1.0) / (f64::from(u32::MAX) + 1.0);
    every.mul_f64(-chance.ln())
}

async fn confirm(client: &mut Client, token: &str, unanswered: &Unanswered) -> anyhow::Result<u16> {
    let number = unanswered.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let number = number.context("too few renewals were prepared")?;
    let (status, body) = client.post(&format!("/api/v1/cases/{number}/confirm"), token, "bench-key-1", "{}").await?;
    ensure!(status != 200 || body.contains("\"granted\""), "{body}");
    Ok(status)
}

/// How many renewals a tenant is prepared with: what the machine could do while it is tried to the full, its share of every
/// window, and a fifth more, for chance.
fn needed(capacity: f64, greedy: bool) -> usize {
    let share = capacity * CALM / TENANTS as f64 * WINDOW.as_secs_f64() * PAIRS as f64;
    let times = if greedy { 1 + TIMES } else { 2 };
    (capacity * FULL.as_secs_f64() / TENANTS as f64 + share * times as f64 * 1.2) as usize
}

/// Companies with accounts that act for them, and with renewals that wait for their word.
async fn tenants(world: &World, capacity: Option<f64>) -> anyhow::Result<Vec<Tenant>> {
    let most = capacity.map_or(MOST, |seen| seen * 1.5);
    let (mut all, mut born) = (Vec::new(), 0);
    for n in 0..TENANTS {
        let greedy = n == 0;
        let accounts = ACCOUNTS * if greedy { TIMES } else { 1 };
        let first = person(world, code(born)?).await?;
        let company = company(world, n).await?;
        world.shop_licence(&company.code, "valid").await;
        let mut tokens = vec![session(world, &world.agent(&company, &first).await).await?];
        for account in 1..accounts {
            let agent = person(world, code(born + account)?).await?;
            tokens.push(session(world, &world.agent(&company, &agent).await).await?);
        }
        born += accounts;
        let codes = (born..born + needed(most, greedy)).map(code).collect::<anyhow::Result<Vec<_>>>()?;
        born += codes.len();
        let numbers = renewals(world, &company.code, &codes).await?;
        all.push(Tenant { tokens, unanswered: Arc::new(Mutex::new(numbers.into())) });
    }
    Ok(all)
}

async fn company(world: &World, n: usize) -> anyhow::Result<Party> {
    let body = OrganisationCode::generate(&format!("BE{n:06}")).map_err(|e| anyhow::anyhow!("{e}"))?;
    let uscc = Uscc::generate("91450100", &body).map_err(|e| anyhow::anyhow!("{e}"))?;
    let base = world.base();
    Ok(access::people::ensure_party(&base, PartyKind::Company, uscc.as_str(), "压测药店").await?)
}

async fn person(world: &World, code: String) -> anyhow::Result<PersonActor> {
    let base = world.base();
    let party = access::people::ensure_party(&base, PartyKind::Person, &code, "压测药师").await?;
    let account = access::people::ensure_account(&base, &party).await?;
    Ok(PersonActor { account: account.id, party, assurance: Assurance::Strong, acting_for: None })
}

/// The token of a session that acts under the agent's mandate.
async fn session(world: &World, agent: &PersonActor) -> anyhow::Result<String> {
    let base = world.base();
    let link = access::sign_in::issue_link(&base, &Actor::Machine, agent.account, LinkPurpose::SignIn).await?;
    let token = access::sign_in::by_link(&base, &link, &Arrival::default()).await?.token;
    let visit = access::session::resolve(&base, &token).await?.context("a session just opened")?;
    access::session::act_under(&base, &visit, agent.acting_for.as_ref().map(|mandate| mandate.id)).await?;
    Ok(token.reveal())
}

/// What a register says of the person with this code.
type Record<'a> = dyn Fn(&str) -> Json + 'a;

/// Renewals of pharmacists whom everything speaks for; they wait for the company. Gives their case numbers.
async fn renewals(world: &World, company: &str, codes: &[String]) -> anyhow::Result<Vec<String>> {
    let (today, desk) = (world.now().date(), world.desk());
    let ends = today.checked_add(jiff::Span::new().days(60))?.to_string();
    let number = |code: &str| format!("45{}", &code[6..17]);
    let records: [(&str, &Record<'_>); 5] = [
        ("pharmacist-registration", &|code| {
            json!({
                "name": "压测药师", "number": number(code), "category": "pharmacy", "scope": "trade", "region": "450103",
                "employer": company, "employer_name": "压测药店", "registered_on": "2022-01-23", "valid_to": ends,
                "status": "valid",
            })
        }),
        ("pharmacist-exam", &|code| {
            json!({
                "name": "压测药师", "certificate": &code[6..17], "category": "pharmacy", "issued_on": "2021-12-01",
                "status": "valid",
            })
        }),
        ("continuing-education", &|_| {
            json!({
                "name": "压测药师", "period_from": "2022-01-23", "period_to": "2027-01-22", "credits": 80,
                "credits_required": 75,
            })
        }),
        ("credit-bars", &|_| json!({ "name": "压测药师", "bars_in_force": 0 })),
        ("case-open", &|_| json!({ "open_cases": 0 })),
    ];
    for (register, record) in records {
        let mut text = String::new();
        for code in codes {
            let mut line = record(code);
            line["subject"] = code.as_str().into();
            writeln!(text, "{line}")?;
        }
        world.extract(register, &text).await;
    }
    let mut numbers = Vec::with_capacity(codes.len());
    for chunk in codes.chunks(CHUNK) {
        let filed = chunk.iter().map(async |code| {
            let form = json!({
                "name": "压测药师", "citizen_id": code, "registration_number": number(code), "valid_to": ends,
                "employer": company, "phone": "13877100001", "truthful": true,
            });
            let person = person(world, code.clone()).await?;
            let form = stories::world::map(form);
            let filing =
                Filing { item: "fd-pharmacist-renew", form: &form, channel: "online", draft: None, key: "bench-key-1" };
            anyhow::Ok(approval::file(&desk, &person, &filing).await?.number)
        });
        numbers.extend(try_join_all(filed).await?);
    }
    Ok(numbers)
}

/// People born on many days, so that there are enough numbers.
fn code(n: usize) -> anyhow::Result<String> {
    let born = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(i64::try_from(n / 900)?))?;
    let code = CitizenId::generate("450103", born, u16::try_from(n % 900)? + 1);
    Ok(code.map_err(|e| anyhow::anyhow!("{e}"))?.as_str().to_owned())
}
