//! A licence that was granted on a false promise is annulled (撤销): the holder is told and heard, somebody else decides, and with
//! the decision the licence, the registers, the bars and the duties follow in one unit.

mod record;

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::canonical::{Salt, commitment};
use kernel::{Id, Moment};
use serde_json::{Map, Value as Json, json};
use store::{Fault, Leaf, Store, Unit};

use super::decide::{end_far_ahead, end_of};
use super::error::SupervisionError;
use super::inspect::{number, terms};
use super::inspection::record::inspection_by_id;
use super::inspection::{Inspection, InspectionState};
use super::ledger::{self, canonical};
use super::record::{DUTY, Duty, DutyState, duties_of};
use super::terms::Terms;
use super::{clock, told};
use crate::access::{Actor, MandateAct, PartyKind, Place, Right, Signature, mask_name};
use crate::approval::{self, Case, Desk};
use crate::catalog::{Answer, Effect, RegisterWrite, Setting, SubjectKey};
use crate::credit::{self, NewEvent};
use crate::licence::{self, Licence, Status};
use crate::message;
use crate::powers::{Act, ActKind, Command, Hand, Run, RunFile, Values, Who, act_values, decide};
use crate::register::{self, FieldType, Looks, Purpose, Viewer};

use record::{ANNULMENT, ANNULMENT_ACT};
pub use record::{Annulment, annulments_for, annulments_of};

/// What the duty to look at a holder's other licences is called.
pub const RECHECK: &str = "licence_recheck";

/// An annulment as its readers see it.
#[derive(Debug, Clone)]
pub struct AnnulmentFile {
    /// The annulment.
    pub annulment: Annulment,
    /// The same as a run of its flow, with what happened and what the reader may do.
    pub file: RunFile,
    /// Whether the reader is the holder, or acts for him.
    pub is_holder: bool,
}

/// The rows by which the annulment of a licence begins, after a failed inspection: where it was granted on a commitment, is in
/// force, and none is under way. Anything else is for the powers of the agency.
pub(super) async fn opened(
    desk: &Desk<'_>,
    terms: &Terms,
    (inspection, case): (&Inspection, &Case),
) -> Result<Unit, SupervisionError> {
    let unit = desk.base.unit();
    let Some(licence) = inspection.licence_id else { return Ok(unit) };
    let item = desk.catalog.item_version(&case.item, &case.item_version);
    let committed = item.is_some_and(|item| case.form.as_object().is_some_and(|form| item.is_committed(form)));
    let held = licence::by_id(desk.store(), licence).await?;
    let in_force = held.is_some_and(|held| held.status == Status::Valid);
    let under_way = record::annulments_of(desk.store(), case.id).await?.iter().any(|a| a.is_open);
    if !committed || !in_force || under_way {
        return Ok(unit);
    }
    let (id, now) = (desk.base.id(), desk.base.now());
    let annulment = Annulment {
        shard: case.shard.clone(),
        id,
        version: 1,
        number: number(&terms.flow.prefix, now, id),
        inspection: inspection.id,
        case_id: case.id,
        licence_id: licence,
        holder: case.applicant,
        party: case.applicant_name.clone(),
        party_kind: match case.applicant_kind {
            PartyKind::Person => "person".to_owned(),
            PartyKind::Company => "organisation".to_owned(),
        },
        agency: inspection.granting.clone(),
        region: case.region.clone(),
        item: case.item.clone(),
        flow: terms.flow.as_ref().clone(),
        state: terms.flow.first().to_owned(),
        is_open: true,
        opened_at: now,
        changed_at: now,
    };
    let act = Act {
        kind: ActKind::Opened,
        step: String::new(),
        state: annulment.state.clone(),
        at: now,
        by: String::new(),
        by_name: Actor::Machine.signature().name,
        second: None,
        values: Values::new(),
    };
    Ok(written(desk, unit.insert(&ANNULMENT, annulment.values()?), &annulment, (0, &act))?)
}

