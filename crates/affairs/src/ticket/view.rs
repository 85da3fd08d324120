//! A hall as it stands now: its lines, its counters, and how long somebody waits.

use std::collections::BTreeMap;

use kernel::{Date, Id, Moment};
use store::{Fault, Store};

use super::acts::here;
use super::decide::{Class, Jumps, Pace, TicketState, Wait, Waiting, ahead, ahead_most, order, wait};
use super::error::TicketError;
use super::record::{self, Staffed, Ticket, of_day};
use crate::approval::Desk;

/// One line of a hall today.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineToday {
    /// Id of the offer it is for.
    pub offer: String,
    /// What the day has shown of it.
    pub pace: Pace,
    jumps: Jumps,
}

/// A hall today.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Today {
    /// The day.
    pub day: Date,
    /// Its lines, in the order of its counters.
    pub lines: Vec<LineToday>,
    /// Tickets that are still to be served, by number.
    pub tickets: Vec<Ticket>,
    /// Counters that are open.
    pub counters: Vec<Staffed>,
    now: Moment,
    measured_least: u32,
}

/// Where somebody stands in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stand {
    /// How many are called before him, if nobody else comes.
    pub ahead: usize,
    /// How long that takes.
    pub wait: Wait,
}

/// How a hall stands now.
///
/// # Errors
/// [`TicketError::NotFound`] where there is no such hall today.
pub async fn today(desk: &Desk<'_>, hall: &str) -> Result<Today, TicketError> {
    let here = here(desk, hall)?;
    let (store, of) = (desk.store(), || of_day(desk.base.shard, hall, here.day));
    let mut counters = record::counters(store, desk.base.shard, hall).await?;
    counters.retain(|row| row.open_on(here.day) && here.hall.counter(&row.code, here.day).is_some());
    let mut jumped: BTreeMap<String, u32> =
        record::lines(store, of()).await?.into_iter().map(|line| (line.offer, line.jumped)).collect();
    let mut services: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (offer, took) in record::services(store, of()).await? {
        services.entry(offer).or_default().push(took);
    }
    let lines = here.hall.lines(desk.catalog, here.day).into_iter().map(|(offer, of_line)| {
        let open = counters.iter().filter(|row| of_line.iter().any(|counter| counter.code == row.code));
        let (open, busy) = open.fold((0, 0), |(open, busy), row| (open + 1, busy + usize::from(row.serving.is_some())));
        LineToday {
            offer: offer.id.clone(),
            pace: Pace { services_ms: services.remove(&offer.id).unwrap_or_default(), open, busy },
            jumps: Jumps { done: jumped.remove(&offer.id).unwrap_or(0), most: here.law.line.jumps_most },
        }
    });
    let lines = lines.collect();
    Ok(Today {
        day: here.day,
        lines,
        tickets: record::open(store, of()).await?,
        counters,
        now: here.now,
        measured_least: here.law.line.measured_least,
    })
}

impl Today {
    fn in_line(&self, offer: &str) -> impl Iterator<Item = &Ticket> {
        self.tickets.iter().filter(move |t| t.offer == offer && t.state == TicketState::Waiting)
    }

    /// How many wait in a line.
    pub fn waiting(&self, offer: &str) -> usize {
        self.in_line(offer).count()
    }

    /// Tickets that are called out, the newest first.
    pub fn called(&self) -> Vec<&Ticket> {
        let mut called: Vec<&Ticket> = self.tickets.iter().filter(|t| t.state == TicketState::Called).collect();
        called.sort_by_key(|t| std::cmp::Reverse((t.called_at, t.seq)));
        called
    }

    /// Tickets whose holders did not come.
    pub fn passed(&self) -> impl Iterator<Item = &Ticket> {
        self.tickets.iter().filter(|t| t.state == TicketState::Passed)
    }

    /// Those who wait, in the order in which they are called if nobody else comes.
    pub fn order(&self, offer: &str) -> Vec<&Ticket> {
        let waiting: Vec<&Ticket> = self.in_line(offer).collect();
        let seen: Vec<Waiting> = waiting.iter().map(|t| t.waiting()).collect();
        let Some(line) = self.lines.iter().find(|line| line.offer == offer) else { return waiting };
        order(&seen, line.jumps, self.now).into_iter().filter_map(|at| waiting.get(at).copied()).collect()
    }

    /// Where the holder of a waiting ticket stands; none for other tickets.
    pub fn stand(&self, ticket: &Ticket) -> Option<Stand> {
        let waiting: Vec<&Ticket> = self.in_line(&ticket.offer).collect();
        let mine = waiting.iter().position(|t| t.id == ticket.id)?;
        let seen: Vec<Waiting> = waiting.iter().map(|t| t.waiting()).collect();
        self.placed(&ticket.offer, &seen, mine)
    }

    /// Where somebody would stand who came now, without appointment or priority; none where there is no such line.
    pub fn newcomer(&self, offer: &str) -> Option<Stand> {
        let mut seen: Vec<Waiting> = self.in_line(offer).map(Ticket::waiting).collect();
        seen.push(Waiting { seq: i64::MAX, class: Class::Ordinary, since: self.now, due: None });
        self.placed(offer, &seen, seen.len() - 1)
    }

    fn placed(&self, offer: &str, seen: &[Waiting], mine: usize) -> Option<Stand> {
        let line = self.lines.iter().find(|line| line.offer == offer)?;
        let fewest = ahead(seen, mine, line.jumps, self.now);
        let most = ahead_most(seen, mine, line.jumps, self.now);
        Some(Stand { ahead: fewest, wait: wait((fewest, most), &line.pace, self.measured_least) })
    }
}

/// A ticket, for whoever knows its id.
///
/// # Errors
/// A fault of the database.
pub async fn ticket(store: &Store, shard: &str, id: Id) -> Result<Option<Ticket>, Fault> {
    record::ticket(store, shard, id).await
}

/// The tickets that led to a case.
///
/// # Errors
/// A fault of the database.
pub async fn led_to(store: &Store, case: Id) -> Result<Vec<Ticket>, Fault> {
    record::of_case(store, case).await
}
