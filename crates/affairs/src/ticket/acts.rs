//! Taking a ticket and giving it up.

use kernel::{Date, Id, Moment, Text};
use sha2::{Digest, Sha256};
use store::{CommitError, Conflict, Unit};

use super::counter::serves_at;
use super::decide::{Class, Step, TicketState};
use super::error::TicketError;
use super::record::{self, LINE, LineRow, TICKET, Ticket, of_day};
use crate::access::Actor;
use crate::approval::Desk;
use crate::catalog::{FieldError, Hall, LineLaw};

/// How often an act is tried again when somebody else was faster.
pub(super) const TRIES: usize = 16;

/// A hall now.
pub(super) struct Here<'a> {
    pub hall: &'a Hall,
    pub law: &'a LineLaw,
    pub day: Date,
    pub now: Moment,
}

pub(super) fn here<'a>(desk: &Desk<'a>, hall: &str) -> Result<Here<'a>, TicketError> {
    let now = desk.base.now();
    let found = desk.catalog.halls().get(hall).filter(|h| h.in_force(now.date())).ok_or(TicketError::NotFound)?;
    let law = desk.catalog.halls().line_law().ok_or_else(|| {
        TicketError::Closed(Text::new(
            "这里不发号",
            "no tickets are given here: the catalogue does not say how people wait",
        ))
    })?;
    Ok(Here { hall: found, law, day: now.date(), now })
}

/// A ticket that somebody wants.
#[derive(Debug, Clone, Copy)]
pub struct Take<'a> {
    /// The hall.
    pub hall: &'a str,
    /// The line: id of an offer that a counter of the hall has.
    pub offer: &'a str,
    /// What for, where it is said.
    pub item: Option<&'a str>,
    /// The priority that is claimed; shown at the counter.
    pub priority: Option<&'a str>,
    /// Idempotency key.
    pub key: &'a str,
}

