//! Stories of supervision: what was promised is looked at; what is not mended is annulled, and closes the next promise.

mod field;

use affairs::access::{self, Actor, MandateAct, PersonActor, Role, Scope, StaffActor, tie};
use affairs::approval::{self, Case, Ruling, RulingDraft, State};
use affairs::licence::{self, Status};
use affairs::light::{self, Colour};
use affairs::powers::{Command, Values};
use affairs::supervision::{
    self, Duty, DutyState, Inspection, InspectionSource, InspectionState, Planning, RECHECK, Recording,
    SupervisionError,
};
use affairs::{credit, message, register};
use axum::http::StatusCode;
use evidence::draw::{Roll, Target, chances};
use kernel::code::{OrganisationCode, Uscc};
use serde_json::{Map, Value as Json, json};
use stories::world::{SHARD, map};
use stories::{Browser, World};

const HYGIENE: &str = "he-public-place";
const DAY_MS: i64 = 24 * 3_600 * 1_000;
const LINES: [&str; 4] = ["certificates", "open-place", "facilities", "report"];

/// A shop that opened on a promise, and those who look after it.
struct House {
    world: World,
    agent: PersonActor,
    code: String,
    case: Case,
}

impl House {
    async fn new() -> Self {
        Self::over(World::new().await).await
    }

    async fn over(world: World) -> Self {
        let nong = world.person("农佳", 2).await;
        let code = Uscc::generate("91450103", &OrganisationCode::generate("MA5PLACE").unwrap()).unwrap();
        let code = code.as_str().to_owned();
        let agent = world.mandate(&nong, &code, &[MandateAct::View, MandateAct::File], &[]).await;
        world.whole("public-place-licence", "").await;
        let mut house = Self { case: case_of_nobody(&world, &agent, &code).await, world, agent, code };
        house.case = house.story(house.case.id).await;
        house
    }

    async fn apply(&self, key: &str) -> Case {
        keep_open(&self.world, &self.code).await;
        self.world.file(&self.agent, HYGIENE, &form(&self.code), key).await.unwrap()
    }

    async fn story(&self, id: kernel::Id) -> Case {
        approval::story(&self.world.scratch.store, id).await.unwrap().unwrap().case
    }

    async fn duty(&self) -> Duty {
        supervision::duties_of(&self.world.scratch.store, self.case.id).await.unwrap().remove(0)
    }

    /// An officer with this role at the agency, for the shop's county.
    async fn officer(&self, (login, name): (&str, &str), agency: &str, role: Role) -> StaffActor {
        let officer = self.world.officer(login, name, &[]).await;
        let base = self.world.base();
        let scope = Scope { role, agency: agency.into(), region: "450000".into(), item: access::EVERY.into() };
        access::staff::grant_scope(&base, &Actor::Machine, officer.account, &scope).await.unwrap();
        let scopes = access::staff::scopes(base.store, officer.account).await.unwrap();
        StaffActor { scopes, ..officer }
    }

    async fn inspectors(&self) -> (StaffActor, StaffActor) {
        let agency = self.duty().await.agency;
        let first = self.officer(("first", "罗检"), &agency, Role::Inspector).await;
        (first, self.officer(("second", "莫查"), &agency, Role::Inspector).await)
    }

    async fn planned(&self, by: &StaffActor, day: &str) -> Result<Inspection, SupervisionError> {
        let new = Planning { duty: self.duty().await.id, source: InspectionSource::Duty, day, note: "" };
        supervision::plan(&self.world.desk(), &Actor::Staff(by.clone()), &new).await
    }

    /// Claimed, planned for today, recorded with what was found, and signed by the second.
    async fn looked_at(&self, (first, second): (&StaffActor, &StaffActor), bad: &[&str]) -> Inspection {
        let duty = self.duty().await;
        let (base, actor) = (self.world.base(), Actor::Staff(first.clone()));
        if duty.state == DutyState::Pushed {
            supervision::claim(&base, &self.world.catalog, &actor, duty.id).await.unwrap();
        }
        let today = self.world.now().date().to_string();
        let planned = self.planned(first, &today).await.unwrap();
        self.concluded((first, second), &planned, bad).await
    }

    async fn concluded(
        &self,
        (first, second): (&StaffActor, &StaffActor),
        of: &Inspection,
        bad: &[&str],
    ) -> Inspection {
        let actor = Actor::Staff(first.clone());
        let found = Found::of(bad, self.world.now().date().saturating_add(jiff::Span::new().days(10)).to_string());
        let recorded =
            supervision::record(&self.world.desk(), &actor, (&of.number, of.version), &found.sent()).await.unwrap();
        let second = Actor::Staff(second.clone());
        supervision::cosign(&self.world.desk(), &second, (&of.number, recorded.version)).await.unwrap()
    }

    async fn held(&self) -> licence::Licence {
        licence::by_case(&self.world.scratch.store, self.case.applicant, self.case.id).await.unwrap().unwrap()
    }

    async fn recounted(&self) -> Vec<light::Mismatch> {
        supervision::recount(&self.world.scratch.store, SHARD, &self.world.catalog, self.world.now()).await.unwrap()
    }

    async fn told(&self, word: &str) -> usize {
        let inbox = message::inbox(&self.world.scratch.store, self.agent.principal().id, None).await.unwrap();
        inbox.messages.iter().filter(|m| m.title.zh.contains(word)).count()
    }
}

