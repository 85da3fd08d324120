//! Whole-product stories: this library makes a small world to tell them in, each test file tells those of one room.
//!
//! Everything goes through the doors a user has: registers are imported, people sign in, cases are filed. Nothing is
//! written into tables by hand, but where a test says why.

#![expect(clippy::unwrap_used, reason = "where the world cannot be made the story has failed, and the line says where")]

pub mod browser;
pub mod clamd;
pub mod watcher;
pub mod world;

pub use browser::{Answer, Browser};
pub use clamd::{FakeClamd, Mood};
pub use watcher::Watcher;
pub use world::World;
