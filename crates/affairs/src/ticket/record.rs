//! The tables of lines, tickets and counters, and every SELECT that reads them.

use kernel::{Date, Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::decide::{Class, TicketState, Waiting};

/// Lines, versioned: whoever takes or calls a ticket changes its line, so that no two get the same.
pub(super) static LINE: Table = Table {
    name: "ticket_line",
    columns: &["shard", "hall", "day", "offer", "version", "prefix", "last", "jumped"],
    key: &["shard", "hall", "day", "offer"],
};

/// Tickets, versioned.
pub(super) static TICKET: Table = Table {
    name: "ticket",
    columns: &[
        "shard",
        "id",
        "version",
        "hall",
        "day",
        "offer",
        "number",
        "seq",
        "class",
        "priority",
        "item",
        "state",
        "taken_at",
        "since",
        "due_at",
        "called_at",
        "calls",
        "counter",
        "served_by",
        "ended_at",
        "case_id",
        "appointment",
    ],
    key: &["shard", "id"],
};

/// Counters, versioned: whether they are open, and whom they serve. Who sits there is the seat's.
pub(super) static COUNTER: Table = Table {
    name: "ticket_counter",
    columns: &["shard", "hall", "code", "version", "day", "is_open", "serving"],
    key: &["shard", "hall", "code"],
};

/// Where officers sit: the one place that says so.
pub(super) static SEAT: Table = Table {
    name: "seat",
    columns: &["shard", "account", "hall", "counter", "since", "name"],
    key: &["shard", "account"],
};

/// Where an officer sits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seat {
    /// Home shard.
    pub shard: String,
    /// His account.
    pub account: Id,
    /// His name.
    pub name: String,
    /// The hall's id.
    pub hall: String,
    /// The counter's code; empty at a place without counters.
    pub counter: String,
    /// Since when.
    pub since: Moment,
}

impl Seat {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.account.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.account.into(),
            (&self.hall).into(),
            (&self.counter).into(),
            self.since.into(),
            (&self.name).into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            shard: row.text("shard")?.to_owned(),
            account: row.id("account")?,
            name: row.text("name")?.to_owned(),
            hall: row.text("hall")?.to_owned(),
            counter: row.text("counter")?.to_owned(),
            since: row.moment("since")?,
        })
    }
}

/// Where an officer sits; none where he has not chosen.
pub(super) async fn seat(store: &Store, shard: &str, account: Id) -> Result<Option<Seat>, Fault> {
    let sql = "SELECT * FROM seat WHERE shard = $1 AND account = $2";
    store.query(sql, vec![shard.into(), account.into()]).await?.first().map(Seat::read).transpose()
}

/// Who sits at a counter; two only where they sat down in the same instant.
pub(super) async fn seats_at(store: &Store, shard: &str, hall: &str, counter: &str) -> Result<Vec<Seat>, Fault> {
    let sql = "SELECT * FROM seat WHERE shard = $1 AND hall = $2 AND counter = $3 ORDER BY since DESC LIMIT 20";
    store.query(sql, vec![shard.into(), hall.into(), counter.into()]).await?.iter().map(Seat::read).collect()
}

/// A line of a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct LineRow {
    pub offer: String,
    pub version: i64,
    pub prefix: String,
    pub last: i64,
    pub jumped: u32,
}

/// A ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// Home shard.
    pub shard: String,
    /// Its id: who knows it may look at it and give it up.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// The hall.
    pub hall: String,
    /// The day it is good for.
    pub day: Date,
    /// The line: id of an offer of the catalogue.
    pub offer: String,
    /// What is called out, such as `A012`.
    pub number: String,
    /// Its place among the tickets of the line that day, from 1.
    pub seq: i64,
    /// Why it is called when it is.
    pub class: Class,
    /// Whose priority, where it has one.
    pub priority: Option<String>,
    /// What for, where that was said.
    pub item: Option<String>,
    /// Where it stands.
    pub state: TicketState,
    /// Taken.
    pub taken_at: Moment,
    /// Since when it waits.
    pub since: Moment,
    /// The time of its appointment.
    pub due_at: Option<Moment>,
    /// First called, the last time it was.
    pub called_at: Option<Moment>,
    /// How often it was called out.
    pub calls: i64,
    /// The counter that called it.
    pub counter: Option<String>,
    /// The account that called it.
    pub served_by: Option<Id>,
    /// Served, passed or given up.
    pub ended_at: Option<Moment>,
    /// The case it led to.
    pub case: Option<Id>,
    /// The appointment it stands for.
    pub appointment: Option<Id>,
}

