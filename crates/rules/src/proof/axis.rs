//! An axis: the values of one column cut at the constants that its cells name.
//!
//! Between two neighbouring constants no cell can tell one value from another, so one example stands for all of them. A
//! stretch that holds no value at all (between two neighbouring days) is no place of the axis.

use std::cmp::Ordering;
use std::sync::Arc;

use super::spans::Spans;
use crate::feel::ast::Compare;
use crate::value::{Date, DateTime, DaysTime, Number, Range, RoundMode, Type, Value};

/// The kinds of values that can be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Boolean,
    String,
    /// A number; only whole ones where the column counts something.
    Number {
        whole: bool,
    },
    Date,
    DateTime,
    Months,
    DaysTime,
}

impl Of {
    pub(crate) fn of_type(of: &Type, whole: bool) -> Option<Self> {
        Some(match of.base() {
            Type::Boolean => Self::Boolean,
            Type::String => Self::String,
            Type::Number => Self::Number { whole },
            Type::Date => Self::Date,
            Type::DateTime => Self::DateTime,
            Type::Months => Self::Months,
            Type::DaysTime => Self::DaysTime,
            _ => return None,
        })
    }

    /// Whether a constant can cut this axis.
    pub(crate) fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Boolean, Value::Boolean(_))
            | (Self::String, Value::String(_))
            | (Self::Number { .. }, Value::Number(_))
            | (Self::Date, Value::Date(_))
            | (Self::Months, Value::Months(_))
            | (Self::DaysTime, Value::DaysTime(_)) => true,
            // Moments are equal by whole seconds and ordered by fractions of them.
            (Self::DateTime, Value::DateTime(t)) => t.time.nanos.is_multiple_of(1_000_000_000),
            _ => false,
        }
    }

    const fn has_order(self) -> bool {
        !matches!(self, Self::Boolean | Self::String)
    }
}

/// A column's values, cut into places that are numbered from 0.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) of: Of,
    /// The constants, ascending.
    points: Vec<Value>,
    /// For each stretch and one more: how many places stand before it.
    ranks: Vec<u32>,
    /// An example of each place.
    pub(crate) examples: Vec<Value>,
}

impl Axis {
    /// An axis cut at those constants. `None` where they have no order among each other.
    pub(crate) fn new(of: Of, mut points: Vec<Value>) -> Option<Self> {
        if of == Of::Boolean {
            points = vec![Value::Boolean(false), Value::Boolean(true)];
        }
        let ordered = points.windows(2).all(|w| of == Of::Boolean || w[0].compare(&w[1]).is_some());
        if !ordered || !points.iter().all(|p| of.fits(p)) {
            return None;
        }
        if of != Of::Boolean {
            points.sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
            points.dedup_by(|a, b| a.compare(b) == Some(Ordering::Equal));
        }
        let mut axis = Self { of, points, ranks: Vec::new(), examples: Vec::new() };
        let size = axis.stretches();
        axis.keep(&Spans::one(0, size));
        Some(axis)
    }

    /// How many places there are.
    pub(crate) fn size(&self) -> u32 {
        self.ranks.last().copied().unwrap_or(0)
    }

    /// Stretches, those without a value included: a constant is one, and what lies around constants.
    fn stretches(&self) -> u32 {
        let constants = u32::try_from(self.points.len()).unwrap_or(u32::MAX / 4);
        match self.of {
            Of::Boolean => constants,
            Of::String => constants + 1,
            _ => constants * 2 + 1,
        }
    }

    /// Leaves only those stretches, and of them those that hold a value.
    fn keep(&mut self, stretches: &Spans) {
        self.ranks = vec![0];
        self.examples.clear();
        for stretch in 0..self.stretches() {
            let example = if stretches.contains(stretch) { self.example(stretch) } else { None };
            self.examples.extend(example);
            self.ranks.push(u32::try_from(self.examples.len()).unwrap_or(u32::MAX));
        }
    }

    /// Leaves only the values of those tests.
    pub(crate) fn limit(&mut self, test: &Test) {
        let allowed = self.raw(test);
        self.keep(&allowed);
    }

    /// The places that a test lets through.
    pub(crate) fn spans(&self, test: &Test) -> Spans {
        self.raw(test).ranked(&self.ranks)
    }

