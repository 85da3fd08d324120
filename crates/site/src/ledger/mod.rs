//! The log in public, and the auditor's page.

mod audit;
mod log;
pub mod view;

/// The routes.
pub fn routes() -> axum::Router<crate::state::AppState> {
    log::routes().merge(audit::routes())
}
