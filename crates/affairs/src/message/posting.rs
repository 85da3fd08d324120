//! One message on its way to one contact, and the record of it: sent and by whom, refused, given up, dropped.

use kernel::{Id, Language, Moment};
use serde_json::json;
use store::{Fault, Store, Unit};

use super::contact::Contact;
use super::record::{self, POSTING};
use crate::access::Desk;
use crate::catalog::{Channel, MessageKind};

/// The outbox topic of postings. The body is `{"shard", "posting"}`.
pub const TOPIC: &str = "message.out";

/// What became of a posting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PostingState {
    /// On its way.
    Waiting,
    /// A carrier took it.
    Sent,
    /// Every carrier refused it: the address or the text is wrong.
    Refused,
    /// Not taken for a day: a person looks.
    GivenUp,
    /// Not sent after all: the contact was closed or changed, or agreed to it no more, or it came too late to be of use.
    Dropped,
}

impl PostingState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Sent, Self::Refused, Self::GivenUp, Self::Dropped];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::GivenUp => "given_up",
            Self::Dropped => "dropped",
        }
    }

    /// Reads [`PostingState::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// Whether nothing is tried any more. What was given up may be tried again by hand.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Refused | Self::Dropped)
    }
}

/// A posting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posting {
    /// Key; also what a carrier recognises a repetition by.
    pub id: Id,
    /// The message it carries; none for a code.
    pub message: Option<Id>,
    /// The case the message is about.
    pub case: Option<Id>,
    /// To whom.
    pub party: Id,
    /// By which channel.
    pub channel: Channel,
    /// Where to, masked.
    pub address_mask: String,
    /// In which language.
    pub language: Language,
    /// About what.
    pub kind: MessageKind,
    /// What became of it.
    pub state: PostingState,
    /// The carrier that took it, or was tried last.
    pub carrier: Option<String>,
    /// The carrier's own number for it.
    pub reference: Option<String>,
    /// How often it was handed to a carrier.
    pub tries: i64,
    /// Why it was not taken when it was tried last, or why it was dropped.
    pub why: Option<String>,
    /// When it was made.
    pub created_at: Moment,
    /// When nothing more was to be tried.
    pub ended_at: Option<Moment>,
    pub(super) contact: Id,
    pub(super) doubt_at: Option<Moment>,
    pub(super) shard: String,
    pub(super) version: i64,
}

/// One time a posting was handed to a carrier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostingTry {
    /// The posting.
    pub posting: Id,
    /// Which carrier.
    pub carrier: String,
    /// When.
    pub at: Moment,
    /// `taken`, `refused`, `not_taken`, `in_doubt`.
    pub result: String,
    /// What it said.
    pub why: String,
    /// How long it took.
    pub elapsed_ms: i64,
}

/// The newest postings to a party, at most 50.
pub async fn postings_of(store: &Store, party: Id) -> Result<Vec<Posting>, Fault> {
    record::postings_of(store, party).await
}

/// The postings about a case, oldest first, each with its tries: for the audit.
pub async fn postings_for_case(store: &Store, case: Id) -> Result<Vec<(Posting, Vec<PostingTry>)>, Fault> {
    let mut all = Vec::new();
    for posting in record::postings_for_case(store, case).await? {
        let tries = record::tries(store, posting.id).await?;
        all.push((posting, tries));
    }
    Ok(all)
}

/// Postings that ended badly since a moment, by channel and state: for the doctor.
pub async fn postings_failed(store: &Store, since: Moment) -> Result<Vec<(String, String, i64)>, Fault> {
    record::failed_since(store, since).await
}

/// What a posting is made of.
pub(super) struct Born<'a> {
    pub contact: &'a Contact,
    pub kind: MessageKind,
    pub message: Option<Id>,
    pub case: Option<Id>,
}

/// A posting with its entry in the outbox.
pub(super) fn born(desk: &Desk<'_>, shard: &str, new: &Born<'_>) -> Unit {
    let (id, contact) = (desk.id(), new.contact);
    let posting = Posting {
        id,
        message: new.message,
        case: new.case,
        party: contact.party,
        channel: contact.channel,
        address_mask: contact.mask(),
        language: contact.language,
        kind: new.kind,
        state: PostingState::Waiting,
        carrier: None,
        reference: None,
        tries: 0,
        why: None,
        created_at: desk.now(),
        ended_at: None,
        contact: contact.id,
        doubt_at: None,
        shard: shard.to_owned(),
        version: 1,
    };
    Unit::new(shard)
        .insert(&POSTING, record::posting_values(&posting))
        .count(counter(posting.channel, "born"), 1)
        .send(TOPIC, json!({ "shard": shard, "posting": id.to_string() }).to_string())
}

/// The posting that brings a code.
pub(super) fn code(desk: &Desk<'_>, contact: &Contact) -> Unit {
    born(desk, desk.shard, &Born { contact, kind: MessageKind::Code, message: None, case: None })
}

/// The counter of what became of postings of a channel.
pub(super) fn counter(channel: Channel, word: &str) -> String {
    format!("posting/{}/{word}", channel.word())
}
