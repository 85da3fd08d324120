//! Who does something: every public act of every room takes an [`Actor`], and none is done by nobody.

use kernel::{Date, Id};
use serde::{Deserialize, Serialize};

use super::{Mandate, MandateAct, Party, Place, Right, Scopes};

/// How surely a person was recognised at this sign-in. It comes from the identity provider, never from ourselves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// A name and a telephone number.
    Weak,
    /// The citizen id was checked against the register of persons.
    Substantial,
    /// The person was seen: a face or a chip was compared.
    Strong,
}

impl Assurance {
    /// Every level, weakest first.
    pub const ALL: [Self; 3] = [Self::Weak, Self::Substantial, Self::Strong];

    /// The word in tables, facts and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Substantial => "substantial",
            Self::Strong => "strong",
        }
    }

    /// Reads [`Assurance::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.word() == word)
    }
}

/// A signed-in person, for himself or for another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonActor {
    /// The account.
    pub account: Id,
    /// The person.
    pub party: Party,
    /// How surely the person was recognised at this sign-in.
    pub assurance: Assurance,
    /// For whom the person acts now; `None`: for himself.
    pub acting_for: Option<Mandate>,
}

/// A signed-in member of staff.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StaffActor {
    /// The account.
    pub account: Id,
    /// The officer's name.
    pub name: String,
    /// The officer's post: stands under decisions.
    pub post: String,
    /// The rows of rights, compiled.
    pub scopes: Scopes,
}

/// Who does something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// Nobody we know.
    Anonymous,
    /// A citizen.
    Person(PersonActor),
    /// An officer.
    Staff(StaffActor),
    /// The program itself: the rules, the clock, an import.
    Machine,
}

/// How an act is signed in logs: the one who acts, and for whom.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Signature {
    /// `anonymous`, `person`, `staff`, `machine`.
    pub kind: String,
    /// The account, where there is one.
    pub account: Option<Id>,
    /// Name of the one who acts.
    pub name: String,
    /// Name of the principal, where somebody acts under a mandate.
    pub on_behalf: Option<String>,
    /// The mandate.
    pub mandate: Option<Id>,
}

impl PersonActor {
    /// Who is the applicant in law: the principal under a mandate, else the person.
    pub fn principal(&self) -> &Party {
        self.acting_for.as_ref().map_or(&self.party, |m| &m.principal)
    }

    /// True where the person may do `act` on `item` for `party` on `date`: for himself always, for another only under
    /// the mandate he now acts under.
    pub fn may_act_for(&self, party: Id, act: MandateAct, item: Option<&str>, date: Date) -> bool {
        match &self.acting_for {
            None => party == self.party.id,
            Some(m) => m.principal.id == party && m.agent == self.party.id && m.scope.covers(act, item, date),
        }
    }
}

impl Actor {
    /// The word in tables: `anonymous`, `person`, `staff`, `machine`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Person(_) => "person",
            Self::Staff(_) => "staff",
            Self::Machine => "machine",
        }
    }

    /// The person, where a person acts.
    pub const fn person(&self) -> Option<&PersonActor> {
        if let Self::Person(p) = self { Some(p) } else { None }
    }

    /// The officer, where an officer acts.
    pub const fn staff(&self) -> Option<&StaffActor> {
        if let Self::Staff(s) = self { Some(s) } else { None }
    }

    /// The account that is signed in.
    pub const fn account(&self) -> Option<Id> {
        match self {
            Self::Person(p) => Some(p.account),
            Self::Staff(s) => Some(s.account),
            Self::Anonymous | Self::Machine => None,
        }
    }

    /// True where an officer holds `right` at `place`. The machine holds no rights of staff.
    pub fn allow(&self, right: Right, place: &Place) -> bool {
        self.staff().is_some_and(|s| s.scopes.allow(right, place))
    }

    /// True where a person may do `act` for `party`: see [`PersonActor::may_act_for`].
    pub fn may_act_for(&self, party: Id, act: MandateAct, item: Option<&str>, date: Date) -> bool {
        self.person().is_some_and(|p| p.may_act_for(party, act, item, date))
    }

    /// How the act is signed: both names where somebody acts for another.
    pub fn signature(&self) -> Signature {
        let mandate = self.person().and_then(|p| p.acting_for.as_ref());
        let name = match self {
            Self::Anonymous => "anonymous",
            Self::Machine => "machine",
            Self::Person(p) => &p.party.name,
            Self::Staff(s) => &s.name,
        };
        Signature {
            kind: self.kind().to_owned(),
            account: self.account(),
            name: name.to_owned(),
            on_behalf: mandate.map(|m| m.principal.name.clone()),
            mandate: mandate.map(|m| m.id),
        }
    }
}
