//! Secret keys: made from the house's entropy, wiped when dropped, never printed.

use std::fmt;

use ed25519_dalek::Signer as _;
use kernel::Entropy;
use zeroize::Zeroizing;

use super::{Algorithm, KeyError, PublicKey, SM2_IDENTITY, Signature};

/// Whatever can sign: a key in memory today, a key in a hardware module where an office has one.
pub trait Signer: Send + Sync {
    /// The public half.
    fn public(&self) -> &PublicKey;

    /// Signs `message`. A failing signer refuses evidence, not filing: the caller carries on without the grant.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignFault>;
}

/// The signer could not sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key {key} could not sign: {reason}")]
pub struct SignFault {
    /// The key's id.
    pub key: String,
    /// What the signer said. Never holds anything secret.
    pub reason: String,
}

enum Secret {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Sm2(Sm2Secret),
    P256(Box<p256::ecdsa::SigningKey>),
}

/// An SM2 key that is overwritten when dropped: the sm2 crate's own signing key is not (0.14).
struct Sm2Secret(Box<sm2::dsa::SigningKey>);

impl Drop for Sm2Secret {
    fn drop(&mut self) {
        let one = sm2::NonZeroScalar::from_uint(sm2::U256::ONE).into_option();
        if let Some(Ok(blank)) = one.map(|one| sm2::dsa::SigningKey::from_nonzero_scalar(SM2_IDENTITY, one)) {
            *self.0 = blank;
            // Keeps the compiler from leaving out a write nobody reads.
            std::hint::black_box(&self.0);
        }
    }
}

/// A secret key with its public half. Debug prints the id only; the secret is wiped when it is dropped.
pub struct KeyPair {
    secret: Secret,
    public: PublicKey,
}

impl KeyPair {
    /// A new key. `entropy` must be the operating system's for anything but tests and demonstrations.
    pub fn generate(algorithm: Algorithm, name: &str, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        loop {
            let mut secret = Zeroizing::new([0; 32]);
            entropy.fill(&mut *secret);
            match Self::from_secret(algorithm, name, &secret) {
                // One in 2^32 draws is not below the group's order: draw again.
                Err(KeyError::SecretOutOfRange(_)) => {}
                done => return done,
            }
        }
    }

    /// The key with this secret: the 32-byte seed for Ed25519, the big-endian number for the others.
    pub fn from_secret(algorithm: Algorithm, name: &str, secret: &[u8; 32]) -> Result<Self, KeyError> {
        let out_of_range = || KeyError::SecretOutOfRange(algorithm);
        let (secret, bytes) = match algorithm {
            Algorithm::Ed25519 => {
                let key = ed25519_dalek::SigningKey::from_bytes(secret);
                let bytes = key.verifying_key().to_bytes().to_vec();
                (Secret::Ed25519(Box::new(key)), bytes)
            }
            Algorithm::Sm2 => {
                // GB/T 32918 leaves out n - 1 as well: with it 1 + d has no inverse.
                let key = sm2::dsa::SigningKey::from_slice(SM2_IDENTITY, secret).map_err(|_| out_of_range())?;
                let key = Sm2Secret(Box::new(key));
                sm2_can_sign(&key.0).then_some(()).ok_or_else(out_of_range)?;
                let bytes = key.0.verifying_key().to_sec1_bytes().to_vec();
                (Secret::Sm2(key), bytes)
            }
            Algorithm::P256 => {
                let key = p256::ecdsa::SigningKey::from_slice(secret).map_err(|_| out_of_range())?;
                let bytes = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
                (Secret::P256(Box::new(key)), bytes)
            }
        };
        Ok(Self { secret, public: PublicKey::new(name, algorithm, &bytes)? })
    }

    /// The secret, to be encrypted.
    pub(super) fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(match &self.secret {
            Secret::Ed25519(key) => key.to_bytes(),
            Secret::Sm2(key) => key.0.to_bytes().into(),
            Secret::P256(key) => key.to_bytes().into(),
        })
    }
}

fn sm2_can_sign(key: &sm2::dsa::SigningKey) -> bool {
    let next = **key.as_nonzero_scalar() + sm2::Scalar::ONE;
    !bool::from(sm2::elliptic_curve::Field::is_zero(&next))
}

impl Signer for KeyPair {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignFault> {
        let fault = || SignFault { key: self.public.id().to_string(), reason: "no usable nonce".to_owned() };
        Ok(match &self.secret {
            Secret::Ed25519(key) => key.sign(message).to_bytes(),
            Secret::Sm2(key) => {
                key.0.try_sign(message).map_err(|_: sm2::dsa::signature::Error| fault())?.to_bytes().into()
            }
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message).map_err(|_| fault())?;
                signature.to_bytes().into()
            }
        })
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({}, secret not shown)", self.public.id())
    }
}
