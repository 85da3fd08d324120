//! Licences: the holder's page, public verification, public notices.

pub(crate) mod answer;
pub(crate) mod holder;
mod lists;
mod open;
mod paper;
pub(crate) mod printed;
mod qr;
mod shown;
mod verify;
pub mod view;

pub use lists::StatusCell;
pub use paper::Fonts;

/// What holders see.
pub fn routes() -> axum::Router<crate::state::AppState> {
    holder::routes().merge(shown::routes())
}

/// What everybody may ask: verification and public notices.
pub fn public() -> axum::Router<crate::state::AppState> {
    verify::routes().merge(lists::routes()).merge(shown::public()).merge(open::routes())
}
