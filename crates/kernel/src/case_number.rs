//! The case number: what a person reads aloud on the telephone.
//!
//! Region, item, date of receipt, eight random characters and a check: `450000-FDHR-20261123-7KM3QWXA-5`. It is made
//! from the case's [`Id`], never from a serial: a serial needs a counter that every filing waits for, and it tells
//! anybody how many cases there are. The letters I, O, S, V and Z, which are misread, never stand in it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::code::{ALPHABET_31, CodeError, CodeKind, ItemCode, Reason, mod_31, normalise, spelled};
use crate::{Id, RegionCode};

/// A case number with its dashes. It names a case and is no secret: what it shows is guarded elsewhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseNumber(String);

spelled!(CaseNumber);

/// The four characters that stand for an item in its case numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ItemTag([u8; 4]);

impl ItemTag {
    /// A tag chosen by the catalogue: four digits and letters without I, O, S, V, Z.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let refuse = || CodeKind::Case.error(Reason::Part { part: "item" });
        let tag: [u8; 4] = text.as_bytes().try_into().map_err(|_| refuse())?;
        if tag.iter().all(|byte| ALPHABET_31.contains(byte)) { Ok(Self(tag)) } else { Err(refuse()) }
    }

    /// The tag of an item for which none was chosen: the same for the same code, always.
    pub fn of(code: &ItemCode) -> Self {
        // FNV-1a: nothing hangs on it but that it never changes.
        let hash = code
            .to_string()
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        Self(letters(u128::from(hash)))
    }
}

impl CaseNumber {
    /// The number of the case `id`, received on `date` in `region`.
    pub fn new(region: RegionCode, item: ItemTag, date: Date, id: Id) -> Self {
        let region = region.statistical();
        // The low 62 bits of an id are chance.
        let (item, random) = (text(&item.0), text(&letters::<8>(u128::from_be_bytes(id.bytes()))));
        let date = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
        let body = [&region[..6], &item, &date, &random];
        // All four are digits and letters of the alphabet, so there is a check character.
        let check = mod_31(body.concat().as_bytes()).unwrap_or_default();
        Self(format!("{}-{check}", body.join("-")))
    }

    /// Reads the one right spelling, with its dashes.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let refuse = |part| CodeKind::Case.error(Reason::Part { part });
        let parts: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        if lengths != [6, 4, 8, 8, 1] {
            return Err(
                CodeKind::Case.error(Reason::Length { found: text.replace('-', "").chars().count(), wanted: 27 })
            );
        }
        parts[0].parse::<RegionCode>().map_err(|_| refuse("region"))?;
        ItemTag::parse(parts[1])?;
        date_of(parts[2]).ok_or_else(|| refuse("date"))?;
        let expected = mod_31(parts[..4].concat().as_bytes()).ok_or_else(|| refuse("random"))?;
        let found = parts[4].chars().next().unwrap_or_default();
        if found != expected {
            return Err(CodeKind::Case.error(Reason::CheckDigit { found, expected }));
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads what somebody typed: spaces, width and case are mended, dashes set where they belong, and letters that
    /// never stand in a case number taken for the digits they are read as (O for 0, I for 1, S for 5, Z for 2).
    pub fn read(typed: &str) -> Result<Self, CodeError> {
        let tidy = normalise(CodeKind::Case, typed)?.text;
        let digits: String = tidy
            .chars()
            .map(|c| match c {
                'O' => '0',
                'I' => '1',
                'S' => '5',
                'Z' => '2',
                _ => c,
            })
            .collect();
        if !digits.is_ascii() || digits.len() != 27 {
            return Err(CodeKind::Case.error(Reason::Length { found: digits.chars().count(), wanted: 27 }));
        }
        let (a, b, c, d, e) = (&digits[..6], &digits[6..10], &digits[10..18], &digits[18..26], &digits[26..]);
        Self::parse(&format!("{a}-{b}-{c}-{d}-{e}"))
    }
}

fn date_of(text: &str) -> Option<Date> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |range| text.get(range).filter(|_| digits).and_then(|part: &str| part.parse::<i16>().ok());
    let (month, day) = (i8::try_from(number(4..6)?).ok()?, i8::try_from(number(6..8)?).ok()?);
    Date::new(number(0..4)?, month, day).ok()
}

/// `N` letters of the alphabet from a number.
fn letters<const N: usize>(mut number: u128) -> [u8; N] {
    std::array::from_fn(|_| {
        let letter = ALPHABET_31[(number % 31) as usize];
        number /= 31;
        letter
    })
}

fn text(letters: &[u8]) -> String {
    letters.iter().copied().map(char::from).collect()
}
