//! What is shown of bundles and joint handlings.

use askama::Template;
use kernel::{Date, Moment};

use crate::approval::view::AnswerGroup;
use crate::frame::Frame;
use crate::pieces::{ErrorLine, Link, Section, Tag};

/// One item of a bundle in its guide.
#[derive(Clone, Debug)]
pub struct PartGuide {
    /// The item's id: the box's value.
    pub id: String,
    /// The item with its guide.
    pub item: Link,
    /// On which level it is decided.
    pub level: String,
    /// How long it takes alone.
    pub limit: String,
    /// The question whose yes takes it in; empty: it always belongs to the bundle.
    pub question: String,
    /// What its refusal means for the others.
    pub means: String,
    /// Whether the box is ticked.
    pub chosen: bool,
}

/// A paper, asked for once.
#[derive(Clone, Debug)]
pub struct PaperRow {
    /// What it is.
    pub name: String,
    /// Whether one brings anything.
    pub tag: Tag,
    /// What to do.
    pub how: String,
    /// Which of the items use it.
    pub items: String,
}

/// `/bundles`
#[derive(Clone, Debug, Template)]
#[template(path = "joint/bundles.html")]
pub struct BundlesPage {
    /// The frame.
    pub frame: Frame,
    /// The bundles.
    pub bundles: Vec<Link>,
}

/// `/bundles/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "joint/guide.html")]
pub struct GuidePage {
    /// The frame.
    pub frame: Frame,
    /// Its name.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// Who may apply.
    pub who: String,
    /// The limit for all of it together, with its article.
    pub time: String,
    /// How many papers one brings.
    pub bring: String,
    /// The items.
    pub parts: Vec<PartGuide>,
    /// The papers.
    pub papers: Vec<PaperRow>,
    /// How well known it is that these belong together.
    pub grade: String,
    /// Where one applies.
    pub apply: String,
    /// First letters of the version.
    pub version: String,
    /// In force since.
    pub valid_from: Date,
}

/// `/bundles/{id}/apply` and `/joints/{number}/correct`
#[derive(Clone, Debug, Template)]
#[template(path = "joint/form.html")]
pub struct FormPage {
    /// The frame.
    pub frame: Frame,
    /// The bundle's name.
    pub name: String,
    /// Where one came from.
    pub back: Link,
    /// One sentence above the form.
    pub lead: String,
    /// Where it is sent.
    pub action: String,
    /// The key that makes a repetition harmless; empty for a correction.
    pub key: String,
    /// Whether it brings files.
    pub uploads: bool,
    /// The optional items chosen.
    pub chosen: Vec<String>,
    /// What it covers.
    pub covers: Vec<String>,
    /// The fields.
    pub sections: Vec<Section>,
    /// What stands as it was told before and is not asked again.
    pub told: Vec<AnswerGroup>,
    /// All errors, or all the notice named.
    pub errors: Vec<ErrorLine>,
    /// The words of the button.
    pub send: String,
}

/// One case of a handling.
#[derive(Clone, Debug)]
pub struct PartRow {
    /// The item.
    pub item: String,
    /// The case's page; empty where the reader may not open it.
    pub href: String,
    /// Its number.
    pub number: String,
    /// Who decides.
    pub agency: String,
    /// Where it stands.
    pub tag: Tag,
    /// Until when, in words; may be empty.
    pub due: String,
    /// The licence, where there is one.
    pub licence: Option<Link>,
    /// What a refusal means for the others; empty while there is none.
    pub means: String,
    /// The address at which an officer says that nothing is to be mended; empty where he may not, or has.
    pub content: String,
    /// That it was said; may be empty.
    pub said: String,
}

/// One line of what happened.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// When.
    pub at: Moment,
    /// What, in words.
    pub what: String,
    /// Who.
    pub who: String,
}

/// `/joints/{number}` and `/staff/joints/{number}`
#[derive(Clone, Debug, Template)]
#[template(path = "joint/joint.html")]
pub struct JointPage {
    /// The frame.
    pub frame: Frame,
    /// The bundle's name.
    pub name: String,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub tag: Tag,
    /// That in a sentence.
    pub sentence: String,
    /// `3 项中已办结 1 项`.
    pub counted: String,
    /// The applicant.
    pub applicant: String,
    /// When it was filed.
    pub filed_at: Moment,
    /// The agency that leads.
    pub lead: String,
    /// The joint limit, in words.
    pub due: String,
    /// Whether the limit is over.
    pub is_over: bool,
    /// The cases.
    pub parts: Vec<PartRow>,
    /// What happened.
    pub events: Vec<EventRow>,
    /// Where one mends; empty where nothing is to be mended.
    pub correct: String,
    /// What the one notice names, agency by agency.
    pub notice: Vec<NoticeRow>,
    /// Until when; may be empty.
    pub notice_until: String,
    /// Where one withdraws everything; empty where nothing is open, or this reader may not.
    pub withdraw: String,
    /// The form of an extension; none where this reader may not extend, or there is nothing to.
    pub extension: Option<ExtensionForm>,
    /// Why it was extended; may be empty.
    pub extended: String,
}

