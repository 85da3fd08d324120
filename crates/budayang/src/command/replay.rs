//! `budayang replay`: does today's program come to what is stored, and what would a draft have come to?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use affairs::approval;
use affairs::catalog::{self, Catalog, Diagnostic, Files, Item};
use affairs::replay::{self, Difference, Draft, Replayed, Tried};
use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::ProgressBar;
use kernel::{Clock as _, Date};
use serde_json::json;
use store::Store;

use super::house::{self, House};
use super::{Answer, Untold};
use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    house: House,
    /// A draft: a model (.dmn), an item's folder, or a catalogue's. Then it is told which decisions of the past would have come out
    /// otherwise under it.
    #[arg(long, value_name = "PATH", requires = "item")]
    draft: Option<PathBuf>,
    /// The item whose past the draft is tried on, such as fd-pharmacist-renew.
    #[arg(long, value_name = "ID", requires = "draft")]
    item: Option<String>,
}

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let answer = match (&arguments.draft, &arguments.item) {
        (Some(draft), Some(item)) => try_draft(arguments, door, (draft, item), output),
        _ => again(arguments, door, output),
    };
    answer.context(Untold)
}

/// A difference with its case's number.
struct Named<'a> {
    difference: &'a Difference,
    number: String,
}

fn again(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let (replayed, numbers) = door.block_on(async {
        let (home, store) = arguments.house.reader(&door.machine()).await?;
        let catalog = Arc::new(catalog::load(&store).await?.catalog);
        let bar = house::bar(0, "decisions");
        let found = replay::replay(&store, &catalog, home.identity.setting, &mut |n, all| on(&bar, n, all)).await;
        bar.finish_and_clear();
        let found = found?;
        let numbers = numbers(&store, found.differences.iter().map(|d| d.case)).await?;
        store.close().await;
        Ok((found, numbers))
    })?;
    let named = replayed
        .differences
        .iter()
        .map(|difference| Named { difference, number: numbers.get(&difference.case).cloned().unwrap_or_default() });
    let named: Vec<Named<'_>> = named.collect();
    tell(&replayed, &named, output)?;
    Ok(if replayed.is_equal() { Answer::Yes } else { Answer::No })
}

fn on(bar: &ProgressBar, n: u64, all: u64) {
    bar.set_length(all);
    bar.set_position(n);
}

/// The numbers of cases, for those who will look them up.
async fn numbers(
    store: &Store,
    cases: impl Iterator<Item = kernel::Id>,
) -> anyhow::Result<BTreeMap<kernel::Id, String>> {
    let mut numbers = BTreeMap::new();
    for case in cases {
        if let std::collections::btree_map::Entry::Vacant(place) = numbers.entry(case) {
            let file = approval::story(store, case).await?;
            place.insert(file.map_or_else(|| case.to_string(), |file| file.case.number));
        }
    }
    Ok(numbers)
}

