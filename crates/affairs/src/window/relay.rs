//! Papers between front and back: the counter sends them with a case to the agency that decides, which takes them or sends them
//! back with a reason, each with name and time. The time it has is data; what is over is listed for whoever watches time.

use kernel::{Id, Moment};
use serde_json::json;
use store::{Fault, Store};

use super::acts::note_of;
use super::decide::{may_receive, relay_due};
use super::error::{forbidden, one};
use super::leaf::leaf;
use super::record::{self, RELAY, Relay};
use super::seat::seated;
use crate::access::{Actor, Right};
use crate::approval::{self, ApprovalError, Case, Desk, commit_owing};
use crate::catalog::HallAct;

/// The longest note, the longest reason; characters.
const WORDS_MOST: usize = 200;
/// The shortest reason.
const WORDS_LEAST: usize = 4;
/// The most pieces of one sending.
const PIECES_MOST: i64 = 999;

/// What is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Papers<'a> {
    /// How many pieces of paper; 0: only the file.
    pub pieces: i64,
    /// What they are; may be empty.
    pub note: &'a str,
}

/// Papers under way with their case.
#[derive(Debug)]
pub struct Listed {
    /// The papers.
    pub relay: Relay,
    /// Their case.
    pub case: Case,
}

/// Sends a case's papers from the officer's counter to the agency that decides.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the case was neither filed nor opened at this hall; [`ApprovalError::NotAllowed`] where it
/// has ended; [`ApprovalError::Changed`] where its papers are under way already.
pub async fn send(desk: &Desk<'_>, officer: &Actor, number: &str, papers: &Papers<'_>) -> Result<Relay, ApprovalError> {
    let (clerk, place) = seated(desk, officer).await?;
    let case = approval::numbered(desk.store(), number).await?.ok_or(ApprovalError::NotFound)?;
    if !record::was_at(desk.store(), &place.hall.id, case.id).await? {
        return Err(ApprovalError::NotFound);
    }
    may_receive(desk.catalog, officer, (&place, HallAct::Inform), (&case.item, &case.deciding_agency))?;
    if !case.state.is_open() {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    within(papers)?;
    let before = record::relays_of(desk.store(), case.id).await?;
    if before.iter().any(|relay| relay.ended_at.is_none()) {
        return Err(ApprovalError::Changed);
    }
    let now = desk.base.now();
    let relay = Relay {
        shard: case.shard.clone(),
        case: case.id,
        round: before.last().map_or(1, |last| last.round + 1),
        version: 1,
        hall: place.hall.id.clone(),
        counter: place.code().to_owned(),
        keeper: place.keeper().to_owned(),
        hall_region: place.hall.region.to_string(),
        pieces: papers.pieces,
        note: papers.note.trim().to_owned(),
        sent_at: now,
        sent_by: clerk.account,
        sent_by_name: clerk.name.clone(),
        due_at: relay_due(desk.catalog, now),
        ended_at: None,
        taken_by: None,
        returned: None,
    };
    let by = officer.signature();
    let unit = desk.base.unit().insert(&RELAY, relay.values());
    let unit = unit.and(approval::note_told(desk, &case, ("relay_sent", note_of(&place)), &by));
    let public =
        json!({ "number": case.number, "round": relay.round, "pieces": relay.pieces, "to": case.deciding_agency });
    let private = json!({ "by": by, "note": relay.note });
    let leaf = leaf(desk, ("relay.sent", case.id), (&relay.hall, &relay.counter), (&public, &private))?;
    commit_owing(desk, unit, leaf).await?;
    Ok(relay)
}

fn within(papers: &Papers<'_>) -> Result<(), ApprovalError> {
    if !(0..=PIECES_MOST).contains(&papers.pieces) {
        let words = ("件数在0到999之间；没有纸质材料的写0", "between 0 and 999 pieces; 0 where there is no paper");
        return Err(one("/pieces", "range", words));
    }
    if papers.note.trim().chars().count() > WORDS_MOST {
        return Err(one("/note", "length", ("说明不超过200字", "at most 200 characters")));
    }
    Ok(())
}

/// The papers of a case that wait for the back, for an officer of the agency that decides; who sent them does not take them.
async fn waiting(desk: &Desk<'_>, officer: &Actor, number: &str) -> Result<(Case, Relay), ApprovalError> {
    let case = approval::numbered(desk.store(), number).await?.ok_or(ApprovalError::NotFound)?;
    if !case.allows(officer, Right::ViewCase) {
        return Err(ApprovalError::NotFound);
    }
    if !case.allows(officer, Right::HandleCase) && !case.allows(officer, Right::DecideCase) {
        return Err(forbidden("您的岗位不能签收材料", "your post may not take papers"));
    }
    let last = record::relays_of(desk.store(), case.id).await?.pop().ok_or(ApprovalError::NotFound)?;
    if last.ended_at.is_some() {
        return Err(ApprovalError::Changed);
    }
    if officer.account() == Some(last.sent_by) {
        return Err(forbidden("移交和签收应由两个人办理", "who sent the papers does not take them: another does"));
    }
    Ok((case, last))
}

/// The back takes the papers of a case: of two who take them at the same instant one succeeds.
///
/// # Errors
/// [`ApprovalError::NotFound`] for who may not see the case; [`ApprovalError::Changed`] where they were taken or sent back.
pub async fn take(desk: &Desk<'_>, officer: &Actor, number: &str) -> Result<Relay, ApprovalError> {
    let (case, relay) = waiting(desk, officer, number).await?;
    let by = officer.signature();
    let changes = vec![("taken_by", by.account.into()), ("taken_by_name", (&by.name).into())];
    answered(desk, officer, (&case, relay), ("relay_taken", "relay.taken", changes)).await
}

/// The back sends the papers of a case back to the counter, with a reason.
///
/// # Errors
/// As [`take`]; [`ApprovalError::Form`] without a reason.
pub async fn give_back(
    desk: &Desk<'_>,
    officer: &Actor,
    (number, reason): (&str, &str),
) -> Result<Relay, ApprovalError> {
    let (case, relay) = waiting(desk, officer, number).await?;
    let reason = reason.trim();
    if !(WORDS_LEAST..=WORDS_MOST).contains(&reason.chars().count()) {
        let message = ("请写明退回的理由（4至200字）", "say why (4 to 200 characters)");
        return Err(one("/reason", "required", message));
    }
    let by = officer.signature();
    let changes =
        vec![("returned_by", by.account.into()), ("returned_by_name", (&by.name).into()), ("reason", reason.into())];
    answered(desk, officer, (&case, relay), ("relay_returned", "relay.returned", changes)).await
}

async fn answered(
    desk: &Desk<'_>,
    officer: &Actor,
    (case, relay): (&Case, Relay),
    (event, kind, mut changes): (&str, &'static str, Vec<(&'static str, store::Value)>),
) -> Result<Relay, ApprovalError> {
    let (now, by) = (desk.base.now(), officer.signature());
    changes.push(("ended_at", now.into()));
    let unit = desk.base.unit().update(&RELAY, relay.key(), relay.version, changes);
    let unit = unit.and(approval::note_told(desk, case, (event, json!({})), &by));
    let public = json!({ "number": case.number, "round": relay.round });
    let leaf = leaf(desk, (kind, case.id), (&relay.hall, &relay.counter), (&public, &json!({ "by": by })))?;
    commit_owing(desk, unit, leaf).await?;
    let all = record::relays_of(desk.store(), case.id).await?;
    all.into_iter().find(|r| r.round == relay.round).ok_or(ApprovalError::NotFound)
}

