//! What the workbench shows: the queue, a case on one page, who did what.

use askama::Template;
use kernel::{Date, Moment};

use crate::approval::found::ContradictionView;
use crate::approval::hold::{DoorView, FirstView, GapsView, HoldView, MoreTimeView};
use crate::approval::view::{AnswerGroup, DecisionView};
use crate::frame::Frame;
use crate::light::view::CourseRow;
use crate::material::view::MaterialsView;
use crate::pieces::{Choice, ConditionView, ErrorLine, EventView, Link, Pager, Tag, Tone};

/// A filter that is a link.
#[derive(Clone, Debug)]
pub struct FilterView {
    /// Its address.
    pub href: String,
    /// Its name.
    pub name: String,
    /// How many rows it leaves, where that is counted.
    pub count: Option<usize>,
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
    /// With whom it lies; may be empty.
    pub with: String,
    /// The region.
    pub region: String,
    /// When it was received; filed, where it is not complete yet.
    pub received_at: Moment,
}

/// `/staff/queue`
#[derive(Clone, Debug, Template)]
#[template(path = "approval/queue.html")]
pub struct QueuePage {
    /// The frame.
    pub frame: Frame,
    /// `12 件等待处理，2 件今天到期`.
    pub counted: String,
    /// Whether it shows what waits for a person.
    pub waiting: bool,
    /// The filters.
    pub filters: Vec<FilterView>,
    /// Whose cases: his own, his agency's, all.
    pub whose: Vec<FilterView>,
    /// How many lights are lit on cases that lie with the reader, in a sentence; empty for none.
    pub lit: String,
    /// Whether the reader may see how colleagues decided.
    pub compares: bool,
    /// The rows, most urgent first.
    pub rows: Vec<QueueRow>,
    /// The next page.
    pub pager: Pager,
}

/// The decision's form.
#[derive(Clone, Debug)]
pub struct DecideView {
    /// Where it is sent.
    pub action: String,
    /// The case's version: what the officer looked at.
    pub version: i64,
    /// What may be decided.
    pub outcomes: Vec<Choice>,
    /// What is wrong with that; may be empty.
    pub outcome_error: String,
    /// The reasons as typed.
    pub reasons: String,
    /// What is wrong with them; may be empty.
    pub reasons_error: String,
    /// Whole sentences of the one notice, to be picked; empty where none may go out any more.
    pub lines: Vec<Choice>,
    /// Whole sentences to copy, made from what failed.
    pub drafts: Vec<String>,
    /// The remedies a refusal will carry.
    pub remedies: String,
}

/// Special steps on the page of a case.
#[derive(Clone, Debug, Default)]
pub struct StepView {
    /// Those that were taken.
    pub taken: Vec<TakenStep>,
    /// The one under way.
    pub under_way: Option<UnderWayView>,
    /// The form that orders one, where this reader may.
    pub order: Option<OrderView>,
    /// What was typed and can no longer be sent.
    pub kept: Vec<String>,
}

impl StepView {
    /// The same for a reader who may only look.
    pub fn seen(self) -> Self {
        let under_way = self.under_way.map(|way| UnderWayView { action: None, ..way });
        Self { order: None, under_way, ..self }
    }
}

/// A special step with its result.
#[derive(Clone, Debug)]
pub struct TakenStep {
    /// What it was and what it came to.
    pub what: String,
    /// What was found.
    pub findings: String,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Whether the requirement is met.
    pub passed: bool,
}

/// The special step that is under way.
#[derive(Clone, Debug)]
pub struct UnderWayView {
    /// What is done.
    pub stage: String,
    /// Who goes.
    pub officers: String,
    /// What the applicant was told.
    pub notice: String,
    /// The last day of the time told.
    pub until: Date,
    /// Where the result is sent, by those who may record it.
    pub action: Option<String>,
    /// The case's version.
    pub version: i64,
    /// `yes`, `no` or nothing, as typed.
    pub passed: String,
    /// What is wrong with that; may be empty.
    pub passed_error: String,
    /// The findings as typed.
    pub findings: String,
    /// What is wrong with them; may be empty.
    pub findings_error: String,
}

/// The form that orders a special step.
#[derive(Clone, Debug)]
pub struct OrderView {
    /// Where it is sent.
    pub action: String,
    /// The case's version.
    pub version: i64,
    /// The item's special stages.
    pub stages: Vec<Choice>,
    /// What is wrong with the choice; may be empty.
    pub stage_error: String,
    /// Who may be sent.
    pub officers: Vec<Choice>,
    /// What is wrong with the choice; may be empty.
    pub officers_error: String,
    /// The notice as typed.
    pub notice: String,
    /// What is wrong with it; may be empty.
    pub notice_error: String,
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
    /// Where it lies: the name under which it was filed, and what that is now.
    pub place: String,
    /// Whether its record follows the flow, and what does not fit.
    pub followed: Option<(Tag, String)>,
    /// Its state.
    pub tag: Tag,
    /// The light of its due date.
    pub light: Tone,
    /// What is left; empty once it is closed.
    pub due: String,
    /// What was wrong with the decision as sent.
    pub errors: Vec<ErrorLine>,
    /// Whether the decision was sent just now.
    pub sent: bool,
    /// Whether a special step was ordered or recorded just now.
    pub stepped: bool,
    /// Special steps: taken, under way, to be ordered.
    pub steps: StepView,
    /// With whom it lies.
    pub hold: HoldView,
    /// The decision that was signed and has not left.
    pub door: Option<DoorView>,
    /// Pieces that may follow.
    pub gaps: GapsView,
    /// The first review of the agency below, where the law wants one.
    pub first: Option<FirstView>,
    /// More time for the decision.
    pub more_time: MoreTimeView,
    /// Reasons that were typed and can no longer be sent; may be empty.
    pub kept: String,
    /// A person's decision.
    pub decision: Option<DecisionView>,
    /// What was filed.
    pub groups: Vec<AnswerGroup>,
    /// What was handed in as files.
    pub materials: MaterialsView,
    /// What the machine found.
    pub proposal: Tag,
    /// Why it could not decide alone, a sentence a line.
    pub why: Vec<String>,
    /// What the form and the registers say differently.
    pub contradictions: Vec<ContradictionView>,
    /// Every condition with its facts.
    pub conditions: Vec<ConditionView>,
    /// Hash of the rule set and version of the calendar.
    pub rules: String,
    /// The decision's form, where this reader may decide.
    pub decide: Option<DecideView>,
    /// Whether the case waits for a decision that this reader may not take.
    pub no_right: bool,
    /// How its limits stand.
    pub courses: Vec<CourseRow>,
    /// What happened so far.
    pub events: Vec<EventView>,
    /// The case's trail, for those who may read it.
    pub trail: Option<String>,
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
    /// Cases, accounts.
    pub filters: Vec<FilterView>,
    /// The acts, newest first.
    pub rows: Vec<TrailRow>,
    /// The next page.
    pub pager: Pager,
}

impl TrailPage {
    /// Whether any act is shown with its leaf: a column of nothing is left out.
    pub fn has_leaves(&self) -> bool {
        self.rows.iter().any(|row| row.leaf.is_some())
    }
}
