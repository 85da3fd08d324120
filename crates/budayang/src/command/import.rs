//! `budayang import`: an extract of a register into the shared data pool.

use std::fs;
use std::path::PathBuf;

use affairs::access::Actor;
use affairs::register::{self, Extent, Extract, Format as Written, ImportError, Imported};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use kernel::Moment;
use serde_json::json;

use super::Answer;
use super::house::{self, House};
use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    house: House,
    /// The register's id, such as continuing-education.
    #[arg(long, value_name = "ID")]
    register: String,
    /// The extract: CSV or JSON lines, UTF-8.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How it is written; by its name's ending where this is left out.
    #[arg(long, value_enum)]
    format: Option<Spelling>,
    /// It is all of the register: who is not in it is not registered.
    #[arg(long)]
    whole: bool,
    /// The moment for which the keeper drew it; now where this is left out.
    #[arg(long, value_name = "TIME")]
    as_of: Option<Moment>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Spelling {
    /// Comma-separated; the first line names the columns.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let text = fs::read_to_string(&arguments.file);
    let text = text.with_context(|| format!("cannot read {} as UTF-8 text", arguments.file.display()))?;
    match door.block_on(import(arguments, &text, door))? {
        Ok(imported) => tell(&imported, output),
        Err(error) => refuse(error, output),
    }
}

async fn import(arguments: &Arguments, text: &str, door: &FrontDoor) -> anyhow::Result<Result<Imported, ImportError>> {
    let machine = door.machine();
    // No leaf: an extract is no act of this office, so its keys stay shut.
    let (home, store) = arguments.house.reader(&machine).await?;
    let registers = register::load(&store, &home.identity.shard).await?;
    let known = || registers.iter().map(|r| r.id.as_str()).collect::<Vec<_>>().join(", ");
    let of = registers.get(&arguments.register);
    let of = of.with_context(|| format!("there is no register {:?}; there are: {}", arguments.register, known()))?;
    let desk = house::desk(&home, &store, &machine);
    let extract = Extract {
        register: of,
        format: written(arguments),
        extent: if arguments.whole { Extent::Whole } else { Extent::Part },
        as_of: arguments.as_of.unwrap_or_else(|| desk.now()),
        text,
    };
    let bar = house::bar(0, &arguments.register);
    let mut show = |progress: register::Progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    };
    let done = register::import(&desk, &Actor::Machine, &extract, &mut show).await;
    bar.finish_and_clear();
    store.close().await;
    Ok(done)
}

fn written(arguments: &Arguments) -> Written {
    let csv = arguments.file.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
    match arguments.format {
        Some(Spelling::Csv) => Written::Csv,
        Some(Spelling::Jsonl) => Written::JsonLines,
        None if csv => Written::Csv,
        None => Written::JsonLines,
    }
}

fn tell(imported: &Imported, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let Imported { added, changed, unchanged, older, exceptions } = imported;
    match output.format() {
        Format::Json => output.json(&json!({
            "imported": true, "added": added, "changed": changed, "unchanged": unchanged, "older": older,
            "exceptions": exceptions,
        }))?,
        Format::Plain => {
            output
                .line(format!("added {added}, changed {changed}, unchanged {unchanged}, older than known {older}"))?;
            for code in exceptions {
                output.line(format!("  {code} fails its check and was accepted: its registry issued it"))?;
            }
        }
    }
    Ok(Answer::Yes)
}

/// Everything to mend in the file, at once.
fn refuse(error: ImportError, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let ImportError::Lines(lines) = error else { return Err(error.into()) };
    match output.format() {
        Format::Json => {
            let errors: Vec<_> =
                lines.iter().map(|l| json!({ "line": l.line, "field": l.field, "reason": l.reason })).collect();
            output.json(&json!({ "imported": false, "errors": errors }))?;
        }
        Format::Plain => {
            for line in &lines {
                output.line(line)?;
            }
            output.line(format!("{} error(s); nothing was imported", lines.len()))?;
        }
    }
    Ok(Answer::No)
}
