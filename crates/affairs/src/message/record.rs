//! The room's tables and their SELECTs.

use std::collections::BTreeSet;

use kernel::{Id, Language, Moment, Text};
use store::{Fault, Row, Store, Table, Unit, Value};

use super::contact::Contact;
use super::posting::{Posting, PostingState, PostingTry};
use super::{Cursor, Message, NewMessage};
use crate::catalog::{Channel, MessageKind};

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
        "kind",
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
        new.kind.word().into(),
    ]
}

/// A message with what a change of its row takes.
pub(super) struct Found {
    pub message: Message,
    pub delivered: bool,
    pub party: Id,
    pub kind: MessageKind,
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
    let (party, kind) = (row.id("party")?, word(row, "kind", MessageKind::from_word)?);
    Ok(Found { message, delivered, party, kind, shard: row.text("shard")?.to_owned(), version: row.int("version")? })
}

macro_rules! message_where {
    ($condition:literal) => {
        concat!(
            "select shard, id, version, party, kind, title_zh, title_en, body_zh, body_en, link, case_id, created_at, delivered_at, ",
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

/// Contacts, versioned.
pub(super) static CONTACT: Table = Table {
    name: "contact",
    columns: &[
        "shard",
        "party",
        "channel",
        "version",
        "id",
        "address",
        "language",
        "kinds",
        "challenge",
        "asked_at",
        "tries",
        "verified_at",
        "agreed_at",
        "closed_at",
    ],
    key: &["shard", "party", "channel"],
};

/// What was done to contacts.
pub(super) static CONTACT_ACT: Table = Table {
    name: "contact_act",
    columns: &["shard", "id", "party", "channel", "at", "kind", "actor", "actor_name", "detail"],
    key: &["shard", "id"],
};

/// Postings, versioned.
pub(super) static POSTING: Table = Table {
    name: "posting",
    columns: &[
        "shard",
        "id",
        "version",
        "message",
        "case_id",
        "party",
        "contact",
        "channel",
        "address_mask",
        "language",
        "kind",
        "state",
        "carrier",
        "doubt_at",
        "reference",
        "tries",
        "why",
        "created_at",
        "ended_at",
    ],
    key: &["shard", "id"],
};

/// Every time a posting was handed to a carrier.
pub(super) static POSTING_TRY: Table = Table {
    name: "posting_try",
    columns: &["shard", "id", "posting", "n", "carrier", "at", "result", "why", "elapsed_ms"],
    key: &["shard", "id"],
};

/// A closed list's value by its word.
fn word<T>(row: &Row, column: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
    let word = row.text(column)?;
    read(word).ok_or_else(|| Fault::Misuse(format!("{column}: unknown word {word:?}")))
}

/// The word of a language.
pub(super) const fn language(language: Language) -> &'static str {
    match language {
        Language::Zh => "zh-CN",
        Language::En => "en",
    }
}

fn language_of(word: &str) -> Option<Language> {
    [Language::Zh, Language::En].into_iter().find(|l| language(*l) == word)
}

/// Kinds as one text, in their own order.
pub(super) fn kinds(kinds: &BTreeSet<MessageKind>) -> String {
    kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(",")
}

fn kinds_of(text: &str) -> BTreeSet<MessageKind> {
    text.split(',').filter_map(MessageKind::from_word).collect()
}

pub(super) fn contact_values(contact: &Contact) -> Vec<Value> {
    let mut values =
        vec![(&contact.shard).into(), contact.party.into(), contact.channel.word().into(), contact.version.into()];
    values.extend(contact_changes(contact).into_iter().map(|(_, value)| value));
    values
}

/// Every column but the key and the version, with its value.
pub(super) fn contact_changes(contact: &Contact) -> Vec<(&'static str, Value)> {
    vec![
        ("id", contact.id.into()),
        ("address", (&contact.address).into()),
        ("language", language(contact.language).into()),
        ("kinds", kinds(&contact.kinds).into()),
        ("challenge", contact.challenge.into()),
        ("asked_at", contact.asked_at.into()),
        ("tries", contact.tries.into()),
        ("verified_at", contact.verified_at.into()),
        ("agreed_at", contact.agreed_at.into()),
        ("closed_at", contact.closed_at.into()),
    ]
}

fn read_contact(row: &Row) -> Result<Contact, Fault> {
    Ok(Contact {
        party: row.id("party")?,
        channel: word(row, "channel", Channel::from_word)?,
        address: row.text("address")?.to_owned(),
        language: word(row, "language", language_of)?,
        kinds: kinds_of(row.text("kinds")?),
        asked_at: row.opt_moment("asked_at")?,
        verified_at: row.opt_moment("verified_at")?,
        agreed_at: row.opt_moment("agreed_at")?,
        id: row.id("id")?,
        shard: row.text("shard")?.to_owned(),
        version: row.int("version")?,
        challenge: row.opt_id("challenge")?,
        tries: row.int("tries")?,
        closed_at: row.opt_moment("closed_at")?,
    })
}

pub(super) async fn contact(store: &Store, party: Id, channel: Channel) -> Result<Option<Contact>, Fault> {
    const SQL: &str = concat!(
        store::shards!("contact"),
        "SELECT c.* FROM home JOIN contact c ON c.shard = home.shard AND c.party = $1 AND c.channel = $2"
    );
    store.query(SQL, vec![party.into(), channel.word().into()]).await?.first().map(read_contact).transpose()
}

pub(super) async fn contacts(store: &Store, party: Id) -> Result<Vec<Contact>, Fault> {
    const SQL: &str = concat!(
        store::shards!("contact"),
        "SELECT c.* FROM home JOIN contact c ON c.shard = home.shard AND c.party = $1 ORDER BY c.channel"
    );
    store.query(SQL, vec![party.into()]).await?.iter().map(read_contact).collect()
}

/// How many codes a party asked for since a moment, and when the first of them was.
pub(super) async fn asked_since(store: &Store, party: Id, since: Moment) -> Result<(i64, Option<Moment>), Fault> {
    let sql = "SELECT count(*) AS n, min(at) AS first FROM contact_act WHERE party = $1 AND at > $2 AND kind = 'asked'";
    let rows = store.query(sql, vec![party.into(), since.into()]).await?;
    rows.first().map_or(Ok((0, None)), |row| Ok((row.int("n")?, row.opt_moment("first")?)))
}

pub(super) fn posting_values(posting: &Posting) -> Vec<Value> {
    vec![
        (&posting.shard).into(),
        posting.id.into(),
        posting.version.into(),
        posting.message.into(),
        posting.case.into(),
        posting.party.into(),
        posting.contact.into(),
        posting.channel.word().into(),
        (&posting.address_mask).into(),
        language(posting.language).into(),
        posting.kind.word().into(),
        posting.state.word().into(),
        posting.carrier.as_ref().into(),
        posting.doubt_at.into(),
        posting.reference.as_ref().into(),
        posting.tries.into(),
        posting.why.as_ref().into(),
        posting.created_at.into(),
        posting.ended_at.into(),
    ]
}

fn read_posting(row: &Row) -> Result<Posting, Fault> {
    let maybe = |column| Ok::<_, Fault>(row.opt_text(column)?.map(str::to_owned));
    Ok(Posting {
        id: row.id("id")?,
        message: row.opt_id("message")?,
        case: row.opt_id("case_id")?,
        party: row.id("party")?,
        channel: word(row, "channel", Channel::from_word)?,
        address_mask: row.text("address_mask")?.to_owned(),
        language: word(row, "language", language_of)?,
        kind: word(row, "kind", MessageKind::from_word)?,
        state: word(row, "state", PostingState::from_word)?,
        carrier: maybe("carrier")?,
        reference: maybe("reference")?,
        tries: row.int("tries")?,
        why: maybe("why")?,
        created_at: row.moment("created_at")?,
        ended_at: row.opt_moment("ended_at")?,
        contact: row.id("contact")?,
        doubt_at: row.opt_moment("doubt_at")?,
        shard: row.text("shard")?.to_owned(),
        version: row.int("version")?,
    })
}

pub(super) async fn posting(store: &Store, shard: &str, id: Id) -> Result<Option<Posting>, Fault> {
    let sql = "SELECT * FROM posting WHERE shard = $1 AND id = $2";
    store.query(sql, vec![shard.into(), id.into()]).await?.first().map(read_posting).transpose()
}

pub(super) async fn postings_of(store: &Store, party: Id) -> Result<Vec<Posting>, Fault> {
    let sql = "SELECT * FROM posting WHERE party = $1 ORDER BY created_at DESC, id DESC LIMIT 50";
    store.query(sql, vec![party.into()]).await?.iter().map(read_posting).collect()
}

pub(super) async fn postings_for_case(store: &Store, case: Id) -> Result<Vec<Posting>, Fault> {
    let sql = "SELECT * FROM posting WHERE case_id = $1 ORDER BY created_at, id";
    store.query(sql, vec![case.into()]).await?.iter().map(read_posting).collect()
}

pub(super) async fn tries(store: &Store, posting: Id) -> Result<Vec<PostingTry>, Fault> {
    let sql = "SELECT * FROM posting_try WHERE posting = $1 ORDER BY n";
    let read = |row: &Row| {
        Ok(PostingTry {
            posting: row.id("posting")?,
            carrier: row.text("carrier")?.to_owned(),
            at: row.moment("at")?,
            result: row.text("result")?.to_owned(),
            why: row.text("why")?.to_owned(),
            elapsed_ms: row.int("elapsed_ms")?,
        })
    };
    store.query(sql, vec![posting.into()]).await?.iter().map(read).collect()
}

/// The carriers that refused a posting.
pub(super) async fn refused_by(store: &Store, posting: Id) -> Result<Vec<String>, Fault> {
    let sql = "SELECT DISTINCT carrier FROM posting_try WHERE posting = $1 AND result = 'refused'";
    let rows = store.query(sql, vec![posting.into()]).await?;
    rows.iter().map(|row| Ok(row.text("carrier")?.to_owned())).collect()
}

pub(super) async fn failed_since(store: &Store, since: Moment) -> Result<Vec<(String, String, i64)>, Fault> {
    let sql = "SELECT channel, state, count(*) AS n FROM posting WHERE state IN ('refused', 'given_up') AND ended_at >= $1 \
               GROUP BY channel, state ORDER BY channel, state";
    let rows = store.query(sql, vec![since.into()]).await?;
    rows.iter().map(|r| Ok((r.text("channel")?.to_owned(), r.text("state")?.to_owned(), r.int("n")?))).collect()
}
