//! Stories of the clock that people stop and lengthen: more time with the head's approval, lights in one's own inbox, what
//! is left at the end of a day, and how differently officers decided.

use affairs::access::{self, Actor, EVERY, MandateAct, PartyKind, PersonActor, Role, Scope, StaffActor};
use affairs::approval::{self, ApprovalError, Case, GapOrder, Ruling, RulingDraft, State};
use affairs::light::{self, Colour};
use affairs::message;
use axum::http::StatusCode;
use kernel::Moment;
use serde_json::json;
use stories::world::{SHARD, map};
use stories::{Browser, World};

const RENEW: &str = "fd-pharmacist-renew";
/// Early enough in a year whose work calendar is known to its end.
const OCTOBER: &str = "2026-10-12T10:00:00+08:00";
const REASONS: &str = "需要向核查机关调取原始记录。";

/// A case that waits for a person: the pharmacy's own licence is under review.
async fn referred(world: &World, name: &str, n: u16) -> (PersonActor, Case) {
    let (qin, nong) = (world.person(name, n).await, world.person("农佳", 2).await);
    let (pharmacy, agent) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &pharmacy, 60).await;
    world.shop_licence(&pharmacy, "under_review").await;
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &pharmacy, 60), &format!("key-{n}-1")).await.unwrap();
    let case = approval::confirm(&world.desk(), &agent, case.id).await.unwrap();
    assert_eq!(case.state, State::InReview);
    (qin, case)
}

fn actor(officer: &StaffActor) -> Actor {
    Actor::Staff(officer.clone())
}

async fn newest(world: &World, case: &Case) -> approval::File {
    approval::story(&world.scratch.store, case.id).await.unwrap().unwrap()
}

async fn statutory(world: &World, case: &Case) -> Moment {
    newest(world, case).await.case.statutory_due_at.unwrap()
}

async fn rule(world: &World, officer: &StaffActor, case: &Case, ruling: Ruling) {
    let version = newest(world, case).await.case.version;
    let draft = RulingDraft { ruling, reasons: "经向核查机关核实，许可证有效。", version };
    approval::rule(&world.desk(), &actor(officer), case.id, &draft).await.unwrap();
}

#[tokio::test]
async fn the_head_gives_ten_days_more_once_and_the_applicant_reads_why() {
    for world in World::on_both_engines().await {
        more_time(world).await;
    }
}

