//! The lives that are copied, each of them lived once through the rooms' own doors.

use std::collections::BTreeMap;

use affairs::access::{
    self, Actor, EVERY, MandateAct, MandateScope, NewMandate, NewStaff, PartyKind, PersonActor, Role, Scope, StaffActor,
};
use affairs::approval::{self, Case, Filing, Ruling, RulingDraft, State};
use anyhow::{Context, ensure};
use kernel::{ItemTag, RegionCode};
use serde_json::json;
use stories::World;
use stories::world::{SHARD, map};

use super::template::{Lived, Template};
use super::{Place, company};

const CANCEL: &str = "fd-pharmacist-cancel";
const RENEW: &str = "fd-pharmacist-renew";
const FOOD: &str = "fd-food-licence";

/// What becomes of an application.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    /// A pharmacist's registration struck off: granted at once.
    StruckOff,
    /// A registration renewed: the employer confirms, then granted at once, with a licence.
    Renewed,
    /// A food licence: a county's officer grants it, with a licence.
    Granted,
    /// A food licence that still waits for a county's officer.
    Waiting,
    /// A renewal whose employer has not confirmed.
    Unconfirmed,
    /// A renewal whose applicant was told to mend something.
    Correcting,
}

/// How many of a hundred live so, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) of_hundred: usize,
    /// The case is open now.
    pub(super) open: bool,
    /// The applicant is a company.
    pub(super) company: bool,
}

impl Life {
    pub(super) const ALL: [Self; 6] =
        [Self::StruckOff, Self::Renewed, Self::Granted, Self::Waiting, Self::Unconfirmed, Self::Correcting];

    pub(super) const fn share(self) -> Share {
        let (of_hundred, open) = match self {
            Self::StruckOff => (55, false),
            Self::Renewed => (22, false),
            Self::Granted => (17, false),
            Self::Waiting => (3, true),
            Self::Unconfirmed => (2, true),
            Self::Correcting => (1, true),
        };
        Share { of_hundred, open, company: matches!(self, Self::Granted | Self::Waiting) }
    }

    /// Lives it, and takes it apart.
    pub(super) async fn live(self, world: &World, places: &[Place]) -> anyhow::Result<Template> {
        let before = counters(world).await?;
        let n = u16::try_from(Self::ALL.iter().position(|life| *life == self).context("a life")?)?;
        let key = format!("a-life-to-copy-{n}");
        let case = match self {
            Self::StruckOff => struck_off(world, n, &key).await?,
            Self::Renewed => renewal(world, n, &key, (80, true)).await?,
            Self::Correcting => renewal(world, n, &key, (40, true)).await?,
            Self::Unconfirmed => renewal(world, n, &key, (80, false)).await?,
            Self::Granted => eatery_granted(world, n, &key).await?,
            Self::Waiting => eatery(world, n, &key).await?,
        };
        ensure!(case.state == self.state(), "came out as {:?}", case.state);
        let mut counted = counters(world).await?;
        counted.iter_mut().for_each(|(key, n)| *n -= before.get(key).copied().unwrap_or(0));
        counted.retain(|_, n| *n != 0);
        let item = world.catalog.item(&case.item, world.now().date()).context("an item")?;
        let code = item.implementation_code.as_ref().or(item.catalogue_code.as_ref()).context("an item's code")?;
        let number_region: RegionCode = item.power.region.parse().map_err(|e| anyhow::anyhow!("{e}"))?;
        let home = if case.item == FOOD { "450107" } else { "450103" };
        let place = places.iter().find(|place| place.region == home).context("no such place")?.clone();
        let lived = Lived { case: &case, key: &key, tag: ItemTag::of(code), number_region, place, counted };
        let conn = rusqlite::Connection::open(world.scratch.folder.path().join("office.db"))?;
        Template::learn(&conn, &lived)
    }

    const fn state(self) -> State {
        match self {
            Self::StruckOff | Self::Renewed | Self::Granted => State::Granted,
            Self::Waiting => State::InReview,
            Self::Unconfirmed => State::AwaitingSecondParty,
            Self::Correcting => State::Correcting,
        }
    }
}

async fn counters(world: &World) -> anyhow::Result<BTreeMap<String, i64>> {
    Ok(world.scratch.store.counters(SHARD, "").await?.into_iter().collect())
}

