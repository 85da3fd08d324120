//! Materials over HTTP: forms that bring files, the applicant's page of what came, the bytes for whoever may see them, and the
//! way to a scanner.

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

mod clamd;
pub(crate) mod desk;
pub(crate) mod page;
pub(crate) mod row;
pub(crate) mod sent;
pub(crate) mod show;
pub mod view;

pub use clamd::{Clamd, ClamdSocket};

/// The routes by which bytes leave.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/drafts/{id}/materials/{material}", get(show::of_draft))
        .route("/cases/{number}/materials/{material}", get(show::of_case))
        .route("/staff/cases/{number}/materials/{material}", get(show::at_the_desk))
}

/// The routes by which files come: their bodies may be larger than others'.
pub fn uploads() -> Router<AppState> {
    Router::new()
        .route("/cases/{number}/materials", get(page::show).post(page::bring))
        .route("/staff/cases/{number}/materials", axum::routing::post(desk::bring))
}
