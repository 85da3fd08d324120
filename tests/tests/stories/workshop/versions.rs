//! What stands behind a version in force: who signed for what no proof looked at, the seal over it, and every node that decides by it.

use affairs::access::{Actor, Arrival, LinkPurpose, PersonActor, Role, sign_in};
use affairs::approval::{self, State};
use affairs::workshop::{self, Bench, Version};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use evidence::key::{Algorithm, KeyPair, Setting};
use evidence::seal::{self, Question};
use kernel::SeededEntropy;
use serde_json::{Value as Json, json};
use store::testing::{Scratch, execute};
use stories::{Browser, World};

use super::{ITEM, ONE_BAR, RENEW, bench, furnished, mended, people, pharmacy, published, seed_rules, step};

/// The same threshold, said in a way that no proof looks into: another place to look at, and the same results.
fn unread() -> String {
    let right = seed_rules();
    let cell = "<inputEntry><text>&gt;= date(\"2019-03-05\")</text></inputEntry>";
    let told = "<inputEntry><text>&gt;= (if 注册日期 &gt; date(\"1949-10-01\") then date(\"2019-03-05\") else date(\"2019-03-05\"))</text></inputEntry>";
    let unread = right.replace(cell, told);
    assert_ne!(unread, right);
    unread
}

async fn saved(author: &mut Browser, draft: &str, rules: &str) {
    let version = author.get(draft).await.hidden("version");
    let saved = author.post_files(&format!("{draft}/texts"), &[("version", &version), ("/rules", rules)], &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.main());
}

async fn signed(browser: &mut Browser, draft: &str, reason: &str) -> (StatusCode, String) {
    let page = browser.get(draft).await;
    let (version, place) = (page.hidden("version"), page.hidden("place"));
    let field = format!("/waiver/{place}");
    let pairs = [("version", version.as_str()), ("place", place.as_str()), (field.as_str(), reason)];
    let answer = browser.post(&format!("{draft}/waive"), &pairs).await;
    (answer.status, answer.main())
}

const PROPOSAL: [(&str, &str); 3] =
    [("step", "propose"), ("/purpose", "写法调整，标准不变（演示）"), ("/version_by", "filed")];

