//! What the counter tells people: in-app messages to a party, made inside the unit of the act they tell of.
//!
//! Nouns: [`NewMessage`], [`Message`]. Verbs: [`add`] to a unit, [`inbox`], [`unread`], [`mark_read`], [`deliver`].
//!
//! A message is there if and only if the act is: its row is in the act's unit, and so is the outbox entry by which further
//! channels carry it out afterwards, at least once. Delivering twice changes nothing.
//!
//! Promises: a message of somebody else is *not found*; a message is never changed, only marked as read.

mod record;
#[cfg(test)]
mod tests;

use kernel::{Id, Moment, Text};
use serde_json::json;
use store::{CommitError, Fault, Store, Unit};

use record::MESSAGE;

/// The outbox topic of messages. The body is `{"shard", "message", "party"}`.
pub const TOPIC: &str = "message";

/// A message to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewMessage {
    /// Its id: made by the caller, so that a unit can be made again with the same one.
    pub id: Id,
    /// To whom: a party's id.
    pub party: Id,
    /// One line.
    pub title: Text,
    /// What happened, what happens next and until when.
    pub body: Text,
    /// The page it leads to, as a path of this site.
    pub link: Option<String>,
    /// The case it is about.
    pub case: Option<Id>,
    /// When.
    pub at: Moment,
}

/// A message as its party reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Its id.
    pub id: Id,
    /// One line.
    pub title: Text,
    /// The text.
    pub body: Text,
    /// The page it leads to.
    pub link: Option<String>,
    /// The case it is about.
    pub case: Option<Id>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was first opened; `None`: unread.
    pub read_at: Option<Moment>,
}

/// A page of an inbox, the newest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inbox {
    /// At most [`PAGE`] messages.
    pub messages: Vec<Message>,
    /// Where the next page begins; `None`: this is the last.
    pub next: Option<Cursor>,
}

/// How many messages a page has.
pub const PAGE: usize = 20;

/// The last message of the page before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    /// When it was made.
    pub at: Moment,
    /// Its id, for messages of one instant.
    pub id: Id,
}

/// Adds a message to the unit of the act it tells of. It lies in the unit's shard.
pub fn add(unit: Unit, new: &NewMessage) -> Unit {
    let shard = unit.shard().to_owned();
    let body = json!({ "shard": shard, "message": new.id.to_string(), "party": new.party.to_string() });
    unit.insert(&MESSAGE, record::values(&shard, new)).send(TOPIC, body.to_string())
}

/// A page of a party's messages.
pub async fn inbox(store: &Store, party: Id, after: Option<Cursor>) -> Result<Inbox, Fault> {
    let mut messages = record::of_party(store, party, after).await?;
    let more = messages.len() > PAGE;
    messages.truncate(PAGE);
    let next = messages.last().filter(|_| more).map(|m| Cursor { at: m.created_at, id: m.id });
    Ok(Inbox { messages, next })
}

/// How many messages of a party are unread.
pub async fn unread(store: &Store, party: Id) -> Result<i64, Fault> {
    record::unread(store, party).await
}

/// A party's message, marked as read from now on; `None`: there is none, or it is somebody else's.
pub async fn open(store: &Store, party: Id, message: Id, now: Moment) -> Result<Option<Message>, CommitError> {
    let Some(mut found) = record::one(store, party, message).await? else { return Ok(None) };
    if found.message.read_at.is_none() {
        match store.commit(found.mark("read_at", now)).await {
            // Opened twice at once: read is read.
            Ok(_) | Err(CommitError::Conflict(_)) => found.message.read_at = Some(now),
            Err(other) => return Err(other),
        }
    }
    Ok(Some(found.message))
}

/// Marks every message of a party as read. Gives how many were unread.
pub async fn mark_all_read(store: &Store, party: Id, now: Moment) -> Result<usize, CommitError> {
    let unread = record::all_unread(store, party).await?;
    for found in &unread {
        match store.commit(found.mark("read_at", now)).await {
            Ok(_) | Err(CommitError::Conflict(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(unread.len())
}

/// How many outbox entries are taken at once.
const BATCH: u32 = 100;

/// Carries out what waits in the outbox: today every channel there is (in the app). Gives how many were delivered; call it
/// again while that is not nothing. An entry that cannot be delivered is tried again later by the store's own plan.
pub async fn deliver(store: &Store, now: Moment) -> Result<usize, Fault> {
    let mut delivered = 0;
    for entry in store.outbox_take(BATCH).await? {
        match carry(store, &entry, now).await {
            Ok(()) => {
                store.outbox_done(&entry).await?;
                delivered += 1;
            }
            Err(why) => store.outbox_failed(&entry, &why).await?,
        }
    }
    Ok(delivered)
}

/// Carries out one entry of the outbox.
///
/// # Errors
/// Why it was not carried out, to be kept with the entry.
pub async fn carry(store: &Store, entry: &store::Message, now: Moment) -> Result<(), String> {
    if entry.topic != TOPIC {
        return Err(format!("nobody delivers the topic {:?}", entry.topic));
    }
    let body: serde_json::Value = serde_json::from_str(&entry.body).map_err(|e| e.to_string())?;
    let id = body["message"].as_str().and_then(|t| t.parse::<Id>().ok()).ok_or("no message id in the entry")?;
    let found = record::in_shard(store, &entry.shard, id).await.map_err(|e| e.to_string())?;
    let found = found.ok_or("the message is not there")?;
    if found.delivered {
        return Ok(());
    }
    match store.commit(found.mark("delivered_at", now)).await {
        Ok(_) => Ok(()),
        // Opened at this instant: the next attempt marks it.
        Err(error) => Err(error.to_string()),
    }
}
