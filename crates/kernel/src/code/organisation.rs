//! GB 11714: the nine-character organisation code, today mostly met inside the unified social credit code.

use serde::{Deserialize, Serialize};

use super::check::gb_11714;
use super::{CodeError, CodeKind, Reason, shaped, spelled};

/// An organisation code: eight digits or capital letters and a check character (0 to 9, X), without the dash that is
/// printed before the last.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationCode(String);

spelled!(OrganisationCode, CodeKind::Organisation);

impl OrganisationCode {
    /// The code whose first eight characters are `body`.
    pub fn generate(body: &str) -> Result<Self, CodeError> {
        let bytes = shaped(CodeKind::Organisation, body, 8, |_, byte| letter_or_digit(byte))?;
        Ok(Self(format!("{body}{}", gb_11714(bytes))))
    }

    /// Reads the one right spelling.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let fits = |index, byte: u8| if index < 8 { letter_or_digit(byte) } else { matches!(byte, b'0'..=b'9' | b'X') };
        let bytes = shaped(CodeKind::Organisation, text, 9, fits)?;
        let (found, expected) = (char::from(bytes[8]), gb_11714(&bytes[..8]));
        if found != expected {
            return Err(CodeKind::Organisation.error(Reason::CheckDigit { found, expected }));
        }
        Ok(Self(text.to_owned()))
    }

    /// The code inside a unified social credit code, which was checked when that was read.
    pub(super) fn checked(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The printed form, with the dash before the check character.
    pub fn printed(&self) -> String {
        format!("{}-{}", &self.0[..8], &self.0[8..])
    }
}

const fn letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase()
}
