//! What the pages of the counter show.

use askama::Template;
use kernel::{Date, Moment};

use crate::approval::helped::HelpForm;
use crate::frame::Frame;
use crate::licence::view::Sheet;
use crate::material::view::MaterialsView;
use crate::pieces::{ErrorLine, EventView, FieldView, Link, Section, Tag, Tone};

/// `/staff/window`
#[derive(Clone, Debug, Template)]
#[template(path = "window/bench.html")]
pub struct BenchPage {
    /// The frame.
    pub frame: Frame,
    /// Where the officer sits; empty where he has not chosen.
    pub place: String,
    /// Where people are called to this counter; empty where it has no tickets.
    pub tickets: String,
    /// The ticket that is being served at his counter; empty for none.
    pub called: String,
    /// Who stands before him already.
    pub before: Option<Link>,
    /// All mistakes.
    pub errors: Vec<ErrorLine>,
    /// The choice of a counter.
    pub seats: Vec<FieldView>,
    /// What is asked of who stands there.
    pub identity: Vec<FieldView>,
    /// Papers of this hall that nobody took in time.
    pub papers: usize,
    /// Results of this hall that nobody has fetched.
    pub results: usize,
}

/// A case in a reception.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// Its page at the counter.
    pub href: String,
    /// Its number.
    pub number: String,
    /// The item.
    pub item: String,
    /// Where it stands.
    pub tag: Tag,
}

/// A helper elsewhere who asks whoever stands there.
#[derive(Clone, Debug)]
pub struct KinAsk {
    /// Where the answer is sent.
    pub action: String,
    /// The id of its field.
    pub id: String,
    /// Who asks.
    pub helper: String,
    /// For what, and until when.
    pub wants: String,
    /// Why; may be empty.
    pub words: String,
}

/// The ticket that is being served, with what ends it.
#[derive(Clone, Debug)]
pub struct TicketForm {
    /// Where it is sent.
    pub action: String,
    /// Its number.
    pub number: String,
    /// Its id.
    pub id: String,
    /// The version the page was made from.
    pub version: i64,
    /// The case it led to, as far as this counter knows; may be empty.
    pub case: String,
}

/// `/staff/window/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "window/stand.html")]
pub struct StandPage {
    /// The frame.
    pub frame: Frame,
    /// Who stands there.
    pub name: String,
    /// His number, masked.
    pub code: String,
    /// What he showed.
    pub document: String,
    /// The counter.
    pub place: String,
    /// When it was checked.
    pub checked_at: Moment,
    /// Until when the check is good.
    pub until: Moment,
    /// The address of this reception.
    pub base: String,
    /// All mistakes.
    pub errors: Vec<ErrorLine>,
    /// What he wants, and in whose name.
    pub choose: Vec<FieldView>,
    /// The number of a case begun elsewhere.
    pub number: Vec<FieldView>,
    /// An authorisation on paper.
    pub paper: Vec<FieldView>,
    /// Whether the part about the paper is shown at once.
    pub is_paper_open: bool,
    /// What was filed or opened so far.
    pub cases: Vec<CaseRow>,
    /// The ticket that brought him here; none where he was not called.
    pub ticket: Option<TicketForm>,
    /// Questions of helpers elsewhere that wait for his word.
    pub kin: Vec<KinAsk>,
}

/// The form at the counter.
#[derive(Clone, Debug, Template)]
#[template(path = "window/form.html")]
pub struct FormPage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub name: String,
    /// Where one came from.
    pub back: Link,
    /// Who stands there and who applies, in one sentence.
    pub lead: String,
    /// Where it is sent.
    pub action: String,
    /// Under which mandate; empty: for himself.
    pub whose: String,
    /// The key that makes a repetition harmless; empty for a correction.
    pub key: String,
    /// Whether it brings files.
    pub uploads: bool,
    /// The fields, the counter's own last.
    pub sections: Vec<Section>,
    /// All errors, or all the notice named.
    pub errors: Vec<ErrorLine>,
    /// The words of the button.
    pub send: String,
}

