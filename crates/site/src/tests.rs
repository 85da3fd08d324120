//! What the edge promises of every answer, asked by whole requests.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::routing::{get, post};
use tower::ServiceExt;

use crate::sample;
use crate::state::{AppState, Rate, Settings};
use crate::{edge, problem::Problem};

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }

    fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        serde_json::from_str(&self.text).unwrap()
    }
}

async fn json_echo(body: axum::Json<serde_json::Value>) -> String {
    body.to_string()
}

async fn slow() -> &'static str {
    std::future::pending().await
}

async fn broken() -> &'static str {
    panic!("the lamp went out")
}

async fn wrong() -> Problem {
    Problem::fault("disk 3 is full")
}

/// The site's own routes and a few that misbehave.
fn site(state: &AppState) -> Router {
    let odd = Router::new()
        .route("/api/v1/echo", post(json_echo))
        .route("/slow", get(slow))
        .route("/panic", get(broken))
        .route("/fault", get(wrong));
    let routes = odd.merge(crate::assets::routes()).merge(crate::portal::routes());
    edge::wrap(routes, Router::new(), state)
}

async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: head.status, headers: head.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

fn ask(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080")
}

fn page(path: &str) -> Request<Body> {
    ask("GET", path).header("accept", "text/html").body(Body::empty()).unwrap()
}

fn json(path: &str, body: impl Into<Body>) -> Request<Body> {
    ask("POST", path).header("content-type", "application/json").body(body.into()).unwrap()
}

