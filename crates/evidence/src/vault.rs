//! Short secrets that must lie in a database until they are told: encrypted under a key of the office that does not lie there.
//!
//! XChaCha20-Poly1305 with a nonce of its own for each secret; what the secret is for is bound to it, so that none can be put in
//! another's place. The office derives the key from its own key file, which opens by passphrase only.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use kernel::Entropy;

/// Bytes of the nonce that stands before what is locked.
const NONCE: usize = 24;

/// The key of an office for secrets at rest.
#[derive(Clone)]
pub struct Vault([u8; 32]);

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(not shown)")
    }
}

impl Vault {
    /// A key from its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Locks 32 bytes, bound to what they are for: nonce, then ciphertext with its tag (72 bytes). Nothing where the cipher fails,
    /// which it does for no message of this length.
    pub fn lock(&self, purpose: &str, secret: &[u8; 32], entropy: &dyn Entropy) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce);
        let payload = Payload { msg: secret, aad: purpose.as_bytes() };
        let sealed = self.cipher().encrypt(&nonce.into(), payload).ok()?;
        Some(nonce.into_iter().chain(sealed).collect())
    }

    /// Opens what was locked for this purpose; nothing for another purpose, another key, or altered bytes.
    pub fn open(&self, purpose: &str, locked: &[u8]) -> Option<[u8; 32]> {
        let (nonce, sealed) = locked.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        self.cipher().decrypt(&nonce.into(), payload).ok()?.try_into().ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&self.0).into())
    }
}

#[cfg(test)]
mod tests {
    use kernel::SeededEntropy;

    use super::*;

    #[test]
    fn a_secret_opens_for_its_purpose_and_key_only() {
        let (vault, secret) = (Vault::from_bytes([7; 32]), [3; 32]);
        let entropy = SeededEntropy::new(1);
        let locked = vault.lock("draw 1", &secret, &entropy).unwrap();
        assert_eq!((locked.len(), vault.open("draw 1", &locked)), (72, Some(secret)));
        assert!(!locked.windows(32).any(|part| part == secret), "it is not to be read");
        assert_ne!(vault.lock("draw 1", &secret, &entropy).unwrap(), locked, "a nonce of its own each time");
        assert_eq!(vault.open("draw 2", &locked), None);
        assert_eq!(Vault::from_bytes([8; 32]).open("draw 1", &locked), None);
        for at in 0..locked.len() {
            let mut altered = locked.clone();
            altered[at] ^= 1;
            assert_eq!(vault.open("draw 1", &altered), None, "byte {at}");
        }
        assert_eq!(vault.open("draw 1", &locked[..20]), None);
    }
}
