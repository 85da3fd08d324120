//! Early warnings (预警): explained signals about what was granted, each with its evidence, its owner and its limit.
//!
//! The rules are rows of the catalogue (`[[warning]]` of `supervision.toml`), each with its threshold and grade; one turn a day computes
//! them from what the office's own tables and registers hold. A signal is no finding: somebody looks, notes what he saw, and whatever
//! follows goes the way of inspections and annulments.
//!
//! Promises: no warning without evidence that names its source; none about the same thing twice; nothing follows from one by itself.

mod decide;
mod find;
mod mark;
mod record;
mod terms;

pub use decide::Evidence;
pub use find::early;
pub use mark::{Mark, mark};
pub use record::{Warning, WarningState, warning_for, warnings_for};
pub use terms::{WarningKind, WarningTerms};
