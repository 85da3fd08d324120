//! Public keys: a name, an algorithm, a point, and the one text they are written in.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::Verifier as _;
use sha2::{Digest as _, Sha256};

use super::fault::{check_shape, looks_like_der};
use super::{Algorithm, KeyError, SM2_IDENTITY, SignatureFault, check_name, is_demonstration};

/// Names a key: its name and the first four bytes of SHA-256 over name, newline, signature type and public key (C2SP
/// signed-note). Written `name+0a1b2c3d`. An identifier, not a proof: whoever holds only an id holds no key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    name: String,
    hash: u32,
}

impl KeyId {
    /// The id with this name and number, as a signature line carries it.
    pub fn new(name: &str, hash: u32) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), hash })
    }

    /// An id in somebody else's signature line, by C2SP's wider rule for names: any length, any parts.
    pub(crate) fn foreign(name: &str, hash: u32) -> Result<Self, KeyError> {
        let bad = name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
        if bad {
            Err(KeyError::Name(name.chars().take(80).collect()))
        } else {
            Ok(Self { name: name.to_owned(), hash })
        }
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number in signature lines.
    pub const fn hash(&self) -> u32 {
        self.hash
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}", self.name, self.hash)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl FromStr for KeyId {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, hash) = text.split_once('+').ok_or(KeyError::Text)?;
        let id = Self::new(name, u32::from_str_radix(hash, 16).map_err(|_| KeyError::Text)?)?;
        if id.to_string() == text { Ok(id) } else { Err(KeyError::Text) }
    }
}

#[derive(Clone)]
enum Point {
    Ed25519(ed25519_dalek::VerifyingKey),
    Sm2(Box<sm2::dsa::VerifyingKey>),
    P256(Box<p256::ecdsa::VerifyingKey>),
}

/// A public key with its name. Its text, `name+0a1b2c3d+base64`, is the verifier key of Go's note package.
#[derive(Clone)]
pub struct PublicKey {
    id: KeyId,
    bytes: Vec<u8>,
    point: Point,
}

impl PublicKey {
    /// The key `bytes` (32 bytes for Ed25519, an uncompressed point of 65 for the others) under `name`.
    pub fn new(name: &str, algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        check_name(name)?;
        let point = read_point(algorithm, bytes)?;
        let hash = key_hash(name, algorithm, bytes);
        Ok(Self { id: KeyId { name: name.to_owned(), hash }, bytes: bytes.to_vec(), point })
    }

    /// Its id.
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.id.name()
    }

    /// Its algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        match self.point {
            Point::Ed25519(_) => Algorithm::Ed25519,
            Point::Sm2(_) => Algorithm::Sm2,
            Point::P256(_) => Algorithm::P256,
        }
    }

    /// The encoded key: 32 bytes for Ed25519, an uncompressed point of 65 for the others.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it belongs to a demonstration, which production must refuse.
    pub fn is_demonstration(&self) -> bool {
        is_demonstration(self.name())
    }

    /// Checks a signature over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureFault> {
        let shaped = check_shape(self.algorithm(), signature)?;
        let good = match &self.point {
            // The strict check of dalek: no small-order points, so every verifier in the world answers the same.
            Point::Ed25519(key) => key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&shaped)).is_ok(),
            Point::Sm2(key) => {
                sm2::dsa::Signature::from_slice(&shaped).is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            Point::P256(key) => p256::ecdsa::Signature::from_slice(&shaped)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        };
        match good {
            true => Ok(()),
            false if looks_like_der(signature) => Err(SignatureFault::Der),
            false => Err(SignatureFault::Mismatch),
        }
    }
}

fn key_hash(name: &str, algorithm: Algorithm, bytes: &[u8]) -> u32 {
    let hash = Sha256::new().chain_update(name).chain_update("\n").chain_update(algorithm.note_type());
    let hash: [u8; 32] = hash.chain_update(bytes).finalize().into();
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

fn read_point(algorithm: Algorithm, bytes: &[u8]) -> Result<Point, KeyError> {
    // The point at infinity is one zero byte in SEC 1, and all zeroes where it was forced into 65.
    if algorithm != Algorithm::Ed25519 && !bytes.is_empty() && bytes.iter().all(|byte| *byte == 0) {
        return Err(KeyError::Infinity);
    }
    let expected = algorithm.public_len();
    if bytes.len() != expected {
        return Err(KeyError::Length { algorithm, expected, got: bytes.len() });
    }
    let off_curve = KeyError::NotOnCurve(algorithm);
    match algorithm {
        Algorithm::Ed25519 => read_ed25519(bytes),
        _ if bytes[0] != 4 => Err(off_curve),
        Algorithm::Sm2 => sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_IDENTITY, bytes)
            .map_or(Err(off_curve), |key| Ok(Point::Sm2(Box::new(key)))),
        Algorithm::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes)
            .map_or(Err(off_curve), |key| Ok(Point::P256(Box::new(key)))),
    }
}

fn read_ed25519(bytes: &[u8]) -> Result<Point, KeyError> {
    let off_curve = KeyError::NotOnCurve(Algorithm::Ed25519);
    let bytes: &[u8; 32] = bytes.try_into().map_err(|_| off_curve.clone())?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| off_curve)?;
    if key.is_weak() { Err(KeyError::Infinity) } else { Ok(Point::Ed25519(key)) }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed = [self.algorithm().note_type(), &self.bytes].concat();
        write!(f, "{}+{}", self.id, STANDARD.encode(typed))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (id, typed) = text.rsplit_once('+').ok_or(KeyError::Text)?;
        // Base64 has a plus sign of its own: split after the id, which has exactly one.
        let (id, typed) = match text.match_indices('+').nth(1) {
            Some((at, _)) => (&text[..at], &text[at + 1..]),
            None => (id, typed),
        };
        let id: KeyId = id.parse()?;
        let typed = STANDARD.decode(typed).map_err(|_| KeyError::Text)?;
        let known = |algorithm: &Algorithm| typed.starts_with(algorithm.note_type());
        let algorithm = Algorithm::ALL.into_iter().find(known).ok_or(KeyError::Text)?;
        let key = Self::new(id.name(), algorithm, &typed[algorithm.note_type().len()..])?;
        if key.id == id { Ok(key) } else { Err(KeyError::IdMismatch) }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm() == other.algorithm() && self.name() == other.name() && self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}