#[tokio::test]
async fn what_no_proof_looked_at_is_put_in_force_only_under_a_name() {
    let world = furnished(Scratch::new().await).await;
    let people = people(&world).await;
    let site = world.site();
    let auditor = world.officer("auditor", "何审计", &[Role::Auditor]).await;
    let head = world.officer("head", "局长", &[Role::Head]).await;
    let mut author = Browser::of(&world, &site, people.author.account).await;
    let mut second = Browser::of(&world, &site, people.second.account).await;
    let draft = author.post(&format!("{ITEM}/draft"), &[]).await.location().to_owned();
    saved(&mut author, &draft, &unread()).await;
    let text = author.get(&draft).await.main();
    assert!(text.contains("未分析") && text.contains("测试通过"), "{text}");
    let (status, text) = step(&mut author, &draft, &PROPOSAL).await;
    assert!(status == StatusCode::CONFLICT && text.contains("需要有人具名说明理由"), "{text}");

    // Who may sign: whoever writes or approves rules of this item, with a reason, and for a place that the proof names.
    let reason = "两个分支的日期相同，与原写法结果一致，已逐例核对";
    let (version, key) = {
        let page = author.get(&draft).await;
        (page.hidden("version"), page.hidden("place"))
    };
    for (account, expected) in [
        (people.officer.account, StatusCode::NOT_FOUND),
        (auditor.account, StatusCode::FORBIDDEN),
        (head.account, StatusCode::FORBIDDEN),
    ] {
        let mut other = Browser::of(&world, &site, account).await;
        let field = format!("/waiver/{key}");
        let pairs = [("version", version.as_str()), ("place", key.as_str()), (field.as_str(), reason)];
        let answer = other.post(&format!("{draft}/waive"), &pairs).await;
        assert_eq!(answer.status, expected, "{}", answer.main());
    }
    let elsewhere =
        [("version", version.as_str()), ("place", "0123456789abcdef"), ("/waiver/0123456789abcdef", reason)];
    assert_eq!(author.post(&format!("{draft}/waive"), &elsewhere).await.status, StatusCode::NOT_FOUND);
    assert_eq!(signed(&mut author, &draft, " ").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, text) = signed(&mut author, &draft, reason).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    let text = author.get(&draft).await.main();
    assert!(text.contains("韦衡") && text.contains(reason), "{text}");

    // A signature is for this model and no other; and who signed does not approve.
    saved(&mut author, &draft, &unread().replace("1949-10-01", "1950-10-01")).await;
    assert_eq!(step(&mut author, &draft, &PROPOSAL).await.0, StatusCode::CONFLICT, "signed for another model");
    assert_eq!(signed(&mut second, &draft, reason).await.0, StatusCode::SEE_OTHER);
    assert_eq!(step(&mut author, &draft, &PROPOSAL).await.0, StatusCode::SEE_OTHER);
    let (status, text) = step(&mut second, &draft, &[("step", "approve")]).await;
    assert!(status == StatusCode::FORBIDDEN && text.contains("签署过的规则"), "{text}");
    let third = world.officer("third", "岑慎", &[Role::RuleApprover]).await;
    let mut third = Browser::of(&world, &site, third.account).await;
    for next in ["approve", "publish"] {
        let (status, text) = step(&mut third, &draft, &[("step", next)]).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    }

    // The version's page, its sealed document and its leaf bear the name and the reason.
    let version = newest(&world).await;
    let page = third.get(&format!("{ITEM}/versions/{}", version.hash)).await.main();
    for seen in ["陆审言", reason, "应修学分", "完整", "文本、签章、记录和日志存证相互一致"] {
        assert!(page.contains(seen), "{seen} in {page}");
    }
    let sealed = third.get(&format!("{ITEM}/sealed/{}", version.hash)).await.bytes;
    let question = Question { kind: "budayang/rules@v1", now: world.now(), logged_at: None };
    let sealed = seal::verify(&sealed, &world.trust(Setting::Demonstration), &question).unwrap();
    let leaf = world.scratch.store.leaves(version.id).await.unwrap().remove(0);
    let leaf: Json = serde_json::from_slice(&leaf.bytes).unwrap();
    for told in [&sealed.payload, &leaf] {
        assert_eq!((&told["waivers"], &told["waiver_list"][0]["by"]), (&json!(1), &json!("陆审言")));
        assert_eq!(told["waiver_list"][0]["reason"], json!(reason));
    }
    let api = format!("/api/v1/rules/{RENEW}/versions/{}", version.hash);
    let body: Json = serde_json::from_slice(&third.get(&api).await.bytes).unwrap();
    assert_eq!((&body["whole"], &body["published"]["waivers"][0]["by"]), (&json!(true), &json!("陆审言")), "{body}");
    let mut officer = Browser::of(&world, &site, people.officer.account).await;
    for path in [format!("{ITEM}/versions/{}", version.hash), api] {
        let denied = officer.get(&path).await;
        assert_eq!(denied.status, StatusCode::NOT_FOUND, "who finds no rules finds no version of them");
    }
}

/// The newest version that was put in force here.
async fn newest(world: &World) -> Version {
    let second = world.officer("reader", "查阅", &[Role::RuleApprover]).await;
    let actor = Actor::Staff(second);
    let all = workshop::versions(&bench(world, &actor), RENEW).await.unwrap();
    all.into_iter().find_map(|version| version.published).unwrap()
}

