//! What the message list shows.

use askama::Template;
use kernel::Moment;

use crate::frame::Frame;
use crate::pieces::{ErrorLine, FieldView, Pager, Tag};

/// A message.
#[derive(Clone, Debug)]
pub struct MessageRow {
    /// What it is about.
    pub href: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// When it was sent.
    pub at: Moment,
    /// Whether it has not been read.
    pub unread: bool,
}

/// `/me/messages`
#[derive(Clone, Debug, Template)]
#[template(path = "message/list.html")]
pub struct MessagesPage {
    /// The frame.
    pub frame: Frame,
    /// The messages, newest first.
    pub messages: Vec<MessageRow>,
    /// How many are not read.
    pub unread: u32,
    /// The next page.
    pub pager: Pager,
}

/// One channel of the contacts' page.
#[derive(Clone, Debug)]
pub struct ChannelView {
    /// What it is called.
    pub name: String,
    /// Whether there is an address, and whether it is proven.
    pub tag: Tag,
    /// The address, masked; empty for none.
    pub mask: String,
    /// Where its forms go.
    pub path: String,
    /// The field for an address.
    pub address: FieldView,
    /// The field for the code, where one was sent.
    pub code: Option<FieldView>,
    /// What is sent there.
    pub kinds: FieldView,
    /// In which language.
    pub language: FieldView,
    /// Whether the address is proven.
    pub verified: bool,
}

impl ChannelView {
    /// What is wrong with its fields.
    pub fn errors(&self) -> Vec<ErrorLine> {
        let fields = [Some(&self.address), self.code.as_ref()].into_iter().flatten();
        let line = |f: &FieldView| Some(ErrorLine { href: format!("#{}", f.id()), message: f.error.clone()? });
        fields.filter_map(line).collect()
    }
}

/// One message that went, or was to go, outside the house.
#[derive(Clone, Debug)]
pub struct PostingRow {
    /// When it was sent, or made.
    pub at: Moment,
    /// By which channel.
    pub channel: String,
    /// Where to, masked.
    pub to: String,
    /// About what.
    pub kind: String,
    /// What became of it.
    pub tag: Tag,
    /// The message; empty for a code.
    pub href: String,
}

/// `/me/contacts`
#[derive(Clone, Debug, Template)]
#[template(path = "message/contacts.html")]
pub struct ContactsPage {
    /// The frame.
    pub frame: Frame,
    /// What was done just now; empty for nothing.
    pub done: String,
    /// What is wrong.
    pub errors: Vec<ErrorLine>,
    /// The channels that are served.
    pub channels: Vec<ChannelView>,
    /// What was sent, newest first.
    pub postings: Vec<PostingRow>,
    /// Whether there is an outgoing box to look into.
    pub letterbox: bool,
}

/// A letter in the demonstration's outgoing box.
#[derive(Clone, Debug)]
pub struct LetterRow {
    /// When it arrived.
    pub at: Moment,
    /// By which channel.
    pub channel: String,
    /// To which address: everybody here is invented.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// How often it was handed over.
    pub handed: u32,
}

/// `/demonstration/outbox`
#[derive(Clone, Debug, Template)]
#[template(path = "message/outbox.html")]
pub struct OutboxPage {
    /// The frame.
    pub frame: Frame,
    /// The letters, newest first.
    pub letters: Vec<LetterRow>,
}
