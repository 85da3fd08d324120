//! What a page of credit shows.

use askama::Template;

use crate::frame::Frame;
use crate::pieces::{ErrorLine, Tag};

/// Something that may be done with a record.
#[derive(Clone, Debug)]
pub struct ActChoice {
    /// What is sent.
    pub word: &'static str,
    /// What is read.
    pub label: String,
}

/// A record.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Its id.
    pub id: String,
    /// What happened.
    pub kind: String,
    /// When.
    pub on: String,
    /// The number of what it came from.
    pub number: String,
    /// Who recorded it.
    pub agency: String,
    /// The item it was about.
    pub item: String,
    /// Its points, or that it counts no more.
    pub points: Tag,
    /// The rule they come from, with its grade.
    pub rule: String,
    /// What became of it.
    pub became: Vec<String>,
    /// What the reader may do.
    pub acts: Vec<ActChoice>,
    /// What he typed.
    pub typed: String,
}

/// `/me/credit` and `/staff/credit/{number}`
#[derive(Clone, Debug, Template)]
#[template(path = "credit/credit.html")]
pub struct CreditPage {
    /// The frame.
    pub frame: Frame,
    /// Whose.
    pub name: String,
    /// Where its forms are sent.
    pub action: String,
    /// The class.
    pub class: String,
    /// The sum of the points.
    pub total: String,
    /// The rule that gave the class.
    pub rule: String,
    /// What a reader must know of the rules.
    pub note: String,
    /// Until when one may object, and what that rests on.
    pub appeal: String,
    /// What repair rests on.
    pub repair: String,
    /// How much of it is public, and for how long at most.
    pub published: String,
    /// The records, newest first.
    pub rows: Vec<EventRow>,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// Whether something was done just now.
    pub done: bool,
    /// Whether an officer reads it.
    pub is_staff: bool,
}
