//! The door of a hall: a ticket for somebody without a phone, who is there for an appointment, who came back; and the halls an
//! officer works at.

use affairs::catalog::Hall;
use affairs::ticket::{self, Hold, Serve, Step, Ticket, TicketError, Today, serves_at};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::Id;
use serde::Deserialize;

use super::appointment::tag;
use super::take::{Sent, fields, summary};
use super::view::{AppointmentRow, CounterRow, DoorPage, HallRow, HallsPage, LineRow, LineView};
use super::{Errors, class_text, clock, fresh_key, hall, line_name, told, wait_text};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::Link;
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/counters", get(all))
        .route("/staff/counters/{hall}", get(door))
        .route("/staff/counters/{hall}/door/ticket", post(give))
        .route("/staff/counters/{hall}/door/step", post(step))
        .route("/staff/counters/{hall}/door/come", post(come))
}

/// A hall this officer works at; another one is not found.
pub(super) fn own<'d>(desks: &'d Desks<'_>, frame: &Frame, officer: &Officer, id: &str) -> Result<&'d Hall, Problem> {
    let found = hall(desks, frame, id)?;
    if serves_at(&officer.actor(), found) { Ok(found) } else { Err(Problem::not_found()) }
}

async fn all(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (on, actor) = (frame.now.date(), officer.actor());
    let has_lines = |hall: &&Hall| hall.in_force(on) && hall.counters.iter().any(|c| c.in_force(on));
    let mine: Vec<&Hall> =
        desks.catalog.halls().iter().filter(has_lines).filter(|hall| serves_at(&actor, hall)).collect();
    let mut rows = Vec::new();
    for hall in mine {
        let today = ticket::today(&desks.approval(), &hall.id).await?;
        rows.push(HallRow {
            link: Link {
                href: format!("/staff/counters/{}", hall.id),
                text: frame.text(&hall.name).to_owned(),
                hint: String::new(),
            },
            waiting: today.lines.iter().map(|line| today.waiting(&line.offer)).sum(),
            open: today.counters.len(),
        });
    }
    page(&HallsPage { rows, frame })
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    given: String,
}

/// What a page says beside what stands there.
#[derive(Default)]
struct Said {
    done: Option<Link>,
    error: String,
    errors: Errors,
}

