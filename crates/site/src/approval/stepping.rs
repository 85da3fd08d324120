//! The special step at the workbench: who goes and what the applicant is told; what was found. Sent to the room, or shown
//! again with everything wrong and everything that was typed.

use std::collections::BTreeSet;

use affairs::approval::{self, Act, ApprovalError, Case, File, Step, StepOrder, StepResult};
use affairs::catalog::Item;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use kernel::Id;

use super::casework::{Rights, Typed, Wrong, built, file};
use super::desk::{OrderView, StepView, TakenStep, UnderWayView};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, ErrorLine};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/cases/{number}/step", post(order))
        .route("/staff/cases/{number}/step/result", post(record))
}

/// What was typed into one of the two forms, and what was wrong with it.
#[derive(Default)]
pub(super) struct StepTyped {
    stage: String,
    officers: BTreeSet<String>,
    notice: String,
    passed: String,
    findings: String,
    /// Field of the form (`stage`, `officers` …) and what to do about it.
    wrong: Wrong,
}

impl StepTyped {
    fn read(pairs: &[(String, String)]) -> (Self, i64) {
        let last = |name: &str| pairs.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.replace("\r\n", "\n"));
        let text = |name: &str| last(name).unwrap_or_default();
        let officers = pairs.iter().filter(|(name, _)| name == "officers").map(|(_, value)| value.clone()).collect();
        let typed = Self {
            stage: text("stage"),
            officers,
            notice: text("notice"),
            passed: text("passed"),
            findings: text("findings"),
            wrong: Wrong::default(),
        };
        (typed, text("version").parse().unwrap_or_default())
    }

    /// For the summary at the top of the page.
    pub(super) fn lines(&self) -> Vec<ErrorLine> {
        self.wrong.lines("")
    }
}

async fn order(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    frame: Frame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = file(&desks, &officer, &frame, &number).await?;
    let (typed, version) = StepTyped::read(&pairs);
    let officers: Vec<Id> = typed.officers.iter().filter_map(|id| id.parse().ok()).collect();
    let stage = typed.stage.parse().unwrap_or(usize::MAX);
    let order = StepOrder { stage, officers: &officers, notice: &typed.notice, version };
    let done = approval::order_step(&desks.approval(), &officer.actor(), file.case.id, &order).await;
    told(&desks, (&officer, frame), (&number, typed), done).await
}

async fn record(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    frame: Frame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = file(&desks, &officer, &frame, &number).await?;
    let (mut typed, version) = StepTyped::read(&pairs);
    let passed = match typed.passed.as_str() {
        "yes" => true,
        "no" => false,
        _ => {
            typed.wrong.0.push(("passed".to_owned(), frame.t("step.passed_missing").to_owned()));
            if typed.findings.trim().is_empty() {
                typed.wrong.0.push(("findings".to_owned(), frame.t("step.findings_missing").to_owned()));
            }
            return again(&desks, (&officer, frame), &number, (StatusCode::UNPROCESSABLE_ENTITY, typed)).await;
        }
    };
    let result = StepResult { passed, findings: &typed.findings, version };
    let done = approval::record_step(&desks.approval(), &officer.actor(), file.case.id, &result).await;
    told(&desks, (&officer, frame), (&number, typed), done).await
}

