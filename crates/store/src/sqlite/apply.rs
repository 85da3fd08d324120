//! Carries out one unit inside the batch's transaction.

use std::collections::HashMap;

use kernel::{Clock, Entropy, Id, Moment};
use rusqlite::Connection;

use super::{fault, is_taken, sums};
use crate::statement;
use crate::unit::{Once, Write};
use crate::{CommitError, Conflict, Fault, Table, Unit, Value};

/// The SQL texts of the tables' writes, built once for each descriptor and kind, and for each set of columns changed.
#[derive(Default)]
pub(crate) struct Texts {
    whole: HashMap<(usize, Kind), String>,
    changes: HashMap<usize, Vec<(Vec<&'static str>, String)>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Insert,
    Put,
    Version,
    Delete,
}

impl Texts {
    fn of(&mut self, table: &'static Table, kind: Kind) -> &str {
        self.whole.entry((address(table), kind)).or_insert_with(|| {
            let text = match kind {
                Kind::Insert => statement::insert(table),
                Kind::Put => statement::put(table),
                Kind::Version => statement::version(table),
                Kind::Delete => statement::delete(table),
            };
            statement::numbered(&text).into_owned()
        })
    }

    /// The text that changes these columns; acts of one kind always change the same.
    fn update(&mut self, table: &'static Table, changes: &[(&'static str, Value)]) -> &str {
        let known = self.changes.entry(address(table)).or_default();
        let columns = || changes.iter().map(|(column, _)| *column);
        let at = known.iter().position(|(of, _)| of.iter().copied().eq(columns())).unwrap_or_else(|| {
            let text = statement::numbered(&statement::update(table, changes)).into_owned();
            known.push((columns().collect(), text));
            known.len() - 1
        });
        &known[at].1
    }
}

fn address(table: &'static Table) -> usize {
    std::ptr::from_ref(table).addr()
}

/// What a unit is applied with.
pub(crate) struct Hand<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) texts: &'a mut Texts,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) at: Moment,
    /// Whether counters are stepped here and now; else the batch adds the steps up.
    pub(crate) counts_now: bool,
}

