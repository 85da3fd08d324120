//! Why a code is refused and how to mend it: one machine code for programs, one sentence for each language.

use std::fmt;

use jiff::civil::Date;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::Text;

/// Which code was being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeKind {
    /// 统一社会信用代码, GB 32100-2015.
    Uscc,
    /// 组织机构代码, GB 11714.
    Organisation,
    /// 公民身份号码, GB 11643-1999.
    CitizenId,
    /// 电子证照标识, GB/T 36904-2018.
    Licence,
    /// A service item's code.
    Item,
    /// A case number of this house.
    Case,
}

impl CodeKind {
    /// The kind's short name, the first part of every machine code.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Uscc => "uscc",
            Self::Organisation => "organisation",
            Self::CitizenId => "citizen",
            Self::Licence => "licence",
            Self::Item => "item",
            Self::Case => "case",
        }
    }

    /// The code's name.
    pub fn name(self) -> Text {
        let (zh, en) = match self {
            Self::Uscc => ("统一社会信用代码", "unified social credit code"),
            Self::Organisation => ("组织机构代码", "organisation code"),
            Self::CitizenId => ("公民身份号码", "citizen id number"),
            Self::Licence => ("电子证照标识", "e-licence identifier"),
            Self::Item => ("事项编码", "item code"),
            Self::Case => ("办件编号", "case number"),
        };
        Text::new(zh, en)
    }

    pub(crate) const fn error(self, reason: Reason) -> CodeError {
        CodeError { kind: self, reason }
    }
}

/// How a wrong e-licence check character was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckVariant {
    /// Letters were counted from A = 11 instead of A = 10.
    IndexPlusOne,
    /// The dots were counted too.
    WithDots,
    /// The root OID was counted too.
    WithRoot,
}

/// What is wrong. Positions count the characters of the typed (or stored) text from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Nothing was written.
    Empty,
    /// A letter of another script that looks like a Latin one.
    LookAlike {
        /// Where.
        position: usize,
        /// The letter found.
        found: char,
        /// The letter it looks like.
        looks_like: char,
    },
    /// A character this code never has.
    Character {
        /// Where, in the tidied text.
        position: usize,
        /// The character found.
        found: char,
        /// The character that is often meant; none when there is no likely one.
        meant: Option<char>,
    },
    /// Too short or too long.
    Length {
        /// How many characters there are.
        found: usize,
        /// How many there must be.
        wanted: usize,
    },
    /// A citizen id of the old, 15-digit kind.
    OldCitizenId,
    /// No registering department has this first character.
    Registrar {
        /// The first character.
        found: char,
    },
    /// No class of organisation has this second character.
    Class {
        /// The second character.
        found: char,
    },
    /// The organisation code inside does not check.
    OrganisationCheck {
        /// The check character found.
        found: char,
        /// The one the organisation code gives.
        expected: char,
    },
    /// The last character does not fit the others.
    CheckDigit {
        /// The check character found.
        found: char,
        /// The one the others give.
        expected: char,
    },
    /// As `CheckDigit`, but the organisation code inside checks: a registered exception is possible.
    CheckDigitAlone {
        /// The check character found.
        found: char,
        /// The one the others give.
        expected: char,
    },
    /// The eight digits of the birth date are no date.
    BirthDate {
        /// The eight digits.
        found: String,
    },
    /// The birth date lies after the day of the check.
    NotYetBorn {
        /// The birth date.
        birth: Date,
    },
    /// A registered exception without one of the four things that must be recorded.
    Unrecorded {
        /// registry, reason or by.
        missing: &'static str,
    },
    /// An e-licence identifier that does not begin with the root OID.
    Root,
    /// Not the five parts of an e-licence identifier.
    Parts {
        /// How many parts follow the root.
        found: usize,
    },
    /// One part of the code is malformed.
    Part {
        /// type, issuer, serial or version; region, item, date or random for a case number.
        part: &'static str,
    },
    /// A unified social credit code inside another code is refused.
    Inside {
        /// type or issuer.
        part: &'static str,
        /// Why.
        error: Box<CodeError>,
    },
    /// A check character made in one of the ways seen in the wild that the standard does not know.
    Variant {
        /// Which way.
        variant: CheckVariant,
        /// The check character found.
        found: char,
        /// The one the standard gives.
        expected: char,
    },
    /// A scheme tag that is not small letters, digits and dashes.
    Scheme,
}

impl Reason {
    /// The reason's short name, the second part of the machine code.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::LookAlike { .. } => "look_alike",
            Self::Character { .. } => "character",
            Self::Length { .. } => "length",
            Self::OldCitizenId => "old_citizen_id",
            Self::Registrar { .. } => "registrar",
            Self::Class { .. } => "class",
            Self::OrganisationCheck { .. } => "organisation_check",
            Self::CheckDigit { .. } => "check_digit",
            Self::CheckDigitAlone { .. } => "check_digit_alone",
            Self::BirthDate { .. } => "birth_date",
            Self::NotYetBorn { .. } => "not_yet_born",
            Self::Unrecorded { .. } => "unrecorded_exception",
            Self::Root => "root",
            Self::Parts { .. } => "parts",
            Self::Part { .. } => "part",
            Self::Inside { .. } => "inside",
            Self::Variant { variant: CheckVariant::IndexPlusOne, .. } => "check_index_plus_one",
            Self::Variant { variant: CheckVariant::WithDots, .. } => "check_with_dots",
            Self::Variant { variant: CheckVariant::WithRoot, .. } => "check_with_root",
            Self::Scheme => "scheme",
        }
    }
}

/// A refused code: what was being read and why it is refused. Displays as the English sentence with the way to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeError {
    /// Which code was being read.
    pub kind: CodeKind,
    /// What is wrong.
    pub reason: Reason,
}

impl CodeError {
    /// The machine code: `citizen.birth_date`.
    pub fn code(&self) -> String {
        format!("{}.{}", self.kind.slug(), self.reason.slug())
    }

    /// What is wrong, without the way to mend it.
    pub fn reason(&self) -> Text {
        super::wording::reason(self)
    }

    /// What to do about it.
    pub fn mend(&self) -> Text {
        super::wording::mend(self)
    }

    /// Both, for a form field.
    pub fn text(&self) -> Text {
        let (reason, mend) = (self.reason(), self.mend());
        Text::new(format!("{}{}", reason.zh, mend.zh), format!("{} {}", reason.en, mend.en))
    }
}

impl Serialize for CodeError {
    /// `{code, reason: {zh, en}, mend: {zh, en}, detail}`: what a program is told.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("CodeError", 4)?;
        row.serialize_field("code", &self.code())?;
        row.serialize_field("reason", &self.reason())?;
        row.serialize_field("mend", &self.mend())?;
        row.serialize_field("detail", &self.reason)?;
        row.end()
    }
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

impl std::error::Error for CodeError {}
