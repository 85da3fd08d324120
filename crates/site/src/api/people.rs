//! People who decide, over the API: who has a case, a signed decision before it leaves, who is away, who must stay away.

use affairs::access::{NewAbsence, NewTie, TieKind, absence, tie};
use affairs::approval::{self, Assignment, Pending};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use kernel::{Date, Id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{CaseBody, TextBody};
use crate::office::Desks;
use crate::problem::Problem;
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(take))
        .routes(routes!(give_back))
        .routes(routes!(reassign))
        .routes(routes!(undo))
        .routes(routes!(leave))
        .routes(routes!(concur))
        .routes(routes!(differ))
        .routes(routes!(declare_absence))
        .routes(routes!(end_absence))
        .routes(routes!(declare_tie))
        .routes(routes!(ask_extension))
        .routes(routes!(answer_extension))
        .routes(routes!(open_gaps))
        .routes(routes!(fill_gap))
        .routes(routes!(divergence))
}

/// With whom a case lies.
#[derive(Serialize, ToSchema)]
pub(super) struct AssignmentBody {
    /// The officer's name; absent: with nobody yet.
    officer: Option<String>,
    /// `waiting`, `load`, `before`, `deputy`, `taken`, `reassigned`, `head`, `given_back`, `nobody`.
    how: &'static str,
    /// Why.
    why: TextBody,
    /// RFC 3339.
    since: String,
}

impl From<&Assignment> for AssignmentBody {
    fn from(a: &Assignment) -> Self {
        Self { officer: a.officer_name.clone(), how: a.how.word(), why: (&a.why).into(), since: a.since.to_string() }
    }
}

/// A decision that was signed and has not left.
#[derive(Serialize, ToSchema)]
pub(super) struct PendingBody {
    /// What was ruled.
    ruling: &'static str,
    /// Why.
    reasons: String,
    /// Who signed.
    officer: String,
    /// RFC 3339.
    made_at: String,
    /// Whether it takes two officers.
    needs_second: bool,
    /// The second officer, once he concurred.
    second: Option<String>,
    /// When it leaves; absent while it waits for the second officer.
    leaves_at: Option<String>,
}

impl From<&Pending> for PendingBody {
    fn from(p: &Pending) -> Self {
        Self {
            ruling: p.ruling.word(),
            reasons: p.reasons.clone(),
            officer: p.officer_name.clone(),
            made_at: p.made_at.to_string(),
            needs_second: p.needs_second,
            second: p.second.as_ref().map(|s| s.name.clone()),
            leaves_at: p.leaves_at.map(|at| at.to_string()),
        }
    }
}

/// Why somebody gives a case back, or does not concur.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhyBody {
    /// The reason.
    reason: String,
}

/// To whom a case is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReassignBody {
    /// The officer's account.
    #[schema(value_type = String)]
    officer: Id,
    /// Why.
    reason: String,
}

/// Days on which somebody is away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AbsenceBody {
    /// Whose account; the officer's own where absent.
    #[schema(value_type = Option<String>)]
    account: Option<Id>,
    /// The first day.
    #[schema(value_type = String)]
    from: Date,
    /// The last day.
    #[schema(value_type = String)]
    to: Date,
    /// The account of who stands in.
    #[schema(value_type = Option<String>)]
    deputy: Option<Id>,
    /// A remark for colleagues.
    #[serde(default)]
    reason: String,
}

/// An absence as kept.
#[derive(Serialize, ToSchema)]
struct AbsenceId {
    /// Its id.
    id: String,
}

/// Somebody about whom the officer may not decide.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TieBody {
    /// `own`, `relative`, `interest`.
    kind: String,
    /// Citizen id or unified social credit code.
    code: String,
    /// Name.
    name: String,
}

async fn id_of(desks: &Desks<'_>, state: &AppState, officer: &Officer, number: &str) -> Result<Id, Problem> {
    let (file, _) = approval::file_by_number(desks.store(), &officer.actor(), number, state.clock().now()).await?;
    Ok(file.case.id)
}

