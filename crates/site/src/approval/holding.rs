//! Taking a case, giving it back, giving it to somebody; a signed decision taken back, sent off, agreed to by the second
//! officer or not.

use affairs::access::Right;
use affairs::approval::{self, ApprovalError, Assignment, Case, File, Pending};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use kernel::Id;
use serde::Deserialize;

use super::casework::{RULINGS, Typed, built, file};
use super::hold::{DoorView, HoldView, MoreTimeView};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, ErrorLine};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

/// How often the page asks whether the decision has left, in seconds.
const AGAIN_SECONDS: u32 = 5;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/cases/{number}/hold", post(act))
}

/// What is asked.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Do {
    Take,
    GiveBack,
    Reassign,
    Undo,
    Leave,
    Concur,
    Differ,
    AskTime,
    GiveTime,
    RefuseTime,
}

#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "do")]
    what: Do,
    #[serde(default)]
    officer: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    opinion: String,
    #[serde(default)]
    time: String,
}

/// What was typed, and what was wrong with it.
#[derive(Default)]
pub(super) struct HoldTyped {
    officer_error: String,
    opinion: String,
    opinion_error: String,
    time: String,
    time_error: String,
}

impl HoldTyped {
    pub(super) fn lines(&self) -> Vec<ErrorLine> {
        let all =
            [("#f-officer", &self.officer_error), ("#f-opinion", &self.opinion_error), ("#f-time", &self.time_error)];
        let wrong = all.into_iter().filter(|(_, message)| !message.is_empty());
        wrong.map(|(href, message)| ErrorLine { href: href.to_owned(), message: message.clone() }).collect()
    }
}

async fn act(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    frame: Frame,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (file, actor) = (file(&desks, &officer, &frame, &number).await?, officer.actor());
    let (desk, id) = (desks.approval(), file.case.id);
    let done = match sent.what {
        Do::Take => approval::take(&desk, &actor, id).await,
        Do::GiveBack => approval::give_back(&desk, &actor, id, &sent.why).await,
        Do::Reassign => match sent.officer.parse::<Id>() {
            Ok(to) => approval::reassign(&desk, &actor, id, (to, &sent.why)).await,
            Err(_) => {
                let hold = HoldTyped { officer_error: frame.t("hold.choose").to_owned(), ..HoldTyped::default() };
                return again(&desks, (&officer, frame), &number, (StatusCode::UNPROCESSABLE_ENTITY, hold)).await;
            }
        },
        Do::Undo => approval::undo(&desk, &actor, id).await,
        Do::Leave => approval::leave_now(&desk, &actor, id).await.map(drop),
        Do::Concur => approval::concur(&desk, &actor, id).await,
        Do::Differ => approval::differ(&desk, &actor, id, &sent.opinion).await,
        Do::AskTime => approval::ask_extension(&desk, &actor, id, &sent.time).await,
        Do::GiveTime => approval::answer_extension(&desk, &actor, id, (true, &sent.time)).await,
        Do::RefuseTime => approval::answer_extension(&desk, &actor, id, (false, &sent.time)).await,
    };
    told(&desks, (&officer, frame), (&number, &sent), done).await
}

async fn told(
    desks: &Desks<'_>,
    (officer, frame): (&Officer, Frame),
    (number, sent): (&str, &Sent),
    done: Result<(), ApprovalError>,
) -> Result<Response, Problem> {
    let (status, hold) = match done {
        // What left is told as sent; the rest the page shows by itself.
        Ok(()) if matches!(sent.what, Do::Leave | Do::Concur) => {
            return Ok(Redirect::to(&format!("/staff/cases/{number}?done=1")).into_response());
        }
        Ok(()) => return Ok(Redirect::to(&format!("/staff/cases/{number}")).into_response()),
        Err(ApprovalError::Form(errors)) => {
            let message = errors.first().map(|e| frame.text(&e.message).to_owned()).unwrap_or_default();
            let hold = match sent.what {
                Do::Reassign => HoldTyped { officer_error: message, ..HoldTyped::default() },
                Do::AskTime | Do::GiveTime | Do::RefuseTime => {
                    HoldTyped { time: sent.time.clone(), time_error: message, ..HoldTyped::default() }
                }
                _ => HoldTyped { opinion: sent.opinion.clone(), opinion_error: message, ..HoldTyped::default() },
            };
            (StatusCode::UNPROCESSABLE_ENTITY, hold)
        }
        Err(ApprovalError::Changed | ApprovalError::NotAllowed(_)) => {
            return changed(desks, (officer, frame), number).await;
        }
        Err(other) => return Err(other.into()),
    };
    again(desks, (officer, frame), number, (status, hold)).await
}

async fn again(
    desks: &Desks<'_>,
    (officer, frame): (&Officer, Frame),
    number: &str,
    (status, hold): (StatusCode, HoldTyped),
) -> Result<Response, Problem> {
    let file = file(desks, officer, &frame, number).await?;
    page_as(status, &built(desks, officer, frame, (&file, Typed { hold, ..Typed::default() })).await?)
}

