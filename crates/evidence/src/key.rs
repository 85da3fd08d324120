//! Keys and signatures: Ed25519, SM2 with SM3, ECDSA P-256, behind one type, so that the algorithm is a property of the
//! key and never of the message.
//!
//! A key has a name (C2SP signed-note: a schema-less URL such as `log.gx.gov.cn/450000`) and an id that binds the name,
//! the algorithm and the public key. Signatures are always 64 bytes: `R ‖ S` for Ed25519 (RFC 8032), `r ‖ s`, each 32
//! bytes big-endian with its leading zeroes, for the other two; DER is refused.

mod at_rest;
mod fault;
mod public;
mod secret;

pub use at_rest::{Cost, KeyFileError, key_file_public, open_key, seal_key};
pub use fault::SignatureFault;
pub use public::{KeyId, PublicKey};
pub use secret::{KeyPair, SignFault, Signer};

/// A signature of any of the three algorithms: 64 bytes. Two different signatures of one message may both be good, so a
/// signature is never an identity.
pub type Signature = [u8; 64];

/// The identity every SM2 signature of the house is made and checked with: the default of GB/T 35276. (OpenSSL's command
/// line uses an empty one unless told otherwise.)
pub const SM2_IDENTITY: &str = "1234567812345678";

/// The signature algorithms.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032): the signature every C2SP reader knows.
    Ed25519,
    /// SM2 with SM3 (GB/T 32918.2, GB/T 32905) and the identity [`SM2_IDENTITY`].
    Sm2,
    /// ECDSA on NIST P-256 with SHA-256 (FIPS 186-5): what browsers verify without our help.
    P256,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ed25519, Self::Sm2, Self::P256];

    /// The name in documents and key files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Sm2 => "sm2-sm3",
            Self::P256 => "ecdsa-p256-sha256",
        }
    }

    /// Reads the name back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The signature type of C2SP signed-note: Ed25519 has a byte of its own, the others take 0xff and a name that ends
    /// with a newline, so that no name is the beginning of another.
    const fn note_type(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => b"\x01",
            Self::Sm2 => b"\xffbudayang/sm2-sm3@v1\n",
            Self::P256 => b"\xffbudayang/ecdsa-p256-sha256@v1\n",
        }
    }

    /// Bytes of a public key: 32 for Ed25519, an uncompressed point of 65 for the others.
    const fn public_len(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::Sm2 | Self::P256 => 65,
        }
    }
}

/// Where keys are used. Production refuses the keys and origins of the demonstration world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setting {
    /// A real office.
    Production,
    /// The marked demonstration.
    Demonstration,
}

impl Setting {
    /// Whether a key or origin of this name may be trusted here.
    pub fn admits(self, name: &str) -> bool {
        self == Self::Demonstration || !is_demonstration(name)
    }
}

/// Whether a key name or origin belongs to a demonstration: one of its parts (between `/` and `.`) is `demonstration`.
/// The name goes into the key id and under the checkpoint's signature, so the mark cannot be taken off.
pub fn is_demonstration(name: &str) -> bool {
    name.split(['/', '.']).any(|part| part.eq_ignore_ascii_case("demonstration"))
}

/// The name or the bytes are no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A name is 1 to 200 bytes without white space, control characters, `+`, or empty, `.` and `..` parts.
    #[error("not a name for a key: {0:?}")]
    Name(String),
    /// Not as many bytes as the algorithm's keys have.
    #[error("a {} key has {expected} bytes, not {got}", algorithm.name())]
    Length {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// Bytes such a key has.
        expected: usize,
        /// Bytes given.
        got: usize,
    },
    /// The point at infinity, or an Ed25519 point of small order: everyone knows its secret.
    #[error("the public key is a point that proves nothing")]
    Infinity,
    /// Not a point of the curve.
    #[error("the public key is not a point of the {} curve", .0.name())]
    NotOnCurve(Algorithm),
    /// Zero, or not below the order of the group.
    #[error("the secret key is outside the range of {} keys", .0.name())]
    SecretOutOfRange(Algorithm),
    /// The text is not `name+id+base64`, or names an unknown algorithm.
    #[error("not a public key text")]
    Text,
    /// The id in the text is not the id of the key in it.
    #[error("the key id does not belong to this key and name")]
    IdMismatch,
}

/// Whether `name` may name a key or a log.
pub fn check_name(name: &str) -> Result<(), KeyError> {
    let characters = name.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '+');
    let parts = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if characters && parts && name.len() <= 200 { Ok(()) } else { Err(KeyError::Name(name.chars().take(80).collect())) }
}

#[cfg(test)]
mod tests;
