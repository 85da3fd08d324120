//! `budayang migrate`, `backup`, `restore`: what an operator does with the database.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use store::{BackupReport, Store};

use super::Answer;
use super::house::House;
use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

#[derive(Args, Debug)]
pub(super) struct Migrate {
    #[command(flatten)]
    house: House,
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
    let applied = door.block_on(async { Ok(Store::migrate(&home.location()).await?) })?;
    match output.format() {
        Format::Json => output.json(&json!({ "applied": applied }))?,
        Format::Plain if applied.is_empty() => output.line("the database is up to date")?,
        Format::Plain => output.line(format!("applied: {}", applied.join(", ")))?,
    }
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
