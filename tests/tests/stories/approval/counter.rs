//! The hard outcomes at the counter itself, over HTTP: a refusal that a machine drafts and a person signs, an inspection
//! ordered and recorded at the workbench, a commitment taken back on a page.

use affairs::access::{MandateAct, PersonActor, Role};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Map, Value as Json, json};
use stories::browser::Answer;
use stories::{Browser, World};

use super::law::{FELL, QUARANTINE, farmer, felling, fill_quotas, nursery, staff};

async fn call(browser: &mut Browser, path: &str, body: &Json) -> (StatusCode, Json) {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header("sec-fetch-site", "same-origin")
        .header("idempotency-key", format!("story-{:08}", body.to_string().len()));
    let answer = browser.send(request.body(Body::from(body.to_string())).unwrap()).await;
    (answer.status, serde_json::from_slice(&answer.bytes).unwrap_or_default())
}

/// Files over the API; the case as it was answered.
async fn file(browser: &mut Browser, item: &str, form: Map<String, Json>) -> Json {
    let (status, case) = call(browser, "/api/v1/cases", &json!({"item": item, "form": form})).await;
    assert_eq!(status, StatusCode::CREATED, "{case}");
    case
}

/// Someone who acts for a company, signed in and acting for it.
async fn acting(world: &World, site: &axum::Router, agent: &PersonActor) -> Browser {
    let mut browser = Browser::of(world, site, agent.account).await;
    let company = agent.acting_for.as_ref().unwrap().id.to_string();
    let chosen = browser.post("/me/acting", &[("party", &company)]).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.main());
    browser
}

fn says(page: &Answer, words: &[&str]) {
    for word in words {
        assert!(page.main().contains(word), "{word} in {}", page.main());
    }
}

