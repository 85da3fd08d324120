//! The duty table and the SELECTs that read it.

use kernel::{Id, Moment};
use serde_json::Value as Json;
use store::{Fault, Row, Store, Table, Value};

use super::numbers::{Covered, Hits};
use crate::access::{Actor, Place, Reach, Right, reach};

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
        "granting_agency",
        "rule",
        "item_version",
        "claimed_at",
        "claimed_by",
        "claimed_name",
        "acted_at",
        "feedback_due_at",
        "ended_at",
        "feedback",
        "next_at",
        "is_open",
    ],
    key: &["shard", "id"],
};

/// What was done with duties.
pub(super) static DUTY_ACT: Table = Table {
    name: "duty_act",
    columns: &["shard", "id", "duty", "at", "kind", "actor", "actor_name", "note", "salt"],
    key: &["shard", "id"],
};

/// Where a duty stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DutyState {
    /// In the supervising agency's list, not claimed yet.
    Pushed,
    /// An officer took it on.
    Claimed,
    /// Somebody looked.
    Acted,
    /// What was found went back to the agency that granted.
    ToldBack,
    /// What it looked after is no more.
    Ended,
}

impl DutyState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Pushed, Self::Claimed, Self::Acted, Self::ToldBack, Self::Ended];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pushed => "pushed",
            Self::Claimed => "claimed",
            Self::Acted => "acted",
            Self::ToldBack => "told_back",
            Self::Ended => "ended",
        }
    }

    /// Reads [`DutyState::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether somebody still has to do something.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pushed | Self::Claimed | Self::Acted)
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
    /// Born with the grant, and pushed: the supervising agency was told.
    pub born_at: Moment,
    /// Pushed by.
    pub push_due_at: Moment,
    /// To be claimed by; none where the calendar does not reach.
    pub claim_due_at: Option<Moment>,
    /// First action by.
    pub action_due_at: Option<Moment>,
    /// The agency that granted and is told back; none for duties from before both sides were kept.
    pub granting_agency: Option<String>,
    /// The duty's id in the item.
    pub rule: Option<String>,
    /// The version of the item that bore it.
    pub item_version: Option<String>,
    /// When it was claimed.
    pub claimed_at: Option<Moment>,
    /// By whose account.
    pub claimed_by: Option<Id>,
    /// By whom.
    pub claimed_name: Option<String>,
    /// When somebody first looked.
    pub acted_at: Option<Moment>,
    /// Until when it is told back.
    pub feedback_due_at: Option<Moment>,
    /// When it was told back, or ended.
    pub ended_at: Option<Moment>,
    /// What was told back.
    pub feedback: Option<String>,
    /// When a limit of it comes near or is over next.
    pub next_at: Option<Moment>,
}

impl Duty {
    /// Whether an officer holds a right over it.
    pub fn allows(&self, actor: &Actor, right: Right) -> bool {
        actor.allow(right, &Place { agency: &self.agency, region: &self.region, item: &self.item })
    }

    /// Whether an officer of the agency that granted may read its ledger.
    pub fn is_of_granting(&self, actor: &Actor) -> bool {
        let place = |agency| Place { agency, region: &self.region, item: &self.item };
        self.granting_agency.as_deref().is_some_and(|agency| actor.allow(Right::ViewCase, &place(agency)))
    }

    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    /// Every column an act may change, with its value now.
    pub(super) fn changes(&self) -> Vec<(&'static str, Value)> {
        const FIXED: [&str; 3] = ["shard", "id", "version"];
        let all = DUTY.columns.iter().copied().zip(self.values());
        all.filter(|(column, _)| !FIXED.contains(column)).collect()
    }

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
            self.granting_agency.as_deref().into(),
            self.rule.as_deref().into(),
            self.item_version.as_deref().into(),
            self.claimed_at.into(),
            self.claimed_by.into(),
            self.claimed_name.as_deref().into(),
            self.acted_at.into(),
            self.feedback_due_at.into(),
            self.ended_at.into(),
            self.feedback.as_deref().into(),
            self.next_at.into(),
            self.state.is_open().into(),
        ]
    }

    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        let state = row.text("state")?;
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
            state: DutyState::from_word(state).ok_or_else(|| Fault::Misuse(format!("duty.state {state:?}")))?,
            born_at: row.moment("born_at")?,
            push_due_at: row.moment("push_due_at")?,
            claim_due_at: row.opt_moment("claim_due_at")?,
            action_due_at: row.opt_moment("action_due_at")?,
            granting_agency: maybe("granting_agency")?,
            rule: maybe("rule")?,
            item_version: maybe("item_version")?,
            claimed_at: row.opt_moment("claimed_at")?,
            claimed_by: row.opt_id("claimed_by")?,
            claimed_name: maybe("claimed_name")?,
            acted_at: row.opt_moment("acted_at")?,
            feedback_due_at: row.opt_moment("feedback_due_at")?,
            ended_at: row.opt_moment("ended_at")?,
            feedback: maybe("feedback")?,
            next_at: row.opt_moment("next_at")?,
        })
    }
}

