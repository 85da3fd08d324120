//! Supervision over the API: duties claimed and told back, inspections planned, recorded and signed; results for everybody.

use affairs::supervision::{self, Finding, Inspection, InspectionSource, Planning, Recording};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use kernel::{Id, Moment};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::DutyBody;
use crate::problem::Problem;
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(claim_duty))
        .routes(routes!(tell_duty_back))
        .routes(routes!(plan_inspection))
        .routes(routes!(record_inspection))
        .routes(routes!(sign_inspection))
        .routes(routes!(inspection_results))
}

/// An inspection.
#[derive(Serialize, ToSchema)]
struct InspectionBody {
    /// Its number.
    number: String,
    /// The version that the next act names.
    version: i64,
    /// `planned`, `recorded`, `passed`, `mending`, `mended`, `failed`, `ceased`, `set_aside`.
    state: &'static str,
    /// `duty`, `draw`, `complaint`, `alarm`, `campaign`, `recheck`.
    source: &'static str,
    /// The item.
    item: String,
    /// Who looks.
    agency: String,
    /// Where.
    region: String,
    /// Whom it is about; a person's name is masked.
    holder: String,
    /// The day of the visit.
    planned_on: String,
    /// What was found, a line each.
    findings: Vec<FindingBody>,
    /// Until when it is to be mended.
    mend_by: Option<String>,
    /// When its result became public.
    published_at: Option<String>,
    /// Whether an objection waits for its answer.
    objection: bool,
}

/// What was found on a line.
#[derive(Serialize, ToSchema)]
struct FindingBody {
    /// The line of the checklist.
    line: String,
    /// `good`, `bad`, `apart`.
    result: &'static str,
}

impl From<&Finding> for FindingBody {
    fn from(finding: &Finding) -> Self {
        Self { line: finding.line.clone(), result: finding.result.word() }
    }
}

impl From<&Inspection> for InspectionBody {
    fn from(i: &Inspection) -> Self {
        Self {
            number: i.number.clone(),
            version: i.version,
            state: i.state.word(),
            source: i.source.word(),
            item: i.item.clone(),
            agency: i.agency.clone(),
            region: i.region.clone(),
            holder: i.holder_mask.clone(),
            planned_on: i.planned_on.to_string(),
            findings: i.findings.iter().map(Into::into).collect(),
            mend_by: i.mend_by.map(|d| d.to_string()),
            published_at: i.published_at.map(|at| at.to_string()),
            objection: i.appeal_is_open(),
        }
    }
}

fn id_of(id: &str) -> Result<Id, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// Takes a duty on; 409 where somebody has it already.
#[utoipa::path(post, path = "/api/v1/duties/{id}/claim", tag = "supervision", security(("session" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = DutyBody), (status = 403), (status = 404), (status = 409)))]
async fn claim_duty(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
) -> Result<Json<DutyBody>, Problem> {
    let desks = state.desks()?;
    let duty = supervision::claim(&desks.base(), &desks.catalog, &officer.actor(), id_of(&id)?).await?;
    Ok(Json((&duty).into()))
}

/// What is told back.
#[derive(Deserialize, ToSchema)]
struct FeedbackBody {
    /// 4 to 2000 characters.
    feedback: String,
}

