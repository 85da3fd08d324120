//! What every way in shares: which page follows, the session it ends, the cookie it sets.

use affairs::access::{Arrival, SignedIn, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::problem::Problem;
use crate::session;
use crate::state::AppState;

/// The longest address kept to come back to.
const LONGEST: usize = 300;

/// `next` where it is a path of this site: whatever a link carries, nobody is sent elsewhere.
pub(super) fn local(next: &str) -> Option<&str> {
    let here = next.starts_with('/') && !next.starts_with("//") && next.len() <= LONGEST;
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (here && plain).then_some(next)
}

/// What the browser brings to a sign-in.
pub(super) struct Way {
    previous: Option<Token>,
    device: String,
}

impl Way {
    /// For the rooms: the session it ends, and what to call the device.
    pub(super) fn arrival(&self) -> Arrival<'_> {
        Arrival { previous: self.previous.as_ref(), device: &self.device }
    }
}

impl FromRequestParts<AppState> for Way {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let device = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        Ok(Self { previous: session::token(state, &parts.headers), device: device.to_owned() })
    }
}

/// The answer to whoever has just signed in: the cookie, and the page that follows.
pub(super) fn enter(state: &AppState, signed_in: &SignedIn, to: &str) -> Result<Response, Problem> {
    let line = session::cookie(state, Some(&signed_in.token));
    let line = line.ok_or_else(|| Problem::fault("a session token is no cookie value"))?;
    Ok(with_cookie(Redirect::to(to).into_response(), line))
}

/// The answer to whoever has just signed out.
pub(super) fn leave(state: &AppState, to: &str) -> Response {
    let response = Redirect::to(to).into_response();
    match session::cookie(state, None) {
        Some(line) => with_cookie(response, line),
        None => response,
    }
}

/// An answer that also sets a cookie.
pub(super) fn with_cookie(mut response: Response, line: HeaderValue) -> Response {
    response.headers_mut().append(header::SET_COOKIE, line);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for next in ["/me", "/staff/cases/450000-FDHR-20261123-7KM3QWXA-5", "/items?q=%E5%8C%BB#top"] {
            assert_eq!(local(next), Some(next));
        }
        let long = format!("/{}", "a".repeat(LONGEST));
        for next in ["", "me", "https://evil.example", "//evil.example", "/\\evil", "/\t/evil", "/a b", "/药", &long] {
            assert_eq!(local(next), None, "{next:?}");
        }
    }
}
