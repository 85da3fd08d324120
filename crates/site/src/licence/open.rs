//! Grants are public (Administrative Licensing Law, article 40): the notices, newest first, each with its place in the
//! log.

use affairs::approval::{self, Notice};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use kernel::Id;
use serde::Deserialize;

use super::view::{NoticeRow, OpenPage};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::Pager;
use crate::problem::{Problem, page};
use crate::state::AppState;

/// Notices of one page, as the room gives them.
const ROWS: usize = 50;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/open", get(open))
}

#[derive(Deserialize)]
struct Asked {
    before: Option<String>,
}

async fn open(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let before = asked.before.map(|id| id.parse::<Id>()).transpose().map_err(|_| Problem::not_found())?;
    let desks = state.desks()?;
    let found = approval::notices(desks.store(), before).await?;
    let mut notices = Vec::new();
    for notice in &found {
        notices.push(row(&desks, &frame, notice).await?);
    }
    let pager = Pager {
        first: before.map(|_| "/open".to_owned()),
        next: found.last().filter(|_| found.len() == ROWS).map(|n| format!("/open?before={}", n.id)),
    };
    page(&OpenPage { notices, pager, frame })
}

async fn row(desks: &Desks<'_>, frame: &Frame, notice: &Notice) -> Result<NoticeRow, Problem> {
    // The newest decision of the case is the grant.
    let leaves = desks.store().leaves(notice.case_id).await?;
    let decided = leaves.iter().rev().find(|entry| entry.kind == "case.decided");
    Ok(NoticeRow {
        on: notice.decided_at.date(),
        holder: notice.holder_mask.clone(),
        what: places::item(frame, &desks.catalog, &notice.item),
        number: notice.number.clone(),
        leaf: decided.map(|entry| entry.position),
        agency: places::agency(frame, &desks.catalog, &notice.agency),
    })
}
