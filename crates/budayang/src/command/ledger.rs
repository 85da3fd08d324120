//! `budayang ledger verify`: is everything in the office's database what its log signed for?

use clap::Subcommand;

use super::Answer;
use super::house::{self, House};
use crate::front_door::FrontDoor;
use crate::ledger;
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Recompute the log from its leaves, hold it against every checkpoint, and the tables against it; exit code 1 when
    /// anything is wrong, with the first bad leaf named.
    Verify {
        #[command(flatten)]
        house: House,
    },
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let Command::Verify { house } = command;
    let reports = door.block_on(async {
        let (home, store) = house.reader(&door.machine()).await?;
        let bar = house::bar(0, "leaves");
        let reports = ledger::verify(&home, &store, &bar).await;
        bar.finish_and_clear();
        store.close().await;
        reports
    })?;
    for report in &reports {
        match output.format() {
            Format::Json => output.json(&report.told())?,
            Format::Plain => {
                for line in report.lines() {
                    output.line(line)?;
                }
            }
        }
    }
    Ok(if reports.iter().all(ledger::Report::is_sound) { Answer::Yes } else { Answer::No })
}