/// The case's page after the act, or once more with what hinders it.
async fn told(
    desks: &Desks<'_>,
    (officer, frame): (&Officer, Frame),
    (number, mut typed): (&str, StepTyped),
    done: Result<Case, ApprovalError>,
) -> Result<Response, Problem> {
    let status = match done {
        Ok(case) => return Ok(Redirect::to(&format!("/staff/cases/{}?step=1", case.number)).into_response()),
        Err(ApprovalError::Form(errors)) => {
            let named = errors
                .iter()
                .map(|e| (e.pointer.trim_start_matches('/').to_owned(), frame.text(&e.message).to_owned()));
            typed.wrong.0.extend(named);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(ApprovalError::Changed | ApprovalError::NotAllowed(_)) => {
            typed.wrong.0.push(("step".to_owned(), frame.t("step.changed").to_owned()));
            StatusCode::CONFLICT
        }
        Err(ApprovalError::NoEvidence(why)) => {
            tracing::error!(why, "the log cannot sign: special steps wait");
            typed.wrong.0.push(("step".to_owned(), frame.t("step.no_evidence").to_owned()));
            StatusCode::SERVICE_UNAVAILABLE
        }
        Err(other) => return Err(other.into()),
    };
    again(desks, (officer, frame), number, (status, typed)).await
}

async fn again(
    desks: &Desks<'_>,
    (officer, frame): (&Officer, Frame),
    number: &str,
    (status, step): (StatusCode, StepTyped),
) -> Result<Response, Problem> {
    let file = file(desks, officer, &frame, number).await?;
    page_as(status, &built(desks, officer, frame, (&file, Typed { step, ..Typed::default() })).await?)
}

/// What the case's page shows of special steps: those that were taken, the one under way, or the form that orders one.
pub(super) async fn view(
    desks: &Desks<'_>,
    (officer, frame): (&Officer, &Frame),
    (file, item): (&File, Option<&Item>),
    typed: &StepTyped,
) -> Result<StepView, Problem> {
    let case = &file.case;
    let open = file.steps.iter().find(|step| step.result.is_none());
    let orders = open.is_none() && Rights::of(officer, case).decide && case.state.after(Act::OrderStep).is_some();
    let stages = item.map(|item| item.special_stages.as_slice()).unwrap_or_default();
    let order = match orders && !stages.is_empty() {
        true => Some(order_view(desks, frame, (case, stages), typed).await?),
        false => None,
    };
    let mine = open.is_some_and(|step| approval::may_record(&officer.actor(), case, step));
    Ok(StepView {
        taken: file.steps.iter().filter_map(|step| taken(frame, step)).collect(),
        order,
        under_way: open.map(|step| UnderWayView {
            stage: frame.text(&step.stage).to_owned(),
            officers: step.officers.join("、"),
            notice: step.notice.clone(),
            until: step.planned_to,
            action: mine.then(|| format!("/staff/cases/{}/step/result", case.number)),
            version: case.version,
            passed: typed.passed.clone(),
            passed_error: typed.wrong.of("passed"),
            findings: typed.findings.clone(),
            findings_error: typed.wrong.of("findings"),
        }),
        kept: unsent(typed, open.is_none() && orders, open.is_some() && mine),
    })
}

/// What was typed and stands in no form of the page any more.
fn unsent(typed: &StepTyped, orders: bool, records: bool) -> Vec<String> {
    let all = [(orders, &typed.notice), (records, &typed.findings)];
    let lost = all.into_iter().filter(|(shown, text)| !shown && !text.trim().is_empty());
    lost.map(|(_, text)| text.clone()).collect()
}

async fn order_view(
    desks: &Desks<'_>,
    frame: &Frame,
    (case, stages): (&Case, &[affairs::catalog::SpecialStage]),
    typed: &StepTyped,
) -> Result<OrderView, Problem> {
    let stage = |(n, stage): (usize, &affairs::catalog::SpecialStage)| Choice {
        value: n.to_string(),
        label: format!("{}（{}）", frame.text(&stage.name), frame.text(&stage.period.text())),
        chosen: typed.stage == n.to_string() || (typed.stage.is_empty() && stages.len() == 1),
    };
    let candidates = approval::candidates(desks.store(), case).await?;
    let officers = candidates.into_iter().map(|candidate| Choice {
        chosen: typed.officers.contains(&candidate.account.to_string()),
        value: candidate.account.to_string(),
        label: format!("{}（{}）", candidate.name, candidate.post),
    });
    Ok(OrderView {
        action: format!("/staff/cases/{}/step", case.number),
        version: case.version,
        stages: stages.iter().enumerate().map(stage).collect(),
        stage_error: typed.wrong.of("stage"),
        officers: officers.collect(),
        officers_error: typed.wrong.of("officers"),
        notice: typed.notice.clone(),
        notice_error: typed.wrong.of("notice"),
    })
}

fn taken(frame: &Frame, step: &Step) -> Option<TakenStep> {
    let found = step.result.as_ref()?;
    let word = if found.passed { "step.yes" } else { "step.no" };
    Some(TakenStep {
        what: format!("{} · {}", frame.text(&step.stage), frame.t(word)),
        findings: found.findings.clone(),
        by: found.by.clone(),
        at: found.at,
        passed: found.passed,
    })
}
