//! Who stands at the counter: recognised by a document and the clerk's own eyes, for a bounded time, by one clerk at one counter;
//! and in whose name he acts.

use std::sync::Arc;

use kernel::code::{CitizenId, CodeError, Uscc};
use kernel::{Date, Id, Text};
use serde_json::json;
use store::Fault;

use super::decide::{Document, may_receive};
use super::error::{forbidden, of_access, one, wrong};
use super::leaf::leaf;
use super::record::{self, RECEPTION, Reception};
use super::seat::{receives_at, seated};
use crate::access::{
    Actor, Assurance, Mandate, MandateAct, MandateScope, NewMandate, PartyKind, PersonActor, mandate, mask_code, people,
};
use crate::approval::{ApprovalError, Desk, commit_owing};
use crate::catalog::{CounterTerms, FieldError, Item, MessageKind};
use crate::message::{self, NewMessage};

/// What somebody showed at the counter.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// Which document; none: nothing was chosen.
    pub document: Option<Document>,
    /// The citizen id on it.
    pub code: &'a str,
    /// The name on it.
    pub name: &'a str,
    /// The clerk has seen the original and compared the face.
    pub is_seen: bool,
}

/// An authorisation on paper.
#[derive(Clone, Copy, Debug)]
pub struct Paper<'a> {
    /// Who gave it: a person or a company.
    pub kind: PartyKind,
    /// The giver's code.
    pub code: &'a str,
    /// The giver's name.
    pub name: &'a str,
    /// For which item.
    pub item: &'a str,
    /// The paper's number, or what else tells it from others.
    pub basis: &'a str,
    /// Its last day; none: none was written.
    pub until: Option<Date>,
}

/// How long what was checked at a counter is good.
pub(super) fn terms(desk: &Desk<'_>) -> CounterTerms {
    desk.catalog.procedure().map(|p| p.counter.clone()).unwrap_or_default()
}

/// Recognises who stands at the officer's counter. Whoever stood there before has left.
///
/// # Errors
/// [`ApprovalError::Form`] with everything to mend: no counter chosen, no document, a code whose check digit is wrong, a name
/// that is not the one this code is known by, the original not seen.
pub async fn begin(desk: &Desk<'_>, officer: &Actor, shown: &Identity<'_>) -> Result<Reception, ApprovalError> {
    let (clerk, place) = seated(desk, officer).await?;
    let document = checked(desk, shown).await?;
    let party = people::ensure_party(&desk.base, PartyKind::Person, shown.code, shown.name.trim()).await;
    let party = party.map_err(|error| of_access(error, ""))?;
    let account = people::ensure_account(&desk.base, &party).await.map_err(|error| of_access(error, ""))?;
    let now = desk.base.now();
    let reception = Reception {
        shard: desk.base.shard.to_owned(),
        id: desk.base.id(),
        version: 1,
        hall: place.hall.id.clone(),
        counter: place.code().to_owned(),
        clerk: clerk.account,
        clerk_name: clerk.name.clone(),
        party: party.id,
        account: account.id,
        name: party.name.clone(),
        code_mask: mask_code(party.kind, &party.code),
        document,
        checked_at: now,
        until: now.plus_ms(i64::from(terms(desk).minutes) * 60_000),
        ended_at: None,
    };
    let before = record::open_of(desk.store(), clerk.account).await?;
    let unit = before.iter().fold(desk.base.unit(), |unit, left| {
        unit.update(&RECEPTION, left.key(), left.version, vec![("ended_at", now.into())])
    });
    let unit = unit
        .insert(&RECEPTION, reception.values())
        .count(format!("reception/{}/{}", reception.hall, now.date().strftime("%Y-%m")), 1);
    let private = json!({ "by": officer.signature(), "party": party.code, "name": party.name });
    let leaf = leaf(
        desk,
        ("counter.identified", reception.id),
        (&reception.hall, &reception.counter),
        (&json!({ "document": document.word() }), &private),
    )?;
    commit_owing(desk, unit, leaf).await?;
    Ok(reception)
}

