//! What an applicant may do with a case that is open: mend what the one notice named, or take it back.

use affairs::approval::{self, ApprovalError, File, Standing, State as CaseState, draft};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::found::Found;
use super::story;
use super::told::to_mend;
use super::view::WithdrawPage;
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::{Problem, page};
use crate::session::Person;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/cases/{number}/correct", get(correct).post(correct))
        .route("/cases/{number}/withdraw", get(ask).post(withdraw))
        .route("/cases/{number}/commitment", post(leave_commitment))
}

/// The applicant's own case; anybody else's is not found.
async fn own(desks: &Desks<'_>, person: &Person, number: &str, frame: &Frame) -> Result<File, Problem> {
    let (file, standing) = approval::file_by_number(desks.store(), &person.actor(), number, frame.now).await?;
    if standing == Standing::Applicant { Ok(file) } else { Err(Problem::not_found()) }
}

/// Opens the form again with everything that was filed.
async fn correct(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = own(&desks, &person, &number, &frame).await?;
    if file.case.state != CaseState::Correcting {
        return Ok(Redirect::to(&format!("/cases/{number}")).into_response());
    }
    // What several agencies want is mended once, on one form.
    if let Some(parent) = file.case.parent
        && let Some(joint) = affairs::joint::number_of(desks.store(), parent).await?
    {
        return Ok(Redirect::to(&format!("/joints/{joint}/correct")).into_response());
    }
    let item = story::item_of(&desks, &file.case)?;
    let form = file.case.form.as_object().cloned().unwrap_or_default();
    let found = file.latest().and_then(Found::of);
    let disputed = found.map(|f| f.assessment.contradictions.into_iter().map(|c| c.field).collect::<Vec<_>>());
    let form = to_mend(&item, &form, &disputed.unwrap_or_default());
    let draft = draft::mend(&desks.base(), &person.0, &file.case, &form).await?;
    Ok(Redirect::to(&format!("/drafts/{}", draft.id)).into_response())
}

async fn ask(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = own(&desks, &person, &number, &frame).await?;
    if !file.case.state.is_open() {
        return Ok(Redirect::to(&format!("/cases/{number}")).into_response());
    }
    let item = story::item_of(&desks, &file.case)?;
    let may = approval::may_withdraw_commitment(&file.case, &item);
    page(&WithdrawPage {
        commitment: may.then(|| format!("/cases/{number}/commitment")),
        item: story::item_name(&desks, &frame, &file.case),
        back: format!("/cases/{number}"),
        action: format!("/cases/{number}/withdraw"),
        version: file.case.version,
        number,
        errors: Vec::new(),
        frame,
    })
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

/// Takes the application back, as it was when the page was made; a case that moved on is shown instead.
async fn withdraw(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
    Form(Version { version }): Form<Version>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = own(&desks, &person, &number, &frame).await?;
    let withdrawn = file.case.state == CaseState::Withdrawn;
    if file.case.version != version && !withdrawn {
        return Err(ApprovalError::Changed.into());
    }
    if !withdrawn {
        approval::withdraw(&desks.approval(), &person.0, file.case.id, "").await?;
    }
    let to = Redirect::to(&format!("/cases/{number}"));
    Ok((StatusCode::SEE_OTHER, to).into_response())
}

/// Takes back the commitment alone: the application stays and is handled by the ordinary way.
async fn leave_commitment(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
    Form(Version { version }): Form<Version>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = own(&desks, &person, &number, &frame).await?;
    if file.case.version != version {
        return Err(ApprovalError::Changed.into());
    }
    approval::withdraw_commitment(&desks.approval(), &person.0, file.case.id).await?;
    let to = Redirect::to(&format!("/cases/{number}"));
    Ok((StatusCode::SEE_OTHER, to).into_response())
}
