//! Filing: from a checked form to a case, and, where nobody has to confirm first, to its outcome in the same act.

use kernel::code::Uscc;
use kernel::{CaseNumber, ItemTag, Moment, RegionCode, Text};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use store::{CommitError, Conflict, Leaf, Unit};

use evidence::canonical::Salt;

use super::attach::Papers;
use super::beside::Beside;
use super::desk::Desk;
use super::draft::Draft;
use super::error::ApprovalError;
use super::record::{self, CASE, Case, OPEN_CASE};
use super::run::{Run, judge, look};
use super::settle::{Maker, Settlement, event, id_of, open_key};
use super::state::State;
use super::waiting::unproved;
use super::{asking, beside, leaf, limits, quota, waiting, words};
use crate::access::{Actor, Assurance, MandateAct, PartyKind, PersonActor, Signature};
use crate::catalog::{
    ApplicantKind, Checked, Consent, FactDesk, FieldError, IdentityLevel, Inputs, Item, Provenance, Reading, Request,
    SecondParty, Speaker, pointer_to, stopped,
};
use crate::message;

/// How often an act is tried again when the facts it stood on changed under it.
const TRIES: usize = 3;

/// An application, as it comes from a page or the API.
#[derive(Debug, Clone)]
pub struct Filing<'a> {
    /// Item id.
    pub item: &'a str,
    /// The form, as typed or as JSON.
    pub form: &'a Map<String, Json>,
    /// `online`, or the kind of the place where it is brought in: `hall`, `station`, `point`.
    pub channel: &'a str,
    /// The draft it was written in, deleted with the filing.
    pub draft: Option<&'a Draft>,
    /// Idempotency key: a repetition is answered with the case that was made, and makes none.
    pub key: &'a str,
}

/// Files an application for the person who acts, or for the principal of the mandate.
///
/// # Errors
/// [`ApprovalError::Form`] with everything to mend at once; [`ApprovalError::AlreadyOpen`] where a case is open already.
pub async fn file(desk: &Desk<'_>, actor: &PersonActor, filing: &Filing<'_>) -> Result<Case, ApprovalError> {
    file_with(desk, actor, filing, None).await
}

/// As [`file`]; what somebody of the staff writes who takes it in for the person goes into the same unit.
///
/// # Errors
/// As [`file`], and what the room above says no with.
pub async fn file_with(
    desk: &Desk<'_>,
    actor: &PersonActor,
    filing: &Filing<'_>,
    beside: Option<&Beside<'_>>,
) -> Result<Case, ApprovalError> {
    let now = desk.base.now();
    let item = desk.catalog.item(filing.item, now.date());
    let item = item.ok_or_else(|| ApprovalError::NotOffered(filing.item.to_owned()))?;
    may_file(actor, &item, now)?;
    let form = checked(&item, actor, filing, &Papers::of(desk, filing.draft).await?)?;
    let request_hash = request_hash(&item, actor, &form);
    let mut proved = true;
    for _ in 0..TRIES {
        let papers = Papers::of(desk, filing.draft).await?;
        let case = fresh(desk, actor, &item, filing.channel, form.clone());
        let begun = match proved {
            true => begun(desk, actor, &item, (case, &papers)).await,
            // Nothing can be signed: the application is taken all the same, and decided later.
            false => unproved::filed(desk, actor, &item, case),
        };
        let (case, unit) = match begun {
            Err(ApprovalError::NoEvidence(_)) if proved => {
                proved = false;
                continue;
            }
            begun => begun?,
        };
        let unit = beside::joined(unit, beside, (&case, proved))?;
        let by = Actor::Person(actor.clone()).signature();
        let unit = papers.hand_in(desk, unit, (&item, &case), (&by, proved))?;
        let unit = if let Some(draft) = filing.draft { sent(&item, draft, unit) } else { unit };
        let account = beside.map_or(actor.account, |b| b.account).to_string();
        let unit = unit.once(account, filing.key, request_hash.clone(), case.id.to_string());
        match desk.store().commit(unit).await {
            Ok(_) => return Ok(case),
            Err(CommitError::Conflict(conflict)) => match answer(desk, actor, &item, conflict).await? {
                Some(case) => return Ok(case),
                None => continue,
            },
            Err(CommitError::NoEvidence { .. }) if proved => proved = false,
            Err(other) => return Err(other.into()),
        }
    }
    Err(ApprovalError::Changed)
}

