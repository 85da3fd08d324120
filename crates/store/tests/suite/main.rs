//! What every engine behind the store must do, told through its public API; then chance, crowds, crashes and lost disks.
//!
//! The modules up to `log` are the conformance suite: PostgreSQL will run the same text.

mod desk;

mod units;
