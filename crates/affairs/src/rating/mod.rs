//! Rating (好差评): whoever had a case decided says once how it was, in public, and somebody answers for it.
//!
//! Nouns: [`Rating`], [`Level`], [`RatingState`], [`Step`]. Verbs: [`on_decided`] (the reactor: the invitation), [`rate`], [`rate_with_receipt`],
//! [`act`], [`reply`], [`check_words`], [`published`], [`figures`].
//!
//! Law: each case once, all channels, rating and reply are public; a bad rating with a name is called back within one working day
//! (Shanghai 30 and Anyang 52, grade A, local; the clocks stand in `catalog/procedure.toml`). What may become of a bad rating
//! (mended now, ledger with a date, explained, appeal) follows a city's notice (grade B).
//!
//! Promises: one rating a case, whatever the channel; only by the applicant or whoever holds the receipt; an anonymous rating's case is shown
//! to nobody; written words are public only after a person looked at them for personal data, and then with what the program
//! masked; no bad rating with a name ends without a call; who appeals against a rating does not judge the appeal.

mod acts;
mod decide;
mod error;
mod give;
mod record;
mod state;
mod view;

pub use acts::{Act, Doing, Words, act, check_words, reply};
pub use decide::{REPLY_MOST, WORDS_MOST, on_decided};
pub use error::RatingError;
pub use give::{Given, Way, rate, rate_with_receipt};
pub use record::{ActLine, Rating};
pub use state::{Level, RatingState, Step, WordsState};
pub use view::{
    Figure, Figures, Work, acts_of, figures, for_case, for_staff, one_for_staff, published, recount, thanked,
};
