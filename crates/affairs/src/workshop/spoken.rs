//! What a fact is held against, in people's words and back: 注册有效期至 减 30天, 从 1（含）到 5（不含）, valid、expired.
//!
//! What is spoken reads as it was meant (a property test), and what cannot be read says how it is written.

use kernel::Text;
use rules::sentence::{Comparison, Operand};
use rules::{DaysTime, Number, Type, Value};
use serde_json::{Value as Json, json};

/// Every comparison, its word in forms, and how people say it.
pub const COMPARISONS: [(Comparison, &str, (&str, &str)); 10] = [
    (Comparison::Equal, "equal", ("是", "is")),
    (Comparison::NotEqual, "not_equal", ("不是", "is not")),
    (Comparison::Less, "less", ("小于（早于）", "is below (before)")),
    (Comparison::LessOrEqual, "less_or_equal", ("不超过（不晚于）", "is at most (not after)")),
    (Comparison::Greater, "greater", ("大于（晚于）", "is above (after)")),
    (Comparison::GreaterOrEqual, "greater_or_equal", ("不低于（不早于）", "is at least (not before)")),
    (Comparison::In, "in", ("属于", "is among")),
    (Comparison::NotIn, "not_in", ("不属于", "is not among")),
    (Comparison::Yes, "yes", ("成立", "is so")),
    (Comparison::No, "no", ("不成立", "is not so")),
];

/// The word of a comparison in forms.
pub fn comparison_word(comparison: Comparison) -> &'static str {
    COMPARISONS.iter().find(|(one, _, _)| *one == comparison).map_or("equal", |(_, word, _)| word)
}

/// A comparison as people say it.
pub fn comparison_text(comparison: Comparison) -> Text {
    let found = COMPARISONS.iter().find(|(one, _, _)| *one == comparison);
    found.map_or_else(Text::default, |(_, _, (zh, en))| Text::new(*zh, *en))
}

pub(super) fn comparison(word: &str) -> Option<Comparison> {
    COMPARISONS.iter().find(|(_, known, _)| *known == word).map(|(one, _, _)| *one)
}

/// A single value.
fn plain(value: &Value) -> String {
    match value {
        Value::Boolean(true) => "是".to_owned(),
        Value::Boolean(false) => "否".to_owned(),
        Value::Months(months) => months_text(*months).unwrap_or_else(|| json_text(value)),
        Value::DaysTime(span) => days_text(*span).unwrap_or_else(|| json_text(value)),
        other => json_text(other),
    }
}

