//! The SELECTs of the queue. Each has the shape of an index: one state or one agency, in the index's order, to its limit.

use kernel::Id;
use store::{Fault, Store};

use super::Queue;
use crate::access::Right;
use crate::approval::record::{Case, all};

/// Cases like this, as far as the officer's rights reach, in this order.
macro_rules! cases {
    ([$($like:tt)*], $order:literal) => {
        concat!(
            "SELECT * FROM (SELECT * FROM case_file c WHERE ",
            $($like)*,
            " AND ",
            crate::scope_filter!("$1", "$2", "c.deciding_agency, c.in_name_of, c.first_agency", "c.region", "c.item"),
            " ORDER BY ",
            $order,
            " LIMIT 200) AS these"
        )
    };
}

/// Cases in one of these states.
macro_rules! in_state {
    ($state:literal, $order:literal) => {
        cases!(["c.closed_at IS NULL AND c.state = ", $state], $order)
    };
}

/// The whole office's cases, walked in their order.
pub(super) async fn everywhere(store: &Store, account: Id, which: Queue) -> Result<Vec<Case>, Fault> {
    const WAITING: &str = concat!(
        in_state!("'in_review'", "c.committed_due_at, c.filed_at"),
        " UNION ALL ",
        in_state!("'special_step'", "c.committed_due_at, c.filed_at")
    );
    const OUTSIDE: &str = concat!(
        in_state!("'awaiting_second_party'", "c.filed_at"),
        " UNION ALL ",
        in_state!("'awaiting_evidence'", "c.filed_at"),
        " UNION ALL ",
        in_state!("'awaiting_data'", "c.filed_at"),
        " UNION ALL ",
        in_state!("'gathering'", "c.filed_at"),
        " UNION ALL ",
        in_state!("'correcting'", "c.filed_at")
    );
    const CLOSED: &str = cases!(["c.closed_at IS NOT NULL"], "c.closed_at DESC");
    let sql = match which {
        Queue::Waiting => WAITING,
        Queue::Outside => OUTSIDE,
        Queue::Closed => CLOSED,
    };
    all(store.query(sql, vec![account.into(), Right::ViewCase.word().into()]).await?, Case::read)
}

/// Cases like this that one agency decides, that are decided in its name, or that it reviewed for one above.
macro_rules! of_agency {
    ($like:literal, $order:literal) => {
        concat!(
            cases!(["c.deciding_agency = $3 AND ", $like], $order),
            " UNION ALL ",
            cases!(["c.in_name_of = $3 AND ", $like], $order),
            " UNION ALL ",
            cases!(["c.first_agency = $3 AND c.deciding_agency <> $3 AND ", $like], $order)
        )
    };
}

/// The cases of one agency.
pub(super) async fn at(store: &Store, (account, agency): (Id, &str), which: Queue) -> Result<Vec<Case>, Fault> {
    const WAITING: &str = of_agency!(
        "c.closed_at IS NULL AND c.state IN ('in_review', 'special_step')",
        "c.committed_due_at, c.filed_at"
    );
    const OUTSIDE: &str = of_agency!(
        "c.closed_at IS NULL AND c.state IN ('awaiting_second_party', 'awaiting_evidence', 'awaiting_data', 'gathering', 'correcting')",
        "c.filed_at"
    );
    const CLOSED: &str = of_agency!("c.closed_at IS NOT NULL", "c.closed_at DESC");
    let sql = match which {
        Queue::Waiting => WAITING,
        Queue::Outside => OUTSIDE,
        Queue::Closed => CLOSED,
    };
    all(store.query(sql, vec![account.into(), Right::ViewCase.word().into(), agency.into()]).await?, Case::read)
}

/// The agency in which an officer sits.
pub(super) async fn agency_of(store: &Store, account: Id) -> Result<Option<String>, Fault> {
    let sql = concat!(
        store::shards!("account"),
        "SELECT a.agency FROM home JOIN account a ON a.shard = home.shard AND a.id = $1"
    );
    let rows = store.query(sql, vec![account.into()]).await?;
    rows.first().map(|row| row.text("agency").map(str::to_owned)).transpose()
}
