//! What a batch will meet: everything its units depend on is read (and held) once, then each unit is tried on paper, in order.
//!
//! So a conflict costs nothing but its answer: the rows of the units that pass are written together afterwards. What only
//! the engine can judge (values that must be unique beside the key, references) shows when they are written.

use std::collections::{BTreeSet, HashMap};

use super::error::Trouble;
use super::layout::Layouts;
use super::session::{Sent, Session, in_order};
use super::texts;
use crate::unit::{Once, Write};
use crate::{Conflict, Fault, Row, Table, Unit, Value};

/// A row's address: its table's name and its key.
type Place = (&'static str, Vec<Value>);
/// A name within a shard.
type Name = (String, String);
/// What a once-key was answered with: the request's hash and the response.
type Answer = (String, String);

/// The state of everything a batch depends on, as far as the units tried so far have changed it.
#[derive(Default)]
pub(crate) struct View {
    /// Versions of rows; 0 where the table has none, `None` where there is no row.
    rows: HashMap<Place, Option<i64>>,
    /// Guarded counters.
    counters: HashMap<Name, i64>,
    /// Carried out requests by shard, actor and key.
    requests: HashMap<(String, String, String), Option<Answer>>,
    /// How many rows hold a blob.
    blobs: HashMap<Name, Option<i64>>,
    /// How to take back what the unit on trial has changed.
    undo: Vec<Undo>,
}

enum Undo {
    Row(Place, Option<i64>),
    Counter(Name, i64),
    Request((String, String, String)),
    Blob(Name, Option<i64>),
}

/// A unit that will not do, and at which of its changes that shows. The request key comes before all of them.
pub(crate) struct Refusal {
    pub(crate) at: usize,
    pub(crate) conflict: Conflict,
}

impl View {
    /// Tries a unit's request key.
    pub(crate) fn once(&mut self, unit: &Unit) -> Result<(), Conflict> {
        let Some(once) = &unit.once else { return Ok(()) };
        let place = request(unit, once);
        match self.requests.get(&place) {
            Some(Some((hash, response))) if *hash == once.request_hash => {
                Err(Conflict::Repeated { response: response.clone() })
            }
            Some(Some(_)) => Err(Conflict::KeyReused),
            _ => {
                let answer = (once.request_hash.clone(), once.response.clone());
                self.undo.push(Undo::Request(place.clone()));
                self.requests.insert(place, Some(answer));
                Ok(())
            }
        }
    }

    /// Tries a unit's changes in order. After a refusal nothing of it remains.
    pub(crate) fn writes(&mut self, unit: &Unit) -> Result<(), Refusal> {
        for (at, write) in unit.writes.iter().enumerate() {
            if let Err(conflict) = self.write(&unit.shard, write) {
                return Err(Refusal { at, conflict });
            }
        }
        Ok(())
    }

    /// Keeps what the unit on trial has changed.
    pub(crate) fn keep(&mut self) {
        self.undo.clear();
    }

    /// Takes back what the unit on trial has changed.
    pub(crate) fn drop_trial(&mut self) {
        while let Some(step) = self.undo.pop() {
            match step {
                Undo::Row(place, was) => drop(self.rows.insert(place, was)),
                Undo::Counter(name, was) => drop(self.counters.insert(name, was)),
                Undo::Request(place) => drop(self.requests.insert(place, None)),
                Undo::Blob(name, was) => drop(self.blobs.insert(name, was)),
            }
        }
    }

    /// What a guarded counter will be.
    pub(crate) fn counter(&self, shard: &str, key: &str) -> Option<i64> {
        self.counters.get(&(shard.to_owned(), key.to_owned())).copied()
    }

    fn write(&mut self, shard: &str, write: &Write) -> Result<(), Conflict> {
        match write {
            Write::Insert { table, values } => {
                let place = (table.name, key_of(table, values));
                if self.rows.get(&place).is_some_and(Option::is_some) {
                    return Err(Conflict::Exists { table: table.name });
                }
                let version = version_of(table, values);
                self.set_row(place, Some(version));
            }
            Write::Put { table, values } => self.set_row((table.name, key_of(table, values)), Some(0)),
            Write::Delete { table, key } => self.set_row((table.name, key.clone()), None),
            Write::Update { table, key, version, .. } => {
                self.expect(table, key, *version)?;
                self.set_row((table.name, key.clone()), Some(version.saturating_add(1)));
            }
            Write::Expect { table, key, version } => self.expect(table, key, *version)?,
            Write::Count { key, delta, minimum } => self.count(shard, key, *delta, *minimum)?,
            Write::Send { .. } => {}
            Write::Hold { hash, by } => self.hold(shard, hash, *by)?,
        }
        Ok(())
    }

    fn expect(&self, table: &'static Table, key: &[Value], version: i64) -> Result<(), Conflict> {
        match self.rows.get(&(table.name, key.to_vec())).copied().flatten() {
            None => Err(Conflict::Missing { table: table.name }),
            Some(found) if found == version => Ok(()),
            Some(_) => Err(Conflict::Changed { table: table.name }),
        }
    }

    fn set_row(&mut self, place: Place, now: Option<i64>) {
        let was = self.rows.insert(place.clone(), now).flatten();
        self.undo.push(Undo::Row(place, was));
    }

    fn count(&mut self, shard: &str, key: &str, delta: i64, minimum: Option<i64>) -> Result<(), Conflict> {
        let name = (shard.to_owned(), key.to_owned());
        // A counter that nothing in the batch guards is not looked at: it may step as it likes.
        let Some(was) = self.counters.get(&name).copied() else { return Ok(()) };
        let now = was.saturating_add(delta);
        if minimum.is_some_and(|minimum| now < minimum) {
            return Err(Conflict::Exhausted { key: key.to_owned() });
        }
        self.counters.insert(name.clone(), now);
        self.undo.push(Undo::Counter(name, was));
        Ok(())
    }

    fn hold(&mut self, shard: &str, hash: &str, by: i64) -> Result<(), Conflict> {
        let name = (shard.to_owned(), hash.to_owned());
        let was = self.blobs.get(&name).copied().flatten();
        let now = was.map(|held| held.saturating_add(by)).filter(|held| *held >= 0);
        if now.is_none() {
            return Err(Conflict::Missing { table: "blob" });
        }
        self.blobs.insert(name.clone(), now);
        self.undo.push(Undo::Blob(name, was));
        Ok(())
    }
}

fn request(unit: &Unit, once: &Once) -> (String, String, String) {
    (unit.shard.clone(), once.actor.clone(), once.key.clone())
}

/// The key among a row's values.
pub(crate) fn key_of(table: &Table, values: &[Value]) -> Vec<Value> {
    let at = |column: &&str| table.columns.iter().position(|c| c == column).and_then(|i| values.get(i));
    table.key.iter().filter_map(at).cloned().collect()
}

fn version_of(table: &Table, values: &[Value]) -> i64 {
    let at = table.columns.iter().position(|c| *c == crate::table::VERSION);
    match at.and_then(|i| values.get(i)) {
        Some(Value::Int(n)) => *n,
        _ => 0,
    }
}

/// What a batch must look at before it can be tried.
#[derive(Default)]
struct Wanted {
    rows: HashMap<&'static str, (Option<&'static Table>, BTreeSet<Ordered>)>,
    counters: BTreeSet<Name>,
    requests: BTreeSet<(String, String, String)>,
    blobs: BTreeSet<Name>,
}

