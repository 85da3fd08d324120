//! The counter over the API: sit down, recognise who stands there, file and mend for him, papers between front and back, results.

use affairs::access::PartyKind;
use affairs::approval::ApprovalError;
use affairs::window::{
    self, CounterCase, CounterFiling, Document, Handing, Identity, Listed, Paper, Papers, Reception, Relay, Way,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::{Date, Id, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::IdempotencyKey;
use super::body::CaseBody;
use crate::office::Desks;
use crate::problem::{FieldError, Problem};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(sit_at_counter))
        .routes(routes!(begin_reception))
        .routes(routes!(end_reception))
        .routes(routes!(take_paper))
        .routes(routes!(file_at_counter))
        .routes(routes!(open_at_counter))
        .routes(routes!(mend_at_counter))
        .routes(routes!(renew_receipt))
        .routes(routes!(deliver_result))
        .routes(routes!(list_results))
        .routes(routes!(send_by_courier))
        .routes(routes!(list_relays, send_papers))
        .routes(routes!(take_papers))
        .routes(routes!(return_papers))
}

/// Where an officer sits.
#[derive(Deserialize, Serialize, ToSchema)]
struct SeatBody {
    /// A hall's id of the catalogue.
    hall: String,
    /// The counter's code; empty at a place without counters.
    #[serde(default)]
    counter: String,
}

/// Who stands at the counter.
#[derive(Deserialize, ToSchema)]
struct IdentityBody {
    /// `id_card`, `temporary_card`, `household_book` or `electronic_card`.
    document: String,
    /// The citizen id on it.
    citizen_id: String,
    /// The name on it.
    name: String,
    /// The clerk has seen the original and compared the face.
    original_seen: bool,
}

/// Somebody stands there and was recognised.
#[derive(Serialize, ToSchema)]
struct ReceptionBody {
    /// Its id: what the acts for this person name.
    id: String,
    /// The hall.
    hall: String,
    /// The counter.
    counter: String,
    /// The person's name.
    name: String,
    /// The person's number, masked.
    citizen_id: String,
    /// What was shown.
    document: &'static str,
    /// Until when the check is good (RFC 3339).
    until: String,
}

impl From<&Reception> for ReceptionBody {
    fn from(reception: &Reception) -> Self {
        Self {
            id: reception.id.to_string(),
            hall: reception.hall.clone(),
            counter: reception.counter.clone(),
            name: reception.name.clone(),
            citizen_id: reception.code_mask.clone(),
            document: reception.document.word(),
            until: reception.until.to_string(),
        }
    }
}

/// An authorisation on paper.
#[derive(Deserialize, ToSchema)]
struct PaperBody {
    /// Who gave it: `person` or `company`.
    kind: String,
    /// The giver's citizen id or credit code.
    code: String,
    /// The giver's name.
    name: String,
    /// For which item.
    item: String,
    /// The paper's number.
    basis: String,
    /// Its last day.
    #[schema(value_type = String, format = Date)]
    until: String,
}

/// A mandate that was taken up.
#[derive(Serialize, ToSchema)]
struct MandateBody {
    /// Its id: what filing under it names.
    id: String,
    /// The principal's name.
    principal: String,
    /// Its last day.
    until: String,
}

/// An application made at a counter.
#[derive(Deserialize, ToSchema)]
struct CounterFilingBody {
    /// Item id.
    item: String,
    /// Under which mandate; absent: for the person himself.
    #[serde(default)]
    mandate: Option<String>,
    /// How the result is wanted: `counter`, `courier` or `electronic`.
    way: String,
    /// Where the courier brings it.
    #[serde(default)]
    address: String,
    /// The item's form.
    #[schema(value_type = Object)]
    form: Map<String, Value>,
}

/// The number of a case.
#[derive(Deserialize, ToSchema)]
struct NumberBody {
    /// As it stands on the receipt.
    number: String,
}

/// A form, mended.
#[derive(Deserialize, ToSchema)]
struct MendedBody {
    /// The item's form, whole.
    #[schema(value_type = Object)]
    form: Map<String, Value>,
}

