//! Random draws from the office's own desk (双随机、一公开): whom to inspect and who goes, by `evidence::draw`.
//!
//! Prepared, announced as one leaf of the log, co-signed by every witness, revealed; inspections are born of the result. The order of
//! things is that of `docs/draw.md`: the list, the numbers, the secret and the witnesses are fixed before anybody can know what falls;
//! nobody chooses a successor; a draw that is not revealed in time is broken off, for everybody to see.
//!
//! Promises: nothing is announced that could not be drawn whatever falls, nor without a witness; the secret lies locked until it is
//! told; what is published was verified first, as anybody verifies it; an officer who must stay away is never sent.

mod announce;
mod born;
mod officer;
mod pool;
mod record;
mod reveal;
mod stand_in;
mod terms;

pub use announce::{DrawKeys, Preparing, Preview, announce, break_off, drop_prepared, lapse, prepare, preview};
pub use officer::{Enforcer, NewEnforcer, enlist};
pub use record::{
    Draw, DrawNote, DrawState, Holder, announced_draws, draw_by_number, draw_for, draws_for, enforcers, inspectors,
    notes_of, visits_of, waiting_draws,
};
pub use reveal::{Awaited, awaited, cosigned, published, reveal};
pub use stand_in::{StandIn, stand_in};
pub use terms::{DrawTerms, Risk, Trade};
