//! `make bench`: what the product does, side by side in one run with the bare machinery below it.
//!
//! Machines are shared and noisy: the ratios are the result, the absolute numbers only tell their order. Nothing here is
//! asserted; `target/bench/summary.json` is for whoever compares two runs, `docs/bench.md` for what was seen.

mod approvals;
mod client;
mod decisions;
mod ledger;
#[path = "../models/registration.rs"]
mod registration;
mod shares;
mod summary;

use summary::Summary;

// Approvals allocate much and in many threads; with the system's allocator a fifth of the time of one went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let mut summary = Summary::default();
    decisions::measure(&mut summary)?;
    ledger::measure(&mut summary)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(approvals::measure(&mut summary))?;
    runtime.block_on(shares::measure(&mut summary))?;
    summary.write()
}
