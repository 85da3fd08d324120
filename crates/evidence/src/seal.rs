//! Signed documents: a canonical JSON payload with who sealed it, for what, when, and by which key.
//!
//! ```json
//! {"alg":"sm2-sm3","iat":"2026-11-23T04:00:00.000Z","iss":"gx-mpa","kid":"log.gx.gov.cn/450000+0a1b2c3d",
//!  "payload":{…},"scope":"450000/pharmacist","sig":"base64","typ":"budayang/licence@v1"}
//! ```
//! (in one line). The signature covers a label and the whole document without `sig`, so nothing in it can be exchanged.
//! The algorithm is a property of the key: `alg` only says what the reader will find there, and another word in it is a
//! refusal. Every refusal has its own reason, because a clerk at a counter has to say which.

mod refusal;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::Moment;
use serde_json::{Map, Value};

pub use refusal::Refusal;

use crate::canonical::{CanonicalError, canonical_value, read_canonical};
use crate::key::{Algorithm, KeyId, SignFault, Signer};
use crate::trust::{Entry, TrustList, is_scope};

/// Stands before the signed bytes, so that a seal can never be taken for a checkpoint or anything else we sign.
const LABEL: &str = "budayang/seal@v1\n";

/// How far a signer's clock may run ahead of the reader's: five minutes.
pub const CLOCK_SKEW_MS: i64 = 5 * 60 * 1000;

/// What is to be sealed.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// What kind of document it is, such as `budayang/licence@v1`.
    pub kind: &'a str,
    /// Who issues it, as the trust list names them.
    pub issuer: &'a str,
    /// Under which of the issuer's scopes.
    pub scope: &'a str,
    /// When.
    pub issued_at: Moment,
    /// The content: any JSON value.
    pub payload: &'a Value,
}

/// Why a document could not be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The payload has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The scope is none, or kind or issuer are empty.
    #[error("a sealed document needs a kind, an issuer and a scope")]
    Incomplete,
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignFault),
}

/// A sealed document: taken apart by [`read`], trusted only as [`verify`] gives it back.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// What kind of document it is.
    pub kind: String,
    /// Who issued it.
    pub issuer: String,
    /// Under which scope.
    pub scope: String,
    /// When, as the issuer says.
    pub issued_at: Moment,
    /// The key that sealed it.
    pub key: KeyId,
    /// The content.
    pub payload: Value,
}

/// What the reader asks for.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The kind of document expected.
    pub kind: &'a str,
    /// The reader's time.
    pub now: Moment,
    /// The time of a checkpoint that proves the document was in the log by then: what makes an old document of a revoked
    /// key believable.
    pub logged_at: Option<Moment>,
}

/// Seals a document; gives its text.
pub fn seal(draft: &Draft<'_>, signer: &dyn Signer) -> Result<String, SealError> {
    if draft.kind.is_empty() || draft.issuer.is_empty() || !is_scope(draft.scope) {
        return Err(SealError::Incomplete);
    }
    let public = signer.public();
    let mut document = Map::new();
    let mut put = |key: &str, value: Value| document.insert(key.to_owned(), value);
    put("alg", public.algorithm().name().into());
    put("iat", draft.issued_at.to_string().into());
    put("iss", draft.issuer.into());
    put("kid", public.id().to_string().into());
    put("payload", draft.payload.clone());
    put("scope", draft.scope.into());
    put("typ", draft.kind.into());
    let mut document = Value::Object(document);
    let signature = signer.sign(signed_text(&document)?.as_bytes())?;
    document["sig"] = STANDARD.encode(signature).into();
    Ok(canonical_value(&document)?)
}

fn signed_text(document: &Value) -> Result<String, CanonicalError> {
    Ok(format!("{LABEL}{}", canonical_value(document)?))
}

/// Checks a sealed document against a trust list. The order of the checks: form, key, signature, then what the key may do.
pub fn verify(text: &[u8], trust: &TrustList, question: &Question<'_>) -> Result<Sealed, Refusal> {
    let parts = Parts::read(text)?;
    let entry = trust.entry(&parts.sealed.key).ok_or_else(|| Refusal::UnknownKey(parts.sealed.key.clone()))?;
    parts.check_algorithm(entry)?;
    if !trust.setting().admits(entry.key.name()) {
        return Err(Refusal::DemonstrationKey(parts.sealed.key));
    }
    entry.key.verify(parts.signed.as_bytes(), &parts.signature).map_err(Refusal::Signature)?;
    let sealed = parts.sealed;
    if sealed.kind != question.kind {
        return Err(Refusal::OtherKind { expected: question.kind.to_owned(), got: sealed.kind });
    }
    check_authority(&sealed, entry)?;
    check_time(sealed.issued_at, entry, question)?;
    Ok(sealed)
}

