//! What is shown of replays: every string is in the reader's language already.

use askama::Template;
use kernel::{Grade, Moment};

use super::chart::Chart;
use crate::frame::Frame;
use crate::pieces::{ErrorLine, Link, Tag};

/// One of the pages of the place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tab {
    /// Its address.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Whether it is this one.
    pub current: bool,
}

/// One fact to be made another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeastStep {
    /// The fact.
    pub label: String,
    /// What it is.
    pub from: String,
    /// What it would be.
    pub to: String,
}

/// What would turn the outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeastView {
    /// The first sentence.
    pub lead: String,
    /// The changes; empty where none can be said.
    pub steps: Vec<LeastStep>,
    /// Conditions that stand against it, or that were not analysed.
    pub lines: Vec<String>,
    /// How far this may be relied on.
    pub note: String,
    /// That a person decides all the same; may be empty.
    pub person: String,
}

/// A choice of an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// A form that takes a draft's model.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DraftForm {
    /// What is to be mended.
    pub errors: Vec<ErrorLine>,
    /// The items.
    pub items: Vec<ItemChoice>,
    /// The model as it was sent.
    pub model: String,
    /// The reason as it was sent.
    pub why: String,
    /// What is wrong with the item; may be empty.
    pub item_error: String,
    /// What is wrong with the model; may be empty.
    pub model_error: String,
    /// What is wrong with the reason; may be empty.
    pub why_error: String,
}

/// A trial of the list.
#[derive(Clone, Debug)]
pub struct TrialRow {
    /// Its page.
    pub href: String,
    /// The item.
    pub item: String,
    /// When it was begun.
    pub at: Moment,
    /// How it stands.
    pub tag: Tag,
    /// What came of it, in words; may be empty.
    pub sum: String,
}

/// `/staff/replay`
#[derive(Clone, Debug, Template)]
#[template(path = "replay/trials.html")]
pub struct TrialsPage {
    /// The frame.
    pub frame: Frame,
    /// The pages of the place.
    pub tabs: Vec<Tab>,
    /// The form.
    pub form: DraftForm,
    /// Earlier trials.
    pub rows: Vec<TrialRow>,
}

/// So many decisions from one outcome to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MoveRow {
    /// What they came to.
    pub from: String,
    /// What they would come to.
    pub to: String,
    /// How many.
    pub decisions: u64,
}

/// How one condition would come out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeRow {
    /// Its id.
    pub id: String,
    /// As citizens read it.
    pub sentence: String,
    /// As before.
    pub same: u64,
    /// Met under the draft, not before.
    pub won: u64,
    /// Met before, not under the draft.
    pub lost: u64,
    /// Unknown under the draft, known before.
    pub doubtful: u64,
    /// Known under the draft, unknown before.
    pub cleared: u64,
    /// What else is to be said: that it is new, which facts nobody read.
    pub notes: Vec<String>,
}

/// A changed decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleRow {
    /// The case; without an address where the reader may not see it.
    pub case: Link,
    /// Its region.
    pub region: String,
    /// The month.
    pub month: String,
    /// From what to what.
    pub moved: String,
    /// The conditions that make the difference.
    pub conditions: String,
}

/// What a trial found.
#[derive(Clone, Debug)]
pub struct FoundView {
    /// `1,204 件决定中有 37 件结果会不同`.
    pub sum: String,
    /// What else is to be said.
    pub notes: Vec<String>,
    /// From outcome to outcome.
    pub moves: Vec<MoveRow>,
    /// By month.
    pub months: Chart,
    /// By region.
    pub regions: Chart,
    /// By condition.
    pub conditions: Vec<ChangeRow>,
    /// Some of the changed decisions.
    pub sample: Vec<SampleRow>,
}

/// `/staff/replay/trials/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "replay/trial.html")]
pub struct TrialPage {
    /// The frame.
    pub frame: Frame,
    /// The pages of the place.
    pub tabs: Vec<Tab>,
    /// The item.
    pub item: String,
    /// When and by whom it was begun.
    pub begun: String,
    /// The model's hash.
    pub model_hash: String,
    /// How it stands.
    pub tag: Tag,
    /// How far it is, in words.
    pub progress: String,
    /// How far it is, of a hundred.
    pub percent: i64,
    /// How often the page asks again; 0 for never.
    pub refresh_seconds: u32,
    /// What it found.
    pub found: Option<FoundView>,
}

