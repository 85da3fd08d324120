//! The table of decisions that have not left yet, and the SELECTs that read it.

use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::{Pending, Second};
use crate::approval::record::all;
use crate::approval::state::Ruling;

/// Decisions that have not left, versioned; one for a case.
pub(super) static PENDING: Table = Table {
    name: "pending_ruling",
    columns: &[
        "shard",
        "case_id",
        "version",
        "case_version",
        "ruling",
        "reasons",
        "officer",
        "officer_name",
        "made_at",
        "needs_second",
        "second",
        "second_name",
        "second_at",
        "leaves_at",
        "next_at",
    ],
    key: &["shard", "case_id"],
};

impl Pending {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.case.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        let second = self.second.as_ref();
        vec![
            (&self.shard).into(),
            self.case.into(),
            self.version.into(),
            self.case_version.into(),
            self.ruling.word().into(),
            (&self.reasons).into(),
            self.officer.into(),
            (&self.officer_name).into(),
            self.made_at.into(),
            self.needs_second.into(),
            second.map(|s| s.account).into(),
            second.map(|s| s.name.as_str()).into(),
            second.map(|s| s.at).into(),
            self.leaves_at.into(),
            self.leaves_at.into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let word = row.text("ruling")?;
        let ruling = Ruling::from_word(word).ok_or_else(|| Fault::Misuse(format!("unknown ruling {word:?}")))?;
        let second = match (row.opt_id("second")?, row.opt_text("second_name")?, row.opt_moment("second_at")?) {
            (Some(account), Some(name), Some(at)) => Some(Second { account, name: name.to_owned(), at }),
            _ => None,
        };
        Ok(Self {
            shard: row.text("shard")?.to_owned(),
            case: row.id("case_id")?,
            version: row.int("version")?,
            case_version: row.int("case_version")?,
            ruling,
            reasons: row.text("reasons")?.to_owned(),
            officer: row.id("officer")?,
            officer_name: row.text("officer_name")?.to_owned(),
            made_at: row.moment("made_at")?,
            needs_second: row.flag("needs_second")?,
            second,
            leaves_at: row.opt_moment("leaves_at")?,
        })
    }
}

pub(super) async fn of_case(store: &Store, case: Id) -> Result<Option<Pending>, Fault> {
    let sql = concat!(
        store::shards!("pending_ruling"),
        "SELECT p.* FROM home JOIN pending_ruling p ON p.shard = home.shard AND p.case_id = $1"
    );
    store.query(sql, vec![case.into()]).await?.first().map(Pending::read).transpose()
}

/// Decisions whose time is over, in the order in which they were to leave.
pub(super) async fn due(store: &Store, now: Moment) -> Result<Vec<Pending>, Fault> {
    let sql = "SELECT * FROM pending_ruling WHERE next_at <= $1 ORDER BY next_at, case_id LIMIT 64";
    all(store.query(sql, vec![now.into()]).await?, Pending::read)
}

/// Decisions on cases that somebody else ended: they wait for nothing any more. A second officer may never have come.
pub(super) async fn orphaned(store: &Store) -> Result<Vec<Pending>, Fault> {
    let sql = "SELECT p.* FROM pending_ruling p JOIN case_file c ON c.shard = p.shard AND c.id = p.case_id \
               WHERE p.next_at IS NULL AND c.version <> p.case_version LIMIT 64";
    all(store.query(sql, vec![]).await?, Pending::read)
}
