//! The items whose rules the reader finds.

use affairs::workshop::{self, DraftState, ItemRow};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::bench;
use super::view::{ItemLine, ItemsPage};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Tag, Tone};
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/rules", get(items))
}

async fn items(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let found = workshop::items(&bench(&desks, &actor)).await?;
    if found.is_empty() {
        return Err(Problem::not_found());
    }
    let rows = found.iter().map(|row| line(&desks, &frame, row)).collect();
    page(&ItemsPage { rows, frame })
}

fn line(desks: &Desks<'_>, frame: &Frame, row: &ItemRow) -> ItemLine {
    let version = desks.catalog.item(&row.item.id, frame.now.date()).unwrap_or_else(|| row.item.clone());
    ItemLine {
        href: format!("/staff/rules/{}", row.item.id),
        name: frame.text(&row.item.name).to_owned(),
        agency: places::agency(frame, &desks.catalog, &row.agency),
        version: frame.t2("workshop.version_since", short(&version.hash), frame.date(version.valid_from)),
        draft: row.draft.map(|(_, state)| draft_tag(frame, state)),
        state: match &row.stop {
            Some(_) => Tag::new(Tone::Refused, frame.t("workshop.off")),
            None => Tag::new(Tone::Granted, frame.t("workshop.on")),
        },
    }
}

/// A hash as people compare it.
pub(super) fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// How a draft stands.
pub(super) fn draft_tag(frame: &Frame, state: DraftState) -> Tag {
    let tone = match state {
        DraftState::Draft => Tone::Refer,
        DraftState::Tested | DraftState::Proposed | DraftState::Approved => Tone::Waiting,
        DraftState::Published => Tone::Granted,
        DraftState::Dropped => Tone::Quiet,
    };
    Tag::new(tone, frame.t(&format!("workshop.state.{}", state.word())))
}
