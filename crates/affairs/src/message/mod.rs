//! What the counter tells people: in-app messages to a party, made inside the unit of the act they tell of, and carried out of the
//! house by e-mail, SMS and WeChat to those who proved an address and agreed.
//!
//! Nouns: [`NewMessage`], [`Message`], [`Contact`], [`Posting`], [`Carrier`]. Verbs: [`add`] to a unit, [`inbox`], [`unread`],
//! [`carry`], [`carry_out`]; [`contact::ask`], [`contact::verify`], [`contact::agree`], [`contact::close`].
//!
//! A message is there if and only if the act is: its row is in the act's unit, and so is the outbox entry by which it is carried
//! out afterwards, at least once. Each contact that agreed gets a posting; a posting is handed to one carrier at a time, always
//! under the same key, so that a carrier which honours it delivers once.
//!
//! Promises: a message of somebody else is *not found*; a message is never changed, only marked as read; nothing goes to an
//! address that was not proven, or by a channel or about a thing that was not agreed to; what became of each posting is kept.

mod carrier;
mod carry;
pub mod contact;
mod decide;
mod error;
mod posting;
mod posts;
mod record;
mod render;
#[cfg(test)]
mod tests;

pub use carrier::{Carrier, Handed, Hindrance, Letter, Taken, Terms};
pub use carry::{Carried, Outward, carry, carry_out};
pub use contact::{Contact, Wish, contacts};
pub use decide::{CODE_MINUTES, CodeKey};
pub use error::MessageError;
pub use posting::{
    Posting, PostingState, PostingTry, TOPIC as OUT_TOPIC, postings_failed, postings_for_case, postings_of,
};
pub use posts::{CarrierState, Letterhead, Posts};

use kernel::{Id, Moment, Text};
use serde_json::json;
use store::{CommitError, Fault, Store, Unit};

use crate::catalog::MessageKind;
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
    /// About what, as its reader chose what he wants outside the house.
    pub kind: MessageKind,
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