impl Ticket {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.hall).into(),
            self.day.into(),
            (&self.offer).into(),
            (&self.number).into(),
            self.seq.into(),
            self.class.word().into(),
            self.priority.as_ref().into(),
            self.item.as_ref().into(),
            self.state.word().into(),
            self.taken_at.into(),
            self.since.into(),
            self.due_at.into(),
            self.called_at.into(),
            self.calls.into(),
            self.counter.as_ref().into(),
            self.served_by.into(),
            self.ended_at.into(),
            self.case.into(),
            self.appointment.into(),
        ]
    }

    pub(super) fn changes(&self) -> Vec<(&'static str, Value)> {
        const FIXED: [&str; 3] = ["shard", "id", "version"];
        let all = TICKET.columns.iter().copied().zip(self.values());
        all.filter(|(column, _)| !FIXED.contains(column)).collect()
    }

    /// As the law of the line sees it.
    pub(super) fn waiting(&self) -> Waiting {
        Waiting { seq: self.seq, class: self.class, since: self.since, due: self.due_at }
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let optional = |column| Ok::<_, Fault>(row.opt_text(column)?.map(str::to_owned));
        let unknown = |what: &str| Fault::Misuse(format!("unknown {what} of a ticket"));
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            hall: owned("hall")?,
            day: row.date("day")?,
            offer: owned("offer")?,
            number: owned("number")?,
            seq: row.int("seq")?,
            class: Class::from_word(row.text("class")?).ok_or_else(|| unknown("class"))?,
            priority: optional("priority")?,
            item: optional("item")?,
            state: TicketState::from_word(row.text("state")?).ok_or_else(|| unknown("state"))?,
            taken_at: row.moment("taken_at")?,
            since: row.moment("since")?,
            due_at: row.opt_moment("due_at")?,
            called_at: row.opt_moment("called_at")?,
            calls: row.int("calls")?,
            counter: optional("counter")?,
            served_by: row.opt_id("served_by")?,
            ended_at: row.opt_moment("ended_at")?,
            case: row.opt_id("case_id")?,
            appointment: row.opt_id("appointment")?,
        })
    }
}

/// A counter as it is staffed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Staffed {
    /// Home shard.
    pub shard: String,
    /// The hall.
    pub hall: String,
    /// What stands over the counter.
    pub code: String,
    /// Version an update expects.
    pub version: i64,
    /// The day it was last opened on.
    pub day: Date,
    /// Whether it is open on that day.
    pub is_open: bool,
    /// Who sits there; none where nobody does.
    pub officer: Option<Sitter>,
    /// The ticket that is being served.
    pub serving: Option<Id>,
}

/// Who sits at a counter: what the seats say, and nothing that the counter keeps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sitter {
    /// His account.
    pub account: Id,
    /// His name.
    pub name: String,
    /// Since when.
    pub since: Moment,
}

impl Staffed {
    /// Open on this day? Where nobody sits nobody is called.
    pub fn open_on(&self, day: Date) -> bool {
        self.is_open && self.day == day && self.officer.is_some()
    }

    /// Does this account sit there?
    pub fn is_of(&self, account: Id) -> bool {
        self.officer.as_ref().is_some_and(|officer| officer.account == account)
    }

