//! Salted commitments: what stands in the log in place of personal data.
//!
//! The log keeps SHA-256 over a random salt and the data. Whoever is shown salt and data can check that the log meant
//! them; when the salt is erased the leaf says nothing any more, and every proof over it still holds.

use std::fmt;

use kernel::Entropy;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::Hash;

/// Keeps a commitment apart from every other hash of the house.
const LABEL: &[u8] = b"budayang/commitment@v1\n";

/// 32 random bytes, a fresh set for each value. Without them a citizen id could be found by trying all of them, so they
/// are kept with the personal data and erased with it; Debug does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// A fresh salt.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// A salt as stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What to store.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Salt {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Salt {}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(not shown)")
    }
}

/// The commitment to `data`: SHA-256 over a label, the salt and the data.
pub fn commitment(salt: &Salt, data: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update(LABEL).chain_update(salt.0).chain_update(data).finalize().into())
}

/// Whether `salt` and `data` are what was committed to.
pub fn opens(committed: &Hash, salt: &Salt, data: &[u8]) -> bool {
    commitment(salt, data).0.ct_eq(&committed.0).into()
}

#[cfg(test)]
mod tests {
    use kernel::SeededEntropy;

    use super::*;

    #[test]
    fn a_commitment_opens_with_its_salt_and_data_only() {
        let entropy = SeededEntropy::new(5);
        let (salt, other) = (Salt::generate(&entropy), Salt::generate(&entropy));
        let committed = commitment(&salt, "覃䶮".as_bytes());
        assert!(opens(&committed, &salt, "覃䶮".as_bytes()));
        assert!(!opens(&committed, &other, "覃䶮".as_bytes()));
        assert!(!opens(&committed, &salt, "覃".as_bytes()));
        assert_eq!(format!("{salt:?}"), "Salt(not shown)");
        assert_eq!(Salt::from_bytes(*salt.bytes()), salt);
    }

    #[test]
    fn a_commitment_is_no_leaf_and_no_plain_hash() {
        let salt = Salt::from_bytes([0; 32]);
        assert_ne!(commitment(&salt, b"x"), crate::tree::leaf_hash(b"x"));
        // The label is part of the promise to readers: this value must never change.
        assert_eq!(commitment(&salt, b"").0, <[u8; 32]>::from(Sha256::digest([LABEL, &[0; 32]].concat())));
    }
}
