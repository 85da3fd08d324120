//! Whether the catalogue in the database changed. The only file of this folder with SQL.

use store::{Fault, Store};

/// A mark that differs after every import.
pub(super) async fn catalogue_mark(store: &Store) -> Result<(i64, i64), Fault> {
    let sql = "SELECT count(*) AS n, coalesce(max(imported_at), 0) AS last FROM catalog_entry";
    let rows = store.query(sql, vec![]).await?;
    rows.first().map_or(Ok((0, 0)), |row| Ok((row.int("n")?, row.int("last")?)))
}
