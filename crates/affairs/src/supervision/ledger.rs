//! What is done with duties, told to both sides: the agency that granted told the one that looks (at birth), which claims, acts
//! and tells back. Each is a row, and a leaf that names nobody.

use evidence::canonical::{Salt, canonical_value, commitment};
use kernel::{Id, Moment, Text};
use serde_json::{Value as Json, json};
use store::{Fault, Leaf, Store, Unit};

use super::clock;
use super::decide::feedback_due;
use super::error::SupervisionError;
use super::record::{self, ActLine, DUTY, DUTY_ACT, Duty, DutyState};
use crate::access::tie::{Parties, found};
use crate::access::{self, Actor, Right, Signature};
use crate::approval::{self, Case};
use crate::catalog::{Catalog, FieldError};

/// The shortest sentence that says something, and the longest kept; characters.
const WORDS: std::ops::RangeInclusive<usize> = 4..=2_000;

/// A duty with its ledger.
#[derive(Debug, Clone)]
pub struct DutyFile {
    /// The duty.
    pub duty: Duty,
    /// What was done with it, oldest first.
    pub acts: Vec<ActLine>,
}

/// A duty for an officer of either side; beyond his rights it is not found.
///
/// # Errors
/// [`SupervisionError::NotFound`].
pub async fn duty_file(store: &Store, actor: &Actor, id: Id) -> Result<DutyFile, SupervisionError> {
    let duty = record::by_id(store, id).await?.ok_or(SupervisionError::NotFound)?;
    if !duty.allows(actor, Right::ViewDuty) && !duty.is_of_granting(actor) {
        return Err(SupervisionError::NotFound);
    }
    let acts = record::acts_of(store, id).await?;
    Ok(DutyFile { duty, acts })
}

/// A duty that this officer works off, with its case.
pub(super) async fn worked(
    store: &Store,
    actor: &Actor,
    (id, now): (Id, Moment),
) -> Result<(Duty, Case), SupervisionError> {
    let duty = duty_file(store, actor, id).await?.duty;
    if !duty.allows(actor, Right::HandleDuty) {
        return Err(SupervisionError::forbidden(
            "您的岗位可以查看监管任务，但不能办理，请交由监管人员",
            "your post may see duties but not work them off; an inspector does",
        ));
    }
    let case = approval::story(store, duty.case_id).await?.ok_or(SupervisionError::NotFound)?.case;
    stay_away(store, actor, (&case, now)).await?;
    Ok((duty, case))
}

/// Stops an officer who has an interest in the inspected, and tells him so.
pub(super) async fn stay_away(
    store: &Store,
    actor: &Actor,
    (case, now): (&Case, Moment),
) -> Result<(), SupervisionError> {
    let Some(account) = actor.account() else { return Ok(()) };
    if is_tied(store, account, (case, now)).await? {
        return Err(SupervisionError::forbidden(
            "您与被检查人有利害关系，应当回避，请由其他人员办理",
            "you have an interest in the inspected: stay away, another takes it",
        ));
    }
    Ok(())
}

/// Whether an officer has an interest in whoever holds what this case granted.
pub(super) async fn is_tied(store: &Store, account: Id, (case, now): (&Case, Moment)) -> Result<bool, Fault> {
    let second_party = case.second_party.as_deref();
    let parties = Parties { applicant: &case.applicant_code, second_party, filed_by: case.filed_by };
    Ok(found(store, account, &parties, now.date()).await?.is_some())
}

/// Takes a duty on.
///
/// # Errors
/// [`SupervisionError::NotAllowed`] where somebody has it already; [`SupervisionError::Changed`] where another was first in the
/// same moment; [`SupervisionError::Forbidden`] where the officer may not.
pub async fn claim(
    desk: &access::Desk<'_>,
    catalog: &Catalog,
    actor: &Actor,
    id: Id,
) -> Result<Duty, SupervisionError> {
    let now = desk.now();
    let (mut duty, _) = worked(desk.store, actor, (id, now)).await?;
    if duty.state != DutyState::Pushed {
        let who = duty.claimed_name.clone().unwrap_or_default();
        return Err(SupervisionError::not_allowed(
            format!("这项任务已由{who}认领"),
            format!("this duty was claimed by {who}"),
        ));
    }
    let by = actor.signature();
    duty.state = DutyState::Claimed;
    duty.claimed_at = Some(now);
    duty.claimed_by = by.account;
    duty.claimed_name = Some(by.name.clone());
    let unit = written(desk, catalog, &mut duty, ("claimed", &by, ""))?;
    desk.store.commit(unit).await?;
    duty.version += 1;
    Ok(duty)
}

