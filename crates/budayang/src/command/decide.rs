//! `budayang decide`: what would the counter say? Stores nothing, needs no office.

use std::fs;
use std::path::{Path, PathBuf};

use affairs::approval::Setting;
use affairs::catalog::{self, Catalog};
use anyhow::{Context as _, bail};
use clap::Args;
use kernel::{Clock as _, Moment};
use serde_json::Value as Json;

use super::Answer;
use super::catalog::files;
use super::house::House;
use crate::decide::{Facts, Trial};
use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The item's id, such as fd-pharmacist-renew.
    #[arg(long, value_name = "ID")]
    item: String,
    /// The form: a JSON object of its fields; - reads standard input.
    #[arg(long, value_name = "FILE")]
    application: PathBuf,
    /// What registers and the request say: a JSON object of the item's facts (see docs/operating.md).
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// The moment of the decision, such as 2026-11-23T21:40:00+08:00; now where this is left out.
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// A catalogue's folder, instead of the one this program carries.
    #[arg(long, value_name = "FOLDER", conflicts_with = "data")]
    catalog: Option<PathBuf>,
    /// An office's folder, whose catalogue is used.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// As in production: nothing is granted on conditions that no agency has adopted.
    #[arg(long)]
    production: bool,
}

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let catalog = catalogue(arguments, door)?;
    let at = arguments.at.unwrap_or_else(|| door.clock.now());
    let facts = match &arguments.facts {
        Some(file) => Facts::read(json(file, door)?).with_context(|| file.display().to_string())?,
        None => Facts::default(),
    };
    let form = json(&arguments.application, door)?;
    let trial = Trial::new(&catalog, &arguments.item, at, (form, facts))?;
    let setting = if arguments.production { Setting::Production } else { Setting::Demonstration };
    let tried = trial.run(setting);
    match output.format() {
        Format::Json => output.json(&tried.told())?,
        Format::Plain => {
            for line in tried.lines() {
                output.line(line)?;
            }
        }
    }
    Ok(Answer::Yes)
}

fn catalogue(arguments: &Arguments, door: &FrontDoor) -> anyhow::Result<Catalog> {
    if let Some(data) = &arguments.data {
        return door.block_on(async {
            let (_, store) = House { data: data.clone() }.reader(&door.machine()).await?;
            let catalog = catalog::load(&store).await?.catalog;
            store.close().await;
            Ok(catalog)
        });
    }
    let built = Catalog::from_files(&files(arguments.catalog.as_deref())?);
    if !built.is_importable() {
        let lines: Vec<_> = built.findings.iter().map(ToString::to_string).collect();
        bail!("the catalogue has mistakes:\n{}", lines.join("\n"));
    }
    Ok(built.catalog)
}

fn json(file: &Path, door: &FrontDoor) -> anyhow::Result<Json> {
    let text = if file == Path::new("-") {
        door.read_input()?
    } else {
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
    };
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))
}