/// A receipt's new secret.
#[derive(Serialize, ToSchema)]
struct SecretBody {
    /// The case's number.
    number: String,
    /// The secret; the one before opens nothing any more.
    secret: String,
}

/// How a result is handed out to who stands there.
#[derive(Deserialize, ToSchema)]
struct DeliverBody {
    /// `counter` or `electronic`.
    way: String,
}

/// A courier's number.
#[derive(Deserialize, ToSchema)]
struct ParcelBody {
    /// The number.
    parcel: String,
}

/// What a counter has to do with a case's result.
#[derive(Serialize, ToSchema)]
struct ResultBody {
    /// The case's number.
    number: String,
    /// The hall.
    hall: String,
    /// How it is wanted.
    way: &'static str,
    /// When it was handed out (RFC 3339).
    delivered_at: Option<String>,
    /// How.
    delivered_way: Option<&'static str>,
    /// By whom.
    delivered_by: Option<String>,
    /// Who fetched it.
    collected_by: Option<String>,
    /// The courier's number.
    parcel: Option<String>,
}

impl ResultBody {
    fn of(number: &str, row: &CounterCase) -> Self {
        let delivered = row.delivered.as_ref();
        Self {
            number: number.to_owned(),
            hall: row.hall.clone(),
            way: row.way.word(),
            delivered_at: delivered.map(|(at, ..)| at.to_string()),
            delivered_way: delivered.map(|(_, way, _)| way.word()),
            delivered_by: delivered.map(|(.., by)| by.clone()),
            collected_by: row.collected.as_ref().map(|(_, name, _)| name.clone()),
            parcel: row.parcel.clone(),
        }
    }
}

/// Papers to be sent.
#[derive(Deserialize, ToSchema)]
struct PapersBody {
    /// The case's number.
    number: String,
    /// How many pieces of paper; 0: only the file.
    #[serde(default)]
    pieces: i64,
    /// What they are.
    #[serde(default)]
    note: String,
}

/// Why papers go back.
#[derive(Deserialize, ToSchema)]
struct WhyBody {
    /// The reason.
    reason: String,
}

/// Papers between front and back.
#[derive(Serialize, ToSchema)]
struct RelayBody {
    /// The case's number.
    number: String,
    /// The how many-th time.
    round: i64,
    /// From which hall.
    hall: String,
    /// From which counter.
    counter: String,
    /// To which agency.
    agency: String,
    /// How many pieces.
    pieces: i64,
    /// `sent`, `overdue`, `taken` or `returned`.
    state: &'static str,
    /// When they were sent (RFC 3339).
    sent_at: String,
    /// By whom.
    sent_by: String,
    /// The first moment after the back's time.
    due_at: Option<String>,
    /// Who took them.
    taken_by: Option<String>,
    /// Who sent them back.
    returned_by: Option<String>,
    /// Why.
    reason: Option<String>,
}

impl RelayBody {
    fn of(desks: &Desks<'_>, (number, agency): (&str, &str), relay: &Relay) -> Self {
        Self {
            number: number.to_owned(),
            round: relay.round,
            hall: relay.hall.clone(),
            counter: relay.counter.clone(),
            agency: agency.to_owned(),
            pieces: relay.pieces,
            state: relay.state(desks.base().now()).word(),
            sent_at: relay.sent_at.to_string(),
            sent_by: relay.sent_by_name.clone(),
            due_at: relay.due_at.map(|at| at.to_string()),
            taken_by: relay.taken_by.clone(),
            returned_by: relay.returned.as_ref().map(|(by, _)| by.clone()),
            reason: relay.returned.as_ref().map(|(_, why)| why.clone()),
        }
    }

    fn listed(desks: &Desks<'_>, listed: &Listed) -> Self {
        Self::of(desks, (&listed.case.number, &listed.case.deciding_agency), &listed.relay)
    }
}

/// Both sides' papers.
#[derive(Serialize, ToSchema)]
struct RelaysBody {
    /// What went out from the officer's hall, the newest first.
    front: Vec<RelayBody>,
    /// What lies before the officer's agencies, the oldest first.
    back: Vec<RelayBody>,
}

