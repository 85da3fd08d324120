//! The room's table and its SELECTs.

use kernel::{Id, Moment, Text};
use store::{Fault, Row, Store, Table, Unit, Value};

use super::{Cursor, Message, NewMessage};

pub(super) static MESSAGE: Table = Table {
    name: "message",
    columns: &[
        "shard",
        "id",
        "version",
        "party",
        "title_zh",
        "title_en",
        "body_zh",
        "body_en",
        "link",
        "case_id",
        "created_at",
        "delivered_at",
        "read_at",
    ],
    key: &["shard", "id"],
};

pub(super) fn values(shard: &str, new: &NewMessage) -> Vec<Value> {
    vec![
        shard.into(),
        new.id.into(),
        1_i64.into(),
        new.party.into(),
        (&new.title.zh).into(),
        (&new.title.en).into(),
        (&new.body.zh).into(),
        (&new.body.en).into(),
        new.link.as_ref().into(),
        new.case.into(),
        new.at.into(),
        Value::Null,
        Value::Null,
    ]
}

/// A message with what a change of its row takes.
pub(super) struct Found {
    pub message: Message,
    pub delivered: bool,
    shard: String,
    version: i64,
}

impl Found {
    /// The unit that sets one of its times.
    pub(super) fn mark(&self, column: &'static str, now: Moment) -> Unit {
        let key = vec![(&self.shard).into(), self.message.id.into()];
        Unit::new(&self.shard).update(&MESSAGE, key, self.version, vec![(column, now.into())])
    }
}

fn found(row: &Row) -> Result<Found, Fault> {
    let text = |zh, en| Ok::<_, Fault>(Text::new(row.text(zh)?, row.text(en)?));
    let message = Message {
        id: row.id("id")?,
        title: text("title_zh", "title_en")?,
        body: text("body_zh", "body_en")?,
        link: row.opt_text("link")?.map(str::to_owned),
        case: row.opt_id("case_id")?,
        created_at: row.moment("created_at")?,
        read_at: row.opt_moment("read_at")?,
    };
    let delivered = row.opt_moment("delivered_at")?.is_some();
    Ok(Found { message, delivered, shard: row.text("shard")?.to_owned(), version: row.int("version")? })
}

macro_rules! message_where {
    ($condition:literal) => {
        concat!(
            "select shard, id, version, title_zh, title_en, body_zh, body_en, link, case_id, created_at, delivered_at, ",
            "read_at from message where ",
            $condition
        )
    };
}

const OF_PARTY: &str = message_where!(
    "party = $1 and (created_at < $2 or (created_at = $2 and id < $3)) order by created_at desc, id desc limit 21"
);
const ONE: &str = message_where!("party = $1 and id = $2");
const IN_SHARD: &str = message_where!("shard = $1 and id = $2");
const ALL_UNREAD: &str = message_where!("party = $1 and read_at is null order by created_at limit 1000");
const UNREAD: &str = "select count(*) as n from message where party = $1 and read_at is null";

/// One more than a page of a party's messages, the newest first.
pub(super) async fn of_party(store: &Store, party: Id, after: Option<Cursor>) -> Result<Vec<Message>, Fault> {
    let (at, id) = after.map_or((i64::MAX, String::new()), |c| (c.at.ms(), c.id.to_string()));
    let rows = store.query(OF_PARTY, vec![party.into(), at.into(), id.into()]).await?;
    rows.iter().map(|r| Ok(found(r)?.message)).collect()
}

pub(super) async fn one(store: &Store, party: Id, message: Id) -> Result<Option<Found>, Fault> {
    store.query(ONE, vec![party.into(), message.into()]).await?.first().map(found).transpose()
}

pub(super) async fn in_shard(store: &Store, shard: &str, message: Id) -> Result<Option<Found>, Fault> {
    store.query(IN_SHARD, vec![shard.into(), message.into()]).await?.first().map(found).transpose()
}

pub(super) async fn all_unread(store: &Store, party: Id) -> Result<Vec<Found>, Fault> {
    store.query(ALL_UNREAD, vec![party.into()]).await?.iter().map(found).collect()
}

pub(super) async fn unread(store: &Store, party: Id) -> Result<i64, Fault> {
    store.query(UNREAD, vec![party.into()]).await?.first().map_or(Ok(0), |row| row.int("n"))
}
