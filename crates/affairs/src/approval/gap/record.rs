//! The table of gaps, and the SELECTs that read it.

use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::Gap;
use crate::approval::record::{Case, all, json};

pub(super) static GAP: Table = Table {
    name: "gap",
    columns: &[
        "shard",
        "case_id",
        "material",
        "version",
        "name",
        "due_at",
        "opened_by",
        "opened_at",
        "filled_by",
        "filled_at",
    ],
    key: &["shard", "case_id", "material"],
};

impl Gap {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.case.into(), (&self.material).into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.case.into(),
            (&self.material).into(),
            self.version.into(),
            serde_json::json!(self.name).to_string().into(),
            self.due_at.into(),
            (&self.opened_by).into(),
            self.opened_at.into(),
            Value::Null,
            Value::Null,
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let text = |column| row.text(column).map(str::to_owned);
        let filled = match (row.opt_text("filled_by")?, row.opt_moment("filled_at")?) {
            (Some(by), Some(at)) => Some((by.to_owned(), at)),
            _ => None,
        };
        Ok(Self {
            case: row.id("case_id")?,
            material: text("material")?,
            name: serde_json::from_value(json(row, "name")?).map_err(|e| Fault::Misuse(format!("gap.name: {e}")))?,
            due_at: row.moment("due_at")?,
            opened_by: text("opened_by")?,
            opened_at: row.moment("opened_at")?,
            filled,
            shard: text("shard")?,
            version: row.int("version")?,
        })
    }
}

pub(super) async fn of_case(store: &Store, case: Id) -> Result<Vec<Gap>, Fault> {
    let sql = "SELECT * FROM gap WHERE case_id = $1 ORDER BY opened_at, material";
    all(store.query(sql, vec![case.into()]).await?, Gap::read)
}

/// Open cases with a piece that did not come in time.
pub(super) async fn late(store: &Store, now: Moment) -> Result<Vec<Case>, Fault> {
    let sql = "SELECT c.* FROM case_file c WHERE c.closed_at IS NULL AND c.state IN ('in_review', 'special_step') \
               AND EXISTS (SELECT 1 FROM gap g WHERE g.shard = c.shard AND g.case_id = c.id AND g.filled_at IS NULL \
               AND g.due_at <= $1) AND c.id IN (SELECT l.case_id FROM gap l WHERE l.filled_at IS NULL AND l.due_at <= $1) \
               ORDER BY c.filed_at LIMIT 256";
    all(store.query(sql, vec![now.into()]).await?, Case::read)
}
