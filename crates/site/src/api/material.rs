//! Materials over the API: hand in, list, fetch.

use affairs::approval::{self, Standing};
use affairs::material::{self, Holder, Material};
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::material::{page, show};
use crate::office::Desks;
use crate::problem::Problem;
use crate::session::Anyone;
use crate::state::AppState;

/// What is read, with bodies like any other.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(bytes))
}

/// What brings files: its bodies may be larger.
pub(super) fn uploads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(hand_in, list))
}

/// One file that was handed in with a case.
#[derive(Serialize, ToSchema)]
pub(super) struct MaterialBody {
    /// Its id.
    id: String,
    /// Which of the item's materials it is.
    material: String,
    /// Its name, cleaned.
    name: String,
    /// `application/pdf`, `image/jpeg`, `image/png`: by its bytes.
    media_type: &'static str,
    /// Its length.
    size_bytes: u64,
    /// SHA-256 of its bytes, hex.
    hash: String,
    /// `online`, `scanned`, `photographed`.
    way: &'static str,
    /// Who brought it.
    brought_by: String,
    /// RFC 3339.
    brought_at: String,
    /// `quarantine`, `clean`, `refused`; only a clean one can be fetched.
    state: &'static str,
}

impl From<&Material> for MaterialBody {
    fn from(material: &Material) -> Self {
        Self {
            id: material.id.to_string(),
            material: material.material.clone(),
            name: material.name.clone(),
            media_type: material.kind.media_type(),
            size_bytes: material.size_bytes,
            hash: material.hash.clone(),
            way: material.way.word(),
            brought_by: material.by_name.clone(),
            brought_at: material.brought_at.to_string(),
            state: material.state.word(),
        }
    }
}

/// The materials of a case; for its applicant, and for officers whose rights reach it.
#[utoipa::path(get, path = "/api/v1/cases/{number}/materials", tag = "case", operation_id = "list_materials",
    security(("session" = [])),
    responses((status = 200, body = Vec<MaterialBody>), (status = 404, description = "none, or not yours")))]
async fn list(
    State(state): State<AppState>,
    Anyone(actor): Anyone,
    Path(number): Path<String>,
) -> Result<Json<Vec<MaterialBody>>, Problem> {
    let desks = state.desks()?;
    let case = case_of(&desks, (&actor, state.clock().now()), &number).await?;
    Ok(Json(listed(&desks, case).await?))
}

/// Hands files in with an open case: `multipart/form-data`, each file as a part named `/material/ID` with the id of one of the
/// item's materials (`/photo/ID`: photographed at the counter). What is wrong with one keeps no other out.
#[utoipa::path(post, path = "/api/v1/cases/{number}/materials", tag = "case", operation_id = "hand_in_materials",
    security(("session" = [])), request_body(content_type = "multipart/form-data", content = Vec<u8>),
    responses((status = 201, body = Vec<MaterialBody>), (status = 403), (status = 404), (status = 409, description = "closed"),
        (status = 413, description = "larger than any form may be"),
        (status = 422, description = "what is wrong with which file; the others were taken in")))]
async fn hand_in(
    State(state): State<AppState>,
    Anyone(actor): Anyone,
    Path(number): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let case = case_of(&desks, (&actor, state.clock().now()), &number).await?;
    let errors = page::taken_in(&state, &desks, (&actor, case), request).await?;
    if !errors.is_empty() {
        return Err(Problem::invalid(errors.into_iter().map(Into::into).collect()));
    }
    Ok((StatusCode::CREATED, Json(listed(&desks, case).await?)).into_response())
}

/// The bytes of a clean material.
#[utoipa::path(get, path = "/api/v1/cases/{number}/materials/{id}", tag = "case", operation_id = "fetch_material",
    security(("session" = [])),
    responses((status = 200, description = "the bytes, to be saved", content_type = "application/octet-stream"),
        (status = 404, description = "none, not yours, or not clean")))]
async fn bytes(
    State(state): State<AppState>,
    Anyone(actor): Anyone,
    Path((number, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let case = case_of(&desks, (&actor, state.clock().now()), &number).await?;
    show::bytes(&desks, Holder::Case(case), &id, false).await
}

/// The case of its applicant, or of an officer; the second party has no business with what was handed in.
async fn case_of(
    desks: &Desks<'_>,
    (actor, now): (&affairs::access::Actor, kernel::Moment),
    number: &str,
) -> Result<kernel::Id, Problem> {
    let (file, standing) = approval::file_by_number(desks.store(), actor, number, now).await?;
    if standing == Standing::SecondParty { Err(Problem::not_found()) } else { Ok(file.case.id) }
}

pub(super) async fn listed(desks: &Desks<'_>, case: kernel::Id) -> Result<Vec<MaterialBody>, Problem> {
    Ok(material::of_case(desks.store(), case).await?.iter().map(Into::into).collect())
}
