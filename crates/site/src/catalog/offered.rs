//! What is offered: the list of items, the search, the guide of each with how long it really took.

use affairs::approval::{self, ApprovalError};
use affairs::catalog;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::guide::{self, Measured};
use super::search;
use super::view::{GuidePage, ItemsPage, StoppedView};
use crate::frame::Frame;
use crate::portal::view::SearchPage;
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/items", get(items)).route("/items/{id}", get(show)).route("/search", get(find))
}

async fn items(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let departments = search::departments(&frame, &desks.catalog, frame.now.date());
    page(&ItemsPage { departments, frame })
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

async fn find(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let hits = search::search(&frame, &desks.catalog, frame.now.date(), &asked.q);
    page(&SearchPage { query: asked.q.trim().to_owned(), hits, frame })
}

/// The guide of an item in force today; of one that is not, the newest version, which says so.
async fn show(State(state): State<AppState>, frame: Frame, Path(id): Path<String>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let in_force = desks.catalog.item(&id, frame.now.date());
    let item = in_force.or_else(|| desks.catalog.versions().filter(|i| i.id == id).last().cloned());
    let item = item.ok_or(ApprovalError::NotOffered(id))?;
    let took = approval::really_took(desks.store(), &item.id, frame.now).await?;
    let measured =
        took.median_ms.map(|median_ms| Measured { median_ms, cases: u64::try_from(took.count).unwrap_or(0) });
    let stopped = catalog::stopped(desks.store(), &item.id)
        .await?
        .map(|stop| StoppedView { reason: frame.text(&stop.reason).to_owned(), since: stop.stopped_at });
    page(&GuidePage { stopped, ..guide::page(frame, &desks.catalog, &item, measured) })
}
