//! What the pages of tickets and appointments show.

use askama::Template;
use kernel::{Grade, Moment};

use crate::frame::Frame;
use crate::pieces::{ErrorLine, FieldView, Link, Tag};

/// Somebody who is called before others, and how well that is known.
#[derive(Clone, Debug)]
pub struct PriorityRow {
    /// Who.
    pub name: String,
    /// What is shown at the counter.
    pub proof: String,
    /// How well known.
    pub grade: Grade,
    /// What it rests on.
    pub note: String,
}

/// `/halls/{hall}/ticket`
#[derive(Clone, Debug, Template)]
#[template(path = "ticket/take.html")]
pub struct TakePage {
    /// The frame.
    pub frame: Frame,
    /// The hall.
    pub hall: String,
    /// Where it lies.
    pub place: String,
    /// The page of its region.
    pub back: String,
    /// Where the form goes.
    pub action: String,
    /// Its appointments.
    pub appointment: String,
    /// Its screen.
    pub board: String,
    /// Why no ticket is given now; empty: one is.
    pub closed: String,
    /// When somebody is there.
    pub hours: String,
    /// What is wrong.
    pub errors: Vec<ErrorLine>,
    /// The line, and priority.
    pub fields: Vec<FieldView>,
    /// Idempotency key.
    pub key: String,
    /// Who goes first.
    pub priorities: Vec<PriorityRow>,
    /// How often in a row.
    pub jumps_most: u32,
    /// How many services must have been measured.
    pub measured_least: u32,
}

/// `/tickets/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "ticket/one.html")]
pub struct TicketPage {
    /// The frame.
    pub frame: Frame,
    /// What is called out.
    pub number: String,
    /// Where it stands.
    pub tag: Tag,
    /// What to do now.
    pub says: String,
    /// What is known: label and value.
    pub pairs: Vec<(String, String)>,
    /// Where it is given up; empty where it cannot be.
    pub leave: String,
    /// Where the hall's screen is.
    pub board: String,
    /// Whether there is something to wait for.
    pub is_open: bool,
}

/// A line on the screen.
#[derive(Clone, Debug)]
pub struct BoardLine {
    /// What it is for.
    pub name: String,
    /// How many wait.
    pub waiting: usize,
    /// Counters that are open.
    pub open: usize,
    /// How long somebody waits who comes now.
    pub wait: String,
}

/// A ticket that is called.
#[derive(Clone, Debug)]
pub struct CalledRow {
    /// The number.
    pub number: String,
    /// To which counter.
    pub counter: String,
    /// Called more than once.
    pub again: bool,
}

/// `/halls/{hall}/board`
#[derive(Clone, Debug, Template)]
#[template(path = "ticket/board.html")]
pub struct BoardPage {
    /// The frame.
    pub frame: Frame,
    /// The hall.
    pub hall: String,
    /// Who is called, the newest first.
    pub called: Vec<CalledRow>,
    /// Numbers whose holders did not come.
    pub passed: Vec<String>,
    /// The lines.
    pub lines: Vec<BoardLine>,
}

/// `/halls/{hall}/appointment`
#[derive(Clone, Debug, Template)]
#[template(path = "ticket/slots.html")]
pub struct SlotsPage {
    /// The frame.
    pub frame: Frame,
    /// The hall.
    pub hall: String,
    /// Where it lies.
    pub place: String,
    /// The page of its region.
    pub back: String,
    /// Where the form goes.
    pub action: String,
    /// The lines to choose from: address, name, whether chosen.
    pub lines: Vec<(String, String, bool)>,
    /// The days to choose from: address, day, whether chosen.
    pub days: Vec<(String, String, bool)>,
    /// The line.
    pub offer: String,
    /// The day, as it is sent.
    pub day: String,
    /// What is wrong.
    pub errors: Vec<ErrorLine>,
    /// Why there is no slot; empty where there is one.
    pub none: String,
    /// The slots.
    pub fields: Vec<FieldView>,
    /// Idempotency key.
    pub key: String,
    /// Whether the reader has to sign in first.
    pub sign_in: bool,
    /// The bounds in words.
    pub rules: Vec<String>,
}