#[tokio::test]
async fn whatever_was_tampered_with_is_named() {
    let world = furnished(Scratch::on_sqlite("").await).await;
    let people = people(&world).await;
    let site = world.site();
    published(&world, &site, &people).await;
    let version = newest(&world).await;
    let (actor, trust) = (Actor::Staff(people.second.clone()), world.trust(Setting::Demonstration));
    let bench: Bench<'_> = bench(&world, &actor);
    let told = async |version: &Version| match workshop::vouch(&bench, version, &trust).await.unwrap() {
        Ok(()) => "whole",
        Err(broken) => broken.code(),
    };
    assert_eq!(told(&version).await, "whole");
    // The same content under another key, and under ours in another kind of document.
    let stranger = KeyPair::generate(Algorithm::Sm2, "demonstration.example/other", &SeededEntropy::new(99)).unwrap();
    let payload = seal::read(version.document.as_bytes()).unwrap().payload;
    let issued_at = version.published_at.plus_ms(1);
    let draft = |kind| seal::Draft { kind, issuer: "gx-mpa", scope: "450000/rules", issued_at, payload: &payload };
    let foreign = seal::seal(&draft("budayang/rules@v1"), &stranger).unwrap();
    let other_kind = seal::seal(&draft("budayang/licence@v1"), &*world.issuer.signer).unwrap();
    let again = seal::seal(&draft("budayang/rules@v1"), &*world.issuer.signer).unwrap();
    let why = version.document.replace("一条轻微情形不影响延续", "两条轻微情形不影响延续");
    assert_ne!(why, version.document);
    let with = |document: String| Version { document, ..version.clone() };
    let table = [
        (with(why), "signature_mismatch"),
        (with(foreign), "unknown_key"),
        (with(other_kind), "other_kind"),
        // Sealed once more by ourselves: the log still names the first document.
        (with(again), "not_in_log"),
        (with(String::new()), "not_json"),
        (Version { why: "两条轻微情形不影响延续".into(), ..version.clone() }, "says_otherwise"),
        (Version { approver: "韦衡".into(), ..version.clone() }, "says_otherwise"),
        (Version { waivers: Vec::new(), instead_of: Some("0".into()), ..version.clone() }, "says_otherwise"),
        (Version { hash: "0".repeat(64), ..version.clone() }, "text_changed"),
        (Version { id: people.second.account, ..version.clone() }, "not_in_log"),
    ];
    for (tampered, expected) in table {
        assert_eq!(told(&tampered).await, expected, "{tampered:?}");
    }
    // In the database: the record, then a file of the version. The page names either.
    let location = world.scratch.location();
    let mut second = Browser::of(&world, &site, people.second.account).await;
    let page = format!("{ITEM}/versions/{}", version.hash);
    assert!(second.get(&page).await.main().contains("完整"));
    execute(&location, "UPDATE rule_version SET why = '两条'").await;
    let text = second.get(&page).await.main();
    assert!(text.contains("不符") && text.contains("签章文件与记录不一致：why"), "{text}");
    let api = second.get(&format!("/api/v1/rules/{RENEW}/versions/{}", version.hash)).await;
    let body: Json = serde_json::from_slice(&api.bytes).unwrap();
    assert_eq!((&body["whole"], &body["broken"]), (&json!(false), &json!("says_otherwise")), "{body}");
    let object = "UPDATE catalog_object SET bytes = CAST('x' AS BLOB) WHERE hash IN (SELECT hash FROM rule_version)";
    execute(&location, object).await;
    let text = second.get(&page).await.main();
    assert!(text.contains("不是当时公布的文本"), "{text}");
}

