//! The trust list: which key may sign for whom, over what, and when.
//!
//! A signature proves a key; only this list says whose key it is. It carries a number that only grows, so that a reader
//! who has seen a newer one cannot be sent back to an older.

mod published;

use kernel::Moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use published::{Anchor, KIND, Published, PublishedError};

use crate::key::{KeyId, PublicKey, Setting};

/// One key and what it is trusted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: PublicKey,
    /// Who signs with it, as documents name their issuer.
    pub issuer: String,
    /// What it may sign, such as `450000/pharmacist`: that and everything below it.
    pub scopes: Vec<String>,
    /// The first moment at which it may sign.
    pub valid_from: Moment,
    /// The moment from which on it may sign no more. What it signed before stays good.
    pub valid_to: Moment,
    /// From when on its signatures must not be believed, because the secret may be in other hands. A document that says
    /// it is older counts only if the log proves it.
    pub revoked_at: Option<Moment>,
}

/// The keys a reader trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustList {
    setting: Setting,
    sequence: u64,
    entries: Vec<Entry>,
}

/// What is wrong with a trust list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Two entries share a key id.
    #[error("the trust list has two keys with the id {0}")]
    DuplicateKey(KeyId),
    /// An entry's time is empty, its issuer is missing, or a scope is none.
    #[error("the trust list's entry for {0} is not valid")]
    Entry(KeyId),
    /// The payload has another shape.
    #[error("not a trust list: {0}")]
    Shape(String),
    /// An older list than the reader has seen.
    #[error("the trust list is number {got}, but number {seen} was seen before")]
    Rollback {
        /// The highest number seen.
        seen: u64,
        /// The number of this one.
        got: u64,
    },
}

impl TrustList {
    /// A list with its number. In [`Setting::Production`] entries of the demonstration are kept, so that a document signed
    /// by one is refused by its own reason.
    pub fn new(setting: Setting, sequence: u64, entries: Vec<Entry>) -> Result<Self, TrustError> {
        for (i, entry) in entries.iter().enumerate() {
            let id = entry.key.id();
            if entries[..i].iter().any(|other| other.key.id() == id) {
                return Err(TrustError::DuplicateKey(id.clone()));
            }
            let scopes = !entry.scopes.is_empty() && entry.scopes.iter().all(|scope| is_scope(scope));
            if entry.issuer.is_empty() || !scopes || entry.valid_from >= entry.valid_to {
                return Err(TrustError::Entry(id.clone()));
            }
        }
        Ok(Self { setting, sequence, entries })
    }

    /// Its number.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Where it is used.
    pub const fn setting(&self) -> Setting {
        self.setting
    }

    /// Its entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a key.
    pub fn entry(&self, id: &KeyId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.id() == id)
    }

    /// Refuses a list older than the highest number the reader has `seen`.
    pub fn check_newer(&self, seen: u64) -> Result<(), TrustError> {
        if self.sequence >= seen { Ok(()) } else { Err(TrustError::Rollback { seen, got: self.sequence }) }
    }

    /// The payload of a signed trust list.
    pub fn to_payload(&self) -> Value {
        let entries: Vec<WrittenEntry> = self.entries.iter().map(WrittenEntry::from).collect();
        serde_json::json!({ "entries": entries, "sequence": self.sequence })
    }

    /// Reads the payload of a signed trust list. Check its seal first.
    pub fn from_payload(payload: &Value, setting: Setting) -> Result<Self, TrustError> {
        let written: Written =
            serde_json::from_value(payload.clone()).map_err(|error| TrustError::Shape(error.to_string()))?;
        let entries: Result<Vec<Entry>, TrustError> = written.entries.into_iter().map(Entry::try_from).collect();
        Self::new(setting, written.sequence, entries?)
    }
}

/// Whether a text can be a scope: parts between slashes, none empty, `.` or `..`, no white space.
pub(crate) fn is_scope(scope: &str) -> bool {
    let clean = !scope.chars().any(|c| c.is_whitespace() || c.is_control());
    clean && scope.len() <= 200 && scope.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

impl Entry {
    /// Whether it may sign for `scope`: one of its own, or something below one.
    pub fn covers(&self, scope: &str) -> bool {
        let below = |own: &String| {
            scope.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        is_scope(scope) && self.scopes.iter().any(below)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    entries: Vec<WrittenEntry>,
    sequence: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    issuer: String,
    key: String,
    scopes: Vec<String>,
    valid_from: Moment,
    valid_to: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Moment>,
}

impl From<&Entry> for WrittenEntry {
    fn from(entry: &Entry) -> Self {
        Self {
            issuer: entry.issuer.clone(),
            key: entry.key.to_string(),
            scopes: entry.scopes.clone(),
            valid_from: entry.valid_from,
            valid_to: entry.valid_to,
            revoked_at: entry.revoked_at,
        }
    }
}

impl TryFrom<WrittenEntry> for Entry {
    type Error = TrustError;

    fn try_from(written: WrittenEntry) -> Result<Self, TrustError> {
        let key = written.key.parse().map_err(|error| TrustError::Shape(format!("{}: {error}", written.issuer)))?;
        let WrittenEntry { issuer, scopes, valid_from, valid_to, revoked_at, .. } = written;
        Ok(Self { key, issuer, scopes, valid_from, valid_to, revoked_at })
    }
}

#[cfg(test)]
mod tests;
