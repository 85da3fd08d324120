//! The SELECTs by which the clock finds what the law does.

use kernel::Moment;
use store::{Fault, Store};

use crate::approval::record::{Case, all};

/// Accepted renewals that nobody has decided by the end of the licence.
pub(in crate::approval) async fn cases_renewed(store: &Store, now: Moment) -> Result<Vec<Case>, Fault> {
    let sql = "SELECT * FROM case_file WHERE tacit_due_at <= $1 AND state IN ('in_review', 'special_step') \
               ORDER BY tacit_due_at, id LIMIT 256";
    all(store.query(sql, vec![now.into()]).await?, Case::read)
}

/// Received cases to which nobody said anything within the time for the one notice.
pub(in crate::approval) async fn cases_unanswered(store: &Store, now: Moment) -> Result<Vec<Case>, Fault> {
    let sql = "SELECT * FROM case_file WHERE closed_at IS NULL AND state IN ('awaiting_data', 'awaiting_evidence') \
               AND received_at IS NOT NULL AND accepted_at IS NULL AND notice_due_at <= $1 ORDER BY received_at LIMIT 256";
    all(store.query(sql, vec![now.into()]).await?, Case::read)
}
