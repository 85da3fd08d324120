//! What verifiers fetch once and then do without the office: the trust list and the status list, both signed.

use std::sync::Arc;

use affairs::licence;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use evidence::checkpoint::LogIdentity;
use evidence::key::PublicKey;
use evidence::trust::Published;
use kernel::Moment;
use tokio::sync::Mutex;

use crate::office::Office;
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/v", get(page)).route("/verify/trust", get(trust)).route("/verify/status", get(status))
}

/// The status list as it was last made: one a second and no more, so that its number has one content.
#[derive(Default)]
pub struct StatusCell(Mutex<Option<(i64, Bytes)>>);

impl StatusCell {
    /// The list as it stands now.
    pub(super) async fn get(&self, office: &Office, now: Moment) -> Result<Bytes, Problem> {
        let second = now.ms().div_euclid(1000);
        let mut held = self.0.lock().await;
        if let Some((made, list)) = held.as_ref().filter(|(made, _)| *made >= second) {
            tracing::trace!(made, "the status list of this second");
            return Ok(list.clone());
        }
        let key = office.issuer.signer.public().id();
        let home = office.trust.entry(key).and_then(|entry| entry.scopes.first()).map_or("", String::as_str);
        let list = licence::status_list(&office.store, &office.issuer, (&office.shard, home), now).await?;
        let list = Bytes::from(list);
        *held = Some((second, list.clone()));
        Ok(list)
    }
}

/// The trust list that readers of this office hold, before anybody signs it.
pub(super) fn published(office: &Office, now: Moment) -> Result<Published, Problem> {
    let log = LogIdentity { origin: office.issuer.origin.clone(), keys: office.log_keys.clone() };
    let roots: Vec<PublicKey> = office.root.iter().map(|root| root.public().clone()).collect();
    Ok(licence::published(&office.trust, roots, vec![log], now)?)
}

/// Where a printed QR code leads: the page that checks it. What stands behind the `#` goes along in the browser.
async fn page() -> Redirect {
    Redirect::permanent("/verify")
}

async fn trust(State(state): State<AppState>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let root = desks.office.root.as_ref().map(Arc::clone).ok_or_else(Problem::not_found)?;
    let text = published(desks.office, state.clock().now())?.seal(root.as_ref()).map_err(Problem::fault)?;
    Ok(typed("application/json", Bytes::from(text)))
}

async fn status(State(state): State<AppState>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let list = desks.office.status_list.get(desks.office, state.clock().now()).await?;
    Ok(typed("application/octet-stream", list))
}

fn typed(kind: &'static str, body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}
