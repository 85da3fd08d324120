//! The demonstration's outgoing box: what left the house and arrived at the stand-in for mail servers, gateways and WeChat. In
//! production there is no such page.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::view::{LetterRow, OutboxPage};
use crate::frame::Frame;
use crate::problem::{Problem, page};
use crate::state::AppState;

/// Letters that are shown.
const SHOWN: usize = 100;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/demonstration/outbox", get(show))
}

async fn show(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let letterbox = desks.office.letterbox.as_ref().filter(|_| state.settings().demonstration);
    let letterbox = letterbox.ok_or_else(Problem::not_found)?;
    let letters = letterbox.arrived().into_iter().rev().take(SHOWN).map(|letter| LetterRow {
        at: letter.at,
        channel: frame.t(&format!("channel.{}", letter.channel.word())).to_owned(),
        to: letter.to,
        subject: letter.subject,
        text: letter.text,
        handed: letter.handed,
    });
    page(&OutboxPage { letters: letters.collect(), frame })
}