/// Takes a sealed document apart without believing it.
pub fn read(text: &[u8]) -> Result<Sealed, Refusal> {
    Parts::read(text).map(|parts| parts.sealed)
}

fn check_authority(sealed: &Sealed, entry: &Entry) -> Result<(), Refusal> {
    if sealed.issuer != entry.issuer {
        return Err(Refusal::OtherIssuer { key_of: entry.issuer.clone(), says: sealed.issuer.clone() });
    }
    if entry.covers(&sealed.scope) { Ok(()) } else { Err(Refusal::OutOfScope(sealed.scope.clone())) }
}

/// Whether a key could sign at the time `issued`, and that time has come.
pub(crate) fn check_time(issued: Moment, entry: &Entry, question: &Question<'_>) -> Result<(), Refusal> {
    if issued > question.now.plus_ms(CLOCK_SKEW_MS) {
        return Err(Refusal::NotYetValid(issued));
    }
    if issued < entry.valid_from {
        return Err(Refusal::KeyNotYetValid(entry.valid_from));
    }
    if issued >= entry.valid_to {
        return Err(Refusal::KeyExpired(entry.valid_to));
    }
    let proven_before = |cut: Moment| question.logged_at.is_some_and(|logged| logged < cut);
    match entry.revoked_at {
        Some(cut) if !proven_before(cut) => Err(Refusal::KeyRevoked(cut)),
        _ => Ok(()),
    }
}

/// A document taken apart.
struct Parts {
    sealed: Sealed,
    algorithm: String,
    signature: Vec<u8>,
    /// The bytes the signature is over.
    signed: String,
}

impl Parts {
    fn read(text: &[u8]) -> Result<Self, Refusal> {
        let Value::Object(mut document) = read_canonical(text)? else { return Err(Refusal::Shape("document")) };
        let signature = take_text(&mut document, "sig")?;
        let signature = STANDARD.decode(signature).map_err(|_| Refusal::SignatureText)?;
        let mut rest = document.clone();
        let signed = signed_text(&Value::Object(document))?;
        let algorithm = take_text(&mut rest, "alg")?;
        let key = take_text(&mut rest, "kid")?.parse().map_err(|_| Refusal::KeyId)?;
        let issued_at: Moment = read_time(&take_text(&mut rest, "iat")?)?;
        let (issuer, scope) = (take_text(&mut rest, "iss")?, take_text(&mut rest, "scope")?);
        let kind = take_text(&mut rest, "typ")?;
        let payload = rest.remove("payload").ok_or(Refusal::Shape("payload"))?;
        if !rest.is_empty() {
            return Err(Refusal::Shape("unknown member"));
        }
        Ok(Self { sealed: Sealed { kind, issuer, scope, issued_at, key, payload }, algorithm, signature, signed })
    }

    fn check_algorithm(&self, entry: &Entry) -> Result<(), Refusal> {
        let says = Algorithm::from_name(&self.algorithm);
        let says = says.ok_or_else(|| Refusal::UnknownAlgorithm(self.algorithm.chars().take(40).collect()))?;
        let of_key = entry.key.algorithm();
        if says == of_key { Ok(()) } else { Err(Refusal::OtherAlgorithm { of_key, says }) }
    }
}

fn take_text(document: &mut Map<String, Value>, member: &'static str) -> Result<String, Refusal> {
    match document.remove(member) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(Refusal::Shape(member)),
    }
}

/// Only the spelling we write: UTC with milliseconds. Two texts for one moment would be two documents.
fn read_time(text: &str) -> Result<Moment, Refusal> {
    let moment: Moment = text.parse().map_err(|_| Refusal::Shape("iat"))?;
    if moment.to_string() == text { Ok(moment) } else { Err(Refusal::Shape("iat")) }
}

#[cfg(test)]
mod tests;
