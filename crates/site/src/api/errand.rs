//! Across places over the API: take in for another place, hand over with a receipt on both sides.

use affairs::access::{self, Assurance, PartyKind, PersonActor};
use affairs::approval::{self, ApprovalError};
use affairs::joint::errand::{self, Errand, Mode, Receive, Step};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::Text;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::IdempotencyKey;
use super::body::{CaseBody, TextBody};
use crate::office::Desks;
use crate::problem::{FieldError, Problem};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(receive_errand, list_errands))
        .routes(routes!(show_errand))
        .routes(routes!(step_errand))
}

/// An application taken in for another place.
#[derive(Deserialize, ToSchema)]
struct ReceiveBody {
    /// The agency whose counter this is.
    at: String,
    /// `online`, `forward` or `together`.
    mode: String,
    /// Item id.
    item: String,
    /// The applicant's citizen id, as on the original the clerk saw.
    citizen_id: String,
    /// The applicant's name.
    name: String,
    /// The clerk has seen the original.
    original_seen: bool,
    /// The item's form.
    #[schema(value_type = Object)]
    form: Map<String, Value>,
}

/// One step.
#[derive(Deserialize, ToSchema)]
struct StepBody {
    /// How the papers travel; asked for where they are sent.
    #[serde(default)]
    parcel: String,
}

/// A step that was taken.
#[derive(Serialize, ToSchema)]
struct ReceiptBody {
    /// RFC 3339.
    at: String,
    /// By whom.
    by: String,
}

/// What two places do for one case.
#[derive(Serialize, ToSchema)]
struct ErrandBody {
    /// The case's number.
    number: String,
    /// Item id.
    item: String,
    /// `online`, `forward` or `together`.
    mode: &'static str,
    /// How far it has come: `received`, `sent`, `taken`, `returned`, `delivered`.
    leg: &'static str,
    /// The agency that received it.
    receiving_agency: String,
    /// The agency that decides it.
    deciding_agency: String,
    /// The responsible region.
    region: String,
    /// What the receiving place owes.
    receiving_duty: Option<TextBody>,
    /// What the deciding place owes.
    deciding_duty: Option<TextBody>,
    /// Received.
    received: ReceiptBody,
    /// Sent to the deciding place.
    sent: Option<ReceiptBody>,
    /// How.
    parcel: Option<String>,
    /// Receipted there.
    taken: Option<ReceiptBody>,
    /// The result sent back.
    returned: Option<ReceiptBody>,
    /// Handed to the applicant.
    delivered: Option<ReceiptBody>,
    /// The case, as it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<CaseBody>,
}

impl ErrandBody {
    fn of(desks: &Desks<'_>, errand: &Errand) -> Self {
        let across = desks.catalog.procedure().and_then(|p| p.across.iter().find(|a| a.mode == errand.mode.word()));
        let receipt = |(at, by): &(kernel::Moment, String)| ReceiptBody { at: at.to_string(), by: by.clone() };
        Self {
            number: errand.number.clone(),
            item: errand.item.clone(),
            mode: errand.mode.word(),
            leg: errand.leg.word(),
            receiving_agency: errand.receiving_agency.clone(),
            deciding_agency: errand.deciding_agency.clone(),
            region: errand.region.clone(),
            receiving_duty: across.map(|a| (&a.receiving).into()),
            deciding_duty: across.map(|a| (&a.deciding).into()),
            received: receipt(&errand.received),
            sent: errand.sent.as_ref().map(receipt),
            parcel: errand.parcel.clone(),
            taken: errand.taken.as_ref().map(receipt),
            returned: errand.returned.as_ref().map(receipt),
            delivered: errand.delivered.as_ref().map(receipt),
            case: None,
        }
    }
}

/// Takes an application in for another place; the clerk has seen the applicant's original.
#[utoipa::path(post, path = "/api/v1/errands", tag = "errand", request_body = ReceiveBody, security(("session" = [])),
    params(("Idempotency-Key" = String, Header, description = "the same for a repeated request")),
    responses((status = 201, body = ErrandBody), (status = 403), (status = 409), (status = 422)))]
async fn receive_errand(
    State(state): State<AppState>,
    officer: Officer,
    key: IdempotencyKey,
    Json(body): Json<ReceiveBody>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let wrong = |pointer: &str, zh: &str, en: &str| {
        Problem::invalid(vec![FieldError {
            pointer: pointer.into(),
            code: "required".into(),
            message: Text::new(zh, en),
        }])
    };
    let mode = Mode::from_word(&body.mode)
        .ok_or_else(|| wrong("/mode", "请选择办理方式", "choose online, forward or together"))?;
    if !body.original_seen {
        return Err(wrong("/original_seen", "请核验身份证件原件", "see the original of the identity card"));
    }
    let base = desks.base();
    let party = access::people::ensure_party(&base, PartyKind::Person, &body.citizen_id, &body.name).await?;
    let account = access::people::ensure_account(&base, &party).await?;
    let person = PersonActor { account: account.id, party, assurance: Assurance::Substantial, acting_for: None };
    let asked = Receive { at: &body.at, person: &person, item: &body.item, form: &body.form, mode, key: &key.0 };
    let (case, errand) = errand::receive(&desks.approval(), &officer.actor(), &asked).await?;
    let mut told = CaseBody::from(&case);
    let key = &desks.office.receipt_key;
    told.receipt_secret = Some(approval::receipt_secret(desks.store(), key, &case).await?);
    let body = ErrandBody { case: Some(told), ..ErrandBody::of(&desks, &errand) };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// The errands under way at the officer's places, received there or decided there.
#[utoipa::path(get, path = "/api/v1/errands", tag = "errand", security(("session" = [])),
    responses((status = 200, body = Vec<ErrandBody>)))]
async fn list_errands(State(state): State<AppState>, officer: Officer) -> Result<Json<Vec<ErrandBody>>, Problem> {
    let desks = state.desks()?;
    let found = errand::errands_for(desks.store(), officer.0.account).await?;
    Ok(Json(found.iter().map(|(errand, _)| ErrandBody::of(&desks, errand)).collect()))
}

/// An errand, for officers of one of its places.
#[utoipa::path(get, path = "/api/v1/errands/{number}", tag = "errand", security(("session" = [])),
    responses((status = 200, body = ErrandBody), (status = 404)))]
async fn show_errand(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
) -> Result<Json<ErrandBody>, Problem> {
    let desks = state.desks()?;
    let found = errand::errand(desks.store(), &officer.actor(), &number).await?;
    Ok(Json(ErrandBody::of(&desks, &found)))
}

/// Takes the next step: `send` and `deliver` by the receiving place, `take` and `return` by the deciding one.
#[utoipa::path(post, path = "/api/v1/errands/{number}/{step}", tag = "errand", request_body = StepBody,
    security(("session" = [])), responses((status = 200, body = ErrandBody), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
async fn step_errand(
    State(state): State<AppState>,
    officer: Officer,
    Path((number, step)): Path<(String, String)>,
    Json(body): Json<StepBody>,
) -> Result<Json<ErrandBody>, Problem> {
    let desks = state.desks()?;
    let step = Step::from_word(&step).ok_or(ApprovalError::NotFound)?;
    let done = errand::step(&desks.approval(), &officer.actor(), &number, (step, &body.parcel)).await?;
    Ok(Json(ErrandBody::of(&desks, &done)))
}
