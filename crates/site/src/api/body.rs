//! What goes over the wire: the public shape of cases, licences, duties. A field here is a promise.

use affairs::approval::{Case, Decision, Event, File, Notice};
use affairs::catalog::Item;
use affairs::licence::Licence;
use affairs::supervision::Duty;
use kernel::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::people::{AssignmentBody, PendingBody};

/// A text in both languages.
#[derive(Serialize, ToSchema)]
pub(super) struct TextBody {
    /// Chinese.
    zh: String,
    /// English.
    en: String,
}

impl From<&Text> for TextBody {
    fn from(text: &Text) -> Self {
        Self { zh: text.zh.clone(), en: text.en.clone() }
    }
}

/// A case in short.
#[derive(Serialize, ToSchema)]
pub(super) struct CaseBody {
    /// Readable number: what addresses carry.
    pub(super) number: String,
    /// Item id.
    item: String,
    /// Where it stands: `awaiting_second_party`, `awaiting_evidence`, `awaiting_data`, `gathering`, `correcting`,
    /// `in_review`, `special_step`, `granted`, `refused`, `not_accepted`, `not_needed`, `withdrawn`, `declined`, `lapsed`, `terminated`.
    state: &'static str,
    /// What the last run of the rules came to: `grant`, `correct`, `special_step`, `draft_refusal`, `not_needed`, `refer`.
    outcome: Option<&'static str>,
    /// The applicant's name.
    applicant: String,
    /// Credit code of the party that confirms.
    second_party: Option<String>,
    /// Version for rulings.
    version: i64,
    /// RFC 3339.
    filed_at: String,
    /// When the agency held the complete application.
    received_at: Option<String>,
    /// When it was decided.
    decided_at: Option<String>,
    /// Until when the second party may answer.
    second_party_due_at: Option<String>,
    /// Until when the applicant may mend.
    correction_due_at: Option<String>,
    /// The promised limit; absent where the work calendar of that year is not published.
    committed_due_at: Option<String>,
    /// The limit in law.
    statutory_due_at: Option<String>,
    /// With the number it opens the status without sign-in; told to the applicant only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) receipt_secret: Option<String>,
}

impl From<&Case> for CaseBody {
    fn from(case: &Case) -> Self {
        let at = |moment: Option<kernel::Moment>| moment.map(|m| m.to_string());
        Self {
            number: case.number.clone(),
            item: case.item.clone(),
            state: case.state.word(),
            outcome: case.outcome.map(affairs::approval::Outcome::word),
            applicant: case.applicant_name.clone(),
            second_party: case.second_party.clone(),
            version: case.version,
            filed_at: case.filed_at.to_string(),
            received_at: at(case.received_at),
            decided_at: at(case.decided_at),
            second_party_due_at: at(case.second_party_due_at),
            correction_due_at: at(case.correction_due_at),
            committed_due_at: at(case.committed_due_at),
            statutory_due_at: at(case.statutory_due_at),
            receipt_secret: None,
        }
    }
}

/// One run of the rules or one decision of a person.
#[derive(Serialize, ToSchema)]
pub(super) struct DecisionBody {
    /// 1, 2, … within the case.
    run: i64,
    /// `machine` or `person`.
    maker: String,
    /// The officer's name.
    officer: Option<String>,
    /// The second officer's name, where it took two.
    second: Option<String>,
    /// Outcome or ruling.
    outcome: String,
    /// RFC 3339.
    decided_at: String,
    /// SHA-256 of the rule set.
    rule_set: String,
    /// Version of the engine.
    engine: String,
    /// Facts with source, time and trust.
    #[schema(value_type = Object)]
    inputs: Json,
    /// Every check with what it read, its source and grade.
    #[schema(value_type = Object)]
    checks: Json,
    /// Reasons an officer gave.
    reasons: Option<String>,
    /// Remedies told with a refusal.
    remedies: Option<String>,
}

impl From<&Decision> for DecisionBody {
    fn from(d: &Decision) -> Self {
        Self {
            run: d.run,
            maker: d.maker.clone(),
            officer: d.officer_name.clone(),
            second: d.second_name.clone(),
            outcome: d.outcome.clone(),
            decided_at: d.decided_at.to_string(),
            rule_set: d.rule_set.clone(),
            engine: d.engine.clone(),
            inputs: d.inputs.clone(),
            checks: d.checks.clone(),
            reasons: d.reasons.clone(),
            remedies: d.remedies.clone(),
        }
    }
}

