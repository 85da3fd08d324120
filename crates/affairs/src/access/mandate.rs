//! Acting for another: a person files for a company or for another person only under a dated, limited mandate, and
//! whatever is done under it carries both names.

use std::collections::BTreeSet;

use kernel::{Date, Id, Text};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Fault;

use super::act::{Act, record as record_act};
use super::error::FieldFault;
use super::people::is_name;
use super::record::{self, MANDATE};
use super::{AccessError, Actor, Assurance, Desk, EVERY, Party, Place, Right};

/// What a mandate lets its holder do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MandateAct {
    /// Look at the principal's cases, licences and register facts.
    View,
    /// File, correct and withdraw applications.
    File,
    /// Confirm (or decline) as the second party of somebody else's application.
    Confirm,
    /// Give mandates to others and end them.
    Delegate,
}

impl MandateAct {
    /// Every act, in the order pages list them.
    pub const ALL: [Self; 4] = [Self::View, Self::File, Self::Confirm, Self::Delegate];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::File => "file",
            Self::Confirm => "confirm",
            Self::Delegate => "delegate",
        }
    }

    /// Reads [`MandateAct::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.word() == word)
    }
}

/// What a mandate says: acts, items, dates.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MandateScope {
    /// The acts it covers.
    pub acts: BTreeSet<MandateAct>,
    /// The items it covers; empty means every item.
    pub items: BTreeSet<String>,
    /// First day (China).
    pub valid_from: Date,
    /// Last day, included: a mandate without an end is not offered.
    pub valid_to: Date,
}

impl MandateScope {
    /// True where the mandate covers `act` on `item` (`None`: an act on no particular item) on `date`. Acting on one
    /// item needs no mandate for all; an act on no particular item is covered by a mandate for some.
    pub fn covers(&self, act: MandateAct, item: Option<&str>, date: Date) -> bool {
        self.acts.contains(&act)
            && self.in_force(date)
            && item.is_none_or(|i| self.items.is_empty() || self.items.contains(i))
    }

    /// True where this allows everything that `other` allows.
    pub fn contains(&self, other: &Self) -> bool {
        let items = self.items.is_empty() || (!other.items.is_empty() && other.items.is_subset(&self.items));
        items
            && other.acts.is_subset(&self.acts)
            && self.valid_from <= other.valid_from
            && other.valid_to <= self.valid_to
    }

    /// True where `date` lies within the dates.
    pub fn in_force(&self, date: Date) -> bool {
        self.valid_from <= date && date <= self.valid_to
    }
}

/// A mandate in force when it was read: whoever keeps it longer than a request asks again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mandate {
    /// Its id: stands in the case that was filed under it.
    pub id: Id,
    /// For whom: the applicant in law.
    pub principal: Party,
    /// The person who acts.
    pub agent: Id,
    /// What it allows.
    pub scope: MandateScope,
    /// What proves it: a document number, or how the principal gave it online.
    pub basis: String,
}

/// A mandate to be given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewMandate {
    /// For whom: the applicant in law.
    pub principal: Id,
    /// The person who will act.
    pub agent: Id,
    /// What it allows.
    pub scope: MandateScope,
    /// What proves it.
    pub basis: String,
}

/// Gives a mandate. The principal himself may, recognised strongly; so may an agent with a mandate to delegate, but only
/// what he has himself and only so long; and staff who keep mandates, on a document. Both parties must be known here.
pub async fn give(desk: &Desk<'_>, by: &Actor, new: &NewMandate) -> Result<Mandate, AccessError> {
    let principal = record::party_by_id(desk.store, desk.shard, new.principal).await?.ok_or(AccessError::NotFound)?;
    let agent = record::party_by_id(desk.store, desk.shard, new.agent).await?.ok_or(AccessError::NotFound)?;
    if !may_give(by, new.principal, &new.scope, desk.now().date()) {
        return Err(AccessError::NotFound);
    }
    written(desk, by, new, (principal, &agent)).await
}

/// Takes up a mandate that the principal gave on paper and an officer saw at a counter: for named items, to look and to file
/// only. The room of the counter says whose counter it is and how long such a paper may be good.
///
/// # Errors
/// [`AccessError::NotAllowed`] for who receives nobody, or where the paper would allow more; [`AccessError::Invalid`] with
/// everything to mend.
pub async fn take_paper(desk: &Desk<'_>, by: &Actor, new: &NewMandate) -> Result<Mandate, AccessError> {
    let narrow = !new.scope.items.is_empty()
        && new.scope.acts.iter().all(|act| matches!(act, MandateAct::View | MandateAct::File));
    if !narrow || !by.staff().is_some_and(|officer| officer.scopes.allow_somewhere(Right::Receive)) {
        return Err(AccessError::NotAllowed);
    }
    let principal = record::party_by_id(desk.store, desk.shard, new.principal).await?.ok_or(AccessError::NotFound)?;
    let agent = record::party_by_id(desk.store, desk.shard, new.agent).await?.ok_or(AccessError::NotFound)?;
    written(desk, by, new, (principal, &agent)).await
}

async fn written(
    desk: &Desk<'_>,
    by: &Actor,
    new: &NewMandate,
    (principal, agent): (Party, &Party),
) -> Result<Mandate, AccessError> {
    let faults = faults(new, desk.now().date());
    if !faults.is_empty() {
        return Err(AccessError::Invalid(faults));
    }
    let mandate = Mandate {
        id: desk.id(),
        principal,
        agent: agent.id,
        scope: new.scope.clone(),
        basis: new.basis.trim().to_owned(),
    };
    let detail = json!({ "principal": mandate.principal.name, "agent": agent.name, "acts": mandate.scope.acts,
        "items": mandate.scope.items, "from": mandate.scope.valid_from.to_string(),
        "to": mandate.scope.valid_to.to_string(), "basis": mandate.basis });
    let unit = desk.unit().insert(&MANDATE, values(desk, by, &mandate));
    let act = Act { kind: "mandate.given", subject: mandate.id, detail };
    desk.store.commit(record_act(desk, unit, by, &act)).await?;
    Ok(mandate)
}

