//! How a case stands, for whoever has its receipt: the state, nothing about the person.

use affairs::approval::{self, ApprovalError, Case};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Form, Router};
use kernel::CaseNumber;
use serde::Deserialize;

use super::found::state_tag;
use super::story;
use super::view::{ProgressPage, StatusView};
use crate::frame::Frame;
use crate::limits::Client;
use crate::office::Desks;
use crate::pieces::ErrorLine;
use crate::problem::{Problem, page, page_as};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/progress", get(show).post(ask))
}

async fn show(frame: Frame) -> Result<Response, Problem> {
    page(&ProgressPage { number: String::new(), errors: Vec::new(), status: None, frame })
}

#[derive(Deserialize)]
struct Receipt {
    #[serde(default)]
    number: String,
    #[serde(default)]
    secret: String,
}

/// Every question counts against the limit of sign-in, right or wrong: a secret is not to be guessed.
async fn ask(
    State(state): State<AppState>,
    frame: Frame,
    Client(client): Client,
    Form(receipt): Form<Receipt>,
) -> Result<Response, Problem> {
    state.limits().sign_in(client)?;
    let desks = state.desks()?;
    let number = CaseNumber::read(&receipt.number).map_or_else(|_| receipt.number.clone(), |n| n.to_string());
    match approval::progress(desks.store(), &desks.office.receipt_key, &number, &receipt.secret).await {
        Ok(case) => {
            let status = Some(status(&desks, &frame, &case)?);
            page(&ProgressPage { number: case.number, errors: Vec::new(), status, frame })
        }
        Err(ApprovalError::NotFound) => {
            let errors = vec![ErrorLine { href: "#f-number".to_owned(), message: frame.t("seek.wrong").to_owned() }];
            let page = ProgressPage { number: receipt.number, errors, status: None, frame };
            page_as(StatusCode::NOT_FOUND, &page)
        }
        Err(other) => Err(other.into()),
    }
}

fn status(desks: &Desks<'_>, frame: &Frame, case: &Case) -> Result<StatusView, Problem> {
    let item = story::item_of(desks, case)?;
    let line = story::next_line(desks, frame, case);
    Ok(StatusView {
        tag: state_tag(frame, case.state),
        sentence: if line.is_empty() { frame.t("then.done").to_owned() } else { line },
        stages: story::steps_of(frame, &item, case),
        // A page that was posted cannot be asked for again by itself.
        refresh_seconds: 0,
        rate: if case.state.is_agencys_end() { format!("/rate?number={}", case.number) } else { String::new() },
    })
}
