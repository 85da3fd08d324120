//! A letterbox: what stands in for mail servers, SMS gateways and WeChat in demonstrations and tests. It keeps what arrived,
//! honours the key by which a repetition is recognised (or not, as told), and can be told to misbehave.

mod mail;
mod smtp;

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use affairs::catalog::Channel;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Clock, Entropy, Moment};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::Sha256;

pub use smtp::serve as serve_smtp;

/// The largest request or mail, in bytes.
const LARGEST: usize = 256 * 1024;
/// Letters that are kept; the oldest go first.
const KEPT: usize = 10_000;

/// A letter that arrived.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Arrived {
    /// By which channel.
    pub channel: Channel,
    /// When it came first.
    pub at: Moment,
    /// To which address.
    pub to: String,
    /// The subject, or the first line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The page it leads to.
    pub link: String,
    /// By what a repetition is recognised.
    pub key: String,
    /// How often it was handed over; delivered once where the key is honoured.
    pub handed: u32,
}

/// What it is told to do wrong, in so many of a hundred letters; all of it may change while it runs.
#[derive(Debug, Default)]
pub struct Faults {
    /// Every answer waits so long, in milliseconds.
    pub delay_ms: AtomicU64,
    /// "Not now": 503, or 451.
    pub fail_percent: AtomicU32,
    /// "Never": 422, or 550.
    pub refuse_percent: AtomicU32,
    /// Taken, and then the connection breaks before the answer.
    pub drop_percent: AtomicU32,
    /// Taken, and never answered.
    pub hang_percent: AtomicU32,
    /// Taken, and answered with nonsense.
    pub garble_percent: AtomicU32,
    /// The key is not honoured: a repetition is delivered again.
    pub forgets_keys: AtomicBool,
}

/// A letterbox.
pub struct Letterbox {
    arrived: Mutex<Vec<Arrived>>,
    /// What it does wrong.
    pub faults: Faults,
    /// With which secret requests must be signed (`x-signature`: HMAC-SHA256 in hex over `TIMESTAMP\nKEY\nBODY`); none: they
    /// need not be.
    pub secret: Option<String>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Letterbox {
    /// An empty letterbox.
    pub fn new(secret: Option<String>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { arrived: Mutex::default(), faults: Faults::default(), secret, clock, entropy }
    }

    /// Everything that arrived, in order.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.kept().clone()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Arrived>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a letter. Gives its number here.
    fn take(&self, mut letter: Arrived) -> usize {
        letter.at = self.clock.now();
        let mut kept = self.kept();
        let honours = !self.faults.forgets_keys.load(Ordering::Relaxed);
        let known = kept.iter().position(|k| honours && k.channel == letter.channel && k.key == letter.key);
        match known.and_then(|at| Some((at, kept.get_mut(at)?))) {
            Some((at, before)) => {
                before.handed += 1;
                at
            }
            None => {
                if kept.len() >= KEPT {
                    kept.remove(0);
                }
                kept.push(letter);
                kept.len() - 1
            }
        }
    }

    fn chance(&self, percent: &AtomicU32) -> bool {
        let percent = percent.load(Ordering::Relaxed);
        if percent == 0 {
            return false;
        }
        let mut bytes = [0; 4];
        self.entropy.fill(&mut bytes);
        u32::from_le_bytes(bytes) % 100 < percent
    }

    async fn delay(&self) {
        let delay = self.faults.delay_ms.load(Ordering::Relaxed);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
    }
}

type Shared = Arc<Letterbox>;

/// The routes: `/sms` and `/wechat` take letters, `/arrived` shows what came.
pub fn router(letterbox: Shared) -> Router {
    Router::new()
        .route("/sms", post(sms))
        .route("/wechat", post(wechat))
        .route("/arrived", get(arrived))
        .layer(axum::extract::DefaultBodyLimit::max(LARGEST))
        .with_state(letterbox)
}

async fn arrived(State(letterbox): State<Shared>) -> Json<Vec<Arrived>> {
    Json(letterbox.arrived())
}

async fn sms(State(letterbox): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    receive(&letterbox, Channel::Sms, &headers, &body).await
}

async fn wechat(State(letterbox): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    receive(&letterbox, Channel::Wechat, &headers, &body).await
}

async fn receive(letterbox: &Letterbox, channel: Channel, headers: &HeaderMap, body: &[u8]) -> Response {
    let faults = &letterbox.faults;
    letterbox.delay().await;
    if !is_signed(letterbox, headers, body) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "code": "SIGNATURE" }))).into_response();
    }
    if letterbox.chance(&faults.fail_percent) {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "code": "BUSY" }))).into_response();
    }
    let Some(letter) = read(channel, headers, body) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "code": "SHAPE" }))).into_response();
    };
    if letterbox.chance(&faults.refuse_percent) {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "code": "ADDRESS" }))).into_response();
    }
    let number = letterbox.take(letter);
    if letterbox.chance(&faults.hang_percent) {
        std::future::pending::<()>().await;
    }
    if letterbox.chance(&faults.drop_percent) {
        let pieces = [Ok(Bytes::from_static(b"{\"code\":")), Err(std::io::Error::other("told to break off"))];
        return Response::new(Body::from_stream(futures_util::stream::iter(pieces)));
    }
    if letterbox.chance(&faults.garble_percent) {
        return "<html>it works!</html>".into_response();
    }
    Json(json!({ "code": "OK", "id": format!("L{number}") })).into_response()
}

fn read(channel: Channel, headers: &HeaderMap, body: &[u8]) -> Option<Arrived> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Arrived {
        channel,
        at: Moment::from_ms(0),
        to: text("to")?,
        subject: text("subject").unwrap_or_default(),
        text: text("text")?,
        link: text("link").unwrap_or_default(),
        key: headers.get("idempotency-key")?.to_str().ok()?.to_owned(),
        handed: 1,
    })
}

fn is_signed(letterbox: &Letterbox, headers: &HeaderMap, body: &[u8]) -> bool {
    let Some(secret) = &letterbox.secret else { return true };
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    // HMAC takes keys of any length: this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(format!("{}\n{}\n", header("x-timestamp"), header("idempotency-key")).as_bytes());
    mac.update(body);
    hex::decode(header("x-signature")).is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
}
