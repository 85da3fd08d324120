//! The table of reports and the SELECTs that read it.

use kernel::Id;
use store::{Fault, Row, Store, Table, Value};

use super::Report;
use crate::access::Right;

/// Reports, versioned.
pub(super) static REPORT: Table = Table {
    name: "report",
    columns: &[
        "shard",
        "id",
        "version",
        "number",
        "secret_hash",
        "item",
        "region",
        "agency",
        "place",
        "what",
        "reported_at",
        "due_at",
        "answer",
        "answered_by",
        "answered_at",
        "is_open",
    ],
    key: &["shard", "id"],
};

impl Report {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    /// What an answer changes.
    pub(super) fn changes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("answer", self.answer.as_deref().into()),
            ("answered_by", self.answered_by.as_deref().into()),
            ("answered_at", self.answered_at.into()),
            ("is_open", self.answer.is_none().into()),
        ]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.number).into(),
            (&self.secret_hash).into(),
            (&self.item).into(),
            (&self.region).into(),
            (&self.agency).into(),
            (&self.place).into(),
            (&self.what).into(),
            self.reported_at.into(),
            self.due_at.into(),
            self.answer.as_deref().into(),
            self.answered_by.as_deref().into(),
            self.answered_at.into(),
            self.answer.is_none().into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            number: owned("number")?,
            secret_hash: owned("secret_hash")?,
            item: owned("item")?,
            region: owned("region")?,
            agency: owned("agency")?,
            place: owned("place")?,
            what: owned("what")?,
            reported_at: row.moment("reported_at")?,
            due_at: row.opt_moment("due_at")?,
            answer: maybe("answer")?,
            answered_by: maybe("answered_by")?,
            answered_at: row.opt_moment("answered_at")?,
        })
    }
}

pub(super) async fn by_number(store: &Store, number: &str) -> Result<Option<Report>, Fault> {
    if number.contains('\0') {
        return Ok(None);
    }
    let rows = store.query("SELECT * FROM report WHERE number = $1", vec![number.into()]).await?;
    rows.first().map(Report::read).transpose()
}

/// The reports an officer may see: the open ones with the nearest limit first, or the answered ones, newest first; at most 200.
///
/// # Errors
/// A fault of the database.
pub async fn reports_for(store: &Store, account: Id, open: bool) -> Result<Vec<Report>, Fault> {
    const OPEN: &str = concat!(
        "SELECT * FROM report r WHERE r.is_open = 1 AND ",
        crate::scope_filter!("$1", "$2", "r.agency", "r.region", "r.item"),
        " ORDER BY r.reported_at, r.id LIMIT 200"
    );
    const ANSWERED: &str = concat!(
        "SELECT * FROM report r WHERE r.is_open = 0 AND ",
        crate::scope_filter!("$1", "$2", "r.agency", "r.region", "r.item"),
        " ORDER BY r.answered_at DESC, r.id DESC LIMIT 200"
    );
    let params = vec![account.into(), Right::ViewDuty.word().into()];
    store.query(if open { OPEN } else { ANSWERED }, params).await?.iter().map(Report::read).collect()
}