/// The draft goes with the filing. What was laid into it meanwhile must not be left behind: then it is sent again.
fn sent(item: &Item, draft: &Draft, unit: Unit) -> Unit {
    let unit = if item.uploads().next().is_some() { draft.unchanged(unit) } else { unit };
    draft.remove(unit)
}

/// A case that waits for its second party, or one that is settled at once.
pub(super) async fn begun(
    desk: &Desk<'_>,
    actor: &PersonActor,
    item: &Item,
    (case, papers): (Case, &Papers),
) -> Result<(Case, Unit), ApprovalError> {
    if case.state == State::AwaitingSecondParty && case.second_party.is_some() {
        let unit = asking::ask(desk, item, &case, awaiting(desk, actor, item, &case)?).await?;
        return Ok((case, unit));
    }
    settled_at_once(desk, actor, item, (case, papers)).await
}

/// The case a conflict points to: the one made before under the same key. `None`: look again and decide again.
async fn answer(
    desk: &Desk<'_>,
    actor: &PersonActor,
    item: &Item,
    conflict: Conflict,
) -> Result<Option<Case>, ApprovalError> {
    match conflict {
        Conflict::Repeated { response } => {
            let id = id_of(&response).ok_or(ApprovalError::NotFound)?;
            record::case(desk.store(), id).await?.map(Some).ok_or(ApprovalError::NotFound)
        }
        Conflict::Exists { table: "open_case" } => {
            match record::open_case(desk.store(), actor.principal().id, &item.id).await? {
                Some(open) => Err(ApprovalError::AlreadyOpen { id: open.id, number: open.number }),
                None => Ok(None),
            }
        }
        // The register's state carried a grant in the meantime, or somebody changed what this act stood on.
        // Or somebody drew on the quota first: decided anew with what is left.
        Conflict::Exists { .. } | Conflict::Changed { .. } | Conflict::Missing { .. } | Conflict::Exhausted { .. } => {
            Ok(None)
        }
        other => Err(CommitError::Conflict(other).into()),
    }
}

/// The form's values, tidied, or everything to mend.
fn checked(
    item: &Item,
    actor: &PersonActor,
    filing: &Filing<'_>,
    papers: &Papers,
) -> Result<Map<String, Json>, ApprovalError> {
    let mut checked = check(item, actor, filing.form);
    // What is filed elsewhere than in a draft hands its materials in afterwards.
    if filing.draft.is_some() {
        checked.errors.extend(papers.missing(item));
    }
    if checked.errors.is_empty() { Ok(checked.values) } else { Err(ApprovalError::Form(checked.errors)) }
}

/// Checks a form as filing it would: fields, who may apply, and who may confirm, all at once. Nothing is written.
pub fn check(item: &Item, actor: &PersonActor, form: &Map<String, Json>) -> Checked {
    let principal = actor.principal();
    let mut checked = item.form.check(form);
    if let Some(field) = second_party_field(item) {
        let code = checked.values.get(field).and_then(Json::as_str).unwrap_or_default();
        if !code.is_empty() && (code == principal.code || code == actor.party.code) {
            checked.errors.push(FieldError {
                pointer: pointer_to(field),
                code: "second_party.applicant".into(),
                message: Text::new(
                    "确认方不能是申请人自己，请填写您的执业单位",
                    "the applicant cannot be the party that confirms; give your employer's code",
                ),
            });
        }
    }
    checked
}

fn second_party_field(item: &Item) -> Option<&str> {
    match &item.second_party {
        SecondParty::None => None,
        SecondParty::Employer { field, .. } => Some(field),
    }
}

/// A new case: waiting for the second party where the item has one, else about to be settled.
pub(super) fn fresh(desk: &Desk<'_>, actor: &PersonActor, item: &Item, channel: &str, form: Map<String, Json>) -> Case {
    let now = desk.base.now();
    let id = desk.base.id();
    let applicant = actor.principal();
    let second_party = second_party_field(item)
        .and_then(|field| form.get(field)?.as_str().map(str::to_owned))
        .filter(|code| Uscc::parse(code).is_ok());
    let wait = second_party_until(desk, item, now);
    let waiting = second_party.is_some();
    // Who is responsible as far as the form tells it; what a register knows about the place comes with the run.
    let responsible = desk.catalog.responsible(item, item.place_in_form(&form), now.date());
    Case {
        shard: desk.base.shard.to_owned(),
        id,
        version: 1,
        number: number(item, now, id),
        item: item.id.clone(),
        item_version: item.hash.clone(),
        state: State::AwaitingSecondParty,
        outcome: None,
        applicant: applicant.id,
        applicant_kind: applicant.kind,
        applicant_code: applicant.code.clone(),
        applicant_name: applicant.name.clone(),
        filed_by: actor.account,
        filed_by_name: actor.party.name.clone(),
        mandate: actor.acting_for.as_ref().map(|m| m.id),
        identity_level: actor.assurance.word().to_owned(),
        second_party,
        channel: channel.to_owned(),
        receiving_agency: responsible.receiving,
        deciding_agency: responsible.deciding,
        region: responsible.region,
        form: Json::Object(form),
        filed_at: now,
        received_at: None,
        accepted_at: None,
        decided_at: None,
        closed_at: None,
        second_party_due_at: if waiting { wait } else { None },
        notice_due_at: None,
        correction_due_at: None,
        committed_due_at: None,
        statutory_due_at: None,
        corrections: 0,
        in_name_of: responsible.in_name_of,
        tacit_due_at: None,
        extended_days: None,
        parent: None,
        one_notice_at: None,
        first_agency: None,
    }
}

