//! The past of an office decided again under a draft, as it is loaded from the database: against deciding alone.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use affairs::approval::{Setting, model_inputs};
use affairs::catalog::{Files, Inputs};
use affairs::replay::{self, Draft};
use anyhow::{Context, ensure};
use store::{Location, Store};
use stories::World;

use crate::population::Population;
use crate::summary::{Summary, rate};

/// Decisions that are loaded where no number is named; `replay 1000000` takes a million.
pub(crate) const DECISIONS: usize = 20_000;
const RENEW: &str = "fd-pharmacist-renew";
const CANCEL: &str = "fd-pharmacist-cancel";
const FOOD: &str = "fd-food-licence";
/// Stored inputs that the bare evaluation goes through.
const SAMPLE: i64 = 500;

/// Measures on SQLite. `kept`: the office is kept in `target/bench`, and one that is there already is used again.
pub(crate) async fn measure(summary: &mut Summary, decisions: usize, kept: bool) -> anyhow::Result<()> {
    let temporary = if kept { None } else { Some(tempfile::tempdir()?) };
    let folder = match &temporary {
        Some(folder) => folder.path().to_owned(),
        None => Path::new("target/bench").join(format!("replay-{decisions}")),
    };
    let marker = folder.join("settled");
    let location = Location::Sqlite(folder.join("office.db"));
    if !marker.exists() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let population = Population::learn().await?;
        let world = World::opened(&location, &folder, 31).await;
        population.settle(&world.scratch.store, decisions).await?;
        world.scratch.store.close().await;
        std::fs::write(&marker, "")?;
    }
    let world = World::opened(&location, &folder, 1_000 + u64::from(std::process::id())).await;
    let store = &world.scratch.store;
    let item = |id: &str| world.catalog.item(id, world.now().date()).with_context(|| format!("no item {id}"));
    let (bare, bytes) = bare(store, &*item(RENEW)?).await?;
    summary.plain("replay: deciding alone, inputs in hand, one thread", bare, "decisions/s");
    summary.plain("replay: stored inputs and checks of a decision", bytes, "bytes");

    let begin = Instant::now();
    let again = replay::replay(store, &world.catalog, Setting::Demonstration, &mut |_, _| {}).await?;
    let all = again.all();
    ensure!(again.is_equal() && all.decisions > 0, "{:?}", again.differences.first());
    let speed = all.decisions as f64 / begin.elapsed().as_secs_f64();
    summary.against("replay: every decision again, to the byte", speed, "decisions/s", ("deciding alone", bare));

    let drafts = [draft(&*item(RENEW)?)?, Draft::of(&*item(CANCEL)?), Draft::of(&*item(FOOD)?)];
    let (begin, mut tried, mut changed) = (Instant::now(), 0, 0);
    for draft in drafts {
        let found = replay::what_if(store, &Arc::new(draft), None, &mut |_, _| {}).await?;
        (tried, changed) = (tried + found.decisions, changed + found.changed);
    }
    let seconds = begin.elapsed().as_secs_f64();
    ensure!(tried == all.decisions && changed > 0, "{changed} of {tried} changed");
    let name = format!("replay: {tried} decisions under a draft, loading included");
    summary.against(name, tried as f64 / seconds, "decisions/s", ("deciding alone", bare));
    summary.plain("replay: a million at this speed", 1e6 * seconds / tried as f64, "s");
    store.close().await;
    Ok(())
}

/// The renewal with more credits wanted.
fn draft(item: &affairs::catalog::Item) -> anyhow::Result<Draft> {
    let files = Files::seed();
    let model = files.get(&format!("items/{RENEW}/rules.dmn")).context("no model")?;
    let model = std::str::from_utf8(model)?;
    let stricter = model.replace("<outputEntry><text>75</text>", "<outputEntry><text>100</text>");
    ensure!(stricter != model, "the model's threshold moved");
    replay::of_model(item, &stricter).map_err(|found| anyhow::anyhow!("{found:?}"))
}

/// Deciding alone: the same rules over stored inputs that are in memory as the engine reads them. With it, how many bytes of
/// inputs and checks a decision has in the table.
async fn bare(store: &Store, item: &affairs::catalog::Item) -> anyhow::Result<(f64, f64)> {
    let sql = "SELECT inputs, checks FROM decision WHERE item = $1 LIMIT $2";
    let rows = store.query(sql, vec![RENEW.into(), SAMPLE.into()]).await?;
    let mut bytes = 0;
    let mut inputs = Vec::new();
    for row in &rows {
        bytes += row.text("inputs")?.len() + row.text("checks")?.len();
        let stored: Inputs = serde_json::from_str(row.text("inputs")?)?;
        inputs.push(model_inputs(&item.rules, &stored));
    }
    ensure!(!inputs.is_empty(), "no decisions on {RENEW}");
    let mut at = 0;
    let speed = rate(|| {
        at = (at + 1) % inputs.len();
        std::hint::black_box(item.rules.decide_slots(&inputs[at]).truths().count());
    });
    Ok((speed, bytes as f64 / rows.len() as f64))
}
