//! While the log cannot sign (keys locked, a signer failing) nothing is decided, and yet nobody's word is lost: what
//! applicants and second parties say is taken, receipted and kept in its order; the leaf it is owed follows as soon as the
//! log signs again, and then the case goes on. What an officer wanted to decide is kept as his draft.

use kernel::{Id, Moment};
use serde_json::json;
use store::{CommitError, Fault, Leaf, Store, Unit};

use super::record::{self, OWED, Owed, RULING_DRAFT, WAIT, Wait, WaitKind};
use super::{consent, receive, rows};
use crate::access::{Actor, PersonActor, Signature};
use crate::approval::acts::{item_of, settle_again};
use crate::approval::asking;
use crate::approval::by_law;
use crate::approval::desk::Desk;
use crate::approval::error::ApprovalError;
use crate::approval::filing::{filed_leaf, run_now, second_party_until};
use crate::approval::record::{Case, case as case_of};
use crate::approval::ruling::RulingDraft;
use crate::approval::settle::{event, machine};
use crate::approval::state::{Act, Ruling, State};
use crate::approval::words;
use crate::catalog::Item;
use crate::message;

/// The case and the rows of a filing that is taken without a place in the log.
pub(in crate::approval) fn filed(
    desk: &Desk<'_>,
    actor: &PersonActor,
    item: &Item,
    mut case: Case,
) -> Result<(Case, Unit), ApprovalError> {
    let now = case.filed_at;
    case.state = State::AwaitingEvidence;
    if case.second_party.is_none() {
        receive(desk, item, &mut case, now);
    }
    let signature = Actor::Person(actor.clone()).signature();
    let leaf = filed_leaf(desk, &case, &signature)?;
    let story = event(desk, &case, "filed", &signature, json!({}), now);
    let unit = owe(desk, rows(desk, &case, None), leaf, now)
        .count(format!("filed/{}/{}", item.id, now.date().strftime("%Y-%m")), 1)
        .and(story)
        .and(waits(desk, &case, now));
    let unit = message::add(unit, &words::told(&desk.base, case.state, item, &case));
    Ok((case, unit))
}

