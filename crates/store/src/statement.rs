//! The SQL text of every write, built from the table's descriptor: one text for both engines, values always bound.
//!
//! Texts are written with PostgreSQL's `$n`. SQLite would number those by first appearance and bind `select $2, $1` swapped,
//! so [`numbered`] rewrites them to `?n`.

use std::borrow::Cow;

use crate::Table;
use crate::table::VERSION;

/// `INSERT`: one parameter a column, in column order.
pub(crate) fn insert(table: &Table) -> String {
    let columns = table.columns.join(", ");
    format!("INSERT INTO {} ({columns}) VALUES ({})", table.name, placeholders(1, table.columns.len()))
}

/// Insert or replace by key: parameters as [`insert`].
pub(crate) fn put(table: &Table) -> String {
    let rest: Vec<String> =
        table.columns.iter().filter(|c| !table.key.contains(c)).map(|c| format!("{c} = excluded.{c}")).collect();
    let action = if rest.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", rest.join(", ")) };
    format!("{} ON CONFLICT ({}) DO {action}", insert(table), table.key.join(", "))
}

/// Update by key and version: parameters are the changed values, the new version, the key, the expected version.
pub(crate) fn update(table: &Table, changes: &[(&'static str, crate::Value)]) -> String {
    let columns = changes.iter().map(|(column, _)| *column).chain([VERSION]);
    let set: Vec<String> = columns.enumerate().map(|(i, c)| format!("{c} = ${}", i + 1)).collect();
    let at = changes.len() + 2;
    let key = by_key(table, at);
    format!("UPDATE {} SET {} WHERE {key} AND {VERSION} = ${}", table.name, set.join(", "), at + table.key.len())
}

/// The version of the row with a key: parameters are the key.
pub(crate) fn version(table: &Table) -> String {
    format!("SELECT {VERSION} FROM {} WHERE {}", table.name, by_key(table, 1))
}

/// Delete by key: parameters are the key.
pub(crate) fn delete(table: &Table) -> String {
    format!("DELETE FROM {} WHERE {}", table.name, by_key(table, 1))
}

fn by_key(table: &Table, from: usize) -> String {
    let terms: Vec<String> = table.key.iter().enumerate().map(|(i, c)| format!("{c} = ${}", from + i)).collect();
    terms.join(" AND ")
}

fn placeholders(from: usize, n: usize) -> String {
    let all: Vec<String> = (from..from + n).map(|i| format!("${i}")).collect();
    all.join(", ")
}

/// Rewrites the parameters `$n` of `sql` to `?n`, leaving literals, quoted names and comments alone.
pub(crate) fn numbered(sql: &str) -> Cow<'_, str> {
    if !sql.contains('$') {
        return Cow::Borrowed(sql);
    }
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let n = token(rest);
        let (token, after) = rest.split_at(n);
        match token.strip_prefix('$') {
            Some(digits) if first == '$' && !digits.is_empty() => {
                out.push('?');
                out.push_str(digits);
            }
            _ => out.push_str(token),
        }
        rest = after;
    }
    Cow::Owned(out)
}

/// The length in bytes of the next token: a literal, a quoted name, a comment, a parameter, or a single character.
fn token(text: &str) -> usize {
    let until = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    match text.as_bytes() {
        [b'\'', ..] => until("'", 1),
        [b'"', ..] => until("\"", 1),
        [b'-', b'-', ..] => until("\n", 2),
        [b'/', b'*', ..] => until("*/", 2),
        [b'$', ..] => 1 + text[1..].bytes().take_while(u8::is_ascii_digit).count(),
        _ => text.chars().next().map_or(0, char::len_utf8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    const CASE: Table = Table { name: "kase", columns: &["shard", "id", "state", "version"], key: &["shard", "id"] };
    const TAG: Table = Table { name: "tag", columns: &["shard", "word"], key: &["shard", "word"] };

    #[test]
    fn texts_follow_the_descriptor() {
        assert_eq!(insert(&CASE), "INSERT INTO kase (shard, id, state, version) VALUES ($1, $2, $3, $4)");
        assert!(
            put(&CASE)
                .ends_with("ON CONFLICT (shard, id) DO UPDATE SET state = excluded.state, version = excluded.version")
        );
        assert!(put(&TAG).ends_with("ON CONFLICT (shard, word) DO NOTHING"));
        assert_eq!(
            update(&CASE, &[("state", Value::Null)]),
            "UPDATE kase SET state = $1, version = $2 WHERE shard = $3 AND id = $4 AND version = $5"
        );
        assert_eq!(update(&CASE, &[]), "UPDATE kase SET version = $1 WHERE shard = $2 AND id = $3 AND version = $4");
        assert_eq!(version(&CASE), "SELECT version FROM kase WHERE shard = $1 AND id = $2");
        assert_eq!(delete(&TAG), "DELETE FROM tag WHERE shard = $1 AND word = $2");
    }

    #[test]
    fn parameters_keep_their_numbers() {
        let cases = [
            ("SELECT $2, $1", "SELECT ?2, ?1"),
            ("SELECT '$1', $1", "SELECT '$1', ?1"),
            ("SELECT 'it''s $1', $12", "SELECT 'it''s $1', ?12"),
            ("SELECT \"a$1\" FROM t -- $1\nWHERE x = $1", "SELECT \"a$1\" FROM t -- $1\nWHERE x = ?1"),
            ("SELECT /* $9 */ $1 || '办结'", "SELECT /* $9 */ ?1 || '办结'"),
            ("SELECT '{\"$\": 1}' -> '$.a', $3", "SELECT '{\"$\": 1}' -> '$.a', ?3"),
            ("SELECT 1", "SELECT 1"),
            ("SELECT '$1", "SELECT '$1"),
        ];
        for (given, expected) in cases {
            assert_eq!(numbered(given), expected);
        }
    }
}
