//! The one hash of the log: 32 bytes of SHA-256, with exactly one hexadecimal and one base64 spelling.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A SHA-256 hash. Shown and stored as 64 lower-case hexadecimal digits; in checkpoints and proofs as base64
/// (RFC 4648 section 4, with padding), as C2SP asks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash(pub [u8; 32]);

/// The text is no hash in its one accepted spelling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 hash: {0:?}")]
pub struct HashError(pub String);

impl Hash {
    /// The base64 spelling: 44 characters.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads the base64 spelling; unpadded, url-safe and non-zero trailing bits are refused.
    pub fn from_base64(text: &str) -> Result<Self, HashError> {
        let bytes = STANDARD.decode(text).map_err(|_| HashError(text.to_owned()))?;
        bytes.try_into().map(Self).map_err(|_| HashError(text.to_owned()))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let lower = s.len() == 64 && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let mut bytes = [0; 32];
        if !lower || hex::decode_to_slice(s, &mut bytes).is_err() {
            return Err(HashError(s.to_owned()));
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Hash {
    type Error = HashError;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self).map_err(|_| HashError(format!("{} bytes", bytes.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling_reads() {
        let hash = Hash([0xab; 32]);
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(Hash::from_base64(&hash.base64()), Ok(hash));
        let hex = hash.to_string();
        for bad in [hex.to_uppercase(), hex[1..].to_owned(), format!("{hex}00"), format!(" {hex}"), "g".repeat(64)] {
            assert!(bad.parse::<Hash>().is_err(), "{bad}");
        }
        // The last character carries four bits of data and two that must be zero.
        let loose = hash.base64().replace("s=", "t=");
        for bad in [hash.base64().replace('=', ""), loose, String::new(), "AAAA".into()] {
            assert!(Hash::from_base64(&bad).is_err(), "{bad}");
        }
    }
}
