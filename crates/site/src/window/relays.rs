//! Papers between front and back: what went out from the officer's hall, what lies before his agency, and the receipt of both.

use affairs::access::Right;
use affairs::approval::{ApprovalError, Case};
use affairs::catalog::{Catalog, FieldError};
use affairs::window::{self, Listed, Relay, RelayState};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::bench::{handles_papers, seat_name};
use super::view::{RelayPage, RelayRow, RelaysPage, TakeForm};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Link, Tone};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/window/relays", get(list))
        .route("/staff/window/relays/{number}", get(show))
        .route("/staff/window/relays/{number}/take", post(take))
        .route("/staff/window/relays/{number}/return", post(give_back))
}

async fn list(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    page(&built(&state.desks()?, &officer, frame, None).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    wrong: Option<(&str, &str, &[FieldError])>,
) -> Result<RelaysPage, Problem> {
    if !handles_papers(officer) {
        return Err(Problem::not_found());
    }
    let (actor, store) = (officer.actor(), desks.store());
    let seat = window::seat(&desks.approval(), &actor).await?;
    let front = match &seat {
        Some(seat) => window::front(store, &actor, &seat.hall).await?,
        None => Vec::new(),
    };
    let back = window::back(store, &actor).await?;
    let late = back.iter().filter(|l| l.relay.state(frame.now) == RelayState::Overdue).count();
    let plain = |l: &Listed| row(&frame, &desks.catalog, (&l.relay, &l.case));
    let mine = |l: &Listed| RelayRow { take: take_form(&frame, officer, l, wrong), ..plain(l) };
    Ok(RelaysPage {
        counted: frame.t2("window.relays_counted", back.len(), late),
        hall: seat.map(|s| seat_name(&frame, &desks.catalog, &s)).unwrap_or_default(),
        front: front.iter().map(plain).collect(),
        back: back.iter().map(mine).collect(),
        frame,
    })
}

/// What the back may do with papers that lie before it; nothing for who only looks, or sent them himself.
fn take_form(
    frame: &Frame,
    officer: &Officer,
    listed: &Listed,
    wrong: Option<(&str, &str, &[FieldError])>,
) -> Option<TakeForm> {
    let actor = officer.actor();
    let may = |right| listed.case.allows(&actor, right);
    if !(may(Right::HandleCase) || may(Right::DecideCase)) || officer.0.account == listed.relay.sent_by {
        return None;
    }
    let number = &listed.case.number;
    let mine = wrong.filter(|(of, ..)| of == number);
    let error = mine.and_then(|(_, _, errors)| errors.first()).map(|e| frame.text(&e.message).to_owned());
    Some(TakeForm {
        take: format!("/staff/window/relays/{number}/take"),
        give_back: format!("/staff/window/relays/{number}/return"),
        id: format!("reason-{number}"),
        reason: mine.map(|(_, typed, _)| typed.to_owned()).unwrap_or_default(),
        error: error.unwrap_or_default(),
    })
}

pub(super) fn row(frame: &Frame, catalog: &Catalog, (relay, case): (&Relay, &Case)) -> RelayRow {
    let state = relay.state(frame.now);
    let tone = match state {
        RelayState::Sent => Tone::Waiting,
        RelayState::Overdue => Tone::Refused,
        RelayState::Taken => Tone::Granted,
        RelayState::Returned => Tone::Refer,
    };
    let until = relay.due_at.map(|due| frame.date(due.plus_ms(-1).date()));
    let hall = catalog.halls().get(&relay.hall).map_or_else(|| relay.hall.clone(), |h| frame.text(&h.name).to_owned());
    let answer = match (&relay.returned, &relay.taken_by, relay.ended_at) {
        (Some((by, why)), _, Some(at)) => frame.t3("window.returned", frame.moment(at), by, why),
        (None, Some(by), Some(at)) => frame.t2("window.taken", frame.moment(at), by),
        _ => String::new(),
    };
    RelayRow {
        href: format!("/staff/window/relays/{}", case.number),
        number: case.number.clone(),
        round: relay.round,
        item: places::item(frame, catalog, &case.item),
        applicant: affairs::access::mask_name(case.applicant_kind, &case.applicant_name),
        from: format!("{hall} {}", relay.counter).trim().to_owned(),
        to: places::agency(frame, catalog, &case.deciding_agency),
        pieces: if relay.pieces == 0 {
            frame.t("window.no_paper").to_owned()
        } else {
            frame.t1("window.pieces_are", relay.pieces)
        },
        note: relay.note.clone(),
        sent: frame.t2("window.sent", frame.moment(relay.sent_at), &relay.sent_by_name),
        until: until.unwrap_or_default(),
        answer,
        light: tone,
        word: frame.t(&format!("window.relay_{}", state.word())).to_owned(),
        take: None,
    }
}

/// The receipt of a case's papers, with both sides' names.
async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (case, relays) = window::relays_of(&desks.approval(), &officer.actor(), &number).await?;
    if relays.is_empty() {
        return Err(Problem::not_found());
    }
    let back = window::standing_before(&desks.approval(), &officer.actor()).await?;
    let stand = back.map(|r| Link { href: super::path(&r), text: r.name.clone(), hint: String::new() });
    let file = case.allows(&officer.actor(), Right::ViewCase).then(|| format!("/staff/cases/{number}"));
    page(&RelayPage {
        rows: relays.iter().map(|relay| row(&frame, &desks.catalog, (relay, &case))).collect(),
        number,
        stand,
        file,
        frame,
    })
}

async fn take(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    window::take(&desks.approval(), &officer.actor(), &number).await?;
    Ok(Redirect::to(&format!("/staff/window/relays/{number}")).into_response())
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    reason: String,
}

async fn give_back(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(Reason { reason }): Form<Reason>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    match window::give_back(&desks.approval(), &officer.actor(), (&number, &reason)).await {
        Ok(_) => Ok(Redirect::to("/staff/window/relays").into_response()),
        Err(ApprovalError::Form(errors)) => {
            let again = built(&desks, &officer, frame, Some((&number, &reason, &errors))).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}
