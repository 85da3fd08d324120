//! Accepting with gaps at the workbench: which pieces may follow and until when; a piece that came.

use affairs::approval::{self, ApprovalError, File, Gap, GapOrder};
use affairs::catalog::Item;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use kernel::Date;

use super::casework::{Typed, Wrong, built, file};
use super::hold::{GapRow, GapsView};
use crate::frame::Frame;
use crate::pieces::{Choice, ErrorLine};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/cases/{number}/gaps", post(open))
        .route("/staff/cases/{number}/gaps/{material}", post(fill))
}

/// What was typed, and what was wrong with it.
#[derive(Default)]
pub(super) struct GapsTyped {
    materials: Vec<String>,
    until: String,
    wrong: Wrong,
}

impl GapsTyped {
    pub(super) fn lines(&self) -> Vec<ErrorLine> {
        self.wrong.lines("gap-")
    }
}

async fn open(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    frame: Frame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let seen = file(&desks, &officer, &frame, &number).await?;
    let last = |name: &str| pairs.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
    let materials: Vec<String> = pairs.iter().filter(|(n, _)| n == "material").map(|(_, v)| v.clone()).collect();
    let mut gaps = GapsTyped { until: last("until"), materials, wrong: Wrong::default() };
    let done = match gaps.until.parse::<Date>() {
        Ok(until) => {
            let version = last("version").parse().unwrap_or_default();
            let order = GapOrder { materials: &gaps.materials, until, version };
            approval::open_gaps(&desks.approval(), &officer.actor(), seen.case.id, &order).await.map(drop)
        }
        Err(_) => {
            gaps.wrong.0.push(("until".to_owned(), frame.t("gap.day_missing").to_owned()));
            Err(ApprovalError::Form(Vec::new()))
        }
    };
    let (status, typed) = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/staff/cases/{number}?step=1")).into_response()),
        Err(ApprovalError::Form(errors)) => {
            let named = errors
                .iter()
                .map(|e| (e.pointer.trim_start_matches('/').to_owned(), frame.text(&e.message).to_owned()));
            gaps.wrong.0.extend(named);
            (StatusCode::UNPROCESSABLE_ENTITY, Typed { gaps, ..Typed::default() })
        }
        Err(ApprovalError::Changed | ApprovalError::NotAllowed(_)) => {
            let changed = frame.t("hold.changed").to_owned();
            (StatusCode::CONFLICT, Typed { gaps, changed, ..Typed::default() })
        }
        Err(other) => return Err(other.into()),
    };
    let seen = file(&desks, &officer, &frame, &number).await?;
    page_as(status, &built(&desks, &officer, frame, (&seen, typed)).await?)
}

async fn fill(
    State(state): State<AppState>,
    officer: Officer,
    Path((number, material)): Path<(String, String)>,
    frame: Frame,
) -> Result<Redirect, Problem> {
    let desks = state.desks()?;
    let seen = file(&desks, &officer, &frame, &number).await?;
    approval::fill_gap(&desks.approval(), &officer.actor(), seen.case.id, &material).await?;
    Ok(Redirect::to(&format!("/staff/cases/{number}")))
}

/// The pieces that may follow or came, and the form that accepts without one.
pub(super) fn view(
    frame: &Frame,
    officer: &Officer,
    (file, item): (&File, Option<&Item>),
    (free, typed): (bool, &GapsTyped),
) -> GapsView {
    let (case, actor) = (&file.case, officer.actor());
    let may = free && approval::may_open_gaps(&actor, case);
    let open = |gap: &Gap| gap.filled.is_none();
    let row = |gap: &Gap| GapRow {
        name: frame.text(&gap.name).to_owned(),
        stands: match &gap.filled {
            Some((by, at)) => frame.t2("gap.filled", by, frame.moment(*at)),
            None => frame.t1("gap.until", frame.date(gap.due_at.plus_ms(-1).date())),
        },
        fill: (may && open(gap)).then(|| format!("/staff/cases/{}/gaps/{}", case.number, gap.material)),
    };
    let known = |id: &str| file.gaps.iter().any(|gap| gap.material == id);
    let choice = |material: &affairs::catalog::Material| Choice {
        value: material.id.clone(),
        label: frame.text(&material.name).to_owned(),
        chosen: typed.materials.contains(&material.id),
    };
    let offered: Vec<Choice> = match (may, item) {
        (true, Some(item)) => approval::may_follow(item).filter(|m| !known(&m.id)).map(choice).collect(),
        _ => Vec::new(),
    };
    let latest = item.and_then(|item| approval::latest(item, case));
    GapsView {
        rows: file.gaps.iter().map(row).collect(),
        offered,
        action: format!("/staff/cases/{}/gaps", case.number),
        version: case.version,
        hint: latest.map(|day| frame.t1("gap.latest", frame.date(day))).unwrap_or_default(),
        until: typed.until.clone(),
        material_error: typed.wrong.of("material"),
        until_error: typed.wrong.of("until"),
    }
}
