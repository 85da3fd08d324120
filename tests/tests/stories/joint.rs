//! Stories of joint handling: a bundle over three agencies and two levels with one correction, and what goes wrong.

use affairs::access::{self, Actor, MandateAct, PersonActor, Role, Scope, StaffActor};
use affairs::approval::{self, ApprovalError, Case, Ruling, RulingDraft, State, StepOrder, StepResult};
use affairs::catalog::{self, Import};
use affairs::joint::{self, Answer, Extension, Joint, JointFiling, JointState};
use affairs::{light, message};
use axum::http::StatusCode;
use kernel::code::{OrganisationCode, Uscc};
use serde_json::{Map, Value as Json, json};
use store::testing::Scratch;
use stories::world::{SHARD, map};
use stories::{Browser, World};

const BUNDLE: &str = "open-pharmacy";
const DRUG: &str = "fd-drug-retail";
const FOOD: &str = "fd-food-licence";
const HYGIENE: &str = "he-public-place";
const ADDRESS: &str = "南宁市青秀区演示路21号";
const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// A company that wants to open a pharmacy, and who acts for it.
struct Shop {
    world: World,
    agent: PersonActor,
    code: String,
}

impl Shop {
    async fn new() -> Self {
        Self::over(World::new().await, "open").await
    }

    async fn over(world: World, status: &str) -> Self {
        let nong = world.person("农佳", 2).await;
        let code = Uscc::generate("91450103", &OrganisationCode::generate("MA5PHARM").unwrap()).unwrap();
        let code = code.as_str().to_owned();
        let agent = world.mandate(&nong, &code, &[MandateAct::View, MandateAct::File], &[]).await;
        let body = json!({"name": "某单位", "status": status, "legal_representative": "农佳", "address": ADDRESS,
            "region": "450103", "established_on": "2026-10-08"});
        world.record("business-register", &code, body).await;
        let none = [
            "drug-site-acceptance",
            "drug-trade-licence",
            "food-operator-bar",
            "food-bar",
            "food-site-check",
            "public-place-licence",
        ];
        for register in none {
            world.whole(register, "").await;
        }
        Self { world, agent, code }
    }

    fn form(&self, certified: i64) -> Map<String, Json> {
        map(json!({
            "name": "某单位", "code": self.code, "address": ADDRESS, "scope": "otc", "activity": "simple_drinks",
            "responsible": "黄春生", "responsible_id": responsible(), "place_type": "shop", "staff": 4, "certified": certified,
            "way": "commitment", "promise": true, "phone": "13877100001", "truthful": true,
        }))
    }

    async fn file(&self, certified: i64, key: &str) -> Result<Joint, ApprovalError> {
        let chosen = [FOOD.to_owned(), HYGIENE.to_owned()];
        let form = self.form(certified);
        let filing = JointFiling { bundle: BUNDLE, chosen: &chosen, form: &form, channel: "online", draft: None, key };
        joint::file(&self.world.desk(), &self.agent, &filing).await
    }

    async fn case(&self, joint: &Joint, item: &str) -> Case {
        let cases = approval::cases_of_parent(&self.world.scratch.store, joint.id).await.unwrap();
        cases.into_iter().find(|c| c.item == item).unwrap()
    }

    async fn state(&self, joint: &Joint) -> JointState {
        joint::look(&self.world.desk(), &Actor::Person(self.agent.clone()), &joint.number).await.unwrap().state
    }

    async fn told(&self, word: &str) -> usize {
        let inbox = message::inbox(&self.world.scratch.store, self.agent.principal().id, None).await.unwrap();
        inbox.messages.iter().filter(|m| m.title.zh.contains(word)).count()
    }

    /// An officer of this agency with these roles.
    async fn officer(&self, login: &str, (agency, region): (&str, &str), role: Role) -> StaffActor {
        let officer = self.world.officer(login, "某人", &[]).await;
        let base = self.world.base();
        let scope = Scope { role, agency: agency.into(), region: region.into(), item: access::EVERY.into() };
        access::staff::grant_scope(&base, &Actor::Machine, officer.account, &scope).await.unwrap();
        let scopes = access::staff::scopes(base.store, officer.account).await.unwrap();
        StaffActor { scopes, ..officer }
    }

