//! The program on an office's folder: the demonstration, the operator's commands, and what they refuse.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod bulk;
mod decide;
mod demonstration;
mod ledger;
mod pack;
mod registers;
mod replay;
mod tls;
mod upkeep;
mod witness;
mod world;
