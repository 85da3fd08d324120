//! With whom a case lies, and the decision that has been signed and has not left: what the page of a case shows of them.

use crate::pieces::Choice;

/// With whom a case lies.
#[derive(Clone, Debug, Default)]
pub struct HoldView {
    /// Who has it, in a sentence; empty where it waits for nobody here.
    pub who: String,
    /// Why, in a sentence; may be empty.
    pub why: String,
    /// Why this reader must stay away from it; may be empty.
    pub recused: String,
    /// Where the acts are sent.
    pub action: String,
    /// Whether this reader may take it.
    pub take: bool,
    /// Whether this reader may give it back.
    pub give_back: bool,
    /// To whom this reader may give it; empty where he may not.
    pub officers: Vec<Choice>,
    /// What is wrong with that choice; may be empty.
    pub officer_error: String,
}

/// The decision at the door.
#[derive(Clone, Debug)]
pub struct DoorView {
    /// What was decided.
    pub ruling: String,
    /// Why.
    pub reasons: String,
    /// Who signed, and when, in a sentence.
    pub by: String,
    /// The second officer, in a sentence; may be empty.
    pub second: String,
    /// When it leaves, or whom it waits for, in a sentence.
    pub leaves: String,
    /// Where the acts are sent.
    pub action: String,
    /// Whether this reader may take it back.
    pub undo: bool,
    /// Whether this reader may send it off now.
    pub leave: bool,
    /// Whether this reader may concur or differ.
    pub second_may: bool,
    /// What the second officer objected, as typed.
    pub opinion: String,
    /// What is wrong with it; may be empty.
    pub opinion_error: String,
    /// How often the page asks again; seconds, 0 for never.
    pub refresh_seconds: u32,
}

/// More time for the decision: asked, approved, or the forms for both.
#[derive(Clone, Debug, Default)]
pub struct MoreTimeView {
    /// How it stands, in a sentence; empty where nothing was asked.
    pub stands: String,
    /// Why it was asked; may be empty.
    pub reasons: String,
    /// What the head said; may be empty.
    pub answer: String,
    /// Where the acts are sent.
    pub action: String,
    /// The words above the form that asks; empty where this reader may not.
    pub ask: String,
    /// Whether this reader may approve.
    pub approve: bool,
    /// As typed.
    pub typed: String,
    /// What is wrong with it; may be empty.
    pub error: String,
}

/// A piece that may follow, or came.
#[derive(Clone, Debug)]
pub struct GapRow {
    /// Which.
    pub name: String,
    /// Until when, or when it came.
    pub stands: String,
    /// Where it is taken in, by those who may.
    pub fill: Option<String>,
}

/// Pieces that may follow (容缺受理), and the form that accepts without one.
#[derive(Clone, Debug, Default)]
pub struct GapsView {
    /// The pieces.
    pub rows: Vec<GapRow>,
    /// What may still follow; empty where nothing may, or this reader may not.
    pub offered: Vec<Choice>,
    /// Where the form is sent.
    pub action: String,
    /// The case's version.
    pub version: i64,
    /// Until when at the latest, in a sentence.
    pub hint: String,
    /// The day as typed.
    pub until: String,
    /// What is wrong with the choice; may be empty.
    pub material_error: String,
    /// What is wrong with the day; may be empty.
    pub until_error: String,
}

/// The first review of the agency below: how it stands, and the form that passes the file up.
#[derive(Clone, Debug)]
pub struct FirstView {
    /// In a sentence: who reviews for whom, or what came up.
    pub stands: String,
    /// The opinion; empty until there is one.
    pub opinion: String,
    /// The form, where this reader reviews.
    pub form: Option<FirstForm>,
}

/// The form that passes a file up.
#[derive(Clone, Debug)]
pub struct FirstForm {
    /// Where it is sent.
    pub action: String,
    /// The version of the case it was made for.
    pub version: i64,
    /// To which agency.
    pub above: String,
    /// `yes`, `no` or nothing yet.
    pub favourable: String,
    /// What is wrong with that; may be empty.
    pub favourable_error: String,
    /// The opinion as typed.
    pub opinion: String,
    /// What is wrong with it; may be empty.
    pub opinion_error: String,
}
