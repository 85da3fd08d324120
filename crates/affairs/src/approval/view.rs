//! What may be read of cases, and by whom. Somebody else's case is not found.

use kernel::{Id, Moment};
use store::{Fault, Store};

use super::assign::{self, Assignment};
use super::error::ApprovalError;
use super::extension::{self, Extension, ExtensionState};
use super::first::{self, FirstReview};
use super::gap::{self, Gap};
use super::pending::{self, Pending};
use super::quota::{Taken, taken_by};
use super::receipt::{self, ReceiptKey};
use super::record::{self, Case, Decision, Event};
use super::state::State;
use super::step::{Step, steps_of};
use crate::access::{Actor, MandateAct, Right};

/// A case with its story.
#[derive(Debug, Clone)]
pub struct File {
    /// The case.
    pub case: Case,
    /// Runs and decisions, oldest first.
    pub decisions: Vec<Decision>,
    /// What happened, oldest first.
    pub events: Vec<Event>,
    /// Special steps, oldest first.
    pub steps: Vec<Step>,
    /// What it holds of a quota, where it ever drew on one.
    pub taken: Option<Taken>,
    /// With whom it lies, while it waits for a person; for officers.
    pub assignment: Option<Assignment>,
    /// The decision that was signed and has not left; for officers.
    pub pending: Option<Pending>,
    /// The request to extend its limit; for others once it was approved.
    pub extension: Option<Extension>,
    /// Pieces that may follow, or did.
    pub gaps: Vec<Gap>,
    /// The first review below, where the law wants one; the opinion for officers.
    pub first: Option<FirstReview>,
}

/// What happens inside an office until a decision leaves it: no business of the parties, who would read in it what has not been
/// decided.
const INSIDE: [&str; 8] = [
    "extension_asked",
    "extension_refused",
    "assigned",
    "ruling_signed",
    "ruling_undone",
    "ruling_concurred",
    "ruling_differed",
    "ruling_void",
];

impl File {
    /// The newest run or decision.
    pub fn latest(&self) -> Option<&Decision> {
        self.decisions.last()
    }

    /// What the parties of the case may see of it.
    fn outside(mut self) -> Self {
        self.events.retain(|event| !INSIDE.contains(&event.kind.as_str()));
        let extension = self.extension.take().filter(|e| e.state == ExtensionState::Approved);
        if let Some(passed) = self.first.as_mut().and_then(|review| review.passed.as_mut()) {
            passed.opinion.clear();
        }
        Self { assignment: None, pending: None, extension, ..self }
    }
}

/// How an actor stands to a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The applicant, or who acts for the applicant.
    Applicant,
    /// Who acts for the second party.
    SecondParty,
    /// An officer whose rights reach the case.
    Officer,
}

/// How the actor stands to the case; `None`: it is not found for this actor.
pub fn standing(actor: &Actor, case: &Case, now: Moment) -> Option<Standing> {
    if case.allows(actor, Right::ViewCase) {
        return Some(Standing::Officer);
    }
    let person = actor.person()?;
    if person.may_act_for(case.applicant, MandateAct::View, Some(&case.item), now.date()) {
        return Some(Standing::Applicant);
    }
    let company = person.principal();
    let named = case.second_party.as_deref() == Some(company.code.as_str());
    let covered = person.may_act_for(company.id, MandateAct::Confirm, Some(&case.item), now.date());
    (named && covered).then_some(Standing::SecondParty)
}

/// A case for whoever asks, with how he stands to it.
pub async fn file_for(store: &Store, actor: &Actor, id: Id, now: Moment) -> Result<(File, Standing), ApprovalError> {
    let case = record::case(store, id).await?.ok_or(ApprovalError::NotFound)?;
    let standing = standing(actor, &case, now).ok_or(ApprovalError::NotFound)?;
    let file = told(store, case).await?;
    Ok((if standing == Standing::Officer { file } else { file.outside() }, standing))
}

/// A case with its story for the rooms above, which ask in nobody's name: what they show of it is theirs to answer for.
pub async fn story(store: &Store, id: Id) -> Result<Option<File>, Fault> {
    match record::case(store, id).await? {
        Some(case) => told(store, case).await.map(Some),
        None => Ok(None),
    }
}

