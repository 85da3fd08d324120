//! The table of stops.

use kernel::{Moment, Text};
use store::{Fault, Row, Store, Table, Unit, Value};

static STOP: Table = Table {
    name: "rule_stop",
    columns: &[
        "shard",
        "item",
        "version",
        "reason_zh",
        "reason_en",
        "stopped_at",
        "stopped_by",
        "lifted_at",
        "lifted_by",
        "lift_why",
    ],
    key: &["shard", "item"],
};

/// An item's rules, switched off.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// Home shard, part of the key.
    pub shard: String,
    /// The item.
    pub item: String,
    /// Version an update expects.
    pub version: i64,
    /// Why, for everybody.
    pub reason: Text,
    /// Since when.
    pub stopped_at: Moment,
    /// Name of who did it.
    pub stopped_by: String,
    /// When the rules decided again; none: they do not.
    pub lifted_at: Option<Moment>,
    /// Name of who said so.
    pub lifted_by: Option<String>,
    /// And why.
    pub lift_why: Option<String>,
}

fn read(row: &Row) -> Result<Stop, Fault> {
    let owned = |column| row.text(column).map(str::to_owned);
    let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
    Ok(Stop {
        shard: owned("shard")?,
        item: owned("item")?,
        version: row.int("version")?,
        reason: Text { zh: owned("reason_zh")?, en: owned("reason_en")? },
        stopped_at: row.moment("stopped_at")?,
        stopped_by: owned("stopped_by")?,
        lifted_at: row.opt_moment("lifted_at")?,
        lifted_by: maybe("lifted_by")?,
        lift_why: maybe("lift_why")?,
    })
}

pub(super) async fn stopped(store: &Store, item: &str) -> Result<Option<Stop>, Fault> {
    let sql = concat!(
        store::shards!("rule_stop"),
        "SELECT s.* FROM home JOIN rule_stop s ON s.shard = home.shard AND s.item = $1 WHERE s.lifted_at IS NULL LIMIT 1"
    );
    store.query(sql, vec![item.into()]).await?.first().map(read).transpose()
}

pub(super) async fn stops(store: &Store) -> Result<Vec<Stop>, Fault> {
    let sql =
        "SELECT * FROM rule_stop ORDER BY CASE WHEN lifted_at IS NULL THEN 0 ELSE 1 END, stopped_at DESC LIMIT 500";
    store.query(sql, vec![]).await?.iter().map(read).collect()
}

pub(super) fn stop_rows(
    shard: &str,
    item: &str,
    (reason, by, at): (&Text, &str, Moment),
    before: Option<&Stop>,
) -> Unit {
    let none = || Value::from(None::<&str>);
    let Some(before) = before else {
        let row = vec![
            shard.into(),
            item.into(),
            1.into(),
            (&reason.zh).into(),
            (&reason.en).into(),
            at.into(),
            by.into(),
            none(),
            none(),
            none(),
        ];
        return Unit::new(shard).insert(&STOP, row);
    };
    let changes = vec![
        ("reason_zh", (&reason.zh).into()),
        ("reason_en", (&reason.en).into()),
        ("stopped_at", at.into()),
        ("stopped_by", by.into()),
        ("lifted_at", none()),
        ("lifted_by", none()),
        ("lift_why", none()),
    ];
    Unit::new(shard).update(&STOP, vec![(&before.shard).into(), item.into()], before.version, changes)
}

pub(super) fn lift_rows(stop: &Stop, (why, by, at): (&str, &str, Moment)) -> Unit {
    let changes = vec![("lifted_at", at.into()), ("lifted_by", by.into()), ("lift_why", why.into())];
    Unit::new(&stop.shard).update(&STOP, vec![(&stop.shard).into(), (&stop.item).into()], stop.version, changes)
}
