//! One handling item as one agency implements it: the grain citizens see (new, renew, change, cancel).
//!
//! The field list follows the implementation lists in use in several provinces (grade B and C, see `docs/catalog.md`).
//! Everything that states law carries an [`Attested`]: how well it is known and from where.

use std::sync::Arc;

use kernel::code::ItemCode;
use kernel::{Date, Grade, Period, RegionLevel, Text};
use rules::RuleSet;
use serde::{Deserialize, Serialize};

use super::effect::{Effect, Term};
use super::facts::FactRow;
use super::figure::Backing;
use super::form::FormSchema;
use super::provision::{Commitment, FirstReviewBy, NeverInstant, QuotaUse, TacitRenewal, TwoOfficers};
use super::version::VersionBy;

/// How well a statement is known, and where it comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Attested {
    /// How well attested.
    pub grade: Grade,
    /// Id of a row of [`Item::sources`]; empty for grades D and U where nothing was read.
    pub source: String,
    /// Article of that source, as printed: `50`, `34(2)`.
    pub article: Option<String>,
    /// What a reader must know about it.
    pub note: Option<Text>,
}

impl Default for Attested {
    /// Unverified: nothing read.
    fn default() -> Self {
        Self { grade: Grade::U, source: String::new(), article: None, note: None }
    }
}

/// A text that was read somewhere, or that is our own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Source {
    /// Name rows refer to.
    pub id: String,
    /// What it is.
    pub title: Text,
    /// Statute, government page, mirror …: what the grade rests on.
    pub kind: Text,
    /// How it was read: whole, as an excerpt, in which transcription.
    pub read: Text,
}

/// A row of the legal basis.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Basis {
    /// What the article says, in our words.
    pub gist: Text,
    /// Where.
    pub attested: Attested,
}

/// Who exercises the power, on which level, and why they may.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Power {
    /// 行政许可, 其他行政权力 …
    pub kind: Text,
    /// Level that exercises it; none where the place itself says it: the nearest agency with the role decides.
    pub level: Option<RegionLevel>,
    /// Source of power 权力来源: held by law, delegated, entrusted.
    pub origin: Text,
    /// Id of the agency that decides; empty where a role says it.
    pub deciding_agency: String,
    /// Role of the agency that decides: of those on [`Power::level`], the one over the case's place.
    pub deciding_role: Option<String>,
    /// Id of the agency that receives; empty where it is the deciding one, or a role says it.
    pub receiving_agency: String,
    /// Role of the agency that receives: the nearest over the case's place.
    pub receiving_role: Option<String>,
    /// Nature of the agency 实施主体性质.
    pub agency_nature: Text,
    /// Id of the region the power reaches over.
    pub region: String,
    /// How well level and agency are known.
    pub attested: Attested,
}

/// Who may apply.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicantKind {
    /// 自然人.
    #[default]
    NaturalPerson,
    /// 法人.
    LegalPerson,
    /// Either.
    Any,
}

/// How sure the sign-in must be, weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityLevel {
    /// Nobody proved who they are.
    #[default]
    None = 0,
    /// An account.
    Basic = 1,
    /// Name and number were checked against the population register.
    RealName = 2,
    /// In addition the person was seen (face, in person, e-id).
    Strong = 3,
}

/// 即办件 or 承诺件.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// Decided on the spot.
    #[default]
    Instant,
    /// Within a promised limit.
    Promised,
}

/// Trips to a hall that the traditional way takes, and how that is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct VisitsBefore {
    /// How many.
    pub n: u32,
    /// How that is known.
    pub backing: Backing,
}