#[tokio::test]
async fn every_answer_carries_the_safety_headers() {
    let app = site(&sample::state());
    for path in ["/", "/about", "/about/licences", "/favicon.svg", "/no/such/page", "/panic", "/fault"] {
        let answer = send(&app, page(path)).await;
        assert!(
            answer.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"),
            "{path}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "no HSTS without TLS");
    }
}

#[tokio::test]
async fn tls_brings_hsts_and_secure_cookies() {
    let settings = Settings { tls: true, ..Settings::demonstration("https://example.cn") };
    let answer = send(&site(&sample::state_with(settings)), page("/?lang=en")).await;
    assert!(answer.header("strict-transport-security").contains("max-age=63072000"));
    assert_eq!(answer.header("set-cookie"), "language=en; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000; Secure");
}

#[tokio::test]
async fn pages_have_no_inline_script_or_style() {
    let app = site(&sample::state());
    for path in ["/", "/about", "/about/licences", "/log/how", "/no/such/page"] {
        let text = send(&app, page(path)).await.text;
        assert!(!text.contains(" style=") && !text.contains("<style") && !text.contains(" onclick"), "{path}");
        assert!(!text.contains("<script>"), "{path}");
    }
}

#[tokio::test]
async fn a_post_from_another_site_is_refused() {
    let app = site(&sample::state());
    let from_elsewhere = |name: &str, value: &str| {
        let request = ask("POST", "/api/v1/echo").header("content-type", "application/json").header(name, value);
        request.body(Body::from("{}")).unwrap()
    };
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        let answer = send(&app, from_elsewhere(name, value)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert_eq!(answer.json()["code"], "cross_site");
    }
    let own = send(&app, from_elsewhere("origin", "http://127.0.0.1:8080")).await;
    assert_eq!((own.status, own.text.as_str()), (StatusCode::OK, "{}"));
}

#[tokio::test]
async fn ten_megabytes_are_too_large_with_or_without_a_told_length() {
    let app = site(&sample::state());
    let body = || json("/api/v1/echo", vec![b' '; 10 * 1024 * 1024]);
    let (mut told, untold) = (body(), body());
    told.headers_mut().insert(header::CONTENT_LENGTH, (10 * 1024 * 1024).into());
    for request in [told, untold] {
        let answer = send(&app, request).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(answer.json()["code"], "too_large");
    }
}

#[tokio::test]
async fn broken_json_is_a_problem_with_a_trace_id() {
    let app = site(&sample::state());
    for body in ["{", "", "\u{0}", "{\"a\":}"] {
        let answer = send(&app, json("/api/v1/echo", body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:?}");
        let problem = answer.json();
        assert_eq!((&problem["status"], &problem["code"]), (&400.into(), &"bad_request".into()));
        assert_eq!(problem["trace_id"], answer.header("x-request-id"));
    }
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let settings = Settings { reads: Rate::new(6, 3), ..Settings::demonstration("http://127.0.0.1:8080") };
    let app = site(&sample::state_with(settings));
    for _ in 0..3 {
        assert_eq!(send(&app, page("/about")).await.status, StatusCode::OK);
    }
    let answer = send(&app, page("/about")).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    assert!(answer.text.contains("请稍等一会儿"), "a page, for a browser");
    // Writes have their own budget, so a reader who ran out can still send a form.
    assert_eq!(send(&app, json("/api/v1/echo", "{}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_path_is_a_page_for_people_and_a_problem_for_programs() {
    let app = site(&sample::state());
    let people = send(&app, page("/no/such")).await;
    assert_eq!(people.status, StatusCode::NOT_FOUND);
    assert!(people.text.contains("没有找到这一页") && people.text.contains("<main"));
    let english = send(&app, page("/no/such?lang=en")).await;
    assert!(english.text.contains("Nothing here") && english.text.contains("lang=\"en\""));
    let program = ask("GET", "/api/v1/no/such").header("accept", "text/html").body(Body::empty()).unwrap();
    assert_eq!(send(&app, program).await.json()["code"], "not_found");
    let other = ask("GET", "/no/such").header("accept", "application/json").body(Body::empty()).unwrap();
    assert_eq!(send(&app, other).await.json()["status"], 404);
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let answer = send(&site(&sample::state()), json("/about", "{}")).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn our_faults_are_told_without_their_cause() {
    let app = site(&sample::state());
    for path in ["/panic", "/fault"] {
        let answer = send(&app, page(path)).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.text.contains(answer.header("x-request-id")), "the page names the trace");
        assert!(!answer.text.contains("lamp went out") && !answer.text.contains("disk 3"), "{path}");
    }
}

#[tokio::test]
async fn a_request_that_hangs_is_cut_off() {
    let settings = Settings { timeout: Duration::from_millis(20), ..Settings::demonstration("http://127.0.0.1:8080") };
    let answer = send(&site(&sample::state_with(settings)), page("/slow")).await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(answer.text.contains("等得太久了"));
}

#[tokio::test]
async fn script_and_style_are_kept_for_a_year_and_sent_compressed() {
    let state = sample::state();
    let app = site(&state);
    for path in [state.assets().style.clone(), state.assets().script.clone()] {
        let request = ask("GET", &path).header("accept-encoding", "br").body(Body::empty()).unwrap();
        let answer = send(&app, request).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (StatusCode::OK, "br"), "{path}");
        assert!(answer.header("cache-control").contains("immutable"));
        let plain = send(&app, page(&path)).await;
        assert_eq!(plain.header("content-encoding"), "");
        assert!(plain.text.len() > answer.text.len());
    }
    for path in ["/assets/../.vite/manifest.json", "/assets/manifest.json", "/assets/nothing.js"] {
        assert_eq!(send(&app, page(path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn large_print_and_language_are_remembered() {
    let app = site(&sample::state());
    let answer = send(&app, page("/?view=elder")).await;
    assert!(answer.header("set-cookie").starts_with("view=elder; Path=/; HttpOnly; SameSite=Lax"));
    assert!(answer.text.contains("data-view=\"elder\""));
    let later = ask("GET", "/about").header("cookie", "view=elder; language=en").body(Body::empty()).unwrap();
    let later = send(&app, later).await.text;
    assert!(later.contains("data-view=\"elder\"") && later.contains("lang=\"en\""));
    // Anything else asked for is not written into a cookie.
    assert_eq!(send(&app, page("/?lang=en;evil")).await.header("set-cookie"), "");
}

#[test]
fn a_rate_of_zero_does_not_close_the_site() {
    assert_eq!(Rate::new(0, 0).burst, NonZeroU32::MIN);
}
