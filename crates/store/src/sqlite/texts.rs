//! What is known of a query's text once it was read: its parameters renumbered for SQLite, and the names of its columns.
//!
//! Texts are static, so each has one address for the life of the program, and there are a few hundred of them. Renumbering a
//! text and copying its column names at every call was a twentieth of the time of an approval.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use rusqlite::Statement;

use crate::statement::numbered;

/// A text as SQLite is given it.
pub(crate) struct Known {
    pub(crate) text: String,
    columns: OnceLock<Arc<[String]>>,
}

impl Known {
    /// A text of which nothing is known yet.
    pub(crate) fn new(sql: &str) -> Self {
        Self { text: numbered(sql).into_owned(), columns: OnceLock::new() }
    }

    /// The names of the columns of its answer. Those of `SELECT *` are looked at again when their number is another: a
    /// program may open databases of several ages.
    pub(crate) fn columns(&self, statement: &Statement<'_>) -> Arc<[String]> {
        let read = || statement.column_names().map(ToString::to_string).collect::<Arc<[String]>>();
        let known = self.columns.get_or_init(read);
        if known.len() == statement.column_count() { known.clone() } else { read() }
    }
}

/// Address and length: two texts may begin at one address.
type Place = (usize, usize);

static KNOWN: LazyLock<RwLock<HashMap<Place, Arc<Known>>>> = LazyLock::new(RwLock::default);

/// What is known of `sql`.
pub(crate) fn known(sql: &'static str) -> Arc<Known> {
    let place = (sql.as_ptr().addr(), sql.len());
    if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&place) {
        return known.clone();
    }
    let known = Arc::new(Known::new(sql));
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(place, known.clone());
    known
}
