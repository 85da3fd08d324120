//! What draws show: to the head who prepares them, to officers, to everybody.

use askama::Template;

use crate::approval::desk::FilterView;
use crate::frame::Frame;
use crate::pieces::{ErrorLine, FieldView, Link, Pager, Tag};

/// A draw as a line.
#[derive(Clone, Debug)]
pub struct DrawRow {
    /// Its page.
    pub href: String,
    /// Who draws, and which of its draws it is.
    pub name: String,
    /// What is drawn from.
    pub scope: String,
    /// How many of how many.
    pub counted: String,
    /// When.
    pub at: String,
    /// Its state.
    pub tag: Tag,
}

/// `/staff/draws`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/draws_desk.html")]
pub struct DrawsDeskPage {
    /// The frame.
    pub frame: Frame,
    /// The places beside it.
    pub filters: Vec<FilterView>,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// The form that prepares one; empty where this officer leads no agency.
    pub fields: Vec<FieldView>,
    /// Whether no witness is configured: nothing can be announced.
    pub no_witness: bool,
    /// Where officers are written down, agency by agency.
    pub officers: Vec<Link>,
    /// The draws.
    pub rows: Vec<DrawRow>,
}

/// One of the list.
#[derive(Clone, Debug)]
pub struct TargetRow {
    /// Its id.
    pub id: String,
    /// Its class.
    pub class: String,
    /// Its weight.
    pub weight: u32,
    /// Its chance, as a fraction.
    pub chance: String,
}

/// One that was drawn.
#[derive(Clone, Debug)]
pub struct DrawnRow {
    /// Its id.
    pub id: String,
    /// Its name, masked where it is a person.
    pub holder: String,
    /// Class and weight.
    pub class: String,
    /// The officers that were drawn.
    pub officers: String,
    /// The inspections born of it, for officers; empty for everybody else.
    pub inspections: Vec<Link>,
}

/// What is known of a draw.
#[derive(Clone, Debug)]
pub struct DrawShown {
    /// Who draws, and which of its draws it is.
    pub name: String,
    /// Its state.
    pub tag: Tag,
    /// What is known of it.
    pub pairs: Vec<(String, String)>,
    /// The announcement in the log.
    pub leaf: Option<Link>,
    /// The list before the draw as a file; empty while there is none.
    pub list: String,
    /// The file to be verified; empty while there is none.
    pub file: String,
    /// The first of the list, and whether there are more.
    pub targets: Vec<TargetRow>,
    /// How many more there are, in words; empty for none.
    pub more: String,
    /// Who was drawn.
    pub drawn: Vec<DrawnRow>,
    /// What was noted of the result.
    pub notes: Vec<String>,
    /// Why it was broken off.
    pub reason: String,
}

/// `/staff/draws/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/draw_desk.html")]
pub struct DrawDeskPage {
    /// The frame.
    pub frame: Frame,
    /// Its own address; its forms are sent below it.
    pub action: String,
    /// Its version.
    pub version: i64,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// Whether something was done just now.
    pub done: bool,
    /// What is known of it.
    pub shown: DrawShown,
    /// Why it cannot be announced now; empty for nothing.
    pub hindrance: String,
    /// Whether this officer may announce or drop it.
    pub announces: bool,
    /// Witnesses that have not co-signed.
    pub missing: Vec<String>,
    /// The field of a reason by which it is broken off.
    pub breaks_off: Option<FieldView>,
    /// The form by which an officer is taken off a visit.
    pub stand_in: Vec<FieldView>,
}

/// An officer who may be drawn.
#[derive(Clone, Debug)]
pub struct OfficerRow {
    /// His certificate.
    pub certificate: String,
    /// His name.
    pub name: String,
    /// What he is qualified for.
    pub items: String,
    /// Until when.
    pub until: String,
    /// Whether he may be drawn today.
    pub tag: Tag,
}

/// `/staff/draws/officers/{agency}`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/draw_officers.html")]
pub struct OfficersPage {
    /// The frame.
    pub frame: Frame,
    /// Its own address.
    pub action: String,
    /// The agency.
    pub agency: String,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// Whether something was done just now.
    pub done: bool,
    /// The form.
    pub fields: Vec<FieldView>,
    /// The officers.
    pub rows: Vec<OfficerRow>,
}

/// `/draws`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/draws.html")]
pub struct DrawsPage {
    /// The frame.
    pub frame: Frame,
    /// The draws, newest first.
    pub rows: Vec<DrawRow>,
    /// The next page.
    pub pager: Pager,
}

/// `/draws/{agency}/{number}`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/draw_open.html")]
pub struct DrawOpenPage {
    /// The frame.
    pub frame: Frame,
    /// What is known of it.
    pub shown: DrawShown,
}