async fn more_time(world: World) {
    world.scratch.clock.set(OCTOBER.parse().unwrap());
    let (qin, case) = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    let head = world.officer("head", "梁正", &[Role::Head]).await;
    let due = statutory(&world, &case).await;
    let (desk, id) = (world.desk(), case.id);

    let empty = approval::ask_extension(&desk, &actor(&officer), id, "急").await;
    assert!(matches!(empty, Err(ApprovalError::Form(_))), "{empty:?}");
    approval::ask_extension(&desk, &actor(&officer), id, REASONS).await.unwrap();
    assert_eq!(statutory(&world, &case).await, due, "asking changes nothing");
    let twice = approval::ask_extension(&desk, &actor(&officer), id, REASONS).await;
    assert!(matches!(twice, Err(ApprovalError::NotAllowed(_))), "{twice:?}");
    let alone = approval::answer_extension(&desk, &actor(&officer), id, (true, "同意延长。")).await;
    assert!(matches!(alone, Err(ApprovalError::Forbidden(_))), "{alone:?}");

    // Not approved, asked again, approved.
    approval::answer_extension(&desk, &actor(&head), id, (false, "先催核查机关。")).await.unwrap();
    assert_eq!(statutory(&world, &case).await, due);
    approval::ask_extension(&desk, &actor(&officer), id, REASONS).await.unwrap();
    let site = world.site();
    let mut page = Browser::of(&world, &site, head.account).await;
    let path = format!("/staff/cases/{}", case.number);
    let shown = page.get(&path).await.main();
    assert!(shown.contains("莫然申请延长 10 个工作日，等待负责人批准") && shown.contains(REASONS), "{shown}");
    let nothing = page.post(&format!("{path}/hold"), &[("do", "give_time"), ("time", "好")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let given = page.post(&format!("{path}/hold"), &[("do", "give_time"), ("time", "同意延长。")]).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER);

    let longer = statutory(&world, &case).await;
    let working = world.catalog.calendar().working_days_between(due.plus_ms(-1).date(), longer.plus_ms(-1).date());
    assert_eq!(working.unwrap(), 10, "ten working days more");
    let promise = newest(&world, &case).await.case.committed_due_at;
    assert_eq!(promise, case.committed_due_at, "the promise stays as it was made");
    let third = approval::ask_extension(&desk, &actor(&officer), id, REASONS).await;
    assert!(matches!(third, Err(ApprovalError::NotAllowed(_))), "once: {third:?}");

    world.deliver().await;
    let told = message::inbox(&world.scratch.store, qin.party.id, None).await.unwrap().messages;
    assert!(told.iter().any(|m| m.body.zh.contains("延长 10 个工作日") && m.body.zh.contains(REASONS)), "{told:?}");

    // The light counts it: dark red at the longer limit and not at the old one; a recount from the record agrees.
    world.scratch.clock.set(due);
    light::watch(&world.base(), &world.catalog).await.unwrap();
    let colours = async || {
        let lights = light::lights_of(&world.scratch.store, id).await.unwrap();
        lights.into_iter().filter(|l| l.clock == "statutory").map(|l| l.colour).collect::<Vec<_>>()
    };
    assert_eq!(colours().await, []);
    world.scratch.clock.set(longer);
    light::watch(&world.base(), &world.catalog).await.unwrap();
    assert_eq!(colours().await, [Colour::DarkRed]);
    let differ = light::recount(&world.scratch.store, SHARD, &world.catalog, world.now()).await.unwrap();
    assert_eq!(differ, []);
    let late = approval::ask_extension(&desk, &actor(&officer), id, REASONS).await;
    assert!(matches!(late, Err(ApprovalError::NotAllowed(_))), "{late:?}");
}

#[tokio::test]
async fn more_time_beyond_the_published_calendar_is_not_given_and_that_is_said() {
    let world = World::new().await;
    let (_, case) = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    let head = world.officer("head", "梁正", &[Role::Head]).await;
    approval::ask_extension(&world.desk(), &actor(&officer), case.id, REASONS).await.unwrap();
    let told = approval::answer_extension(&world.desk(), &actor(&head), case.id, (true, "同意延长。")).await;
    assert!(matches!(&told, Err(ApprovalError::Form(e)) if e[0].message.zh.contains("日历")), "{told:?}");
    assert_eq!(statutory(&world, &case).await, case.statutory_due_at.unwrap());
}

#[tokio::test]
async fn a_light_stands_in_the_inbox_of_who_has_the_case_and_on_the_hand_over_list() {
    let world = World::new().await;
    let (_, case) = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    let head = world.officer("head", "梁正", &[Role::Head]).await;
    approval::assign_waiting(&world.desk()).await.unwrap();
    let other = world.officer("liwen", "李文", &[Role::Approver]).await;
    world.scratch.clock.set(case.statutory_due_at.unwrap());
    light::watch(&world.base(), &world.catalog).await.unwrap();
    let store = &world.scratch.store;
    assert_eq!(light::lights_of_officer(store, officer.account).await.unwrap().len(), 1);
    assert_eq!(light::lights_of_officer(store, other.account).await.unwrap(), []);
    let site = world.site();
    let mut desk = Browser::of(&world, &site, officer.account).await;
    assert!(desk.get("/staff/queue").await.main().contains("您手里的件有 1 个亮灯"));
    let list = desk.get("/staff/handover").await.main();
    assert!(list.contains(&case.number) && list.contains("莫然") && list.contains("经办人作出决定"), "{list}");
    approval::ask_extension(&world.desk(), &actor(&officer), case.id, REASONS).await.unwrap_err();
    let of_head = Browser::of(&world, &site, head.account).await.get("/staff/handover").await.main();
    assert!(
        of_head.contains("莫然") && of_head.contains(&case.number),
        "who leads sees what everybody leaves: {of_head}"
    );
    let of_other = Browser::of(&world, &site, other.account).await.get("/staff/handover").await.main();
    assert!(of_other.contains("手里没有等待办理的件"), "{of_other}");
}

#[tokio::test]
async fn same_facts_different_officers_is_counted() {
    let world = World::new().await;
    let one = world.officer("one", "甲", &[Role::Approver]).await;
    let two = world.officer("two", "乙", &[Role::Approver]).await;
    let head = world.officer("head", "梁正", &[Role::Head]).await;
    let endings = [(5, &one, Ruling::Grant), (7, &two, Ruling::Refuse), (9, &two, Ruling::Grant)];
    for (n, officer, ruling) in endings {
        let (_, case) = referred(&world, &format!("申请人{n}"), n).await;
        rule(&world, officer, &case, ruling).await;
    }
    let reader = (head.account, affairs::access::Right::Lead);
    let found = approval::divergence(&world.scratch.store, reader, world.now()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].decisions, found[0].facts, found[0].pairs, found[0].differing), (3, 1, 2, 1));
    let site = world.site();
    let page = Browser::of(&world, &site, head.account).await.get("/staff/divergence").await;
    assert!(page.main().contains("50.0%"), "{}", page.main());
    let approver = Browser::of(&world, &site, one.account).await.get("/staff/divergence").await;
    assert_eq!(approver.status, StatusCode::NOT_FOUND, "who neither audits nor leads does not find it");
}

