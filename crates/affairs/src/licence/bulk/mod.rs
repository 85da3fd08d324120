//! Many licences at once: a list of subjects, read twice. The first reading finds everything that is wrong and writes nothing;
//! the second issues in batches, each under one signature and in one unit, so that whoever kills it loses no licence and
//! doubles none. A subject is licensed once in a run, however often its list is handed in.
//!
//! The list says what the office has decided already; nothing is decided here, and no register is written.

mod issue;
mod rows;
#[cfg(test)]
mod tests;

pub use issue::{Done, LARGEST_BATCH, Run, issue};
pub use rows::{Reader, RowFault, Subject, check};