/// The case and the rows of a word (`kind` of event) by which the agency holds the complete application, taken without a
/// place in the log. The case stands in its new clothes but for its state.
pub(in crate::approval) fn said(
    desk: &Desk<'_>,
    item: &Item,
    (mut case, version): (Case, i64),
    (kind, by, leaf): (&'static str, &Signature, Option<Leaf>),
) -> Result<(Case, Unit), ApprovalError> {
    let now = desk.base.now();
    case.state = case.state.after(Act::MissEvidence).ok_or(ApprovalError::NotAllowed(case.state))?;
    receive(desk, item, &mut case, now);
    let unit = rows(desk, &case, Some(version)).and(event(desk, &case, kind, by, json!({}), now));
    let unit = match leaf {
        Some(leaf) => owe(desk, unit, leaf, now),
        None => unit,
    };
    let unit = message::add(unit.and(waits(desk, &case, now)), &words::told(&desk.base, case.state, item, &case));
    case.version = version + 1;
    Ok((case, unit))
}

/// Adds the leaf that an act is owed, to be appended later.
pub(in crate::approval) fn owe(desk: &Desk<'_>, unit: Unit, leaf: Leaf, at: Moment) -> Unit {
    let row = vec![
        desk.base.shard.into(),
        desk.base.id().into(),
        1_i64.into(),
        leaf.subject.into(),
        leaf.kind.into(),
        leaf.bytes.into(),
        at.into(),
        None::<Moment>.into(),
    ];
    unit.insert(&OWED, row)
}

fn waits(desk: &Desk<'_>, case: &Case, now: Moment) -> Unit {
    let wait = Wait {
        shard: case.shard.clone(),
        case: case.id,
        version: 1,
        kind: WaitKind::Evidence,
        registers: Vec::new(),
        since: now,
        due_at: None,
        next_at: now,
        tries: 0,
    };
    let story = event(desk, case, "evidence_missed", &machine(), json!({}), now);
    desk.base.unit().delete(&WAIT, wait.key()).insert(&WAIT, wait.values()).and(story)
}

/// Appends the leaves that are owed and takes up the cases that waited for the log, in the order in which they came.
/// Stops quietly where nothing can be signed yet. Gives how many leaves and cases went on.
pub async fn make_up(desk: &Desk<'_>) -> Result<usize, ApprovalError> {
    let mut done = 0;
    loop {
        let owed = record::owed(desk.store()).await?;
        if owed.is_empty() {
            break;
        }
        for owed in owed {
            match append(desk, owed).await {
                Ok(()) => done += 1,
                Err(CommitError::NoEvidence { .. }) => return Ok(done),
                // Another node appended it.
                Err(CommitError::Conflict(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
    }
    let all = Moment::from_ms(i64::MAX);
    for wait in record::waiting(desk.store(), WaitKind::Evidence, all).await? {
        match go_on(desk, &wait).await {
            Ok(()) => done += 1,
            Err(ApprovalError::NoEvidence(_)) => return Ok(done),
            Err(ApprovalError::Changed | ApprovalError::NotAllowed(_) | ApprovalError::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(done)
}

async fn append(desk: &Desk<'_>, owed: Owed) -> Result<(), CommitError> {
    let changes = vec![("recorded_at", desk.base.now().into())];
    let unit = Unit::new(&owed.shard).leaf(owed.leaf).update(
        &OWED,
        vec![(&owed.shard).into(), owed.id.into()],
        owed.version,
        changes,
    );
    desk.store().commit(unit).await.map(drop)
}

/// A case that waited for the log: its second party is asked, or the rules run.
async fn go_on(desk: &Desk<'_>, wait: &Wait) -> Result<(), ApprovalError> {
    let case = case_of(desk.store(), wait.case).await?.ok_or(ApprovalError::NotFound)?;
    if case.state != State::AwaitingEvidence {
        // Withdrawn meanwhile.
        desk.store().commit(desk.base.unit().delete(&WAIT, wait.key())).await?;
        return Ok(());
    }
    let case = by_law::accepted_first(desk, case).await?;
    let (version, now) = (case.version, desk.base.now());
    let item = item_of(desk, &case)?;
    let story = event(desk, &case, "evidence_back", &machine(), json!({}), now);
    let (_, unit) = if case.second_party.is_some() && case.received_at.is_none() {
        ask_second_party(desk, &item, case, version).await?
    } else {
        let run = run_now(desk, &item, &case, consent(&case), now).await?;
        settle_again(desk, &item, case, (version, run, now)).await?
    };
    // The wait for the log ends first: a wait for data may follow.
    let unit = desk.base.unit().delete(&WAIT, wait.key()).and(story).and(unit);
    desk.store().commit(unit).await?;
    Ok(())
}

/// The time a second party has begins when it can answer.
async fn ask_second_party(
    desk: &Desk<'_>,
    item: &Item,
    mut case: Case,
    version: i64,
) -> Result<(Case, Unit), ApprovalError> {
    case.state = case.state.after(Act::AskSecondParty).ok_or(ApprovalError::NotAllowed(case.state))?;
    case.second_party_due_at = second_party_until(desk, item, desk.base.now());
    let unit = message::add(rows(desk, &case, Some(version)), &words::told(&desk.base, case.state, item, &case));
    let unit = asking::ask(desk, item, &case, unit).await?;
    Ok((case, unit))
}

/// Keeps what an officer wanted to decide; a later try of the same officer takes its place.
pub(in crate::approval) async fn keep_ruling(
    desk: &Desk<'_>,
    account: Id,
    case: &Case,
    draft: &RulingDraft<'_>,
) -> Result<(), ApprovalError> {
    desk.store().commit(ruling_kept(desk, account, (case.id, draft.ruling, draft.reasons.trim()))).await?;
    Ok(())
}

/// The unit that keeps what an officer wrote.
pub(in crate::approval) fn ruling_kept(
    desk: &Desk<'_>,
    account: Id,
    (case, ruling, reasons): (Id, Ruling, &str),
) -> Unit {
    let row = vec![
        desk.base.shard.into(),
        case.into(),
        account.into(),
        ruling.word().into(),
        reasons.into(),
        desk.base.now().into(),
    ];
    desk.base.unit().put(&RULING_DRAFT, row)
}

/// The unit that forgets an officer's draft, once it became a decision.
pub(in crate::approval) fn forget_ruling(desk: &Desk<'_>, account: Id, case: &Case) -> Unit {
    desk.base.unit().delete(&RULING_DRAFT, vec![(&case.shard).into(), case.id.into(), account.into()])
}

/// What an officer wanted to decide about a case while nothing could be signed: ruling (its word) and reasons.
pub async fn kept_ruling(store: &Store, case: Id, account: Id) -> Result<Option<(String, String)>, Fault> {
    record::ruling_draft(store, case, account).await
}