/// An appointment in a list.
#[derive(Clone, Debug)]
pub struct AppointmentRow {
    /// Its time.
    pub at: Moment,
    /// The hall, or whose it is.
    pub name: String,
    /// The line.
    pub line: String,
    /// Where it stands.
    pub tag: Tag,
    /// Where it is given back; empty where it cannot be.
    pub cancel: String,
    /// Where its holder says that he is there; empty where he cannot.
    pub come: String,
    /// Its ticket; empty for none.
    pub ticket: String,
}

/// `/me/appointments`
#[derive(Clone, Debug, Template)]
#[template(path = "ticket/mine.html")]
pub struct MinePage {
    /// The frame.
    pub frame: Frame,
    /// What was done; may be empty.
    pub done: String,
    /// What was refused, and why; may be empty.
    pub error: String,
    /// The appointments.
    pub rows: Vec<AppointmentRow>,
}

/// A hall in the list of those an officer works at.
#[derive(Clone, Debug)]
pub struct HallRow {
    /// Its page.
    pub link: Link,
    /// How many wait there.
    pub waiting: usize,
    /// Counters that are open.
    pub open: usize,
}

/// `/staff/counters`
#[derive(Clone, Debug, Template)]
#[template(path = "ticket/halls.html")]
pub struct HallsPage {
    /// The frame.
    pub frame: Frame,
    /// The halls.
    pub rows: Vec<HallRow>,
}

/// A counter of a hall.
#[derive(Clone, Debug)]
pub struct CounterRow {
    /// Its page.
    pub href: String,
    /// What stands over it.
    pub code: String,
    /// What it is for.
    pub offers: String,
    /// Who sits there; empty: closed.
    pub officer: String,
    /// The number it serves; may be empty.
    pub serving: String,
}

/// A ticket in a list of the workbench.
#[derive(Clone, Debug)]
pub struct LineRow {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// The number.
    pub number: String,
    /// Why it is called when it is; may be empty.
    pub class: String,
    /// Since when it waits.
    pub since: String,
}

/// A line with everybody in it.
#[derive(Clone, Debug)]
pub struct LineView {
    /// Its HTML id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// How long somebody waits who comes now.
    pub wait: String,
    /// In the order of calls.
    pub rows: Vec<LineRow>,
}

/// `/staff/counters/{hall}`
#[derive(Clone, Debug, Template)]
#[template(path = "ticket/door.html")]
pub struct DoorPage {
    /// The frame.
    pub frame: Frame,
    /// The hall.
    pub hall: String,
    /// This page.
    pub here: String,
    /// The hall's screen.
    pub board: String,
    /// What was done; may be empty.
    pub done: Option<Link>,
    /// What was refused, and why; may be empty.
    pub error: String,
    /// What is wrong with the form.
    pub errors: Vec<ErrorLine>,
    /// The counters.
    pub counters: Vec<CounterRow>,
    /// The line and priority of a ticket.
    pub fields: Vec<FieldView>,
    /// Idempotency key.
    pub key: String,
    /// The lines.
    pub lines: Vec<LineView>,
    /// Who did not come.
    pub passed: Vec<LineRow>,
    /// Appointments of the day.
    pub appointments: Vec<AppointmentRow>,
}

/// The ticket that a counter serves.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// The number.
    pub number: String,
    /// Why it was called when it was; may be empty.
    pub class: String,
    /// What is to be shown for it; may be empty.
    pub proof: String,
    /// What for; may be empty.
    pub item: String,
    /// Since when.
    pub since: String,
    /// How often it was called.
    pub calls: i64,
    /// Whether it goes first by priority.
    pub is_priority: bool,
}

/// `/staff/counters/{hall}/{code}`
#[derive(Clone, Debug, Template)]
#[template(path = "ticket/counter.html")]
pub struct CounterPage {
    /// The frame.
    pub frame: Frame,
    /// The hall.
    pub hall: String,
    /// The page of its door.
    pub door: String,
    /// This page.
    pub here: String,
    /// What stands over the counter.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Who has it open; empty: closed.
    pub officer: String,
    /// Whether that is the reader.
    pub is_mine: bool,
    /// What was refused, and why; may be empty.
    pub error: String,
    /// What is wrong with the number of the case; may be empty.
    pub case_error: String,
    /// The number of the case, as it was typed.
    pub case: String,
    /// Nobody waited when the button was pressed.
    pub nobody: bool,
    /// What is served.
    pub serving: Option<Serving>,
    /// The lines.
    pub lines: Vec<LineView>,
}
