//! The counter: the clerk's workbench from who stands there to the result in his hand, and the papers between front and back.

mod apply;
mod bench;
mod case;
mod fields;
pub(crate) mod help;
mod mend;
pub(crate) mod papers;
mod receipt;
mod relays;
mod results;
mod stand;
pub mod view;

use affairs::access::Right;
use affairs::window::{self, Reception};
use axum::Router;
use kernel::Id;

use crate::office::Desks;
use crate::problem::Problem;
use crate::session::Officer;
use crate::state::AppState;

/// The routes, all of them staff's.
pub fn routes() -> Router<AppState> {
    bench::routes()
        .merge(stand::routes())
        .merge(mend::routes())
        .merge(papers::routes())
        .merge(help::routes())
        .merge(case::routes())
        .merge(receipt::routes())
        .merge(relays::routes())
        .merge(results::routes())
}

/// The forms that may bring files.
pub fn uploads() -> Router<AppState> {
    apply::uploads().merge(papers::uploads())
}

/// Whether the officer receives anywhere; to anybody else the counter is not there.
fn receives(officer: &Officer) -> Result<(), Problem> {
    if officer.0.scopes.allow_somewhere(Right::Receive) { Ok(()) } else { Err(Problem::not_found()) }
}

/// Who stands there, as long as the officer may act for him.
async fn standing(desks: &Desks<'_>, officer: &Officer, id: &str) -> Result<Reception, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    Ok(window::reception(&desks.approval(), &officer.actor(), id).await?)
}

/// The address of a reception.
fn path(reception: &Reception) -> String {
    format!("/staff/window/{}", reception.id)
}
