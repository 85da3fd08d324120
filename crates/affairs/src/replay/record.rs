//! The tables of trials and shadows, and every SELECT that reads history in pages.

use kernel::Id;
use store::{Fault, Row, Store, Table};

use super::again::Stored;

/// Rows of one page: a decision has some kilobytes.
pub(super) const PAGE: i64 = 500;

/// Trials of drafts on history.
pub(super) static TRIAL: Table = Table {
    name: "trial",
    columns: &[
        "shard",
        "id",
        "version",
        "item",
        "model",
        "model_hash",
        "account",
        "account_name",
        "allowed",
        "begun_at",
        "beat_at",
        "seen",
        "total",
        "state",
        "found",
    ],
    key: &["shard", "id"],
};

/// Drafts that run beside people.
pub(super) static SHADOW: Table = Table {
    name: "shadow",
    columns: &[
        "shard",
        "id",
        "version",
        "item",
        "model",
        "model_hash",
        "why",
        "begun_by",
        "begun_name",
        "begun_at",
        "ended_by",
        "ended_name",
        "ended_at",
        "reached_at",
    ],
    key: &["shard", "id"],
};

/// What a shadow would have said, for each decision of a person.
pub(super) static SHADOW_FOUND: Table = Table {
    name: "shadow_found",
    columns: &[
        "shard",
        "shadow",
        "decision",
        "case_id",
        "agency",
        "region",
        "ruled",
        "outcome",
        "agreement",
        "checks",
        "decided_at",
    ],
    key: &["shard", "shadow", "decision"],
};

/// The shards that have decisions.
pub(super) async fn shards(store: &Store) -> Result<Vec<String>, Fault> {
    let sql = concat!(
        store::shards!("decision"),
        "SELECT home.shard AS shard FROM home WHERE home.shard IS NOT NULL ORDER BY home.shard"
    );
    let rows = store.query(sql, vec![]).await?;
    rows.iter().map(|row| row.text("shard").map(str::to_owned)).collect()
}

/// How many decisions there are, of all items or of one.
pub(super) async fn count(store: &Store, item: Option<&str>) -> Result<u64, Fault> {
    let rows = match item {
        None => store.query("SELECT count(*) AS n FROM decision", vec![]).await?,
        Some(item) => store.query("SELECT count(*) AS n FROM decision WHERE item = $1", vec![item.into()]).await?,
    };
    let n = rows.first().map_or(Ok(0), |row| row.int("n"))?;
    Ok(u64::try_from(n).unwrap_or(0))
}

/// The decisions of a shard whose ids come after `after`, a page at most.
pub(super) async fn page(store: &Store, shard: &str, after: &str) -> Result<Vec<Row>, Fault> {
    let sql = "SELECT id, case_id, run, maker, outcome, item, item_version, rule_set, inputs, checks, salt, decided_at \
               FROM decision WHERE shard = $1 AND id > $2 ORDER BY id LIMIT $3";
    store.query(sql, vec![shard.into(), after.into(), PAGE.into()]).await
}

/// A decision of such a page.
pub(super) fn stored(row: &Row) -> Result<Stored<'_>, Fault> {
    Ok(Stored {
        id: row.id("id")?,
        case: row.id("case_id")?,
        run: row.int("run")?,
        maker: row.text("maker")?,
        outcome: row.text("outcome")?,
        item: row.text("item")?,
        item_version: row.text("item_version")?,
        rule_set: row.text("rule_set")?,
        inputs: row.text("inputs")?,
        checks: row.text("checks")?,
        salt: row.blob("salt")?,
        decided_at: row.moment("decided_at")?,
    })
}

