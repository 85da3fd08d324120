//! Joint handling (三向联办): one thing people want that several agencies decide, each its own case with its own clock, side
//! by side; one form, one notice of everything to mend, one page for how it stands.
//!
//! Nouns: [`Joint`] (the handling), [`Part`] (one of its cases), [`JointState`], [`Clock`]. Verbs: [`file`], [`gather`],
//! [`answer`], [`content`], [`extend`], [`withdraw`], [`look`], [`joints_of`], [`joints_for`]. Across places: [`errand`].
//!
//! Law: one agency receives and passes on, or agencies handle together (Administrative Licensing Law, article 26); together
//! they have forty-five days, fifteen more with the approval of the head of the government (article 42); each agency tells
//! once what is to be mended (article 32). Gathering what several want into one notice, and how long that may take, is ours
//! (grade D; the catalogue's `procedure.toml`).
//!
//! Promises: a paper that several agencies want is asked once and handed in with each case; a handling decides nothing, its cases
//! are ordinary cases of the spine; how it stands is worked out from them and never stored; all of them are filed, or none; an
//! agency that says nothing keeps nobody else waiting; a refusal of one never refuses another.

mod acts;
mod decide;
pub mod errand;
mod filing;
mod gather;
mod leaf;
mod papers;
mod record;
mod view;

pub use acts::{Extension, content, extend, withdraw};
pub use decide::{Clock, JointState, Member, Terms, clock, state};
pub use filing::{JointFiling, check, file, filed_with};
pub use gather::{Answer, answer, check_answer, gather, gather_all, to_mend};
pub use papers::{draft_word, missing_papers, paper_bounds, papers};
pub use record::{Joint, JointEvent};
pub use view::{Look, Part, items_of, joints_for, joints_of, look, number_of};
