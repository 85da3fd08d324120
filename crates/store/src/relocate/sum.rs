//! The fingerprint of a table: how many rows it has, and a sum of their hashes that no order changes.
//!
//! A sum, so that it can be kept while rows change: take off what a row was, add what it is. Two tables with the same sum have
//! the same rows, unless somebody chose rows to deceive; it guards against mistakes and broken machines, not against forgers
//! (against those stands the log).

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::Value;

/// A table's rows, as a number and a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// Rows.
    pub rows: u64,
    words: [u64; 4],
}

impl Sum {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: &[Value]) {
        self.rows = self.rows.wrapping_add(1);
        let mut carry = false;
        for (word, more) in self.words.iter_mut().zip(hash(row)) {
            let (sum, first) = word.overflowing_add(more);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*word, carry) = (sum, first || second);
        }
    }

    /// Takes a row off.
    pub(crate) fn take(&mut self, row: &[Value]) {
        self.rows = self.rows.wrapping_sub(1);
        let mut borrow = false;
        for (word, less) in self.words.iter_mut().zip(hash(row)) {
            let (rest, first) = word.overflowing_sub(less);
            let (rest, second) = rest.overflowing_sub(u64::from(borrow));
            (*word, borrow) = (rest, first || second);
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, ", self.rows)?;
        self.words.iter().rev().try_for_each(|word| write!(f, "{word:016x}"))
    }
}

/// A row's hash: each value with its kind and its length, so that no two rows are written alike.
fn hash(row: &[Value]) -> [u64; 4] {
    let mut digest = Sha256::new();
    for value in row {
        let (kind, bytes): (u8, &[u8]) = match value {
            Value::Null => (0, &[]),
            Value::Int(n) => (1, &n.to_be_bytes()),
            Value::Text(text) => (2, text.as_bytes()),
            Value::Blob(bytes) => (3, bytes),
        };
        digest.update([kind]);
        digest.update((bytes.len() as u64).to_be_bytes());
        digest.update(bytes);
    }
    let hash: [u8; 32] = digest.finalize().into();
    let word = |at: usize| hash[at * 8..][..8].iter().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    std::array::from_fn(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row() -> impl Strategy<Value = Vec<Value>> {
        let value = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Int),
            "[a-c]{0,3}".prop_map(Value::Text),
            prop::collection::vec(0..3_u8, 0..3).prop_map(Value::Blob),
        ];
        prop::collection::vec(value, 2)
    }

    fn sum(rows: &[Vec<Value>]) -> Sum {
        let mut sum = Sum::default();
        rows.iter().for_each(|row| sum.add(row));
        sum
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter_and_a_row_taken_off_was_never_there(
            rows in prop::collection::vec(row(), 0..6), extra in row()
        ) {
            let mut other = rows.clone();
            other.reverse();
            prop_assert_eq!(sum(&rows), sum(&other));
            let mut more = sum(&rows);
            more.add(&extra);
            prop_assert_ne!(more, sum(&rows));
            more.take(&extra);
            prop_assert_eq!(more, sum(&rows));
        }
    }

    #[test]
    fn rows_that_look_alike_are_told_apart() {
        let rows: [Vec<Value>; 6] = [
            vec!["ab".into(), "c".into()],
            vec!["a".into(), "bc".into()],
            vec!["abc".into(), "".into()],
            vec!["abc".into(), Value::Null],
            vec![Value::Blob(b"abc".to_vec()), Value::Null],
            vec![Value::Null, "abc".into()],
        ];
        let sums: std::collections::BTreeSet<String> =
            rows.iter().map(|r| sum(std::slice::from_ref(r)).to_string()).collect();
        assert_eq!(sums.len(), rows.len());
    }
}
