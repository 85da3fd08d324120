//! One person at the counter: what he wants, in whose name, and what was done for him so far.

use std::sync::Arc;

use affairs::access::{Mandate, PartyKind};
use affairs::approval::{ApprovalError, Case};
use affairs::catalog::{FieldError, Item};
use affairs::ticket;
use affairs::window::{self, Paper, Reception};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::{CaseNumber, Language, Text};
use serde::Deserialize;

use super::bench::place_name;
use super::fields::{Fields, lines};
use super::view::{CaseRow, StandPage, TicketForm};
use super::{help, path, receives, standing};
use crate::approval::found::state_tag;
use crate::approval::story;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::Width;
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;
use crate::words::word;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/window/{id}", get(show))
        .route("/staff/window/{id}/open", post(open))
        .route("/staff/window/{id}/paper", post(paper))
        .route("/staff/window/{id}/end", post(end))
}

/// What was typed on the page's forms.
#[derive(Deserialize, Default)]
struct Typed {
    #[serde(default)]
    number: String,
    #[serde(rename = "paper-kind", default)]
    kind: String,
    #[serde(rename = "paper-code", default)]
    code: String,
    #[serde(rename = "paper-name", default)]
    name: String,
    #[serde(rename = "paper-item", default)]
    item: String,
    #[serde(rename = "paper-basis", default)]
    basis: String,
    #[serde(rename = "paper-until", default)]
    until: String,
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    receives(&officer)?;
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    page(&built(&desks, &officer, frame, (&reception, &Typed::default(), &[])).await?)
}

/// The page once more, with what was wrong.
pub(super) async fn again(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (reception, errors): (&Reception, &[FieldError]),
) -> Result<StandPage, Problem> {
    built(desks, officer, frame, (reception, &Typed::default(), errors)).await
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (reception, typed, errors): (&Reception, &Typed, &[FieldError]),
) -> Result<StandPage, Problem> {
    let desk = desks.approval();
    let mandates = window::mandates(&desk, reception).await?;
    let items = items(desks, officer, &frame, reception)?;
    let cases = window::opened_cases(&desk, reception).await?;
    let row = |case: &Case| CaseRow {
        href: format!("{}/cases/{}", path(reception), case.number),
        number: case.number.clone(),
        item: story::item_name(desks, &frame, case),
        tag: state_tag(&frame, case.state),
    };
    let fields = Fields { frame: &frame, errors };
    let choose = vec![
        fields.select(("item", "/item"), "case.item", (items.clone(), "")),
        fields.select(("for", "/mandate"), "window.whose", (whose(&frame, reception, &mandates), "self")),
    ];
    let number = vec![fields.line(("number", "/number"), "receipt.number", (&typed.number, Width::Long))];
    let kinds = ["person", "company"].map(|k| (k.to_owned(), frame.t(&format!("window.kind_{k}")).to_owned()));
    let kind = if typed.kind.is_empty() { "company" } else { &typed.kind };
    let paper = vec![
        fields.choice(("paper-kind", "/paper/kind"), "window.paper_kind", (kinds.to_vec(), kind)),
        fields.line(("paper-code", "/paper/code"), "window.paper_code", (&typed.code, Width::Medium)),
        fields.line(("paper-name", "/paper/name"), "window.paper_name", (&typed.name, Width::Medium)),
        fields.select(("paper-item", "/paper/item"), "case.item", (items, &typed.item)),
        fields.line(("paper-basis", "/paper/basis"), "window.paper_basis", (&typed.basis, Width::Medium)),
        fields.day(("paper-until", "/paper/until"), "window.paper_until", &typed.until),
    ];
    let place = window::post(&desks.catalog, (&reception.hall, &reception.counter), frame.now.date())?;
    Ok(StandPage {
        name: reception.name.clone(),
        code: reception.code_mask.clone(),
        document: frame.t(&format!("window.document_{}", reception.document.word())).to_owned(),
        place: place_name(&frame, &place),
        checked_at: reception.checked_at,
        until: reception.until,
        base: path(reception),
        errors: lines(&frame, choose.iter().chain(&number).chain(&paper), errors),
        is_paper_open: errors.iter().any(|e| e.pointer.starts_with("/paper")),
        ticket: ticket_form(desks, officer).await?,
        kin: help::asked(desks, &frame, reception).await?,
        cases: cases.iter().map(row).collect(),
        choose,
        number,
        paper,
        frame,
    })
}

