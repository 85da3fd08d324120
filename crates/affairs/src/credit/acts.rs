//! Recording what happened, and what becomes of it: taken back, repaired, objected to and answered. Each a row and a leaf.

use evidence::canonical::{Salt, canonical_value, commitment};
use kernel::{Id, Moment, Text};
use serde_json::json;
use store::{CommitError, Fault, Leaf, Store, Unit};

use super::book::{Book, Rules};
use super::decide::{ActKind, Refusal, Standing, appeal as may_object, repair as may_repair, standing};
use super::record::{self, CREDIT_ACT, CREDIT_EVENT, Recorded};
use crate::access::{Actor, Desk, MandateAct, Right, Signature};
use crate::catalog::{Catalog, FieldError};

/// Something to record.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent<'a> {
    /// Whom it counts for or against.
    pub party: Id,
    /// Its kind, as the rules know it.
    pub kind: &'a str,
    /// The item it is about.
    pub item: &'a str,
    /// The agency that records it.
    pub agency: &'a str,
    /// Where.
    pub region: &'a str,
    /// The inspection or annulment it comes from …
    pub origin: Id,
    /// … and its number.
    pub number: &'a str,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum CreditError {
    /// There is none, or it is somebody else's.
    #[error("not found")]
    NotFound,
    /// Who acts may see it, but may not do this.
    #[error("{}", .0.en)]
    Forbidden(Text),
    /// The rules do not allow it, or not now.
    #[error("{0}")]
    Refused(Refusal),
    /// Fields to mend.
    #[error("{} field(s) to mend", .0.len())]
    Form(Vec<FieldError>),
    /// It was done in the same moment by somebody else.
    #[error("changed by someone else in the meantime")]
    Changed,
    /// Nothing is recorded while the log cannot sign.
    #[error("acts wait until the log can sign again: {0}")]
    NoEvidence(String),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<CommitError> for CreditError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(_) => Self::Changed,
            CommitError::NoEvidence { why } => Self::NoEvidence(why),
            CommitError::Stopped => Self::Fault(Fault::Stopped),
            CommitError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// The rules in force on the day of the desk.
///
/// # Errors
/// A fault, where the catalogue has none that can be read.
pub fn rules_now(catalog: &Catalog, now: Moment) -> Result<std::sync::Arc<Rules>, Fault> {
    let book = Book::read(catalog).map_err(|wrong| Fault::Misuse(format!("{wrong:?}")))?;
    let rules = book.at(now.date()).cloned();
    rules.ok_or_else(|| Fault::Misuse("the catalogue has no rules of credit".to_owned()))
}

/// The rows of an event, for the unit of what it comes from.
///
/// # Errors
/// A fault, where its leaf cannot be written.
pub fn recorded(desk: &Desk<'_>, new: &NewEvent<'_>) -> Result<Unit, Fault> {
    let (id, today, salt) = (desk.id(), desk.now().date(), Salt::generate(desk.entropy));
    let row = vec![
        desk.shard.into(),
        id.into(),
        new.party.into(),
        new.kind.into(),
        "".into(),
        new.item.into(),
        today.into(),
        today.into(),
        new.agency.into(),
        new.region.into(),
        new.origin.into(),
        new.number.into(),
        salt.bytes().to_vec().into(),
    ];
    let private = json!({ "party": new.party.to_string(), "event": new.kind });
    let leaf = leaf(id, ("credit.event", new.agency), desk.now(), (&private, &salt))?;
    Ok(desk.unit().insert(&CREDIT_EVENT, row).leaf(leaf))
}

/// Takes back what came from something that does not stand any more.
///
/// # Errors
/// A fault of the database.
pub async fn withdrawn(desk: &Desk<'_>, origin: Id, (by, note): (&Signature, &str)) -> Result<Unit, Fault> {
    let mut unit = desk.unit();
    for recorded in record::from_origin(desk.store, origin).await? {
        unit = unit.and(became(desk, &recorded, ActKind::Withdrawn, (by, note))?);
    }
    Ok(unit)
}

/// How a party stands on the day of the desk, with everything it rests on.
///
/// # Errors
/// A fault of the database or of the rules.
pub async fn standing_of(
    store: &Store,
    rules: &Rules,
    (party, now): (Id, Moment),
) -> Result<(Standing, Vec<Recorded>), Fault> {
    let all = record::events_of(store, party).await?;
    let events: Vec<_> = all.iter().map(|recorded| recorded.event.clone()).collect();
    Ok((standing(rules, &events, now.date()), all))
}

