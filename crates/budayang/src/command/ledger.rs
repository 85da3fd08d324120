//! `budayang ledger`: is everything in the office's database, or in a copy of its log, what was signed for?

use std::path::{Path, PathBuf};

use clap::Subcommand;
use evidence::key::PublicKey;
use serde_json::json;

use super::Answer;
use super::house::{self, House};
use crate::front_door::FrontDoor;
use crate::ledger::{self, Report};
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Recompute the log from its leaves, hold it against every checkpoint, and the tables against it; exit code 1 when
    /// anything is wrong, with the first bad leaf named.
    Verify {
        #[command(flatten)]
        house: House,
        /// A copy that `ledger export` wrote, instead of an office's database.
        #[arg(value_name = "FOLDER")]
        copy: Option<PathBuf>,
        /// A key the office published, for a copy; may be given several times. Without it the copy's own are believed.
        #[arg(long, value_name = "KEY", requires = "copy")]
        key: Vec<PublicKey>,
    },
    /// Write the log into a folder, as files that anybody can verify without the database.
    Export {
        #[command(flatten)]
        house: House,
        /// The folder.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match command {
        Command::Verify { copy: Some(copy), key, .. } => {
            let bar = house::bar(0, "leaves");
            let (log, audit) = ledger::files::verify(copy, key, &bar)?;
            bar.finish_and_clear();
            tell(&[Report::of(log, &audit)], output)
        }
        Command::Verify { house, .. } => tell(&verify(house, door)?, output),
        Command::Export { house, folder } => export(house, folder, door, output),
    }
}

fn verify(house: &House, door: &FrontDoor) -> anyhow::Result<Vec<Report>> {
    door.block_on(async {
        let (home, store) = house.reader(&door.machine()).await?;
        let bar = house::bar(0, "leaves");
        let reports = ledger::verify(&home, &store, &bar).await;
        bar.finish_and_clear();
        store.close().await;
        reports
    })
}

fn export(house: &House, folder: &Path, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let leaves = door.block_on(async {
        let (home, store) = house.reader(&door.machine()).await?;
        let leaves = ledger::files::export(&home, &store, folder).await;
        store.close().await;
        leaves
    })?;
    match output.format() {
        Format::Json => output.json(&json!({ "folder": folder, "leaves": leaves }))?,
        Format::Plain => output.line(format!("{leaves} leaves in {}", folder.display()))?,
    }
    Ok(Answer::Yes)
}

fn tell(reports: &[Report], output: &mut Output<'_>) -> anyhow::Result<Answer> {
    for report in reports {
        match output.format() {
            Format::Json => output.json(&report.told())?,
            Format::Plain => {
                for line in report.lines() {
                    output.line(line)?;
                }
            }
        }
    }
    Ok(if reports.iter().all(Report::is_sound) { Answer::Yes } else { Answer::No })
}