impl Hand<'_> {
    /// The request key first: a repetition is answered as such whatever else has changed since.
    pub(crate) fn once(&self, unit: &Unit) -> Result<(), CommitError> {
        let Some(once) = &unit.once else { return Ok(()) };
        let sql = "INSERT INTO idempotency (shard, actor, key, request_hash, response, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (shard, actor, key) DO NOTHING";
        let mut insert = self.conn.prepare_cached(sql).map_err(fault)?;
        let added = insert
            .execute((&unit.shard, &once.actor, &once.key, &once.request_hash, &once.response, self.at.ms()))
            .map_err(fault)?;
        if added == 1 { Ok(()) } else { Err(self.repeated(&unit.shard, once)?.into()) }
    }

    fn repeated(&self, shard: &str, once: &Once) -> Result<Conflict, Fault> {
        let sql = "SELECT request_hash, response FROM idempotency WHERE shard = ?1 AND actor = ?2 AND key = ?3";
        let mut select = self.conn.prepare_cached(sql).map_err(fault)?;
        let (hash, response): (String, String) =
            select.query_row((shard, &once.actor, &once.key), |row| Ok((row.get(0)?, row.get(1)?))).map_err(fault)?;
        Ok(if hash == once.request_hash { Conflict::Repeated { response } } else { Conflict::KeyReused })
    }

    /// All changes of the unit, in order.
    pub(crate) fn writes(&mut self, unit: &Unit) -> Result<(), CommitError> {
        unit.writes.iter().try_for_each(|write| self.write(&unit.shard, write))
    }

    fn write(&mut self, shard: &str, write: &Write) -> Result<(), CommitError> {
        match write {
            Write::Insert { table, values } => self.row(table, Kind::Insert, values),
            Write::Put { table, values } => self.row(table, Kind::Put, values),
            Write::Delete { table, key } => self.row(table, Kind::Delete, key),
            Write::Update { table, key, version, changes } => self.update(table, key, *version, changes),
            Write::Expect { table, key, version } => self.expect(table, key, *version),
            Write::Count { key, delta, minimum } => self.count(shard, key, *delta, *minimum),
            Write::Send { topic, body } => Ok(self.send(shard, topic, body)?),
            Write::Hold { hash, by } => self.hold(shard, hash, *by),
        }
    }

    fn row(&mut self, table: &'static Table, kind: Kind, values: &[Value]) -> Result<(), CommitError> {
        let mut prepared = self.conn.prepare_cached(self.texts.of(table, kind)).map_err(fault)?;
        match prepared.execute(rusqlite::params_from_iter(values)) {
            Ok(_) => Ok(()),
            Err(e) if is_taken(&e) => Err(Conflict::Exists { table: table.name }.into()),
            Err(e) => Err(fault(e).into()),
        }
    }

    fn update(
        &mut self,
        table: &'static Table,
        key: &[Value],
        version: i64,
        changes: &[(&'static str, Value)],
    ) -> Result<(), CommitError> {
        let (next, expected) = (Value::Int(version.saturating_add(1)), Value::Int(version));
        let params = changes.iter().map(|(_, new)| new).chain([&next]).chain(key).chain([&expected]);
        let mut prepared = self.conn.prepare_cached(self.texts.update(table, changes)).map_err(fault)?;
        match prepared.execute(rusqlite::params_from_iter(params)) {
            Ok(1) => Ok(()),
            // It changed nothing: the version tells whether the row is another or none.
            Ok(_) => self.expect(table, key, version),
            Err(e) if is_taken(&e) => Err(Conflict::Exists { table: table.name }.into()),
            Err(e) => Err(fault(e).into()),
        }
    }

    fn expect(&mut self, table: &'static Table, key: &[Value], version: i64) -> Result<(), CommitError> {
        let mut prepared = self.conn.prepare_cached(self.texts.of(table, Kind::Version)).map_err(fault)?;
        let mut rows = prepared.query(rusqlite::params_from_iter(key)).map_err(fault)?;
        match rows.next().map_err(fault)? {
            None => Err(Conflict::Missing { table: table.name }.into()),
            Some(row) if row.get::<_, i64>(0).map_err(fault)? == version => Ok(()),
            Some(_) => Err(Conflict::Changed { table: table.name }.into()),
        }
    }

    fn count(&self, shard: &str, key: &str, delta: i64, minimum: Option<i64>) -> Result<(), CommitError> {
        let Some(minimum) = minimum else {
            return if self.counts_now { Ok(sums::step(self.conn, shard, (key, delta))?) } else { Ok(()) };
        };
        // One that begins with its first step is held against the minimum as well.
        let sql = "INSERT INTO counter (shard, key, n) SELECT ?1, ?2, ?3 WHERE ?3 >= ?4 OR EXISTS
                       (SELECT 1 FROM counter WHERE shard = ?1 AND key = ?2)
                   ON CONFLICT (shard, key) DO UPDATE SET n = counter.n + excluded.n WHERE counter.n + excluded.n >= ?4";
        let mut prepared = self.conn.prepare_cached(sql).map_err(fault)?;
        match prepared.execute((shard, key, delta, minimum)).map_err(fault)? {
            0 => Err(Conflict::Exhausted { key: key.to_owned() }.into()),
            _ => Ok(()),
        }
    }

    fn send(&self, shard: &str, topic: &str, body: &str) -> Result<(), Fault> {
        let sql = "INSERT INTO outbox (shard, id, topic, body, created_at, next_at, attempts)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0)";
        let id = Id::new(self.clock, self.entropy).to_string();
        let mut prepared = self.conn.prepare_cached(sql).map_err(fault)?;
        prepared.execute((shard, id, topic, body, self.at.ms())).map_err(fault)?;
        Ok(())
    }

    fn hold(&self, shard: &str, hash: &str, by: i64) -> Result<(), CommitError> {
        let sql = "UPDATE blob SET held = held + ?3, at = ?4
                   WHERE shard = ?1 AND hash = ?2 AND complete = 1 AND held + ?3 >= 0";
        let mut prepared = self.conn.prepare_cached(sql).map_err(fault)?;
        match prepared.execute((shard, hash, by, self.at.ms())).map_err(fault)? {
            1 => Ok(()),
            _ => Err(Conflict::Missing { table: "blob" }.into()),
        }
    }
}