pub(super) fn wrong(pointer: &str, zh: &str, en: &str) -> Problem {
    let message = Text::new(zh, en);
    Problem::invalid(vec![FieldError { pointer: pointer.into(), code: "choice".into(), message }])
}

/// A reception the officer may act in.
pub(super) async fn standing(desks: &Desks<'_>, officer: &Officer, id: &str) -> Result<Reception, Problem> {
    let id: Id = id.parse().map_err(|_| ApprovalError::NotFound)?;
    Ok(window::reception(&desks.approval(), &officer.actor(), id).await?)
}

/// Sits down at a counter the officer's post reaches.
#[utoipa::path(put, path = "/api/v1/window/seat", tag = "window", request_body = SeatBody, security(("session" = [])),
    responses((status = 200, body = SeatBody), (status = 403), (status = 422)))]
async fn sit_at_counter(
    State(state): State<AppState>,
    officer: Officer,
    Json(body): Json<SeatBody>,
) -> Result<Json<SeatBody>, Problem> {
    let desks = state.desks()?;
    let seat = window::sit(&desks.approval(), &officer.actor(), (&body.hall, &body.counter)).await?;
    Ok(Json(SeatBody { hall: seat.hall, counter: seat.counter }))
}

/// Recognises who stands at the officer's counter; whoever stood there before has left.
#[utoipa::path(post, path = "/api/v1/window/receptions", tag = "window", request_body = IdentityBody,
    security(("session" = [])), responses((status = 201, body = ReceptionBody), (status = 403), (status = 422)))]
async fn begin_reception(
    State(state): State<AppState>,
    officer: Officer,
    Json(body): Json<IdentityBody>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let shown = Identity {
        document: Document::from_word(&body.document),
        code: &body.citizen_id,
        name: &body.name,
        is_seen: body.original_seen,
    };
    let reception = window::begin(&desks.approval(), &officer.actor(), &shown).await?;
    Ok((StatusCode::CREATED, Json(ReceptionBody::from(&reception))).into_response())
}

/// Turns to the next: nothing more is done for who stood there.
#[utoipa::path(post, path = "/api/v1/window/receptions/{id}/end", tag = "window", security(("session" = [])),
    responses((status = 204), (status = 403), (status = 404)))]
async fn end_reception(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    window::end(&desks.approval(), &officer.actor(), reception.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes up an authorisation on paper for who stands there, for one item. Whoever gave it is told.
#[utoipa::path(post, path = "/api/v1/window/receptions/{id}/mandates", tag = "window", request_body = PaperBody,
    security(("session" = [])), responses((status = 201, body = MandateBody), (status = 403), (status = 404), (status = 422)))]
