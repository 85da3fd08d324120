//! A register server: what an agency runs that keeps a register and answers for it. Ours serves demonstrations and tests;
//! the description is for everybody. It keeps its books in memory and can be told to misbehave.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use evidence::key::Signer;
use kernel::{Clock, Entropy, Moment, Text};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::wire::{self, Answered, Changed, Lookup, Names, SUBJECTS, Said, Signed};

/// The largest request, in bytes.
const LARGEST: usize = 64 * 1024;
/// Changes whose number is remembered.
const REMEMBERED: usize = 100_000;

/// One record of a register.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Which register.
    pub register: String,
    /// About whom.
    pub subject: String,
    /// The moment for which it holds; RFC 3339. Left out: whenever it is asked.
    #[serde(default)]
    pub as_of: Option<String>,
    /// The record.
    pub record: Map<String, Value>,
}

/// The registers of one agency.
#[derive(Debug)]
pub struct Books {
    source: Text,
    books: BTreeMap<String, BTreeMap<String, Kept>>,
    done: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Kept {
    record: Map<String, Value>,
    as_of: Option<Moment>,
}

/// Why a line is no record.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BookError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl Books {
    /// Empty books of these registers, in the name of `source`. What is in no register here is "no record".
    pub fn new(source: Text, registers: impl IntoIterator<Item = String>) -> Self {
        let books = registers.into_iter().map(|id| (id, BTreeMap::new())).collect();
        Self { source, books, done: BTreeSet::new() }
    }

    /// Adds records, one JSON object a line: `{"register":…, "subject":…, "as_of":…, "record":{…}}`.
    ///
    /// # Errors
    /// The first line that is none; nothing is added then.
    pub fn add_lines(&mut self, text: &str) -> Result<usize, BookError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let entries: Vec<(Entry, Option<Moment>)> = lines
            .map(|(at, line)| read_line(line).map_err(|reason| BookError { line: at + 1, reason }))
            .collect::<Result<_, _>>()?;
        let count = entries.len();
        for (entry, as_of) in entries {
            let kept = Kept { record: entry.record, as_of };
            self.books.entry(entry.register).or_default().insert(entry.subject, kept);
        }
        Ok(count)
    }

    /// Puts a record, as of whenever it is asked.
    pub fn put(&mut self, register: &str, subject: &str, record: Map<String, Value>) {
        let kept = Kept { record, as_of: None };
        self.books.entry(register.to_owned()).or_default().insert(subject.to_owned(), kept);
    }

    /// The record of a subject.
    pub fn get(&self, register: &str, subject: &str) -> Option<&Map<String, Value>> {
        self.books.get(register)?.get(subject).map(|kept| &kept.record)
    }

    fn answer(&self, lookup: &Lookup, now: Moment) -> Option<Answered> {
        let book = self.books.get(&lookup.register)?;
        let said = |subject: &String| {
            let kept = book.get(subject);
            let as_of = kept.and_then(|kept| kept.as_of).unwrap_or(now);
            Said { subject: subject.clone(), as_of: as_of.to_string(), record: kept.map(|kept| kept.record.clone()) }
        };
        Some(Answered {
            request: lookup.request.clone(),
            register: lookup.register.clone(),
            source: Names { zh: self.source.zh.clone(), en: self.source.en.clone() },
            records: lookup.subjects.iter().map(said).collect(),
        })
    }

    /// Carries out a change once; false where there is no such register.
    fn change(&mut self, change: &Changed) -> bool {
        let Some(book) = self.books.get_mut(&change.register) else { return false };
        if self.done.len() >= REMEMBERED {
            // Numbers are made in the order of time: the oldest go first.
            self.done.pop_first();
        }
        if self.done.insert(change.request.clone()) {
            let kept = book.entry(change.subject.clone()).or_insert(Kept { record: Map::new(), as_of: None });
            kept.record.extend(change.fields.clone());
            kept.as_of = None;
        }
        true
    }
}

fn read_line(line: &str) -> Result<(Entry, Option<Moment>), String> {
    let entry: Entry = serde_json::from_str(line).map_err(|e| e.to_string())?;
    let as_of = entry.as_of.as_ref().map(|at| at.parse().map_err(|_| format!("as_of {at:?} is no time (RFC 3339)")));
    Ok((entry, as_of.transpose()?))
}

/// What a register server is told to do wrong; all of it may change while it runs. For tests.
#[derive(Debug, Default)]
pub struct Faults {
    /// Every answer waits so long, in milliseconds.
    pub delay_ms: AtomicU64,
    /// So many of a hundred questions are answered with 503.
    pub fail_percent: AtomicU32,
    /// So many of a hundred answers break off in the middle.
    pub drop_percent: AtomicU32,
    /// So many of a hundred questions are never answered.
    pub hang_percent: AtomicU32,
    /// So many of a hundred answers are signed and then altered.
    pub lie_percent: AtomicU32,
    /// Questions that came in.
    pub asked: AtomicU64,
}

/// A register server.
pub struct Server {
    /// Its registers.
    pub books: Mutex<Books>,
    /// What a caller must say; `None`: everybody is answered.
    pub token: Option<String>,
    /// With what it signs its answers.
    pub signer: Option<Arc<dyn Signer>>,
    /// What it does wrong.
    pub faults: Faults,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance, for the faults.
    pub entropy: Arc<dyn Entropy>,
}