/// The weight of a party in draws: that of its class; unsettled, that of an ordinary one.
pub fn draw_weight(rules: &Rules, standing: &Standing) -> (String, u32) {
    let class = standing.class.as_deref().unwrap_or("B");
    let weight = rules.classes.iter().find(|c| c.id == class).map_or(1, |c| c.draw_weight);
    (class.to_owned(), weight)
}

/// The subject objects to a record: once, within the limit.
///
/// # Errors
/// [`CreditError::NotFound`] for anybody else; [`CreditError::Refused`] where the rules do not allow it.
pub async fn lodge(desk: &Desk<'_>, rules: &Rules, actor: &Actor, (id, text): (Id, &str)) -> Result<(), CreditError> {
    let found = record::event(desk.store, id).await?.ok_or(CreditError::NotFound)?;
    let today = desk.now().date();
    if !actor.may_act_for(found.party, MandateAct::File, found.event.item.as_deref(), today) {
        return Err(CreditError::NotFound);
    }
    may_object(rules, &found.event, today).map_err(CreditError::Refused)?;
    let text = said(text)?;
    let unit = became(desk, &found, ActKind::AppealLodged, (&actor.signature(), &text))?;
    desk.store.commit(unit).await?;
    Ok(())
}

/// An officer answers an objection, or accepts a repair; the rules say when that may be.
///
/// # Errors
/// [`CreditError::Forbidden`] where he does not decide for the agency that recorded it; [`CreditError::Refused`] where there is
/// nothing to answer or to repair yet.
pub async fn decide(
    desk: &Desk<'_>,
    rules: &Rules,
    actor: &Actor,
    (id, kind, text): (Id, ActKind, &str),
) -> Result<(), CreditError> {
    let found = record::event(desk.store, id).await?.ok_or(CreditError::NotFound)?;
    if !found.allows(actor, Right::ViewCase) {
        return Err(CreditError::NotFound);
    }
    if !found.allows(actor, Right::DecideCase) {
        return Err(CreditError::Forbidden(Text::new(
            "信用记录的异议和修复由审批人员或负责人决定",
            "an approver or the head decides on objections and repair",
        )));
    }
    let today = desk.now().date();
    match kind {
        ActKind::Repaired => may_repair(rules, &found.event, today).map_err(CreditError::Refused)?,
        ActKind::AppealUpheld | ActKind::AppealDismissed if found.event.appeal_pending(today) => {}
        _ => return Err(CreditError::Refused(Refusal::Needless)),
    }
    let text = said(text)?;
    let unit = became(desk, &found, kind, (&actor.signature(), &text))?;
    desk.store.commit(unit).await?;
    Ok(())
}

fn said(text: &str) -> Result<String, CreditError> {
    let text = text.trim();
    if (4..=2_000).contains(&text.chars().count()) && !text.contains('\0') {
        return Ok(text.to_owned());
    }
    let message = Text::new("请写明理由（4 至 2000 字）", "say why, in 4 to 2000 characters");
    Err(CreditError::Form(vec![FieldError { pointer: "/note".to_owned(), code: "length".to_owned(), message }]))
}

fn became(desk: &Desk<'_>, recorded: &Recorded, kind: ActKind, (by, note): (&Signature, &str)) -> Result<Unit, Fault> {
    let now = desk.now();
    let row = vec![
        (&recorded.shard).into(),
        recorded.id.into(),
        kind.word().into(),
        now.into(),
        now.date().into(),
        by.account.into(),
        (&by.name).into(),
        note.into(),
    ];
    let private = json!({ "by": by, "note": note, "did": kind.word() });
    let salt = Salt::generate(desk.entropy);
    let leaf = leaf(recorded.id, ("credit.act", &recorded.agency), now, (&private, &salt))?;
    Ok(desk.unit().insert(&CREDIT_ACT, row).leaf(leaf))
}

/// What the log keeps: that something was recorded or became of it, by which agency and when; whom and what it says in a salted
/// commitment.
fn leaf(
    subject: Id,
    (kind, agency): (&'static str, &str),
    now: Moment,
    (private, salt): (&serde_json::Value, &Salt),
) -> Result<Leaf, Fault> {
    let text = |body| canonical_value(body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")));
    let kept = commitment(salt, text(private)?.as_bytes()).to_string();
    let body = json!({
        "schema": 1, "kind": kind, "event": subject.to_string(), "agency": agency, "at": now, "commitment": kept,
    });
    Ok(Leaf { subject, kind, bytes: text(&body)?.into_bytes() })
}
