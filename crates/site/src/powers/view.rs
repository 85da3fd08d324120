//! What the pages of the list show, and those at which a power is run.

use askama::Template;
use kernel::Grade;

use crate::approval::desk::FilterView;
use crate::frame::Frame;
use crate::material::view::MaterialView;
use crate::pieces::{ErrorLine, EventView, FieldView, Link, Pager, Section, StageView, Tag, Tone};

/// A power as a line of the list.
#[derive(Clone, Debug)]
pub struct PowerRow {
    /// Its page.
    pub href: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Who holds it.
    pub agency: String,
    /// On which level.
    pub level: String,
    /// By law.
    pub statutory: String,
    /// As committed.
    pub committed: String,
    /// How many seals to fetch.
    pub seals: usize,
}

/// `/powers`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/list.html")]
pub struct PowersPage {
    /// The frame.
    pub frame: Frame,
    /// The lists in force.
    pub lists: Vec<FilterView>,
    /// The version shown: title, first day, whose demonstration it is; nothing where there is no list.
    pub version: Option<VersionView>,
    /// The filters of the search.
    pub fields: Vec<FieldView>,
    /// The list searched.
    pub list: String,
    /// How many were found.
    pub counted: String,
    /// The powers.
    pub rows: Vec<PowerRow>,
    /// The next page.
    pub pager: Pager,
}

/// A version of a list.
#[derive(Clone, Debug)]
pub struct VersionView {
    /// How it is written in addresses.
    pub label: String,
    /// Its title.
    pub title: String,
    /// What a reader must know.
    pub note: String,
    /// Whether no agency stands behind it.
    pub demonstration: bool,
    /// From when to when, in words.
    pub dates: String,
    /// How many powers.
    pub powers: i64,
    /// Hash of its rows.
    pub hash: String,
    /// Its leaf in the log.
    pub proof: String,
    /// What changed since the version before; empty for the first.
    pub changes: String,
}

/// A row of a table of pairs.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What.
    pub label: String,
    /// How it stands; a line each.
    pub lines: Vec<String>,
}

/// Carries a grade to the template that draws it.
#[derive(Clone, Copy, Debug)]
pub struct Graded {
    /// The grade.
    pub grade: Grade,
}

/// `/powers/{list}/{code}`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/power.html")]
pub struct PowerPage {
    /// The frame.
    pub frame: Frame,
    /// The version it stands in.
    pub version: VersionView,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// Its kind.
    pub kind: String,
    /// The three answers on top: law, promise, really.
    pub limits: Vec<Pair>,
    /// What it costs.
    pub fee: String,
    /// Its bases.
    pub basis: Vec<String>,
    /// How well they are proven.
    pub grade: Graded,
    /// Its stages.
    pub stages: Vec<StageView>,
    /// The materials: name, and whether they are to be brought.
    pub materials: Vec<(String, Tag)>,
    /// The seals: whose, and whether they are to be fetched.
    pub seals: Vec<(String, Tag)>,
    /// Everything else.
    pub pairs: Vec<Pair>,
    /// The items by which people ask for it.
    pub items: Vec<Link>,
    /// How it runs.
    pub flow: Link,
    /// How often it was run here.
    pub runs: String,
}

/// `/powers/versions`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/versions.html")]
pub struct VersionsPage {
    /// The frame.
    pub frame: Frame,
    /// All versions, the newest first.
    pub versions: Vec<VersionView>,
}

/// A power before and after.
#[derive(Clone, Debug)]
pub struct ChangeView {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What moved: what, before, after.
    pub moved: Vec<(String, String, String)>,
    /// The stages before.
    pub before: Vec<StageView>,
    /// The stages after; both empty where they did not change.
    pub after: Vec<StageView>,
}

/// `/powers/diff`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/diff.html")]
pub struct DiffPage {
    /// The frame.
    pub frame: Frame,
    /// The earlier version.
    pub from: VersionView,
    /// The later version.
    pub to: VersionView,
    /// The sums: what, and how much.
    pub totals: Vec<(String, String)>,
    /// The powers that changed.
    pub changed: Vec<ChangeView>,
    /// Powers that came.
    pub added: Vec<Link>,
    /// Powers that went.
    pub removed: Vec<Link>,
}

/// One row of figures: by unit, or over all.
#[derive(Clone, Debug)]
pub struct SumRow {
    /// Which unit, or all.
    pub unit: String,
    /// How many.
    pub items: usize,
    /// Sum before; empty over all.
    pub before: String,
    /// Sum after; empty over all.
    pub after: String,
    /// Mean of item ratios.
    pub mean: String,
    /// Pooled.
    pub pooled: String,
}

