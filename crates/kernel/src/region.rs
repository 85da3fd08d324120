//! Regions: the five levels of Chinese administration and the codes that nest them.
//!
//! A code is GB/T 2260 (province, city, county) with the statistical extension for townships and villages. It is kept
//! in its 12-digit form, in which a region and everything below it are one range of codes: `subtree` is what a
//! predicate and a SQL filter compare. Regions split and merge, so each carries the dates it is in force.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Text;

/// The five levels, from the largest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionLevel {
    /// 自治区、省、直辖市.
    Region,
    /// 设区的市、地区、自治州.
    City,
    /// 县、市辖区、县级市.
    County,
    /// 乡、镇、街道.
    Township,
    /// 村、社区.
    Village,
}

impl RegionLevel {
    /// All levels, from the largest.
    pub const ALL: [Self; 5] = [Self::Region, Self::City, Self::County, Self::Township, Self::Village];

    /// How many digits name a region of this level.
    pub const fn digits(self) -> usize {
        match self {
            Self::Region => 2,
            Self::City => 4,
            Self::County => 6,
            Self::Township => 9,
            Self::Village => 12,
        }
    }

    /// The level's name.
    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Self::Region => ("自治区级", "region"),
            Self::City => ("市级", "city"),
            Self::County => ("县级", "county"),
            Self::Township => ("乡镇级", "township"),
            Self::Village => ("村级", "village"),
        };
        Text::new(zh, en)
    }
}

/// A region's code. Read from 2, 4, 6, 9 or 12 digits; trailing zeros only fill up, so `45`, `450000` and
/// `450000000000` are one region. Written in its shortest official form: 6 digits down to the county, 9 for a township,
/// 12 for a village. Ordered so that a region stands right before everything below it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(u64);

/// The text is no region code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegionCodeError {
    /// Another length, or not digits.
    #[error("{0:?} is no region code; write 2, 4, 6, 9 or 12 digits, like 450100")]
    Form(String),
    /// The first two digits are zero, or below 11.
    #[error("{0:?} names no province; the first two digits are 11 to 91")]
    Province(String),
}

impl RegionCodeError {
    /// The sentence for a form.
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::Form(s) => format!("“{s}”不是行政区划代码，请填写2、4、6、9或12位数字，例如 450100。"),
            Self::Province(s) => format!("“{s}”前两位不是省级代码（11至91）。"),
        };
        Text::new(zh, self.to_string())
    }
}

impl RegionCode {
    /// The deepest level the code names.
    pub fn level(self) -> RegionLevel {
        let deepest = RegionLevel::ALL.into_iter().find(|level| self.0.is_multiple_of(below(*level)));
        deepest.unwrap_or(RegionLevel::Village)
    }

    /// The code's region on a level above; the code itself on its own level; none below it.
    pub fn at(self, level: RegionLevel) -> Option<Self> {
        (level <= self.level()).then(|| Self(self.0 - self.0 % below(level)))
    }

    /// The next region above; none for a province. A city without counties has its townships right below it.
    pub fn parent(self) -> Option<Self> {
        RegionLevel::ALL.into_iter().rev().filter_map(|level| self.at(level)).find(|above| *above != self)
    }

    /// The 12-digit statistical form: `450000000000`.
    pub fn statistical(self) -> String {
        format!("{:012}", self.0)
    }

    /// The shortest form that nests by prefix: `45`, `4501`, `450103`, 9 or 12 digits.
    pub fn prefix(self) -> String {
        let mut text = self.statistical();
        text.truncate(self.level().digits());
        text
    }

    /// The first and the last code of this region and everything below it, in 12 digits, both included.
    pub fn subtree(self) -> (String, String) {
        let last = self.0 + below(self.level()) - 1;
        (self.statistical(), format!("{last:012}"))
    }

    /// Whether `other` is this region or lies below it.
    pub fn contains(self, other: Self) -> bool {
        (self.0..self.0 + below(self.level())).contains(&other.0)
    }
}

/// How many 12-digit codes one region of the level spans.
const fn below(level: RegionLevel) -> u64 {
    10_u64.pow(12 - level.digits() as u32)
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.statistical()[..self.level().digits().max(6)])
    }
}

