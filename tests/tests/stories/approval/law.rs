//! Stories of what makes items hard: a quota that many want at once, a commitment that is taken back, an inspection that
//! stops the clock, silence that accepts and renews.

use affairs::access::{Actor, Mandate, MandateAct, MandateScope, NewMandate, PartyKind, PersonActor, Role};
use affairs::approval::{self, ApprovalError, Case, Ruling, RulingDraft, State, StepOrder, StepResult};
use affairs::catalog::{self, Import};
use affairs::register::{self, Extent, Extract, Format};
use affairs::{access, licence, message, supervision};
use serde_json::{Map, Value as Json, json};
use stories::World;
use stories::world::{SHARD, map};

use super::{CANCEL, RENEW};

pub(super) const FELL: &str = "fo-felling-small";
pub(super) const QUARANTINE: &str = "fo-quarantine-inprov";
/// 海城区: forty cubic metres in the demonstration.
const COUNTY: &str = "450502";

pub(super) async fn fill_quotas(world: &World) {
    let import = Import { shard: SHARD, at: world.now(), act: world.base().id() };
    catalog::import(&world.scratch.store, world.files(), &import).await.unwrap();
}

/// What registers hold about somebody else: they answer, and know nobody of this story.
async fn others(world: &World, records: &[(&str, Json)]) {
    let person = world.person("旁人", 99).await;
    let body = kernel::code::OrganisationCode::generate("MA500088").unwrap();
    let company = kernel::code::Uscc::generate("91450100", &body).unwrap();
    for (register, record) in records {
        let ours = matches!(*register, "replanting" | "felling-permit");
        let subject = if ours { person.party.code.as_str() } else { company.as_str() };
        let mut line = map(record.clone());
        line.insert("subject".into(), subject.into());
        let text = Json::Object(line).to_string();
        let extract = Extract {
            register: world.registers.get(register).unwrap(),
            format: Format::JsonLines,
            // All of it: whoever is not in it is not registered.
            extent: Extent::Whole,
            as_of: world.now().plus_ms(-3_600_000),
            text: &text,
        };
        register::import(&world.base(), &Actor::Machine, &extract, &mut |_| {}).await.unwrap();
    }
}

async fn other_farmers(world: &World) {
    let permit = json!({
        "name": "旁人", "number": "演采1号", "region": "450110", "parcel": "演-9999", "species": "杉木", "volume_m3": 10,
        "area_mu": 3, "method": "clear", "regrowth": "planting", "issued_on": "2025-01-10", "valid_to": "2025-12-31",
        "replant_by": "2026-12-31", "status": "valid",
    });
    others(world, &[("replanting", json!({"name": "旁人", "overdue_mu": 0})), ("felling-permit", permit)]).await;
}

async fn other_nurseries(world: &World) {
    let origin = json!({
        "name": "旁人苗圃", "number": "演产检9号", "kind": "seedling", "species": "杉木", "quantity": 100,
        "counted_on": "2026-10-10", "valid_to": "2027-03-31", "status": "valid",
    });
    let certificate = json!({
        "name": "旁人苗圃", "number": "演检9号", "kind": "seedling", "species": "杉木", "quantity": 10, "to": "融水县",
        "origin_certificate": "演产检9号", "issued_on": "2026-10-12", "valid_to": "2026-10-20", "status": "valid",
    });
    others(world, &[("origin-quarantine", origin), ("quarantine-certificate", certificate)]).await;
}

