//! The workbench over the API: queue, rulings, duties.

use affairs::approval::{self, Candidate, PassUp, Queue, RulingDraft, StepOrder, StepResult, Whose};
use affairs::supervision;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{CandidateBody, CaseBody, DutyBody, PassUpBody, RulingBody, StepOrderBody, StepResultBody};
use crate::problem::Problem;
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(queue))
        .routes(routes!(rule))
        .routes(routes!(candidates))
        .routes(routes!(order_step))
        .routes(routes!(record_step))
        .routes(routes!(pass_up))
        .routes(routes!(duties))
}

/// Which part of the work.
#[derive(Deserialize, ToSchema, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
enum Which {
    /// What waits for a person.
    #[default]
    Waiting,
    /// What is with the applicant or the second party.
    Outside,
    /// What is closed.
    Closed,
}

/// Whose part of it.
#[derive(Deserialize, ToSchema, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
enum Part {
    /// What lies with the officer.
    Mine,
    /// What the officer's agency decides.
    Agency,
    /// All the officer's rights reach.
    #[default]
    All,
}

#[derive(Deserialize, IntoParams)]
struct Asked {
    /// Part of the work; what waits for a person where absent.
    #[serde(default)]
    which: Which,
    /// Whose cases; all that the officer's rights reach where absent.
    #[serde(default)]
    whose: Part,
}

/// The cases the officer's rights reach, the most urgent first; at most 200.
#[utoipa::path(get, path = "/api/v1/queue", tag = "desk", params(Asked), security(("session" = [])),
    responses((status = 200, body = Vec<CaseBody>), (status = 401)))]
async fn queue(
    State(state): State<AppState>,
    Officer(officer): Officer,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<CaseBody>>, Problem> {
    let which = match asked.which {
        Which::Waiting => Queue::Waiting,
        Which::Outside => Queue::Outside,
        Which::Closed => Queue::Closed,
    };
    let whose = match asked.whose {
        Part::Mine => Whose::Mine,
        Part::Agency => Whose::Agency,
        Part::All => Whose::All,
    };
    let cases = approval::queue_of_whose(state.desks()?.store(), officer.account, (which, whose)).await?;
    Ok(Json(cases.iter().map(Into::into).collect()))
}

/// Signs a decision in the officer's name, with reasons. It leaves after the time in which it may be taken back, or when
/// it is sent off; until then the case stands where it stood, and `pending` tells of it.
#[utoipa::path(post, path = "/api/v1/cases/{number}/rulings", tag = "desk", request_body = RulingBody,
    security(("session" = [])),
    responses((status = 200, body = CaseBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn rule(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<RulingBody>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let actor = officer.actor();
    let (file, _) = approval::file_by_number(desks.store(), &actor, &number, state.clock().now()).await?;
    let draft = RulingDraft { ruling: body.ruling, reasons: &body.reasons, version: body.version };
    let case = approval::rule(&desks.approval(), &actor, file.case.id, &draft).await?;
    Ok(Json((&case).into()))
}

/// The officers whose rights reach a case: who may be sent for a special step.
#[utoipa::path(get, path = "/api/v1/cases/{number}/candidates", tag = "desk", security(("session" = [])),
    responses((status = 200, body = Vec<CandidateBody>), (status = 404)))]
async fn candidates(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
) -> Result<Json<Vec<CandidateBody>>, Problem> {
    let desks = state.desks()?;
    let (file, _) = approval::file_by_number(desks.store(), &officer.actor(), &number, state.clock().now()).await?;
    let found = approval::candidates(desks.store(), &file.case).await?;
    let body = |c: Candidate| CandidateBody { account: c.account.to_string(), name: c.name, post: c.post };
    Ok(Json(found.into_iter().map(body).collect()))
}

/// Orders a special step: who goes, and what the applicant is told. The clock of the case stands still.
#[utoipa::path(post, path = "/api/v1/cases/{number}/steps", tag = "desk", request_body = StepOrderBody,
    security(("session" = [])),
    responses((status = 200, body = CaseBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn order_step(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<StepOrderBody>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let actor = officer.actor();
    let (file, _) = approval::file_by_number(desks.store(), &actor, &number, state.clock().now()).await?;
    let order = StepOrder { stage: body.stage, officers: &body.officers, notice: &body.notice, version: body.version };
    let case = approval::order_step(&desks.approval(), &actor, file.case.id, &order).await?;
    Ok(Json((&case).into()))
}

/// Records what a special step came to. The clock runs again, and a person decides.
#[utoipa::path(post, path = "/api/v1/cases/{number}/steps/result", tag = "desk", request_body = StepResultBody,
    security(("session" = [])),
    responses((status = 200, body = CaseBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn record_step(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<StepResultBody>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let actor = officer.actor();
    let (file, _) = approval::file_by_number(desks.store(), &actor, &number, state.clock().now()).await?;
    let result = StepResult { passed: body.passed, findings: &body.findings, version: body.version };
    let case = approval::record_step(&desks.approval(), &actor, file.case.id, &result).await?;
    Ok(Json((&case).into()))
}

/// Passes a case up after the first review: the whole file goes to the agency that decides, with the opinion.
#[utoipa::path(post, path = "/api/v1/cases/{number}/first-review", tag = "desk", request_body = PassUpBody,
    security(("session" = [])),
    responses((status = 200, body = CaseBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn pass_up(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<PassUpBody>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let actor = officer.actor();
    let (file, _) = approval::file_by_number(desks.store(), &actor, &number, state.clock().now()).await?;
    let up = PassUp { favourable: body.favourable, opinion: &body.opinion, version: body.version };
    let case = approval::pass_up(&desks.approval(), &actor, file.case.id, &up).await?;
    Ok(Json((&case).into()))
}

/// The supervision duties the officer's rights reach, the most urgent first; at most 200.
#[utoipa::path(get, path = "/api/v1/duties", tag = "desk", security(("session" = [])),
    responses((status = 200, body = Vec<DutyBody>), (status = 401)))]
async fn duties(State(state): State<AppState>, Officer(officer): Officer) -> Result<Json<Vec<DutyBody>>, Problem> {
    let duties = supervision::duties_for(state.desks()?.store(), officer.account).await?;
    Ok(Json(duties.iter().map(Into::into).collect()))
}
