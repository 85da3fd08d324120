//! The acts of a licence's life: the table and the SELECT that reads it.

use kernel::{Date, Moment};
use store::{Fault, Row, Store, Table};

use crate::licence::Licence;
use crate::supervision::terms::LifeAct;

/// The acts of a licence's life, one row each; never changed.
pub(super) static LIFE: Table = Table {
    name: "licence_life",
    columns: &[
        "shard",
        "licence",
        "id",
        "act",
        "ground",
        "rule",
        "decision",
        "reasons",
        "ends_on",
        "signed_by",
        "signed_name",
        "at",
    ],
    key: &["shard", "licence", "id"],
};

/// One act, as the licence's readers see it.
#[derive(Debug, Clone)]
pub struct LifeLine {
    /// Which.
    pub act: LifeAct,
    /// The ground's id.
    pub ground: String,
    /// Number of the written decision.
    pub decision: String,
    /// The reasons.
    pub reasons: String,
    /// Until when it is suspended.
    pub until: Option<Date>,
    /// Who signed.
    pub by_name: String,
    /// When.
    pub at: Moment,
}

/// What happened to a licence, newest first.
///
/// # Errors
/// A fault of the store.
pub async fn life_of(store: &Store, licence: &Licence) -> Result<Vec<LifeLine>, Fault> {
    let sql = "SELECT * FROM licence_life WHERE shard = $1 AND licence = $2 ORDER BY id DESC LIMIT 100";
    let rows = store.query(sql, vec![(&licence.shard).into(), licence.id.into()]).await?;
    rows.iter().map(LifeLine::read).collect()
}

impl LifeLine {
    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let act = row.text("act")?;
        Ok(Self {
            act: LifeAct::from_word(act).ok_or_else(|| Fault::Misuse(format!("act of a licence {act:?}")))?,
            ground: owned("ground")?,
            decision: owned("decision")?,
            reasons: owned("reasons")?,
            until: row.opt_date("ends_on")?,
            by_name: owned("signed_name")?,
            at: row.moment("at")?,
        })
    }
}
