//! What the caller can mend, and what is our fault, told twice: as RFC 9457 `application/problem+json` for programs and
//! as a page for people. Handlers return a [`Problem`]; [`negotiate`] writes it down in the form the caller reads.

use std::borrow::Cow;
use std::fmt::Display;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use kernel::{Language, Text};
use serde::Serialize;

use crate::frame::{Frame, Visitor};
use crate::kept::Kept;
use crate::pieces::{ErrorLine, Link, field_id};
use crate::state::AppState;
use crate::words;

/// One thing wrong with one field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldError {
    /// JSON Pointer into the form, such as `/employer/uscc`.
    pub pointer: String,
    /// A stable code for programs, such as `check_digit`.
    pub code: Cow<'static, str>,
    /// What to do about it, for people.
    pub message: Text,
}

impl From<affairs::catalog::FieldError> for FieldError {
    fn from(error: affairs::catalog::FieldError) -> Self {
        Self { pointer: error.pointer, code: error.code.into(), message: error.message }
    }
}

/// An answer other than success. One pointer wide, for it is the error of every handler.
#[derive(Clone, Debug)]
pub struct Problem(Box<Told>);

#[derive(Clone, Debug)]
struct Told {
    status: StatusCode,
    code: &'static str,
    detail: Option<Text>,
    errors: Vec<FieldError>,
    retry_after_seconds: Option<u64>,
    cause: Option<String>,
    see: Option<(String, Text)>,
}

/// The trace id of the request, in the log lines and in every problem.
#[derive(Clone, Debug)]
pub struct TraceId(pub String);

/// Every code that has a title and an explanation among the words (`problem.<code>.title`, `problem.<code>.detail`).
pub const CODES: [&str; 18] = [
    "bad_request",
    "sign_in",
    "session_over",
    "forbidden",
    "not_found",
    "method",
    "conflict",
    "too_large",
    "media_type",
    "invalid",
    "too_many",
    "held_back",
    "crowded",
    "fault",
    "storage",
    "unavailable",
    "slow",
    "cross_site",
];

