//! The table of absences, and the SELECTs that read it.

use kernel::{Date, Id};
use store::{Fault, Row, Store, Table};

use super::Absence;

pub(super) static ABSENCE: Table = Table {
    name: "absence",
    columns: &[
        "shard",
        "id",
        "version",
        "account",
        "from_day",
        "to_day",
        "deputy",
        "reason",
        "declared_by",
        "declared_at",
        "ended_at",
    ],
    key: &["shard", "id"],
};

fn absence_row(row: &Row) -> Result<Absence, Fault> {
    Ok(Absence {
        id: row.id("id")?,
        account: row.id("account")?,
        from: row.date("from_day")?,
        to: row.date("to_day")?,
        deputy: row.opt_id("deputy")?,
        reason: row.text("reason")?.to_owned(),
        declared_by: row.text("declared_by")?.to_owned(),
        shard: row.text("shard")?.to_owned(),
        version: row.int("version")?,
    })
}

const ABSENCE_BY_ID: &str = "SELECT * FROM absence WHERE shard = $1 AND id = $2 AND ended_at IS NULL";
const ABSENCES_OF: &str =
    "SELECT * FROM absence WHERE account = $1 AND to_day >= $2 AND ended_at IS NULL ORDER BY from_day, id LIMIT 100";
const ABSENCES_ON: &str =
    "SELECT * FROM absence WHERE to_day >= $1 AND ended_at IS NULL AND from_day <= $1 ORDER BY account, from_day, id";

pub(super) async fn absence(store: &Store, shard: &str, id: Id) -> Result<Option<Absence>, Fault> {
    store.query(ABSENCE_BY_ID, vec![shard.into(), id.into()]).await?.first().map(absence_row).transpose()
}

pub(super) async fn absences_of(store: &Store, account: Id, day: Date) -> Result<Vec<Absence>, Fault> {
    store.query(ABSENCES_OF, vec![account.into(), day.into()]).await?.iter().map(absence_row).collect()
}

pub(super) async fn absences_on(store: &Store, day: Date) -> Result<Vec<Absence>, Fault> {
    store.query(ABSENCES_ON, vec![day.into()]).await?.iter().map(absence_row).collect()
}

/// The other staff of the agency in which somebody sits: account, name, post.
pub(super) async fn colleagues(store: &Store, shard: &str, account: Id) -> Result<Vec<(Id, String, String)>, Fault> {
    const SQL: &str = "SELECT a.id, a.name, a.post FROM account a WHERE a.shard = $1 AND a.kind = 'staff' \
         AND a.status = 'active' AND a.id <> $2 AND a.agency = (SELECT me.agency FROM account me WHERE me.shard = $1 \
         AND me.id = $2) ORDER BY a.name, a.id LIMIT 200";
    let read = |row: &Row| Ok((row.id("id")?, row.text("name")?.to_owned(), row.text("post")?.to_owned()));
    store.query(SQL, vec![shard.into(), account.into()]).await?.iter().map(read).collect()
}
