//! The duty table and the SELECTs that read it.

use kernel::{Id, Moment};
use serde_json::Value as Json;
use store::{Fault, Row, Store, Table, Value};

use crate::access::{Reach, Right, reach};

/// Duties, versioned.
pub(super) static DUTY: Table = Table {
    name: "duty",
    columns: &[
        "shard",
        "id",
        "version",
        "case_id",
        "case_number",
        "licence_id",
        "item",
        "kind",
        "subject_name",
        "agency",
        "region",
        "what",
        "basis",
        "grade",
        "state",
        "born_at",
        "push_due_at",
        "claim_due_at",
        "action_due_at",
    ],
    key: &["shard", "id"],
};

/// Where a duty stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DutyState {
    /// In the supervising agency's list, not claimed yet.
    Pushed,
}

impl DutyState {
    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pushed => "pushed",
        }
    }
}

/// One duty.
#[derive(Debug, Clone)]
pub struct Duty {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// The case it was born with.
    pub case_id: Id,
    /// Its number.
    pub case_number: String,
    /// The licence it looks after.
    pub licence_id: Option<Id>,
    /// Item.
    pub item: String,
    /// Kind of check.
    pub kind: String,
    /// Whom it is about, masked.
    pub subject_name: String,
    /// Who must look.
    pub agency: String,
    /// Where.
    pub region: String,
    /// What is looked at, in both languages (JSON).
    pub what: Json,
    /// What it rests on.
    pub basis: String,
    /// How well that is known.
    pub grade: String,
    /// Where it stands.
    pub state: DutyState,
    /// Born with the grant.
    pub born_at: Moment,
    /// Pushed by.
    pub push_due_at: Moment,
    /// To be claimed by; none where the calendar does not reach.
    pub claim_due_at: Option<Moment>,
    /// First action by.
    pub action_due_at: Option<Moment>,
}

impl Duty {
    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            self.case_id.into(),
            (&self.case_number).into(),
            self.licence_id.into(),
            (&self.item).into(),
            (&self.kind).into(),
            (&self.subject_name).into(),
            (&self.agency).into(),
            (&self.region).into(),
            self.what.to_string().into(),
            (&self.basis).into(),
            (&self.grade).into(),
            self.state.word().into(),
            self.born_at.into(),
            self.push_due_at.into(),
            self.claim_due_at.into(),
            self.action_due_at.into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            case_id: row.id("case_id")?,
            case_number: owned("case_number")?,
            licence_id: row.opt_id("licence_id")?,
            item: owned("item")?,
            kind: owned("kind")?,
            subject_name: owned("subject_name")?,
            agency: owned("agency")?,
            region: owned("region")?,
            what: serde_json::from_str(row.text("what")?).map_err(|e| Fault::Misuse(format!("duty.what: {e}")))?,
            basis: owned("basis")?,
            grade: owned("grade")?,
            state: DutyState::Pushed,
            born_at: row.moment("born_at")?,
            push_due_at: row.moment("push_due_at")?,
            claim_due_at: row.opt_moment("claim_due_at")?,
            action_due_at: row.opt_moment("action_due_at")?,
        })
    }
}

/// The duties born with a case.
pub async fn duties_of(store: &Store, case: Id) -> Result<Vec<Duty>, Fault> {
    let sql = "SELECT * FROM duty WHERE case_id = $1 ORDER BY born_at, id";
    store.query(sql, vec![case.into()]).await?.iter().map(Duty::read).collect()
}

/// The duties an officer may see, the most urgent first; at most 200.
pub async fn duties_for(store: &Store, account: Id) -> Result<Vec<Duty>, Fault> {
    const EVERYWHERE: &str = concat!(
        "SELECT * FROM duty d WHERE ",
        crate::scope_filter!("$1", "$2", "d.agency", "d.region", "d.item"),
        " ORDER BY d.claim_due_at, d.id LIMIT 200"
    );
    const OF_AGENCY: &str = concat!(
        "SELECT * FROM duty d WHERE d.agency = $3 AND ",
        crate::scope_filter!("$1", "$2", "d.agency", "d.region", "d.item"),
        " ORDER BY d.claim_due_at, d.id LIMIT 200"
    );
    let params = || vec![account.into(), Right::ViewDuty.word().into()];
    let Reach::Few(agencies) = reach(store, account, Right::ViewDuty).await? else {
        return store.query(EVERYWHERE, params()).await?.iter().map(Duty::read).collect();
    };
    let mut duties: Vec<Duty> = Vec::new();
    for agency in agencies {
        let params = params().into_iter().chain([agency.into()]).collect();
        let rows = store.query(OF_AGENCY, params).await?;
        duties.extend(rows.iter().map(Duty::read).collect::<Result<Vec<_>, _>>()?);
    }
    // A duty without a day comes last.
    duties.sort_by_key(|duty| (duty.claim_due_at.map_or(i64::MAX, |due| due.ms()), duty.id));
    duties.truncate(200);
    Ok(duties)
}

/// How many duties wait for their agency, in all offices of this database.
pub async fn open_duties(store: &Store) -> Result<i64, Fault> {
    let rows = store.query("SELECT count(*) AS n FROM duty WHERE state = 'pushed'", vec![]).await?;
    rows.first().map_or(Ok(0), |row| row.int("n"))
}