type Shared = Arc<Server>;

/// The routes of a register server.
pub fn router(server: Shared) -> Router {
    let (routes, description) = described().split_for_parts();
    let described = axum::routing::get(move || std::future::ready(Json(description.clone())));
    routes
        .route_layer(middleware::from_fn_with_state(Arc::clone(&server), misbehave))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&server), admit))
        .route("/openapi.json", described)
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(server)
}

/// The description that stands in `docs/register-api.json`.
pub fn description() -> OpenApi {
    described().into_openapi()
}

fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(head()).routes(routes!(look_up)).routes(routes!(change)).routes(routes!(health))
}

fn head() -> OpenApi {
    use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
    use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApiBuilder};
    let info = InfoBuilder::new()
        .title("A register kept by another agency")
        .version("1")
        .description(Some(
            "What an agency offers that keeps a register and is asked for it by Budayang: look-ups of records for a case, \
             and the changes that decisions make. An answer is believed only whole: one word about each subject, in the \
             register's layout (catalog/registers), and signed where that is agreed. No answer is never good news.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    let components = ComponentsBuilder::new().security_scheme("credentials", bearer).build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// What does a register say about these subjects now?
#[utoipa::path(post, path = "/v1/lookups", tag = "register", request_body = Lookup, security(("credentials" = [])),
    responses((status = 200, body = Signed), (status = 401, description = "wrong credentials"),
        (status = 404, description = "no such register here"), (status = 422, description = "not as described"),
        (status = 429, description = "too many questions: ask later"), (status = 503, description = "ask later")))]
async fn look_up(State(server): State<Shared>, Json(lookup): Json<Lookup>) -> Response {
    if lookup.subjects.is_empty() || lookup.subjects.len() > SUBJECTS {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, "a question has 1 to 32 subjects");
    }
    let answer = lock(&server.books).answer(&lookup, server.clock.now());
    let Some(answer) = answer else { return problem(StatusCode::NOT_FOUND, "no such register here") };
    match wire::sign(&answer, server.signer.as_deref().map(|signer| signer as &dyn Signer)) {
        Ok(mut signed) => {
            if chance(&server, &server.faults.lie_percent) {
                signed.answer["source"]["en"] = json!("somebody else");
            }
            Json(signed).into_response()
        }
        Err(_) => problem(StatusCode::SERVICE_UNAVAILABLE, "nothing can be signed now"),
    }
}

/// A decision changes a record. Carried out once, however often it is told.
#[utoipa::path(post, path = "/v1/changes", tag = "register", request_body = Changed, security(("credentials" = [])),
    responses((status = 204, description = "done, or done before"), (status = 401, description = "wrong credentials"),
        (status = 404, description = "no such register here"), (status = 422, description = "not as described"),
        (status = 503, description = "tell it later")))]
async fn change(State(server): State<Shared>, Json(change): Json<Changed>) -> Response {
    match lock(&server.books).change(&change) {
        true => StatusCode::NO_CONTENT.into_response(),
        false => problem(StatusCode::NOT_FOUND, "no such register here"),
    }
}

/// Whether it is there.
#[utoipa::path(get, path = "/v1/health", tag = "register", security(("credentials" = [])),
    responses((status = 204, description = "it is"), (status = 401, description = "wrong credentials")))]
async fn health() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Who does not know the credentials is told nothing. Hashes are compared, so that the time it takes tells nothing either.
async fn admit(State(server): State<Shared>, headers: HeaderMap, request: Request, next: Next) -> Response {
    let said = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    let known = |token: &String| said.is_some_and(|said| Sha256::digest(said) == Sha256::digest(token));
    if server.token.as_ref().is_none_or(known) {
        next.run(request).await
    } else {
        problem(StatusCode::UNAUTHORIZED, "say the agreed credentials as Authorization: Bearer")
    }
}

/// Does wrong what it was told to do wrong.
async fn misbehave(State(server): State<Shared>, request: Request, next: Next) -> Response {
    let faults = &server.faults;
    faults.asked.fetch_add(1, Ordering::Relaxed);
    let delay = faults.delay_ms.load(Ordering::Relaxed);
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    if chance(&server, &faults.hang_percent) {
        std::future::pending::<()>().await;
    }
    if chance(&server, &faults.fail_percent) {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "told to fail");
    }
    let breaks_off = chance(&server, &faults.drop_percent);
    let response = next.run(request).await;
    if breaks_off {
        let pieces = [Ok(Bytes::from_static(b"{\"answer\":")), Err(std::io::Error::other("told to break off"))];
        return Response::new(Body::from_stream(futures_util::stream::iter(pieces)));
    }
    response
}

fn chance(server: &Server, percent: &AtomicU32) -> bool {
    let percent = percent.load(Ordering::Relaxed);
    if percent == 0 {
        return false;
    }
    let mut bytes = [0; 4];
    server.entropy.fill(&mut bytes);
    u32::from_le_bytes(bytes) % 100 < percent
}

fn problem(status: StatusCode, detail: &str) -> Response {
    let body = json!({ "status": status.as_u16(), "title": status.canonical_reason(), "detail": detail });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

/// Books that a panic left behind are read on: each change is whole.
fn lock(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}
