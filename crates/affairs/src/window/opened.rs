//! A case that was begun elsewhere, opened at any counter: by its number, for who stands there and owns it. He sees what he would
//! see online, and the clerk with him; nobody else's case is found. And a receipt's secret that was lost.

use kernel::Id;
use serde_json::json;
use store::Fault;

use super::acts::{linked, note_of, signature};
use super::decide::{may_receive, post};
use super::leaf::leaf;
use super::record::{self, Reception};
use super::stand::{mandates, person};
use crate::access::{Actor, PersonActor};
use crate::approval::{self, ApprovalError, Case, Desk, File, ReceiptKey, Standing, commit_owing};
use crate::catalog::HallAct;

/// A case in a reception, and the person as he stands to it.
#[derive(Debug)]
pub struct Opened {
    /// The case as its applicant may see it.
    pub file: File,
    /// Who stands there, and in whose name.
    pub person: PersonActor,
    /// Under which mandate.
    pub mandate: Option<Id>,
    /// Whether it was filed in this reception: then its receipt is given here.
    pub is_filed_here: bool,
}

/// Opens a case by its number for who stands at the counter: his own, or one of somebody he holds a mandate of. It is written
/// into the case's story that it was opened here. Opening it twice changes nothing.
///
/// # Errors
/// [`ApprovalError::NotFound`] for anybody else's; [`ApprovalError::Forbidden`] where the officer or the counter does not do this
/// item.
pub async fn open(
    desk: &Desk<'_>,
    officer: &Actor,
    reception: &Reception,
    number: &str,
) -> Result<Opened, ApprovalError> {
    let found = owned(desk, reception, number).await?;
    let case = &found.file.case;
    let place = post(desk.catalog, (&reception.hall, &reception.counter), desk.base.now().date())?;
    may_receive(desk.catalog, officer, (&place, HallAct::Inform), (&case.item, &case.deciding_agency))?;
    if record::link(desk.store(), reception, case.id).await?.is_some() {
        return Ok(found);
    }
    let by = signature(officer, reception);
    let unit = linked(desk, reception, (case, found.mandate, "opened"));
    let unit = unit.and(approval::note_told(desk, case, ("opened_at_counter", note_of(&place)), &by));
    let private = json!({ "by": by });
    let at = (reception.hall.as_str(), reception.counter.as_str());
    let leaf = leaf(desk, ("counter.opened", case.id), at, (&json!({ "number": case.number }), &private))?;
    commit_owing(desk, unit, leaf).await?;
    Ok(found)
}

/// The person's own case, or that of the first of his principals whose it is.
async fn owned(desk: &Desk<'_>, reception: &Reception, number: &str) -> Result<Opened, ApprovalError> {
    let held = mandates(desk, reception).await?;
    for mandate in std::iter::once(None).chain(held.iter().map(|m| Some(m.id))) {
        match as_person(desk, reception, (number, mandate)).await {
            Err(ApprovalError::NotFound) => {}
            found => return found,
        }
    }
    Err(ApprovalError::NotFound)
}

async fn as_person(
    desk: &Desk<'_>,
    reception: &Reception,
    (number, mandate): (&str, Option<Id>),
) -> Result<Opened, ApprovalError> {
    let person = person(desk, reception, mandate).await?;
    let actor = Actor::Person(person.clone());
    let (file, standing) = approval::file_by_number(desk.store(), &actor, number, desk.base.now()).await?;
    match standing {
        Standing::Applicant => Ok(Opened { file, person, mandate, is_filed_here: false }),
        Standing::SecondParty | Standing::Officer => Err(ApprovalError::NotFound),
    }
}

/// A case that was filed or opened in this reception, as it stands now.
///
/// # Errors
/// [`ApprovalError::NotFound`] where it was not, or is the person's no longer to see.
pub async fn opened(desk: &Desk<'_>, reception: &Reception, number: &str) -> Result<Opened, ApprovalError> {
    let case = approval::numbered(desk.store(), number).await?.ok_or(ApprovalError::NotFound)?;
    let link = record::link(desk.store(), reception, case.id).await?;
    let (mandate, is_filed_here) = link.ok_or(ApprovalError::NotFound)?;
    Ok(Opened { is_filed_here, ..as_person(desk, reception, (number, mandate)).await? })
}

/// The cases filed or opened in a reception, in their order.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn opened_cases(desk: &Desk<'_>, reception: &Reception) -> Result<Vec<Case>, Fault> {
    let mut cases = Vec::new();
    for id in record::cases_of(desk.store(), reception).await? {
        cases.extend(approval::story(desk.store(), id).await?.map(|file| file.case));
    }
    Ok(cases)
}

/// Gives a new secret for the receipt of a case of who stands there; the old one opens nothing from now on.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the case was not opened in this reception.
pub async fn renew_secret(
    desk: &Desk<'_>,
    officer: &Actor,
    (reception, number): (&Reception, &str),
    key: &ReceiptKey,
) -> Result<String, ApprovalError> {
    let found = opened(desk, reception, number).await?;
    let case = &found.file.case;
    let place = post(desk.catalog, (&reception.hall, &reception.counter), desk.base.now().date())?;
    may_receive(desk.catalog, officer, (&place, HallAct::Inform), (&case.item, &case.deciding_agency))?;
    approval::renew_receipt(desk, key, (case, &signature(officer, reception)), desk.base.unit()).await
}
