//! A room's table as a static descriptor: the store builds every write from it, so no room writes an INSERT by hand.

/// A table as its migration made it.
///
/// A column named `version` makes the table versioned: its rows change only through [`Unit::update`](crate::Unit::update)
/// with the version the caller read.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The table's name.
    pub name: &'static str,
    /// All columns, in the order in which values are given.
    pub columns: &'static [&'static str],
    /// The columns of the primary key, the home shard first.
    pub key: &'static [&'static str],
}

/// The column that makes a table versioned.
pub(crate) const VERSION: &str = "version";

impl Table {
    /// Whether rows carry a version.
    pub fn versioned(&self) -> bool {
        self.columns.contains(&VERSION)
    }
}
