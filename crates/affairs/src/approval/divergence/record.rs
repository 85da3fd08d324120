//! The SELECT that counts how officers decided on the same facts.

use kernel::{Id, Moment};
use store::{Fault, Store};

use super::Decided;
use crate::access::Right;
use crate::approval::record::all;

/// How often each officer came to each ending on the same facts since then, as far as this right of the reader reaches.
pub(super) async fn counted(
    store: &Store,
    (account, right): (Id, Right),
    since: Moment,
) -> Result<Vec<Decided>, Fault> {
    const SQL: &str = concat!(
        "SELECT d.item, d.facts_key, d.officer, d.outcome, count(*) AS n FROM decision d WHERE d.facts_key IS NOT NULL \
         AND d.decided_at >= $3 AND d.officer IS NOT NULL \
         AND d.outcome IN ('granted', 'refused', 'not_accepted', 'terminated') AND ",
        crate::scope_filter!("$1", "$2", "d.deciding_agency", "d.region", "d.item"),
        " GROUP BY d.item, d.facts_key, d.officer, d.outcome ORDER BY d.item, d.facts_key, d.officer, d.outcome LIMIT 20000"
    );
    let rows = store.query(SQL, vec![account.into(), right.word().into(), since.into()]).await?;
    all(rows, |row| {
        Ok(Decided {
            item: row.text("item")?.to_owned(),
            facts: row.text("facts_key")?.to_owned(),
            officer: row.id("officer")?,
            outcome: row.text("outcome")?.to_owned(),
            n: row.int("n")?,
        })
    })
}
