//! Replay: every decision that is stored is computed again on today's program, and history is decided under a draft.
//!
//! Nouns: [`Replayed`], [`Difference`], [`Tried`], [`Coverage`], [`Shadow`]. Verbs: [`replay`], [`what_if`], [`coverage`],
//! [`least_change`], [`begin_shadow`], [`end_shadow`], [`watch_shadows`].
//!
//! Promises: nothing here changes a case or a decision; what is read is read in pages, so that a million decisions take no
//! more memory than a thousand; a decision whose personal data was erased is counted apart and never called equal; a draft
//! that runs beside people decides nothing and is seen by no applicant.

mod again;
mod counterfactual;
mod coverage;
mod draft;
mod pages;
mod record;
mod shadow;
mod trial;
mod whatif;

#[cfg(test)]
mod tests;

pub use again::{Again, Difference, Stored, What, again};
pub use counterfactual::{Least, Step, least_change};
pub use coverage::{ConditionCoverage, Coverage, Gap, LawRow, Line, coverage};
pub use draft::{Draft, of_folder, of_model};
pub use pages::{Replayed, Tally, replay};
pub use shadow::{
    Agreement, ConditionSeen, NewShadow, Shadow, ShadowError, ShadowSeen, agreement, begin_shadow, end_shadow, shadow,
    shadow_seen, shadows, watch_shadows,
};
pub use trial::{Trial, TrialError, TrialState, begin_trial, carry_trial, trial, trials};
pub use whatif::{ConditionChange, Move, Reach, Sample, Share, Tried, what_if};
