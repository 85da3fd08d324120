//! Decisions that nobody has fetched, at the officer's hall; those that go by courier are sent from here.

use affairs::access::mask_name;
use affairs::approval::ApprovalError;
use affairs::window::{self, Handing, Uncollected, Way};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::bench::seat_name;
use super::receives;
use super::view::{CourierForm, ResultRow, ResultsPage};
use crate::approval::found::state_tag;
use crate::approval::story;
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/window/results", get(list)).route("/staff/window/results/{number}", post(courier))
}

async fn list(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    page(&built(&state.desks()?, &officer, frame, None).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    wrong: Option<(&str, String)>,
) -> Result<ResultsPage, Problem> {
    receives(officer)?;
    let (actor, store) = (officer.actor(), desks.store());
    let seat = window::seat(&desks.approval(), &actor).await?;
    let found = match &seat {
        Some(seat) => window::uncollected(store, &actor, &seat.hall).await?,
        None => Vec::new(),
    };
    Ok(ResultsPage {
        hall: seat.map(|s| seat_name(&frame, &desks.catalog, &s)).unwrap_or_default(),
        rows: found.iter().map(|one| row(desks, &frame, (one, wrong.as_ref()))).collect(),
        frame,
    })
}

fn row(desks: &Desks<'_>, frame: &Frame, (one, wrong): (&Uncollected, Option<&(&str, String)>)) -> ResultRow {
    let (case, counter) = (&one.case, &one.counter);
    let by_courier = counter.way == Way::Courier;
    ResultRow {
        number: case.number.clone(),
        item: story::item_name(desks, frame, case),
        applicant: mask_name(case.applicant_kind, &case.applicant_name),
        tag: state_tag(frame, case.state),
        decided: case.decided_at.map(|at| frame.moment(at)).unwrap_or_default(),
        way: frame.t(&format!("window.way_{}", counter.way.word())).to_owned(),
        courier: by_courier.then(|| CourierForm {
            action: format!("/staff/window/results/{}", case.number),
            id: format!("parcel-{}", case.number),
            address: counter.address.clone(),
            error: wrong.filter(|(of, _)| *of == case.number).map(|(_, why)| why.clone()).unwrap_or_default(),
        }),
    }
}

#[derive(Deserialize)]
struct Parcel {
    #[serde(default)]
    parcel: String,
}

async fn courier(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(Parcel { parcel }): Form<Parcel>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let handing = Handing::Courier { parcel: &parcel };
    match window::deliver(&desks.approval(), &officer.actor(), (&number, &handing)).await {
        Ok(_) => Ok(Redirect::to("/staff/window/results").into_response()),
        Err(ApprovalError::Form(errors)) => {
            let why = errors.first().map(|e| frame.text(&e.message).to_owned()).unwrap_or_default();
            let again = built(&desks, &officer, frame, Some((&number, why))).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}
