//! The codes that name organisations, people, licences and items, each with its check.
//!
//! Three ways in, and they differ on purpose: `parse` is strict and takes only the one right spelling (files,
//! registers, other programs); `read` is for what people type, mends width, spaces, dashes and case and reports what
//! it mended; and a code that a registry issued against its own standard comes in only as a [`RegisteredUscc`] with a
//! record of who accepted it and why. A refusal says what is wrong and how to mend it.
//!
//! Checks prove that a code was typed right, never that it was issued: that is for a register to say.

mod check;
mod citizen;
mod error;
mod item;
mod licence;
mod normalise;
mod organisation;
mod uscc;
mod wording;

pub(crate) use check::{ALPHABET_31, mod_31};
pub use citizen::{CitizenId, Sex};
pub use error::{CheckVariant, CodeError, CodeKind, Reason};
pub use item::ItemCode;
pub use licence::{LICENCE_ROOT, LicenceCode};
pub use normalise::{Change, ChangeKind, Normalised, normalise};
pub use organisation::OrganisationCode;
pub use uscc::{RegisteredException, RegisteredUscc, Uscc};

use crate::Text;

/// A code read from what somebody typed, with everything that was mended on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// The code.
    pub value: T,
    /// What was mended; empty when it was typed right.
    pub changes: Vec<Change>,
}

impl<T: AsRef<str>> Read<T> {
    /// The sentence a form shows beside the value; none when nothing was mended.
    pub fn notice(&self) -> Option<Text> {
        normalise::notice(self.value.as_ref(), &self.changes)
    }
}

/// A code kept as its one spelling: the same doors for each of them. With a kind, also the door for what people type.
macro_rules! spelled {
    ($name:ident, $kind:expr) => {
        impl $name {
            /// Reads what somebody typed: width, spaces, dashes and case are mended and told.
            pub fn read(typed: &str) -> Result<$crate::code::Read<Self>, $crate::code::CodeError> {
                let tidy = $crate::code::normalise($kind, typed)?;
                Ok($crate::code::Read { value: Self::parse(&tidy.text)?, changes: tidy.changes })
            }
        }

        $crate::code::spelled!($name);
    };
    ($name:ident) => {
        impl $name {
            /// The code's one spelling.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::code::CodeError;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Self::parse(s)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::code::CodeError;

            fn try_from(s: String) -> Result<Self, Self::Error> {
                Self::parse(&s)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }
    };
}
pub(crate) use spelled;

/// The text as bytes when it has `wanted` characters of which each is allowed where it stands.
pub(crate) fn shaped(
    kind: CodeKind,
    text: &str,
    wanted: usize,
    allowed: impl Fn(usize, u8) -> bool,
) -> Result<&[u8], CodeError> {
    let found = text.chars().count();
    if found == 0 {
        return Err(kind.error(Reason::Empty));
    }
    // A wrong character says more than a wrong length: it is often the cause of it.
    for (index, c) in text.chars().enumerate() {
        let fits = u8::try_from(c).is_ok_and(|byte| byte.is_ascii() && (index >= wanted || allowed(index, byte)));
        if !fits {
            let meant = meant(c).filter(|m| index >= wanted || allowed(index, *m));
            let (position, meant) = (index + 1, meant.map(char::from));
            return Err(kind.error(Reason::Character { position, found: c, meant }));
        }
    }
    if found == wanted { Ok(text.as_bytes()) } else { Err(kind.error(Reason::Length { found, wanted })) }
}

/// The digit that people mean when they type a letter that looks like it.
fn meant(c: char) -> Option<u8> {
    match c {
        'O' | 'o' | 'Q' | 'D' | '〇' => Some(b'0'),
        'I' | 'l' | 'i' | 'L' => Some(b'1'),
        'Z' => Some(b'2'),
        'S' => Some(b'5'),
        'B' => Some(b'8'),
        _ => None,
    }
}
