//! Village agents (代办): what an agent collects and sends on, online and where there is no network; who names agents.

mod collect;
mod jobs;
pub(crate) mod kin;
mod offline;
mod posts;
mod trips;
pub mod view;

use affairs::agent::{self, Post};
use affairs::catalog::{HallAct, Item};
use std::sync::Arc;

use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::Problem;
use crate::session::Officer;
use crate::state::AppState;

pub(crate) use offline::{Kit, kit};

/// The routes.
pub fn routes() -> axum::Router<AppState> {
    jobs::routes()
        .merge(collect::routes())
        .merge(offline::routes())
        .merge(posts::routes())
        .merge(kin::routes())
        .merge(trips::routes())
}

/// The posts that an officer holds now; to somebody without any these pages are not there.
pub(crate) async fn held(desks: &Desks<'_>, officer: &Officer, frame: &Frame) -> Result<Vec<Post>, Problem> {
    let mut posts = agent::posts_of(desks.store(), &desks.office.shard, officer.0.account).await?;
    posts.retain(|post| post.in_force(frame.now));
    if posts.is_empty() { Err(Problem::not_found()) } else { Ok(posts) }
}

/// The items for which somebody may do this by his posts now, by their names.
pub(crate) fn items(desks: &Desks<'_>, posts: &[Post], act: HallAct, frame: &Frame) -> Vec<Arc<Item>> {
    let may = |item: &&Arc<Item>| agent::in_charge(posts, &desks.catalog, (act, &item.id), frame.now).is_some();
    desks.catalog.items(frame.now.date()).filter(may).cloned().collect()
}

/// A place's name.
fn hall_name(desks: &Desks<'_>, frame: &Frame, id: &str) -> String {
    desks.catalog.halls().get(id).map_or_else(|| id.to_owned(), |hall| frame.text(&hall.name).to_owned())
}
