//! The address a printed QR code holds: the office's own page, and behind `#`, which no browser sends to a server, the
//! signed core in decimal digits.
//!
//! Digits, because a QR code takes them at 3⅓ bits each: seven bytes are seventeen digits, 1.2 % above the bare bytes,
//! where base64url takes a third more, and the letters of Base45 have no place in an address (RFC 9285 says so). Phones,
//! chats and mail leave digits alone. The host decides nothing: whoever prints a forged licence prints his own host with
//! it. Our readers look at the key, and name a foreign host beside the answer.

use super::Fault;

/// Bytes of a whole group.
const GROUP: usize = 7;
/// Digits that hold a group of as many bytes as the index says.
const DIGITS: [usize; GROUP + 1] = [0, 3, 5, 8, 10, 13, 15, 17];
/// The longest text read, in bytes.
const LONGEST: usize = 4096;

/// An address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Whose page it opens, in lower case; empty where only the digits were given.
    pub host: String,
    /// The signed core.
    pub signed: Vec<u8>,
}

impl Link {
    /// The address: `page` (such as `https://zwfw.example.gov.cn/v`), then `#`, then the digits.
    pub fn write(page: &str, signed: &[u8]) -> String {
        format!("{page}#{}", digits(signed))
    }

    /// Reads an address, or only its digits. Whatever else stands behind the `#` is refused.
    pub fn read(text: &str) -> Result<Self, Fault> {
        if text.len() > LONGEST {
            return Err(Fault::TooLong(text.len()));
        }
        let (page, digits) = text.split_once('#').unwrap_or(("", text));
        Ok(Self { host: host(page), signed: bytes(digits).ok_or(Fault::Digits)? })
    }

    /// Whether the address opens a page of one of `own` hosts, or none at all.
    pub fn is_own(&self, own: &[&str]) -> bool {
        self.host.is_empty() || own.iter().any(|host| *host == self.host)
    }
}

/// The host of a page, as a browser would understand it: behind the last `@`, in lower case, with its port. A text that
/// no browser would open is taken whole, so that it is nobody's.
fn host(page: &str) -> String {
    let lower = page.to_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or(&lower);
    // Browsers take a backslash for a slash.
    let authority = rest.split(['/', '\\', '?']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

fn digits(bytes: &[u8]) -> String {
    let group = |group: &[u8]| {
        let number = group.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{number:0width$}", width = DIGITS[group.len()])
    };
    bytes.chunks(GROUP).map(group).collect()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let mut bytes = Vec::new();
    for group in digits.as_bytes().chunks(DIGITS[GROUP]) {
        let size = DIGITS.iter().position(|digits| *digits == group.len())?;
        let number = group.iter().fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
        let whole = number.to_be_bytes();
        let (above, own) = whole.split_at(8 - size);
        if above.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(own);
    }
    Some(bytes)
}