/// What went out from the officer's hall, the newest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn front(store: &Store, officer: &Actor, hall: &str) -> Result<Vec<Listed>, Fault> {
    let Some(account) = officer.account() else { return Ok(Vec::new()) };
    with_cases(store, record::relays_front(store, account, hall).await?).await
}

/// What lies before the agencies whose cases the officer may see, the oldest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn back(store: &Store, officer: &Actor) -> Result<Vec<Listed>, Fault> {
    let Some(account) = officer.account() else { return Ok(Vec::new()) };
    with_cases(store, record::relays_back(store, account).await?).await
}

async fn with_cases(store: &Store, relays: Vec<Relay>) -> Result<Vec<Listed>, Fault> {
    let mut listed = Vec::new();
    for relay in relays {
        if let Some(file) = approval::story(store, relay.case).await? {
            listed.push(Listed { relay, case: file.case });
        }
    }
    Ok(listed)
}

/// Every time papers of a case went to the back, for whoever may see the case or receives at the hall they came from.
///
/// # Errors
/// [`ApprovalError::NotFound`] for anybody else.
pub async fn relays_of(desk: &Desk<'_>, officer: &Actor, number: &str) -> Result<(Case, Vec<Relay>), ApprovalError> {
    let case = approval::numbered(desk.store(), number).await?.ok_or(ApprovalError::NotFound)?;
    let mut relays = record::relays_of(desk.store(), case.id).await?;
    if !case.allows(officer, Right::ViewCase) {
        relays.retain(|relay| {
            let agencies = [relay.keeper.as_str(), case.deciding_agency.as_str()];
            agencies.iter().any(|agency| {
                let place = crate::access::Place { agency, region: &relay.hall_region, item: &case.item };
                officer.allow(Right::Receive, &place)
            })
        });
        if relays.is_empty() {
            return Err(ApprovalError::NotFound);
        }
    }
    Ok((case, relays))
}

/// Each time papers of a case went to the back, in order, for whoever watches time.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn papers_of(store: &Store, case: Id) -> Result<Vec<Relay>, Fault> {
    record::relays_of(store, case).await
}

/// Papers that nobody has taken although the time for it is over, the oldest first; at most 256. For whoever watches time.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn overdue(store: &Store, now: Moment) -> Result<Vec<Listed>, Fault> {
    with_cases(store, record::relays_overdue(store, now).await?).await
}
