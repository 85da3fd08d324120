//! One duty on a page: told, claimed, acted, told back, as both sides read it; and what this officer may do with it.

use affairs::access::Right;
use affairs::supervision::{
    self, ActLine, Duty, DutyFile, DutyState, Inspection, InspectionSource, Planning, SupervisionError, light_word,
};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::{Id, Moment, Text};

use super::asked::{Asked, Typed, id_of};
use super::tabs::{choice, field, line, tag};
use super::view::{DutyPage, Found};
use crate::catalog::places;
use crate::frame::Frame;
use crate::light::limit_name;
use crate::office::Desks;
use crate::pairs::sent;
use crate::pieces::{EventView, FieldKind, FieldView, Tag, Tone, Width};
use crate::problem::{FieldError, Problem, page_as};
use crate::refusal::field_error;
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/duties/{id}", get(show))
        .route("/staff/duties/{id}/claim", post(claim))
        .route("/staff/duties/{id}/plan", post(plan))
        .route("/staff/duties/{id}/feedback", post(feedback))
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    (Path(id), Query(asked)): (Path<String>, Query<Asked>),
) -> Result<Response, Problem> {
    let typed = Typed::after(&asked);
    page_as(StatusCode::OK, &built(&state.desks()?, &officer, frame, (id_of(&id)?, typed)).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (id, typed): (Id, Typed),
) -> Result<DutyPage, Problem> {
    let actor = officer.actor();
    let DutyFile { duty, acts } = supervision::duty_file(desks.store(), &actor, id).await?;
    let inspections = supervision::inspections_of(desks.store(), duty.case_id).await?;
    let works = duty.allows(&actor, Right::HandleDuty) && duty.state.is_open();
    let open = inspections.iter().any(|i| i.duty == Some(duty.id) && i.state.is_open());
    let what: Text = serde_json::from_value(duty.what.clone()).unwrap_or_default();
    let claimed = duty.state != DutyState::Pushed;
    let tells = duty.state == DutyState::Acted || (claimed && duty.action_due_at.is_none());
    Ok(DutyPage {
        action: format!("/staff/duties/{}", duty.id),
        what: frame.text(&what).to_owned(),
        state: Tag::new(tone(&duty), frame.t(&format!("duty_state.{}", duty.state.word())).to_owned()),
        pairs: pairs(desks, &frame, &duty),
        clocks: clocks(desks, &frame, &duty),
        errors: typed.lines(&frame, "#do"),
        done: typed.done,
        claims: works && !claimed,
        plan: if works && claimed && !open { plan_fields(&frame, &typed) } else { Vec::new() },
        feedback: (works && tells).then(|| {
            let value = sent(&typed.pairs, "/feedback");
            let kind = FieldKind::Lines { rows: 3 };
            field(&frame, ("/feedback", "duty.feedback", "duty.feedback_hint"), (kind, value), &typed.errors)
        }),
        told: duty.feedback.clone().unwrap_or_default(),
        inspections: inspections.iter().map(|i| found(desks, &frame, i)).collect(),
        events: events(desks, &frame, &duty, &acts),
        frame,
    })
}

/// An inspection as a line.
pub(super) fn found(desks: &Desks<'_>, frame: &Frame, inspection: &Inspection) -> Found {
    Found {
        href: format!("/staff/inspections/{}", inspection.number),
        number: inspection.number.clone(),
        tag: tag(frame, inspection),
        item: places::item(frame, &desks.catalog, &inspection.item),
        holder: inspection.holder_mask.clone(),
        agency: places::agency(frame, &desks.catalog, &inspection.agency),
        on: frame.date(inspection.planned_on),
        source: frame.t(&format!("inspection_source.{}", inspection.source.word())).to_owned(),
        objection: inspection.appeal_is_open(),
    }
}

fn tone(duty: &Duty) -> Tone {
    match duty.state {
        DutyState::Pushed | DutyState::Claimed | DutyState::Acted => Tone::Waiting,
        DutyState::ToldBack => Tone::Granted,
        DutyState::Ended => Tone::Quiet,
    }
}

fn pairs(desks: &Desks<'_>, frame: &Frame, duty: &Duty) -> Vec<(String, String)> {
    let agency = |id: &str| places::agency(frame, &desks.catalog, id);
    let mut pairs = vec![
        ("case.item", places::item(frame, &desks.catalog, &duty.item)),
        ("open.holder", duty.subject_name.clone()),
        ("receipt.number", duty.case_number.clone()),
        ("duty.granted_by", duty.granting_agency.as_deref().map(agency).unwrap_or_default()),
        ("duty.who", agency(&duty.agency)),
        ("queue.region", places::region(frame, &desks.catalog, &duty.region)),
        ("duty.basis", frame.aside(&duty.basis, &duty.grade)),
    ];
    pairs.extend(duty.claimed_name.clone().map(|name| ("duty.claimed_by", name)));
    pairs.retain(|(_, value)| !value.is_empty());
    pairs.into_iter().map(|(key, value)| (frame.t(key).to_owned(), value)).collect()
}

/// Its limits, each with its light.
fn clocks(desks: &Desks<'_>, frame: &Frame, duty: &Duty) -> Vec<(Tone, String)> {
    let clock = |clock: &supervision::DutyClock| {
        let day = frame.date(clock.due.plus_ms(-1).date());
        let tone = crate::light::tone(clock.colour(frame.now));
        (tone, frame.t2("light.until", limit_name(frame, &light_word(duty, clock)), day))
    };
    supervision::clocks(duty, &desks.catalog).iter().map(clock).collect()
}

fn plan_fields(frame: &Frame, typed: &Typed) -> Vec<FieldView> {
    let value = |name| sent(&typed.pairs, name);
    let source = if value("/source").is_empty() { "duty" } else { value("/source") };
    let sources = ["duty", "complaint", "alarm", "campaign"];
    let day = if typed.pairs.is_empty() { frame.now.date().to_string() } else { value("/day").to_owned() };
    let mut note = field(
        frame,
        ("/note", "inspect.note", "inspect.note_hint"),
        (line(Width::Long, "text"), value("/note")),
        &typed.errors,
    );
    note.optional = true;
    vec![
        field(frame, ("/day", "inspect.day", "inspect.day_hint"), (FieldKind::Date, &day), &typed.errors),
        field(
            frame,
            ("/source", "inspect.source", ""),
            (choice(frame, &sources, ("inspection_source", source)), source),
            &typed.errors,
        ),
        note,
    ]
}

fn events(desks: &Desks<'_>, frame: &Frame, duty: &Duty, acts: &[ActLine]) -> Vec<EventView> {
    let granting = duty.granting_agency.as_deref().unwrap_or(&duty.agency);
    let told = EventView {
        at: duty.born_at,
        what: frame.t("duty_act.told").to_owned(),
        who: places::agency(frame, &desks.catalog, granting),
        href: None,
    };
    std::iter::once(told).chain(acts.iter().map(|act| event(frame, "duty_act", act))).collect()
}

/// One line of what was done.
pub(super) fn event(frame: &Frame, prefix: &str, act: &ActLine) -> EventView {
    let label = frame.t(&format!("{prefix}.{}", act.kind)).to_owned();
    EventView {
        at: act.at,
        what: if act.note.is_empty() { label } else { frame.aside(&label, &act.note) },
        who: act.actor_name.clone(),
        href: None,
    }
}

async fn claim(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let done = supervision::claim(&desks.base(), &desks.catalog, &officer.actor(), id).await;
    ended(&desks, &officer, frame, (id, Vec::new(), done.map(|_| format!("/staff/duties/{id}?done=1")))).await
}

async fn feedback(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let text = sent(&pairs, "/feedback").to_owned();
    let done = supervision::tell_back(&desks.base(), &desks.catalog, &officer.actor(), (id, &text)).await;
    ended(&desks, &officer, frame, (id, pairs, done.map(|_| format!("/staff/duties/{id}?done=1")))).await
}

async fn plan(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let source = InspectionSource::from_word(sent(&pairs, "/source")).unwrap_or(InspectionSource::Duty);
    let new = Planning { duty: id, source, day: sent(&pairs, "/day"), note: sent(&pairs, "/note") };
    let done = supervision::plan(&desks.approval(), &officer.actor(), &new).await;
    let done = done.map(|planned| format!("/staff/inspections/{}", planned.number));
    ended(&desks, &officer, frame, (id, pairs.clone(), done)).await
}

/// Leads on, or shows the duty again with everything that was wrong and everything that was typed.
async fn ended(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (id, pairs, done): (Id, Vec<(String, String)>, Result<String, SupervisionError>),
) -> Result<Response, Problem> {
    let (status, errors, why) = match done {
        Ok(href) => return Ok(Redirect::to(&href).into_response()),
        Err(other) => wrong(&frame, other)?,
    };
    let typed = Typed { pairs, errors, why, done: false };
    page_as(status, &built(desks, officer, frame, (id, typed)).await?)
}

/// What a page shows of a refusal: its status, fields, and the sentence for the whole.
pub(super) fn wrong(frame: &Frame, error: SupervisionError) -> Result<(StatusCode, Vec<FieldError>, String), Problem> {
    match error {
        SupervisionError::Form(errors) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, errors.into_iter().map(field_error).collect(), String::new()))
        }
        SupervisionError::NotAllowed(why) => Ok((StatusCode::CONFLICT, Vec::new(), frame.text(&why).to_owned())),
        SupervisionError::Forbidden(why) => Ok((StatusCode::FORBIDDEN, Vec::new(), frame.text(&why).to_owned())),
        SupervisionError::Changed => Ok((StatusCode::CONFLICT, Vec::new(), frame.t("inspect.changed").to_owned())),
        other => Err(other.into()),
    }
}

/// Whether a moment is near.
pub(super) fn is_near(at: Option<Moment>, now: Moment, ms: i64) -> bool {
    at.is_some_and(|at| at <= now.plus_ms(ms))
}
