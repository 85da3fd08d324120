//! `budayang migrate`, `backup`, `restore`: what an operator does with the database.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use store::{BackupReport, Location, Store};

use super::Answer;
use super::house::House;
use crate::front_door::FrontDoor;
use crate::office::Home;
use crate::output::{Format, Output};

#[derive(Args, Debug)]
pub(super) struct Migrate {
    #[command(flatten)]
    house: House,
    /// Moves the office to this new, empty database while it serves: `postgres://user@host:5432/name` or `sqlite:FILE`.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// The database to move, if it is not the office's own.
    #[arg(long, value_name = "ADDRESS", requires = "to")]
    from: Option<Location>,
}

#[derive(Args, Debug)]
pub(super) struct Backup {
    #[command(flatten)]
    house: House,
    /// The file to write; it must not be there yet.
    #[arg(value_name = "FILE")]
    to: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Restore {
    #[command(flatten)]
    house: House,
    /// The backup.
    #[arg(value_name = "FILE")]
    from: PathBuf,
}

pub(super) fn migrate(arguments: &Migrate, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let home = arguments.house.home()?;
    if let Some(to) = &arguments.to {
        return relocate(&home, arguments.from.clone(), to, door, output);
    }
    let applied = door.block_on(async { Ok(Store::migrate(&home.location()).await?) })?;
    match output.format() {
        Format::Json => output.json(&json!({ "applied": applied }))?,
        Format::Plain if applied.is_empty() => output.line("the database is up to date")?,
        Format::Plain => output.line(format!("applied: {}", applied.join(", ")))?,
    }
    Ok(Answer::Yes)
}

/// Moves the office to another database; from its next start on it is served from there.
fn relocate(
    home: &Home,
    from: Option<Location>,
    address: &str,
    door: &FrontDoor,
    output: &mut Output<'_>,
) -> anyhow::Result<Answer> {
    let (own, to): (_, Location) = (home.location(), address.parse()?);
    let from = from.unwrap_or_else(|| own.clone());
    let moved = door.block_on(async { Ok(Store::relocate(&from, &to, &door.clock).await?) })?;
    if from == own {
        home.write_address(address)?;
    }
    let rows: u64 = moved.tables.iter().map(|(_, sum)| sum.rows).sum();
    if output.format() == Format::Json {
        let tables: Vec<_> =
            moved.tables.iter().map(|(name, sum)| json!({ "table": name, "sum": sum.to_string() })).collect();
        let heads: Vec<_> = moved
            .heads
            .iter()
            .map(|(shard, head)| json!({ "shard": shard, "size": head.size, "root": head.root.to_string() }))
            .collect();
        let pause_ms = moved.pause.as_millis() as u64;
        output.json(&json!({ "to": to.to_string(), "rows": rows, "changed": moved.changed, "pause_ms": pause_ms,
            "read_twice": moved.read_twice, "tables": tables, "heads": heads }))?;
        return Ok(Answer::Yes);
    }
    output.line(format!("moved to {to}: {rows} rows in {} tables, the same on both sides", moved.tables.len()))?;
    for (shard, head) in &moved.heads {
        output.line(format!("the log of {shard}: {} leaves, root {}", head.size, head.root))?;
    }
    output.line(format!("nothing could be written for {} ms", moved.pause.as_millis()))?;
    output.line(
        "A server that still runs refuses to write now: restart it. Then `budayang doctor`; keep the old database.",
    )?;
    Ok(Answer::Yes)
}

pub(super) fn backup(arguments: &Backup, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let report = door.block_on(async {
        let (_, store) = arguments.house.reader(&door.machine()).await?;
        let report = store.backup(&arguments.to).await?;
        store.close().await;
        Ok(report)
    })?;
    let reminder = "The keys are not in it: keep the folder keys/ and its passphrase apart.";
    tell("backup", &report, reminder, output)
}

pub(super) fn restore(arguments: &Restore, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let home = arguments.house.home()?;
    let report = door.block_on(async { Ok(Store::restore(&arguments.from, &home.location()).await?) })?;
    tell("restored", &report, "Run `budayang doctor` before you serve it.", output)
}

fn tell(what: &str, report: &BackupReport, reminder: &str, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let heads = report.heads.iter();
    if output.format() == Format::Json {
        let heads: Vec<_> = heads
            .map(|(shard, head)| json!({ "shard": shard, "origin": head.origin, "size": head.size, "root": head.root.to_string() }))
            .collect();
        let told = json!({ "file": report.path, "bytes": report.bytes, "heads": heads, "warnings": report.warnings });
        output.json(&told)?;
    } else {
        output.line(format!("{what}: {} ({} bytes, checked)", report.path.display(), report.bytes))?;
        for (_, head) in heads {
            output.line(format!("  log {}: {} leaves, root {}", head.origin, head.size, head.root))?;
        }
        for warning in &report.warnings {
            output.line(format!("  warning: {warning}"))?;
        }
        output.line(reminder)?;
    }
    Ok(if report.warnings.is_empty() { Answer::Yes } else { Answer::No })
}
