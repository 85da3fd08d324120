//! Appointments: a slot of a line on a day on which the hall is open, held for somebody until shortly after its time.

use kernel::{CalendarError, Date, Id, Moment, Text};
use store::{CommitError, Conflict, Fault, Store, Unit};

use self::record::{APPOINTMENT, SEAT, SLOT};
use super::acts::{Entry, Here, TRIES, entered, here};
use super::counter::serves_at;
use super::decide::{AppointmentState, Class, Hold, hold};
use super::error::TicketError;
use super::record::Ticket;
use crate::access::{Actor, Party, mask_name};
use crate::approval::Desk;
use crate::catalog::{AppointmentRules, FieldError, Slot};

mod record;

pub use record::Appointment;

const MINUTE_MS: i64 = 60_000;

/// A slot with what is left of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Free {
    /// When it begins.
    pub at: Moment,
    /// How many may still be made.
    pub left: u32,
}

/// What somebody asks for.
#[derive(Debug, Clone, Copy)]
pub struct Book<'a> {
    /// The hall.
    pub hall: &'a str,
    /// The line.
    pub offer: &'a str,
    /// What for, where it is said.
    pub item: Option<&'a str>,
    /// The slot's beginning.
    pub at: Moment,
    /// For whom; none: a clerk makes it for somebody who is not known here.
    pub party: Option<&'a Party>,
    /// Idempotency key.
    pub key: &'a str,
}

impl Appointment {
    /// How it stands.
    pub fn hold(&self, rules: &AppointmentRules, now: Moment) -> Hold {
        hold(self.state, self.at, (rules.early_minutes, rules.late_minutes), now)
    }
}

/// The slots of a line on a day that are still to come, with what is left of each; none on a day on which the hall is closed or
/// for which no appointments are made yet.
///
/// # Errors
/// [`TicketError::Closed`] where nobody knows whether the day is worked: its calendar is not published.
pub async fn slots(desk: &Desk<'_>, hall: &str, (offer, on): (&str, Date)) -> Result<Vec<Free>, TicketError> {
    let here = here(desk, hall)?;
    let open = open_slots(desk, &here, offer, on)?;
    let (Some(first), Some(last)) = (open.first(), open.last()) else { return Ok(Vec::new()) };
    let taken = record::taken(desk.store(), (desk.base.shard, hall, offer), (first.at, last.at)).await?;
    let left = |slot: &Slot| {
        let taken = taken.iter().find(|(at, ..)| *at == slot.at).map_or(0, |(_, _, taken)| *taken);
        Free { at: slot.at, left: slot.capacity.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX)) }
    };
    Ok(open.iter().map(left).collect())
}

/// Slots of a day that appointments are made for and that have not begun.
fn open_slots(desk: &Desk<'_>, here: &Here<'_>, offer: &str, on: Date) -> Result<Vec<Slot>, TicketError> {
    let days = here.day.until(on).map_or(-1, |span| span.get_days());
    if days < 0 || i64::from(days) >= i64::from(here.law.appointment.days_ahead) {
        return Ok(Vec::new());
    }
    let unknown = |error: CalendarError| TicketError::Closed(error.text());
    let all = desk.catalog.hall_slots(here.hall, offer, on).map_err(unknown)?;
    Ok(all.into_iter().filter(|slot| slot.at > here.now).collect())
}

