//! `make bench`: what the product does, side by side in one run with the bare machinery below it.
//!
//! Machines are shared and noisy: the ratios are the result, the absolute numbers only tell their order. Nothing here is
//! asserted; `target/bench/summary.json` is for whoever compares two runs, `docs/bench.md` for what was seen.

mod approvals;
mod client;
mod credit;
mod decisions;
mod ledger;
mod licences;
mod million;
mod population;
mod postgres;
#[path = "../models/registration.rs"]
mod registration;
mod relocation;
mod replay;
mod shares;
mod summary;

use summary::Summary;

// Approvals allocate much and in many threads; with the system's allocator a fifth of the time of one went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What may be measured alone: `cargo run --release -p bench -- approvals postgres`. All of it where nothing is named;
/// a number is how many approvals a round of `approvals` has, how many cases the past of `replay`, how many holders `credit`, and
/// how many licences the list of `licences`.
const PARTS: [&str; 11] = [
    "decisions",
    "replay",
    "log",
    "licences",
    "credit",
    "approvals",
    "shares",
    "postgres",
    "million",
    "million-postgres",
    "move",
];
/// With this word the loaded offices stay in `target/bench`, and those of an earlier run are used again.
const KEEP: &str = "keep";

fn main() -> anyhow::Result<()> {
    let (kept, named): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word == KEEP);
    let (counts, named): (Vec<String>, Vec<String>) = named.into_iter().partition(|word| word.parse::<usize>().is_ok());
    let count: Option<usize> = counts.first().and_then(|word| word.parse().ok());
    let holders = count.unwrap_or(credit::HOLDERS);
    let listed = count.unwrap_or(licences::LICENCES);
    let (past, count) = (count.unwrap_or(replay::DECISIONS), count.unwrap_or(approvals::APPROVALS));
    if let Some(unknown) = named.iter().find(|name| !PARTS.contains(&name.as_str())) {
        anyhow::bail!("there is no part {unknown}; the parts are {}, and {KEEP}", PARTS.join(", "));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut summary = Summary::default();
    for part in PARTS.into_iter().filter(|part| named.is_empty() || named.iter().any(|name| name == part)) {
        match part {
            "decisions" => decisions::measure(&mut summary)?,
            "replay" => runtime.block_on(replay::measure(&mut summary, past, !kept.is_empty()))?,
            "log" => ledger::measure(&mut summary)?,
            "credit" => runtime.block_on(credit::measure(&mut summary, holders))?,
            "licences" => runtime.block_on(licences::measure(&mut summary, listed))?,
            "approvals" => runtime.block_on(approvals::measure(&mut summary, count))?,
            "shares" => runtime.block_on(shares::measure(&mut summary))?,
            "postgres" => runtime.block_on(postgres::measure(&mut summary))?,
            "million" => runtime.block_on(million::measure(&mut summary, !kept.is_empty()))?,
            "million-postgres" => runtime.block_on(million::on_postgres(&mut summary))?,
            _ => runtime.block_on(relocation::measure(&mut summary))?,
        }
    }
    summary.write()
}
