//! Licences: the holder's page, public verification, public notices.

pub(crate) mod holder;
mod open;
mod verify;
pub mod view;

/// What holders see.
pub fn routes() -> axum::Router<crate::state::AppState> {
    holder::routes()
}

/// What everybody may ask: verification and public notices.
pub fn public() -> axum::Router<crate::state::AppState> {
    verify::routes().merge(open::routes())
}
