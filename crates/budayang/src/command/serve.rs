//! `budayang serve`: the office's counter.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use affairs::approval::Setting;
use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde_json::json;
use site::AppState;

use super::{Answer, house};
use crate::front_door::{FrontDoor, Log};
use crate::office::{self, Home, Keys, Machine};
use crate::output::{Format, Output};
use crate::serve::{self, config};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The configuration.
    #[arg(long, value_name = "FILE", env = "BUDAYANG_CONFIG", default_value = "budayang.toml")]
    config: PathBuf,
    /// Print a documented configuration and stop.
    #[arg(long)]
    print_config: bool,
    /// Check the configuration and stop.
    #[arg(long)]
    check: bool,
    /// No colours in what is logged.
    #[arg(long)]
    no_color: bool,
}

/// How long a stopping server waits for open connections.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    if arguments.print_config {
        output.line(config::DEFAULT.trim_end())?;
        return Ok(Answer::Yes);
    }
    let config = read(arguments)?;
    let home = Home::read(&config.data)?;
    home.identity.check()?;
    ensure!(
        home.identity.setting == Setting::Production,
        "{0} is a demonstration; serve it with `budayang demo --data {0}`",
        config.data.display()
    );
    if arguments.check {
        output.line(format!("{} is right", arguments.config.display()))?;
        return Ok(Answer::Yes);
    }
    door.log(&Log { level: &config.log_level, json: config.log_json, color: !arguments.no_color })?;
    let passphrase = house::passphrase(&home, config.passphrase_file.as_deref(), door)?;
    let keys = Keys::open(&home, &passphrase)?;
    door.block_on(open(&home, keys, config, &door.machine(), output))
}

fn read(arguments: &Arguments) -> anyhow::Result<config::Config> {
    let path = &arguments.config;
    let text = fs::read_to_string(path).with_context(|| {
        let from = "`budayang serve --print-config > budayang.toml` writes one to begin with";
        format!("cannot read the configuration {}; {from}", path.display())
    })?;
    let faults = match config::read(&text) {
        Ok(config) => return Ok(config),
        Err(faults) => faults,
    };
    let lines: Vec<_> = faults.iter().map(|fault| format!("  {fault}")).collect();
    bail!("{} has {} mistake(s):\n{}", path.display(), faults.len(), lines.join("\n"))
}

async fn open(
    home: &Home,
    keys: Keys,
    config: config::Config,
    machine: &Machine,
    output: &mut Output<'_>,
) -> anyhow::Result<Answer> {
    let tls = match &config.tls {
        Some(tls) => Some(serve::certificate(tls).await?),
        None => None,
    };
    let bound = serve::bind(config.listen)?;
    let mut office = office::open(home, keys, machine).await?;
    office.registers = serve::registers::attach(office.registers, &config.registers, false)?;
    office.posts =
        serve::messages::attach(&config.messages, serve::messages::letterhead(&config.settings), &machine.clock)?;
    office.checkers = serve::scanner::attach(config.scanner.as_ref());
    office.fonts = Arc::new(serve::fonts::attach(config.fonts.as_ref()));
    office.witnesses = serve::witnesses::attach(&config.witnesses, false)?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let address = format!("{scheme}://{}", bound.address);
    let state = AppState::open(config.settings, machine.clock.clone(), machine.entropy.clone(), office);
    match output.asked() {
        Some(Format::Json) => output.json(&json!({ "listening": address }))?,
        _ => output.line(format!("listening on {address}"))?,
    }
    output.flush()?;
    tracing::info!(address, log = home.identity.log(), "serving");
    let metrics = config.metrics.map(|address| tokio::spawn(serve::metrics::serve(address, state.clone())));
    let served = serve::serve(bound, tls, state, PATIENCE).await;
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    served?;
    Ok(Answer::Yes)
}
