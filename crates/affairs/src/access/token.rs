//! Secrets that are carried, not remembered: session cookies and single-use links. The database holds only their SHA-256,
//! so whoever reads it can open nothing; 256 random bits need no salt.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Entropy;
use sha2::{Digest, Sha256};

/// A secret of 256 random bits: 43 characters that a link or a cookie carries. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// A new secret.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a secret from a link or a cookie; anything but 43 characters of unpadded base64url is none.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The secret itself: for the link or the cookie, never for a log.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the database keeps.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SeededEntropy;

    #[test]
    fn a_token_reads_back_and_hides_itself() {
        let token = Token::new(&SeededEntropy::new(7));
        assert_eq!(token.reveal().len(), 43);
        assert_eq!(Token::parse(&token.reveal()), Some(token.clone()));
        assert_ne!(token.hash(), token.0.to_vec());
        assert!(!format!("{token:?}").contains(&token.reveal()));
        for text in ["", "x", "not base64!", &token.reveal()[..42], &format!("{}=", token.reveal())] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }
}