/// The ticket that is served at the officer's counter, with the case it led to so far.
async fn ticket_form(desks: &Desks<'_>, officer: &Officer) -> Result<Option<TicketForm>, Problem> {
    let (desk, actor) = (desks.approval(), officer.actor());
    let Some(ticket) = ticket::serving(&desk, &actor).await? else { return Ok(None) };
    let case = window::likely(&desk, &actor, &ticket).await?;
    Ok(Some(TicketForm {
        action: format!("/staff/counters/{}/{}", ticket.hall, ticket.counter.as_deref().unwrap_or_default()),
        number: ticket.number,
        id: ticket.id.to_string(),
        version: ticket.version,
        case: case.unwrap_or_default(),
    }))
}

/// In whose name: his own, or that of somebody he holds a mandate of.
fn whose(frame: &Frame, reception: &Reception, mandates: &[Mandate]) -> Vec<(String, String)> {
    let own = ("self".to_owned(), frame.t1("window.himself", &reception.name));
    let of = |m: &Mandate| {
        let until = frame.date(m.scope.valid_to);
        (m.id.to_string(), frame.t2("window.for", &m.principal.name, until))
    };
    std::iter::once(own).chain(mandates.iter().map(of)).collect()
}

/// What this counter takes in, as far as the officer's post reaches.
fn items(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: &Frame,
    reception: &Reception,
) -> Result<Vec<(String, String)>, Problem> {
    let today = frame.now.date();
    let place = window::post(&desks.catalog, (&reception.hall, &reception.counter), today)?;
    let actor = officer.actor();
    let taken = |item: &&Arc<Item>| {
        let deciding = desks.catalog.responsible(item, None, today).deciding;
        window::may_receive(&desks.catalog, &actor, (&place, place.taking()), (&item.id, &deciding)).is_ok()
    };
    let named = |item: &Arc<Item>| (item.id.clone(), frame.text(&item.name).to_owned());
    Ok(desks.catalog.items(today).filter(taken).map(named).collect())
}

/// Opens a case by its number.
async fn open(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let number = CaseNumber::read(&typed.number).map_or_else(|_| typed.number.trim().to_owned(), |n| n.to_string());
    match window::open(&desks.approval(), &officer.actor(), &reception, &number).await {
        Ok(found) => {
            let to = format!("{}/cases/{}", path(&reception), found.file.case.number);
            Ok(Redirect::to(&to).into_response())
        }
        Err(ApprovalError::NotFound) => {
            let message = Text::new(word(Language::Zh, "window.no_case"), word(Language::En, "window.no_case"));
            let error = FieldError { pointer: "/number".into(), code: "not_found".into(), message };
            let again = built(&desks, &officer, frame, (&reception, &typed, &[error])).await?;
            page_as(StatusCode::NOT_FOUND, &again)
        }
        Err(other) => Err(other.into()),
    }
}

/// Takes an authorisation on paper.
async fn paper(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let paper = Paper {
        kind: PartyKind::from_word(&typed.kind).unwrap_or(PartyKind::Company),
        code: &typed.code,
        name: &typed.name,
        item: &typed.item,
        basis: &typed.basis,
        until: typed.until.parse().ok(),
    };
    match window::authorise(&desks.approval(), &officer.actor(), (&reception, &paper)).await {
        Ok(mandate) => {
            let to = format!("{}/apply?item={}&for={}", path(&reception), typed.item, mandate.id);
            Ok(Redirect::to(&to).into_response())
        }
        Err(ApprovalError::Form(errors)) => {
            let again = built(&desks, &officer, frame, (&reception, &typed, &errors)).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}

async fn end(State(state): State<AppState>, officer: Officer, Path(id): Path<String>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    window::end(&desks.approval(), &officer.actor(), reception.id).await?;
    Ok(Redirect::to("/staff/window").into_response())
}
