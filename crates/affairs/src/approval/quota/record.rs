//! The table of what cases hold of quotas, and the SELECTs that read it and the counters.

use kernel::Id;
use store::{Fault, Row, Store, Table};

pub(super) static TAKEN: Table = Table {
    name: "quota_taken",
    columns: &["shard", "case_id", "version", "quota", "region", "year", "amount", "taken_at"],
    key: &["shard", "case_id"],
};

/// What a case holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Quota.
    pub quota: String,
    /// Region of the row it was drawn from.
    pub region: String,
    /// Year of that row.
    pub year: i64,
    /// How much; 0 once it was given back.
    pub amount: i64,
    pub(super) shard: String,
    pub(super) case: Id,
    pub(super) version: i64,
}

impl Taken {
    fn read(row: &Row) -> Result<Self, Fault> {
        let text = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            quota: text("quota")?,
            region: text("region")?,
            year: row.int("year")?,
            amount: row.int("amount")?,
            shard: text("shard")?,
            case: row.id("case_id")?,
            version: row.int("version")?,
        })
    }
}

/// What a case holds of its quota, where it ever drew on one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn taken_by(store: &Store, case: Id) -> Result<Option<Taken>, Fault> {
    let sql = concat!(
        store::shards!("quota_taken"),
        "SELECT t.* FROM home JOIN quota_taken t ON t.shard = home.shard AND t.case_id = $1"
    );
    let rows = store.query(sql, vec![case.into()]).await?;
    rows.first().map(Taken::read).transpose()
}

/// The counter; none where this shard keeps no such quota.
pub(super) async fn count(store: &Store, shard: &str, key: &str) -> Result<Option<i64>, Fault> {
    let sql = "SELECT n FROM counter WHERE shard = $1 AND key = $2";
    store.query(sql, vec![shard.into(), key.into()]).await?.first().map(|row| row.int("n")).transpose()
}
