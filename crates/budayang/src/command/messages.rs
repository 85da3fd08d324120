//! `budayang messages`: what could not be carried out of the house, and trying it again.

use clap::{Args, Subcommand};
use serde_json::json;
use store::Message;

use super::Answer;
use super::house::House;
use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// List what was given up, with the reason.
    Failed(Arguments),
    /// Try everything again that was given up: the server takes it up at its next turn.
    Retry(Arguments),
}

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    house: House,
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let (arguments, again) = match command {
        Command::Failed(arguments) => (arguments, false),
        Command::Retry(arguments) => (arguments, true),
    };
    let failed = door.block_on(given_up(arguments, again, door))?;
    for entry in &failed {
        told(entry, output)?;
    }
    match (output.format(), again) {
        (Format::Json, _) => {}
        (Format::Plain, false) => output.line(format!("{} given up", failed.len()))?,
        (Format::Plain, true) => output.line(format!("{} are tried again", failed.len()))?,
    }
    Ok(if failed.is_empty() || again { Answer::Yes } else { Answer::No })
}

async fn given_up(arguments: &Arguments, again: bool, door: &FrontDoor) -> anyhow::Result<Vec<Message>> {
    let (_, store) = arguments.house.reader(&door.machine()).await?;
    let failed = store.outbox_given_up().await?;
    if again {
        for entry in &failed {
            store.outbox_retry(entry).await?;
        }
    }
    store.close().await;
    Ok(failed)
}

fn told(entry: &Message, output: &mut Output<'_>) -> anyhow::Result<()> {
    let why = entry.failure.as_deref().unwrap_or_default();
    match output.format() {
        Format::Json => output.json(&json!({
            "topic": entry.topic, "entry": entry.body, "since": entry.created_at, "attempts": entry.attempt, "why": why,
        })),
        Format::Plain => Ok(output.line(format!("{} {} {}: {why}", entry.created_at, entry.topic, entry.body))?),
    }
}
