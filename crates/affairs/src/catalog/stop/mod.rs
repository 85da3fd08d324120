//! Switched off: an item whose rules decide nothing until somebody switches them on again. People decide its cases, and
//! everybody reads why.
//!
//! The switch is looked at in the database with every run of the rules, and not kept in any memory: all nodes obey at once.

mod record;

use kernel::{Moment, Text};
use store::{Fault, Store, Unit};

pub use record::Stop;

/// The stop that is on for an item; none: its rules decide.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn stopped(store: &Store, item: &str) -> Result<Option<Stop>, Fault> {
    record::stopped(store, item).await
}

/// Every stop there ever was, the newest of each item; those that are on first. At most 500.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn stops(store: &Store) -> Result<Vec<Stop>, Fault> {
    record::stops(store).await
}

/// The rows by which an item's rules stop; `before` is its earlier stop, which was lifted.
pub fn stop_rows(shard: &str, item: &str, (reason, by, at): (&Text, &str, Moment), before: Option<&Stop>) -> Unit {
    record::stop_rows(shard, item, (reason, by, at), before)
}

/// The rows by which they decide again.
pub fn lift_rows(stop: &Stop, (why, by, at): (&str, &str, Moment)) -> Unit {
    record::lift_rows(stop, (why, by, at))
}

impl Stop {
    /// Why a person looks: the note on a run of the rules that decided nothing.
    pub fn note(&self) -> Text {
        Text::new(
            format!("本事项的机器审批已暂停，由工作人员办理：{}", self.reason.zh),
            format!("the rules of this item are switched off and a person decides: {}", self.reason.en),
        )
    }
}
