//! What was shown: an address or its digits, a file, or the bare bytes.

use crate::compact::{Envelope, Fault, File, Link};

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
    pub(super) file: Option<File>,
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
        text.contains("\"typ\":\"budayang/licence@v2\"").then_some(Self::File(document))
    }

    pub(super) fn read(&self) -> Result<Shown, Fault> {
        match *self {
            Self::Text(text) => {
                let link = Link::read(text)?;
                let host = Some(link.host).filter(|host| !host.is_empty());
                Ok(Shown { envelope: Envelope::read(&link.signed)?, file: None, host })
            }
            Self::File(bytes) => {
                let file = File::read(bytes)?;
                Ok(Shown { envelope: Envelope::read(&file.signed)?, file: Some(file), host: None })
            }
            Self::Core(bytes) => Ok(Shown { envelope: Envelope::read(bytes)?, file: None, host: None }),
        }
    }
}
