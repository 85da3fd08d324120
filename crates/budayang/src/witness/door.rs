//! The witness's door: `POST /add-checkpoint` of C2SP tlog-witness, and its key for whoever asks.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use evidence::witness::{MAX_REQUEST, Refusal, Request};

use super::{Keeper, Told};

/// What a log is told whose idea of the witness's memory is wrong: the size, as a decimal number.
const SIZE: &str = "text/x.tlog.size";

/// The routes of a witness.
pub(crate) fn routes(keeper: Arc<Keeper>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add))
        .route("/key", get(async |State(keeper): State<Arc<Keeper>>| format!("{}\n", keeper.public())))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(keeper)
}

async fn add(State(keeper): State<Arc<Keeper>>, body: String) -> Response {
    let request = match Request::read(&body) {
        Ok(request) => request,
        Err(wrong) => return refused(StatusCode::BAD_REQUEST, &wrong.to_string()),
    };
    // It waits for the disk.
    let told = tokio::task::spawn_blocking(move || keeper.cosign(&request)).await;
    match told.map_err(anyhow::Error::from).and_then(|told| told) {
        Ok(told) => answer(told),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "nothing was co-signed");
            refused(StatusCode::INTERNAL_SERVER_ERROR, "this witness cannot write or sign now; ask again later")
        }
    }
}

fn answer(told: Told) -> Response {
    match told {
        Told::Signed(line) => line.into_response(),
        Told::Stranger(origin) => refused(StatusCode::NOT_FOUND, &format!("the log {origin:?} is not watched here")),
        Told::Refused(Refusal::Elsewhere { known, .. }) => {
            (StatusCode::CONFLICT, [(header::CONTENT_TYPE, SIZE)], format!("{known}\n")).into_response()
        }
        Told::Refused(refusal @ Refusal::NotTheLogs(_)) => refused(StatusCode::FORBIDDEN, &refusal.to_string()),
        Told::Refused(refusal @ Refusal::Fork { .. }) => {
            let two = matches!(&refusal, Refusal::Fork { evidence, .. } if evidence.is_proof());
            refused(if two { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY }, &refusal.to_string())
        }
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, format!("{why}\n")).into_response()
}
