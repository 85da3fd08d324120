//! The pages' one script and one style sheet, built by Vite under names that carry their content's hash: they may be
//! kept for a year, and a brotli twin is sent where the browser takes it.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use crate::problem::Problem;
use crate::state::AppState;

/// What Vite built. Release builds carry the bytes; debug builds read the folder, so that a new style needs no compiler.
#[derive(RustEmbed)]
#[folder = "islands/dist/"]
struct Dist;

/// Our mark, a lit window; the browser's tab shows it.
const MARK: &str = include_str!("../styles/mark.svg");

/// The addresses of script and style.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// Such as `/assets/style-Bd8tglDa.css`.
    pub style: String,
    /// Such as `/assets/site-CcH8h_pt.js`.
    pub script: String,
    /// The script of the agent's offline page.
    pub agent: String,
    /// The script of the inspector's offline page.
    pub field: String,
    /// The worker that keeps these two pages, each below an address of its own.
    pub device_worker: String,
}

impl Assets {
    /// Reads the addresses from Vite's manifest. Without it (a broken build) pages are served bare but whole.
    pub fn load() -> Self {
        let manifest = Dist::get(".vite/manifest.json").map(|f| f.data).unwrap_or_default();
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap_or_default();
        let address = |entry: &str| match manifest[entry]["file"].as_str() {
            Some(file) => format!("/assets/{file}"),
            None => String::new(),
        };
        Self {
            style: address("../styles/site.css"),
            script: address("src/site.ts"),
            agent: address("src/agent/main.ts"),
            field: address("src/field/main.ts"),
            device_worker: address("src/device/worker.ts"),
        }
    }
}

/// The routes of script, style and mark.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/assets/{name}", get(asset))
        .route("/verify-worker.js", get(worker))
        .route("/favicon.svg", get(mark))
        .route("/favicon.ico", get(mark))
}

/// The bytes behind an address of [`Assets`]; for the one file that needs another address.
pub(crate) fn file(address: &str) -> Option<Vec<u8>> {
    Dist::get(address.strip_prefix("/assets/")?).map(|file| file.data.into_owned())
}

/// The worker of a page for devices without network: it is served at an address below that page's own folder, so that it reaches
/// that folder and no others.
pub(crate) fn device_worker(state: &AppState) -> Result<Response, Problem> {
    let bytes = file(&state.assets().device_worker).ok_or_else(Problem::not_found)?;
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, bytes).into_response())
}

async fn asset(State(_): State<AppState>, Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let kind = content_type(&name).ok_or_else(Problem::not_found)?;
    let brotli = accepts_brotli(&headers).then(|| Dist::get(&format!("{name}.br"))).flatten();
    let coded = brotli.is_some();
    let file = brotli.or_else(|| Dist::get(&name)).ok_or_else(Problem::not_found)?;
    let mut response = Response::new(Body::from(file.data.into_owned()));
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if coded {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    Ok(response)
}

/// The worker that keeps the page of the verifier for places without a network. Its address is always the same, for a
/// browser asks there whether it has changed.
async fn worker() -> Result<Response, Problem> {
    let manifest = Dist::get(".vite/manifest.json").map(|f| f.data).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap_or_default();
    let file = manifest["src/worker.ts"]["file"].as_str().and_then(Dist::get).ok_or_else(Problem::not_found)?;
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, file.data.into_owned()).into_response())
}

async fn mark() -> Response {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (StatusCode::OK, headers, MARK).into_response()
}

/// Only what Vite makes is served: the manifest and the brotli twins have no address of their own.
fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accepted.split(',').map(str::trim).any(|coding| match coding.split_once(';') {
        None => coding == "br",
        Some((name, weight)) => name.trim() == "br" && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_only_where_it_is_asked_for() {
        for (accepted, expected) in
            [("gzip, br", true), ("br;q=1.0", true), ("br;q=0", false), ("gzip", false), ("", false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(accepted).unwrap());
            assert_eq!(accepts_brotli(&headers), expected, "{accepted:?}");
        }
    }

    #[test]
    fn the_manifest_names_every_file() {
        let assets = Assets::load();
        assert!(assets.style.ends_with(".css"), "{assets:?}");
        for script in [&assets.script, &assets.agent, &assets.field, &assets.device_worker] {
            assert!(script.ends_with(".js") && file(script).is_some(), "{assets:?}");
        }
    }
}
