//! The four of the stories, through the engine: each comes out as the story tells it.

use std::sync::Arc;

use affairs::access::{Actor, Assurance, PersonActor, mandate};
use affairs::approval::{Filing, Outcome, State};
use affairs::licence;
use kernel::SeededEntropy;
use serde_json::{Map, Value as Json, json};

use super::forest::{LVYUAN, NANLING, PAN, SU};
use super::health::{CHEN, HUANG, LIANG, QINGSHAN, WEI, YONGJIANG as HOSPITAL};
use super::housing::{BUILDERS, HONGSHUI, LAOYOU, MIFEN, STAFF};
use super::people::{CAST, Company, Human, Pharmacist, YONGJIANG};
use super::*;

struct Stage {
    _folder: tempfile::TempDir,
    office: Office,
    machine: Machine,
}

impl Stage {
    async fn set(now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(now.parse().unwrap()));
        let machine = Machine { clock, entropy: Arc::new(SeededEntropy::new(11)) };
        let (home, prepared) = prepare(folder.path(), &machine).await.unwrap();
        assert!(matches!(prepared, Prepared::New { cases: 24 }), "{prepared:?}");
        let office = open(&home, &machine).await.unwrap();
        Self { _folder: folder, office, machine }
    }

    fn base(&self) -> access::Desk<'_> {
        let (clock, entropy) = (&*self.machine.clock, &*self.machine.entropy);
        access::Desk {
            store: &self.office.store,
            shard: &self.office.shard,
            clock,
            entropy,
            tenant: kernel::Tenant::HOUSE,
        }
    }

    async fn actor(&self, human: &Human) -> PersonActor {
        let kind = access::PartyKind::Person;
        let party = access::people::ensure_party(&self.base(), kind, &human.code().unwrap(), human.name).await.unwrap();
        let account = access::people::ensure_account(&self.base(), &party).await.unwrap().id;
        PersonActor { account, party, assurance: Assurance::Strong, acting_for: None }
    }

    /// The person who acts for a company, acting for it.
    async fn agent(&self, company: &Company) -> PersonActor {
        let mut agent = self.actor(&company.agent).await;
        agent.acting_for = mandate::held_by(&self.base(), agent.party.id).await.unwrap().pop();
        agent
    }

    /// Files, and lets the pharmacy confirm where somebody has to; gives the outcome and the checks that are not met or unknown.
    async fn play(&self, actor: &PersonActor, item: &str, form: Map<String, Json>) -> (State, Outcome, Vec<String>) {
        let catalog = self.office.catalog.get();
        let desk = approval::Desk {
            base: self.base(),
            catalog: &catalog,
            registers: &self.office.registers,
            issuer: &self.office.issuer,
            setting: self.office.setting,
            reactors: affairs::REACTORS,
        };
        let filing = Filing { item, form: &form, channel: "online", key: item, draft: None };
        let mut case = approval::file(&desk, actor, &filing).await.unwrap();
        if case.state == State::AwaitingSecondParty {
            let named = |c: &Company| c.code().ok() == case.second_party;
            let employer = [YONGJIANG, HOSPITAL.company, HONGSHUI].into_iter().find(named).unwrap();
            case = approval::confirm(&desk, &self.agent(&employer).await, case.id).await.unwrap();
        }
        if case.state == State::Granted {
            self.verifies(actor, case.id).await;
        }
        let now = self.machine.clock.now();
        let (file, _) = approval::file_for(desk.store(), &Actor::Person(actor.clone()), case.id, now).await.unwrap();
        let checks = file.latest().unwrap().checks["checks"].as_array().unwrap();
        let failed = checks.iter().filter(|c| c["truth"] != "met").map(|c| c["id"].as_str().unwrap().to_owned());
        let failed = failed.collect();
        (case.state, case.outcome.unwrap(), failed)
    }

    /// The licence that came out of a case is accepted by whoever asks the office's own trust list.
    async fn verifies(&self, actor: &PersonActor, case: kernel::Id) {
        let (store, now) = (&self.office.store, self.machine.clock.now());
        let licence = licence::by_case(store, actor.principal().id, case).await.unwrap().unwrap();
        let verified = licence::verify(licence.document.as_bytes(), &self.office.trust, Some(&licence), now).unwrap();
        assert_eq!(verified.standing, licence::Standing::InForce);
    }

    async fn pharmacist(
        &self,
        person: &Pharmacist,
        item: &str,
        form: Map<String, Json>,
    ) -> (State, Outcome, Vec<String>) {
        self.play(&self.actor(&person.human).await, item, form).await
    }
}

fn renewal(person: &Pharmacist, today: kernel::Date) -> Map<String, Json> {
    let code = person.human.code().unwrap();
    let form = json!({
        "name": person.human.name, "citizen_id": code, "registration_number": format!("演45{}", &code[6..17]),
        "valid_to": records::valid_to(person, today).unwrap(), "employer": YONGJIANG.code().unwrap(),
        "phone": "13800138000", "truthful": true,
    });
    form.as_object().unwrap().clone()
}

