//! Receiving for another place, and handing over with a receipt on both sides.

use evidence::canonical::{Salt, canonical_value, commitment};
use kernel::{Id, Moment, Text};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use store::{CommitError, Conflict, Fault, Leaf, Store, Unit};

use super::decide::{Leg, Mode, Side, Step};
use super::record::{self, ERRAND, Errand};
use crate::access::{Actor, PersonActor, Place, Right, mask_name};
use crate::approval::{self, ApprovalError, Case, Desk, PartFiling};
use crate::catalog::FieldError;

/// How often a filing is tried again when the facts it stood on changed under it.
const TRIES: usize = 3;
/// The longest note of a parcel; characters.
const PARCEL_MOST: usize = 100;

/// What a clerk takes in for another place.
#[derive(Debug, Clone, Copy)]
pub struct Receive<'a> {
    /// The agency whose counter this is.
    pub at: &'a str,
    /// The applicant who stands there, recognised by the clerk.
    pub person: &'a PersonActor,
    /// The item.
    pub item: &'a str,
    /// The form.
    pub form: &'a Map<String, Json>,
    /// How the places work together.
    pub mode: Mode,
    /// Idempotency key.
    pub key: &'a str,
}

/// Takes an application in for another place: the case bears this agency as the receiving one, and is decided where the law
/// says. Both names stand in its record.
///
/// # Errors
/// [`ApprovalError::Forbidden`] where the clerk's post does not receive at this agency, or where this place decides it
/// itself; else as filing a case.
pub async fn receive(desk: &Desk<'_>, officer: &Actor, asked: &Receive<'_>) -> Result<(Case, Errand), ApprovalError> {
    let agency = desk.catalog.agency(asked.at).ok_or(ApprovalError::NotFound)?;
    let region = agency.region.map(|r| r.to_string()).unwrap_or_default();
    let here = Place { agency: asked.at, region: &region, item: asked.item };
    let forbidden = |zh: &str, en: &str| ApprovalError::Forbidden(Text::new(zh, en));
    if !officer.allow(Right::HandleCase, &here) {
        return Err(forbidden("您的岗位不在这个机关受理", "your post does not receive at this agency"));
    }
    let account = officer.signature().account.ok_or(ApprovalError::NotFound)?.to_string();
    let hash = request_hash(asked);
    let mut proved = true;
    for _ in 0..TRIES {
        let made = made(desk, officer, (asked, &region), proved).await;
        let (case, errand, unit) = match made {
            Err(ApprovalError::NoEvidence(_)) if proved => {
                proved = false;
                continue;
            }
            made => made?,
        };
        if case.deciding_agency == asked.at {
            return Err(forbidden(
                "本机关就是审批机关，请直接受理",
                "this agency decides it itself: receive it as your own",
            ));
        }
        let unit = unit.once(account.clone(), asked.key, hash.clone(), case.id.to_string());
        match desk.store().commit(unit).await {
            Ok(_) => return Ok((case, errand)),
            Err(CommitError::Conflict(Conflict::Repeated { response })) => return again(desk, &response).await,
            Err(CommitError::Conflict(Conflict::Exists { table: "open_case" })) => {
                let mine = approval::cases_of(desk.store(), asked.person.principal().id).await?;
                if let Some(open) = mine.iter().find(|c| c.item == asked.item && c.state.is_open()) {
                    return Err(ApprovalError::AlreadyOpen { id: open.id, number: open.number.clone() });
                }
            }
            Err(CommitError::Conflict(Conflict::KeyReused)) => return Err(ApprovalError::KeyReused),
            Err(CommitError::Conflict(_)) => {}
            Err(CommitError::NoEvidence { .. }) if proved => proved = false,
            Err(other) => return Err(other.into()),
        }
    }
    Err(ApprovalError::Changed)
}

