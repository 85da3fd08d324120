//! A wrong is reported, by anybody; the answer is read with number and secret. At the workbench the agency that looks after it answers.

use affairs::access::Right;
use affairs::supervision::{self, NewReport, Report};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::{RegionCode, RegionLevel};

use super::asked::{Asked, Typed};
use super::duty::wrong;
use super::report_view::{ReportAnswerPage, ReportFormPage, ReportReceiptPage, ReportRow, ReportsPage};
use super::tabs::{field, line, places};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pairs::{Pairs, sent, version};
use crate::pieces::{Choice, FieldKind, FieldView, Tag, Tone, Width};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

/// Where officers find them.
const DESK: &str = "/staff/reports";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/report", get(form).post(send))
        .route("/report/answer", post(look))
        .route(DESK, get(list))
        .route("/staff/reports/{number}", get(show).post(answer))
}

async fn form(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    page(&form_page(&state.desks()?, frame, &Typed::default()))
}

fn form_page(desks: &Desks<'_>, frame: Frame, typed: &Typed) -> ReportFormPage {
    let value = |name: &str| sent(&typed.pairs, name).to_owned();
    let (item, region, place, what) = (value("/item"), value("/region"), value("/place"), value("/what"));
    let items = desks.catalog.items(frame.now.date()).filter(|known| !known.duties.is_empty());
    let items = items.map(|known| Choice {
        value: known.id.clone(),
        label: names::item(&frame, &desks.catalog, &known.id),
        chosen: known.id == item,
    });
    let counties = counties(desks, &frame, &region);
    let one = |names, kind, value: &str| field(&frame, names, (kind, value), &typed.errors);
    let fields = vec![
        one(("/item", "report.item", ""), FieldKind::Select(items.collect()), &item),
        one(("/region", "report.region", ""), FieldKind::Select(counties), &region),
        one(("/place", "report.place", "report.place_hint"), line(Width::Long, "text"), &place),
        one(("/what", "report.what", "report.what_hint"), FieldKind::Lines { rows: 5 }, &what),
    ];
    let secret = |names, value: &str| field(&frame, names, (line(Width::Medium, "text"), value), &[]);
    let look = vec![secret(("/number", "report.number", ""), ""), secret(("/secret", "report.secret", ""), "")];
    ReportFormPage { errors: typed.lines(&frame, "#do"), fields, look, frame }
}

/// The counties, each with its city.
fn counties(desks: &Desks<'_>, frame: &Frame, chosen: &str) -> Vec<Choice> {
    let tops = desks.catalog.agencies().filter(|agency| agency.level == RegionLevel::Region);
    let roots: std::collections::BTreeSet<RegionCode> = tops.filter_map(|agency| agency.region).collect();
    let below = roots.iter().flat_map(|root| desks.catalog.regions.subtree(*root, frame.now.date()));
    let near = below.filter(|region| region.level() == RegionLevel::County);
    let choice = |region: &kernel::Region| {
        let code = region.code.to_string();
        Choice { label: names::region(frame, &desks.catalog, &code), chosen: code == chosen, value: code }
    };
    near.map(choice).collect()
}

async fn send(State(state): State<AppState>, frame: Frame, Form(pairs): Pairs) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let new = NewReport {
        item: sent(&pairs, "/item"),
        region: sent(&pairs, "/region"),
        place: sent(&pairs, "/place"),
        what: sent(&pairs, "/what"),
    };
    match supervision::report(&desks.approval(), &new).await {
        Ok((report, secret)) => page(&ReportReceiptPage {
            agency: names::agency(&frame, &desks.catalog, &report.agency),
            until: until(&frame, &report),
            number: report.number,
            secret,
            frame,
        }),
        Err(error) => {
            let (status, errors, why) = wrong(&frame, error)?;
            let typed = Typed { pairs, errors, why, done: false };
            page_as(status, &form_page(&desks, frame, &typed))
        }
    }
}

fn until(frame: &Frame, report: &Report) -> String {
    report.due_at.map(|due| frame.date(due.plus_ms(-1).date())).unwrap_or_else(|| frame.t("queue.unknown").to_owned())
}

fn row(desks: &Desks<'_>, frame: &Frame, report: &Report) -> ReportRow {
    let late = report.answer.is_none() && report.due_at.is_some_and(|due| due <= frame.now);
    let (tone, word) = match (&report.answer, late) {
        (Some(_), _) => (Tone::Granted, "report.answered"),
        (None, true) => (Tone::Refused, "report.late"),
        (None, false) => (Tone::Waiting, "report.waits"),
    };
    ReportRow {
        href: format!("{DESK}/{}", report.number),
        number: report.number.clone(),
        tag: Tag::new(tone, frame.t(word).to_owned()),
        item: names::item(frame, &desks.catalog, &report.item),
        region: names::region(frame, &desks.catalog, &report.region),
        agency: names::agency(frame, &desks.catalog, &report.agency),
        place: report.place.clone(),
        what: report.what.clone(),
        at: frame.moment(report.reported_at),
        until: until(frame, report),
        answer: report.answer.clone().unwrap_or_default(),
        by: report.answered_by.clone().unwrap_or_default(),
    }
}

/// The answer, for whoever has number and secret.
async fn look(State(state): State<AppState>, frame: Frame, Form(pairs): Pairs) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let report = supervision::reported(desks.store(), sent(&pairs, "/number"), sent(&pairs, "/secret")).await?;
    page(&ReportAnswerPage {
        row: row(&desks, &frame, &report),
        is_staff: false,
        version: report.version,
        errors: Vec::new(),
        done: false,
        answer: None,
        frame,
    })
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
    let all = supervision::reports_for(desks.store(), officer.0.account, !closed).await?;
    page(&ReportsPage {
        filters: places(&frame, DESK),
        other: if closed { DESK.to_owned() } else { format!("{DESK}?show=closed") },
        closed,
        rows: all.iter().map(|report| row(&desks, &frame, report)).collect(),
        frame,
    })
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    (Path(number), Query(asked)): (Path<String>, Query<Asked>),
) -> Result<Response, Problem> {
    let typed = Typed::after(&asked);
    page_as(StatusCode::OK, &built(&state.desks()?, &officer, frame, (&number, &typed)).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (number, typed): (&str, &Typed),
) -> Result<ReportAnswerPage, Problem> {
    let actor = officer.actor();
    let report = supervision::report_for(desks.store(), &actor, number).await?;
    let works = report.allows(&actor, Right::HandleDuty) || report.allows(&actor, Right::DecideCase);
    let answer: Option<FieldView> = (works && report.answer.is_none()).then(|| {
        let kind = FieldKind::Lines { rows: 4 };
        field(
            &frame,
            ("/answer", "report.answer", "report.answer_hint"),
            (kind, sent(&typed.pairs, "/answer")),
            &typed.errors,
        )
    });
    Ok(ReportAnswerPage {
        row: row(desks, &frame, &report),
        is_staff: true,
        version: report.version,
        errors: typed.lines(&frame, "#do"),
        done: typed.done,
        answer,
        frame,
    })
}

async fn answer(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let of = (number.as_str(), version(&pairs));
    match supervision::answer_report(&desks.approval(), &officer.actor(), of, sent(&pairs, "/answer")).await {
        Ok(_) => Ok(Redirect::to(&format!("{DESK}/{number}?done=1")).into_response()),
        Err(error) => {
            let (status, errors, why) = wrong(&frame, error)?;
            let typed = Typed { pairs, errors, why, done: false };
            page_as(status, &built(&desks, &officer, frame, (&number, &typed)).await?)
        }
    }
}