fn json_text(value: &Value) -> String {
    match value.to_json() {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

fn months_text(months: i64) -> Option<String> {
    match (months / 12, months % 12) {
        (years, rest) if years < 0 || rest < 0 => None,
        (0, rest) => Some(format!("{rest}个月")),
        (years, 0) => Some(format!("{years}年")),
        (years, rest) => Some(format!("{years}年{rest}个月")),
    }
}

fn days_text(span: DaysTime) -> Option<String> {
    match span.parts() {
        (days, 0, 0, 0) if days >= 0 => Some(format!("{days}天")),
        _ => None,
    }
}

/// What a fact is held against, as people read and write it.
pub fn said(value: &Operand) -> String {
    match value {
        Operand::Nothing => String::new(),
        Operand::Constant { value } => plain(value),
        Operand::Fact { name } => name.clone(),
        Operand::Moved { name, less, by } => format!("{name} {} {}", if *less { "减" } else { "加" }, plain(by)),
        Operand::List { values } => list(values),
        Operand::Range { low, low_closed, high, high_closed } => {
            let end = |closed: bool| if closed { "（含）" } else { "（不含）" };
            format!("从 {}{}到 {}{}", plain(low), end(*low_closed), plain(high), end(*high_closed))
        }
    }
}

/// A list with marks between; where a value has such a mark in it, as JSON.
fn list(values: &[Value]) -> String {
    let words: Vec<String> = values.iter().map(plain).collect();
    let clear = |word: &String| {
        !word.is_empty() && word.trim() == word && !word.contains(['、', '，', ',']) && !word.starts_with('[')
    };
    if words.iter().all(clear) && words.first().is_some_and(|w| !w.starts_with("从 ")) {
        words.join("、")
    } else {
        Json::Array(values.iter().map(Value::to_json).collect()).to_string()
    }
}

/// Whether a fact of that type is compared so.
///
/// # Errors
/// How it is compared instead.
pub(super) fn suits(comparison: Comparison, of: &Type) -> Result<(), Text> {
    let ordered = !matches!(of.base(), Type::Boolean | Type::String);
    match comparison {
        Comparison::Yes | Comparison::No if !matches!(of.base(), Type::Boolean | Type::Any) => Err(Text::new(
            "这个事实不是“是”或者“否”，不能说成立不成立；请选别的比较，并写出值",
            "this fact is not true or false by itself: choose another comparison and write a value",
        )),
        Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual if !ordered => {
            Err(Text::new(
                "这个事实不分大小先后；请选“是”“不是”“属于”或者“不属于”",
                "this fact has no order: choose \"is\", \"is not\", \"is among\" or \"is not among\"",
            ))
        }
        _ => Ok(()),
    }
}

/// What the words may mean: the type of the fact they stand beside, the facts there are, and what stood there before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning<'a> {
    /// The facts with their types.
    pub(super) facts: &'a [(String, Type)],
    /// The fact that is compared.
    pub(super) fact: &'a str,
    /// What it was held against before.
    pub(super) before: Option<&'a Operand>,
}

/// Reads the words again.
///
/// # Errors
/// How it is written instead.
pub(super) fn heard(words: &str, comparison: Comparison, meaning: &Meaning<'_>) -> Result<Operand, Text> {
    let words = words.trim();
    match comparison {
        Comparison::Yes | Comparison::No => Ok(Operand::Nothing),
        Comparison::In | Comparison::NotIn => meaning.several(words),
        _ => meaning.single(words),
    }
}

/// Reads a value that stands by itself, in place of another.
///
/// # Errors
/// How it is written instead.
pub(super) fn heard_alone(words: &str, facts: &[(String, Type)], before: &Operand) -> Result<Operand, Text> {
    Meaning { facts, fact: "", before: Some(before) }.single(words.trim())
}

impl Meaning<'_> {
    /// The type of the values that the fact takes: as the model declares it, else as what stood there.
    fn of(&self) -> Type {
        let declared = self.facts.iter().find(|(name, _)| name == self.fact).map(|(_, of)| of.base().clone());
        declared.filter(|of| *of != Type::Any).unwrap_or_else(|| match self.before {
            Some(Operand::Constant { value } | Operand::Range { low: value, .. }) => Type::of(value),
            Some(Operand::List { values }) => values.first().map_or(Type::String, Type::of),
            Some(Operand::Fact { name } | Operand::Moved { name, .. }) => {
                self.facts.iter().find(|(known, _)| known == name).map_or(Type::String, |(_, of)| of.base().clone())
            }
            Some(Operand::Nothing) | None => Type::String,
        })
    }

    fn single(&self, words: &str) -> Result<Operand, Text> {
        if let Some(Operand::Constant { value: Value::String(text) }) = self.before
            && **text == *words
        {
            return Ok(Operand::Constant { value: Value::text(words) });
        }
        if let Some(moved) = self.moved(words) {
            return Ok(moved);
        }
        if let Some((name, other)) = self.facts.iter().find(|(name, _)| name == words) {
            self.alike(name, other)?;
            return Ok(Operand::Fact { name: words.to_owned() });
        }
        Ok(Operand::Constant { value: constant(words, &self.of())? })
    }

    /// Two facts are compared only where they are of one kind.
    fn alike(&self, name: &str, other: &Type) -> Result<(), Text> {
        let own = self.facts.iter().find(|(known, _)| known == self.fact).map(|(_, of)| of.base());
        match own {
            Some(own) if *own != Type::Any && *other.base() != Type::Any && own != other.base() => Err(Text::new(
                format!("“{name}”和“{}”不是同一种事实（{other}、{own}），不能比较", self.fact),
                format!(
                    "{name:?} and {:?} are of different kinds ({other}, {own}): they cannot be compared",
                    self.fact
                ),
            )),
            _ => Ok(()),
        }
    }

    /// `注册有效期至 减 30天`.
    fn moved(&self, words: &str) -> Option<Operand> {
        let names = self.facts.iter().filter(|(name, _)| words.starts_with(name.as_str()));
        let (name, _) = names.max_by_key(|(name, _)| name.len())?;
        let rest = words[name.len()..].trim();
        let signs = [("减", true), ("-", true), ("−", true), ("加", false), ("+", false)];
        let (less, by) = signs.iter().find_map(|(sign, less)| Some((*less, rest.strip_prefix(sign)?.trim())))?;
        let by = span(by).or_else(|| number(by))?;
        Some(Operand::Moved { name: name.clone(), less, by })
    }

    fn several(&self, words: &str) -> Result<Operand, Text> {
        let of = self.of();
        if let Some(range) = range(words, &of) {
            return range;
        }
        let values: Vec<Value> = match serde_json::from_str::<Vec<Json>>(words) {
            Ok(list) => list.iter().map(|one| typed(one, &of)).collect::<Option<_>>().ok_or_else(|| how(&of))?,
            Err(_) => {
                let parts = words.split(['、', '，', ',']).map(str::trim).filter(|part| !part.is_empty());
                parts.map(|part| constant(part, &of)).collect::<Result<_, _>>()?
            }
        };
        if values.is_empty() {
            return Err(Text::new("请写出至少一个值，用顿号分开", "write at least one value, with commas between"));
        }
        Ok(Operand::List { values })
    }
}

