//! What a counter does: it opens, calls whoever is next, passes over who did not come, ends a service with the case it led to.

use kernel::{Id, Text};
use store::{CommitError, Unit};

use super::acts::{Here, TRIES, here};
use super::decide::{Class, Jumps, Step, TicketState, head, jumped};
use super::error::TicketError;
use super::record::{self, COUNTER, LINE, LineRow, Sitter, Staffed, TICKET, Ticket, of_day};
use super::seat::seated;
use crate::access::{Actor, Right, StaffActor};
use crate::approval::{self, Case, Desk};
use crate::catalog::{Counter, Hall};

/// Whether an officer works at a hall: a post that receives people there, whatever the item.
pub fn serves_at(actor: &Actor, hall: &Hall) -> bool {
    let region = hall.region.to_string();
    actor.staff().is_some_and(|staff| staff.scopes.allow_in(Right::Receive, &region))
}

pub(super) fn officer_of(actor: &Actor, hall: &Hall) -> Result<StaffActor, TicketError> {
    // A hall's counters are public; that they may not be worked at is no secret.
    let refused = || TicketError::Forbidden(Text::new("您的岗位不在这个大厅", "your post is not at this hall"));
    actor.staff().filter(|_| serves_at(actor, hall)).cloned().ok_or_else(refused)
}

/// The counter as the catalogue has it today.
fn listed<'a>(here: &Here<'a>, code: &str) -> Result<&'a Counter, TicketError> {
    here.hall.counter(code, here.day).ok_or(TicketError::NotFound)
}

pub(super) async fn staffed(desk: &Desk<'_>, hall: &str, code: &str) -> Result<Option<Staffed>, TicketError> {
    let all = record::counters(desk.store(), desk.base.shard, hall).await?;
    Ok(all.into_iter().find(|counter| counter.code == code))
}

/// Opens a counter in the officer's name, who sits there from now on; takes it over from somebody who serves nobody there now.
///
/// # Errors
/// As [`sit`](super::sit).
pub async fn open_counter(desk: &Desk<'_>, actor: &Actor, (hall, code): (&str, &str)) -> Result<Staffed, TicketError> {
    let here = here(desk, hall)?;
    officer_of(actor, here.hall)?;
    let counter = listed(&here, code)?;
    let (seat, unit) = seated(desk, actor, (&here.hall.id, &counter.code)).await?;
    let found = staffed(desk, hall, code).await?;
    // What was left over from another day is over with it.
    let serving = found.as_ref().filter(|row| row.day == here.day).and_then(|row| row.serving);
    let row = Staffed {
        shard: desk.base.shard.to_owned(),
        hall: here.hall.id.clone(),
        code: counter.code.clone(),
        version: found.as_ref().map_or(1, |row| row.version),
        day: here.day,
        is_open: true,
        officer: Some(Sitter { account: seat.account, name: seat.name, since: seat.since }),
        serving,
    };
    let unit = match &found {
        None => unit.insert(&COUNTER, row.values()),
        Some(_) => unit.update(&COUNTER, row.key(), row.version, row.changes()),
    };
    desk.store().commit(unit).await?;
    Ok(row)
}

/// Closes a counter: nobody is called to it any more.
///
/// # Errors
/// [`TicketError::NotAllowed`] while somebody is served there.
pub async fn close_counter(desk: &Desk<'_>, actor: &Actor, (hall, code): (&str, &str)) -> Result<Staffed, TicketError> {
    let here = here(desk, hall)?;
    let mut row = mine(desk, &here, actor, code).await?;
    if row.serving.is_some() {
        return Err(unfinished());
    }
    row.is_open = false;
    let unit = desk.base.unit().update(&COUNTER, row.key(), row.version, row.changes());
    desk.store().commit(unit).await?;
    Ok(row)
}

fn unfinished() -> TicketError {
    TicketError::not_allowed("请先结束当前的号，或者过号", "first end the ticket that is being served, or pass it over")
}

/// The counter that this officer has open today.
async fn mine(desk: &Desk<'_>, here: &Here<'_>, actor: &Actor, code: &str) -> Result<Staffed, TicketError> {
    let officer = officer_of(actor, here.hall)?;
    let found = staffed(desk, &here.hall.id, code).await?.filter(|row| row.open_on(here.day));
    found
        .filter(|row| row.is_of(officer.account))
        .ok_or_else(|| TicketError::not_allowed("请先以自己的名义开窗", "open the counter in your own name first"))
}