    async fn rule(&self, officer: &StaffActor, case: &Case, ruling: Ruling) -> Result<Case, ApprovalError> {
        let draft = RulingDraft { ruling, reasons: "请写明凉茶的做法。", version: case.version };
        let signed = approval::rule(&self.world.desk(), &Actor::Staff(officer.clone()), case.id, &draft).await?;
        if case.item != DRUG || !matches!(ruling, Ruling::Grant | Ruling::Refuse) {
            return Ok(signed);
        }
        // A pharmacy takes two officers: it takes effect when the other concurs.
        let second = self.officer("second", DRUG_AT, Role::Approver).await;
        approval::concur(&self.world.desk(), &Actor::Staff(second), case.id).await?;
        Ok(approval::story(&self.world.scratch.store, case.id).await?.unwrap().case)
    }

    async fn gather(&self) -> usize {
        joint::gather_all(&self.world.desk()).await.unwrap()
    }
}

fn responsible() -> String {
    kernel::code::CitizenId::generate("450103", "1980-05-20".parse().unwrap(), 7).unwrap().as_str().to_owned()
}

const FOOD_AT: (&str, &str) = ("amr-450103", "450103");
const DRUG_AT: (&str, &str) = ("nanning-amr", "450100");

#[tokio::test]
async fn three_agencies_on_two_levels_and_one_correction() {
    let shop = Shop::new().await;
    let site = shop.world.site();
    let mut nong = Browser::of(&shop.world, &site, shop.agent.account).await;
    let mandate = shop.agent.acting_for.as_ref().unwrap().id.to_string();

    // The guide: each paper once; the form: each fact once.
    let guide = nong.get("/bundles/open-pharmacy").await;
    assert_eq!(guide.status, StatusCode::OK);
    assert_eq!(guide.main().matches("营业执照").count(), 1, "{}", guide.main());
    assert!(guide.main().contains("45个工作日"), "{}", guide.main());
    let apply = "/bundles/open-pharmacy/apply?part=fd-food-licence&part=he-public-place";
    assert!(nong.get(apply).await.location().starts_with("/me/acting"), "a company applies");
    let chosen = nong.post("/me/acting", &[("party", &mandate), ("item", BUNDLE)]).await;
    assert_eq!(chosen.location(), "/bundles/open-pharmacy");
    let form = nong.get(apply).await;
    assert_eq!(form.status, StatusCode::OK);
    for field in ["/phone", "/certified", "/responsible"] {
        assert_eq!(form.text().matches(&format!("name=\"{field}\"")).count(), 1, "{field}");
    }
    assert!(form.main().contains(ADDRESS) || form.text().contains(ADDRESS), "known already: {}", form.main());

    // Something is missing: everything at once, nothing lost, nothing filed.
    let (key, id) = (form.hidden("key"), responsible());
    let mut pairs = vec![
        ("key", key.as_str()),
        ("part", FOOD),
        ("part", HYGIENE),
        ("/scope", "otc"),
        ("/activity", "simple_drinks"),
        ("/responsible", "黄春生"),
        ("/responsible_id", id.as_str()),
        ("/place_type", "shop"),
        ("/staff", "4"),
        ("/certified", "3"),
        ("/way", "commitment"),
        ("/promise", "true"),
        ("/address", ADDRESS),
        ("/truthful", "true"),
    ];
    let wrong = nong.post("/bundles/open-pharmacy/apply", &pairs).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.main().contains("联系电话") && wrong.text().contains("黄春生"), "{}", wrong.main());
    pairs.push(("/phone", "13877100001"));
    let sent = nong.post("/bundles/open-pharmacy/apply", &pairs).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.main());
    let page = sent.location().to_owned();
    // Sent twice: the same handling.
    assert_eq!(nong.post("/bundles/open-pharmacy/apply", &pairs).await.location(), page);

    let number = page.rsplit('/').next().unwrap().to_owned();
    let actor = Actor::Person(shop.agent.clone());
    let look = joint::look(&shop.world.desk(), &actor, &number).await.unwrap();
    let made = look.joint.clone();
    let states: Vec<(&str, State, &str)> =
        look.parts.iter().map(|p| (p.case.item.as_str(), p.case.state, p.case.deciding_agency.as_str())).collect();
    assert_eq!(
        states,
        [
            (DRUG, State::SpecialStep, "nanning-amr"),
            (FOOD, State::InReview, "amr-450103"),
            (HYGIENE, State::Gathering, "health-450103"),
        ]
    );
    assert_eq!((look.state, look.clock.due), (JointState::Gathering, None));
    assert!(nong.get(&page).await.main().contains("正在归集补正"));
    assert_eq!((shop.told("请一次补正").await, shop.gather().await), (0, 0), "the food agency has not spoken");

    // The food agency wants something too: all have spoken, one notice goes out.
    let food = shop.officer("food", FOOD_AT, Role::Approver).await;
    let wants = shop.rule(&food, &look.parts[1].case, Ruling::Correct).await.unwrap();
    assert_eq!(wants.state, State::Gathering);
    assert_eq!((shop.gather().await, shop.gather().await), (1, 0), "once");
    assert_eq!(shop.told("请一次补正").await, 1, "one message for both");
    for item in [FOOD, HYGIENE] {
        let case = shop.case(&made, item).await;
        assert_eq!((case.state, case.corrections), (State::Correcting, 1), "{item}");
        assert!(matches!(
            approval::resubmit(&shop.world.desk(), &shop.agent, case.id, &Map::new()).await,
            Err(ApprovalError::Forbidden(_))
        ));
    }
    let told = nong.get(&page).await.main();
    assert!(told.contains("请写明凉茶的做法") && told.contains("持证人数少于"), "{told}");
    let case = shop.case(&made, HYGIENE).await;
    assert_eq!(nong.get(&format!("/cases/{}/correct", case.number)).await.location(), format!("{page}/correct"));

    // One form: what the drug agency was told is not asked again.
    let mend = nong.get(&format!("{page}/correct")).await;
    assert!(
        mend.text().contains("name=\"/certified\"") && !mend.text().contains("name=\"/address\""),
        "{}",
        mend.main()
    );
    let moved = nong.post(&format!("{page}/correct"), &[("/certified", "4"), ("/address", "别处路一号")]).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY, "one fact is not told in two ways");
    let mended = nong.post(&format!("{page}/correct"), &[("/certified", "4"), ("/responsible", "黄春生")]).await;
    assert_eq!(mended.location(), page, "{}", mended.main());
    assert_eq!(shop.case(&made, HYGIENE).await.state, State::Granted);
    let food_case = shop.case(&made, FOOD).await;
    assert_eq!((food_case.state, food_case.corrections), (State::InReview, 1));
    assert!(!approval::rulings(&food_case).contains(&Ruling::Correct), "told once");

    // The clock of all of it: from the mended application.
    let look = joint::look(&shop.world.desk(), &actor, &number).await.unwrap();
    assert_eq!((look.state, look.clock.from), (JointState::Handling, food_case.received_at));

    shop.rule(&food, &food_case, Ruling::Grant).await.unwrap();
    inspected(&shop, &made).await;
    assert_eq!(shop.state(&made).await, JointState::Finished);
    let done = nong.get(&page).await;
    assert_eq!(done.text().matches("href=\"/licences/").count(), 3, "all results in one place: {}", done.main());
    assert!(nong.get("/me").await.main().contains("联办：开办药店"));
}

