//! What the page of halls shows.

use askama::Template;
use kernel::Grade;

use crate::frame::{Frame, Seen};
use crate::pieces::Link;

/// `/halls/{region}`: where one can go, and what can be done there.
#[derive(Clone, Debug, Template)]
#[template(path = "catalog/halls.html")]
pub struct HallsPage {
    /// The frame.
    pub frame: Frame,
    /// The place.
    pub name: String,
    /// Its level.
    pub level: String,
    /// The places above it, the largest first.
    pub crumbs: Vec<Link>,
    /// Whether the place is over.
    pub is_over: bool,
    /// What took its place, where it is over.
    pub ended: Vec<Link>,
    /// What was searched.
    pub query: String,
    /// What was found.
    pub found: Vec<FoundRow>,
    /// The item that narrows what can be done; empty: any.
    pub item: String,
    /// Its name.
    pub item_name: String,
    /// Every item: id and name.
    pub items: Vec<(String, String)>,
    /// The open places of exactly this region.
    pub here: Vec<HallCard>,
    /// The next ones above.
    pub above: Vec<HallCard>,
    /// The regions one step below.
    pub children: Vec<PlaceRow>,
    /// What an agency of this place decides by delegation.
    pub decided: Vec<DecidedRow>,
    /// Whether it is a township.
    pub is_township: bool,
    /// Whether it is a village.
    pub is_village: bool,
    /// What a place of this level may do at most, where that is known from, and its grade.
    pub acts: Option<(String, String, Grade)>,
    /// How many places have one.
    pub coverage: Vec<CoverageRow>,
    /// Where finished cases were brought in.
    pub shares: Vec<ShareRow>,
    /// The page without its question.
    pub here_path: String,
}

/// A grade as the shared piece shows it.
#[derive(Clone, Copy, Debug)]
pub struct Graded {
    /// The grade.
    pub grade: Grade,
}

impl HallsPage {
    /// A grade for the shared piece.
    pub fn graded(&self, grade: impl Seen<Grade>) -> Graded {
        Graded { grade: grade.seen() }
    }

    /// Whether this option is the chosen item.
    pub fn is_chosen(&self, id: &str) -> bool {
        self.item == id
    }
}

/// A place found.
#[derive(Clone, Debug)]
pub struct FoundRow {
    /// Where.
    pub link: Link,
    /// Whether it has an open place of its own.
    pub has: bool,
}

/// A region below.
#[derive(Clone, Debug)]
pub struct PlaceRow {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Whether it has an open place.
    pub has: bool,
}

/// One hall, station or point.
#[derive(Clone, Debug)]
pub struct HallCard {
    /// Its id, where it has counters and so gives tickets; else empty.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What kind.
    pub kind: String,
    /// Where it is, by region.
    pub place: String,
    /// When somebody is there.
    pub hours: String,
    /// Where that is known from; may be empty.
    pub hours_source: String,
    /// Who keeps it; may be empty.
    pub keeper: String,
    /// In words; may be empty.
    pub address: String,
    /// May be empty.
    pub phone: String,
    /// Degrees north and east, and who measured them.
    pub map: Option<(String, String)>,
    /// Whether nobody stands behind the entry.
    pub demonstration: bool,
    /// Where the entry comes from.
    pub source: String,
    /// What can be done there.
    pub acts: Vec<ActRow>,
    /// What it offers, with grade and source.
    pub grades: Vec<(String, Grade, String)>,
    /// Its counters.
    pub counters: Vec<CounterRow>,
}

/// One act.
#[derive(Clone, Debug)]
pub struct ActRow {
    /// Its name.
    pub name: String,
    /// Whether it is done.
    pub done: bool,
    /// Only for these items; empty: for every one.
    pub items: Vec<String>,
}

/// One counter.
#[derive(Clone, Debug)]
pub struct CounterRow {
    /// Its sign.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it does.
    pub offers: String,
}

/// An item that is decided here.
#[derive(Clone, Debug)]
pub struct DecidedRow {
    /// The item.
    pub item: Link,
    /// Who decides.
    pub agency: String,
    /// Entrusted or delegated.
    pub way: String,
    /// By which document.
    pub document: String,
}

/// How many regions of some levels have a place.
#[derive(Clone, Debug)]
pub struct CoverageRow {
    /// Which.
    pub level: String,
    /// Regions with one.
    pub with: usize,
    /// Regions.
    pub of: usize,
    /// The share.
    pub share: String,
    /// The national average.
    pub average: String,
    /// Above or below it; empty where it is not known.
    pub difference: String,
    /// Where the average is known from.
    pub source: String,
    /// How well.
    pub grade: Option<Grade>,
}

/// Where finished cases were brought in.
#[derive(Clone, Debug)]
pub struct ShareRow {
    /// Where.
    pub name: String,
    /// How many.
    pub cases: i64,
    /// Of all of which it is known; empty: not counted among them.
    pub share: String,
}
