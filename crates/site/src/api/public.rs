//! What everybody may ask: progress by receipt, licences verified, notices, the pulse of the last 24 hours.

use affairs::{approval, licence};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use evidence::answer::{Answer, Given, Reason};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{NoticeBody, ReceiptBody, StatusBody};
use crate::licence::answer::judged;
use crate::limits::Client;
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(progress))
        .routes(routes!(verify))
        .routes(routes!(notices))
        .routes(routes!(pulse))
}

/// The status of a case for whoever has its receipt, and nothing else of it.
#[utoipa::path(post, path = "/api/v1/progress", tag = "public", request_body = ReceiptBody,
    responses((status = 200, body = StatusBody), (status = 404), (status = 429)))]
async fn progress(
    State(state): State<AppState>,
    Client(client): Client,
    Json(body): Json<ReceiptBody>,
) -> Result<Json<StatusBody>, Problem> {
    state.limits().sign_in(client)?;
    let desks = state.desks()?;
    let case = approval::progress(desks.store(), &desks.office.receipt_key, &body.number, &body.secret).await?;
    Ok(Json(StatusBody {
        number: case.number,
        state: case.state.word(),
        filed_at: case.filed_at.to_string(),
        decided_at: case.decided_at.map(|at| at.to_string()),
    }))
}

/// Checks a licence's document: the seal first, then how it stands in this office's record.
#[utoipa::path(post, path = "/api/v1/licences/verify", tag = "public", request_body = String,
    responses((status = 200, description = "genuine or not, with a reason code", body = Object)))]
async fn verify(State(state): State<AppState>, document: String) -> Result<Json<Value>, Problem> {
    let desks = state.desks()?;
    let now = state.clock().now();
    if let Some(given) = Given::of(document.as_bytes()) {
        return Ok(Json(told(&judged(&desks, now, &given).await?)));
    }
    let claimed = evidence::seal::read(document.as_bytes()).ok();
    let code = claimed.as_ref().and_then(|s| s.payload.get("code")?.as_str().map(str::to_owned));
    let record = match &code {
        Some(code) => licence::by_code(desks.store(), code).await?,
        None => None,
    };
    Ok(Json(match licence::verify(document.as_bytes(), &desks.office.trust, record.as_ref(), now) {
        Ok(verified) => {
            json!({ "genuine": true, "standing": verified.standing.word(), "payload": verified.sealed.payload })
        }
        Err(refusal) => json!({ "genuine": false, "reason": refusal.code(), "detail": refusal.to_string() }),
    }))
}

/// The answer over the text of a QR code.
fn told(answer: &Answer) -> Value {
    let reason =
        |reason: &Reason| json!({ "code": reason.code, "colour": reason.colour.word(), "detail": reason.detail });
    let core = answer.core.as_ref();
    json!({
        "genuine": core.is_some(), "colour": answer.colour.word(), "issuer": answer.issuer,
        "code": core.map(|core| core.code.to_string()), "holder": core.map(|core| core.holder.clone()),
        "reasons": answer.reasons.iter().map(reason).collect::<Vec<_>>(),
    })
}

#[derive(Deserialize, IntoParams)]
struct Cursor {
    /// Id of the last notice of the page before.
    before: Option<String>,
}

/// Public notices of grants, newest first, 50 a page.
#[utoipa::path(get, path = "/api/v1/notices", tag = "public", params(Cursor),
    responses((status = 200, body = Vec<NoticeBody>), (status = 400)))]
async fn notices(
    State(state): State<AppState>,
    Query(cursor): Query<Cursor>,
) -> Result<Json<Vec<NoticeBody>>, Problem> {
    let before = cursor.before.map(|id| id.parse()).transpose();
    let before = before.map_err(|_| Problem::of(StatusCode::BAD_REQUEST))?;
    let notices = approval::notices(state.desks()?.store(), before).await?;
    Ok(Json(notices.iter().map(Into::into).collect()))
}

/// What was decided in the last 24 hours.
#[utoipa::path(get, path = "/api/v1/pulse", tag = "public", responses((status = 200, body = Object)))]
async fn pulse(State(state): State<AppState>) -> Result<Json<Value>, Problem> {
    let pulse = approval::pulse(state.desks()?.store(), state.clock().now()).await?;
    Ok(Json(json!({
        "decided": pulse.decided, "by_machine": pulse.by_machine, "median_ms": pulse.median_ms,
        "off_hours": pulse.off_hours,
    })))
}