/// Until when a second party that is asked now may answer.
pub(super) fn second_party_until(desk: &Desk<'_>, item: &Item, now: Moment) -> Option<Moment> {
    match &item.second_party {
        SecondParty::Employer { within, .. } => limits::end_of(within, now, desk.catalog.calendar()).ok(),
        SecondParty::None => None,
    }
}

fn number(item: &Item, now: Moment, id: kernel::Id) -> String {
    let tag = item.implementation_code.as_ref().or(item.catalogue_code.as_ref()).map(ItemTag::of);
    match (tag, item.power.region.parse::<RegionCode>()) {
        (Some(tag), Ok(region)) => CaseNumber::new(region, tag, now.date(), id).to_string(),
        // The lint refuses an item without code or region; an id is still a number somebody can read aloud.
        _ => id.to_string(),
    }
}

/// The rows of a case that waits for its second party.
fn awaiting(desk: &Desk<'_>, actor: &PersonActor, item: &Item, case: &Case) -> Result<Unit, ApprovalError> {
    let signature = Actor::Person(actor.clone()).signature();
    let filed = filed_leaf(desk, case, &signature)?;
    let story = event(desk, case, "filed", &signature, json!({ "second_party": case.second_party }), case.filed_at);
    let unit = desk
        .base
        .unit()
        .insert(&CASE, case.values())
        .insert(&OPEN_CASE, open_key(case, true))
        .leaf(filed)
        .count(format!("filed/{}/{}", item.id, case.filed_at.date().strftime("%Y-%m")), 1)
        .and(story);
    Ok(message::add(unit, &words::told(&desk.base, State::AwaitingSecondParty, item, case)))
}

/// The leaf of a filing.
pub(super) fn filed_leaf(desk: &Desk<'_>, case: &Case, by: &Signature) -> Result<Leaf, ApprovalError> {
    let salt = Salt::generate(desk.base.entropy);
    let private = json!({ "form": case.form, "applicant": case.applicant_code, "by": by });
    Ok(leaf::leaf("case.filed", case, &json!({ "at": case.filed_at }), &private, &salt)?)
}

async fn settled_at_once(
    desk: &Desk<'_>,
    actor: &PersonActor,
    item: &Item,
    (mut case, papers): (Case, &Papers),
) -> Result<(Case, Unit), ApprovalError> {
    let now = case.filed_at;
    case.received_at = Some(now);
    let mut run = run_now(desk, item, &case, Consent::None, now).await?;
    papers.judge(item, &mut run);
    let signature = Actor::Person(actor.clone()).signature();
    let filed = event(desk, &case, "filed", &signature, json!({}), now);
    let counted = desk.base.unit().count(format!("filed/{}/{}", item.id, now.date().strftime("%Y-%m")), 1);
    if let Some((case, unit)) = waiting::begin(desk, item, (&case, None), &run)? {
        let leaf = filed_leaf(desk, &case, &signature)?;
        return Ok((case, unit.leaf(leaf).and(filed).and(counted)));
    }
    let settlement =
        Settlement { desk, item, case, stored_version: None, run, maker: Maker::Machine, now, runs_before: 0 };
    let (case, unit) = settlement.unit().await?;
    Ok((case, unit.and(filed).and(counted)))
}

