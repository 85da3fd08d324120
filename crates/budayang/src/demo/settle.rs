//! People move in: parties, accounts, mandates, officers with their rights.

use std::collections::BTreeMap;

use affairs::access::{
    self, Account, Actor, Assurance, Desk, EVERY, Mandate, MandateAct, MandateScope, NewMandate, NewStaff, Party,
    PartyKind, PersonActor, Scope,
};
use affairs::agent::{ACTS, NewPost};
use anyhow::Context as _;
use jiff::ToSpan as _;
use kernel::Date;

use super::people::{Company, Human, OFFICERS, Officer, PHARMACIES, Pharmacist, pharmacists};
use super::{forest, health, housing};

/// Who lives in the world.
#[derive(Default)]
pub(super) struct Settled {
    /// Citizens by code.
    people: BTreeMap<String, (Account, Party)>,
    /// Mandates of the pharmacies' agents, by the pharmacy's code.
    agents: BTreeMap<String, (String, Mandate)>,
}

impl Settled {
    /// Lets everybody move in.
    pub(super) async fn settle(desk: &Desk<'_>) -> anyhow::Result<Self> {
        let mut settled = Self::default();
        for pharmacist in pharmacists() {
            settled.citizen(desk, &pharmacist.human).await?;
        }
        for pharmacy in &PHARMACIES {
            settled.company(desk, pharmacy, &[MandateAct::View, MandateAct::Confirm]).await?;
        }
        forest::settle(&mut settled, desk).await?;
        housing::settle(&mut settled, desk).await?;
        health::settle(&mut settled, desk).await?;
        for officer in &OFFICERS {
            employ(desk, officer).await?;
        }
        Ok(settled)
    }

    pub(super) async fn citizen(&mut self, desk: &Desk<'_>, human: &Human) -> anyhow::Result<Party> {
        let code = human.code()?;
        let party = access::people::ensure_party(desk, PartyKind::Person, &code, human.name).await?;
        let account = access::people::ensure_account(desk, &party).await?;
        self.people.insert(code, (account, party.clone()));
        Ok(party)
    }

    /// A company, and its agent with what he may do for it.
    pub(super) async fn company(
        &mut self,
        desk: &Desk<'_>,
        company: &Company,
        acts: &[MandateAct],
    ) -> anyhow::Result<()> {
        let (agent, code) = (self.citizen(desk, &company.agent).await?, company.code()?);
        let company = access::people::ensure_party(desk, PartyKind::Company, &code, company.name).await?;
        let new = NewMandate {
            principal: company.id,
            agent: agent.id,
            scope: scope(desk.now().date(), acts)?,
            basis: "演示授权书".to_owned(),
        };
        let mandate = access::mandate::give(desk, &Actor::Machine, &new).await?;
        self.agents.insert(code, (agent.code, mandate));
        Ok(())
    }

    /// Somebody, recognised by face.
    pub(super) fn human(&self, human: &Human) -> anyhow::Result<PersonActor> {
        self.actor(&human.code()?, None)
    }

    /// A pharmacist, recognised by face.
    pub(super) fn person(&self, pharmacist: &Pharmacist) -> anyhow::Result<PersonActor> {
        self.actor(&pharmacist.human.code()?, None)
    }

    /// The agent of the pharmacy with this code, acting for it.
    pub(super) fn agent(&self, pharmacy: &str) -> anyhow::Result<PersonActor> {
        let (code, mandate) = self.agents.get(pharmacy).context("nobody acts for this pharmacy")?;
        self.actor(code, Some(mandate.clone()))
    }

    fn actor(&self, code: &str, acting_for: Option<Mandate>) -> anyhow::Result<PersonActor> {
        let (account, party) = self.people.get(code).context("nobody of this code lives here")?;
        Ok(PersonActor { account: account.id, party: party.clone(), assurance: Assurance::Strong, acting_for })
    }
}

/// The agents do what they are named for, and nothing else, for three years.
fn scope(today: Date, acts: &[MandateAct]) -> anyhow::Result<MandateScope> {
    Ok(MandateScope {
        acts: acts.iter().copied().collect(),
        items: [].into(),
        valid_from: today,
        valid_to: today.checked_add(3.years())?,
    })
}

async fn employ(desk: &Desk<'_>, officer: &Officer) -> anyhow::Result<()> {
    let new = NewStaff {
        login: officer.login.to_owned(),
        name: officer.name.to_owned(),
        post: officer.post.to_owned(),
        agency: officer.agency.to_owned(),
        region: officer.region.to_owned(),
    };
    let (account, _) = access::staff::create(desk, &Actor::Machine, &new).await?;
    for (role, agency, region) in officer.rights {
        let scope = Scope { role: *role, agency: (*agency).into(), region: (*region).into(), item: EVERY.to_owned() };
        access::staff::grant_scope(desk, &Actor::Machine, account.id, &scope).await?;
    }
    Ok(())
}

/// The village agent of the story, at a point in Rong'an.
pub(super) async fn name_agent(desk: &affairs::approval::Desk<'_>) -> anyhow::Result<()> {
    let today = desk.base.now().date();
    let post = NewPost {
        login: "agent",
        hall: "point-450224100003",
        acts: &ACTS,
        items: &[],
        valid_from: Some(today),
        valid_to: Some(today.checked_add(2.years())?),
        basis: "聘任书（演示）",
    };
    affairs::agent::name_post(desk, &Actor::Machine, &post).await?;
    Ok(())
}
