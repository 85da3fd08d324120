//! The table of errands, and every SELECT that reads it.

use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::decide::{Leg, Mode};
use crate::access::{Place, Right};

/// Errands, versioned.
pub(super) static ERRAND: Table = Table {
    name: "errand",
    columns: &[
        "shard",
        "case_id",
        "version",
        "number",
        "item",
        "mode",
        "receiving_agency",
        "receiving_region",
        "deciding_agency",
        "region",
        "applicant_mask",
        "state",
        "received_at",
        "received_by",
        "sent_at",
        "sent_by",
        "parcel",
        "taken_at",
        "taken_by",
        "returned_at",
        "returned_by",
        "delivered_at",
        "delivered_by",
    ],
    key: &["shard", "case_id"],
};

/// When a step was taken, and by whom.
pub type Receipt = Option<(Moment, String)>;

/// What two places do for one case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Errand {
    /// Home shard.
    pub shard: String,
    /// The case.
    pub case: Id,
    /// Version an update expects.
    pub version: i64,
    /// The case's number.
    pub number: String,
    /// The item.
    pub item: String,
    /// How the places work together.
    pub mode: Mode,
    /// The agency that received it.
    pub receiving_agency: String,
    /// Where that agency is.
    pub receiving_region: String,
    /// The agency that decides.
    pub deciding_agency: String,
    /// The responsible region.
    pub region: String,
    /// The applicant's name, masked.
    pub applicant_mask: String,
    /// How far it has come.
    pub leg: Leg,
    /// Received.
    pub received: (Moment, String),
    /// Sent to the deciding place.
    pub sent: Receipt,
    /// The parcel's number, or how else it was sent.
    pub parcel: Option<String>,
    /// Receipted there.
    pub taken: Receipt,
    /// The result sent back.
    pub returned: Receipt,
    /// Handed to the applicant.
    pub delivered: Receipt,
}

impl Errand {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.case.into()]
    }

    /// The receiving place, as rights are compared with it.
    pub fn receiving_place(&self) -> Place<'_> {
        Place { agency: &self.receiving_agency, region: &self.receiving_region, item: &self.item }
    }

    /// The deciding place.
    pub fn deciding_place(&self) -> Place<'_> {
        Place { agency: &self.deciding_agency, region: &self.region, item: &self.item }
    }

    pub(super) fn values(&self) -> Vec<Value> {
        let at = |receipt: &Receipt| Value::from(receipt.as_ref().map(|(at, _)| *at));
        let by = |receipt: &Receipt| Value::from(receipt.as_ref().map(|(_, by)| by.as_str()));
        vec![
            (&self.shard).into(),
            self.case.into(),
            self.version.into(),
            (&self.number).into(),
            (&self.item).into(),
            self.mode.word().into(),
            (&self.receiving_agency).into(),
            (&self.receiving_region).into(),
            (&self.deciding_agency).into(),
            (&self.region).into(),
            (&self.applicant_mask).into(),
            self.leg.word().into(),
            self.received.0.into(),
            (&self.received.1).into(),
            at(&self.sent),
            by(&self.sent),
            self.parcel.as_deref().into(),
            at(&self.taken),
            by(&self.taken),
            at(&self.returned),
            by(&self.returned),
            at(&self.delivered),
            by(&self.delivered),
        ]
    }

    pub(super) fn changes(&self) -> Vec<(&'static str, Value)> {
        const FIXED: [&str; 3] = ["shard", "case_id", "version"];
        let all = ERRAND.columns.iter().copied().zip(self.values());
        all.filter(|(column, _)| !FIXED.contains(column)).collect()
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let receipt =
            |at, by| -> Result<Receipt, Fault> { Ok(row.opt_moment(at)?.zip(row.opt_text(by)?.map(str::to_owned))) };
        let unknown = |what: &str| Fault::Misuse(format!("unknown {what} of an errand"));
        Ok(Self {
            shard: owned("shard")?,
            case: row.id("case_id")?,
            version: row.int("version")?,
            number: owned("number")?,
            item: owned("item")?,
            mode: Mode::from_word(row.text("mode")?).ok_or_else(|| unknown("mode"))?,
            receiving_agency: owned("receiving_agency")?,
            receiving_region: owned("receiving_region")?,
            deciding_agency: owned("deciding_agency")?,
            region: owned("region")?,
            applicant_mask: owned("applicant_mask")?,
            leg: Leg::from_word(row.text("state")?).ok_or_else(|| unknown("state"))?,
            received: (row.moment("received_at")?, owned("received_by")?),
            sent: receipt("sent_at", "sent_by")?,
            parcel: row.opt_text("parcel")?.map(str::to_owned),
            taken: receipt("taken_at", "taken_by")?,
            returned: receipt("returned_at", "returned_by")?,
            delivered: receipt("delivered_at", "delivered_by")?,
        })
    }
}

pub(super) async fn of_case(store: &Store, case: Id) -> Result<Option<Errand>, Fault> {
    let rows = store.query("SELECT * FROM errand WHERE case_id = $1", vec![case.into()]).await?;
    rows.first().map(Errand::read).transpose()
}

pub(super) async fn by_number(store: &Store, number: &str) -> Result<Option<Errand>, Fault> {
    let sql = "SELECT e.* FROM case_file c JOIN errand e ON e.shard = c.shard AND e.case_id = c.id WHERE c.number = $1";
    store.query(sql, vec![number.into()]).await?.first().map(Errand::read).transpose()
}

/// Errands under way that an officer's rights reach at either place, newest first; at most 200 of each.
pub(super) async fn under_way(store: &Store, account: Id) -> Result<Vec<Errand>, Fault> {
    const RECEIVING: &str = concat!(
        "SELECT e.* FROM errand e WHERE e.delivered_at IS NULL AND ",
        crate::scope_filter!("$1", "$2", "e.receiving_agency", "e.receiving_region", "e.item"),
        " ORDER BY e.received_at DESC LIMIT 200"
    );
    const DECIDING: &str = concat!(
        "SELECT e.* FROM errand e WHERE e.delivered_at IS NULL AND ",
        crate::scope_filter!("$1", "$2", "e.deciding_agency", "e.region", "e.item"),
        " ORDER BY e.received_at DESC LIMIT 200"
    );
    let params = vec![account.into(), Right::ViewCase.word().into()];
    let mut rows = store.query(RECEIVING, params.clone()).await?;
    rows.extend(store.query(DECIDING, params).await?);
    let mut found = rows.iter().map(Errand::read).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| b.received.0.cmp(&a.received.0).then_with(|| a.case.cmp(&b.case)));
    found.dedup_by(|a, b| a.case == b.case);
    Ok(found)
}
