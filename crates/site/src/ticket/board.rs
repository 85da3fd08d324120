//! The screen of a hall: numbers and counters, and nothing of anybody.

use affairs::ticket;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use super::view::{BoardLine, BoardPage, CalledRow};
use super::{hall, line_name, wait_text};
use crate::frame::Frame;
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/halls/{hall}/board", get(show))
}

async fn show(State(state): State<AppState>, frame: Frame, Path(id): Path<String>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let hall = hall(&desks, &frame, &id)?;
    let today = ticket::today(&desks.approval(), &id).await?;
    let line = |line: &ticket::LineToday| BoardLine {
        name: line_name(&desks, &frame, &line.offer),
        waiting: today.waiting(&line.offer),
        open: line.pace.open,
        wait: today.newcomer(&line.offer).map(|stand| wait_text(&frame, stand.wait)).unwrap_or_default(),
    };
    let called = today.called().into_iter().map(|t| CalledRow {
        number: t.number.clone(),
        counter: t.counter.clone().unwrap_or_default(),
        again: t.calls > 1,
    });
    page(&BoardPage {
        hall: frame.text(&hall.name).to_owned(),
        called: called.collect(),
        passed: today.passed().map(|t| t.number.clone()).collect(),
        lines: today.lines.iter().map(line).collect(),
        frame,
    })
}
