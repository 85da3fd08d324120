//! Stories of the first review below and the decision above: nothing is asked twice, each agency has its own clock, and a late
//! review lights up where it is late.

use affairs::access::{self, Actor, PersonActor, Role, Scope, StaffActor};
use affairs::approval::{self, ApprovalError, Case, PassUp, Queue, Ruling, RulingDraft, State};
use affairs::catalog::Files;
use affairs::light::{self, Colour};
use affairs::message;
use axum::http::StatusCode;
use kernel::Moment;
use stories::world::SHARD;
use stories::{Browser, World};

const RENEW: &str = "fd-pharmacist-renew";
const BELOW: &str = "amr-450103";
const ABOVE: &str = "gx-mpa";
const OPINION: &str = "现场看过，执业单位和在岗情况与申请一致。";
const BEGIN: &str = "2026-09-07T09:00:00+08:00";

/// The seed catalogue, in which the district's office reviews a renewal before the region's decides it.
fn reviewed_below() -> Files {
    let mut files = Files::seed();
    let path = format!("items/{RENEW}/item.toml");
    let item = String::from_utf8(files.get(&path).unwrap().to_vec()).unwrap();
    let first = "\n[never_instant]\nreason = { zh = \"先审后决\", en = \"reviewed first\" }\ngrade = \"D\"\n\
        \n[first_review]\nrole = \"drug-supervision\"\nlevel = \"county\"\n\
        reason = { zh = \"由区局先行审查\", en = \"the district reviews first\" }\ngrade = \"D\"\n";
    files.insert(path, item.replace("handling = \"instant\"", "handling = \"promised\"") + first);
    let path = format!("items/{RENEW}/cases.md");
    let cases = String::from_utf8(files.get(&path).unwrap().to_vec()).unwrap();
    files.insert(path, cases.replace("grant 准予", "refer 转人工"));
    files
}

async fn worlds() -> Vec<World> {
    let mut worlds = World::on_both_engines().await;
    for world in &mut worlds {
        world.take_up(reviewed_below());
        world.scratch.clock.set(BEGIN.parse().unwrap());
    }
    worlds
}

async fn filed(world: &World) -> (PersonActor, Case) {
    let (qin, nong) = (world.person("覃海燕", 5).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &code, 90).await;
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &code, 90), "key-first").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    (qin, case)
}

async fn approver(world: &World, login: &str, name: &str, (agency, region): (&str, &str)) -> StaffActor {
    let officer = world.officer(login, name, &[]).await;
    let scope =
        Scope { role: Role::Approver, agency: agency.into(), region: region.into(), item: access::EVERY.into() };
    access::staff::grant_scope(&world.base(), &Actor::Machine, officer.account, &scope).await.unwrap();
    let scopes = access::staff::scopes(&world.scratch.store, officer.account).await.unwrap();
    StaffActor { scopes, ..officer }
}

async fn newest(world: &World, case: &Case) -> approval::File {
    approval::story(&world.scratch.store, case.id).await.unwrap().unwrap()
}

async fn rule(world: &World, officer: &StaffActor, case: &Case, ruling: Ruling) -> Result<Case, ApprovalError> {
    let version = newest(world, case).await.case.version;
    let draft = RulingDraft { ruling, reasons: "材料和初步审查意见一致。", version };
    approval::rule(&world.desk(), &Actor::Staff(officer.clone()), case.id, &draft).await
}

/// How many working days lie between a day and the last day of a limit.
fn days(world: &World, from: Moment, due: Moment) -> u32 {
    world.catalog.calendar().working_days_between(from.date(), due.plus_ms(-1).date()).unwrap()
}

#[tokio::test]
async fn reviewed_below_and_decided_above_without_asking_again() {
    for world in worlds().await {
        below_and_above(&world).await;
    }
}