/// The register of companies, as of today.
async fn keep_open(world: &World, code: &str) {
    let body = json!({"name": "某单位", "status": "open", "legal_representative": "农佳", "address": "演示路21号",
        "region": "450103", "established_on": "2026-10-08"});
    world.record("business-register", code, body).await;
}

async fn case_of_nobody(world: &World, agent: &PersonActor, code: &str) -> Case {
    keep_open(world, code).await;
    let case = world.file(agent, HYGIENE, &form(code), "key-1").await.unwrap();
    assert_eq!(case.state, State::Granted);
    case
}

fn form(code: &str) -> Map<String, Json> {
    map(json!({
        "name": "某单位", "code": code, "address": "南宁市青秀区演示路21号", "place_type": "shop", "staff": 4,
        "certified": 4, "way": "commitment", "promise": true, "phone": "13877100001", "truthful": true,
    }))
}

/// What the officers found.
struct Found {
    results: Vec<(String, String)>,
    notes: Vec<(String, String)>,
    mend_by: String,
}

impl Found {
    fn of(bad: &[&str], mend_by: String) -> Self {
        let result = |line: &&str| {
            let word = if bad.contains(line) { "bad" } else { "good" };
            ((*line).to_owned(), word.to_owned())
        };
        let notes = bad.iter().map(|line| ((*line).to_owned(), "没有检测报告".to_owned())).collect();
        Self { results: LINES.iter().map(result).collect(), notes, mend_by }
    }

    fn sent(&self) -> Recording<'_> {
        Recording {
            results: &self.results,
            notes: &self.notes,
            place: "演示路21号店内",
            position: ("22.81", "108.36"),
            seen_at: None,
            remark: "",
            signing: "signed",
            signer: "农佳，店长",
            mend_by: &self.mend_by,
        }
    }
}

#[tokio::test]
async fn a_promise_that_is_not_kept_closes_the_next_one() {
    for world in World::on_both_engines().await {
        the_loop(House::over(world).await).await;
    }
}

/// Over HTTP: claimed, inspected on the phone's page, ordered to mend, looked at again, annulled, barred.
async fn the_loop(house: House) {
    let (world, duty) = (&house.world, house.duty().await);
    assert_eq!((duty.state, house.recounted().await), (DutyState::Pushed, vec![]));
    let (first, second) = house.inspectors().await;
    let site = world.site();
    let mut one = Browser::of(world, &site, first.account).await;
    let mut two = Browser::of(world, &site, second.account).await;
    assert!(one.get("/staff/duties").await.main().contains("上门核查承诺是否属实"));
    let page = format!("/staff/duties/{}", duty.id);
    assert_eq!(one.post(&format!("{page}/claim"), &[]).await.status, StatusCode::SEE_OTHER);
    let again = two.post(&format!("{page}/claim"), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.main().contains("这项任务已由罗检认领"), "{}", again.main());
    let plan = [("/day", world.now().date().to_string()), ("/source", "duty".into()), ("/note", String::new())];
    let plan: Vec<(&str, &str)> = plan.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let inspection = one.post(&format!("{page}/plan"), &plan).await.location().to_owned();
    assert!(inspection.starts_with("/staff/inspections/JC"), "{inspection}");

    ordered_to_mend(&house, (&mut one, &mut two), &inspection).await;
    let annulment = not_mended(&house, (&first, &second)).await;
    annulled(&house, &annulment).await;
    barred(&house).await;
    assert_eq!(house.recounted().await, vec![]);
}

async fn ordered_to_mend(house: &House, (one, two): (&mut Browser, &mut Browser), inspection: &str) {
    let world = &house.world;
    let form = one.get(inspection).await;
    assert!(form.main().contains("直接为顾客服务的人员都有健康合格证"), "{}", form.main());
    // Nothing filled in: everything that is missing is told at once.
    let empty = one.post(inspection, &[("version", &form.hidden("version"))]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    for line in LINES {
        assert!(empty.text().contains(&format!("#f-line-{line}")), "{line}");
    }
    assert!(empty.main().contains("请写明检查地点") && empty.main().contains("请选择被检查人是否签字"));
    let mend = world.now().date().saturating_add(jiff::Span::new().days(10)).to_string();
    let version = form.hidden("version");
    let sent = filled(&version, "report", &mend);
    let kept = one.post(inspection, &sent).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.main());
    let waits = one.get(inspection).await;
    assert!(waits.main().contains("等待第二名执法人员"), "{}", waits.main());
    let version = waits.hidden("version");
    let own =
        one.post(&format!("{inspection}/sign"), &[("version", &two.get(inspection).await.hidden("version"))]).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN, "{version}: nobody signs alone");
    let version = two.get(inspection).await.hidden("version");
    let signed = two.post(&format!("{inspection}/sign"), &[("version", &version)]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.main());
    assert!(two.get(inspection).await.main().contains("责令改正"));
    let mut anybody = Browser::new(&world.site());
    let public = anybody.get("/inspections").await.main();
    assert!(public.contains("责令改正") && public.contains("查 4 项，不符合 1 项"), "{public}");
    assert_eq!(house.held().await.status, Status::Valid);
    assert_eq!((house.duty().await.state, house.told("请在").await), (DutyState::Acted, 1));
}