/// What one agency wants mended.
#[derive(Clone, Debug)]
pub struct NoticeRow {
    /// The item.
    pub item: String,
    /// Its agency.
    pub agency: String,
    /// The lines.
    pub lines: Vec<String>,
}

/// The form of an extension.
#[derive(Clone, Debug, Default)]
pub struct ExtensionForm {
    /// Where it is sent.
    pub action: String,
    /// The version.
    pub version: i64,
    /// As typed before.
    pub approved_by: String,
    /// As typed before.
    pub why: String,
    /// What was wrong with the approval; may be empty.
    pub approved_error: String,
    /// What was wrong with the reasons; may be empty.
    pub why_error: String,
}

/// A handling in a list.
#[derive(Clone, Debug)]
pub struct JointRow {
    /// Its page.
    pub href: String,
    /// The bundle's name.
    pub name: String,
    /// Its number.
    pub number: String,
    /// The applicant.
    pub applicant: String,
    /// Where it stands.
    pub tag: Tag,
    /// When it was filed.
    pub filed_at: Moment,
}

/// `/staff/joints`
#[derive(Clone, Debug, Template)]
#[template(path = "joint/list.html")]
pub struct ListPage {
    /// The frame.
    pub frame: Frame,
    /// The handlings.
    pub rows: Vec<JointRow>,
}

/// `/joints/{number}/withdraw`
#[derive(Clone, Debug, Template)]
#[template(path = "joint/withdraw.html")]
pub struct WithdrawPage {
    /// The frame.
    pub frame: Frame,
    /// The bundle's name.
    pub name: String,
    /// Its number.
    pub number: String,
    /// What is still open.
    pub open: Vec<String>,
    /// What stays as it is.
    pub done: Vec<String>,
}

/// A handing over that was receipted.
#[derive(Clone, Debug)]
pub struct HandedRow {
    /// What.
    pub what: String,
    /// When.
    pub at: Moment,
    /// By whom.
    pub who: String,
    /// How the papers travelled; may be empty.
    pub parcel: String,
}

/// The next step of an errand.
#[derive(Clone, Debug)]
pub struct StepForm {
    /// Where it is sent.
    pub action: String,
    /// The words of the button.
    pub word: String,
    /// Whether a parcel is named.
    pub parcel: bool,
    /// The id of its field.
    pub id: String,
    /// What was wrong with it; may be empty.
    pub error: String,
}

/// What two places do for one case.
#[derive(Clone, Debug)]
pub struct ErrandRow {
    /// The case's number.
    pub number: String,
    /// The item.
    pub item: String,
    /// The applicant, masked.
    pub applicant: String,
    /// How the places work together.
    pub mode: String,
    /// The agency that received it.
    pub receiving: String,
    /// What that place owes.
    pub receiving_duty: String,
    /// The agency that decides.
    pub deciding: String,
    /// What that place owes.
    pub deciding_duty: String,
    /// The responsible region.
    pub region: String,
    /// Where the case stands.
    pub tag: Tag,
    /// How far the errand has come.
    pub leg: String,
    /// What was receipted.
    pub handed: Vec<HandedRow>,
    /// The reader's next step; none where it is the other place's.
    pub step: Option<StepForm>,
}

/// `/staff/errands`
#[derive(Clone, Debug, Template)]
#[template(path = "joint/errands.html")]
pub struct ErrandsPage {
    /// The frame.
    pub frame: Frame,
    /// The errands under way.
    pub rows: Vec<ErrandRow>,
}

/// A delegation as everybody reads it.
#[derive(Clone, Debug)]
pub struct DelegationRow {
    /// The document that orders it.
    pub document: String,
    /// What it is about.
    pub items: String,
    /// Whose power it is.
    pub from: String,
    /// Who decides.
    pub to: String,
    /// Entrusted or delegated.
    pub kind: String,
    /// In whose name, and whether it may be passed on.
    pub means: String,
    /// From when until when.
    pub dates: String,
    /// Whether it is in force.
    pub tag: Tag,
    /// What became of the place of whoever delegates; empty while it is there.
    pub became: String,
    /// How well known.
    pub grade: kernel::Grade,
    /// What to know about it; may be empty.
    pub note: String,
}

/// `/delegations`
#[derive(Clone, Debug, Template)]
#[template(path = "joint/delegations.html")]
pub struct DelegationsPage {
    /// The frame.
    pub frame: Frame,
    /// The delegations.
    pub rows: Vec<DelegationRow>,
}
