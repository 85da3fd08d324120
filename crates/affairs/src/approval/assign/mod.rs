//! With whom a case lies that waits for a person: given to an officer by agency, post and load, in a way that anybody can
//! do again and that says why; taken, given back, handed on when somebody is away, has left, or may not decide about those
//! who take part.
//!
//! It says who answers for a case. Who else holds the right may still decide it; two of them cannot (`pending`).

mod act;
mod decide;
mod record;

use kernel::{Id, Moment, Text};
use serde_json::json;
use store::{CommitError, Fault, Store, Unit};

pub use act::{give_back, may_give_back, may_take, reassign, take};
pub use decide::How;
pub(super) use record::{ASSIGNMENT, queue_of};

use super::desk::Desk;
use super::error::ApprovalError;
use super::record::{self as cases, Case};
use super::settle::{event, machine};
use super::state::State;
use super::step::Candidate;
use crate::access::{self, Absence, Signature};
use crate::approval::recusal;
use decide::{Able, Choice, Told};

/// When a case that nobody may lawfully take is looked at again; milliseconds.
const LATER_MS: i64 = 60_000;

/// With whom a case lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The case.
    pub case: Id,
    /// The officer's account; none: with nobody yet.
    pub officer: Option<Id>,
    /// The officer's name.
    pub officer_name: Option<String>,
    /// How it came to him.
    pub how: How,
    /// Why to him, in a sentence.
    pub why: Text,
    /// Since when.
    pub since: Moment,
    shard: String,
    version: i64,
    not_to: Option<Id>,
}

impl Assignment {
    fn key(&self) -> Vec<store::Value> {
        vec![(&self.shard).into(), self.case.into()]
    }
}

/// The row of a case that begins to wait for a person, or the end of it: part of the unit that brings the case there.
pub(super) fn follow(desk: &Desk<'_>, case: &Case, before: Option<State>, now: Moment) -> Unit {
    let waits = |state: State| matches!(state, State::InReview | State::SpecialStep);
    let unit = desk.base.unit();
    match (before.is_some_and(waits), waits(case.state)) {
        (false, true) => unit.insert(&ASSIGNMENT, record::fresh(case, now)),
        (true, false) => unit.delete(&ASSIGNMENT, vec![(&case.shard).into(), case.id.into()]),
        _ => unit,
    }
}

/// The rows of a case that goes from one agency to another: with nobody yet, as if it began to wait.
pub(super) fn moved(desk: &Desk<'_>, case: &Case, now: Moment) -> Unit {
    let gone = vec![(&case.shard).into(), case.id.into()];
    desk.base.unit().delete(&ASSIGNMENT, gone).insert(&ASSIGNMENT, record::fresh(case, now))
}

/// With whom a case lies; none where it waits for nobody here.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn assignment(store: &Store, case: Id) -> Result<Option<Assignment>, Fault> {
    record::of_case(store, case).await
}

/// What officers leave at the end of a day: what lies with the officer himself, and, where he leads, with everybody there;
/// by officer, then the oldest first. At most 400.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn left_by(store: &Store, account: Id) -> Result<Vec<Assignment>, Fault> {
    record::left_by(store, account).await
}

/// The officers who may take a case: whose rights let them decide it and who are not tied to its parties.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn takers(desk: &Desk<'_>, case: &Case) -> Result<Vec<Candidate>, Fault> {
    let mut takers = Vec::new();
    for able in record::able(desk.store(), case).await? {
        if recusal::tied(desk, able.account, case).await?.is_none() {
            takers.push(Candidate { account: able.account, name: able.name, post: able.post });
        }
    }
    Ok(takers)
}

/// Gives every case that waits with nobody to an officer. Gives how many went somewhere; called by the clock.
///
/// # Errors
/// A fault of the database.
pub async fn assign_waiting(desk: &Desk<'_>) -> Result<usize, ApprovalError> {
    let now = desk.base.now();
    let open = record::open(desk.store(), now).await?;
    if open.is_empty() {
        return Ok(0);
    }
    let away = access::absence::on(desk.store(), now.date()).await?;
    let mut given = 0;
    for assignment in open {
        given += usize::from(placed(desk, &away, &assignment, None).await?);
    }
    Ok(given)
}

/// Hands on what lies with officers who are away today or have left. Gives how many cases went on; called by the clock.
///
/// # Errors
/// A fault of the database.
pub async fn hand_on_absent(desk: &Desk<'_>) -> Result<usize, ApprovalError> {
    let today = desk.base.now().date();
    let mut gone = 0;
    for officer in record::idle(desk.store(), desk.base.shard, today).await? {
        gone += hand_on(desk, officer).await?;
    }
    Ok(gone)
}

