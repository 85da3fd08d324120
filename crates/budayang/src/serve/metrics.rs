//! Numbers for a collector on an address of their own, which the public does not reach.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use site::{AppState, Problem};
use tokio::net::TcpListener;

/// Serves them until the task is dropped.
pub(crate) async fn serve(address: SocketAddr, state: AppState) {
    match TcpListener::bind(address).await {
        Ok(listener) => {
            let routes = Router::new().route("/metrics", get(numbers)).with_state(state);
            let _ = axum::serve(listener, routes).await;
        }
        // The counter is worth more than its numbers.
        Err(error) => tracing::error!(%address, %error, "metrics cannot be served there"),
    }
}

async fn numbers(State(state): State<AppState>) -> Result<Response, Problem> {
    site::metrics::numbers(&state).await
}