/// The decisions of an item in a shard after `after`, a page at most, as far as a draft is tried on them; only those that the
/// `account` reaches by the right, where one is named.
pub(super) async fn item_page(
    store: &Store,
    (item, shard, after): (&str, &str, &str),
    reach: Option<(Id, &'static str)>,
) -> Result<Vec<Row>, Fault> {
    const ALL: &str = "SELECT d.id, d.case_id, d.region, d.decided_at, d.salt, d.inputs, d.checks FROM decision d \
                       WHERE d.item = $1 AND d.shard = $2 AND d.id > $3 ORDER BY d.id LIMIT $4";
    const REACHED: &str = concat!(
        "SELECT d.id, d.case_id, d.region, d.decided_at, d.salt, d.inputs, d.checks FROM decision d \
         WHERE d.item = $1 AND d.shard = $2 AND d.id > $3 AND ",
        crate::scope_filter!("$5", "$6", "d.deciding_agency", "d.region", "d.item"),
        " ORDER BY d.id LIMIT $4"
    );
    let mut params = vec![item.into(), shard.into(), after.into(), PAGE.into()];
    match reach {
        None => store.query(ALL, params).await,
        Some((account, right)) => {
            params.extend([account.into(), right.into()]);
            store.query(REACHED, params).await
        }
    }
}

/// The trials of an account, newest first.
pub(super) async fn trials(store: &Store, account: Id) -> Result<Vec<Row>, Fault> {
    let sql = "SELECT * FROM trial WHERE account = $1 ORDER BY begun_at DESC LIMIT 20";
    store.query(sql, vec![account.into()]).await
}

/// One trial.
pub(super) async fn trial(store: &Store, shard: &str, id: Id) -> Result<Option<Row>, Fault> {
    let sql = "SELECT * FROM trial WHERE shard = $1 AND id = $2";
    Ok(store.query(sql, vec![shard.into(), id.into()]).await?.into_iter().next())
}

/// Trials that run and were heard of since then.
pub(super) async fn trials_running(store: &Store, since_ms: i64) -> Result<i64, Fault> {
    let sql = "SELECT count(*) AS n FROM trial WHERE state = 'running' AND beat_at >= $1";
    let rows = store.query(sql, vec![since_ms.into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int("n"))
}

/// All shadows, newest first.
pub(super) async fn shadows(store: &Store) -> Result<Vec<Row>, Fault> {
    store.query("SELECT * FROM shadow ORDER BY begun_at DESC LIMIT 100", vec![]).await
}

/// Shadows that run.
pub(super) async fn shadows_running(store: &Store) -> Result<Vec<Row>, Fault> {
    store.query("SELECT * FROM shadow WHERE ended_at IS NULL ORDER BY begun_at LIMIT 100", vec![]).await
}

/// One shadow.
pub(super) async fn shadow(store: &Store, shard: &str, id: Id) -> Result<Option<Row>, Fault> {
    let sql = "SELECT * FROM shadow WHERE shard = $1 AND id = $2";
    Ok(store.query(sql, vec![shard.into(), id.into()]).await?.into_iter().next())
}

/// Decisions of people on an item from `since` on that the shadow has not looked at, oldest first, two hundred at most.
pub(super) async fn unshadowed(
    store: &Store,
    (shard, shadow, item): (&str, Id, &str),
    since_ms: i64,
) -> Result<Vec<Row>, Fault> {
    let sql = "SELECT d.shard, d.id, d.case_id, d.deciding_agency, d.region, d.outcome, d.decided_at, d.salt, d.inputs, d.checks \
               FROM decision d WHERE d.item = $1 AND d.facts_key IS NOT NULL AND d.decided_at >= $2 AND NOT EXISTS (SELECT 1 FROM \
               shadow_found f WHERE f.shard = $3 AND f.shadow = $4 AND f.decision = d.id) ORDER BY d.decided_at LIMIT 200";
    store.query(sql, vec![item.into(), since_ms.into(), shard.into(), shadow.into()]).await
}

/// What a shadow found, as far as a right of the account reaches, a page at most after `after`.
pub(super) async fn shadow_found(
    store: &Store,
    (shard, shadow, after): (&str, Id, &str),
    (account, right, item): (Id, &'static str, &str),
) -> Result<Vec<Row>, Fault> {
    const SQL: &str = concat!(
        "SELECT f.decision, f.case_id, f.region, f.agency, f.ruled, f.outcome, f.agreement, f.checks, f.decided_at FROM shadow_found f \
         WHERE f.shard = $1 AND f.shadow = $2 AND f.decision > $3 AND ",
        crate::scope_filter!("$5", "$6", "f.agency", "f.region", "$7"),
        " ORDER BY f.decision LIMIT $4"
    );
    let params =
        vec![shard.into(), shadow.into(), after.into(), PAGE.into(), account.into(), right.into(), item.into()];
    store.query(SQL, params).await
}