async fn struck_off(world: &World, n: u16, key: &str) -> anyhow::Result<Case> {
    let (person, agent) = (world.person("农春晓", n + 1).await, world.person("农佳", 99).await);
    let (code, _) = world.pharmacy("邕江大药房", &agent).await;
    world.registered(&person, &code, 400).await;
    let form = map(json!({
        "name": person.party.name, "citizen_id": person.party.code, "reason": "stop", "phone": "13877100001",
        "registration_number": format!("45{}", &person.party.code[6..14]), "understood": true, "truthful": true,
    }));
    Ok(world.file(&person, CANCEL, &form, key).await?)
}

async fn renewal(world: &World, n: u16, key: &str, (credits, confirmed): (i64, bool)) -> anyhow::Result<Case> {
    let (person, agent) = (world.person("韦春晓", n + 1).await, world.person("农佳", 99).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &agent).await;
    world.registered(&person, &code, 60).await;
    world.qualified(&person, credits).await;
    let case = world.file(&person, RENEW, &world.renewal(&person, &code, 60), key).await?;
    if confirmed { Ok(approval::confirm(&world.desk(), &pharmacy, case.id).await?) } else { Ok(case) }
}

/// An eatery's application, as far as the machine brings it: a person decides on every food licence.
async fn eatery(world: &World, n: u16, key: &str) -> anyhow::Result<Case> {
    let agent = world.person("阮小梅", n + 1).await;
    let (code, name) = (company(8_000_000 + usize::from(n))?, "演示桂花米粉店");
    let address = "南宁市西乡塘区演示路9号";
    let party = access::people::ensure_party(&world.base(), PartyKind::Company, &code, name).await?;
    let scope = MandateScope {
        acts: [MandateAct::View, MandateAct::File].into(),
        items: Default::default(),
        valid_from: world.now().date(),
        valid_to: "2027-12-31".parse()?,
    };
    let new = NewMandate { principal: party.id, agent: agent.party.id, scope, basis: "授权书 2026-01".into() };
    let mandate = access::mandate::give(&world.base(), &Actor::Machine, &new).await?;
    let actor = PersonActor { acting_for: Some(mandate), ..agent.clone() };
    let business = json!({
        "name": name, "status": "open", "legal_representative": "阮小梅", "address": address, "region": "450107",
        "established_on": "2016-01-23", "scope": "餐饮服务",
    });
    world.record("business-register", &code, business).await;
    let check =
        json!({ "name": name, "address": address, "checked_on": "2026-11-20", "officers": 2, "finding": "passed" });
    world.record("food-site-check", &code, check).await;
    let form = map(json!({
        "operator_code": code, "operator_name": name, "activity": "hot_meals", "address": address,
        "responsible": agent.party.name, "responsible_id": agent.party.code, "phone": "13800138000", "truthful": true,
    }));
    let filing = Filing { item: FOOD, form: &form, channel: "online", draft: None, key };
    Ok(approval::file(&world.desk(), &actor, &filing).await?)
}

async fn eatery_granted(world: &World, n: u16, key: &str) -> anyhow::Result<Case> {
    let case = eatery(world, n, key).await?;
    let officer = officer(world, "county", (EVERY, EVERY)).await?;
    world.scratch.clock.set(world.now().plus_ms(2 * super::DAY_MS));
    let actor = Actor::Staff(officer);
    let draft =
        RulingDraft { ruling: Ruling::Grant, reasons: "现场核查合格，准予许可。", version: case.version };
    Ok(approval::rule(&world.desk(), &actor, case.id, &draft).await?)
}

/// An officer who decides for this agency and what is below it, in this region.
pub(crate) async fn officer(world: &World, login: &str, (agency, region): (&str, &str)) -> anyhow::Result<StaffActor> {
    let base = world.base();
    let new = NewStaff {
        login: login.into(),
        name: "莫然".into(),
        post: "行政审批".into(),
        agency: "gx-amr".into(),
        region: "450000".into(),
    };
    let (account, _) = access::staff::create(&base, &Actor::Machine, &new).await?;
    let scope = Scope { role: Role::Approver, agency: agency.into(), region: region.into(), item: EVERY.into() };
    access::staff::grant_scope(&base, &Actor::Machine, account.id, &scope).await?;
    let scopes = access::staff::scopes(base.store, account.id).await?;
    Ok(StaffActor { account: account.id, name: "莫然".into(), post: "行政审批".into(), scopes })
}
