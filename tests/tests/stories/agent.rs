//! Stories of village agents: a farmer's application is collected where there is no network and synced when the agent is back;
//! everything that goes wrong with that, on both engines.

use affairs::access::{self, Actor, EVERY, NewStaff, PersonActor, Place, Right, Role, Scope, StaffActor};
use affairs::agent::{self, ACTS, NewPost, Post, kin};
use affairs::approval::{self, State as CaseState};
use affairs::catalog::{self, Files, Import};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kernel::Id;
use serde_json::{Value as Json, json};
use stories::world::{SHARD, map};
use stories::{Answer, Browser, World};

const POINT: &str = "point-450224100003";
const FELLING: &str = "fo-felling-small";
/// An item that his post may leave out.
const OTHER: &str = "he-nurse-first";

/// An account without any right, and a post at the point.
async fn agent(world: &World, login: &str, items: &[String]) -> (StaffActor, Post) {
    let base = world.base();
    let new = NewStaff {
        login: login.into(),
        name: "石代办".into(),
        post: "村级代办员".into(),
        agency: "township-450224100".into(),
        region: "450224".into(),
    };
    let (account, _) = access::staff::create(&base, &Actor::Machine, &new).await.unwrap();
    let today = world.now().date();
    let acts: Vec<_> = ACTS.to_vec();
    let post = NewPost {
        login,
        hall: POINT,
        acts: &acts,
        items,
        valid_from: Some(today.saturating_sub(jiff::Span::new().days(30))),
        valid_to: Some(today.saturating_add(jiff::Span::new().days(300))),
        basis: "聘任书 2026-7",
    };
    let post = agent::name_post(&world.desk(), &Actor::Machine, &post).await.unwrap();
    let scopes = access::staff::scopes(base.store, account.id).await.unwrap();
    (StaffActor { account: account.id, name: account.name, post: account.post, scopes }, post)
}

fn uuid(world: &World) -> String {
    Id::new(&*world.scratch.clock, &*world.scratch.entropy).to_string()
}

/// Registers that hold somebody else, and the quota: with them an application in order is granted at once.
async fn furnish(world: &World) {
    let import = Import { shard: SHARD, at: world.now(), act: world.base().id() };
    catalog::import(&world.scratch.store, world.files(), &import).await.unwrap();
    let other = world.person("旁人", 99).await.party.code;
    let permit = json!({
        "name": "旁人", "number": "演采1号", "region": "450110", "parcel": "演-9999", "species": "杉木", "volume_m3": 10,
        "area_mu": 3, "method": "clear", "regrowth": "planting", "issued_on": "2025-01-10", "valid_to": "2025-12-31",
        "replant_by": "2026-12-31", "status": "valid",
    });
    let right = json!({"name": "旁人", "certificate": "演林权9号", "right": "contracted", "parcel": "演-9999",
        "region": "450110", "area_mu": 12, "valid_to": "2057-06-30", "status": "registered", "disputed": false});
    let replanting = json!({"name": "旁人", "overdue_mu": 0});
    for (register, record) in [("felling-permit", permit), ("forest-rights", right), ("replanting", replanting)] {
        let mut line = map(record);
        line.insert("subject".into(), other.as_str().into());
        world.whole(register, &Json::Object(line).to_string()).await;
    }
}

/// A farmer whose wood stands in Rong'an.
async fn farmer(world: &World, name: &str, n: u16) -> PersonActor {
    let farmer = world.person(name, n).await;
    let code = &farmer.party.code;
    let right = json!({"name": name, "certificate": "演林权1号", "right": "contracted", "parcel": "演-0001",
        "region": "450224100", "area_mu": 12, "valid_to": "2057-06-30", "status": "registered", "disputed": false});
    world.record("forest-rights", code, right).await;
    let stand = json!({"parcel": "演-0001", "origin": "planted", "class": "commercial", "growth": "trees",
        "species": "桉树", "closed": false, "nature_reserve": false, "unremedied": false});
    world.record("forest-stand", code, stand).await;
    world
        .record("commitment-credit", code, json!({"name": name, "serious_records": 0, "broken_commitment": false}))
        .await;
    farmer
}

