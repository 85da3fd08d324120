//! The tables of annulments and the SELECTs that read them. The flow stands in the row, so that a run keeps the one it began under.

use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use crate::access::Right;
use crate::powers::{Act, Flow, read_act};

/// Annulments, versioned.
pub(super) static ANNULMENT: Table = Table {
    name: "annulment",
    columns: &[
        "shard",
        "id",
        "version",
        "number",
        "inspection",
        "case_id",
        "licence_id",
        "holder",
        "party",
        "party_kind",
        "agency",
        "region",
        "item",
        "flow",
        "state",
        "is_open",
        "opened_at",
        "changed_at",
    ],
    key: &["shard", "id"],
};

/// What happened in them.
pub(super) static ANNULMENT_ACT: Table = Table {
    name: "annulment_act",
    columns: &[
        "shard",
        "annulment_id",
        "seq",
        "kind",
        "step",
        "state",
        "at",
        "by_id",
        "by_name",
        "second_id",
        "second",
        "body",
        "salt",
    ],
    key: &["shard", "annulment_id", "seq"],
};

/// A licence on its way to being annulled.
#[derive(Clone, PartialEq, Debug)]
pub struct Annulment {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// The number people read out.
    pub number: String,
    /// The inspection that failed.
    pub inspection: Id,
    /// The case that granted.
    pub case_id: Id,
    /// The licence.
    pub licence_id: Id,
    /// Its holder.
    pub holder: Id,
    /// His name.
    pub party: String,
    /// `person` or `organisation`.
    pub party_kind: String,
    /// The agency that granted, and annuls.
    pub agency: String,
    /// Where.
    pub region: String,
    /// The item.
    pub item: String,
    /// The flow it runs under.
    pub flow: Flow,
    /// The state.
    pub state: String,
    /// Whether it is not closed.
    pub is_open: bool,
    /// When it began.
    pub opened_at: Moment,
    /// When something last happened.
    pub changed_at: Moment,
}

impl Annulment {
    pub(super) fn values(&self) -> Result<Vec<Value>, Fault> {
        let flow = serde_json::to_string(&self.flow).map_err(|e| Fault::Misuse(e.to_string()))?;
        Ok(vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.number).into(),
            self.inspection.into(),
            self.case_id.into(),
            self.licence_id.into(),
            self.holder.into(),
            (&self.party).into(),
            (&self.party_kind).into(),
            (&self.agency).into(),
            (&self.region).into(),
            (&self.item).into(),
            flow.into(),
            (&self.state).into(),
            self.is_open.into(),
            self.opened_at.into(),
            self.changed_at.into(),
        ])
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            number: owned("number")?,
            inspection: row.id("inspection")?,
            case_id: row.id("case_id")?,
            licence_id: row.id("licence_id")?,
            holder: row.id("holder")?,
            party: owned("party")?,
            party_kind: owned("party_kind")?,
            agency: owned("agency")?,
            region: owned("region")?,
            item: owned("item")?,
            flow: serde_json::from_str(row.text("flow")?)
                .map_err(|e| Fault::Damaged(format!("annulment.flow: {e}")))?,
            state: owned("state")?,
            is_open: row.flag("is_open")?,
            opened_at: row.moment("opened_at")?,
            changed_at: row.moment("changed_at")?,
        })
    }
}

/// The annulment with this number and what happened in it, both as of one moment: whoever asks.
pub(super) async fn with_acts(store: &Store, number: &str) -> Result<Option<(Annulment, Vec<Act>)>, Fault> {
    const ONE: &str = "SELECT * FROM annulment WHERE number = $1";
    const ACTS: &str = "SELECT a.* FROM annulment n JOIN annulment_act a ON a.shard = n.shard AND a.annulment_id = n.id \
                        WHERE n.number = $1 ORDER BY a.seq";
    if number.contains('\0') {
        return Ok(None);
    }
    let answers = store.snapshot(vec![(ONE, vec![number.into()]), (ACTS, vec![number.into()])]).await?;
    let [found, acts] = answers.as_slice() else { return Err(Fault::Misuse("two queries, two answers".into())) };
    let Some(found) = found.first() else { return Ok(None) };
    Ok(Some((Annulment::read(found)?, acts.iter().map(read_act).collect::<Result<_, _>>()?)))
}

/// The annulments of what a case granted, oldest first.
pub async fn annulments_of(store: &Store, case: Id) -> Result<Vec<Annulment>, Fault> {
    let sql = "SELECT * FROM annulment WHERE case_id = $1 ORDER BY opened_at, id";
    store.query(sql, vec![case.into()]).await?.iter().map(Annulment::read).collect()
}

/// The annulments an officer may see, those that changed last first; at most 100.
pub async fn annulments_for(store: &Store, account: Id, open: bool) -> Result<Vec<Annulment>, Fault> {
    const SQL: &str = concat!(
        "SELECT * FROM annulment n WHERE n.is_open = $3 AND ",
        crate::scope_filter!("$1", "$2", "n.agency", "n.region", "n.item"),
        " ORDER BY n.changed_at DESC, n.id DESC LIMIT 100"
    );
    let params = vec![account.into(), Right::ViewCase.word().into(), open.into()];
    store.query(SQL, params).await?.iter().map(Annulment::read).collect()
}
