//! The tables of posts and jobs, and every SELECT that reads them.

use kernel::{Date, Id, Moment, Text};
use store::{Fault, Row, Store, Table, Value};

use super::decide::Post;
use crate::approval::State;
use crate::catalog::HallAct;

/// Posts, versioned.
pub(super) static AGENT_POST: Table = Table {
    name: "agent_post",
    columns: &[
        "shard",
        "id",
        "version",
        "account",
        "account_name",
        "hall",
        "acts",
        "items",
        "valid_from",
        "valid_to",
        "basis",
        "named_by",
        "named_at",
        "ended_at",
        "ended_by",
        "end_why",
    ],
    key: &["shard", "id"],
};

/// Jobs, versioned.
pub(super) static AGENT_JOB: Table = Table {
    name: "agent_job",
    columns: &[
        "shard",
        "id",
        "version",
        "post",
        "hall",
        "account",
        "account_name",
        "item",
        "name_mask",
        "case_id",
        "number",
        "paper",
        "collected_on",
        "collected_from",
        "sent_at",
        "reviewed_at",
        "reviewed_by",
        "review_is_good",
        "review",
        "delivered_at",
        "delivered_by",
    ],
    key: &["shard", "id"],
};

/// Where the day of collection is known from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CollectedFrom {
    /// The agent's device wrote it down, without network.
    Device,
    /// Collected and sent at once: the day is the server's own.
    Now,
}

impl CollectedFrom {
    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Now => "now",
        }
    }

    /// Reads [`CollectedFrom::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Device, Self::Now].into_iter().find(|from| from.word() == word)
    }

    /// As people read it.
    pub fn text(self) -> Text {
        match self {
            Self::Device => Text::new("代办员设备记录，未经核实", "as the agent's device says, unverified"),
            Self::Now => Text::new("当场提交", "sent at once"),
        }
    }
}

/// What an agent sent on for somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// Home shard.
    pub shard: String,
    /// Made on the device.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// By which post.
    pub post: Id,
    /// The place.
    pub hall: String,
    /// The agent.
    pub account: Id,
    /// His name.
    pub account_name: String,
    /// The item.
    pub item: String,
    /// The applicant's name, masked.
    pub name_mask: String,
    /// The case.
    pub case: Id,
    /// Its number.
    pub number: String,
    /// The authorisation on paper.
    pub paper: String,
    /// The day of collection.
    pub collected_on: Date,
    /// Where that is known from.
    pub collected_from: CollectedFrom,
    /// Sent on.
    pub sent_at: Moment,
    /// Looked through.
    pub reviewed_at: Option<Moment>,
    /// By whom.
    pub reviewed_by: Option<String>,
    /// Whether everything seemed right.
    pub review_is_good: Option<bool>,
    /// What was seen.
    pub review: Option<String>,
    /// The result was brought.
    pub delivered_at: Option<Moment>,
    /// By whom.
    pub delivered_by: Option<String>,
}

impl Job {
    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            self.post.into(),
            (&self.hall).into(),
            self.account.into(),
            (&self.account_name).into(),
            (&self.item).into(),
            (&self.name_mask).into(),
            self.case.into(),
            (&self.number).into(),
            (&self.paper).into(),
            self.collected_on.into(),
            self.collected_from.word().into(),
            self.sent_at.into(),
            self.reviewed_at.into(),
            self.reviewed_by.as_ref().into(),
            self.review_is_good.into(),
            self.review.as_ref().into(),
            self.delivered_at.into(),
            self.delivered_by.as_ref().into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let optional = |column| Ok::<_, Fault>(row.opt_text(column)?.map(str::to_owned));
        let from = CollectedFrom::from_word(row.text("collected_from")?);
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            post: row.id("post")?,
            hall: owned("hall")?,
            account: row.id("account")?,
            account_name: owned("account_name")?,
            item: owned("item")?,
            name_mask: owned("name_mask")?,
            case: row.id("case_id")?,
            number: owned("number")?,
            paper: owned("paper")?,
            collected_on: row.date("collected_on")?,
            collected_from: from.ok_or_else(|| Fault::Misuse("unknown source of a day of collection".to_owned()))?,
            sent_at: row.moment("sent_at")?,
            reviewed_at: row.opt_moment("reviewed_at")?,
            reviewed_by: optional("reviewed_by")?,
            review_is_good: row.opt_int("review_is_good")?.map(|n| n != 0),
            review: optional("review")?,
            delivered_at: row.opt_moment("delivered_at")?,
            delivered_by: optional("delivered_by")?,
        })
    }
}

pub(super) fn key(shard: &str, id: Id) -> Vec<Value> {
    vec![shard.into(), id.into()]
}