/// The case made before under the same key.
async fn again(desk: &Desk<'_>, response: &str) -> Result<(Case, Errand), ApprovalError> {
    let id: Id = response.parse().map_err(|_| ApprovalError::NotFound)?;
    let file = approval::story(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    let errand = record::of_case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    Ok((file.case, errand))
}

async fn made(
    desk: &Desk<'_>,
    officer: &Actor,
    (asked, region): (&Receive<'_>, &str),
    proved: bool,
) -> Result<(Case, Errand, Unit), ApprovalError> {
    let filing = PartFiling {
        item: asked.item,
        form: asked.form,
        channel: "elsewhere",
        parent: None,
        receiving: Some(asked.at),
        proved,
        papers: &[],
    };
    let (case, unit) = approval::file_part(desk, asked.person, &filing).await?;
    let (now, by) = (desk.base.now(), officer.signature());
    let errand = Errand {
        shard: case.shard.clone(),
        case: case.id,
        version: 1,
        number: case.number.clone(),
        item: case.item.clone(),
        mode: asked.mode,
        receiving_agency: asked.at.to_owned(),
        receiving_region: region.to_owned(),
        deciding_agency: case.deciding_agency.clone(),
        region: case.region.clone(),
        applicant_mask: mask_name(case.applicant_kind, &case.applicant_name),
        leg: Leg::Received,
        received: (now, by.name.clone()),
        sent: None,
        parcel: None,
        taken: None,
        returned: None,
        delivered: None,
    };
    let unit = unit
        .insert(&ERRAND, errand.values())
        .and(approval::note_event(desk, &case, "received_elsewhere", &by))
        .count(format!("errand/{}/{}", asked.mode.word(), now.date().strftime("%Y-%m")), 1);
    let leaf = leaf(desk, &errand, ("errand.received", now), &json!({ "by": by }))?;
    let unit = if proved { unit.leaf(leaf) } else { approval::owe_leaf(desk, unit, leaf) };
    Ok((case, errand, unit))
}

/// What makes two requests the same.
fn request_hash(asked: &Receive<'_>) -> String {
    let what = (asked.at, asked.item, asked.mode.word(), asked.person.principal().id.to_string(), asked.form);
    // Texts and values of JSON can always be written.
    hex::encode(Sha256::digest(serde_json::to_string(&what).unwrap_or_default()))
}

/// Takes the next step of an errand, in the name of the place whose step it is. `parcel`: how the papers travel.
///
/// # Errors
/// [`ApprovalError::NotFound`] where neither place is the officer's; [`ApprovalError::Forbidden`] where the step is the other
/// place's, or not due yet; [`ApprovalError::Form`] where a parcel is not named.
pub async fn step(
    desk: &Desk<'_>,
    officer: &Actor,
    number: &str,
    (step, parcel): (Step, &str),
) -> Result<Errand, ApprovalError> {
    let mut errand = errand(desk.store(), officer, number).await?;
    let place = match step.side() {
        Side::Receiving => errand.receiving_place(),
        Side::Deciding => errand.deciding_place(),
    };
    let forbidden = |zh: &str, en: &str| ApprovalError::Forbidden(Text::new(zh, en));
    if !officer.allow(Right::HandleCase, &place) {
        return Err(forbidden("这一步由另一地的受理人员办理", "this step is the other place's"));
    }
    let file = approval::story(desk.store(), errand.case).await?.ok_or(ApprovalError::NotFound)?;
    let next = errand.leg.after(errand.mode, step, !file.case.state.is_open());
    errand.leg = next.ok_or_else(|| {
        forbidden("现在还不能办这一步，或者已经办过", "this step is not due yet, or was taken already")
    })?;
    if step == Step::Send && errand.mode == Mode::Forward {
        errand.parcel = Some(named(parcel)?);
    }
    let (now, by, version) = (desk.base.now(), officer.signature(), errand.version);
    let receipt = Some((now, by.name.clone()));
    let kind = match step {
        Step::Send => {
            errand.sent = receipt;
            "errand.sent"
        }
        Step::Take => {
            errand.taken = receipt;
            "errand.taken"
        }
        Step::Return => {
            errand.returned = receipt;
            "errand.returned"
        }
        Step::Deliver => {
            errand.delivered = receipt;
            "errand.delivered"
        }
    };
    let unit = desk.base.unit().update(&ERRAND, errand.key(), version, errand.changes());
    let unit = unit.leaf(leaf(desk, &errand, (kind, now), &json!({ "by": by, "parcel": errand.parcel }))?);
    desk.store().commit(unit).await?;
    errand.version = version + 1;
    Ok(errand)
}

fn named(parcel: &str) -> Result<String, ApprovalError> {
    let parcel = parcel.trim();
    if (1..=PARCEL_MOST).contains(&parcel.chars().count()) {
        return Ok(parcel.to_owned());
    }
    let message = Text::new("请写明邮寄单号或者传送方式", "name the parcel, or how the papers travel");
    Err(ApprovalError::Form(vec![FieldError { pointer: "/parcel".into(), code: "required".into(), message }]))
}

/// An errand by the number of its case, for an officer of one of its places; anybody else does not find it.
///
/// # Errors
/// [`ApprovalError::NotFound`].
pub async fn errand(store: &Store, officer: &Actor, number: &str) -> Result<Errand, ApprovalError> {
    let errand = record::by_number(store, number).await?.ok_or(ApprovalError::NotFound)?;
    let sees = |place: &Place<'_>| officer.allow(Right::ViewCase, place);
    let may = sees(&errand.receiving_place()) || sees(&errand.deciding_place());
    if may { Ok(errand) } else { Err(ApprovalError::NotFound) }
}

/// The errands under way at an officer's places, with the states of their cases.
///
/// # Errors
/// A fault of the database.
pub async fn errands_for(store: &Store, account: Id) -> Result<Vec<(Errand, approval::State)>, Fault> {
    let mut found = Vec::new();
    for errand in record::under_way(store, account).await? {
        if let Some(file) = approval::story(store, errand.case).await? {
            found.push((errand, file.case.state));
        }
    }
    Ok(found)
}

/// What the log keeps of a step: the two places, and nothing that names a person.
fn leaf(desk: &Desk<'_>, errand: &Errand, (kind, at): (&'static str, Moment), private: &Json) -> Result<Leaf, Fault> {
    let canonical =
        |body: &Json| canonical_value(body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")));
    let salt = Salt::generate(desk.base.entropy);
    let kept = commitment(&salt, canonical(private)?.as_bytes()).to_string();
    let body = json!({
        "schema": 1, "kind": kind, "case": errand.case.to_string(), "number": errand.number, "item": errand.item,
        "mode": errand.mode.word(), "receiving_agency": errand.receiving_agency,
        "deciding_agency": errand.deciding_agency, "region": errand.region, "act": { "at": at }, "commitment": kept,
    });
    Ok(Leaf { subject: errand.case, kind, bytes: canonical(&body)?.into_bytes() })
}