fn tell(replayed: &Replayed, named: &[Named<'_>], output: &mut Output<'_>) -> anyhow::Result<()> {
    let first = named.first().map(|one| {
        let d = one.difference;
        json!({
            "number": one.number, "decision": d.decision, "run": d.run, "item": d.item, "what": d.what, "condition": d.condition,
            "stored": d.stored, "recomputed": d.recomputed,
        })
    });
    let all = replayed.all();
    if output.format() == Format::Json {
        let rest: Vec<_> = named.iter().map(|n| json!([n.number, n.difference.run, n.difference.what])).collect();
        output.json(&json!({
            "equal": replayed.is_equal(), "schema": approval::SCHEMA, "engine": rules::engine_version(), "all": all,
            "items": replayed.items, "first": first, "differences": rest,
        }))?;
        return Ok(());
    }
    for (item, tally) in &replayed.items {
        let erased = if tally.erased > 0 { format!(", {} erased", tally.erased) } else { String::new() };
        let mark = if tally.different == 0 { "✓" } else { "✗" };
        let (equal, different) = (tally.equal, tally.different);
        output.line(format!(
            "{mark} {item}: {} decisions, {equal} equal, {different} different{erased}",
            tally.decisions
        ))?;
    }
    for one in named {
        let d = one.difference;
        let place = d.condition.as_deref().map(|c| format!(", condition {c}")).unwrap_or_default();
        let (item, run, what) = (&d.item, d.run, d.what.word());
        output.line(format!("✗ case {}, run {run} of {item}{place}: {what}", one.number))?;
        output.line(format!("    stored:     {}", d.stored))?;
        output.line(format!("    recomputed: {}", d.recomputed))?;
    }
    let (equal, erased) = (all.equal, all.erased);
    output.line(format!("{} decisions: {equal} equal, {} different, {erased} erased", all.decisions, all.different))?;
    Ok(())
}

fn try_draft(
    arguments: &Arguments,
    door: &FrontDoor,
    (path, item): (&Path, &str),
    output: &mut Output<'_>,
) -> anyhow::Result<Answer> {
    let today = door.clock.now().date();
    let (draft, tried, numbers) = door.block_on(async {
        let (_, store) = arguments.house.reader(&door.machine()).await?;
        let catalog = catalog::load(&store).await?.catalog;
        let draft = Arc::new(read_draft(&catalog, path, (item, today))?);
        let bar = house::bar(0, "decisions");
        let tried = replay::what_if(&store, &draft, None, &mut |n, all| on(&bar, n, all)).await;
        bar.finish_and_clear();
        let tried = tried?;
        let numbers = numbers(&store, tried.sample.iter().map(|s| s.case)).await?;
        store.close().await;
        Ok((draft, tried, numbers))
    })?;
    tell_tried(&draft, &tried, &numbers, output)?;
    Ok(Answer::Yes)
}

fn read_draft(catalog: &Catalog, path: &Path, (id, today): (&str, Date)) -> anyhow::Result<Draft> {
    let in_force: Option<Arc<Item>> = catalog.item(id, today);
    let draft = if path.is_dir() {
        let files = Files::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
        replay::of_folder(&files, id, in_force.as_deref())
    } else {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let item = in_force.with_context(|| format!("no item {id:?} is in force on {today}"))?;
        replay::of_model(&item, &text)
    };
    draft.or_else(|found: Vec<Diagnostic>| {
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        bail!("the draft has mistakes:\n{}", lines.join("\n"))
    })
}

fn tell_tried(
    draft: &Draft,
    tried: &Tried,
    numbers: &BTreeMap<kernel::Id, String>,
    output: &mut Output<'_>,
) -> anyhow::Result<()> {
    let number = |case| numbers.get(case).cloned().unwrap_or_default();
    if output.format() == Format::Json {
        let sample: Vec<_> = tried.sample.iter().map(|s| json!({
            "number": number(&s.case), "region": s.region, "month": s.month, "from": s.from, "to": s.to, "conditions": s.conditions,
        })).collect();
        output.json(&json!({
            "item": draft.item.id, "model": draft.item.rules.hash(), "dropped": draft.dropped, "decisions": tried.decisions,
            "changed": tried.changed, "erased": tried.erased, "unreadable": tried.unreadable, "moves": tried.moves,
            "regions": tried.regions, "months": tried.months, "conditions": tried.conditions, "sample": sample,
        }))?;
        return Ok(());
    }
    let (item, decisions, changed) = (&draft.item.id, tried.decisions, tried.changed);
    output.line(format!("{item}: {changed} of {decisions} decisions would come out otherwise"))?;
    if tried.erased + tried.unreadable > 0 {
        output.line(format!("    {} erased, {} unreadable: nothing to decide on", tried.erased, tried.unreadable))?;
    }
    for one in &tried.moves {
        output.line(format!("    {} → {}: {}", one.from.word(), one.to.word(), one.decisions))?;
    }
    for (what, shares) in [("region", &tried.regions), ("month", &tried.months)] {
        for (name, share) in shares.iter().filter(|(_, share)| share.changed > 0) {
            output.line(format!("    {what} {name}: {} of {}", share.changed, share.decisions))?;
        }
    }
    for (id, c) in &tried.conditions {
        let (lost, won, doubtful, cleared) = (c.lost, c.won, c.doubtful, c.cleared);
        if lost + won + doubtful + cleared + c.new_met + c.new_not_met + c.new_unknown > 0 {
            let new = c.new_met + c.new_not_met + c.new_unknown;
            let more = if new > 0 {
                format!(", new: {} met, {} not, {} unknown", c.new_met, c.new_not_met, c.new_unknown)
            } else {
                String::new()
            };
            output.line(format!(
                "    condition {id}: {won} won, {lost} lost, {doubtful} now unknown, {cleared} now known{more}"
            ))?;
        }
        for (name, n) in &c.missing {
            output.line(format!("        {name}: nobody read it in {n} decisions"))?;
        }
    }
    for s in &tried.sample {
        let (region, month) = (&s.region, &s.month);
        let conditions = s.conditions.join(" ");
        output.line(format!(
            "    {} ({region}, {month}): {} → {} by {conditions}",
            number(&s.case),
            s.from.word(),
            s.to.word()
        ))?;
    }
    Ok(())
}
