//! Who was called to a counter by a ticket: the service ends with the case it led to. Who sits at a counter opens no file; he may
//! name the cases of those who stood before him that day at that hall, and no others.

use kernel::{CaseNumber, Id, Moment};

use super::record;
use crate::access::Actor;
use crate::approval::{self, ApprovalError, Case, Desk};
use crate::ticket::{self, Serve, Step, Ticket, TicketError};

/// A button at a counter.
#[derive(Clone, Copy, Debug)]
pub struct Pressed<'a> {
    /// What is done with the ticket.
    pub step: Step,
    /// The version of the ticket the officer looked at.
    pub version: i64,
    /// The number of the case it led to, as typed; may be empty.
    pub number: &'a str,
}

/// Carries a ticket one step further; a service ends with the case it led to, where one is named.
///
/// # Errors
/// As [`ticket::serve`]; [`TicketError::Form`] for a number of no case that this officer may name.
pub async fn serve(desk: &Desk<'_>, officer: &Actor, id: Id, pressed: &Pressed<'_>) -> Result<Ticket, TicketError> {
    let number = pressed.number.trim();
    let case = match pressed.step {
        Step::Finish if !number.is_empty() => Some(named(desk, officer, id, number).await?),
        _ => None,
    };
    let doing = Serve { step: pressed.step, version: pressed.version, case: case.as_ref() };
    ticket::serve(desk, officer, id, &doing).await
}

/// The case of this number: one that the officer may open, or that he filed or opened that day for who stood before him.
async fn named(desk: &Desk<'_>, officer: &Actor, ticket: Id, typed: &str) -> Result<Case, TicketError> {
    let number = CaseNumber::read(typed).map_or_else(|_| typed.to_owned(), |number| number.to_string());
    let seen = approval::file_by_number(desk.store(), officer, &number, desk.base.now()).await;
    match seen {
        Ok((file, _)) => return Ok(file.case),
        Err(ApprovalError::Fault(fault)) => return Err(fault.into()),
        Err(_) => {}
    }
    let ticket = ticket::ticket(desk.store(), desk.base.shard, ticket).await?.ok_or(TicketError::NotFound)?;
    let found = approval::numbered(desk.store(), &number).await?;
    if let (Some(case), Some(clerk)) = (found, officer.account()) {
        let since = Moment::start_of(ticket.day);
        if record::was_before(desk.store(), clerk, (&ticket.hall, since), case.id).await? {
            return Ok(case);
        }
    }
    Err(TicketError::no_case())
}

/// The number of the case that the officer filed or opened last since a ticket was called: what its service most likely led to.
///
/// # Errors
/// A fault of the database.
pub async fn likely(desk: &Desk<'_>, officer: &Actor, ticket: &Ticket) -> Result<Option<String>, store::Fault> {
    let (Some(clerk), Some(since)) = (officer.account(), ticket.called_at) else { return Ok(None) };
    let Some(id) = record::last_of(desk.store(), clerk, &ticket.hall, since).await? else { return Ok(None) };
    Ok(approval::story(desk.store(), id).await?.map(|file| file.case.number))
}
