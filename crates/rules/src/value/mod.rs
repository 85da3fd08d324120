//! The values a rule reads and gives, with the standard's equality and order.
//!
//! Cheap to copy: texts, lists and contexts are shared, so that a trace can hold what a condition read for nothing.

mod exact;
mod json;
mod number;
mod temporal;
mod temporal_text;
mod types;

use std::cmp::Ordering;
use std::sync::Arc;

pub(crate) use exact::Members;
pub use json::JsonError;
pub use number::{Number, RoundMode};
pub(crate) use temporal::NANOS;
pub use temporal::{Date, DateTime, DaysTime, Time, Zone};
pub(crate) use temporal_text::{format_months, parse_months};
pub use types::Type;

use crate::builtin::Builtin;

/// A value of FEEL.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// A decimal number.
    Number(Number),
    /// A text.
    String(Arc<str>),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Arc<Time>),
    /// A day and a time.
    DateTime(Arc<DateTime>),
    /// A years-and-months duration, in months.
    Months(i64),
    /// A days-and-time duration.
    DaysTime(DaysTime),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A context: named entries.
    Context(Arc<Context>),
    /// An interval.
    Range(Arc<Range>),
    /// A function.
    Function(Arc<Function>),
}

/// Named entries in the order they were written.
#[derive(Clone, Debug, Default)]
pub struct Context(Vec<(Arc<str>, Value)>);

/// As what a range was written: the standard keeps `(=10)` and `[10..10]` apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Between two ends, or beyond one.
    #[default]
    Interval,
    /// One value, `(=10)`: both ends are the value, and closed.
    Only,
    /// Everything but one value, `(!=10)`: both ends are the value, and open.
    Except,
}

/// An interval with open, closed or missing ends.
#[derive(Clone, Debug)]
pub struct Range {
    /// As what it was written.
    pub form: Form,
    /// The lower end; null when unbounded.
    pub low: Value,
    /// The lower end belongs to the interval.
    pub low_closed: bool,
    /// The upper end; null when unbounded.
    pub high: Value,
    /// The upper end belongs to the interval.
    pub high_closed: bool,
}

/// A function as a value.
#[derive(Clone, Debug)]
pub enum Function {
    /// A built-in function.
    Builtin(Builtin),
    /// A function written in the model: its definition's place in the program, and what it saw when it was made.
    Closure {
        /// Place in the program's function list.
        definition: u32,
        /// The local values at the place of its making.
        captured: Vec<Value>,
    },
    /// A decision service: its place in the program's list.
    Service(u32),
}

impl Context {
    /// An empty context.
    pub fn new() -> Self {
        Self::default()
    }

    /// The entry of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(n, _)| &**n == name).map(|(_, v)| v)
    }

    /// Sets an entry; the place of an entry that was there is kept.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, value: Value) {
        let name = name.into();
        match self.0.iter_mut().find(|(n, _)| *n == name) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name, value)),
        }
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        self.0.iter().map(|(n, v)| (n, v))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Arc<str>>> FromIterator<(N, Value)> for Context {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(entries: I) -> Self {
        let mut context = Self::new();
        for (name, value) in entries {
            context.insert(name, value);
        }
        context
    }
}