/// An annulment for an officer of the agency that granted, or for the holder; for anybody else it is not found.
///
/// # Errors
/// [`SupervisionError::NotFound`].
pub async fn annulment_file(
    store: &Store,
    actor: &Actor,
    (number, now): (&str, Moment),
) -> Result<AnnulmentFile, SupervisionError> {
    let (annulment, acts) = record::with_acts(store, number).await?.ok_or(SupervisionError::NotFound)?;
    let place = Place { agency: &annulment.agency, region: &annulment.region, item: &annulment.item };
    let is_holder = actor.may_act_for(annulment.holder, MandateAct::View, Some(&annulment.item), now.date());
    // What the holder has not been told yet is not his to read.
    let shown = is_holder && annulment.state != annulment.flow.first();
    if !actor.allow(Right::ViewCase, &place) && !shown {
        return Err(SupervisionError::NotFound);
    }
    let speaks = actor.may_act_for(annulment.holder, MandateAct::File, Some(&annulment.item), now.date());
    let signature = actor.signature();
    let hand = Hand {
        account: signature.account.map(|id| id.to_string()).unwrap_or_default(),
        name: signature.name,
        handles: speaks || actor.allow(Right::HandleCase, &place),
        decides: actor.allow(Right::DecideCase, &place),
        is_party: false,
    };
    let file = RunFile { run: as_run(&annulment), flow: Arc::new(annulment.flow.clone()), acts, hand };
    Ok(AnnulmentFile { annulment, file, is_holder })
}

/// The same as a run of a power, for what reads those.
fn as_run(annulment: &Annulment) -> Run {
    Run {
        shard: annulment.shard.clone(),
        id: annulment.id,
        version: annulment.version,
        number: annulment.number.clone(),
        list_id: annulment.id,
        code: annulment.item.clone(),
        name: annulment.flow.name.zh.clone(),
        kind: annulment.flow.kind.clone(),
        flow_hash: String::new(),
        agency: annulment.agency.clone(),
        region: annulment.region.clone(),
        party: annulment.party.clone(),
        party_kind: annulment.party_kind.clone(),
        state: annulment.state.clone(),
        is_open: annulment.is_open,
        opened_at: annulment.opened_at,
        changed_at: annulment.changed_at,
    }
}

