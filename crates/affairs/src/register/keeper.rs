//! What is asked of another agency that keeps a register, and what it answers. How a question gets there (HTTP, TLS,
//! credentials) is known to the program's edge alone and handed in as a [`Keeper`].

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use kernel::{Moment, Text};
use serde_json::{Map, Value as Json};

/// A question to the keeper of a register. Its form on the wire stands in `docs/register-api.yaml`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// The same at every try; it stands in the answer.
    pub request: String,
    /// Which register.
    pub register: String,
    /// About whom: citizen ids or credit codes.
    pub subjects: Vec<String>,
    /// Why: the item that is handled, or `own` where somebody looks at his own record.
    pub reason: String,
    /// For which case (its number).
    pub case: Option<String>,
}

/// A keeper's answer about one subject.
#[derive(Clone, PartialEq, Debug)]
pub struct Told {
    /// About whom.
    pub subject: String,
    /// The moment for which the keeper says so.
    pub as_of: Moment,
    /// The record; `None`: the keeper says that there is none.
    pub record: Option<Map<String, Json>>,
}

/// A keeper's answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Reply {
    /// Who says so, as shown beside a fact.
    pub source: Text,
    /// One for each subject that was asked about.
    pub told: Vec<Told>,
    /// The key whose signature under the answer was checked; `None`: the answer is not signed, or nobody told us the key.
    pub signed_by: Option<String>,
    /// The answer to the byte.
    pub bytes: Vec<u8>,
}

/// A change of a record that a decision of ours makes, told to the keeper.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// The same at every try: the keeper carries it out once.
    pub request: String,
    /// Which register.
    pub register: String,
    /// Whose record.
    pub subject: String,
    /// The fields that change; the others stay.
    pub fields: Map<String, Json>,
    /// The case that decided it (its number).
    pub case: String,
    /// When it was decided.
    pub made_at: Moment,
}

/// Why no answer came.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Silence {
    /// Not in time.
    #[error("no answer in time")]
    Slow,
    /// No connection, or it broke.
    #[error("no connection: {0}")]
    Unreached(String),
    /// The keeper says that it cannot now (429, 5xx).
    #[error("the keeper answers with status {0}")]
    Unwell(u16),
    /// The keeper refuses the question (4xx): asking again changes nothing.
    #[error("the keeper refuses the question: status {0}")]
    Refused(u16),
    /// An answer that cannot be believed: not as described, about somebody else, not signed as agreed.
    #[error("the answer cannot be believed: {0}")]
    Unsound(String),
    /// Too many questions to this register are on their way already.
    #[error("too many questions to this register wait already")]
    Crowded,
    /// It did not answer lately, so it was not asked.
    #[error("it did not answer lately and was not asked again")]
    Paused,
}

impl Silence {
    /// Whether asking again at once may help.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Slow | Self::Unreached(_) | Self::Unwell(_))
    }
}

/// An answer that is awaited.
pub type Awaited<'a, T> = Pin<Box<dyn Future<Output = Result<T, Silence>> + Send + 'a>>;

/// Another agency, as it can be asked. One try each; patience, repetition and pauses are this room's.
pub trait Keeper: Send + Sync + fmt::Debug {
    /// Asks for records.
    fn ask<'a>(&'a self, question: &'a Question) -> Awaited<'a, Reply>;

    /// Tells of a change. Carried out once however often it is told.
    fn tell<'a>(&'a self, change: &'a Change) -> Awaited<'a, ()>;

    /// Whether it is there at all: for the doctor.
    fn hail(&self) -> Awaited<'_, ()>;
}
