//! Keys at rest: a short text file, the secret in it encrypted under a passphrase.
//!
//! ```text
//! budayang-key v1
//! public: log.gx.gov.cn/450000+0a1b2c3d+AQIDBA…
//! kdf: argon2id m=65536 t=3 p=1
//! salt: 32 bytes in base64
//! proof: 32 bytes in base64
//! nonce: 24 bytes in base64
//! secret: 48 bytes in base64
//! sum: SHA-256 of the lines above, in hexadecimal
//! ```
//! Argon2id (RFC 9106) makes 64 bytes from passphrase and salt: 32 encrypt (XChaCha20-Poly1305, the lines above `secret`
//! bound to it), 32 are hashed into `proof`. So a wrong passphrase, a damaged file and a file altered on purpose are three
//! different things to tell a person at three in the morning: a typing error fails at `proof`, damage at `sum`, and a file
//! altered by someone who mended the sum fails at the authenticated encryption.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use kernel::Entropy;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{KeyPair, PublicKey, Signer as _};

/// What a guess at the passphrase costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cost {
    /// Memory in KiB, 8 to 1,048,576.
    pub memory_kib: u32,
    /// Passes over that memory, 1 to 16.
    pub passes: u32,
}

impl Cost {
    /// The second recommended choice of RFC 9106: 64 MiB, three passes; about a tenth of a second.
    pub const STANDARD: Self = Self { memory_kib: 65_536, passes: 3 };
    /// For tests: as little as Argon2 allows.
    pub const LIGHT: Self = Self { memory_kib: 8, passes: 1 };

    fn is_bearable(self) -> bool {
        (8..=1_048_576).contains(&self.memory_kib) && (1..=16).contains(&self.passes)
    }
}

/// Why a key file cannot be written or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// The passphrase is shorter than eight characters.
    #[error("a passphrase needs at least eight characters")]
    PassphraseTooShort,
    /// The passphrase is not the one the file was made with.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The file was changed since it was written.
    #[error("the key file was altered after it was written; take it from a backup")]
    Altered,
    /// Not a key file, or not whole.
    #[error("not a key file (line {line})")]
    Format {
        /// The first line that is not as it should be, counted from 1.
        line: usize,
    },
    /// A key file of a later program.
    #[error("the key file has version {0:?}; this program reads v1")]
    Version(String),
    /// The file asks for more memory or time than any honest one.
    #[error("the key file asks for an unreasonable key derivation")]
    Cost,
}

const MAGIC: &str = "budayang-key ";
const VERSION: &str = "v1";
const PROOF_LABEL: &[u8] = b"budayang key file passphrase proof v1\n";

/// Writes the key as a text file, encrypted under `passphrase` (eight characters at least).
pub fn seal_key(key: &KeyPair, passphrase: &str, cost: Cost, entropy: &dyn Entropy) -> Result<String, KeyFileError> {
    if passphrase.chars().count() < 8 {
        return Err(KeyFileError::PassphraseTooShort);
    }
    let (mut salt, mut nonce) = ([0; 32], [0; 24]);
    entropy.fill(&mut salt);
    entropy.fill(&mut nonce);
    let derived = derive(passphrase, &salt, cost)?;
    let proof = STANDARD.encode(passphrase_proof(&derived));
    let (salt, shown_nonce) = (STANDARD.encode(salt), STANDARD.encode(nonce));
    let mut text = format!(
        "{MAGIC}{VERSION}\npublic: {}\nkdf: argon2id m={} t={} p=1\nsalt: {salt}\nproof: {proof}\nnonce: {shown_nonce}\n",
        key.public(),
        cost.memory_kib,
        cost.passes,
    );
    let secret = key.secret_bytes();
    let payload = Payload { msg: &*secret, aad: text.as_bytes() };
    let sealed = cipher(&derived).encrypt(&nonce.into(), payload).map_err(|_| KeyFileError::Cost)?;
    text.push_str(&format!("secret: {}\n", STANDARD.encode(sealed)));
    text.push_str(&format!("sum: {}\n", hex::encode(Sha256::digest(&text))));
    Ok(text)
}

