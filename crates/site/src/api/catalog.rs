//! Items over the API: the list, one whole, and trying the rules without filing.

use affairs::access::Assurance;
use affairs::approval::{self, identity_level};
use affairs::catalog::{FactDesk, Item, Request};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{FormBody, ItemBody};
use crate::office::Desks;
use crate::problem::Problem;
use crate::session::Anyone;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_items)).routes(routes!(show_item)).routes(routes!(try_item))
}

/// The items in force today.
#[utoipa::path(get, path = "/api/v1/items", tag = "item", responses((status = 200, body = Vec<ItemBody>)))]
async fn list_items(State(state): State<AppState>) -> Result<Json<Vec<ItemBody>>, Problem> {
    let desks = state.desks()?;
    Ok(Json(desks.catalog.items(state.clock().now().date()).map(|item| item.as_ref().into()).collect()))
}

/// One item whole: conditions with source and grade, limits, materials, duties.
#[utoipa::path(get, path = "/api/v1/items/{id}", tag = "item",
    responses((status = 200, description = "the item", body = Object), (status = 404)))]
async fn show_item(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let item = item(&state.desks()?, &state, &id)?;
    serde_json::to_value(&*item).map(Json).map_err(Problem::fault)
}

/// Tries the rules on facts that are typed in. Nothing is read from registers, nothing is stored.
#[utoipa::path(post, path = "/api/v1/items/{id}/try", tag = "item", request_body = FormBody,
    responses((status = 200, description = "outcome and all checks", body = Object), (status = 404)))]
async fn try_item(
    State(state): State<AppState>,
    Anyone(actor): Anyone,
    Path(id): Path<String>,
    Json(body): Json<FormBody>,
) -> Result<Json<Value>, Problem> {
    let desks = state.desks()?;
    let item = item(&desks, &state, &id)?;
    let now = state.clock().now();
    let assurance = actor.person().map_or(Assurance::Weak, |p| p.assurance);
    let request = Request {
        decided_at: now,
        filed_at: now,
        applicant_code: String::new(),
        applicant_name: String::new(),
        identity: identity_level(assurance).into(),
        consent: affairs::catalog::Consent::None,
    };
    let facts = FactDesk { form: &body.form, readings: &[], request: &request };
    let (inputs, assessment) = approval::judge(&item, &facts, desks.office.setting);
    Ok(Json(json!({ "outcome": assessment.outcome, "checks": assessment.checks, "inputs": inputs.rows })))
}

fn item(desks: &Desks<'_>, state: &AppState, id: &str) -> Result<Arc<Item>, Problem> {
    let item = desks.catalog.item(id, state.clock().now().date());
    item.ok_or_else(|| Problem::of(StatusCode::NOT_FOUND))
}
