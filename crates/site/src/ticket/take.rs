//! Taking a ticket on a phone, and looking at it.

use affairs::access::Actor;
use affairs::ticket::{self, Stand, Take, Ticket, TicketError, TicketState, Today};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::Id;
use serde::Deserialize;

use super::view::{PriorityRow, TakePage, TicketPage};
use super::{Errors, class_text, clock, field, fresh_key, hall, line_name, place_name, state_tag, told, wait_text};
use crate::cookies::{self, Cookie};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, ErrorLine, FieldKind, FieldView};
use crate::problem::{Problem, page, page_as};
use crate::state::AppState;

/// The cookie that remembers the ticket of this phone, so that a second press does not take a second one.
const COOKIE: &str = "ticket";
const DAY_SECONDS: i64 = 24 * 3_600;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/halls/{hall}/ticket", get(form).post(send))
        .route("/tickets/{id}", get(show))
        .route("/tickets/{id}/leave", post(leave))
}

/// The form as it is sent.
#[derive(Deserialize, Default)]
pub(super) struct Sent {
    #[serde(rename = "/offer", default)]
    pub offer: String,
    #[serde(rename = "/priority", default)]
    pub priority: String,
    #[serde(default)]
    pub key: String,
}

impl Sent {
    pub(super) fn take<'a>(&'a self, hall: &'a str) -> Take<'a> {
        let priority = Some(self.priority.as_str()).filter(|id| !id.is_empty());
        Take { hall, offer: &self.offer, item: None, priority, key: &self.key }
    }
}

async fn form(
    State(state): State<AppState>,
    frame: Frame,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    if let Some(own) = own(&desks, &id, &headers, &frame).await? {
        return Ok(Redirect::to(&format!("/tickets/{}", own.id)).into_response());
    }
    let key = fresh_key(&state);
    page(&built(&desks, frame, (&id, &Sent { key, ..Sent::default() }), (Vec::new(), String::new())).await?)
}

/// The ticket that this phone holds here and that is still to be served.
async fn own(desks: &Desks<'_>, hall: &str, headers: &HeaderMap, frame: &Frame) -> Result<Option<Ticket>, Problem> {
    let Some(id) = cookies::read(headers, COOKIE).and_then(|id| id.parse::<Id>().ok()) else { return Ok(None) };
    let found = ticket::ticket(desks.store(), &desks.office.shard, id).await?;
    Ok(found.filter(|t| t.hall == hall && t.day == frame.now.date() && t.state.is_open()))
}

pub(super) fn fields(desks: &Desks<'_>, frame: &Frame, today: &Today, sent: &Sent, errors: &Errors) -> Vec<FieldView> {
    let colon = if frame.is_zh() { "：" } else { ": " };
    let line = |line: &ticket::LineToday| {
        let wait = today.newcomer(&line.offer).map(|stand| wait_text(frame, stand.wait)).unwrap_or_default();
        let (name, waiting) = (line_name(desks, frame, &line.offer), today.waiting(&line.offer));
        Choice {
            value: line.offer.clone(),
            label: format!("{name}{colon}{}", frame.t2("ticket.line", waiting, wait)),
            chosen: sent.offer == line.offer || today.lines.len() == 1,
        }
    };
    let lines: Vec<Choice> = today.lines.iter().map(line).collect();
    let law = desks.catalog.halls().line_law();
    let priorities = law.map_or(&[][..], |law| &law.priorities).iter().map(|p| Choice {
        value: p.id.clone(),
        label: frame.text(&p.name).to_owned(),
        chosen: sent.priority == p.id,
    });
    vec![
        field("/offer", frame.t("ticket.what"), FieldKind::Choice(lines), errors),
        FieldView {
            hint: frame.t("ticket.priority_hint").to_owned(),
            optional: true,
            ..field("/priority", frame.t("ticket.priority"), FieldKind::Select(priorities.collect()), errors)
        },
    ]
}

pub(super) fn summary(fields: &[FieldView]) -> Vec<ErrorLine> {
    let line = |f: &FieldView| Some(ErrorLine { href: format!("#{}", f.id()), message: f.error.clone()? });
    fields.iter().filter_map(line).collect()
}

async fn built(
    desks: &Desks<'_>,
    frame: Frame,
    (id, sent): (&str, &Sent),
    (errors, refused): (Errors, String),
) -> Result<TakePage, Problem> {
    let hall = hall(desks, &frame, id)?;
    let today = ticket::today(&desks.approval(), id).await?;
    let halls = desks.catalog.halls();
    let law = halls.line_law().ok_or_else(Problem::not_found)?;
    let closed = match (refused.is_empty(), today.lines.is_empty(), desks.catalog.hall_open(hall, frame.now)) {
        (false, ..) => refused,
        (_, true, _) => frame.t("ticket.no_lines").to_owned(),
        (_, _, false) => frame.t("ticket.closed").to_owned(),
        _ => String::new(),
    };
    let fields = fields(desks, &frame, &today, sent, &errors);
    let priority = |p: &affairs::catalog::Priority| PriorityRow {
        name: frame.text(&p.name).to_owned(),
        proof: frame.text(&p.proof).to_owned(),
        grade: p.backing.grade,
        note: p.backing.note.as_ref().map(|note| frame.text(note).to_owned()).unwrap_or_default(),
    };
    Ok(TakePage {
        hall: frame.text(&hall.name).to_owned(),
        place: place_name(desks, &frame, hall),
        back: format!("/halls/{}", hall.region),
        action: format!("/halls/{id}/ticket"),
        appointment: format!("/halls/{id}/appointment"),
        board: format!("/halls/{id}/board"),
        closed,
        hours: halls.attended(hall).map(|a| frame.text(&a.name).to_owned()).unwrap_or_default(),
        errors: summary(&fields),
        fields,
        key: sent.key.clone(),
        priorities: law.priorities.iter().map(priority).collect(),
        jumps_most: law.line.jumps_most,
        measured_least: law.line.measured_least,
        frame,
    })
}

