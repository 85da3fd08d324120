//! The table of what counters of quotas were filled with, and the SELECT that reads it.

use store::{Fault, Store, Table};

use super::Filled;

pub(super) static AMOUNT: Table = Table {
    name: "quota_amount",
    columns: &["shard", "quota", "region", "year", "version", "amount", "filled_at"],
    key: &["shard", "quota", "region", "year"],
};

/// Every filled row of every quota: per quota, region and year the amount, what is drawn and what is left.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn filled(store: &Store) -> Result<Vec<Filled>, Fault> {
    let sql = "SELECT a.shard, a.quota, a.region, a.year, a.version, a.amount, \
               CAST(coalesce(sum(t.amount), 0) AS BIGINT) AS drawn \
               FROM quota_amount a LEFT JOIN quota_taken t \
               ON t.shard = a.shard AND t.quota = a.quota AND t.region = a.region AND t.year = a.year \
               GROUP BY a.shard, a.quota, a.region, a.year, a.version, a.amount \
               ORDER BY a.quota, a.year, a.region, a.shard";
    let text = |row: &store::Row, column| row.text(column).map(str::to_owned);
    let read = |row: &store::Row| {
        Ok(Filled {
            shard: text(row, "shard")?,
            quota: text(row, "quota")?,
            region: text(row, "region")?,
            year: row.int("year")?,
            amount: row.int("amount")?,
            drawn: row.int("drawn")?,
            version: row.int("version")?,
        })
    };
    store.query(sql, vec![]).await?.iter().map(read).collect()
}
