//! Keeps what was decided: units of work as data, committed in groups by one writer, read through read-only connections.
//!
//! A room's pure decision makes a [`Unit`]; [`Store::commit`] makes all of it true at once, appends its acts to the shard's
//! transparency log and signs for them, or says why not. [`Store::query`] reads. SQLite is known only here, and the API is
//! shaped so that PostgreSQL can stand behind it: static SQL texts with `$n`, four kinds of values, no closures.

mod check;
mod error;
mod head;
mod location;
mod migration;
mod row;
mod signing;
mod sqlite;
mod statement;
mod store;
mod table;
mod unit;
mod value;

pub use error::{CommitError, Conflict, Fault, OpenError};
pub use head::Head;
pub use location::Location;
pub use row::Row;
pub use signing::LogIdentity;
pub use store::{LogState, Options, Query, Receipt, Store};
pub use table::Table;
pub use unit::{Leaf, Unit};
pub use value::Value;
