//! The nouns every other crate shares: codes, regions, money, periods, the work calendar, moments, ids.
//!
//! Pure: no I/O, no async, no clock of its own. Whatever needs the time takes a [`Clock`], whatever needs chance takes
//! an [`Entropy`]; the program's front door hands both in, so that every decision can be replayed.

mod clock;
mod grade;
mod id;
mod moment;
mod text;

pub use clock::{Clock, Entropy, FixedClock, SeededEntropy};
pub use grade::{Grade, Trust};
pub use id::{Id, IdError};
pub use jiff::civil::Date;
pub use moment::{Moment, MomentError};
pub use text::{Language, Text};
