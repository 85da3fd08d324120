//! The tables of the counter, and every SELECT that reads them.

use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::decide::{Document, RelayState, Way};
use crate::access::Right;

pub(super) static RECEPTION: Table = Table {
    name: "reception",
    columns: &[
        "shard",
        "id",
        "version",
        "hall",
        "counter",
        "clerk",
        "clerk_name",
        "party",
        "account",
        "name",
        "code_mask",
        "document",
        "checked_at",
        "until_at",
        "ended_at",
    ],
    key: &["shard", "id"],
};

pub(super) static RECEPTION_CASE: Table = Table {
    name: "reception_case",
    columns: &["shard", "reception", "case_id", "mandate", "how", "at"],
    key: &["shard", "reception", "case_id"],
};

pub(super) static COUNTER_CASE: Table = Table {
    name: "counter_case",
    columns: &[
        "shard",
        "case_id",
        "version",
        "hall",
        "counter",
        "keeper",
        "hall_region",
        "received_at",
        "received_by",
        "received_by_name",
        "way",
        "address",
        "delivered_at",
        "delivered_way",
        "delivered_by",
        "delivered_by_name",
        "delivered_hall",
        "collected_by",
        "collected_name",
        "reception",
        "parcel",
    ],
    key: &["shard", "case_id"],
};

pub(super) static RELAY: Table = Table {
    name: "relay",
    columns: &[
        "shard",
        "case_id",
        "round",
        "version",
        "hall",
        "counter",
        "keeper",
        "hall_region",
        "pieces",
        "note",
        "sent_at",
        "sent_by",
        "sent_by_name",
        "due_at",
        "ended_at",
        "taken_by",
        "taken_by_name",
        "returned_by",
        "returned_by_name",
        "reason",
    ],
    key: &["shard", "case_id", "round"],
};

/// Somebody stands at a counter and was recognised there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reception {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// The hall's id.
    pub hall: String,
    /// The counter's code; empty at a place without counters.
    pub counter: String,
    /// The clerk's account.
    pub clerk: Id,
    /// The clerk's name.
    pub clerk_name: String,
    /// The person's party: its code stands there.
    pub party: Id,
    /// The person's own account.
    pub account: Id,
    /// The person's name.
    pub name: String,
    /// The person's code, masked.
    pub code_mask: String,
    /// What he showed.
    pub document: Document,
    /// When it was checked.
    pub checked_at: Moment,
    /// Until when the check is good.
    pub until: Moment,
    /// When the clerk turned to somebody else.
    pub ended_at: Option<Moment>,
}

impl Reception {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.hall).into(),
            (&self.counter).into(),
            self.clerk.into(),
            (&self.clerk_name).into(),
            self.party.into(),
            self.account.into(),
            (&self.name).into(),
            (&self.code_mask).into(),
            self.document.word().into(),
            self.checked_at.into(),
            self.until.into(),
            self.ended_at.into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let document = row.text("document")?;
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            hall: owned("hall")?,
            counter: owned("counter")?,
            clerk: row.id("clerk")?,
            clerk_name: owned("clerk_name")?,
            party: row.id("party")?,
            account: row.id("account")?,
            name: owned("name")?,
            code_mask: owned("code_mask")?,
            document: Document::from_word(document).ok_or_else(|| unknown("document", document))?,
            checked_at: row.moment("checked_at")?,
            until: row.moment("until_at")?,
            ended_at: row.opt_moment("ended_at")?,
        })
    }
}

fn unknown(what: &str, word: &str) -> Fault {
    Fault::Misuse(format!("unknown {what} {word:?} at a counter"))
}

/// What a counter has to do with a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CounterCase {
    /// Home shard.
    pub shard: String,
    /// The case.
    pub case: Id,
    /// Version an update expects.
    pub version: i64,
    /// The hall.
    pub hall: String,
    /// The counter.
    pub counter: String,
    /// The agency that keeps the hall; may be empty.
    pub keeper: String,
    /// The region of the hall.
    pub hall_region: String,
    /// When it was taken in there, and by whom (account and name); none where it was begun online.
    pub received: Option<(Moment, Id, String)>,
    /// How the result is wanted.
    pub way: Way,
    /// Where the courier brings it; may be empty.
    pub address: String,
    /// When the result was handed out, how, and by whom (name).
    pub delivered: Option<(Moment, Way, String)>,
    /// Who fetched it (party and name), recognised in this reception.
    pub collected: Option<(Id, String, Id)>,
    /// The courier's number.
    pub parcel: Option<String>,
}