fn filled<'a>(version: &'a str, bad: &'static str, mend: &'a str) -> Vec<(&'static str, &'a str)> {
    let line = |line: &str| if line == bad { "bad" } else { "good" };
    vec![
        ("version", version),
        ("/line/certificates", line("certificates")),
        ("/line/open-place", line("open-place")),
        ("/line/facilities", line("facilities")),
        ("/line/report", line("report")),
        ("/note/report", "没有检测报告"),
        ("/place", "演示路21号店内"),
        ("/signing", "refused"),
        ("/signer", "店长拒签，已说明"),
        ("/mend_by", mend),
    ]
}

/// The recheck was planned with the order; it finds the same, and the annulment begins.
async fn not_mended(house: &House, (first, second): (&StaffActor, &StaffActor)) -> String {
    let world = &house.world;
    world.wait_days(11);
    let site = world.site();
    let mut one = Browser::of(world, &site, first.account).await;
    let mut two = Browser::of(world, &site, second.account).await;
    let all = supervision::inspections_of(&world.scratch.store, house.case.id).await.unwrap();
    let recheck = all.iter().find(|i| i.source == InspectionSource::Recheck).expect("planned with the order");
    assert_eq!(recheck.planned_on, world.now().date());
    let page = format!("/staff/inspections/{}", recheck.number);
    let version = one.get(&page).await.hidden("version");
    let sent = one.post(&page, &filled(&version, "report", "")).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.main());
    let version = two.get(&page).await.hidden("version");
    two.post(&format!("{page}/sign"), &[("version", &version)]).await;
    let all = supervision::inspections_of(&world.scratch.store, house.case.id).await.unwrap();
    assert!(all.iter().all(|i| i.state == InspectionState::Failed), "the order as well as the recheck");
    let annulment = supervision::annulment_of(&world.scratch.store, house.case.id).await.unwrap().expect("begun");
    assert!(annulment.is_open && annulment.agency == house.case.deciding_agency);
    annulment.number
}

async fn annulled(house: &House, number: &str) {
    let world = &house.world;
    let agency = &house.case.deciding_agency;
    let clerk = house.officer(("clerk", "韦收"), agency, Role::Clerk).await;
    let head = house.officer(("head", "覃主任"), agency, Role::Head).await;
    let site = world.site();
    let mut desk = Browser::of(world, &site, clerk.account).await;
    let mut holder = Browser::of(world, &site, house.agent.account).await;
    let mandate = house.agent.acting_for.as_ref().unwrap().id.to_string();
    holder.post("/me/acting", &[("party", &mandate)]).await;
    let own = format!("/annulments/{number}");
    assert_eq!(holder.get(&own).await.status, StatusCode::NOT_FOUND, "not told yet");
    let page = format!("/staff/annulments/{number}");
    let shown = desk.get(&page).await;
    assert!(shown.main().contains("告知持有人"), "{}", shown.main());
    let tell = [
        ("version", shown.hidden("version")),
        ("step", "tell".to_owned()),
        ("/tell/facts", "承诺有检测报告，两次检查均没有".to_owned()),
        ("/tell/ground", "false_promise".to_owned()),
        ("/tell/rights_told", "true".to_owned()),
        ("/tell/hearing_told", "true".to_owned()),
    ];
    let tell: Vec<(&str, &str)> = tell.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let told = desk.post(&format!("{page}/take"), &tell).await;
    assert_eq!(told.status, StatusCode::SEE_OTHER, "{}", told.main());
    assert_eq!(house.told("拟撤销您的许可").await, 1);

    // Not before the holder's time is over, and not by whoever told.
    let reasons = |version: String| {
        vec![
            ("version", version),
            ("step", "annul".to_owned()),
            ("/annul/reasons", "承诺不实，逾期没有改正".to_owned()),
            ("/annul/no_harm", "true".to_owned()),
        ]
    };
    let mut chief = Browser::of(world, &site, head.account).await;
    let early = post(&mut chief, &page, reasons).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.main().contains("不早于"), "{}", early.main());
    let mine = holder.get(&own).await;
    assert!(mine.main().contains("要求听证") && mine.main().contains("承诺有检测报告"), "{}", mine.main());
    let waive = [("version", mine.hidden("version")), ("step", "waive".into()), ("/waive/waived", "true".into())];
    let waive: Vec<(&str, &str)> = waive.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(holder.post(&own, &waive).await.status, StatusCode::SEE_OTHER);
    let done = post(&mut chief, &page, reasons).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());

    let held = house.held().await;
    assert_eq!((held.status, house.told("您的许可已被撤销").await), (Status::Annulled, 1));
    let verified = Browser::new(&site).get(&format!("/verify?code={}", held.code)).await.main();
    assert!(verified.contains("许可已被撤销"), "{verified}");
    let core = licence::core_of(&world.scratch.store, &held).await.unwrap();
    let marks = "SELECT status FROM licence_mark WHERE licence = $1";
    let marks = world.scratch.store.query(marks, vec![held.id.into()]).await.unwrap();
    assert_eq!(marks.first().map(|row| row.text("status").unwrap()), core.map(|_| "annulled"), "on the status list");
    assert_eq!(house.duty().await.state, DutyState::Ended, "nothing is left to look after");
    let leaves = world.scratch.store.leaves(held.id).await.unwrap();
    assert!(leaves.iter().any(|leaf| leaf.kind == "licence.annulled"));
}

