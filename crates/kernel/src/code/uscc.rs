//! GB 32100-2015: the unified social credit code of every organisation, with the organisation code inside.
//!
//! Strict by default. Some codes that registries really issued fail the check of their own standard (early pilots in
//! Fujian): such a code is a [`RegisteredUscc`], accepted only when the organisation code inside does check and with a
//! record of the registry, the reason, the officer and the time.

use serde::{Deserialize, Serialize};

use super::check::{ALPHABET_31, gb_11714, mod_31};
use super::{CodeError, CodeKind, OrganisationCode, Reason, shaped, spelled};
use crate::Moment;

/// A unified social credit code: registering department, class, six-digit division, organisation code, check.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uscc(String);

spelled!(Uscc, CodeKind::Uscc);

impl Uscc {
    /// The code of an organisation: `head` is department, class and division (8 characters, like `91450100`).
    pub fn generate(head: &str, organisation: &OrganisationCode) -> Result<Self, CodeError> {
        shaped(CodeKind::Uscc, head, 8, allowed)?;
        let body = format!("{head}{organisation}");
        let bytes = shaped(CodeKind::Uscc, &body, 17, allowed)?;
        // Every byte was just found in the alphabet, so there is a check character.
        let check = mod_31(bytes).unwrap_or_default();
        Self::parse(&format!("{body}{check}"))
    }

    /// Reads the one right spelling.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let (inside, own) = checks(text)?;
        match (inside, own) {
            (None, None) => Ok(Self(text.to_owned())),
            (None, Some((found, expected))) => Err(CodeKind::Uscc.error(Reason::CheckDigitAlone { found, expected })),
            // Both fail: one slip inside the organisation code breaks both, so say the wider thing.
            (Some(_), Some((found, expected))) => Err(CodeKind::Uscc.error(Reason::CheckDigit { found, expected })),
            (Some((found, expected)), None) => Err(CodeKind::Uscc.error(Reason::OrganisationCheck { found, expected })),
        }
    }

    /// The registering department: `9` for market regulation.
    pub fn registrar(&self) -> char {
        char::from(self.0.as_bytes()[0])
    }

    /// The class of organisation within the department.
    pub fn class(&self) -> char {
        char::from(self.0.as_bytes()[1])
    }

    /// The six-digit division of the registry, as it was at registration.
    pub fn division(&self) -> &str {
        &self.0[2..8]
    }

    /// The organisation code inside.
    pub fn organisation(&self) -> OrganisationCode {
        OrganisationCode::checked(&self.0[8..17])
    }
}

/// A check that failed: the character found and the one expected.
type Failed = Option<(char, char)>;

/// The check of the organisation code inside and the code's own check.
fn checks(text: &str) -> Result<(Failed, Failed), CodeError> {
    let bytes = shaped(CodeKind::Uscc, text, 18, allowed)?;
    let failed = |found: char, expected: char| (found != expected).then_some((found, expected));
    let inside = failed(char::from(bytes[16]), gb_11714(&bytes[8..16]));
    let own = failed(char::from(bytes[17]), mod_31(&bytes[..17]).unwrap_or_default());
    match (bytes[0], bytes[1]) {
        (b'1'..=b'9' | b'A' | b'N' | b'Y', b'1'..=b'9') => Ok((inside, own)),
        (b'1'..=b'9' | b'A' | b'N' | b'Y', class) => {
            Err(CodeKind::Uscc.error(Reason::Class { found: char::from(class) }))
        }
        (registrar, _) => Err(CodeKind::Uscc.error(Reason::Registrar { found: char::from(registrar) })),
    }
}

fn allowed(index: usize, byte: u8) -> bool {
    match index {
        2..=7 => byte.is_ascii_digit(),
        _ => ALPHABET_31.contains(&byte),
    }
}

/// Why a code that fails its own check is accepted all the same.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisteredException {
    /// The registry that issued the code and holds it.
    pub registry: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// A unified social credit code as a register holds it: right by the standard, or a recorded exception.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "OnRecord", into = "OnRecord")]
pub struct RegisteredUscc {
    code: String,
    exception: Option<RegisteredException>,
}

impl RegisteredUscc {
    /// Accepts a code that a registry issued although its check character fails. The organisation code inside must
    /// check, and all four parts of the record must be there. A code that checks needs no exception and gets none.
    pub fn accept(text: &str, exception: RegisteredException) -> Result<Self, CodeError> {
        match Uscc::parse(text) {
            Ok(code) => Ok(code.into()),
            Err(CodeError { reason: Reason::CheckDigitAlone { .. }, .. }) => {
                recorded(&exception)?;
                Ok(Self { code: text.to_owned(), exception: Some(exception) })
            }
            Err(error) => Err(error),
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.code
    }

    /// The record of the exception; none for a code that checks.
    pub fn exception(&self) -> Option<&RegisteredException> {
        self.exception.as_ref()
    }
}

impl From<Uscc> for RegisteredUscc {
    fn from(code: Uscc) -> Self {
        Self { code: code.0, exception: None }
    }
}

fn recorded(exception: &RegisteredException) -> Result<(), CodeError> {
    let parts = [("registry", &exception.registry), ("reason", &exception.reason), ("by", &exception.by)];
    match parts.into_iter().find(|(_, text)| text.trim().is_empty()) {
        Some((missing, _)) => Err(CodeKind::Uscc.error(Reason::Unrecorded { missing })),
        None => Ok(()),
    }
}

/// The stored form: checked again on the way in, so that no stored row can hold what would not be accepted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnRecord {
    code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exception: Option<RegisteredException>,
}

impl TryFrom<OnRecord> for RegisteredUscc {
    type Error = CodeError;

    fn try_from(row: OnRecord) -> Result<Self, Self::Error> {
        match row.exception {
            None => Uscc::parse(&row.code).map(Self::from),
            Some(exception) => Self::accept(&row.code, exception),
        }
    }
}

impl From<RegisteredUscc> for OnRecord {
    fn from(registered: RegisteredUscc) -> Self {
        Self { code: registered.code, exception: registered.exception }
    }
}