/// A key in a fixed order, so that two nodes take the same rows in the same order.
#[derive(PartialEq, Eq)]
struct Ordered(Vec<Value>);

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |value: &Value| match value {
            Value::Null => 0,
            Value::Int(_) => 1,
            Value::Text(_) => 2,
            Value::Blob(_) => 3,
        };
        let one = |a: &Value, b: &Value| match (a, b) {
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (Value::Blob(a), Value::Blob(b)) => a.cmp(b),
            _ => rank(a).cmp(&rank(b)),
        };
        let unequal = self.0.iter().zip(&other.0).map(|(a, b)| one(a, b)).find(|order| order.is_ne());
        unequal.unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Wanted {
    fn of(units: &[&Unit]) -> Self {
        let mut wanted = Self::default();
        for unit in units {
            if let Some(once) = &unit.once {
                wanted.requests.insert(request(unit, once));
            }
            for write in &unit.writes {
                wanted.write(&unit.shard, write);
            }
        }
        wanted
    }

    fn write(&mut self, shard: &str, write: &Write) {
        match write {
            Write::Insert { table, values } => self.row(table, key_of(table, values)),
            Write::Update { table, key, .. } | Write::Expect { table, key, .. } => self.row(table, key.clone()),
            Write::Count { key, minimum: Some(_), .. } => drop(self.counters.insert((shard.to_owned(), key.clone()))),
            Write::Hold { hash, .. } => drop(self.blobs.insert((shard.to_owned(), hash.clone()))),
            Write::Put { .. } | Write::Delete { .. } | Write::Count { .. } | Write::Send { .. } => {}
        }
    }

    fn row(&mut self, table: &'static Table, key: Vec<Value>) {
        let (known, keys) = self.rows.entry(table.name).or_default();
        *known = Some(table);
        keys.insert(Ordered(key));
    }
}

const COUNTERS: &str =
    "SELECT u.n, c.n AS value FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(shard, key, n)
    JOIN counter c ON c.shard = u.shard AND c.key = u.key FOR NO KEY UPDATE OF c";
