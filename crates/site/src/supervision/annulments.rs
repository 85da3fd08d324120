//! Annulments: at the agency that granted, step by step as its flow allows; and for the holder, who is told, answers, and may ask to
//! be heard.

use affairs::access::Right;
use affairs::powers::{Command, Refusal, RunFile, StepState, Who};
use affairs::supervision::{self, Annulment, AnnulmentFile, SupervisionError};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::tabs::places;
use super::view::{AnnulledPage, AnnulmentRow, AnnulmentsPage};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pairs::{Pairs, sent, version};
use crate::pieces::{ErrorLine, Link, Tag, Tone};
use crate::powers::desk::{again, built, values_of};
use crate::powers::stepped::{self, Lying, Typed};
use crate::powers::view::RunPage;
use crate::problem::{Problem, page, page_as};
use crate::session::{Officer, Person};
use crate::state::AppState;

/// Where officers find them.
const DESK: &str = "/staff/annulments";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(DESK, get(list))
        .route("/staff/annulments/{number}", get(show))
        .route("/staff/annulments/{number}/take", post(take))
        .route("/staff/annulments/{number}/cosign", post(cosign))
        .route("/staff/annulments/{number}/take-back", post(take_back))
        .route("/staff/annulments/{number}/recuse", post(recuse))
        .route("/annulments/{number}", get(own).post(speak))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    show: String,
}

async fn list(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewCase) {
        return Err(Problem::not_found());
    }
    let desks = state.desks()?;
    let closed = asked.show == "closed";
    let found = supervision::annulments_for(desks.store(), officer.0.account, !closed).await?;
    page(&AnnulmentsPage {
        filters: places(&frame, DESK),
        other: if closed { DESK.to_owned() } else { format!("{DESK}?show=closed") },
        closed,
        rows: found.iter().map(|a| row(&desks, &frame, a)).collect(),
        frame,
    })
}

fn row(desks: &Desks<'_>, frame: &Frame, annulment: &Annulment) -> AnnulmentRow {
    AnnulmentRow {
        href: format!("{DESK}/{}", annulment.number),
        number: annulment.number.clone(),
        item: names::item(frame, &desks.catalog, &annulment.item),
        party: annulment.party.clone(),
        state: state_tag(frame, annulment),
        changed: frame.moment(annulment.changed_at),
    }
}

fn state_tag(frame: &Frame, annulment: &Annulment) -> Tag {
    let name = annulment.flow.state(&annulment.state).map(|s| frame.text(&s.name).to_owned());
    let tone = match (annulment.is_open, annulment.state.as_str()) {
        (true, _) => Tone::Waiting,
        (false, "annulled") => Tone::Refused,
        (false, _) => Tone::Quiet,
    };
    Tag::new(tone, name.unwrap_or_else(|| annulment.state.clone()))
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let found = supervision::annulment_file(desks.store(), &officer.actor(), (&number, frame.now)).await?;
    let shown = built(&desks, frame, &found.file, (None, Vec::new())).await?;
    drawn(&desks, &found, (StatusCode::OK, shown)).await
}

/// The run's own page as that of an annulment.
async fn drawn(
    desks: &Desks<'_>,
    found: &AnnulmentFile,
    (status, mut drawn): (StatusCode, RunPage),
) -> Result<Response, Problem> {
    let all = supervision::inspections_of(desks.store(), found.annulment.case_id).await?;
    drawn.because = all.into_iter().find(|i| i.id == found.annulment.inspection).map(|i| Link {
        href: format!("/staff/inspections/{}", i.number),
        text: drawn.frame.t1("annul.because", &i.number),
        hint: String::new(),
    });
    drawn.base = DESK;
    drawn.place = "annul.title";
    drawn.flow = Link::default();
    page_as(status, &drawn)
}

async fn take(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let step = sent(&pairs, "step");
    let values = values_of(&pairs, step);
    act(&state, &officer, frame, (&number, version(&pairs), Command::Take { step, values: &values })).await
}

async fn cosign(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    act(&state, &officer, frame, (&number, version(&pairs), Command::Cosign)).await
}

async fn take_back(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    act(&state, &officer, frame, (&number, version(&pairs), Command::TakeBack)).await
}

async fn recuse(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    act(&state, &officer, frame, (&number, version(&pairs), Command::Recuse { reason: sent(&pairs, "reason") })).await
}