/// What a device sends for a farmer.
fn draft(id: &str, name: &str, code: &str) -> Json {
    json!({
        "id": id, "item": FELLING, "name": name, "citizen_id": code, "original_seen": true, "authorised": true,
        "paper": "授权书 17", "collected_on": "2026-11-20",
        "form": {
            "name": name, "citizen_id": code, "certificate": "演林权1号", "parcel": "演-0001", "object": "stand",
            "species": "桉树", "volume": 8, "area_mu": 2, "method": "clear", "finish_by": "2026-12-31",
            "regrowth": "planting", "replant_by": "2027-12-31", "way": "commitment", "phone": "13877100001",
            "commitment": true, "truthful": true,
        },
    })
}

async fn sync(world: &World, site: &Router, account: Id, drafts: &[Json]) -> (StatusCode, Json) {
    let mut browser = Browser::of(world, site, account).await;
    let request = Request::post("/api/v1/agent/sync").header(header::CONTENT_TYPE, "application/json");
    let body = json!({ "drafts": drafts }).to_string();
    let answer = browser.send(request.body(Body::from(body)).unwrap()).await;
    (answer.status, serde_json::from_slice(&answer.bytes).unwrap_or_default())
}

async fn collected_offline_and_synced(world: World) {
    furnish(&world).await;
    let site = world.site();
    let (shi, _) = agent(&world, "shi", &[]).await;
    let wei = farmer(&world, "韦大山", 1).await;
    let code = wei.party.code.clone();
    let id = uuid(&world);
    let one = draft(&id, "韦大山", &code);

    let (status, first) = sync(&world, &site, shi.account, std::slice::from_ref(&one)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&first[0]["result"], &first[0]["is_new"]), (&json!("filed"), &json!(true)), "{first}");
    let (number, secret) = (first[0]["number"].clone(), first[0]["receipt_secret"].clone());
    // The answer was lost on the way: sent again, it is the same case.
    let (_, again) = sync(&world, &site, shi.account, &[one.clone(), one.clone()]).await;
    for answer in again.as_array().unwrap() {
        assert_eq!((&answer["number"], &answer["is_new"]), (&number, &json!(false)), "{again}");
    }
    let cases = approval::cases_of(&world.scratch.store, wei.party.id).await.unwrap();
    assert_eq!(cases.len(), 1, "synced three times makes one case");
    assert_eq!((cases[0].channel.as_str(), cases[0].state), ("point", CaseState::Granted));

    // Both names and the day of collection stand in the story; the farmer follows it with his receipt.
    let mut farmer = Browser::of(&world, &site, wei.account).await;
    let story = farmer.get(&format!("/cases/{}", cases[0].number)).await.main();
    for said in ["代办员代交", "石代办", "韦大山", "2026-11-20", "代办员设备记录，未经核实"] {
        assert!(story.contains(said), "{said} in {story}");
    }
    let asked = json!({ "number": number, "secret": secret });
    let request = Request::post("/api/v1/progress").header(header::CONTENT_TYPE, "application/json");
    let progress = Browser::new(&site).send(request.body(asked.to_string().into()).unwrap()).await;
    assert_eq!(progress.status, StatusCode::OK);
    // The log names the place and the day, and neither of the two people.
    let rows = world.scratch.store.query("SELECT bytes FROM leaf WHERE kind = 'agent.sent'", vec![]).await.unwrap();
    let leaf = String::from_utf8_lossy(rows[0].blob("bytes").unwrap()).into_owned();
    assert!(rows.len() == 1 && leaf.contains(POINT) && leaf.contains("2026-11-20"), "{leaf}");
    assert!(!leaf.contains("石代办") && !leaf.contains("韦") && !leaf.contains(&code), "{leaf}");

    // He brings the result, once.
    let mut desk = Browser::of(&world, &site, shi.account).await;
    let path = format!("/agent/jobs/{id}");
    let page = desk.get(&path).await;
    assert!(page.main().contains(secret.as_str().unwrap()) && page.main().contains("韦**"), "{}", page.main());
    assert!(!page.text().contains(&code));
    let version = page.hidden("version");
    assert_eq!(desk.post(&format!("{path}/deliver"), &[("version", &version)]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.post(&format!("{path}/deliver"), &[("version", &version)]).await.status, StatusCode::CONFLICT);
    assert!(desk.get("/agent").await.main().contains("韦**"));
}

#[tokio::test]
async fn collected_offline_and_synced_on_both_engines() {
    for world in World::on_both_engines().await {
        collected_offline_and_synced(world).await;
    }
}