/// Takes a step of an annulment. The holder speaks for himself: he answers, asks for a hearing or waives it.
///
/// # Errors
/// [`SupervisionError::Refused`] with everything that hinders it; [`SupervisionError::NotAllowed`] where the inspection it rests
/// on was objected to; [`SupervisionError::Changed`] where it moved meanwhile.
pub async fn proceed(
    desk: &Desk<'_>,
    actor: &Actor,
    (number, version, command): (&str, i64, Command<'_>),
) -> Result<Annulment, SupervisionError> {
    let now = desk.base.now();
    let AnnulmentFile { mut annulment, file, is_holder } = annulment_file(desk.store(), actor, (number, now)).await?;
    if annulment.version != version {
        return Err(SupervisionError::Changed);
    }
    let own_step = |id: &str| file.flow.step(id).is_some_and(|step| step.who == Who::Party);
    if is_holder && actor.staff().is_none() && !matches!(command, Command::Take { step, .. } if own_step(step)) {
        return Err(SupervisionError::forbidden("这一步由机关办理", "the agency takes this step"));
    }
    let act = decide(&file.situation(now, desk.catalog.calendar()), &file.hand, command);
    let act = act.map_err(SupervisionError::Refused)?;
    let seq = i64::try_from(file.acts.len()).unwrap_or(i64::MAX);
    annulment.state.clone_from(&act.state);
    annulment.is_open = !file.flow.is_end(&act.state);
    annulment.changed_at = now;
    let changes =
        vec![("state", (&annulment.state).into()), ("is_open", annulment.is_open.into()), ("changed_at", now.into())];
    let key = vec![(&annulment.shard).into(), annulment.id.into()];
    let unit = desk.base.unit().update(&ANNULMENT, key, version, changes);
    let mut unit = written(desk, unit, &annulment, (seq, &act))?;
    if act.kind == ActKind::Taken && act.step == "annul" {
        unit = unit.and(consequences(desk, (&annulment, &file), &actor.signature()).await?);
    }
    if act.kind == ActKind::Taken {
        let words = act.values.get("facts").or_else(|| act.values.get("reasons")).map_or("", String::as_str);
        let message = told::annulment(desk, &annulment, (said_of(&act), words));
        unit = message.iter().fold(unit, message::add);
    }
    desk.store().commit(unit).await?;
    annulment.version += 1;
    Ok(annulment)
}

/// Which steps the holder is told of: those by which he is told, and those that end it.
fn said_of(act: &Act) -> &str {
    match act.step.as_str() {
        "tell" => "told",
        "annul" | "keep" => &act.state,
        _ => "",
    }
}

/// Everything that follows from annulling: the licence and its place on the status list, what the registers say, bars with their
/// basis, duties that have nothing to look after any more, and the holder's other licences, at which somebody looks.
async fn consequences(
    desk: &Desk<'_>,
    (annulment, file): (&Annulment, &RunFile),
    by: &Signature,
) -> Result<Unit, SupervisionError> {
    rests_on_something(desk, annulment).await?;
    let (store, now) = (desk.store(), desk.base.now());
    let held = licence::by_id(store, annulment.licence_id).await?.ok_or(SupervisionError::NotFound)?;
    if held.status != Status::Valid {
        return Err(SupervisionError::not_allowed(
            "许可已经不在有效状态（例如已延续换证或注销），请先核对",
            "the licence is no longer in force (renewed or struck off, say): look first",
        ));
    }
    let case = approval::story(store, annulment.case_id).await?.ok_or(SupervisionError::NotFound)?.case;
    let ground = file.situation(now, desk.catalog.calendar()).value("ground").unwrap_or_default().to_owned();
    let mut unit = licence_annulled(desk, &held, &annulment.number).await?;
    unit = unit.and(registers(desk, (annulment, &held, &case), &ground).await?);
    for mut duty in duties_of(store, case.id).await?.into_iter().filter(|duty| duty.state.is_open()) {
        unit = unit.and(ledger::ended(&desk.base, desk.catalog, &mut duty, (by, &annulment.number))?);
    }
    unit = unit.and(others(desk, (annulment, &held), by).await?);
    if ground != "agency_fault" {
        let event = NewEvent {
            party: annulment.holder,
            kind: &ground,
            item: &annulment.item,
            agency: &annulment.agency,
            region: &annulment.region,
            origin: annulment.id,
            number: &annulment.number,
        };
        unit = unit.and(credit::recorded(&desk.base, &event)?);
    }
    let detail = json!({ "number": annulment.number, "ground": ground });
    Ok(unit.and(approval::note_told(desk, &case, ("licence_annulled", detail), by)))
}

/// The inspection it rests on stands, and no objection to it waits.
async fn rests_on_something(desk: &Desk<'_>, annulment: &Annulment) -> Result<(), SupervisionError> {
    let inspection = inspection_by_id(desk.store(), annulment.inspection).await?;
    let inspection = inspection.ok_or(SupervisionError::NotFound)?;
    if inspection.state == InspectionState::SetAside || inspection.appeal_is_open() {
        return Err(SupervisionError::not_allowed(
            "所依据的检查有异议待答复，或者已被撤回，不能撤销许可",
            "an objection to the inspection waits, or it was taken back: the licence cannot be annulled on it",
        ));
    }
    Ok(())
}

/// The licence itself, with its leaf: the seam to the room `licence`.
async fn licence_annulled(desk: &Desk<'_>, held: &Licence, why: &str) -> Result<Unit, SupervisionError> {
    let (now, core) = (desk.base.now(), licence::core_of(desk.store(), held).await?);
    let place = core.map(|(place, _)| place);
    let body = json!({
        "schema": 1, "kind": "licence.annulled", "code": held.code, "item": held.item, "agency": held.agency,
        "region": held.region, "at": now, "why": why,
    });
    let leaf = Leaf { subject: held.id, kind: "licence.annulled", bytes: canonical(&body)?.into_bytes() };
    Ok(licence::annul(&desk.base, (held, place), (now, why)).leaf(leaf))
}

/// What the registers say from now on: the record that the grant wrote, and the bars.
async fn registers(
    desk: &Desk<'_>,
    (annulment, held, case): (&Annulment, &Licence, &Case),
    ground: &str,
) -> Result<Unit, SupervisionError> {
    let terms = terms(desk)?;
    let item = desk.catalog.item_version(&case.item, &case.item_version);
    let effects = item.as_ref().map(|item| item.effects.as_slice()).unwrap_or_default();
    let granted: Vec<(String, String)> = effects.iter().filter_map(|effect| recorded(desk, effect, case)).collect();
    let bars: Vec<_> = terms.bars(&case.item, ground).collect();
    let barred = bars.iter().map(|bar| (bar.register.clone(), case.applicant_code.clone()));
    let mut asks: Vec<(String, String)> = granted.iter().cloned().chain(barred).collect();
    asks.sort();
    asks.dedup();
    let looks = look(desk, case, &asks).await?;
    let mut writes: BTreeMap<(String, String), Map<String, Json>> = BTreeMap::new();
    for (register, subject) in granted {
        // A record that speaks of another licence by now stays as it is.
        let number = body(&looks, &register, &subject).and_then(|record| record.get("number")).and_then(Json::as_str);
        if number.is_none_or(|number| number == held.serial()) {
            let fields = Map::from_iter([("status".to_owned(), Json::from("annulled"))]);
            writes.insert((register, subject), fields);
        }
    }
    let today = desk.base.now().date();
    for bar in bars {
        let key = (bar.register.clone(), case.applicant_code.clone());
        let before = writes.get(&key).or_else(|| body(&looks, &key.0, &key.1));
        let record = bar.record(before, (&case.applicant_name, today));
        writes.insert(key, record);
    }
    let mut unit = looks.log(&desk.base, desk.base.unit());
    for ((register, subject), fields) in writes {
        let write = RegisterWrite { register, subject, fields };
        let change = looks.change(&desk.base, desk.registers, (&write, &annulment.number));
        unit = unit.and(change.map_err(|e| Fault::Misuse(format!("annulment {}: {e}", annulment.number)))?);
    }
    Ok(unit)
}

/// The record a grant wrote as valid, where its register knows the word for annulled.
fn recorded(desk: &Desk<'_>, effect: &Effect, case: &Case) -> Option<(String, String)> {
    let wrote = effect.set.iter().any(|(field, from)| {
        field == "status" && matches!(from, Setting::Constant(value) if value.as_str() == Some("valid"))
    });
    let field = desk.registers.get(&effect.register)?.field("status")?;
    let FieldType::Choice { choices } = &field.kind else { return None };
    let knows = choices.iter().any(|choice| choice.id == "annulled");
    let subject = match &effect.subject {
        SubjectKey::Applicant => case.applicant_code.clone(),
        SubjectKey::Form(field) => case.form.get(field)?.as_str()?.to_owned(),
    };
    (wrote && knows).then(|| (effect.register.clone(), subject))
}

async fn look(desk: &Desk<'_>, case: &Case, asks: &[(String, String)]) -> Result<Looks, Fault> {
    let mut parties: Vec<&str> = asks.iter().map(|(_, subject)| subject.as_str()).collect();
    parties.dedup();
    let place = Place { agency: &case.deciding_agency, region: &case.region, item: &case.item };
    let purpose = Purpose::Case { case: case.id, number: &case.number, place, parties: &parties };
    let viewer = Viewer { actor: &Actor::Machine, purpose };
    register::read(&desk.base, desk.registers, &viewer, asks).await
}

fn body<'a>(looks: &'a Looks, register: &str, subject: &str) -> Option<&'a Map<String, Json>> {
    let found = looks.readings.iter().find(|r| r.register == register && r.subject == subject)?;
    match &found.answer {
        Answer::Record { body, .. } => Some(body),
        _ => None,
    }
}

