//! Tickets (取号叫号) and appointments: on a phone, at the door of a hall, at its counters, on its screen.

mod appointment;
mod board;
mod counter;
mod door;
mod take;
pub mod view;

use affairs::catalog::Hall;
use affairs::ticket::{Class, Ticket, TicketState, Unknown, Wait};

use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{FieldKind, FieldView, Tag, Tone};
use crate::problem::Problem;
use crate::state::AppState;

/// The routes of the public side.
pub fn routes() -> axum::Router<AppState> {
    take::routes().merge(board::routes()).merge(appointment::routes())
}

/// The routes of the workbench.
pub fn workbench() -> axum::Router<AppState> {
    door::routes().merge(counter::routes())
}

/// A key for a form that must not be taken twice.
fn fresh_key(state: &AppState) -> String {
    let mut chance = [0; 16];
    state.entropy().fill(&mut chance);
    hex::encode(chance)
}

/// A hall of the catalogue that is open on the day of the page.
fn hall<'d>(desks: &'d Desks<'_>, frame: &Frame, id: &str) -> Result<&'d Hall, Problem> {
    let found = desks.catalog.halls().get(id).filter(|hall| hall.in_force(frame.now.date()));
    found.ok_or_else(Problem::not_found)
}

/// A line's name: its offer's.
fn line_name(desks: &Desks<'_>, frame: &Frame, offer: &str) -> String {
    let ids = [offer.to_owned()];
    let found = desks.catalog.halls().offers_of(&ids).next().map(|offer| frame.text(&offer.name).to_owned());
    found.unwrap_or_else(|| offer.to_owned())
}

/// How long, in words: a range, or that nobody knows and why.
fn wait_text(frame: &Frame, wait: Wait) -> String {
    match wait {
        Wait::Unknown(Unknown::NoCounter) => frame.t("ticket.no_counter").to_owned(),
        Wait::Unknown(Unknown::TooFew) => frame.t("ticket.too_few").to_owned(),
        Wait::Between(0, 0) => frame.t("ticket.at_once").to_owned(),
        Wait::Between(from, to) => frame.t2("ticket.minutes", from, to),
    }
}

fn state_tag(frame: &Frame, state: TicketState) -> Tag {
    let tone = match state {
        TicketState::Waiting => Tone::Waiting,
        TicketState::Called => Tone::Granted,
        TicketState::Passed => Tone::Refer,
        TicketState::Finished | TicketState::Left => Tone::Quiet,
    };
    Tag::new(tone, frame.t(&format!("ticket.state_{}", state.word())).to_owned())
}

/// Why it is called when it is; empty for the others.
fn class_text(desks: &Desks<'_>, frame: &Frame, ticket: &Ticket) -> String {
    let law = desks.catalog.halls().line_law();
    let named = |id: &String| law?.priorities.iter().find(|p| p.id == *id).map(|p| frame.text(&p.name).to_owned());
    match (ticket.class, ticket.due_at) {
        (Class::Ordinary, _) => String::new(),
        (Class::Priority, _) => ticket.priority.as_ref().and_then(named).unwrap_or_default(),
        (Class::Appointment, Some(due)) => frame.t1("ticket.booked_for", clock(due)),
        (Class::Appointment, None) => frame.t("ticket.booked").to_owned(),
    }
}

/// 09:30, China's time.
fn clock(at: kernel::Moment) -> String {
    let time = at.time();
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn place_name(desks: &Desks<'_>, frame: &Frame, hall: &Hall) -> String {
    places::region(frame, &desks.catalog, &hall.region.to_string())
}

/// What was wrong with a form, as pairs of pointer and sentence.
type Errors = Vec<(String, String)>;

fn told(frame: &Frame, errors: &[affairs::catalog::FieldError]) -> Errors {
    errors.iter().map(|e| (e.pointer.clone(), frame.text(&e.message).to_owned())).collect()
}

fn field(pointer: &str, label: &str, kind: FieldKind, errors: &[(String, String)]) -> FieldView {
    FieldView {
        pointer: pointer.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        kind,
        value: String::new(),
        optional: false,
        error: errors.iter().find(|(at, _)| at == pointer).map(|(_, message)| message.clone()),
        note: String::new(),
    }
}
