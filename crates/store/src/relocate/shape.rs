//! The tables of a database as a copy sees them, and the texts it works with. Names come from the schema, values are bound.

use std::collections::BTreeMap;

use crate::{Fault, Row, Value};

/// A table: its columns, and those of its key in the key's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    /// The engine's type of each column.
    pub(crate) types: Vec<String>,
    pub(crate) key: Vec<String>,
}

/// Tables that belong to a database and not to its office.
const OWN: [&str; 4] = ["refinery_schema_history", "store_mark", "store_node", "store_change"];

impl Shape {
    /// The office's tables, from rows of `name`, `col`, `type` and `pk`, the column's place in the key from 1, 0 for none.
    pub(crate) fn all(rows: &[Row]) -> Result<Vec<Self>, Fault> {
        let mut tables: BTreeMap<&str, Vec<(String, String, i64)>> = BTreeMap::new();
        for row in rows {
            let column = (row.text("col")?.to_owned(), row.text("type")?.to_owned(), row.int("pk")?);
            tables.entry(row.text("name")?).or_default().push(column);
        }
        let ours = tables.into_iter().filter(|(name, _)| !OWN.contains(name) && !name.starts_with("sqlite_"));
        ours.map(|(name, mut columns)| {
            columns.sort();
            let mut key: Vec<(i64, String)> =
                columns.iter().filter(|(.., pk)| *pk > 0).map(|(column, _, pk)| (*pk, column.clone())).collect();
            key.sort();
            if key.is_empty() {
                return Err(Fault::Misuse(format!("the table {name} has no key: it cannot be copied")));
            }
            let types = columns.iter().map(|(_, kind, _)| kind.clone()).collect();
            let key = key.into_iter().map(|(_, column)| column).collect();
            Ok(Self { name: name.to_owned(), columns: columns.into_iter().map(|(c, ..)| c).collect(), types, key })
        })
        .collect()
    }

    /// How many rows are read at once: uploads are large.
    pub(crate) fn page(&self) -> i64 {
        if self.name == "blob_chunk" { 32 } else { 1000 }
    }

    /// The key among a row's values.
    pub(crate) fn key_of(&self, row: &[Value]) -> Vec<Value> {
        let at = |column: &String| self.columns.iter().position(|c| c == column).and_then(|at| row.get(at));
        self.key.iter().filter_map(at).cloned().collect()
    }

    /// The first rows, or those after a key (bound first), in the order of the key; the number of rows is bound last.
    pub(crate) fn read_page(&self, after: bool) -> String {
        let (columns, key) = (self.columns.join(", "), self.key.join(", "));
        let bound: Vec<String> = (1..=self.key.len()).map(|n| format!("${n}")).collect();
        let (from, limit) = match after {
            true => (format!("WHERE ({key}) > ({}) ", bound.join(", ")), self.key.len() + 1),
            false => (String::new(), 1),
        };
        format!("SELECT {columns} FROM {} {from}ORDER BY {key} LIMIT ${limit}", self.name)
    }

    /// The row with a key.
    pub(crate) fn read_one(&self) -> String {
        format!("SELECT {} FROM {} WHERE {}", self.columns.join(", "), self.name, self.by_key())
    }

    /// Removes the row with a key.
    pub(crate) fn delete_one(&self) -> String {
        format!("DELETE FROM {} WHERE {}", self.name, self.by_key())
    }

    /// Adds a row.
    pub(crate) fn insert_one(&self) -> String {
        let bound: Vec<String> = (1..=self.columns.len()).map(|n| format!("${n}")).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", self.name, self.columns.join(", "), bound.join(", "))
    }

    /// Adds many rows, an array for each column (PostgreSQL).
    pub(crate) fn insert_many(&self) -> String {
        let arrays: Vec<String> = self.types.iter().enumerate().map(|(i, t)| format!("${}::{t}[]", i + 1)).collect();
        let columns = self.columns.join(", ");
        format!("INSERT INTO {} ({columns}) SELECT * FROM unnest({})", self.name, arrays.join(", "))
    }

    /// How many rows there are.
    pub(crate) fn count(&self) -> String {
        format!("SELECT count(*) AS n FROM {}", self.name)
    }

    fn by_key(&self) -> String {
        let terms: Vec<String> = self.key.iter().enumerate().map(|(i, c)| format!("{c} = ${}", i + 1)).collect();
        terms.join(" AND ")
    }
}

/// Reads a key as a trigger wrote it down: values as SQL literals with a comma between.
pub(crate) fn read_key(text: &str) -> Result<Vec<Value>, Fault> {
    let wrong = || Fault::Damaged(format!("the key of a change cannot be read: {text}"));
    let (mut values, mut rest) = (Vec::new(), text);
    loop {
        let (value, after) = literal(rest).ok_or_else(wrong)?;
        values.push(value);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(values),
            None => return Err(wrong()),
        }
    }
}

fn literal(text: &str) -> Option<(Value, &str)> {
    if let Some(hex) = text.strip_prefix("X'") {
        let (digits, rest) = hex.split_once('\'')?;
        return Some((Value::Blob(hex::decode(digits).ok()?), rest));
    }
    if let Some(mut quoted) = text.strip_prefix('\'') {
        let mut out = String::new();
        loop {
            let (part, after) = quoted.split_once('\'')?;
            out.push_str(part);
            match after.strip_prefix('\'') {
                Some(more) => {
                    out.push('\'');
                    quoted = more;
                }
                None => return Some((Value::Text(out), after)),
            }
        }
    }
    let end = text.find(',').unwrap_or(text.len());
    Some((Value::Int(text[..end].parse().ok()?), &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        let cases: [(&str, Option<Vec<Value>>); 6] = [
            ("'gx','it''s, so'", Some(vec!["gx".into(), "it's, so".into()])),
            ("'gx',-7", Some(vec!["gx".into(), (-7_i64).into()])),
            ("X'00FF','韦'", Some(vec![vec![0_u8, 255].into(), "韦".into()])),
            ("''", Some(vec!["".into()])),
            ("'open", None),
            ("1.5", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read_key(text).ok(), expected, "{text}");
        }
    }
}
