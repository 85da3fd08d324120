//! Money: whole fen in an `i64`, so that sums are exact and a missing amount can never look like zero yuan.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Text;

/// An amount in fen (1/100 yuan), up to about 92 quadrillion yuan either way. Stored and sent as the integer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

/// The text is no amount, or the amount is too large.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Nothing was written.
    #[error("no amount; write it like 1,250.00")]
    Empty,
    /// Not digits with at most one point.
    #[error("{0:?} is no amount; write digits and a point, like 1,250.00")]
    NotANumber(String),
    /// Commas that do not part groups of three.
    #[error("the commas in {0:?} do not part groups of three digits; write 1,250.00 or 1250.00")]
    Grouping(String),
    /// More than two digits after the point.
    #[error("{0:?} is finer than one fen; write at most two digits after the point")]
    TooFine(String),
    /// Beyond `i64`.
    #[error("the amount is too large")]
    TooLarge,
}

impl MoneyError {
    /// The sentence for a form.
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::Empty => "请填写金额，例如 1,250.00。".to_owned(),
            Self::NotANumber(s) => format!("“{s}”不是金额，请用数字和小数点填写，例如 1,250.00。"),
            Self::Grouping(s) => format!("“{s}”里的逗号没有按三位分组，请写成 1,250.00 或 1250.00。"),
            Self::TooFine(s) => format!("“{s}”精确到了分以下，小数点后最多两位。"),
            Self::TooLarge => "金额过大。".to_owned(),
        };
        Text::new(zh, self.to_string())
    }
}

impl Money {
    /// Nothing to pay.
    pub const ZERO: Self = Self(0);

    /// An amount from fen.
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// The amount in fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// An amount from whole yuan.
    pub fn from_yuan(yuan: i64) -> Result<Self, MoneyError> {
        yuan.checked_mul(100).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// The difference; negative where `other` is more.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_sub(other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// The amount `n` times.
    pub fn times(self, n: i64) -> Result<Self, MoneyError> {
        self.0.checked_mul(n).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// All amounts together.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl fmt::Display for Money {
    /// `1,250.00`, without a currency sign.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fen = self.0.unsigned_abs();
        let yuan = (fen / 100).to_string();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (i, digit) in yuan.chars().enumerate() {
            if i > 0 && (yuan.len() - i).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{:02}", fen % 100)
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads `1250`, `1,250.5`, `¥1,250.00`, `1250元`, full-width digits too. A minus stands first.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let plain = bare(s);
        let (sign, digits) = plain.strip_prefix('-').map_or((1, plain.as_str()), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if digits.is_empty() {
            return Err(MoneyError::Empty);
        }
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !number(&whole.replace(',', "")) || (digits.contains('.') && !number(part)) {
            return Err(MoneyError::NotANumber(s.to_owned()));
        }
        if !grouped(whole) {
            return Err(MoneyError::Grouping(s.to_owned()));
        }
        if part.len() > 2 {
            return Err(MoneyError::TooFine(s.to_owned()));
        }
        format!("{}{part:0<2}", whole.replace(',', ""))
            .parse::<i128>()
            .ok()
            .and_then(|fen| i64::try_from(sign * fen).ok())
            .map(Self)
            .ok_or(MoneyError::TooLarge)
    }
}

/// Half-width, without spaces and the signs of the currency.
fn bare(s: &str) -> String {
    let half = s.chars().map(|c| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '￥' => '¥',
        '−' => '-',
        _ => c,
    });
    let text: String = half.filter(|c| !c.is_whitespace()).collect();
    text.trim_start_matches('¥').trim_end_matches('元').to_owned()
}

/// No commas at all, or one before every three digits.
fn grouped(whole: &str) -> bool {
    let groups: Vec<&str> = whole.split(',').collect();
    groups.len() == 1 || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|g| g.len() == 3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        let cases = [
            ("1,250.00", 125_000),
            ("1250", 125_000),
            ("1250.5", 125_050),
            ("0.01", 1),
            ("-3.20", -320),
            ("¥1,234,567.89", 123_456_789),
            ("１２５０．００元", 125_000),
            (" 12 元", 1_200),
            ("92,233,720,368,547,758.07", i64::MAX),
            ("-92,233,720,368,547,758.08", i64::MIN),
        ];
        for (text, fen) in cases {
            assert_eq!(text.parse::<Money>(), Ok(Money::from_fen(fen)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_the_way_to_mend_it() {
        let own = |s: &str| s.to_owned();
        let cases = [
            ("", MoneyError::Empty),
            ("元", MoneyError::Empty),
            ("免费", MoneyError::NotANumber(own("免费"))),
            ("1.2.3", MoneyError::NotANumber(own("1.2.3"))),
            ("1.", MoneyError::NotANumber(own("1."))),
            (".5", MoneyError::NotANumber(own(".5"))),
            ("1e3", MoneyError::NotANumber(own("1e3"))),
            ("--1", MoneyError::NotANumber(own("--1"))),
            ("12,50.00", MoneyError::Grouping(own("12,50.00"))),
            ("1250,000", MoneyError::Grouping(own("1250,000"))),
            ("1.005", MoneyError::TooFine(own("1.005"))),
            ("92233720368547758.08", MoneyError::TooLarge),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Money>(), Err(error.clone()), "{text}");
            assert!(!error.text().zh.is_empty() && !error.text().en.is_empty());
        }
    }

    #[test]
    fn arithmetic_never_wraps() {
        let most = Money::from_fen(i64::MAX);
        assert_eq!(most.plus(Money::from_fen(1)), Err(MoneyError::TooLarge));
        assert_eq!(Money::from_fen(i64::MIN).minus(Money::from_fen(1)), Err(MoneyError::TooLarge));
        assert_eq!(most.times(2), Err(MoneyError::TooLarge));
        assert_eq!(Money::from_yuan(i64::MAX), Err(MoneyError::TooLarge));
        assert_eq!(Money::sum([Money::from_fen(1), Money::from_fen(2)]), Ok(Money::from_fen(3)));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(fen: i64) {
            let money = Money::from_fen(fen);
            prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
        }
    }
}
