//! How people wait at a place: the order in which they are called, who goes first, when appointments may be made. A file of
//! `catalog/halls`; and from a place's hours and the work calendar, when it is open.

use jiff::civil::Time;
use kernel::{CalendarError, Date, Moment, Text};
use serde::Serialize;

use super::agency::Hours;
use super::fields::Fields;
use super::figure::{Backing, backing};
use super::hall::{Counter, Hall, HallOffer};
use super::snapshot::Catalog;

const MINUTE_MS: i64 = 60_000;

/// The bounds of a line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LineRules {
    /// How often in a row somebody with an appointment or priority is called while others wait.
    pub jumps_most: u32,
    /// How many may wait in one line.
    pub waiting_most: u32,
    /// How many services of the day are measured before a waiting time is told.
    pub measured_least: u32,
    /// How that is known.
    pub backing: Backing,
}

/// When appointments may be made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AppointmentRules {
    /// Length of a slot, minutes.
    pub slot_minutes: u32,
    /// Appointments in a slot for each counter.
    pub per_counter: u32,
    /// How many days ahead, today included.
    pub days_ahead: u32,
    /// How long before its time somebody may say that he is there, minutes.
    pub early_minutes: u32,
    /// How long after its time an appointment holds, minutes.
    pub late_minutes: u32,
    /// How many appointments one person may have open.
    pub open_most: u32,
    /// How that is known.
    pub backing: Backing,
}

/// People who are called before others.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Priority {
    /// The word in tables.
    pub id: String,
    /// Who.
    pub name: Text,
    /// What is shown at the counter.
    pub proof: Text,
    /// What it rests on.
    pub backing: Backing,
}

/// How people wait.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LineLaw {
    /// Bounds.
    pub line: LineRules,
    /// Appointments.
    pub appointment: AppointmentRules,
    /// Who goes first.
    pub priorities: Vec<Priority>,
}

/// One slot of appointments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Slot {
    /// When it begins.
    pub at: Moment,
    /// How many it takes.
    pub capacity: u32,
}

/// What a line is for: an offer that some counters of the place have, and those counters.
pub type Line<'a> = (&'a HallOffer, Vec<&'a Counter>);

/// Reads `halls/tickets.toml`.
pub(super) fn read(root: &Fields<'_>) -> Option<LineLaw> {
    let (line, appointment) = (root.section("line"), root.section("appointment"));
    let priorities = root.rows("priority").iter().map(priority).collect();
    root.done();
    Some(LineLaw { line: bounds(&line?), appointment: appointments(&appointment?), priorities })
}

fn bounds(row: &Fields<'_>) -> LineRules {
    let rules = LineRules {
        jumps_most: row.int("jumps_most"),
        waiting_most: row.int("waiting_most"),
        measured_least: row.int("measured_least"),
        backing: backing(row),
    };
    if rules.waiting_most == 0 {
        row.error("waiting_most", "nobody may wait", "write how many may");
    }
    row.done();
    rules
}

fn appointments(row: &Fields<'_>) -> AppointmentRules {
    let rules = AppointmentRules {
        slot_minutes: row.int("slot_minutes"),
        per_counter: row.int("per_counter"),
        days_ahead: row.int("days_ahead"),
        early_minutes: row.int("early_minutes"),
        late_minutes: row.int("late_minutes"),
        open_most: row.int("open_most"),
        backing: backing(row),
    };
    if !(5..=480).contains(&rules.slot_minutes) {
        row.error("slot_minutes", "is no length of a slot", "write 5 to 480");
    }
    if !(1..=60).contains(&rules.days_ahead) {
        row.error("days_ahead", "is out of reach", "write 1 to 60");
    }
    row.done();
    rules
}

fn priority(row: &Fields<'_>) -> Priority {
    let priority =
        Priority { id: row.str("id"), name: row.text("name"), proof: row.text("proof"), backing: backing(row) };
    row.done();
    priority
}

impl Hall {
    /// The lines of the place on a day: what its counters are for, in the order of their codes.
    pub fn lines<'a>(&'a self, catalog: &'a Catalog, on: Date) -> Vec<Line<'a>> {
        let mut lines: Vec<Line<'a>> = Vec::new();
        for counter in self.counters.iter().filter(|c| c.in_force(on)) {
            for offer in catalog.halls().offers_of(&counter.offers) {
                match lines.iter_mut().find(|(known, _)| known.id == offer.id) {
                    Some((_, counters)) => counters.push(counter),
                    None => lines.push((offer, vec![counter])),
                }
            }
        }
        lines
    }
}

impl Catalog {
    /// The stretches of a day in which a place is open; none on days off, and where somebody comes by arrangement only.
    ///
    /// # Errors
    /// Where the year's calendar is not published: nobody knows.
    pub fn hall_hours(&self, hall: &Hall, on: Date) -> Result<&[Hours], CalendarError> {
        let attended = self.halls().attended(hall).map_or(&[][..], |a| &a.hours);
        let works = self.calendar().is_working(on)?;
        Ok(if works && hall.in_force(on) { attended } else { &[] })
    }

    /// Is the place open at this moment? A year without a calendar is not open.
    pub fn hall_open(&self, hall: &Hall, at: Moment) -> bool {
        let hours = self.hall_hours(hall, at.date()).unwrap_or_default();
        hours.iter().any(|h| h.from <= at.time() && at.time() < h.to)
    }

    /// The slots of a day for one line of a place, in order: whole slots within its hours.
    ///
    /// # Errors
    /// Where the year's calendar is not published.
    pub fn hall_slots(&self, hall: &Hall, offer: &str, on: Date) -> Result<Vec<Slot>, CalendarError> {
        let hours = self.hall_hours(hall, on)?;
        let Some(rules) = self.halls().line_law().map(|law| &law.appointment) else { return Ok(Vec::new()) };
        let lines = hall.lines(self, on);
        let counters = lines.iter().find(|(known, _)| known.id == offer).map_or(0, |(_, counters)| counters.len());
        let capacity = u32::try_from(counters).unwrap_or(0).saturating_mul(rules.per_counter);
        if capacity == 0 {
            return Ok(Vec::new());
        }
        let length = i64::from(rules.slot_minutes) * MINUTE_MS;
        let day = Moment::start_of(on);
        let mut slots = Vec::new();
        for stretch in hours {
            let (mut at, end) = (since_midnight_ms(stretch.from), since_midnight_ms(stretch.to));
            while at + length <= end {
                slots.push(Slot { at: day.plus_ms(at), capacity });
                at += length;
            }
        }
        Ok(slots)
    }
}

fn since_midnight_ms(time: Time) -> i64 {
    (i64::from(time.hour()) * 60 + i64::from(time.minute())) * MINUTE_MS
}
