//! Supervision tied to approval (审管协同): every grant bears the duty to look after it, in the same transaction.
//!
//! Nouns: [`Duty`], [`DutyState`]. Verbs: [`on_granted`] (the reactor), [`duties_of`], [`duties_for`].
//!
//! Law: the agency that grants supervises (Administrative Licensing Law, articles 61 and 64, grade A); the clocks of push
//! and claim are ours (grade D) and stand in the item. The duty's further life (claim, inspection, finding) comes with
//! the room's next floor; its dates are stored from the first day.
//!
//! Promises: no grant without its duties; a duty names who looks at what and until when, or says that nobody was found.

mod decide;
mod record;

pub use decide::on_granted;
pub use record::{Duty, DutyState, duties_for, duties_of, open_duties};
