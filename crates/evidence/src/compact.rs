//! The compact core of a licence: what is signed, small enough for a printed QR code, and with one spelling only.
//!
//! ```text
//! core ‖ signature                    what the QR code carries behind the `#` of an address (see `Link`)
//! {"core":"base64","details":{…},…}   what the file carries: the same, and the details the core vouches for (see `File`)
//! ```
//! The core is a map in deterministic CBOR (RFC 8949, section 4.2.1), the signature 64 bytes over a label and the core.
//! The algorithm is no part of it: the key has one, and the trust list knows the key. A reader refuses every second
//! spelling of the same licence, so the bytes of the core are its identity (a signature never is).

mod batch;
pub(crate) mod cbor;
mod file;
mod licence;
mod link;
pub(crate) mod mark;
pub(crate) mod pack;

pub use batch::{Batch, Head, InBatch, MOST_IN_BATCH};
pub use file::{File, check_details, details_hash};
pub use licence::{Core, CoreError, Envelope, Place};
pub use link::Link;

use crate::canonical::CanonicalError;
use crate::seal;

/// Whether words can be compared by eye as they are printed: some, not too many, nothing hidden in them.
pub fn is_plain(words: &str) -> bool {
    pack::are_plain(words, licence::LONGEST_WORDS)
}

/// Why bytes are no compact document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It ends before its end.
    #[error("the document ends too early")]
    Cut,
    /// More bytes than any such document has.
    #[error("the document has {0} bytes, too many")]
    TooLong(usize),
    /// A number in a longer form than it needs.
    #[error("byte {0}: a number is not in its shortest form")]
    NotShortest(usize),
    /// Another kind of item, another length, a number out of range.
    #[error("byte {0} is not what belongs there")]
    Unexpected(usize),
    /// A text that is not UTF-8.
    #[error("byte {0} is not UTF-8")]
    NotUtf8(usize),
    /// Fields out of order, or one twice.
    #[error("field {0} stands in the wrong place")]
    KeyOrder(u64),
    /// A field of another version of the format.
    #[error("unknown field {0}")]
    UnknownField(u64),
    /// A field that must be there is not.
    #[error("field {0} is missing")]
    MissingField(u64),
    /// A field has no value of its kind, or not in its one spelling.
    #[error("the field {0:?} is not as it should be")]
    Field(&'static str),
    /// Bytes behind the document.
    #[error("{0} bytes follow the document")]
    Trailing(usize),
    /// The text behind the `#` is not what we write there.
    #[error("the digits of the address are not those of a licence")]
    Digits,
    /// The file is no canonical JSON.
    #[error(transparent)]
    Json(#[from] CanonicalError),
    /// The file lacks a member, or has one too many.
    #[error("the file's member {0:?} is not as it should be")]
    Member(&'static str),
    /// The details are not those the core vouches for.
    #[error("the details are not those that were signed")]
    Details,
    /// The batch that should vouch for it is of another key, log or time.
    #[error("the batch is another licence's")]
    OtherBatch,
    /// The hashes do not lead to the root of the batch.
    #[error("the licence is not in the batch")]
    NotInBatch,
}

impl Fault {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Cut => "cut_short",
            Self::TooLong(_) => "too_long",
            Self::NotShortest(_) => "not_shortest",
            Self::Unexpected(_) => "unexpected_byte",
            Self::NotUtf8(_) => "not_utf8",
            Self::KeyOrder(_) => "field_order",
            Self::UnknownField(_) => "unknown_field",
            Self::MissingField(_) => "missing_field",
            Self::Field(_) => "bad_field",
            Self::Trailing(_) => "trailing_bytes",
            Self::Digits => "not_digits",
            Self::Json(error) => error.code(),
            Self::Member(_) => "shape",
            Self::Details => "details_altered",
            Self::OtherBatch => "other_batch",
            Self::NotInBatch => "not_in_batch",
        }
    }
}

/// Why a compact document is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is none.
    #[error(transparent)]
    Form(#[from] Fault),
    /// No key with that number is trusted.
    #[error("no key with the number {0:08x} is on the trust list")]
    UnknownKey(u32),
    /// For a reason that sealed documents know too.
    #[error(transparent)]
    Seal(#[from] seal::Refusal),
}

impl Refusal {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form(fault) => fault.code(),
            Self::UnknownKey(_) => "unknown_key",
            Self::Seal(refusal) => refusal.code(),
        }
    }
}

#[cfg(test)]
mod tests;
