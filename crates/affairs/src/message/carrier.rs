//! What takes a message out of the house: a mail server, an SMS gateway, a WeChat official account. How it is reached (SMTP,
//! HTTP, credentials) is known to the program's edge alone and handed in as a [`Carrier`].

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use kernel::{Language, Moment};

use crate::catalog::Channel;

/// A message as it is handed to a carrier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// The same at every try: a carrier that honours it delivers once however often it is handed the letter.
    pub key: String,
    /// The address: telephone number, e-mail address, openid.
    pub to: String,
    /// The reader's language.
    pub language: Language,
    /// The subject, or the first line; empty where the channel has none.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The page it leads to, as an address of this site.
    pub link: String,
    /// When the message was made.
    pub at: Moment,
}

/// A carrier took a letter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Taken {
    /// Its own number for it, where it told one.
    pub reference: Option<String>,
}

/// Why a carrier did not take a letter, sorted by what may be done next.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Hindrance {
    /// It certainly did not take it, and may another time: no connection, TLS refused, busy, our credentials.
    #[error("not taken: {0}")]
    NotTaken(String),
    /// It certainly did not take it and never will: this address or this text is refused.
    #[error("refused: {0}")]
    Refused(String),
    /// Nobody knows whether it took it: no answer in time, the connection broke, an answer that says nothing.
    #[error("in doubt: {0}")]
    InDoubt(String),
}

/// An answer that is awaited.
pub type Handed<'a> = Pin<Box<dyn Future<Output = Result<Taken, Hindrance>> + Send + 'a>>;

/// One provider of a channel. One try each; patience, repetition, pauses and the choice of another are this room's.
pub trait Carrier: Send + Sync + fmt::Debug {
    /// Hands over a letter. Whoever wrote this promises to say [`Hindrance::InDoubt`] whenever the letter may have been taken.
    fn hand<'a>(&'a self, letter: &'a Letter) -> Handed<'a>;
}

/// What is agreed with a carrier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// Which channel it serves.
    pub channel: Channel,
    /// Its name here: in records, never at the provider.
    pub name: String,
    /// The longest a try may take, in milliseconds.
    pub timeout_ms: u32,
    /// Failures in a row after which it is left alone.
    pub failures: u32,
    /// Seconds it is left alone before it is tried again.
    pub pause_seconds: u32,
}

impl Terms {
    /// The usual terms of a carrier.
    pub fn usual(channel: Channel, name: impl Into<String>) -> Self {
        Self { channel, name: name.into(), timeout_ms: 8_000, failures: 5, pause_seconds: 30 }
    }
}
