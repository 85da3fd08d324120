//! Time watched (时限监察): how every limit of a case stands, as a light that never fades, with somebody who must answer it.
//!
//! Nouns: [`Course`] (one limit of one case, from its begin to its end), [`Colour`], [`Light`] (a colour once it was
//! reached). Verbs: [`courses`] (pure), [`watch`] (raises and escalates, called by the clock), [`reply`], [`lights_for`],
//! [`recount`], [`standings`].
//!
//! Law: limits count from the complete application in the unit the law says (Administrative Licensing Law, articles 42 and
//! 82), what its article 45 names stands still; silence has effects of its own (articles 32 and 50). The colours, who must
//! answer within what time and where an unanswered light goes are ours (grade D; the catalogue's `procedure.toml`), after
//! the efficiency supervision that cities describe: a signal one working day before the end, another once it is over.
//!
//! Promises: a light is computed from the record alone, so anybody can compute it again; a worse colour is added and never
//! taken back; nothing is decided here, and nobody is punished.

mod decide;
mod record;
mod watch;

pub use decide::{Colour, Course, Limit, Subject, Terms, courses};
pub use record::{Light, Standing, lights_for, lights_of, lights_of_officer, standings};
pub use watch::{Mismatch, Reached, Reply, courses_of, lit, recount, reply, watch};
