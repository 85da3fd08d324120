//! The rule workshop: a lawyer writes an item's rules as sentences, runs its cases, reads what the proof found; a second person
//! puts them in force, takes a bad version back, and switches an item's rules off.
//!
//! Nouns: [`Draft`], [`Texts`], [`Sheet`] (the sentence table), [`Report`] (test and proof), [`Waiver`], [`Version`],
//! [`Stop`](crate::catalog::Stop). Verbs: [`open`], [`save`], [`waive`], [`step`], [`roll_back`], [`stop`], [`lift`],
//! [`decided_under`], [`look_again`].
//!
//! A version in force is an entry of the catalogue like every other: what decides, what a replay reads and what is exported is
//! the same thing, whether it was imported or written here.
//!
//! Promises: nobody puts in force what he wrote; nothing with a gap, an overlap or a rule that is never reached is published, and
//! what could not be analysed only under somebody's name; a published version never changes; no edit is lost, also one that came
//! too late; a switched-off item's rules decide nothing from the next run on, on every node.

mod acts;
mod bench;
mod decide;
mod error;
mod examine;
mod publish;
mod record;
mod review;
mod sheet;
mod spoken;
mod switch;
#[cfg(test)]
mod tests;
mod texts;
mod view;
mod vouch;
mod whole;

pub use acts::{Change, Clash, Proposal, Saved, move_on, open, save, step, waive};
pub use bench::Bench;
pub use decide::{DraftState, Step, Waiver};
pub use error::WorkshopError;
pub use examine::{Found, FoundKind, Report};
pub use publish::{Back, roll_back};
pub use record::{Draft, Edit, Signed, Version};
pub use review::{DecidedCase, Finding, PAGE, decided_under, look_again};
pub use sheet::{ConditionSheet, Logic, MOST_RULES, Sheet, Typed, sheet, typed_in};
pub use spoken::{COMPARISONS, comparison_text, comparison_word, said};
pub use switch::{lift, stop};
pub use texts::Texts;
pub use view::{DraftFile, ItemRow, Versioned, draft_file, edit_texts, items, version, versions};
pub use vouch::{Broken, vouch};
pub use whole::{FAILURES, GRADES};
