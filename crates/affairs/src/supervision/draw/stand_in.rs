//! An officer drops out after the draw. Nobody chooses a successor: the seed names them in order (`docs/draw.md`), and it is noted in
//! public who went instead, and why.

use std::collections::BTreeSet;

use evidence::draw::{DrawFile, Pair, Seed, Trusted, stand_ins};
use kernel::Id;
use serde_json::json;
use store::{Fault, Leaf};

use super::super::error::SupervisionError;
use super::super::inspect::{acted, changed};
use super::super::inspection::{Inspection, InspectionState};
use super::super::ledger::{canonical, said};
use super::born::{Noted, note as noted_row};
use super::officer::Enforcer;
use super::pool::{dropped, fit, grants_of};
use super::record::{self, Draw, DrawState};
use super::reveal::published;
use crate::access::{Actor, Right};
use crate::approval::Desk;

/// Who drops out where.
#[derive(Clone, Copy, Debug)]
pub struct StandIn<'a> {
    /// The target.
    pub target: &'a str,
    /// The officer's certificate.
    pub officer: &'a str,
    /// Why; public.
    pub why: &'a str,
}

/// Takes an officer off a visit; the next of the seed's order goes. Where nobody is left, the visit is called off. Gives who goes.
///
/// # Errors
/// [`SupervisionError::NotAllowed`] where the visit was recorded already; [`SupervisionError::Forbidden`] for whoever is neither that
/// officer nor leads the agency.
pub async fn stand_in(
    desk: &Desk<'_>,
    actor: &Actor,
    id: Id,
    new: &StandIn<'_>,
) -> Result<Option<String>, SupervisionError> {
    let draw = record::by_id(desk.store(), id).await?.filter(|draw| draw.allows(actor, Right::ViewDuty));
    let draw = draw.filter(|draw| draw.state == DrawState::Revealed).ok_or(SupervisionError::NotFound)?;
    let pair = draw.pairs.iter().find(|pair| pair.target == new.target).ok_or(SupervisionError::NotFound)?;
    let why = said("/why", new.why)?;
    let officers = fit(desk, &draw, desk.base.now().date()).await?;
    let all = super::enforcers(desk.store(), &draw.agency).await?;
    let leaving = all.iter().find(|officer| officer.certificate == new.officer).ok_or(SupervisionError::NotFound)?;
    if !draw.is_led_by(actor) && actor.account() != Some(leaving.account) {
        return Err(SupervisionError::forbidden("由本人或者负责人提出", "the officer himself or the head says so"));
    }
    let planned = planned(desk, (&draw, new.target), leaving.account).await?;
    let next = next(desk, (&draw, pair), (leaving, &all, &officers), &planned).await?;
    let by = actor.signature();
    let kind = if next.is_some() { "stood_in" } else { "nobody" };
    let goes = next.map(|officer| officer.certificate.as_str());
    let noted = Noted { kind, target: new.target, officer: Some(new.officer), stand_in: goes, note: &why };
    let body = json!({
        "schema": 1, "kind": KIND, "agency": draw.agency, "number": draw.number, "noted": kind, "target": new.target,
        "officer": new.officer, "stand_in": goes, "at": desk.base.now(),
    });
    let leaf = Leaf { subject: draw.id, kind: KIND, bytes: canonical(&body)?.into_bytes() };
    let mut unit = desk.base.unit().leaf(leaf).and(noted_row(desk, &draw, &noted, &by.name));
    for mut inspection in planned {
        let did = match next {
            Some(officer) => {
                replace(&mut inspection, leaving.account, officer);
                "stood_in"
            }
            None => {
                inspection.state = InspectionState::Ceased;
                "ceased"
            }
        };
        unit = unit.and(changed(desk, &inspection)?).and(acted(desk, &inspection, (did, &by, &why))?);
    }
    desk.store().commit(unit).await?;
    Ok(goes.map(str::to_owned))
}

const KIND: &str = "draw.noted";

/// The visits of a target that are still planned, with this officer among those who go.
async fn planned(
    desk: &Desk<'_>,
    (draw, target): (&Draw, &str),
    leaving: Id,
) -> Result<Vec<Inspection>, SupervisionError> {
    let all = record::visits_of(desk.store(), draw).await?;
    let goes = |i: &Inspection| i.lead == leaving || i.second == Some(leaving);
    let open = |i: &Inspection| i.state == InspectionState::Planned;
    let found: Vec<Inspection> =
        all.into_iter().filter(|(of, i)| of == target && goes(i) && open(i)).map(|(_, i)| i).collect();
    if found.is_empty() {
        return Err(SupervisionError::not_allowed(
            "他没有待检查的这个对象，或者检查已经记录",
            "he is not to go there, or the visit was recorded already",
        ));
    }
    Ok(found)
}

/// The first of the seed's order who goes neither now nor has dropped out, before or by an interest.
async fn next<'a>(
    desk: &Desk<'_>,
    (draw, pair): (&Draw, &Pair),
    (leaving, all, fit): (&Enforcer, &[Enforcer], &'a [Enforcer]),
    planned: &[Inspection],
) -> Result<Option<&'a Enforcer>, SupervisionError> {
    let waiting = stand_ins(draw.listed()?, &seed(draw)?, pair);
    let notes = record::notes_of(desk.store(), draw).await?;
    let gone = notes.into_iter().filter(|note| note.target == pair.target).filter_map(|note| note.officer);
    let mut out: BTreeSet<String> = gone.chain([leaving.certificate.clone()]).collect();
    let going = planned.iter().flat_map(|i| [Some(i.lead), i.second]).flatten();
    let number = |account| all.iter().find(|officer| officer.account == account).map(|o| o.certificate.clone());
    out.extend(going.filter_map(number));
    let parties = draw.holders.get(&pair.target).map(|holder| holder.party).into_iter().collect();
    let grants = grants_of(desk, draw, &parties).await?;
    let own: Vec<_> = grants.iter().collect();
    out.extend(dropped(desk, &own, (&waiting, fit)).await?);
    let next = waiting.iter().find(|number| !out.contains(*number));
    Ok(next.and_then(|number| fit.iter().find(|officer| officer.certificate == *number)))
}

fn replace(inspection: &mut Inspection, leaving: Id, officer: &Enforcer) {
    if inspection.lead == leaving {
        inspection.lead = officer.account;
        inspection.lead_name.clone_from(&officer.name);
    } else {
        inspection.second = Some(officer.account);
        inspection.second_name = Some(officer.name.clone());
    }
}

/// The seed of a revealed draw, as anybody computes it from what was published.
fn seed(draw: &Draw) -> Result<Seed, Fault> {
    let text = published(draw)?.unwrap_or_default();
    let verified = DrawFile::from_bytes(text.as_bytes()).and_then(|file| file.verify(&Trusted::default()));
    verified.map(|verified| verified.seed).map_err(|wrong| Fault::Damaged(format!("a revealed draw: {wrong}")))
}
