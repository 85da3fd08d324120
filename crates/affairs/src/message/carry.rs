//! Carrying messages out: first to every contact that agreed (postings), then each posting to a carrier.
//!
//! What is about to happen is written down before it happens: a posting names the carrier that is going to be handed the letter
//! before it is handed over. Whoever goes on after a kill -9 asks that carrier again, with the same key, and no other.

use kernel::{Id, Moment};
use serde_json::Value as Json;
use store::{CommitError, Message as Entry, Store, Unit, Value};

use super::TOPIC;
use super::carrier::{Hindrance, Letter, Taken};
use super::contact::Contact;
use super::decide::{self, CodeKey, Next, Offer};
use super::posting::{self, Born, Posting, PostingState};
use super::posts::{Line, Posts};
use super::record::{self, POSTING, POSTING_TRY};
use super::render::{self, Matter};
use crate::access::Desk;
use crate::catalog::{Catalog, MessageKind};

/// What carrying out takes besides the entry.
#[derive(Clone, Copy)]
pub struct Outward<'a> {
    /// Store, time and chance.
    pub base: Desk<'a>,
    /// The carriers.
    pub posts: &'a Posts,
    /// For the words and the quiet hours.
    pub catalog: &'a Catalog,
    /// For the codes that prove addresses.
    pub code_key: &'a CodeKey,
}

/// How carrying a posting ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carried {
    /// Nothing more is to be done.
    Done,
    /// Not now: nobody is disturbed before this moment. This was no try.
    NotBefore(Moment),
}

/// Carries out an entry of [`TOPIC`]: the message is in its party's inbox; from here it goes to every contact that agreed.
///
/// # Errors
/// Why it was not carried out, to be kept with the entry.
pub async fn carry(outward: &Outward<'_>, entry: &Entry) -> Result<(), String> {
    if entry.topic != TOPIC {
        return Err(format!("nobody delivers the topic {:?}", entry.topic));
    }
    let store = outward.base.store;
    let id = id_in(entry, "message")?;
    let found = record::in_shard(store, &entry.shard, id).await.map_err(told)?.ok_or("the message is not there")?;
    if found.delivered {
        return Ok(());
    }
    let mut unit = found.mark("delivered_at", outward.base.now());
    for contact in record::contacts(store, found.party).await.map_err(told)? {
        let words = outward.catalog.wording().and_then(|wording| wording.template(contact.channel, found.kind));
        if contact.takes(found.kind) && outward.posts.serves(contact.channel) && words.is_some() {
            let (message, case) = (Some(id), found.message.case);
            let new = Born { contact: &contact, kind: found.kind, message, case };
            unit = unit.and(posting::born(&outward.base, &entry.shard, &new));
        }
    }
    match store.commit(unit).await {
        Ok(_) => Ok(()),
        // Opened at this instant, or carried by another worker: the next attempt sees which.
        Err(error) => Err(error.to_string()),
    }
}

