//! Tickets (取号叫号) and appointments: who waits at a hall, who is called next, how long it takes.
//!
//! Nouns: [`Ticket`], [`TicketState`], [`Class`], [`Staffed`] (a counter with somebody at it), [`Seat`] (where
//! an officer sits), [`Today`], [`Wait`],
//! [`Appointment`]. Verbs: [`take`], [`give_up`], [`sit`], [`open_counter`], [`close_counter`], [`call`], [`serve`], [`today`];
//! [`book`], [`cancel`], [`come`], [`slots`].
//!
//! Law: how people wait is for each hall to say; order, bounds and whoever goes first are data (`halls/tickets.toml`) with their
//! grade. One hall's lines live in the shard of the node that serves it.
//!
//! Promises: no ticket is lost and none is served twice; no two counters call the same one; nobody is passed over for ever; a
//! waiting time comes from services measured that day, else it is unknown; nothing in a ticket, on the board or in the API says
//! who waits; no appointment on a day on which the hall is closed, and no more than its slot takes.

mod acts;
mod appointment;
mod counter;
mod decide;
mod error;
mod record;
mod seat;
mod view;

pub use acts::{Take, give_up, take};
pub use appointment::{Appointment, Book, Free, book, cancel, come, of_hall, of_party, slots};
pub use counter::{Serve, call, close_counter, open_counter, serve, serves_at};
pub use decide::{
    AppointmentState, Class, Hold, Jumps, Pace, Step, TicketState, Unknown, Wait, Waiting, ahead, ahead_most, head,
    hold, jumped, order, wait,
};
pub use error::TicketError;
pub use record::{Seat, Sitter, Staffed, Ticket};
pub use seat::{seat, serving, sit};
pub use view::{LineToday, Stand, Today, led_to, ticket, today};

#[cfg(test)]
mod tests;
