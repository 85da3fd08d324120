//! The site: HTTP around the rooms. Pages that work without script, a JSON API, problems told twice, and nothing that
//! decides.
//!
//! One request passes [`edge`] (limits, safety headers, problems), meets a handler of the room it asks for, and is
//! answered by a template over that room's view structs inside one [`frame::Frame`].

use axum::Router;

pub mod access;
pub mod agent;
pub mod api;
pub mod approval;
pub mod assets;
pub mod catalog;
pub mod cookies;
pub mod credit;
pub mod edge;
pub mod frame;
pub mod joint;
pub mod kept;
pub mod ledger;
pub mod licence;
pub mod light;
pub mod limits;
pub mod material;
pub mod message;
pub mod metrics;
pub mod office;
pub mod outward;
mod pairs;
pub mod pieces;
pub mod portal;
pub mod powers;
pub mod problem;
pub mod rating;
pub mod refusal;
pub mod register;
pub mod replay;
pub mod security;
pub mod session;
mod shallow;
pub mod shares;
pub mod state;
pub mod supervision;
pub mod ticket;
pub mod window;
pub mod witness;
pub mod words;
pub mod workshop;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use frame::{Frame, Visitor};
pub use office::{Desks, Office};
pub use problem::Problem;
pub use state::{AppState, Settings};

/// The whole site.
pub fn router(state: &AppState) -> Router {
    let routes = Router::new()
        .merge(assets::routes())
        .merge(portal::routes())
        .merge(access::routes())
        .merge(catalog::routes())
        .merge(approval::routes())
        .merge(joint::routes())
        .merge(joint::workbench())
        .merge(agent::routes())
        .merge(ticket::routes())
        .merge(ticket::workbench())
        .merge(material::routes())
        .merge(window::routes())
        .merge(message::routes())
        .merge(rating::routes())
        .merge(licence::routes())
        .merge(approval::workbench())
        .merge(supervision::routes())
        .merge(credit::routes())
        .merge(powers::routes())
        .merge(workshop::routes())
        .merge(light::routes())
        .merge(replay::routes())
        .merge(licence::public())
        .merge(supervision::public())
        .merge(ledger::routes())
        .merge(api::routes())
        .merge(metrics::routes());
    let uploads = Router::new()
        .merge(approval::uploads())
        .merge(material::uploads())
        .merge(window::uploads())
        .merge(supervision::uploads())
        .merge(joint::uploads())
        .merge(powers::uploads())
        .merge(api::uploads());
    let (texts, bytes) = workshop::texts();
    let larger = edge::with_body_limit(uploads, Settings::UPLOAD_BYTES).merge(edge::with_body_limit(texts, bytes));
    edge::wrap(routes, larger, state)
}
