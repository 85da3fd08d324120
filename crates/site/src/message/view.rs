//! What the message list shows.

use askama::Template;
use kernel::Moment;

use crate::frame::Frame;
use crate::pieces::Pager;

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