    fn raw(&self, test: &Test) -> Spans {
        let size = self.stretches();
        match test {
            Test::All => Spans::one(0, size),
            Test::Compare(op, value) => self.compared(*op, value),
            Test::Range(range) => self.ranged(range),
            Test::Not(inner) => self.raw(inner).others(size),
            Test::Any(list) => list.iter().fold(Spans::none(), |all, one| all.union(&self.raw(one))),
            Test::Every(list) => list.iter().fold(Spans::one(0, size), |all, one| all.meet(&self.raw(one))),
        }
    }

    /// The stretch that a constant is.
    fn stretch(&self, value: &Value) -> Option<u32> {
        let place = if self.of == Of::Boolean {
            usize::from(matches!(value, Value::Boolean(true)))
        } else {
            self.points.binary_search_by(|p| p.compare(value).unwrap_or(Ordering::Less)).ok()?
        };
        let place = u32::try_from(place).ok()?;
        Some(if self.of.has_order() { place * 2 + 1 } else { place })
    }

    fn compared(&self, op: Compare, value: &Value) -> Spans {
        let Some(at) = self.stretch(value) else { return Spans::none() };
        let size = self.stretches();
        match op {
            Compare::Equal => Spans::one(at, at + 1),
            Compare::NotEqual => Spans::one(at, at + 1).others(size),
            Compare::Less => Spans::one(0, at),
            Compare::LessOrEqual => Spans::one(0, at + 1),
            Compare::Greater => Spans::one(at + 1, size),
            Compare::GreaterOrEqual => Spans::one(at, size),
        }
    }

    fn ranged(&self, range: &Range) -> Spans {
        let from = match &range.low {
            Value::Null => Some(0),
            low => self.stretch(low).map(|at| if range.low_closed { at } else { at + 1 }),
        };
        let to = match &range.high {
            Value::Null => Some(self.stretches()),
            high => self.stretch(high).map(|at| if range.high_closed { at + 1 } else { at }),
        };
        match (from, to) {
            (Some(from), Some(to)) => Spans::one(from, to),
            _ => Spans::none(),
        }
    }

    /// A value of the stretch; `None` where it holds none.
    fn example(&self, stretch: u32) -> Option<Value> {
        let place = stretch as usize;
        match self.of {
            Of::Boolean => self.points.get(place).cloned(),
            Of::String => self.points.get(place).cloned().or_else(|| Some(other_text(&self.points))),
            _ if place % 2 == 1 => self.points.get(place / 2).cloned().filter(|p| self.holds(p)),
            _ => {
                let low = (place / 2).checked_sub(1).and_then(|i| self.points.get(i));
                between(self.of, low, self.points.get(place / 2))
            }
        }
    }

    /// Whether a constant is a value that the column can have.
    fn holds(&self, point: &Value) -> bool {
        match (self.of, point) {
            (Of::Number { whole: true }, Value::Number(n)) => n.is_integer(),
            _ => true,
        }
    }

    /// Another value than that; one of the same place where nothing cuts the axis.
    pub(crate) fn another(&self, value: &Value) -> Option<Value> {
        let other = self.examples.iter().find(|e| e.equals(value) == Some(false));
        other.cloned().or_else(|| match self.of {
            _ if !self.points.is_empty() => None,
            Of::Boolean => None,
            Of::String => Some(other_text(std::slice::from_ref(value))),
            of => between(of, Some(value), None),
        })
    }
}

/// What a cell asks of its column's value, over constants only.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    All,
    Compare(Compare, Value),
    Range(Arc<Range>),
    Not(Box<Test>),
    Any(Vec<Test>),
    Every(Vec<Test>),
}

impl Test {
    /// The constants it names.
    pub(crate) fn points(&self, out: &mut Vec<Value>) {
        match self {
            Self::All => {}
            Self::Compare(_, value) => out.push(value.clone()),
            Self::Range(range) => {
                out.extend([&range.low, &range.high].into_iter().filter(|v| !v.is_null()).cloned());
            }
            Self::Not(inner) => inner.points(out),
            Self::Any(list) | Self::Every(list) => list.iter().for_each(|t| t.points(out)),
        }
    }
}

