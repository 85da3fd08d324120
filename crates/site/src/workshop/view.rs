//! What the pages of the rule workshop show.

use askama::Template;
use kernel::Moment;

use crate::frame::Frame;
use crate::pieces::{Choice, ErrorLine, EventView, FieldView, Link, Pager, Tag};

/// An item in the list.
#[derive(Clone, Debug)]
pub struct ItemLine {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// The agency at the top of its power.
    pub agency: String,
    /// Its version in force, shortened, and since when.
    pub version: String,
    /// How its draft stands, where there is one.
    pub draft: Option<Tag>,
    /// Switched off, or on.
    pub state: Tag,
}

/// `/staff/rules`
#[derive(Clone, Debug, Template)]
#[template(path = "workshop/items.html")]
pub struct ItemsPage {
    /// The frame.
    pub frame: Frame,
    /// The items.
    pub rows: Vec<ItemLine>,
}

/// A version of an item.
#[derive(Clone, Debug)]
pub struct VersionLine {
    /// Its hash, shortened.
    pub short: String,
    /// Its page.
    pub page: String,
    /// Its hash.
    pub hash: String,
    /// How it stands.
    pub tag: Tag,
    /// First day and which cases.
    pub days: String,
    /// Who proposed, approved, published it, or that it was imported.
    pub who: String,
    /// When it came.
    pub at: Moment,
    /// Why; may be empty.
    pub why: String,
    /// Its leaf in the log; empty where it was imported.
    pub leaf: String,
    /// The list of what it decided.
    pub decided: String,
    /// The versions that may take its place; none: it is not taken back.
    pub back_to: Vec<Choice>,
}

/// `/staff/rules/{item}`
#[derive(Clone, Debug, Template)]
#[template(path = "workshop/item.html")]
pub struct ItemPage {
    /// The frame.
    pub frame: Frame,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its guide.
    pub guide: String,
    /// What is wrong with what was sent.
    pub errors: Vec<ErrorLine>,
    /// Its draft: page and state.
    pub draft: Option<(Link, Tag)>,
    /// The reader may begin one.
    pub writes: bool,
    /// The reader takes back and switches on.
    pub approves: bool,
    /// The reader switches off.
    pub stops: bool,
    /// Why its rules are off, by whom and since when; none: they are on.
    pub stopped: Option<(String, String)>,
    /// What was typed as a reason: to switch, to take back.
    pub typed: Typed,
    /// Its versions, the newest first.
    pub versions: Vec<VersionLine>,
}

/// `/staff/rules/{item}/versions/{version}`
#[derive(Clone, Debug, Template)]
#[template(path = "workshop/version.html")]
pub struct VersionPage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub name: String,
    /// The item's page.
    pub item: String,
    /// The version as the list shows it.
    pub line: VersionLine,
    /// More of its record: label and value.
    pub rows: Vec<(String, String)>,
    /// What was signed for: place, reason, who and when.
    pub waivers: Vec<(String, String, String)>,
    /// Whether it is still what was put in force; none where it was imported.
    pub seal: Option<(Tag, String)>,
}

/// Reasons as they were typed, with what is wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Why it is switched off, in Chinese.
    pub stop: String,
    /// The same in English.
    pub stop_en: String,
    /// Why it is switched on.
    pub lift: String,
    /// Why a version is taken back.
    pub back: String,
    /// The version that is taken back.
    pub bad: String,
}

/// A decision of a version.
#[derive(Clone, Debug)]
pub struct DecidedLine {
    /// The case.
    pub case: Link,
    /// Its id in forms.
    pub id: String,
    /// How it came out.
    pub outcome: String,
    /// By whom.
    pub maker: String,
    /// When.
    pub at: Moment,
    /// What was found on looking again.
    pub looked: Option<(Tag, String)>,
}