/// Somebody else was first, or the decision has left.
async fn changed(desks: &Desks<'_>, (officer, frame): (&Officer, Frame), number: &str) -> Result<Response, Problem> {
    let file = file(desks, officer, &frame, number).await?;
    let typed = Typed { changed: frame.t("hold.changed").to_owned(), ..Typed::default() };
    page_as(StatusCode::CONFLICT, &built(desks, officer, frame, (&file, typed)).await?)
}

/// With whom the case lies, and what this reader may do about it.
pub(super) async fn hold(
    desks: &Desks<'_>,
    (officer, frame): (&Officer, &Frame),
    file: &File,
    typed: &HoldTyped,
) -> Result<HoldView, Problem> {
    let (case, actor) = (&file.case, officer.actor());
    let Some(with) = &file.assignment else { return Ok(HoldView::default()) };
    let recused = approval::recused(desks.store(), &desks.catalog, &actor, (case, frame.now.date())).await?;
    let leads = case.reached_by(&officer.0.scopes, Right::Lead);
    let officers = match leads {
        true => approval::takers(&desks.approval(), case).await?,
        false => Vec::new(),
    };
    let choice = |c: approval::Candidate| Choice {
        value: c.account.to_string(),
        label: format!("{}（{}）", c.name, c.post),
        chosen: false,
    };
    Ok(HoldView {
        who: who(frame, with),
        why: frame.text(&with.why).to_owned(),
        action: format!("/staff/cases/{}/hold", case.number),
        take: recused.is_none() && approval::may_take(&actor, case, with),
        give_back: approval::may_give_back(&actor, with),
        officers: officers.into_iter().filter(|c| Some(c.account) != with.officer).map(choice).collect(),
        officer_error: typed.officer_error.clone(),
        recused: recused.map(|why| frame.text(&why).to_owned()).unwrap_or_default(),
    })
}

fn who(frame: &Frame, with: &Assignment) -> String {
    match &with.officer_name {
        Some(name) => frame.t1("hold.with", name),
        None => frame.t("hold.with_nobody").to_owned(),
    }
}

/// The decision at the door, and what this reader may do about it.
pub(super) fn door(
    frame: &Frame,
    officer: &Officer,
    case: &Case,
    (pending, typed): (&Pending, &HoldTyped),
) -> DoorView {
    let word = RULINGS.iter().find(|(ruling, ..)| *ruling == pending.ruling).map_or("", |(_, _, word)| word);
    let account = officer.0.account;
    let mine = pending.is_of(account);
    let may =
        case.reached_by(&officer.0.scopes, Right::DecideCase) || case.reached_by(&officer.0.scopes, Right::HandleCase);
    let waits = pending.waits_for_second();
    let left = pending.leaves_at.map(|at| (at.ms() - frame.now.ms() + 999).div_euclid(1_000).max(0));
    DoorView {
        ruling: frame.t(word).to_owned(),
        reasons: pending.reasons.clone(),
        by: frame.t2("outcome.by", &pending.officer_name, frame.moment(pending.made_at)),
        second: pending.second.as_ref().map(|s| frame.t1("hold.second", &s.name)).unwrap_or_default(),
        leaves: match left {
            None => frame.t("hold.waits_second").to_owned(),
            Some(0) => frame.t("hold.leaving").to_owned(),
            Some(seconds) => frame.t1("hold.leaves_in", seconds),
        },
        action: format!("/staff/cases/{}/hold", case.number),
        undo: mine,
        leave: mine && !waits,
        second_may: waits && !mine && may,
        opinion: typed.opinion.clone(),
        opinion_error: typed.opinion_error.clone(),
        refresh_seconds: AGAIN_SECONDS,
    }
}

/// More time for the decision, and what this reader may do about it.
pub(super) fn more_time(
    frame: &Frame,
    officer: &Officer,
    file: &File,
    (free, typed): (bool, &HoldTyped),
) -> MoreTimeView {
    let (case, actor, asked) = (&file.case, officer.actor(), file.extension.as_ref());
    let stands = |e: &approval::Extension| {
        let key = format!("more_time.{}", e.state.word());
        frame.t2(&key, &e.asked_name, e.days)
    };
    let answer = asked.and_then(|e| e.answer.as_ref());
    let ask = free && approval::may_ask(&actor, case, (asked, frame.now));
    MoreTimeView {
        stands: asked.map(stands).unwrap_or_default(),
        reasons: asked.map(|e| e.reasons.clone()).unwrap_or_default(),
        answer: answer.map(|a| frame.t2("more_time.said", &a.by, &a.words)).unwrap_or_default(),
        action: format!("/staff/cases/{}/hold", case.number),
        ask: if ask { frame.t("more_time.ask").to_owned() } else { String::new() },
        approve: free && asked.is_some_and(|e| approval::may_answer(&actor, case, e)),
        typed: typed.time.clone(),
        error: typed.time_error.clone(),
    }
}
