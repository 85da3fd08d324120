//! Stories of the spine: what becomes of an application, from the form to the log.

use std::sync::Arc;

use affairs::access::{self, Actor, Role};
use affairs::approval::{self, ApprovalError, Outcome, Queue, Ruling, RulingDraft, State};
use affairs::{licence, message, supervision};
use kernel::SeededEntropy;
use serde_json::json;
use store::Store;
use store::testing::Scratch;
use stories::World;
use stories::world::map;

mod counter;
mod law;
mod places;
mod registers;

const RENEW: &str = "fd-pharmacist-renew";
const CANCEL: &str = "fd-pharmacist-cancel";

#[tokio::test]
async fn an_application_is_approved_at_midnight() {
    let world = World::new().await;
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;

    let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), "k1").await.unwrap();
    assert_eq!(case.state, State::AwaitingSecondParty);
    assert!(case.received_at.is_none(), "waiting for the employer is not the agency's time");

    let store = &world.scratch.store;
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    let (file, _) = approval::file_for(store, &Actor::Person(wei.clone()), case.id, world.now()).await.unwrap();
    assert_eq!(case.state, State::Granted, "{:#}", file.latest().unwrap().checks);

    let item = world.catalog.item(RENEW, world.now().date()).unwrap();
    let held = licence::current(store, wei.party.id, &item.result.licence_type).await.unwrap();
    let held = held.expect("a licence was born");
    assert_eq!(held.valid_from.to_string(), "2026-11-23", "the new licence takes the old one's place at once");
    assert_eq!(held.valid_to.unwrap().to_string(), "2032-01-22");
    let trust = world.trust(evidence::key::Setting::Demonstration);
    let verified = licence::verify(held.document.as_bytes(), &trust, Some(&held), world.now()).unwrap();
    assert_eq!(verified.standing, licence::Standing::InForce);
    let production = world.trust(evidence::key::Setting::Production);
    assert!(licence::verify(held.document.as_bytes(), &production, Some(&held), world.now()).is_err());

    let duties = supervision::duties_of(store, case.id).await.unwrap();
    assert!(!duties.is_empty() && duties.iter().all(|d| d.claim_due_at.is_some()));
    assert!(duties.iter().any(|d| d.agency == "amr-450103"), "the nearest supervisor to the pharmacy looks");
    assert!(message::unread(store, wei.party.id).await.unwrap() >= 2);
    let notices = approval::notices(store, None).await.unwrap();
    assert_eq!(notices[0].holder_mask, "韦**");
    let pulse = approval::pulse(store, world.now().plus_ms(1)).await.unwrap();
    assert_eq!((pulse.decided, pulse.by_machine, pulse.off_hours), (1, 1, 1));
    let leaves =
        store.query("SELECT kind FROM leaf WHERE subject = $1 ORDER BY position", vec![case.id.into()]).await.unwrap();
    let kinds: Vec<&str> = leaves.iter().map(|r| r.text("kind").unwrap()).collect();
    assert_eq!(kinds, ["case.filed", "case.confirmed", "case.decided"]);
}