/// Makes an appointment: for a person in his own name, or by a clerk of the hall for whoever stands at the door.
///
/// # Errors
/// [`TicketError::Form`] where the slot is none of the line's, is full, or its item is not done there;
/// [`TicketError::NotAllowed`] where the person has as many open as one may have.
pub async fn book(desk: &Desk<'_>, by: &Actor, asked: &Book<'_>) -> Result<Appointment, TicketError> {
    let here = here(desk, asked.hall)?;
    let may = match by {
        Actor::Person(person) => asked.party.is_some_and(|party| party.id == person.party.id),
        Actor::Staff(_) => serves_at(by, here.hall),
        Actor::Anonymous | Actor::Machine => false,
    };
    if !may {
        return Err(TicketError::Forbidden(Text::new("只能为自己预约", "an appointment is made in one's own name")));
    }
    for _ in 0..TRIES {
        let (made, unit) = booked(desk, &here, (by, asked)).await?;
        let who = by.account().map(|id| id.to_string()).unwrap_or_default();
        let hash = format!("{}/{}/{}/{}", asked.hall, asked.offer, asked.at, asked.item.unwrap_or_default());
        match desk.store().commit(unit.once(who, asked.key, hash, made.id.to_string())).await {
            Ok(_) => return Ok(made),
            Err(CommitError::Conflict(Conflict::Repeated { response })) => {
                let id: Id = response.parse().map_err(|_| TicketError::NotFound)?;
                return record::by_id(desk.store(), desk.base.shard, id).await?.ok_or(TicketError::NotFound);
            }
            Err(CommitError::Conflict(Conflict::KeyReused)) => return Err(TicketError::KeyReused),
            Err(CommitError::Conflict(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(TicketError::Changed)
}

async fn booked(
    desk: &Desk<'_>,
    here: &Here<'_>,
    (by, asked): (&Actor, &Book<'_>),
) -> Result<(Appointment, Unit), TicketError> {
    let (store, shard, rules) = (desk.store(), desk.base.shard, &here.law.appointment);
    let slot = wanted(desk, here, asked)?;
    let place = (shard, asked.hall, asked.offer);
    let taken = record::taken(store, place, (asked.at, asked.at)).await?;
    let taken = taken.first().map(|(_, version, taken)| (*version, *taken));
    if taken.is_some_and(|(_, taken)| taken >= i64::from(slot.capacity)) {
        let message = Text::new("这个时段刚刚约满，请选择其他时段", "this slot was just filled; choose another");
        return Err(TicketError::field("/at", "full", message));
    }
    let held_to = asked.at.plus_ms(i64::from(rules.late_minutes) * MINUTE_MS);
    let (seat, unit) = match asked.party {
        Some(party) => {
            let (seat, unit) = seated(desk, (party.id, held_to), (rules.open_most, here.now)).await?;
            (Some(seat), unit)
        }
        None => (None, desk.base.unit()),
    };
    let made = Appointment {
        shard: shard.to_owned(),
        id: desk.base.id(),
        version: 1,
        hall: asked.hall.to_owned(),
        offer: asked.offer.to_owned(),
        item: asked.item.map(str::to_owned),
        at: asked.at,
        state: AppointmentState::Booked,
        party: asked.party.map(|party| party.id),
        seat,
        name_mask: asked.party.map(|party| mask_name(party.kind, &party.name)).unwrap_or_default(),
        booked_at: here.now,
        booked_by: by.signature().name,
        ended_at: None,
        ticket: None,
    };
    let unit = unit.insert(&APPOINTMENT, made.values());
    let key = record::slot_key(place, asked.at);
    let unit = match taken {
        Some((version, taken)) => unit.update(&SLOT, key, version, vec![("taken", (taken + 1).into())]),
        None => unit.insert(&SLOT, key.into_iter().chain([1_i64.into(), 1_i64.into()]).collect()),
    };
    Ok((made, unit))
}

/// The slot that is asked for; everything that cannot be right at once.
fn wanted(desk: &Desk<'_>, here: &Here<'_>, asked: &Book<'_>) -> Result<Slot, TicketError> {
    let wrong =
        |pointer: &str, message: Text| FieldError { pointer: pointer.to_owned(), code: "choose".to_owned(), message };
    let mut errors = Vec::new();
    let lines = here.hall.lines(desk.catalog, here.day);
    let line = lines.iter().find(|(offer, _)| offer.id == asked.offer);
    if line.is_none() {
        let message =
            Text::new("请选择要办的业务，这个大厅有窗口办理的才能选", "choose what one of the hall's counters does");
        errors.push(wrong("/offer", message));
    }
    let day = asked.at.date();
    let offered = |id: &str| desk.catalog.item(id, day).is_some() && line.is_none_or(|(offer, _)| offer.is_about(id));
    if asked.item.is_some_and(|id| !offered(id)) {
        errors.push(wrong(
            "/item",
            Text::new("这个窗口不办这个事项，请重新选择", "this line is not for that item; choose again"),
        ));
    }
    let open = open_slots(desk, here, asked.offer, day)?;
    let slot = open.into_iter().find(|slot| slot.at == asked.at);
    if slot.is_none() {
        let message = Text::new(
            "这个时间不能预约：大厅不开放，已经过去，或者还没有放号。请从列出的时段中选择",
            "no appointment can be made for this time: the hall is closed, it is past, or too far ahead; choose one of those listed",
        );
        errors.push(wrong("/at", message));
    }
    match (slot, errors.is_empty()) {
        (Some(slot), true) => Ok(slot),
        _ => Err(TicketError::Form(errors)),
    }
}

/// A free seat of a person, held until then.
async fn seated(
    desk: &Desk<'_>,
    (party, held_to): (Id, Moment),
    (most, now): (u32, Moment),
) -> Result<(i64, Unit), TicketError> {
    let seats = record::seats(desk.store(), desk.base.shard, party).await?;
    let row = |seat: i64| seats.iter().find(|row| row.seat == seat);
    let free = (0..i64::from(most)).find(|seat| row(*seat).is_none_or(|row| row.held_to < now));
    let Some(seat) = free else {
        return Err(TicketError::NotAllowed(Text::new(
            format!("每人最多同时有 {most} 个预约，请先取消不用的"),
            format!("one person may have {most} appointments at a time; cancel one that is not needed"),
        )));
    };
    let key = record::seat_key(desk.base.shard, party, seat);
    let unit = match row(seat) {
        Some(row) => desk.base.unit().update(&SEAT, key, row.version, vec![("held_to", held_to.into())]),
        None => desk.base.unit().insert(&SEAT, key.into_iter().chain([1_i64.into(), held_to.into()]).collect()),
    };
    Ok((seat, unit))
}

/// The appointment, for its holder or a clerk of its hall; anybody else does not find it.
async fn reached(desk: &Desk<'_>, by: &Actor, id: Id) -> Result<Appointment, TicketError> {
    let found = record::by_id(desk.store(), desk.base.shard, id).await?.ok_or(TicketError::NotFound)?;
    let own = by.person().is_some_and(|person| found.party == Some(person.party.id));
    let hall = desk.catalog.halls().get(&found.hall);
    if own || hall.is_some_and(|hall| serves_at(by, hall)) { Ok(found) } else { Err(TicketError::NotFound) }
}

/// Gives an appointment back: its slot is free for others.
///
/// # Errors
/// [`TicketError::NotAllowed`] where it is over.
pub async fn cancel(desk: &Desk<'_>, by: &Actor, id: Id) -> Result<Appointment, TicketError> {
    for _ in 0..TRIES {
        let mut found = reached(desk, by, id).await?;
        let here = here(desk, &found.hall)?;
        if !matches!(found.hold(&here.law.appointment, here.now), Hold::Ahead | Hold::Now) {
            return Err(TicketError::not_allowed("这个预约已经结束", "this appointment is over"));
        }
        (found.state, found.ended_at) = (AppointmentState::Cancelled, Some(here.now));
        let place = (desk.base.shard, found.hall.as_str(), found.offer.as_str());
        let taken = record::taken(desk.store(), place, (found.at, found.at)).await?;
        let mut unit = desk.base.unit().update(&APPOINTMENT, found.key(), found.version, found.changes());
        if let Some((_, version, taken)) = taken.first() {
            let key = record::slot_key(place, found.at);
            unit = unit.update(&SLOT, key, *version, vec![("taken", (taken - 1).max(0).into())]);
        }
        match desk.store().commit(unit_freed(unit, &found)).await {
            Ok(_) => return Ok(Appointment { version: found.version + 1, ..found }),
            Err(CommitError::Conflict(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(TicketError::Changed)
}

fn unit_freed(unit: Unit, of: &Appointment) -> Unit {
    match (of.party, of.seat) {
        (Some(party), Some(seat)) => unit.delete(&SEAT, record::seat_key(&of.shard, party, seat)),
        _ => unit,
    }
}

/// Whoever made the appointment is there: a ticket stands for it from now on.
///
/// # Errors
/// [`TicketError::NotAllowed`] too early, too late, or where it is over.
pub async fn come(desk: &Desk<'_>, by: &Actor, id: Id) -> Result<(Appointment, Ticket), TicketError> {
    for _ in 0..TRIES {
        let mut found = reached(desk, by, id).await?;
        let here = here(desk, &found.hall)?;
        let rules = &here.law.appointment;
        match found.hold(rules, here.now) {
            Hold::Now => {}
            Hold::Ahead => {
                return Err(TicketError::NotAllowed(Text::new(
                    format!("预约时间前 {} 分钟起可以签到", rules.early_minutes),
                    format!("say that you are there from {} minutes before its time on", rules.early_minutes),
                )));
            }
            Hold::Missed => {
                return Err(TicketError::NotAllowed(Text::new(
                    format!("超过预约时间 {} 分钟，预约已失效，请现场取号", rules.late_minutes),
                    format!("{} minutes past its time the appointment is over; take a ticket", rules.late_minutes),
                )));
            }
            Hold::Over => return Err(TicketError::not_allowed("这个预约已经结束", "this appointment is over")),
        }
        let entry = Entry {
            offer: &found.offer,
            item: found.item.as_deref(),
            priority: None,
            class: Class::Appointment,
            due: Some(found.at),
            appointment: Some(found.id),
        };
        let (ticket, unit) = entered(desk, &here, &entry).await?;
        (found.state, found.ended_at, found.ticket) = (AppointmentState::Came, Some(here.now), Some(ticket.id));
        let unit = unit.update(&APPOINTMENT, found.key(), found.version, found.changes());
        match desk.store().commit(unit_freed(unit, &found)).await {
            Ok(_) => return Ok((Appointment { version: found.version + 1, ..found }, ticket)),
            Err(CommitError::Conflict(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(TicketError::Changed)
}

/// The appointments of a person, the next first; at most 50 of those from a week ago on.
///
/// # Errors
/// A fault of the database.
pub async fn of_party(store: &Store, party: Id, now: Moment) -> Result<Vec<Appointment>, Fault> {
    record::of_party(store, party, now.plus_ms(-7 * 24 * 60 * MINUTE_MS)).await
}

/// The appointments of a hall on a day, in the order of their times; at most 500.
///
/// # Errors
/// A fault of the database.
pub async fn of_hall(store: &Store, (shard, hall): (&str, &str), on: Date) -> Result<Vec<Appointment>, Fault> {
    let from = Moment::start_of(on);
    record::of_hall(store, (shard, hall), (from, from.plus_ms(24 * 60 * MINUTE_MS))).await
}
