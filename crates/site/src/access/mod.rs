//! Signing in and out, acting for somebody, staff accounts.

mod account_forms;
mod accounts;
mod arrive;
mod citizen;
mod link;
pub mod password;
mod roster;
pub mod sessions;
mod staff;
pub mod view;

use axum::Router;

use crate::frame::Frame;
use crate::state::AppState;

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .merge(citizen::routes())
        .merge(link::routes())
        .merge(staff::routes())
        .merge(password::routes())
        .merge(sessions::routes())
        .merge(accounts::routes())
        .merge(roster::routes())
}

/// The name of an act on an account, a right or a mandate.
pub(crate) fn act_name(frame: &Frame, kind: &str) -> String {
    frame.t(&format!("act.{}", kind.replace('.', "_"))).to_owned()
}
