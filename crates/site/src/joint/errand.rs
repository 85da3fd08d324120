//! The workbench of two places: what was received here for elsewhere, what was received elsewhere for here, and the
//! receipts of handing over.

use affairs::access::Right;
use affairs::approval::{ApprovalError, State as CaseState};
use affairs::joint::errand::{self, Errand, Leg, Side, Step};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::view::{ErrandRow, ErrandsPage, HandedRow, StepForm};
use crate::approval::found::state_tag;
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/errands", get(list)).route("/staff/errands/{number}/{step}", post(take))
}

async fn list(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    let built = built(&state.desks()?, &officer, frame, None).await?;
    page_as(StatusCode::OK, &built)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    wrong: Option<(&str, String)>,
) -> Result<ErrandsPage, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewCase) {
        return Err(Problem::not_found());
    }
    let found = errand::errands_for(desks.store(), officer.0.account).await?;
    let row = |(errand, state): &(Errand, CaseState)| row(desks, &frame, officer, (errand, *state, wrong.as_ref()));
    Ok(ErrandsPage { rows: found.iter().map(row).collect(), frame })
}

fn row(
    desks: &Desks<'_>,
    frame: &Frame,
    officer: &Officer,
    (errand, state, wrong): (&Errand, CaseState, Option<&(&str, String)>),
) -> ErrandRow {
    let across = desks.catalog.procedure().and_then(|p| p.across.iter().find(|a| a.mode == errand.mode.word()));
    let mode = across.map_or_else(|| errand.mode.word().to_owned(), |a| frame.text(&a.name).to_owned());
    let receiving = officer.0.scopes.allow(Right::HandleCase, &errand.receiving_place());
    let deciding = officer.0.scopes.allow(Right::HandleCase, &errand.deciding_place());
    let mine = |step: &Step| match step.side() {
        Side::Receiving => receiving,
        Side::Deciding => deciding,
    };
    let due = |step: &Step| errand.leg.after(errand.mode, *step, !state.is_open()).is_some();
    let step = Step::ALL.into_iter().find(|step| due(step) && mine(step));
    ErrandRow {
        number: errand.number.clone(),
        item: places::item(frame, &desks.catalog, &errand.item),
        applicant: errand.applicant_mask.clone(),
        mode,
        receiving: places::agency(frame, &desks.catalog, &errand.receiving_agency),
        receiving_duty: across.map(|a| frame.text(&a.receiving).to_owned()).unwrap_or_default(),
        deciding: places::agency(frame, &desks.catalog, &errand.deciding_agency),
        deciding_duty: across.map(|a| frame.text(&a.deciding).to_owned()).unwrap_or_default(),
        region: places::region(frame, &desks.catalog, &errand.region),
        tag: state_tag(frame, state),
        leg: frame.t(&format!("errand.leg_{}", errand.leg.word())).to_owned(),
        handed: handed(frame, errand),
        step: step.map(|step| StepForm {
            action: format!("/staff/errands/{}/{}", errand.number, step.word()),
            word: frame.t(&format!("errand.step_{}", step.word())).to_owned(),
            parcel: step == Step::Send && errand.leg == Leg::Received,
            id: format!("parcel-{}", errand.number),
            error: wrong.filter(|(number, _)| *number == errand.number).map(|(_, why)| why.clone()).unwrap_or_default(),
        }),
    }
}

fn handed(frame: &Frame, errand: &Errand) -> Vec<HandedRow> {
    let steps = [
        ("errand.did_received", Some(&errand.received)),
        ("errand.did_sent", errand.sent.as_ref()),
        ("errand.did_taken", errand.taken.as_ref()),
        ("errand.did_returned", errand.returned.as_ref()),
        ("errand.did_delivered", errand.delivered.as_ref()),
    ];
    let row = |(word, receipt): (&str, Option<&(kernel::Moment, String)>)| {
        let (at, by) = receipt?;
        let parcel = errand.parcel.as_deref().filter(|_| word == "errand.did_sent").unwrap_or_default();
        Some(HandedRow { what: frame.t(word).to_owned(), at: *at, who: by.clone(), parcel: parcel.to_owned() })
    };
    steps.into_iter().filter_map(row).collect()
}

#[derive(Deserialize, Default)]
struct Sent {
    #[serde(default)]
    parcel: String,
}

async fn take(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((number, step)): Path<(String, String)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let step = Step::from_word(&step).ok_or_else(Problem::not_found)?;
    match errand::step(&desks.approval(), &officer.actor(), &number, (step, &sent.parcel)).await {
        Ok(_) => Ok(Redirect::to("/staff/errands").into_response()),
        Err(ApprovalError::Form(errors)) => {
            let why = errors.first().map(|e| frame.text(&e.message).to_owned()).unwrap_or_default();
            let again = built(&desks, &officer, frame, Some((&number, why))).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}