/// Tells the agency that granted what came of a duty: after somebody looked, or at any time where the duty is a standing watch.
///
/// # Errors
/// As [`claim`]; [`SupervisionError::Form`] where nothing is said.
pub async fn tell_back(
    desk: &access::Desk<'_>,
    catalog: &Catalog,
    actor: &Actor,
    (id, text): (Id, &str),
) -> Result<Duty, SupervisionError> {
    let now = desk.now();
    let (mut duty, _) = worked(desk.store, actor, (id, now)).await?;
    let watch = duty.state == DutyState::Claimed && duty.action_due_at.is_none();
    if duty.state != DutyState::Acted && !watch {
        return Err(SupervisionError::not_allowed(
            "检查以后才能反馈；已反馈的不用再反馈",
            "it is told back after somebody looked, once",
        ));
    }
    let text = said("/feedback", text)?;
    duty.state = DutyState::ToldBack;
    duty.ended_at = Some(now);
    duty.feedback = Some(text.clone());
    let unit = written(desk, catalog, &mut duty, ("told_back", &actor.signature(), &text))?;
    desk.store.commit(unit).await?;
    duty.version += 1;
    Ok(duty)
}

/// A sentence that says something.
pub(super) fn said(pointer: &str, text: &str) -> Result<String, SupervisionError> {
    let text = text.trim().replace("\r\n", "\n");
    if WORDS.contains(&text.chars().count()) && !text.contains('\0') {
        return Ok(text);
    }
    Err(SupervisionError::Form(vec![field(
        pointer,
        "length",
        format!("请写明情况（{} 至 {} 字）", WORDS.start(), WORDS.end()),
        format!("say what it is, in {} to {} characters", WORDS.start(), WORDS.end()),
    )]))
}

pub(super) fn field(pointer: &str, code: &str, zh: impl Into<String>, en: impl Into<String>) -> FieldError {
    FieldError { pointer: pointer.to_owned(), code: code.to_owned(), message: Text::new(zh, en) }
}

/// Somebody looked: the duty's first action, as rows of the act that looked.
pub(super) fn acted(
    desk: &access::Desk<'_>,
    catalog: &Catalog,
    duty: &mut Duty,
    (by, note): (&Signature, &str),
) -> Result<Unit, Fault> {
    let now = desk.now();
    if duty.state == DutyState::Pushed {
        duty.claimed_at = Some(now);
        duty.claimed_by = by.account;
        duty.claimed_name = Some(by.name.clone());
    }
    duty.state = DutyState::Acted;
    duty.acted_at = duty.acted_at.or(Some(now));
    duty.feedback_due_at = feedback_due(duty, catalog, now);
    written(desk, catalog, duty, ("acted", by, note))
}

/// What a duty looked after is no more.
pub(super) fn ended(
    desk: &access::Desk<'_>,
    catalog: &Catalog,
    duty: &mut Duty,
    (by, note): (&Signature, &str),
) -> Result<Unit, Fault> {
    duty.state = DutyState::Ended;
    duty.ended_at = Some(desk.now());
    written(desk, catalog, duty, ("ended", by, note))
}

/// The row as it is now, the line of the ledger and its leaf.
fn written(
    desk: &access::Desk<'_>,
    catalog: &Catalog,
    duty: &mut Duty,
    (kind, by, note): (&'static str, &Signature, &str),
) -> Result<Unit, Fault> {
    let now = desk.now();
    duty.next_at = clock::next(duty, catalog, now);
    let (salt, id) = (Salt::generate(desk.entropy), desk.id());
    let row = vec![
        (&duty.shard).into(),
        id.into(),
        duty.id.into(),
        now.into(),
        kind.into(),
        by.account.into(),
        (&by.name).into(),
        note.into(),
        salt.bytes().to_vec().into(),
    ];
    let private = json!({ "by": by, "note": note });
    let public = json!({
        "schema": 1, "kind": LEAF, "duty": duty.id.to_string(), "item": duty.item, "agency": duty.agency,
        "granting": duty.granting_agency, "region": duty.region, "check": duty.kind, "did": kind, "at": now,
        "commitment": commitment(&salt, canonical(&private)?.as_bytes()).to_string(),
    });
    let leaf = Leaf { subject: duty.id, kind: LEAF, bytes: canonical(&public)?.into_bytes() };
    Ok(desk.unit().update(&DUTY, duty.key(), duty.version, duty.changes()).insert(&DUTY_ACT, row).leaf(leaf))
}

const LEAF: &str = "duty.act";

pub(super) fn canonical(body: &Json) -> Result<String, Fault> {
    canonical_value(body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))
}