async fn door(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let given = match asked.given.parse::<Id>() {
        Ok(given) => ticket::ticket(desks.store(), &desks.office.shard, given).await?,
        Err(_) => None,
    };
    let done = given.filter(|t| t.hall == id).map(|t| Link {
        href: format!("/tickets/{}", t.id),
        text: frame.t1("ticket.given", &t.number),
        hint: frame.t("ticket.print").to_owned(),
    });
    let sent = Sent { key: fresh_key(&state), ..Sent::default() };
    page(&built(&desks, &officer, frame, (&id, &sent, Said { done, ..Said::default() })).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (id, sent, said): (&str, &Sent, Said),
) -> Result<DoorPage, Problem> {
    let hall = own(desks, &frame, officer, id)?;
    let today = ticket::today(&desks.approval(), id).await?;
    let fields = fields(desks, &frame, &today, sent, &said.errors);
    Ok(DoorPage {
        hall: frame.text(&hall.name).to_owned(),
        here: format!("/staff/counters/{id}"),
        board: format!("/halls/{id}/board"),
        done: said.done,
        error: said.error,
        errors: summary(&fields),
        counters: counters(desks, &frame, hall, &today),
        fields,
        key: sent.key.clone(),
        lines: today.lines.iter().map(|line| line_view(desks, &frame, &today, &line.offer)).collect(),
        passed: today.passed().map(|t| line_row(desks, &frame, t)).collect(),
        appointments: appointments(desks, &frame, id).await?,
        frame,
    })
}

fn counters(desks: &Desks<'_>, frame: &Frame, hall: &Hall, today: &Today) -> Vec<CounterRow> {
    let open = hall.counters.iter().filter(|c| c.in_force(today.day));
    let row = |counter: &affairs::catalog::Counter| {
        let staffed = today.counters.iter().find(|row| row.code == counter.code);
        let serving = staffed.and_then(|row| today.tickets.iter().find(|t| row.serving == Some(t.id)));
        let offers = counter.offers.iter().map(|offer| line_name(desks, frame, offer));
        CounterRow {
            href: format!("/staff/counters/{}/{}", hall.id, counter.code),
            code: counter.code.clone(),
            offers: offers.collect::<Vec<_>>().join(frame.t("halls.and")),
            officer: staffed.map(|row| row.officer_name().to_owned()).unwrap_or_default(),
            serving: serving.map(|t| t.number.clone()).unwrap_or_default(),
        }
    };
    open.map(row).collect()
}

pub(super) fn line_view(desks: &Desks<'_>, frame: &Frame, today: &Today, offer: &str) -> LineView {
    LineView {
        id: format!("line-{offer}"),
        name: line_name(desks, frame, offer),
        wait: today.newcomer(offer).map(|stand| wait_text(frame, stand.wait)).unwrap_or_default(),
        rows: today.order(offer).into_iter().map(|t| line_row(desks, frame, t)).collect(),
    }
}

fn line_row(desks: &Desks<'_>, frame: &Frame, ticket: &Ticket) -> LineRow {
    LineRow {
        id: ticket.id.to_string(),
        version: ticket.version,
        number: ticket.number.clone(),
        class: class_text(desks, frame, ticket),
        since: clock(ticket.since),
    }
}

async fn appointments(desks: &Desks<'_>, frame: &Frame, hall: &str) -> Result<Vec<AppointmentRow>, Problem> {
    let found = ticket::of_hall(desks.store(), (&desks.office.shard, hall), frame.now.date()).await?;
    let Some(law) = desks.catalog.halls().line_law() else { return Ok(Vec::new()) };
    let row = |one: &ticket::Appointment| {
        let hold = one.hold(&law.appointment, frame.now);
        let name = if one.name_mask.is_empty() { one.booked_by.clone() } else { one.name_mask.clone() };
        AppointmentRow {
            at: one.at,
            name,
            line: line_name(desks, frame, &one.offer),
            tag: tag(frame, one.state, hold),
            cancel: String::new(),
            come: if hold == Hold::Now { one.id.to_string() } else { String::new() },
            ticket: String::new(),
        }
    };
    Ok(found.iter().map(row).collect())
}

async fn give(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(mut sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    own(&desks, &frame, &officer, &id)?;
    if sent.key.len() < 8 {
        sent.key = fresh_key(&state);
    }
    match ticket::take(&desks.approval(), &officer.actor(), &sent.take(&id)).await {
        Ok(taken) => Ok(Redirect::to(&format!("/staff/counters/{id}?given={}", taken.id)).into_response()),
        Err(error) => again(&desks, &officer, frame, (&id, &sent, error)).await,
    }
}

/// The page once more, with what was wrong.
async fn again(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (id, sent, error): (&str, &Sent, TicketError),
) -> Result<Response, Problem> {
    let (status, said) = match error {
        TicketError::Form(errors) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Said { errors: told(&frame, &errors), ..Said::default() })
        }
        TicketError::Closed(why) | TicketError::NotAllowed(why) | TicketError::Forbidden(why) => {
            (StatusCode::CONFLICT, Said { error: frame.text(&why).to_owned(), ..Said::default() })
        }
        TicketError::Changed => {
            (StatusCode::CONFLICT, Said { error: frame.t("ticket.changed").to_owned(), ..Said::default() })
        }
        other => return Err(other.into()),
    };
    page_as(status, &built(desks, officer, frame, (id, sent, said)).await?)
}

#[derive(Deserialize, Default)]
struct Chosen {
    #[serde(default)]
    id: String,
    #[serde(default)]
    version: i64,
    #[serde(rename = "do", default)]
    step: String,
}

async fn step(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    own(&desks, &frame, &officer, &id)?;
    let of: Id = chosen.id.parse().map_err(|_| Problem::not_found())?;
    let step = Step::from_word(&chosen.step).filter(|step| matches!(step, Step::Back | Step::Leave));
    let serve = Serve { step: step.ok_or_else(Problem::not_found)?, version: chosen.version, case: None };
    match ticket::serve(&desks.approval(), &officer.actor(), of, &serve).await {
        Ok(_) => Ok(Redirect::to(&format!("/staff/counters/{id}")).into_response()),
        Err(error) => {
            let sent = Sent { key: fresh_key(&state), ..Sent::default() };
            again(&desks, &officer, frame, (&id, &sent, error)).await
        }
    }
}

async fn come(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    own(&desks, &frame, &officer, &id)?;
    let of: Id = chosen.id.parse().map_err(|_| Problem::not_found())?;
    match ticket::come(&desks.approval(), &officer.actor(), of).await {
        Ok((_, taken)) => Ok(Redirect::to(&format!("/staff/counters/{id}?given={}", taken.id)).into_response()),
        Err(error) => {
            let sent = Sent { key: fresh_key(&state), ..Sent::default() };
            again(&desks, &officer, frame, (&id, &sent, error)).await
        }
    }
}
