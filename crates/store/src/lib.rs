//! Keeps what was decided: units of work as data, committed in groups by one writer, read through read-only connections.
//!
//! A room's pure decision makes a [`Unit`]; [`Store::commit`] makes all of it true at once, appends its acts to the shard's
//! transparency log and signs for them, or says why not. [`Store::query`] reads. SQLite and PostgreSQL are known only here;
//! what both must understand is shaped for both: static SQL texts with `$n`, four kinds of values, no closures.

mod backup;
mod blob;
mod check;
mod counter;
mod error;
mod growth;
mod head;
mod health;
mod inbox;
mod job;
mod lease;
mod location;
mod log;
mod migration;
mod outbox;
mod postgres;
mod reader;
mod relocate;
mod row;
mod shards;
mod signing;
mod sqlite;
mod statement;
mod store;
mod table;
mod tally;
#[cfg(feature = "testing")]
pub mod testing;
mod tiles;
mod unit;
mod value;
mod witness;

pub use backup::BackupReport;
pub use blob::{BLOB_BYTES, BlobError, Upload};
pub use counter::Difference;
pub use error::{CommitError, Conflict, Fault, OpenError};
pub use head::Head;
pub use health::Finding;
pub use lease::Swept;
pub use location::Location;
pub use log::{Entry, Inclusion, SignedHead};
pub use outbox::Message;
pub use relocate::{Relocation, Sum};
pub use row::Row;
pub use signing::LogSigner;
pub use store::{LogState, Options, Query, Receipt, Store};
pub use table::Table;
pub use tally::{BATCH_SIZES, Pulse};
pub use unit::{Leaf, Unit};
pub use value::Value;
pub use witness::Witnessed;
