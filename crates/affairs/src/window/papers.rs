//! Papers at the counter: scanned or photographed while the form is filled in, and afterwards with the case. What lies in a form
//! that is not sent yet lies in a draft of the clerk's own for the party that applies, and goes into the case with the filing.

use std::sync::Arc;

use kernel::Id;
use serde_json::{Map, Value as Json};

use super::acts::signature;
use super::decide::{may_receive, post};
use super::opened::{Opened, opened};
use super::record::{self, Reception};
use super::stand::person;
use crate::access::{Actor, PersonActor};
use crate::approval::draft::{self, Draft};
use crate::approval::{self, ApprovalError, Attached, Case, Desk};
use crate::catalog::{HallAct, Item};
use crate::material::{self, Checkers, Holder, Material, Received, Way};

/// A file that a clerk brings.
#[derive(Clone, Copy, Debug)]
pub struct Scan<'a> {
    /// Which of the item's materials it is.
    pub material: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// Whether it was photographed; else it was scanned.
    pub is_photo: bool,
    /// Its bytes, as they were taken in.
    pub received: &'a Received,
}

impl<'a> Scan<'a> {
    fn attached(&self) -> Attached<'a> {
        let way = if self.is_photo { Way::Photographed } else { Way::Scanned };
        Attached { material: self.material, name: self.name, way, received: self.received }
    }
}

/// What a clerk began for somebody and did not send: the form as typed, and the files that lie in it.
#[derive(Clone, Debug, Default)]
pub struct Begun {
    /// The draft; none where nothing was begun.
    pub draft: Option<Draft>,
    /// Its files.
    pub files: Vec<Material>,
}

impl Begun {
    /// What was typed so far.
    pub fn form(&self) -> Map<String, Json> {
        self.draft.as_ref().map(|draft| draft.form.clone()).unwrap_or_default()
    }
}

/// What this clerk began for this person (or whom he acts for) and this item.
///
/// # Errors
/// A fault of the database.
pub async fn begun(
    desk: &Desk<'_>,
    reception: &Reception,
    (person, item): (&PersonActor, &Item),
) -> Result<Begun, ApprovalError> {
    let whose = (reception.clerk, person.principal().id);
    let Some(draft) = draft::begun_for(desk.store(), whose, &item.id).await? else { return Ok(Begun::default()) };
    let files = material::of_draft(desk.store(), draft.id).await?;
    Ok(Begun { draft: Some(draft), files })
}

/// Keeps what was typed, so that nothing is typed twice: after a mistake, or when the identity check ran out meanwhile.
///
/// # Errors
/// [`ApprovalError::Forbidden`] where the form is too long to be kept.
pub async fn keep(
    desk: &Desk<'_>,
    reception: &Reception,
    (person, item): (&PersonActor, &Item),
    form: &Map<String, Json>,
) -> Result<Draft, ApprovalError> {
    let draft = draft::begin_for(&desk.base, (reception.clerk, person.principal().id), &item.id).await?;
    if draft.form == *form {
        return Ok(draft);
    }
    draft::save(&desk.base, &draft, draft.version, form).await
}

/// Lays a file into the form before it is sent.
///
/// # Errors
/// As [`approval::lay`]; [`ApprovalError::Forbidden`] where the officer or the counter does not do this item.
pub async fn lay_in(
    desk: &Desk<'_>,
    officer: &Actor,
    (reception, draft, item): (&Reception, &Draft, &Item),
    scan: &Scan<'_>,
) -> Result<Draft, ApprovalError> {
    let today = desk.base.now().date();
    let place = post(desk.catalog, (&reception.hall, &reception.counter), today)?;
    let deciding = desk.catalog.responsible(item, None, today).deciding;
    may_receive(desk.catalog, officer, (&place, place.taking()), (&item.id, &deciding))?;
    approval::lay(desk, draft, item, (&scan.attached(), &signature(officer, reception))).await
}

/// Has what was laid in checked while the person still stands there: a file that a scanner refuses is scanned again at once, and
/// a required one that is clean does not keep the rules from granting.
///
/// # Errors
/// A fault of the database.
pub async fn checked(desk: &Desk<'_>, checkers: &Checkers, draft: &Draft) -> Result<Vec<Material>, ApprovalError> {
    approval::check_draft(desk, checkers, draft).await?;
    Ok(material::of_draft(desk.store(), draft.id).await?)
}

/// The case of who stands there, the terms of its files and what is there, before a byte is read.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the case was not opened in this reception; [`ApprovalError::Forbidden`] where the officer or
/// the counter does not do this item; [`ApprovalError::NotAllowed`] where it is closed.
pub async fn takes_files(
    desk: &Desk<'_>,
    officer: &Actor,
    (reception, number): (&Reception, &str),
) -> Result<(Opened, Case, Arc<Item>, Vec<Material>), ApprovalError> {
    let found = opened(desk, reception, number).await?;
    let case = &found.file.case;
    let place = post(desk.catalog, (&reception.hall, &reception.counter), desk.base.now().date())?;
    may_receive(desk.catalog, officer, (&place, HallAct::AssistFill), (&case.item, &case.deciding_agency))?;
    let (case, item, known) = approval::attachable(desk, &Actor::Person(found.person.clone()), case.id).await?;
    Ok((found, case, item, known))
}

/// Adds a file to a case of who stands there, with his rights; the clerk signs.
///
/// # Errors
/// As [`takes_files`]; [`ApprovalError::Form`] where there are as many as there may be.
pub async fn attach(
    desk: &Desk<'_>,
    officer: &Actor,
    (reception, number): (&Reception, &str),
    scan: &Scan<'_>,
) -> Result<Material, ApprovalError> {
    let (found, case, ..) = takes_files(desk, officer, (reception, number)).await?;
    let (actor, by) = (Actor::Person(found.person), signature(officer, reception));
    approval::attach_as(desk, (&actor, &by), case.id, &scan.attached()).await
}

/// A file as this counter may see it: of what this clerk began for who stands there, or of a case that was filed or opened in this
/// reception.
///
/// # Errors
/// [`ApprovalError::NotFound`] for any other.
pub async fn file(desk: &Desk<'_>, reception: &Reception, id: Id) -> Result<Material, ApprovalError> {
    let found = material::one(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    let may = match found.holder {
        Holder::Draft(draft) => match draft::found(desk.store(), draft).await? {
            Some(draft) => draft.account == reception.clerk && stands_for(desk, reception, draft.party).await?,
            None => false,
        },
        Holder::Case(case) => record::link(desk.store(), reception, case).await?.is_some(),
        Holder::Inspection(_) | Holder::Run(_) => false,
    };
    if may { Ok(found) } else { Err(ApprovalError::NotFound) }
}

/// Whether a party is who stands there, or one whom he acts for today.
async fn stands_for(desk: &Desk<'_>, reception: &Reception, party: Id) -> Result<bool, ApprovalError> {
    let own = person(desk, reception, None).await?;
    let held = super::stand::mandates(desk, reception).await?;
    Ok(own.party.id == party || held.iter().any(|mandate| mandate.principal.id == party))
}