async fn take_paper(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
    Json(body): Json<PaperBody>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let kind = PartyKind::from_word(&body.kind);
    let kind = kind.ok_or_else(|| wrong("/paper/kind", "请选择个人或者单位", "choose person or company"))?;
    let until: Option<Date> = body.until.parse().ok();
    let (code, name, item, basis) = (&body.code, &body.name, &body.item, &body.basis);
    let paper = Paper { kind, code, name, item, basis, until };
    let given = window::authorise(&desks.approval(), &officer.actor(), (&reception, &paper)).await?;
    let body = MandateBody {
        id: given.id.to_string(),
        principal: given.principal.name.clone(),
        until: given.scope.valid_to.to_string(),
    };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// Files an application for who stands there, as he would online; both names stand in the case's story.
#[utoipa::path(post, path = "/api/v1/window/receptions/{id}/cases", tag = "window", request_body = CounterFilingBody,
    security(("session" = [])),
    params(("Idempotency-Key" = String, Header, description = "the same for a repeated request")),
    responses((status = 201, body = CaseBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn file_at_counter(
    State(state): State<AppState>,
    officer: Officer,
    key: IdempotencyKey,
    Path(id): Path<String>,
    Json(body): Json<CounterFilingBody>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let mandate = match body.mandate.as_deref() {
        None => None,
        Some(id) => Some(id.parse::<Id>().map_err(|_| wrong("/mandate", "没有这份授权", "no such mandate"))?),
    };
    let filing = CounterFiling {
        item: &body.item,
        form: &body.form,
        mandate,
        way: Way::from_word(&body.way),
        address: &body.address,
        draft: None,
        key: &key.0,
    };
    let case = window::file_for(&desks.approval(), &officer.actor(), (&reception, &filing)).await?;
    let mut told = CaseBody::from(&case);
    let found = window::opened(&desks.approval(), &reception, &case.number).await;
    // A repeated request may come after its reception: then the secret is not told again.
    if found.is_ok_and(|found| found.is_filed_here) {
        let key = &desks.office.receipt_key;
        told.receipt_secret = Some(affairs::approval::receipt_secret(desks.store(), key, &case).await?);
    }
    Ok((StatusCode::CREATED, Json(told)).into_response())
}

/// Opens a case that was begun elsewhere, for who stands there and owns it.
#[utoipa::path(post, path = "/api/v1/window/receptions/{id}/open", tag = "window", request_body = NumberBody,
    security(("session" = [])), responses((status = 200, body = CaseBody), (status = 403), (status = 404)))]
async fn open_at_counter(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
    Json(body): Json<NumberBody>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let found = window::open(&desks.approval(), &officer.actor(), &reception, &body.number).await?;
    Ok(Json((&found.file.case).into()))
}

/// Mends a case for who stands there; the rules run again.
#[utoipa::path(post, path = "/api/v1/window/receptions/{id}/cases/{number}/resubmit", tag = "window",
    request_body = MendedBody, security(("session" = [])),
    responses((status = 200, body = CaseBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn mend_at_counter(
    State(state): State<AppState>,
    officer: Officer,
    Path((id, number)): Path<(String, String)>,
    Json(body): Json<MendedBody>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let mended = (number.as_str(), &body.form);
    let case = window::correct_for(&desks.approval(), &officer.actor(), &reception, mended).await?;
    Ok(Json((&case).into()))
}

/// Gives a new secret for the receipt of a case of who stands there; the old one is void.
#[utoipa::path(post, path = "/api/v1/window/receptions/{id}/cases/{number}/secret", tag = "window",
    security(("session" = [])), responses((status = 200, body = SecretBody), (status = 403), (status = 404), (status = 409)))]
async fn renew_receipt(
    State(state): State<AppState>,
    officer: Officer,
    Path((id, number)): Path<(String, String)>,
) -> Result<Json<SecretBody>, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let key = &desks.office.receipt_key;
    let secret = window::renew_secret(&desks.approval(), &officer.actor(), (&reception, &number), key).await?;
    Ok(Json(SecretBody { number, secret }))
}

/// Hands a result out to who stands there. Once.
#[utoipa::path(post, path = "/api/v1/window/receptions/{id}/cases/{number}/deliver", tag = "window",
    request_body = DeliverBody, security(("session" = [])),
    responses((status = 200, body = ResultBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn deliver_result(
    State(state): State<AppState>,
    officer: Officer,
    Path((id, number)): Path<(String, String)>,
    Json(body): Json<DeliverBody>,
) -> Result<Json<ResultBody>, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let is_electronic = match Way::from_word(&body.way) {
        Some(Way::Counter) => false,
        Some(Way::Electronic) => true,
        Some(Way::Courier) | None => return Err(wrong("/way", "请选择领取方式", "choose counter or electronic")),
    };
    let handing = Handing::Here { reception: &reception, is_electronic };
    let row = window::deliver(&desks.approval(), &officer.actor(), (&number, &handing)).await?;
    Ok(Json(ResultBody::of(&number, &row)))
}

/// Decided cases of the officer's hall whose results nobody has fetched, the oldest first.
#[utoipa::path(get, path = "/api/v1/window/results", tag = "window", security(("session" = [])),
    responses((status = 200, body = Vec<ResultBody>)))]