/// A shadow of the list.
#[derive(Clone, Debug)]
pub struct ShadowRow {
    /// Its page.
    pub href: String,
    /// The item.
    pub item: String,
    /// Since when.
    pub at: Moment,
    /// Whether it runs.
    pub tag: Tag,
    /// Why.
    pub why: String,
}

/// `/staff/replay/shadows`
#[derive(Clone, Debug, Template)]
#[template(path = "replay/shadows.html")]
pub struct ShadowsPage {
    /// The frame.
    pub frame: Frame,
    /// The pages of the place.
    pub tabs: Vec<Tab>,
    /// The form; none for who may not begin one.
    pub form: Option<DraftForm>,
    /// All of them.
    pub rows: Vec<ShadowRow>,
}

/// How a condition came out beside people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeenRow {
    /// Its id.
    pub id: String,
    /// As citizens read it.
    pub sentence: String,
    /// Met.
    pub met: u64,
    /// Not met.
    pub not_met: u64,
    /// Unknown.
    pub unknown: u64,
    /// Facts nobody read.
    pub missing: Vec<String>,
}

/// `/staff/replay/shadows/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "replay/shadow.html")]
pub struct ShadowPage {
    /// The frame.
    pub frame: Frame,
    /// The pages of the place.
    pub tabs: Vec<Tab>,
    /// The item.
    pub item: String,
    /// Whether it runs.
    pub tag: Tag,
    /// Why.
    pub why: String,
    /// When and by whom it was begun, and ended.
    pub dates: Vec<String>,
    /// The model's hash.
    pub model_hash: String,
    /// Where it is ended; none where this reader may not, or it is over.
    pub end: Option<String>,
    /// How many decisions were looked at, in words.
    pub sum: String,
    /// By agreement.
    pub agreement: Chart,
    /// By what people ruled and what the draft comes to.
    pub pairs: Vec<MoveRow>,
    /// By condition.
    pub conditions: Vec<SeenRow>,
    /// Cases in which the two disagree.
    pub disagreements: Vec<SampleRow>,
}

/// An item of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CoverageRow {
    /// Its page.
    pub href: String,
    /// Its name.
    pub item: String,
    /// Cases.
    pub cases: usize,
    /// `8 / 12`.
    pub conditions: String,
    /// `14 / 15`.
    pub rules: String,
    /// Conditions that are only `demonstration`.
    pub demonstration: usize,
}

/// `/staff/replay/coverage`
#[derive(Clone, Debug, Template)]
#[template(path = "replay/coverages.html")]
pub struct CoveragesPage {
    /// The frame.
    pub frame: Frame,
    /// The pages of the place.
    pub tabs: Vec<Tab>,
    /// By item.
    pub rows: Vec<CoverageRow>,
}

/// A rule with the cases that touch it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineView {
    /// Decision and rule.
    pub name: String,
    /// The cases; empty where none touches it.
    pub cases: String,
}

/// A condition with what touches it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CoveredRow {
    /// Its id.
    pub id: String,
    /// As citizens read it.
    pub sentence: String,
    /// How well it is known.
    pub grade: Grade,
    /// The cases in which it is met.
    pub met: String,
    /// The cases in which it fails.
    pub not_met: String,
    /// The cases in which nothing can be said.
    pub unknown: String,
    /// The rules it stands on.
    pub lines: Vec<LineView>,
    /// What is not covered.
    pub gaps: Vec<String>,
}

impl CoveredRow {
    /// Whether it is shown at once: something of it is touched by no case.
    pub fn is_open(&self) -> bool {
        self.met.is_empty() || self.not_met.is_empty() || self.lines.iter().any(|line| line.cases.is_empty())
    }
}

/// An article with its conditions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LawView {
    /// Law and article.
    pub name: String,
    /// What it says; may be empty.
    pub gist: String,
    /// The weakest grade of what stands here.
    pub grade: Grade,
    /// Its conditions.
    pub conditions: Vec<CoveredRow>,
    /// What is not covered.
    pub gaps: Vec<String>,
}

/// `/staff/replay/coverage/{item}`
#[derive(Clone, Debug, Template)]
#[template(path = "replay/coverage.html")]
pub struct CoveragePage {
    /// The frame.
    pub frame: Frame,
    /// The pages of the place.
    pub tabs: Vec<Tab>,
    /// The item.
    pub item: String,
    /// Sums, in sentences.
    pub sums: Vec<String>,
    /// Law by law.
    pub laws: Vec<LawView>,
}
