//! What a counter does besides the form, over the API: files of a case, help that is noted, a parent's word to a helper elsewhere.

use affairs::agent::kin::Kin;
use affairs::approval::{Help, Helped};
use affairs::window;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::IdempotencyKey;
use super::material::{MaterialBody, listed};
use super::window::{standing, wrong};
use crate::frame::Frame;
use crate::problem::Problem;
use crate::session::Officer;
use crate::state::AppState;
use crate::window::{help, papers};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(note_help)).routes(routes!(list_kin)).routes(routes!(answer_kin))
}

/// What brings files: its bodies may be larger.
pub(super) fn uploads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(hand_in_at_counter))
}

/// Hands files in with an open case of who stands there, with his rights; the clerk signs. Parts are named `/material/ID`, or
/// `/photo/ID` where the file was photographed. What is wrong with one keeps no other out.
#[utoipa::path(post, path = "/api/v1/window/receptions/{id}/cases/{number}/materials", tag = "window",
    security(("session" = [])), request_body(content_type = "multipart/form-data", content = Vec<u8>),
    responses((status = 201, body = Vec<MaterialBody>), (status = 403), (status = 404), (status = 409, description = "closed"),
        (status = 413), (status = 422, description = "what is wrong with which file; the others were taken in")))]
async fn hand_in_at_counter(
    State(state): State<AppState>,
    officer: Officer,
    Path((id, number)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let errors = papers::taken_in(&state, &desks, &officer, (&reception, &number, request)).await?;
    if !errors.is_empty() {
        return Err(Problem::invalid(errors.into_iter().map(Into::into).collect()));
    }
    let found = window::opened(&desks.approval(), &reception, &number).await?;
    Ok((StatusCode::CREATED, Json(listed(&desks, found.file.case.id).await?)).into_response())
}

/// What help was given.
#[derive(Deserialize, ToSchema)]
struct HelpBody {
    /// `explained`, `filled`, `papers`, `device`, `interpreted`, `accompanied`: at least one.
    how: Vec<String>,
    /// What more there is to say; at most 300 characters.
    #[serde(default)]
    words: String,
}

/// Notes what help was given with a case of who stands there; it stands in the case's story and decides nothing.
#[utoipa::path(post, path = "/api/v1/window/receptions/{id}/cases/{number}/help", tag = "window", request_body = HelpBody,
    security(("session" = [])),
    params(("Idempotency-Key" = String, Header, description = "the same for a repeated request")),
    responses((status = 204), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn note_help(
    State(state): State<AppState>,
    officer: Officer,
    key: IdempotencyKey,
    Path((id, number)): Path<(String, String)>,
    Json(body): Json<HelpBody>,
) -> Result<StatusCode, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let how: Vec<Help> = body.how.iter().filter_map(|word| Help::from_word(word)).collect();
    if how.len() != body.how.len() {
        return Err(wrong("/help/how", "有一种帮助没有这个写法", "one of the ways of helping is not known"));
    }
    let helped = Helped { how: &how, words: &body.words, key: &key.0 };
    window::help(&desks.approval(), &officer.actor(), (&reception, &number), &helped).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A helper's question to who stands there.
#[derive(Serialize, ToSchema)]
struct KinBody {
    /// Its id.
    id: String,
    /// Who asks.
    helper: String,
    /// For which items.
    items: Vec<String>,
    /// The last day.
    until: String,
    /// Why; may be empty.
    words: String,
    /// `asked`, `yes`, `no`, `withdrawn`.
    answer: &'static str,
}

impl From<&Kin> for KinBody {
    fn from(kin: &Kin) -> Self {
        Self {
            id: kin.id.to_string(),
            helper: kin.helper_name.clone(),
            items: kin.items.clone(),
            until: kin.until.to_string(),
            words: kin.words.clone(),
            answer: kin.answer.word(),
        }
    }
}

/// Questions of helpers elsewhere that wait for the word of who stands there.
#[utoipa::path(get, path = "/api/v1/window/receptions/{id}/kin", tag = "window", security(("session" = [])),
    responses((status = 200, body = Vec<KinBody>), (status = 403), (status = 404)))]
async fn list_kin(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Json<Vec<KinBody>>, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    Ok(Json(help::open_questions(&desks, &frame, &reception).await?.iter().map(Into::into).collect()))
}

/// What a parent said at the counter.
#[derive(Deserialize, ToSchema)]
struct AnswerBody {
    /// Whether he said yes.
    yes: bool,
    /// Whether the question was read to him and, after a yes, signed.
    #[serde(default)]
    read_back: bool,
}

/// Takes down what a parent who stands there said to a helper's question; a yes gives the mandate.
#[utoipa::path(post, path = "/api/v1/window/receptions/{id}/kin/{question}", tag = "window", request_body = AnswerBody,
    security(("session" = [])), responses((status = 200, body = KinBody), (status = 403), (status = 404), (status = 422)))]
async fn answer_kin(
    State(state): State<AppState>,
    officer: Officer,
    Path((id, question)): Path<(String, String)>,
    Json(body): Json<AnswerBody>,
) -> Result<Json<KinBody>, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let question: Id = question.parse().map_err(|_| Problem::not_found())?;
    if body.yes && !body.read_back {
        return Err(wrong(
            "/read_back",
            "请先念给本人听，本人同意并签字",
            "read it to the person first; a yes is signed",
        ));
    }
    let answered = help::answered(&desks, &officer, &reception, (question, body.yes)).await?;
    Ok(Json((&answered).into()))
}