/// One line of the case's story.
#[derive(Serialize, ToSchema)]
pub(super) struct EventBody {
    /// RFC 3339.
    at: String,
    /// What happened.
    kind: String,
    /// Who.
    actor: String,
    /// For whom.
    on_behalf: Option<String>,
}

impl From<&Event> for EventBody {
    fn from(e: &Event) -> Self {
        let (kind, actor) = (e.kind.clone(), e.actor_name.clone());
        Self { at: e.at.to_string(), kind, actor, on_behalf: e.on_behalf.clone() }
    }
}

/// A case with everything its parties and officers may see.
#[derive(Serialize, ToSchema)]
pub(super) struct FileBody {
    /// The case.
    case: CaseBody,
    /// What was filed.
    #[schema(value_type = Object)]
    form: Json,
    /// Runs and decisions, oldest first.
    decisions: Vec<DecisionBody>,
    /// What happened, oldest first.
    events: Vec<EventBody>,
    /// The licence born with it.
    licence: Option<LicenceBody>,
    /// Supervision duties born with it.
    duties: Vec<DutyBody>,
    /// What an officer may decide now; empty for everybody else.
    #[schema(value_type = Vec<String>)]
    rulings: Vec<affairs::approval::Ruling>,
    /// With whom it lies; for officers.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment: Option<AssignmentBody>,
    /// The decision that was signed and has not left; for officers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<PendingBody>,
}

impl FileBody {
    pub(super) fn new(file: &File, licence: Option<&Licence>, duties: &[Duty]) -> Self {
        Self {
            case: (&file.case).into(),
            form: file.case.form.clone(),
            decisions: file.decisions.iter().map(Into::into).collect(),
            events: file.events.iter().map(Into::into).collect(),
            licence: licence.map(Into::into),
            duties: duties.iter().map(Into::into).collect(),
            rulings: Vec::new(),
            assignment: None,
            pending: None,
        }
    }

    pub(super) fn for_officer(mut self, file: &File) -> Self {
        self.pending = file.pending.as_ref().map(Into::into);
        self.assignment = file.assignment.as_ref().map(Into::into);
        if self.pending.is_none() {
            self.rulings = affairs::approval::rulings_now(file);
        }
        self
    }
}

/// A licence.
#[derive(Serialize, ToSchema)]
pub(super) struct LicenceBody {
    /// Identifier by GB/T 36904.
    code: String,
    /// Type.
    #[serde(rename = "type")]
    kind: String,
    /// `valid`, `superseded`, `struck_off`.
    status: &'static str,
    /// First day.
    valid_from: String,
    /// Last day.
    valid_to: Option<String>,
    /// The sealed document: what a verifier checks.
    document: String,
}

impl From<&Licence> for LicenceBody {
    fn from(l: &Licence) -> Self {
        Self {
            code: l.code.clone(),
            kind: l.kind.clone(),
            status: l.status.word(),
            valid_from: l.valid_from.to_string(),
            valid_to: l.valid_to.map(|d| d.to_string()),
            document: l.document.clone(),
        }
    }
}

/// A supervision duty.
#[derive(Serialize, ToSchema)]
pub(super) struct DutyBody {
    /// Its id.
    id: String,
    /// Case it was born with.
    case: String,
    /// Kind of check.
    kind: String,
    /// Agency that must look.
    agency: String,
    /// What is looked at, in both languages.
    #[schema(value_type = Object)]
    what: Json,
    /// What it rests on.
    basis: String,
    /// How well that is known.
    grade: String,
    /// `pushed`, `claimed`, `acted`, `told_back`, `ended`.
    state: &'static str,
    /// To be claimed by.
    claim_due_at: Option<String>,
    /// First action by.
    action_due_at: Option<String>,
}

impl From<&Duty> for DutyBody {
    fn from(d: &Duty) -> Self {
        Self {
            id: d.id.to_string(),
            case: d.case_number.clone(),
            kind: d.kind.clone(),
            agency: d.agency.clone(),
            what: d.what.clone(),
            basis: d.basis.clone(),
            grade: d.grade.clone(),
            state: d.state.word(),
            claim_due_at: d.claim_due_at.map(|m| m.to_string()),
            action_due_at: d.action_due_at.map(|m| m.to_string()),
        }
    }
}

/// A public notice of a grant.
#[derive(Serialize, ToSchema)]
pub(super) struct NoticeBody {
    /// Cursor of the next page when it is the last of this one.
    id: String,
    /// Case number.
    number: String,
    /// Item.
    item: String,
    /// Agency.
    agency: String,
    /// Region.
    region: String,
    /// Holder, masked.
    holder: String,
    /// `machine` or `person`.
    maker: String,
    /// RFC 3339.
    decided_at: String,
}

