//! Where a party is reached outside the house: an address it has proven by a code, and what it agreed to be sent there, in which
//! language. Each of the four acts (ask, verify, agree, close) is kept.

use std::collections::BTreeSet;

use kernel::{Id, Language, Moment, Text};
use serde_json::{Value as Json, json};
use store::{CommitError, Store, Unit};
use subtle::ConstantTimeEq as _;

use super::decide::{self, ASK_AGAIN_MS, CODE_MINUTES, CODE_TRIES, CODES_A_DAY, CodeKey};
use super::error::MessageError;
use super::posting;
use super::posts::Posts;
use super::record::{self, CONTACT, CONTACT_ACT};
use crate::access::{Actor, Desk, PersonActor};
use crate::catalog::{Channel, MessageKind};

const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// One contact of a party.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    /// Whose.
    pub party: Id,
    /// By which channel.
    pub channel: Channel,
    /// The address, whole; show it by [`Contact::mask`]. Empty once it is closed.
    pub address: String,
    /// In which language.
    pub language: Language,
    /// What is agreed to.
    pub kinds: BTreeSet<MessageKind>,
    /// When a code was asked for that has not been used.
    pub asked_at: Option<Moment>,
    /// When the address was proven.
    pub verified_at: Option<Moment>,
    /// When what is sent was agreed to last.
    pub agreed_at: Option<Moment>,
    pub(super) id: Id,
    pub(super) shard: String,
    pub(super) version: i64,
    pub(super) challenge: Option<Id>,
    pub(super) tries: i64,
    pub(super) closed_at: Option<Moment>,
}

impl Contact {
    /// The address as pages show it.
    pub fn mask(&self) -> String {
        decide::mask(self.channel, &self.address)
    }

    /// Whether the address is proven and in use.
    pub fn is_verified(&self) -> bool {
        self.verified_at.is_some() && self.closed_at.is_none()
    }

    /// Whether messages of this kind go there.
    pub fn takes(&self, kind: MessageKind) -> bool {
        self.is_verified() && self.kinds.contains(&kind)
    }

    /// When its code can no longer be used.
    pub(super) fn code_ends(&self) -> Option<Moment> {
        self.asked_at.map(|at| at.plus_ms(CODE_MINUTES * 60_000))
    }

    fn change(&self, changes: Vec<(&'static str, store::Value)>) -> Unit {
        let key = vec![(&self.shard).into(), self.party.into(), self.channel.word().into()];
        Unit::new(&self.shard).update(&CONTACT, key, self.version, changes)
    }
}

/// What somebody asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wish<'a> {
    /// By which channel.
    pub channel: Channel,
    /// The address as typed.
    pub address: &'a str,
    /// In which language.
    pub language: Language,
    /// What shall be sent there once the address is proven.
    pub kinds: BTreeSet<MessageKind>,
}

/// The open contacts of a party, by channel.
pub async fn contacts(store: &Store, party: Id) -> Result<Vec<Contact>, store::Fault> {
    let mut all = record::contacts(store, party).await?;
    all.retain(|contact| contact.closed_at.is_none());
    Ok(all)
}

/// Notes an address and sends it a code. An address that was there is replaced: it gets nothing more.
///
/// # Errors
/// [`MessageError::Invalid`] where the address cannot be one; [`MessageError::TooSoon`] within a minute of the last code, and
/// after ten in a day.
pub async fn ask(desk: &Desk<'_>, posts: &Posts, who: &PersonActor, wish: &Wish<'_>) -> Result<Contact, MessageError> {
    if !posts.serves(wish.channel) {
        return Err(MessageError::NotOffered);
    }
    let invalid = |reason| MessageError::Invalid { field: "address", reason };
    let address = decide::address(wish.channel, wish.address).map_err(invalid)?;
    let now = desk.now();
    let before = record::contact(desk.store, who.party.id, wish.channel).await?;
    not_too_soon(desk, who.party.id, before.as_ref(), now).await?;
    let contact = Contact {
        party: who.party.id,
        channel: wish.channel,
        address,
        language: wish.language,
        kinds: wish.kinds.clone(),
        asked_at: Some(now),
        verified_at: None,
        agreed_at: None,
        id: desk.id(),
        shard: before.as_ref().map_or_else(|| desk.shard.to_owned(), |c| c.shard.clone()),
        version: before.as_ref().map_or(1, |c| c.version + 1),
        challenge: Some(desk.id()),
        tries: 0,
        closed_at: None,
    };
    let unit = match &before {
        None => desk.unit().insert(&CONTACT, record::contact_values(&contact)),
        Some(old) => old.change(record::contact_changes(&contact)),
    };
    let unit = unit.and(act(desk, who, &contact, "asked", json!({ "to": contact.mask() })));
    desk.store.commit(unit.and(posting::code(desk, &contact))).await?;
    Ok(contact)
}

async fn not_too_soon(desk: &Desk<'_>, party: Id, before: Option<&Contact>, now: Moment) -> Result<(), MessageError> {
    if let Some(asked) = before.and_then(|contact| contact.asked_at).filter(|at| now.ms() - at.ms() < ASK_AGAIN_MS) {
        return Err(MessageError::TooSoon { retry_at: asked.plus_ms(ASK_AGAIN_MS) });
    }
    let since = now.plus_ms(-DAY_MS);
    match record::asked_since(desk.store, party, since).await? {
        (n, Some(first)) if n >= CODES_A_DAY => Err(MessageError::TooSoon { retry_at: first.plus_ms(DAY_MS) }),
        _ => Ok(()),
    }
}

