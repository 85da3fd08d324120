//! The shared data pool: what registers say about people and companies, with source, date and trust.
//!
//! Nouns: [`Register`] (what there is: `catalog/registers`), [`Fact`] (one value, as pages show it), [`Looks`] (what was read,
//! with the lines its access log must get). Verbs: [`read`], [`about`], [`Looks::change`], [`carry`], [`import`], [`publish`]. [`may_read`]
//! decides who may look; every look is logged, refused ones too.
//!
//! Law: what an authority holds is not asked of the applicant again; a rule decides alone only on what is official
//! already (Administrative Licensing Law, article 34; `approvals-and-supervision.md` 0).
//!
//! A register that another agency keeps is asked there ([`Keeper`]), with patience that ends: what does not answer is
//! unknown, and each question is kept with its answer.
//!
//! Promises: a fact that is not there is never a default; "no record" is said only on the ground of a whole extract, and
//! dated like it; nothing is shown before sign-in; what may not be seen and what is not there cannot be told apart.

mod ask;
mod change;
mod decide;
mod extract;
mod fact;
mod import;
mod keeper;
mod layout;
mod look;
mod record;
mod remote;
#[cfg(test)]
mod tests;

pub use change::{ChangeError, TOPIC, carry};
pub use decide::{Ground, Purpose, may_read};
pub use extract::{Format, LineError};
pub use fact::{Fact, facts};
pub use import::{Extent, Extract, ImportError, Imported, Progress, import, layouts, load, publish};
pub use keeper::{Awaited, Change, Keeper, Question, Reply, Silence, Told};
pub use kernel::Standing;
pub use layout::{Access, Choice, Field, FieldType, LayoutError, Register, Registers};
pub use look::{Looks, Viewer, about, answers_for_case, looks_at_me, looks_for_case, read, read_and_log, sweep};
pub use record::{AnswerLine, LookLine};
pub use remote::{RemoteState, Terms};
