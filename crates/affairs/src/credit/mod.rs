//! Credit (信用): classes A to D out of events, by dated rules that run in the rule engine.
//!
//! Nouns: [`Book`] and [`Rules`] (what the catalogue says from a day on), [`Event`] (what happened, and what became of it),
//! [`Standing`] (class and points on a day), [`Consequence`]. Verbs: [`standing`], [`published`], [`consequences`],
//! [`repair`], [`appeal`].
//!
//! Law: nothing found binds in Guangxi beyond the bars of the Licensing Law (articles 78, 79) and the Food Safety Law
//! (article 135), which are grade A; points, months and classes are our design (grade D) and stand in
//! `catalog/credit/`, with that said beside them.
//!
//! Promises: every point names its event and its rule; a class on a day depends on nothing recorded after that day; an
//! event that no rule knows leaves the class open instead of guessing; no consequence without a row that names list, item,
//! effect, basis and end; what is not grade A is shown to people and binds nobody; nothing is published for more than the
//! catalogue allows.

mod acts;
mod book;
mod decide;
mod lint;
mod monthly;
mod record;

pub use acts::{CreditError, NewEvent, decide, draw_weight, lodge, recorded, rules_now, standing_of, withdrawn};
pub use book::{
    Appeal, Book, Class, ConsequenceRow, CreditEffect, CreditRule, Kind, Publication, Repair, Rules, Score, Source,
};
pub use decide::{
    Act, ActKind, Consequence, Event, Point, Published, Refusal, Standing, appeal, consequences, published, repair,
    standing,
};
pub use monthly::recomputed;
pub use record::{Recorded, events_of};

#[cfg(test)]
mod tests;