/// `/staff/rules/{item}/decided/{version}`
#[derive(Clone, Debug, Template)]
#[template(path = "workshop/decided.html")]
pub struct DecidedPage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub name: String,
    /// The item's page.
    pub item: String,
    /// The version, shortened.
    pub version: String,
    /// Where what was found is sent, without the case.
    pub action: String,
    /// What is wrong with what was sent.
    pub errors: Vec<ErrorLine>,
    /// The sentence about how many there are.
    pub count: String,
    /// Findings to choose from.
    pub findings: Vec<Choice>,
    /// The decisions.
    pub rows: Vec<DecidedLine>,
    /// Where to go on.
    pub pager: Pager,
}

/// A field inside the sentence table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cell {
    /// Its name in the form.
    pub pointer: String,
    /// Its id.
    pub id: String,
    /// What it is, for who cannot see the table.
    pub label: String,
    /// What stands in it.
    pub value: String,
    /// What may be chosen; empty: it is written.
    pub choices: Vec<Choice>,
    /// What is wrong with it.
    pub error: String,
}

/// One sentence.
#[derive(Clone, Debug)]
pub struct RowView {
    /// One of it and the row before suffices.
    pub is_or: bool,
    /// The fact.
    pub fact: String,
    /// How it is compared.
    pub comparison: Cell,
    /// With what.
    pub value: Cell,
    /// By which it is taken out.
    pub gone: Cell,
}

/// A sentence to be added.
#[derive(Clone, Debug)]
pub struct NewRow {
    /// The fact.
    pub fact: Cell,
    /// How it is compared.
    pub comparison: Cell,
    /// With what.
    pub value: Cell,
}

/// A condition to be added.
#[derive(Clone, Debug)]
pub struct NewCondition {
    /// Its sentence.
    pub row: NewRow,
    /// Source, article, grade.
    pub source: Vec<Cell>,
    /// What a failure means.
    pub on_fail: Cell,
    /// Its words in two languages.
    pub words: Vec<Cell>,
    /// Something was written already.
    pub open: bool,
}

/// One rule of a decision table.
#[derive(Clone, Debug)]
pub struct RuleView {
    /// Its number.
    pub number: usize,
    /// What each column asks: comparison and value; none: anything.
    pub cells: Vec<Option<(Cell, Cell)>>,
    /// What it gives.
    pub results: Vec<Cell>,
}

/// A decision of the model.
#[derive(Clone, Debug, Default)]
pub struct LogicView {
    /// Its anchor.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What is wrong with it as a whole.
    pub error: String,
    /// Its sentences.
    pub rows: Vec<RowView>,
    /// A sentence to be added.
    pub new: Option<NewRow>,
    /// Columns of its decision table.
    pub columns: Vec<String>,
    /// Rules of its decision table.
    pub rules: Vec<RuleView>,
    /// How many results a rule gives.
    pub results: usize,
    /// Its only value.
    pub alone: Option<Cell>,
    /// Why the table cannot show it; empty: it does.
    pub not: String,
}

/// A condition.
#[derive(Clone, Debug)]
pub struct ConditionRow {
    /// Its id.
    pub id: String,
    /// Its sentence, as citizens read it.
    pub sentence: String,
    /// Whether an agency stands behind it.
    pub status: String,
    /// Its decision; none: the model has none.
    pub logic: Option<LogicView>,
    /// Source, article, grade.
    pub source: Vec<Cell>,
    /// The article's gist, and how it stands in the guide.
    pub law: Vec<String>,
    /// What a failure means.
    pub on_fail: Cell,
    /// Its words in two languages.
    pub words: Vec<Cell>,
    /// By which it is taken out.
    pub gone: Cell,
}

/// A sentence of the lint or the engine.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// In the reader's language where the words have it.
    pub text: String,
    /// It is English on a Chinese page.
    pub foreign: bool,
    /// As it was said, in English; empty where that is the text.
    pub said: String,
}

/// A case and how it came out.
#[derive(Clone, Debug)]
pub struct CaseLine {
    /// Its heading.
    pub name: String,
    /// Its line in the text.
    pub line: usize,
    /// As written, or not.
    pub tag: Tag,
    /// What differs.
    pub problems: Vec<Told>,
}

