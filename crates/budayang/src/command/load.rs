//! `budayang load`: a city's day in small, against a demonstration that this process serves on this machine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use site::{AppState, Settings};

use super::Answer;
use crate::demo;
use crate::front_door::{FrontDoor, Log};
use crate::load::{self, Figures, Greed, Plan, TIMES};
use crate::office::Machine;
use crate::output::{Format, Output};
use crate::serve;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// How long, in seconds.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Clients, each with an address of its own on this machine.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=512))]
    clients: u32,
    /// Acts a minute of each client.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=600))]
    per_minute: u32,
    /// What chance begins with: the same seed brings the same acts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Let somebody take ten times his share in every second quarter, and say what that does to the others: one client who
    /// asks ten times as often, or one company with ten times as many accounts.
    #[arg(long, value_enum, num_args = 0..=1, default_missing_value = "client", require_equals = true)]
    burst: Option<Greed>,
    /// A folder for the demonstration, to look at it afterwards; without it a temporary one. An office in production is
    /// never touched.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    door.log(&Log { level: "warn", json: false, color: false })?;
    let Arguments { seconds, clients, per_minute, seed, burst, .. } = *arguments;
    let plan = Plan { seconds, clients, per_minute, seed, burst };
    let figures = door.block_on(drive(plan, arguments.data.clone(), &door.machine()))?;
    match output.format() {
        Format::Json => {
            let asked = json!({ "seconds": seconds, "clients": clients, "per_minute": per_minute, "seed": seed });
            output.json(&json!({ "asked": asked, "kinds": figures.kinds, "burst": figures.burst }))?;
        }
        Format::Plain => tell(&figures, output)?,
    }
    Ok(if figures.is_clean() { Answer::Yes } else { Answer::No })
}

/// Prepares the world, serves it on a free port of this machine, and lets the load come.
async fn drive(plan: Plan, data: Option<PathBuf>, machine: &Machine) -> anyhow::Result<Figures> {
    let temporary = tempfile::tempdir()?;
    let folder = data.unwrap_or_else(|| temporary.path().join("demo"));
    let (home, _) = demo::prepare(&folder, machine).await?;
    let office = demo::open(&home, machine).await?;
    let bound = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let (address, settings) = (bound.address, Settings::demonstration(format!("http://{}", bound.address)));
    let state = AppState::open(settings, machine.clock.clone(), machine.entropy.clone(), office);
    let served = tokio::spawn(serve::serve(bound, None, state.clone(), Duration::from_secs(1)));
    let desks = state.desks().map_err(|_| anyhow::anyhow!("the office is closed"))?;
    let figures = load::run(plan, &desks.base(), &desks.office.registers, address).await;
    served.abort();
    desks.store().close().await;
    figures
}

fn tell(figures: &Figures, output: &mut Output<'_>) -> anyhow::Result<()> {
    output.line(format!(
        "{:<20}{:>8}{:>10}{:>10}{:>10}{:>9}{:>8}",
        "kind", "count", "per s", "p50 ms", "p99 ms", "limited", "errors"
    ))?;
    for row in &figures.kinds {
        output.line(format!(
            "{:<20}{:>8}{:>10.1}{:>10.1}{:>10.1}{:>9}{:>8}",
            row.kind, row.count, row.per_second, row.p50_ms, row.p99_ms, row.limited, row.errors
        ))?;
    }
    if let Some(burst) = &figures.burst {
        let who = if burst.by == Greed::Client { "client" } else { "company of many accounts" };
        output.line(format!(
            "one {who} at {TIMES} times its share: the others' p99 {:.1} ms, without it {:.1} ms ({:+.1} %); {} of its acts were held back",
            burst.burst_p99_ms, burst.calm_p99_ms, burst.moved_percent, burst.held_back
        ))?;
    }
    output.line("Clients and server shared this machine's processors.")?;
    Ok(())
}
