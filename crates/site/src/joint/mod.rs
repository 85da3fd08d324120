//! Joint handling: a bundle's guide and form, one page for how it stands, and the workbench of its agencies.

mod apply;
mod delegations;
mod desk;
mod errand;
mod guide;
mod progress;
mod row;
pub mod view;

pub(crate) use row::{card, task};

/// The routes of the public side.
pub fn routes() -> axum::Router<crate::state::AppState> {
    guide::routes().merge(delegations::routes()).merge(progress::routes())
}

/// The form that may bring files.
pub fn uploads() -> axum::Router<crate::state::AppState> {
    apply::uploads()
}

/// The routes of the workbench.
pub fn workbench() -> axum::Router<crate::state::AppState> {
    desk::routes().merge(errand::routes())
}
