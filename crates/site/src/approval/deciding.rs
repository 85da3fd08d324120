//! The decision an officer signs: sent to the room, or shown again with what hinders it and with everything that was
//! typed.

use affairs::approval::{self, ApprovalError, Ruling, RulingDraft};
use axum::Form;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;

use super::casework::{RULINGS, Typed, built, file};
use super::correction::merged;
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/cases/{number}/decide", post(decide))
}

/// A decision as the form sends it: sentences of a notice may be picked, several of one name.
struct Sent {
    version: i64,
    outcome: String,
    reasons: String,
    picked: Vec<String>,
}

impl Sent {
    fn read(pairs: &[(String, String)]) -> Self {
        let last = |name: &str| pairs.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.replace("\r\n", "\n"));
        let picked = pairs.iter().filter(|(name, _)| name == "line").map(|(_, line)| line.clone()).collect();
        Self {
            version: last("version").and_then(|v| v.parse().ok()).unwrap_or_default(),
            outcome: last("outcome").unwrap_or_default(),
            reasons: last("reasons").unwrap_or_default(),
            picked,
        }
    }
}

async fn decide(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    frame: Frame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let sent = Sent::read(&pairs);
    let desks = state.desks()?;
    let file = file(&desks, &officer, &frame, &number).await?;
    let reasons = sent.reasons.clone();
    let picked = Some(sent.picked.clone());
    let typed = Typed { outcome: sent.outcome.clone(), reasons: reasons.clone(), picked, ..Typed::default() };
    let chosen = RULINGS.iter().find(|(_, word, _)| *word == sent.outcome);
    let Some((ruling, ..)) = chosen else {
        // Everything wrong is told at once.
        let missing = if reasons.trim().is_empty() { frame.t("case.reasons_missing") } else { "" };
        let (outcome_error, reasons_error) = (frame.t("case.choose").to_owned(), missing.to_owned());
        let again = built(&desks, &officer, frame, (&file, Typed { outcome_error, reasons_error, ..typed })).await?;
        return page_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let reasons = if *ruling == Ruling::Correct { merged(&frame, &sent.picked, &reasons) } else { reasons };
    let draft = RulingDraft { ruling: *ruling, reasons: &reasons, version: sent.version };
    match approval::rule(&desks.approval(), &officer.actor(), file.case.id, &draft).await {
        Ok(case) => Ok(Redirect::to(&format!("/staff/cases/{}?done=1", case.number)).into_response()),
        Err(error) => told(&desks, &officer, frame, (&number, typed, error)).await,
    }
}

/// The page again, with what was typed and what hinders it.
async fn told(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (number, typed, error): (&str, Typed, ApprovalError),
) -> Result<Response, Problem> {
    let (status, typed) = match error {
        ApprovalError::Form(errors) => {
            let message = errors.first().map(|e| frame.text(&e.message).to_owned()).unwrap_or_default();
            (StatusCode::UNPROCESSABLE_ENTITY, Typed { reasons_error: message, ..typed })
        }
        ApprovalError::Changed | ApprovalError::NotAllowed(_) => {
            (StatusCode::CONFLICT, Typed { changed: frame.t("case.changed").to_owned(), ..typed })
        }
        ApprovalError::NoEvidence(why) => {
            tracing::error!(why, "the log cannot sign: decisions wait");
            (StatusCode::SERVICE_UNAVAILABLE, Typed { changed: frame.t("case.no_evidence").to_owned(), ..typed })
        }
        other => return Err(other.into()),
    };
    let file = file(desks, officer, &frame, number).await?;
    page_as(status, &built(desks, officer, frame, (&file, typed)).await?)
}
