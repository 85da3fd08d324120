//! `budayang witness`: watch the logs of other offices, so that none can show two of them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::Subcommand;
use evidence::key::{Cost, PublicKey};
use serde_json::json;

use super::Answer;
use super::house::{self, Unlock};
use crate::front_door::{FrontDoor, Log};
use crate::output::{Format, Output};
use crate::{serve, witness};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Make the key of a new witness and print its public half, for the offices that are to be watched.
    Init {
        /// The witness's folder.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        #[command(flatten)]
        unlock: Unlock,
        /// The name under which it signs for ever, such as witness.example/liuzhou.
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Co-sign checkpoints of the logs whose keys are given (`POST /add-checkpoint`, C2SP tlog-witness). It speaks no TLS:
    /// let a proxy do that.
    Serve {
        /// The witness's folder.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        #[command(flatten)]
        unlock: Unlock,
        /// Where to listen, on this machine; port 0 takes a free one.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8070")]
        listen: SocketAddr,
        /// A key of a log to watch, as its office publishes it; may be given several times, for several logs.
        #[arg(long, value_name = "KEY", required = true)]
        log_key: Vec<PublicKey>,
    },
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match command {
        Command::Init { folder, unlock, name } => {
            let key =
                witness::create(folder, (name, Cost::STANDARD), &passphrase(folder, unlock, door)?, &door.entropy)?;
            match output.asked() {
                Some(Format::Json) => output.json(&json!({ "folder": folder, "key": key.to_string() }))?,
                _ => output.line(format!(
                    "The witness is made in {}. Offices that it is to watch need its key:\n  {key}",
                    folder.display()
                ))?,
            }
            Ok(Answer::Yes)
        }
        Command::Serve { folder, unlock, listen, log_key } => {
            ensure!(
                listen.ip().is_loopback(),
                "it speaks no TLS: let it listen on this machine, such as 127.0.0.1:8070"
            );
            door.log(&Log { level: "info", json: false, color: false })?;
            let keeper = Arc::new(witness::Keeper::open(folder, &passphrase(folder, unlock, door)?, log_key)?);
            door.block_on(listen_on(*listen, keeper, output))
        }
    }
}

/// Sealed like an office's keys.
fn passphrase(folder: &Path, unlock: &Unlock, door: &FrontDoor) -> anyhow::Result<String> {
    match &unlock.passphrase_file {
        Some(file) => house::read_passphrase(file, Some(folder)),
        None => door.passphrase().context(
            "a witness's key needs a passphrase: name a file with it (--passphrase-file), or set BUDAYANG_PASSPHRASE",
        ),
    }
}

async fn listen_on(
    listen: SocketAddr,
    keeper: Arc<witness::Keeper>,
    output: &mut Output<'_>,
) -> anyhow::Result<Answer> {
    let bound = serve::bind(listen)?;
    let address = format!("http://{}", bound.address);
    match output.asked() {
        Some(Format::Json) => output.json(&json!({ "listening": address, "key": keeper.public().to_string() }))?,
        _ => {
            output.line(format!("co-signs as {}", keeper.public()))?;
            output.line(format!("listening on {address}"))?;
        }
    }
    output.flush()?;
    serve::until_stopped(bound, witness::routes(keeper)).await?;
    Ok(Answer::Yes)
}
