//! How many secrets of a receipt were lost, for the few cases of which one was.

use store::{Fault, Store, Table};

use crate::approval::record::Case;

/// Rounds, versioned: of two who renew at the same instant one succeeds.
pub(super) static RECEIPT_ROUND: Table = Table {
    name: "receipt_round",
    columns: &["shard", "case_id", "version", "round", "renewed_at", "renewed_by"],
    key: &["shard", "case_id"],
};

/// Which secret of the case counts, and the version of its row; 0 and none where none was lost.
pub(super) async fn round(store: &Store, case: &Case) -> Result<(i64, Option<i64>), Fault> {
    let sql = "SELECT round, version FROM receipt_round WHERE shard = $1 AND case_id = $2";
    match store.query(sql, vec![(&case.shard).into(), case.id.into()]).await?.first() {
        Some(row) => Ok((row.int("round")?, Some(row.int("version")?))),
        None => Ok((0, None)),
    }
}
