//! Licences: the holder's page, public verification, public notices.

pub(crate) mod answer;
pub(crate) mod holder;
mod lists;
mod open;
mod verify;
pub mod view;

pub use lists::StatusCell;

/// What holders see.
pub fn routes() -> axum::Router<crate::state::AppState> {
    holder::routes()
}

/// What everybody may ask: verification and public notices.
pub fn public() -> axum::Router<crate::state::AppState> {
    verify::routes().merge(lists::routes()).merge(open::routes())
}
