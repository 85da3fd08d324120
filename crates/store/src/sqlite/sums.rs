//! Steps of counters, added up over a batch and written once each: hundreds of units step the same handful of counters.
//!
//! Only steps that can fail for nobody are put off. A guarded counter is evaluated where it stands, so whoever guards one
//! writes down first what was put off before him.

use std::collections::HashMap;

use rusqlite::Connection;

use super::fault;
use crate::Fault;
use crate::Unit;
use crate::unit::Write;

/// Steps that are not written yet, by shard and key.
#[derive(Default)]
pub(crate) struct Sums(HashMap<String, HashMap<String, i64>>);

impl Sums {
    /// Adds the steps of a unit that was carried out. Sums that grow too large are written down before.
    pub(crate) fn add(&mut self, conn: &Connection, unit: &Unit) -> Result<(), Fault> {
        for write in &unit.writes {
            if let Write::Count { key, delta, minimum: None } = write {
                self.step(conn, &unit.shard, (key.as_str(), *delta))?;
            }
        }
        Ok(())
    }

    fn step(&mut self, conn: &Connection, shard: &str, (key, delta): (&str, i64)) -> Result<(), Fault> {
        let sum = self.0.get(shard).and_then(|sums| sums.get(key)).copied().unwrap_or(0);
        let sum = match sum.checked_add(delta) {
            Some(sum) => sum,
            None => {
                self.write(conn)?;
                delta
            }
        };
        match self.0.get_mut(shard) {
            Some(sums) => match sums.get_mut(key) {
                Some(known) => *known = sum,
                None => drop(sums.insert(key.to_owned(), sum)),
            },
            None => drop(self.0.insert(shard.to_owned(), HashMap::from([(key.to_owned(), sum)]))),
        }
        Ok(())
    }

    /// Writes down what was put off.
    pub(crate) fn write(&mut self, conn: &Connection) -> Result<(), Fault> {
        for (shard, sums) in self.0.drain() {
            let mut sums: Vec<_> = sums.into_iter().collect();
            // In the order of the keys: neighbours share their pages.
            sums.sort_unstable();
            sums.iter().try_for_each(|(key, delta)| step(conn, &shard, (key.as_str(), *delta)))?;
        }
        Ok(())
    }

    /// Forgets what was put off, with the batch that is rolled back.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}

/// Adds to a counter, which begins at 0.
pub(crate) fn step(conn: &Connection, shard: &str, (key, delta): (&str, i64)) -> Result<(), Fault> {
    let sql = "INSERT INTO counter (shard, key, n) VALUES (?1, ?2, ?3)
               ON CONFLICT (shard, key) DO UPDATE SET n = counter.n + excluded.n";
    let mut prepared = conn.prepare_cached(sql).map_err(fault)?;
    prepared.execute((shard, key, delta)).map(drop).map_err(fault)
}

/// Whether the unit guards a counter.
pub(crate) fn guards(unit: &Unit) -> bool {
    unit.writes.iter().any(|write| matches!(write, Write::Count { minimum: Some(_), .. }))
}