/// A comparison with both formulas.
#[derive(Clone, Debug)]
pub struct ReductionView {
    /// What is compared with what.
    pub title: String,
    /// Its anchor.
    pub id: String,
    /// What it says in one sentence.
    pub finding: String,
    /// By unit, then over all.
    pub rows: Vec<SumRow>,
    /// What is not counted: why, how many, which.
    pub excluded: Vec<(String, Vec<Link>)>,
}

/// `/powers/reduction`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/reduction.html")]
pub struct ReductionPage {
    /// The frame.
    pub frame: Frame,
    /// The version.
    pub version: VersionView,
    /// Levels, as filters.
    pub levels: Vec<FilterView>,
    /// The comparisons.
    pub parts: Vec<ReductionView>,
}

/// An agency and its seals.
#[derive(Clone, Debug)]
pub struct SealView {
    /// The agency.
    pub agency: String,
    /// Its powers.
    pub powers: usize,
    /// Those without a seal.
    pub without: usize,
    /// Seals to fetch.
    pub seals: usize,
    /// For each power.
    pub each: String,
}

/// `/powers/seals`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/seals.html")]
pub struct SealsPage {
    /// The frame.
    pub frame: Frame,
    /// The agencies, the fewest first.
    pub rows: Vec<SealView>,
    /// The powers that still take one.
    pub powers: Vec<Link>,
}

/// A limb of the slogan.
#[derive(Clone, Debug)]
pub struct LimbView {
    /// Its digit.
    pub digit: usize,
    /// Its name.
    pub name: String,
    /// What is known of it.
    pub note: String,
    /// The figures: what, value, and whether it is known.
    pub figures: Vec<(String, String, bool)>,
}

/// `/powers/12345`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/limbs.html")]
pub struct LimbsPage {
    /// The frame.
    pub frame: Frame,
    /// The five.
    pub limbs: Vec<LimbView>,
}

/// A kind.
#[derive(Clone, Debug)]
pub struct KindView {
    /// Its name.
    pub name: String,
    /// How many powers.
    pub powers: usize,
    /// Its powers.
    pub href: String,
    /// Its flow.
    pub flow: Link,
}

/// `/powers/kinds`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/kinds.html")]
pub struct KindsPage {
    /// The frame.
    pub frame: Frame,
    /// What is known of the set.
    pub note: String,
    /// How well.
    pub grade: Graded,
    /// The kinds.
    pub kinds: Vec<KindView>,
}

/// A step of a flow.
#[derive(Clone, Debug)]
pub struct StepRow {
    /// Its name.
    pub name: String,
    /// From where to where.
    pub way: String,
    /// Who takes it.
    pub who: String,
    /// What must be so: waiting times, steps before, caps.
    pub rules: Vec<String>,
    /// The article.
    pub article: String,
    /// How well known.
    pub grade: Grade,
}

/// `/powers/flows/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/flow.html")]
pub struct FlowPage {
    /// The frame.
    pub frame: Frame,
    /// Its name.
    pub name: String,
    /// What it covers.
    pub note: String,
    /// The limit on the whole; may be empty.
    pub limit: String,
    /// The states in order.
    pub states: Vec<StageView>,
    /// The steps.
    pub steps: Vec<StepRow>,
    /// Where the articles are from.
    pub sources: Vec<Pair>,
}

/// A run as a line.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// Its page.
    pub href: String,
    /// Its number.
    pub number: String,
    /// The power.
    pub name: String,
    /// Towards whom.
    pub party: String,
    /// Who runs it.
    pub agency: String,
    /// Its state.
    pub state: Tag,
    /// When something last happened.
    pub changed: String,
}

/// `/staff/powers`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/runs.html")]
pub struct RunsPage {
    /// The frame.
    pub frame: Frame,
    /// Open, closed.
    pub filters: Vec<FilterView>,
    /// The runs.
    pub rows: Vec<RunRow>,
    /// The next page.
    pub pager: Pager,
    /// Whether the reader may open one.
    pub opens: bool,
}

/// `/staff/powers/new`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/open.html")]
pub struct OpenPage {
    /// The frame.
    pub frame: Frame,
    /// The fields.
    pub sections: Vec<Section>,
    /// Everything wrong.
    pub errors: Vec<ErrorLine>,
}

/// A step that may follow.
#[derive(Clone, Debug)]
pub struct StepForm {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who takes it, and by which article.
    pub who: String,
    /// How well known.
    pub grade: Grade,
    /// A sentence for who takes it.
    pub hint: String,
    /// What hinders it; empty: it may be taken.
    pub hindered: Vec<String>,
    /// What is recorded.
    pub fields: Vec<FieldView>,
    /// Whether it is unfolded.
    pub open: bool,
    /// Whether a second officer signs.
    pub two: bool,
    /// Whether it brings files.
    pub uploads: bool,
}