impl CounterCase {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.case.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        let received = self.received.as_ref();
        vec![
            (&self.shard).into(),
            self.case.into(),
            self.version.into(),
            (&self.hall).into(),
            (&self.counter).into(),
            (&self.keeper).into(),
            (&self.hall_region).into(),
            received.map(|(at, ..)| *at).into(),
            received.map(|(_, by, _)| *by).into(),
            received.map(|(.., name)| name.as_str()).into(),
            self.way.word().into(),
            (&self.address).into(),
            None::<Moment>.into(),
            None::<&str>.into(),
            None::<Id>.into(),
            None::<&str>.into(),
            None::<&str>.into(),
            None::<Id>.into(),
            None::<&str>.into(),
            None::<Id>.into(),
            None::<&str>.into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        let way = |word: &str| Way::from_word(word).ok_or_else(|| unknown("way", word));
        let received = match (row.opt_moment("received_at")?, row.opt_id("received_by")?) {
            (Some(at), Some(by)) => Some((at, by, maybe("received_by_name")?.unwrap_or_default())),
            _ => None,
        };
        let delivered = match (row.opt_moment("delivered_at")?, row.opt_text("delivered_way")?) {
            (Some(at), Some(word)) => Some((at, way(word)?, maybe("delivered_by_name")?.unwrap_or_default())),
            _ => None,
        };
        let collected = match (row.opt_id("collected_by")?, row.opt_id("reception")?) {
            (Some(party), Some(reception)) => Some((party, maybe("collected_name")?.unwrap_or_default(), reception)),
            _ => None,
        };
        Ok(Self {
            shard: owned("shard")?,
            case: row.id("case_id")?,
            version: row.int("version")?,
            hall: owned("hall")?,
            counter: owned("counter")?,
            keeper: owned("keeper")?,
            hall_region: owned("hall_region")?,
            received,
            way: way(row.text("way")?)?,
            address: owned("address")?,
            delivered,
            collected,
            parcel: maybe("parcel")?,
        })
    }
}

/// Papers of a case on their way from a counter to the agency that decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relay {
    /// Home shard.
    pub shard: String,
    /// The case.
    pub case: Id,
    /// The how many-th time, from 1.
    pub round: i64,
    /// Version an update expects.
    pub version: i64,
    /// From which hall.
    pub hall: String,
    /// From which counter.
    pub counter: String,
    /// The agency that keeps the hall; may be empty.
    pub keeper: String,
    /// The region of the hall.
    pub hall_region: String,
    /// How many pieces of paper; 0: only the file.
    pub pieces: i64,
    /// What they are; may be empty.
    pub note: String,
    /// When they were sent.
    pub sent_at: Moment,
    /// By which account.
    pub sent_by: Id,
    /// By whom.
    pub sent_by_name: String,
    /// The first moment after the back's time; none where no calendar tells it.
    pub due_at: Option<Moment>,
    /// When the back answered.
    pub ended_at: Option<Moment>,
    /// Who took them.
    pub taken_by: Option<String>,
    /// Who sent them back, and why.
    pub returned: Option<(String, String)>,
}

