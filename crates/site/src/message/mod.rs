//! Messages to applicants: the inbox, where they are reached outside the house, and what carries messages there.

mod contacts;
pub mod http;
mod inbox;
mod outbox;
pub mod server;
pub mod smtp;
pub mod view;

/// The routes.
pub fn routes() -> axum::Router<crate::state::AppState> {
    inbox::routes().merge(contacts::routes()).merge(outbox::routes())
}
