//! What a unit must satisfy before it is queued: it fits the tables and stays within the limits.
//!
//! A misfit is a mistake of the program, found here with the names of what does not fit, not by the engine in the middle of
//! a batch.

use crate::table::VERSION;
use crate::unit::Write;
use crate::{Fault, Leaf, Table, Unit, Value};

/// The most changes one unit may hold; larger imports are several units.
const WRITES: usize = 10_000;
/// The most acts one unit may append.
const LEAVES: usize = 1_000;
/// The longest act: a C2SP entry bundle gives its length two bytes.
const LEAF_BYTES: usize = 65_535;
/// The most bytes one value may hold; larger uploads are blobs.
const VALUE_BYTES: usize = 4 << 20;
/// The largest step of a counter, so that sums stay far from the edge of `i64`.
const DELTA: u64 = 1_000_000_000_000_000;

/// Refuses a unit that does not fit.
pub(crate) fn unit(unit: &Unit) -> Result<(), Fault> {
    shard(&unit.shard)?;
    if unit.writes.len() > WRITES || unit.leaves.len() > LEAVES {
        return misuse(format!("a unit holds at most {WRITES} changes and {LEAVES} leaves: split it"));
    }
    if let Some(once) = &unit.once {
        texts("idempotency", [&once.actor, &once.key, &once.request_hash, &once.response])?;
    }
    unit.leaves.iter().try_for_each(leaf)?;
    unit.writes.iter().try_for_each(write)
}

/// A shard's name is part of its log's origin: 1 to 64 lower-case letters, digits and hyphens.
pub(crate) fn shard(name: &str) -> Result<(), Fault> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if (1..=64).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    misuse(format!("shard {name:?}: 1 to 64 lower-case letters, digits and hyphens"))
}

fn leaf(leaf: &Leaf) -> Result<(), Fault> {
    if leaf.bytes.len() > LEAF_BYTES {
        return misuse(format!("leaf {}: {} bytes, the limit is {LEAF_BYTES}", leaf.kind, leaf.bytes.len()));
    }
    Ok(())
}

fn write(write: &Write) -> Result<(), Fault> {
    match write {
        Write::Insert { table, values } => row(table, table.columns, values),
        Write::Put { table, values } if table.versioned() => {
            misuse(format!("{}: a versioned table is changed by update, not put ({} values)", table.name, values.len()))
        }
        Write::Put { table, values } => row(table, table.columns, values),
        Write::Update { table, key, changes, .. } => {
            versioned(table)?;
            changes.iter().try_for_each(|(column, new)| change(table, column, new))?;
            row(table, table.key, key)
        }
        Write::Expect { table, key, .. } => {
            versioned(table)?;
            row(table, table.key, key)
        }
        Write::Delete { table, key } => row(table, table.key, key),
        Write::Count { key, delta, .. } if delta.unsigned_abs() > DELTA => {
            misuse(format!("counter {key}: a step of {delta} is beyond {DELTA}"))
        }
        Write::Count { key, .. } => texts("counter", [key]),
        Write::Send { topic, body } => texts(topic, [body]),
        Write::Hold { hash, .. } => texts("blob", [hash]),
    }
}

fn row(table: &Table, columns: &[&str], values: &[Value]) -> Result<(), Fault> {
    if columns.len() != values.len() {
        return misuse(format!("{}: {} values for the columns {}", table.name, values.len(), columns.join(", ")));
    }
    columns.iter().zip(values).try_for_each(|(column, given)| value(table, column, given))
}

fn change(table: &Table, column: &str, new: &Value) -> Result<(), Fault> {
    if column == VERSION || table.key.contains(&column) || !table.columns.contains(&column) {
        return misuse(format!("{}: {column} is no column that update may change", table.name));
    }
    value(table, column, new)
}

fn value(table: &Table, column: &str, value: &Value) -> Result<(), Fault> {
    let bytes = match value {
        Value::Null | Value::Int(_) => 0,
        Value::Text(text) if text.contains('\0') => {
            return misuse(format!("{}.{column}: text with a NUL character", table.name));
        }
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    };
    if bytes > VALUE_BYTES {
        return misuse(format!("{}.{column}: {bytes} bytes, the limit is {VALUE_BYTES}", table.name));
    }
    Ok(())
}

fn versioned(table: &Table) -> Result<(), Fault> {
    if table.versioned() { Ok(()) } else { misuse(format!("{}: has no column {VERSION}", table.name)) }
}

fn texts<'a>(what: &str, texts: impl IntoIterator<Item = &'a String>) -> Result<(), Fault> {
    let sound = |text: &String| !text.contains('\0') && text.len() <= VALUE_BYTES;
    if texts.into_iter().all(sound) {
        return Ok(());
    }
    misuse(format!("{what}: text with a NUL character, or longer than {VALUE_BYTES} bytes"))
}

fn misuse<T>(what: String) -> Result<T, Fault> {
    Err(Fault::Misuse(what))
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, FixedClock, Id, SeededEntropy};

    use super::*;

    static PLAIN: Table = Table { name: "plain", columns: &["shard", "id", "body"], key: &["shard", "id"] };
    static VERSIONED: Table = Table { name: "file", columns: &["shard", "id", "version"], key: &["shard", "id"] };

    fn act(n: usize) -> Leaf {
        let clock = FixedClock::default();
        assert_eq!(clock.now().ms(), 0);
        Leaf { subject: Id::new(&clock, &SeededEntropy::new(1)), kind: "act", bytes: vec![0; n] }
    }

    #[test]
    fn misfits_are_named() {
        let s = || Unit::new("gx");
        let key = || vec!["gx".into(), "1".into()];
        let cases = [
            (Unit::new("GX 1").count("k", 1), "shard"),
            (s().insert(&PLAIN, key()), "plain: 2 values"),
            (s().insert(&PLAIN, vec!["gx".into(), "1".into(), "a\0b".into()]), "plain.body"),
            (s().insert(&PLAIN, vec!["gx".into(), "1".into(), vec![0; VALUE_BYTES + 1].into()]), "plain.body"),
            (s().put(&VERSIONED, vec!["gx".into(), "1".into(), 1i64.into()]), "by update, not put"),
            (s().update(&PLAIN, key(), 1, vec![]), "has no column version"),
            (s().update(&VERSIONED, key(), 1, vec![("version", 7i64.into())]), "version is no column"),
            (s().update(&VERSIONED, key(), 1, vec![("id", "x".into())]), "id is no column"),
            (s().update(&VERSIONED, key(), 1, vec![("colour", "x".into())]), "colour is no column"),
            (s().delete(&PLAIN, vec!["gx".into()]), "plain: 1 values"),
            (s().count("k", i64::MAX), "counter k"),
            (s().send("mail", "a\0"), "mail"),
            (s().leaf(act(LEAF_BYTES + 1)), "leaf act"),
            ((0..=WRITES).fold(s(), |u, _| u.count("k", 1)), "at most"),
        ];
        for (given, named) in cases {
            let fault = unit(&given).unwrap_err().to_string();
            assert!(fault.contains(named), "{fault:?} should name {named:?}");
        }
    }

    #[test]
    fn what_fits_passes() {
        let key = || vec!["gx".into(), "1".into()];
        let fits = Unit::new("gx-450000")
            .insert(&PLAIN, vec!["gx".into(), "1".into(), Value::Null])
            .update(&VERSIONED, key(), 3, vec![])
            .expect(&VERSIONED, key(), 3)
            .delete(&PLAIN, key())
            .guard("quota", -1, 0)
            .leaf(act(LEAF_BYTES));
        assert_eq!(unit(&fits), Ok(()));
    }
}
