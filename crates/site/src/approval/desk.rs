//! What the workbench shows: the queue, a case on one page, who did what.

use askama::Template;
use kernel::Moment;

use crate::approval::view::AnswerGroup;
use crate::frame::Frame;
use crate::pieces::{Choice, ConditionView, ErrorLine, EventView, Link, Pager, Tag, Tone};

/// A filter that is a link.
#[derive(Clone, Debug)]
pub struct FilterView {
    /// Its address.
    pub href: String,
    /// Its name.
    pub name: String,
    /// How many rows it leaves.
    pub count: u64,
    /// Whether it is on.
    pub current: bool,
}

/// A case that waits for a person.
#[derive(Clone, Debug)]
pub struct QueueRow {
    /// Green, amber, red by what is left of the time.
    pub light: Tone,
    /// What is left, in words, such as `还有 3 个工作日`.
    pub due: String,
    /// The case's page.
    pub href: String,
    /// Its number.
    pub number: String,
    /// The item.
    pub item: String,
    /// Who applied.
    pub applicant: String,
    /// Why it came to a person.
    pub why: String,
    /// Its state.
    pub tag: Tag,
    /// The region.
    pub region: String,
    /// When it was received.
    pub received_at: Moment,
    /// Who took it; empty for nobody.
    pub holder: String,
}

/// `/staff/queue`
#[derive(Clone, Debug, Template)]
#[template(path = "approval/queue.html")]
pub struct QueuePage {
    /// The frame.
    pub frame: Frame,
    /// `12 件等待处理，2 件今天到期`.
    pub counted: String,
    /// The filters.
    pub filters: Vec<FilterView>,
    /// The rows, most urgent first.
    pub rows: Vec<QueueRow>,
    /// The next page.
    pub pager: Pager,
}

/// A decision that can still be taken back.
#[derive(Clone, Debug)]
pub struct UndoView {
    /// Where to take it back (a POST).
    pub href: String,
    /// How many seconds are left.
    pub seconds: u64,
}

/// The decision's form.
#[derive(Clone, Debug)]
pub struct DecideView {
    /// Where it is sent.
    pub action: String,
    /// The case's version.
    pub version: i64,
    /// The idempotency key.
    pub key: String,
    /// What may be decided.
    pub outcomes: Vec<Choice>,
    /// The reasons: a draft in whole sentences.
    pub reasons: String,
    /// The remedies told to the applicant.
    pub remedies: String,
}

/// `/staff/cases/{number}`: left what was filed, right what the machine found, below the decision.
#[derive(Clone, Debug, Template)]
#[template(path = "approval/case.html")]
pub struct CasePage {
    /// The frame.
    pub frame: Frame,
    /// The case number.
    pub number: String,
    /// The item.
    pub item: String,
    /// Who applied.
    pub applicant: String,
    /// Its state.
    pub tag: Tag,
    /// The light of its due date.
    pub light: Tone,
    /// What is left.
    pub due: String,
    /// What was wrong with the decision as sent.
    pub errors: Vec<ErrorLine>,
    /// A decision that has not left yet.
    pub undo: Option<UndoView>,
    /// What was filed.
    pub groups: Vec<AnswerGroup>,
    /// The files.
    pub files: Vec<Link>,
    /// What the machine found.
    pub proposal: Tag,
    /// Why it could not decide alone.
    pub why: String,
    /// Every condition with its facts.
    pub conditions: Vec<ConditionView>,
    /// Hash of the rule set and version of the calendar.
    pub rules: String,
    /// The decision, where this reader may take it.
    pub decide: Option<DecideView>,
    /// Where to take the case, where nobody has.
    pub take: Option<String>,
    /// What happened so far.
    pub events: Vec<EventView>,
}

/// An act in the trail.
#[derive(Clone, Debug)]
pub struct TrailRow {
    /// When.
    pub at: Moment,
    /// Who.
    pub who: String,
    /// What they did.
    pub did: String,
    /// To what; no address where this reader may not open it.
    pub about: Link,
    /// Its leaf.
    pub leaf: Option<u64>,
}

/// `/staff/trail`
#[derive(Clone, Debug, Template)]
#[template(path = "approval/trail.html")]
pub struct TrailPage {
    /// The frame.
    pub frame: Frame,
    /// What was searched for.
    pub query: String,
    /// The acts, newest first.
    pub rows: Vec<TrailRow>,
    /// The next page.
    pub pager: Pager,
}