/// The drug agency inspects and grants.
async fn inspected(shop: &Shop, made: &Joint) {
    let desk = shop.world.desk();
    let approver = shop.officer("drug", DRUG_AT, Role::Approver).await;
    let (one, two) =
        (shop.officer("one", DRUG_AT, Role::Inspector).await, shop.officer("two", DRUG_AT, Role::Inspector).await);
    let case = shop.case(made, DRUG).await;
    let officers = [one.account, two.account];
    let order = StepOrder { stage: 0, officers: &officers, notice: "到店验收", version: case.version };
    let ordered = approval::order_step(&desk, &Actor::Staff(approver.clone()), case.id, &order).await.unwrap();
    let result = StepResult { passed: true, findings: "验收合格", version: ordered.version };
    let case = approval::record_step(&desk, &Actor::Staff(one), case.id, &result).await.unwrap();
    shop.rule(&approver, &case, Ruling::Grant).await.unwrap();
}

async fn silence(world: World) {
    let shop = Shop::over(world, "open").await;
    let made = shop.file(3, "key-silence").await.unwrap();
    assert_eq!((shop.state(&made).await, shop.gather().await), (JointState::Gathering, 0));
    // Three working days from Monday evening: over with Thursday.
    let due = made.gather_due_at.unwrap();
    assert_eq!(due, "2026-11-27T00:00:00+08:00".parse().unwrap());
    shop.world.scratch.clock.set(due.plus_ms(-1));
    assert_eq!(shop.gather().await, 0);
    shop.world.scratch.clock.set(due);
    assert_eq!(shop.gather().await, 1, "who says nothing keeps nobody waiting");
    assert_eq!(shop.case(&made, HYGIENE).await.state, State::Correcting);

    // Now the silent agency wants something: its time to ask is over, for the one notice has gone out.
    let food = shop.officer("food", FOOD_AT, Role::Approver).await;
    let case = shop.case(&made, FOOD).await;
    assert!(matches!(shop.rule(&food, &case, Ruling::Correct).await, Err(ApprovalError::Forbidden(_))));
    assert!(!approval::rulings(&case).contains(&Ruling::Correct));

    // Its own limits light up, whatever the others do.
    let due = case.statutory_due_at.unwrap();
    shop.world.scratch.clock.set(due);
    light::watch(&shop.world.base(), &shop.world.catalog).await.unwrap();
    assert!(!light::lights_of(&shop.world.scratch.store, case.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_agency_that_never_answers_blocks_nobody() {
    for scratch in both().await {
        silence(World::on(scratch).await).await;
    }
}

async fn both() -> Vec<Scratch> {
    let mut all = vec![Scratch::on_sqlite("").await];
    all.extend(Scratch::on_postgres("").await);
    all
}

#[tokio::test]
async fn nothing_to_mend_need_not_be_waited_for() {
    let shop = Shop::new().await;
    let made = shop.file(3, "key-content").await.unwrap();
    let case = shop.case(&made, FOOD).await;
    let stranger = shop.officer("stranger", ("amr-450105", "450105"), Role::Approver).await;
    let by = Actor::Staff;
    assert!(matches!(joint::content(&shop.world.desk(), &by(stranger), case.id).await, Err(ApprovalError::NotFound)));
    let clerk = shop.officer("clerk", FOOD_AT, Role::Clerk).await;
    assert!(matches!(joint::content(&shop.world.desk(), &by(clerk), case.id).await, Err(ApprovalError::Forbidden(_))));
    let food = shop.officer("food", FOOD_AT, Role::Approver).await;
    joint::content(&shop.world.desk(), &by(food), case.id).await.unwrap();
    assert_eq!(shop.state(&made).await, JointState::Correcting, "the notice went out at once");
    assert_eq!(shop.told("请一次补正").await, 1);
}

#[tokio::test]
async fn a_bundle_is_filed_once_or_not_at_all() {
    let shop = Shop::new().await;
    let (one, two) = (shop.file(4, "key-same").await.unwrap(), shop.file(4, "key-same").await.unwrap());
    assert_eq!(one.id, two.id);
    let mine = approval::cases_of(&shop.world.scratch.store, shop.agent.principal().id).await.unwrap();
    assert_eq!(mine.len(), 3, "one parent, one case each");
    // Another key, while it is open: told which, nothing made.
    match shop.file(4, "key-other").await {
        Err(ApprovalError::AlreadyOpen { number, .. }) => assert_eq!(number, one.number),
        other => panic!("{other:?}"),
    }
    match shop.file(3, "key-same").await {
        Err(ApprovalError::KeyReused) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(approval::cases_of(&shop.world.scratch.store, shop.agent.principal().id).await.unwrap().len(), 3);
}

#[tokio::test]
async fn where_one_case_cannot_be_filed_none_is() {
    let shop = Shop::new().await;
    // The hygiene licence is under way alone already.
    let own = map(json!({"name": "某单位", "code": shop.code, "place_type": "shop", "address": ADDRESS, "staff": 4,
        "certified": 3, "way": "commitment", "promise": true, "phone": "13877100001", "truthful": true}));
    let alone = shop.world.file(&shop.agent, HYGIENE, &own, "key-alone").await.unwrap();
    assert_eq!(alone.state, State::Correcting);
    match shop.file(4, "key-joint").await {
        Err(ApprovalError::AlreadyOpen { number, .. }) => assert_eq!(number, alone.number),
        other => panic!("{other:?}"),
    }
    let mine = approval::cases_of(&shop.world.scratch.store, shop.agent.principal().id).await.unwrap();
    assert_eq!(mine.len(), 1, "no half of it");
    assert!(joint::joints_of(&shop.world.desk(), shop.agent.principal().id).await.unwrap().is_empty());
    // Withdrawn, the same key goes through whole.
    approval::withdraw(&shop.world.desk(), &shop.agent, alone.id, "").await.unwrap();
    shop.file(4, "key-joint").await.unwrap();
}

#[tokio::test]
async fn a_refusal_says_what_it_means_for_the_others() {
    let shop = Shop::new().await;
    let made = shop.file(4, "key-refuse").await.unwrap();
    let food = shop.officer("food", FOOD_AT, Role::Approver).await;
    shop.rule(&food, &shop.case(&made, FOOD).await, Ruling::Refuse).await.unwrap();
    assert_eq!(shop.state(&made).await, JointState::Handling, "the pharmacy goes on without food");
    let drug = shop.officer("drug", DRUG_AT, Role::Approver).await;
    assert_eq!(shop.case(&made, HYGIENE).await.state, State::Granted);
    shop.rule(&drug, &shop.case(&made, DRUG).await, Ruling::Refuse).await.unwrap();
    assert_eq!(shop.state(&made).await, JointState::Ended);

    let other = Shop::new().await;
    let made = other.file(4, "key-stop").await.unwrap();
    let drug = other.officer("drug", DRUG_AT, Role::Approver).await;
    other.rule(&drug, &other.case(&made, DRUG).await, Ruling::Refuse).await.unwrap();
    assert_eq!(other.state(&made).await, JointState::Stopped);
    assert_eq!(other.case(&made, FOOD).await.state, State::InReview, "no machine refuses or ends the others");
    let site = other.world.site();
    let mut nong = Browser::of(&other.world, &site, other.agent.account).await;
    let mandate = other.agent.acting_for.as_ref().unwrap().id.to_string();
    nong.post("/me/acting", &[("party", &mandate)]).await;
    let page = format!("/joints/{}", made.number);
    assert!(nong.get(&page).await.main().contains("药店就开不成"));
    assert_eq!(nong.post(&format!("{page}/withdraw"), &[]).await.location(), page);
    assert_eq!(other.case(&made, FOOD).await.state, State::Withdrawn);
    assert_eq!(other.state(&made).await, JointState::Ended);
}

#[tokio::test]
async fn a_withdrawn_case_leaves_the_others_and_their_notice() {
    let shop = Shop::new().await;
    let made = shop.file(3, "key-withdrawn").await.unwrap();
    let food = shop.case(&made, FOOD).await;
    approval::withdraw(&shop.world.desk(), &shop.agent, food.id, "").await.unwrap();
    assert_eq!(shop.gather().await, 1, "nobody is left to wait for");
    let form = shop.form(4);
    joint::answer(&shop.world.desk(), &shop.agent, &Answer { joint: made.id, form: &form }).await.unwrap();
    assert_eq!(shop.case(&made, HYGIENE).await.state, State::Granted);
    assert_eq!(shop.case(&made, FOOD).await.state, State::Withdrawn);
    let look = joint::look(&shop.world.desk(), &Actor::Person(shop.agent.clone()), &made.number).await.unwrap();
    assert_eq!((look.state, look.clock.from), (JointState::Handling, Some(shop.world.now())));
}

#[tokio::test]
async fn one_fact_is_not_told_in_two_ways() {
    let shop = Shop::new().await;
    let made = shop.file(3, "key-fact").await.unwrap();
    shop.world.scratch.clock.set(made.gather_due_at.unwrap());
    shop.gather().await;
    let mut form = shop.form(4);
    form.insert("address".into(), json!("别处路一号"));
    match joint::answer(&shop.world.desk(), &shop.agent, &Answer { joint: made.id, form: &form }).await {
        Err(ApprovalError::Form(errors)) => {
            assert_eq!(errors.len(), 1);
            assert_eq!((errors[0].pointer.as_str(), errors[0].code.as_str()), ("/address", "joint.settled"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(shop.case(&made, HYGIENE).await.state, State::Correcting, "nothing was written");
    let stranger = shop.world.person("陆小川", 9).await;
    let form = shop.form(4);
    let theirs = joint::answer(&shop.world.desk(), &stranger, &Answer { joint: made.id, form: &form }).await;
    assert!(matches!(theirs, Err(ApprovalError::NotFound)));
}

#[tokio::test]
async fn the_joint_limit_is_extended_once_with_a_name_and_reasons() {
    // In a year whose calendar reaches to the end of the limit.
    let world = World::new().await;
    world.scratch.clock.set("2026-06-01T10:00:00+08:00".parse().unwrap());
    let shop = Shop::over(world, "open").await;
    let made = shop.file(4, "key-extend").await.unwrap();
    let (drug, food) =
        (shop.officer("drug", DRUG_AT, Role::Approver).await, shop.officer("food", FOOD_AT, Role::Approver).await);
    let desk = shop.world.desk();
    let asked = Extension {
        joint: made.id,
        approved_by: "副市长某某，南府函〔2026〕1号",
        why: "验收排期紧张",
        version: made.version,
    };
    assert!(
        matches!(joint::extend(&desk, &Actor::Staff(food), &asked).await, Err(ApprovalError::NotFound)),
        "the agency that leads extends"
    );
    let lead = Actor::Staff(drug);
    match joint::extend(&desk, &lead, &Extension { approved_by: "", why: "", ..asked }).await {
        Err(ApprovalError::Form(errors)) => assert_eq!(errors.len(), 2),
        other => panic!("{other:?}"),
    }
    let actor = Actor::Person(shop.agent.clone());
    let before = joint::look(&desk, &actor, &made.number).await.unwrap().clock.due.unwrap();
    let extended = joint::extend(&desk, &lead, &asked).await.unwrap();
    let after = joint::look(&desk, &actor, &made.number).await.unwrap().clock.due.unwrap();
    assert!(after.ms() - before.ms() >= 19 * DAY_MS, "fifteen working days: {before} {after}");
    let again = Extension { version: extended.version, ..asked };
    assert!(matches!(joint::extend(&desk, &lead, &again).await, Err(ApprovalError::Forbidden(_))));
    assert_eq!(shop.told("期限延长").await, 1);
}

#[tokio::test]
async fn officers_see_the_handlings_of_their_cases_and_no_others() {
    let shop = Shop::new().await;
    let made = shop.file(3, "key-officer").await.unwrap();
    let site = shop.world.site();
    let food = shop.officer("food", FOOD_AT, Role::Approver).await;
    let stranger = shop.officer("stranger", ("amr-450105", "450105"), Role::Approver).await;
    let path = format!("/staff/joints/{}", made.number);
    let mut wen = Browser::of(&shop.world, &site, food.account).await;
    let page = wen.get(&path).await;
    assert!(page.main().contains("公共场所") && page.main().contains("无需补正"), "{}", page.main());
    let (own, other) = (shop.case(&made, FOOD).await, shop.case(&made, HYGIENE).await);
    assert!(page.text().contains(&format!("/staff/cases/{}", own.number)));
    assert!(!page.text().contains(&format!("/staff/cases/{}", other.number)), "the others' files stay theirs");
    assert!(wen.get("/staff/joints").await.main().contains(&made.number));
    wen.post(&format!("{path}/content"), &[("case", &own.number)]).await;
    assert_eq!(shop.state(&made).await, JointState::Correcting);
    let mut far = Browser::of(&shop.world, &site, stranger.account).await;
    assert_eq!(far.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(!far.get("/staff/joints").await.main().contains(&made.number));
}

/// A farmer of Rong'an, whose wood stands in a township that decides for the county.
async fn farmer(world: &World) -> PersonActor {
    let farmer = world.person("苏海生", 31).await;
    let (code, name) = (&farmer.party.code, &farmer.party.name);
    let right = json!({"name": name, "certificate": "演林权1号", "right": "contracted", "parcel": "演-0031",
        "region": "450224101", "area_mu": 12, "valid_to": "2057-06-30", "status": "registered", "disputed": false});
    world.record("forest-rights", code, right).await;
    let stand = json!({"parcel": "演-0031", "origin": "planted", "class": "commercial", "growth": "trees",
        "species": "桉树", "closed": false, "nature_reserve": false, "unremedied": false});
    world.record("forest-stand", code, stand).await;
    let credit = json!({"name": name, "serious_records": 0, "broken_commitment": false});
    world.record("commitment-credit", code, credit).await;
    // The quota is filled by an import.
    let import = Import { shard: SHARD, at: world.now(), act: world.base().id() };
    catalog::import(&world.scratch.store, world.files(), &import).await.unwrap();
    for register in ["felling-permit", "replanting"] {
        world.whole(register, "").await;
    }
    farmer
}

fn felling(farmer: &PersonActor, way: &str) -> Json {
    json!({
        "name": farmer.party.name, "citizen_id": farmer.party.code, "certificate": "演林权1号", "parcel": "演-0031",
        "object": "stand", "species": "桉树", "volume": 20, "area_mu": 5, "method": "clear", "finish_by": "2026-12-31",
        "regrowth": "planting", "replant_by": "2027-12-31", "way": way, "phone": "13877100001",
        "commitment": true, "truthful": true,
    })
}

async fn api(browser: &mut Browser, path: &str, key: &str, body: &Json) -> (StatusCode, Json) {
    let request = axum::http::Request::post(path)
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(body.to_string().into())
        .unwrap();
    let answer = browser.send(request).await;
    (answer.status, serde_json::from_slice(&answer.bytes).unwrap_or_default())
}

#[tokio::test]
async fn received_in_one_city_and_decided_in_another() {
    let shop = Shop::new().await;
    let (world, site) = (&shop.world, shop.world.site());
    let farmer = farmer(world).await;
    let here = shop.officer("beihai", ("beihai-amr", "450500"), Role::Clerk).await;
    let there = shop.officer("changan", ("township-450224101", "450224101"), Role::Clerk).await;
    let stranger = shop.officer("guilin", ("guilin-amr", "450300"), Role::Clerk).await;
    let mut beihai = Browser::of(world, &site, here.account).await;
    let mut rongan = Browser::of(world, &site, there.account).await;
    let mut guilin = Browser::of(world, &site, stranger.account).await;

    let mut body = json!({"at": "beihai-amr", "mode": "forward", "item": "fo-felling-small",
        "citizen_id": farmer.party.code, "name": farmer.party.name, "original_seen": true,
        "form": felling(&farmer, "ordinary")});
    let (status, _) = api(&mut guilin, "/api/v1/errands", "errand-key-0", &body).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "who is not of that counter receives nothing there");
    body["original_seen"] = json!(false);
    let (status, told) = api(&mut beihai, "/api/v1/errands", "errand-key-1", &body).await;
    assert_eq!((status, &told["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/original_seen")));
    body["original_seen"] = json!(true);
    let (status, made) = api(&mut beihai, "/api/v1/errands", "errand-key-2", &body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let (_, again) = api(&mut beihai, "/api/v1/errands", "errand-key-2", &body).await;
    assert_eq!(again["number"], made["number"], "once");

    // Three fields, never one; and both names in the story.
    let number = made["number"].as_str().unwrap().to_owned();
    let case = approval::cases_of(&world.scratch.store, farmer.party.id).await.unwrap().remove(0);
    assert_eq!(
        (case.receiving_agency.as_str(), case.deciding_agency.as_str(), case.region.as_str(), case.state),
        ("beihai-amr", "township-450224101", "450224101", State::InReview)
    );
    let story = approval::story(&world.scratch.store, case.id).await.unwrap().unwrap();
    let names: Vec<&str> = story.events.iter().map(|e| e.actor_name.as_str()).collect();
    assert!(names.contains(&"苏海生") && names.contains(&"某人"), "{names:?}");

    // Beihai follows its errand and does not open the file; the township has both.
    assert!(beihai.get("/staff/errands").await.main().contains(&number));
    assert!(rongan.get("/staff/errands").await.main().contains(&number));
    assert!(!guilin.get("/staff/errands").await.main().contains(&number));
    assert_eq!(beihai.get(&format!("/staff/cases/{number}")).await.status, StatusCode::NOT_FOUND);
    let page = beihai.get("/staff/errands").await.main();
    assert!(page.contains("异地代收代办") && page.contains("只作形式审查"), "the duties of both places: {page}");

    // Handed over with a receipt on both sides, in order, each by its own place.
    let path = format!("/staff/errands/{number}");
    assert_eq!(rongan.post(&format!("{path}/take"), &[]).await.status, StatusCode::FORBIDDEN, "nothing was sent yet");
    assert_eq!(rongan.post(&format!("{path}/send"), &[("parcel", "x")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(beihai.post(&format!("{path}/send"), &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(beihai.post(&format!("{path}/send"), &[("parcel", "EMS 1234")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(beihai.post(&format!("{path}/take"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(rongan.post(&format!("{path}/take"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(rongan.post(&format!("{path}/return"), &[]).await.status, StatusCode::FORBIDDEN, "not decided yet");
    let decider = shop.officer("decider", ("township-450224101", "450224101"), Role::Approver).await;
    let granted = shop.rule(&decider, &case, Ruling::Grant).await.unwrap();
    assert_eq!((granted.state, granted.receiving_agency.as_str()), (State::Granted, "beihai-amr"));
    assert_eq!(rongan.post(&format!("{path}/return"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(beihai.post(&format!("{path}/deliver"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(beihai.post(&format!("{path}/deliver"), &[]).await.status, StatusCode::FORBIDDEN, "once");
    let (leaves, kinds) = (world.scratch.store.leaves(case.id).await.unwrap(), ["errand.received", "errand.delivered"]);
    assert!(kinds.iter().all(|kind| leaves.iter().any(|leaf| leaf.kind == *kind)));
    assert!(!beihai.get("/staff/errands").await.main().contains(&number), "done");
}

fn jpeg(bytes: usize) -> Vec<u8> {
    let mut all = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 6, b'J', b'F', b'I', b'F'];
    all.extend([0xFF, 0xC0, 0, 11, 8, 0, 48, 0, 64, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    all.extend((0..bytes).map(|n| (n % 251) as u8));
    all.extend([0xFF, 0xD9]);
    all
}

/// Two agencies want the plan of the premises: it is asked once, laid in once, and lies with both cases.
async fn a_paper_asked_once(shop: Shop) {
    let store = &shop.world.scratch.store;
    let site = shop.world.site();
    let mut nong = Browser::of(&shop.world, &site, shop.agent.account).await;
    let mandate = shop.agent.acting_for.as_ref().unwrap().id.to_string();
    nong.post("/me/acting", &[("party", &mandate), ("item", BUNDLE)]).await;
    let page = format!("/bundles/{BUNDLE}/apply?part={FOOD}&part={HYGIENE}");
    let form = nong.get(&page).await;
    let text = form.text();
    assert_eq!(text.matches("name=\"/material/layout\"").count(), 1, "once: {}", form.main());
    assert!(
        text.contains("enctype=\"multipart/form-data\"") && form.main().contains("用于：食品经营许可"),
        "{}",
        form.main()
    );
    let key = form.hidden("key");
    let told = shop.form(4);
    let value = |v: &Json| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let typed: Vec<(String, String)> = told.iter().map(|(name, v)| (format!("/{name}"), value(v))).collect();
    let with = |phone: &'static str| {
        let fixed = [("key", key.clone()), ("part", FOOD.to_owned()), ("part", HYGIENE.to_owned())];
        let mut all: Vec<(String, String)> = fixed.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        all.extend(typed.iter().filter(|(name, _)| name != "/phone").cloned());
        all.push(("/phone".to_owned(), phone.to_owned()));
        all
    };
    let send = async |browser: &mut Browser, phone: &'static str, files: &[(&str, &str, &[u8])]| {
        let all = with(phone);
        let pairs: Vec<(&str, &str)> = all.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        browser.post_files(&format!("/bundles/{BUNDLE}/apply"), &pairs, files).await
    };
    let plan = jpeg(30_000);
    let letter = b"PK\x03\x04word".to_vec();
    // Everything wrong at once; the plan that came with it is kept.
    let files: [(&str, &str, &[u8]); 2] =
        [("/material/layout", "平面图.jpg", &plan), ("/material/he-public-place:test-report", "报告.docx", &letter)];
    let wrong = send(&mut nong, "12", &files).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.main());
    for at in ["#f-phone", "#f-material-he-public-place-test-report"] {
        assert!(wrong.text().contains(&format!("href=\"{at}\"")), "{at}: {}", wrong.main());
    }
    assert!(wrong.main().contains("平面图.jpg"), "{}", wrong.main());
    assert!(nong.get(&page).await.main().contains("平面图.jpg"), "and it is there when the form is opened again");
    let sent = send(&mut nong, "13877100001", &[]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.main());
    let joints = joint::joints_of(&shop.world.desk(), shop.agent.principal().id).await.unwrap();
    let made = &joints[0].0;
    let mut hashes = Vec::new();
    for item in [FOOD, HYGIENE] {
        let case = shop.case(made, item).await;
        let files = affairs::material::of_case(store, case.id).await.unwrap();
        let told: Vec<(&str, &str)> = files.iter().map(|f| (f.material.as_str(), f.name.as_str())).collect();
        assert_eq!(told, [("layout", "平面图.jpg")], "{item}");
        hashes.push(files[0].hash.clone());
        let story = approval::story(store, case.id).await.unwrap().unwrap();
        assert_eq!(story.events.iter().filter(|e| e.kind == "material_added").count(), 1, "{item}");
    }
    assert_eq!(hashes[0], hashes[1], "the same bytes");
    let drug = shop.case(made, DRUG).await;
    assert!(affairs::material::of_case(store, drug.id).await.unwrap().is_empty(), "who wants none gets none");
    // The form is gone with what lay in it; pressed again it is the same handling.
    let left = store.query("SELECT count(*) AS n FROM material WHERE draft IS NOT NULL", vec![]).await.unwrap();
    assert_eq!(left[0].int("n").unwrap(), 0);
    assert_eq!(send(&mut nong, "13877100001", &[]).await.location(), sent.location());
    assert!(store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_paper_that_two_agencies_want_is_asked_once_and_lies_with_both() {
    for scratch in both().await {
        a_paper_asked_once(Shop::over(World::on(scratch).await, "open").await).await;
    }
}