#[tokio::test]
async fn the_four_stories_come_out_as_told() {
    let stage = Stage::set("2026-11-23T21:40:00+08:00").await;
    let today = stage.machine.clock.now().date();
    let [wei, huang, qin, lu] = &CAST;
    let renew = "fd-pharmacist-renew";
    let told = stage.pharmacist(wei, renew, renewal(wei, today)).await;
    assert_eq!(told, (State::Granted, Outcome::Grant, vec![]));
    let told = stage.pharmacist(huang, renew, renewal(huang, today)).await;
    assert_eq!(told, (State::Correcting, Outcome::Correct, vec!["c2".to_owned()]));
    let told = stage.pharmacist(qin, renew, renewal(qin, today)).await;
    assert_eq!(told, (State::InReview, Outcome::Refer, vec!["c9".to_owned()]));
    let code = lu.human.code().unwrap();
    let first = json!({
        "name": lu.human.name, "citizen_id": code, "certificate": records::certificate(lu, &code, today).unwrap(),
        "category": "pharmacy", "scope": "trade", "employer": YONGJIANG.code().unwrap(), "phone": "13800138000",
        "declared_fit": true, "truthful": true,
    });
    let told = stage.pharmacist(lu, "fd-pharmacist-first", first.as_object().unwrap().clone()).await;
    assert_eq!(told, (State::Granted, Outcome::Grant, vec![]));
}

fn consignment(nursery: &Company, today: kernel::Date) -> Map<String, Json> {
    let form = json!({
        "name": nursery.name, "code": nursery.code().unwrap(), "place": nursery.address, "goods": "seedling",
        "species": "杉木裸根苗", "quantity": 20_000, "destination": "other_county", "to": "南宁市上林县大丰镇",
        "consignee": "大丰林场", "arrive_by": today.to_string(), "phone": "13800138000", "truthful": true,
    });
    form.as_object().unwrap().clone()
}

#[tokio::test]
async fn the_forest_comes_out_as_told() {
    let stage = Stage::set("2026-11-23T21:40:00+08:00").await;
    let today = stage.machine.clock.now().date();
    let felling = "fo-felling-small";
    let told = stage.play(&stage.actor(&PAN.human).await, felling, PAN.form(today).unwrap()).await;
    assert_eq!(told, (State::Granted, Outcome::Grant, vec![]));
    let told = stage.play(&stage.actor(&SU.human).await, felling, SU.form(today).unwrap()).await;
    assert_eq!(
        told,
        (State::InReview, Outcome::DraftRefusal, vec!["c5".to_owned()]),
        "others took the quota before him"
    );
    let transport = "fo-quarantine-inprov";
    let told = stage.play(&stage.agent(&LVYUAN).await, transport, consignment(&LVYUAN, today)).await;
    assert_eq!(told, (State::Granted, Outcome::Grant, vec![]));
    let told = stage.play(&stage.agent(&NANLING).await, transport, consignment(&NANLING, today)).await;
    assert_eq!(told, (State::SpecialStep, Outcome::SpecialStep, vec!["c2".to_owned(), "c5".to_owned()]));
}

#[tokio::test]
async fn the_hospital_comes_out_as_told() {
    let stage = Stage::set("2026-11-23T21:40:00+08:00").await;
    let today = stage.machine.clock.now().date();
    for (nurse, state, outcome, failed) in [
        (HUANG, State::Granted, Outcome::Grant, None),
        (LIANG, State::Correcting, Outcome::Correct, Some("c4")),
        (WEI, State::InReview, Outcome::Refer, Some("c1")),
        (CHEN, State::Granted, Outcome::Grant, None),
    ] {
        let told = stage.play(&stage.actor(&nurse.human).await, nurse.item, nurse.form(today).unwrap()).await;
        assert_eq!(told, (state, outcome, failed.into_iter().map(str::to_owned).collect()), "{}", nurse.key);
    }
    // The city that licensed the hospital decides; the move is told where she comes from.
    let sql = "SELECT deciding_agency AS agency, item AS kind FROM case_file WHERE item LIKE 'he-nurse-%' \
               UNION SELECT agency, kind FROM duty WHERE item = 'he-nurse-change' ORDER BY 1, 2";
    let rows = stage.office.store.query(sql, vec![]).await.unwrap();
    let told: Vec<_> =
        rows.iter().map(|r| format!("{} {}", r.text("agency").unwrap(), r.text("kind").unwrap())).collect();
    assert_eq!(
        told,
        [
            "health-450100 he-nurse-change",
            "health-450100 he-nurse-first",
            "health-450100 he-nurse-renew",
            "health-450100 standing_watch",
            "health-450103 conduct_record",
            "health-450103 employment_check",
            "health-450200 former_registry_notice",
            "health-450203 staffing_check",
        ]
    );
    let form = json!({
        "name": QINGSHAN.name, "code": QINGSHAN.code().unwrap(), "address": QINGSHAN.address, "scope": "prescription",
        "phone": "13800138000", "truthful": true,
    });
    let told = stage.play(&stage.agent(&QINGSHAN).await, "fd-drug-retail", form.as_object().unwrap().clone()).await;
    assert_eq!(told, (State::InReview, Outcome::Refer, vec![]), "everything is met, and a person decides");
}

