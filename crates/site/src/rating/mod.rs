//! Rating (好差评): giving one, what everybody sees of them, and what the agency does with a bad one.

mod desk;
mod give;
mod public;
pub mod view;

pub(crate) use give::line;

/// The routes.
pub fn routes() -> axum::Router<crate::state::AppState> {
    give::routes().merge(public::routes()).merge(desk::routes())
}