/// How the item is offered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Offer {
    /// Who may apply.
    pub applicant: ApplicantKind,
    /// On the spot or promised.
    pub handling: Handling,
    /// Times the applicant must come to the hall.
    pub visits: u32,
    /// Trips to a hall that the traditional way takes; none where nobody knows.
    pub visits_before: Option<VisitsBefore>,
    /// Why a visit is needed, where one is.
    pub visit_reason: Option<Text>,
    /// Ways in: online, window …
    pub channels: Vec<Text>,
    /// The six flags of online depth: consultation, receipt, pre-check, acceptance, handling, result feedback.
    pub online_depth: Vec<String>,
    /// How sure the sign-in must be.
    pub identity: IdentityLevel,
    /// When it is open.
    pub hours: Text,
    /// Where, for those who come.
    pub place: Text,
    /// How to ask.
    pub consultation: Text,
    /// How to complain.
    pub complaint: Text,
    /// How the result comes home.
    pub delivery: Text,
    /// Range of cross-area handling 通办范围.
    pub reach: Text,
    /// Is the number of grants limited?
    pub number_limited: bool,
}

/// A time limit by law or by promise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Limit {
    /// Number, unit and kind; 0 working days is "on the spot".
    pub period: Period,
    /// Where it holds or was read.
    pub place: Text,
    /// What it counts from and to.
    pub explanation: Text,
    /// How well known.
    pub attested: Attested,
}

/// Who makes a material.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The applicant.
    Applicant,
    /// A public authority.
    Government,
    /// Somebody else.
    ThirdParty,
}

/// How a material comes in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Obtain {
    /// It is the online form itself.
    OnlineForm,
    /// Not handed in: read from a register (不用交，数据共享取得).
    Share,
    /// Uploaded.
    Upload,
    /// Another party confirms from its own account.
    Confirmation,
}

/// One material. Each is named; there is no "other".
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Material {
    /// Stable within the item.
    pub id: String,
    /// What it is.
    pub name: Text,
    /// Who makes it.
    pub origin: Origin,
    /// How it comes in.
    pub obtain: Obtain,
    /// The sentence citizens read: what they need to do, usually nothing.
    pub how: Text,
    /// Always asked for, or only under [`Material::when`].
    pub required: bool,
    /// When it is asked for, where that is not always.
    pub when: Option<Text>,
    /// Whether it may follow after the application was accepted (容缺受理).
    pub may_follow: bool,
    /// Register it is read from, where shared.
    pub register: Option<String>,
    /// Largest size of a file of it, where it is uploaded; units of 1,048,576 bytes. [`super::UploadTerms`] where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_mb: Option<u32>,
    /// How many files of it there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<u32>,
    /// How well known.
    pub attested: Attested,
}

/// Whether it costs anything.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Fee {
    /// `None`: not known (grade U), and the guide says so.
    pub charged: Option<bool>,
    /// Fen, where charged.
    pub amount_fen: Option<i64>,
    /// The sentence citizens read.
    pub sentence: Text,
    /// How well known.
    pub attested: Attested,
}

/// What the grant does to the licence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenceAct {
    /// A new licence.
    #[default]
    Issue,
    /// A new version of the holder's licence.
    Supersede,
    /// The holder's licence is struck off (注销).
    StrikeOff,
}

/// What the applicant gets.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct GrantResult {
    /// Name of the result.
    pub name: Text,
    /// 证照 type as a word of ours.
    pub licence_type: String,
    /// Type part of the GB/T 36904 identifier: 18 characters of the defining body and 3 digits.
    pub licence_type_code: String,
    /// What happens to the licence.
    pub act: LicenceAct,
    /// From when to when it is good.
    pub term: Term,
    /// The sentence citizens read about validity.
    pub validity: Text,
    /// How well validity is known.
    pub attested: Attested,
    /// Rows printed on the licence: label and where the value comes from.
    pub shows: Vec<LicenceRow>,
}

/// A row printed on the licence.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct LicenceRow {
    /// Label.
    pub label: Text,
    /// Field of the register record this grant writes.
    pub field: String,
}

