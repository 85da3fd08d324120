//! The four of the stories, through the engine: each comes out as the story tells it.

use std::sync::Arc;

use affairs::access::{Actor, Assurance, PersonActor, mandate};
use affairs::approval::{Filing, Outcome, State};
use kernel::SeededEntropy;
use serde_json::{Map, Value as Json, json};

use super::people::{CAST, Human, Pharmacist, YONGJIANG};
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
        assert!(matches!(prepared, Prepared::New { cases: 16 }), "{prepared:?}");
        let office = open(&home, &machine).await.unwrap();
        Self { _folder: folder, office, machine }
    }

    fn base(&self) -> access::Desk<'_> {
        let (clock, entropy) = (&*self.machine.clock, &*self.machine.entropy);
        access::Desk { store: &self.office.store, shard: &self.office.shard, clock, entropy }
    }

    async fn actor(&self, human: &Human) -> PersonActor {
        let kind = access::PartyKind::Person;
        let party = access::people::ensure_party(&self.base(), kind, &human.code().unwrap(), human.name).await.unwrap();
        let account = access::people::ensure_account(&self.base(), &party).await.unwrap().id;
        PersonActor { account, party, assurance: Assurance::Strong, acting_for: None }
    }

    /// Files and lets the pharmacy confirm; gives the outcome and the checks that are not met or unknown.
    async fn play(&self, person: &Pharmacist, item: &str, form: Map<String, Json>) -> (State, Outcome, Vec<String>) {
        let catalog = self.office.catalog.get();
        let desk = approval::Desk {
            base: self.base(),
            catalog: &catalog,
            registers: &self.office.registers,
            issuer: &self.office.issuer,
            setting: self.office.setting,
            reactors: affairs::REACTORS,
        };
        let actor = self.actor(&person.human).await;
        let filing = Filing { item, form: &form, channel: "online", key: "story", draft: None };
        let case = approval::file(&desk, &actor, &filing).await.unwrap();
        assert_eq!(case.state, State::AwaitingSecondParty);
        let mut agent = self.actor(&YONGJIANG.agent).await;
        agent.acting_for = mandate::held_by(&self.base(), agent.party.id).await.unwrap().pop();
        let case = approval::confirm(&desk, &agent, case.id).await.unwrap();
        let now = self.machine.clock.now();
        let (file, _) = approval::file_for(desk.store(), &Actor::Person(actor), case.id, now).await.unwrap();
        let checks = file.latest().unwrap().checks["checks"].as_array().unwrap();
        let failed = checks.iter().filter(|c| c["truth"] != "met").map(|c| c["id"].as_str().unwrap().to_owned());
        let failed = failed.collect();
        (case.state, case.outcome.unwrap(), failed)
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
    let told = stage.play(wei, renew, renewal(wei, today)).await;
    assert_eq!(told, (State::Granted, Outcome::Grant, vec![]));
    let told = stage.play(huang, renew, renewal(huang, today)).await;
    assert_eq!(told, (State::Correcting, Outcome::Correct, vec!["c2".to_owned()]));
    let told = stage.play(qin, renew, renewal(qin, today)).await;
    assert_eq!(told, (State::InReview, Outcome::Refer, vec!["c9".to_owned()]));
    let code = lu.human.code().unwrap();
    let first = json!({
        "name": lu.human.name, "citizen_id": code, "certificate": records::certificate(lu, &code, today).unwrap(),
        "category": "pharmacy", "scope": "trade", "employer": YONGJIANG.code().unwrap(), "phone": "13800138000",
        "declared_fit": true, "truthful": true,
    });
    let told = stage.play(lu, "fd-pharmacist-first", first.as_object().unwrap().clone()).await;
    assert_eq!(told, (State::Granted, Outcome::Grant, vec![]));
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