async fn act(
    state: &AppState,
    officer: &Officer,
    frame: Frame,
    (number, version, command): (&str, i64, Command<'_>),
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let done = supervision::proceed(&desks.approval(), &actor, (number, version, command)).await;
    let (status, refusal, why) = match done {
        Ok(annulment) => return Ok(Redirect::to(&format!("{DESK}/{}", annulment.number)).into_response()),
        Err(error) => refused(&frame, error)?,
    };
    let found = supervision::annulment_file(desks.store(), &actor, (number, frame.now)).await?;
    let shown = again(&desks, frame, &found.file, (&command, &refusal, why)).await?;
    drawn(&desks, &found, (status, shown)).await
}

/// The status, what the flow says, and the sentence for the whole.
fn refused(frame: &Frame, error: SupervisionError) -> Result<(StatusCode, Refusal, Option<String>), Problem> {
    match error {
        SupervisionError::Refused(refusal) => Ok((StatusCode::UNPROCESSABLE_ENTITY, refusal, None)),
        SupervisionError::NotAllowed(why) => {
            Ok((StatusCode::CONFLICT, Refusal::default(), Some(frame.text(&why).to_owned())))
        }
        SupervisionError::Forbidden(why) => {
            Ok((StatusCode::FORBIDDEN, Refusal::default(), Some(frame.text(&why).to_owned())))
        }
        SupervisionError::Changed => {
            Ok((StatusCode::CONFLICT, Refusal::default(), Some(frame.t("powers.moved").to_owned())))
        }
        other => Err(other.into()),
    }
}

async fn own(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let found = supervision::annulment_file(desks.store(), &person.actor(), (&number, frame.now)).await?;
    page(&for_holder(&desks, frame, &found, (None, Vec::new())))
}

fn for_holder(
    desks: &Desks<'_>,
    frame: Frame,
    found: &AnnulmentFile,
    (typed, more): (Option<&Typed<'_>>, Vec<ErrorLine>),
) -> AnnulledPage {
    let (annulment, file) = (&found.annulment, &found.file);
    let situation = file.situation(frame.now, desks.catalog.calendar());
    let steps = StepState::of(&situation, &file.hand);
    let open = steps.iter().filter(|s| s.step.who == Who::Party && s.hindrances.is_empty());
    AnnulledPage {
        number: annulment.number.clone(),
        version: annulment.version,
        item: names::item(&frame, &desks.catalog, &annulment.item),
        agency: names::agency(&frame, &desks.catalog, &annulment.agency),
        state: state_tag(&frame, annulment),
        note: frame.text(&annulment.flow.note).to_owned(),
        errors: typed
            .map(|t| stepped::errors(&frame, &annulment.flow, t))
            .unwrap_or_default()
            .into_iter()
            .chain(more)
            .collect(),
        steps: open.map(|s| stepped::form(&frame, &annulment.flow, s, (typed, &Lying::NOTHING))).collect(),
        records: records(&frame, file),
        remedies: desks
            .catalog
            .item(&annulment.item, frame.now.date())
            .map(|item| frame.text(&item.remedies).to_owned())
            .unwrap_or_default(),
        closed: !annulment.is_open,
        frame,
    }
}

fn records(frame: &Frame, file: &RunFile) -> Vec<crate::powers::view::RecordView> {
    let taken = file.acts.iter().filter(|act| act.kind == affairs::powers::ActKind::Taken);
    taken.map(|act| stepped::record(frame, &file.flow, act)).collect()
}

async fn speak(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, person.actor());
    let step = sent(&pairs, "step");
    let values = values_of(&pairs, step);
    let command = Command::Take { step, values: &values };
    let done = supervision::proceed(&desks.approval(), &actor, (&number, version(&pairs), command)).await;
    let (status, refusal, why) = match done {
        Ok(annulment) => return Ok(Redirect::to(&format!("/annulments/{}", annulment.number)).into_response()),
        Err(error) => refused(&frame, error)?,
    };
    let found = supervision::annulment_file(desks.store(), &actor, (&number, frame.now)).await?;
    let more = why.into_iter().map(|message| ErrorLine { href: "#steps".to_owned(), message }).collect();
    let typed = Typed { step, values: &values, refusal: &refusal };
    page_as(status, &for_holder(&desks, frame, &found, (Some(&typed), more)))
}
