//! Who did what with cases, for those who audit; and what the tables hold, to be held against the log and the counters.
//!
//! Reads only. Every list here goes through the same filter of rights as the pages behind it.

use kernel::{Id, Moment};
use serde_json::Value as Json;
use store::{Fault, Row, Store, Value};

use super::record::json;
use crate::access::Right;

/// How many lines a page of the trail holds.
pub const PAGE: usize = 50;

/// How far back a name is looked for: so many of the newest acts.
pub const NAMES_WITHIN: i64 = 20_000;

/// One act on a case.
#[derive(Clone, Debug)]
pub struct TrailLine {
    /// Key, and cursor: later acts have greater ids.
    pub id: Id,
    /// The case.
    pub case: Id,
    /// Its number.
    pub number: String,
    /// When.
    pub at: Moment,
    /// What, such as `filed`, `settled`, `ruled`.
    pub kind: String,
    /// `person`, `staff` or `machine`.
    pub actor_kind: String,
    /// Who.
    pub actor_name: String,
    /// For whom, where somebody acted for another.
    pub on_behalf: Option<String>,
    /// The particulars.
    pub detail: Json,
}

macro_rules! trail {
    ($source:literal, $condition:literal) => {
        concat!(
            "SELECT e.id, e.case_id, c.number, e.at, e.kind, e.actor_kind, e.actor_name, e.on_behalf, e.detail FROM ",
            $source,
            " e JOIN case_file c ON c.shard = e.shard AND c.id = e.case_id WHERE e.shard = $3 AND e.id < $4 AND ",
            $condition,
            crate::scope_filter!("$1", "$2", "c.deciding_agency", "c.region", "c.item"),
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

/// The newest acts on cases that the officer may audit, [`PAGE`] a page; `before`: the last one of the page before.
/// With a name only the acts of or for whoever is called so, among the newest [`NAMES_WITHIN`].
pub async fn trail(
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

/// What is counted against what.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Counted {
    /// Cases filed.
    Cases,
    /// Cases that are open, against the rows that keep a second one away.
    Open,
    /// Runs of the rules and decisions of people.
    Decisions,
    /// Cases ended without a decision: withdrawn, declined, lapsed.
    Closed,
    /// Cases granted, against the public notices.
    Granted,
    /// Licences issued.
    Licences,
    /// Supervision duties.
    Duties,
}

/// One kind of thing, counted where it stands and wherever it was written down besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tally {
    /// What.
    pub what: Counted,
    /// Rows of its table.
    pub rows: i64,
    /// The same by another table, where one repeats it.
    pub twin: Option<i64>,
    /// Leaves of the log, where each has one.
    pub leaves: Option<i64>,
    /// What the counters say, where they count it.
    pub counters: Option<i64>,
}

impl Tally {
    /// Whether all of them say the same.
    pub fn agrees(&self) -> bool {
        [self.twin, self.leaves, self.counters].into_iter().flatten().all(|n| n == self.rows)
    }
}

const ROWS: &str = "SELECT 'cases' AS key, count(*) AS n FROM case_file WHERE shard = $1 \
    UNION ALL SELECT 'open', count(*) FROM case_file WHERE shard = $1 AND closed_at IS NULL \
    UNION ALL SELECT 'open_case', count(*) FROM open_case WHERE shard = $1 \
    UNION ALL SELECT 'closed', count(*) FROM case_file WHERE shard = $1 AND state IN ('withdrawn', 'declined', 'lapsed') \
    UNION ALL SELECT 'granted', count(*) FROM case_file WHERE shard = $1 AND state = 'granted' \
    UNION ALL SELECT 'notice', count(*) FROM public_notice WHERE shard = $1 \
    UNION ALL SELECT 'decision', count(*) FROM decision WHERE shard = $1 \
    UNION ALL SELECT 'licence', count(*) FROM licence WHERE shard = $1 \
    UNION ALL SELECT 'duty', count(*) FROM duty WHERE shard = $1";
const LEAVES: &str = "SELECT kind AS key, count(*) AS n FROM leaf WHERE shard = $1 GROUP BY kind";
const COUNTERS: &str = "SELECT CASE WHEN key LIKE 'filed/%' THEN 'filed' WHEN key LIKE 'decided/%' THEN 'decided' \
    WHEN key LIKE 'closed/%' THEN 'closed' WHEN key LIKE 'granted/%' THEN 'granted' \
    WHEN key LIKE 'duty/%' THEN 'duty' ELSE '' END AS key, CAST(sum(n) AS BIGINT) AS n \
    FROM counter WHERE shard = $1 GROUP BY 1";

/// Counts a shard's tables, leaves and counters on one state of the database. Reads all of them: seconds for millions.
pub async fn tallies(store: &Store, shard: &str) -> Result<Vec<Tally>, Fault> {
    let queries = [ROWS, LEAVES, COUNTERS].map(|sql| (sql, vec![shard.into()]));
    let found = store.snapshot(queries.to_vec()).await?;
    let mut found = found.iter();
    let mut next = || Numbers::read(found.next().map_or(&[][..], Vec::as_slice));
    let (rows, leaves, counters) = (next()?, next()?, next()?);
    let tally = |what, row: &str, twin: Option<&str>, leaf: Option<&str>, counter: Option<&str>| Tally {
        what,
        rows: rows.of(row),
        twin: twin.map(|key| rows.of(key)),
        leaves: leaf.map(|key| leaves.of(key)),
        counters: counter.map(|key| counters.of(key)),
    };
    Ok(vec![
        tally(Counted::Cases, "cases", None, None, Some("filed")),
        tally(Counted::Open, "open", Some("open_case"), None, None),
        tally(Counted::Decisions, "decision", None, Some("case.decided"), Some("decided")),
        tally(Counted::Closed, "closed", None, Some("case.closed"), Some("closed")),
        tally(Counted::Granted, "granted", Some("notice"), None, Some("granted")),
        tally(Counted::Licences, "licence", None, Some("licence.issued"), None),
        tally(Counted::Duties, "duty", None, None, Some("duty")),
    ])
}

/// Numbers by key.
struct Numbers(Vec<(String, i64)>);

impl Numbers {
    fn read(rows: &[Row]) -> Result<Self, Fault> {
        rows.iter().map(|row| Ok((row.text("key")?.to_owned(), row.int("n")?))).collect::<Result<_, Fault>>().map(Self)
    }

    fn of(&self, key: &str) -> i64 {
        self.0.iter().filter(|(k, _)| k == key).map(|(_, n)| n).sum()
    }
}
