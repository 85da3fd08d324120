//! The power-and-duty list for everybody: rows, versions, what an optimisation changed; and the desk at which officers run a
//! power step by step.

mod compared;
pub(crate) mod conformance;
pub(crate) mod desk;
mod figures;
mod flows;
mod listed;
pub(crate) mod stepped;
pub mod view;

/// The routes.
pub fn routes() -> axum::Router<crate::state::AppState> {
    listed::routes()
        .merge(compared::routes())
        .merge(figures::routes())
        .merge(flows::routes())
        .merge(conformance::routes())
        .merge(desk::routes())
}

/// The forms that may bring files.
pub fn uploads() -> axum::Router<crate::state::AppState> {
    desk::uploads()
}
