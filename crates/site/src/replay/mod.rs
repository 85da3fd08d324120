//! Replay on pages: what would turn an outcome, for its applicant; drafts tried on the past, drafts beside people, and how far
//! cases reach into the law, for who writes rules or audits.

pub mod chart;
mod covered;
mod least;
mod shadows;
mod trials;
pub mod view;

use axum::Router;

use crate::frame::Frame;
use crate::state::AppState;
use view::Tab;

pub(crate) use least::{Asked, least};
pub(crate) use trials::reads;

/// The routes.
pub fn routes() -> Router<AppState> {
    trials::routes().merge(shadows::routes()).merge(covered::routes())
}

/// The three pages of the place.
fn tabs(frame: &Frame) -> Vec<Tab> {
    let all = [
        ("/staff/replay", "replay.tab_trials", frame.path == "/staff/replay" || frame.is_at("/staff/replay/trials")),
        ("/staff/replay/shadows", "replay.tab_shadows", frame.is_at("/staff/replay/shadows")),
        ("/staff/replay/coverage", "replay.tab_coverage", frame.is_at("/staff/replay/coverage")),
    ];
    let tab = |(href, word, current): (&str, &str, bool)| Tab {
        href: href.to_owned(),
        name: frame.t(word).to_owned(),
        current,
    };
    all.into_iter().map(tab).collect()
}
