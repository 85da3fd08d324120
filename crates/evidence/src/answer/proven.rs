//! What a proof file proves of a licence: that its leaf is in the log, and when the log says it came in.

use kernel::Moment;
use serde_json::Value;

use crate::Hash;
use crate::canonical::read_canonical;
use crate::checkpoint::LogIdentity;
use crate::proof::ProofFile;

/// The kind of leaf that tells of a licence's birth.
const KIND: &str = "licence.issued";

/// When the log took in the licence with this fingerprint. The file carries the leaf itself (as its extra part), for
/// which nothing vouches but the proof.
pub(super) fn logged_at(text: &str, log: &LogIdentity, fingerprint: &Hash) -> Result<Moment, (&'static str, String)> {
    let refused = |error: crate::proof::ProofError| (error.code(), error.to_string());
    let file = ProofFile::from_text(text).map_err(refused)?;
    let Some(leaf) = &file.extra else { return Err(("proof_without_leaf", String::new())) };
    file.verify(leaf, log).map_err(refused)?;
    told(leaf, fingerprint).ok_or_else(|| ("proof_of_another", String::new()))
}

fn told(leaf: &[u8], fingerprint: &Hash) -> Option<Moment> {
    let leaf = read_canonical(leaf).ok()?;
    let text = |pointer: &str| leaf.pointer(pointer).and_then(Value::as_str);
    let named = fingerprint.to_string();
    let same = text("/kind") == Some(KIND) && text("/act/core") == Some(named.as_str());
    if same { text("/act/at")?.parse().ok() } else { None }
}
