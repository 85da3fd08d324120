//! A row that was read: columns by name, each asked for as what it must be.

use std::sync::Arc;

use kernel::{Date, Id, Moment};

use crate::{Fault, Value};

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub(crate) columns: Arc<[String]>,
    pub(crate) values: Vec<Value>,
}

impl Row {
    /// The value of a column. No such column in the answer: a program mistake.
    pub fn value(&self, column: &str) -> Result<&Value, Fault> {
        let at = self.columns.iter().position(|c| c == column);
        at.and_then(|at| self.values.get(at)).ok_or_else(|| {
            Fault::Misuse(format!("the answer has no column {column:?}, only {}", self.columns.join(", ")))
        })
    }

    /// A number.
    pub fn int(&self, column: &str) -> Result<i64, Fault> {
        self.opt_int(column)?.ok_or_else(|| null(column))
    }

    /// A number, or nothing.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, Fault> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Int(n) => Ok(Some(*n)),
            other => Err(mistyped(column, other, "a number")),
        }
    }

    /// Yes or no: 1 or 0.
    pub fn flag(&self, column: &str) -> Result<bool, Fault> {
        Ok(self.int(column)? != 0)
    }

    /// Text.
    pub fn text(&self, column: &str) -> Result<&str, Fault> {
        self.opt_text(column)?.ok_or_else(|| null(column))
    }

    /// Text, or nothing.
    pub fn opt_text(&self, column: &str) -> Result<Option<&str>, Fault> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(mistyped(column, other, "text")),
        }
    }

    /// Bytes.
    pub fn blob(&self, column: &str) -> Result<&[u8], Fault> {
        self.opt_blob(column)?.ok_or_else(|| null(column))
    }

    /// Bytes, or nothing.
    pub fn opt_blob(&self, column: &str) -> Result<Option<&[u8]>, Fault> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            other => Err(mistyped(column, other, "bytes")),
        }
    }

    /// A point in time.
    pub fn moment(&self, column: &str) -> Result<Moment, Fault> {
        Ok(Moment::from_ms(self.int(column)?))
    }

    /// A point in time, or nothing.
    pub fn opt_moment(&self, column: &str) -> Result<Option<Moment>, Fault> {
        Ok(self.opt_int(column)?.map(Moment::from_ms))
    }

    /// An id.
    pub fn id(&self, column: &str) -> Result<Id, Fault> {
        self.opt_id(column)?.ok_or_else(|| null(column))
    }

    /// An id, or nothing.
    pub fn opt_id(&self, column: &str) -> Result<Option<Id>, Fault> {
        self.parsed(column, "an id")
    }

    /// A civil date (kept as text, `2026-11-23`).
    pub fn date(&self, column: &str) -> Result<Date, Fault> {
        self.opt_date(column)?.ok_or_else(|| null(column))
    }

    /// A civil date, or nothing.
    pub fn opt_date(&self, column: &str) -> Result<Option<Date>, Fault> {
        self.parsed(column, "a date")
    }

    fn parsed<T: std::str::FromStr>(&self, column: &str, wanted: &str) -> Result<Option<T>, Fault> {
        let text = self.opt_text(column)?;
        text.map(|t| t.parse().map_err(|_| Fault::Misuse(format!("column {column} holds {t:?}, not {wanted}"))))
            .transpose()
    }
}

fn null(column: &str) -> Fault {
    Fault::Misuse(format!("column {column} holds nothing where something was expected"))
}

fn mistyped(column: &str, found: &Value, wanted: &str) -> Fault {
    Fault::Misuse(format!("column {column} holds {}, not {wanted}", found.kind()))
}
