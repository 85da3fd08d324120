//! The headers every answer carries, so that a page runs only our own script and style, is framed by nobody and sends
//! forms only home.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::state::AppState;

/// `connect-src` is for the islands' own `fetch`; no page has inline script or style. The camera is for the page that checks
/// licences.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Of what somebody handed in: nothing in it is carried out, wherever it is opened.
const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Marks the page that asks the device where it is; no other may.
#[derive(Clone, Copy, Debug)]
pub struct Located;

const PERMISSIONS: &str = "permissions-policy";

/// Marks an answer whose bytes are not ours.
#[derive(Clone, Copy, Debug)]
pub struct Sandboxed;

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static(PERMISSIONS), "camera=(self), geolocation=(), microphone=(), payment=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Sets the headers; a handler's own value of one of them is replaced. Without a word of the handler nothing is kept
/// by browsers and proxies, for most pages are about somebody.
pub async fn headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let foreign = response.extensions().get::<Sandboxed>().is_some();
    let located = response.extensions().get::<Located>().is_some();
    let head = response.headers_mut();
    for (name, value) in HEADERS {
        head.insert(name, HeaderValue::from_static(value));
    }
    if foreign {
        head.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    }
    if located {
        let of_this = HeaderValue::from_static("geolocation=(self), camera=(), microphone=(), payment=()");
        head.insert(HeaderName::from_static(PERMISSIONS), of_this);
    }
    if state.settings().tls {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        head.insert(header::STRICT_TRANSPORT_SECURITY, two_years);
    }
    head.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