pub(super) async fn farmer(world: &World, n: u16) -> PersonActor {
    other_farmers(world).await;
    let farmer = world.person("苏海生", n).await;
    let (code, name) = (&farmer.party.code, &farmer.party.name);
    let parcel = format!("演-{n:04}");
    world
        .record(
            "forest-rights",
            code,
            json!({"name": name, "certificate": "演林权1号", "right": "contracted", "parcel": parcel, "region": COUNTY,
                   "area_mu": 12, "valid_to": "2057-06-30", "status": "registered", "disputed": false}),
        )
        .await;
    world
        .record(
            "forest-stand",
            code,
            json!({"parcel": parcel, "origin": "planted", "class": "commercial", "growth": "trees", "species": "桉树",
                   "closed": false, "nature_reserve": false, "unremedied": false}),
        )
        .await;
    world
        .record("commitment-credit", code, json!({"name": name, "serious_records": 0, "broken_commitment": false}))
        .await;
    farmer
}

pub(super) fn felling(farmer: &PersonActor, n: u16, volume: i64) -> Map<String, Json> {
    map(json!({
        "name": farmer.party.name, "citizen_id": farmer.party.code, "certificate": "演林权1号", "parcel": format!("演-{n:04}"),
        "object": "stand", "species": "桉树", "volume": volume, "area_mu": 5, "method": "clear", "finish_by": "2026-12-31",
        "regrowth": "planting", "replant_by": "2027-12-31", "way": "commitment", "phone": "13877100001",
        "commitment": true, "truthful": true,
    }))
}

async fn left(world: &World) -> i64 {
    let rows = catalog::filled(&world.scratch.store).await.unwrap();
    let row = rows.iter().find(|r| r.region == COUNTY && r.year == 2026).unwrap();
    let counter = catalog::quota_counter(&row.quota, COUNTY, 2026);
    let kept = world.scratch.store.counter(SHARD, &counter).await.unwrap();
    assert_eq!(row.left(), kept, "the counter and the books agree");
    kept
}

async fn file_of(world: &World, actor: &PersonActor, case: &Case) -> approval::File {
    approval::file_for(&world.scratch.store, &Actor::Person(actor.clone()), case.id, world.now()).await.unwrap().0
}

/// What stood in the way, in words: for the message of a failing story.
async fn obstacles(world: &World, actor: &PersonActor, case: &Case) -> String {
    let file = file_of(world, actor, case).await;
    let checks = &file.latest().unwrap().checks;
    let open = checks["checks"].as_array().unwrap().iter().filter(|c| c["truth"] != "met");
    let told: Vec<String> = open.map(|c| format!("{} {} {}", c["id"], c["truth"], c["why"])).collect();
    format!("{}\n{}\n{}", told.join("\n"), checks["notes"], checks["contradictions"])
}

