//! The counter (一窗受理): whoever stands there is recognised, and what he would do online is done for him there: the same form,
//! the same checks, the same rules, the same case. The clerk fills in and receives; he decides nothing.
//!
//! Nouns: [`Seat`](crate::ticket::Seat) (where an officer sits), [`Reception`] (somebody stands there and was recognised),
//! [`Begun`] (a form filled in for him and not sent yet), [`Relay`] (papers on their way from the front to the back),
//! [`CounterCase`] (what a counter has to do with a case), [`Way`] (how a result is wanted).
//! Verbs: [`sit`], [`begin`], [`authorise`], [`lay_in`], [`file_for`], [`open`], [`correct_for`], [`attach`], [`renew_secret`],
//! [`help`], [`send`], [`take`], [`give_back`], [`deliver`], [`serve`], [`end`].
//!
//! Law: one window receives and one hands out, the agencies examine behind it (Anyang Government Services Regulation, article 35,
//! a local regulation, grade A; the Licensing Law, article 26, lets one organ receive for several). An agent acts with a written
//! authorisation (article 29). How long an identity check is good and how soon the back answers are ours (grade D,
//! `procedure.toml`, `[counter]` and `[relay]`).
//!
//! Promises: nothing is done for somebody who was not recognised at this counter by this clerk; both names stand in the case's
//! story; no case passes by the rules; a place does what the catalogue says and no more, and a village neither receives nor
//! decides; papers have a receipt from both sides; a result is handed out once, to whom it belongs.

mod acts;
mod called;
mod decide;
mod error;
mod help;
mod leaf;
mod opened;
mod papers;
mod record;
mod relay;
mod results;
mod seat;
mod stand;

pub use acts::{CounterFiling, check, correct_for, file_for, note_of};
pub use called::{Pressed, likely, serve};
pub use decide::{Document, Post, RelayState, Way, may_receive, post};
pub use help::{Seen, help, seen};
pub use opened::{Opened, open, opened, opened_cases, renew_secret};
pub use papers::{Begun, Scan, attach, begun, checked, file, keep, lay_in, takes_files};
pub use record::{CounterCase, Reception, Relay};
pub use relay::{Listed, Papers, back, front, give_back, overdue, papers_of, relays_of, send, take};
pub use results::{Handing, Uncollected, counter_case, deliver, uncollected};
pub use seat::{places, seat, sit};
pub use stand::{Identity, Paper, authorise, begin, end, mandates, person, reception, standing_before};