async fn post(
    browser: &mut Browser,
    page: &str,
    fields: impl Fn(String) -> Vec<(&'static str, String)>,
) -> stories::browser::Answer {
    let version = browser.get(page).await.hidden("version");
    let fields = fields(version);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    browser.post(&format!("{page}/take"), &fields).await
}

/// The next application on a promise goes to a person, and a year later it is open again.
async fn barred(house: &House) {
    let next = house.apply("key-2").await;
    assert_eq!(next.state, State::InReview);
    let file = approval::story(&house.world.scratch.store, next.id).await.unwrap().unwrap();
    let checks = file.latest().unwrap().checks.to_string();
    let assessment: approval::Assessment = serde_json::from_str(&checks).unwrap();
    let failed: Vec<&str> = assessment.failed().map(|c| c.id.as_str()).collect();
    assert_eq!(failed, ["c6"], "only the bar");
    approval::withdraw(&house.world.desk(), &house.agent, next.id, "").await.unwrap();
    house.world.wait_days(366);
    house.world.whole("public-place-licence", "").await;
    let file = house.apply("key-3").await;
    assert_ne!(file.state, State::Correcting, "open again");
    let assessed = approval::story(&house.world.scratch.store, file.id).await.unwrap().unwrap();
    let assessment: approval::Assessment =
        serde_json::from_str(&assessed.latest().unwrap().checks.to_string()).unwrap();
    assert!(assessment.failed().all(|c| c.id != "c6"), "the bar has an end");
}

#[tokio::test]
async fn a_duty_nobody_claims_turns_yellow_then_red_and_goes_up() {
    for world in World::on_both_engines().await {
        let house = House::over(world).await;
        let (world, duty) = (&house.world, house.duty().await);
        let watch = async |at| {
            world.scratch.clock.set(at);
            supervision::watch(&world.base(), &world.catalog).await.unwrap()
        };
        let due = duty.claim_due_at.unwrap();
        assert_eq!(watch(world.now()).await, 0);
        assert_eq!(watch(due.plus_ms(-3_600_000)).await, 1, "little is left");
        assert_eq!(watch(due.plus_ms(-1_800_000)).await, 0, "it is lit once");
        assert_eq!(watch(due).await, 1, "and red when it is over");
        let lights = light::lights_of(&world.scratch.store, house.case.id).await.unwrap();
        let colours: Vec<(Colour, i64)> = lights.iter().map(|l| (l.colour, l.level)).collect();
        assert_eq!(colours, [(Colour::Yellow, 0), (Colour::Red, 0)]);
        assert_eq!(house.recounted().await, vec![]);
        let red = lights.into_iter().find(|l| l.colour == Colour::Red).unwrap();
        assert_eq!(red.holder, duty.agency);
        world.scratch.clock.set(red.reply_due_at.unwrap());
        light::watch(&world.base(), &world.catalog).await.unwrap();
        let up = light::lights_of(&world.scratch.store, house.case.id).await.unwrap();
        assert_eq!(up.iter().find(|l| l.colour == Colour::Red).unwrap().level, 1, "nobody answered");
        // Claimed late: what was lit stays lit, and nothing new is.
        let (first, _) = house.inspectors().await;
        supervision::claim(&world.base(), &world.catalog, &Actor::Staff(first), duty.id).await.unwrap();
        assert_eq!(watch(world.now().plus_ms(3_600_000)).await, 0);
        assert_eq!(house.recounted().await, vec![]);
        let away = "DELETE FROM light WHERE colour = 'red'";
        store::testing::execute(&world.scratch.location(), away).await;
        assert!(house.recounted().await.iter().any(|m| m.recounted == "red"), "who takes a light away is found out");
    }
}

#[tokio::test]
async fn the_limits_are_those_of_the_item() {
    let house = House::new().await;
    let duty = house.duty().await;
    // Granted on Monday evening, 23 November: claimed within two working days, looked at within two months; the calendar of the next
    // year is not out yet.
    let day = |at: Option<kernel::Moment>| at.unwrap().plus_ms(-1).date().to_string();
    assert_eq!((day(duty.claim_due_at), day(duty.action_due_at)), ("2026-11-25".into(), "2027-01-23".into()));
    let moved = "UPDATE duty SET claim_due_at = claim_due_at + 86400000";
    store::testing::execute(&house.world.scratch.location(), moved).await;
    assert!(house.recounted().await.iter().any(|m| m.clock == "claim"), "a limit that was moved is found");
}

#[tokio::test]
async fn both_sides_read_one_ledger_and_nobody_else_does() {
    let house = House::new().await;
    let (world, duty) = (&house.world, house.duty().await);
    let (first, second) = house.inspectors().await;
    house.looked_at((&first, &second), &[]).await;
    let (base, actor) = (world.base(), Actor::Staff(first.clone()));
    let said = (duty.id, "四项均符合，承诺属实。");
    let told = supervision::tell_back(&base, &world.catalog, &actor, said).await.unwrap();
    assert_eq!(told.state, DutyState::ToldBack);
    let granting = house.officer(("granting", "黄批"), duty.granting_agency.as_deref().unwrap(), Role::Approver).await;
    let elsewhere = house.officer(("elsewhere", "赵外"), "forestry-450225", Role::Inspector).await;
    let site = world.site();
    let page = format!("/staff/duties/{}", duty.id);
    let seen = Browser::of(world, &site, granting.account).await.get(&page).await;
    for line in ["许可决定时推送", "认领", "检查", "四项均符合，承诺属实。"] {
        assert!(seen.main().contains(line), "{line}: {}", seen.main());
    }
    assert!(!seen.main().contains("认领以后，由您"), "the granting side only reads");
    assert_eq!(Browser::of(world, &site, elsewhere.account).await.get(&page).await.status, StatusCode::NOT_FOUND);
    let ours = supervision::duties_from(&world.scratch.store, granting.account).await.unwrap();
    assert_eq!(ours.iter().map(|d| d.id).collect::<Vec<_>>(), [duty.id]);
    assert_eq!(supervision::duties_from(&world.scratch.store, elsewhere.account).await.unwrap().len(), 0);
    let kinds: Vec<String> = world.scratch.store.leaves(duty.id).await.unwrap().into_iter().map(|l| l.kind).collect();
    assert_eq!(kinds, ["duty.act"; 3], "claimed, acted, told back");
    let rules = credit::rules_now(&world.catalog, world.now()).unwrap();
    let (standing, _) =
        credit::standing_of(&world.scratch.store, &rules, (house.case.applicant, world.now())).await.unwrap();
    assert_eq!(credit::draw_weight(&rules, &standing), ("A".to_owned(), 1), "a kept promise");
    // A clean inspection counts for the machine, and proposes nothing.
    let rates = supervision::error_rates(&world.scratch.store, SHARD).await.unwrap();
    let rate = rates[&(HYGIENE.to_owned(), "c4".to_owned())];
    assert_eq!((rate.looked, rate.wrong), (1, 0));
    assert_eq!(rates[&(HYGIENE.to_owned(), "c3".to_owned())].looked, 2, "two lines look at one condition");
}

#[tokio::test]
async fn two_who_claim_or_plan_at_once_do_not_both_succeed() {
    for world in World::on_both_engines().await {
        let house = House::over(world).await;
        let (world, duty) = (&house.world, house.duty().await);
        let (first, second) = house.inspectors().await;
        let (base, catalog) = (world.base(), &world.catalog);
        let (one, two) = (Actor::Staff(first.clone()), Actor::Staff(second.clone()));
        let both = tokio::join!(
            supervision::claim(&base, catalog, &one, duty.id),
            supervision::claim(&base, catalog, &two, duty.id)
        );
        assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
        let today = world.now().date().to_string();
        let both = tokio::join!(house.planned(&first, &today), house.planned(&second, &today));
        assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
        let all = supervision::inspections_of(&world.scratch.store, house.case.id).await.unwrap();
        assert_eq!(all.len(), 1);
    }
}

#[tokio::test]
async fn a_record_is_checked_whole_and_taken_once() {
    let house = House::new().await;
    let world = &house.world;
    let (first, second) = house.inspectors().await;
    let actor = Actor::Staff(first.clone());
    let today = world.now().date().to_string();
    assert!(matches!(house.planned(&first, &today).await, Err(SupervisionError::NotAllowed(_))), "claim first");
    supervision::claim(&world.base(), &world.catalog, &actor, house.duty().await.id).await.unwrap();
    assert!(matches!(house.planned(&first, "2020-01-01").await, Err(SupervisionError::Form(_))));
    let planned = house.planned(&first, &today).await.unwrap();
    let found = Found::of(&[], String::new());
    let sent = |change: fn(&mut Recording<'_>)| {
        let mut sent = found.sent();
        change(&mut sent);
        sent
    };
    let now = world.now();
    let cases: [(&str, Recording<'_>); 5] = [
        ("/seen_at", Recording { seen_at: Some(now.plus_ms(DAY_MS)), ..found.sent() }),
        ("/seen_at", Recording { seen_at: Some(now.plus_ms(-400 * DAY_MS)), ..found.sent() }),
        ("/latitude", sent(|s| s.position = ("122.8", "108.36"))),
        ("/latitude", sent(|s| s.position = ("22.8", "east"))),
        ("/signing", sent(|s| s.signing = "perhaps")),
    ];
    for (pointer, wrong) in cases {
        let refused = supervision::record(&world.desk(), &actor, (&planned.number, planned.version), &wrong).await;
        let Err(SupervisionError::Form(errors)) = refused else { panic!("{pointer} was taken") };
        assert_eq!(errors.iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(), [pointer]);
    }
    // Synced twice: the second time changes nothing; another record does not replace the first.
    let once =
        supervision::record(&world.desk(), &actor, (&planned.number, planned.version), &found.sent()).await.unwrap();
    let twice =
        supervision::record(&world.desk(), &actor, (&planned.number, planned.version), &found.sent()).await.unwrap();
    assert_eq!((once.id, once.recorded_at), (twice.id, twice.recorded_at));
    let other = Found::of(&["report"], "2026-12-01".into());
    let other = supervision::record(&world.desk(), &actor, (&planned.number, planned.version), &other.sent()).await;
    assert!(matches!(other, Err(SupervisionError::Changed)), "{other:?}");
    // Late: two days under way, and it says so.
    let terms = supervision::terms(&world.desk()).unwrap();
    assert!(!once.is_late(&terms.rules.clock));
    let mut late = once.clone();
    late.seen_at = Some(now.plus_ms(-2 * DAY_MS));
    assert!(late.is_late(&terms.rules.clock));
    let mine = supervision::cosign(&world.desk(), &actor, (&once.number, once.version)).await;
    assert!(matches!(mine, Err(SupervisionError::Forbidden(_))));
    let signed = supervision::cosign(&world.desk(), &Actor::Staff(second), (&once.number, once.version)).await.unwrap();
    assert_eq!(signed.state, InspectionState::Passed);
}

#[tokio::test]
async fn an_objection_in_time_takes_a_wrong_result_back_and_a_late_one_does_not() {
    let house = House::new().await;
    let world = &house.world;
    let (first, second) = house.inspectors().await;
    let head = house.officer(("head", "覃主任"), &house.duty().await.agency, Role::Head).await;
    let found = house.looked_at((&first, &second), &["report"]).await;
    let holder = Actor::Person(house.agent.clone());
    let stranger = Actor::Person(world.person("陌生", 77).await);
    let object = async |who: &Actor| supervision::object(&world.desk(), who, &found.number, "检测报告就在店里。").await;
    assert!(matches!(object(&stranger).await, Err(SupervisionError::NotFound)));
    let objected = object(&holder).await.unwrap();
    assert!(matches!(object(&holder).await, Err(SupervisionError::NotAllowed(_))), "once");
    let answer = async |who: &StaffActor| {
        let who = Actor::Staff(who.clone());
        supervision::answer(
            &world.desk(),
            &who,
            (&found.number, objected.version),
            (true, "报告在现场，检查人员没有查看。"),
        )
        .await
    };
    assert!(matches!(answer(&first).await, Err(SupervisionError::Forbidden(_))), "not by whoever was there");
    assert_eq!(answer(&head).await.unwrap().state, InspectionState::SetAside);
    let (public, _) = supervision::results(&world.scratch.store, None).await.unwrap();
    assert_eq!(public.len(), 0, "it is public no more");
    assert_eq!(supervision::error_rates(&world.scratch.store, SHARD).await.unwrap().len(), 0, "and counts no more");
    let all = supervision::inspections_of(&world.scratch.store, house.case.id).await.unwrap();
    assert!(all.iter().any(|i| i.source == InspectionSource::Recheck && i.state == InspectionState::Ceased));

    let again = house.looked_at((&first, &second), &["report"]).await;
    world.scratch.clock.set(again.appeal_due_at.unwrap());
    let late = supervision::object(&world.desk(), &holder, &again.number, "检测报告就在店里。").await;
    assert!(matches!(late, Err(SupervisionError::NotAllowed(_))), "{late:?}");
}

#[tokio::test]
async fn who_has_an_interest_stays_away() {
    let house = House::new().await;
    let world = &house.world;
    let (first, _) = house.inspectors().await;
    let new =
        tie::NewTie { account: first.account, kind: access::TieKind::Interest, code: &house.code, name: "某单位" };
    tie::declare(&world.base(), &Actor::Staff(first.clone()), &new).await.unwrap();
    let duty = house.duty().await;
    let claimed = supervision::claim(&world.base(), &world.catalog, &Actor::Staff(first), duty.id).await;
    let Err(SupervisionError::Forbidden(why)) = claimed else { panic!("{claimed:?}") };
    assert!(why.zh.contains("回避"), "{why:?}");
}

#[tokio::test]
async fn visits_to_one_target_on_one_day_are_one() {
    let world = World::new().await;
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, "fd-pharmacist-renew", &world.renewal(&wei, &code, 60), "key-1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    let duties = supervision::duties_of(&world.scratch.store, case.id).await.unwrap();
    assert!(duties.len() >= 2, "{duties:?}");
    let officer = world.officer("all", "罗检", &[]).await;
    let scope = Scope {
        role: Role::Inspector,
        agency: access::EVERY.into(),
        region: access::EVERY.into(),
        item: access::EVERY.into(),
    };
    access::staff::grant_scope(&world.base(), &Actor::Machine, officer.account, &scope).await.unwrap();
    let scopes = access::staff::scopes(&world.scratch.store, officer.account).await.unwrap();
    let actor = Actor::Staff(StaffActor { scopes, ..officer });
    let day = world.now().date().to_string();
    let mut visits = Vec::new();
    for duty in &duties {
        supervision::claim(&world.base(), &world.catalog, &actor, duty.id).await.unwrap();
        let new = Planning { duty: duty.id, source: InspectionSource::Duty, day: &day, note: "" };
        visits.push(supervision::plan(&world.desk(), &actor, &new).await.unwrap());
    }
    assert!(visits.iter().all(|one| one.visit == visits[0].visit));
    let file =
        supervision::inspection_file(&world.scratch.store, &actor, (&visits[0].number, world.now())).await.unwrap();
    assert_eq!(file.beside.len(), duties.len() - 1);
    // The same officer meets the same duty of another day apart.
    let ceased = supervision::cease(&world.desk(), &actor, (&visits[1].number, visits[1].version), "改日再去").await;
    assert_eq!(ceased.unwrap().state, InspectionState::Ceased);
    let tomorrow = world.now().date().tomorrow().unwrap().to_string();
    let new =
        Planning {
            duty: duties[1].id, source: InspectionSource::Complaint, day: &tomorrow, note: "群众来电反映"
        };
    let other = supervision::plan(&world.desk(), &actor, &new).await.unwrap();
    assert_ne!(other.visit, visits[0].visit);
}

#[tokio::test]
async fn other_licences_of_the_holder_are_looked_at_and_their_records_stay() {
    let house = House::new().await;
    let world = &house.world;
    let approver = house.officer(("approver", "黄批"), &house.case.deciding_agency, Role::Approver).await;
    let second = house.apply("key-2").await;
    assert_eq!(second.state, State::InReview, "a licence is in force: a person judges");
    let draft = RulingDraft { ruling: Ruling::Grant, reasons: "另一处场所，准予。", version: second.version };
    approval::rule(&world.desk(), &Actor::Staff(approver), second.id, &draft).await.unwrap();
    let other = licence::by_case(&world.scratch.store, second.applicant, second.id).await.unwrap().unwrap();

    let (first, fellow) = house.inspectors().await;
    house.looked_at((&first, &fellow), &["report"]).await;
    world.wait_days(11);
    let all = supervision::inspections_of(&world.scratch.store, house.case.id).await.unwrap();
    let recheck = all.into_iter().find(|i| i.source == InspectionSource::Recheck).unwrap();
    house.concluded((&first, &fellow), &recheck, &["report"]).await;
    let head = annulled_by_hand(&house).await;
    assert_eq!(house.held().await.status, Status::Annulled);
    let duties = supervision::duties_of(&world.scratch.store, other.case_id).await.unwrap();
    assert!(duties.iter().any(|d| d.kind == RECHECK && d.state == DutyState::Pushed), "{duties:?}");
    let actor = Actor::Machine;
    let place = access::Place { agency: &house.case.deciding_agency, region: "450103", item: HYGIENE };
    let parties = [house.code.as_str()];
    let purpose = register::Purpose::Case { case: house.case.id, number: &house.case.number, place, parties: &parties };
    let viewer = register::Viewer { actor: &actor, purpose };
    let asks = [("public-place-licence".to_owned(), house.code.clone())];
    let seen = register::read_and_log(&world.base(), &world.registers, &viewer, &asks).await.unwrap();
    assert!(format!("{seen:?}").contains("\"valid\""), "the record speaks of the other licence: {seen:?}");
    assert_eq!(house.recounted().await, vec![]);
    // What is no more is not inspected.
    let gone = house.planned(&first, &world.now().date().to_string()).await;
    assert!(matches!(gone, Err(SupervisionError::NotAllowed(_))), "{gone:?} {}", head.name);
}

/// The annulment's steps without pages; gives the head who decided.
async fn annulled_by_hand(house: &House) -> StaffActor {
    let (world, agency) = (&house.world, house.case.deciding_agency.clone());
    let clerk = house.officer(("clerk", "韦收"), &agency, Role::Clerk).await;
    let head = house.officer(("chief", "覃主任"), &agency, Role::Head).await;
    let found = supervision::annulment_of(&world.scratch.store, house.case.id).await.unwrap().expect("begun");
    let values =
        |pairs: &[(&str, &str)]| -> Values { pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect() };
    let tell = values(&[
        ("facts", "承诺有检测报告，两次检查均没有"),
        ("ground", "false_promise"),
        ("rights_told", "true"),
        ("hearing_told", "true"),
    ]);
    let take = async |who: &StaffActor, version, step: &str, values: &Values| {
        let command = Command::Take { step, values };
        supervision::proceed(&world.desk(), &Actor::Staff(who.clone()), (&found.number, version, command)).await
    };
    let told = take(&clerk, found.version, "tell", &tell).await.unwrap();
    let annul = values(&[("reasons", "承诺不实，逾期没有改正"), ("no_harm", "true")]);
    assert!(matches!(take(&head, told.version, "annul", &annul).await, Err(SupervisionError::Refused(_))), "too early");
    world.wait_days(9);
    take(&head, told.version, "annul", &annul).await.unwrap();
    head
}

#[tokio::test]
async fn a_photograph_lies_in_quarantine_and_a_huge_one_is_not_taken() {
    let house = House::new().await;
    let world = &house.world;
    let (first, _) = house.inspectors().await;
    supervision::claim(&world.base(), &world.catalog, &Actor::Staff(first.clone()), house.duty().await.id)
        .await
        .unwrap();
    let planned = house.planned(&first, &world.now().date().to_string()).await.unwrap();
    let mut browser = Browser::of(world, &world.site(), first.account).await;
    let to = format!("/staff/inspections/{}/photos", planned.number);
    let refused = browser.post_files(&to, &[], &[("/photo/photo", "现场.jpg", &jpeg(40 << 20))]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.main());
    let none = browser.post_files(&to, &[], &[("/photo/photo", "", b"")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let taken = browser.post_files(&to, &[], &[("/photo/photo", "现场.jpg", &jpeg(40_000))]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.main());
    let page = format!("/staff/inspections/{}", planned.number);
    let shown = browser.get(&page).await;
    assert!(shown.main().contains("现场.jpg"), "{}", shown.main());
    assert!(!shown.text().contains("?see"), "nobody is shown it before a scanner looked");
    approval::check_materials(&world.desk(), &world.checkers).await.unwrap();
    let shown = browser.get(&page).await.text();
    let href = shown.split("/photos/").nth(1).and_then(|rest| rest.split('"').next()).expect("a link").to_owned();
    assert_eq!(browser.get(&format!("{page}/photos/{href}")).await.status, StatusCode::OK);
}

/// A photograph of this many bytes about.
fn jpeg(bytes: usize) -> Vec<u8> {
    let mut all = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 6, b'J', b'F', b'I', b'F'];
    all.extend([0xFF, 0xC0, 0, 11, 8, 0, 48, 0, 64, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    all.extend((0..bytes).map(|n| (n % 251) as u8));
    all.extend([0xFF, 0xD9]);
    all
}

/// The chance of this holder in a draw of one among ten, the others being of class B.
fn chance(weight: u32) -> f64 {
    let target = |n: u32, weight| Target { id: format!("t{n:02}"), class: format!("w{weight}"), weight };
    let targets = (1..10).map(|n| target(n, 4)).chain([target(0, weight)]).collect();
    let roll = Roll::new(targets, vec!["o1".into(), "o2".into()], Vec::new()).unwrap();
    let fraction = chances(&roll, 1).of(0, &roll.targets()[0]);
    fraction.numerator as f64 / fraction.denominator as f64
}

#[tokio::test]
async fn credit_follows_what_was_seen_and_every_point_is_traceable() {
    for world in World::on_both_engines().await {
        credit_follows(House::over(world).await).await;
    }
}

async fn credit_follows(house: House) {
    let world = &house.world;
    let (first, second) = house.inspectors().await;
    let rules = credit::rules_now(&world.catalog, world.now()).unwrap();
    let weight = async || {
        let of = (house.case.applicant, world.now());
        let (standing, _) = credit::standing_of(&world.scratch.store, &rules, of).await.unwrap();
        credit::draw_weight(&rules, &standing)
    };
    assert_eq!(weight().await, ("B".to_owned(), 4), "nobody has looked yet");
    let clean = house.looked_at((&first, &second), &[]).await;
    assert_eq!(weight().await, ("A".to_owned(), 1), "a kept promise");
    assert!(chance(1) < chance(4) / 3.0, "a clean holder is drawn less often");
    let site = world.site();
    let mut holder = Browser::of(world, &site, house.agent.account).await;
    let mandate = house.agent.acting_for.as_ref().unwrap().id.to_string();
    holder.post("/me/acting", &[("party", &mandate)]).await;
    let page = holder.get("/me/credit").await;
    for seen in ["A类", "承诺经核查属实", clean.number.as_str(), "承诺核查属实减2分"] {
        assert!(page.main().contains(seen), "{seen}: {}", page.main());
    }

    // Not mended in time: it counts against him, he objects, somebody of the agency answers, and it counts no more.
    house.looked_at((&first, &second), &["report"]).await;
    world.wait_days(11);
    let all = supervision::inspections_of(&world.scratch.store, house.case.id).await.unwrap();
    let recheck = all.into_iter().find(|i| i.source == InspectionSource::Recheck).unwrap();
    let recheck = house.concluded((&first, &second), &recheck, &["report"]).await;
    assert_eq!(weight().await.0, "B", "6 points less 2");
    let (_, all) =
        credit::standing_of(&world.scratch.store, &rules, (house.case.applicant, world.now())).await.unwrap();
    let bad = all.iter().find(|r| r.number == recheck.number).unwrap();
    assert_eq!(bad.event.kind, "inspection_failed");
    let id = bad.event.id.clone();
    let mut holder = Browser::of(world, &site, house.agent.account).await;
    holder.post("/me/acting", &[("party", &mandate)]).await;
    let short = holder.post("/me/credit", &[("event", &id), ("act", "object"), ("note", "错")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let lodged =
        holder.post("/me/credit", &[("event", &id), ("act", "object"), ("note", "报告已经补齐，请核对")]).await;
    assert_eq!(lodged.status, StatusCode::SEE_OTHER, "{}", lodged.main());
    let twice = holder.post("/me/credit", &[("event", &id), ("act", "object"), ("note", "报告已经补齐，请核对")]).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "once");
    let head = house.officer(("head", "覃主任"), access::EVERY, Role::Head).await;
    let mut desk = Browser::of(world, &site, head.account).await;
    let page = format!("/staff/credit/{}", house.case.number);
    let form = [("event", id.as_str()), ("act", "uphold"), ("note", "报告日期在期限内，核实无误")];
    assert_eq!(desk.post(&page, &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(weight().await, ("A".to_owned(), 1), "as if it had not been");
    let mut stranger = Browser::of(world, &site, world.person("陌生", 77).await.account).await;
    let foreign = stranger.post("/me/credit", &[("event", &id), ("act", "object"), ("note", "不是我的记录")]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    // Everybody computed at once comes out as each alone, on this day and on those before.
    for back in [0, 5, 12, 400] {
        let then = world.now().plus_ms(-back * DAY_MS);
        let mut all = Vec::new();
        let store = &world.scratch.store;
        let n = credit::recomputed(store, &rules, then.date(), &mut |party, s| all.push((party, s.clone()))).await;
        let (alone, _) = credit::standing_of(store, &rules, (house.case.applicant, then)).await.unwrap();
        assert_eq!((n.unwrap(), all), (1, vec![(house.case.applicant, alone)]), "{back} days back");
    }
    let public = world.scratch.store.leaves(id.parse().unwrap()).await.unwrap();
    assert_eq!(
        public.iter().map(|l| l.kind.as_str()).collect::<Vec<_>>(),
        ["credit.event", "credit.act", "credit.act"]
    );
}
