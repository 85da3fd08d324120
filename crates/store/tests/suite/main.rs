//! What every engine behind the store must do, told through its public API; then chance, crowds, crashes and lost disks.
//!
//! `batch`, `chores`, `log` and `units` are the conformance suite: the same functions run on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod desk;

mod batch;
mod chores;
mod log;
mod units;

mod crash;
mod disk;
mod histories;
mod moves;
mod nodes;
mod power;
mod twins;
