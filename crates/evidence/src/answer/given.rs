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

impl Given<'_> {
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