/// Everything at once, as from many browsers.
async fn together<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = futures.into_iter().map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|cx| {
        for (future, done) in &mut waiting {
            if done.is_none()
                && let std::task::Poll::Ready(answer) = future.as_mut().poll(cx)
            {
                *done = Some(answer);
            }
        }
        let all = waiting.iter().all(|(_, done)| done.is_some());
        if all { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn many_want_the_last_of_a_quota_and_exactly_as_many_are_granted_as_fit() {
    for world in World::on_both_engines().await {
        many_want_the_last(&world).await;
    }
}

async fn many_want_the_last(world: &World) {
    fill_quotas(world).await;
    let mut farmers = Vec::new();
    for n in 1..=5 {
        farmers.push((farmer(world, 2 * n).await, 2 * n));
    }
    let forms: Vec<_> = farmers.iter().map(|(f, n)| felling(f, *n, 18)).collect();
    let filings = farmers.iter().zip(&forms).map(|((f, _), form)| world.file(f, FELL, form, "k1")).collect();
    let cases: Vec<Case> = together(filings).await.into_iter().map(Result::unwrap).collect();
    let in_state = |state| cases.iter().filter(|c| c.state == state).count();
    assert_eq!(
        (in_state(State::Granted), in_state(State::InReview)),
        (2, 3),
        "{:?}",
        cases.iter().map(|c| c.state).collect::<Vec<_>>()
    );
    assert_eq!(left(world).await, 4);

    let at = cases.iter().position(|c| c.state == State::InReview).unwrap();
    let waiting = &cases[at];
    let file = file_of(world, &farmers[at].0, waiting).await;
    let inputs = file.latest().unwrap().inputs["rows"].as_array().unwrap().clone();
    let told = inputs.iter().find(|r| r["name"] == "剩余采伐限额").unwrap();
    assert_eq!((&told["value"], &told["provenance"]["grade"]), (&json!(4), &json!("D")), "the true remainder is shown");
    let threshold = inputs.iter().find(|r| r["name"] == "小额采伐标准").unwrap();
    assert!(threshold["value"].is_i64() && threshold["provenance"]["speaker"] == "catalog");

    let approver = approver(world).await;
    let draft = RulingDraft { ruling: Ruling::Grant, reasons: "核实后准予", version: waiting.version };
    let refused = approval::rule(&world.desk(), &approver, waiting.id, &draft).await;
    let Err(ApprovalError::Forbidden(why)) = refused else { panic!("{refused:?}") };
    assert!(why.zh.contains("剩余4立方米，本件需要18立方米"), "{}", why.zh);
    assert_eq!(left(world).await, 4);
}

#[tokio::test]
async fn what_a_case_took_while_a_person_looks_comes_back_when_it_is_withdrawn_or_refused() {
    let world = World::new().await;
    fill_quotas(&world).await;
    let (one, two) = (farmer(&world, 2).await, farmer(&world, 4).await);
    // A serious record: a person looks; the order of acceptance keeps his place meanwhile.
    for farmer in [&one, &two] {
        let record = json!({"name": farmer.party.name, "serious_records": 1, "broken_commitment": false});
        world.record("commitment-credit", &farmer.party.code, record).await;
    }
    let first = world.file(&one, FELL, &felling(&one, 2, 15), "k1").await.unwrap();
    let second = world.file(&two, FELL, &felling(&two, 4, 20), "k1").await.unwrap();
    assert_eq!((first.state, second.state), (State::InReview, State::InReview));
    assert_eq!(left(&world).await, 5);
    assert_eq!(file_of(&world, &one, &first).await.taken.unwrap().amount, 15);
    approval::withdraw(&world.desk(), &one, first.id, "不办了").await.unwrap();
    assert_eq!(left(&world).await, 20);
    assert!(approval::withdraw(&world.desk(), &one, first.id, "不办了").await.is_err());
    let approver = approver(&world).await;
    let draft = RulingDraft { ruling: Ruling::Refuse, reasons: "信用记录未修复", version: second.version };
    approval::rule(&world.desk(), &approver, second.id, &draft).await.unwrap();
    assert_eq!(left(&world).await, 40);
    // An annulment, when there is one, finds nothing more to give back.
    assert!(approval::quota_returned(&world.desk(), second.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_annulled_grant_gives_back_once() {
    let world = World::new().await;
    fill_quotas(&world).await;
    let one = farmer(&world, 2).await;
    let case = world.file(&one, FELL, &felling(&one, 2, 15), "k1").await.unwrap();
    let why = obstacles(&world, &one, &case).await;
    assert_eq!((case.state, left(&world).await), (State::Granted, 25), "{why}");
    let back = || async { approval::quota_returned(&world.desk(), case.id).await.unwrap() };
    let (once, twice) = (back().await, back().await);
    world.scratch.store.commit(once).await.unwrap();
    assert!(world.scratch.store.commit(twice).await.is_err());
    assert_eq!(left(&world).await, 40);
    let checks = supervision::duties_of(&world.scratch.store, case.id).await.unwrap();
    assert!(checks.iter().any(|d| d.kind == catalog::COMMITMENT_CHECK), "somebody looks whether the promise is kept");
}

#[tokio::test]
async fn who_leaves_the_way_of_commitment_is_looked_at_by_a_person_and_promises_nothing() {
    let world = World::new().await;
    fill_quotas(&world).await;
    let one = farmer(&world, 2).await;
    let mut form = felling(&one, 2, 15);
    form.insert("way".into(), "ordinary".into());
    let ordinary = world.file(&one, FELL, &form, "k1").await.unwrap();
    assert_eq!(ordinary.state, State::InReview);
    assert!(matches!(
        approval::withdraw_commitment(&world.desk(), &one, ordinary.id).await,
        Err(ApprovalError::Forbidden(_))
    ));
    let approver = approver(&world).await;
    let grant = |version| RulingDraft { ruling: Ruling::Grant, reasons: "已核验证明材料", version };
    let granted = approval::rule(&world.desk(), &approver, ordinary.id, &grant(ordinary.version)).await.unwrap();
    assert_eq!(granted.state, State::Granted);
    let duties = supervision::duties_of(&world.scratch.store, ordinary.id).await.unwrap();
    assert!(!duties.is_empty() && duties.iter().all(|d| d.kind != catalog::COMMITMENT_CHECK));

    let two = farmer(&world, 4).await;
    let record = json!({"name": two.party.name, "serious_records": 1, "broken_commitment": false});
    world.record("commitment-credit", &two.party.code, record).await;
    let case = world.file(&two, FELL, &felling(&two, 4, 15), "k1").await.unwrap();
    assert_eq!(case.state, State::InReview);
    let case = approval::withdraw_commitment(&world.desk(), &two, case.id).await.unwrap();
    assert_eq!(case.form["way"], "ordinary");
    assert!(matches!(
        approval::withdraw_commitment(&world.desk(), &two, case.id).await,
        Err(ApprovalError::Forbidden(_))
    ));
    let stranger = approval::withdraw_commitment(&world.desk(), &one, case.id).await;
    assert!(matches!(stranger, Err(ApprovalError::NotFound)));
    let ruled = approval::rule(&world.desk(), &approver, case.id, &grant(case.version)).await.unwrap();
    let file = file_of(&world, &two, &ruled).await;
    let promise = file.latest().unwrap().inputs["rows"].as_array().unwrap().clone();
    let promise = promise.iter().find(|r| r["name"] == "已作承诺").unwrap();
    assert_eq!(promise["unusable"], "not_committed");
}

#[tokio::test]
async fn whoever_broke_a_promise_may_not_promise_again() {
    let world = World::new().await;
    fill_quotas(&world).await;
    let one = farmer(&world, 2).await;
    let record = json!({"name": one.party.name, "serious_records": 0, "broken_commitment": true});
    world.record("commitment-credit", &one.party.code, record).await;
    let case = world.file(&one, FELL, &felling(&one, 2, 15), "k1").await.unwrap();
    assert_eq!(case.state, State::InReview);
    let inputs = file_of(&world, &one, &case).await.latest().unwrap().inputs.to_string();
    assert!(inputs.contains("\"excluded\""), "{inputs}");
}

/// An officer with these roles over everything.
pub(super) async fn staff(world: &World, login: &str, name: &str, roles: &[Role]) -> access::StaffActor {
    let officer = world.officer(login, name, &[]).await;
    for role in roles {
        let scope = access::Scope {
            role: *role,
            agency: access::EVERY.into(),
            region: "450000".into(),
            item: access::EVERY.into(),
        };
        access::staff::grant_scope(&world.base(), &Actor::Machine, officer.account, &scope).await.unwrap();
    }
    let scopes = access::staff::scopes(&world.scratch.store, officer.account).await.unwrap();
    access::StaffActor { scopes, ..officer }
}

async fn approver(world: &World) -> Actor {
    Actor::Staff(staff(world, "approver", "莫然", &[Role::Approver]).await)
}

pub(super) async fn nursery(world: &World) -> PersonActor {
    let agent = world.person("陆新苗", 9).await;
    let body = kernel::code::OrganisationCode::generate("MA500009").unwrap();
    let code = kernel::code::Uscc::generate("91450100", &body).unwrap();
    let company =
        access::people::ensure_party(&world.base(), PartyKind::Company, code.as_str(), "南岭苗圃").await.unwrap();
    let scope = MandateScope {
        acts: [MandateAct::View, MandateAct::File].into(),
        items: Default::default(),
        valid_from: world.now().date(),
        valid_to: "2027-12-31".parse().unwrap(),
    };
    let new = NewMandate { principal: company.id, agent: agent.party.id, scope, basis: "授权书".into() };
    let mandate: Mandate = access::mandate::give(&world.base(), &Actor::Machine, &new).await.unwrap();
    let place = json!({"name": "南岭苗圃", "place": "武鸣区双桥镇", "region": "450110103", "place_clear": true,
                       "county_infested": false, "inspected_on": "2026-11-10"});
    world.record("quarantine-place", code.as_str(), place).await;
    other_nurseries(world).await;
    PersonActor { acting_for: Some(mandate), ..agent }
}

#[tokio::test]
async fn without_an_origin_certificate_two_officers_go_and_the_clock_stands_still_until_they_are_back() {
    let world = World::new().await;
    let agent = nursery(&world).await;
    let form = map(json!({
        "name": "南岭苗圃", "code": agent.principal().code, "place": "武鸣区双桥镇", "goods": "seedling", "species": "杉木",
        "quantity": 2000, "destination": "other_county", "to": "融水县", "consignee": "融水林场", "arrive_by": "2026-12-05",
        "phone": "13877100001", "truthful": true,
    }));
    let case = world.file(&agent, QUARANTINE, &form, "k1").await.unwrap();
    assert_eq!(case.state, State::SpecialStep, "{}", obstacles(&world, &agent, &case).await);
    let approver = approver(&world).await;
    let desk = world.desk();
    let skipped = RulingDraft { ruling: Ruling::Grant, reasons: "不去现场了", version: case.version };
    assert!(matches!(
        approval::rule(&desk, &approver, case.id, &skipped).await,
        Err(ApprovalError::NotAllowed(State::SpecialStep))
    ));

    let (zhou, he) = (
        staff(&world, "zhou", "周正", &[Role::Inspector]).await,
        staff(&world, "he", "何平", &[Role::Inspector]).await,
    );
    let auditor = staff(&world, "auditor", "何清", &[Role::Auditor]).await;
    let sent: Vec<String> =
        approval::candidates(&world.scratch.store, &case).await.unwrap().into_iter().map(|c| c.name).collect();
    assert!(sent.contains(&"周正".to_owned()) && !sent.contains(&"何清".to_owned()), "{sent:?}");
    let order =
        StepOrder {
            stage: 0, officers: &[zhou.account], notice: "到双桥镇苗圃现场检疫", version: case.version
        };
    assert!(
        matches!(approval::order_step(&desk, &approver, case.id, &order).await, Err(ApprovalError::Form(_))),
        "one is not two"
    );
    let twice = StepOrder { officers: &[zhou.account, zhou.account], ..order.clone() };
    assert!(matches!(approval::order_step(&desk, &approver, case.id, &twice).await, Err(ApprovalError::Form(_))));
    let stranger = StepOrder { officers: &[zhou.account, auditor.account], ..order.clone() };
    assert!(matches!(approval::order_step(&desk, &approver, case.id, &stranger).await, Err(ApprovalError::Form(_))));
    let both = StepOrder { officers: &[zhou.account, he.account], ..order.clone() };
    let by_inspector = approval::order_step(&desk, &Actor::Staff(zhou.clone()), case.id, &both).await;
    assert!(matches!(by_inspector, Err(ApprovalError::Forbidden(_))));
    let ordered = approval::order_step(&desk, &approver, case.id, &both).await.unwrap();
    assert_eq!(ordered.state, State::SpecialStep);
    let again = StepOrder { version: ordered.version, ..both.clone() };
    assert!(matches!(approval::order_step(&desk, &approver, case.id, &again).await, Err(ApprovalError::NotAllowed(_))));
    assert!(ordered.statutory_due_at > case.statutory_due_at, "the time of the step is not counted");
    let told = message::inbox(&world.scratch.store, case.applicant, None).await.unwrap();
    let notice = told.messages.iter().find(|m| m.title.zh.contains("特别程序通知")).unwrap();
    assert!(
        notice.body.zh.contains("2026年11月30日") && notice.body.zh.contains("不计入办理时限"),
        "{}",
        notice.body.zh
    );

    world.wait_days(3);
    let by_auditor = StepResult { passed: true, findings: "没有发现检疫对象", version: ordered.version };
    assert!(matches!(
        approval::record_step(&desk, &Actor::Staff(auditor), case.id, &by_auditor).await,
        Err(ApprovalError::Forbidden(_))
    ));
    let done = approval::record_step(&desk, &Actor::Staff(he), case.id, &by_auditor).await.unwrap();
    assert_eq!(done.state, State::InReview);
    // Received on Monday evening; the step took Monday to Thursday: three working days later than without it.
    let later = done.statutory_due_at.unwrap().ms() - case.statutory_due_at.unwrap().ms();
    assert!(later > 0 && done.statutory_due_at < ordered.statutory_due_at, "{later}");
    let grant = RulingDraft { ruling: Ruling::Grant, reasons: "现场检疫合格", version: done.version };
    let granted = approval::rule(&desk, &approver, case.id, &grant).await.unwrap();
    assert_eq!(granted.state, State::Granted);
    let file = file_of(&world, &agent, &granted).await;
    assert_eq!(file.steps.len(), 1);
    assert!(file.steps[0].result.as_ref().unwrap().passed && file.steps[0].officers.len() == 2);
    let notes = file.latest().unwrap().checks["notes"].to_string();
    assert!(notes.contains("没有发现检疫对象"), "the finding stands with the decision: {notes}");
    assert_eq!(granted.statutory_due_at, done.statutory_due_at, "a decision keeps the stops");
}

#[tokio::test]
async fn a_renewal_that_nobody_decides_is_granted_by_law_once_and_everything_is_born_with_it() {
    let world = World::new().await;
    let (qin, nong) = (world.person("覃海燕", 5).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &code, 60).await;
    world.shop_licence(&code, "under_review").await;
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &code, 60), "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(case.state, State::InReview);
    assert_eq!(case.tacit_due_at, Some("2027-01-23T00:00:00+08:00".parse().unwrap()));

    world.wait_days(60);
    assert_eq!(approval::renew_by_law(&world.desk()).await.unwrap(), 0, "the last day is the agency's");
    world.wait_days(3);
    let (one, two) = (world.desk(), world.desk());
    let done = together(vec![approval::renew_by_law(&one), approval::renew_by_law(&two)]).await;
    assert_eq!(done.into_iter().map(Result::unwrap).sum::<usize>(), 1, "twice at once is once");
    assert_eq!(approval::renew_by_law(&world.desk()).await.unwrap(), 0);

    let file = file_of(&world, &qin, &case).await;
    let decision = file.latest().unwrap();
    assert_eq!(
        (file.case.state, decision.maker.as_str(), decision.outcome.as_str()),
        (State::Granted, "law", "granted")
    );
    assert!(decision.reasons.as_ref().unwrap().contains("第五十条视为准予延续"));
    let store = &world.scratch.store;
    let licence = licence::by_case(store, qin.party.id, case.id).await.unwrap().unwrap();
    assert_eq!(licence.valid_from.to_string(), "2027-01-23", "no day is lost though the clock came late");
    assert_eq!(licence.valid_to.unwrap().to_string(), "2032-01-22");
    assert!(!supervision::duties_of(store, case.id).await.unwrap().is_empty(), "supervision hears of it");
    let notices = approval::notices(store, None).await.unwrap();
    assert_eq!((notices.len(), notices[0].maker.as_str()), (1, "law"));
    let told = message::inbox(store, qin.party.id, None).await.unwrap();
    assert!(told.messages[0].title.zh.contains("已准予"));
    let leaves = store
        .query("SELECT kind FROM leaf WHERE kind IN ('case.decided', 'licence.issued') ORDER BY position", vec![])
        .await
        .unwrap();
    assert_eq!(leaves.len(), 3, "the referral, the grant, the licence");
    assert!(file.events.iter().any(|e| e.kind == "renewed_by_law" && e.actor_kind == "law"));
}

#[tokio::test]
async fn who_applies_too_late_is_not_renewed_by_silence() {
    let world = World::new().await;
    let (qin, nong) = (world.person("覃海燕", 5).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &code, 20).await;
    world.shop_licence(&code, "under_review").await;
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &code, 20), "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!((case.state, case.tacit_due_at), (State::InReview, None));
}

/// Somebody's case that is received while nothing can be signed.
async fn unsigned(world: &World) -> (PersonActor, String, Case) {
    let wei = world.person("韦明月", 1).await;
    let (code, _) = world.pharmacy("邕江大药房", &world.person("农佳", 2).await).await;
    world.registered(&wei, &code, 60).await;
    let form = map(json!({
        "name": "韦明月", "citizen_id": wei.party.code, "registration_number": format!("45{}", &wei.party.code[6..14]),
        "reason": "stop", "phone": "13877100001", "understood": true, "truthful": true,
    }));
    world.scratch.store.sign_with(None).await.unwrap();
    let case = world.file(&wei, CANCEL, &form, "k1").await.unwrap();
    assert_eq!((case.state, case.accepted_at), (State::AwaitingEvidence, None));
    (wei, code, case)
}

#[tokio::test]
async fn who_takes_a_case_up_after_the_time_for_a_notice_finds_it_accepted() {
    let world = World::new().await;
    let (wei, code, case) = unsigned(&world).await;
    world.wait_days(8);
    world.scratch.store.sign_with(Some(store::testing::signer())).await.unwrap();
    world.registered(&wei, &code, 60).await;
    // The clock comes to the case before it comes to the law.
    assert!(approval::make_up(&world.desk()).await.unwrap() > 0);
    let file = file_of(&world, &wei, &case).await;
    assert_eq!((file.case.state, file.case.accepted_at), (State::Granted, case.received_at));
    assert_eq!(file.events.iter().filter(|e| e.kind == "accepted_by_law").count(), 1);
    assert_eq!(approval::accept_by_law(&world.desk()).await.unwrap(), 0);
}

#[tokio::test]
async fn silence_beyond_the_notice_accepts_from_the_day_of_receipt_and_no_correction_comes_after_it() {
    let world = World::new().await;
    let (wei, code, case) = unsigned(&world).await;
    let store = &world.scratch.store;
    // Monday evening; five working days end with the next Monday.
    assert_eq!(case.notice_due_at, Some("2026-12-01T00:00:00+08:00".parse().unwrap()));
    world.wait_days(8);
    assert_eq!(approval::accept_by_law(&world.desk()).await.unwrap(), 0, "nothing is written without the log");
    store.sign_with(Some(store::testing::signer())).await.unwrap();
    assert_eq!(approval::accept_by_law(&world.desk()).await.unwrap(), 1);
    assert_eq!(approval::accept_by_law(&world.desk()).await.unwrap(), 0);
    let file = file_of(&world, &wei, &case).await;
    assert_eq!(file.case.accepted_at, case.received_at);
    assert!(file.events.iter().any(|e| e.kind == "accepted_by_law"));
    world.registered(&wei, &code, 60).await;
    assert!(approval::make_up(&world.desk()).await.unwrap() > 0);
    let file = file_of(&world, &wei, &case).await;
    assert_eq!((file.case.state, file.case.accepted_at), (State::Granted, case.received_at));
}