/// Files a renewal at a node, over the API, and has the pharmacy confirm it there; gives the case's number.
async fn decided_at(world: &World, node: &Router, (name, n): (&str, u16), bars: i64) -> String {
    let applicant = world.person(name, n).await;
    let (code, agent) = pharmacy(world).await;
    world.registered(&applicant, &code, 60).await;
    world.record("credit-bars", &applicant.party.code, json!({"name": name, "bars_in_force": bars})).await;
    let form = Json::Object(world.renewal(&applicant, &code, 60));
    let request = Request::post("/api/v1/cases")
        .header("host", "127.0.0.1:8080")
        .header("authorization", format!("Bearer {}", session(world, &applicant).await))
        .header("idempotency-key", format!("two-nodes-{n}"))
        .header("content-type", "application/json")
        .body(Body::from(json!({ "item": RENEW, "form": form }).to_string()));
    let answer = tower::ServiceExt::oneshot(node.clone(), request.unwrap()).await.unwrap();
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let body: Json = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let number = body["number"].as_str().unwrap().to_owned();
    let mut pharmacy = Browser::of(world, node, agent.account).await;
    let done = pharmacy.post(&format!("/confirm/{number}"), &[("answer", "confirm"), ("reason", "")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
    number
}

async fn session(world: &World, person: &PersonActor) -> String {
    let base = world.base();
    let link = sign_in::issue_link(&base, &Actor::Machine, person.account, LinkPurpose::SignIn).await.unwrap();
    sign_in::by_link(&base, &link, &Arrival::default()).await.unwrap().token.reveal()
}

async fn state_of(world: &World, number: &str) -> (State, String) {
    let case = approval::numbered(&world.scratch.store, number).await.unwrap().unwrap();
    (case.state, case.item_version)
}

/// Two nodes, one database. What is put in force, switched off or taken back at one decides at the other with its next act: nobody
/// tells it, and nothing is waited for.
async fn what_one_node_puts_in_force_decides_at_the_other_with_its_next_act(scratch: Scratch) {
    let world = furnished(scratch).await;
    let people = people(&world).await;
    let (here, far) = (world.site(), world.other_node("gd", 78).await);
    let there = far.site();
    let (before, old) = state_of(&world, &decided_at(&far, &there, ("覃海燕", 5), 1).await).await;
    assert_eq!(before, State::InReview, "one bar sends him to a person");
    published(&world, &here, &people).await;
    let (after, new) = state_of(&world, &decided_at(&far, &there, ("韦明月", 6), 1).await).await;
    assert_eq!(after, State::Granted, "one bar may be, at the node that published nothing");
    assert_ne!(new, old);

    let mut second = Browser::of(&world, &here, people.second.account).await;
    let stop = [("/reason", "核查期间由工作人员审批")];
    assert_eq!(second.post(&format!("{ITEM}/stop"), &stop).await.status, StatusCode::SEE_OTHER);
    let (stopped, _) = state_of(&world, &decided_at(&far, &there, ("黄春生", 7), 0).await).await;
    assert_eq!(stopped, State::InReview, "switched off at the other node, too");
    assert_eq!(second.post(&format!("{ITEM}/lift"), &[("/why", "核查完毕")]).await.status, StatusCode::SEE_OTHER);

    world.scratch.clock.set(world.now().plus_ms(60_000));
    let back = [("bad", new.as_str()), ("to", old.as_str()), ("/reason", "放宽没有依据")];
    let done = second.post(&format!("{ITEM}/back"), &back).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
    let (again, restored) = state_of(&world, &decided_at(&far, &there, ("莫晓兰", 8), 1).await).await;
    assert_eq!(again, State::InReview, "the earlier rule decides again");
    assert!(restored != new && restored != old);
    far.scratch.store.close().await;
    assert!(world.scratch.store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_one_node_puts_in_force_decides_at_the_other_on_sqlite() {
    what_one_node_puts_in_force_decides_at_the_other_with_its_next_act(Scratch::on_sqlite("").await).await;
}

#[tokio::test]
async fn what_one_node_puts_in_force_decides_at_the_other_on_postgresql() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    what_one_node_puts_in_force_decides_at_the_other_with_its_next_act(scratch).await;
}

#[tokio::test]
async fn two_who_begin_and_save_at_two_nodes_lose_nothing() {
    let world = furnished(Scratch::new().await).await;
    let people = people(&world).await;
    let (here, far) = (world.site(), world.other_node("gd", 79).await);
    let there = far.site();
    let mut one = Browser::of(&world, &here, people.author.account).await;
    let elsewhere = far.officer("author-far", "覃远", &[Role::RuleAuthor]).await;
    let mut other = Browser::of(&far, &there, elsewhere.account).await;
    let draft = one.post(&format!("{ITEM}/draft"), &[]).await.location().to_owned();
    let version = other.get(&draft).await.hidden("version");
    let first = [("version", version.as_str()), ONE_BAR[0], ONE_BAR[1], ("/cases", &mended())];
    assert_eq!(one.post(&draft, &first).await.status, StatusCode::SEE_OTHER);
    let late = [("version", version.as_str()), ("/condition/c3/sentence_zh", "单位没有变")];
    let clash = other.post(&draft, &late).await;
    assert_eq!(clash.status, StatusCode::CONFLICT, "{}", clash.main());
    assert!(clash.main().contains("单位没有变") && clash.main().contains("别人已经改过"));
    far.scratch.store.close().await;
}