const REQUESTS: &str = "SELECT u.n, i.request_hash, i.response
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS u(shard, actor, key, n)
    JOIN idempotency i ON i.shard = u.shard AND i.actor = u.actor AND i.key = u.key";
const BLOBS: &str = "SELECT u.n, b.held FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(shard, hash, n)
    JOIN blob b ON b.shard = u.shard AND b.hash = u.hash AND b.complete = 1 FOR NO KEY UPDATE OF b";

/// Reads and holds, in one exchange with the server, everything these units depend on.
pub(crate) async fn look(session: &Session, layouts: &Layouts, units: &[&Unit]) -> Result<View, Trouble> {
    let wanted = Wanted::of(units);
    let mut tables: Vec<(&'static Table, Vec<Vec<Value>>)> = wanted
        .rows
        .into_values()
        .filter_map(|(table, keys)| Some((table?, keys.into_iter().map(|key| key.0).collect())))
        .collect();
    tables.sort_by_key(|(table, _)| table.name);
    let counters: Vec<Name> = wanted.counters.into_iter().collect();
    let requests: Vec<(String, String, String)> = wanted.requests.into_iter().collect();
    let blobs: Vec<Name> = wanted.blobs.into_iter().collect();

    let mut asked: Vec<(String, Vec<Vec<Value>>)> = vec![
        (REQUESTS.to_owned(), requests.iter().map(|(a, b, c)| texts_of(&[a, b, c])).collect()),
        (COUNTERS.to_owned(), counters.iter().map(|(a, b)| texts_of(&[a, b])).collect()),
        (BLOBS.to_owned(), blobs.iter().map(|(a, b)| texts_of(&[a, b])).collect()),
    ];
    for (table, keys) in &tables {
        asked.push((texts::look(table, layouts.of(table)?)?, keys.clone()));
    }
    let mut answers = ask(session, &asked).await?.into_iter();
    let mut view = View {
        requests: requests.into_iter().map(|request| (request, None)).collect(),
        counters: counters.into_iter().map(|name| (name, 0)).collect(),
        ..View::default()
    };
    for (request, row) in found(&asked[0].1, answers.next())? {
        let place = (text(&request[0]), text(&request[1]), text(&request[2]));
        let answer = (row.text("request_hash")?.to_owned(), row.text("response")?.to_owned());
        view.requests.insert(place, Some(answer));
    }
    for (name, row) in found(&asked[1].1, answers.next())? {
        view.counters.insert((text(&name[0]), text(&name[1])), row.int("value")?);
    }
    for (name, row) in found(&asked[2].1, answers.next())? {
        view.blobs.insert((text(&name[0]), text(&name[1])), Some(row.int("held")?));
    }
    for (table, keys) in &tables {
        for (key, row) in found(keys, answers.next())? {
            view.rows.insert((table.name, key.clone()), Some(row.int("version")?));
        }
    }
    Ok(view)
}

/// Sends every question that has something to ask, one after the other, and waits once.
async fn ask(session: &Session, asked: &[(String, Vec<Vec<Value>>)]) -> Result<Vec<Vec<Row>>, Trouble> {
    let mut statements = Vec::new();
    for (sql, keys) in asked {
        statements.push(if keys.is_empty() { None } else { Some(session.prepared(sql).await?) });
    }
    let mut requests: Vec<Sent<'_, Result<Vec<Row>, Trouble>>> = Vec::new();
    for ((_, keys), statement) in asked.iter().zip(&statements) {
        let columns = columns(keys);
        requests.push(Box::pin(async move {
            let Some(statement) = statement else { return Ok(Vec::new()) };
            let params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
                columns.iter().map(|c| c as &(dyn tokio_postgres::types::ToSql + Sync)).collect();
            session.read(statement, &params).await
        }));
    }
    in_order(requests).await.into_iter().collect()
}

/// Rows as arrays of columns.
fn columns(rows: &[Vec<Value>]) -> Vec<Vec<&Value>> {
    let width = rows.first().map_or(0, Vec::len);
    (0..width).map(|at| rows.iter().filter_map(|row| row.get(at)).collect()).collect()
}

/// Each row of an answer with the key it was asked by.
fn found(keys: &[Vec<Value>], rows: Option<Vec<Row>>) -> Result<Vec<(&Vec<Value>, Row)>, Fault> {
    let place = |row: Row| {
        let at = usize::try_from(row.int("n")?.saturating_sub(1)).unwrap_or(usize::MAX);
        let key = keys.get(at).ok_or_else(|| Fault::Engine("an answer to nothing that was asked".into()))?;
        Ok((key, row))
    };
    rows.unwrap_or_default().into_iter().map(place).collect()
}

fn texts_of(parts: &[&String]) -> Vec<Value> {
    parts.iter().map(|part| Value::Text((*part).clone())).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        _ => String::new(),
    }
}
