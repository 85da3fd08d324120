//! What a scrape reads from the database beyond the counters. Both texts walk short indexes: open cases and undelivered
//! messages, never the cases of all years.

use affairs::approval::State;
use store::{Fault, Store, Value};

/// Open cases by the word of their state.
pub(super) async fn open_cases(store: &Store) -> Result<Vec<(String, i64)>, Fault> {
    let sql = "SELECT state AS word, count(*) AS n FROM case_file WHERE closed_at IS NULL AND state IN ($1, $2, $3, $4, $5, $6)
               GROUP BY state ORDER BY state";
    let open = State::ALL.into_iter().filter(|state| state.is_open());
    let words: Vec<Value> = open.map(|state| state.word().into()).collect();
    pairs(store, sql, words).await
}

/// Messages in the outbox: `waiting` for delivery, or `given_up`.
pub(super) async fn outbox(store: &Store) -> Result<Vec<(String, i64)>, Fault> {
    let sql = "SELECT CASE WHEN next_at IS NULL THEN 'given_up' ELSE 'waiting' END AS word, count(*) AS n
               FROM outbox GROUP BY 1 ORDER BY 1";
    pairs(store, sql, Vec::new()).await
}

async fn pairs(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<Vec<(String, i64)>, Fault> {
    let rows = store.query(sql, params).await?;
    rows.iter().map(|row| Ok((row.text("word")?.to_owned(), row.int("n")?))).collect()
}
