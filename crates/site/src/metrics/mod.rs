//! What the machine's keeper watches: numbers in the form Prometheus reads, and whether we live and are ready.
//!
//! Numbers never name anybody: labels are classes of routes, states, items and registers, all of them public. They are
//! for whoever is on this machine, or comes by the address of their own that the configuration may name; for everybody
//! else there is no such page.

mod record;
mod seen;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use serde::Serialize;
use tokio::time::{Instant, timeout};

use crate::problem::Problem;
use crate::state::{AppState, Settings};

/// What a collector is told about the text's form.
const FORM: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The longest the database may take before we call ourselves not ready.
const PATIENCE: Duration = Duration::from_secs(2);
/// Upper bounds of the classes of latency, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

type Answered = [(&'static str, &'static str); 2];
type Route = [(&'static str, &'static str); 1];

/// The numbers of the requests answered since the program started.
#[derive(Clone, Debug)]
pub struct Metrics {
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        Self { requests: Family::default(), seconds: Family::new_with_constructor(histogram) }
    }
}

impl Metrics {
    fn saw(&self, class: &'static str, status: StatusCode, took: Duration) {
        self.requests.get_or_create(&[("route", class), ("status", status_class(status))]).inc();
        self.seconds.get_or_create(&[("route", class)]).observe(took.as_secs_f64());
    }

    fn register(&self, registry: &mut Registry) {
        registry.register("requests", "Requests answered, by class of route and of status", self.requests.clone());
        registry.register("request_seconds", "How long answers took", self.seconds.clone());
    }
}

/// Single statuses that somebody acts on, the others by their hundred.
fn status_class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        429 => "429",
        503 => "503",
        504 => "504",
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// The class of a route, by its pattern: never the address itself, which may name a case.
fn class(pattern: Option<&str>) -> &'static str {
    let Some(pattern) = pattern else { return "none" };
    if pattern.ends_with("/send") {
        return "filing";
    }
    match pattern.trim_start_matches('/').split('/').next().unwrap_or_default() {
        "" | "about" => "home",
        "assets" | "favicon.svg" | "favicon.ico" => "asset",
        "items" => "guide",
        "search" => "search",
        "drafts" => "draft",
        "cases" | "progress" => "case",
        "confirm" => "confirmation",
        "me" | "sessions" | "sign-in" | "sign-out" => "account",
        "staff" => "desk",
        "api" => "api",
        "log" | "open" | "verify" | "licences" | "rate" | "ratings" => "public",
        "health" | "metrics" => "watch",
        _ => "other",
    }
}

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/metrics", get(metrics)).route("/health/live", get(live)).route("/health/ready", get(ready))
}

/// The layer that counts and times every answer.
pub async fn count(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let class = class(request.extensions().get::<MatchedPath>().map(MatchedPath::as_str));
    let began = Instant::now();
    let response = next.run(request).await;
    state.metrics().saw(class, response.status(), began.elapsed());
    response
}

async fn metrics(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    if !may_read(state.settings(), request.headers(), peer) {
        return Err(Problem::not_found());
    }
    numbers(&state).await
}

/// All numbers, as a collector reads them; for a listener that only the collector reaches.
///
/// # Errors
/// A fault, where they cannot be written down.
pub async fn numbers(state: &AppState) -> Result<Response, Problem> {
    let mut registry = Registry::with_prefix("budayang");
    state.metrics().register(&mut registry);
    state.shares().register(&mut registry);
    seen::register(state, &mut registry).await;
    let mut text = String::new();
    encode(&mut text, &registry).map_err(Problem::fault)?;
    Ok(([(header::CONTENT_TYPE, FORM)], text).into_response())
}

/// This machine, and only where no proxy stands in front that would make the whole world look like this machine.
fn may_read(settings: &Settings, headers: &HeaderMap, peer: Option<SocketAddr>) -> bool {
    let forwarded = ["x-forwarded-for", "forwarded"].iter().any(|name| headers.contains_key(*name));
    !settings.trusted_proxy && !forwarded && peer.is_some_and(|peer| peer.ip().is_loopback())
}

/// The process answers.
async fn live() -> &'static str {
    "live\n"
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    /// Whether the database answers a read.
    reads: bool,
    /// Whether the writer takes units.
    writes: bool,
}

/// Whether requests should be sent here. A full disk or a locked key leaves us ready: reading and filing go on.
async fn ready(State(state): State<AppState>) -> Response {
    let (reads, writes) = match state.desks() {
        Err(_) => (false, false),
        Ok(desks) => {
            let read = desks.store().counter(&desks.office.shard, "ready");
            (timeout(PATIENCE, read).await.is_ok_and(|n| n.is_ok()), desks.store().is_writing())
        }
    };
    let body = Readiness { ready: reads && writes, reads, writes };
    let status = if body.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    // Written as it is for programs that ask often; a problem page would help nobody.
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    match serde_json::to_string(&body) {
        Ok(text) if body.ready => (status, [(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Ok(text) => (status, kind, text).into_response(),
        Err(error) => Problem::fault(error).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_names_no_case() {
        let classes = [
            (Some("/"), "home"),
            (Some("/drafts/{id}/send"), "filing"),
            (Some("/drafts/{id}"), "draft"),
            (Some("/cases/{number}"), "case"),
            (Some("/api/v1/cases/{number}/confirm"), "api"),
            (Some("/new-room/{x}"), "other"),
            (None, "none"),
        ];
        for (pattern, wanted) in classes {
            assert_eq!(class(pattern), wanted, "{pattern:?}");
        }
    }

    #[test]
    fn the_numbers_are_for_this_machine() {
        let here = Some(SocketAddr::from(([127, 0, 0, 1], 9)));
        let away = Some(SocketAddr::from(([192, 0, 2, 1], 9)));
        let mut settings = Settings::demonstration("http://localhost");
        let (none, mut proxied) = (HeaderMap::new(), HeaderMap::new());
        proxied.insert("x-forwarded-for", "192.0.2.1".parse().unwrap());
        assert!(may_read(&settings, &none, here));
        assert!(!may_read(&settings, &none, away) && !may_read(&settings, &none, None));
        assert!(!may_read(&settings, &proxied, here), "a proxy on this machine makes everybody look local");
        settings.trusted_proxy = true;
        assert!(!may_read(&settings, &none, here));
    }
}
