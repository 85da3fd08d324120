//! The tables of credit and the SELECTs that read them.

use std::collections::BTreeMap;

use kernel::{Date, Id};
use store::{Fault, Row, Store, Table};

use super::decide::{Act, ActKind, Event};
use crate::access::{Actor, Place, Right};

/// What happened; never changed.
pub(super) static CREDIT_EVENT: Table = Table {
    name: "credit_event",
    columns: &[
        "shard",
        "id",
        "party",
        "kind",
        "severity",
        "item",
        "on_day",
        "recorded_on",
        "agency",
        "region",
        "origin",
        "number",
        "salt",
    ],
    key: &["shard", "id"],
};

/// What became of it; the key keeps anything from becoming of it twice.
pub(super) static CREDIT_ACT: Table = Table {
    name: "credit_act",
    columns: &["shard", "event", "kind", "at", "on_day", "actor", "actor_name", "note"],
    key: &["shard", "event", "kind"],
};

/// An event with where it came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Whom it counts for or against.
    pub party: Id,
    /// The event, as the rules read it.
    pub event: Event,
    /// The agency that recorded it.
    pub agency: String,
    /// Where.
    pub region: String,
    /// The number of the inspection or annulment it came from.
    pub number: String,
    /// What was said with each thing that became of it.
    pub notes: Vec<(ActKind, String)>,
}

impl Recorded {
    /// Whether an officer holds a right over it.
    pub fn allows(&self, actor: &Actor, right: Right) -> bool {
        let item = self.event.item.as_deref().unwrap_or_default();
        actor.allow(right, &Place { agency: &self.agency, region: &self.region, item })
    }
}

impl ActKind {
    const ALL: [Self; 5] =
        [Self::Withdrawn, Self::Repaired, Self::AppealLodged, Self::AppealUpheld, Self::AppealDismissed];

    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::Repaired => "repaired",
            Self::AppealLodged => "appealed",
            Self::AppealUpheld => "upheld",
            Self::AppealDismissed => "dismissed",
        }
    }
}

fn read(row: &Row) -> Result<Recorded, Fault> {
    let owned = |column| row.text(column).map(str::to_owned);
    let item = owned("item")?;
    Ok(Recorded {
        shard: owned("shard")?,
        id: row.id("id")?,
        party: row.id("party")?,
        event: Event {
            id: owned("id")?,
            kind: owned("kind")?,
            severity: owned("severity")?,
            item: (!item.is_empty()).then_some(item),
            on: row.date("on_day")?,
            recorded_on: row.date("recorded_on")?,
            acts: Vec::new(),
        },
        agency: owned("agency")?,
        region: owned("region")?,
        number: owned("number")?,
        notes: Vec::new(),
    })
}

fn act(row: &Row) -> Result<(Id, ActKind, Date, String), Fault> {
    let word = row.text("kind")?;
    let kind = ActKind::ALL.into_iter().find(|kind| kind.word() == word);
    let kind = kind.ok_or_else(|| Fault::Damaged(format!("credit_act.kind {word:?}")))?;
    Ok((row.id("event")?, kind, row.date("on_day")?, row.text("note")?.to_owned()))
}

/// Joins events with what became of them.
fn joined(events: &[Row], acts: &[Row]) -> Result<Vec<Recorded>, Fault> {
    let mut of: BTreeMap<Id, Vec<(ActKind, Date, String)>> = BTreeMap::new();
    for row in acts {
        let (event, kind, on, note) = act(row)?;
        of.entry(event).or_default().push((kind, on, note));
    }
    let one = |row: &Row| {
        let mut recorded = read(row)?;
        for (kind, on, note) in of.remove(&recorded.id).unwrap_or_default() {
            recorded.event.acts.push(Act { kind, on });
            recorded.notes.push((kind, note));
        }
        Ok(recorded)
    };
    events.iter().map(one).collect()
}

/// Everything recorded of a party, oldest first; at most 500.
///
/// # Errors
/// A fault of the database.
pub async fn events_of(store: &Store, party: Id) -> Result<Vec<Recorded>, Fault> {
    const EVENTS: &str = "SELECT * FROM credit_event WHERE party = $1 ORDER BY on_day, id LIMIT 500";
    const ACTS: &str = "SELECT a.* FROM credit_event e JOIN credit_act a ON a.shard = e.shard AND a.event = e.id \
                        WHERE e.party = $1 ORDER BY a.at LIMIT 2500";
    let answers = store.snapshot(vec![(EVENTS, vec![party.into()]), (ACTS, vec![party.into()])]).await?;
    let [events, acts] = answers.as_slice() else { return Err(Fault::Misuse("two queries, two answers".into())) };
    joined(events, acts)
}

/// One event.
pub(super) async fn event(store: &Store, id: Id) -> Result<Option<Recorded>, Fault> {
    const EVENT: &str = concat!(
        store::shards!("credit_event"),
        "SELECT e.* FROM home JOIN credit_event e ON e.shard = home.shard AND e.id = $1"
    );
    let rows = store.query(EVENT, vec![id.into()]).await?;
    let Some(party) = rows.first().map(|row| row.id("party")).transpose()? else { return Ok(None) };
    Ok(events_of(store, party).await?.into_iter().find(|e| e.id == id))
}

/// What came from an inspection or annulment.
pub(super) async fn from_origin(store: &Store, origin: Id) -> Result<Vec<Recorded>, Fault> {
    let sql = "SELECT * FROM credit_event WHERE origin = $1 ORDER BY id LIMIT 20";
    let events = store.query(sql, vec![origin.into()]).await?;
    joined(&events, &[])
}

/// A page of everything recorded, in the order of the parties, after the last one of the page before.
pub(super) async fn page(store: &Store, after: Option<&(Id, Date, Id)>) -> Result<Vec<Recorded>, Fault> {
    const EVENTS: &str = "SELECT * FROM credit_event WHERE (party, on_day, id) > ($1, $2, $3) \
                          ORDER BY party, on_day, id LIMIT 2000";
    const ACTS: &str = "SELECT a.* FROM (SELECT shard, id FROM credit_event WHERE (party, on_day, id) > ($1, $2, $3) \
                        ORDER BY party, on_day, id LIMIT 2000) e \
                        JOIN credit_act a ON a.shard = e.shard AND a.event = e.id ORDER BY a.at";
    let params = || match after {
        Some((party, on, id)) => vec![party.into(), (*on).into(), id.into()],
        None => vec!["".into(), "".into(), "".into()],
    };
    let answers = store.snapshot(vec![(EVENTS, params()), (ACTS, params())]).await?;
    let [events, acts] = answers.as_slice() else { return Err(Fault::Misuse("two queries, two answers".into())) };
    joined(events, acts)
}