#[tokio::test]
async fn the_one_notice_is_merged_from_whole_sentences_and_the_officers_own() {
    let world = World::new().await;
    let (qin, case) = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    let site = world.site();
    let mut desk = Browser::of(&world, &site, officer.account).await;
    let path = format!("/staff/cases/{}", case.number);
    let page = desk.get(&path).await;
    assert!(page.main().contains("补正通知：选用要补正的内容"), "{}", page.main());
    let version = page.hidden("version");
    let lines = ["执业单位的许可证有效：请单位先办结复核。", "请提交证明：在平台打印。"];
    let form = [
        ("version", version.as_str()),
        ("outcome", "correct"),
        ("line", lines[0]),
        ("line", lines[1]),
        ("reasons", "另请写明联系电话。"),
    ];
    assert_eq!(desk.post(&format!("{path}/decide"), &form).await.status, StatusCode::SEE_OTHER);
    let reasons = newest(&world, &case).await.latest().unwrap().reasons.clone().unwrap();
    let whole = format!("请一次补正以下内容：\n1. {}\n2. {}\n另请写明联系电话。", lines[0], lines[1]);
    assert_eq!(reasons, whole);
    let seen = Browser::of(&world, &site, qin.account).await.get(&format!("/cases/{}", case.number)).await.main();
    assert!(seen.contains(lines[0]) && seen.contains("另请写明联系电话"), "{seen}");
}

/// An eatery that waits for a person, and its agent.
async fn eatery(world: &World) -> (PersonActor, Case) {
    let agent = world.person("阮小梅", 13).await;
    let body = kernel::code::OrganisationCode::generate("MA500013").unwrap();
    let code = kernel::code::Uscc::generate("91450100", &body).unwrap().as_str().to_owned();
    access::people::ensure_party(&world.base(), PartyKind::Company, &code, "演示桂花米粉店").await.unwrap();
    let actor = world.mandate(&agent, &code, &[MandateAct::View, MandateAct::File], &[]).await;
    let address = "南宁市西乡塘区演示路9号";
    let business = json!({
        "name": "演示桂花米粉店", "status": "open", "legal_representative": "阮小梅", "address": address,
        "region": "450107", "established_on": "2016-01-23", "scope": "餐饮服务",
    });
    world.record("business-register", &code, business).await;
    let check = json!({
        "name": "演示桂花米粉店", "address": address, "checked_on": "2026-11-20", "officers": 2, "finding": "passed",
    });
    world.record("food-site-check", &code, check).await;
    let form = map(json!({
        "operator_code": code, "operator_name": "演示桂花米粉店", "activity": "hot_meals", "address": address,
        "responsible": "阮小梅", "responsible_id": agent.party.code, "phone": "13800138000", "truthful": true,
    }));
    let case = world.file(&actor, "fd-food-licence", &form, "key-food-1").await.unwrap();
    assert_eq!(case.state, State::InReview);
    (actor, case)
}

/// An officer who decides everywhere.
async fn everywhere(world: &World) -> StaffActor {
    let officer = world.officer("county", "莫然", &[]).await;
    let scope = Scope { role: Role::Approver, agency: EVERY.into(), region: EVERY.into(), item: EVERY.into() };
    access::staff::grant_scope(&world.base(), &Actor::Machine, officer.account, &scope).await.unwrap();
    let scopes = access::staff::scopes(&world.scratch.store, officer.account).await.unwrap();
    StaffActor { scopes, ..officer }
}

