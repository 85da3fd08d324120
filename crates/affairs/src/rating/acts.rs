//! What the agency does with a rating: it calls, mends, explains, puts on the ledger, appeals; it replies, and looks at written
//! words before everybody may.

use evidence::canonical::Salt;
use kernel::{Id, Moment, Text};
use serde_json::{Value as Json, json};
use store::{Unit, Value};

use super::decide::{self, blotted, leaf};
use super::error::RatingError;
use super::record::{self, RATING, RATING_ACT, Rating};
use super::state::{RatingState, Step, WordsState};
use crate::access::{Actor, Desk, Right};
use crate::catalog::{Catalog, FieldError, MessageKind};
use crate::message::{self, NewMessage};

/// Where and by whom.
#[derive(Clone, Copy)]
pub struct Doing<'a> {
    /// Store, time and chance.
    pub base: Desk<'a>,
    /// For the clocks.
    pub catalog: &'a Catalog,
    /// The officer.
    pub actor: &'a Actor,
}

/// A step with its note.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Act<'a> {
    /// The step.
    pub step: Step,
    /// What was said, done, found. Of steps that end or date the matter it is the public reply.
    pub note: &'a str,
    /// The version of the rating the officer looked at.
    pub version: i64,
}

/// Carries a bad rating one step further.
///
/// # Errors
/// [`RatingError::NotFound`] where the officer's rights do not reach it; [`RatingError::Forbidden`] where he may not judge;
/// [`RatingError::NotAllowed`] for a step out of order.
pub async fn act(doing: &Doing<'_>, id: Id, act: &Act<'_>) -> Result<Rating, RatingError> {
    let mut rating = reached(doing, id).await?;
    let right = if act.step.is_judgement() { Right::DecideCase } else { Right::HandleCase };
    allowed(doing, &rating, right)?;
    if act.step.is_judgement() {
        may_judge(doing, &rating)?;
    }
    let after = rating.state.after(act.step).ok_or(RatingError::NotAllowed)?;
    if let Some(error) = decide::note("/note", act.note) {
        return Err(RatingError::Form(vec![error]));
    }
    if rating.version != act.version {
        return Err(RatingError::Changed);
    }
    let (now, note, was) = (doing.base.now(), act.note.trim(), rating.state);
    dress(&mut rating, doing, (act.step, after, note), now);
    let mut unit = written(doing, &rating, act.step.word(), note)?;
    unit = counted(&rating, unit, (was, act.step), now);
    if matches!(after, RatingState::Closed | RatingState::OnLedger) {
        unit = message::add(unit, &told(doing, &rating, act.step, note));
    }
    doing.base.store.commit(unit).await?;
    rating.version += 1;
    Ok(rating)
}

async fn reached(doing: &Doing<'_>, id: Id) -> Result<Rating, RatingError> {
    let found = record::by_id(doing.base.store, id).await?.filter(|rating| rating.rated_at.is_some());
    found.filter(|rating| rating.allows(doing.actor, Right::ViewCase)).ok_or(RatingError::NotFound)
}

fn allowed(doing: &Doing<'_>, rating: &Rating, right: Right) -> Result<(), RatingError> {
    if rating.allows(doing.actor, right) {
        return Ok(());
    }
    let (zh, en) = match right {
        Right::DecideCase => {
            ("申诉由审批人员复核，您的岗位不能复核", "an appeal is judged by an approver; your post may not")
        }
        _ => ("您的岗位可以查看评价，但不能处理", "your post may see ratings but not work on them"),
    };
    Err(RatingError::Forbidden(Text::new(zh, en)))
}

/// Who appealed does not judge, nor who decided the case.
fn may_judge(doing: &Doing<'_>, rating: &Rating) -> Result<(), RatingError> {
    let me = doing.actor.account();
    if me.is_some() && (me == rating.appealed_by || me == rating.decided_by) {
        return Err(RatingError::Forbidden(Text::new(
            "提出申诉的人和办理原件的人不能复核，请由另一个人复核",
            "whoever appealed or decided the case does not judge; let another person do it",
        )));
    }
    Ok(())
}

fn dress(rating: &mut Rating, doing: &Doing<'_>, (step, after, note): (Step, RatingState, &str), now: Moment) {
    rating.state = after;
    match step {
        Step::Call => {
            rating.called_at = rating.called_at.or(Some(now));
            rating.called_by = doing.actor.account();
        }
        Step::Ledger => {
            let clock = doing.catalog.procedure().and_then(|p| p.mending.as_ref());
            rating.mend_due_at = decide::due(clock, now, doing.catalog);
        }
        Step::Appeal => rating.appealed_by = doing.actor.account(),
        Step::Mend | Step::Mended | Step::Explain | Step::Uphold | Step::Dismiss => {}
    }
    if step.is_reply() {
        (rating.reply, rating.replied_at) = (Some(blotted(note, &[])), Some(now));
    }
    if matches!(after, RatingState::Closed | RatingState::Void) {
        rating.closing = Some(step.word().to_owned());
        rating.closing_note = Some(note.to_owned());
        rating.closed_at = Some(now);
        rating.closed_by = doing.actor.account();
    }
}

