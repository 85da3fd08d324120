//! The types a model declares: what an input may be, what a decision must give.

use std::fmt;
use std::sync::Arc;

use super::Value;

/// A type of FEEL or of the model's own item definitions.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Anything.
    Any,
    /// Only null.
    Null,
    /// Boolean.
    Boolean,
    /// Number.
    Number,
    /// String.
    String,
    /// Date.
    Date,
    /// Time.
    Time,
    /// Date and time.
    DateTime,
    /// Years and months duration.
    Months,
    /// Days and time duration.
    DaysTime,
    /// A list of that.
    List(Arc<Type>),
    /// A context with at least these entries.
    Context(Arc<Vec<(Arc<str>, Type)>>),
    /// A range over that.
    Range(Arc<Type>),
    /// A function: parameter types (unknown when absent) and result.
    Function(Option<Arc<Vec<Type>>>, Arc<Type>),
    /// Another type, limited to the values that pass the tests at that place of the program's list.
    Limited {
        /// What it is before the limit.
        base: Arc<Type>,
        /// Place in the program's list of tests.
        tests: u32,
        /// The item definition that sets the limit.
        name: Arc<str>,
    },
}

impl Type {
    /// A built-in type by its name in the standard.
    pub fn builtin(name: &str) -> Option<Self> {
        Some(match name {
            "Any" => Self::Any,
            "Null" => Self::Null,
            "boolean" => Self::Boolean,
            "number" => Self::Number,
            "string" => Self::String,
            "date" => Self::Date,
            "time" => Self::Time,
            "date and time" | "dateTime" => Self::DateTime,
            "years and months duration" | "yearMonthDuration" => Self::Months,
            "days and time duration" | "dayTimeDuration" => Self::DaysTime,
            "list" => Self::List(Arc::new(Self::Any)),
            "context" => Self::Context(Arc::default()),
            "range" => Self::Range(Arc::new(Self::Any)),
            "function" => Self::Function(None, Arc::new(Self::Any)),
            _ => return None,
        })
    }

    /// True for a simple value of exactly this simple type: the common case, told without building anything.
    pub(crate) const fn is_plainly(&self, value: &Value) -> bool {
        matches!(
            (value, self),
            (Value::Boolean(_), Self::Boolean)
                | (Value::Number(_), Self::Number)
                | (Value::String(_), Self::String)
                | (Value::Date(_), Self::Date)
        )
    }

    /// The type below all limits.
    pub fn base(&self) -> &Self {
        match self {
            Self::Limited { base, .. } => base.base(),
            other => other,
        }
    }

    /// True when every value of `self` is one of `wider`; limits are not looked into.
    pub fn conforms_to(&self, wider: &Self) -> bool {
        match (self.base(), wider.base()) {
            (_, Self::Any) | (Self::Null, _) => true,
            (Self::List(a), Self::List(b)) | (Self::Range(a), Self::Range(b)) => a.conforms_to(b),
            (Self::Context(a), Self::Context(b)) => {
                b.iter().all(|(name, t)| a.iter().any(|(n, u)| n == name && u.conforms_to(t)))
            }
            (Self::Function(pa, ra), Self::Function(pb, rb)) => {
                let parameters = match (pa, pb) {
                    (Some(a), Some(b)) => a.len() == b.len() && b.iter().zip(a.iter()).all(|(b, a)| b.conforms_to(a)),
                    (_, None) | (None, _) => true,
                };
                parameters && ra.conforms_to(rb)
            }
            (a, b) => a == b,
        }
    }

    /// The type that a value shows by itself.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Date(_) => Self::Date,
            Value::Time(_) => Self::Time,
            Value::DateTime(_) => Self::DateTime,
            Value::Months(_) => Self::Months,
            Value::DaysTime(_) => Self::DaysTime,
            Value::List(items) => Self::List(Arc::new(common(items.iter().map(Self::of)))),
            Value::Context(c) => Self::Context(Arc::new(c.iter().map(|(n, v)| (n.clone(), Self::of(v))).collect())),
            Value::Range(r) => Self::Range(Arc::new(common([Self::of(&r.low), Self::of(&r.high)].into_iter()))),
            Value::Function(_) => Self::Function(None, Arc::new(Self::Any)),
        }
    }
}

/// The one type of all, or `Any`.
fn common(mut types: impl Iterator<Item = Type>) -> Type {
    let Some(mut first) = types.next() else { return Type::Null };
    for t in types {
        if first == Type::Null {
            first = t;
        } else if !t.conforms_to(&first) {
            return Type::Any;
        }
    }
    first
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("Any"),
            Self::Null => f.write_str("Null"),
            Self::Boolean => f.write_str("boolean"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time"),
            Self::DateTime => f.write_str("date and time"),
            Self::Months => f.write_str("years and months duration"),
            Self::DaysTime => f.write_str("days and time duration"),
            Self::List(t) => write!(f, "list<{t}>"),
            Self::Range(t) => write!(f, "range<{t}>"),
            Self::Context(entries) => {
                f.write_str("context<")?;
                for (i, (name, t)) in entries.iter().enumerate() {
                    write!(f, "{}{name}: {t}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str(">")
            }
            Self::Function(_, result) => write!(f, "function -> {result}"),
            Self::Limited { name, .. } => f.write_str(name),
        }
    }
}