async fn told(store: &Store, case: Case) -> Result<File, Fault> {
    let id = case.id;
    let (decisions, events) = (record::decisions(store, id).await?, record::events(store, id).await?);
    // Only cases that were accepted for a person have steps; only these and granted ones hold of a quota.
    let (steps, taken) = match case.accepted_at {
        Some(_) => (steps_of(store, id).await?, taken_by(store, id).await?),
        None => (Vec::new(), None),
    };
    let (assignment, pending) = match is_waiting_for_person(case.state) {
        true => (assign::assignment(store, id).await?, pending::pending(store, id).await?),
        false => (None, None),
    };
    let (extension, gaps) = match case.accepted_at {
        Some(_) => (extension::extension(store, id).await?, gap::gaps_of(store, id).await?),
        None => (None, Vec::new()),
    };
    let first = match case.first_agency {
        Some(_) => first::first_review(store, id).await?,
        None => None,
    };
    Ok(File { case, decisions, events, steps, taken, assignment, pending, extension, gaps, first })
}

/// As [`file_for`], by the readable number that stands in addresses.
pub async fn file_by_number(
    store: &Store,
    actor: &Actor,
    number: &str,
    now: Moment,
) -> Result<(File, Standing), ApprovalError> {
    let case = record::case_by_number(store, number).await?.ok_or(ApprovalError::NotFound)?;
    file_for(store, actor, case.id, now).await
}

/// The status of a case for whoever has its receipt: nothing personal in it.
pub async fn progress(store: &Store, key: &ReceiptKey, number: &str, secret: &str) -> Result<Case, ApprovalError> {
    let case = record::case_by_number(store, number).await?.ok_or(ApprovalError::NotFound)?;
    if receipt::opens(store, key, &case, secret).await? { Ok(case) } else { Err(ApprovalError::NotFound) }
}

/// The case of this number for the rooms above, which ask in nobody's name: what they show of it is theirs to answer for.
pub async fn numbered(store: &Store, number: &str) -> Result<Option<Case>, Fault> {
    record::case_by_number(store, number).await
}

/// The case that an account filed with this idempotency key: for a form that is sent twice, when its draft is gone already.
pub async fn filed_with(store: &Store, account: Id, key: &str) -> Result<Option<Case>, Fault> {
    record::case_filed_with(store, &account.to_string(), key).await
}

/// The cases of a party, newest first.
pub async fn cases_of(store: &Store, applicant: Id) -> Result<Vec<Case>, Fault> {
    record::cases_of(store, applicant).await
}

/// The cases that wait for a company's word, oldest first.
pub async fn cases_to_confirm(store: &Store, company_code: &str) -> Result<Vec<Case>, Fault> {
    record::cases_to_confirm(store, company_code).await
}

/// The live strip of the home page: what was decided in the 24 hours before `now`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pulse {
    /// Decisions that ended a case, machine and people.
    pub decided: i64,
    /// Of them by the machine alone.
    pub by_machine: i64,
    /// Median from the complete application to the machine's decision; milliseconds.
    pub median_ms: Option<i64>,
    /// Decided outside office hours.
    pub off_hours: i64,
}

/// Counts the last 24 hours.
pub async fn pulse(store: &Store, now: Moment) -> Result<Pulse, Fault> {
    record::pulse(store, now.plus_ms(-24 * 3_600 * 1_000)).await
}

/// A public notice of a grant; names of persons are masked where it was made.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Key, and cursor.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// Case number.
    pub number: String,
    /// Item.
    pub item: String,
    /// Agency.
    pub agency: String,
    /// Region.
    pub region: String,
    /// Holder, masked.
    pub holder_mask: String,
    /// Result.
    pub result: String,
    /// `machine` or `person`.
    pub maker: String,
    /// When.
    pub decided_at: Moment,
}

/// Public notices, newest first, 50 a page; `before`: the last one of the page before.
pub async fn notices(store: &Store, before: Option<Id>) -> Result<Vec<Notice>, Fault> {
    record::notices(store, before).await
}

/// How long an item's cases really took: of the newest thousand decisions of the 90 days before `now`.
pub async fn really_took(store: &Store, item: &str, now: Moment) -> Result<Took, Fault> {
    const MOST: i64 = 1_000;
    let mut took = record::took(store, item, (now.plus_ms(-90 * 24 * 3_600 * 1_000), MOST)).await?;
    took.sort_unstable();
    let count = i64::try_from(took.len()).unwrap_or(MOST);
    Ok(Took { count, median_ms: took.get(took.len() / 2).copied() })
}

/// What really happened with an item lately.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Took {
    /// Decisions counted.
    pub count: i64,
    /// Their median; milliseconds from receipt to decision.
    pub median_ms: Option<i64>,
}

/// The word and tone of a state for lists.
pub fn is_waiting_for_person(state: State) -> bool {
    matches!(state, State::InReview | State::SpecialStep)
}
