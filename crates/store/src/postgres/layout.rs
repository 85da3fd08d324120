//! What a writer knows of the tables: the types of their columns, and which rows the engine itself may refuse.

use std::collections::{HashMap, HashSet};

use super::error::Trouble;
use super::session::Session;
use crate::{Fault, Table};

/// All tables of the database.
#[derive(Debug, Default)]
pub(crate) struct Layouts(HashMap<String, Layout>);

/// One table.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    types: HashMap<String, String>,
    /// Columns in an index, other than the primary key, whose values must be unique.
    unique: HashSet<String>,
    /// Whether rows refer to rows of other tables.
    refers: bool,
}

impl Layouts {
    pub(crate) async fn read(session: &Session) -> Result<Self, Trouble> {
        let sql = "SELECT c.relname AS name, a.attname AS col, format_type(a.atttypid, NULL) AS type,
                       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
                               AND NOT i.indisprimary AND a.attnum = ANY (i.indkey)) AS singular,
                       EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('f', 'c')) AS bound
                   FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace";
        let mut tables: HashMap<String, Layout> = HashMap::new();
        for row in session.rows(sql, &[]).await? {
            let layout = tables.entry(row.text("name")?.to_owned()).or_default();
            let column = row.text("col")?.to_owned();
            if row.flag("singular")? {
                layout.unique.insert(column.clone());
            }
            layout.refers |= row.flag("bound")?;
            layout.types.insert(column, row.text("type")?.to_owned());
        }
        Ok(Self(tables))
    }

    /// A table's layout.
    pub(crate) fn of(&self, table: &Table) -> Result<&Layout, Fault> {
        self.0.get(table.name).ok_or_else(|| Fault::Misuse(format!("there is no table {}", table.name)))
    }
}

impl Layout {
    /// The type of a column.
    pub(crate) fn kind(&self, table: &Table, column: &str) -> Result<&str, Fault> {
        let none = || Fault::Misuse(format!("{} has no column {column}", table.name));
        self.types.get(column).map(String::as_str).ok_or_else(none)
    }

    /// Whether a value of this column must be unique beside the primary key.
    pub(crate) fn is_unique(&self, column: &str) -> bool {
        self.unique.contains(column)
    }

    /// Whether only the engine can tell that a new row does not fit.
    pub(crate) fn is_judged(&self) -> bool {
        self.refers || !self.unique.is_empty()
    }

    /// Whether two rows may not share a value beside the primary key.
    pub(crate) fn has_unique(&self) -> bool {
        !self.unique.is_empty()
    }
}