/// Looks at everything that lies with an officer and hands on what may not stay there: after he left, went away, lost a
/// right or declared a tie. Gives how many cases went on.
///
/// # Errors
/// A fault of the database.
pub async fn hand_on(desk: &Desk<'_>, officer: Id) -> Result<usize, ApprovalError> {
    let away = access::absence::on(desk.store(), desk.base.now().date()).await?;
    let mut gone = 0;
    for assignment in record::of_officer(desk.store(), officer).await? {
        let Some(case) = cases::case(desk.store(), assignment.case).await? else { continue };
        if stays(desk, &away, &case, officer).await? {
            continue;
        }
        gone += usize::from(placed(desk, &away, &assignment, Some(officer)).await?);
    }
    Ok(gone)
}

async fn stays(desk: &Desk<'_>, away: &[Absence], case: &Case, officer: Id) -> Result<bool, Fault> {
    let able = record::able(desk.store(), case).await?.iter().any(|able| able.account == officer);
    let here = !away.iter().any(|absence| absence.account == officer);
    Ok(able && here && recusal::tied(desk, officer, case).await?.is_none())
}

/// Finds somebody for a case and writes it down. False where somebody else did meanwhile.
async fn placed(
    desk: &Desk<'_>,
    away: &[Absence],
    old: &Assignment,
    leaving: Option<Id>,
) -> Result<bool, ApprovalError> {
    let Some(case) = cases::case(desk.store(), old.case).await? else { return Ok(false) };
    let found = search(desk, away, &case, (old, leaving)).await?;
    // Nobody lawful as before: looked at again later, without a word in the story each time.
    if found.account.is_none() && old.how == How::Nobody {
        let changes = vec![("next_at", desk.base.now().plus_ms(LATER_MS).into())];
        let unit = desk.base.unit().update(&ASSIGNMENT, old.key(), old.version, changes);
        return written(desk, unit).await.map(|_| false);
    }
    written(desk, given(desk, &case, old, (&found, &machine()))).await
}

async fn written(desk: &Desk<'_>, unit: Unit) -> Result<bool, ApprovalError> {
    match desk.store().commit(unit).await {
        Ok(_) => Ok(true),
        // Another node, or somebody at his desk, was first; or the case was decided.
        Err(CommitError::Conflict(_)) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

/// Whoever may lawfully take a case and stands first; the deputy of whoever leaves it before all others.
async fn search(
    desk: &Desk<'_>,
    away: &[Absence],
    case: &Case,
    (old, leaving): (&Assignment, Option<Id>),
) -> Result<Choice, ApprovalError> {
    let able = record::able(desk.store(), case).await?;
    let absent = leaving.and_then(|officer| away.iter().find(|a| a.account == officer));
    let deputy = absent.and_then(|a| a.deputy).map(|deputy| (deputy, How::Deputy));
    let before = record::handled_before(desk.store(), case.id).await?.map(|officer| (officer, How::Before));
    let first = deputy.or(before);
    let mut told = Told { people: able.len(), left: old.officer_name.as_deref(), away: 0, tied: 0 };
    // Whoever gave it back comes last: better with him than with nobody.
    let (last, others): (Vec<&Able>, Vec<&Able>) =
        decide::in_order(&able, first).into_iter().partition(|able| old.not_to == Some(able.account));
    for able in others.into_iter().chain(last) {
        if away.iter().any(|a| a.account == able.account) {
            told.away += 1;
        } else if recusal::tied(desk, able.account, case).await?.is_some() {
            told.tied += 1;
        } else {
            return Ok(decide::choice(able, decide::how(able, first), &told));
        }
    }
    Ok(decide::nobody(&told))
}

/// The unit by which a case goes to whoever was chosen, with a line in its story.
fn given(desk: &Desk<'_>, case: &Case, old: &Assignment, (chosen, by): (&Choice, &Signature)) -> Unit {
    let now = desk.base.now();
    let changes = vec![
        ("officer", chosen.account.into()),
        ("officer_name", chosen.name.as_deref().into()),
        ("how", chosen.how.word().into()),
        ("why", json!(chosen.why).to_string().into()),
        ("since", now.into()),
        ("next_at", now.plus_ms(if chosen.how == How::GivenBack { 0 } else { LATER_MS }).into()),
        ("not_to", (if chosen.how == How::GivenBack { old.officer } else { old.not_to }).into()),
    ];
    let detail = json!({
        "officer": chosen.account.map(|id| id.to_string()), "name": chosen.name, "how": chosen.how.word(),
        "why": chosen.why, "from": old.officer_name,
    });
    desk.base
        .unit()
        .update(&ASSIGNMENT, old.key(), old.version, changes)
        .and(event(desk, case, "assigned", by, detail, now))
}
