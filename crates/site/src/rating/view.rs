//! What rating shows.

use askama::Template;
use kernel::{Date, Moment};

use crate::approval::desk::FilterView;
use crate::frame::Frame;
use crate::pieces::{ErrorLine, EventView, FieldView, Link, Pager, Tag, Tone};

/// The form by which a case is rated: on the case's own page, or with a receipt.
#[derive(Clone, Debug, Template)]
#[template(path = "rating/give.html")]
pub struct GivePage {
    /// The frame.
    pub frame: Frame,
    /// What is wrong.
    pub errors: Vec<ErrorLine>,
    /// Where it goes.
    pub action: String,
    /// Where it came from; empty for none.
    pub back: String,
    /// The item; empty where the receipt is still to be typed.
    pub item: String,
    /// The number; empty as above.
    pub number: String,
    /// The window whose tablet this is; empty for none.
    pub window: String,
    /// Number and secret of the receipt, where they are asked.
    pub receipt: Vec<FieldView>,
    /// Level, words, name.
    pub fields: Vec<FieldView>,
}

/// After rating.
#[derive(Clone, Debug, Template)]
#[template(path = "rating/thanks.html")]
pub struct ThanksPage {
    /// The frame.
    pub frame: Frame,
    /// The level given.
    pub tag: Tag,
    /// What happens next, in sentences.
    pub next: Vec<String>,
    /// Where to go on.
    pub onward: Link,
}

/// The rating of a case on the case's own page.
#[derive(Clone, Debug)]
pub struct OwnRating {
    /// Where it can be rated; empty where it was.
    pub href: String,
    /// The level given.
    pub tag: Option<Tag>,
    /// Where it stands.
    pub says: String,
    /// The reply.
    pub reply: String,
}

/// One rating as everybody reads it.
#[derive(Clone, Debug)]
pub struct PublicRow {
    /// The day.
    pub on: Date,
    /// The level.
    pub tag: Tag,
    /// The item.
    pub item: String,
    /// The agency.
    pub agency: String,
    /// Who, masked, or that no name was given.
    pub who: String,
    /// The words; empty for none that may be shown.
    pub words: String,
    /// Why there are none; may be empty.
    pub words_why: String,
    /// What became of it.
    pub state: String,
    /// The reply; may be empty.
    pub reply: String,
}

/// The figures of one agency, item or window.
#[derive(Clone, Debug)]
pub struct FigureRow {
    /// Of what.
    pub name: String,
    /// How many ratings.
    pub all: i64,
    /// Very satisfied, satisfied, fair, unsatisfied, very unsatisfied.
    pub levels: Vec<i64>,
}

/// A table of figures.
#[derive(Clone, Debug)]
pub struct FigureTable {
    /// The HTML id of its heading.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// Its rows.
    pub rows: Vec<FigureRow>,
}

/// `/ratings`
#[derive(Clone, Debug, Template)]
#[template(path = "rating/public.html")]
pub struct RatingsPage {
    /// The frame.
    pub frame: Frame,
    /// What the figures say in one line each.
    pub lines: Vec<String>,
    /// The names of the levels, best first.
    pub levels: Vec<String>,
    /// By agency, item, window.
    pub tables: Vec<FigureTable>,
    /// The ratings, newest first.
    pub rows: Vec<PublicRow>,
    /// The next page.
    pub pager: Pager,
}

/// A rating in the list of those who work on them.
#[derive(Clone, Debug)]
pub struct WorkRow {
    /// Its page.
    pub href: String,
    /// Green, amber, red by what is left of the time.
    pub light: Tone,
    /// By when something is owed; empty for nothing.
    pub due: String,
    /// The level.
    pub level: Tag,
    /// Where it stands.
    pub state: String,
    /// The item.
    pub item: String,
    /// The agency.
    pub agency: String,
    /// Who, masked.
    pub who: String,
    /// When it was rated.
    pub at: Moment,
}

/// `/staff/ratings`
#[derive(Clone, Debug, Template)]
#[template(path = "rating/desk.html")]
pub struct WorkPage {
    /// The frame.
    pub frame: Frame,
    /// How many, in words.
    pub counted: String,
    /// The filters.
    pub filters: Vec<FilterView>,
    /// The ratings.
    pub rows: Vec<WorkRow>,
}

/// A step that may be done now.
#[derive(Clone, Debug)]
pub struct StepView {
    /// What is sent.
    pub word: &'static str,
    /// What is read.
    pub label: String,
    /// What it means.
    pub hint: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// `/staff/ratings/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "rating/one.html")]
pub struct OnePage {
    /// The frame.
    pub frame: Frame,
    /// What is wrong.
    pub errors: Vec<ErrorLine>,
    /// What was done just now; empty for nothing.
    pub done: String,
    /// Its own address.
    pub action: String,
    /// Its version.
    pub version: i64,
    /// The level.
    pub level: Tag,
    /// Where it stands.
    pub state: String,
    /// By when something is owed, in words; may be empty.
    pub due: String,
    /// Name and value of what is known.
    pub pairs: Vec<(String, String)>,
    /// The case; none where no name was given.
    pub case: Option<Link>,
    /// The words as written; empty for none.
    pub words: String,
    /// The words as everybody would read them.
    pub words_shown: String,
    /// Whether they may be shown, in words.
    pub words_state: String,
    /// Whether somebody must look at the words.
    pub words_open: bool,
    /// What may be done.
    pub steps: Vec<StepView>,
    /// The note that was typed.
    pub note: String,
    /// What is wrong with it.
    pub note_error: String,
    /// The public reply; empty for none.
    pub reply: String,
    /// What was done.
    pub events: Vec<EventView>,
}