/// How a result may be handed out.
#[derive(Clone, Debug)]
pub struct DeliverForm {
    /// How it was wanted.
    pub wanted: String,
    /// The ways here: value and words.
    pub ways: Vec<(&'static str, String)>,
}

/// A case at the counter.
#[derive(Clone, Debug, Template)]
#[template(path = "window/case.html")]
pub struct CasePage {
    /// The frame.
    pub frame: Frame,
    /// The case's number.
    pub number: String,
    /// The item.
    pub item: String,
    /// The applicant.
    pub applicant: String,
    /// Where it stands.
    pub tag: Tag,
    /// What comes next.
    pub sentence: String,
    /// A second case of the item could not be filed: this one is open.
    pub is_open_already: bool,
    /// What is to be mended; empty where nothing is.
    pub mend: Vec<String>,
    /// Where one came from.
    pub back: Link,
    /// The address of this page.
    pub here: String,
    /// The receipt, where it was filed here.
    pub receipt: Option<String>,
    /// All mistakes.
    pub errors: Vec<ErrorLine>,
    /// What was handed in as files, and where a scan or a photograph is sent.
    pub materials: MaterialsView,
    /// What is asked where papers may be sent; empty where not.
    pub send: Vec<FieldView>,
    /// Papers sent so far.
    pub relays: Vec<RelayRow>,
    /// How the result may be handed out; none where there is none, or it was.
    pub deliver: Option<DeliverForm>,
    /// How it was handed out; may be empty.
    pub delivered: String,
    /// The licence to print.
    pub licence: Option<String>,
    /// Where it is noted what help was given.
    pub help: HelpForm,
    /// What happened.
    pub events: Vec<EventView>,
}

/// The licence, printed at the counter.
#[derive(Clone, Debug, Template)]
#[template(path = "window/licence.html")]
pub struct LicenceSheetPage {
    /// The frame.
    pub frame: Frame,
    /// The licence.
    pub sheet: Sheet,
    /// The case.
    pub back: Link,
    /// The licence as a PDF.
    pub pdf: String,
}

/// The receipt on paper.
#[derive(Clone, Debug, Template)]
#[template(path = "window/receipt.html")]
pub struct ReceiptPage {
    /// The frame.
    pub frame: Frame,
    /// The case's number.
    pub number: String,
    /// The secret.
    pub secret: String,
    /// It follows one that was lost.
    pub is_new: bool,
    /// What comes next.
    pub next: String,
    /// The item.
    pub item: String,
    /// The applicant.
    pub applicant: String,
    /// Who stood there for the applicant; may be empty.
    pub agent: String,
    /// What was handed in as files: what it is, and how many.
    pub papers: Vec<String>,
    /// When it was filed.
    pub received_at: Moment,
    /// Who took it in.
    pub clerk: String,
    /// The counter.
    pub place: String,
    /// Who decides.
    pub agency: String,
    /// Until when.
    pub due: Option<Date>,
    /// Whom to phone.
    pub phone: String,
    /// The case.
    pub case: Link,
    /// Who stands there.
    pub stand: Link,
}

/// What the back may do with papers.
#[derive(Clone, Debug)]
pub struct TakeForm {
    /// Where taking is sent.
    pub take: String,
    /// Where sending back is sent.
    pub give_back: String,
    /// The id of the field.
    pub id: String,
    /// The reason as typed.
    pub reason: String,
    /// What is wrong with it.
    pub error: String,
}

/// Papers under way.
#[derive(Clone, Debug)]
pub struct RelayRow {
    /// Their receipt.
    pub href: String,
    /// The case's number.
    pub number: String,
    /// The how many-th time.
    pub round: i64,
    /// The item.
    pub item: String,
    /// The applicant, masked.
    pub applicant: String,
    /// From which counter.
    pub from: String,
    /// To which agency.
    pub to: String,
    /// How many pieces.
    pub pieces: String,
    /// What they are; may be empty.
    pub note: String,
    /// When, and by whom.
    pub sent: String,
    /// Until when; may be empty.
    pub until: String,
    /// What the back said; may be empty.
    pub answer: String,
    /// How it feels.
    pub light: Tone,
    /// Its word.
    pub word: String,
    /// What the reader may do with them.
    pub take: Option<TakeForm>,
}

/// `/staff/window/relays`
#[derive(Clone, Debug, Template)]
#[template(path = "window/relays.html")]
pub struct RelaysPage {
    /// The frame.
    pub frame: Frame,
    /// How many.
    pub counted: String,
    /// The officer's hall; empty where he sits nowhere.
    pub hall: String,
    /// What went out from there.
    pub front: Vec<RelayRow>,
    /// What lies before his agency.
    pub back: Vec<RelayRow>,
}

/// `/staff/window/relays/{number}`
#[derive(Clone, Debug, Template)]
#[template(path = "window/relay.html")]
pub struct RelayPage {
    /// The frame.
    pub frame: Frame,
    /// The case's number.
    pub number: String,
    /// Each time its papers went to the back.
    pub rows: Vec<RelayRow>,
    /// Who stands before the reader.
    pub stand: Option<Link>,
    /// The case's file, for who may open it.
    pub file: Option<String>,
}

/// A result that goes by courier.
#[derive(Clone, Debug)]
pub struct CourierForm {
    /// Where it is sent.
    pub action: String,
    /// The id of the field.
    pub id: String,
    /// Where the courier brings it.
    pub address: String,
    /// What is wrong.
    pub error: String,
}

/// A decided case whose result nobody has fetched.
#[derive(Clone, Debug)]
pub struct ResultRow {
    /// Its number.
    pub number: String,
    /// The item.
    pub item: String,
    /// The applicant, masked.
    pub applicant: String,
    /// How it ended.
    pub tag: Tag,
    /// When; may be empty.
    pub decided: String,
    /// How it is wanted.
    pub way: String,
    /// By courier: where to, and the parcel's number.
    pub courier: Option<CourierForm>,
}

/// `/staff/window/results`
#[derive(Clone, Debug, Template)]
#[template(path = "window/results.html")]
pub struct ResultsPage {
    /// The frame.
    pub frame: Frame,
    /// The hall; empty where the officer sits nowhere.
    pub hall: String,
    /// The cases.
    pub rows: Vec<ResultRow>,
}
