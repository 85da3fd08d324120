//! The SELECTs of the trail and of the tallies.

use kernel::Id;
use store::{Fault, Row, Store, Value};

use super::TrailLine;
use crate::access::Right;
use crate::approval::record::json;

macro_rules! trail {
    ($source:literal, $condition:literal) => {
        concat!(
            "SELECT e.id, e.case_id, c.number, e.at, e.kind, e.actor_kind, e.actor_name, e.on_behalf, e.detail FROM ",
            $source,
            " e JOIN case_file c ON c.shard = e.shard AND c.id = e.case_id WHERE e.shard = $3 AND e.id < $4 AND ",
            $condition,
            crate::scope_filter!("$1", "$2", "c.deciding_agency, c.in_name_of", "c.region", "c.item"),
            " ORDER BY e.id DESC LIMIT 50"
        )
    };
}

const NEWEST: &str = trail!("case_event", "");
// The newest acts first, so that a rare name does not make the query read every act there ever was.
const OF_NAME: &str = trail!(
    "(SELECT * FROM case_event WHERE shard = $3 ORDER BY id DESC LIMIT 20000)",
    "(e.actor_name = $5 OR e.on_behalf = $5) AND "
);

/// The newest acts before one, of everybody or of one name.
pub(super) async fn trail(
    store: &Store,
    shard: &str,
    account: Id,
    (name, before): (Option<&str>, Option<Id>),
) -> Result<Vec<TrailLine>, Fault> {
    // Beyond every id: ids are hexadecimal digits and dashes.
    let before = before.map_or_else(|| Value::from("g"), Value::from);
    let mut params = vec![account.into(), Right::Audit.word().into(), shard.into(), before];
    let rows = match name {
        None => store.query(NEWEST, params).await?,
        Some(name) => {
            params.push(name.into());
            store.query(OF_NAME, params).await?
        }
    };
    rows.iter().map(line).collect()
}

fn line(row: &Row) -> Result<TrailLine, Fault> {
    Ok(TrailLine {
        id: row.id("id")?,
        case: row.id("case_id")?,
        number: row.text("number")?.to_owned(),
        at: row.moment("at")?,
        kind: row.text("kind")?.to_owned(),
        actor_kind: row.text("actor_kind")?.to_owned(),
        actor_name: row.text("actor_name")?.to_owned(),
        on_behalf: row.opt_text("on_behalf")?.map(str::to_owned),
        detail: json(row, "detail")?,
    })
}

const ROWS: &str = "SELECT 'cases' AS key, count(*) AS n FROM case_file WHERE shard = $1 \
    UNION ALL SELECT 'open', count(*) FROM case_file WHERE shard = $1 AND closed_at IS NULL \
    UNION ALL SELECT 'open_case', count(*) FROM open_case WHERE shard = $1 \
    UNION ALL SELECT 'closed', count(*) FROM case_file WHERE shard = $1 AND state IN ('withdrawn', 'declined', 'lapsed') \
    UNION ALL SELECT 'granted', count(*) FROM case_file WHERE shard = $1 AND state = 'granted' \
    UNION ALL SELECT 'notice', count(*) FROM public_notice WHERE shard = $1 \
    UNION ALL SELECT 'decision', count(*) FROM decision WHERE shard = $1 \
    UNION ALL SELECT 'licence', count(*) FROM licence WHERE shard = $1 \
    UNION ALL SELECT 'duty', count(*) FROM duty WHERE shard = $1 \
    UNION ALL SELECT 'quota', CAST(coalesce(sum(amount), 0) AS BIGINT) FROM quota_amount WHERE shard = $1 \
    UNION ALL SELECT 'quota', CAST(-coalesce(sum(amount), 0) AS BIGINT) FROM quota_taken WHERE shard = $1";
const LEAVES: &str = "SELECT kind AS key, count(*) AS n FROM leaf WHERE shard = $1 GROUP BY kind";
const COUNTERS: &str = "SELECT CASE WHEN key LIKE 'filed/%' THEN 'filed' WHEN key LIKE 'decided/%' THEN 'decided' \
    WHEN key LIKE 'closed/%' THEN 'closed' WHEN key LIKE 'granted/%' THEN 'granted' \
    WHEN key LIKE 'duty/%' THEN 'duty' WHEN key LIKE 'quota/%' THEN 'quota' ELSE '' END AS key, CAST(sum(n) AS BIGINT) AS n \
    FROM counter WHERE shard = $1 GROUP BY 1";

/// What tables, leaves and counters say, on one state of the database.
pub(super) async fn numbers(store: &Store, shard: &str) -> Result<[Numbers; 3], Fault> {
    let queries = [ROWS, LEAVES, COUNTERS].map(|sql| (sql, vec![shard.into()]));
    let found = store.snapshot(queries.to_vec()).await?;
    let mut found = found.iter();
    let mut next = || Numbers::read(found.next().map_or(&[][..], Vec::as_slice));
    Ok([next()?, next()?, next()?])
}

/// Numbers by key.
pub(super) struct Numbers(Vec<(String, i64)>);

impl Numbers {
    fn read(rows: &[Row]) -> Result<Self, Fault> {
        rows.iter().map(|row| Ok((row.text("key")?.to_owned(), row.int("n")?))).collect::<Result<_, Fault>>().map(Self)
    }

    pub(super) fn of(&self, key: &str) -> i64 {
        self.0.iter().filter(|(k, _)| k == key).map(|(_, n)| n).sum()
    }
}
