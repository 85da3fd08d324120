//! `budayang powers`: lists of powers and duties, published from a spreadsheet, written back, compared.

use std::fs;
use std::path::{Path, PathBuf};

use affairs::access::{Actor, Desk};
use affairs::catalog::{self, Catalog};
use affairs::powers::{
    self, BadCell, Known, Law, Power, PowerError, PowerList, Publication, Ratio, Reduction, committed_pairs,
    difference, previous_pairs, reduction,
};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use kernel::{Clock as _, Date};
use serde_json::{Value as Json, json};
use store::Store;

use super::Answer;
use super::house::{self, House, Unlock};
use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Publish a version of a list from a spreadsheet; with one bad row nothing is imported, and every bad cell is named.
    Import(Import),
    /// Write a version as a spreadsheet (CSV, UTF-8 with a mark at the front); it reads in again as the same list.
    Export {
        #[command(flatten)]
        house: House,
        /// The version, such as gx@2026-01-01; of a list's name alone, the one in force.
        #[arg(value_name = "VERSION")]
        version: String,
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// What changed from one version to another.
    Diff {
        #[command(flatten)]
        house: House,
        /// The earlier version.
        #[arg(value_name = "FROM")]
        from: String,
        /// The later version.
        #[arg(value_name = "TO")]
        to: String,
    },
    /// By how much limits are shorter than the statutory ones and than those before, by both formulas.
    Reduction {
        #[command(flatten)]
        house: House,
        /// The version; of a list's name alone, the one in force.
        #[arg(value_name = "VERSION")]
        version: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct Import {
    #[command(flatten)]
    house: House,
    #[command(flatten)]
    unlock: Unlock,
    /// The sheet: CSV (UTF-8 or GB18030) or .xlsx.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Which list: small letters, digits, dashes.
    #[arg(long, value_name = "ID")]
    list: String,
    /// Its title.
    #[arg(long, value_name = "TITLE")]
    title: String,
    /// What a reader must know of it.
    #[arg(long, value_name = "NOTE", default_value = "")]
    note: String,
    /// Its first day, after that of the version before.
    #[arg(long, value_name = "DATE")]
    valid_from: Date,
    /// Its last day; until the next version where it is left out.
    #[arg(long, value_name = "DATE")]
    valid_to: Option<Date>,
    /// No agency stands behind it: marked so on every page.
    #[arg(long)]
    demonstration: bool,
    /// Only check; publish nothing.
    #[arg(long)]
    check: bool,
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match command {
        Command::Import(import) => publish(import, door, output),
        Command::Export { house, version, file } => export(house, (version, file), (door, output)),
        Command::Diff { house, from, to } => diff(house, (from, to), (door, output)),
        Command::Reduction { house, version } => shorter(house, version, (door, output)),
    }
}

fn publish(import: &Import, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let bytes = fs::read(&import.file).with_context(|| format!("cannot read {}", import.file.display()))?;
    let rows = powers::cells(&bytes).with_context(|| format!("cannot read {}", import.file.display()))?;
    let done: Result<(Vec<Power>, Option<PowerList>), PowerError> = door.block_on(async {
        let machine = door.machine();
        let (home, store) = if import.check {
            import.house.reader(&machine).await?
        } else {
            import.house.writer(&import.unlock, door).await?
        };
        let done = written(&house::desk(&home, &store, &machine), import, &rows).await;
        store.close().await;
        done
    })?;
    match done {
        Ok((powers, list)) => tell(&powers, list.as_ref(), output),
        Err(PowerError::Sheet(bad)) => refuse(&bad, output),
        Err(other) => Err(other.into()),
    }
}

type Written = anyhow::Result<Result<(Vec<Power>, Option<PowerList>), PowerError>>;

async fn written(desk: &Desk<'_>, import: &Import, rows: &[powers::Cells]) -> Written {
    let (catalog, law) = catalogue(desk.store).await?;
    let powers = match powers::read_sheet(rows, &Known { catalog: &catalog, law: &law }) {
        Ok(powers) => powers,
        Err(bad) => return Ok(Err(PowerError::Sheet(bad))),
    };
    if import.check {
        return Ok(Ok((powers, None)));
    }
    let new = Publication {
        list: &import.list,
        title: &import.title,
        note: &import.note,
        valid_from: import.valid_from,
        valid_to: import.valid_to,
        demonstration: import.demonstration,
    };
    let published = powers::publish(desk, &Actor::Machine, &new, &powers).await;
    Ok(published.map(|list| (powers, Some(list))))
}

async fn catalogue(store: &Store) -> anyhow::Result<(Catalog, Law)> {
    let catalog = catalog::load(store).await?.catalog;
    let law = Law::read(&catalog).map_err(|found| {
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the kinds and flows of powers cannot be read\n{}", lines.join("\n"))
    })?;
    if law.kinds.is_empty() {
        bail!("this office's catalogue has no kinds of powers yet: run `budayang catalog import` first");
    }
    Ok((catalog, law))
}

fn tell(powers: &[Power], list: Option<&PowerList>, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let version = list.map(PowerList::label);
    match output.format() {
        Format::Json => output.json(&json!({
            "imported": list.is_some(), "powers": powers.len(), "version": version, "rows_sha256": list.map(|l| &l.hash),
        }))?,
        Format::Plain => output.line(match version {
            Some(version) => format!("{} powers published as {version}", powers.len()),
            None => format!("{} powers may be published; nothing was written", powers.len()),
        })?,
    }
    Ok(Answer::Yes)
}

/// Everything to mend in the sheet, at once.
fn refuse(bad: &[BadCell], output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match output.format() {
        Format::Json => output.json(&json!({ "imported": false, "errors": bad }))?,
        Format::Plain => {
            for cell in bad {
                let BadCell { row, column, value, reason, mend } = cell;
                output.line(format!(
                    "第{row}行 {column}“{value}”：{}；{} / row {row}: {}; {}",
                    reason.zh, mend.zh, reason.en, mend.en
                ))?;
            }
            output.line(format!("{} bad cell(s); nothing was imported", bad.len()))?;
        }
    }
    Ok(Answer::No)
}

/// A version by its label, or the one of a list that is in force.
async fn named(store: &Store, version: &str, today: Date) -> anyhow::Result<PowerList> {
    let found = if version.contains('@') {
        powers::list_by_label(store, version).await?
    } else {
        powers::list_at(store, version, today).await?
    };
    let known = powers::lists(store).await?.iter().map(PowerList::label).collect::<Vec<_>>().join(", ");
    found.with_context(|| format!("there is no version {version:?}; there are: {known}"))
}

fn export(
    house: &House,
    (version, file): (&str, &Path),
    (door, output): (&FrontDoor, &mut Output<'_>),
) -> anyhow::Result<Answer> {
    let (list, sheet) = door.block_on(async {
        let (_, store) = house.reader(&door.machine()).await?;
        let list = named(&store, version, door.clock.now().date()).await?;
        let powers = powers::powers_of(&store, list.id).await?;
        if !list.holds(&powers) {
            bail!("the rows of {} are not those that were published: run `budayang ledger verify`", list.label());
        }
        let (catalog, law) = catalogue(&store).await?;
        store.close().await;
        Ok((list, powers::sheet_of(&powers, &catalog, &law)))
    })?;
    fs::write(file, sheet).with_context(|| format!("cannot write {}", file.display()))?;
    match output.format() {
        Format::Json => output.json(&json!({ "version": list.label(), "powers": list.powers, "file": file }))?,
        Format::Plain => output.line(format!("{} powers of {} in {}", list.powers, list.label(), file.display()))?,
    }
    Ok(Answer::Yes)
}

fn diff(
    house: &House,
    (from, to): (&str, &str),
    (door, output): (&FrontDoor, &mut Output<'_>),
) -> anyhow::Result<Answer> {
    let found = door.block_on(async {
        let (_, store) = house.reader(&door.machine()).await?;
        let today = door.clock.now().date();
        let (from, to) = (named(&store, from, today).await?, named(&store, to, today).await?);
        let (before, after) = (powers::powers_of(&store, from.id).await?, powers::powers_of(&store, to.id).await?);
        store.close().await;
        Ok(difference(&before, &after))
    })?;
    if output.format() == Format::Json {
        output.json(&found)?;
        return Ok(Answer::Yes);
    }
    for power in &found.added {
        output.line(format!("+ {} {}", power.code, power.name))?;
    }
    for power in &found.removed {
        output.line(format!("- {} {}", power.code, power.name))?;
    }
    for change in &found.changed {
        output.line(format!("~ {} {}", change.after.code, change.after.name))?;
        for moved in &change.moved {
            output.line(format!("    {}: {} -> {}", moved.what, moved.before, moved.after))?;
        }
    }
    let fewer = ["materials", "fee", "stages", "seals"].map(|what| format!("{what} {}", found.fewer(what)));
    output.line(format!(
        "{} changed, {} unchanged; fewer: {}",
        found.changed.len(),
        found.unchanged,
        fewer.join(", ")
    ))?;
    Ok(Answer::Yes)
}

fn shorter(house: &House, version: &str, (door, output): (&FrontDoor, &mut Output<'_>)) -> anyhow::Result<Answer> {
    let parts = door.block_on(async {
        let (_, store) = house.reader(&door.machine()).await?;
        let list = named(&store, version, door.clock.now().date()).await?;
        let shown = powers::powers_of(&store, list.id).await?;
        let mut parts = vec![("statutory", reduction(committed_pairs(&shown)))];
        let lists = powers::lists(&store).await?;
        if let Some(earlier) = lists.iter().find(|l| l.list == list.list && l.valid_from < list.valid_from) {
            let before = powers::powers_of(&store, earlier.id).await?;
            let (limits, special) = previous_pairs(&difference(&before, &shown), &before);
            parts.extend([("previous", reduction(limits)), ("special stages", reduction(special))]);
        }
        store.close().await;
        Ok(parts)
    })?;
    for (against, found) in &parts {
        match output.format() {
            Format::Json => output.json(&told(against, found))?,
            Format::Plain => plain(against, found, output)?,
        }
    }
    Ok(Answer::Yes)
}

fn percent(ratio: Option<Ratio>) -> String {
    ratio.map_or_else(|| "unknown".to_owned(), |r| format!("{} %", r.percent()))
}

fn told(against: &str, found: &Reduction) -> Json {
    let units: Vec<Json> = found
        .by_unit
        .iter()
        .map(|u| json!({ "unit": u.unit, "powers": u.items, "mean_of_ratios": u.mean.map(Ratio::percent), "pooled": u.pooled.map(Ratio::percent) }))
        .collect();
    json!({
        "against": against, "counted": found.counted, "mean_of_ratios": found.mean.map(Ratio::percent),
        "pooled": found.pooled.map(Ratio::percent), "by_unit": units, "excluded": found.excluded.len(),
    })
}

fn plain(against: &str, found: &Reduction, output: &mut Output<'_>) -> anyhow::Result<()> {
    output.line(format!(
        "against {against}: {} counted, {} not; mean of ratios {}",
        found.counted,
        found.excluded.len(),
        percent(found.mean)
    ))?;
    for unit in &found.by_unit {
        let (name, sums) = (unit.unit, format!("{} -> {}", unit.before, unit.after));
        output.line(format!(
            "  {name:?}: {} powers, {sums}, mean {}, pooled {}",
            unit.items,
            percent(unit.mean),
            percent(unit.pooled)
        ))?;
    }
    Ok(())
}
