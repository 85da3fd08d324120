//! No lost word: where a form was sent and could not be taken, the page that says so gives back what was written, with a
//! button that sends the same again.
//!
//! The form's own keys go along, so a second sending never files twice. Passwords are never given back.

use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::Text;
use tokio::time::timeout;

use crate::office::Desks;
use crate::problem::Problem;
use crate::session::SignInFirst;
use crate::state::{AppState, Settings};

/// What was written, as the problem's page shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// Where it was sent, and is sent again.
    pub action: String,
    /// Everything sent, in order.
    pub fields: Vec<Written>,
}

/// One field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Its name in the form.
    pub name: String,
    /// What was written.
    pub value: String,
    /// What to call it, where somebody wrote it himself; `None` for the form's own keys.
    pub label: Option<Text>,
}

/// Fields of a form that people do not write.
const MACHINES: [&str; 7] = ["version", "key", "do", "next", "agree", "answer", "outcome"];
/// Fields that are given back to nobody.
const SECRET: [&str; 4] = ["password", "old", "again", "secret"];

/// The layer. It stands inside the check against other sites, so that only what was sent from our own page comes back.
pub async fn words(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if *request.method() != Method::POST || !is_form(request.headers()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    // A body that trickles in is given up as any slow request is.
    let bytes = match timeout(state.settings().timeout, to_bytes(body, Settings::BODY_BYTES)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return Problem::of(StatusCode::PAYLOAD_TOO_LARGE).into_response(),
        Err(_) => return Problem::of(StatusCode::GATEWAY_TIMEOUT).into_response(),
    };
    let action = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
    let mut response = next.run(Request::from_parts(parts, Body::from(bytes.clone()))).await;
    if let Some(SignInFirst(sign_in)) = response.extensions_mut().remove() {
        return match kept(&state, action, &bytes).await {
            Some(kept) if kept.is_written() => session_over(sign_in, kept),
            _ => response,
        };
    }
    let ours = response.status().is_server_error() || response.status() == StatusCode::TOO_MANY_REQUESTS;
    if ours && let Some(kept) = kept(&state, action, &bytes).await {
        response.extensions_mut().insert(kept);
    }
    response
}

/// The session had ended when the form came: first the sign-in, in a page beside this one, then the same again.
fn session_over(sign_in: &str, kept: Kept) -> Response {
    let words = Text::new("先登录（在新页面打开）", "Sign in first (opens beside this page)");
    let mut response =
        Problem::new(StatusCode::UNAUTHORIZED, "session_over").see(sign_in.to_owned(), words).into_response();
    response.extensions_mut().insert(kept);
    response
}

impl Kept {
    /// Whether somebody wrote anything of it himself.
    fn is_written(&self) -> bool {
        self.fields.iter().any(|field| field.label.is_some() && !field.value.trim().is_empty())
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/x-www-form-urlencoded")
}

async fn kept(state: &AppState, action: String, bytes: &[u8]) -> Option<Kept> {
    let mut request = Request::new(Body::from(bytes.to_vec()));
    *request.method_mut() = Method::POST;
    let kind = header::HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, &()).await.ok()?;
    if pairs.is_empty() || pairs.iter().any(|(name, _)| SECRET.contains(&name.as_str())) {
        return None;
    }
    let labelled = |(name, value): (String, String)| {
        let label = Some(&name).filter(|name| !MACHINES.contains(&name.as_str())).map(|name| label(state, name));
        Written { label, name, value }
    };
    Some(Kept { action, fields: pairs.into_iter().map(labelled).collect() })
}

/// A field is called as the first form that has it calls it; the database is not asked, for it may be away.
fn label(state: &AppState, name: &str) -> Text {
    let field = name.trim_start_matches('/');
    let labels = |desks: Desks<'_>| {
        desks.catalog.versions().find_map(|item| item.form.field(field).map(|found| found.label.clone()))
    };
    match (field, state.desks().ok().and_then(labels)) {
        (_, Some(label)) => label,
        ("reasons" | "reason", None) => Text::new("理由", "Reasons"),
        (other, None) => Text::new(other, other),
    }
}
