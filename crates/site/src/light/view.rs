//! What is shown of limits and their lights.

use askama::Template;
use kernel::Moment;

use crate::frame::Frame;
use crate::pieces::{Link, Tone};

/// One limit of a case.
#[derive(Clone, Debug)]
pub struct CourseRow {
    /// Which.
    pub name: String,
    /// When it began.
    pub from: Moment,
    /// Until when, in words.
    pub until: String,
    /// How much of it was used, in words; empty where the work calendar does not reach.
    pub used: String,
    /// Its colour.
    pub light: Tone,
    /// That colour in a word.
    pub word: String,
    /// What was answered for it; may be empty.
    pub reply: String,
}

/// What waits at an agency.
#[derive(Clone, Debug)]
pub struct StandingRow {
    /// The agency.
    pub agency: String,
    /// Cases that wait for a person.
    pub waiting: i64,
    /// Of them with a clock that stands still.
    pub stopped: i64,
    /// Of them past the promised limit.
    pub overdue: i64,
    /// How long the oldest has waited, in words.
    pub oldest: String,
    /// Unanswered red lights.
    pub lights: i64,
    /// The tone of the row.
    pub light: Tone,
}

/// A light that asks for something.
#[derive(Clone, Debug)]
pub struct LightRow {
    /// Its tone.
    pub light: Tone,
    /// Its colour in a word.
    pub word: String,
    /// Which limit, and until when it ran.
    pub limit: String,
    /// The case.
    pub case: Link,
    /// The item.
    pub item: String,
    /// Who must answer, and whether it was handed up.
    pub holder: String,
    /// Until when, in words; may be empty.
    pub reply_until: String,
    /// The form's address and what names the light; none where this reader may not answer.
    pub answer: Option<Answer>,
}

/// The form of an answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Unique on the page.
    pub id: String,
    /// The case number.
    pub number: String,
    /// The limit's word.
    pub clock: String,
    /// The colour's word.
    pub colour: String,
    /// As typed before.
    pub typed: String,
    /// What was wrong with it; may be empty.
    pub error: String,
}

/// `/staff/lights`
#[derive(Clone, Debug, Template)]
#[template(path = "light/board.html")]
pub struct BoardPage {
    /// The frame.
    pub frame: Frame,
    /// `12 件等待，3 件超期，2 个亮灯待答复`.
    pub counted: String,
    /// Whether an answer was kept just now.
    pub done: bool,
    /// What waits, by agency.
    pub standings: Vec<StandingRow>,
    /// The lights.
    pub lights: Vec<LightRow>,
}
