//! How much one client and one account may ask in a minute (GCRA, by governor). Beyond it: 429 with `Retry-After`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::frame::Visitor;
use crate::problem::Problem;
use crate::state::{AppState, Rate, Settings};

/// After so many questions the limiters forget clients that have been quiet, so that memory stays bounded.
const FORGET_EVERY: u64 = 8192;

/// The site's limiters.
pub struct Limits {
    reads: DefaultKeyedRateLimiter<IpAddr>,
    writes: DefaultKeyedRateLimiter<IpAddr>,
    sign_in: DefaultKeyedRateLimiter<IpAddr>,
    account: DefaultKeyedRateLimiter<String>,
    asked: AtomicU64,
}

impl Limits {
    /// Limiters at the settings' rates.
    pub fn new(settings: &Settings) -> Self {
        let by_client = |rate: Rate| RateLimiter::keyed(quota(rate));
        Self {
            reads: by_client(settings.reads),
            writes: by_client(settings.writes),
            sign_in: by_client(settings.sign_in),
            account: RateLimiter::keyed(quota(settings.account)),
            asked: AtomicU64::new(0),
        }
    }

    /// One more try to sign in from `client`.
    ///
    /// # Errors
    /// 429 beyond the limit.
    pub fn sign_in(&self, client: IpAddr) -> Result<(), Problem> {
        check(&self.sign_in, &client)
    }

    fn client(&self, client: IpAddr, method: &Method) -> Result<(), Problem> {
        self.forget_quiet();
        let reading = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        check(if reading { &self.reads } else { &self.writes }, &client)
    }

    fn forget_quiet(&self) {
        if self.asked.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.reads.retain_recent();
            self.writes.retain_recent();
            self.sign_in.retain_recent();
            self.account.retain_recent();
        }
    }
}

fn quota(rate: Rate) -> Quota {
    Quota::per_minute(rate.per_minute).allow_burst(rate.burst)
}

fn check<K: std::hash::Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), Problem> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        Problem::too_many(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    })
}

/// Who the client is: the peer's address or, behind a trusted proxy, the last address that proxy wrote down.
pub fn client(settings: &Settings, headers: &HeaderMap, peer: Option<SocketAddr>) -> IpAddr {
    let told = || {
        let line = headers.get_all("x-forwarded-for").into_iter().next_back()?.to_str().ok()?;
        line.rsplit(',').next()?.trim().parse().ok()
    };
    let told: Option<IpAddr> = if settings.trusted_proxy { told() } else { None };
    told.or_else(|| peer.map(|p| p.ip())).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// The client of a request, for limits of its own.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

impl FromRequestParts<AppState> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        Ok(Self(client(state.settings(), &parts.headers, peer)))
    }
}

/// The layer per client; script and style cost nothing.
pub async fn per_client(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let client = client(state.settings(), request.headers(), peer);
    if request.uri().path().starts_with("/assets/") {
        return next.run(request).await;
    }
    match state.limits().client(client, request.method()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// The layer that gives up a request that takes too long. One that brings files has longer, as long as bytes keep coming
/// (`material::sent` sees to that).
pub async fn in_time(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let settings = state.settings();
    let brings = *request.method() == Method::POST && crate::material::sent::is_multipart(request.headers());
    let patience = if brings { settings.upload_timeout } else { settings.timeout };
    let answer = tokio::time::timeout(patience, next.run(request)).await;
    answer.unwrap_or_else(|_| Problem::of(StatusCode::GATEWAY_TIMEOUT).into_response())
}

/// The layer per signed-in account; it stands inside the session layer.
pub async fn per_account(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let account = request.extensions().get::<Visitor>().map(|v| v.account.clone());
    match account.map(|a| check(&state.limits().account, &a)) {
        Some(Err(problem)) => problem.into_response(),
        _ => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_may_name_the_client() {
        let mut settings = Settings::demonstration("http://localhost");
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.9, 198.51.100.7".parse().unwrap());
        let peer = Some(SocketAddr::from(([10, 0, 0, 1], 9)));
        assert_eq!(client(&settings, &headers, peer).to_string(), "10.0.0.1");
        settings.trusted_proxy = true;
        // The last entry is the proxy's own; the ones before it are the client's word.
        assert_eq!(client(&settings, &headers, peer).to_string(), "198.51.100.7");
        headers.clear();
        assert_eq!(client(&settings, &headers, peer).to_string(), "10.0.0.1");
    }
}