#[tokio::test]
async fn accepted_with_gaps_a_case_is_decided_when_the_piece_is_there() {
    for world in World::on_both_engines().await {
        let (_, case) = eatery(&world).await;
        let officer = everywhere(&world).await;
        let site = world.site();
        let mut desk = Browser::of(&world, &site, officer.account).await;
        let path = format!("/staff/cases/{}", case.number);
        let page = desk.get(&path).await;
        assert!(page.main().contains("这不是告知承诺") && page.main().contains("食品安全管理制度清单"));
        let version = page.hidden("version");
        let far = [("version", version.as_str()), ("material", "layout"), ("until", "2027-12-31")];
        let wrong = desk.post(&format!("{path}/gaps"), &far).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let told = wrong.main();
        assert!(told.contains("允许后补的材料") && told.contains("承诺期限"), "both mistakes at once: {told}");
        let until = world.now().plus_ms(3 * 24 * 3_600_000).date().to_string();
        let good = [("version", version.as_str()), ("material", "rules"), ("until", until.as_str())];
        let opened = desk.post(&format!("{path}/gaps"), &good).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.main());

        let version = newest(&world, &case).await.case.version;
        let draft = RulingDraft { ruling: Ruling::Grant, reasons: "现场核查合格，准予许可。", version };
        let early = approval::rule(&world.desk(), &actor(&officer), case.id, &draft).await;
        assert!(matches!(&early, Err(ApprovalError::Forbidden(why)) if why.zh.contains("补齐以后")), "{early:?}");
        let filled = desk.post(&format!("{path}/gaps/rules"), &[]).await;
        assert_eq!(filled.status, StatusCode::SEE_OTHER);
        rule(&world, &officer, &case, Ruling::Grant).await;
        assert_eq!(newest(&world, &case).await.case.state, State::Granted);
        world.deliver().await;
        let told = message::inbox(&world.scratch.store, case.applicant, None).await.unwrap().messages;
        assert!(told.iter().any(|m| m.body.zh.contains("还差：食品安全管理制度清单")), "{told:?}");
    }
}

#[tokio::test]
async fn a_piece_that_does_not_come_in_time_ends_the_case_as_withdrawn() {
    let world = World::new().await;
    let (_, case) = eatery(&world).await;
    let officer = everywhere(&world).await;
    let materials = vec!["rules".to_owned()];
    let until = world.now().plus_ms(2 * 24 * 3_600_000).date();
    let order = GapOrder { materials: &materials, until, version: case.version };
    approval::open_gaps(&world.desk(), &actor(&officer), case.id, &order).await.unwrap();
    let again = GapOrder { version: case.version + 1, ..order };
    let twice = approval::open_gaps(&world.desk(), &actor(&officer), case.id, &again).await;
    assert!(matches!(twice, Err(ApprovalError::Form(_))), "{twice:?}");
    let due = Moment::start_of(until.tomorrow().unwrap());
    world.scratch.clock.set(due.plus_ms(-1));
    assert_eq!(approval::end_gaps(&world.desk()).await.unwrap(), 0, "the last day counts");
    world.scratch.clock.set(due);
    assert_eq!(approval::end_gaps(&world.desk()).await.unwrap(), 1);
    assert_eq!(approval::end_gaps(&world.desk()).await.unwrap(), 0);
    let file = newest(&world, &case).await;
    assert_eq!(file.case.state, State::Lapsed);
    let ended = file.events.iter().find(|e| e.kind == "lapsed").unwrap();
    assert!(ended.detail["reason"].as_str().unwrap().contains("视为撤回"), "{}", ended.detail);
    let late = approval::fill_gap(&world.desk(), &actor(&officer), case.id, "rules").await;
    assert!(matches!(late, Err(ApprovalError::NotAllowed(_))), "{late:?}");
}

#[tokio::test]
async fn no_piece_is_taken_in_while_a_signed_decision_waits_at_the_door() {
    let world = World::with_undo().await;
    let (_, case) = eatery(&world).await;
    let officer = everywhere(&world).await;
    let materials = vec!["rules".to_owned()];
    let until = world.now().plus_ms(2 * 24 * 3_600_000).date();
    let order = GapOrder { materials: &materials, until, version: case.version };
    approval::open_gaps(&world.desk(), &actor(&officer), case.id, &order).await.unwrap();
    let version = newest(&world, &case).await.case.version;
    let draft = RulingDraft { ruling: Ruling::Terminate, reasons: "申请人已经注销，终止办理。", version };
    approval::rule(&world.desk(), &actor(&officer), case.id, &draft).await.unwrap();
    let piece = approval::fill_gap(&world.desk(), &actor(&officer), case.id, "rules").await;
    assert!(matches!(piece, Err(ApprovalError::Forbidden(_))), "{piece:?}");
    assert!(approval::gaps_of(&world.scratch.store, case.id).await.unwrap().iter().all(|gap| gap.filled.is_none()));
    // Taken back first, the piece comes in, and whoever looked before does not sign on what he saw.
    approval::undo(&world.desk(), &actor(&officer), case.id).await.unwrap();
    let seen = newest(&world, &case).await.case.version;
    approval::fill_gap(&world.desk(), &actor(&officer), case.id, "rules").await.unwrap();
    let late = approval::rule(&world.desk(), &actor(&officer), case.id, &RulingDraft { version: seen, ..draft }).await;
    assert!(matches!(late, Err(ApprovalError::Changed)), "{late:?}");
}