async fn synced_late_and_with_mistakes(world: World) {
    let site = world.site();
    let (shi, post) = agent(&world, "shi", &[]).await;
    let wei = farmer(&world, "韦大山", 1).await;
    let code = wei.party.code.clone();

    // One good, one with everything wrong, one of an item that ended: each is answered by itself.
    let good = draft(&uuid(&world), "韦大山", &code);
    let mut wrong = draft(&uuid(&world), "", "450103198805200");
    wrong["authorised"] = json!(false);
    wrong["original_seen"] = json!(false);
    wrong["collected_on"] = json!("2026-12-24");
    wrong["form"]["phone"] = json!("12");
    let mut gone = draft(&uuid(&world), "韦大山", &code);
    gone["item"] = json!("fo-timber-transport");
    let mut never = draft(&uuid(&world), "韦大山", &code);
    never["item"] = json!("no-such-item");
    let mut other_name = draft(&uuid(&world), "韦大水", &code);
    other_name["collected_on"] = json!("");
    let (_, answers) = sync(&world, &site, shi.account, &[good, wrong, gone, never, other_name]).await;
    let results: Vec<&str> = answers.as_array().unwrap().iter().map(|a| a["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["filed", "mend", "back", "back", "mend"], "{answers}");
    let pointers: Vec<&str> =
        answers[1]["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    for pointer in
        ["/applicant/code", "/applicant/name", "/applicant/seen", "/authorisation", "/collected_on", "/phone"]
    {
        assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
    }
    assert!(answers[2]["why"].as_str().unwrap().contains("现在没有开办"), "{answers}");
    assert_eq!(answers[4]["errors"][0]["pointer"], "/collected_on", "{answers}");
    assert_eq!(answers[4]["errors"][1]["code"], "name", "{answers}");

    // Late: what counts is the day of sync. The register has changed meanwhile, and a person looks.
    let luo = world.person("罗小川", 2).await;
    let late = draft(&uuid(&world), "罗小川", &luo.party.code);
    world.wait_days(20);
    let (_, answer) = sync(&world, &site, shi.account, &[late]).await;
    assert_eq!(answer[0]["result"], "filed", "{answer}");
    let case = &approval::cases_of(&world.scratch.store, luo.party.id).await.unwrap()[0];
    assert_eq!((case.filed_at.date().to_string().as_str(), case.state), ("2026-12-13", CaseState::InReview));
    let (job, _) = &agent::jobs_of(&world.scratch.store, SHARD, shi.account).await.unwrap()[0];
    assert_eq!(job.collected_on.to_string(), "2026-11-20");

    // The post ended while he was away: what he collected comes back, and what he sent before is still answered.
    let first = agent::jobs_of(&world.scratch.store, SHARD, shi.account).await.unwrap()[1].0.clone();
    let admin = Actor::Machine;
    assert!(matches!(
        agent::end_post(&world.desk(), &admin, post.id, " ").await,
        Err(approval::ApprovalError::Form(_))
    ));
    agent::end_post(&world.desk(), &admin, post.id, "改选").await.unwrap();
    let qin = world.person("覃海燕", 3).await;
    let before = draft(&first.id.to_string(), "韦大山", &code);
    let mut after = draft(&uuid(&world), "覃海燕", &qin.party.code);
    after["collected_on"] = json!("2026-12-01");
    let (status, answers) = sync(&world, &site, shi.account, &[before, after]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&answers[0]["result"], &answers[0]["number"]), (&json!("filed"), &json!(first.number)), "{answers}");
    assert_eq!(answers[1]["result"], "back");
    let why = answers[1]["why"].as_str().unwrap();
    assert!(why.contains("2026-12-13 结束") && why.contains("草稿留着"), "{why}");
    assert!(approval::cases_of(&world.scratch.store, qin.party.id).await.unwrap().is_empty());
    // Nothing of people is shown to who holds no post any more.
    let mut desk = Browser::of(&world, &site, shi.account).await;
    for path in ["/agent".to_owned(), format!("/agent/jobs/{}", first.id), "/api/v1/agent/kit".to_owned()] {
        assert_eq!(desk.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn synced_late_and_with_mistakes_on_both_engines() {
    for world in World::on_both_engines().await {
        synced_late_and_with_mistakes(world).await;
    }
}

#[tokio::test]
async fn an_agent_neither_sees_nor_decides_and_who_decides_is_no_agent() {
    let world = World::new().await;
    let site = world.site();
    let (shi, _) = agent(&world, "shi", &[FELLING.to_owned()]).await;
    let actor = Actor::Staff(shi.clone());
    for right in Right::ALL {
        assert!(!actor.allow(*right, &Place { agency: EVERY, region: EVERY, item: EVERY }), "{right:?}");
        assert!(!shi.scopes.allow_somewhere(*right), "{right:?}");
    }
    let wei = farmer(&world, "韦大山", 1).await;
    let form = map(draft("x", "韦大山", &wei.party.code)["form"].clone());
    let case = world.file(&wei, FELLING, &form, "k").await.unwrap();
    let mut desk = Browser::of(&world, &site, shi.account).await;
    for path in
        [format!("/staff/cases/{}", case.number), "/staff/agents".to_owned(), "/staff/counters/hall-450224".into()]
    {
        assert_eq!(desk.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // His post names one item: another one he does not collect.
    let mut other = draft(&uuid(&world), "韦大山", &wei.party.code);
    other["item"] = json!(OTHER);
    let (_, answer) = sync(&world, &site, shi.account, &[other]).await;
    assert_eq!(answer[0]["result"], "back", "{answer}");
    assert_eq!(desk.get(&format!("/agent/collect/{OTHER}")).await.status, StatusCode::NOT_FOUND);
    // What he has open already is told, and nothing is made of it.
    let (_, answer) = sync(&world, &site, shi.account, &[draft(&uuid(&world), "韦大山", &wei.party.code)]).await;
    assert!(answer[0]["why"].as_str().unwrap().contains(&case.number), "{answer}");
    let form = desk.get(&format!("/agent/collect/{FELLING}")).await;
    assert!(form.status == StatusCode::OK && form.main().contains("您只代交，不受理、不决定"), "{}", form.main());

    // Who decides somewhere is not named; a right given later stops what he sends.
    let li = world.officer("li", "李文", &[Role::Approver]).await;
    let acts = ACTS.to_vec();
    let refused = NewPost {
        login: "li",
        hall: POINT,
        acts: &acts,
        items: &[],
        valid_from: Some(world.now().date()),
        valid_to: Some(world.now().date()),
        basis: "聘任书",
    };
    let refused = agent::name_post(&world.desk(), &Actor::Machine, &refused).await;
    assert!(matches!(refused, Err(approval::ApprovalError::Form(errors)) if errors[0].pointer == "/login"), "{li:?}");
    let scope = Scope { role: Role::Approver, agency: "gx-mpa".into(), region: "450224".into(), item: EVERY.into() };
    access::staff::grant_scope(&world.base(), &Actor::Machine, shi.account, &scope).await.unwrap();
    let one = draft(&uuid(&world), "韦大山", &wei.party.code);
    let (_, answer) = sync(&world, &site, shi.account, &[one]).await;
    assert!(answer[0]["why"].as_str().unwrap().contains("不能代办"), "{answer}");

    // A citizen and nobody find no sync.
    assert_eq!(sync(&world, &site, wei.account, &[]).await.0, StatusCode::NOT_FOUND);
    let request = Request::post("/api/v1/agent/sync").header(header::CONTENT_TYPE, "application/json");
    let nobody = Browser::new(&site).send(request.body("{\"drafts\":[]}".into()).unwrap()).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

async fn press(desk: &mut Browser, path: &str, pairs: &[(&str, &str)]) -> Answer {
    let version = desk.get(path).await.hidden("version");
    let mut all = vec![("version", version.as_str())];
    all.extend(pairs);
    desk.post(&format!("{path}/review"), &all).await
}

#[tokio::test]
async fn a_first_review_is_written_down_once_and_decides_nothing() {
    let world = World::new().await;
    let site = world.site();
    let (shi, _) = agent(&world, "shi", &[]).await;
    let mut desk = Browser::of(&world, &site, shi.account).await;
    // Online, without script: everything wrong at once, then sent on.
    let pan = world.person("潘秀英", 1).await;
    let form = desk.get(&format!("/agent/collect/{FELLING}")).await;
    let id = form.hidden("id");
    let path = format!("/agent/collect/{FELLING}");
    let empty = desk.post(&path, &[("id", &id)]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["请填写身份证上的姓名", "请取得申请人签字的授权", "请填写要砍多少立方米"]
    {
        assert!(empty.main().contains(said), "{said} in {}", empty.main());
    }
    let sent = [
        ("id", id.as_str()),
        ("applicant/name", "潘秀英"),
        ("applicant/code", pan.party.code.as_str()),
        ("applicant/seen", "true"),
        ("authorisation", "true"),
        ("paper", "授权书 18"),
        ("/name", "潘秀英"),
        ("/citizen_id", pan.party.code.as_str()),
        ("/certificate", "桂林证字第1号"),
        ("/parcel", "3-12"),
        ("/object", "stand"),
        ("/species", "杉木"),
        ("/volume", "12"),
        ("/area_mu", "2"),
        ("/method", "clear"),
        ("/finish_by", "2026-12-20"),
        ("/regrowth", "planting"),
        ("/replant_by", "2027-06-30"),
        ("/way", "ordinary"),
        ("/phone", "13877100001"),
        ("/commitment", "true"),
        ("/truthful", "true"),
    ];
    let done = desk.post(&path, &sent).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
    let job = done.location().to_owned();
    let early = desk.post(&format!("{job}/deliver"), &[("version", "1")]).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "nothing is brought before it is decided");
    assert_eq!(
        press(&mut desk, &job, &[("found", ""), ("note", "看了")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        press(&mut desk, &job, &[("found", "good"), ("note", "")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let before = approval::cases_of(&world.scratch.store, pan.party.id).await.unwrap()[0].clone();
    let good = [("found", "good"), ("note", "到地块看过，与申请一致")];
    assert_eq!(press(&mut desk, &job, &good).await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        desk.post(&format!("{job}/review"), &[("version", "2"), good[0], good[1]]).await.status,
        StatusCode::CONFLICT
    );
    let after = approval::cases_of(&world.scratch.store, pan.party.id).await.unwrap()[0].clone();
    assert_eq!((before.state, before.version), (after.state, after.version), "a first review moves nothing");
    let mut farmer = Browser::of(&world, &site, pan.account).await;
    let story = farmer.get(&format!("/cases/{}", after.number)).await.main();
    assert!(story.contains("代办员初审") && story.contains("到地块看过"), "{story}");
}

#[tokio::test]
async fn posts_are_kept_by_whoever_keeps_staff_there() {
    let world = World::new().await;
    let site = world.site();
    let (_, post) = agent(&world, "shi", &[]).await;
    let base = world.base();
    let new = |login: &str, region: &str| NewStaff {
        login: login.into(),
        name: "管理员".into(),
        post: "管理员".into(),
        agency: "gx-gov".into(),
        region: region.into(),
    };
    let mut keepers = Vec::new();
    for (login, region) in [("rongan", "450224"), ("qingxiu", "450103")] {
        let (account, _) = access::staff::create(&base, &Actor::Machine, &new(login, region)).await.unwrap();
        let scope =
            Scope { role: Role::Administrator, agency: EVERY.into(), region: region.into(), item: EVERY.into() };
        access::staff::grant_scope(&base, &Actor::Machine, account.id, &scope).await.unwrap();
        keepers.push(Browser::of(&world, &site, account.id).await);
    }
    let page = format!("/staff/agents?hall={POINT}");
    let shown = keepers[0].get(&page).await;
    assert!(
        shown.status == StatusCode::OK && shown.main().contains("石代办") && shown.main().contains("聘任书 2026-7")
    );
    assert_eq!(keepers[1].get(&page).await.status, StatusCode::NOT_FOUND, "another county's points");
    let wrong = [("hall", POINT), ("/login", "nobody"), ("/valid_from", "2026-12-01"), ("/valid_to", "2026-11-01")];
    let wrong = keepers[0].post("/staff/agents", &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["没有这个登录名", "请选择这个场所能做的事", "截止日期不能早于", "请写明聘任文件"]
    {
        assert!(wrong.main().contains(said), "{said} in {}", wrong.main());
    }
    let end = format!("/staff/agents/{}/end", post.id);
    assert_eq!(keepers[1].post(&end, &[("why", "不做了")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(keepers[0].post(&end, &[("why", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(keepers[0].post(&end, &[("why", "不做了")]).await.status, StatusCode::SEE_OTHER);
    assert!(keepers[0].get(&page).await.main().contains("提前结束：不做了"));
}

#[tokio::test]
async fn the_offline_page_tells_nothing_of_who_used_it() {
    let world = World::new().await;
    let site = world.site();
    let (shi, _) = agent(&world, "shi", &[FELLING.to_owned()]).await;
    let mut desk = Browser::of(&world, &site, shi.account).await;
    let page = desk.get("/agent/offline").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().contains("石代办") && page.text().contains("type=\"module\""), "{}", page.text());
    assert_eq!(page.text(), Browser::new(&site).get("/agent/offline").await.text(), "the same for everybody");
    let worker = Browser::new(&site).get("/agent/worker.js").await;
    // It reaches what lies below its own address and no further.
    assert_eq!((worker.status, worker.header("service-worker-allowed")), (StatusCode::OK, ""));
    assert!(worker.header("content-security-policy").contains("script-src 'self'"));
    let kit: Json = serde_json::from_slice(&desk.get("/api/v1/agent/kit").await.bytes).unwrap();
    assert_eq!((kit["items"].as_array().unwrap().len(), &kit["items"][0]["id"]), (1, &json!(FELLING)));
    assert!(kit["words"]["choose_hint"].as_str().unwrap().contains("服务器不知道它"));
    assert!(!kit.to_string().contains("石代办"));
    assert_eq!(Browser::new(&site).get("/api/v1/agent/kit").await.status, StatusCode::UNAUTHORIZED);
}

/// What the guide and the map say is counted; what they do not say stays unknown and apart.
async fn trips_saved_are_counted_or_unknown(scratch: store::testing::Scratch) {
    let world = World::on(scratch).await;
    furnish(&world).await;
    let (shi, _) = agent(&world, "shi", &[]).await;
    let wei = farmer(&world, "韦大山", 1).await;
    let site = world.site();
    let one = draft(&uuid(&world), "韦大山", &wei.party.code);
    sync(&world, &site, shi.account, &[one]).await;
    let page = Browser::new(&site).get("/trips").await.main();
    assert!(
        page.contains("少跑未知") && page.contains("另有 1 件没有计入"),
        "nobody knows, so nothing is said: {page}"
    );
    assert!(agent::recount_trips(&world.scratch.store, SHARD).await.unwrap().is_empty());

    // The guide learns what the traditional way took, and two places are measured.
    let mut world = world;
    let mut files = Files::seed();
    let path = format!("items/{FELLING}/item.toml");
    let guide = String::from_utf8(files.get(&path).unwrap().to_vec()).unwrap();
    let told = "visits = 0\nvisits_before = { n = 2, grade = \"D\" }\n";
    files.insert(&path, guide.replacen("visits = 0\n", told, 1).into_bytes());
    for (file, id, east, north) in [
        ("halls/village-450224.csv", "point-450224100003", "109.397", "25.224"),
        ("halls/county.csv", "hall-450224", "109.397", "25.124"),
    ] {
        let list = String::from_utf8(files.get(file).unwrap().to_vec()).unwrap();
        let line = list.lines().find(|line| line.starts_with(&format!("{id},"))).unwrap().to_owned();
        let measured = line.replacen(",,,,,demonstration", &format!(",,{east},{north},测绘,demonstration"), 1);
        assert_ne!(line, measured);
        files.insert(file, list.replacen(&line, &measured, 1).into_bytes());
    }
    world.take_up(files);
    let site = world.site();
    let page = Browser::new(&site).get("/trips").await.main();
    // A tenth of a degree of latitude is 11.1195 km; two trips, there and back.
    assert!(page.contains("2 趟") && page.contains("44.5 公里") && page.contains("11.1 公里"), "{page}");
    assert!(page.contains("另有 0 件没有计入"), "{page}");
    let request = Request::get("/api/v1/trips").body(Body::empty()).unwrap();
    let told: Json = serde_json::from_slice(&Browser::new(&site).send(request).await.bytes).unwrap();
    assert_eq!((&told["items"][0]["saved"], &told["items"][0]["point"]), (&json!(2), &json!(1)), "{told}");
    assert_eq!((&told["carried"][0]["sent"], &told["carried"][0]["saved_m"]), (&json!(1), &json!(44_480)), "{told}");
    assert_eq!(told["formula"].as_array().unwrap().len(), 4);
    // A counter that was turned is found out.
    store::testing::execute(&world.scratch.location(), "UPDATE case_file SET channel = 'hall'").await;
    assert_eq!(agent::recount_trips(&world.scratch.store, SHARD).await.unwrap().len(), 2);
}

#[tokio::test]
async fn trips_saved_are_counted_or_unknown_on_both_engines() {
    trips_saved_are_counted_or_unknown(store::testing::Scratch::on_sqlite("").await).await;
    if let Some(scratch) = store::testing::Scratch::on_postgres("").await {
        trips_saved_are_counted_or_unknown(scratch).await;
    }
}
async fn a_daughter_elsewhere_looks_after_her_fathers_matter(world: World) {
    let site = world.site();
    let (father, daughter) = (farmer(&world, "韦大山", 1).await, world.person("韦小月", 2).await);
    let mut hers = Browser::of(&world, &site, daughter.account).await;
    let wrong = hers.post("/me/kin", &[("/code", &daughter.party.code), ("/until", "2030-01-01")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["这是您自己的号码", "请填写父母的姓名", "请选择要代办的事项", "最长一年"]
    {
        assert!(wrong.main().contains(said), "{said} in {}", wrong.main());
    }
    let asked = [
        ("/name", "韦大山"),
        ("/code", father.party.code.as_str()),
        ("/items", FELLING),
        ("/until", "2026-12-31"),
        ("/words", "爸，砍树的证我来办"),
    ];
    assert_eq!(hers.post("/me/kin", &asked).await.status, StatusCode::SEE_OTHER);
    // Asked of somebody nobody knows, it looks the same.
    let stranger = kernel::code::CitizenId::generate("450224", "1949-01-01".parse().unwrap(), 7).unwrap();
    let nobody = [asked[0], ("/code", stranger.as_str()), asked[2], asked[3]];
    let (known, unknown) = (hers.get("/me/kin").await.main(), hers.post("/me/kin", &nobody).await);
    assert_eq!(unknown.status, StatusCode::SEE_OTHER);
    assert!(known.contains("等答复") && hers.get("/me/kin").await.main().matches("等答复").count() == 2);

    let [one] = &kin::asked_of(&world.scratch.store, &father.party.code).await.unwrap()[..] else {
        panic!("one question")
    };
    let id = one.id;
    // Nobody answers for him, not even she; a weak sign-in does not say yes.
    let desk = world.desk();
    assert!(matches!(kin::answer(&desk, &daughter, (id, true), None).await, Err(approval::ApprovalError::NotFound)));
    let weak = PersonActor { assurance: access::Assurance::Substantial, ..father.clone() };
    assert!(matches!(kin::answer(&desk, &weak, (id, true), None).await, Err(approval::ApprovalError::Forbidden(_))));
    assert!(access::mandate::held_by(&world.base(), daughter.party.id).await.unwrap().is_empty());
    let mut his = Browser::of(&world, &site, father.account).await;
    assert!(his.get("/me").await.main().contains("韦小月 请求为您代办"));
    let page = his.get("/me/kin").await.main();
    assert!(page.contains("爸，砍树的证我来办") && page.contains("2026年12月31日"), "{page}");
    kin::answer(&desk, &father, (id, true), None).await.unwrap();
    assert!(
        matches!(kin::answer(&desk, &father, (id, false), None).await, Err(approval::ApprovalError::Forbidden(_))),
        "once"
    );

    // A mandate to look and to file, for this item, until that day; both names stand in the case.
    let [mandate] = &access::mandate::held_by(&world.base(), daughter.party.id).await.unwrap()[..] else {
        panic!("one")
    };
    let acting = PersonActor { acting_for: Some(mandate.clone()), ..daughter.clone() };
    let form = map(draft("x", "韦大山", &father.party.code)["form"].clone());
    let case = world.file(&acting, FELLING, &form, "for-my-father").await.unwrap();
    assert_eq!((case.applicant, case.filed_by_name.as_str()), (father.party.id, "韦小月"));
    let other = world.file(&acting, "he-nurse-first", &form, "another-item").await;
    assert!(matches!(other, Err(approval::ApprovalError::Forbidden(_))), "{other:?}");
    world.wait_days(60);
    let late = world.file(&acting, FELLING, &form, "too-late-now").await;
    assert!(matches!(late, Err(approval::ApprovalError::Forbidden(_))), "{late:?}");
}

#[tokio::test]
async fn a_daughter_elsewhere_looks_after_her_fathers_matter_on_both_engines() {
    for world in World::on_both_engines().await {
        a_daughter_elsewhere_looks_after_her_fathers_matter(world).await;
    }
}
