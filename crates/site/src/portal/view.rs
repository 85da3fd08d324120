//! What the pages of no single room show: home, search, personal page, texts.

use askama::Template;
use kernel::{Date, Moment};

use crate::frame::Frame;
use crate::pieces::{Link, Tag};

/// 此刻: what the counter did in the last 24 hours. The words stand for "none yet" where there is nothing to count.
#[derive(Clone, Debug)]
pub struct Live {
    /// Cases decided, such as `37 件`.
    pub decided: String,
    /// Median time from received to decided, such as `0.8 秒`.
    pub median: String,
    /// Share decided outside office hours, such as `62%`.
    pub outside: String,
    /// When it was counted.
    pub counted_at: Moment,
}

/// A licence about to run out, or another thing the reader should not miss.
#[derive(Clone, Debug)]
pub struct Watch {
    /// "您的执业药师注册 60 天后到期".
    pub title: String,
    /// What to do by when, and what is prefilled.
    pub detail: String,
    /// Where to do it.
    pub href: String,
    /// The words to press.
    pub action: String,
}

/// `/`
#[derive(Clone, Debug, Template)]
#[template(path = "portal/home.html")]
pub struct HomePage {
    /// The frame.
    pub frame: Frame,
    /// The most used items.
    pub popular: Vec<Link>,
    /// The live strip.
    pub live: Live,
    /// For a signed-in reader: what runs out next.
    pub watch: Option<Watch>,
}

impl HomePage {
    /// The most used items: five in large print, eight else.
    pub fn first(&self) -> &[Link] {
        let most = if self.frame.elder { 5 } else { 8 };
        &self.popular[..self.popular.len().min(most)]
    }
}

/// An item in a list of items.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Its guide.
    pub href: String,
    /// Its name.
    pub name: String,
    /// One line about it; may be empty.
    pub summary: String,
    /// Who decides.
    pub agency: String,
    /// Whether the machine may decide it on the spot.
    pub instant: bool,
}

/// `/search?q=`. Its `#results` is also what the live search puts below the field.
#[derive(Clone, Debug, Template)]
#[template(path = "portal/search.html")]
pub struct SearchPage {
    /// The frame.
    pub frame: Frame,
    /// What was asked.
    pub query: String,
    /// What was found, best first.
    pub hits: Vec<Hit>,
}

/// A part of a text page.
#[derive(Clone, Debug, Default)]
pub struct TextPart {
    /// Its heading; may be empty.
    pub heading: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
    /// Links below it.
    pub links: Vec<Link>,
}

/// A page that only says something: about, site map, how to verify.
#[derive(Clone, Debug, Template)]
#[template(path = "portal/text.html")]
pub struct TextPage {
    /// The frame.
    pub frame: Frame,
    /// Its title.
    pub title: String,
    /// Its parts.
    pub parts: Vec<TextPart>,
}

/// A package built into the pages or the program.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, as an SPDX expression.
    pub licence: String,
}

/// `/about/licences`
#[derive(Clone, Debug, Template)]
#[template(path = "portal/licences.html")]
pub struct LicencesPage {
    /// The frame.
    pub frame: Frame,
    /// The packages by name.
    pub packages: Vec<Package>,
}

/// A figure and how it is computed.
#[derive(Clone, Debug)]
pub struct NumberRow {
    /// What it counts.
    pub figure: String,
    /// Its value now.
    pub value: String,
    /// How it is computed, from which leaves or rows.
    pub how: String,
}

/// `/about/numbers`
#[derive(Clone, Debug, Template)]
#[template(path = "portal/numbers.html")]
pub struct NumbersPage {
    /// The frame.
    pub frame: Frame,
    /// When they were counted.
    pub counted_at: Moment,
    /// The figures.
    pub rows: Vec<NumberRow>,
}

/// A case in the reader's own list.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// Its page.
    pub href: String,
    /// The item's name.
    pub item: String,
    /// Its number.
    pub number: String,
    /// Its state.
    pub tag: Tag,
    /// Since when.
    pub since: Moment,
    /// Who does what next, in one sentence.
    pub next: String,
}

/// A licence in the reader's own list.
#[derive(Clone, Debug)]
pub struct LicenceRow {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its number.
    pub code: String,
    /// Its state.
    pub tag: Tag,
    /// Its last valid day, where it ends.
    pub valid_to: Option<Date>,
}

/// `/me`
#[derive(Clone, Debug, Template)]
#[template(path = "portal/me.html")]
pub struct MePage {
    /// The frame.
    pub frame: Frame,
    /// Whom to greet.
    pub name: String,
    /// What runs out.
    pub watches: Vec<Watch>,
    /// What waits for the reader: drafts, corrections, confirmations.
    pub tasks: Vec<Link>,
    /// Handlings by several agencies.
    pub joints: Vec<Link>,
    /// Their cases, newest first.
    pub cases: Vec<CaseRow>,
    /// Their licences.
    pub licences: Vec<LicenceRow>,
    /// Messages not read.
    pub unread: u32,
}
