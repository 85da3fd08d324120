//! The rule workshop: an item's rules as sentences, with their cases and what the proof found; who puts them in force, takes them
//! back, switches them off; and the cases a bad version decided.

mod cells;
mod draft;
mod expert;
mod found;
mod listed;
mod one;
mod phrases;
mod version;
pub mod view;

use affairs::access::Actor;
use affairs::workshop::Bench;
use axum::Router;

use crate::office::Desks;
use crate::state::AppState;

/// The routes.
pub fn routes() -> Router<AppState> {
    listed::routes().merge(one::routes()).merge(version::routes()).merge(draft::routes()).merge(expert::routes())
}

/// The routes that take whole texts, and the largest body they take: a model of ten thousand rules has some megabytes.
pub fn texts() -> (Router<AppState>, usize) {
    (expert::texts(), 16 * 1024 * 1024)
}

/// Where rules are made, for whoever asks.
pub(crate) fn bench<'a>(desks: &'a Desks<'a>, actor: &'a Actor) -> Bench<'a> {
    Bench { desk: desks.approval(), catalog: &desks.catalog, actor }
}

/// Lets this node decide by what was just put in force; every other one takes it up with the next thing it writes.
async fn take_up(desks: &Desks<'_>) -> Result<(), crate::problem::Problem> {
    desks.office.catalog.catch_up(desks.store()).await?;
    Ok(())
}