/// One line of what was done with a duty or an inspection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActLine {
    /// When.
    pub at: Moment,
    /// What.
    pub kind: String,
    /// Who.
    pub actor_name: String,
    /// What was said.
    pub note: String,
}

impl ActLine {
    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Self { at: row.moment("at")?, kind: owned("kind")?, actor_name: owned("actor_name")?, note: owned("note")? })
    }
}

fn all(rows: &[Row]) -> Result<Vec<Duty>, Fault> {
    rows.iter().map(Duty::read).collect()
}

/// The duties born with a case.
pub async fn duties_of(store: &Store, case: Id) -> Result<Vec<Duty>, Fault> {
    let sql = "SELECT * FROM duty WHERE case_id = $1 ORDER BY born_at, id";
    all(&store.query(sql, vec![case.into()]).await?)
}

pub(super) async fn by_id(store: &Store, id: Id) -> Result<Option<Duty>, Fault> {
    const SQL: &str =
        concat!(store::shards!("duty"), "SELECT d.* FROM home JOIN duty d ON d.shard = home.shard AND d.id = $1");
    store.query(SQL, vec![id.into()]).await?.first().map(Duty::read).transpose()
}

/// What was done with a duty, oldest first.
pub(super) async fn acts_of(store: &Store, duty: Id) -> Result<Vec<ActLine>, Fault> {
    let sql = "SELECT * FROM duty_act WHERE duty = $1 ORDER BY at, id";
    store.query(sql, vec![duty.into()]).await?.iter().map(ActLine::read).collect()
}

/// The open duties an officer may see, the most urgent first; at most 200.
pub async fn duties_for(store: &Store, account: Id) -> Result<Vec<Duty>, Fault> {
    const EVERYWHERE: &str = concat!(
        "SELECT * FROM duty d WHERE d.is_open = 1 AND ",
        crate::scope_filter!("$1", "$2", "d.agency", "d.region", "d.item"),
        " ORDER BY d.claim_due_at, d.id LIMIT 200"
    );
    const OF_AGENCY: &str = concat!(
        "SELECT * FROM duty d WHERE d.is_open = 1 AND d.agency = $3 AND ",
        crate::scope_filter!("$1", "$2", "d.agency", "d.region", "d.item"),
        " ORDER BY d.claim_due_at, d.id LIMIT 200"
    );
    let mut duties = reached(store, (account, Right::ViewDuty), (EVERYWHERE, OF_AGENCY)).await?;
    // A duty without a day comes last.
    duties.sort_by_key(|duty| (duty.claim_due_at.map_or(i64::MAX, |due| due.ms()), duty.id));
    duties.truncate(200);
    Ok(duties)
}

/// The ledger of the agencies that granted: what went out of their grants, open or not, newest first; at most 200.
pub async fn duties_from(store: &Store, account: Id) -> Result<Vec<Duty>, Fault> {
    const EVERYWHERE: &str = concat!(
        "SELECT * FROM duty d WHERE ",
        crate::scope_filter!("$1", "$2", "d.granting_agency", "d.region", "d.item"),
        " ORDER BY d.born_at DESC, d.id DESC LIMIT 200"
    );
    const OF_AGENCY: &str = concat!(
        "SELECT * FROM duty d WHERE d.granting_agency = $3 AND ",
        crate::scope_filter!("$1", "$2", "d.granting_agency", "d.region", "d.item"),
        " ORDER BY d.born_at DESC, d.id DESC LIMIT 200"
    );
    let mut duties = reached(store, (account, Right::ViewCase), (EVERYWHERE, OF_AGENCY)).await?;
    duties.sort_by_key(|duty| std::cmp::Reverse((duty.born_at, duty.id)));
    duties.truncate(200);
    Ok(duties)
}

