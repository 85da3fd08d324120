//! What applicants and second parties do with a case after filing: confirm, decline, mend, withdraw; and what time does.

use evidence::canonical::Salt;
use kernel::{Id, Moment, Text};
use serde_json::{Map, Value as Json, json};
use store::{CommitError, Conflict, Unit};

use super::attach::{self, Papers};
use super::beside::{Beside, joined};
use super::desk::Desk;
use super::error::ApprovalError;
use super::filing::run_now;
use super::quota::quota_returned;
use super::record::{self, CASE, Case, OPEN_CASE};
use super::run::Run;
use super::settle::{Maker, Settlement, event, machine, open_key};
use super::state::{Act, State};
use super::waiting::unproved;
use super::{assign, draft, leaf, waiting, words};
use crate::access::{Actor, MandateAct, PersonActor, Signature};
use crate::catalog::{Consent, Item};
use crate::message;

/// How often a settlement is tried again when the registers changed under it.
const TRIES: usize = 3;

/// The second party says yes: the agency holds the complete application from this moment, and the rules run.
///
/// # Errors
/// [`ApprovalError::NotFound`] unless the actor acts for the company the case names, under a mandate that covers it.
pub async fn confirm(desk: &Desk<'_>, actor: &PersonActor, id: Id) -> Result<Case, ApprovalError> {
    for _ in 0..TRIES {
        let (mut case, item) = confirmable(desk, actor, id).await?;
        let (version, now) = (case.version, desk.base.now());
        if late(case.second_party_due_at, now) {
            return lapse(desk, id).await;
        }
        case.received_at = Some(now);
        let run = run_now(desk, &item, &case, consent(actor, &case), now).await?;
        let signature = Actor::Person(actor.clone()).signature();
        let salt = Salt::generate(desk.base.entropy);
        let yes = leaf::leaf("case.confirmed", &case, &json!({ "at": now }), &json!({ "by": signature }), &salt)?;
        let story = event(desk, &case, "confirmed", &signature, json!({}), now);
        let settled = settle_again(desk, &item, case.clone(), (version, run, now)).await;
        let done = match settled {
            Ok((case, unit)) => {
                desk.store().commit(desk.base.unit().leaf(yes.clone()).and(story).and(unit)).await.map(|_| case)
            }
            Err(ApprovalError::NoEvidence(why)) => Err(CommitError::NoEvidence { why }),
            Err(other) => return Err(other),
        };
        match done {
            Ok(case) => return Ok(case),
            Err(CommitError::NoEvidence { .. }) => {
                let word = ("confirmed", &signature, Some(yes));
                return keep(desk, unproved::said(desk, &item, (case, version), word)?).await;
            }
            // Facts moved between reading and writing: look again, decide again.
            Err(CommitError::Conflict(
                Conflict::Exists { .. } | Conflict::Changed { .. } | Conflict::Exhausted { .. },
            )) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(ApprovalError::Changed)
}

/// Commits a word that was taken while nothing can be signed.
async fn keep(desk: &Desk<'_>, (case, unit): (Case, Unit)) -> Result<Case, ApprovalError> {
    desk.store().commit(unit).await?;
    Ok(case)
}

/// The unit by which the machine settles a stored case (of this version) after a further run, or by which the case waits
/// for a register that did not answer.
pub(super) async fn settle_again(
    desk: &Desk<'_>,
    item: &Item,
    case: Case,
    (version, run, now): (i64, Run, Moment),
) -> Result<(Case, Unit), ApprovalError> {
    match waiting::begin(desk, item, (&case, Some(version)), &run)? {
        Some(waits) => Ok(waits),
        None => settle_stored(desk, item, case, (version, run, now)).await,
    }
}

/// The unit by which the machine settles a stored case, come what may.
pub(super) async fn settle_stored(
    desk: &Desk<'_>,
    item: &Item,
    case: Case,
    (version, mut run, now): (i64, Run, Moment),
) -> Result<(Case, Unit), ApprovalError> {
    attach::judge_stored(desk, item, &case, &mut run).await?;
    let runs_before = record::runs(desk.store(), case.id).await?;
    let (stored_version, maker) = (Some(version), Maker::Machine);
    Settlement { desk, item, case, stored_version, run, maker, now, runs_before }.unit().await
}

/// The second party says no. The case ends; the applicant is told, and may file again with another employer.
pub async fn decline(desk: &Desk<'_>, actor: &PersonActor, id: Id, reason: &str) -> Result<Case, ApprovalError> {
    let (case, item) = confirmable(desk, actor, id).await?;
    let signature = Actor::Person(actor.clone()).signature();
    close(desk, &item, case, &Closing { act: Act::Decline, kind: "declined", by: signature, reason }).await
}

/// A case the actor may confirm: acting for the company it names, and no applicant of it.
async fn confirmable(
    desk: &Desk<'_>,
    actor: &PersonActor,
    id: Id,
) -> Result<(Case, std::sync::Arc<Item>), ApprovalError> {
    let case = record::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    let company = actor.principal();
    let date = desk.base.now().date();
    let covered = actor.may_act_for(company.id, MandateAct::Confirm, Some(&case.item), date);
    if case.second_party.as_deref() != Some(company.code.as_str()) || !covered {
        return Err(ApprovalError::NotFound);
    }
    if actor.party.id == case.applicant {
        return Err(ApprovalError::Forbidden(Text::new(
            "您是本件申请人，不能代表单位确认，请由单位其他人员办理",
            "you are the applicant and cannot confirm for the company; let a colleague do it",
        )));
    }
    if case.state != State::AwaitingSecondParty {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    let item = item_of(desk, &case)?;
    Ok((case, item))
}

fn consent(actor: &PersonActor, case: &Case) -> Consent {
    if actor.party.id == case.applicant { Consent::GivenByApplicant } else { Consent::Given }
}

/// The version of the item under which the case goes on: the one it was filed under, where no later one says otherwise.
pub(super) fn item_of(desk: &Desk<'_>, case: &Case) -> Result<std::sync::Arc<Item>, ApprovalError> {
    let days = (case.accepted_at.map(Moment::date), desk.base.now().date());
    let applying = desk.catalog.applying(&case.item, &case.item_version, days);
    applying.ok_or_else(|| ApprovalError::NotOffered(case.item.clone()))
}

/// The applicant mends what the one notice named; the rules run again.
///
/// # Errors
/// [`ApprovalError::Form`] with everything still to mend in the form itself.
pub async fn resubmit(
    desk: &Desk<'_>,
    actor: &PersonActor,
    id: Id,
    form: &Map<String, Json>,
) -> Result<Case, ApprovalError> {
    resubmit_with(desk, actor, (id, form), None).await
}

/// As [`resubmit`]; what somebody of the staff writes who takes it in for the person goes into the same unit.
///
/// # Errors
/// As [`resubmit`], and what the room above says no with.
pub async fn resubmit_with(
    desk: &Desk<'_>,
    actor: &PersonActor,
    (id, form): (Id, &Map<String, Json>),
    beside: Option<&Beside<'_>>,
) -> Result<Case, ApprovalError> {
    let case = own_case(desk, actor, id, MandateAct::File).await?;
    if case.parent.is_some() {
        return Err(ApprovalError::Forbidden(Text::new(
            "本件是联合办理的一部分，请在联办页面一次补正",
            "this is a part of a joint handling: answer its one notice on its page",
        )));
    }
    if case.state == State::Correcting && late(case.correction_due_at, desk.base.now()) {
        return lapse(desk, id).await;
    }
    let item = item_of(desk, &case)?;
    // What was laid into the draft of the correction comes with it.
    let draft = draft::of_case(desk.store(), actor, &case).await?;
    let papers = Papers::of(desk, draft.as_ref()).await?;
    let (case, unit, proved) = mended(desk, actor, (case, &item), form, true).await?;
    let by = Actor::Person(actor.clone()).signature();
    let unit = papers.hand_in(desk, unit, (&item, &case), (&by, proved))?;
    let unit = joined(unit, beside, (&case, proved))?;
    match desk.store().commit(unit).await {
        Err(CommitError::NoEvidence { .. }) if proved => {
            let case = own_case(desk, actor, id, MandateAct::File).await?;
            let (case, unit, _) = mended(desk, actor, (case, &item), form, false).await?;
            let unit = papers.hand_in(desk, unit, (&item, &case), (&by, false))?;
            let unit = joined(unit, beside, (&case, false))?;
            keep(desk, (case, unit)).await
        }
        done => done.map(|_| case).map_err(Into::into),
    }
}

/// The case and the unit by which an applicant mends it; the last says whether it was settled, or is only kept because
/// nothing can be signed. `proved`: whether to try to settle it.
pub(super) async fn mended(
    desk: &Desk<'_>,
    actor: &PersonActor,
    (mut case, item): (Case, &Item),
    form: &Map<String, Json>,
    proved: bool,
) -> Result<(Case, Unit, bool), ApprovalError> {
    if case.state != State::Correcting {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    let (version, now) = (case.version, desk.base.now());
    let checked = item.form.check(form);
    if !checked.errors.is_empty() {
        return Err(ApprovalError::Form(checked.errors));
    }
    let consent = if case.second_party.is_some() { Consent::Given } else { Consent::None };
    if second_party_of(item, &checked.values) != case.second_party {
        return Err(ApprovalError::Forbidden(Text::new(
            "补正时不能更换确认方，请撤回后重新申请",
            "the confirming party cannot be changed here; withdraw and file again",
        )));
    }
    case.form = Json::Object(checked.values);
    // From now on the agency holds a complete application: its limits count from here (articles 32 and 42).
    case.received_at = Some(now);
    let signature = Actor::Person(actor.clone()).signature();
    let kept = |case| unproved::said(desk, item, (case, version), ("resubmitted", &signature, None));
    if !proved {
        return kept(case).map(|(case, unit)| (case, unit, false));
    }
    let run = run_now(desk, item, &case, consent, now).await?;
    match settle_again(desk, item, case.clone(), (version, run, now)).await {
        Ok((settled, unit)) => {
            let story = event(desk, &case, "resubmitted", &signature, json!({}), now);
            Ok((settled, story.and(unit), true))
        }
        Err(ApprovalError::NoEvidence(_)) => kept(case).map(|(case, unit)| (case, unit, false)),
        Err(other) => Err(other),
    }
}

fn second_party_of(item: &Item, form: &Map<String, Json>) -> Option<String> {
    match &item.second_party {
        crate::catalog::SecondParty::None => None,
        crate::catalog::SecondParty::Employer { field, .. } => form.get(field)?.as_str().map(str::to_owned),
    }
}

/// The applicant takes the application back, at any time before a decision.
pub async fn withdraw(desk: &Desk<'_>, actor: &PersonActor, id: Id, reason: &str) -> Result<Case, ApprovalError> {
    let case = own_case(desk, actor, id, MandateAct::File).await?;
    let item = item_of(desk, &case)?;
    let signature = Actor::Person(actor.clone()).signature();
    close(desk, &item, case, &Closing { act: Act::Withdraw, kind: "withdrawn", by: signature, reason }).await
}

/// Time ran out for the second party or for a correction. Called by the clock, never by a person.
pub(super) async fn lapse(desk: &Desk<'_>, id: Id) -> Result<Case, ApprovalError> {
    let case = record::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    let due = if case.state == State::Correcting { case.correction_due_at } else { case.second_party_due_at };
    if !late(due, desk.base.now()) {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    let item = item_of(desk, &case)?;
    close(desk, &item, case, &Closing { act: Act::Lapse, kind: "lapsed", by: machine(), reason: "" }).await
}

/// Lets every case lapse whose waiting time is over. Gives how many did.
pub async fn lapse_overdue(desk: &Desk<'_>) -> Result<usize, ApprovalError> {
    let overdue = record::cases_overdue(desk.store(), desk.base.now()).await?;
    let mut lapsed = 0;
    for case in overdue {
        match lapse(desk, case.id).await {
            Ok(_) => lapsed += 1,
            // Somebody acted in the same moment: then it did not lapse.
            Err(ApprovalError::Changed | ApprovalError::NotAllowed(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(lapsed)
}

pub(super) fn late(due: Option<Moment>, now: Moment) -> bool {
    due.is_some_and(|due| now >= due)
}

/// A case of the person who acts, or of the principal he acts for; anybody else's is not found.
pub(super) async fn own_case(
    desk: &Desk<'_>,
    actor: &PersonActor,
    id: Id,
    act: MandateAct,
) -> Result<Case, ApprovalError> {
    let case = record::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    let date = desk.base.now().date();
    if actor.may_act_for(case.applicant, act, Some(&case.item), date) { Ok(case) } else { Err(ApprovalError::NotFound) }
}

/// How a case ends without a decision on the matter.
pub(super) struct Closing<'a> {
    pub(super) act: Act,
    pub(super) kind: &'static str,
    pub(super) by: Signature,
    pub(super) reason: &'a str,
}

/// Ends a case without a decision on the matter.
pub(super) async fn close(
    desk: &Desk<'_>,
    item: &Item,
    mut case: Case,
    closing: &Closing<'_>,
) -> Result<Case, ApprovalError> {
    let state = case.state.after(closing.act).ok_or(ApprovalError::NotAllowed(case.state))?;
    let (version, now, before) = (case.version, desk.base.now(), case.state);
    case.state = state;
    case.closed_at = Some(now);
    let salt = Salt::generate(desk.base.entropy);
    let private = json!({ "by": closing.by, "reason": closing.reason });
    let ended = leaf::leaf("case.closed", &case, &json!({ "at": now, "state": state.word() }), &private, &salt)?;
    let detail = json!({ "reason": closing.reason });
    let unit: Unit = desk
        .base
        .unit()
        .update(&CASE, case.key(), version, case.changes())
        .delete(&OPEN_CASE, open_key(&case, false))
        .count(format!("closed/{}/{}/{}", item.id, state.word(), now.date().strftime("%Y-%m")), 1)
        .and(event(desk, &case, closing.kind, &closing.by, detail, now));
    let unit = if item.quota.is_some() { unit.and(quota_returned(desk, case.id).await?) } else { unit };
    let unit = unit.and(assign::follow(desk, &case, Some(before), now));
    let unit = message::add(waiting::end(before, unit, &case), &words::told(&desk.base, state, item, &case));
    match desk.store().commit(unit.clone().leaf(ended.clone())).await {
        // A party's word counts though nothing can be signed; what time does waits.
        Err(CommitError::NoEvidence { .. }) if !matches!(closing.act, Act::Lapse | Act::MissPiece) => {
            desk.store().commit(unproved::owe(desk, unit, ended, now)).await?;
        }
        done => drop(done?),
    }
    case.version = version + 1;
    Ok(case)
}
