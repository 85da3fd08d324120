//! More time for a decision: an officer asks, the head of the office approves or does not, the applicant is told why
//! (Administrative Licensing Law, article 42: ten working days, once). How much stands in the catalogue (`procedure.toml`,
//! `[extension]`). The promise that was made stays as it was made.

mod record;

use evidence::canonical::Salt;
use kernel::{Id, Moment, Text};
use serde_json::json;
use store::{Fault, Store};

use record::EXTENSION;

use super::acts::item_of;
use super::desk::Desk;
use super::error::ApprovalError;
use super::record::{self as cases, CASE, Case};
use super::settle::event;
use super::state::State;
use super::{first, leaf, limits, pending, recusal, ruling, step};
use crate::access::{Actor, Right};
use crate::catalog::{FieldError, Item, MessageKind};
use crate::message::{self, NewMessage};

/// Where a request to extend stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExtensionState {
    /// It waits for the head.
    Asked,
    /// Approved: the limit is longer.
    Approved,
    /// Not approved: the limit is as it was.
    Refused,
}

impl ExtensionState {
    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    /// Reads [`ExtensionState::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Asked, Self::Approved, Self::Refused].into_iter().find(|s| s.word() == word)
    }
}

/// A request to extend the limit of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The case.
    pub case: Id,
    /// Where it stands.
    pub state: ExtensionState,
    /// Why: the applicant reads it, once it is approved.
    pub reasons: String,
    /// By how many working days.
    pub days: u32,
    /// Who asked: account …
    pub asked_by: Id,
    /// … and name.
    pub asked_name: String,
    /// When.
    pub asked_at: Moment,
    /// What the head said.
    pub answer: Option<ExtensionAnswer>,
    shard: String,
    version: i64,
}

/// What the head of the office said to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionAnswer {
    /// The words.
    pub words: String,
    /// Whose.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// The request on a case.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn extension(store: &Store, case: Id) -> Result<Option<Extension>, Fault> {
    record::of_case(store, case).await
}

/// May this officer ask for more time now? The button of the page.
pub fn may_ask(actor: &Actor, case: &Case, (asked, now): (Option<&Extension>, Moment)) -> bool {
    let open = matches!(case.state, State::InReview | State::SpecialStep) && case.extended_days.is_none();
    let unasked = asked.is_none_or(|e| e.state == ExtensionState::Refused);
    open && unasked && case.statutory_due_at.is_some_and(|due| now < due) && case.allows(actor, Right::DecideCase)
}

/// May this officer answer the request? He leads the office and did not ask himself.
pub fn may_answer(actor: &Actor, case: &Case, asked: &Extension) -> bool {
    asked.state == ExtensionState::Asked && case.allows(actor, Right::Lead) && actor.account() != Some(asked.asked_by)
}

