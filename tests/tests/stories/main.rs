//! Every story told through the office over HTTP, one module a story: one program, so that it is linked once.
//!
//! A story that kills the office wants the machine for itself: `crash.rs` beside this folder.

#![expect(clippy::unwrap_used, reason = "a world that cannot be made is a failed story")]

mod access;
mod agent;
mod approval;
mod bulk;
mod cases;
mod commands;
mod desk;
mod draw;
mod faults;
mod first;
mod joint;
mod ledger;
mod levels;
mod licence;
mod life;
mod light;
mod material;
mod messages;
mod more_time;
mod people;
mod portal;
mod powers;
mod printed;
mod rating;
mod replay;
mod rights;
mod shares;
mod supervision;
mod ticket;
mod warning;
mod window;
mod workshop;
