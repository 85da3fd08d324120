//! GB 11643-1999: the citizen id number.
//!
//! The check never hangs on a table of divisions: people keep the code of a county that was renamed long ago, and the
//! standard's own example names one that no present table has. An unknown division is a warning, never an error.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::check::mod_11_2;
use super::{CodeError, CodeKind, Reason, shaped, spelled};
use crate::Text;

/// A citizen id number: six-digit division, birth date, three-digit sequence, check. Its `Debug` hides the person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CitizenId(String);

spelled!(CitizenId, CodeKind::CitizenId);

/// Sex as the sequence number tells it: odd is male.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男.
    Male,
    /// 女.
    Female,
}

impl CitizenId {
    /// The number for a division, a birth date and a sequence up to 999.
    pub fn generate(division: &str, birth: Date, sequence: u16) -> Result<Self, CodeError> {
        shaped(CodeKind::CitizenId, division, 6, |_, byte| byte.is_ascii_digit())?;
        let body = format!("{division}{:04}{:02}{:02}{sequence:03}", birth.year(), birth.month(), birth.day());
        let bytes = shaped(CodeKind::CitizenId, &body, 17, |_, byte| byte.is_ascii_digit())?;
        Self::parse(&format!("{body}{}", mod_11_2(bytes)))
    }

    /// Reads the one right spelling.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        if text.len() == 15 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CodeKind::CitizenId.error(Reason::OldCitizenId));
        }
        let fits = |index, byte: u8| byte.is_ascii_digit() || (index == 17 && byte == b'X');
        let bytes = shaped(CodeKind::CitizenId, text, 18, fits)?;
        if birth(text).is_none() {
            return Err(CodeKind::CitizenId.error(Reason::BirthDate { found: text[6..14].to_owned() }));
        }
        let (found, expected) = (char::from(bytes[17]), mod_11_2(&bytes[..17]));
        if found != expected {
            return Err(CodeKind::CitizenId.error(Reason::CheckDigit { found, expected }));
        }
        Ok(Self(text.to_owned()))
    }

    /// The birth date.
    pub fn birth(&self) -> Date {
        birth(&self.0).unwrap_or_else(|| unreachable!("checked by parse"))
    }

    /// The sex the sequence number tells.
    pub fn sex(&self) -> Sex {
        if self.0.as_bytes()[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// The division in which the number was first given.
    pub fn division(&self) -> &str {
        &self.0[..6]
    }

    /// Whole years lived on a day; somebody born on 29 February turns a year older on 1 March of a common year. None
    /// before birth.
    pub fn age_on(&self, day: Date) -> Option<u16> {
        let birth = self.birth();
        let birthday_passed = (day.month(), day.day()) >= (birth.month(), birth.day());
        let years = day.year() - birth.year() - i16::from(!birthday_passed);
        u16::try_from(years).ok()
    }

    /// Refuses a birth date after `today`.
    pub fn born_by(&self, today: Date) -> Result<(), CodeError> {
        let birth = self.birth();
        if birth <= today { Ok(()) } else { Err(CodeKind::CitizenId.error(Reason::NotYetBorn { birth })) }
    }

    /// A warning when the division is in no table: shown, recorded, and never a reason to refuse.
    pub fn division_warning(&self, is_known: impl FnOnce(&str) -> bool) -> Option<Text> {
        let division = self.division();
        (!is_known(division)).then(|| {
            Text::new(
                format!("前6位“{division}”不在现有的行政区划表中，可能是已撤并的地区；不影响使用。"),
                format!("The division {division} is in no present table; it may have been merged. The number stands."),
            )
        })
    }

    /// The first and the last character, the rest as stars: for pages and logs.
    pub fn masked(&self) -> String {
        format!("{}****************{}", &self.0[..1], &self.0[17..])
    }
}

impl std::fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CitizenId({})", self.masked())
    }
}

fn birth(text: &str) -> Option<Date> {
    let (year, month, day) = (text.get(6..10)?, text.get(10..12)?, text.get(12..14)?);
    let year = year.parse().ok().filter(|year| *year > 0)?;
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}
