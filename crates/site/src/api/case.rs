//! Applications over the API: file, look, confirm, decline, mend, withdraw.

use affairs::approval::{self, Filing, Standing};
use affairs::{licence, message, supervision};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::Text;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::IdempotencyKey;
use super::body::{CaseBody, FileBody, FilingBody, FormBody, MessageBody, ReasonBody};
use crate::office::Desks;
use crate::problem::{FieldError, Problem};
use crate::session::{Anyone, Person, whose_messages};
use crate::state::AppState;

/// The longest reason somebody may give for declining or withdrawing.
const REASON_MOST: usize = 1_000;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(file_case, list_cases))
        .routes(routes!(show_case))
        .routes(routes!(confirm))
        .routes(routes!(decline))
        .routes(routes!(resubmit))
        .routes(routes!(withdraw))
        .routes(routes!(withdraw_commitment))
        .routes(routes!(to_confirm))
        .routes(routes!(messages))
}

/// Files an application for the signed-in person or the principal he acts for.
#[utoipa::path(post, path = "/api/v1/cases", tag = "case", request_body = FilingBody, security(("session" = [])),
    params(("Idempotency-Key" = String, Header, description = "the same for a repeated request")),
    responses((status = 201, body = CaseBody), (status = 409, description = "open already, or the key was used"),
        (status = 422, description = "everything to mend")))]
async fn file_case(
    State(state): State<AppState>,
    Person(person): Person,
    key: IdempotencyKey,
    Json(body): Json<FilingBody>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let filing = Filing { item: &body.item, form: &body.form, channel: "online", draft: None, key: &key.0 };
    let case = approval::file(&desks.approval(), &person, &filing).await?;
    let mut body = CaseBody::from(&case);
    let key = &desks.office.receipt_key;
    body.receipt_secret = Some(approval::receipt_secret(desks.store(), key, &case).await?);
    let place = HeaderValue::from_str(&format!("/api/v1/cases/{}", case.number)).map_err(Problem::fault)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(body)).into_response())
}

/// The cases of the signed-in person or principal, newest first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "case", security(("session" = [])),
    responses((status = 200, body = Vec<CaseBody>)))]
async fn list_cases(State(state): State<AppState>, Person(person): Person) -> Result<Json<Vec<CaseBody>>, Problem> {
    let cases = approval::cases_of(state.desks()?.store(), person.principal().id).await?;
    Ok(Json(cases.iter().map(Into::into).collect()))
}

/// A case with its decisions, story, licence and duties; somebody else's is not found.
#[utoipa::path(get, path = "/api/v1/cases/{number}", tag = "case", security(("session" = [])),
    responses((status = 200, body = FileBody), (status = 404, description = "none, or not yours")))]
async fn show_case(
    State(state): State<AppState>,
    Anyone(actor): Anyone,
    Path(number): Path<String>,
) -> Result<Json<FileBody>, Problem> {
    let desks = state.desks()?;
    let store = desks.store();
    let (file, standing) = approval::file_by_number(store, &actor, &number, state.clock().now()).await?;
    if standing == Standing::SecondParty {
        // The employer sees what it confirms, not the machine's findings about a person.
        let short = approval::File { decisions: Vec::new(), events: Vec::new(), ..file };
        return Ok(Json(FileBody::new(&short, None, &[])));
    }
    let licence = licence::by_case(store, file.case.applicant, file.case.id).await?;
    let duties = supervision::duties_of(store, file.case.id).await?;
    let body = FileBody::new(&file, licence.as_ref(), &duties);
    Ok(Json(if standing == Standing::Officer { body.for_officer(&file) } else { body }))
}

/// The second party says yes; the rules run at once.
#[utoipa::path(post, path = "/api/v1/cases/{number}/confirm", tag = "case", security(("session" = [])),
    responses((status = 200, body = CaseBody), (status = 404), (status = 409)))]
async fn confirm(
    State(state): State<AppState>,
    person: Person,
    Path(number): Path<String>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &person, &number).await?;
    let case = approval::confirm(&desks.approval(), &person.0, id).await?;
    Ok(Json((&case).into()))
}

/// The second party says no.
#[utoipa::path(post, path = "/api/v1/cases/{number}/decline", tag = "case", request_body = ReasonBody,
    security(("session" = [])), responses((status = 200, body = CaseBody), (status = 404), (status = 409)))]
