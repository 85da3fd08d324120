//! Why a sealed document is not believed: one reason each, for people and for machines.

use kernel::Moment;

use crate::canonical::CanonicalError;
use crate::key::{Algorithm, KeyId, SignatureFault};

/// Why a sealed document is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not canonical JSON.
    #[error(transparent)]
    Form(#[from] CanonicalError),
    /// A member is missing, of another type, or unknown.
    #[error("the document is not sealed as it should be: {0}")]
    Shape(&'static str),
    /// The key id is none.
    #[error("the key id is not one")]
    KeyId,
    /// The signature is not base64.
    #[error("the signature is not base64")]
    SignatureText,
    /// No key of that id is trusted.
    #[error("the key {0} is not on the trust list")]
    UnknownKey(KeyId),
    /// The document names an algorithm nobody here knows, `none` among them.
    #[error("unknown algorithm {0:?}")]
    UnknownAlgorithm(String),
    /// The document names another algorithm than its key's.
    #[error("the document says {}, its key is for {}", says.name(), of_key.name())]
    OtherAlgorithm {
        /// The key's algorithm.
        of_key: Algorithm,
        /// What the document says.
        says: Algorithm,
    },
    /// A demonstration's key where only real ones count.
    #[error("the key {0} belongs to a demonstration")]
    DemonstrationKey(KeyId),
    /// The file out of a batch is none, or its batch does not vouch for it; the code says which.
    #[error("the batch does not vouch for the document: {0}")]
    Batch(&'static str),
    /// The signature does not hold; [`SignatureFault::Mismatch`] is a document altered after it was sealed, or never
    /// sealed by that key.
    #[error("{0}")]
    Signature(SignatureFault),
    /// A good document of another kind.
    #[error("this is a {got:?}, not a {expected:?}")]
    OtherKind {
        /// What the reader asked for.
        expected: String,
        /// What it is.
        got: String,
    },
    /// Sealed with the key of somebody else than the issuer named.
    #[error("sealed by {key_of:?} in the name of {says:?}")]
    OtherIssuer {
        /// Whose key it is.
        key_of: String,
        /// Whom the document names.
        says: String,
    },
    /// The issuer may not sign this.
    #[error("the key may not sign for {0:?}")]
    OutOfScope(String),
    /// Issued later than now.
    #[error("the document is dated {0}, which is still to come")]
    NotYetValid(Moment),
    /// Issued before its key was valid.
    #[error("the key was not valid before {0}")]
    KeyNotYetValid(Moment),
    /// Issued after its key had expired.
    #[error("the key expired at {0}")]
    KeyExpired(Moment),
    /// The key was revoked, and nothing proves the document older than that.
    #[error("the key was revoked at {0}, and the log does not prove the document older")]
    KeyRevoked(Moment),
}

impl Refusal {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form(error) => error.code(),
            Self::Shape(_) => "shape",
            Self::KeyId => "key_id",
            Self::SignatureText => "signature_text",
            Self::UnknownKey(_) => "unknown_key",
            Self::UnknownAlgorithm(_) => "unknown_algorithm",
            Self::OtherAlgorithm { .. } => "other_algorithm",
            Self::DemonstrationKey(_) => "demonstration_key",
            Self::Batch(code) => code,
            Self::Signature(fault) => fault.code(),
            Self::OtherKind { .. } => "other_kind",
            Self::OtherIssuer { .. } => "other_issuer",
            Self::OutOfScope(_) => "out_of_scope",
            Self::NotYetValid(_) => "not_yet_valid",
            Self::KeyNotYetValid(_) => "key_not_yet_valid",
            Self::KeyExpired(_) => "key_expired",
            Self::KeyRevoked(_) => "key_revoked",
        }
    }
}
