//! The tables of appointments, and every SELECT that reads them.

use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::super::decide::AppointmentState;

/// Appointments, versioned.
pub(super) static APPOINTMENT: Table = Table {
    name: "appointment",
    columns: &[
        "shard",
        "id",
        "version",
        "hall",
        "offer",
        "item",
        "slot_at",
        "state",
        "party",
        "seat",
        "name_mask",
        "booked_at",
        "booked_by",
        "ended_at",
        "ticket",
    ],
    key: &["shard", "id"],
};

/// How many stand in a slot, versioned.
pub(super) static SLOT: Table = Table {
    name: "appointment_slot",
    columns: &["shard", "hall", "offer", "slot_at", "version", "taken"],
    key: &["shard", "hall", "offer", "slot_at"],
};

/// A person's seats, versioned.
pub(super) static SEAT: Table = Table {
    name: "appointment_seat",
    columns: &["shard", "party", "seat", "version", "held_to"],
    key: &["shard", "party", "seat"],
};

/// An appointment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Appointment {
    /// Home shard.
    pub shard: String,
    /// Its id.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// The hall.
    pub hall: String,
    /// The line.
    pub offer: String,
    /// What for, where it was said.
    pub item: Option<String>,
    /// Its time.
    pub at: Moment,
    /// Where it stands.
    pub state: AppointmentState,
    /// Whose it is; none where a clerk made it at the door.
    pub party: Option<Id>,
    /// Which of the person's seats it holds.
    pub seat: Option<i64>,
    /// The name, masked.
    pub name_mask: String,
    /// Made.
    pub booked_at: Moment,
    /// By whom.
    pub booked_by: String,
    /// Given back, or come.
    pub ended_at: Option<Moment>,
    /// The ticket that stands for it.
    pub ticket: Option<Id>,
}

impl Appointment {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.hall).into(),
            (&self.offer).into(),
            self.item.as_ref().into(),
            self.at.into(),
            self.state.word().into(),
            self.party.into(),
            self.seat.into(),
            (&self.name_mask).into(),
            self.booked_at.into(),
            (&self.booked_by).into(),
            self.ended_at.into(),
            self.ticket.into(),
        ]
    }

    pub(super) fn changes(&self) -> Vec<(&'static str, Value)> {
        vec![("state", self.state.word().into()), ("ended_at", self.ended_at.into()), ("ticket", self.ticket.into())]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let state = AppointmentState::from_word(row.text("state")?);
        Ok(Self {
            shard: row.text("shard")?.to_owned(),
            id: row.id("id")?,
            version: row.int("version")?,
            hall: row.text("hall")?.to_owned(),
            offer: row.text("offer")?.to_owned(),
            item: row.opt_text("item")?.map(str::to_owned),
            at: row.moment("slot_at")?,
            state: state.ok_or_else(|| Fault::Misuse("unknown state of an appointment".to_owned()))?,
            party: row.opt_id("party")?,
            seat: row.opt_int("seat")?,
            name_mask: row.text("name_mask")?.to_owned(),
            booked_at: row.moment("booked_at")?,
            booked_by: row.text("booked_by")?.to_owned(),
            ended_at: row.opt_moment("ended_at")?,
            ticket: row.opt_id("ticket")?,
        })
    }
}

/// A seat of a person.
pub(super) struct SeatRow {
    pub seat: i64,
    pub version: i64,
    pub held_to: Moment,
}

pub(super) fn slot_key((shard, hall, offer): (&str, &str, &str), at: Moment) -> Vec<Value> {
    vec![shard.into(), hall.into(), offer.into(), at.into()]
}

pub(super) fn seat_key(shard: &str, party: Id, seat: i64) -> Vec<Value> {
    vec![shard.into(), party.into(), seat.into()]
}

/// The slots of a stretch in which somebody stands: time, version, how many.
pub(super) async fn taken(
    store: &Store,
    (shard, hall, offer): (&str, &str, &str),
    (from, to): (Moment, Moment),
) -> Result<Vec<(Moment, i64, i64)>, Fault> {
    let sql = "SELECT slot_at, version, taken FROM appointment_slot WHERE shard = $1 AND hall = $2 AND offer = $3 \
               AND slot_at BETWEEN $4 AND $5 ORDER BY slot_at LIMIT 500";
    let params = vec![shard.into(), hall.into(), offer.into(), from.into(), to.into()];
    let read = |row: &Row| Ok((row.moment("slot_at")?, row.int("version")?, row.int("taken")?));
    store.query(sql, params).await?.iter().map(read).collect()
}

pub(super) async fn seats(store: &Store, shard: &str, party: Id) -> Result<Vec<SeatRow>, Fault> {
    let sql = "SELECT seat, version, held_to FROM appointment_seat WHERE shard = $1 AND party = $2 ORDER BY seat";
    let read = |row: &Row| {
        Ok(SeatRow { seat: row.int("seat")?, version: row.int("version")?, held_to: row.moment("held_to")? })
    };
    store.query(sql, vec![shard.into(), party.into()]).await?.iter().map(read).collect()
}

pub(super) async fn by_id(store: &Store, shard: &str, id: Id) -> Result<Option<Appointment>, Fault> {
    let sql = "SELECT * FROM appointment WHERE shard = $1 AND id = $2";
    store.query(sql, vec![shard.into(), id.into()]).await?.first().map(Appointment::read).transpose()
}

pub(super) async fn of_party(store: &Store, party: Id, from: Moment) -> Result<Vec<Appointment>, Fault> {
    let sql = "SELECT * FROM appointment WHERE party = $1 AND slot_at >= $2 ORDER BY slot_at, id LIMIT 50";
    store.query(sql, vec![party.into(), from.into()]).await?.iter().map(Appointment::read).collect()
}

pub(super) async fn of_hall(
    store: &Store,
    (shard, hall): (&str, &str),
    (from, to): (Moment, Moment),
) -> Result<Vec<Appointment>, Fault> {
    let sql = "SELECT * FROM appointment WHERE shard = $1 AND hall = $2 AND slot_at >= $3 AND slot_at < $4 \
               ORDER BY slot_at, id LIMIT 500";
    let params = vec![shard.into(), hall.into(), from.into(), to.into()];
    store.query(sql, params).await?.iter().map(Appointment::read).collect()
}