    /// Who sits there; empty where nobody does.
    pub fn officer_name(&self) -> &str {
        self.officer.as_ref().map_or("", |officer| officer.name.as_str())
    }

    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), (&self.hall).into(), (&self.code).into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            (&self.hall).into(),
            (&self.code).into(),
            self.version.into(),
            self.day.into(),
            self.is_open.into(),
            self.serving.into(),
        ]
    }

    pub(super) fn changes(&self) -> Vec<(&'static str, Value)> {
        const FIXED: [&str; 4] = ["shard", "hall", "code", "version"];
        let all = COUNTER.columns.iter().copied().zip(self.values());
        all.filter(|(column, _)| !FIXED.contains(column)).collect()
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            shard: row.text("shard")?.to_owned(),
            hall: row.text("hall")?.to_owned(),
            code: row.text("code")?.to_owned(),
            version: row.int("version")?,
            day: row.date("day")?,
            is_open: row.flag("is_open")?,
            officer: match row.opt_id("account")? {
                Some(account) => Some(Sitter {
                    account,
                    name: row.opt_text("name")?.unwrap_or_default().to_owned(),
                    since: row.moment("since")?,
                }),
                None => None,
            },
            serving: row.opt_id("serving")?,
        })
    }
}

/// A hall of a shard on a day: the beginning of every key here.
pub(super) fn of_day(shard: &str, hall: &str, day: Date) -> Vec<Value> {
    vec![shard.into(), hall.into(), day.into()]
}

pub(super) async fn lines(store: &Store, of: Vec<Value>) -> Result<Vec<LineRow>, Fault> {
    let sql = "SELECT offer, version, prefix, last, jumped FROM ticket_line WHERE shard = $1 AND hall = $2 AND day = $3 \
               ORDER BY offer";
    let read = |row: &Row| {
        Ok(LineRow {
            offer: row.text("offer")?.to_owned(),
            version: row.int("version")?,
            prefix: row.text("prefix")?.to_owned(),
            last: row.int("last")?,
            jumped: u32::try_from(row.int("jumped")?).unwrap_or(0),
        })
    };
    store.query(sql, of).await?.iter().map(read).collect()
}

/// The tickets of a day that are still to be served, by number; at most 2,000.
pub(super) async fn open(store: &Store, of: Vec<Value>) -> Result<Vec<Ticket>, Fault> {
    let sql = "SELECT * FROM ticket WHERE shard = $1 AND hall = $2 AND day = $3 \
               AND state IN ('waiting', 'called', 'passed') ORDER BY seq, offer LIMIT 2000";
    store.query(sql, of).await?.iter().map(Ticket::read).collect()
}

/// What the newest services of a day took, by line: at most 200.
pub(super) async fn services(store: &Store, of: Vec<Value>) -> Result<Vec<(String, i64)>, Fault> {
    let sql = "SELECT offer, called_at, ended_at FROM ticket WHERE shard = $1 AND hall = $2 AND day = $3 \
               AND state = 'finished' ORDER BY ended_at DESC LIMIT 200";
    let read = |row: &Row| Ok((row.text("offer")?.to_owned(), row.int("ended_at")? - row.int("called_at")?));
    store.query(sql, of).await?.iter().map(read).collect()
}

pub(super) async fn ticket(store: &Store, shard: &str, id: Id) -> Result<Option<Ticket>, Fault> {
    let sql = "SELECT * FROM ticket WHERE shard = $1 AND id = $2";
    store.query(sql, vec![shard.into(), id.into()]).await?.first().map(Ticket::read).transpose()
}

/// The tickets that led to a case; at most 20.
pub(super) async fn of_case(store: &Store, case: Id) -> Result<Vec<Ticket>, Fault> {
    let sql = "SELECT * FROM ticket WHERE case_id = $1 ORDER BY taken_at LIMIT 20";
    store.query(sql, vec![case.into()]).await?.iter().map(Ticket::read).collect()
}

/// The counters of a hall with who sits there.
pub(super) async fn counters(store: &Store, shard: &str, hall: &str) -> Result<Vec<Staffed>, Fault> {
    let sql = "SELECT c.shard, c.hall, c.code, c.version, c.day, c.is_open, c.serving, s.account, s.name, s.since \
               FROM ticket_counter c LEFT JOIN seat s ON s.shard = c.shard AND s.hall = c.hall AND s.counter = c.code \
               WHERE c.shard = $1 AND c.hall = $2 ORDER BY c.code, s.since DESC";
    let rows = store.query(sql, vec![shard.into(), hall.into()]).await?;
    let mut counters = rows.iter().map(Staffed::read).collect::<Result<Vec<_>, _>>()?;
    // Two who sat down in the same instant: the later one sits there.
    counters.dedup_by(|later, first| later.code == first.code);
    Ok(counters)
}
