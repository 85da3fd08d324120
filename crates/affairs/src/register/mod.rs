//! The shared data pool: what registers say about people and companies, with source, date and trust.
//!
//! Nouns: [`Register`] (what there is: `catalog/registers`), [`Record`] (one per register and subject), [`Fact`] (one value
//! of it, as rules read it and pages show it). [`may_read`] decides who may look; every look is logged.
//!
//! Law: what an authority holds is not asked of the applicant again; a rule decides alone only on what is official
//! already (Administrative Licensing Law, article 34; `approvals-and-supervision.md` 0).
//!
//! Promises: a fact that is not there is null, never a default; nothing is shown before sign-in; what may not be seen
//! and what is not there cannot be told apart.

mod decide;
mod fact;
mod layout;

pub use decide::{Ground, Purpose, may_read};
pub use fact::{Fact, Record};
pub use layout::{Access, Choice, Field, FieldType, LayoutError, Register, Registers};
