//! Runs of powers over the API: what an officer's rights reach, a run with its steps, and the same acts as on its page.
//! And records held against flows.

use affairs::approval::{self, CASE_FLOW};
use affairs::powers::{self, Command, NewRun, Run, RunFile, StepState, Values, standing};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_runs, open_run))
        .routes(routes!(show_run))
        .routes(routes!(act_on_run))
        .routes(routes!(all_conformance))
        .routes(routes!(item_conformance))
}

fn told(run: &Run) -> Value {
    json!({
        "number": run.number, "version": run.version, "power": run.code, "name": run.name, "kind": run.kind,
        "agency": run.agency, "region": run.region, "party": run.party, "party_kind": run.party_kind, "state": run.state,
        "open": run.is_open, "opened_at": run.opened_at.to_string(), "changed_at": run.changed_at.to_string(),
    })
}

#[derive(Deserialize, IntoParams)]
struct Asked {
    /// Closed runs instead of open ones.
    #[serde(default)]
    closed: bool,
    /// How many to pass over.
    #[serde(default)]
    from: u32,
}

/// The runs of powers that the officer's rights reach, those that changed last first: fifty a page.
#[utoipa::path(get, path = "/api/v1/runs", tag = "power", params(Asked), security(("session" = [])),
    responses((status = 200, description = "runs, more", body = Object), (status = 401)))]
async fn list_runs(
    State(state): State<AppState>,
    Officer(officer): Officer,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Problem> {
    let (runs, more) = powers::runs_for(state.desks()?.store(), officer.account, (!asked.closed, asked.from)).await?;
    Ok(Json(json!({ "runs": runs.iter().map(told).collect::<Vec<_>>(), "more": more })))
}

/// A power to be exercised towards somebody.
#[derive(Deserialize, ToSchema)]
struct OpeningBody {
    /// The list that names it.
    list: String,
    /// Its code.
    power: String,
    /// Towards whom.
    party: String,
    /// `person` or `organisation`.
    party_kind: String,
}

/// Begins a run of a power that a list in force names and no handling item exercises.
#[utoipa::path(post, path = "/api/v1/runs", tag = "power", request_body = OpeningBody, security(("session" = [])),
    responses((status = 201, description = "the run", body = Object), (status = 403), (status = 404), (status = 422)))]
async fn open_run(
    State(state): State<AppState>,
    officer: Officer,
    Json(body): Json<OpeningBody>,
) -> Result<Response, Problem> {
    let (desks, law) = (state.desks()?, state.desks()?.law()?);
    let new = NewRun { list: &body.list, code: &body.power, party: &body.party, party_kind: &body.party_kind };
    let run = powers::open_run(&desks.base(), (&desks.catalog, &law), &officer.actor(), &new).await?;
    let place = HeaderValue::from_str(&format!("/api/v1/runs/{}", run.number)).map_err(Problem::fault)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(told(&run))).into_response())
}

/// A run with what was done, what may be done now, what hinders the rest, its clock, and whether its record follows its flow.
#[utoipa::path(get, path = "/api/v1/runs/{number}", tag = "power", security(("session" = [])),
    params(("number" = String, Path, description = "the run's number")),
    responses((status = 200, description = "run, acts, pending, steps, clock, followed", body = Object), (status = 404)))]
async fn show_run(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
) -> Result<Json<Value>, Problem> {
    let desks = state.desks()?;
    let file = powers::run_file(desks.store(), &officer.actor(), &number).await?;
    Ok(Json(whole(&state, &file, desks.catalog.calendar())))
}

fn whole(state: &AppState, file: &RunFile, calendar: &kernel::WorkCalendar) -> Value {
    let situation = file.situation(state.clock().now(), calendar);
    let clock = standing(&situation);
    let act = |a: &powers::Act| {
        json!({
            "act": a.kind.word(), "step": a.step, "state": a.state, "at": a.at.to_string(), "by": a.by_name,
            "second": a.second.as_ref().map(|(_, name)| name), "values": a.values,
        })
    };
    let step = |s: &StepState<'_>| {
        json!({ "step": s.step.id, "name": s.step.name, "officers": s.step.officers, "asks": s.step.asks,
            "hindrances": s.hindrances })
    };
    let steps = StepState::of(&situation, &file.hand);
    json!({
        "run": told(&file.run), "flow": file.flow.id, "acts": file.acts.iter().map(act).collect::<Vec<_>>(),
        "pending": situation.pending().map(act), "steps": steps.iter().map(step).collect::<Vec<_>>(),
        "clock": { "lamp": clock.lamp, "due": clock.due.map(|d| d.to_string()),
            "not_before": clock.not_before.map(|d| d.to_string()), "ended": clock.ended.map(|d| d.to_string()) },
        "followed": powers::follow_run(&file.flow, &file.acts),
    })
}

