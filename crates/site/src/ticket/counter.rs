//! A counter: it opens, calls, passes over, ends with the case that came of it.

use affairs::ticket::{self, Class, Step, Ticket, TicketError};
use affairs::window::{self, Pressed};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::Id;
use serde::Deserialize;

use super::door::{line_view, own};
use super::view::{CounterPage, Serving};
use super::{class_text, clock};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/counters/{hall}/{code}", get(show).post(act))
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    nobody: String,
}

/// A button of the page.
#[derive(Deserialize, Default)]
struct Sent {
    #[serde(rename = "do", default)]
    step: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    version: i64,
    #[serde(default)]
    case: String,
}

/// What a page says beside what stands there.
#[derive(Default)]
struct Said {
    error: String,
    case_error: String,
    case: String,
    nobody: bool,
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((hall, code)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let said = Said { nobody: !asked.nobody.is_empty(), ..Said::default() };
    page(&built(&state.desks()?, &officer, frame, ((&hall, &code), said)).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    ((id, code), said): ((&str, &str), Said),
) -> Result<CounterPage, Problem> {
    let hall = own(desks, &frame, officer, id)?;
    let counter = hall.counter(code, frame.now.date()).ok_or_else(Problem::not_found)?;
    let today = ticket::today(&desks.approval(), id).await?;
    let staffed = today.counters.iter().find(|row| row.code == code);
    let served = staffed.and_then(|row| today.tickets.iter().find(|t| row.serving == Some(t.id)));
    let lines = today.lines.iter().filter(|line| counter.offers.contains(&line.offer));
    let case = match served {
        // What was done for who was called stands there already; it can be taken away.
        Some(ticket) if said.case_error.is_empty() => {
            window::likely(&desks.approval(), &officer.actor(), ticket).await?.unwrap_or_default()
        }
        _ => said.case,
    };
    Ok(CounterPage {
        hall: frame.text(&hall.name).to_owned(),
        door: format!("/staff/counters/{id}"),
        here: format!("/staff/counters/{id}/{code}"),
        code: code.to_owned(),
        name: frame.text(&counter.name).to_owned(),
        officer: staffed.map(|row| row.officer_name().to_owned()).unwrap_or_default(),
        is_mine: staffed.is_some_and(|row| row.is_of(officer.0.account)),
        error: said.error,
        case_error: said.case_error,
        case,
        nobody: said.nobody,
        serving: served.map(|t| serving(desks, &frame, t)),
        lines: lines.map(|line| line_view(desks, &frame, &today, &line.offer)).collect(),
        frame,
    })
}

fn serving(desks: &Desks<'_>, frame: &Frame, ticket: &Ticket) -> Serving {
    let law = desks.catalog.halls().line_law();
    let priority = ticket.priority.as_deref().and_then(|id| law?.priorities.iter().find(|p| p.id == id));
    Serving {
        id: ticket.id.to_string(),
        version: ticket.version,
        number: ticket.number.clone(),
        class: class_text(desks, frame, ticket),
        proof: priority.map(|p| frame.text(&p.proof).to_owned()).unwrap_or_default(),
        item: ticket.item.as_deref().map(|id| places::item(frame, &desks.catalog, id)).unwrap_or_default(),
        since: ticket.called_at.map(clock).unwrap_or_default(),
        calls: ticket.calls,
        is_priority: ticket.class == Class::Priority,
    }
}

async fn act(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((hall, code)): Path<(String, String)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    own(&desks, &frame, &officer, &hall)?;
    let (here, at) = (format!("/staff/counters/{hall}/{code}"), (hall.as_str(), code.as_str()));
    let error = match done(&desks, &officer, at, &sent).await {
        Ok(true) => return Ok(Redirect::to(&here).into_response()),
        Ok(false) => return Ok(Redirect::to(&format!("{here}?nobody=1")).into_response()),
        Err(error) => error,
    };
    let mut said = Said { case: sent.case, ..Said::default() };
    let status = match error {
        TicketError::Form(errors) => {
            said.case_error = errors.first().map(|e| frame.text(&e.message).to_owned()).unwrap_or_default();
            StatusCode::UNPROCESSABLE_ENTITY
        }
        TicketError::NotAllowed(why) | TicketError::Closed(why) => {
            said.error = frame.text(&why).to_owned();
            StatusCode::CONFLICT
        }
        TicketError::Changed => {
            said.error = frame.t("ticket.changed").to_owned();
            StatusCode::CONFLICT
        }
        other => return Err(other.into()),
    };
    page_as(status, &built(&desks, &officer, frame, (at, said)).await?)
}

/// Whether there was anybody to call.
async fn done(desks: &Desks<'_>, officer: &Officer, at: (&str, &str), sent: &Sent) -> Result<bool, TicketError> {
    let (desk, actor) = (desks.approval(), officer.actor());
    match sent.step.as_str() {
        "open" => ticket::open_counter(&desk, &actor, at).await.map(|_| true),
        "close" => ticket::close_counter(&desk, &actor, at).await.map(|_| true),
        "call" => ticket::call(&desk, &actor, at).await.map(|called| called.is_some()),
        word => {
            let step = Step::from_word(word).ok_or(TicketError::NotFound)?;
            let id: Id = sent.id.parse().map_err(|_| TicketError::NotFound)?;
            let pressed = Pressed { step, version: sent.version, number: &sent.case };
            window::serve(&desk, &actor, id, &pressed).await.map(|_| true)
        }
    }
}