impl FromStr for RegionCode {
    type Err = RegionCodeError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let form = matches!(s.len(), 2 | 4 | 6 | 9 | 12) && s.bytes().all(|b| b.is_ascii_digit());
        let code = format!("{s:0<12}").parse().ok().filter(|_| form);
        let code: u64 = code.ok_or_else(|| RegionCodeError::Form(s.to_owned()))?;
        match code / below(RegionLevel::Region) {
            11..=91 => Ok(Self(code)),
            _ => Err(RegionCodeError::Province(s.to_owned())),
        }
    }
}

impl TryFrom<String> for RegionCode {
    type Error = RegionCodeError;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<RegionCode> for String {
    fn from(code: RegionCode) -> Self {
        code.to_string()
    }
}

/// One region in one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Its code.
    pub code: RegionCode,
    /// Its name.
    pub name: Text,
    /// The first day it exists.
    pub valid_from: Date,
    /// The last day it exists; none while it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
}

impl Region {
    /// Its level.
    pub fn level(&self) -> RegionLevel {
        self.code.level()
    }

    /// Whether it exists on this day.
    pub fn in_force(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|last| on <= last)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn code(s: &str) -> RegionCode {
        s.parse().unwrap()
    }

    #[test]
    fn five_levels_read_write_and_nest() {
        let rows = [
            ("45", "450000", "450000000000", RegionLevel::Region, None),
            ("450000", "450000", "450000000000", RegionLevel::Region, None),
            ("4501", "450100", "450100000000", RegionLevel::City, Some("45")),
            ("450103", "450103", "450103000000", RegionLevel::County, Some("4501")),
            ("450103001", "450103001", "450103001000", RegionLevel::Township, Some("450103")),
            ("450103001002", "450103001002", "450103001002", RegionLevel::Village, Some("450103001")),
            // A city without counties: the township's county digits are 00.
            ("441900003", "441900003", "441900003000", RegionLevel::Township, Some("4419")),
        ];
        for (text, shown, statistical, level, parent) in rows {
            let c = code(text);
            assert_eq!((c.to_string().as_str(), c.statistical().as_str(), c.level()), (shown, statistical, level));
            assert_eq!(c.parent(), parent.map(code), "{text}");
        }
        assert_eq!(code("450103").prefix(), "450103");
        assert_eq!(code("450000").prefix(), "45");
    }

    #[test]
    fn a_subtree_is_one_range() {
        assert_eq!(code("4501").subtree(), ("450100000000".into(), "450199999999".into()));
        assert!(code("45").contains(code("450103001002")) && code("4501").contains(code("4501")));
        assert!(!code("4501").contains(code("45")) && !code("4501").contains(code("450200")));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", "4", "450", "45010", "4501030", "45a1", "４５", "450103001002000"] {
            assert_eq!(text.parse::<RegionCode>(), Err(RegionCodeError::Form(text.into())), "{text}");
        }
        for text in ["00", "000000", "10", "920000"] {
            assert_eq!(text.parse::<RegionCode>(), Err(RegionCodeError::Province(text.into())), "{text}");
        }
    }

    #[test]
    fn a_region_is_in_force_between_its_dates_both_included() {
        let name = Text::new("某县", "a county");
        let (from, to) = (date(2000, 1, 1), Some(date(2015, 6, 30)));
        let region = Region { code: code("450122"), name, valid_from: from, valid_to: to };
        let days = [(date(1999, 12, 31), false), (from, true), (date(2015, 6, 30), true), (date(2015, 7, 1), false)];
        for (on, expected) in days {
            assert_eq!(region.in_force(on), expected, "{on}");
        }
    }

    proptest! {
        #[test]
        fn subtree_as_text_and_contains_agree(a in 110_000_000_000_u64..920_000_000_000, b in 110_000_000_000_u64..920_000_000_000, cut in 0_u32..6) {
            let a = RegionCode(a - a % 10_u64.pow(cut * 2));
            let b = RegionCode(b);
            let (low, high) = a.subtree();
            prop_assert_eq!(a.contains(b), (low..=high).contains(&b.statistical()));
            prop_assert_eq!(a.to_string().parse::<RegionCode>(), Ok(a));
        }
    }
}