/// `从 1（含）到 5（不含）`; an end of which nothing is said belongs to the range.
fn range(words: &str, of: &Type) -> Option<Result<Operand, Text>> {
    let (low, high) = words.strip_prefix('从')?.split_once('到')?;
    let end = |words: &str| {
        let words = words.trim();
        let open = words.strip_suffix("（不含）").or_else(|| words.strip_suffix("(不含)"));
        let closed = words.strip_suffix("（含）").or_else(|| words.strip_suffix("(含)"));
        constant(open.or(closed).unwrap_or(words).trim(), of).map(|value| (value, open.is_none()))
    };
    let both = end(low).and_then(|low| Ok((low, end(high)?)));
    Some(both.map(|((low, low_closed), (high, high_closed))| Operand::Range { low, low_closed, high, high_closed }))
}

/// A value of a type.
fn constant(words: &str, of: &Type) -> Result<Value, Text> {
    let read = match of {
        Type::Boolean => match words {
            "是" | "true" => Some(Value::Boolean(true)),
            "否" | "false" => Some(Value::Boolean(false)),
            _ => None,
        },
        Type::Number => number(words),
        Type::Months | Type::DaysTime => span(words),
        other => typed(&json!(words), other),
    };
    read.filter(|_| !words.is_empty()).ok_or_else(|| how(of))
}

fn typed(json: &Json, of: &Type) -> Option<Value> {
    Value::from_json(json, of).ok().filter(|value| !matches!(value, Value::Null | Value::List(_) | Value::Context(_)))
}

fn number(words: &str) -> Option<Value> {
    Number::parse(words.trim()).map(Value::Number)
}

/// `30天`, `6个月`, `1年6个月`, or as the standard writes it: `P30D`.
fn span(words: &str) -> Option<Value> {
    if words.starts_with(['P', '-']) {
        let months = Value::from_json(&json!(words), &Type::Months).ok();
        return months.or_else(|| Value::from_json(&json!(words), &Type::DaysTime).ok());
    }
    let count = |words: &str| words.trim().parse::<i64>().ok().filter(|n| (0..=100_000).contains(n));
    if let Some(days) = words.strip_suffix('天').or_else(|| words.strip_suffix('日')) {
        return Value::from_json(&json!(format!("P{}D", count(days)?)), &Type::DaysTime).ok();
    }
    let (years, rest) = words.split_once('年').map_or((None, words), |(years, rest)| (Some(years), rest));
    let months = rest.strip_suffix("个月").or_else(|| rest.strip_suffix('月'));
    let total = match (years, months, rest) {
        (Some(years), Some(months), _) => count(years)? * 12 + count(months)?,
        (Some(years), None, "") => count(years)? * 12,
        (None, Some(months), _) => count(months)?,
        _ => return None,
    };
    Some(Value::Months(total))
}

/// How a value of a type is written.
fn how(of: &Type) -> Text {
    match of {
        Type::Boolean => Text::new("请写“是”或者“否”", "write 是 or 否"),
        Type::Number => Text::new("请写一个数，例如 45 或者 0.5", "write a number, such as 45 or 0.5"),
        Type::Date => Text::new("请写日期，例如 2026-11-23", "write a day, such as 2026-11-23"),
        Type::Months | Type::DaysTime => {
            Text::new("请写期间，例如 30天、6个月、1年", "write a period, such as 30天, 6个月, 1年")
        }
        Type::String => Text::new("请写一个值", "write a value"),
        other => Text::new(format!("这个值应当是 {other}"), format!("the value should be a {other}")),
    }
}