/// Reads the facts of a case and runs its item's rules on them.
pub(super) async fn run_now(
    desk: &Desk<'_>,
    item: &Item,
    case: &Case,
    consent: Consent,
    now: Moment,
) -> Result<Run, ApprovalError> {
    let empty = Map::new();
    let form = case.form.as_object().unwrap_or(&empty);
    let request = Request {
        decided_at: now,
        filed_at: case.filed_at,
        applicant_code: case.applicant_code.clone(),
        applicant_name: case.applicant_name.clone(),
        identity: Assurance::from_word(&case.identity_level).map_or(IdentityLevel::None, identity_level).into(),
        consent,
    };
    let looks = look(desk, item, case, &request).await?;
    let facts = FactDesk { form, readings: &looks.readings, request: &request };
    let figures = figures(desk, item, case, &facts).await?;
    let facts = FactDesk { readings: figures.readings.as_deref().unwrap_or(&looks.readings), ..facts };
    let (mut inputs, assessment) = judge(item, &facts, desk.setting);
    name_silent_registers(desk, &mut inputs);
    let assessment = match stopped(desk.store(), &item.id).await? {
        Some(stop) => assessment.referred(stop.note()),
        None => assessment,
    };
    Ok(Run { request, inputs, assessment, looks, quota: figures.stand })
}

/// What the catalogue and the counters add to what registers said, where an item asks them.
#[derive(Default)]
struct FiguresFound {
    /// Everything read, figures included; none where the item needs no figures.
    readings: Option<Vec<Reading>>,
    stand: Option<quota::Stand>,
}

/// Looks up thresholds and the quota: they hang on places that other facts name.
async fn figures(
    desk: &Desk<'_>,
    item: &Item,
    case: &Case,
    facts: &FactDesk<'_>,
) -> Result<FiguresFound, ApprovalError> {
    if !item.has_figures() {
        return Ok(FiguresFound::default());
    }
    let (inputs, now) = (item.inputs(facts), facts.request.decided_at);
    let set = desk.catalog.figures();
    let thresholds = item.parameters_read(&inputs).map(|(parameter, region)| set.reading(parameter, &region, now));
    let mut readings: Vec<Reading> = facts.readings.iter().cloned().chain(thresholds).collect();
    let looked = quota::look(desk, item, case, (&inputs, now)).await?;
    let stand = looked.map(|(stand, reading)| {
        readings.push(reading);
        stand
    });
    Ok(FiguresFound { readings: Some(readings), stand })
}

/// A register that had nothing to say is named all the same: people read who was asked, not its id.
fn name_silent_registers(desk: &Desk<'_>, inputs: &mut Inputs) {
    let silent = |p: &Provenance| p.speaker == Speaker::Register && p.source.zh == p.name;
    for row in inputs.rows.iter_mut().filter(|row| silent(&row.provenance)) {
        if let Some(register) = desk.registers.get(&row.provenance.name) {
            row.provenance.source = register.source.clone();
        }
    }
}

/// The sign-in's assurance on the catalogue's scale.
pub const fn identity_level(assurance: Assurance) -> IdentityLevel {
    match assurance {
        Assurance::Weak => IdentityLevel::Basic,
        Assurance::Substantial => IdentityLevel::RealName,
        Assurance::Strong => IdentityLevel::Strong,
    }
}

/// What makes two requests the same: who files what for whom.
fn request_hash(item: &Item, actor: &PersonActor, form: &Map<String, Json>) -> String {
    let what = (&item.id, actor.account.to_string(), actor.principal().id.to_string(), form);
    // Texts and values of JSON can always be written.
    hex::encode(Sha256::digest(serde_json::to_string(&what).unwrap_or_default()))
}

/// May this person file this item for whom he acts?
///
/// # Errors
/// [`ApprovalError::Forbidden`] where his mandate does not reach so far, or where the item is for companies and he acts for
/// himself, or the other way round.
pub fn may_file(actor: &PersonActor, item: &Item, now: Moment) -> Result<(), ApprovalError> {
    let forbidden = |zh, en| Err(ApprovalError::Forbidden(Text::new(zh, en)));
    if !actor.may_act_for(actor.principal().id, MandateAct::File, Some(&item.id), now.date()) {
        return forbidden("您持有的授权不包括代为申请本事项", "your mandate does not cover filing this item");
    }
    match (item.service.applicant, actor.principal().kind) {
        (ApplicantKind::LegalPerson, PartyKind::Person) => forbidden(
            "本事项由单位申请。请先选择以哪个单位的名义办理",
            "companies apply for this item: choose first for which one you act",
        ),
        (ApplicantKind::NaturalPerson, PartyKind::Company) => forbidden(
            "本事项由本人申请。请先改为以自己的名义办理",
            "people apply for this item themselves: act for yourself first",
        ),
        _ => Ok(()),
    }
}