/// Opens a key file. Which key it is can be read without the passphrase: [`key_file_public`].
pub fn open_key(text: &str, passphrase: &str) -> Result<KeyPair, KeyFileError> {
    let file = KeyFile::read(text)?;
    let derived = derive(passphrase, &file.salt, file.cost)?;
    if !bool::from(passphrase_proof(&derived).ct_eq(&file.proof)) {
        return Err(KeyFileError::WrongPassphrase);
    }
    let payload = Payload { msg: &file.sealed, aad: file.bound.as_bytes() };
    let secret = cipher(&derived).decrypt(&file.nonce.into(), payload).map_err(|_| KeyFileError::Altered)?;
    let secret = Zeroizing::new(secret);
    let bytes: &[u8; 32] = secret.as_slice().try_into().map_err(|_| KeyFileError::Altered)?;
    let key = KeyPair::from_secret(file.public.algorithm(), file.public.name(), bytes);
    key.ok().filter(|key| *key.public() == file.public).ok_or(KeyFileError::Altered)
}

/// The public key a key file says it holds. Unproven until the file is opened.
pub fn key_file_public(text: &str) -> Result<PublicKey, KeyFileError> {
    Ok(KeyFile::read(text)?.public)
}

fn derive(passphrase: &str, salt: &[u8], cost: Cost) -> Result<Zeroizing<[u8; 64]>, KeyFileError> {
    if !cost.is_bearable() {
        return Err(KeyFileError::Cost);
    }
    let params = argon2::Params::new(cost.memory_kib, cost.passes, 1, Some(64)).map_err(|_| KeyFileError::Cost)?;
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut derived = Zeroizing::new([0; 64]);
    argon.hash_password_into(passphrase.as_bytes(), salt, &mut *derived).map_err(|_| KeyFileError::Cost)?;
    Ok(derived)
}

fn cipher(derived: &[u8; 64]) -> XChaCha20Poly1305 {
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&derived[..32]);
    XChaCha20Poly1305::new((&*key).into())
}

fn passphrase_proof(derived: &[u8; 64]) -> [u8; 32] {
    Sha256::new().chain_update(PROOF_LABEL).chain_update(&derived[32..]).finalize().into()
}

struct KeyFile<'a> {
    public: PublicKey,
    cost: Cost,
    salt: [u8; 32],
    proof: [u8; 32],
    nonce: [u8; 24],
    sealed: [u8; 48],
    /// The lines the encryption is bound to.
    bound: &'a str,
}

impl<'a> KeyFile<'a> {
    fn read(text: &'a str) -> Result<Self, KeyFileError> {
        let mut lines = Lines { text, at: 0, number: 0 };
        let version = lines.field(MAGIC)?;
        if version != VERSION {
            return Err(KeyFileError::Version(version.chars().take(20).collect()));
        }
        // The sum first: whatever else looks odd in a damaged file, the damage is what to tell.
        let body = text.rfind("sum: ").ok_or(KeyFileError::Format { line: text.lines().count() })?;
        let sum = format!("sum: {}\n", hex::encode(Sha256::digest(&text[..body])));
        if text[body..] != sum {
            return Err(KeyFileError::Altered);
        }
        let public = lines.parsed("public: ", |text| text.parse().ok())?;
        let cost = lines.parsed("kdf: ", read_cost)?;
        let salt = lines.parsed("salt: ", read_base64)?;
        let proof = lines.parsed("proof: ", read_base64)?;
        let nonce = lines.parsed("nonce: ", read_base64)?;
        let bound = &text[..lines.at];
        let sealed = lines.parsed("secret: ", read_base64)?;
        if lines.at != body {
            return Err(KeyFileError::Format { line: lines.number + 1 });
        }
        Ok(Self { public, cost, salt, proof, nonce, sealed, bound })
    }
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    fn field(&mut self, name: &str) -> Result<&'a str, KeyFileError> {
        self.number += 1;
        let rest = &self.text[self.at..];
        let (line, _) = rest.split_once('\n').ok_or(KeyFileError::Format { line: self.number })?;
        self.at += line.len() + 1;
        line.strip_prefix(name).ok_or(KeyFileError::Format { line: self.number })
    }

    fn parsed<T>(&mut self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, KeyFileError> {
        let value = self.field(name)?;
        read(value).ok_or(KeyFileError::Format { line: self.number })
    }
}

fn read_cost(text: &str) -> Option<Cost> {
    let rest = text.strip_prefix("argon2id m=")?.strip_suffix(" p=1")?;
    let (memory, passes) = rest.split_once(" t=")?;
    let cost = Cost { memory_kib: memory.parse().ok()?, passes: passes.parse().ok()? };
    (format!("argon2id m={} t={} p=1", cost.memory_kib, cost.passes) == text).then_some(cost)
}

fn read_base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}
