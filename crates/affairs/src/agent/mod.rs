//! Village agents and helpers (代办、帮办): somebody at a village point or a township station who informs, helps to fill in, collects
//! and sends on, looks through first where he was entrusted with it, and brings results; also where there is no network.
//!
//! Nouns: [`Post`] (who may do what where, from when to when), [`Draft`] (what was collected on a device), [`Synced`] (what became
//! of it), [`Job`] (what was sent on, with its case). Verbs: [`name_post`], [`end_post`], [`sync`], [`help`], [`review`], [`deliver`],
//! [`jobs_of`], [`posts_of`].
//!
//! Law: only another administrative organ may be entrusted with deciding (Administrative Licensing Law, article 24, grade A): a
//! village or community committee is none. What must go up may be done for people free of charge (Anyang Government Services
//! Regulation, article 15, a local regulation, grade A). What a place may do is the catalogue's (`halls/offers.toml`).
//!
//! Promises: a post is no right of staff, and nobody whose rights decide or lead acts as an agent; nothing is sent on without the
//! applicant's authorisation and a look at his identity card, and both names stand in the record; what is sent twice makes one
//! case; what is sent late is checked against the guide and the facts of the day on which it arrives, and the day on which it
//! was collected is kept with its source; what cannot be taken comes back with everything to mend, and nothing of it is lost.

mod acts;
mod decide;
pub mod kin;
mod post;
mod record;
mod sync;
mod trips;

pub use acts::{Review, deliver, help, is_review_due, job, jobs_at, jobs_of, review};
pub use decide::{ACTS, Draft, LIMIT_DAYS, Post, in_charge, never_decides};
pub use post::{NewPost, end_post, name_post, post, posts_at, posts_of};
pub use record::{CollectedFrom, Job};
pub use sync::{Synced, sync};
pub use trips::{Carried, ItemTrips, carried, on_decided, recount_trips, straight_m, trips, trips_now};

#[cfg(test)]
mod tests;
