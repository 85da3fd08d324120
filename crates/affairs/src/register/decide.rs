//! Who may look at a register's record: one pure function, the only door to the pool.
//!
//! Nobody who has not signed in is shown anything, not even of a public register: what a stranger may try out, he types
//! in himself. A record that may not be seen and a record that is not there look the same.

use kernel::{Date, Id};
use serde::{Deserialize, Serialize};

use super::{Access, Register};
use crate::access::{Actor, MandateAct, PersonActor, Place, Right};

/// Why somebody asks.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// A person looks at his own or his principal's facts: for a greeting, or to prefill an item's form.
    Own {
        /// The item, where it is for one.
        item: Option<&'a str>,
    },
    /// A case is handled: nobody else's facts than those of the parties to it.
    Case {
        /// The case.
        case: Id,
        /// Its number: what another agency is told when it is asked.
        number: &'a str,
        /// Where the case belongs: agency, region, item.
        place: Place<'a>,
        /// The codes of the parties to it: applicant and second party.
        parties: &'a [&'a str],
    },
}

/// On what ground a look was allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The register is public.
    Public,
    /// The subject itself.
    Own,
    /// A mandate of the subject.
    Mandate,
    /// An officer's scope, for a case.
    Staff,
    /// The rules, for a case.
    Machine,
}

impl Ground {
    /// The word in the access log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Own => "own",
            Self::Mandate => "mandate",
            Self::Staff => "staff",
            Self::Machine => "machine",
        }
    }
}

/// The ground on which `actor` may see the record of `subject` in `register` for `purpose` on `date`; `None`: not at all.
pub fn may_read(actor: &Actor, register: &Register, subject: &str, purpose: &Purpose, date: Date) -> Option<Ground> {
    let ground = match actor {
        Actor::Anonymous => return None,
        Actor::Person(_) if register.access == Access::Restricted => return None,
        Actor::Person(person) => as_person(person, subject, purpose, date),
        Actor::Staff(_) | Actor::Machine => for_case(actor, subject, purpose),
    };
    ground.or((register.access == Access::Public).then_some(Ground::Public))
}

/// A person sees what is his own; what is his principal's, as far as the mandate goes.
fn as_person(person: &PersonActor, subject: &str, purpose: &Purpose, date: Date) -> Option<Ground> {
    if person.party.code == subject {
        return Some(Ground::Own);
    }
    let principal = person.principal();
    let item = match purpose {
        Purpose::Own { item } => *item,
        Purpose::Case { place, .. } => Some(place.item),
    };
    let covered = principal.code == subject && person.may_act_for(principal.id, MandateAct::View, item, date);
    covered.then_some(Ground::Mandate)
}

/// Staff and the machine look only for a case, and only at its parties.
fn for_case(actor: &Actor, subject: &str, purpose: &Purpose) -> Option<Ground> {
    let Purpose::Case { place, parties, .. } = purpose else { return None };
    if !parties.contains(&subject) {
        return None;
    }
    match actor {
        Actor::Machine => Some(Ground::Machine),
        _ => actor.allow(Right::ReadRegister, place).then_some(Ground::Staff),
    }
}