async fn decline(
    State(state): State<AppState>,
    person: Person,
    Path(number): Path<String>,
    Json(body): Json<ReasonBody>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    short_enough(&body.reason)?;
    let id = id_of(&desks, &state, &person, &number).await?;
    let case = approval::decline(&desks.approval(), &person.0, id, &body.reason).await?;
    Ok(Json((&case).into()))
}

/// The applicant mends what the one notice named.
#[utoipa::path(post, path = "/api/v1/cases/{number}/resubmit", tag = "case", request_body = FormBody,
    security(("session" = [])), responses((status = 200, body = CaseBody), (status = 404), (status = 409), (status = 422)))]
async fn resubmit(
    State(state): State<AppState>,
    person: Person,
    Path(number): Path<String>,
    Json(body): Json<FormBody>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &person, &number).await?;
    let case = approval::resubmit(&desks.approval(), &person.0, id, &body.form).await?;
    Ok(Json((&case).into()))
}

/// The applicant takes the commitment back; the application stays and is handled in the ordinary way.
#[utoipa::path(post, path = "/api/v1/cases/{number}/withdraw-commitment", tag = "case", security(("session" = [])),
    responses((status = 200, body = CaseBody), (status = 403), (status = 404), (status = 409)))]
async fn withdraw_commitment(
    State(state): State<AppState>,
    person: Person,
    Path(number): Path<String>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &person, &number).await?;
    let case = approval::withdraw_commitment(&desks.approval(), &person.0, id).await?;
    Ok(Json((&case).into()))
}

/// The applicant takes the application back.
#[utoipa::path(post, path = "/api/v1/cases/{number}/withdraw", tag = "case", request_body = ReasonBody,
    security(("session" = [])), responses((status = 200, body = CaseBody), (status = 404), (status = 409)))]
async fn withdraw(
    State(state): State<AppState>,
    person: Person,
    Path(number): Path<String>,
    Json(body): Json<ReasonBody>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    short_enough(&body.reason)?;
    let id = id_of(&desks, &state, &person, &number).await?;
    let case = approval::withdraw(&desks.approval(), &person.0, id, &body.reason).await?;
    Ok(Json((&case).into()))
}

/// The cases that wait for the word of the company the signed-in person acts for.
#[utoipa::path(get, path = "/api/v1/confirmations", tag = "case", security(("session" = [])),
    responses((status = 200, body = Vec<CaseBody>)))]
async fn to_confirm(State(state): State<AppState>, Person(person): Person) -> Result<Json<Vec<CaseBody>>, Problem> {
    let desks = state.desks()?;
    let waiting = approval::cases_to_confirm(desks.store(), &person.principal().code).await?;
    let now = state.clock().now();
    let actor = affairs::access::Actor::Person(person);
    let seen = waiting.iter().filter(|case| approval::standing(&actor, case, now).is_some());
    Ok(Json(seen.map(Into::into).collect()))
}

/// The newest messages of the signed-in person, or of the principal he acts for.
#[utoipa::path(get, path = "/api/v1/messages", tag = "case", security(("session" = [])),
    responses((status = 200, body = Vec<MessageBody>)))]
async fn messages(State(state): State<AppState>, Person(person): Person) -> Result<Json<Vec<MessageBody>>, Problem> {
    let inbox =
        message::inbox(state.desks()?.store(), whose_messages(&person, state.clock().now().date()), None).await?;
    Ok(Json(inbox.messages.iter().map(Into::into).collect()))
}

/// The id of a case this person may see.
async fn id_of(desks: &Desks<'_>, state: &AppState, person: &Person, number: &str) -> Result<kernel::Id, Problem> {
    let now = state.clock().now();
    let (file, _) = approval::file_by_number(desks.store(), &person.actor(), number, now).await?;
    Ok(file.case.id)
}

pub(super) fn short_enough(reason: &str) -> Result<(), Problem> {
    if reason.chars().count() <= REASON_MOST {
        return Ok(());
    }
    let message = Text::new("理由不能超过 1000 字", "a reason has at most 1,000 characters");
    Err(Problem::invalid(vec![FieldError { pointer: "/reason".into(), code: "length".into(), message }]))
}
