//! A witness in this process, asked over HTTP as any other: it remembers what it co-signed, and can fall silent.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use evidence::checkpoint::LogIdentity;
use evidence::key::{Algorithm, KeyPair, PublicKey, Signer as _};
use evidence::witness::{self, Head, Refusal, Request, Verdict, judge};
use kernel::SeededEntropy;
use site::witness::WitnessAddress;

use crate::world::SHARD;

/// A witness of the log of a world.
pub struct Watcher {
    /// How an office knows it.
    pub address: WitnessAddress,
    inside: Arc<Inside>,
}

struct Inside {
    key: KeyPair,
    log: LogIdentity,
    head: Mutex<Option<Head>>,
    answers: AtomicBool,
}

impl Watcher {
    /// A witness of this name, listening on this machine.
    pub async fn open(name: &str, seed: u64) -> Self {
        let key = KeyPair::generate(Algorithm::Ed25519, name, &SeededEntropy::new(seed)).unwrap();
        let public = key.public().clone();
        let log =
            LogIdentity { origin: format!("{}/{SHARD}", store::testing::ORIGIN), keys: store::testing::log_keys() };
        let inside = Arc::new(Inside { key, log, head: Mutex::new(None), answers: AtomicBool::new(true) });
        let routes = Router::new().route("/add-checkpoint", post(add)).with_state(Arc::clone(&inside));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address: WitnessAddress { url, certificates: PathBuf::new(), key: public }, inside }
    }

    /// Its key.
    pub fn key(&self) -> &PublicKey {
        &self.address.key
    }

    /// Lets it answer, or not.
    pub fn answers(&self, yes: bool) {
        self.inside.answers.store(yes, Ordering::Relaxed);
    }

    /// Leaves of the largest tree it has co-signed.
    pub fn remembers(&self) -> u64 {
        let head = self.inside.head.lock().unwrap_or_else(PoisonError::into_inner);
        head.as_ref().map_or(0, |head| head.checkpoint.size)
    }
}

async fn add(State(inside): State<Arc<Inside>>, body: String) -> Response {
    if !inside.answers.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "this witness is away").into_response();
    }
    let Ok(request) = Request::read(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let mut head = inside.head.lock().unwrap_or_else(PoisonError::into_inner);
    match judge(&inside.log, head.as_ref(), &request) {
        Ok(verdict) => {
            let line = witness::cosign(verdict.head(), &inside.key).unwrap();
            if let Verdict::Newer(newer) = verdict {
                *head = Some(newer);
            }
            line.into_response()
        }
        Err(Refusal::Elsewhere { known, .. }) => (StatusCode::CONFLICT, format!("{known}\n")).into_response(),
        Err(other) => (StatusCode::UNPROCESSABLE_ENTITY, other.to_string()).into_response(),
    }
}