/// Tells the agency that granted what came of a duty.
#[utoipa::path(post, path = "/api/v1/duties/{id}/feedback", tag = "supervision", security(("session" = [])),
    params(("id" = String, Path)), request_body = FeedbackBody,
    responses((status = 200, body = DutyBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn tell_duty_back(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
    Json(body): Json<FeedbackBody>,
) -> Result<Json<DutyBody>, Problem> {
    let desks = state.desks()?;
    let said = (id_of(&id)?, body.feedback.as_str());
    let duty = supervision::tell_back(&desks.base(), &desks.catalog, &officer.actor(), said).await?;
    Ok(Json((&duty).into()))
}

/// What is planned.
#[derive(Deserialize, ToSchema)]
struct PlanBody {
    /// The day, from today on.
    day: String,
    /// `duty`, `complaint`, `alarm`, `campaign`.
    source: String,
    /// Where it comes from, where it is no duty.
    #[serde(default)]
    note: String,
}

/// Plans a visit for a duty; visits to one target on one day are one.
#[utoipa::path(post, path = "/api/v1/duties/{id}/inspections", tag = "supervision", security(("session" = [])),
    params(("id" = String, Path)), request_body = PlanBody,
    responses((status = 201, body = InspectionBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn plan_inspection(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
    Json(body): Json<PlanBody>,
) -> Result<(StatusCode, Json<InspectionBody>), Problem> {
    let desks = state.desks()?;
    let source = InspectionSource::from_word(&body.source).unwrap_or(InspectionSource::Duty);
    let new = Planning { duty: id_of(&id)?, source, day: &body.day, note: &body.note };
    let planned = supervision::plan(&desks.approval(), &officer.actor(), &new).await?;
    Ok((StatusCode::CREATED, Json((&planned).into())))
}

/// A record from the site.
#[derive(Deserialize, ToSchema)]
struct RecordBody {
    /// The version that was looked at.
    version: i64,
    /// By line of the checklist: `good`, `bad`, `apart`.
    results: BTreeMap<String, String>,
    /// By line: what is to be said of it.
    #[serde(default)]
    notes: BTreeMap<String, String>,
    /// Where, in words.
    place: String,
    /// As the device says.
    #[serde(default)]
    latitude: String,
    /// As the device says.
    #[serde(default)]
    longitude: String,
    /// When, as the device says (RFC 3339); none: now.
    #[serde(default)]
    seen_at: Option<String>,
    /// What else is to be said.
    #[serde(default)]
    remark: String,
    /// `signed`, `refused`, `absent`.
    signing: String,
    /// Who signed, or why nobody did.
    signer: String,
    /// Until when it is to be mended.
    #[serde(default)]
    mend_by: String,
}

/// Records what was found. The same record sent twice is taken once.
#[utoipa::path(post, path = "/api/v1/inspections/{number}/record", tag = "supervision", security(("session" = [])),
    params(("number" = String, Path)), request_body = RecordBody,
    responses((status = 200, body = InspectionBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn record_inspection(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<RecordBody>,
) -> Result<Json<InspectionBody>, Problem> {
    let desks = state.desks()?;
    let (results, notes): (Vec<_>, Vec<_>) = (body.results.into_iter().collect(), body.notes.into_iter().collect());
    let seen_at: Option<Moment> = match body.seen_at.as_deref().map(str::parse) {
        Some(Ok(at)) => Some(at),
        Some(Err(_)) => return Err(Problem::of(StatusCode::UNPROCESSABLE_ENTITY)),
        None => None,
    };
    let sent = Recording {
        results: &results,
        notes: &notes,
        place: &body.place,
        position: (&body.latitude, &body.longitude),
        seen_at,
        remark: &body.remark,
        signing: &body.signing,
        signer: &body.signer,
        mend_by: &body.mend_by,
    };
    let looked_at = (number.as_str(), body.version);
    let recorded = supervision::record(&desks.approval(), &officer.actor(), looked_at, &sent).await?;
    Ok(Json((&recorded).into()))
}

/// Which version is signed.
#[derive(Deserialize, ToSchema)]
struct SignBody {
    /// The version that was looked at.
    version: i64,
}

/// Signs a record as the second officer: it takes effect.
#[utoipa::path(post, path = "/api/v1/inspections/{number}/sign", tag = "supervision", security(("session" = [])),
    params(("number" = String, Path)), request_body = SignBody,
    responses((status = 200, body = InspectionBody), (status = 403), (status = 404), (status = 409)))]
async fn sign_inspection(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<SignBody>,
) -> Result<Json<InspectionBody>, Problem> {
    let desks = state.desks()?;
    let looked_at = (number.as_str(), body.version);
    let signed = supervision::cosign(&desks.approval(), &officer.actor(), looked_at).await?;
    Ok(Json((&signed).into()))
}

/// Where a page of results begins.
#[derive(Deserialize, IntoParams)]
struct Before {
    /// `milliseconds.number` as the page before gave it.
    before: Option<String>,
}

/// A page of results.
#[derive(Serialize, ToSchema)]
struct ResultsBody {
    /// Newest first; at most 20.
    results: Vec<InspectionBody>,
    /// What `before` is for the next page.
    next: Option<String>,
}

/// Results of inspections as everybody may read them.
#[utoipa::path(get, path = "/api/v1/inspections", tag = "public", params(Before),
    responses((status = 200, body = ResultsBody)))]
async fn inspection_results(
    State(state): State<AppState>,
    Query(asked): Query<Before>,
) -> Result<Json<ResultsBody>, Problem> {
    let before = asked.before.as_deref().and_then(|text| {
        let (at, id) = text.split_once('.')?;
        Some((Moment::from_ms(at.parse().ok()?), id.parse().ok()?))
    });
    let (found, next) = supervision::results(state.desks()?.store(), before).await?;
    let results = found.iter().map(Into::into).collect();
    Ok(Json(ResultsBody { results, next: next.map(|(at, id)| format!("{}.{id}", at.ms())) }))
}
