//! Stories of the workbench: what the machine may not decide comes to a person, who decides it on one page; and nobody
//! sees or does more than his rights reach.

use affairs::access::{self, EVERY, PersonActor, Role, Scope, StaffActor};
use affairs::approval::{self, Case, State};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use stories::{Browser, World};

const RENEW: &str = "fd-pharmacist-renew";

/// A case that waits for a person: the pharmacy's own licence is under review.
async fn referred(world: &World, name: &str, n: u16) -> (PersonActor, Case) {
    let (qin, nong) = (world.person(name, n).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &code, 60).await;
    world.shop_licence(&code, "under_review").await;
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &code, 60), &format!("key-{n}-1")).await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(case.state, State::InReview);
    (qin, case)
}

async fn browser(world: &World, site: &Router, officer: &StaffActor) -> Browser {
    Browser::of(world, site, officer.account).await
}

async fn state(world: &World, officer: &StaffActor, case: &Case) -> State {
    let actor = access::Actor::Staff(officer.clone());
    approval::file_for(&world.scratch.store, &actor, case.id, world.now()).await.unwrap().0.case.state
}

#[tokio::test]
async fn an_officer_finds_the_case_sees_why_and_grants_it() {
    let world = World::new().await;
    let (_, case) = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    let site = world.site();
    let mut desk = browser(&world, &site, &officer).await;

    let queue = desk.get("/staff/queue").await;
    assert_eq!(queue.status, StatusCode::OK);
    let text = queue.main();
    assert!(text.contains(&case.number) && text.contains("覃海燕") && text.contains("1 件等待处理"), "{text}");
    assert!(text.contains("个工作日"), "what is left of the time: {text}");

    let path = format!("/staff/cases/{}", case.number);
    let page = desk.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.main();
    for seen in ["申请人提交的", "机器核对的结果", "转人工", "来自", "准予许可", "通知一次补正", "不予许可"]
    {
        assert!(text.contains(seen), "{seen} in {text}");
    }
    assert!(text.replace(' ', "").contains(&case.applicant_code), "who decides compares the whole number");
    assert!(text.contains("这一条件已经满足") || text.contains("这一条件没有满足"), "sentences to copy: {text}");

    let version = page.hidden("version");
    let form = [("version", version.as_str()), ("outcome", "grant"), ("reasons", "经向核查机关核实，许可证有效。")];
    let sent = desk.post(&format!("{path}/decide"), &form).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, format!("{path}?done=1").as_str()));
    let after = desk.get(sent.location()).await.main();
    assert!(after.contains("决定已经送出") && after.contains("经向核查机关核实") && after.contains("莫然"), "{after}");
    assert!(!after.contains("签署并送出"), "nothing is left to decide");
    assert_eq!(state(&world, &officer, &case).await, State::Granted);
    assert!(desk.get("/staff/queue").await.main().contains("没有等待处理的案件"));
    assert!(desk.get("/staff/queue?show=closed").await.main().contains(&case.number));
}