/// Calls whoever is next among the lines of the counter; nobody waits: none. Two counters that call at the same instant get
/// two tickets, or the second gets none.
///
/// # Errors
/// [`TicketError::NotAllowed`] while the counter serves somebody.
pub async fn call(desk: &Desk<'_>, actor: &Actor, (hall, code): (&str, &str)) -> Result<Option<Ticket>, TicketError> {
    let here = here(desk, hall)?;
    let counter = listed(&here, code)?;
    for _ in 0..TRIES {
        let row = mine(desk, &here, actor, code).await?;
        if row.serving.is_some() {
            return Err(unfinished());
        }
        let Some((ticket, unit)) = called(desk, &here, (counter, &row)).await? else { return Ok(None) };
        match desk.store().commit(unit).await {
            Ok(_) => return Ok(Some(Ticket { version: ticket.version + 1, ..ticket })),
            Err(CommitError::Conflict(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(TicketError::Changed)
}

async fn called(
    desk: &Desk<'_>,
    here: &Here<'_>,
    (counter, row): (&Counter, &Staffed),
) -> Result<Option<(Ticket, Unit)>, TicketError> {
    let of = || of_day(desk.base.shard, &here.hall.id, here.day);
    let (tickets, lines) = (record::open(desk.store(), of()).await?, record::lines(desk.store(), of()).await?);
    let mine = lines.iter().filter(|line| counter.offers.contains(&line.offer));
    let heads = mine.filter_map(|line| Some((line, next_of(line, &tickets, here)?)));
    // Of several lines the one whose next has waited longest.
    let when = |ticket: &Ticket| (ticket.due_at.unwrap_or(ticket.since), ticket.seq);
    let Some((line, (ticket, jumps))) = heads.min_by_key(|(_, (ticket, _))| when(ticket)) else { return Ok(None) };
    let mut ticket = ticket.clone();
    ticket.state = TicketState::Called;
    ticket.called_at = Some(here.now);
    ticket.calls = 1;
    ticket.counter = Some(row.code.clone());
    ticket.served_by = row.officer.as_ref().map(|officer| officer.account);
    let mut key = of();
    key.push((&line.offer).into());
    let unit = desk.base.unit().update(&TICKET, ticket.key(), ticket.version, ticket.changes());
    let unit = unit.update(&LINE, key, line.version, vec![("jumped", jumps.into())]);
    let unit = unit.update(&COUNTER, row.key(), row.version, vec![("serving", ticket.id.into())]);
    Ok(Some((ticket, unit)))
}

/// The next of a line, and how often others were passed over then.
fn next_of<'t>(line: &LineRow, tickets: &'t [Ticket], here: &Here<'_>) -> Option<(&'t Ticket, u32)> {
    let in_line = |t: &&Ticket| t.offer == line.offer && t.state == TicketState::Waiting;
    let waiting: Vec<&Ticket> = tickets.iter().filter(in_line).collect();
    let seen: Vec<_> = waiting.iter().map(|t| t.waiting()).collect();
    let jumps = Jumps { done: line.jumped, most: here.law.line.jumps_most };
    let at = head(&seen, jumps, here.now)?;
    Some((waiting.get(at).copied()?, jumped(&seen, at, jumps)))
}

/// What an officer does with a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Serve<'a> {
    /// What.
    pub step: Step,
    /// The version of the ticket he looked at.
    pub version: i64,
    /// The case it led to, where it ends with one; whoever hands it in has asked whether the officer may name it.
    pub case: Option<&'a Case>,
}

/// Carries a ticket one step further: at the counter that serves it (call again, pass, finish, not entitled), or anywhere in the
/// hall (back into the line, given up).
///
/// # Errors
/// [`TicketError::NotAllowed`] for a step out of order, or at another counter; [`TicketError::Changed`] where somebody else was
/// faster.
pub async fn serve(desk: &Desk<'_>, actor: &Actor, id: Id, doing: &Serve<'_>) -> Result<Ticket, TicketError> {
    let found = record::ticket(desk.store(), desk.base.shard, id).await?.ok_or(TicketError::NotFound)?;
    let here = here(desk, &found.hall)?;
    officer_of(actor, here.hall)?;
    let late = || TicketError::not_allowed("这个号现在不能这样操作", "the ticket does not allow this now");
    // A counter calls by itself who is next; nobody calls a ticket out of the line.
    let next = found.state.after(doing.step).filter(|_| doing.step != Step::Call && found.day == here.day);
    let (next, mut ticket) = (next.ok_or_else(late)?, found);
    if ticket.version != doing.version {
        return Err(TicketError::Changed);
    }
    if doing.step == Step::Ordinary && ticket.class != Class::Priority {
        return Err(late());
    }
    let mut unit = desk.base.unit();
    if ticket.state == TicketState::Called {
        let code = ticket.counter.clone().unwrap_or_default();
        let row = mine(desk, &here, actor, &code).await?;
        if row.serving != Some(id) {
            return Err(late());
        }
        if next != TicketState::Called {
            let freed: Option<Id> = None;
            unit = unit.update(&COUNTER, row.key(), row.version, vec![("serving", freed.into())]);
        }
    }
    if let Some(case) = doing.case.filter(|_| doing.step == Step::Finish) {
        ticket.case = Some(case.id);
        unit = unit.and(approval::note_event(desk, case, "at_counter", &actor.signature()));
    }
    dress(&mut ticket, (doing.step, next), &here);
    let unit = unit.update(&TICKET, ticket.key(), ticket.version, ticket.changes());
    desk.store().commit(unit).await?;
    ticket.version += 1;
    Ok(ticket)
}

fn dress(ticket: &mut Ticket, (step, next): (Step, TicketState), here: &Here<'_>) {
    ticket.state = next;
    match step {
        Step::Again => ticket.calls += 1,
        Step::Pass | Step::Finish | Step::Leave => ticket.ended_at = Some(here.now),
        Step::Back => {
            // Who did not come at his time waits like everybody else.
            if ticket.class == Class::Appointment {
                (ticket.class, ticket.due_at) = (Class::Ordinary, None);
            }
            ticket.since = here.now;
            uncalled(ticket);
        }
        Step::Ordinary => {
            (ticket.class, ticket.priority) = (Class::Ordinary, None);
            uncalled(ticket);
        }
        Step::Call => {}
    }
}

fn uncalled(ticket: &mut Ticket) {
    (ticket.called_at, ticket.ended_at, ticket.calls) = (None, None, 0);
    (ticket.counter, ticket.served_by) = (None, None);
}
