//! The code of a service item: opaque text with a tag that names its scheme.
//!
//! Items carry 12-, 31- and 33-character national codes, older provincial codes of other shapes, and codes of the
//! house's own. No one width fits, so nothing here takes a code apart but the national ones, whose first 18
//! characters name the agency.

use serde::{Deserialize, Serialize};

use super::{CodeError, CodeKind, Reason, Uscc};

/// A scheme tag and a text: `gb-handling:11450000007565194H200011501500504`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct ItemCode {
    scheme: String,
    text: String,
}

impl ItemCode {
    /// The national basic code, 12 characters (inferred from real values, grade C).
    pub const BASIC: &'static str = "gb-basic";
    /// The national implementation code: agency, exercise level, basic code; 31 characters (grade C).
    pub const IMPLEMENTATION: &'static str = "gb-implementation";
    /// The national handling item: an implementation code and two more; 33 characters (grade C).
    pub const HANDLING: &'static str = "gb-handling";

    /// A code of a scheme. The scheme is small letters, digits and dashes, up to 32; the text up to 64 visible
    /// characters without spaces. A national code must have its length, and the agency in it must check.
    pub fn new(scheme: &str, text: &str) -> Result<Self, CodeError> {
        let tag = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if scheme.is_empty() || scheme.len() > 32 || !scheme.bytes().all(tag) {
            return Err(CodeKind::Item.error(Reason::Scheme));
        }
        check_text(text)?;
        check_national(scheme, text)?;
        Ok(Self { scheme: scheme.to_owned(), text: text.to_owned() })
    }

    /// The scheme tag.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The code within its scheme.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The agency a national implementation or handling code names.
    pub fn agency(&self) -> Option<Uscc> {
        let national = self.scheme == Self::IMPLEMENTATION || self.scheme == Self::HANDLING;
        self.text.get(..18).filter(|_| national).and_then(|code| Uscc::parse(code).ok())
    }
}

fn check_text(text: &str) -> Result<(), CodeError> {
    if text.is_empty() {
        return Err(CodeKind::Item.error(Reason::Empty));
    }
    let found = text.chars().count();
    if found > 64 {
        return Err(CodeKind::Item.error(Reason::Length { found, wanted: 64 }));
    }
    match text.chars().position(|c| c.is_whitespace() || c.is_control()) {
        None => Ok(()),
        Some(index) => {
            let found = text.chars().nth(index).unwrap_or(' ');
            Err(CodeKind::Item.error(Reason::Character { position: index + 1, found, meant: None }))
        }
    }
}

fn check_national(scheme: &str, text: &str) -> Result<(), CodeError> {
    let wanted = match scheme {
        ItemCode::BASIC => 12,
        ItemCode::IMPLEMENTATION => 31,
        ItemCode::HANDLING => 33,
        _ => return Ok(()),
    };
    super::shaped(CodeKind::Item, text, wanted, |_, byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())?;
    if scheme != ItemCode::BASIC {
        let inside = |error| CodeKind::Item.error(Reason::Inside { part: "issuer", error: Box::new(error) });
        Uscc::parse(&text[..18]).map_err(inside)?;
    }
    Ok(())
}

impl std::fmt::Display for ItemCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.scheme, self.text)
    }
}

impl std::str::FromStr for ItemCode {
    type Err = CodeError;

    /// Reads `scheme:text`.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (scheme, text) = s.split_once(':').ok_or_else(|| CodeKind::Item.error(Reason::Scheme))?;
        Self::new(scheme, text)
    }
}

/// The form in files and JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    scheme: String,
    text: String,
}

impl TryFrom<Written> for ItemCode {
    type Error = CodeError;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        Self::new(&written.scheme, &written.text)
    }
}

impl From<ItemCode> for Written {
    fn from(code: ItemCode) -> Self {
        Self { scheme: code.scheme, text: code.text }
    }
}
