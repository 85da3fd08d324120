//! Early warnings at the workbench: what a rule saw, where, until when somebody looks; and what he noted.

use affairs::access::Right;
use affairs::supervision::{self, Mark, Warning, WarningState, WarningTerms};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::{Id, Text};

use super::asked::{Asked, Typed, id_of};
use super::duty::wrong;
use super::tabs::{field, places};
use super::warning_view::{WarningPage, WarningRow, WarningsPage};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pairs::{Pairs, sent, version};
use crate::pieces::{FieldKind, Tag, Tone};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

/// Where officers find them.
const DESK: &str = "/staff/warnings";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route(DESK, get(list)).route("/staff/warnings/{id}", get(show).post(take))
}

async fn list(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewDuty) {
        return Err(Problem::not_found());
    }
    let (desks, closed) = (state.desks()?, asked.show == "closed");
    let all = supervision::warnings_for(desks.store(), officer.0.account, !closed).await?;
    let terms = supervision::terms(&desks.approval())?;
    page(&WarningsPage {
        filters: places(&frame, DESK),
        other: if closed { DESK.to_owned() } else { format!("{DESK}?show=closed") },
        closed,
        rows: all.iter().map(|warning| row(&desks, &frame, (&terms.rules.warnings, warning))).collect(),
        frame,
    })
}

fn row(desks: &Desks<'_>, frame: &Frame, (rules, warning): (&[WarningTerms], &Warning)) -> WarningRow {
    let rule = rules.iter().find(|rule| rule.id == warning.rule);
    let late = warning.state == WarningState::Open && warning.due_at.is_some_and(|due| due <= frame.now);
    let tone = match warning.state {
        WarningState::Open if late => Tone::Refused,
        WarningState::Open | WarningState::Seen => Tone::Waiting,
        WarningState::Handled => Tone::Granted,
        WarningState::Over => Tone::Quiet,
    };
    let until = warning.due_at.filter(|_| warning.state.is_open());
    WarningRow {
        href: format!("{DESK}/{}", warning.id),
        sentence: rule.map_or_else(|| warning.rule.clone(), |rule| frame.text(&rule.sentence).to_owned()),
        grade: rule.map(|rule| frame.t(frame.grade_word(rule.grade)).to_owned()).unwrap_or_default(),
        about: warning.about.clone(),
        item: names::item(frame, &desks.catalog, &warning.item),
        agency: names::agency(frame, &desks.catalog, &warning.agency),
        until: until.map(|due| frame.t1("warning.until", frame.date(due.plus_ms(-1).date()))).unwrap_or_default(),
        owner: warning.owner_name.clone(),
        evidence: warning
            .evidence
            .iter()
            .map(|e| (frame.text(&e.what).to_owned(), frame.text(&e.source).to_owned()))
            .collect(),
        tag: Tag::new(tone, frame.t(&format!("warning_state.{}", warning.state.word())).to_owned()),
    }
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
) -> Result<WarningPage, Problem> {
    let actor = officer.actor();
    let warning = supervision::warning_for(desks.store(), &actor, id).await?.ok_or_else(Problem::not_found)?;
    let terms = supervision::terms(&desks.approval())?;
    let works =
        [Right::HandleDuty, Right::DecideCase, Right::HandleCase].into_iter().any(|r| warning.allows(&actor, r));
    let note = (works && warning.state.is_open()).then(|| {
        let kind = FieldKind::Lines { rows: 3 };
        field(
            &frame,
            ("/note", "warning.note", "warning.note_hint"),
            (kind, sent(&typed.pairs, "/note")),
            &typed.errors,
        )
    });
    Ok(WarningPage {
        errors: typed.lines(&frame, "#do"),
        done: typed.done,
        version: warning.version,
        row: row(desks, &frame, (&terms.rules.warnings, &warning)),
        raised: frame.moment(warning.raised_at),
        said: warning.note.clone(),
        takes: works && warning.state == WarningState::Open,
        note,
        frame,
    })
}

async fn take(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let (act, note) = (Mark::from_word(sent(&pairs, "act")), sent(&pairs, "/note"));
    let act = act.ok_or_else(|| {
        Problem::of(StatusCode::BAD_REQUEST).detail(Text::new("请选择办理方式。", "Say what is done."))
    })?;
    let done = supervision::mark(&desks.base(), &officer.actor(), (id, version(&pairs)), (act, note)).await;
    match done {
        Ok(_) => Ok(Redirect::to(&format!("{DESK}/{id}?done=1")).into_response()),
        Err(error) => {
            let (status, errors, why) = wrong(&frame, error)?;
            let typed = Typed { pairs, errors, why, done: false };
            page_as(status, &built(&desks, &officer, frame, (id, typed)).await?)
        }
    }
}
