//! How verifiers get the trust list and renew it: a sealed document, signed by a root key, that names the root keys of the
//! next one. Whoever holds one list needs nobody's word for the following: it must be signed by a root it already trusts,
//! and its number must not be lower. A root that is lost or stolen is left out of the next list, which a second root signs:
//! therefore an office has two at least, one of them never near a network.

use kernel::Moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Entry, TrustError, TrustList};
use crate::checkpoint::LogIdentity;
use crate::key::{PublicKey, Setting, Signer};
use crate::seal::{self, Draft, Question, Refusal, SealError};

/// What kind of sealed document it is.
pub const KIND: &str = "budayang/trust-list@v1";
/// Who seals it, and under which scope: a root signs nothing else.
const ROOT: &str = "trust";

/// A trust list as published.
#[derive(Clone, Debug)]
pub struct Published {
    /// The keys and what they may sign.
    pub list: TrustList,
    /// When it was made.
    pub issued_at: Moment,
    /// Until when it is promised that nothing newer is needed.
    pub next_update: Moment,
    /// The keys that may sign the next one.
    pub roots: Vec<PublicKey>,
    /// The logs that licences name, with the keys of their checkpoints.
    pub logs: Vec<LogIdentity>,
}

/// What a verifier holds: the list it trusts, or what it was born with.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// Where it is used.
    pub setting: Setting,
    /// The keys it takes a list from.
    pub roots: Vec<PublicKey>,
    /// The number of the list it holds; 0 at birth.
    pub sequence: u64,
    /// The list's own text, where it holds one: a second list of that number must be the same.
    pub text: Option<String>,
}

/// Why a published list is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishedError {
    /// Its seal is not believed.
    #[error(transparent)]
    Seal(#[from] Refusal),
    /// Its content is none, or it is older than the one held.
    #[error(transparent)]
    List(#[from] TrustError),
    /// Another list with the number of the one held.
    #[error("two different trust lists have the number {0}")]
    Fork(u64),
}

impl PublishedError {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Seal(refusal) => refusal.code(),
            Self::List(TrustError::Rollback { .. }) => "trust_rollback",
            Self::List(_) => "trust_shape",
            Self::Fork(_) => "trust_fork",
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    list: Value,
    logs: Vec<WrittenLog>,
    next_update: Moment,
    roots: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLog {
    keys: Vec<String>,
    origin: String,
}

impl Published {
    /// Seals the list with a root key; gives its text.
    pub fn seal(&self, root: &dyn Signer) -> Result<String, SealError> {
        let text = |keys: &[PublicKey]| -> Vec<String> { keys.iter().map(ToString::to_string).collect() };
        let log = |log: &LogIdentity| WrittenLog { keys: text(&log.keys), origin: log.origin.clone() };
        let written = Written {
            list: self.list.to_payload(),
            logs: self.logs.iter().map(log).collect(),
            next_update: self.next_update,
            roots: text(&self.roots),
        };
        let payload = serde_json::to_value(written).map_err(|_| SealError::Incomplete)?;
        let draft = Draft { kind: KIND, issuer: ROOT, scope: ROOT, issued_at: self.issued_at, payload: &payload };
        seal::seal(&draft, root)
    }

    /// What a verifier holds once it took this list from `text`.
    pub fn anchor(&self, text: &str) -> Anchor {
        let (setting, sequence) = (self.list.setting(), self.list.sequence());
        Anchor { setting, roots: self.roots.clone(), sequence, text: Some(text.to_owned()) }
    }

    fn from_payload(payload: &Value, issued_at: Moment, setting: Setting) -> Result<Self, TrustError> {
        let shape = TrustError::Shape;
        let written: Written = serde_json::from_value(payload.clone()).map_err(|error| shape(error.to_string()))?;
        let keys = |texts: &[String]| -> Result<Vec<PublicKey>, TrustError> {
            texts
                .iter()
                .map(|text| text.parse::<PublicKey>().map_err(|error| shape(format!("{text}: {error}"))))
                .collect()
        };
        let roots = keys(&written.roots)?;
        if roots.is_empty() || written.next_update <= issued_at {
            return Err(shape("no root, or promised until before it was made".to_owned()));
        }
        let log = |log: &WrittenLog| Ok(LogIdentity { origin: log.origin.clone(), keys: keys(&log.keys)? });
        let logs = written.logs.iter().map(log).collect::<Result<_, TrustError>>()?;
        let list = TrustList::from_payload(&written.list, setting)?;
        Ok(Self { list, issued_at, next_update: written.next_update, roots, logs })
    }
}

impl Anchor {
    /// A verifier as it is born, with the root keys that came with it.
    pub fn born(setting: Setting, roots: Vec<PublicKey>) -> Self {
        Self { setting, roots, sequence: 0, text: None }
    }

    /// Takes a published list in place of the one held.
    pub fn take(&self, text: &str, now: Moment) -> Result<Published, PublishedError> {
        let roots = self.roots.iter().map(root_entry).collect();
        let roots = TrustList::new(self.setting, 0, roots)?;
        let sealed = seal::verify(text.as_bytes(), &roots, &Question { kind: KIND, now, logged_at: None })?;
        let published = Published::from_payload(&sealed.payload, sealed.issued_at, self.setting)?;
        published.list.check_newer(self.sequence)?;
        let sequence = published.list.sequence();
        let other = self.text.as_deref().is_some_and(|held| !same_content(held, text));
        if sequence == self.sequence && other { Err(PublishedError::Fork(sequence)) } else { Ok(published) }
    }
}

/// Whether two texts say the same, whichever root signed them.
fn same_content(one: &str, other: &str) -> bool {
    let content = |text: &str| seal::read(text.as_bytes()).map(|sealed| (sealed.issued_at, sealed.payload)).ok();
    content(one) == content(other)
}

/// A root signs trust lists, whenever; when one no longer counts it is left out of the list.
fn root_entry(key: &PublicKey) -> Entry {
    Entry {
        key: key.clone(),
        issuer: ROOT.to_owned(),
        scopes: vec![ROOT.to_owned()],
        valid_from: Moment::from_ms(0),
        valid_to: Moment::from_ms(i64::MAX),
        revoked_at: None,
    }
}
