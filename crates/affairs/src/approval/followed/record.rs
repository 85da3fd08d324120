//! The newest decided cases of an item with their stories and their runs: three SELECTs over the index of decisions.

use kernel::Id;
use serde_json::Value as Json;
use store::{Fault, Store};

use super::super::record::{Case, Event};
use super::NEWEST;

/// The ids of an item's newest decided cases, each once: from the index of what decisions took.
macro_rules! newest {
    () => {
        "(SELECT case_id, max(decided_at) AS decided_at FROM (SELECT case_id, decided_at FROM decision WHERE item = $1 \
         AND outcome IN ('grant', 'granted', 'refused', 'not_needed') ORDER BY decided_at DESC LIMIT $2) AS taken \
         GROUP BY case_id) AS n"
    };
}

fn of(item: &str) -> Vec<store::Value> {
    vec![item.into(), NEWEST.into()]
}

/// The cases, the newest first; one that a person is still to decide is not among them.
pub(super) async fn decided(store: &Store, item: &str) -> Result<Vec<Case>, Fault> {
    const SQL: &str = concat!(
        store::shards!("case_file"),
        "SELECT c.* FROM home JOIN ",
        newest!(),
        " ON 1 = 1 JOIN case_file c ON c.shard = home.shard AND c.id = n.case_id WHERE c.closed_at IS NOT NULL \
         ORDER BY n.decided_at DESC, c.id"
    );
    store.query(SQL, of(item)).await?.iter().map(Case::read).collect()
}

/// Their stories.
pub(super) async fn events(store: &Store, item: &str) -> Result<Vec<(Id, Event)>, Fault> {
    const SQL: &str =
        concat!("SELECT e.* FROM ", newest!(), " JOIN case_event e ON e.case_id = n.case_id ORDER BY e.at, e.id");
    let read = |row: &store::Row| Ok((row.id("case_id")?, Event::read(row)?));
    store.query(SQL, of(item)).await?.iter().map(read).collect()
}

/// What the rules found in every run of these cases.
pub(super) async fn checks(store: &Store, item: &str) -> Result<Vec<Json>, Fault> {
    const SQL: &str = concat!("SELECT d.checks FROM ", newest!(), " JOIN decision d ON d.case_id = n.case_id");
    let damaged = |e: serde_json::Error| Fault::Damaged(format!("decision.checks: {e}"));
    let read = |row: &store::Row| serde_json::from_str(row.text("checks")?).map_err(damaged);
    store.query(SQL, of(item)).await?.iter().map(read).collect()
}
