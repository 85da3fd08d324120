//! What early warnings show to those who look into them.

use askama::Template;
use kernel::Date;

use crate::approval::desk::FilterView;
use crate::frame::Frame;
use crate::pieces::{ErrorLine, FieldView, Tag};
use crate::replay::chart::Chart;

/// A warning.
#[derive(Clone, Debug)]
pub struct WarningRow {
    /// Its page.
    pub href: String,
    /// What the rule says.
    pub sentence: String,
    /// How well the rule is known.
    pub grade: String,
    /// What it is about.
    pub about: String,
    /// The item.
    pub item: String,
    /// Whose matter it is.
    pub agency: String,
    /// Until when somebody looks; empty where nothing waits.
    pub until: String,
    /// Who looks into it; empty for nobody yet.
    pub owner: String,
    /// What was seen, and where.
    pub evidence: Vec<(String, String)>,
    /// Its state.
    pub tag: Tag,
}

/// `/staff/warnings`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/warnings.html")]
pub struct WarningsPage {
    /// The frame.
    pub frame: Frame,
    /// The places beside it.
    pub filters: Vec<FilterView>,
    /// The closed ones, or the open ones.
    pub other: String,
    /// Whether these are the closed ones.
    pub closed: bool,
    /// The warnings.
    pub rows: Vec<WarningRow>,
}

/// `/staff/warnings/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/warning.html")]
pub struct WarningPage {
    /// The frame.
    pub frame: Frame,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// Whether something was done just now.
    pub done: bool,
    /// Its version.
    pub version: i64,
    /// The warning.
    pub row: WarningRow,
    /// When it was raised.
    pub raised: String,
    /// What was noted; empty for nothing yet.
    pub said: String,
    /// Whether this officer may take it on.
    pub takes: bool,
    /// The form that closes it; none where this officer may not.
    pub note: Option<FieldView>,
}

/// A line of a calendar.
#[derive(Clone, Debug)]
pub struct CalendarRow {
    /// The day.
    pub on: Date,
    /// What.
    pub what: String,
    /// Who, or the licence's number.
    pub note: String,
    /// Where more stands; empty for nowhere.
    pub href: String,
    /// How it stands.
    pub tag: Option<Tag>,
}

/// A month.
#[derive(Clone, Debug)]
pub struct CalendarMonth {
    /// Its name.
    pub name: String,
    /// Its lines.
    pub rows: Vec<CalendarRow>,
}

/// `/me/calendar`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/calendar.html")]
pub struct CalendarPage {
    /// The frame.
    pub frame: Frame,
    /// Whose it is.
    pub name: String,
    /// What is to come, the next first.
    pub ahead: Vec<CalendarMonth>,
    /// What was, the last first.
    pub past: Vec<CalendarMonth>,
}

/// One agency in one region, over a year.
#[derive(Clone, Debug)]
pub struct CoverageRow {
    /// The agency.
    pub agency: String,
    /// Where.
    pub region: String,
    /// Duties that were to be looked at.
    pub due: u64,
    /// Of them looked at.
    pub acted: u64,
    /// Results.
    pub results: u64,
    /// Of them with something found.
    pub hits: u64,
}

/// `/inspections/numbers`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/numbers.html")]
pub struct NumbersPage {
    /// The frame.
    pub frame: Frame,
    /// Since which day.
    pub since: String,
    /// By month: how many of the results found something.
    pub months: Chart,
    /// By agency: how many of the duties were looked at.
    pub agencies: Chart,
    /// All of it.
    pub rows: Vec<CoverageRow>,
}
