//! Materials (材料): what is handed in with a case as files: by the applicant with his form, at the counter by a clerk who scans
//! or photographs.
//!
//! Nouns: [`Material`], [`Holder`] (a draft, a case, a run of a power), [`Bounds`], [`Kind`], [`Flaw`], [`Checkers`], [`Scanner`]. Verbs:
//! [`Receiving`] bytes, [`add`], [`remove`], [`hand_in`], [`scan`], [`told`]; [`missing`], [`hinders_machine`], [`hinders_person`].
//!
//! It stands on the first floor because the spine asks it: what a case may be decided on, and what stands in a case's story,
//! is the spine's (`approval::attach`). Bytes are the store's uploads, known by their SHA-256; a file is what its bytes say and
//! not what it is called.
//!
//! Law: an applicant hands in true material and answers for it (Administrative Licensing Law, article 31). How large a file may
//! be, and that it is checked first, is ours (grade D; `[upload]` of `procedure.toml`, `file_mb` and `files` of a material).
//!
//! Promises: nobody is shown a file before a scanner called it clean; silence of a scanner is no word; nothing is kept in memory
//! whole; nothing personal goes into the log, only a salted commitment.

mod acts;
mod decide;
mod record;
mod scan;
mod sniff;
#[cfg(test)]
mod tests;

pub use acts::{
    Receiving, add, brought, copied, due, hand_in, of_case, of_draft, of_holder, of_inspection, of_run, one, remove,
    scan, told, waiting,
};
pub use decide::{
    Bounds, Bringing, Holder, Material, MaterialState, Received, Way, clean_name, field_error, hinders_machine,
    hinders_person, missing, pointer,
};
pub use scan::{BUILT_IN, Checkers, Pieces, Scanned, Scanner, Unscanned, Verdict, test_string};
pub use sniff::{Flaw, Kind, Sniffer};