/// Everything wrong with what was shown, at once.
async fn checked(desk: &Desk<'_>, shown: &Identity<'_>) -> Result<Document, ApprovalError> {
    let mut errors = Vec::new();
    if shown.document.is_none() {
        errors.push(wrong("/document", "required", ("请选择证件类型", "choose the kind of document")));
    }
    match CitizenId::read(shown.code) {
        Err(error) => {
            let message = CodeError::text(&error);
            errors.push(FieldError { pointer: "/code".into(), code: "code".into(), message });
        }
        Ok(read) => {
            let code = read.value.to_string();
            let known = people::party_by_code(desk.store(), PartyKind::Person, &code).await?;
            if known.is_some_and(|party| party.name != shown.name.trim()) && !shown.name.trim().is_empty() {
                let words = (
                    "姓名与此号码登记的不一致，请核对证件；改过名的，请先更新登记",
                    "this number is known by another name: compare the document; who changed his name has it updated first",
                );
                errors.push(wrong("/name", "name", words));
            }
        }
    }
    if shown.name.trim().is_empty() {
        errors.push(wrong("/name", "required", ("请填写证件上的姓名", "write the name on the document")));
    }
    if !shown.is_seen {
        let words = ("请核验证件原件和本人", "see the original, and compare the face");
        errors.push(wrong("/seen", "required", words));
    }
    match (shown.document, errors.is_empty()) {
        (Some(document), true) => Ok(document),
        _ => Err(ApprovalError::Form(errors)),
    }
}

/// A reception that the officer may still act in: his own, not ended, the check still good.
///
/// # Errors
/// [`ApprovalError::NotFound`] for anybody else's; [`ApprovalError::Forbidden`] where it is over, or his post no longer reaches
/// the counter.
pub async fn reception(desk: &Desk<'_>, officer: &Actor, id: Id) -> Result<Reception, ApprovalError> {
    let found = record::reception(desk.store(), id).await?.filter(|r| officer.account() == Some(r.clerk));
    let reception = found.ok_or(ApprovalError::NotFound)?;
    if reception.ended_at.is_some() || desk.base.now() >= reception.until {
        return Err(forbidden(
            "这次接待已经结束，或者身份核验过了时效，请重新核验",
            "this reception is over, or the identity check is no longer good: check again",
        ));
    }
    let place = super::decide::post(desk.catalog, (&reception.hall, &reception.counter), desk.base.now().date())?;
    receives_at(officer, &place)?;
    Ok(reception)
}

/// Who stands before an officer now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn standing_before(desk: &Desk<'_>, officer: &Actor) -> Result<Option<Reception>, Fault> {
    let Some(account) = officer.account() else { return Ok(None) };
    let open = record::open_of(desk.store(), account).await?;
    Ok(open.filter(|reception| desk.base.now() < reception.until))
}

/// Turns to the next: nothing more is done for who stood there.
///
/// # Errors
/// As [`reception`].
pub async fn end(desk: &Desk<'_>, officer: &Actor, id: Id) -> Result<(), ApprovalError> {
    let reception = reception(desk, officer, id).await?;
    let changes = vec![("ended_at", desk.base.now().into())];
    desk.store().commit(desk.base.unit().update(&RECEPTION, reception.key(), reception.version, changes)).await?;
    Ok(())
}

/// The mandates in force today under which the person may act for others.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn mandates(desk: &Desk<'_>, reception: &Reception) -> Result<Vec<Mandate>, Fault> {
    let today = desk.base.now().date();
    let held = mandate::held_by(&desk.base, reception.party).await?;
    Ok(held.into_iter().filter(|m| m.scope.in_force(today)).collect())
}

/// The person of a reception as he acts: for himself, or under a mandate in force that he holds.
///
/// # Errors
/// [`ApprovalError::Form`] where he holds no such mandate, or it is not in force today.
pub async fn person(desk: &Desk<'_>, reception: &Reception, mandate: Option<Id>) -> Result<PersonActor, ApprovalError> {
    let party = people::party(desk.store(), &reception.shard, reception.party).await?;
    let party = party.ok_or(ApprovalError::NotFound)?;
    let acting_for = match mandate {
        None => None,
        Some(id) => {
            let held = mandates(desk, reception).await?.into_iter().find(|m| m.id == id);
            let words = (
                "没有这份授权，或者还没有生效、已经到期、已经撤销",
                "there is no such mandate, or it is not in force today",
            );
            Some(held.ok_or_else(|| one("/mandate", "mandate", words))?)
        }
    };
    // The clerk saw the person: that is what this level says.
    Ok(PersonActor { account: reception.account, party, assurance: Assurance::Strong, acting_for })
}