/// What was recorded in an act.
#[derive(Clone, Debug)]
pub struct RecordView {
    /// The step.
    pub name: String,
    /// Who and when.
    pub who: String,
    /// What.
    pub pairs: Vec<Pair>,
}

/// The step that waits for the second officer.
#[derive(Clone, Debug)]
pub struct PendingView {
    /// What it would record.
    pub record: RecordView,
    /// Whether the reader may sign it.
    pub signs: bool,
}

/// `/staff/powers/{number}`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/run.html")]
pub struct RunPage {
    /// The frame.
    pub frame: Frame,
    /// Where its list is, and below it the addresses of its steps.
    pub base: &'static str,
    /// What that list is called.
    pub place: &'static str,
    /// Where it comes from, where that has a page.
    pub because: Option<Link>,
    /// Its number.
    pub number: String,
    /// The power.
    pub name: String,
    /// Towards whom.
    pub party: String,
    /// Its state.
    pub state: Tag,
    /// Whether this officer may stand back from it.
    pub recusable: bool,
    /// The reason he typed for it.
    pub recusal: String,
    /// Whether its record follows the flow, and what does not fit.
    pub followed: (Tag, String),
    /// The light of its time.
    pub light: Tone,
    /// How its time stands.
    pub time: String,
    /// What was wrong with what was sent.
    pub errors: Vec<ErrorLine>,
    /// What was typed for a step that is no longer there; empty otherwise.
    pub kept: Vec<Pair>,
    /// Its version.
    pub version: i64,
    /// The step that waits for a second officer.
    pub pending: Option<PendingView>,
    /// What may be done.
    pub steps: Vec<StepForm>,
    /// What cannot be done now, and why.
    pub hindered: Vec<StepForm>,
    /// What was recorded.
    pub records: Vec<RecordView>,
    /// The files that acts have named, by step and ask.
    pub files: Vec<MaterialView>,
    /// What happened.
    pub events: Vec<EventView>,
    /// The flow.
    pub flow: Link,
}

/// How many records of one kind follow their flow.
#[derive(Clone, Debug)]
pub struct ConformRow {
    /// The item, or the flow.
    pub name: String,
    /// Where more of it stands; may be empty.
    pub href: String,
    /// Records looked at.
    pub all: usize,
    /// Of them those that follow.
    pub conform: usize,
    /// Those that do not.
    pub deviate: usize,
    /// The share that follows, or that it is not known.
    pub share: String,
}

/// A state from which several ways lead on.
#[derive(Clone, Debug)]
pub struct ForkRow {
    /// The state.
    pub state: String,
    /// How many came by.
    pub visits: usize,
    /// The ways taken, the most frequent first.
    pub taken: Vec<(String, usize)>,
    /// The ways never taken.
    pub never: Vec<String>,
    /// Whether anything ever hung on it.
    pub tag: Tag,
}

/// What the rules found of a condition.
#[derive(Clone, Debug)]
pub struct ConditionRow {
    /// What it demands.
    pub sentence: String,
    /// How often it was met.
    pub met: usize,
    /// How often not.
    pub not_met: usize,
    /// How often nobody could know.
    pub unknown: usize,
    /// Whether it ever held anybody up.
    pub tag: Tag,
}

/// `/powers/conformance`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/conformance.html")]
pub struct ConformsPage {
    /// The frame.
    pub frame: Frame,
    /// How many of the newest records of each are looked at.
    pub newest: i64,
    /// By item.
    pub items: Vec<ConformRow>,
    /// By kind of power.
    pub kinds: Vec<ConformRow>,
    /// Forks of runs.
    pub forks: Vec<ForkRow>,
    /// From how many records on one may say that a fork never mattered.
    pub least: usize,
}

/// `/powers/conformance/{item}`
#[derive(Clone, Debug, Template)]
#[template(path = "powers/conform.html")]
pub struct ConformPage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub item: String,
    /// Its guide.
    pub guide: String,
    /// Its numbers.
    pub row: ConformRow,
    /// What did not fit, and how often.
    pub deviations: Vec<(String, usize)>,
    /// Forks.
    pub forks: Vec<ForkRow>,
    /// Conditions.
    pub conditions: Vec<ConditionRow>,
    /// From how many records on one may say that something never mattered.
    pub least: usize,
    /// How many of the newest cases are looked at.
    pub newest: i64,
}