/// Gives a ticket: to anybody, or by a clerk at the door to somebody who has no phone.
///
/// # Errors
/// [`TicketError::Closed`] outside the hall's hours; [`TicketError::Form`] with everything that cannot be right;
/// [`TicketError::NotAllowed`] where too many wait already.
pub async fn take(desk: &Desk<'_>, by: &Actor, asked: &Take<'_>) -> Result<Ticket, TicketError> {
    let here = here(desk, asked.hall)?;
    if by.staff().is_some() && !serves_at(by, here.hall) {
        return Err(TicketError::Forbidden(Text::new("您的岗位不在这个大厅", "your post is not at this hall")));
    }
    checked(desk, &here, asked)?;
    if !desk.catalog.hall_open(here.hall, here.now) {
        return Err(TicketError::Closed(Text::new(
            "大厅现在没有开放，开放时间内取号，也可以预约",
            "the hall is closed now; take a ticket when it is open, or make an appointment",
        )));
    }
    let class = if asked.priority.is_some() { Class::Priority } else { Class::Ordinary };
    let wanted =
        Entry { offer: asked.offer, item: asked.item, priority: asked.priority, class, due: None, appointment: None };
    let hash = request_hash(asked);
    for _ in 0..TRIES {
        let (ticket, unit) = entered(desk, &here, &wanted).await?;
        let unit = unit.once(format!("ticket/{}", asked.hall), asked.key, hash.clone(), ticket.id.to_string());
        match desk.store().commit(unit).await {
            Ok(_) => return Ok(ticket),
            Err(CommitError::Conflict(Conflict::Repeated { response })) => {
                let id: Id = response.parse().map_err(|_| TicketError::NotFound)?;
                return record::ticket(desk.store(), desk.base.shard, id).await?.ok_or(TicketError::NotFound);
            }
            Err(CommitError::Conflict(Conflict::KeyReused)) => return Err(TicketError::KeyReused),
            Err(CommitError::Conflict(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(TicketError::Changed)
}

fn request_hash(asked: &Take<'_>) -> String {
    let what = (asked.hall, asked.offer, asked.item, asked.priority);
    // Texts can always be written as JSON.
    hex::encode(Sha256::digest(serde_json::to_string(&what).unwrap_or_default()))
}

/// Everything wrong at once.
fn checked(desk: &Desk<'_>, here: &Here<'_>, asked: &Take<'_>) -> Result<(), TicketError> {
    let lines = here.hall.lines(desk.catalog, here.day);
    let line = lines.iter().find(|(offer, _)| offer.id == asked.offer);
    let wrong =
        |pointer: &str, message: Text| FieldError { pointer: pointer.to_owned(), code: "choose".to_owned(), message };
    let mut errors = Vec::new();
    if line.is_none() {
        let message =
            Text::new("请选择要办的业务，这个大厅有窗口办理的才能选", "choose what one of the hall's counters does");
        errors.push(wrong("/offer", message));
    }
    if asked.priority.is_some_and(|id| !here.law.priorities.iter().any(|p| p.id == id)) {
        errors.push(wrong("/priority", Text::new("请从列出的优先情形中选择", "choose one of the priorities listed")));
    }
    let offered =
        |id: &str| desk.catalog.item(id, here.day).is_some() && line.is_none_or(|(offer, _)| offer.is_about(id));
    if asked.item.is_some_and(|id| !offered(id)) {
        errors.push(wrong(
            "/item",
            Text::new("这个窗口不办这个事项，请重新选择", "this line is not for that item; choose again"),
        ));
    }
    if errors.is_empty() { Ok(()) } else { Err(TicketError::Form(errors)) }
}

/// One who enters a line.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub offer: &'a str,
    pub item: Option<&'a str>,
    pub priority: Option<&'a str>,
    pub class: Class,
    pub due: Option<Moment>,
    pub appointment: Option<Id>,
}

/// The ticket and what writes it: the next number of its line.
pub(super) async fn entered(
    desk: &Desk<'_>,
    here: &Here<'_>,
    entry: &Entry<'_>,
) -> Result<(Ticket, Unit), TicketError> {
    let (store, shard) = (desk.store(), desk.base.shard);
    let of = || of_day(shard, &here.hall.id, here.day);
    let waiting = record::open(store, of()).await?;
    let waiting = waiting.iter().filter(|t| t.offer == entry.offer && t.state == TicketState::Waiting).count();
    if waiting >= usize::try_from(here.law.line.waiting_most).unwrap_or(usize::MAX) {
        return Err(TicketError::not_allowed(
            "排队的人太多，今天的号已经发完，请预约其他时间",
            "too many wait in this line; please make an appointment for another time",
        ));
    }
    let lines = record::lines(store, of()).await?;
    let line = lines.iter().find(|line| line.offer == entry.offer);
    let prefix = line.map_or_else(|| free_prefix(desk, here, entry.offer, &lines), |line| line.prefix.clone());
    let seq = line.map_or(0, |line| line.last) + 1;
    let ticket = Ticket {
        shard: shard.to_owned(),
        id: desk.base.id(),
        version: 1,
        hall: here.hall.id.clone(),
        day: here.day,
        offer: entry.offer.to_owned(),
        number: format!("{prefix}{seq:03}"),
        seq,
        class: entry.class,
        priority: entry.priority.map(str::to_owned),
        item: entry.item.map(str::to_owned),
        state: TicketState::Waiting,
        taken_at: here.now,
        since: here.now,
        due_at: entry.due,
        called_at: None,
        calls: 0,
        counter: None,
        served_by: None,
        ended_at: None,
        case: None,
        appointment: entry.appointment,
    };
    let mut key = of();
    key.push(entry.offer.into());
    let unit = desk.base.unit().insert(&TICKET, ticket.values());
    let unit = match line {
        Some(line) => unit.update(&LINE, key, line.version, vec![("last", seq.into())]),
        None => {
            key.extend([1_i64.into(), prefix.into(), seq.into(), 0_i64.into()]);
            unit.insert(&LINE, key)
        }
    };
    Ok((ticket, unit))
}

/// A letter by the line's place among those of the hall, which no line of the day has yet.
fn free_prefix(desk: &Desk<'_>, here: &Here<'_>, offer: &str, lines: &[LineRow]) -> String {
    let all = here.hall.lines(desk.catalog, here.day);
    let place = all.iter().position(|(known, _)| known.id == offer).unwrap_or(0);
    let letters = (b'A'..=b'Z').map(|letter| char::from(letter).to_string());
    let free = |letter: &String| !lines.iter().any(|line| line.prefix == *letter);
    letters.cycle().skip(place).take(26).find(free).unwrap_or_else(|| format!("Z{place}-"))
}

/// Gives a ticket up: who knows its id holds it.
///
/// # Errors
/// [`TicketError::NotAllowed`] where it was called, served or given up already.
pub async fn give_up(desk: &Desk<'_>, id: Id) -> Result<Ticket, TicketError> {
    let mut ticket = record::ticket(desk.store(), desk.base.shard, id).await?.ok_or(TicketError::NotFound)?;
    let now = desk.base.now();
    ticket.state = ticket.state.after(Step::Leave).filter(|_| ticket.day == now.date()).ok_or_else(|| {
        TicketError::not_allowed("这个号已经叫到或者已经结束", "this ticket was called already, or is over")
    })?;
    ticket.ended_at = Some(now);
    let unit = desk.base.unit().update(&TICKET, ticket.key(), ticket.version, ticket.changes());
    desk.store().commit(unit).await?;
    ticket.version += 1;
    Ok(ticket)
}
