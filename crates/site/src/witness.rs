//! Asks the witnesses of this office's log for their co-signatures (C2SP tlog-witness, `docs/witness.md`).
//!
//! Each witness keeps its own memory, so each is asked from the size that it remembers. What a witness refuses is kept and
//! shown: the public page of the log says it beside the witness's name.

use std::path::PathBuf;

use axum::body::Bytes;
use axum::http::{Request as Asked, StatusCode, header};
use evidence::checkpoint::Checkpoint;
use evidence::key::PublicKey;
use evidence::note;
use evidence::witness::Request;
use http_body_util::Full;
use store::{CommitError, Fault, SignedHead, Store};

use crate::outward::{CertificatesError, Outward};

/// Where a witness answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessAddress {
    /// Such as `https://witness.example.gov.cn`, without a slash at the end.
    pub url: String,
    /// The certificates that may vouch for it (PEM).
    pub certificates: PathBuf,
    /// The key with which it co-signs.
    pub key: PublicKey,
}

/// A witness that can be asked.
pub struct Witness {
    url: String,
    key: PublicKey,
    client: Outward,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing was to be asked: it has co-signed the newest checkpoint.
    Nothing,
    /// It co-signed so many leaves.
    Cosigned(u64),
    /// It refused, in these words.
    Refused(String),
    /// It did not answer; it is asked again.
    Silent(String),
}

/// One answer.
enum Said {
    Line(String),
    /// It remembers another size than it was taken to.
    Remembers(u64),
    No(String),
}

impl Witness {
    /// A witness at this address. Connections are made when they are needed.
    ///
    /// # Errors
    /// Where the certificates cannot be used.
    pub fn new(address: &WitnessAddress) -> Result<Self, CertificatesError> {
        let client = Outward::new(&address.url, &address.certificates)?;
        Ok(Self { url: address.url.clone(), key: address.key.clone(), client })
    }

    /// Its key.
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Has the newest checkpoint of a shard's log co-signed, where that is not done yet, and keeps what the witness says.
    ///
    /// # Errors
    /// Where the office's own database fails.
    pub async fn ask(&self, store: &Store, shard: &str) -> Result<Heard, Fault> {
        let id = self.key.id().to_string();
        let Some(newest) = store.checkpoint(shard).await? else { return Ok(Heard::Nothing) };
        let before = store.witnessed(shard).await?.into_iter().find(|witness| witness.key == id);
        let mut old = before.as_ref().map_or(0, |witness| witness.size);
        if old == newest.head.size && before.is_some_and(|witness| witness.refused.is_none()) {
            return Ok(Heard::Nothing);
        }
        // Once from where we believe it to be, once from where it says it is.
        for _ in 0..2 {
            let said = match self.once(store, shard, old, &newest).await? {
                Ok(said) => said,
                Err(silence) => return Ok(Heard::Silent(silence)),
            };
            match said {
                Said::Line(line) => return self.keep(store, shard, &newest, &line).await,
                Said::Remembers(size) if size <= newest.head.size && size != old => old = size,
                Said::Remembers(size) => {
                    let why = format!("it remembers {size} leaves of this log, which has {}", newest.head.size);
                    return self.refuse(store, shard, why).await;
                }
                Said::No(why) => return self.refuse(store, shard, why).await,
            }
        }
        Ok(Heard::Silent("it changes its mind about what it remembers".into()))
    }

    /// Has the checkpoint of a log's first `size` leaves co-signed, whatever the witness remembers: the signature's line, or why there
    /// is none.
    ///
    /// # Errors
    /// Where the office's own database fails, or its log cannot sign.
    pub async fn under(&self, store: &Store, shard: &str, size: u64) -> Result<Result<String, String>, CommitError> {
        let Some(signed) = store.checkpoint_at(shard, size).await? else {
            return Ok(Err("the log has not grown that far".into()));
        };
        let id = self.key.id().to_string();
        let known = store.witnessed(shard).await?.into_iter().find(|witness| witness.key == id);
        let mut old = known.map_or(0, |witness| witness.size);
        for _ in 0..2 {
            match self.once(store, shard, old, &signed).await? {
                Ok(Said::Line(line)) => return Ok(Ok(line)),
                Ok(Said::Remembers(size)) => old = size,
                Ok(Said::No(why)) | Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Err("it changes its mind about what it remembers".into()))
    }

    async fn once(
        &self,
        store: &Store,
        shard: &str,
        old: u64,
        newest: &SignedHead,
    ) -> Result<Result<Said, String>, Fault> {
        let proof = match old {
            0 => Vec::new(),
            old => {
                // The larger of the two may be what it remembers.
                let size = newest.head.size;
                store.consistency(shard, old.min(size), old.max(size)).await?.unwrap_or_default()
            }
        };
        let body = Request { old, proof, note: newest.note.clone() }.to_text();
        let request = Asked::post(format!("{}/add-checkpoint", self.url))
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .header(header::USER_AGENT, concat!("budayang/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(Bytes::from(body)));
        let request = match request {
            Ok(request) => request,
            Err(error) => return Ok(Err(error.to_string())),
        };
        Ok(self
            .client
            .send(request)
            .await
            .map_err(|broken| broken.to_string())
            .map(|(status, body)| read(status, &body)))
    }

    /// Keeps a co-signature that holds; one that does not is a refusal.
    async fn keep(&self, store: &Store, shard: &str, newest: &SignedHead, line: &str) -> Result<Heard, Fault> {
        let whole = format!("{}{line}", newest.note);
        let known = std::slice::from_ref(&self.key);
        let text = note::open(&whole, known).ok().and_then(|opened| Checkpoint::from_text(opened.text).ok());
        if text.is_none_or(|checkpoint| checkpoint.root != newest.head.root) {
            return self.refuse(store, shard, "its co-signature is not one".into()).await;
        }
        store.keep_cosigned(shard, &self.key.id().to_string(), newest.head.size, &whole).await?;
        Ok(Heard::Cosigned(newest.head.size))
    }

    async fn refuse(&self, store: &Store, shard: &str, why: String) -> Result<Heard, Fault> {
        store.keep_refusal(shard, &self.key.id().to_string(), &why).await?;
        Ok(Heard::Refused(why))
    }
}

fn read(status: StatusCode, body: &[u8]) -> Said {
    let text = String::from_utf8_lossy(body).chars().take(400).collect::<String>();
    match (status, text.trim().parse()) {
        (StatusCode::OK, _) => Said::Line(text),
        (StatusCode::CONFLICT, Ok(size)) => Said::Remembers(size),
        _ => Said::No(format!("{}: {}", status.as_u16(), text.trim())),
    }
}
