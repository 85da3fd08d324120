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
mod summary;

use summary::Summary;

// Approvals allocate much and in many threads; with the system's allocator a fifth of the time of one went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let asked = Asked::read(std::env::args().skip(1))?;
    let mut summary = Summary::default();
    if asked.part("decisions") {
        decisions::measure(&mut summary)?;
    }
    if asked.part("ledger") {
        ledger::measure(&mut summary)?;
    }
    if asked.part("approvals") {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(approvals::measure(&mut summary, asked.count.unwrap_or(approvals::APPROVALS)))?;
    }
    summary.write()
}

/// What to measure: the words of the command line are parts, a number is how many approvals a round has. Nothing asked
/// for is everything.
struct Asked {
    parts: Vec<String>,
    count: Option<usize>,
}

impl Asked {
    const PARTS: [&str; 3] = ["decisions", "ledger", "approvals"];

    fn read(words: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut asked = Self { parts: Vec::new(), count: None };
        for word in words {
            match word.parse() {
                Ok(count) => asked.count = Some(count),
                Err(_) if Self::PARTS.contains(&word.as_str()) => asked.parts.push(word),
                Err(_) => {
                    anyhow::bail!("{word:?}: the parts are {}, and a number of approvals", Self::PARTS.join(", "))
                }
            }
        }
        Ok(asked)
    }

    fn part(&self, name: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| part == name)
    }
}