#[tokio::test]
async fn a_refusal_is_drafted_by_the_machine_and_becomes_one_only_when_a_person_signs() {
    let world = World::new().await;
    fill_quotas(&world).await;
    let site = world.site();
    let (first, second) = (farmer(&world, 2).await, farmer(&world, 4).await);
    let granted = file(&mut Browser::of(&world, &site, first.account).await, FELL, felling(&first, 2, 30)).await;
    assert_eq!(granted["state"], "granted");
    let mut su = Browser::of(&world, &site, second.account).await;
    let case = file(&mut su, FELL, felling(&second, 4, 15)).await;
    assert_eq!((&case["state"], &case["outcome"]), (&json!("in_review"), &json!("draft_refusal")), "{case}");
    let number = case["number"].as_str().unwrap();
    let page = su.get(&format!("/cases/{number}")).await;
    says(&page, &["人工审查"]);
    assert!(!page.main().contains("不予许可决定"), "nothing is refused yet: {}", page.main());

    let approver = staff(&world, "approver", "莫然", &[Role::Approver]).await;
    let mut desk = Browser::of(&world, &site, approver.account).await;
    let path = format!("/staff/cases/{number}");
    let page = desk.get(&path).await;
    says(&page, &["机器起草：不予许可", "采伐限额", "可以抄用的句子"]);
    let version = page.hidden("version");
    let bare = [("version", version.as_str()), ("outcome", "refuse"), ("reasons", "")];
    assert_eq!(desk.post(&format!("{path}/decide"), &bare).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let signed = [("version", version.as_str()), ("outcome", "refuse"), ("reasons", "本县今年的采伐限额已经用完。")];
    let done = desk.post(&format!("{path}/decide"), &signed).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
    let page = su.get(&format!("/cases/{number}")).await;
    says(&page, &["不予许可", "本县今年的采伐限额已经用完", "莫然", "行政复议"]);
    let (status, body) = {
        let request = Request::get(format!("/api/v1/cases/{number}")).body(Body::empty()).unwrap();
        let answer = su.send(request).await;
        (answer.status, serde_json::from_slice::<Json>(&answer.bytes).unwrap())
    };
    assert_eq!(status, StatusCode::OK);
    assert!(body.to_string().contains("refused"), "{body}");
}

#[tokio::test]
async fn an_inspection_is_ordered_and_recorded_on_the_page_and_then_a_person_decides() {
    let world = World::new().await;
    let agent = nursery(&world).await;
    let site = world.site();
    let mut nursery = acting(&world, &site, &agent).await;
    let form = json!({
        "name": "南岭苗圃", "code": agent.principal().code, "place": "武鸣区双桥镇", "goods": "seedling", "species": "杉木",
        "quantity": 2000, "destination": "other_county", "to": "融水县", "consignee": "融水林场", "arrive_by": "2026-12-05",
        "phone": "13877100001", "truthful": true,
    });
    let case = file(&mut nursery, QUARANTINE, stories::world::map(form)).await;
    assert_eq!((&case["state"], &case["outcome"]), (&json!("special_step"), &json!("special_step")), "{case}");
    let number = case["number"].as_str().unwrap().to_owned();
    let path = format!("/staff/cases/{number}");

    let approver = staff(&world, "approver", "莫然", &[Role::Approver]).await;
    let (zhou, he) = (
        staff(&world, "zhou", "周正", &[Role::Inspector]).await,
        staff(&world, "he", "何平", &[Role::Inspector]).await,
    );
    let mut desk = Browser::of(&world, &site, approver.account).await;
    let page = desk.get(&path).await;
    says(&page, &["安排特别程序", "检疫检验", "除害处理", "周正", "何平"]);
    assert!(!page.text().contains("name=\"outcome\" value=\"grant\""), "what the law puts first is not left out");
    let mut inspector = Browser::of(&world, &site, zhou.account).await;
    assert!(!inspector.get(&path).await.text().contains("/step\""), "an inspector orders nothing");

    let version = page.hidden("version");
    let (zhou_id, he_id) = (zhou.account.to_string(), he.account.to_string());
    let one = [("version", version.as_str()), ("officers", zhou_id.as_str()), ("notice", "到双桥镇苗圃现场检疫")];
    let wrong = desk.post(&format!("{path}/step"), &one).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&wrong, &["两名以上", "请选择特别程序"]);
    assert!(wrong.text().contains("href=\"#f-officers\"") && wrong.main().contains("到双桥镇苗圃现场检疫"));
    let both = [&[("stage", "0"), ("officers", he_id.as_str())][..], &one[..]].concat();
    let ordered = desk.post(&format!("{path}/step"), &both).await;
    assert_eq!(ordered.location(), format!("{path}?step=1"), "{}", ordered.main());
    says(&desk.get(ordered.location()).await, &["特别程序进行中", "检疫检验", "何平", "申请人已收到书面通知"]);
    let twice = desk.post(&format!("{path}/step"), &both).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "ordered once");
    says(&twice, &["到双桥镇苗圃现场检疫"]);
    world.deliver().await;
    let inbox = nursery.get("/me/messages").await;
    says(&inbox, &["特别程序通知"]);
    // Who may look at one item only does not read what the company is told about all of them.
    let limited = world.person("出纳", 31).await;
    let limited = world.mandate(&limited, &agent.principal().code, &[MandateAct::View], &["hc-qual-change"]).await;
    let inbox = acting(&world, &site, &limited).await.get("/me/messages").await;
    assert!(!inbox.main().contains("特别程序通知"), "{}", inbox.main());

    world.wait_days(3);
    let mut inspector = Browser::of(&world, &site, zhou.account).await;
    let page = inspector.get(&path).await;
    says(&page, &["记录结果"]);
    let version = page.hidden("version");
    let nothing = inspector.post(&format!("{path}/step/result"), &[("version", &version)]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&nothing, &["请选择结果", "请写明查明的情况"]);
    let found = [("version", version.as_str()), ("passed", "yes"), ("findings", "没有发现检疫对象")];
    let recorded = inspector.post(&format!("{path}/step/result"), &found).await;
    assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.main());

    let mut desk = Browser::of(&world, &site, approver.account).await;
    let page = desk.get(&path).await;
    says(&page, &["没有发现检疫对象", "周正", "通过"]);
    // Both forms carry the version of the case.
    let sign = [("version", page.hidden("version")), ("outcome", "grant".into()), ("reasons", "现场检疫合格".into())];
    let sign: Vec<_> = sign.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(desk.post(&format!("{path}/decide"), &sign).await.status, StatusCode::SEE_OTHER);
    let mut nursery = acting(&world, &site, &agent).await;
    says(&nursery.get(&format!("/cases/{number}")).await, &["准予", "没有发现检疫对象"]);
}