impl From<&Notice> for NoticeBody {
    fn from(n: &Notice) -> Self {
        Self {
            id: n.id.to_string(),
            number: n.number.clone(),
            item: n.item.clone(),
            agency: n.agency.clone(),
            region: n.region.clone(),
            holder: n.holder_mask.clone(),
            maker: n.maker.clone(),
            decided_at: n.decided_at.to_string(),
        }
    }
}

/// An item in short.
#[derive(Serialize, ToSchema)]
pub(super) struct ItemBody {
    /// Id.
    id: String,
    /// Content hash of this version.
    version: String,
    /// Name.
    name: TextBody,
    /// One sentence.
    summary: TextBody,
    /// Department.
    department: TextBody,
}

impl From<&Item> for ItemBody {
    fn from(item: &Item) -> Self {
        Self {
            id: item.id.clone(),
            version: item.hash.clone(),
            name: (&item.name).into(),
            summary: (&item.summary).into(),
            department: (&item.department).into(),
        }
    }
}

/// A message.
#[derive(Serialize, ToSchema)]
pub(super) struct MessageBody {
    /// Id.
    id: String,
    /// One line.
    title: TextBody,
    /// The text.
    body: TextBody,
    /// Path of the page it leads to.
    link: Option<String>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; absent while unread.
    read_at: Option<String>,
}

impl From<&affairs::message::Message> for MessageBody {
    fn from(m: &affairs::message::Message) -> Self {
        Self {
            id: m.id.to_string(),
            title: (&m.title).into(),
            body: (&m.body).into(),
            link: m.link.clone(),
            created_at: m.created_at.to_string(),
            read_at: m.read_at.map(|r| r.to_string()),
        }
    }
}

/// An application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FilingBody {
    /// Item id.
    pub(super) item: String,
    /// The form's values by field name.
    #[schema(value_type = Object)]
    pub(super) form: serde_json::Map<String, Json>,
}

/// The form of a correction, or facts to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FormBody {
    /// Values by field name.
    #[schema(value_type = Object)]
    pub(super) form: serde_json::Map<String, Json>,
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonBody {
    /// In words the other side reads; at most 1,000 characters.
    #[serde(default)]
    pub(super) reason: String,
}

/// An officer's ruling.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RulingBody {
    /// `grant`, `refuse`, `correct`, `not_accept`, `terminate`.
    #[schema(value_type = String)]
    pub(super) ruling: affairs::approval::Ruling,
    /// Why, in words the applicant reads.
    pub(super) reasons: String,
    /// The version of the case the officer looked at.
    pub(super) version: i64,
}

/// An order of a special step.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepOrderBody {
    /// Which of the item's special stages, from 0.
    pub(super) stage: usize,
    /// The accounts of those who go, two or more: see `/api/v1/cases/{number}/candidates`.
    #[schema(value_type = Vec<String>)]
    pub(super) officers: Vec<kernel::Id>,
    /// What the applicant is told.
    pub(super) notice: String,
    /// The version of the case the officer looked at.
    pub(super) version: i64,
}

/// What a special step came to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepResultBody {
    /// The requirement is met.
    pub(super) passed: bool,
    /// What was found; the applicant reads it.
    pub(super) findings: String,
    /// The version of the case the officer looked at.
    pub(super) version: i64,
}

/// What the agency below passes up with the whole file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PassUpBody {
    /// For a grant, or against it.
    pub(super) favourable: bool,
    /// The opinion of the first review; the agency above reads it.
    pub(super) opinion: String,
    /// The version of the case the officer looked at.
    pub(super) version: i64,
}

/// Somebody who may be sent.
#[derive(Serialize, ToSchema)]
pub(super) struct CandidateBody {
    /// Account.
    pub(super) account: String,
    /// Name.
    pub(super) name: String,
    /// Post.
    pub(super) post: String,
}

/// A receipt.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiptBody {
    /// Case number.
    pub(super) number: String,
    /// The receipt's secret.
    pub(super) secret: String,
}

/// The status of a case, and nothing else of it.
#[derive(Serialize, ToSchema)]
pub(super) struct StatusBody {
    /// Case number.
    pub(super) number: String,
    /// Where it stands.
    pub(super) state: &'static str,
    /// RFC 3339.
    pub(super) filed_at: String,
    /// RFC 3339.
    pub(super) decided_at: Option<String>,
}