/// The duty to look at each other licence the holder has.
async fn others(
    desk: &Desk<'_>,
    (annulment, held): (&Annulment, &Licence),
    by: &Signature,
) -> Result<Unit, SupervisionError> {
    let terms = terms(desk)?;
    let mut unit = desk.base.unit();
    let all = licence::held_by(desk.store(), annulment.holder).await?;
    for other in all.into_iter().filter(|other| other.id != held.id && other.status == Status::Valid) {
        let Some(file) = approval::story(desk.store(), other.case_id).await? else { continue };
        let watched = duties_of(desk.store(), other.case_id).await?;
        let agency = watched.first().map_or(&other.agency, |duty| &duty.agency);
        let duty = recheck(desk, &terms, (&other, &file.case, agency), annulment);
        unit = unit.insert(&DUTY, duty.values()).count(format!("duty/{}/{}", duty.agency, duty.kind), 1);
        let detail = json!({ "number": annulment.number });
        unit = unit.and(approval::note_told(desk, &file.case, ("recheck_ordered", detail), by));
    }
    Ok(unit)
}

fn recheck(
    desk: &Desk<'_>,
    terms: &Terms,
    (other, case, agency): (&Licence, &Case, &str),
    annulment: &Annulment,
) -> Duty {
    let (now, calendar, rules) = (desk.base.now(), desk.catalog.calendar(), &terms.rules.recheck);
    let mut duty = Duty {
        shard: case.shard.clone(),
        id: desk.base.id(),
        version: 1,
        case_id: case.id,
        case_number: case.number.clone(),
        licence_id: Some(other.id),
        item: case.item.clone(),
        kind: RECHECK.to_owned(),
        subject_name: mask_name(case.applicant_kind, &case.applicant_name),
        agency: agency.to_owned(),
        region: case.region.clone(),
        what: json!(rules.what),
        basis: annulment.number.clone(),
        grade: rules.grade.letter().to_owned(),
        state: DutyState::Pushed,
        born_at: now,
        push_due_at: now,
        claim_due_at: end_of(&rules.claim, now, calendar),
        action_due_at: end_far_ahead(&rules.first_action, now, calendar),
        granting_agency: Some(case.answering_agency().to_owned()),
        rule: None,
        item_version: None,
        claimed_at: None,
        claimed_by: None,
        claimed_name: None,
        acted_at: None,
        feedback_due_at: None,
        ended_at: None,
        feedback: None,
        next_at: None,
    };
    duty.next_at = clock::next(&duty, desk.catalog, now);
    duty
}

