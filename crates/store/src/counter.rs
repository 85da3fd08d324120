//! Statistics: counters kept in the transaction of what they count, and the recount that must equal them.

use std::collections::BTreeMap;

use crate::{Fault, Row, Store, Value};

/// Two numbers that should be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The counter.
    pub key: String,
    /// What the rows say.
    pub counted: i64,
    /// What the counter says.
    pub kept: i64,
}

impl Store {
    /// A counter; 0 if it was never touched.
    pub async fn counter(&self, shard: &str, key: &str) -> Result<i64, Fault> {
        let sql = "SELECT n FROM counter WHERE shard = $1 AND key = $2";
        let rows = self.query(sql, vec![shard.into(), key.into()]).await?;
        rows.first().map_or(Ok(0), |row| row.int("n"))
    }

    /// All counters of a shard whose key begins with `prefix`, in order.
    pub async fn counters(&self, shard: &str, prefix: &str) -> Result<Vec<(String, i64)>, Fault> {
        self.query(COUNTERS, range(shard, prefix)).await?.iter().map(pair).collect()
    }

    /// Holds counters against the rows they count: `sql` gives `key` and `n` for every counter beginning with `prefix`, and
    /// both are read on one state of the database. Nothing returned: they agree.
    pub async fn recount(
        &self,
        shard: &str,
        prefix: &str,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<Difference>, Fault> {
        let found = self.snapshot(vec![(sql, params), (COUNTERS, range(shard, prefix))]).await?;
        let mut both: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for (at, rows) in found.iter().enumerate() {
            for row in rows {
                let (key, n) = pair(row)?;
                let entry = both.entry(key).or_default();
                if at == 0 { entry.0 += n } else { entry.1 += n }
            }
        }
        let differ = both.into_iter().filter(|(_, (counted, kept))| counted != kept);
        Ok(differ.map(|(key, (counted, kept))| Difference { key, counted, kept }).collect())
    }
}

const COUNTERS: &str = "SELECT key, n FROM counter WHERE shard = $1 AND key >= $2 AND key < $3 ORDER BY key";

/// Keys from the prefix up to the first that no longer begins with it. Keys compare by their bytes on both engines.
fn range(shard: &str, prefix: &str) -> Vec<Value> {
    vec![shard.into(), prefix.into(), format!("{prefix}{}", char::MAX).into()]
}

fn pair(row: &Row) -> Result<(String, i64), Fault> {
    Ok((row.text("key")?.to_owned(), row.int("n")?))
}
