//! The draw that anyone can verify (双随机、一公开): which targets are inspected and by which officers, out of a hash that
//! neither the drawer nor the witnesses alone can choose.
//!
//! The specification is `docs/draw.md`; this is its first implementation, the pages' TypeScript its second, and
//! `docs/draw-vectors.json` holds both to the same answers. Nouns: [`Roll`] (who may be drawn, by whom), [`Announcement`]
//! (the leaf that fixes everything before anything is known), [`DrawFile`] (what is published), [`Wrong`] (the first
//! thing that does not hold).
//!
//! Integers only, no floats: the chance of each target is a fraction that can be written down beforehand.

mod announcement;
mod assign;
mod file;
mod roll;
mod select;
mod stream;
mod wrong;

pub use announcement::Announcement;
pub use assign::{Pair, assign, stand_ins};
pub use file::{DrawFile, Drawn, Seed, Trusted, Verified, draw, seed_of};
pub use roll::{Bar, Order, Roll, RollError, Target, Why, is_token};
pub use select::{Chance, Chances, Fraction, chances, select};
pub use stream::{Purpose, Stream};
pub use wrong::Wrong;

/// The method's name in announcements and files; another algorithm gets another name.
pub const METHOD: &str = "budayang/draw@v1";

#[cfg(test)]
mod tests;
