//! Messages that left with a unit and wait for delivery: at least once, later again after a failure, given up after a day.
//!
//! A message taken is leased: if the worker dies it comes back. Whoever receives one must bear a repetition; its id is the
//! same each time.

use kernel::{Id, Moment};

use crate::{Fault, Row, Store};

/// How long a worker may take to deliver what it took.
const LEASE_MS: i64 = 60_000;
/// The first wait after a failure; it doubles with every attempt.
const FIRST_WAIT_MS: i64 = 2_000;
/// The longest wait between attempts.
const LONGEST_WAIT_MS: i64 = 3_600_000;
/// Attempts before a message is left for a person: a little over a day.
const ATTEMPTS: i64 = 36;

/// A message to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The home shard.
    pub shard: String,
    /// The same at every delivery.
    pub id: Id,
    /// What kind of message it is.
    pub topic: String,
    /// What the unit said.
    pub body: String,
    /// When the unit was committed.
    pub created_at: Moment,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// Why the last attempt failed.
    pub failure: Option<String>,
}

impl Message {
    /// Whether nothing is tried after this attempt: a failure now is final.
    pub const fn is_last(&self) -> bool {
        self.attempt >= ATTEMPTS
    }
}

/// The text that takes what is due, with a further condition on what is taken.
macro_rules! take {
    ($condition:literal) => {
        concat!(
            "UPDATE outbox SET next_at = $2, attempts = attempts + 1 WHERE (shard, id) IN (SELECT shard, id FROM outbox \
             WHERE next_at <= $1",
            $condition,
            " ORDER BY next_at, id LIMIT $3) AND next_at <= $1 \
             RETURNING shard, id, topic, body, created_at, attempts, failure"
        )
    };
}

impl Store {
    /// Takes up to `n` messages that are due, the longest waiting first, for one minute.
    pub async fn outbox_take(&self, n: u32) -> Result<Vec<Message>, Fault> {
        self.take(take!(""), n, None).await
    }

    /// The same, of one topic: for a worker of its own, so that what it delivers slowly keeps nobody else waiting.
    pub async fn outbox_take_of(&self, topic: &'static str, n: u32) -> Result<Vec<Message>, Fault> {
        self.take(take!(" AND topic = $4"), n, Some(topic)).await
    }

    /// The same, of every topic but one.
    pub async fn outbox_take_but(&self, topic: &'static str, n: u32) -> Result<Vec<Message>, Fault> {
        self.take(take!(" AND topic <> $4"), n, Some(topic)).await
    }

    async fn take(&self, sql: &'static str, n: u32, topic: Option<&'static str>) -> Result<Vec<Message>, Fault> {
        let now = self.now();
        let mut due = vec![now.into(), now.plus_ms(LEASE_MS).into(), n.into()];
        due.extend(topic.map(Into::into));
        let found = self.chore(vec![(sql, due)]).await?;
        let mut messages = found.iter().flatten().map(message).collect::<Result<Vec<_>, _>>()?;
        messages.sort_by_key(|m| (m.created_at, m.id));
        Ok(messages)
    }

    /// A message was delivered.
    pub async fn outbox_done(&self, message: &Message) -> Result<(), Fault> {
        let sql = "DELETE FROM outbox WHERE shard = $1 AND id = $2";
        self.chore(vec![(sql, vec![message.shard.as_str().into(), message.id.into()])]).await.map(drop)
    }

    /// A delivery failed: tried again later, or left for a person (and for [`Store::outbox_given_up`]).
    pub async fn outbox_failed(&self, message: &Message, why: &str) -> Result<(), Fault> {
        let wait =
            FIRST_WAIT_MS.saturating_mul(1 << message.attempt.clamp(1, 30).saturating_sub(1)).min(LONGEST_WAIT_MS);
        let next = (message.attempt < ATTEMPTS).then(|| self.now().plus_ms(wait));
        let sql = "UPDATE outbox SET next_at = $3, failure = $4 WHERE shard = $1 AND id = $2";
        let why: String = why.chars().filter(|c| *c != '\0').take(500).collect();
        let params = vec![message.shard.as_str().into(), message.id.into(), next.into(), why.into()];
        self.chore(vec![(sql, params)]).await.map(drop)
    }

    /// A message is not to be delivered before `until`: it waits, and this was no attempt.
    pub async fn outbox_postpone(&self, message: &Message, until: Moment) -> Result<(), Fault> {
        let sql = "UPDATE outbox SET next_at = $3, attempts = attempts - 1 WHERE shard = $1 AND id = $2";
        self.chore(vec![(sql, vec![message.shard.as_str().into(), message.id.into(), until.into()])]).await.map(drop)
    }

    /// Messages whose delivery was given up.
    pub async fn outbox_given_up(&self) -> Result<Vec<Message>, Fault> {
        let sql = "SELECT shard, id, topic, body, created_at, attempts, failure FROM outbox
                   WHERE next_at IS NULL ORDER BY created_at, id LIMIT 1000";
        self.query(sql, vec![]).await?.iter().map(message).collect()
    }

    /// Tries a message again that was given up.
    pub async fn outbox_retry(&self, message: &Message) -> Result<(), Fault> {
        let sql = "UPDATE outbox SET next_at = $3, attempts = 0 WHERE shard = $1 AND id = $2 AND next_at IS NULL";
        let params = vec![message.shard.as_str().into(), message.id.into(), self.now().into()];
        self.chore(vec![(sql, params)]).await.map(drop)
    }
}

fn message(row: &Row) -> Result<Message, Fault> {
    Ok(Message {
        shard: row.text("shard")?.to_owned(),
        id: row.id("id")?,
        topic: row.text("topic")?.to_owned(),
        body: row.text("body")?.to_owned(),
        created_at: row.moment("created_at")?,
        attempt: row.int("attempts")?,
        failure: row.opt_text("failure")?.map(str::to_owned),
    })
}
