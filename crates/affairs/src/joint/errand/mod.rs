//! Across places (跨域通办): received in one place, decided in another. Receiving agency, deciding agency, responsible region
//! are three fields of the case; here stands what both places did for it, and the receipt for each handing over.
//!
//! Nouns: [`Errand`], [`Mode`], [`Leg`], [`Step`]. Verbs: [`receive`], [`step`], [`errand`], [`errands_for`].
//!
//! Law: the modes are those of the State Council office's document 35 of 2020, read as excerpts (grade C; the catalogue's
//! `procedure.toml`, `[[across]]`, with what each place owes). Promises: the receiving place sees how a case it received
//! stands and never what is in its file; it decides nothing; no step is taken out of order, or twice, or by the other place.

mod acts;
mod decide;
mod record;

pub use acts::{Receive, errand, errands_for, receive, step};
pub use decide::{Leg, Mode, Side, Step};
pub use record::{Errand, Receipt};