/// A text that is none of those.
fn other_text(points: &[Value]) -> Value {
    let taken = |text: &str| points.iter().any(|p| matches!(p, Value::String(s) if **s == *text));
    let text = (0..=points.len()).map(|i| format!("other{}", "*".repeat(i))).find(|t| !taken(t));
    Value::from(text.unwrap_or_default())
}

/// A value between two constants, or beyond one, that is easy to read; `None` where there is none.
fn between(of: Of, low: Option<&Value>, high: Option<&Value>) -> Option<Value> {
    let inside = |v: &Value| {
        low.is_none_or(|l| v.compare(l) == Some(Ordering::Greater))
            && high.is_none_or(|h| v.compare(h) == Some(Ordering::Less))
    };
    let found = match of {
        Of::Number { whole } => return number_between(number(low), number(high), whole),
        Of::Date => {
            let days = |v: Option<&Value>| match v {
                Some(Value::Date(d)) => Some(d.epoch_days()),
                _ => None,
            };
            Value::Date(Date::from_epoch_days(step(days(low), days(high), 20_454)?)?)
        }
        Of::Months => {
            let months = |v: Option<&Value>| match v {
                Some(Value::Months(m)) => Some(*m),
                _ => None,
            };
            Value::Months(step(months(low), months(high), 0)?)
        }
        Of::DaysTime => span_between(low, high)?,
        Of::DateTime => moment_between(low, high)?,
        Of::Boolean | Of::String => return None,
    };
    inside(&found).then_some(found)
}

fn number(v: Option<&Value>) -> Option<Number> {
    match v {
        Some(Value::Number(n)) => Some(*n),
        _ => None,
    }
}

/// One more than the lower end, one less than the upper one, or the value of choice.
fn step(low: Option<i64>, high: Option<i64>, free: i64) -> Option<i64> {
    match (low, high) {
        (Some(low), _) => low.checked_add(1),
        (None, Some(high)) => high.checked_sub(1),
        (None, None) => Some(free),
    }
}

fn number_between(low: Option<Number>, high: Option<Number>, whole: bool) -> Option<Value> {
    let inside = |n: &Number| low.is_none_or(|l| *n > l) && high.is_none_or(|h| *n < h);
    let near = match (low, high) {
        (Some(low), _) => low.round(0, RoundMode::Floor)?.plus(Number::ONE)?,
        (None, Some(high)) => high.round(0, RoundMode::Ceiling)?.minus(Number::ONE)?,
        (None, None) => Number::ZERO,
    };
    if inside(&near) {
        return Some(Value::Number(near));
    }
    let (Some(low), Some(high), false) = (low, high, whole) else { return None };
    let middle = low.plus(high)?.over(Number::from(2))?;
    let short = (1..=33).filter_map(|scale| middle.round(scale, RoundMode::HalfEven)).find(|n| inside(n));
    short.or(Some(middle)).filter(inside).map(Value::Number)
}

fn span_between(low: Option<&Value>, high: Option<&Value>) -> Option<Value> {
    let nanos = |v: Option<&Value>| match v {
        Some(Value::DaysTime(d)) => Some(d.total_nanos()),
        _ => None,
    };
    let day = 86_400 * crate::value::NANOS;
    let at = match (nanos(low), nanos(high)) {
        (Some(low), Some(high)) if low + day < high => low + day,
        (Some(low), Some(high)) => low + (high - low) / 2,
        (Some(low), None) => low + day,
        (None, Some(high)) => high - day,
        (None, None) => 0,
    };
    DaysTime::from_nanos(at).map(Value::DaysTime)
}

fn moment_between(low: Option<&Value>, high: Option<&Value>) -> Option<Value> {
    let moved = |v: &Value, secs: i64| match v {
        Value::DateTime(t) => t.plus(DaysTime::from_secs(secs)).map(|t| Value::DateTime(Arc::new(t))),
        _ => None,
    };
    match (low, high) {
        (Some(low), Some(high)) => {
            let day = moved(low, 86_400)?;
            if day.compare(high) == Some(Ordering::Less) { Some(day) } else { moved(low, 1) }
        }
        (Some(low), None) => moved(low, 86_400),
        (None, Some(high)) => moved(high, -86_400),
        (None, None) => DateTime::from_epoch_ms(1_767_225_600_000, 0).map(|t| Value::DateTime(Arc::new(t))),
    }
}
