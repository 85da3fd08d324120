//! Everybody's class computed again, as at the end of a month, and a draw over all of them: against a bare scan of the same rows.

use std::collections::BTreeMap;
use std::time::Instant;

use affairs::credit;
use anyhow::ensure;
use evidence::Hash;
use evidence::draw::{Order, Roll, Seed, Target, draw};
use store::Location;
use stories::World;

use crate::approvals::status_mib;
use crate::summary::Summary;

/// Holders, as many as one region's register of companies had in a published count.
pub(crate) const HOLDERS: usize = 652_451;
/// Drawn, and officers who go.
const TAKE: u32 = 1_000;
const OFFICERS: usize = 400;
/// The same rows, read and not judged.
const SCAN: &str =
    "SELECT * FROM credit_event WHERE (party, on_day, id) > ($1, $2, $3) ORDER BY party, on_day, id LIMIT 2000";

/// Measures on SQLite. The events are invented: one of eight kinds for each holder, a second one for each third.
pub(crate) async fn measure(summary: &mut Summary, holders: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let location = Location::Sqlite(folder.path().join("office.db"));
    let world = World::opened(&location, folder.path(), 41).await;
    fill(&location, holders).await;
    let store = &world.scratch.store;
    let begin = Instant::now();
    let (mut after, mut rows) = (("".to_owned(), "".to_owned(), "".to_owned()), 0_u64);
    loop {
        let (party, on, id) = &after;
        let page = store.query(SCAN, vec![party.into(), on.into(), id.into()]).await?;
        let Some(last) = page.last() else { break };
        after = (last.text("party")?.to_owned(), last.text("on_day")?.to_owned(), last.text("id")?.to_owned());
        rows += page.len() as u64;
    }
    let bare = rows as f64 / begin.elapsed().as_secs_f64();
    summary.plain("credit: a bare scan of the same rows", bare, "rows/s");

    let before = status_mib("VmRSS:");
    let (rules, today) = (credit::rules_now(&world.catalog, world.now())?, world.now().date());
    let begin = Instant::now();
    let (mut classes, mut targets) = (BTreeMap::<String, u32>::new(), Vec::with_capacity(holders));
    let parties = credit::recomputed(store, &rules, today, &mut |party, standing| {
        let (class, weight) = credit::draw_weight(&rules, standing);
        *classes.entry(class.clone()).or_default() += 1;
        targets.push(Target { id: party.to_string(), class, weight });
    })
    .await?;
    let computed = begin.elapsed().as_secs_f64();
    ensure!(parties == holders as u64 && classes.len() > 1, "{parties} parties, {classes:?}");
    summary.against(
        format!("credit: {holders} holders classed again"),
        rows as f64 / computed,
        "rows/s",
        ("a bare scan", bare),
    );
    summary.plain("credit: the same", computed, "s");
    summary.plain("credit: memory beyond the list of targets and before it", status_mib("VmRSS:") - before, "MiB");

    let begin = Instant::now();
    let order = Order { take: TAKE.min(u32::try_from(holders)?), each: 2 };
    let roll = Roll::new(targets, (0..OFFICERS).map(|n| format!("E-{n:04}")).collect(), Vec::new())?;
    roll.check(order)?;
    let (hash, drawn) = (roll.hash(), draw(&roll, order, &Seed(Hash([7; 32]))));
    let seconds = begin.elapsed().as_secs_f64();
    ensure!(drawn.pairs.len() == order.take as usize && hash != Hash([0; 32]), "the draw is not whole");
    summary.plain(
        format!("credit: a draw of {} from the list of {holders}, its hash included", order.take),
        seconds,
        "s",
    );
    summary.plain("credit: both together (goal under 10 s)", computed + seconds, "s");
    store.close().await;
    Ok(())
}

/// Rows by the database itself: they are only to be read.
async fn fill(location: &Location, holders: usize) {
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {holders}), \
         e(i, k) AS (SELECT i, 0 FROM n UNION ALL SELECT i, 1 FROM n WHERE i % 3 = 0) \
         INSERT INTO credit_event (shard, id, party, kind, severity, item, on_day, recorded_on, agency, region, origin, number, salt) \
         SELECT 'gx', printf('%08x-0000-7000-8000-%012x', k, i), printf('%08x-0000-7000-9000-%012x', (i * 2654435761) % 4294967296, i), \
         CASE (i + k) % 8 WHEN 0 THEN 'inspection_failed' WHEN 1 THEN 'false_promise' WHEN 2 THEN 'serious_list' \
         WHEN 3 THEN 'promise_kept' ELSE 'inspection_clean' END, '', 'he-public-place', \
         printf('2026-%02d-%02d', 1 + i % 10, 1 + i % 28), printf('2026-%02d-%02d', 1 + i % 10, 1 + i % 28), \
         'health-450103', '450103', printf('%08x-0000-7000-a000-%012x', k, i), 'JC', x'00' FROM e"
    );
    store::testing::execute(location, &sql).await;
}