impl Relay {
    /// How they stand.
    pub fn state(&self, now: Moment) -> RelayState {
        RelayState::of((self.ended_at.is_some(), self.returned.is_some()), self.due_at, now)
    }

    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.case.into(), self.round.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.case.into(),
            self.round.into(),
            self.version.into(),
            (&self.hall).into(),
            (&self.counter).into(),
            (&self.keeper).into(),
            (&self.hall_region).into(),
            self.pieces.into(),
            (&self.note).into(),
            self.sent_at.into(),
            self.sent_by.into(),
            (&self.sent_by_name).into(),
            self.due_at.into(),
            None::<Moment>.into(),
            None::<Id>.into(),
            None::<&str>.into(),
            None::<Id>.into(),
            None::<&str>.into(),
            None::<&str>.into(),
        ]
    }

    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        Ok(Self {
            shard: owned("shard")?,
            case: row.id("case_id")?,
            round: row.int("round")?,
            version: row.int("version")?,
            hall: owned("hall")?,
            counter: owned("counter")?,
            keeper: owned("keeper")?,
            hall_region: owned("hall_region")?,
            pieces: row.int("pieces")?,
            note: owned("note")?,
            sent_at: row.moment("sent_at")?,
            sent_by: row.id("sent_by")?,
            sent_by_name: owned("sent_by_name")?,
            due_at: row.opt_moment("due_at")?,
            ended_at: row.opt_moment("ended_at")?,
            taken_by: maybe("taken_by_name")?,
            returned: maybe("returned_by_name")?.zip(maybe("reason")?),
        })
    }
}

