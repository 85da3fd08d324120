//! The table of drafts, and every SELECT that reads it.

use kernel::{Id, Moment};
use store::{Fault, Store, Table};

use super::Draft;
use crate::approval::record::all;

/// Drafts, versioned.
pub(super) static DRAFT: Table = Table {
    name: "draft",
    columns: &["shard", "id", "version", "account", "party", "item", "form", "case_id", "saved_at"],
    key: &["shard", "id"],
};

pub(super) async fn draft(store: &Store, id: Id) -> Result<Option<Draft>, Fault> {
    let sql =
        concat!(store::shards!("draft"), "SELECT d.* FROM home JOIN draft d ON d.shard = home.shard AND d.id = $1");
    let rows = store.query(sql, vec![id.into()]).await?;
    rows.first().map(Draft::read).transpose()
}

pub(super) async fn drafts_of(store: &Store, account: Id, party: Id) -> Result<Vec<Draft>, Fault> {
    let sql = "SELECT * FROM draft WHERE account = $1 AND party = $2 ORDER BY saved_at DESC LIMIT 50";
    all(store.query(sql, vec![account.into(), party.into()]).await?, Draft::read)
}

pub(super) async fn draft_of_item(store: &Store, account: Id, party: Id, item: &str) -> Result<Option<Draft>, Fault> {
    let sql = "SELECT * FROM draft WHERE account = $1 AND party = $2 AND item = $3";
    let rows = store.query(sql, vec![account.into(), party.into(), item.into()]).await?;
    rows.first().map(Draft::read).transpose()
}

pub(super) async fn drafts_before(store: &Store, before: Moment) -> Result<Vec<Draft>, Fault> {
    all(store.query("SELECT * FROM draft WHERE saved_at < $1 LIMIT 256", vec![before.into()]).await?, Draft::read)
}
