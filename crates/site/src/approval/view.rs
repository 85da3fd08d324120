//! What an application shows on its way: form, check, second party, receipt, progress, outcome.

use askama::Template;
use kernel::{Date, Moment};

use crate::frame::Frame;
use crate::pieces::{AnswerView, ConditionView, ErrorLine, EventView, Link, Section, StageView, Tag};
use crate::rating::view::OwnRating;
use crate::replay::view::LeastView;

/// `/drafts/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "approval/form.html")]
pub struct FormPage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub name: String,
    /// Its guide.
    pub guide: String,
    /// Where the form is sent; `do` is `check` or `save`.
    pub action: String,
    /// The draft's version.
    pub version: i64,
    /// Whether it has files.
    pub uploads: bool,
    /// The steps: fill in, check, (second party,) decision.
    pub stages: Vec<StageView>,
    /// The fields.
    pub sections: Vec<Section>,
    /// All errors at once (`pieces::error_lines`).
    pub errors: Vec<ErrorLine>,
    /// When the draft was last saved.
    pub saved_at: Option<Moment>,
    /// How many days a draft is kept.
    pub kept_days: u32,
}

/// Answers under one heading.
#[derive(Clone, Debug)]
pub struct AnswerGroup {
    /// The heading.
    pub title: String,
    /// The answers.
    pub answers: Vec<AnswerView>,
}

/// `/drafts/{id}/check`
#[derive(Clone, Debug, Template)]
#[template(path = "approval/check.html")]
pub struct CheckPage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub name: String,
    /// The form.
    pub back: String,
    /// The steps.
    pub stages: Vec<StageView>,
    /// What was wrong on sending.
    pub errors: Vec<ErrorLine>,
    /// The answers.
    pub groups: Vec<AnswerGroup>,
    /// What one declares by sending.
    pub declarations: Vec<String>,
    /// Where it is sent.
    pub action: String,
    /// The draft's version.
    pub version: i64,
    /// The idempotency key of this sending.
    pub key: String,
    /// What happens then, in one sentence.
    pub next: String,
}

/// `/confirm/{id}`: the second party's page.
#[derive(Clone, Debug, Template)]
#[template(path = "approval/confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub frame: Frame,
    /// The question, such as 韦明月是否在贵店执业？
    pub question: String,
    /// Who applies.
    pub applicant: String,
    /// For what.
    pub item: String,
    /// What the second party needs to see, no more.
    pub answers: Vec<AnswerView>,
    /// What they state by confirming.
    pub statements: Vec<String>,
    /// Until when.
    pub until: Moment,
    /// Where it is sent; `answer` is `confirm` or `decline`.
    pub action: String,
    /// The idempotency key.
    pub key: String,
    /// The reason as typed.
    pub reason: String,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
}

/// `/cases/{number}/receipt`: the secret is shown once, after sending.
#[derive(Clone, Debug, Template)]
#[template(path = "approval/receipt.html")]
pub struct ReceiptPage {
    /// The frame.
    pub frame: Frame,
    /// The case number.
    pub number: String,
    /// The secret for asking the state.
    pub secret: String,
    /// What happens next and until when, in one plain sentence.
    pub next: String,
    /// The item.
    pub item: String,
    /// Who applied.
    pub applicant: String,
    /// When it was received.
    pub received_at: Moment,
    /// Who decides.
    pub agency: String,
    /// By when.
    pub due: Option<Date>,
    /// Whom to phone.
    pub phone: String,
    /// Its place in the log, in words.
    pub proof: String,
    /// The case's page.
    pub case: String,
}

/// What number and secret show: the state, nothing about the person.
#[derive(Clone, Debug)]
pub struct StatusView {
    /// The state.
    pub tag: Tag,
    /// What it means and who acts next.
    pub sentence: String,
    /// How far.
    pub stages: Vec<StageView>,
    /// How often the page asks again; 0 when nothing more will come soon.
    pub refresh_seconds: u32,
    /// Where the case can be rated; empty for nowhere yet.
    pub rate: String,
}