/// What is done on a run.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "act")]
enum ActBody {
    /// A step is taken, or proposed where two officers sign.
    Take {
        /// The version of the run that was looked at.
        version: i64,
        /// The step.
        step: String,
        /// Its answers, as typed: amounts in yuan.
        #[serde(default)]
        #[schema(value_type = Object)]
        values: Values,
    },
    /// The pending step is signed as the second officer.
    Cosign {
        /// The version of the run that was looked at.
        version: i64,
    },
    /// The pending step is taken back.
    TakeBack {
        /// The version of the run that was looked at.
        version: i64,
    },
    /// The officer stands back from the run.
    Recuse {
        /// The version of the run that was looked at.
        version: i64,
        /// Why.
        reason: String,
    },
}

impl ActBody {
    fn command(&self) -> (i64, Command<'_>) {
        match self {
            Self::Take { version, step, values } => (*version, Command::Take { step, values }),
            Self::Cosign { version } => (*version, Command::Cosign),
            Self::TakeBack { version } => (*version, Command::TakeBack),
            Self::Recuse { version, reason } => (*version, Command::Recuse { reason }),
        }
    }
}

/// Acts on a run; everything that hinders comes at once, and a run that moved meanwhile is told so.
#[utoipa::path(post, path = "/api/v1/runs/{number}/acts", tag = "power", request_body = ActBody,
    params(("number" = String, Path, description = "the run's number")), security(("session" = [])),
    responses((status = 200, description = "the run", body = Object), (status = 404), (status = 409), (status = 422)))]
async fn act_on_run(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<ActBody>,
) -> Result<Json<Value>, Problem> {
    let desks = state.desks()?;
    let (version, command) = body.command();
    let asked = (number.as_str(), version, command);
    let run = powers::proceed(&desks.base(), desks.catalog.calendar(), &officer.actor(), asked).await?;
    Ok(Json(told(&run)))
}

/// How many of the newest records of each item and each flow follow: cases and runs of powers.
#[utoipa::path(get, path = "/api/v1/conformance", tag = "power",
    responses((status = 200, description = "items, flows, newest", body = Object)))]
async fn all_conformance(State(state): State<AppState>) -> Result<Json<Value>, Problem> {
    let (desks, law) = (state.desks()?, state.desks()?.law()?);
    let flow = law.flow(CASE_FLOW).ok_or_else(Problem::not_found)?;
    let mut items = Vec::new();
    for item in desks.catalog.items(state.clock().now().date()) {
        let found = approval::item_followed(desks.store(), flow, &item.id).await?;
        items.push(json!({ "item": item.id, "cases": found.cases, "follow": found.conform, "unknown": found.unknown }));
    }
    let runs = powers::runs_followed(desks.store()).await?;
    let flows = runs
        .iter()
        .map(|(id, found)| json!({ "flow": id, "runs": found.runs, "follow": found.conform, "forks": found.forks }));
    Ok(Json(json!({ "newest": approval::NEWEST, "items": items, "flows": flows.collect::<Vec<_>>() })))
}

/// The newest decided cases of an item: how many follow, what deviates and how often, and at which forks and conditions
/// nothing ever hung (from `least_cases` on one may say so).
#[utoipa::path(get, path = "/api/v1/conformance/{item}", tag = "power",
    params(("item" = String, Path, description = "the item")),
    responses((status = 200, description = "cases, follow, deviations, forks, conditions", body = Object), (status = 404)))]
async fn item_conformance(State(state): State<AppState>, Path(item): Path<String>) -> Result<Json<Value>, Problem> {
    let (desks, law) = (state.desks()?, state.desks()?.law()?);
    let flow = law.flow(CASE_FLOW).ok_or_else(Problem::not_found)?;
    desks.catalog.item(&item, state.clock().now().date()).ok_or_else(Problem::not_found)?;
    let found = approval::item_followed(desks.store(), flow, &item).await?;
    let conditions = approval::item_conditions(desks.store(), &item).await?;
    // Case numbers are for those whose rights reach the cases.
    let deviations: Vec<Value> =
        found.deviating.iter().map(|(_, word, state)| json!({ "record": word, "state": state })).collect();
    Ok(Json(json!({
        "item": item, "cases": found.cases, "follow": found.conform, "deviations": deviations, "unknown": found.unknown,
        "forks": found.forks, "conditions": conditions, "least_cases": flow.least_cases, "newest": approval::NEWEST,
    })))
}
