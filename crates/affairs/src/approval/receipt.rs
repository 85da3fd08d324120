//! The receipt's secret: with the case number it opens the progress of one case without sign-in, and only its status.
//!
//! It is derived from the case and a key of the office, so that it is nowhere stored and a repeated request gets the
//! same one.

use hmac::{Hmac, KeyInit, Mac};
use kernel::Id;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Letters that are not misread when copied by hand: no 0 1 I L O U.
const LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Twelve of thirty letters: 58 bits, and every wrong guess is counted.
const LENGTH: usize = 12;

/// The key from which receipt secrets are derived; one per office, kept with the signing keys.
#[derive(Clone)]
pub struct ReceiptKey([u8; 32]);

impl std::fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReceiptKey(not shown)")
    }
}

impl ReceiptKey {
    /// A key from its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret of a case, in three groups: `K7MQ-29XF-WTRA`.
    pub fn secret(&self, case: Id) -> String {
        // HMAC takes keys of any length: this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(b"budayang/receipt@v1\n");
        mac.update(case.to_string().as_bytes());
        let digest = mac.finalize().into_bytes();
        let letters: String = digest.iter().take(LENGTH).map(|b| char::from(LETTERS[usize::from(*b) % 30])).collect();
        [&letters[..4], &letters[4..8], &letters[8..]].join("-")
    }

    /// Whether somebody typed the secret of this case; spaces, dashes and case do not matter.
    pub fn opens(&self, case: Id, typed: &str) -> bool {
        let plain = |text: &str| text.to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        plain(&self.secret(case)).as_bytes().ct_eq(plain(typed).as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use kernel::{FixedClock, SeededEntropy};

    use super::*;

    #[test]
    fn the_secret_is_the_cases_own_and_forgives_spelling() {
        let key = ReceiptKey::from_bytes([7; 32]);
        let (clock, chance) = (FixedClock::default(), SeededEntropy::new(3));
        let (one, two) = (Id::new(&clock, &chance), Id::new(&clock, &chance));
        let secret = key.secret(one);
        assert_eq!(secret.len(), 14);
        assert!(key.opens(one, &secret) && key.opens(one, &secret.to_lowercase().replace('-', " ")));
        assert!(!key.opens(two, &secret) && !key.opens(one, "") && !key.opens(one, &secret[1..]));
        assert!(!ReceiptKey::from_bytes([8; 32]).opens(one, &secret));
    }
}