/// `/progress`
#[derive(Clone, Debug, Template)]
#[template(path = "approval/progress.html")]
pub struct ProgressPage {
    /// The frame.
    pub frame: Frame,
    /// The number as typed.
    pub number: String,
    /// What was wrong: never which of the two.
    pub errors: Vec<ErrorLine>,
    /// The state, once asked.
    pub status: Option<StatusView>,
}

/// A decision signed by a person.
#[derive(Clone, Debug)]
pub struct DecisionView {
    /// Its reasons.
    pub reasons: String,
    /// Who signed: agency and officer.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// A duty born with the grant: 谁、何时、会来看什么.
#[derive(Clone, Debug)]
pub struct DutyView {
    /// Who comes.
    pub agency: String,
    /// Not before.
    pub from: Date,
    /// Not after.
    pub until: Date,
    /// What they look at.
    pub what: String,
}

/// Who acts next.
#[derive(Clone, Debug)]
pub struct NextView {
    /// Who.
    pub who: String,
    /// What they do.
    pub what: String,
    /// By when.
    pub until: Option<Date>,
}

/// Where the act stands in the log.
#[derive(Clone, Debug)]
pub struct ProofView {
    /// Its index.
    pub index: u64,
    /// Its page.
    pub href: String,
    /// The proof file.
    pub download: String,
}

/// `/cases/{number}` for the applicant: granted, waiting, correction, referred, refused.
#[derive(Clone, Debug, Template)]
#[template(path = "approval/outcome.html")]
pub struct OutcomePage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub item: String,
    /// The case number.
    pub number: String,
    /// The outcome in one word.
    pub tag: Tag,
    /// What it means, in one sentence.
    pub sentence: String,
    /// The time it took, such as `从收到确认到决定：0.4 秒`; may be empty.
    pub took: String,
    /// How often the page asks again while it waits; 0 for never.
    pub refresh_seconds: u32,
    /// The licence.
    pub licence: Option<Link>,
    /// The one thing the reader can do now, such as mending the application.
    pub action: Option<Link>,
    /// Everything to mend, at once.
    pub mend: Vec<String>,
    /// By when.
    pub mend_until: Option<Date>,
    /// A person's decision.
    pub decision: Option<DecisionView>,
    /// `4 条条件全部符合`; may be empty.
    pub met_line: String,
    /// Every condition.
    pub conditions: Vec<ConditionView>,
    /// What was born with the grant.
    pub duties: Vec<DutyView>,
    /// What to do against the decision; may be empty.
    pub remedies: String,
    /// What happened so far.
    pub events: Vec<EventView>,
    /// Who acts next.
    pub next: Option<NextView>,
    /// Where it stands in the log.
    pub proof: Option<ProofView>,
    /// Where to withdraw it, while one may.
    pub withdraw: Option<String>,
    /// The receipt, for the applicant.
    pub receipt: Option<String>,
    /// Where the materials are seen and brought; none where the item takes none.
    pub materials: Option<Link>,
    /// The rating, or where to give it; none while there is nothing to rate.
    pub rating: Option<OwnRating>,
    /// The special step that is under way, as the applicant was told of it in writing.
    pub step: Option<NoticedStep>,
    /// What would turn the outcome; none where it was granted.
    pub least: Option<LeastView>,
}

/// The written notice of a special step, for its applicant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticedStep {
    /// What is done.
    pub stage: String,
    /// Who goes.
    pub officers: String,
    /// What was told.
    pub notice: String,
    /// The last day of the time told: until then the clock of the case stands still.
    pub until: Date,
}

/// `/cases/{number}/withdraw`
#[derive(Clone, Debug, Template)]
#[template(path = "approval/withdraw.html")]
pub struct WithdrawPage {
    /// The frame.
    pub frame: Frame,
    /// The case number.
    pub number: String,
    /// The item.
    pub item: String,
    /// The case.
    pub back: String,
    /// Where it is sent.
    pub action: String,
    /// The case's version.
    pub version: i64,
    /// Where a commitment alone is taken back, where one was made and another way is open.
    pub commitment: Option<String>,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
}