async fn one<T>(
    store: &Store,
    (sql, params): (&'static str, Vec<Value>),
    read: impl Fn(&Row) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    store.query(sql, params).await?.first().map(read).transpose()
}

pub(super) async fn reception(store: &Store, id: Id) -> Result<Option<Reception>, Fault> {
    let sql = concat!(
        store::shards!("reception"),
        "SELECT r.* FROM home JOIN reception r ON r.shard = home.shard AND r.id = $1"
    );
    one(store, (sql, vec![id.into()]), Reception::read).await
}

/// Whom a clerk has before him.
pub(super) async fn open_of(store: &Store, clerk: Id) -> Result<Option<Reception>, Fault> {
    let sql = "SELECT * FROM reception WHERE clerk = $1 AND ended_at IS NULL ORDER BY checked_at DESC LIMIT 1";
    one(store, (sql, vec![clerk.into()]), Reception::read).await
}

/// Under which mandate a case was filed (true) or opened in a reception; none: neither.
pub(super) async fn link(store: &Store, reception: &Reception, case: Id) -> Result<Option<(Option<Id>, bool)>, Fault> {
    let sql = "SELECT mandate, how FROM reception_case WHERE shard = $1 AND reception = $2 AND case_id = $3";
    let params = vec![(&reception.shard).into(), reception.id.into(), case.into()];
    one(store, (sql, params), |row| Ok((row.opt_id("mandate")?, row.text("how")? == "filed"))).await
}

/// The cases filed or opened in a reception, in their order.
pub(super) async fn cases_of(store: &Store, reception: &Reception) -> Result<Vec<Id>, Fault> {
    let sql = "SELECT case_id FROM reception_case WHERE shard = $1 AND reception = $2 ORDER BY at LIMIT 50";
    let rows = store.query(sql, vec![(&reception.shard).into(), reception.id.into()]).await?;
    rows.iter().map(|row| row.id("case_id")).collect()
}

/// The case that a clerk filed or opened last at a hall, for whoever stood before him since a moment.
pub(super) async fn last_of(store: &Store, clerk: Id, hall: &str, since: Moment) -> Result<Option<Id>, Fault> {
    let sql = "SELECT l.case_id FROM reception r JOIN reception_case l ON l.shard = r.shard AND l.reception = r.id \
               WHERE r.clerk = $1 AND r.checked_at >= $2 AND r.hall = $3 ORDER BY l.at DESC LIMIT 1";
    one(store, (sql, vec![clerk.into(), since.into(), hall.into()]), |row| row.id("case_id")).await
}

/// Whether a clerk filed or opened a case at a hall for somebody who stood before him since a moment.
pub(super) async fn was_before(
    store: &Store,
    clerk: Id,
    (hall, since): (&str, Moment),
    case: Id,
) -> Result<bool, Fault> {
    let sql = "SELECT 1 AS n FROM reception r JOIN reception_case l ON l.shard = r.shard AND l.reception = r.id \
               WHERE r.clerk = $1 AND r.checked_at >= $2 AND r.hall = $3 AND l.case_id = $4 LIMIT 1";
    let params = vec![clerk.into(), since.into(), hall.into(), case.into()];
    Ok(!store.query(sql, params).await?.is_empty())
}

/// Whether a case was filed or opened at this hall.
pub(super) async fn was_at(store: &Store, hall: &str, case: Id) -> Result<bool, Fault> {
    let sql = "SELECT 1 AS n FROM reception_case l JOIN reception r ON r.shard = l.shard AND r.id = l.reception \
               WHERE l.case_id = $1 AND r.hall = $2 LIMIT 1";
    Ok(!store.query(sql, vec![case.into(), hall.into()]).await?.is_empty())
}

pub(super) async fn counter_case(store: &Store, case: Id) -> Result<Option<CounterCase>, Fault> {
    one(store, ("SELECT * FROM counter_case WHERE case_id = $1", vec![case.into()]), CounterCase::read).await
}

/// Decided cases of a hall whose results nobody has fetched, the oldest first; at most 200.
pub(super) async fn uncollected(store: &Store, account: Id, hall: &str) -> Result<Vec<CounterCase>, Fault> {
    const SQL: &str = concat!(
        "SELECT w.* FROM counter_case w JOIN case_file c ON c.shard = w.shard AND c.id = w.case_id ",
        "WHERE w.hall = $3 AND w.delivered_at IS NULL AND w.way <> 'electronic' ",
        "AND c.state IN ('granted', 'refused', 'not_accepted', 'not_needed', 'terminated') AND ",
        crate::scope_filter!("$1", "$2", "w.keeper, c.deciding_agency", "w.hall_region", "c.item"),
        " ORDER BY w.received_at LIMIT 200"
    );
    let params = vec![account.into(), Right::Receive.word().into(), hall.into()];
    store.query(SQL, params).await?.iter().map(CounterCase::read).collect()
}

/// The newest papers that went out from a hall, as far as the officer receives there; at most 100.
pub(super) async fn relays_front(store: &Store, account: Id, hall: &str) -> Result<Vec<Relay>, Fault> {
    const SQL: &str = concat!(
        "SELECT r.* FROM relay r JOIN case_file c ON c.shard = r.shard AND c.id = r.case_id WHERE r.hall = $3 AND ",
        crate::scope_filter!("$1", "$2", "r.keeper, c.deciding_agency", "r.hall_region", "c.item"),
        " ORDER BY r.sent_at DESC LIMIT 100"
    );
    let params = vec![account.into(), Right::Receive.word().into(), hall.into()];
    store.query(SQL, params).await?.iter().map(Relay::read).collect()
}

/// Papers that lie before the agencies whose cases the officer sees, the oldest first; at most 200.
pub(super) async fn relays_back(store: &Store, account: Id) -> Result<Vec<Relay>, Fault> {
    const SQL: &str = concat!(
        "SELECT r.* FROM relay r JOIN case_file c ON c.shard = r.shard AND c.id = r.case_id WHERE r.ended_at IS NULL AND ",
        crate::scope_filter!("$1", "$2", "c.deciding_agency, c.in_name_of", "c.region", "c.item"),
        " ORDER BY r.sent_at LIMIT 200"
    );
    let params = vec![account.into(), Right::ViewCase.word().into()];
    store.query(SQL, params).await?.iter().map(Relay::read).collect()
}

/// Every time papers of a case went to the back, in order.
pub(super) async fn relays_of(store: &Store, case: Id) -> Result<Vec<Relay>, Fault> {
    let rows = store.query("SELECT * FROM relay WHERE case_id = $1 ORDER BY round", vec![case.into()]).await?;
    rows.iter().map(Relay::read).collect()
}

/// Papers whose time is over and that nobody has taken, the oldest first; at most 256.
pub(super) async fn relays_overdue(store: &Store, now: Moment) -> Result<Vec<Relay>, Fault> {
    let sql = "SELECT * FROM relay WHERE ended_at IS NULL AND due_at <= $1 ORDER BY sent_at LIMIT 256";
    store.query(sql, vec![now.into()]).await?.iter().map(Relay::read).collect()
}