#[tokio::test]
async fn everything_to_mend_comes_in_one_notice_and_a_second_failure_goes_to_a_person() {
    let world = World::new().await;
    let (huang, nong) = (world.person("黄春生", 3).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&huang, &code, 60).await;
    world.qualified(&huang, 30).await;
    let form = world.renewal(&huang, &code, 60);
    let case = world.file(&huang, RENEW, &form, "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!((case.state, case.corrections), (State::Correcting, 1));
    assert!(case.correction_due_at.is_some());

    let again = approval::resubmit(&world.desk(), &huang, case.id, &form).await.unwrap();
    assert_eq!((again.state, again.outcome), (State::InReview, Some(Outcome::Refer)));
}

#[tokio::test]
async fn after_the_correction_the_machine_grants() {
    let world = World::new().await;
    let (huang, nong) = (world.person("黄春生", 3).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&huang, &code, 60).await;
    world.qualified(&huang, 30).await;
    let form = world.renewal(&huang, &code, 60);
    let case = world.file(&huang, RENEW, &form, "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(case.state, State::Correcting);
    world.wait_days(2);
    world.qualified(&huang, 75).await;
    let case = approval::resubmit(&world.desk(), &huang, case.id, &form).await.unwrap();
    assert_eq!(case.state, State::Granted);
}

#[tokio::test]
async fn what_the_machine_may_not_decide_waits_for_an_officer_in_scope() {
    let world = World::new().await;
    let (qin, nong) = (world.person("覃海燕", 5).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &code, 60).await;
    world.shop_licence(&code, "under_review").await;
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &code, 60), "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(case.state, State::InReview);
    assert!(case.accepted_at.is_some() && case.statutory_due_at.is_some());

    let store = &world.scratch.store;
    let clerk = world.officer("clerk", "李文", &[Role::Clerk]).await;
    let approver = world.officer("approver", "莫然", &[Role::Approver]).await;
    let admin = world.officer("admin", "唐管", &[Role::Administrator]).await;
    let seen = approval::queue(store, approver.account, Queue::Waiting).await.unwrap();
    assert_eq!(seen.iter().map(|c| c.id).collect::<Vec<_>>(), [case.id]);
    assert!(approval::queue(store, admin.account, Queue::Waiting).await.unwrap().is_empty());

    let version = seen[0].version;
    let ruling = |reasons, version| RulingDraft { ruling: Ruling::Grant, reasons, version };
    let (clerk, approver, admin) = (Actor::Staff(clerk), Actor::Staff(approver), Actor::Staff(admin));
    let desk = world.desk();
    let by_admin = approval::rule(&desk, &admin, case.id, &ruling("已核实许可证状态", version)).await;
    assert!(matches!(by_admin, Err(ApprovalError::NotFound)));
    let by_clerk = approval::rule(&desk, &clerk, case.id, &ruling("已核实许可证状态", version)).await;
    assert!(matches!(by_clerk, Err(ApprovalError::Forbidden(_))));
    let speechless = approval::rule(&desk, &approver, case.id, &ruling("", version)).await;
    assert!(matches!(speechless, Err(ApprovalError::Form(_))));
    let stale = approval::rule(&desk, &approver, case.id, &ruling("已核实许可证状态", version - 1)).await;
    assert!(matches!(stale, Err(ApprovalError::Changed)));
    let granted =
        approval::rule(&desk, &approver, case.id, &ruling("已向核查机关核实，许可证有效", version)).await.unwrap();
    assert_eq!(granted.state, State::Granted);
    let notices = approval::notices(store, None).await.unwrap();
    assert_eq!(notices[0].maker, "person");
}

#[tokio::test]
async fn a_refusal_carries_reasons_and_remedies_and_leaves_no_licence() {
    let world = World::new().await;
    let (qin, nong) = (world.person("覃海燕", 5).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &code, 60).await;
    world.shop_licence(&code, "under_review").await;
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &code, 60), "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    let approver = Actor::Staff(world.officer("approver", "莫然", &[Role::Approver]).await);
    let store = &world.scratch.store;
    let (file, _) = approval::file_for(store, &approver, case.id, world.now()).await.unwrap();
    let draft =
        RulingDraft {
            ruling: Ruling::Refuse, reasons: "执业单位许可证已被责令停业", version: file.case.version
        };
    let refused = approval::rule(&world.desk(), &approver, case.id, &draft).await.unwrap();
    assert_eq!(refused.state, State::Refused);
    let (file, _) = approval::file_for(store, &approver, case.id, world.now()).await.unwrap();
    assert!(file.latest().unwrap().remedies.as_deref().is_some_and(|r| r.contains("行政复议")));
    assert!(approval::notices(store, None).await.unwrap().is_empty());
    assert!(supervision::duties_of(store, case.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_same_application_is_one_case_however_often_it_comes() {
    for world in World::on_both_engines().await {
        the_same_application(&world).await;
    }
}

async fn the_same_application(world: &World) {
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, _) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let form = world.renewal(&wei, &code, 60);
    let (a, b) = tokio::join!(world.file(&wei, RENEW, &form, "k1"), world.file(&wei, RENEW, &form, "k1"));
    let first = a.unwrap();
    assert_eq!(first.id, b.unwrap().id);
    assert_eq!(world.file(&wei, RENEW, &form, "k1").await.unwrap().id, first.id);
    let other_key = world.file(&wei, RENEW, &form, "k2").await;
    assert!(matches!(other_key, Err(ApprovalError::AlreadyOpen { id, .. }) if id == first.id));
    let mut changed = form.clone();
    changed.insert("phone".into(), "13877100002".into());
    assert!(matches!(world.file(&wei, RENEW, &changed, "k1").await, Err(ApprovalError::KeyReused)));
}

#[tokio::test]
async fn two_strikings_off_at_once_are_one() {
    for world in World::on_both_engines().await {
        two_strikings_off(&world).await;
    }
}

async fn two_strikings_off(world: &World) {
    let wei = world.person("韦明月", 1).await;
    let nong = world.person("农佳", 2).await;
    let (code, _) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let form = map(json!({
        "name": "韦明月", "citizen_id": wei.party.code, "registration_number": format!("45{}", &wei.party.code[6..14]),
        "reason": "stop", "phone": "13877100001", "understood": true, "truthful": true,
    }));
    let (a, b) = tokio::join!(world.file(&wei, CANCEL, &form, "k1"), world.file(&wei, CANCEL, &form, "k2"));
    let states: Vec<State> = [a.unwrap(), b.unwrap()].iter().map(|c| c.state).collect();
    assert_eq!(states.iter().filter(|s| **s == State::Granted).count(), 1, "{states:?}");
}

/// Two nodes on one database: the second keeps no log of this shard, so it takes what comes and decides nothing.
#[tokio::test]
async fn two_nodes_that_take_the_same_application_at_once_have_one_case_and_one_grant() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    let mut options = scratch.options();
    (options.entropy, options.heads) = (Arc::new(SeededEntropy::new(77)), None);
    let world = World::on(scratch).await;
    let wei = world.person("韦明月", 1).await;
    let (code, _) = world.pharmacy("邕江大药房", &world.person("农佳", 2).await).await;
    world.registered(&wei, &code, 60).await;
    let other = Store::open(options).await.unwrap();
    let there = approval::Desk { base: access::Desk { store: &other, ..world.base() }, ..world.desk() };
    let form = map(json!({
        "name": "韦明月", "citizen_id": wei.party.code, "registration_number": format!("45{}", &wei.party.code[6..14]),
        "reason": "stop", "phone": "13877100001", "understood": true, "truthful": true,
    }));
    for (key, states) in [("k1", "first"), ("k1", "again")] {
        let filing = approval::Filing { item: CANCEL, form: &form, channel: "online", draft: None, key };
        let (here, here_too) =
            tokio::join!(world.file(&wei, CANCEL, &form, key), approval::file(&there, &wei, &filing));
        assert_eq!(here.unwrap().id, here_too.unwrap().id, "{states}");
    }
    approval::make_up(&world.desk()).await.unwrap();
    let count = async |sql: &'static str| world.scratch.store.query(sql, vec![]).await.unwrap()[0].int("n").unwrap();
    assert_eq!(count("SELECT count(*) AS n FROM case_file").await, 1);
    assert_eq!(count("SELECT count(*) AS n FROM decision WHERE outcome = 'grant'").await, 1);
    let filed = approval::cases_of(&world.scratch.store, wei.party.id).await.unwrap();
    assert_eq!(filed[0].state, State::Granted);
    other.close().await;
    assert!(world.scratch.store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_second_party_refuses_never_answers_or_is_the_applicant() {
    let world = World::new().await;
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let form = world.renewal(&wei, &code, 60);
    let desk = world.desk();

    let case = world.file(&wei, RENEW, &form, "k1").await.unwrap();
    let stranger = world.person("陆小川", 7).await;
    assert!(matches!(approval::confirm(&desk, &stranger, case.id).await, Err(ApprovalError::NotFound)));
    let declined = approval::decline(&desk, &pharmacy, case.id, "已离职").await.unwrap();
    assert_eq!(declined.state, State::Declined);

    let case = world.file(&wei, RENEW, &form, "k2").await.unwrap();
    assert_eq!(approval::lapse_overdue(&desk).await.unwrap(), 0);
    world.wait_days(40);
    assert_eq!(approval::lapse_overdue(&desk).await.unwrap(), 1);
    let (file, _) =
        approval::file_for(&world.scratch.store, &Actor::Person(wei.clone()), case.id, world.now()).await.unwrap();
    assert_eq!(file.case.state, State::Lapsed);

    let (own, own_agent) = world.pharmacy("韦氏药房", &wei).await;
    world.shop_licence(&own, "valid").await;
    world.registered(&wei, &own, 20).await;
    let case = world.file(&wei, RENEW, &world.renewal(&wei, &own, 20), "k3").await.unwrap();
    assert!(matches!(approval::confirm(&desk, &own_agent, case.id).await, Err(ApprovalError::Forbidden(_))));
    let mut self_named = form.clone();
    self_named.insert("employer".into(), wei.party.code.clone().into());
    assert!(matches!(world.file(&wei, RENEW, &self_named, "k4").await, Err(ApprovalError::Form(_))));
}

#[tokio::test]
async fn a_form_that_contradicts_a_register_goes_to_a_person_with_both_values() {
    let world = World::new().await;
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let mut form = world.renewal(&wei, &code, 60);
    form.insert("valid_to".into(), "2030-01-01".into());
    let case = world.file(&wei, RENEW, &form, "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(case.state, State::InReview);
    let (file, _) = approval::file_for(&world.scratch.store, &Actor::Person(wei), case.id, world.now()).await.unwrap();
    let contradiction = &file.latest().unwrap().checks["contradictions"][0];
    assert_eq!(contradiction["form"], "2030-01-01");
    assert_eq!(contradiction["register"], "2027-01-22");
}

#[tokio::test]
async fn all_errors_come_at_once_and_no_case_is_stored() {
    let world = World::new().await;
    let wei = world.person("韦明月", 1).await;
    let form = map(json!({
        "name": "", "citizen_id": "11010519491231002Y", "registration_number": "", "valid_to": "2027-02-30",
        "employer": "91450100M000100Y4З", "phone": "12", "truthful": false,
    }));
    let Err(ApprovalError::Form(errors)) = world.file(&wei, RENEW, &form, "k1").await else { panic!("accepted") };
    let pointers: Vec<&str> = errors.iter().map(|e| e.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        ["/name", "/citizen_id", "/registration_number", "/valid_to", "/employer", "/phone", "/truthful"]
    );
    assert!(approval::cases_of(&world.scratch.store, wei.party.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn outside_the_demonstration_only_adopted_conditions_grant() {
    let mut world = World::new().await;
    world.setting = approval::Setting::Production;
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!((case.state, case.outcome), (State::InReview, Some(Outcome::Refer)));
}

#[tokio::test]
async fn another_persons_case_is_not_found() {
    let world = World::new().await;
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), "k1").await.unwrap();
    let store = &world.scratch.store;
    let stranger = Actor::Person(world.person("陆小川", 7).await);
    for actor in [stranger, Actor::Anonymous] {
        let seen = approval::file_for(store, &actor, case.id, world.now()).await;
        assert!(matches!(seen, Err(ApprovalError::NotFound)));
    }
    assert!(approval::file_for(store, &Actor::Person(pharmacy), case.id, world.now()).await.is_ok());
}

#[tokio::test]
async fn a_second_renewal_right_after_the_first_is_not_granted_by_machine() {
    let world = World::new().await;
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), "k1").await.unwrap();
    assert_eq!(approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap().state, State::Granted);
    world.wait_days(1);
    let mut form = world.renewal(&wei, &code, 60);
    form.insert("valid_to".into(), "2032-01-22".into());
    let case = world.file(&wei, RENEW, &form, "k2").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_ne!(case.state, State::Granted);
}

#[tokio::test]
async fn every_stored_decision_replays_to_the_byte() {
    let world = World::new().await;
    let nong = world.person("农佳", 2).await;
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    for (n, name, credits) in [(1, "韦明月", 80), (3, "黄春生", 30)] {
        let person = world.person(name, n).await;
        world.registered(&person, &code, 60).await;
        world.qualified(&person, credits).await;
        let case = world.file(&person, RENEW, &world.renewal(&person, &code, 60), "k1").await.unwrap();
        let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
        let actor = Actor::Person(person);
        let (file, _) = approval::file_for(&world.scratch.store, &actor, case.id, world.now()).await.unwrap();
        let stored = file.latest().unwrap();
        let item = world.catalog.item_version(&case.item, &case.item_version).unwrap();
        let inputs: affairs::catalog::Inputs = serde_json::from_value(stored.inputs.clone()).unwrap();
        let again = approval::rejudge(&item, &inputs, approval::Setting::Demonstration);
        assert_eq!(serde_json::to_string(&again).unwrap(), stored.checks.to_string());
        assert_eq!(stored.rule_set, item.rules.hash());
    }
}

#[tokio::test]
async fn what_would_be_granted_on_the_spot_does_not_stand_beside_an_open_case() {
    for world in World::on_both_engines().await {
        beside_an_open_case(&world).await;
    }
}

async fn beside_an_open_case(world: &World) {
    law::fill_quotas(world).await;
    let farmer = law::farmer(world, 2).await;
    let mut ordinary = law::felling(&farmer, 2, 15);
    ordinary.insert("way".into(), "ordinary".into());
    let open = world.file(&farmer, law::FELL, &ordinary, "k1").await.unwrap();
    assert_eq!(open.state, State::InReview);
    let promised = law::felling(&farmer, 2, 10);
    let second = world.file(&farmer, law::FELL, &promised, "k2").await;
    assert!(matches!(&second, Err(ApprovalError::AlreadyOpen { id, .. }) if *id == open.id), "{second:?}");
    assert_eq!(approval::cases_of(&world.scratch.store, farmer.party.id).await.unwrap().len(), 1, "nothing was made");
    assert!(approval::notices(&world.scratch.store, None).await.unwrap().is_empty());
    approval::withdraw(&world.desk(), &farmer, open.id, "改走告知承诺").await.unwrap();
    let granted = world.file(&farmer, law::FELL, &promised, "k2").await.unwrap();
    assert_eq!(granted.state, State::Granted);
    // What was decided on the spot keeps the place for nobody.
    let next = world.file(&farmer, law::FELL, &law::felling(&farmer, 2, 5), "k3").await.unwrap();
    assert_ne!(next.id, granted.id);
    let tallies = approval::trail::tallies(&world.scratch.store, world.shard).await.unwrap();
    assert!(tallies.iter().all(approval::trail::Tally::agrees), "{tallies:?}");
}
