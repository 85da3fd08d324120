//! GB/T 36904-2018: the identifier of an electronic licence.
//!
//! `1.2.156.3005.2.TYPE.ISSUER.SERIAL.VERSION.CHECK`. The check is ISO 7064 MOD 37,36 over the four middle parts
//! without their dots and without the root. Partners are known to compute it in other ways; those are refused with
//! the way named, so that somebody can mend the other side. The text of the standard was not read: lengths follow the
//! real values seen (grade C).

use serde::{Deserialize, Serialize};

use super::check::{ALPHABET_36, mod_37_36, value_36};
use super::{CheckVariant, CodeError, CodeKind, Reason, Uscc, spelled};
use crate::RegionCode;

/// The root OID of all electronic licences.
pub const LICENCE_ROOT: &str = "1.2.156.3005.2";

/// An e-licence identifier, in full, with the root and the check character.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LicenceCode(String);

spelled!(LicenceCode, CodeKind::Licence);

impl LicenceCode {
    /// The identifier of a licence: `kind` is the type code (the unified social credit code of the body that defined
    /// the type, and three digits), `serial` up to 32 digits and capital letters, `version` 1 to 999.
    pub fn generate(kind: &str, issuer: &Uscc, serial: &str, version: u16) -> Result<Self, CodeError> {
        let parts = [kind, issuer.as_str(), serial, &format!("{version:03}")];
        for (name, part) in PARTS.into_iter().zip(parts) {
            check_part(name, part)?;
        }
        let check = character(mod_37_36(parts.concat().bytes().map(value_36)));
        Ok(Self(format!("{LICENCE_ROOT}.{}.{check}", parts.join("."))))
    }

    /// Reads the one right spelling.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        if text.is_empty() {
            return Err(CodeKind::Licence.error(Reason::Empty));
        }
        let parts = text.strip_prefix(LICENCE_ROOT).and_then(|rest| rest.strip_prefix('.'));
        let parts = parts.ok_or_else(|| CodeKind::Licence.error(Reason::Root))?;
        let parts: Vec<&str> = parts.split('.').collect();
        let [kind, issuer, serial, version, check] = parts[..] else {
            return Err(CodeKind::Licence.error(Reason::Parts { found: parts.len() }));
        };
        let body = [kind, issuer, serial, version];
        for (name, part) in PARTS.into_iter().zip(body) {
            check_part(name, part)?;
        }
        let expected = character(mod_37_36(body.concat().bytes().map(value_36)));
        match check.chars().next() {
            Some(found) if found == expected && check.len() == 1 => Ok(Self(text.to_owned())),
            Some(found) if check.len() == 1 && value_36(check.as_bytes()[0]) < 36 => {
                Err(wrong_check(&body, found, expected))
            }
            _ => Err(CodeKind::Licence.error(Reason::Part { part: "check" })),
        }
    }

    /// The type code: 21 characters.
    pub fn kind(&self) -> &str {
        self.part(0)
    }

    /// The issuer: a unified social credit code, or the six digits of a division as some issuers write it.
    pub fn issuer(&self) -> &str {
        self.part(1)
    }

    /// The serial number.
    pub fn serial(&self) -> &str {
        self.part(2)
    }

    /// The version, three digits.
    pub fn version(&self) -> &str {
        self.part(3)
    }

    fn part(&self, index: usize) -> &str {
        self.0[LICENCE_ROOT.len() + 1..].split('.').nth(index).unwrap_or_default()
    }
}

const PARTS: [&str; 4] = ["type", "issuer", "serial", "version"];

/// The longest serial number seen in a real identifier.
const LONGEST_SERIAL: usize = 32;

fn check_part(name: &'static str, part: &str) -> Result<(), CodeError> {
    let plain = !part.is_empty() && part.bytes().all(|byte| value_36(byte) < 36);
    let digits = part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = match name {
        "type" => plain && part.len() == 21 && part.bytes().skip(18).all(|byte| byte.is_ascii_digit()),
        "issuer" => plain && (part.len() == 18 || part.len() == 6),
        "serial" => plain && part.len() <= LONGEST_SERIAL,
        _ => digits && part.len() == 3,
    };
    if !fits {
        return Err(CodeKind::Licence.error(Reason::Part { part: name }));
    }
    inside(name, part)
}

/// The codes inside the type and the issuer.
fn inside(name: &'static str, part: &str) -> Result<(), CodeError> {
    let code = match (name, part.len()) {
        ("type", _) => &part[..18],
        ("issuer", 18) => part,
        ("issuer", _) => {
            let division = part.parse::<RegionCode>();
            return division.map(drop).map_err(|_| CodeKind::Licence.error(Reason::Part { part: name }));
        }
        _ => return Ok(()),
    };
    Uscc::parse(code)
        .map(drop)
        .map_err(|error| CodeKind::Licence.error(Reason::Inside { part: name, error: Box::new(error) }))
}

/// Names the way a wrong check character was made, where it is one of the ways seen.
fn wrong_check(body: &[&str; 4], found: char, expected: char) -> CodeError {
    let shifted = |byte: u8| value_36(byte) + u32::from(byte.is_ascii_uppercase());
    let plain = body.concat();
    let dotted = body.join(".");
    let rooted = format!("{LICENCE_ROOT}.{dotted}");
    let made = |text: &str, value: &dyn Fn(u8) -> u32| mod_37_36(text.bytes().map(value));
    let no_dots = |text: &str| text.replace('.', "");
    let one_up = made(&plain, &shifted);
    let ways = [
        // Both readings of the table that begins one too high: the result looked up plainly, or one lower.
        (CheckVariant::IndexPlusOne, character(one_up)),
        (CheckVariant::IndexPlusOne, character(if one_up > 10 { one_up - 1 } else { one_up })),
        (CheckVariant::WithRoot, character(made(&no_dots(&rooted), &value_36))),
        // A dot has no value in the alphabet: 36, the next free one, or -1, what a failed search returns.
        (CheckVariant::WithRoot, character(made(&rooted, &value_36))),
        (CheckVariant::WithRoot, character(made(&rooted, &missing_is_minus_one))),
        (CheckVariant::WithDots, character(made(&dotted, &value_36))),
        (CheckVariant::WithDots, character(made(&dotted, &missing_is_minus_one))),
    ];
    let way = ways.into_iter().find(|(_, made)| *made == found);
    CodeKind::Licence.error(match way {
        Some((variant, _)) => Reason::Variant { variant, found, expected },
        None => Reason::CheckDigit { found, expected },
    })
}

/// -1 counted modulo 36 for what has no value.
fn missing_is_minus_one(byte: u8) -> u32 {
    if value_36(byte) == 36 { 35 } else { value_36(byte) }
}

fn character(value: u32) -> char {
    char::from(ALPHABET_36[value as usize % 36])
}