/// Takes a case that lies with nobody.
#[utoipa::path(post, path = "/api/v1/cases/{number}/take", tag = "desk", security(("session" = [])),
    responses((status = 204), (status = 403), (status = 404), (status = 409)))]
async fn take(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    approval::take(&desks.approval(), &officer.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a case back: it goes on to somebody else.
#[utoipa::path(post, path = "/api/v1/cases/{number}/give-back", tag = "desk", request_body = WhyBody,
    security(("session" = [])), responses((status = 204), (status = 403), (status = 404), (status = 409)))]
async fn give_back(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<WhyBody>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    approval::give_back(&desks.approval(), &officer.actor(), id, &body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The head of the office gives a case to an officer.
#[utoipa::path(post, path = "/api/v1/cases/{number}/reassign", tag = "desk", request_body = ReassignBody,
    security(("session" = [])),
    responses((status = 204), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn reassign(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<ReassignBody>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    approval::reassign(&desks.approval(), &officer.actor(), id, (body.officer, &body.reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a signed decision back before it leaves.
#[utoipa::path(post, path = "/api/v1/cases/{number}/rulings/undo", tag = "desk", security(("session" = [])),
    responses((status = 204), (status = 403), (status = 404), (status = 409, description = "it has left, or there is none")))]
async fn undo(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    approval::undo(&desks.approval(), &officer.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a signed decision off before its time.
#[utoipa::path(post, path = "/api/v1/cases/{number}/rulings/leave", tag = "desk", security(("session" = [])),
    responses((status = 200, body = CaseBody), (status = 403), (status = 404), (status = 409)))]
async fn leave(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    let case = approval::leave_now(&desks.approval(), &officer.actor(), id).await?;
    Ok(Json((&case).into()))
}

/// The second officer concurs with a signed decision that takes two.
#[utoipa::path(post, path = "/api/v1/cases/{number}/rulings/concur", tag = "desk", security(("session" = [])),
    responses((status = 204), (status = 403), (status = 404), (status = 409)))]
async fn concur(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    approval::concur(&desks.approval(), &officer.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The second officer does not concur, with reasons: the case is undecided as before.
#[utoipa::path(post, path = "/api/v1/cases/{number}/rulings/differ", tag = "desk", request_body = WhyBody,
    security(("session" = [])),
    responses((status = 204), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn differ(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<WhyBody>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    approval::differ(&desks.approval(), &officer.actor(), id, &body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says that a member of staff will be away; what lies with him goes to the deputy while he is.
#[utoipa::path(post, path = "/api/v1/absences", tag = "desk", request_body = AbsenceBody, security(("session" = [])),
    responses((status = 201, body = AbsenceId), (status = 404), (status = 422)))]
async fn declare_absence(
    State(state): State<AppState>,
    officer: Officer,
    Json(body): Json<AbsenceBody>,
) -> Result<(StatusCode, Json<AbsenceId>), Problem> {
    let desks = state.desks()?;
    let account = body.account.unwrap_or(officer.0.account);
    let new = NewAbsence { account, from: body.from, to: body.to, deputy: body.deputy, reason: &body.reason };
    let kept = absence::declare(&desks.base(), &officer.actor(), &new).await?;
    approval::hand_on(&desks.approval(), account).await?;
    Ok((StatusCode::CREATED, Json(AbsenceId { id: kept.id.to_string() })))
}

/// Ends an absence before its last day.
#[utoipa::path(delete, path = "/api/v1/absences/{id}", tag = "desk", security(("session" = [])),
    responses((status = 204), (status = 404)))]
async fn end_absence(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    absence::end(&state.desks()?.base(), &officer.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Declares about whom the officer may not decide. He does not take it back himself.
#[utoipa::path(post, path = "/api/v1/ties", tag = "desk", request_body = TieBody, security(("session" = [])),
    responses((status = 204), (status = 422)))]
async fn declare_tie(
    State(state): State<AppState>,
    officer: Officer,
    Json(body): Json<TieBody>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let kind = TieKind::from_word(&body.kind).ok_or_else(|| {
        let message = kernel::Text::new("请写 own、relative 或 interest", "write own, relative or interest");
        Problem::invalid(vec![crate::problem::FieldError { pointer: "/kind".into(), code: "kind".into(), message }])
    })?;
    let new = NewTie { account: officer.0.account, kind, code: &body.code, name: &body.name };
    tie::declare(&desks.base(), &officer.actor(), &new).await?;
    approval::hand_on(&desks.approval(), officer.0.account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The head's answer to a request for more time.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnswerBody {
    /// Whether it is approved.
    approve: bool,
    /// Why.
    reason: String,
}

/// How often officers decided differently on the same facts: pairs of decisions by different officers on the same item,
/// rule set and findings of every condition, in the last year.
#[derive(Serialize, ToSchema)]
struct DivergenceBody {
    /// The item.
    item: String,
    /// Decisions compared.
    decisions: i64,
    /// Facts on which two officers or more decided.
    facts: i64,
    /// Pairs.
    pairs: i64,
    /// Of them those that ended differently.
    differing: i64,
    /// Differing pairs of a thousand; absent where there is no pair.
    per_mille: Option<i64>,
}

/// Asks the head for more time, once for a case, with reasons that the applicant reads.
#[utoipa::path(post, path = "/api/v1/cases/{number}/extension", tag = "desk", request_body = WhyBody,
    security(("session" = [])),
    responses((status = 204), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn ask_extension(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<WhyBody>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    approval::ask_extension(&desks.approval(), &officer.actor(), id, &body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The head approves more time, or does not.
#[utoipa::path(post, path = "/api/v1/cases/{number}/extension/answer", tag = "desk", request_body = AnswerBody,
    security(("session" = [])),
    responses((status = 204), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn answer_extension(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<AnswerBody>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    approval::answer_extension(&desks.approval(), &officer.actor(), id, (body.approve, &body.reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which pieces may follow, and until when.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GapsBody {
    /// Ids of materials that the item lets follow.
    materials: Vec<String>,
    /// The last day, inside the promised limit.
    #[schema(value_type = String)]
    until: Date,
    /// The version of the case the officer looked at.
    version: i64,
}

/// Accepts a case although minor pieces are missing; it is decided when they are there.
#[utoipa::path(post, path = "/api/v1/cases/{number}/gaps", tag = "desk", request_body = GapsBody,
    security(("session" = [])),
    responses((status = 200, body = CaseBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn open_gaps(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<GapsBody>,
) -> Result<Json<CaseBody>, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    let order = approval::GapOrder { materials: &body.materials, until: body.until, version: body.version };
    let case = approval::open_gaps(&desks.approval(), &officer.actor(), id, &order).await?;
    Ok(Json((&case).into()))
}

/// Takes a piece in that might follow.
#[utoipa::path(post, path = "/api/v1/cases/{number}/gaps/{material}", tag = "desk", security(("session" = [])),
    responses((status = 204), (status = 403), (status = 404), (status = 409)))]
async fn fill_gap(
    State(state): State<AppState>,
    officer: Officer,
    Path((number, material)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let id = id_of(&desks, &state, &officer, &number).await?;
    approval::fill_gap(&desks.approval(), &officer.actor(), id, &material).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How often officers decided differently on the same facts, by item; for who audits or leads.
#[utoipa::path(get, path = "/api/v1/divergence", tag = "desk", security(("session" = [])),
    responses((status = 200, body = Vec<DivergenceBody>), (status = 404)))]
async fn divergence(State(state): State<AppState>, officer: Officer) -> Result<Json<Vec<DivergenceBody>>, Problem> {
    let right = crate::approval::handover::reads(&officer).ok_or_else(Problem::not_found)?;
    let reader = (officer.0.account, right);
    let found = approval::divergence(state.desks()?.store(), reader, state.clock().now()).await?;
    let body = |d: approval::Divergence| DivergenceBody {
        per_mille: d.per_mille(),
        item: d.item,
        decisions: d.decisions,
        facts: d.facts,
        pairs: d.pairs,
        differing: d.differing,
    };
    Ok(Json(found.into_iter().map(body).collect()))
}
