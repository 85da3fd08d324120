//! What was shown: an address or its digits, a file, or the bare bytes.

use serde_json::Value;

use crate::compact::{Envelope, Fault, File, InBatch, Link};

/// What was shown, as it came.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    /// The text of a QR code, or the digits typed in.
    Text(&'a str),
    /// The bytes of a file.
    File(&'a [u8]),
    /// A core with its signature.
    Core(&'a [u8]),
}

/// What was shown, taken apart.
pub(super) struct Shown {
    pub(super) envelope: Envelope,
    /// The details of the file, where it was one.
    pub(super) details: Option<Value>,
    /// Whose page the address opens; none where there was no address.
    pub(super) host: Option<String>,
}

impl<'a> Given<'a> {
    /// What this is, if it is a compact licence: an address or its digits, or a file of that form.
    pub fn of(document: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(document).ok()?;
        let address = text.starts_with("https://") || text.starts_with("http://");
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if address || digits {
            return Some(Self::Text(text));
        }
        let is_file = text.contains("\"typ\":\"budayang/licence@v2\"") || InBatch::claims(document);
        is_file.then_some(Self::File(document))
    }

    pub(super) fn read(&self) -> Result<Shown, Fault> {
        match *self {
            Self::Text(text) => {
                let link = Link::read(text)?;
                let host = Some(link.host).filter(|host| !host.is_empty());
                Ok(Shown { envelope: Envelope::read(&link.signed)?, details: None, host })
            }
            Self::File(bytes) => {
                let (envelope, details) = if InBatch::claims(bytes) {
                    let file = InBatch::read(bytes)?;
                    (Envelope::in_batch(&file)?, file.details)
                } else {
                    let file = File::read(bytes)?;
                    (Envelope::read(&file.signed)?, file.details)
                };
                Ok(Shown { envelope, details: Some(details), host: None })
            }
            Self::Core(bytes) => Ok(Shown { envelope: Envelope::read(bytes)?, details: None, host: None }),
        }
    }
}