#[tokio::test]
async fn a_decision_without_choice_or_reasons_is_shown_again_with_both_mistakes() {
    let world = World::new().await;
    let (_, case) = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    let site = world.site();
    let mut desk = browser(&world, &site, &officer).await;
    let path = format!("/staff/cases/{}/decide", case.number);
    let version = case.version.to_string();

    let neither = desk.post(&path, &[("version", &version)]).await;
    assert_eq!(neither.status, StatusCode::UNPROCESSABLE_ENTITY);
    for link in ["href=\"#f-outcome\"", "href=\"#f-reasons\""] {
        assert!(neither.text().contains(link), "{link}");
    }
    let short = desk.post(&path, &[("version", &version), ("outcome", "refuse"), ("reasons", "不行")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        short.text().contains("href=\"#f-reasons\"")
            && short.text().contains("aria-describedby=\"f-reasons-hint f-reasons-error\"")
    );
    assert!(short.text().contains(">不行</textarea>"), "what was typed is kept");
    assert!(short.text().contains("value=\"refuse\" checked"));
    assert_eq!(state(&world, &officer, &case).await, State::InReview);
}

#[tokio::test]
async fn a_case_that_changed_meanwhile_is_not_decided_and_the_reasons_are_kept() {
    let world = World::new().await;
    let (qin, case) = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    let site = world.site();
    let mut desk = browser(&world, &site, &officer).await;
    let path = format!("/staff/cases/{}/decide", case.number);
    let reasons = "经核实，许可证已被责令停业。";

    let stale = (case.version - 1).to_string();
    let early = desk.post(&path, &[("version", &stale), ("outcome", "refuse"), ("reasons", reasons)]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(early.main().contains("决定没有送出"));
    assert!(early.text().contains(&format!(">{reasons}</textarea>")));

    approval::withdraw(&world.desk(), &qin, case.id, "不办了").await.unwrap();
    let version = case.version.to_string();
    let late = desk.post(&path, &[("version", &version), ("outcome", "refuse"), ("reasons", reasons)]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.main().contains("已撤回") && late.main().contains(reasons), "{}", late.main());
    assert!(!late.text().contains("<textarea"), "nothing can be decided any more");
    assert_eq!(state(&world, &officer, &case).await, State::Withdrawn);
}

#[tokio::test]
async fn a_clerk_may_look_but_not_decide_and_is_told_why() {
    let world = World::new().await;
    let (_, case) = referred(&world, "覃海燕", 5).await;
    let clerk = world.officer("liwen", "李文", &[Role::Clerk]).await;
    let site = world.site();
    let mut desk = browser(&world, &site, &clerk).await;
    let page = desk.get(&format!("/staff/cases/{}", case.number)).await;
    assert!(page.main().contains("您的岗位不能作出决定") && !page.text().contains("class=\"decide\""));
    let version = case.version.to_string();
    let form = [("version", version.as_str()), ("outcome", "grant"), ("reasons", "已核实许可证状态")];
    let refused = desk.post(&format!("/staff/cases/{}/decide", case.number), &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.main().contains("您的岗位不能作出决定"), "{}", refused.main());
    assert_eq!(state(&world, &clerk, &case).await, State::InReview);
}

#[tokio::test]
async fn whoever_only_looks_sees_the_number_of_a_person_masked() {
    let world = World::new().await;
    let (_, case) = referred(&world, "覃海燕", 5).await;
    let auditor = world.officer("heqing", "何清", &[Role::Auditor]).await;
    let site = world.site();
    let page = browser(&world, &site, &auditor).await.get(&format!("/staff/cases/{}", case.number)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().replace(' ', "").contains(&case.applicant_code));
    assert!(page.main().replace(' ', "").contains("4****************"), "{}", page.main());
}

/// What the list shows the page opens, and the page opens nothing that the list does not show.
#[tokio::test]
async fn the_list_and_the_page_draw_the_same_line() {
    let world = World::new().await;
    let (_, case) = referred(&world, "覃海燕", 5).await;
    let site = world.site();
    let scopes = [
        (Role::Approver, "gx-mpa", "450000", RENEW, true),
        (Role::Approver, EVERY, EVERY, EVERY, true),
        (Role::Auditor, "gx-mpa", "450000", EVERY, true),
        (Role::Approver, "gx-mpa", "450000", "fd-pharmacist-first", false),
        (Role::Approver, "gx-mpa", "450200", EVERY, false),
        (Role::Approver, "gx-mpa", "440000", EVERY, false),
        (Role::Approver, "nanning-amr", "450000", EVERY, false),
        (Role::Administrator, "gx-mpa", "450000", EVERY, false),
        (Role::RuleAuthor, "gx-mpa", "450000", EVERY, false),
    ];
    for (n, (role, agency, region, item, sees)) in scopes.into_iter().enumerate() {
        let officer = world.officer(&format!("officer{n}"), "某人", &[]).await;
        let scope = Scope { role, agency: agency.into(), region: region.into(), item: item.into() };
        let base = world.base();
        access::staff::grant_scope(&base, &access::Actor::Machine, officer.account, &scope).await.unwrap();
        let mut desk = browser(&world, &site, &officer).await;
        let listed = desk.get("/staff/queue").await.main().contains(&case.number);
        let page = desk.get(&format!("/staff/cases/{}", case.number)).await;
        assert_eq!((listed, page.status == StatusCode::OK), (sees, sees), "{role:?} {agency} {region} {item}");
        assert!(sees || page.status == StatusCode::NOT_FOUND, "another's case is not there: {}", page.status);
        let ruled = desk.post(&format!("/staff/cases/{}/decide", case.number), &[("outcome", "grant")]).await;
        assert!(sees || ruled.status == StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_applicant_is_no_officer() {
    let world = World::new().await;
    let (qin, case) = referred(&world, "覃海燕", 5).await;
    let site = world.site();
    let mut browser = Browser::of(&world, &site, qin.account).await;
    let case = format!("/staff/cases/{}", case.number);
    for path in ["/staff/queue", "/staff/trail", "/staff/audit", "/staff/accounts", "/staff/duties", &case] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        let nobody = Browser::new(&site).get(path).await;
        assert_eq!(nobody.location(), format!("/staff/sign-in?next={path}"));
    }
}

#[tokio::test]
async fn a_decision_sent_by_another_site_is_refused() {
    let world = World::new().await;
    let (_, case) = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    let site = world.site();
    let mut desk = browser(&world, &site, &officer).await;
    let body = format!("version={}&outcome=grant&reasons=abcdefgh", case.version);
    let request = Request::post(format!("/staff/cases/{}/decide", case.number))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site");
    let answer = desk.send(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(state(&world, &officer, &case).await, State::InReview);
}

#[tokio::test]
async fn what_the_form_and_the_register_say_differently_stands_side_by_side() {
    let world = World::new().await;
    let (lan, nong) = (world.person("蓝彬", 8).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&lan, &code, 60).await;
    let mut form = world.renewal(&lan, &code, 60);
    form.insert("valid_to".into(), "2027-03-15".into());
    let case = world.file(&lan, RENEW, &form, "key-lan-1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(case.state, State::InReview);
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    let site = world.site();
    let page = browser(&world, &site, &officer).await.get(&format!("/staff/cases/{}", case.number)).await.main();
    assert!(page.contains("填报与登记不一致"), "{page}");
    assert!(page.contains("2027年3月15日") && page.contains("2027年1月22日"), "both values: {page}");
}

#[tokio::test]
async fn the_trail_names_who_acted_for_whom_and_who_looked_at_what() {
    let world = World::new().await;
    let (_, case) = referred(&world, "覃海燕", 5).await;
    let auditor = world.officer("heqing", "何清", &[Role::Auditor]).await;
    let approver = world.officer("moran", "莫然", &[Role::Approver]).await;
    let site = world.site();
    let mut desk = browser(&world, &site, &auditor).await;

    let of_case = desk.get(&format!("/staff/trail?q={}", case.number)).await;
    let text = of_case.main();
    for seen in ["提交申请", "单位确认", "农佳（代表 邕江大药房）", "自动办理", "机器核对：人工审查中", "查询登记："]
    {
        assert!(text.contains(seen), "{seen} in {text}");
    }
    assert!(of_case.text().contains("href=\"/log/leaf/"));
    let newest = desk.get("/staff/trail").await.main();
    assert!(newest.contains(&case.number) && newest.contains("覃海燕"));
    let of_name = desk.get(&format!("/staff/trail?q={}", stories::browser::encoded("邕江大药房"))).await.main();
    assert!(of_name.contains("单位确认") && !of_name.contains("提交申请"), "{of_name}");
    assert!(desk.get("/staff/trail?of=accounts").await.main().contains("建立账号"));
    assert_eq!(browser(&world, &site, &approver).await.get("/staff/trail").await.status, StatusCode::NOT_FOUND);

    let elsewhere = world.officer("other", "别人", &[]).await;
    let scope = Scope { role: Role::Auditor, agency: "gx-mpa".into(), region: "450200".into(), item: EVERY.into() };
    let base = world.base();
    access::staff::grant_scope(&base, &access::Actor::Machine, elsewhere.account, &scope).await.unwrap();
    let mut other = browser(&world, &site, &elsewhere).await;
    for path in ["/staff/trail".to_owned(), format!("/staff/trail?q={}", case.number)] {
        assert!(other.get(&path).await.main().contains("没有符合的记录"), "{path}");
    }
}

#[tokio::test]
async fn an_inspector_finds_the_duty_and_only_his_own_cases_behind_it() {
    let world = World::new().await;
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), "key-wei-1").await.unwrap();
    approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    let site = world.site();
    let base = world.base();
    let inspector = world.officer("zhouzheng", "周正", &[]).await;
    let scope =
        Scope { role: Role::Inspector, agency: "nanning-amr".into(), region: "450100".into(), item: EVERY.into() };
    access::staff::grant_scope(&base, &access::Actor::Machine, inspector.account, &scope).await.unwrap();
    let mut desk = browser(&world, &site, &inspector).await;
    let duties = desk.get("/staff/duties").await;
    assert!(duties.main().contains(&case.number) && duties.main().contains("待认领"), "{}", duties.main());
    assert!(duties.main().contains("韦**"));
    assert!(!duties.text().contains(&format!("/staff/cases/{}", case.number)), "no link to a page that denies");
    assert_eq!(desk.get(&format!("/staff/cases/{}", case.number)).await.status, StatusCode::NOT_FOUND);
    let far = world.officer("liuzhou", "覃检", &[]).await;
    let scope =
        Scope { role: Role::Inspector, agency: "liuzhou-amr".into(), region: "450200".into(), item: EVERY.into() };
    access::staff::grant_scope(&base, &access::Actor::Machine, far.account, &scope).await.unwrap();
    let far = browser(&world, &site, &far).await.get("/staff/duties").await;
    assert!(!far.main().contains(&case.number), "the duty is another city's");
    let approver = world.officer("moran", "莫然", &[Role::Approver, Role::Inspector]).await;
    let own = browser(&world, &site, &approver).await.get("/staff/duties").await;
    assert!(own.text().contains(&format!("/staff/cases/{}", case.number)), "whoever may open the case finds it");
}

#[tokio::test]
async fn every_page_of_the_workbench_speaks_english_too() {
    let world = World::new().await;
    let (_, case) = referred(&world, "覃海燕", 5).await;
    let roles = [Role::Approver, Role::Inspector, Role::Auditor, Role::Administrator];
    let officer = world.officer("moran", "莫然", &roles).await;
    let site = world.site();
    let mut desk = browser(&world, &site, &officer).await;
    let case = format!("/staff/cases/{}", case.number);
    for path in ["/staff/queue", &case, "/staff/duties", "/staff/trail", "/staff/audit", "/staff/accounts", "/sessions"]
    {
        let page = desk.get(&format!("{path}?lang=en")).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text().contains("lang=\"en\""), "{path}");
        let text = page.main();
        let stray = text.split(|c: char| !(c.is_ascii_lowercase() || c == '.' || c == '_')).find(|w| {
            w.split_once('.').is_some_and(|(a, b)| {
                [
                    "case",
                    "queue",
                    "act",
                    "state",
                    "audit",
                    "tally",
                    "found",
                    "ruling",
                    "accounts",
                    "duties",
                    "outcome_word",
                    "role",
                ]
                .contains(&a)
                    && !b.is_empty()
            })
        });
        assert_eq!(stray, None, "a word's key stands on {path}");
    }
}