/// Proves an address by the code it was sent; from now on what was wished for is sent there.
///
/// # Errors
/// [`MessageError::WrongCode`]; five wrong ones end the code.
pub async fn verify(
    desk: &Desk<'_>,
    key: &CodeKey,
    who: &PersonActor,
    (channel, typed): (Channel, &str),
) -> Result<Contact, MessageError> {
    let mut contact = mine(desk.store, who, channel).await?;
    let now = desk.now();
    let (Some(challenge), Some(ends)) = (contact.challenge, contact.code_ends()) else {
        return Err(MessageError::NoCode);
    };
    if now >= ends || contact.tries >= CODE_TRIES {
        return Err(MessageError::NoCode);
    }
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    if !bool::from(key.code(challenge).as_bytes().ct_eq(digits.as_bytes())) {
        let tries = contact.tries + 1;
        desk.store.commit(contact.change(vec![("tries", tries.into())])).await?;
        return Err(MessageError::WrongCode { left: CODE_TRIES - tries });
    }
    let unit = contact.change(vec![
        ("verified_at", now.into()),
        ("agreed_at", now.into()),
        ("challenge", None::<Id>.into()),
        ("asked_at", None::<Moment>.into()),
    ]);
    let unit = unit.and(act(desk, who, &contact, "verified", agreed(&contact)));
    desk.store.commit(unit).await?;
    (contact.verified_at, contact.agreed_at, contact.challenge, contact.asked_at) = (Some(now), Some(now), None, None);
    Ok(contact)
}

/// Changes what is sent to a proven address, and in which language.
pub async fn agree(
    desk: &Desk<'_>,
    who: &PersonActor,
    channel: Channel,
    (language, kinds): (Language, BTreeSet<MessageKind>),
) -> Result<Contact, MessageError> {
    let mut contact = mine(desk.store, who, channel).await?;
    let now = desk.now();
    (contact.language, contact.kinds, contact.agreed_at) = (language, kinds, Some(now));
    let unit = contact.change(vec![
        ("language", record::language(language).into()),
        ("kinds", record::kinds(&contact.kinds).into()),
        ("agreed_at", now.into()),
    ]);
    let unit = unit.and(act(desk, who, &contact, "agreed", agreed(&contact)));
    desk.store.commit(unit).await?;
    Ok(contact)
}

/// Takes a contact away: the address is erased, and nothing more goes there, not even what is on its way.
pub async fn close(desk: &Desk<'_>, who: &PersonActor, channel: Channel) -> Result<(), MessageError> {
    let contact = mine(desk.store, who, channel).await?;
    let unit = contact.change(vec![
        ("address", "".into()),
        ("kinds", "".into()),
        ("challenge", None::<Id>.into()),
        ("asked_at", None::<Moment>.into()),
        ("verified_at", None::<Moment>.into()),
        ("closed_at", desk.now().into()),
    ]);
    let unit = unit.and(act(desk, who, &contact, "closed", json!({ "to": contact.mask() })));
    desk.store.commit(unit).await?;
    Ok(())
}

async fn mine(store: &Store, who: &PersonActor, channel: Channel) -> Result<Contact, MessageError> {
    let found = record::contact(store, who.party.id, channel).await?;
    found.filter(|contact| contact.closed_at.is_none()).ok_or(MessageError::NotFound)
}

fn agreed(contact: &Contact) -> Json {
    json!({ "kinds": record::kinds(&contact.kinds), "language": record::language(contact.language), "to": contact.mask() })
}

fn act(desk: &Desk<'_>, who: &PersonActor, contact: &Contact, kind: &'static str, detail: Json) -> Unit {
    let signature = Actor::Person(who.clone()).signature();
    let row = vec![
        (&contact.shard).into(),
        desk.id().into(),
        contact.party.into(),
        contact.channel.word().into(),
        desk.now().into(),
        kind.into(),
        signature.account.into(),
        signature.name.into(),
        detail.to_string().into(),
    ];
    desk.unit().insert(&CONTACT_ACT, row)
}

/// A contact that is proven without a code: for worlds whose people are invented.
///
/// # Errors
/// [`MessageError::Invalid`] where the address cannot be one.
pub async fn prove(desk: &Desk<'_>, who: &PersonActor, wish: &Wish<'_>) -> Result<(), MessageError> {
    let invalid = |reason: Text| MessageError::Invalid { field: "address", reason };
    let now = desk.now();
    let contact = Contact {
        party: who.party.id,
        channel: wish.channel,
        address: decide::address(wish.channel, wish.address).map_err(invalid)?,
        language: wish.language,
        kinds: wish.kinds.clone(),
        asked_at: None,
        verified_at: Some(now),
        agreed_at: Some(now),
        id: desk.id(),
        shard: desk.shard.to_owned(),
        version: 1,
        challenge: None,
        tries: 0,
        closed_at: None,
    };
    let unit = desk.unit().insert(&CONTACT, record::contact_values(&contact));
    let unit = unit.and(act(desk, who, &contact, "verified", agreed(&contact)));
    match desk.store.commit(unit).await {
        Ok(_) | Err(CommitError::Conflict(_)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}
