//! The SQL texts of grouped writes: one array for each column, a row for each position.

use super::layout::Layout;
use crate::table::VERSION;
use crate::{Fault, Table};

/// `unnest($1::text[], $2::bigint[], …)` for these types.
fn unnest<'a>(types: impl Iterator<Item = &'a str>) -> String {
    let arrays: Vec<String> = types.enumerate().map(|(i, kind)| format!("${}::{kind}[]", i + 1)).collect();
    format!("unnest({})", arrays.join(", "))
}

fn typed<'a>(table: &Table, layout: &'a Layout, columns: &[&str]) -> Result<Vec<&'a str>, Fault> {
    columns.iter().map(|column| layout.kind(table, column)).collect()
}

fn equal(left: &str, right: &str, columns: &[&str]) -> String {
    let terms: Vec<String> = columns.iter().map(|c| format!("{left}.{c} = {right}.{c}")).collect();
    terms.join(" AND ")
}

/// New rows; one whose key is there is passed over, which the count of rows tells.
pub(crate) fn insert(table: &Table, layout: &Layout) -> Result<String, Fault> {
    let types = typed(table, layout, table.columns)?;
    Ok(format!(
        "INSERT INTO {} ({}) SELECT * FROM {} ON CONFLICT ({}) DO NOTHING",
        table.name,
        table.columns.join(", "),
        unnest(types.into_iter()),
        table.key.join(", ")
    ))
}

/// Rows that replace those with the same keys.
pub(crate) fn put(table: &Table, layout: &Layout) -> Result<String, Fault> {
    let types = typed(table, layout, table.columns)?;
    let rest = table.columns.iter().filter(|c| !table.key.contains(c));
    // Written even where nothing changes, so that the count of rows tells the truth.
    let set: Vec<String> = rest.chain(table.key.first()).map(|c| format!("{c} = excluded.{c}")).collect();
    Ok(format!(
        "INSERT INTO {} ({}) SELECT * FROM {} ON CONFLICT ({}) DO UPDATE SET {}",
        table.name,
        table.columns.join(", "),
        unnest(types.into_iter()),
        table.key.join(", "),
        set.join(", ")
    ))
}

/// Changes by key and version: arrays of the changed columns, the new version, the key, the expected version.
pub(crate) fn update(table: &Table, layout: &Layout, changed: &[&str]) -> Result<String, Fault> {
    let mut types = typed(table, layout, changed)?;
    types.push("bigint");
    types.extend(typed(table, layout, table.key)?);
    types.push("bigint");
    let names: Vec<String> = (0..types.len()).map(|i| format!("v{i}")).collect();
    let set: Vec<String> = changed.iter().chain(&[VERSION]).zip(&names).map(|(c, v)| format!("{c} = u.{v}")).collect();
    let keys = table.key.iter().chain(&[VERSION]).zip(&names[changed.len() + 1..]);
    let by: Vec<String> = keys.map(|(c, v)| format!("t.{c} = u.{v}")).collect();
    Ok(format!(
        "UPDATE {} AS t SET {} FROM {} AS u({}) WHERE {}",
        table.name,
        set.join(", "),
        unnest(types.into_iter()),
        names.join(", "),
        by.join(" AND ")
    ))
}

/// Removes rows by key.
pub(crate) fn delete(table: &Table, layout: &Layout) -> Result<String, Fault> {
    let types = typed(table, layout, table.key)?;
    Ok(format!(
        "DELETE FROM {} AS t USING {} AS u({}) WHERE {}",
        table.name,
        unnest(types.into_iter()),
        table.key.join(", "),
        equal("t", "u", table.key)
    ))
}

/// The rows with these keys, held until the transaction ends: `n`, their place in the arrays from 1, and their version.
pub(crate) fn look(table: &Table, layout: &Layout) -> Result<String, Fault> {
    let types = typed(table, layout, table.key)?;
    let version = if table.versioned() { "t.version" } else { "CAST(0 AS BIGINT)" };
    Ok(format!(
        "SELECT u.n, {version} AS version FROM {} WITH ORDINALITY AS u({}, n) JOIN {} AS t ON {} FOR NO KEY UPDATE OF t",
        unnest(types.into_iter()),
        table.key.join(", "),
        table.name,
        equal("t", "u", table.key)
    ))
}
