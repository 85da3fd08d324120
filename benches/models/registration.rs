//! The registration model beside this file, written by hand in Rust, with a generator of forms near its limits.
//!
//! An independent second opinion: it shares nothing with the engine but the calendar, and was written from the model's
//! sentences. The differential test of `rules` and the benchmarks both include it.

use jiff::Span;
use jiff::civil::Date;
use rules::{Number, Value};

/// What an applicant hands in: the 17 inputs of the model.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Form {
    /// 申请日期
    pub(crate) applied: Date,
    /// 出生日期
    pub(crate) born: Date,
    /// 证件类型
    pub(crate) document: String,
    /// 资格类别
    pub(crate) qualification: String,
    /// 执业范围
    pub(crate) scope: String,
    /// 资格取得日期
    pub(crate) qualified: Date,
    /// 注册到期日
    pub(crate) expires: Date,
    /// 实习 月数
    pub(crate) trained_months: i64,
    /// 继续教育学分, in tenths
    pub(crate) credits_tenths: i64,
    /// 体检日期
    pub(crate) examined: Date,
    /// 体检合格
    pub(crate) healthy: bool,
    /// 许可证状态
    pub(crate) licence_state: String,
    /// 许可证到期日
    pub(crate) licence_expires: Date,
    /// 单位已确认
    pub(crate) confirmed: bool,
    /// 不予注册情形数
    pub(crate) bars: i64,
    /// 处罚结束日期
    pub(crate) penalty_ended: Date,
    /// 在册单位数
    pub(crate) employers: i64,
}

/// Names of the inputs in the order of the model.
pub(crate) const INPUTS: [&str; 17] = [
    "申请日期",
    "出生日期",
    "证件类型",
    "资格类别",
    "执业范围",
    "资格取得日期",
    "注册到期日",
    "实习 月数",
    "继续教育学分",
    "体检日期",
    "体检合格",
    "许可证状态",
    "许可证到期日",
    "单位已确认",
    "不予注册情形数",
    "处罚结束日期",
    "在册单位数",
];

/// Repeatable choices (SplitMix64).
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.below(words.len() as u64)).unwrap_or(0)]
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.below(high.abs_diff(low) + 1)).unwrap_or(0)
    }

    /// A day around one that matters: often the limit itself, or a day beside it, or a leap day near it.
    fn near(&mut self, day: Date, months: i64) -> Date {
        let at = shift(day, months);
        match self.below(8) {
            0 => at,
            1 => days(at, 1),
            2 => days(at, -1),
            3 => leap_day(at),
            _ => {
                let apart = self.between(-900, 900);
                days(at, apart)
            }
        }
    }
}

fn days(day: Date, n: i64) -> Date {
    day.checked_add(Span::new().days(n)).unwrap_or(day)
}

/// As many months later, on the last day of the month where that day does not exist.
fn shift(day: Date, months: i64) -> Date {
    day.checked_add(Span::new().months(months)).unwrap_or(day)
}

fn leap_day(near: Date) -> Date {
    Date::new(near.year() / 4 * 4, 2, 29).unwrap_or(near)
}