async fn send(
    State(state): State<AppState>,
    frame: Frame,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(mut sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    if let Some(own) = own(&desks, &id, &headers, &frame).await? {
        return Ok(Redirect::to(&format!("/tickets/{}", own.id)).into_response());
    }
    if sent.key.len() < 8 {
        sent.key = fresh_key(&state);
    }
    let (status, errors, refused) = match ticket::take(&desks.approval(), &Actor::Anonymous, &sent.take(&id)).await {
        Ok(taken) => return Ok(given(&state, &taken)),
        Err(TicketError::Form(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, told(&frame, &errors), String::new()),
        Err(TicketError::Closed(why) | TicketError::NotAllowed(why)) => {
            (StatusCode::CONFLICT, Vec::new(), frame.text(&why).to_owned())
        }
        Err(other) => return Err(other.into()),
    };
    page_as(status, &built(&desks, frame, (&id, &sent), (errors, refused)).await?)
}

fn given(state: &AppState, taken: &Ticket) -> Response {
    let mut response = Redirect::to(&format!("/tickets/{}", taken.id)).into_response();
    let value = taken.id.to_string();
    let cookie =
        Cookie { name: COOKIE, value: &value, max_age_seconds: Some(DAY_SECONDS), secure: state.settings().tls };
    if let Some(line) = cookie.line() {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

async fn show(State(state): State<AppState>, frame: Frame, Path(id): Path<String>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let found = ticket::ticket(desks.store(), &desks.office.shard, id).await?.ok_or_else(Problem::not_found)?;
    let is_today = found.day == frame.now.date();
    let stand = match found.state {
        TicketState::Waiting if is_today => ticket::today(&desks.approval(), &found.hall).await?.stand(&found),
        _ => None,
    };
    let may_leave = is_today && matches!(found.state, TicketState::Waiting | TicketState::Passed);
    page(&TicketPage {
        number: found.number.clone(),
        tag: state_tag(&frame, found.state),
        says: says(&frame, &found, is_today),
        pairs: pairs(&desks, &frame, &found, stand),
        leave: if may_leave { format!("/tickets/{id}/leave") } else { String::new() },
        board: format!("/halls/{}/board", found.hall),
        is_open: is_today && found.state.is_open(),
        frame,
    })
}

fn says(frame: &Frame, ticket: &Ticket, is_today: bool) -> String {
    let counter = ticket.counter.as_deref().unwrap_or_default();
    match (is_today, ticket.state) {
        (false, _) => frame.t("ticket.says_over").to_owned(),
        (_, TicketState::Waiting) => frame.t("ticket.says_waiting").to_owned(),
        (_, TicketState::Called) => frame.t1("ticket.says_called", counter),
        (_, TicketState::Passed) => frame.t("ticket.says_passed").to_owned(),
        (_, TicketState::Finished) => frame.t("ticket.says_finished").to_owned(),
        (_, TicketState::Left) => frame.t("ticket.says_left").to_owned(),
    }
}

fn pairs(desks: &Desks<'_>, frame: &Frame, ticket: &Ticket, stand: Option<Stand>) -> Vec<(String, String)> {
    let hall = desks.catalog.halls().get(&ticket.hall);
    let mut pairs = Vec::new();
    if let Some(stand) = stand {
        pairs.push(("ticket.ahead", frame.t1("ticket.people", stand.ahead)));
        // Before its time an appointment waits for its time.
        pairs.push(match ticket.due_at.filter(|due| *due > frame.now) {
            Some(due) => ("ticket.from", clock(due)),
            None => ("ticket.wait", wait_text(frame, stand.wait)),
        });
    }
    pairs.push(("ticket.hall", hall.map_or_else(|| ticket.hall.clone(), |h| frame.text(&h.name).to_owned())));
    pairs.push(("ticket.what", line_name(desks, frame, &ticket.offer)));
    pairs.push(("ticket.class", class_text(desks, frame, ticket)));
    pairs.push(("ticket.taken_at", frame.moment(ticket.taken_at)));
    let shown = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    shown.map(|(key, value)| (frame.t(key).to_owned(), value)).collect()
}

async fn leave(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    ticket::give_up(&desks.approval(), id).await?;
    Ok(Redirect::to(&format!("/tickets/{id}")).into_response())
}
