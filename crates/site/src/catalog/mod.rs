//! Guides, the list of items, search, forms drawn from the catalogue.

mod attempt;
pub mod drawn;
pub mod guide;
pub mod halls;
pub mod halls_view;
pub mod law;
mod offered;
pub mod places;
pub mod search;
pub mod view;

#[cfg(test)]
mod tests;

/// The routes.
pub fn routes() -> axum::Router<crate::state::AppState> {
    offered::routes().merge(attempt::routes()).merge(halls::routes())
}
