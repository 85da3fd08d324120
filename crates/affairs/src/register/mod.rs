//! The shared data pool: what registers say about people and companies, with source, date and trust.
//!
//! Nouns: [`Register`] (what there is: `catalog/registers`), [`Fact`] (one value, as pages show it), [`Looks`] (what was read,
//! with the lines its access log must get). Verbs: [`read`], [`about`], [`Looks::change`], [`import`], [`publish`]. [`may_read`]
//! decides who may look; every look is logged, refused ones too.
//!
//! Law: what an authority holds is not asked of the applicant again; a rule decides alone only on what is official
//! already (Administrative Licensing Law, article 34; `approvals-and-supervision.md` 0).
//!
//! Promises: a fact that is not there is never a default; "no record" is said only on the ground of a whole extract, and
//! dated like it; nothing is shown before sign-in; what may not be seen and what is not there cannot be told apart.

mod change;
mod decide;
mod extract;
mod fact;
mod import;
mod layout;
mod look;
mod record;
#[cfg(test)]
mod tests;

pub use change::ChangeError;
pub use decide::{Ground, Purpose, may_read};
pub use extract::{Format, LineError};
pub use fact::{Fact, facts};
pub use import::{Extent, Extract, ImportError, Imported, Progress, import, layouts, load, publish};
pub use layout::{Access, Choice, Field, FieldType, LayoutError, Register, Registers};
pub use look::{Looks, Viewer, about, looks_at_me, looks_for_case, read, read_and_log};
pub use record::LookLine;
