//! The switch of an item: its rules decide nothing from the next run on, until they are switched on again. Everybody reads why.

use evidence::canonical::canonical_value;
use kernel::Text;
use serde_json::{Value as Json, json};
use store::{Fault, Leaf};

use super::bench::Bench;
use super::decide;
use super::error::WorkshopError;
use crate::access::Right;
use crate::catalog::{FieldError, Stop, lift_rows, stop_rows, stopped, stops};

const STOPPED: &str = "rules.stopped";
const LIFTED: &str = "rules.lifted";

/// Switches an item's rules off. Whoever leads the office may, too: at night a bad rule cannot wait for a lawyer.
///
/// # Errors
/// [`WorkshopError::Form`] without a reason in Chinese (the English one may be left out); [`WorkshopError::Hindered`] where they
/// are off already.
pub async fn stop(bench: &Bench<'_>, item: &str, (zh, en): (&str, &str)) -> Result<(), WorkshopError> {
    let newest = bench.catalog.versions_of(item).last().cloned().ok_or(WorkshopError::NotFound)?;
    let (agency, region) = bench.place(&newest);
    let place = (agency.as_str(), region.as_str(), item);
    if !bench.may(Right::Lead, place) {
        bench.must_approve(place)?;
    }
    let officer = bench.officer()?;
    let reason = reason(zh, en)?;
    let store = bench.desk.store();
    if stopped(store, item).await?.is_some() {
        return Err(WorkshopError::hindered("已经暂停", "they are switched off already"));
    }
    let base = &bench.desk.base;
    let before = stops(store).await?.into_iter().find(|stop| stop.item == item && stop.shard == base.shard);
    let now = base.now();
    let body = json!({
        "schema": 1, "kind": STOPPED, "at": now, "item": item, "by": officer.name, "reason": reason,
    });
    let rows = stop_rows(base.shard, item, (&reason, &officer.name, now), before.as_ref());
    commit(bench, rows, (STOPPED, &body)).await
}

fn reason(zh: &str, en: &str) -> Result<Text, WorkshopError> {
    let zh = decide::reason("/reason", zh);
    let en = if en.trim().is_empty() { Ok(String::new()) } else { decide::reason("/reason_en", en) };
    match (zh, en) {
        (Ok(zh), Ok(en)) => Ok(Text { zh, en }),
        (zh, en) => {
            let wrong: Vec<FieldError> = [zh.err(), en.err()].into_iter().flatten().collect();
            Err(WorkshopError::Form(wrong))
        }
    }
}

/// Switches an item's rules on again.
///
/// # Errors
/// [`WorkshopError::Forbidden`] for who approves no rules of it; [`WorkshopError::Hindered`] where they are on.
pub async fn lift(bench: &Bench<'_>, item: &str, why: &str) -> Result<(), WorkshopError> {
    let newest = bench.item(item)?;
    let (agency, region) = bench.place(&newest);
    bench.must_approve((&agency, &region, item))?;
    let officer = bench.officer()?;
    let why = decide::reason("/why", why).map_err(|e| WorkshopError::Form(vec![e]))?;
    let on = || WorkshopError::hindered("没有暂停", "they are not switched off");
    let stop: Stop = stopped(bench.desk.store(), item).await?.ok_or_else(on)?;
    let now = bench.desk.base.now();
    let body = json!({ "schema": 1, "kind": LIFTED, "at": now, "item": item, "by": officer.name, "why": why });
    commit(bench, lift_rows(&stop, (&why, &officer.name, now)), (LIFTED, &body)).await
}

async fn commit(
    bench: &Bench<'_>,
    rows: store::Unit,
    (kind, body): (&'static str, &Json),
) -> Result<(), WorkshopError> {
    let bytes = canonical_value(body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))?;
    let base = &bench.desk.base;
    let leaf = Leaf { subject: base.id(), kind, bytes: bytes.into_bytes() };
    base.store.commit(base.unit().and(rows).leaf(leaf)).await?;
    Ok(())
}
