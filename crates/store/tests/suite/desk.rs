//! The tables the suite works on, and short words for units.

use kernel::{Clock as _, Id, Moment};
use store::testing::Scratch;
use store::{Leaf, Store, Table, Unit, Value};

pub(crate) const SHARD: &str = "gx";

pub(crate) const TABLES: &str = "
    CREATE TABLE suite_affair (shard TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, due_at BIGINT, version BIGINT NOT NULL,
        PRIMARY KEY (shard, id));
    CREATE UNIQUE INDEX suite_affair_due ON suite_affair (shard, due_at);
    CREATE TABLE suite_fact (shard TEXT NOT NULL, name TEXT NOT NULL, body TEXT, proof BLOB, PRIMARY KEY (shard, name));
    CREATE TABLE suite_note (shard TEXT NOT NULL, id TEXT NOT NULL, affair TEXT NOT NULL, PRIMARY KEY (shard, id),
        FOREIGN KEY (shard, affair) REFERENCES suite_affair (shard, id));";

pub(crate) static AFFAIR: Table =
    Table { name: "suite_affair", columns: &["shard", "id", "state", "due_at", "version"], key: &["shard", "id"] };
pub(crate) static FACT: Table =
    Table { name: "suite_fact", columns: &["shard", "name", "body", "proof"], key: &["shard", "name"] };
pub(crate) static NOTE: Table =
    Table { name: "suite_note", columns: &["shard", "id", "affair"], key: &["shard", "id"] };

/// A desk on SQLite, for what is about its files.
pub(crate) async fn desk() -> Scratch {
    Scratch::on_sqlite(TABLES).await
}

/// A desk on PostgreSQL; `None` where that is not installed.
pub(crate) async fn postgres_desk() -> Option<Scratch> {
    Scratch::on_postgres(TABLES).await
}

/// Runs each of these functions, which take a desk, on both engines.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::desk::desk().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(desk) = crate::desk::postgres_desk().await {
                    super::$test(desk).await;
                }
            })*
        }
    };
}
pub(crate) use on_both;

pub(crate) fn unit() -> Unit {
    Unit::new(SHARD)
}

pub(crate) fn affair(id: &str, state: &str) -> Vec<Value> {
    vec![SHARD.into(), id.into(), state.into(), Value::Null, 1_i64.into()]
}

pub(crate) fn key(id: &str) -> Vec<Value> {
    vec![SHARD.into(), id.into()]
}

pub(crate) fn fact(name: &str, body: impl Into<Value>) -> Vec<Value> {
    vec![SHARD.into(), name.into(), body.into(), Value::Null]
}

impl Act for Scratch {
    fn act(&self, text: &str) -> Leaf {
        Leaf { subject: self.id(), kind: "act", bytes: text.as_bytes().to_vec() }
    }

    fn id(&self) -> Id {
        Id::new(self.clock.as_ref(), self.entropy.as_ref())
    }

    fn later(&self, ms: i64) -> Moment {
        self.clock.set(self.clock.now().plus_ms(ms));
        self.clock.now()
    }
}

pub(crate) trait Act {
    fn act(&self, text: &str) -> Leaf;
    fn id(&self) -> Id;
    fn later(&self, ms: i64) -> Moment;
}

/// Every row of a table the suite made, as text.
pub(crate) async fn affairs(store: &Store) -> Vec<(String, String, i64)> {
    let rows = store
        .query("SELECT id, state, version FROM suite_affair WHERE shard = $1 ORDER BY id", vec![SHARD.into()])
        .await;
    let read = |row: &store::Row| {
        (row.text("id").unwrap().to_owned(), row.text("state").unwrap().to_owned(), row.int("version").unwrap())
    };
    rows.unwrap().iter().map(read).collect()
}