/// An officer asks for more time.
///
/// # Errors
/// [`ApprovalError::NotAllowed`] where it was asked or given already, the case waits for nobody, or its limit is over;
/// [`ApprovalError::Form`] where no reasons are given.
pub async fn ask_extension(desk: &Desk<'_>, actor: &Actor, id: Id, reasons: &str) -> Result<(), ApprovalError> {
    let case = seen(desk, actor, id).await?;
    if !case.allows(actor, Right::DecideCase) {
        return Err(ApprovalError::Forbidden(Text::new(
            "您的岗位不能申请延长期限，请交由审批人员",
            "your post may not ask for more time; leave it to an approver",
        )));
    }
    recusal::refuse(desk, actor, &case).await?;
    pending::none_at_the_door(desk, &case).await?;
    let before = record::of_case(desk.store(), id).await?;
    let (now, by) = (desk.base.now(), actor.signature());
    if !may_ask(actor, &case, (before.as_ref(), now)) {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    let reasons = said("/extension", reasons)?;
    let days = days(desk)?;
    let Some(asked_by) = by.account else { return Err(ApprovalError::NotFound) };
    let asked = Extension {
        case: id,
        state: ExtensionState::Asked,
        reasons,
        days,
        asked_by,
        asked_name: by.name.clone(),
        asked_at: now,
        answer: None,
        shard: case.shard.clone(),
        version: before.as_ref().map_or(1, |e| e.version + 1),
    };
    let unit = match &before {
        None => desk.base.unit().insert(&EXTENSION, asked.values()),
        Some(before) => {
            const FIXED: [&str; 3] = ["shard", "case_id", "version"];
            let all = EXTENSION.columns.iter().copied().zip(asked.values());
            let changes = all.filter(|(column, _)| !FIXED.contains(column)).collect();
            desk.base.unit().update(&EXTENSION, before.key(), before.version, changes)
        }
    };
    let detail = json!({ "days": days, "reasons": asked.reasons });
    desk.store().commit(unit.and(event(desk, &case, "extension_asked", &by, detail, now))).await?;
    Ok(())
}

/// The head of the office approves or does not. Approved, the limit is longer from now on and the applicant is told why.
///
/// # Errors
/// [`ApprovalError::Forbidden`] where the actor does not lead there or asked himself; [`ApprovalError::NotAllowed`] where
/// nothing is asked, or the limit is over; [`ApprovalError::Form`] where nothing is said.
pub async fn answer_extension(
    desk: &Desk<'_>,
    actor: &Actor,
    id: Id,
    (approve, words): (bool, &str),
) -> Result<(), ApprovalError> {
    let mut case = seen(desk, actor, id).await?;
    recusal::refuse(desk, actor, &case).await?;
    let asked = record::of_case(desk.store(), id).await?.ok_or(ApprovalError::NotAllowed(case.state))?;
    let now = desk.base.now();
    let over = case.statutory_due_at.is_none_or(|due| now >= due);
    let waits = matches!(case.state, State::InReview | State::SpecialStep);
    if asked.state != ExtensionState::Asked || !waits || (approve && over) {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    if !may_answer(actor, &case, &asked) {
        return Err(ApprovalError::Forbidden(Text::new(
            "延长期限由本机关负责人批准，申请人本人不能批准",
            "the head of the office approves more time, and not who asked for it",
        )));
    }
    pending::none_at_the_door(desk, &case).await?;
    let (words, by) = (said("/answer", words)?, actor.signature());
    let item = item_of(desk, &case)?;
    let state = if approve { ExtensionState::Approved } else { ExtensionState::Refused };
    let changes = vec![
        ("state", state.word().into()),
        ("answer", (&words).into()),
        ("answered_by", (&by.name).into()),
        ("answered_at", now.into()),
    ];
    let unit = desk.base.unit().update(&EXTENSION, asked.key(), asked.version, changes);
    let detail = json!({ "days": asked.days, "reasons": words });
    if !approve {
        let story = event(desk, &case, "extension_refused", &by, detail, now);
        desk.store().commit(unit.and(story)).await?;
        return Ok(());
    }
    let version = case.version;
    case.extended_days = Some(asked.days);
    let mut stops = step::stops_of(desk.store(), id).await?;
    stops.extend(first::stop_of(desk.store(), &item, &case).await?);
    limits::stand_still(desk.catalog, &item, &mut case, &stops);
    if case.statutory_due_at.is_none() {
        let message = Text::new(
            "工作日历尚未公布，算不出延长到哪天，暂时不能批准",
            "the work calendar does not reach so far: the longer limit cannot be told yet",
        );
        return Err(ApprovalError::Form(vec![FieldError {
            pointer: "/answer".into(),
            code: "calendar".into(),
            message,
        }]));
    }
    let public = json!({ "at": now, "days": asked.days, "due": case.statutory_due_at });
    let private = json!({ "reasons": asked.reasons, "answer": words, "asked_by": asked.asked_name, "by": by });
    let written = leaf::leaf("case.extended", &case, &public, &private, &Salt::generate(desk.base.entropy))?;
    let unit = unit
        .update(&CASE, case.key(), version, case.changes())
        .leaf(written)
        .and(event(desk, &case, "extended", &by, detail, now));
    desk.store().commit(message::add(unit, &told(desk, &item, (&case, &asked)))).await?;
    Ok(())
}

async fn seen(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<Case, ApprovalError> {
    let case = cases::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    if case.allows(actor, Right::ViewCase) { Ok(case) } else { Err(ApprovalError::NotFound) }
}

/// By how many working days a limit may be extended, as the catalogue says.
fn days(desk: &Desk<'_>) -> Result<u32, ApprovalError> {
    let period = desk.catalog.procedure().and_then(|p| p.extension.as_ref());
    period.map(|clock| clock.period.n).ok_or_else(|| {
        ApprovalError::Forbidden(Text::new(
            "目录没有规定可以延长多久（procedure.toml 的 extension）",
            "the catalogue does not say by how much (extension in procedure.toml)",
        ))
    })
}

fn said(pointer: &str, words: &str) -> Result<String, ApprovalError> {
    if ruling::are_reasons(words) {
        return Ok(words.trim().to_owned());
    }
    let message = Text::new("请写明理由（4 至 4000 字）", "give reasons (4 to 4000 characters)");
    Err(ApprovalError::Form(vec![FieldError { pointer: pointer.into(), code: "reasons.length".into(), message }]))
}

fn told(desk: &Desk<'_>, item: &Item, (case, asked): (&Case, &Extension)) -> NewMessage {
    let until = case.statutory_due_at.map(|due| due.plus_ms(-1).date().to_string()).unwrap_or_default();
    let (number, days, why) = (&case.number, asked.days, &asked.reasons);
    NewMessage {
        id: desk.base.id(),
        party: case.applicant,
        kind: MessageKind::Progress,
        title: Text::new(
            format!("{}：办理期限延长", item.name.zh),
            format!("{}: the limit was extended", item.name.en),
        ),
        body: Text::new(
            format!(
                "办件编号 {number}。经本机关负责人批准，办理期限延长 {days} 个工作日，最迟 {until} 作出决定。理由：{why}"
            ),
            format!(
                "Case {number}. With the approval of the head of the office the limit is {days} working days longer; a \
                 decision comes by {until}. Reason: {why}"
            ),
        ),
        link: Some(format!("/cases/{number}")),
        case: Some(case.id),
        at: desk.base.now(),
    }
}