impl Problem {
    /// A problem with a code of its own. A code outside [`CODES`] takes its title from the status.
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        Self(Box::new(Told {
            status,
            code,
            detail: None,
            errors: Vec::new(),
            retry_after_seconds: None,
            cause: None,
            see: None,
        }))
    }

    /// The problem a bare status stands for (answers of the libraries below us).
    pub fn of(status: StatusCode) -> Self {
        let code = match status.as_u16() {
            401 => "sign_in",
            403 => "forbidden",
            404 => "not_found",
            405 => "method",
            409 | 412 => "conflict",
            408 | 504 => "slow",
            413 => "too_large",
            415 => "media_type",
            422 => "invalid",
            429 => "too_many",
            503 => "unavailable",
            500..=599 => "fault",
            _ => "bad_request",
        };
        Self::new(status, code)
    }

    /// 404: nothing here, or nothing that this reader may see.
    pub fn not_found() -> Self {
        Self::of(StatusCode::NOT_FOUND)
    }

    /// 422: the form has mistakes, all told at once.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::of(StatusCode::UNPROCESSABLE_ENTITY);
        problem.0.errors = errors;
        problem
    }

    /// 429: come back after `seconds`.
    pub fn too_many(seconds: u64) -> Self {
        let mut problem = Self::of(StatusCode::TOO_MANY_REQUESTS);
        problem.0.retry_after_seconds = Some(seconds.max(1));
        problem
    }

    /// 429: more of the asker's tenant wait than its share; come back after `seconds`. Nothing was done.
    pub fn held_back(seconds: u64) -> Self {
        Self::later(StatusCode::TOO_MANY_REQUESTS, "held_back", seconds)
    }

    /// 503: more wait than can be answered in time, whoever they are; come back after `seconds`. Nothing was done.
    pub fn crowded(seconds: u64) -> Self {
        Self::later(StatusCode::SERVICE_UNAVAILABLE, "crowded", seconds)
    }

    fn later(status: StatusCode, code: &'static str, seconds: u64) -> Self {
        let mut problem = Self::new(status, code);
        problem.0.retry_after_seconds = Some(seconds.max(1));
        problem
    }

    /// 500: our fault. The cause goes to the log once, under the trace id, and to nobody else.
    pub fn fault(cause: impl Display) -> Self {
        let mut problem = Self::of(StatusCode::INTERNAL_SERVER_ERROR);
        problem.0.cause = Some(cause.to_string());
        problem
    }

    /// 503: the database takes or gives nothing now. The cause goes to the log; nothing was written and nothing is lost.
    pub fn storage(cause: impl Display) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "storage");
        problem.0.cause = Some(cause.to_string());
        problem.0.retry_after_seconds = Some(30);
        problem
    }

    /// Whether it is that the database takes or gives nothing now.
    pub fn is_storage(&self) -> bool {
        self.0.code == "storage"
    }

    /// The same problem with a sentence of its own.
    #[must_use]
    pub fn detail(mut self, detail: Text) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// The same problem with the one place to go: its address on this site, and the words to press.
    #[must_use]
    pub fn see(mut self, href: String, words: Text) -> Self {
        self.0.see = Some((href, words));
        self
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    fn title(&self, language: Language) -> String {
        words::word(language, &format!("problem.{}.title", self.known_code())).to_owned()
    }

    fn explanation(&self, language: Language) -> String {
        match &self.0.detail {
            Some(text) => text.get(language).to_owned(),
            None => words::word(language, &format!("problem.{}.detail", self.known_code())).to_owned(),
        }
    }

    fn known_code(&self) -> &'static str {
        if CODES.contains(&self.0.code) { self.0.code } else { Self::of(self.0.status).0.code }
    }

    fn json(&self, language: Language, trace: &str) -> Response {
        let errors = self.0.errors.iter().map(|e| ErrorBody {
            pointer: &e.pointer,
            code: &e.code,
            message: e.message.get(language),
        });
        let body = Body {
            kind: "about:blank",
            title: self.title(language),
            status: self.0.status.as_u16(),
            detail: self.explanation(language),
            code: self.0.code,
            trace_id: trace,
            instance: self.0.see.as_ref().map(|(href, _)| href.as_str()),
            errors: errors.collect(),
        };
        let mut response = (self.0.status, axum::Json(body)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }

    fn page(&self, frame: Frame, trace: &str, kept: Option<Kept>) -> Response {
        let language = frame.language;
        let line = |e: &FieldError| ErrorLine {
            href: format!("#{}", field_id(&e.pointer)),
            message: e.message.get(language).to_owned(),
        };
        let page = ProblemPage {
            title: self.title(language),
            detail: self.explanation(language),
            errors: self.0.errors.iter().map(line).collect(),
            trace: trace.to_owned(),
            see: self.0.see.as_ref().map(|(href, words)| Link {
                href: href.clone(),
                text: words.get(language).to_owned(),
                hint: String::new(),
            }),
            sign_in: self.0.code == "sign_in",
            beside: self.0.code == "session_over",
            ours: self.0.status.is_server_error(),
            kept: kept.map(|kept| GivenBack::new(kept, language)),
            frame,
        };
        match page.render() {
            Ok(html) => (self.0.status, Html(html)).into_response(),
            Err(error) => (self.0.status, error.to_string()).into_response(),
        }
    }

    fn write(&self, frame: Frame, (pages, kept): (bool, Option<Kept>), trace: &str) -> Response {
        let language = frame.language;
        let mut response = if pages { self.page(frame, trace, kept) } else { self.json(language, trace) };
        if let Some(seconds) = self.0.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    status: u16,
    detail: String,
    code: &'static str,
    trace_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ErrorBody<'a>>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    pointer: &'a str,
    code: &'a str,
    message: &'a str,
}

/// A problem as a page.
#[derive(Template)]
#[template(path = "frame/problem.html")]
pub struct ProblemPage {
    /// The frame.
    pub frame: Frame,
    /// What happened, in a few words.
    pub title: String,
    /// What was lost, and what to do.
    pub detail: String,
    /// What is wrong with which field.
    pub errors: Vec<ErrorLine>,
    /// Where to go, where there is one place.
    pub see: Option<Link>,
    /// The trace id to tell the help line.
    pub trace: String,
    /// Whether signing in would help.
    pub sign_in: bool,
    /// Whether the one place to go opens beside this page, which holds what was written.
    pub beside: bool,
    /// Whether it is our fault.
    pub ours: bool,
    /// What was written in the form that was not taken.
    pub kept: Option<GivenBack>,
}

/// What was written, given back with a button that sends it again.
pub struct GivenBack {
    /// Where it is sent.
    pub action: String,
    /// Everything that was sent, unseen.
    pub hidden: Vec<Given>,
    /// What people wrote themselves.
    pub written: Vec<Given>,
}

/// One field given back.
pub struct Given {
    /// What it is called: for people, or in the form.
    pub label: String,
    /// What was written.
    pub value: String,
}

impl GivenBack {
    fn new(kept: Kept, language: Language) -> Self {
        let line = |label: &str, value: &str| Given { label: label.to_owned(), value: value.to_owned() };
        let written = kept.fields.iter().filter(|f| !f.value.trim().is_empty());
        let written = written.filter_map(|f| Some(line(f.label.as_ref()?.get(language), &f.value)));
        Self {
            written: written.collect(),
            hidden: kept.fields.iter().map(|f| line(&f.name, &f.value)).collect(),
            action: kept.action,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // The words are written by `negotiate`, which knows the reader; the problem travels there in the extensions.
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Renders a page, or tells the fault.
///
/// # Errors
/// A fault, where the template fails.
pub fn page(template: &impl Template) -> Result<Response, Problem> {
    template.render().map(|html| Html(html).into_response()).map_err(Problem::fault)
}

/// Renders a page that answers with `status`, such as a form shown again with its mistakes.
///
/// # Errors
/// A fault, where the template fails.
pub fn page_as(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    page(template).map(|response| (status, response).into_response())
}

/// Writes every answer of 400 and above in the form the caller reads, logs our faults once, and keeps the headers that
/// say more (`Retry-After`, `Allow`, cookies).
pub async fn negotiate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut frame = Frame::new(&state, request.uri(), request.headers());
    let pages = wants_page(request.uri().path(), request.headers());
    let trace = request.extensions().get::<TraceId>().map_or_else(String::new, |t| t.0.clone());
    let mut response = next.run(request).await;
    let status = response.status();
    if status.as_u16() < 400 {
        return response;
    }
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        // A page that is its own explanation, such as a form shown again with its mistakes.
        None if is_written(response.headers()) => return response,
        None => Problem::of(status),
    };
    if status.is_server_error() {
        let cause = problem.0.cause.as_deref().unwrap_or_default();
        tracing::error!(trace_id = trace, status = status.as_u16(), code = problem.0.code, cause, "fault");
    }
    frame.visitor = response.extensions_mut().remove::<Visitor>();
    let kept = response.extensions_mut().remove::<Kept>();
    let mut written = problem.write(frame, (pages, kept), &trace);
    for (name, value) in response.headers() {
        if is_kept(name) {
            written.headers_mut().append(name, value.clone());
        }
    }
    written
}

fn is_written(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") || kind.starts_with("application/problem+json")
}

fn is_kept(name: &HeaderName) -> bool {
    [header::SET_COOKIE, header::ALLOW, header::RETRY_AFTER, header::WWW_AUTHENTICATE].contains(name)
}

/// Programs say so by the address (`/api/`) or by what they accept; everyone else is shown a page.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    !path.starts_with("/api/") && accepted.contains("text/html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_in_both_languages() {
        for code in CODES {
            for language in [Language::Zh, Language::En] {
                for part in ["title", "detail"] {
                    let key = format!("problem.{code}.{part}");
                    assert_ne!(words::word(language, &key), key);
                }
            }
        }
    }

    #[test]
    fn a_bare_status_always_has_a_known_code() {
        for status in 400..600 {
            assert!(CODES.contains(&Problem::of(StatusCode::from_u16(status).unwrap()).0.code), "{status}");
        }
    }

    #[test]
    fn a_room_s_own_code_keeps_its_name_and_borrows_the_title() {
        let problem = Problem::new(StatusCode::CONFLICT, "already_filed");
        assert_eq!(problem.title(Language::En), Problem::of(StatusCode::CONFLICT).title(Language::En));
        assert_eq!(problem.0.code, "already_filed");
    }
}