fn id_in(entry: &Entry, name: &str) -> Result<Id, String> {
    let body: Json = serde_json::from_str(&entry.body).map_err(told)?;
    body[name].as_str().and_then(|text| text.parse().ok()).ok_or_else(|| format!("no {name} id in the entry"))
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Carries out an entry of [`posting::TOPIC`]: one posting to one carrier.
///
/// # Errors
/// Why it was not taken, to be kept with the entry; the outbox tries again by its own plan, and gives up after a day.
pub async fn carry_out(outward: &Outward<'_>, entry: &Entry) -> Result<Carried, String> {
    let store = outward.base.store;
    let id = id_in(entry, "posting")?;
    let posting = record::posting(store, &entry.shard, id).await.map_err(told)?.ok_or("the posting is not there")?;
    if posting.state.is_final() {
        return Ok(Carried::Done);
    }
    let mut round = Round { outward, store, posting };
    let done = match round.ready().await? {
        Ready::Letter(letter) => round.hand(&letter).await,
        Ready::NotBefore(until) => return Ok(Carried::NotBefore(until)),
        Ready::Drop(why) => round.end(PostingState::Dropped, vec![("why", why.into())]).await,
    };
    if let Err(why) = &done
        && entry.is_last()
    {
        round.end(PostingState::GivenUp, vec![("why", short(why).into())]).await?;
    }
    done.map(|()| Carried::Done)
}

/// Whether a posting can go now.
enum Ready {
    Letter(Letter),
    NotBefore(Moment),
    Drop(&'static str),
}

/// One attempt of the outbox at one posting.
struct Round<'a> {
    outward: &'a Outward<'a>,
    store: &'a Store,
    posting: Posting,
}

impl Round<'_> {
    async fn ready(&self) -> Result<Ready, String> {
        let (posting, now) = (&self.posting, self.outward.base.now());
        let contact = record::contact(self.store, posting.party, posting.channel).await.map_err(told)?;
        let Some(contact) = contact.filter(|c| c.id == posting.contact && c.closed_at.is_none()) else {
            return Ok(Ready::Drop("the contact was closed or changed"));
        };
        if let Some(why) = withheld(posting, &contact, now) {
            return Ok(Ready::Drop(why));
        }
        let Some(wording) = self.outward.catalog.wording() else {
            return Ok(Ready::Drop("the catalogue has no words"));
        };
        let awaited = posting.kind.is_awaited();
        if let Some(until) = (!awaited).then(|| wording.quiet.ends(posting.channel, now)).flatten() {
            return Ok(Ready::NotBefore(until));
        }
        let Some(template) = wording.template(posting.channel, posting.kind) else {
            return Ok(Ready::Drop("the catalogue has no words"));
        };
        let found = match posting.message {
            Some(id) => record::in_shard(self.store, &posting.shard, id).await.map_err(told)?,
            None => None,
        };
        let matter = match &found {
            Some(found) => Matter::Told(&found.message),
            None if posting.message.is_some() => return Err("the message is not there".to_owned()),
            None => Matter::Code(self.outward.code_key),
        };
        let letter = render::letter(template, self.outward.posts.head(), (posting, &contact), &matter);
        Ok(letter.map_or(Ready::Drop("the code was replaced"), Ready::Letter))
    }

    /// From carrier to carrier until one takes it, all refuse it, or nobody knows.
    async fn hand(&mut self, letter: &Letter) -> Result<(), String> {
        let lines = self.outward.posts.lines(self.posting.channel);
        let mut refused = record::refused_by(self.store, self.posting.id).await.map_err(told)?;
        let (mut tried, mut why) = (Vec::new(), "no carrier can be tried now".to_owned());
        loop {
            let now = self.outward.base.now();
            let offers: Vec<Offer<'_>> = lines.iter().map(|line| offer(line, now, (&refused, &tried))).collect();
            let doubt = self.posting.doubt_at.and_then(|since| Some((self.posting.carrier.as_deref()?, since)));
            let line = match decide::next(&offers, doubt, now) {
                Next::Hand(at) => lines.get(at).ok_or("no such carrier")?,
                Next::Wait => return Err(why),
                Next::Refused => {
                    let last = self.posting.why.clone().unwrap_or(why);
                    return self.end(PostingState::Refused, vec![("why", last.into())]).await;
                }
            };
            let name = line.terms.name.clone();
            match self.once(line, letter).await? {
                Ok(taken) => return self.sent(taken).await,
                Err(Hindrance::Refused(said)) => (refused, why) = ([refused, vec![name.clone()]].concat(), said),
                Err(Hindrance::NotTaken(said) | Hindrance::InDoubt(said)) => why = format!("{name}: {said}"),
            }
            tried.push(name);
        }
    }

    /// One try, written down before and after. A carrier that says no now may have taken the letter at an earlier try whose
    /// answer nobody heard: that doubt stays.
    async fn once(&mut self, line: &Line, letter: &Letter) -> Result<Result<Taken, Hindrance>, String> {
        let (began, name) = (self.outward.base.now(), line.terms.name.as_str());
        let doubted = self.posting.doubt_at.filter(|_| self.posting.carrier.as_deref() == Some(name));
        let tries = self.posting.tries + 1;
        let since = doubted.unwrap_or(began);
        self.change(vec![("carrier", name.into()), ("doubt_at", since.into()), ("tries", tries.into())]).await?;
        (self.posting.carrier, self.posting.doubt_at, self.posting.tries) = (Some(name.to_owned()), Some(since), tries);
        let answer = line.hand(letter, || self.outward.base.now()).await;
        let (result, said) = match &answer {
            Ok(taken) => ("taken", taken.reference.clone().unwrap_or_default()),
            Err(Hindrance::Refused(said)) => ("refused", said.clone()),
            Err(Hindrance::NotTaken(said)) => ("not_taken", said.clone()),
            Err(Hindrance::InDoubt(said)) => ("in_doubt", said.clone()),
        };
        let row = vec![
            (&self.posting.shard).into(),
            self.outward.base.id().into(),
            self.posting.id.into(),
            tries.into(),
            name.into(),
            began.into(),
            result.into(),
            short(&said).into(),
            (self.outward.base.now().ms() - began.ms()).max(0).into(),
        ];
        let doubt = match &answer {
            Err(Hindrance::InDoubt(_)) => Some(since),
            Err(Hindrance::NotTaken(_)) => doubted,
            Ok(_) => Some(since),
            Err(Hindrance::Refused(_)) => None,
        };
        let unit = self.changed(vec![("doubt_at", doubt.into()), ("why", short(&said).into())]);
        self.store.commit(unit.insert(&POSTING_TRY, row)).await.map_err(told)?;
        self.posting.version += 1;
        (self.posting.doubt_at, self.posting.why) = (doubt, Some(short(&said)));
        Ok(answer)
    }

    async fn sent(&mut self, taken: Taken) -> Result<(), String> {
        let reference = taken.reference.map(|reference| short(&reference));
        let changes =
            vec![("doubt_at", None::<Moment>.into()), ("reference", reference.into()), ("why", None::<String>.into())];
        self.end(PostingState::Sent, changes).await
    }

    async fn end(&mut self, state: PostingState, mut changes: Vec<(&'static str, Value)>) -> Result<(), String> {
        changes.extend([("state", state.word().into()), ("ended_at", self.outward.base.now().into())]);
        let count = posting::counter(self.posting.channel, state.word());
        let unit = self.changed(changes).count(count, 1);
        self.store.commit(unit).await.map_err(told)?;
        self.posting.version += 1;
        Ok(())
    }

    async fn change(&mut self, changes: Vec<(&'static str, Value)>) -> Result<(), String> {
        match self.store.commit(self.changed(changes)).await {
            Ok(_) => {
                self.posting.version += 1;
                Ok(())
            }
            Err(CommitError::Conflict(_)) => Err("another worker has it".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn changed(&self, changes: Vec<(&'static str, Value)>) -> Unit {
        let key = vec![(&self.posting.shard).into(), self.posting.id.into()];
        Unit::new(&self.posting.shard).update(&POSTING, key, self.posting.version, changes)
    }
}

/// Why a posting is not sent after all.
fn withheld(posting: &Posting, contact: &Contact, now: Moment) -> Option<&'static str> {
    if posting.kind == MessageKind::Code {
        return contact.code_ends().is_none_or(|ends| now >= ends).then_some("the code was used or is too old");
    }
    (!contact.takes(posting.kind)).then_some("the reader agrees to it no more")
}

fn offer<'a>(line: &'a Line, now: Moment, (refused, tried): (&[String], &[String])) -> Offer<'a> {
    let name = &line.terms.name;
    Offer { name, open: line.is_open(now), refused: refused.contains(name), tried: tried.contains(name) }
}

/// What carriers say is kept, but not at any length.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