pub(super) fn values(post: &Post) -> Vec<Value> {
    let acts: Vec<&str> = post.acts.iter().map(|act| act.word()).collect();
    let json = |list: serde_json::Value| Value::from(list.to_string());
    vec![
        (&post.shard).into(),
        post.id.into(),
        post.version.into(),
        post.account.into(),
        (&post.account_name).into(),
        (&post.hall).into(),
        json(serde_json::json!(acts)),
        json(serde_json::json!(post.items)),
        post.valid_from.into(),
        post.valid_to.into(),
        (&post.basis).into(),
        (&post.named_by).into(),
        post.named_at.into(),
        post.ended_at.into(),
        post.ended_by.as_ref().into(),
        post.end_why.as_ref().into(),
    ]
}

fn read_post(row: &Row) -> Result<Post, Fault> {
    let owned = |column| row.text(column).map(str::to_owned);
    let list = |column| -> Result<Vec<String>, Fault> {
        serde_json::from_str(row.text(column)?).map_err(|e| Fault::Misuse(format!("column {column}: {e}")))
    };
    // An act that this program does not know is none of its posts'.
    let acts =
        list("acts")?.iter().filter_map(|word| HallAct::ALL.into_iter().find(|act| act.word() == word)).collect();
    Ok(Post {
        shard: owned("shard")?,
        id: row.id("id")?,
        version: row.int("version")?,
        account: row.id("account")?,
        account_name: owned("account_name")?,
        hall: owned("hall")?,
        acts,
        items: list("items")?,
        valid_from: row.date("valid_from")?,
        valid_to: row.date("valid_to")?,
        basis: owned("basis")?,
        named_by: owned("named_by")?,
        named_at: row.moment("named_at")?,
        ended_at: row.opt_moment("ended_at")?,
        ended_by: row.opt_text("ended_by")?.map(str::to_owned),
        end_why: row.opt_text("end_why")?.map(str::to_owned),
    })
}

pub(super) async fn post(store: &Store, shard: &str, id: Id) -> Result<Option<Post>, Fault> {
    let sql = "SELECT * FROM agent_post WHERE shard = $1 AND id = $2";
    store.query(sql, key(shard, id)).await?.first().map(read_post).transpose()
}

pub(super) async fn posts_of(store: &Store, shard: &str, account: Id) -> Result<Vec<Post>, Fault> {
    let sql = "SELECT * FROM agent_post WHERE shard = $1 AND account = $2 ORDER BY valid_to DESC, id LIMIT 50";
    store.query(sql, key(shard, account)).await?.iter().map(read_post).collect()
}

pub(super) async fn posts_at(store: &Store, shard: &str, hall: &str) -> Result<Vec<Post>, Fault> {
    let sql = "SELECT * FROM agent_post WHERE shard = $1 AND hall = $2 ORDER BY valid_to DESC, id LIMIT 100";
    store.query(sql, vec![shard.into(), hall.into()]).await?.iter().map(read_post).collect()
}

pub(super) async fn job(store: &Store, shard: &str, id: Id) -> Result<Option<Job>, Fault> {
    let sql = "SELECT * FROM agent_job WHERE shard = $1 AND id = $2";
    store.query(sql, key(shard, id)).await?.first().map(Job::read).transpose()
}

/// A job with how its case stands.
fn standing(row: &Row) -> Result<(Job, State), Fault> {
    let state = State::from_word(row.text("case_state")?);
    Ok((Job::read(row)?, state.ok_or_else(|| Fault::Misuse("unknown state of a case".to_owned()))?))
}

/// What an account sent on, the newest first.
pub(super) async fn jobs_of(store: &Store, shard: &str, account: Id) -> Result<Vec<(Job, State)>, Fault> {
    let sql = "SELECT j.*, c.state AS case_state FROM agent_job j JOIN case_file c ON c.shard = j.shard AND c.id = j.case_id \
               WHERE j.shard = $1 AND j.account = $2 ORDER BY j.sent_at DESC, j.id LIMIT 100";
    store.query(sql, key(shard, account)).await?.iter().map(standing).collect()
}

/// What was sent on from a place, the newest first.
pub(super) async fn jobs_at(store: &Store, shard: &str, hall: &str) -> Result<Vec<(Job, State)>, Fault> {
    let sql = "SELECT j.*, c.state AS case_state FROM agent_job j JOIN case_file c ON c.shard = j.shard AND c.id = j.case_id \
               WHERE j.shard = $1 AND j.hall = $2 ORDER BY j.sent_at DESC, j.id LIMIT 100";
    store.query(sql, vec![shard.into(), hall.into()]).await?.iter().map(standing).collect()
}

/// What the rows say of the counters `trips/ITEM/PLACE` of a shard.
pub(super) const TRIPS: &str = "SELECT 'trips/' || item || '/' || CASE WHEN channel IN ('online', 'point', 'station', 'hall') \
     THEN channel ELSE 'unknown' END AS key, count(*) AS n FROM case_file WHERE shard = $1 \
     AND state IN ('granted', 'refused', 'not_accepted', 'not_needed', 'terminated') GROUP BY 1";

/// What the rows say of the counters `carried/HALL/ITEM` of a shard.
pub(super) const CARRIED: &str = "SELECT 'carried/' || hall || '/' || item AS key, count(*) AS n FROM agent_job \
     WHERE shard = $1 GROUP BY 1";