#[tokio::test]
async fn the_same_inspection_over_the_api() {
    let world = World::new().await;
    let agent = nursery(&world).await;
    let site = world.site();
    let mut nursery = acting(&world, &site, &agent).await;
    let form = json!({
        "name": "南岭苗圃", "code": agent.principal().code, "place": "武鸣区双桥镇", "goods": "seedling", "species": "杉木",
        "quantity": 2000, "destination": "other_county", "to": "融水县", "consignee": "融水林场", "arrive_by": "2026-12-05",
        "phone": "13877100001", "truthful": true,
    });
    let case = file(&mut nursery, QUARANTINE, stories::world::map(form)).await;
    let path = format!("/api/v1/cases/{}", case["number"].as_str().unwrap());
    let approver = staff(&world, "approver", "莫然", &[Role::Approver]).await;
    staff(&world, "zhou", "周正", &[Role::Inspector]).await;
    let mut desk = Browser::of(&world, &site, approver.account).await;
    let seen = desk.get(&format!("{path}/candidates")).await;
    let candidates: Json = serde_json::from_slice(&seen.bytes).unwrap();
    let accounts: Vec<&str> = candidates.as_array().unwrap().iter().map(|c| c["account"].as_str().unwrap()).collect();
    assert_eq!(accounts.len(), 2, "{candidates}");
    let order = |version: &Json, officers: &[&str]| json!({"stage": 0, "officers": officers, "notice": "到苗圃现场检疫", "version": version});
    let (status, told) = call(&mut desk, &format!("{path}/steps"), &order(&case["version"], &accounts[..1])).await;
    assert_eq!(
        (status, &told["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/officers")),
        "{told}"
    );
    let (status, told) = call(&mut desk, &format!("{path}/steps"), &order(&case["version"], &accounts)).await;
    assert_eq!((status, &told["state"]), (StatusCode::OK, &json!("special_step")), "{told}");
    let stale = json!({"passed": true, "findings": "没有发现检疫对象", "version": case["version"]});
    assert_eq!(call(&mut desk, &format!("{path}/steps/result"), &stale).await.0, StatusCode::CONFLICT);
    let result = json!({"passed": true, "findings": "没有发现检疫对象", "version": told["version"]});
    let (status, told) = call(&mut desk, &format!("{path}/steps/result"), &result).await;
    assert_eq!((status, &told["state"]), (StatusCode::OK, &json!("in_review")), "{told}");
    let mut stranger = Browser::of(&world, &site, world.person("旁人", 77).await.account).await;
    assert_eq!(stranger.get(&format!("{path}/candidates")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_commitment_is_taken_back_on_the_page_and_the_application_stays() {
    let world = World::new().await;
    fill_quotas(&world).await;
    let site = world.site();
    let one = farmer(&world, 2).await;
    let record = json!({"name": one.party.name, "serious_records": 1, "broken_commitment": false});
    world.record("commitment-credit", &one.party.code, record).await;
    let mut browser = Browser::of(&world, &site, one.account).await;
    let case = file(&mut browser, FELL, felling(&one, 2, 15)).await;
    assert_eq!(case["state"], "in_review", "{case}");
    let path = format!("/cases/{}", case["number"].as_str().unwrap());
    let asked = browser.get(&format!("{path}/withdraw")).await;
    says(&asked, &["只撤回告知承诺", "撤回申请"]);
    let version = asked.hidden("version");
    let mut stranger = Browser::of(&world, &site, world.person("旁人", 77).await.account).await;
    let theirs = stranger.post(&format!("{path}/commitment"), &[("version", &version)]).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    let stale = browser.post(&format!("{path}/commitment"), &[("version", "99")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let left = browser.post(&format!("{path}/commitment"), &[("version", &version)]).await;
    assert_eq!(left.location(), path, "{}", left.main());
    says(&browser.get(&path).await, &["撤回告知承诺"]);
    assert!(!browser.get(&format!("{path}/withdraw")).await.main().contains("只撤回告知承诺"), "once");
    let file = Request::get(format!("/api/v1{path}")).body(Body::empty()).unwrap();
    let file: Json = serde_json::from_slice(&browser.send(file).await.bytes).unwrap();
    assert!(file.to_string().contains("\"way\":\"ordinary\""), "{file}");
}

#[tokio::test]
async fn what_companies_apply_for_nobody_files_for_himself_and_is_told_what_to_do() {
    let world = World::new().await;
    let agent = nursery(&world).await;
    let site = world.site();
    let mut own = Browser::of(&world, &site, agent.account).await;
    let told = own.get("/items/hc-qual-change/apply").await;
    assert!(told.location().starts_with("/me/acting?"), "first in whose name: {} {}", told.status, told.main());
    says(&own.get(told.location()).await, &["资质证书", "单位"]);
    let (status, problem) = call(&mut own, "/api/v1/cases", &json!({"item": "hc-qual-change", "form": {}})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
    let mut company = acting(&world, &site, &agent).await;
    assert!(company.get("/items/hc-qual-change/apply").await.location().starts_with("/drafts/"));
    let told = company.get("/items/fd-pharmacist-renew/apply").await;
    assert!(told.location().starts_with("/me/acting?"), "{} {}", told.status, told.main());
}

#[tokio::test]
async fn an_item_that_is_unknown_not_yet_or_no_longer_in_force_is_not_taken() {
    let world = World::new().await;
    let site = world.site();
    let wei = world.person("韦明月", 1).await;
    let mut browser = Browser::of(&world, &site, wei.account).await;
    for item in ["no-such-item", "fo-timber-transport"] {
        let (status, problem) = call(&mut browser, "/api/v1/cases", &json!({"item": item, "form": {}})).await;
        assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_offered")), "{item}: {problem}");
        assert_eq!(browser.get(&format!("/items/{item}/apply")).await.status, StatusCode::NOT_FOUND, "{item}");
    }
    // Before the first day of an item it is not taken either.
    world.scratch.clock.set("2023-12-31T23:59:00+08:00".parse().unwrap());
    let mut browser = Browser::of(&world, &site, wei.account).await;
    let body = json!({"item": "fd-pharmacist-renew", "form": {}});
    assert_eq!(call(&mut browser, "/api/v1/cases", &body).await.0, StatusCode::NOT_FOUND);
    world.scratch.clock.set("2024-01-01T00:00:00+08:00".parse().unwrap());
    assert_eq!(
        call(&mut browser, "/api/v1/cases", &body).await.0,
        StatusCode::UNPROCESSABLE_ENTITY,
        "now it is, and the form is empty"
    );
}
