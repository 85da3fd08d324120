//! Licences (证照): issued with a grant, sealed, looked up, verified, struck off.
//!
//! Nouns: [`Licence`], [`Issuer`], [`Verified`]. Verbs: [`issue`], [`strike_off`], [`current`], [`by_code`], [`verify`].
//!
//! A licence is a sealed document: canonical JSON signed with a key whose algorithm is fixed. It names the transparency
//! log it is in; its proof travels apart. The identifier follows GB/T 36904-2018 (structure grade C: the standard's text
//! was not read). 注销 (strike off) is a formal close and no penalty; the other ends of a licence are different acts.
//!
//! Promises: a licence is never changed, only followed by another version; a demonstration key's seal is refused in
//! production; the holder's code stands in the document masked, and whole only as a salted commitment.

pub mod bulk;
mod issue;
mod printed;
mod record;
mod showing;
mod verify;

pub use issue::{Draft, Issued, Issuer, annul, issue, serial, strike_off, turned};
pub use printed::{free_place, published, signed_core, status_list, unsigned_list};
pub use record::{Licence, Status, by_case, by_code, by_id, core_of, current, held_by};
pub use showing::{SHOWN_MS, Shown, present, shown};
pub use verify::{KIND, Standing, Verified, verify};