/// What a failed condition means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFail {
    /// The applicant can mend it: into the one merged notice.
    Correct,
    /// Only a person may judge it.
    Refer,
    /// A refusal is drafted for a person to sign (grade A conditions only; a lower grade refers).
    DraftRefusal,
    /// A lawful special step comes first.
    SpecialStep,
    /// The law asks for no licence here.
    NotNeeded,
}

/// Whether an agency stands behind a condition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Shows how it works; binds nobody. Outside demonstration mode the machine does not grant on it.
    Demonstration,
    /// Adopted by the agency in a document.
    Adopted {
        /// Agency id.
        agency: String,
        /// The officer who signed.
        officer: String,
        /// When.
        date: Date,
        /// Number of the document.
        document: String,
    },
}

/// One condition; its logic is the decision of the same id in `rules.dmn`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Condition {
    /// Equals the XML id of the decision.
    pub id: String,
    /// What must be so, as citizens read it.
    pub sentence: Text,
    /// What it serves: title of the law or rule, in our words.
    pub basis: Text,
    /// What a failure means.
    pub on_fail: OnFail,
    /// What to do when it fails: the line of the correction notice, or why a person looks.
    pub mend: Text,
    /// Form field to go to when mending, where there is one.
    pub mend_field: Option<String>,
    /// Does an agency stand behind it?
    pub status: Status,
    /// How well known.
    pub attested: Attested,
}

/// Who looks at the holder after the grant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum Supervisor {
    /// This agency.
    Agency(String),
    /// The nearest agency with this role, upward from the region that this fact names.
    Role {
        /// Role of [`super::Agency::roles`].
        role: String,
        /// Fact that holds a region code.
        region_fact: String,
    },
}

/// A duty born with the grant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Duty {
    /// Stable within the item.
    pub id: String,
    /// Kind of check, a word of ours: `on_duty_check`, `staffing_check`, `expiry_watch`.
    pub kind: String,
    /// What is looked at.
    pub what: Text,
    /// By whom.
    pub supervisor: Supervisor,
    /// Within which the agency must claim the duty.
    pub claim: Period,
    /// Within which the first action falls; none for a standing watch.
    pub first_action: Option<Period>,
    /// Within which a finding is fed back.
    pub feedback: Period,
    /// What it rests on.
    pub basis: Text,
    /// How well known.
    pub attested: Attested,
}

/// Who must confirm before the agency receives the application.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub enum SecondParty {
    /// Nobody.
    #[default]
    None,
    /// The employer; the form field holds its unified social credit code.
    Employer {
        /// Form field.
        field: String,
        /// What it confirms, in words.
        statement: Text,
        /// How long it may take; this is not the agency's time.
        within: Period,
    },
}

/// Our four ways of deciding. Which "four modes" Guangxi had in 2017 is not known; these names are ours (grade D).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Registers answer every question.
    #[default]
    RegisterMatch,
    /// A lawful commitment replaces a proof.
    Commitment,
    /// A limited number, in the order of acceptance.
    Quota,
    /// A second party confirms.
    SecondParty,
}

/// A special stage during which the clock stands still.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SpecialStage {
    /// What happens.
    pub name: Text,
    /// How long it takes, told in writing.
    pub period: Period,
    /// What it rests on.
    pub attested: Attested,
}

/// A question people ask.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Question {
    /// The question.
    pub ask: Text,
    /// The answer.
    pub answer: Text,
}