async fn below_and_above(world: &World) {
    let (qin, case) = filed(world).await;
    assert_eq!((case.state, case.deciding_agency.as_str()), (State::InReview, BELOW), "it lies with the agency below");
    let below = approver(world, "qingxiu", "黄区", (BELOW, "450103")).await;
    let above = approver(world, "region", "莫然", (ABOVE, "450000")).await;
    let waits = async |officer: &StaffActor| {
        let store = &world.scratch.store;
        approval::queue(store, officer.account, Queue::Waiting).await.unwrap().iter().any(|c| c.id == case.id)
    };
    assert_eq!((waits(&below).await, waits(&above).await), (true, false));
    for ruling in [Ruling::Grant, Ruling::Refuse, Ruling::Terminate] {
        let ruled = rule(world, &below, &case, ruling).await;
        assert!(matches!(&ruled, Err(ApprovalError::Forbidden(why)) if why.zh.contains("第三十五条")), "{ruled:?}");
    }

    // The page: what is missing at once; then the file goes up.
    let site = world.site();
    let mut desk = Browser::of(world, &site, below.account).await;
    let path = format!("/staff/cases/{}", case.number);
    let page = desk.get(&path).await;
    assert!(page.main().contains("先审后决") && page.main().contains("初步审查期限"), "{}", page.main());
    assert!(!page.text().contains("value=\"grant\""), "nobody grants below");
    let version = page.hidden("version");
    let up = format!("{path}/first-review");
    let nothing = desk.post(&up, &[("version", &version), ("opinion", "好")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = nothing.main();
    assert!(told.contains("请选择初步审查结论") && told.contains("请写明初步审查意见"), "{told}");
    world.wait_days(3);
    let mut desk = Browser::of(world, &site, below.account).await;
    let form = [("version", version.as_str()), ("favourable", "yes"), ("opinion", OPINION)];
    let sent = desk.post(&up, &form).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.main());
    assert_eq!(desk.post(&up, &form).await.status, StatusCode::CONFLICT, "once");

    // Now it lies above, whose time begins; below it is still seen and no longer decided.
    let now = newest(world, &case).await.case;
    assert_eq!((now.deciding_agency.as_str(), now.first_agency.as_deref()), (ABOVE, Some(BELOW)));
    assert_eq!((waits(&below).await, waits(&above).await), (true, true));
    assert_eq!(
        days(world, world.now(), now.statutory_due_at.unwrap()),
        20,
        "twenty working days from the day it came up"
    );
    let page = desk.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().contains("class=\"decide\""), "what is decided above is not decided below");
    assert!(matches!(rule(world, &below, &case, Ruling::NotAccept).await, Err(ApprovalError::Forbidden(_))));
    let mut desk = Browser::of(world, &site, above.account).await;
    let page = desk.get(&path).await;
    assert!(page.main().contains(OPINION) && page.main().contains("初步审查：同意"), "{}", page.main());
    assert!(!page.text().contains("value=\"correct\""), "nobody is asked again");
    let again = rule(world, &above, &case, Ruling::Correct).await;
    assert!(matches!(&again, Err(ApprovalError::Forbidden(why)) if why.zh.contains("重复提供")), "{again:?}");

    // The applicant reads that it went up, and not what was thought of it.
    world.deliver().await;
    let mail = message::inbox(&world.scratch.store, qin.party.id, None).await.unwrap().messages;
    assert!(mail.iter().any(|m| m.body.zh.contains("您不用再交材料")), "{mail:?}");
    let mine = Browser::of(world, &site, qin.account).await.get(&format!("/cases/{}", case.number)).await.main();
    assert!(mine.contains("初步审查完毕") && !mine.contains(OPINION), "{mine}");

    let granted = rule(world, &above, &case, Ruling::Grant).await.unwrap();
    assert_eq!(granted.state, State::Granted);
    let leaves = world.scratch.store.leaves(case.id).await.unwrap();
    assert!(leaves.iter().any(|leaf| leaf.kind == "case.first_reviewed"));
    assert!(
        approval::trail::tallies(&world.scratch.store, SHARD).await.unwrap().iter().all(approval::trail::Tally::agrees)
    );
}

#[tokio::test]
async fn a_late_review_lights_up_below_and_each_clock_is_its_own() {
    for world in worlds().await {
        late(&world).await;
    }
}

async fn late(world: &World) {
    let (_, case) = filed(world).await;
    let review = newest(world, &case).await.first.unwrap();
    let due = review.due_at.unwrap();
    assert_eq!(days(world, world.now(), due), 20, "twenty working days (article 43)");
    let after = case.statutory_due_at.unwrap();
    assert_eq!(days(world, due.plus_ms(-1), after), 20, "and twenty for the agency above");
    let lit = async || {
        let lights = light::lights_of(&world.scratch.store, case.id).await.unwrap();
        lights.into_iter().map(|l| (l.clock, l.colour, l.agency)).collect::<Vec<_>>()
    };
    world.scratch.clock.set(due.plus_ms(-1));
    light::watch(&world.base(), &world.catalog).await.unwrap();
    assert_eq!(lit().await, [("first_review".to_owned(), Colour::Yellow, BELOW.to_owned())]);
    world.scratch.clock.set(due);
    light::watch(&world.base(), &world.catalog).await.unwrap();
    assert!(lit().await.contains(&("first_review".to_owned(), Colour::DarkRed, BELOW.to_owned())));

    let below = approver(world, "qingxiu", "黄区", (BELOW, "450103")).await;
    let up = PassUp { favourable: false, opinion: OPINION, version: newest(world, &case).await.case.version };
    let stranger = approver(world, "jiangnan", "江南", ("amr-450105", "450105")).await;
    let theirs = approval::pass_up(&world.desk(), &Actor::Staff(stranger), case.id, &up).await;
    assert!(matches!(theirs, Err(ApprovalError::NotFound)), "{theirs:?}");
    let passed = approval::pass_up(&world.desk(), &Actor::Staff(below), case.id, &up).await.unwrap();
    light::watch(&world.base(), &world.catalog).await.unwrap();
    assert!(lit().await.iter().all(|(clock, ..)| clock == "first_review"), "above nothing is late: {:?}", lit().await);
    assert_eq!(days(world, world.now(), passed.statutory_due_at.unwrap()), 20);
    let differ = light::recount(&world.scratch.store, SHARD, &world.catalog, world.now()).await.unwrap();
    assert_eq!(differ, []);
}

#[tokio::test]
async fn the_agency_below_sends_the_one_notice_and_its_time_begins_anew() {
    for world in worlds().await {
        let (qin, case) = filed(&world).await;
        let below = approver(&world, "qingxiu", "黄区", (BELOW, "450103")).await;
        world.wait_days(1);
        let told = rule(&world, &below, &case, Ruling::Correct).await.unwrap();
        assert_eq!(told.state, State::Correcting);
        world.wait_days(4);
        let form = case.form.as_object().unwrap().clone();
        let mended = approval::resubmit(&world.desk(), &qin, case.id, &form).await.unwrap();
        assert_eq!((mended.state, mended.deciding_agency.as_str()), (State::InReview, BELOW));
        let review = newest(&world, &case).await.first.unwrap();
        assert_eq!(days(&world, world.now(), review.due_at.unwrap()), 20);
        assert!(review.passed.is_none());
    }
}
