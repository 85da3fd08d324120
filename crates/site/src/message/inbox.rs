//! The reader's messages: the list, opening one, marking all as read.

use affairs::message::{self, Cursor, Message};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kernel::{Id, Moment};
use serde::Deserialize;

use super::view::{MessageRow, MessagesPage};
use crate::frame::Frame;
use crate::pieces::Pager;
use crate::problem::{Problem, page};
use crate::session::{Person, whose_messages};
use crate::state::AppState;

/// The routes.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/me/messages", get(list))
        .route("/me/messages/read", post(read_all))
        .route("/me/messages/{id}", get(open))
}

#[derive(Deserialize)]
struct After {
    after: Option<String>,
}

impl After {
    /// `milliseconds.id` of the last message of the page before.
    fn cursor(&self) -> Option<Cursor> {
        let (at, id) = self.after.as_deref()?.split_once('.')?;
        Some(Cursor { at: Moment::from_ms(at.parse().ok()?), id: id.parse().ok()? })
    }
}

async fn list(
    State(state): State<AppState>,
    Person(person): Person,
    frame: Frame,
    Query(after): Query<After>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let cursor = after.cursor();
    let inbox = message::inbox(desks.store(), whose_messages(&person, frame.now.date()), cursor).await?;
    let unread = message::unread(desks.store(), whose_messages(&person, frame.now.date())).await?;
    let next = inbox.next.map(|last| format!("/me/messages?after={}.{}", last.at.ms(), last.id));
    page(&MessagesPage {
        messages: inbox.messages.iter().map(|m| row(&frame, m)).collect(),
        unread: u32::try_from(unread).unwrap_or(0),
        pager: Pager { first: cursor.map(|_| "/me/messages".to_owned()), next },
        frame,
    })
}

fn row(frame: &Frame, message: &Message) -> MessageRow {
    MessageRow {
        href: format!("/me/messages/{}", message.id),
        title: frame.text(&message.title).to_owned(),
        body: frame.text(&message.body).to_owned(),
        at: message.created_at,
        unread: message.read_at.is_none(),
    }
}

/// Opens a message: it is read from now on, and leads to what it is about.
async fn open(
    State(state): State<AppState>,
    Person(person): Person,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let message = message::open(desks.store(), whose_messages(&person, frame.now.date()), id, frame.now).await?;
    let message = message.ok_or_else(Problem::not_found)?;
    Ok(Redirect::to(message.link.as_deref().unwrap_or("/me/messages")))
}

async fn read_all(State(state): State<AppState>, Person(person): Person, frame: Frame) -> Result<Response, Problem> {
    message::mark_all_read(state.desks()?.store(), whose_messages(&person, frame.now.date()), frame.now).await?;
    Ok(Redirect::to("/me/messages").into_response())
}
