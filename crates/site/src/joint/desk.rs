//! The workbench of agencies that handle together: what they have in hand, who has spoken, and the limit of all of it.

use affairs::access::Right;
use affairs::approval::ApprovalError;
use affairs::joint::{self, Extension};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::row;
use super::view::{ExtensionForm, ListPage};
use crate::frame::Frame;
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/joints", get(list))
        .route("/staff/joints/{number}", get(show))
        .route("/staff/joints/{number}/content", post(content))
        .route("/staff/joints/{number}/extend", post(extend))
}

async fn list(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewCase) {
        return Err(Problem::not_found());
    }
    let desks = state.desks()?;
    let found = joint::joints_for(&desks.approval(), officer.0.account).await?;
    page(&ListPage { rows: found.iter().map(|one| row::line(&frame, &desks.catalog, one)).collect(), frame })
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let look = row::found(&desks, &officer.actor(), &number).await?;
    page(&row::page(&desks, frame, &officer.actor(), &look).await?)
}

#[derive(Deserialize)]
struct Content {
    /// The number of the case.
    case: String,
}

/// Nothing is to be mended, says the agency of one case.
async fn content(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Form(Content { case }): Form<Content>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let look = row::found(&desks, &officer.actor(), &number).await?;
    let part = look.parts.iter().find(|p| p.case.number == case).ok_or_else(Problem::not_found)?;
    joint::content(&desks.approval(), &officer.actor(), part.case.id).await?;
    Ok(Redirect::to(&format!("/staff/joints/{number}")).into_response())
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    approved_by: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    version: i64,
}

async fn extend(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let look = row::found(&desks, &officer.actor(), &number).await?;
    let (approved_by, why) = (asked.approved_by.as_str(), asked.why.as_str());
    let extension = Extension { joint: look.joint.id, approved_by, why, version: asked.version };
    match joint::extend(&desks.approval(), &officer.actor(), &extension).await {
        Ok(_) => Ok(Redirect::to(&format!("/staff/joints/{number}")).into_response()),
        Err(ApprovalError::Form(errors)) => {
            let mut again = row::page(&desks, frame, &officer.actor(), &look).await?;
            let of = |pointer: &str| {
                let error = errors.iter().find(|e| e.pointer == pointer);
                error.map(|e| again.frame.text(&e.message).to_owned()).unwrap_or_default()
            };
            let (approved_error, why_error) = (of("/approved_by"), of("/why"));
            again.extension = again.extension.map(|form| ExtensionForm {
                approved_by: asked.approved_by.clone(),
                why: asked.why.clone(),
                approved_error,
                why_error,
                ..form
            });
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}