/// One version of one handling item.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// Folder name below `catalog/items`.
    pub id: String,
    /// Hash of the whole folder: the version a decision is stored with.
    pub hash: String,
    /// First day in force.
    pub valid_from: Date,
    /// Last day in force, if known.
    pub valid_to: Option<Date>,
    /// Whether it also decides cases that were filed under an older version.
    #[serde(skip_serializing_if = "VersionBy::is_filed")]
    pub version_by: VersionBy,
    /// Hashes of versions that were taken back: it decides what was filed under them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instead_of: Vec<String>,
    /// Name.
    pub name: Text,
    /// One sentence for lists.
    pub summary: Text,
    /// Department, for grouping.
    pub department: Text,
    /// Words people search with.
    pub keywords: Vec<String>,
    /// Code of the catalogue item.
    pub catalogue_code: Option<ItemCode>,
    /// Code of this implementation.
    pub implementation_code: Option<ItemCode>,
    /// How it is decided.
    pub mode: Mode,
    /// The mode in words.
    pub mode_name: Text,
    /// Who decides and why they may.
    pub power: Power,
    /// How it is offered.
    pub service: Offer,
    /// What rows refer to.
    pub sources: Vec<Source>,
    /// Laws and rules.
    pub legal_basis: Vec<Basis>,
    /// Conditions, in the order people read them.
    pub conditions: Vec<Condition>,
    /// Materials.
    pub materials: Vec<Material>,
    /// Limit by law.
    pub statutory_limit: Limit,
    /// Limits promised; the first is ours.
    pub committed_limits: Vec<Limit>,
    /// Special stages.
    pub special_stages: Vec<SpecialStage>,
    /// Cost.
    pub fee: Fee,
    /// What the applicant gets.
    pub result: GrantResult,
    /// Duties born with a grant.
    pub duties: Vec<Duty>,
    /// Who confirms.
    pub second_party: SecondParty,
    /// The commitment, where there is one.
    pub commitment: Option<Commitment>,
    /// The quota a grant draws on.
    pub quota: Option<QuotaUse>,
    /// Why a person decides, always.
    pub never_instant: Option<NeverInstant>,
    /// Why a decision needs a second officer's concurrence, where it does.
    pub two_officers: Option<TwoOfficers>,
    /// Who reviews first, where another decides above.
    pub first_review: Option<FirstReviewBy>,
    /// Renewed by law when nobody decides in time.
    pub tacit_renewal: Option<TacitRenewal>,
    /// How long a case waits for a register that does not answer before a person takes it; minutes. The clock of
    /// [`super::Procedure`] where the item says nothing.
    pub data_wait_minutes: Option<u32>,
    /// Where the inputs of the model come from.
    pub facts: Vec<FactRow>,
    /// Register records a grant writes.
    pub effects: Vec<Effect>,
    /// Fact that holds the code of the responsible region; the power's region where absent.
    pub region_fact: Option<String>,
    /// How to complain about a decision (review, lawsuit).
    pub remedies: Text,
    /// Questions people ask.
    pub questions: Vec<Question>,
    /// The form.
    #[serde(skip)]
    pub form: FormSchema,
    /// The compiled conditions.
    #[serde(skip)]
    pub rules: Arc<RuleSet>,
    /// `cases.md`, as imported.
    #[serde(skip)]
    pub cases: String,
}

impl Item {
    /// The condition with this id.
    pub fn condition(&self, id: &str) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.id == id)
    }

    /// The limit this agency promises: 0 is "on the spot". The law's limit where nothing is promised.
    pub fn committed_limit(&self) -> &Limit {
        self.committed_limits.first().unwrap_or(&self.statutory_limit)
    }

    /// The row of [`Item::sources`] with this id.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|s| s.id == id)
    }

    /// The fact that feeds this input of the model.
    pub fn fact(&self, input: &str) -> Option<&FactRow> {
        self.facts.iter().find(|f| f.input == input)
    }

    /// The materials that are handed in as files, in the guide's order.
    pub fn uploads(&self) -> impl Iterator<Item = &Material> {
        self.materials.iter().filter(|material| material.obtain == Obtain::Upload)
    }

    /// In force on `date`?
    pub fn in_force(&self, date: Date) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|end| date <= end)
    }

    /// Conditions no agency has adopted: the machine grants on them in demonstration mode only.
    pub fn not_adopted(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(|c| c.status == Status::Demonstration)
    }
}
