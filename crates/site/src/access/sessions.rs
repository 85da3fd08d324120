//! Signing out: here, on another device, everywhere.

use affairs::access::{Session, session};
use askama::Template;
use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kernel::{Id, Moment};

use super::arrive::leave;
use crate::frame::Frame;
use crate::problem::{Problem, page};
use crate::session::Present;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-out", post(sign_out))
        .route("/sessions", get(show))
        .route("/sessions/{id}/close", post(close_one))
        .route("/sessions/close-all", post(close_all))
}

/// A session of the visitor.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// What the browser said it is.
    pub device: String,
    /// When it was opened.
    pub created_at: Moment,
    /// When it was last used.
    pub seen_at: Moment,
    /// When it ends by itself.
    pub ends_at: Moment,
    /// Whether it is this one.
    pub here: bool,
    /// Where to end it.
    pub action: String,
}

/// `/sessions`
#[derive(Clone, Debug, Template)]
#[template(path = "access/sessions.html")]
pub struct SessionsPage {
    /// The frame.
    pub frame: Frame,
    /// The sessions, the last used first.
    pub rows: Vec<SessionRow>,
}

async fn sign_out(State(state): State<AppState>, present: Option<Extension<Present>>) -> Result<Response, Problem> {
    if let Some(Extension(Present(visit))) = present {
        session::close(&state.desks()?.base(), &visit).await?;
    }
    Ok(leave(&state, "/"))
}

async fn show(
    State(state): State<AppState>,
    present: Option<Extension<Present>>,
    frame: Frame,
) -> Result<Response, Problem> {
    let Some(Extension(Present(visit))) = present else { return Ok(to_sign_in()) };
    let sessions = session::list(&state.desks()?.base(), visit.session.account).await?;
    let row = |s: Session| SessionRow {
        here: s.id == visit.session.id,
        action: format!("/sessions/{}/close", s.id),
        device: device(&s.device),
        created_at: s.created_at,
        seen_at: s.seen_at,
        ends_at: s.ends_at,
    };
    page(&SessionsPage { rows: sessions.into_iter().map(row).collect(), frame })
}

/// Browser and system in the words people know them by; what neither list knows stays as the browser said it.
fn device(said: &str) -> String {
    // Every browser names its forebears too: the more special name stands first.
    const BROWSERS: [(&str, &str); 7] = [
        ("MicroMessenger/", "微信"),
        ("Edg", "Edge"),
        ("HuaweiBrowser/", "Huawei Browser"),
        ("MiuiBrowser/", "Mi Browser"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let known =
        |list: &[(&str, &'static str)]| list.iter().find(|(sign, _)| said.contains(sign)).map(|(_, name)| *name);
    let named: Vec<&str> = [known(&BROWSERS), known(&SYSTEMS)].into_iter().flatten().collect();
    if named.is_empty() { said.to_owned() } else { named.join(" · ") }
}

async fn close_one(
    State(state): State<AppState>,
    present: Option<Extension<Present>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Some(Extension(Present(visit))) = present else { return Ok(to_sign_in()) };
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    session::close_one(&state.desks()?.base(), &visit, id).await?;
    Ok(if id == visit.session.id { leave(&state, "/") } else { Redirect::to("/sessions").into_response() })
}

async fn close_all(State(state): State<AppState>, present: Option<Extension<Present>>) -> Result<Response, Problem> {
    let Some(Extension(Present(visit))) = present else { return Ok(to_sign_in()) };
    session::close_all(&state.desks()?.base(), &visit).await?;
    Ok(leave(&state, "/"))
}

fn to_sign_in() -> Response {
    Redirect::to("/sign-in?next=/sessions").into_response()
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_device_is_named_as_people_know_it() {
        let phone = "Mozilla/5.0 (Linux; Android 10; MI 8) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
                     Chrome/86.0 Mobile Safari/537.36 MicroMessenger/8.0";
        assert_eq!(device(phone), "微信 · Android");
        let desk = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0";
        assert_eq!(device(desk), "Edge · Windows");
        assert_eq!(device("curl/8.5"), "curl/8.5");
        assert_eq!(device(""), "");
    }
}
