//! How far a statement or a fact may be trusted: two scales that must not be mixed up.

use serde::{Deserialize, Serialize};

/// How well a statement about law or practice is attested. Only what the grade carries may be shown as law; everything
/// below A is shown with its source, and U as "source unverified".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Grade {
    /// The statute's text was read.
    A,
    /// A government site or central media, read as an excerpt.
    B,
    /// A mirror, commercial or training page, or a sample form.
    C,
    /// Our own design, not a fact.
    D,
    /// From memory, unverified.
    U,
}

/// Where a fact about an applicant comes from (the trust classes of the 2016 national technical guide, by a mirror:
/// grade C). Only A, B, and D under a lawful commitment may feed a rule that grants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Trust {
    /// Issued by the authority itself: a register.
    A,
    /// Checked against the original by window staff.
    B,
    /// Uploaded by the user; the original has still to be checked.
    C,
    /// Stated by the user, backed by a declaration.
    D,
}

macro_rules! letters {
    ($name:ident: $($letter:ident),+) => {
        impl $name {
            /// The letter, as stored and shown.
            pub const fn letter(self) -> &'static str {
                match self { $(Self::$letter => stringify!($letter)),+ }
            }

            /// Reads the letter back.
            pub fn from_letter(s: &str) -> Option<Self> {
                match s { $(stringify!($letter) => Some(Self::$letter),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.letter())
            }
        }
    };
}

letters!(Grade: A, B, C, D, U);
letters!(Trust: A, B, C, D);