async fn reached(
    store: &Store,
    (account, right): (Id, Right),
    (everywhere, of_agency): (&'static str, &'static str),
) -> Result<Vec<Duty>, Fault> {
    let params = || vec![account.into(), right.word().into()];
    let Reach::Few(agencies) = reach(store, account, right).await? else {
        return all(&store.query(everywhere, params()).await?);
    };
    let mut duties = Vec::new();
    for agency in agencies {
        let params = params().into_iter().chain([agency.into()]).collect();
        duties.extend(all(&store.query(of_agency, params).await?)?);
    }
    Ok(duties)
}

/// Duties of which a limit is near or over.
pub(super) async fn due(store: &Store, now: Moment) -> Result<Vec<Duty>, Fault> {
    let sql = "SELECT * FROM duty WHERE next_at <= $1 ORDER BY next_at, id LIMIT 256";
    all(&store.query(sql, vec![now.into()]).await?)
}

/// Duties after an id, in the order of their ids: for a recount, page by page.
pub(super) async fn page(store: &Store, shard: &str, after: &str) -> Result<Vec<Duty>, Fault> {
    let sql = "SELECT * FROM duty WHERE shard = $1 AND id > $2 ORDER BY id LIMIT 256";
    all(&store.query(sql, vec![shard.into(), after.into()]).await?)
}

/// How many duties wait for their agency, in all offices of this database.
pub async fn open_duties(store: &Store) -> Result<i64, Fault> {
    let rows = store.query("SELECT count(*) AS n FROM duty WHERE state = 'pushed' AND is_open = 1", vec![]).await?;
    rows.first().map_or(Ok(0), |row| row.int("n"))
}

/// What the rows say of the counters `duty/AGENCY/KIND` of a shard.
pub(super) const COUNTED: &str = "SELECT 'duty/' || agency || '/' || kind AS key, count(*) AS n FROM duty \
     WHERE shard = $1 GROUP BY agency, kind ORDER BY agency, kind";

/// Results since a moment by agency, region and month of the visit.
pub(super) async fn count_hits(store: &Store, since: Moment) -> Result<Vec<Hits>, Fault> {
    const SQL: &str = "SELECT agency, region, substr(planned_on, 1, 7) AS month, count(*) AS results, \
         CAST(sum(CASE WHEN state = 'passed' THEN 0 ELSE 1 END) AS BIGINT) AS hits FROM inspection WHERE published_at >= $1 \
         GROUP BY agency, region, substr(planned_on, 1, 7) ORDER BY agency, region, month LIMIT 20000";
    let read = |row: &Row| {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Hits {
            agency: owned("agency")?,
            region: owned("region")?,
            month: owned("month")?,
            results: count(row, "results")?,
            hits: count(row, "hits")?,
        })
    };
    store.query(SQL, vec![since.into()]).await?.iter().map(read).collect()
}

/// Duties born since a moment that have a day by which somebody looks, and how many were looked at, by agency and region.
pub(super) async fn count_covered(store: &Store, since: Moment) -> Result<Vec<Covered>, Fault> {
    const SQL: &str = "SELECT agency, region, count(*) AS due, CAST(sum(CASE WHEN acted_at IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS acted \
         FROM duty WHERE born_at >= $1 AND action_due_at IS NOT NULL GROUP BY agency, region ORDER BY agency, region LIMIT 5000";
    let read = |row: &Row| {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Covered {
            agency: owned("agency")?,
            region: owned("region")?,
            due: count(row, "due")?,
            acted: count(row, "acted")?,
        })
    };
    store.query(SQL, vec![since.into()]).await?.iter().map(read).collect()
}

fn count(row: &Row, column: &str) -> Result<u64, Fault> {
    Ok(u64::try_from(row.int(column)?).unwrap_or(0))
}
