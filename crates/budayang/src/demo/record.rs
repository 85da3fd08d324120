//! The demonstration's look at its own registers, to send them again. The only file of this folder with SQL.

use kernel::Moment;
use serde_json::Value as Json;
use store::{Fault, Store};

/// Every record of a register, `(subject, body)`.
pub(super) async fn all(store: &Store, shard: &str, register: &str) -> Result<Vec<(String, Json)>, Fault> {
    let sql = "SELECT subject, body FROM register_record WHERE shard = $1 AND register = $2 ORDER BY subject";
    let rows = store.query(sql, vec![shard.into(), register.into()]).await?;
    let broken = |e: serde_json::Error| Fault::Damaged(format!("a record of {register}: {e}"));
    let read = |row: &store::Row| {
        Ok((row.text("subject")?.to_owned(), serde_json::from_str(row.text("body")?).map_err(broken)?))
    };
    rows.iter().map(read).collect()
}

/// When a whole extract was imported last.
pub(super) async fn last_whole(store: &Store, shard: &str) -> Result<Option<Moment>, Fault> {
    let sql = "SELECT max(as_of) AS as_of FROM register_import WHERE shard = $1 AND extent = 'whole'";
    let rows = store.query(sql, vec![shard.into()]).await?;
    rows.first().map_or(Ok(None), |row| row.opt_moment("as_of"))
}
