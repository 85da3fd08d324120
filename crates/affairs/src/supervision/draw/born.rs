//! What is born of a result: an inspection of each live licence of whoever was drawn, with the officers who were drawn. Whoever must
//! stay away by now is stood in for by the seed; a target that has ceased stays in the result with that remark.

use std::collections::{BTreeMap, BTreeSet};

use evidence::draw::{Pair, Seed, stand_ins};
use kernel::Id;
use store::{Fault, Unit};

use super::super::error::SupervisionError;
use super::super::inspect::{Source, acted, fresh, no_checklist, terms, visit};
use super::super::inspection::InspectionSource;
use super::super::inspection::record::INSPECTION;
use super::super::record::by_id;
use super::officer::Enforcer;
use super::pool::{dropped, fit, grants_of};
use super::record::{Draw, Grant, NOTE, VISITED};
use crate::access::Signature;
use crate::approval::{self, Desk};

/// Something to note in public.
pub(super) struct Noted<'a> {
    pub(super) kind: &'static str,
    pub(super) target: &'a str,
    pub(super) officer: Option<&'a str>,
    pub(super) stand_in: Option<&'a str>,
    pub(super) note: &'a str,
}

/// The row of a public note.
pub(super) fn note(desk: &Desk<'_>, draw: &Draw, noted: &Noted<'_>, by: &str) -> Unit {
    let row = vec![
        (&draw.shard).into(),
        draw.id.into(),
        desk.base.id().into(),
        noted.kind.into(),
        noted.target.into(),
        noted.officer.into(),
        noted.stand_in.into(),
        noted.note.into(),
        by.into(),
        desk.base.now().into(),
    ];
    desk.base.unit().insert(&NOTE, row)
}

/// The inspections of a result, and what is noted with it.
pub(super) async fn inspections(
    desk: &Desk<'_>,
    (draw, seed): (&Draw, &Seed),
    by: &Signature,
) -> Result<Unit, SupervisionError> {
    let holder = |pair: &Pair| draw.holders.get(&pair.target).map(|holder| holder.party);
    let parties: BTreeSet<Id> = draw.pairs.iter().filter_map(holder).collect();
    let grants = grants_of(desk, draw, &parties).await?;
    let fit = fit(desk, draw, desk.base.now().date()).await?;
    let mut unit = desk.base.unit();
    for pair in &draw.pairs {
        let party = holder(pair);
        let own: Vec<&Grant> = grants.iter().filter(|grant| Some(grant.party) == party).collect();
        if own.is_empty() {
            let words = "公布结果时已没有有效的许可，留在结果中，不另抽 / no licence in force any more; not replaced";
            let noted = Noted { kind: "ceased", target: &pair.target, officer: None, stand_in: None, note: words };
            unit = unit.and(note(desk, draw, &noted, &by.name));
            continue;
        }
        let (officers, noted) = who_goes(desk, (draw, seed), (pair, &own), (&fit, &by.name)).await?;
        unit = unit.and(noted);
        if let [lead, second, ..] = officers.as_slice() {
            unit = unit.and(planned(desk, draw, (pair, &own), (lead, second), by).await?);
        }
    }
    Ok(unit)
}

/// The drawn officers, or who stands in for them; with what is noted of that.
async fn who_goes<'a>(
    desk: &Desk<'_>,
    (draw, seed): (&Draw, &Seed),
    (pair, own): (&Pair, &[&Grant]),
    (fit, by): (&'a [Enforcer], &str),
) -> Result<(Vec<&'a Enforcer>, Unit), Fault> {
    let waiting = stand_ins(draw.listed()?, seed, pair);
    let all: Vec<String> = pair.officers.iter().chain(&waiting).cloned().collect();
    let out = dropped(desk, own, (&all, fit)).await?;
    let mut next = waiting.iter().filter(|number| !out.contains(*number));
    let (mut officers, mut unit) = (Vec::new(), desk.base.unit());
    for number in &pair.officers {
        let goes = if out.contains(number) { next.next() } else { Some(number) };
        if goes != Some(number) {
            let words = "公布结果时须回避或者不能执行 / must stay away, or cannot go, by the time of the result";
            let kind = if goes.is_some() { "stood_in" } else { "nobody" };
            let stand_in = goes.map(String::as_str);
            let noted = Noted { kind, target: &pair.target, officer: Some(number), stand_in, note: words };
            unit = unit.and(note(desk, draw, &noted, by));
        }
        officers.extend(goes.and_then(|number| fit.iter().find(|officer| officer.certificate == *number)));
    }
    Ok((officers, unit))
}

/// One inspection for each live licence; all of them are one visit.
async fn planned(
    desk: &Desk<'_>,
    draw: &Draw,
    (pair, own): (&Pair, &[&Grant]),
    (lead, second): (&Enforcer, &Enforcer),
    by: &Signature,
) -> Result<Unit, SupervisionError> {
    let terms = terms(desk)?;
    let label = format!("{} {}", draw.agency, draw.number.unwrap_or_default());
    let (mut unit, mut visits) = (desk.base.unit(), BTreeMap::new());
    for grant in own {
        let Some(duty) = by_id(desk.store(), grant.duty).await? else { continue };
        let Some(file) = approval::story(desk.store(), grant.case).await? else { continue };
        let checklist = terms.checklist(&grant.item).ok_or_else(no_checklist)?;
        let visit_id = match visits.get(&grant.party) {
            Some(id) => *id,
            None => {
                let (id, joined) = visit(desk, &file.case, draw.visit_on).await?;
                unit = unit.and(joined);
                visits.insert(grant.party, id);
                id
            }
        };
        let source = Source { kind: InspectionSource::Draw, note: &label, recheck_of: None };
        let of = (&duty, &file.case);
        let first = (lead.account, lead.name.as_str());
        let mut inspection = fresh(desk, of, (&terms, checklist), (source, visit_id, draw.visit_on), first);
        inspection.second = Some(second.account);
        inspection.second_name = Some(second.name.clone());
        let row = vec![(&draw.shard).into(), draw.id.into(), inspection.id.into(), (&pair.target).into()];
        unit = unit.insert(&INSPECTION, inspection.values()?).insert(&VISITED, row);
        unit = unit.and(acted(desk, &inspection, ("planned", by, &label))?);
    }
    Ok(unit)
}