/// The row and the leaf of an act.
fn written(desk: &Desk<'_>, unit: Unit, annulment: &Annulment, (seq, act): (i64, &Act)) -> Result<Unit, Fault> {
    let salt = Salt::generate(desk.base.entropy);
    let second = act.second.as_ref().map(|(_, name)| name);
    let private = json!({ "by": act.by_name, "second": second, "party": annulment.party, "values": act.values });
    let body = json!({
        "schema": 1, "kind": LEAF, "annulment": annulment.id.to_string(), "number": annulment.number,
        "item": annulment.item, "agency": annulment.agency, "region": annulment.region, "seq": seq,
        "act": act.kind.word(), "step": act.step, "state": act.state, "at": act.at.to_string(),
        "commitment": commitment(&salt, canonical(&private)?.as_bytes()).to_string(),
    });
    let leaf = Leaf { subject: annulment.id, kind: LEAF, bytes: canonical(&body)?.into_bytes() };
    Ok(unit.insert(&ANNULMENT_ACT, act_values((&annulment.shard, annulment.id, seq), (act, salt.bytes()))?).leaf(leaf))
}

const LEAF: &str = "annulment.act";

/// What a reader of a case learns of its annulment: number and state, where there is one.
///
/// # Errors
/// A fault of the database.
pub async fn annulment_of(store: &Store, case: Id) -> Result<Option<Annulment>, Fault> {
    Ok(record::annulments_of(store, case).await?.into_iter().next_back())
}
