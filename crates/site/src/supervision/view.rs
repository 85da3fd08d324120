//! What supervision shows to those who go and look.

use askama::Template;
use kernel::Date;

use crate::approval::desk::FilterView;
use crate::frame::Frame;
use crate::pieces::{Pager, Tag, Tone};

/// A duty.
#[derive(Clone, Debug)]
pub struct DutyRow {
    /// The light of its window.
    pub light: Tone,
    /// Not before.
    pub from: Date,
    /// Not after; none where the work calendar does not reach.
    pub until: Option<Date>,
    /// What to look at.
    pub what: String,
    /// At whom.
    pub holder: String,
    /// The case it was born with; empty where this reader may not open it.
    pub href: String,
    /// That case's number.
    pub number: String,
    /// Who goes.
    pub agency: String,
    /// Where.
    pub region: String,
    /// Its state.
    pub tag: Tag,
}

/// `/staff/duties`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/duties.html")]
pub struct DutiesPage {
    /// The frame.
    pub frame: Frame,
    /// How many, in words.
    pub counted: String,
    /// The filters.
    pub filters: Vec<FilterView>,
    /// The duties, soonest first.
    pub rows: Vec<DutyRow>,
    /// The next page.
    pub pager: Pager,
}

/// Words for the island, by key.
#[derive(Clone, Debug)]
pub struct Phrase {
    /// The key.
    pub key: &'static str,
    /// The words, with `{}` where something is put in.
    pub text: String,
}

/// `/draws/verify`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/draw.html")]
pub struct DrawPage {
    /// The frame.
    pub frame: Frame,
    /// What the island says.
    pub phrases: Vec<Phrase>,
}
