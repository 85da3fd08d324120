//! Where a clerk begins: the counter he sits at, and who stands before him.

use affairs::access::Right;
use affairs::approval::ApprovalError;
use affairs::catalog::{Catalog, FieldError};
use affairs::ticket::{self, Seat};
use affairs::window::{self, Document, Identity, Post};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::fields::{Fields, lines};
use super::view::BenchPage;
use super::{path, receives};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Link, Width};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/window", get(show).post(begin)).route("/staff/window/seat", post(sit))
}

/// What was typed about who stands there.
#[derive(Deserialize, Default)]
struct Typed {
    #[serde(default)]
    document: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    seen: String,
}

async fn show(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    receives(&officer)?;
    let typed = Typed { document: Document::IdCard.word().to_owned(), ..Typed::default() };
    page(&built(&state.desks()?, &officer, frame, (&typed, &[])).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (typed, errors): (&Typed, &[FieldError]),
) -> Result<BenchPage, Problem> {
    let (desk, actor) = (desks.approval(), officer.actor());
    let seat = window::seat(&desk, &actor).await?;
    let places = window::places(&desks.catalog, &actor, frame.now.date());
    let value = |post: &Post<'_>| format!("{}/{}", post.hall.id, post.code());
    let here = seat.as_ref().map(|s| format!("{}/{}", s.hall, s.counter)).unwrap_or_default();
    let choices = places.iter().map(|post| (value(post), place_name(&frame, post))).collect();
    let fields = Fields { frame: &frame, errors };
    let seats = vec![fields.select(("seat", "/counter"), "window.counter", (choices, &here))];
    let identity = vec![
        fields.select(("document", "/document"), "window.document", (documents(&frame), &typed.document)),
        fields.line(("code", "/code"), "window.code", (&typed.code, Width::Medium)),
        fields.line(("name", "/name"), "window.name", (&typed.name, Width::Medium)),
        fields.tick(("seen", "/seen"), "window.seen_label", ("window.seen", typed.seen == "true")),
    ];
    let before = window::standing_before(&desk, &actor).await?;
    let called = ticket::serving(&desk, &actor).await?;
    let (papers, results) = waiting(desks, officer, seat.as_ref()).await?;
    Ok(BenchPage {
        place: seat.as_ref().map(|s| seat_name(&frame, &desks.catalog, s)).unwrap_or_default(),
        before: before.map(|r| Link { href: path(&r), text: r.name.clone(), hint: r.code_mask.clone() }),
        called: called.map(|ticket| ticket.number).unwrap_or_default(),
        tickets: seat.as_ref().map(called_at).unwrap_or_default(),
        errors: lines(&frame, seats.iter().chain(&identity), errors),
        papers,
        results,
        seats,
        identity,
        frame,
    })
}

/// Where people are called to a counter; a place without counters gives no tickets.
fn called_at(seat: &Seat) -> String {
    if seat.counter.is_empty() { String::new() } else { format!("/staff/counters/{}/{}", seat.hall, seat.counter) }
}

/// How many papers of this hall nobody has taken in time, and how many results nobody has fetched.
async fn waiting(desks: &Desks<'_>, officer: &Officer, seat: Option<&Seat>) -> Result<(usize, usize), Problem> {
    let Some(seat) = seat else { return Ok((0, 0)) };
    let (store, actor) = (desks.store(), officer.actor());
    let now = desks.base().now();
    let papers = window::front(store, &actor, &seat.hall).await?;
    let late = papers.iter().filter(|l| l.relay.state(now) == window::RelayState::Overdue).count();
    Ok((late, window::uncollected(store, &actor, &seat.hall).await?.len()))
}

pub(super) fn documents(frame: &Frame) -> Vec<(String, String)> {
    let one = |d: &Document| (d.word().to_owned(), frame.t(&format!("window.document_{}", d.word())).to_owned());
    Document::ALL.iter().map(one).collect()
}

/// A place with its counter, in words.
pub(super) fn place_name(frame: &Frame, post: &Post<'_>) -> String {
    let hall = frame.text(&post.hall.name);
    post.counter.map_or_else(|| hall.to_owned(), |c| format!("{hall} {} {}", c.code, frame.text(&c.name)))
}

/// A seat in words; its ids where the catalogue no longer has it.
pub(super) fn seat_name(frame: &Frame, catalog: &Catalog, seat: &Seat) -> String {
    match window::post(catalog, (&seat.hall, &seat.counter), frame.now.date()) {
        Ok(post) => place_name(frame, &post),
        Err(_) => format!("{} {}", seat.hall, seat.counter),
    }
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    seat: String,
}

async fn sit(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    receives(&officer)?;
    let desks = state.desks()?;
    let (hall, counter) = chosen.seat.split_once('/').unwrap_or((&chosen.seat, ""));
    match window::sit(&desks.approval(), &officer.actor(), (hall, counter)).await {
        Ok(_) => Ok(Redirect::to("/staff/window").into_response()),
        Err(ApprovalError::Form(errors)) => {
            let again = built(&desks, &officer, frame, (&Typed::default(), &errors)).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}

/// Recognises who stands there.
async fn begin(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    receives(&officer)?;
    let desks = state.desks()?;
    let shown = Identity {
        document: Document::from_word(&typed.document),
        code: &typed.code,
        name: &typed.name,
        is_seen: typed.seen == "true",
    };
    match window::begin(&desks.approval(), &officer.actor(), &shown).await {
        Ok(reception) => Ok(Redirect::to(&path(&reception)).into_response()),
        Err(ApprovalError::Form(errors)) => {
            let again = built(&desks, &officer, frame, (&typed, &errors)).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}

/// Whether an officer has to do with papers between front and back at all.
pub(super) fn handles_papers(officer: &Officer) -> bool {
    [Right::Receive, Right::ViewCase].into_iter().any(|right| officer.0.scopes.allow_somewhere(right))
}
