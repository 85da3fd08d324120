//! The first review at the workbench: the form by which the agency below passes the file up, and its opinion before the agency
//! above.

use affairs::approval::{self, ApprovalError, File, PassUp};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use serde::Deserialize;

use super::casework::{Typed, Wrong, built, file};
use super::hold::{FirstForm, FirstView};
use super::story;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::ErrorLine;
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/cases/{number}/first-review", post(pass_up))
}

/// What was typed, and what was wrong with it.
#[derive(Default)]
pub(super) struct FirstTyped {
    favourable: String,
    opinion: String,
    wrong: Wrong,
}

impl FirstTyped {
    pub(super) fn lines(&self) -> Vec<ErrorLine> {
        self.wrong.lines("first-")
    }
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    favourable: String,
    #[serde(default)]
    opinion: String,
    #[serde(default)]
    version: i64,
}

async fn pass_up(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    frame: Frame,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let seen = file(&desks, &officer, &frame, &number).await?;
    let mut first = FirstTyped { favourable: sent.favourable, opinion: sent.opinion, wrong: Wrong::default() };
    let chosen = match first.favourable.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let said = first.opinion.trim().chars().count() >= 4;
    let done = match chosen {
        Some(favourable) => {
            let up = PassUp { favourable, opinion: &first.opinion, version: sent.version };
            approval::pass_up(&desks.approval(), &officer.actor(), seen.case.id, &up).await.map(drop)
        }
        None => {
            first.wrong.0.push(("favourable".to_owned(), frame.t("first.choose").to_owned()));
            if !said {
                first.wrong.0.push(("opinion".to_owned(), frame.t("first.opinion_missing").to_owned()));
            }
            Err(ApprovalError::Form(Vec::new()))
        }
    };
    let (status, typed) = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/staff/cases/{number}")).into_response()),
        Err(ApprovalError::Form(errors)) => {
            let named = errors
                .iter()
                .map(|e| (e.pointer.trim_start_matches('/').to_owned(), frame.text(&e.message).to_owned()));
            first.wrong.0.extend(named);
            (StatusCode::UNPROCESSABLE_ENTITY, Typed { first, ..Typed::default() })
        }
        Err(ApprovalError::Changed | ApprovalError::NotAllowed(_)) => {
            let changed = frame.t("hold.changed").to_owned();
            (StatusCode::CONFLICT, Typed { first, changed, ..Typed::default() })
        }
        Err(other) => return Err(other.into()),
    };
    let seen = file(&desks, &officer, &frame, &number).await?;
    page_as(status, &built(&desks, &officer, frame, (&seen, typed)).await?)
}

/// How the first review stands; nothing where the item knows none.
pub(super) fn view(
    desks: &Desks<'_>,
    (officer, frame): (&Officer, &Frame),
    file: &File,
    (free, typed): (bool, &FirstTyped),
) -> Option<FirstView> {
    let (case, review) = (&file.case, file.first.as_ref()?);
    let name = |id: &str| story::agency(desks, frame, id);
    let stands = match &review.passed {
        Some(passed) => {
            let word = if passed.favourable { "first.for" } else { "first.against" };
            frame.t2(word, name(&review.agency), format!("{} · {}", passed.by, frame.moment(passed.at)))
        }
        None => frame.t2("first.under_way", name(&review.agency), name(&review.above)),
    };
    let may = free && approval::may_pass_up(&officer.actor(), case, review);
    Some(FirstView {
        stands,
        opinion: review.passed.as_ref().map(|p| p.opinion.clone()).unwrap_or_default(),
        form: may.then(|| FirstForm {
            action: format!("/staff/cases/{}/first-review", case.number),
            version: case.version,
            above: name(&review.above),
            favourable: typed.favourable.clone(),
            favourable_error: typed.wrong.of("favourable"),
            opinion: typed.opinion.clone(),
            opinion_error: typed.wrong.of("opinion"),
        }),
    })
}
