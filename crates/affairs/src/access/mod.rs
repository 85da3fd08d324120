//! Who may see and do what: parties, sign-in, sessions, mandates, rights of staff.
//!
//! Nouns: [`Party`], [`Account`], [`Actor`], [`Assurance`], [`Session`], [`Mandate`], [`Scope`], [`Right`], [`Place`].
//! Verbs: sign in ([`sign_in`]), be recognised at each request ([`session::resolve`]), give a mandate ([`mandate::give`]) and act
//! under it ([`session::act_under`]), keep staff ([`staff`]). Rights of staff are rows compiled to one predicate
//! ([`Scopes::allow`]) and one SQL filter ([`scope_filter!`](crate::scope_filter)).
//!
//! Law: an agent acts only within a mandate and both names are kept; the receiving clerk is not the approver (integrated
//! window, `approvals-and-supervision.md` 6); how surely a person is recognised is for the identity provider to say.
//!
//! Promises: no default password; of a password, token or single-use link only what recognises it is kept; another person's
//! data is *not found*, never *forbidden*; every act on a staff account or a mandate is a leaf of the log.

pub mod absence;
mod account;
mod act;
mod actor;
mod decide;
mod desk;
mod error;
mod identity;
pub mod mandate;
mod party;
mod password;
pub mod people;
mod record;
mod scope;
pub mod session;
pub mod sign_in;
pub mod staff;
#[cfg(test)]
mod tests;
pub mod tie;
mod token;

pub use absence::{Absence, NewAbsence};
pub use account::{Account, AccountKind, AccountStatus};
pub use actor::{Actor, Assurance, PersonActor, Signature, StaffActor};
pub use desk::Desk;
pub use error::{AccessError, FieldFault};
pub use identity::{Answering, DemonstrationProvider, Identity, IdentityProvider, IdentityRefused};
pub use mandate::{Mandate, MandateAct, MandateScope, NewMandate};
pub use party::{Party, PartyKind, mask_code, mask_name};
pub use record::{ActLine, Reach, reach};
pub use scope::{EVERY, Heir, Place, Right, Role, Scope, Scopes, region_prefix};
pub use session::{Arrival, Session, SignedIn, Visit};
pub use sign_in::LinkPurpose;
pub use staff::{Member, NewStaff};
pub use tie::{NewTie, Tie, TieKind, Tied};
pub use token::Token;