/// Something the proof found.
#[derive(Clone, Debug)]
pub struct FoundLine {
    /// Names it in the form that signs for it; empty where nobody may.
    pub key: String,
    /// What it is.
    pub tag: Tag,
    /// The decision and the line.
    pub place: String,
    /// In words.
    pub text: String,
    /// An example: column and value.
    pub witness: Vec<(String, String)>,
    /// Who signed for it, and why.
    pub signed: String,
    /// What is wrong with what was sent.
    pub error: String,
}

/// What test and proof say.
#[derive(Clone, Debug)]
pub struct ReportView {
    /// In one sentence.
    pub summary: String,
    /// Mistakes and doubts in the files.
    pub faults: Vec<Told>,
    /// Cases that do not come out as written.
    pub failed: Vec<CaseLine>,
    /// The others.
    pub passed: Vec<CaseLine>,
    /// The sentence about the proof.
    pub proof: String,
    /// What it found.
    pub found: Vec<FoundLine>,
}

/// Another's text beside one's own.
#[derive(Clone, Debug)]
pub struct ClashView {
    /// Who saved, and when.
    pub who: String,
    /// Where one's own text is kept.
    pub kept: String,
    /// What differs: where, one's own, the other's.
    pub rows: Vec<(String, String, String)>,
}

/// `/staff/rules/drafts/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "workshop/draft.html")]
pub struct DraftPage {
    /// The frame.
    pub frame: Frame,
    /// The item's name.
    pub name: String,
    /// The item's page.
    pub item: String,
    /// The draft's address.
    pub here: String,
    /// Its version.
    pub version: i64,
    /// How it stands.
    pub tag: Tag,
    /// It was saved just now.
    pub saved: bool,
    /// What is wrong.
    pub errors: Vec<ErrorLine>,
    /// Somebody else saved before.
    pub clash: Option<ClashView>,
    /// The reader may write on it.
    pub editable: bool,
    /// Why the logic cannot be shown.
    pub unreadable: Vec<String>,
    /// The conditions.
    pub conditions: Vec<ConditionRow>,
    /// Decisions that conditions read.
    pub steps: Vec<LogicView>,
    /// A condition to be added; none where the reader does not write, or nothing can be read.
    pub new: Option<NewCondition>,
    /// The cases.
    pub cases: Cell,
    /// What test and proof say.
    pub report: ReportView,
    /// What is in the way of proposing it.
    pub hindrances: Vec<String>,
    /// It stands on an older version of the item.
    pub outdated: bool,
    /// The reader may sign for what was not analysed.
    pub signs: bool,
    /// The fields of a proposal; empty where it cannot be proposed by the reader.
    pub proposal: Vec<FieldView>,
    /// What was proposed: label and value.
    pub proposed: Vec<(String, String)>,
    /// Steps with a button: word, label, whether a reason is asked.
    pub buttons: Vec<(&'static str, String, bool)>,
    /// The reason as it was typed.
    pub reason: String,
    /// What was done with it.
    pub events: Vec<EventView>,
}

/// `/staff/rules/drafts/{id}/expert`
#[derive(Clone, Debug, Template)]
#[template(path = "workshop/expert.html")]
pub struct ExpertPage {
    /// The frame.
    pub frame: Frame,
    /// The item's name.
    pub name: String,
    /// The item's page.
    pub item: String,
    /// The draft's address.
    pub here: String,
    /// Its version.
    pub version: i64,
    /// How it stands.
    pub tag: Tag,
    /// What is wrong.
    pub errors: Vec<ErrorLine>,
    /// Somebody else saved before.
    pub clash: Option<ClashView>,
    /// The reader may write on it.
    pub editable: bool,
    /// The texts.
    pub fields: Vec<FieldView>,
    /// Mistakes in the files.
    pub faults: Vec<Told>,
}

/// `/staff/rules/drafts/{id}/edits/{edit}`
#[derive(Clone, Debug, Template)]
#[template(path = "workshop/edit.html")]
pub struct EditPage {
    /// The frame.
    pub frame: Frame,
    /// The item's name.
    pub name: String,
    /// The draft's page.
    pub draft: String,
    /// What it is: who, when, taken or not.
    pub what: String,
    /// The texts: heading and text.
    pub texts: Vec<(String, String)>,
}