/// The counters of a step.
fn counted(rating: &Rating, unit: Unit, (was, step): (RatingState, Step), now: Moment) -> Unit {
    let called_first = step == Step::Call && was == RatingState::ToCall;
    let in_time = rating.call_due_at.is_none_or(|due| now < due);
    let mut unit = unit;
    if called_first {
        unit = unit.count(rating.call_counter("called"), 1);
    }
    if called_first && in_time {
        unit = unit.count(rating.call_counter("in_time"), 1);
    }
    match (rating.state, rating.level) {
        (RatingState::Closed, _) => unit.count(rating.call_counter("closed"), 1),
        (RatingState::Void, Some(level)) => {
            unit.count(rating.level_counter(level), -1).count(rating.call_counter("void"), 1)
        }
        _ => unit,
    }
}

/// The row, the act's line and its leaf.
fn written(doing: &Doing<'_>, rating: &Rating, kind: &str, note: &str) -> Result<Unit, RatingError> {
    let (base, signature) = (&doing.base, doing.actor.signature());
    let salt = Salt::generate(base.entropy);
    let id = base.id();
    let row: Vec<Value> = vec![
        (&rating.shard).into(),
        id.into(),
        rating.id.into(),
        base.now().into(),
        kind.into(),
        signature.account.into(),
        (&signature.name).into(),
        note.into(),
    ];
    let public = json!({ "act": id.to_string(), "at": base.now(), "did": kind, "state": rating.state.word() });
    let private: Json = json!({ "by": signature, "note": note });
    let unit = base.unit().update(&RATING, rating.key(), rating.version, rating.changes()).insert(&RATING_ACT, row);
    Ok(unit.leaf(leaf("rating.act", rating, &public, &private, &salt)?))
}

/// What the applicant is told when his bad rating is closed or dated.
fn told(doing: &Doing<'_>, rating: &Rating, step: Step, note: &str) -> NewMessage {
    let until = rating.mend_due_at.filter(|_| step == Step::Ledger).map(|due| due.plus_ms(-1).date());
    let (zh, en) = match until {
        Some(day) => {
            (format!("已列入整改台账，{day} 前办完。"), format!("It is on the ledger, to be mended by {day}. "))
        }
        None => (String::new(), String::new()),
    };
    NewMessage {
        id: doing.base.id(),
        party: rating.applicant,
        kind: MessageKind::Rating,
        title: Text::new("您的评价有了处理结果", "What became of your rating"),
        body: Text::new(format!("{zh}{note}"), format!("{en}{note}")),
        link: Some(format!("/cases/{}", rating.number)),
        case: Some(rating.case_id),
        at: doing.base.now(),
    }
}

/// Replies to a rating that owes nothing: publicly, once.
pub async fn reply(doing: &Doing<'_>, id: Id, (text, version): (&str, i64)) -> Result<Rating, RatingError> {
    let mut rating = reached(doing, id).await?;
    allowed(doing, &rating, Right::HandleCase)?;
    if rating.state != RatingState::Rated || rating.reply.is_some() {
        return Err(RatingError::NotAllowed);
    }
    if let Some(error) = decide::note("/note", text) {
        return Err(RatingError::Form(vec![error]));
    }
    if rating.version != version {
        return Err(RatingError::Changed);
    }
    (rating.reply, rating.replied_at) = (Some(blotted(text.trim(), &[])), Some(doing.base.now()));
    let unit = written(doing, &rating, "reply", text.trim())?;
    doing.base.store.commit(unit).await?;
    rating.version += 1;
    Ok(rating)
}

/// What a person found when he looked at written words for personal data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Words<'a> {
    /// They may be shown, with what the program blotted out.
    Show,
    /// They may not, for this reason, which is shown.
    Withhold(&'a str),
}

/// Lets written words be shown, or keeps them back with a public reason. Level and reply are public in either case. Who decided
/// the case does not keep back what is said about it.
pub async fn check_words(doing: &Doing<'_>, id: Id, (found, version): (Words<'_>, i64)) -> Result<Rating, RatingError> {
    let mut rating = reached(doing, id).await?;
    allowed(doing, &rating, Right::HandleCase)?;
    if rating.words_state == WordsState::Silent || rating.state == RatingState::Void {
        return Err(RatingError::NotAllowed);
    }
    let (kind, why) = match found {
        Words::Show => ("show", ""),
        Words::Withhold(why) => {
            may_withhold(doing, &rating, why)?;
            ("withhold", why.trim())
        }
    };
    if rating.version != version {
        return Err(RatingError::Changed);
    }
    rating.words_state = if kind == "show" { WordsState::Shown } else { WordsState::Withheld };
    rating.words_why = (kind != "show").then(|| why.to_owned());
    let unit = written(doing, &rating, kind, why)?;
    doing.base.store.commit(unit).await?;
    rating.version += 1;
    Ok(rating)
}

fn may_withhold(doing: &Doing<'_>, rating: &Rating, why: &str) -> Result<(), RatingError> {
    if doing.actor.account().is_some() && doing.actor.account() == rating.decided_by {
        return Err(RatingError::Forbidden(Text::new(
            "办理原件的人不能隐去对自己的评价，请由另一个人核对",
            "whoever decided the case does not keep back what is said about it",
        )));
    }
    let error: Option<FieldError> = decide::note("/note", why);
    error.map_or(Ok(()), |error| Err(RatingError::Form(vec![error])))
}
