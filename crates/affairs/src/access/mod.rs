//! Who may see and do what: parties, sign-in, sessions, mandates, rights of staff.
//!
//! Nouns: [`Party`], [`Actor`], [`Assurance`], [`Mandate`], [`Scope`], [`Right`], [`Place`]. Staff rights are rows
//! compiled to one predicate ([`Scopes::allow`]) and one SQL filter ([`scope_filter!`](crate::scope_filter)).
//!
//! Law: an agent acts only within a mandate and both names are kept; the receiving clerk is not the approver (integrated
//! window, `approvals-and-supervision.md` 6); online sign-in is by the identity provider's assurance level.
//!
//! Promises: no default password; a password, token or single-use link is never stored, only what recognises it; another
//! person's data is *not found*, never *forbidden*; every act on an account or a mandate is a leaf of the log.

mod actor;
mod mandate;
mod party;
mod scope;

pub use actor::{Actor, Assurance, PersonActor, Signature, StaffActor};
pub use mandate::{Mandate, MandateAct, MandateScope};
pub use party::{Party, PartyKind, mask_code, mask_name};
pub use scope::{EVERY, Place, Right, Role, Scope, Scopes, region_prefix};