#[tokio::test]
async fn the_world_can_be_made_on_any_day_and_does_not_grow_old_over_night() {
    // The last of February, a month's end, the small hours: dates are counted, not guessed.
    for now in ["2028-02-29T00:20:00+08:00", "2026-03-31T12:00:00+08:00"] {
        let stage = Stage::set(now).await;
        let first = records::last_sent(&stage.base()).await.unwrap();
        let later = Machine {
            clock: Arc::new(FixedClock::at(stage.machine.clock.now().plus_ms(2 * DAY_MS))),
            entropy: stage.machine.entropy.clone(),
        };
        keep_fresh(&stage.office, &later).await.unwrap();
        let second = records::last_sent(&stage.base()).await.unwrap();
        assert_eq!(second, first.map(|at| at.plus_ms(2 * DAY_MS)));
    }
}

fn eatery(company: &Company) -> Map<String, Json> {
    let form = json!({
        "operator_code": company.code().unwrap(), "operator_name": company.name, "activity": "hot_meals",
        "address": company.address, "responsible": company.agent.name,
        "responsible_id": company.agent.code().unwrap(), "phone": "13800138000", "truthful": true,
    });
    form.as_object().unwrap().clone()
}

#[tokio::test]
async fn the_building_site_and_the_kitchen_come_out_as_told() {
    let stage = Stage::set("2026-11-23T21:40:00+08:00").await;
    let today = stage.machine.clock.now().date();
    let named = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let [hongshui, zuojiang, longjiang, _] = &BUILDERS;
    for (builder, change, extension) in [
        (hongshui, (State::Granted, Outcome::Grant, named(&[])), (State::Granted, Outcome::Grant, named(&[]))),
        (
            zuojiang,
            (State::NotNeeded, Outcome::NotNeeded, named(&["c4"])),
            (State::Correcting, Outcome::Correct, named(&["c6"])),
        ),
        (
            longjiang,
            (State::InReview, Outcome::Refer, named(&["c3"])),
            (State::InReview, Outcome::Refer, named(&["c2"])),
        ),
    ] {
        let agent = stage.agent(&builder.company).await;
        let told = stage.play(&agent, "hc-qual-change", builder.change(today).unwrap()).await;
        assert_eq!(told, change, "{}", builder.company.name);
        let told = stage.play(&agent, "hc-safety-licence-renew", builder.extension(today).unwrap()).await;
        assert_eq!(told, extension, "{}", builder.company.name);
    }
    for (person, state, outcome, failed) in [
        (&STAFF[0], State::Granted, Outcome::Grant, named(&[])),
        (&STAFF[1], State::Correcting, Outcome::Correct, named(&["c4", "c5"])),
        (&STAFF[2], State::InReview, Outcome::Refer, named(&["c2"])),
    ] {
        let actor = stage.actor(&person.human).await;
        let told = stage.play(&actor, "hc-safety-staff-renew", person.renewal(today).unwrap()).await;
        assert_eq!(told, (state, outcome, failed), "{}", person.human.name);
    }
    let told = stage.play(&stage.agent(&MIFEN).await, "fd-food-licence", eatery(&MIFEN)).await;
    assert_eq!(told, (State::InReview, Outcome::Refer, vec![]), "everything is met, and a person decides");
    let told = stage.play(&stage.agent(&LAOYOU).await, "fd-food-licence", eatery(&LAOYOU)).await;
    assert_eq!(told, (State::SpecialStep, Outcome::SpecialStep, named(&["c4"])));
    // Whoever issued the certificate changes it; the county of registration gives food licences.
    let sql = "SELECT DISTINCT item, deciding_agency AS agency FROM case_file \
               WHERE item LIKE 'hc-%' OR item = 'fd-food-licence' ORDER BY item";
    let rows = stage.office.store.query(sql, vec![]).await.unwrap();
    let told: Vec<_> =
        rows.iter().map(|r| format!("{} {}", r.text("item").unwrap(), r.text("agency").unwrap())).collect();
    assert_eq!(
        told,
        [
            "fd-food-licence amr-450107",
            "hc-qual-change gx-hc",
            "hc-safety-licence-renew gx-hc",
            "hc-safety-staff-renew gx-hc",
        ]
    );
}
