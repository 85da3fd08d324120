//! `budayang licence issue --bulk FILE`: many licences at once, in batches under one signature each.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use affairs::catalog::{self, Catalog};
use affairs::licence::Issuer;
use affairs::licence::bulk::{self, Done, LARGEST_BATCH, Reader, RowFault, Run, Subject};
use anyhow::{Context as _, ensure};
use clap::Args;
use kernel::{Clock as _, Moment};
use serde_json::json;
use store::Store;

use super::super::Answer;
use super::super::house::{self, House, Unlock};
use crate::front_door::FrontDoor;
use crate::office::{self, Home, Keys};
use crate::output::{Format, Output};

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    house: House,
    #[command(flatten)]
    unlock: Unlock,
    /// The list: CSV in UTF-8 with the columns item, agency, holder, code, valid_from, and where they are needed valid_to,
    /// subject (the office's own key of the line) and fields that the licence prints.
    #[arg(long, value_name = "FILE")]
    bulk: PathBuf,
    /// The run's name: within it a subject is licensed once, so the same list may be handed in again.
    #[arg(long, value_name = "NAME", default_value = "first")]
    run: String,
    /// Licences under one signature, 1 to 1,000.
    #[arg(long, value_name = "COUNT", default_value_t = 256)]
    batch: usize,
    /// Look for mistakes only.
    #[arg(long)]
    check: bool,
}

/// An office with its licence key open.
struct Desk {
    home: Home,
    store: Store,
    issuer: Issuer,
    catalog: Catalog,
}

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    ensure!((1..=LARGEST_BATCH).contains(&arguments.batch), "a batch has 1 to {LARGEST_BATCH} licences");
    let named = (1..=100).contains(&arguments.run.chars().count()) && !arguments.run.chars().any(char::is_control);
    ensure!(named, "a run's name has 1 to 100 characters");
    door.block_on(async {
        let desk = open(arguments, door).await?;
        let answer = issue(arguments, &desk, door, output).await;
        desk.store.close().await;
        answer
    })
}

async fn open(arguments: &Arguments, door: &FrontDoor) -> anyhow::Result<Desk> {
    let home = arguments.house.home()?;
    let passphrase = house::passphrase(&home, arguments.unlock.passphrase_file.as_deref(), door)?;
    let (signer, licence, _) = Keys::open(&home, &passphrase)?.into_signers(&home.identity);
    let store = office::open_store(&home, &door.machine(), Some(signer)).await?;
    let catalog = catalog::load(&store).await?.catalog;
    let issuer = office::issuer(&home.identity, licence);
    Ok(Desk { home, store, issuer, catalog })
}

async fn issue(
    arguments: &Arguments,
    desk: &Desk,
    door: &FrontDoor,
    output: &mut Output<'_>,
) -> anyhow::Result<Answer> {
    let now = door.clock.now();
    let total = match read(&arguments.bulk, desk, now)?.and_then(bulk::check) {
        Ok(total) => total,
        Err(faults) => return refuse(&faults, output),
    };
    if arguments.check {
        return tell(Done::default(), total, output);
    }
    let machine = door.machine();
    let place = house::desk(&desk.home, &desk.store, &machine);
    let run = Run { desk: &place, issuer: &desk.issuer, catalog: &desk.catalog, name: &arguments.run };
    let bar = house::bar(total, "licences");
    let (mut done, mut waiting): (Done, Vec<Subject>) = (Done::default(), Vec::new());
    let rows = read(&arguments.bulk, desk, now)?.map_err(|_| changed())?;
    for row in rows {
        waiting.push(row.map_err(|_| changed())?);
        if waiting.len() == arguments.batch {
            step(run, &mut done, &mut waiting).await?;
            bar.set_position(u64::try_from(done.issued + done.there)?);
            progress(done, total, output)?;
        }
    }
    step(run, &mut done, &mut waiting).await?;
    bar.finish_and_clear();
    tell(done, total, output)
}

async fn step(run: Run<'_>, done: &mut Done, waiting: &mut Vec<Subject>) -> anyhow::Result<()> {
    let batch = bulk::issue(run, waiting).await?;
    *done = Done { issued: done.issued + batch.issued, there: done.there + batch.there };
    waiting.clear();
    Ok(())
}

fn changed() -> anyhow::Error {
    anyhow::anyhow!("the list was changed while it was issued: what was issued stays; hand it in again")
}

type Opened<'a> = Result<Reader<'a, BufReader<File>>, Vec<RowFault>>;

fn read<'a>(list: &Path, desk: &'a Desk, now: Moment) -> anyhow::Result<Opened<'a>> {
    let file = File::open(list).with_context(|| format!("cannot read {}", list.display()))?;
    Ok(Reader::open(BufReader::new(file), &desk.catalog, now))
}

/// A line for each batch, for programs; people see the bar.
fn progress(done: Done, total: u64, output: &mut Output<'_>) -> anyhow::Result<()> {
    if output.format() == Format::Json {
        output.json(&json!({ "done": done.issued + done.there, "total": total }))?;
        output.flush()?;
    }
    Ok(())
}

fn tell(done: Done, total: u64, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let Done { issued, there } = done;
    match output.format() {
        Format::Json => {
            output.json(&json!({ "right": true, "issued": issued, "there_already": there, "total": total }))?;
        }
        Format::Plain => {
            output.line(format!("{issued} issued, {there} had theirs already, {total} in the list"))?;
        }
    }
    Ok(Answer::Yes)
}

/// Everything to mend in the list, at once.
fn refuse(faults: &[RowFault], output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match output.format() {
        Format::Json => {
            let told = |f: &RowFault| json!({ "line": f.line, "column": f.column, "reason": f.reason });
            output.json(&json!({ "right": false, "errors": faults.iter().map(told).collect::<Vec<_>>() }))?;
        }
        Format::Plain => {
            for fault in faults {
                output.line(fault)?;
            }
            output.line(format!("{} mistake(s); nothing was issued", faults.len()))?;
        }
    }
    Ok(Answer::No)
}