impl Value {
    /// A text value.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::String(Arc::from(text.as_ref()))
    }

    /// A list value.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A context value.
    pub fn context<N: Into<Arc<str>>>(entries: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Context(Arc::new(entries.into_iter().collect()))
    }

    /// True for null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What kind of value this is, in the words of the standard.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::DateTime(_) => "date and time",
            Self::Months(_) => "years and months duration",
            Self::DaysTime(_) => "days and time duration",
            Self::List(_) => "list",
            Self::Context(_) => "context",
            Self::Range(_) => "range",
            Self::Function(_) => "function",
        }
    }

    /// Equality of the standard: `None` for values of different kinds, which is null.
    pub fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Null, Self::Null) => Some(true),
            (Self::Null, _) | (_, Self::Null) => Some(false),
            (Self::Boolean(a), Self::Boolean(b)) => Some(a == b),
            (Self::String(a), Self::String(b)) => Some(a == b),
            (Self::Months(a), Self::Months(b)) => Some(a == b),
            (Self::Months(a), Self::DaysTime(b)) | (Self::DaysTime(b), Self::Months(a)) => {
                (*a == 0 && b.total_nanos() == 0).then_some(true)
            }
            // The standard's equality of times goes by whole seconds, unlike their order.
            (Self::Time(a), Self::Time(b)) => Some(a.whole().compare(&b.whole()) == Some(Ordering::Equal)),
            (Self::DateTime(a), Self::DateTime(b)) => Some(a.whole().compare(&b.whole()) == Some(Ordering::Equal)),
            (Self::List(a), Self::List(b)) => Some(equal_lists(a, b)),
            (Self::Context(a), Self::Context(b)) => Some(equal_contexts(a, b)),
            (Self::Range(a), Self::Range(b)) => Some(equal_ranges(a, b)),
            (Self::Function(a), Self::Function(b)) => Some(Arc::ptr_eq(a, b)),
            _ => self.compare(other).map(|o| o == Ordering::Equal),
        }
    }

    /// Order of the standard; `None` where there is none (different kinds, contexts, lists, null).
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(a.cmp(b)),
            (Self::String(a), Self::String(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => a.compare(b),
            (Self::DateTime(a), Self::DateTime(b)) => a.compare(b),
            (Self::Date(a), Self::DateTime(b)) => a.midnight(Zone::Offset(0)).compare(b),
            (Self::DateTime(a), Self::Date(b)) => a.compare(&b.midnight(Zone::Offset(0))),
            (Self::Months(a), Self::Months(b)) => Some(a.cmp(b)),
            (Self::DaysTime(a), Self::DaysTime(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

fn equal_lists(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.equals(y) == Some(true))
}

fn equal_contexts(a: &Context, b: &Context) -> bool {
    let found = |(name, value): (&Arc<str>, &Value)| b.get(name).is_some_and(|v| v.equals(value) == Some(true));
    a.len() == b.len() && a.iter().all(found)
}

fn equal_ranges(a: &Range, b: &Range) -> bool {
    a.form == b.form
        && a.low_closed == b.low_closed
        && a.high_closed == b.high_closed
        && a.low.equals(&b.low) == Some(true)
        && a.high.equals(&b.high) == Some(true)
}

impl Range {
    /// One value, or everything but it.
    pub(crate) fn point(value: &Value, form: Form) -> Self {
        let closed = form == Form::Only;
        Self { form, low: value.clone(), low_closed: closed, high: value.clone(), high_closed: closed }
    }

    /// True when no value can lie inside.
    pub(crate) fn is_empty(&self) -> bool {
        let both = !self.low.is_null() && !self.high.is_null() && self.form == Form::Interval;
        both && match self.low.compare(&self.high) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => !(self.low_closed && self.high_closed),
            _ => false,
        }
    }

    /// Whether a value lies inside; `None` when it cannot be compared.
    pub fn includes(&self, value: &Value) -> Option<bool> {
        if self.form == Form::Except {
            return value.compare(&self.low).map(Ordering::is_ne);
        }
        let low = match &self.low {
            Value::Null => true,
            low => within(value.compare(low)?, Ordering::Greater, self.low_closed),
        };
        let high = match &self.high {
            Value::Null => true,
            high => within(value.compare(high)?, Ordering::Less, self.high_closed),
        };
        Some(low && high)
    }
}

fn within(found: Ordering, wanted: Ordering, closed: bool) -> bool {
    found == wanted || (closed && found == Ordering::Equal)
}

/// Exact sameness (for tests and snapshots): null equals null, and different kinds differ.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other) == Some(true)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Boolean(b)
    }
}

impl From<Number> for Value {
    fn from(n: Number) -> Self {
        Self::Number(n)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Number(Number::from(n))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(Arc::from(text))
    }
}

impl From<Date> for Value {
    fn from(d: Date) -> Self {
        Self::Date(d)
    }
}

impl From<kernel::Date> for Value {
    fn from(d: kernel::Date) -> Self {
        Self::Date(Date::from_civil(d))
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Null, Into::into)
    }
}
