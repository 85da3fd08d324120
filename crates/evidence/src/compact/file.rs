//! The file of a licence: canonical JSON around the signed core, with the details that do not fit a QR code.
//!
//! ```json
//! {"core":"base64","details":{…},"typ":"budayang/licence@v2"}
//! ```
//! (in one line). The core holds the first half of the details' hash, so they cannot be exchanged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::Fault;
use crate::canonical::{CanonicalError, canonical_value, read_canonical};

/// What the file says it is.
const KIND: &str = "budayang/licence@v2";
/// Stands before the details where they are hashed.
const LABEL: &str = "budayang/licence-details@v1\n";

/// A licence's file taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The core with its signature.
    pub signed: Vec<u8>,
    /// The details: an object.
    pub details: Value,
}

/// The first 16 bytes of SHA-256 over a label and the canonical details. Half a hash is enough against a second text for
/// the same core; the salt in the details, which the issuer draws, leaves nobody a choice of both.
pub fn details_hash(details: &Value) -> Result<[u8; 16], CanonicalError> {
    let hash = Sha256::new().chain_update(LABEL).chain_update(canonical_value(details)?).finalize();
    let hash: [u8; 32] = hash.into();
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    Ok(half)
}

impl File {
    /// The text of the file.
    pub fn to_text(&self) -> Result<String, CanonicalError> {
        let mut file = Map::new();
        file.insert("core".to_owned(), STANDARD.encode(&self.signed).into());
        file.insert("details".to_owned(), self.details.clone());
        file.insert("typ".to_owned(), KIND.into());
        canonical_value(&Value::Object(file))
    }

    /// Reads the text of a file, in that one spelling; believes nothing.
    pub fn read(text: &[u8]) -> Result<Self, Fault> {
        let Value::Object(mut file) = read_canonical(text)? else { return Err(Fault::Member("file")) };
        if file.remove("typ") != Some(KIND.into()) {
            return Err(Fault::Member("typ"));
        }
        let Some(Value::String(signed)) = file.remove("core") else { return Err(Fault::Member("core")) };
        let signed = STANDARD.decode(signed).map_err(|_| Fault::Member("core"))?;
        let details = file.remove("details").filter(Value::is_object).ok_or(Fault::Member("details"))?;
        if file.is_empty() { Ok(Self { signed, details }) } else { Err(Fault::Member("unknown")) }
    }

    /// Whether the details are those `vouched` for by the core.
    pub fn check_details(&self, vouched: Option<[u8; 16]>) -> Result<(), Fault> {
        check_details(&self.details, vouched)
    }
}

/// Whether these details are those `vouched` for by a core.
///
/// # Errors
/// [`Fault::Details`] where they are not.
pub fn check_details(details: &Value, vouched: Option<[u8; 16]>) -> Result<(), Fault> {
    if vouched == Some(details_hash(details)?) { Ok(()) } else { Err(Fault::Details) }
}