fn values(desk: &Desk, by: &Actor, mandate: &Mandate) -> Vec<store::Value> {
    let scope = &mandate.scope;
    let acts: Vec<_> = scope.acts.iter().map(|a| a.word()).collect();
    vec![
        desk.shard.into(),
        mandate.id.into(),
        1_i64.into(),
        mandate.principal.id.into(),
        mandate.agent.into(),
        json!(acts).to_string().into(),
        json!(scope.items).to_string().into(),
        scope.valid_from.into(),
        scope.valid_to.into(),
        (&mandate.basis).into(),
        by.signature().name.into(),
        desk.now().into(),
        store::Value::Null,
    ]
}

/// Who may give a mandate of `principal` with this scope.
fn may_give(by: &Actor, principal: Id, scope: &MandateScope, today: Date) -> bool {
    match by {
        Actor::Machine => true,
        Actor::Staff(_) => by.allow(Right::ManageStaff, &Place { agency: EVERY, region: EVERY, item: EVERY }),
        Actor::Anonymous => false,
        Actor::Person(person) if person.assurance < Assurance::Strong => false,
        Actor::Person(person) => match &person.acting_for {
            None => person.party.id == principal,
            Some(own) => {
                own.principal.id == principal
                    && own.agent == person.party.id
                    && own.scope.covers(MandateAct::Delegate, None, today)
                    && own.scope.contains(scope)
            }
        },
    }
}

fn faults(new: &NewMandate, today: Date) -> Vec<FieldFault> {
    let scope = &new.scope;
    let tests = [
        ("agent", new.agent != new.principal, "受托人不能是委托人本人", "The agent must be somebody else"),
        ("acts", !scope.acts.is_empty(), "请至少选择一项权限", "Choose at least one act"),
        (
            "valid_to",
            scope.valid_from <= scope.valid_to && today <= scope.valid_to,
            "截止日期不能早于起始日期或今天",
            "The last day must not lie before the first day or today",
        ),
        ("basis", is_name(&new.basis), "请写明授权依据", "Say what proves the mandate"),
    ];
    let wrong = tests.into_iter().filter(|t| !t.1);
    wrong.map(|(field, _, zh, en)| FieldFault { field, reason: Text::new(zh, en) }).collect()
}

/// The mandates under which a party may act today or later.
pub async fn held_by(desk: &Desk<'_>, agent: Id) -> Result<Vec<Mandate>, Fault> {
    let rows = record::mandates_of_agent(desk.store, agent, desk.now().date()).await?;
    Ok(rows.into_iter().map(|r| r.mandate).collect())
}

/// The mandates that a party has given and that are not over.
pub async fn given_by(desk: &Desk<'_>, principal: Id) -> Result<Vec<Mandate>, Fault> {
    let rows = record::mandates_of_principal(desk.store, principal, desk.now().date()).await?;
    Ok(rows.into_iter().map(|r| r.mandate).collect())
}

/// Ends a mandate: whoever might give it may end it, and the agent may lay it down. Anybody else does not find it.
pub async fn end(desk: &Desk<'_>, by: &Actor, mandate: Id) -> Result<(), AccessError> {
    let row = record::mandate(desk.store, desk.shard, mandate).await?.ok_or(AccessError::NotFound)?;
    let agent = by.person().is_some_and(|p| p.party.id == row.mandate.agent);
    if !agent && !may_give(by, row.mandate.principal.id, &row.mandate.scope, desk.now().date()) {
        return Err(AccessError::NotFound);
    }
    let key = vec![desk.shard.into(), mandate.into()];
    let unit = desk.unit().update(&MANDATE, key, row.version, vec![("revoked_at", desk.now().into())]);
    let act =
        Act { kind: "mandate.ended", subject: mandate, detail: json!({ "principal": row.mandate.principal.name }) };
    desk.store.commit(record_act(desk, unit, by, &act)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mandate_covers_its_acts_items_and_days_only() {
        let date = |s: &str| s.parse::<Date>().unwrap();
        let scope = |items: &[&str]| MandateScope {
            acts: [MandateAct::View, MandateAct::Confirm].into(),
            items: items.iter().map(|s| (*s).to_owned()).collect(),
            valid_from: date("2026-01-01"),
            valid_to: date("2026-12-31"),
        };
        let some = scope(&["a", "b"]);
        let cases = [
            (&some, MandateAct::View, Some("a"), "2026-06-01", true),
            (&some, MandateAct::View, None, "2026-06-01", true),
            (&some, MandateAct::View, Some("c"), "2026-06-01", false),
            (&some, MandateAct::File, Some("a"), "2026-06-01", false),
            (&some, MandateAct::View, Some("a"), "2026-01-01", true),
            (&some, MandateAct::View, Some("a"), "2026-12-31", true),
            (&some, MandateAct::View, Some("a"), "2025-12-31", false),
            (&some, MandateAct::View, Some("a"), "2027-01-01", false),
            (&scope(&[]), MandateAct::Confirm, Some("anything"), "2026-06-01", true),
        ];
        for (scope, act, item, on, want) in cases {
            assert_eq!(scope.covers(act, item, date(on)), want, "{act:?} {item:?} {on}");
        }
    }
}