impl Form {
    /// A form near the limits of the model.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let applied = match dice.below(4) {
            0 => leap_day(Date::constant(2024, 1, 1)),
            1 => Date::constant(2025, 2, 28),
            _ => days(Date::constant(2026, 1, 1), dice.between(-400, 400)),
        };
        let years = [0, 12, 36, 60, 120];
        let held = years[usize::try_from(dice.below(5)).unwrap_or(0)];
        let qualified = dice.near(applied, -held);
        let ages = [18 * 12, 65 * 12, 30 * 12];
        let age = ages[usize::try_from(dice.below(3)).unwrap_or(0)];
        let examined_before = -12 * dice.between(0, 1);
        let born = if dice.below(3) == 0 { dice.near(qualified, -240) } else { dice.near(applied, -age) };
        Self {
            applied,
            born,
            document: dice.of(&["身份证", "护照", "居留证", "驾驶证"]).to_owned(),
            qualification: dice.of(&["药学", "中药学", "护理", "其他"]).to_owned(),
            scope: dice.of(&["生产", "经营", "使用", "临床", "社区"]).to_owned(),
            qualified,
            expires: days(applied, dice.between(25, 35)),
            trained_months: dice.between(0, 10),
            credits_tenths: [0, 299, 300, 434, 435, 436, 450, 754, 755, 3999, 4000, -1]
                [usize::try_from(dice.below(12)).unwrap_or(0)],
            examined: dice.near(applied, examined_before),
            healthy: dice.below(8) > 0,
            licence_state: dice.of(&["valid", "valid", "under_review", "suspended", "revoked"]).to_owned(),
            licence_expires: days(applied, dice.between(-2, 2)),
            confirmed: dice.below(8) > 0,
            bars: dice.between(0, 1),
            penalty_ended: dice.near(applied, -24),
            employers: dice.between(0, 2),
        }
    }

    /// The inputs as the engine takes them, in the order of the model.
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![
            self.applied.into(),
            self.born.into(),
            self.document.as_str().into(),
            self.qualification.as_str().into(),
            self.scope.as_str().into(),
            self.qualified.into(),
            self.expires.into(),
            self.trained_months.into(),
            Number::scaled(self.credits_tenths, 1).map_or(Value::Null, Value::Number),
            self.examined.into(),
            self.healthy.into(),
            self.licence_state.as_str().into(),
            self.licence_expires.into(),
            self.confirmed.into(),
            self.bars.into(),
            self.penalty_ended.into(),
            self.employers.into(),
        ]
    }

    fn required_tenths(&self) -> i64 {
        match whole_months(self.qualified, self.applied) / 12 {
            ..1 => 0,
            1 | 2 => 300,
            3 | 4 => 450,
            _ => 755,
        }
    }

    fn required_months(&self) -> i64 {
        match (self.qualification.as_str(), self.scope.as_str()) {
            ("护理", "临床") => 8,
            ("护理", _) => 6,
            (_, "生产") => 0,
            _ => 3,
        }
    }

    fn fits_scope(&self) -> bool {
        match self.qualification.as_str() {
            "药学" => matches!(self.scope.as_str(), "生产" | "经营" | "使用"),
            "中药学" => matches!(self.scope.as_str(), "经营" | "使用"),
            "护理" => matches!(self.scope.as_str(), "临床" | "社区"),
            _ => false,
        }
    }

    /// The 20 conditions in the order of the model.
    pub(crate) fn conditions(&self) -> [bool; 20] {
        [
            shift(self.born, 18 * 12) <= self.applied,
            self.applied < shift(self.born, 65 * 12),
            matches!(self.document.as_str(), "身份证" | "护照" | "居留证"),
            self.fits_scope(),
            self.qualified <= self.applied,
            self.credits_tenths >= self.required_tenths(),
            self.trained_months >= self.required_months(),
            (0..4000).contains(&self.credits_tenths),
            self.examined > shift(self.applied, -12) && self.examined <= self.applied,
            self.healthy,
            matches!(self.licence_state.as_str(), "valid" | "under_review"),
            self.licence_state != "under_review",
            self.licence_expires >= self.applied,
            self.confirmed,
            self.bars == 0,
            shift(self.penalty_ended, 24) <= self.applied,
            self.employers <= 1,
            self.applied <= days(self.expires, -30),
            // A third of the credits, at least 14.5: without dividing.
            self.credits_tenths >= 435,
            self.qualified >= self.born && whole_months(self.born, self.qualified) >= 240,
        ]
    }
}

/// Whole months between two days, cut towards zero.
fn whole_months(from: Date, to: Date) -> i64 {
    let raw = i64::from(to.year() - from.year()) * 12 + i64::from(to.month() - from.month());
    if raw > 0 && to.day() < from.day() {
        raw - 1
    } else if raw < 0 && to.day() > from.day() {
        raw + 1
    } else {
        raw
    }
}
