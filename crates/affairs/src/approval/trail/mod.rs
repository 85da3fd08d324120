//! Who did what with cases, for those who audit; and what the tables hold, to be held against the log and the counters.
//!
//! Reads only. Every list here goes through the same filter of rights as the pages behind it.

use kernel::{Id, Moment};
use serde_json::Value as Json;
use store::{Fault, Store};

mod record;

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

/// The newest acts on cases that the officer may audit, [`PAGE`] a page; `before`: the last one of the page before.
/// With a name only the acts of or for whoever is called so, among the newest [`NAMES_WITHIN`].
pub async fn trail(
    store: &Store,
    shard: &str,
    account: Id,
    of: (Option<&str>, Option<Id>),
) -> Result<Vec<TrailLine>, Fault> {
    record::trail(store, shard, account, of).await
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
    /// What is left of all quotas: amounts less what cases hold, against the guarded counters.
    Quota,
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

/// Counts a shard's tables, leaves and counters on one state of the database. Reads all of them: seconds for millions.
pub async fn tallies(store: &Store, shard: &str) -> Result<Vec<Tally>, Fault> {
    let [rows, leaves, counters] = record::numbers(store, shard).await?;
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
        tally(Counted::Quota, "quota", None, None, Some("quota")),
    ])
}