async fn list_results(State(state): State<AppState>, officer: Officer) -> Result<Json<Vec<ResultBody>>, Problem> {
    let desks = state.desks()?;
    let actor = officer.actor();
    let Some(seat) = window::seat(&desks.approval(), &actor).await? else { return Ok(Json(Vec::new())) };
    let found = window::uncollected(desks.store(), &actor, &seat.hall).await?;
    Ok(Json(found.iter().map(|one| ResultBody::of(&one.case.number, &one.counter)).collect()))
}

/// Sends a result by courier, where that was chosen when it was filed.
#[utoipa::path(post, path = "/api/v1/window/results/{number}/courier", tag = "window", request_body = ParcelBody,
    security(("session" = [])),
    responses((status = 200, body = ResultBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn send_by_courier(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<ParcelBody>,
) -> Result<Json<ResultBody>, Problem> {
    let desks = state.desks()?;
    let handing = Handing::Courier { parcel: &body.parcel };
    let row = window::deliver(&desks.approval(), &officer.actor(), (&number, &handing)).await?;
    Ok(Json(ResultBody::of(&number, &row)))
}

/// Papers between front and back: what went out from the officer's hall, and what lies before his agencies.
#[utoipa::path(get, path = "/api/v1/window/relays", tag = "window", security(("session" = [])),
    responses((status = 200, body = RelaysBody)))]
async fn list_relays(State(state): State<AppState>, officer: Officer) -> Result<Json<RelaysBody>, Problem> {
    let desks = state.desks()?;
    let (actor, store) = (officer.actor(), desks.store());
    let front = match window::seat(&desks.approval(), &actor).await? {
        Some(seat) => window::front(store, &actor, &seat.hall).await?,
        None => Vec::new(),
    };
    let back = window::back(store, &actor).await?;
    let body = |l: &Listed| RelayBody::listed(&desks, l);
    Ok(Json(RelaysBody { front: front.iter().map(body).collect(), back: back.iter().map(body).collect() }))
}

/// Sends a case's papers from the officer's counter to the agency that decides.
#[utoipa::path(post, path = "/api/v1/window/relays", tag = "window", request_body = PapersBody, security(("session" = [])),
    responses((status = 201, body = RelayBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn send_papers(
    State(state): State<AppState>,
    officer: Officer,
    Json(body): Json<PapersBody>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let papers = Papers { pieces: body.pieces, note: &body.note };
    let relay = window::send(&desks.approval(), &officer.actor(), &body.number, &papers).await?;
    let told = told(&desks, &officer, (&body.number, &relay)).await?;
    Ok((StatusCode::CREATED, Json(told)).into_response())
}

async fn told(desks: &Desks<'_>, officer: &Officer, (number, relay): (&str, &Relay)) -> Result<RelayBody, Problem> {
    let (case, _) = window::relays_of(&desks.approval(), &officer.actor(), number).await?;
    Ok(RelayBody::of(desks, (number, &case.deciding_agency), relay))
}

/// The back takes the papers of a case.
#[utoipa::path(post, path = "/api/v1/window/relays/{number}/take", tag = "window", security(("session" = [])),
    responses((status = 200, body = RelayBody), (status = 403), (status = 404), (status = 409)))]
async fn take_papers(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
) -> Result<Json<RelayBody>, Problem> {
    let desks = state.desks()?;
    let relay = window::take(&desks.approval(), &officer.actor(), &number).await?;
    Ok(Json(told(&desks, &officer, (&number, &relay)).await?))
}

/// The back sends the papers of a case back to the counter, with a reason.
#[utoipa::path(post, path = "/api/v1/window/relays/{number}/return", tag = "window", request_body = WhyBody,
    security(("session" = [])),
    responses((status = 200, body = RelayBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn return_papers(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<WhyBody>,
) -> Result<Json<RelayBody>, Problem> {
    let desks = state.desks()?;
    let relay = window::give_back(&desks.approval(), &officer.actor(), (&number, &body.reason)).await?;
    Ok(Json(told(&desks, &officer, (&number, &relay)).await?))
}
