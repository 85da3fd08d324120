//! Verdicts: what is stored with a decision, in a form whose bytes are the same on every run.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::value::Value;

/// Version of the serialised form of verdicts. It changes when their bytes would.
pub const SCHEMA: &str = "budayang.verdict/1";

/// How a condition came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// Met.
    Met,
    /// Not met.
    NotMet,
    /// Neither can be said; a person decides.
    Unknown {
        /// Why.
        reason: Reason,
    },
}

impl Truth {
    /// True only for [`Truth::Met`].
    pub const fn is_met(&self) -> bool {
        matches!(self, Self::Met)
    }
}

/// Why a condition is unknown: all causes, in the order of the inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason {
    /// At least one.
    pub causes: Vec<Cause>,
}

/// One cause of not knowing. No values are named: a reason may be shown where the person's data may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Cause {
    /// The input is missing or null, or something inside of it is.
    Missing {
        /// Name of the input.
        input: String,
    },
    /// The input is of another kind than declared.
    Mistyped {
        /// Name of the input.
        input: String,
        /// The declared type.
        expected: String,
        /// The kind that was given.
        found: String,
    },
    /// The input is not among the values that its type allows.
    NotAllowed {
        /// Name of the input.
        input: String,
        /// The declared type.
        expected: String,
    },
    /// A null or an error on the way.
    Fault {
        /// Line in the model, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// What happened.
        message: String,
    },
}

/// An input as a condition read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Read<'r> {
    /// Name of the input.
    pub input: Cow<'r, str>,
    /// Its value; null when it was missing.
    pub value: Value,
}

/// A decision that was computed for a condition; the condition itself comes last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step<'r> {
    /// XML id of the decision.
    pub id: Cow<'r, str>,
    /// Its name.
    pub decision: Cow<'r, str>,
    /// Its value.
    pub value: Value,
    /// Rules that matched in its tables: id, or the number from 1 where the model gives no id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<Cow<'r, str>>,
}

impl Step<'_> {
    /// The same without borrowing the rule set, to be kept after it.
    pub fn into_owned(self) -> Step<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Step {
            id: owned(self.id),
            decision: owned(self.decision),
            value: self.value,
            matched: self.matched.into_iter().map(owned).collect(),
        }
    }
}

/// The verdict on one condition. Its names are the rule set's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict<'r> {
    /// XML id of the condition.
    pub id: Cow<'r, str>,
    /// Its name.
    pub name: Cow<'r, str>,
    /// How it came out.
    pub truth: Truth,
    /// Every input it may read, in the order of the model.
    pub read: Vec<Read<'r>>,
    /// How it came about; empty when an input was in doubt and nothing was computed.
    pub trace: Vec<Step<'r>>,
}

/// What is stored: the schema and the engine with the verdicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record<'r> {
    /// [`SCHEMA`] of the engine that wrote it.
    pub schema: Cow<'r, str>,
    /// [`crate::engine_version`] of the engine that wrote it.
    pub engine: Cow<'r, str>,
    /// SHA-256 of the model.
    pub model: Cow<'r, str>,
    /// All verdicts, in the order of the conditions.
    pub verdicts: Vec<Verdict<'r>>,
}

impl<'r> Record<'r> {
    /// A record of verdicts of that model.
    pub fn new(model: &'r str, verdicts: Vec<Verdict<'r>>) -> Self {
        Self { schema: SCHEMA.into(), engine: crate::engine_version().into(), model: model.into(), verdicts }
    }

    /// The bytes that are stored and compared: JSON with the fields in their declared order.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// A record from its bytes.
    ///
    /// # Errors
    /// When the bytes are no record.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        read(bytes)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes)
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { input } => write!(f, "{input} is missing"),
            Self::Mistyped { input, expected, found } => write!(f, "{input} is {found}, expected {expected}"),
            Self::NotAllowed { input, expected } => write!(f, "{input} is not among the allowed values of {expected}"),
            Self::Fault { line, column, message } => write!(f, "{message} (line {line}, column {column})"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, cause) in self.causes.iter().enumerate() {
            write!(f, "{}{cause}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}