/// Takes up an authorisation on paper for who stands there: for one item, to look and to file. Whoever gave it is told.
///
/// # Errors
/// [`ApprovalError::Form`] with everything to mend; [`ApprovalError::Forbidden`] where this counter does not do this item.
pub async fn authorise(
    desk: &Desk<'_>,
    officer: &Actor,
    (reception, paper): (&Reception, &Paper<'_>),
) -> Result<Mandate, ApprovalError> {
    let today = desk.base.now().date();
    let (item, until) = read(desk, paper)?;
    let place = super::decide::post(desk.catalog, (&reception.hall, &reception.counter), today)?;
    let deciding = desk.catalog.responsible(&item, None, today).deciding;
    may_receive(desk.catalog, officer, (&place, place.taking()), (&item.id, &deciding))?;
    let principal = people::ensure_party(&desk.base, paper.kind, paper.code, paper.name.trim()).await;
    let principal = principal.map_err(|error| of_access(error, "/paper"))?;
    let scope = MandateScope {
        acts: [MandateAct::View, MandateAct::File].into(),
        items: [item.id.clone()].into(),
        valid_from: today,
        valid_to: until,
    };
    let basis = paper.basis.trim().to_owned();
    let new = NewMandate { principal: principal.id, agent: reception.party, scope, basis };
    let given = mandate::take_paper(&desk.base, officer, &new).await;
    let given = given.map_err(|error| of_access(error, "/paper"))?;
    let told = message::add(desk.base.unit(), &told(desk, (reception, paper), &given, &item.name));
    desk.store().commit(told).await?;
    Ok(given)
}

/// What a paper says, or everything to mend in it at once.
fn read(desk: &Desk<'_>, paper: &Paper<'_>) -> Result<(Arc<Item>, Date), ApprovalError> {
    let (item, until) = (desk.catalog.item(paper.item, desk.base.now().date()), until(desk, paper));
    let code = match paper.kind {
        PartyKind::Person => CitizenId::read(paper.code).map(drop),
        PartyKind::Company => Uscc::read(paper.code).map(drop),
    };
    let mut errors = Vec::new();
    if let Err(error) = code {
        let message = CodeError::text(&error);
        errors.push(FieldError { pointer: "/paper/code".into(), code: "code".into(), message });
    }
    if paper.name.trim().is_empty() {
        errors.push(wrong("/paper/name", "required", ("请填写委托人的姓名或者名称", "write the giver's name")));
    }
    if item.is_none() {
        errors.push(wrong("/paper/item", "choice", ("请选择授权办理的事项", "choose the item it is for")));
    }
    if paper.basis.trim().is_empty() {
        errors.push(wrong("/paper/basis", "required", ("请填写授权书编号", "write the paper's number")));
    }
    match (item, until) {
        (Some(item), Ok(until)) if errors.is_empty() => Ok((item, until)),
        (_, until) => {
            errors.extend(until.err());
            Err(ApprovalError::Form(errors))
        }
    }
}

/// The last day of a paper: from today on, and no longer than a paper may be good.
fn until(desk: &Desk<'_>, paper: &Paper<'_>) -> Result<Date, FieldError> {
    let (today, days) = (desk.base.now().date(), terms(desk).paper_days);
    let last = desk.base.now().plus_ms(i64::from(days) * 24 * 3_600_000).date();
    paper.until.filter(|day| *day >= today && *day <= last).ok_or_else(|| FieldError {
        pointer: "/paper/until".to_owned(),
        code: "until".to_owned(),
        message: Text::new(
            format!("授权书没有写截止日期，或者已经到期，或者超过{days}天"),
            format!("the paper names no last day, or is over, or reaches beyond {days} days"),
        ),
    })
}

/// Whoever gave a paper reads that it was used, and what to do if it was not his.
fn told(desk: &Desk<'_>, (reception, paper): (&Reception, &Paper<'_>), given: &Mandate, item: &Text) -> NewMessage {
    let (who, basis, until) = (&reception.name, paper.basis.trim(), given.scope.valid_to);
    NewMessage {
        id: desk.base.id(),
        party: given.principal.id,
        kind: MessageKind::Action,
        title: Text::new(
            format!("{who}持书面授权为您办理“{}”", item.zh),
            format!("{who} acts for you with a paper authorisation: {}", item.en),
        ),
        body: Text::new(
            format!("授权书“{basis}”，到 {until} 为止。如果不是您出具的，请在“授权”中立即撤销并告知我们。"),
            format!(
                "Paper “{basis}”, good until {until}. If it is not yours, end it under “mandates” at once and tell us."
            ),
        ),
        link: Some("/me/acting".to_owned()),
        case: None,
        at: desk.base.now(),
    }
}
