//! Tickets over the API: how a hall stands, a ticket from its machine, where a ticket stands.

use affairs::access::Actor;
use affairs::ticket::{self, Stand, Take, Ticket, TicketState, Unknown, Wait};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::{Date, Id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::IdempotencyKey;
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(show_lines))
        .routes(routes!(list_slots))
        .routes(routes!(take_ticket))
        .routes(routes!(show_ticket))
}

/// How long somebody waits.
#[derive(Serialize, ToSchema)]
struct WaitBody {
    /// Minutes, at least; nothing where nobody knows.
    from_minutes: Option<i64>,
    /// Minutes, at most.
    to_minutes: Option<i64>,
    /// Why nobody knows: `no_counter` or `too_few`.
    unknown: Option<&'static str>,
}

impl From<Wait> for WaitBody {
    fn from(wait: Wait) -> Self {
        match wait {
            Wait::Between(from, to) => Self { from_minutes: Some(from), to_minutes: Some(to), unknown: None },
            Wait::Unknown(why) => Self {
                from_minutes: None,
                to_minutes: None,
                unknown: Some(match why {
                    Unknown::NoCounter => "no_counter",
                    Unknown::TooFew => "too_few",
                }),
            },
        }
    }
}

/// A line of a hall now.
#[derive(Serialize, ToSchema)]
struct LineBody {
    /// What it is for: id of an offer.
    offer: String,
    /// How many wait.
    waiting: usize,
    /// Counters that are open for it.
    open_counters: usize,
    /// Services of the day the waiting time is worked out from.
    measured: usize,
    /// How long somebody waits who comes now.
    wait: WaitBody,
}

/// A number that is called to a counter.
#[derive(Serialize, ToSchema)]
struct CalledBody {
    /// The number.
    number: String,
    /// The counter.
    counter: String,
}

/// A hall now: nothing of anybody.
#[derive(Serialize, ToSchema)]
struct HallNowBody {
    /// The day.
    day: String,
    /// Its lines.
    lines: Vec<LineBody>,
    /// Who is called, the newest first.
    called: Vec<CalledBody>,
}

/// A ticket that is wanted.
#[derive(Deserialize, ToSchema)]
struct TakeBody {
    /// The line: id of an offer.
    offer: String,
    /// Item id, where it is known.
    item: Option<String>,
    /// A priority of the catalogue; shown at the counter.
    priority: Option<String>,
}

/// A ticket.
#[derive(Serialize, ToSchema)]
struct TicketBody {
    /// Its id: who knows it holds the ticket.
    id: String,
    /// What is called out.
    number: String,
    /// The hall.
    hall: String,
    /// The line.
    offer: String,
    /// The day it is good for.
    day: String,
    /// `waiting`, `called`, `passed`, `finished`, `left`.
    state: &'static str,
    /// The counter that called it.
    counter: Option<String>,
    /// How many are called before it, while it waits.
    ahead: Option<usize>,
    /// How long it waits.
    wait: Option<WaitBody>,
}

impl TicketBody {
    fn of(ticket: Ticket, stand: Option<Stand>) -> Self {
        Self {
            id: ticket.id.to_string(),
            number: ticket.number,
            hall: ticket.hall,
            offer: ticket.offer,
            day: ticket.day.to_string(),
            state: ticket.state.word(),
            counter: ticket.counter,
            ahead: stand.map(|stand| stand.ahead),
            wait: stand.map(|stand| stand.wait.into()),
        }
    }
}

/// How many wait at a hall, for how long, and who is called.
#[utoipa::path(get, path = "/api/v1/halls/{id}/lines", tag = "hall",
    responses((status = 200, body = HallNowBody), (status = 404)))]
async fn show_lines(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<HallNowBody>, Problem> {
    let desks = state.desks()?;
    let today = ticket::today(&desks.approval(), &id).await?;
    let line = |line: &ticket::LineToday| {
        let stand = today.newcomer(&line.offer)?;
        Some(LineBody {
            offer: line.offer.clone(),
            waiting: today.waiting(&line.offer),
            open_counters: line.pace.open,
            measured: line.pace.services_ms.len(),
            wait: stand.wait.into(),
        })
    };
    let called = today
        .called()
        .into_iter()
        .map(|t| CalledBody { number: t.number.clone(), counter: t.counter.clone().unwrap_or_default() });
    Ok(Json(HallNowBody {
        day: today.day.to_string(),
        lines: today.lines.iter().filter_map(line).collect(),
        called: called.collect(),
    }))
}

#[derive(Deserialize, IntoParams)]
struct SlotsAsked {
    /// The line: id of an offer.
    offer: String,
    /// The day, `YYYY-MM-DD`.
    day: String,
}

/// A slot of appointments.
#[derive(Serialize, ToSchema)]
struct SlotBody {
    /// When it begins; RFC 3339.
    at: String,
    /// How many may still be made.
    left: u32,
}

/// The slots of a day that are still to come; none on a day on which the hall is closed.
#[utoipa::path(get, path = "/api/v1/halls/{id}/slots", tag = "hall", params(SlotsAsked),
    responses((status = 200, body = Vec<SlotBody>), (status = 400), (status = 404), (status = 409)))]
async fn list_slots(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(asked): Query<SlotsAsked>,
) -> Result<Json<Vec<SlotBody>>, Problem> {
    let day: Date = asked.day.parse().map_err(|_| Problem::of(StatusCode::BAD_REQUEST))?;
    let desks = state.desks()?;
    let slots = ticket::slots(&desks.approval(), &id, (&asked.offer, day)).await?;
    Ok(Json(slots.iter().map(|slot| SlotBody { at: slot.at.to_string(), left: slot.left }).collect()))
}

/// Takes a ticket, as the machine at the door does.
#[utoipa::path(post, path = "/api/v1/halls/{id}/tickets", tag = "hall", request_body = TakeBody,
    params(("Idempotency-Key" = String, Header, description = "the same for a repeated request")),
    responses((status = 201, body = TicketBody), (status = 404), (status = 409), (status = 422)))]
async fn take_ticket(
    State(state): State<AppState>,
    key: IdempotencyKey,
    Path(id): Path<String>,
    Json(body): Json<TakeBody>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let asked = Take {
        hall: &id,
        offer: &body.offer,
        item: body.item.as_deref(),
        priority: body.priority.as_deref(),
        key: &key.0,
    };
    let taken = ticket::take(&desks.approval(), &Actor::Anonymous, &asked).await?;
    let stand = ticket::today(&desks.approval(), &id).await?.stand(&taken);
    Ok((StatusCode::CREATED, Json(TicketBody::of(taken, stand))).into_response())
}

/// Where a ticket stands.
#[utoipa::path(get, path = "/api/v1/tickets/{id}", tag = "hall",
    responses((status = 200, body = TicketBody), (status = 404)))]
async fn show_ticket(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<TicketBody>, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let found = ticket::ticket(desks.store(), &desks.office.shard, id).await?.ok_or_else(Problem::not_found)?;
    let waits = found.state == TicketState::Waiting && found.day == state.clock().now().date();
    let stand = if waits { ticket::today(&desks.approval(), &found.hall).await?.stand(&found) } else { None };
    Ok(Json(TicketBody::of(found, stand)))
}
