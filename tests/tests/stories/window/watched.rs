//! What a counter has to do with beyond a case's form: papers that nobody takes become a light; a parent at the counter answers a
//! helper elsewhere; help is noted.

use affairs::access::{self, MandateAct, PersonActor, Role};
use affairs::agent::kin::{self, Answer, NewKin};
use affairs::approval::{self, Case, State};
use affairs::light::{self, Colour, Light};
use affairs::{message, window};
use axum::http::StatusCode;
use serde_json::json;
use stories::{Browser, World};

use super::{
    CANCEL, EVERY, HYGIENE, Hand, STOPS, api, at_counter, hygiene, kinds, leaf_kinds, officer, pharmacist, shop,
};

async fn relays_lit(world: &World, case: &Case) -> Vec<Light> {
    let lights = light::lights_of(&world.scratch.store, case.id).await.unwrap();
    lights.into_iter().filter(|light| light.clock.starts_with("relay-")).collect()
}

async fn watch(world: &World) {
    light::watch(&world.base(), &world.catalog).await.unwrap();
}

async fn recounted(world: &World) -> Vec<light::Mismatch> {
    light::recount(&world.scratch.store, world.shard, &world.catalog, world.now()).await.unwrap()
}

/// The clerk sends the papers of a case once more, for who stands there.
async fn sent(world: &World, clerk: &affairs::access::StaffActor, who: &PersonActor, case: &Case) {
    let mut hand = Hand::of(world, &world.site(), clerk).await;
    let stand = hand.recognise(who).await;
    let opened = hand.browser.post(&format!("{stand}/open"), &[("number", &case.number)]).await;
    let sent = hand.browser.post(&format!("{}/relay", opened.location()), &[("pieces", "2"), ("note", "原件")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.main());
}

async fn papers_nobody_takes(world: World) {
    let site = world.site();
    let (agent, code) = shop(&world, &[]).await;
    let nong = PersonActor { acting_for: None, ..agent.clone() };
    let clerk = at_counter(&world, "huang").await;
    Hand::seated(&world, &site, &clerk).await;
    let mut form = hygiene(&code, 4);
    form.insert("way".into(), json!("ordinary"));
    let case = world.file(&agent, HYGIENE, &form, "key-papers").await.unwrap();
    assert_eq!(case.state, State::InReview);
    sent(&world, &clerk, &nong, &case).await;
    watch(&world).await;
    assert!(relays_lit(&world, &case).await.is_empty(), "in time");

    // Over: a light with an owner and a time for the answer, once; the counts are what the record says.
    world.wait_days(2);
    watch(&world).await;
    watch(&world).await;
    let [lit] = &relays_lit(&world, &case).await[..] else { panic!("one light") };
    assert_eq!((lit.clock.as_str(), lit.colour, lit.level), ("relay-1", Colour::Red, 0));
    assert_eq!(lit.holder, case.deciding_agency);
    assert!(lit.reply_due_at.is_some() && lit.due_at.is_some_and(|due| due <= world.now()));
    assert_eq!(recounted(&world).await, []);
    let decides = officer(&world, "wen", (Role::Approver, EVERY, EVERY, EVERY)).await;
    let mut wen = Browser::of(&world, &site, decides.account).await;
    let board = wen.get("/staff/lights").await.main();
    assert!(board.contains("第 1 次前后台移交的签收") && board.contains(&case.number), "{board}");
    let page = wen.get(&format!("/staff/cases/{}", case.number)).await.main();
    assert!(page.contains("第 1 次前后台移交的签收"), "among the clocks of the case: {page}");

    // Unanswered it goes up; answered late it stays, with what was said.
    world.wait_days(2);
    watch(&world).await;
    let above =
        world.catalog.agency(&case.deciding_agency).unwrap().parent.clone().expect("an agency above a district's");
    let lit = relays_lit(&world, &case).await.remove(0);
    assert_eq!((lit.holder, lit.level), (above, 1));
    let mut wen = Browser::of(&world, &site, decides.account).await;
    let said =
        [("number", case.number.as_str()), ("clock", "relay-1"), ("colour", "red"), ("reply", "人手不足，今天签收")];
    assert_eq!(wen.post("/staff/lights", &said).await.location(), "/staff/lights?done=1");
    let taken = wen.post(&format!("/staff/window/relays/{}/take", case.number), &[]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    watch(&world).await;
    let lit = relays_lit(&world, &case).await;
    assert_eq!(lit.len(), 1, "it does not fade, and does not come twice");
    assert_eq!(lit[0].reply.as_deref(), Some("人手不足，今天签收"));

    // A second time, taken too late while nobody watched: the light comes all the same.
    sent(&world, &clerk, &nong, &case).await;
    world.wait_days(5);
    let mut wen = Browser::of(&world, &site, decides.account).await;
    wen.post(&format!("/staff/window/relays/{}/take", case.number), &[]).await;
    assert!(window::overdue(&world.scratch.store, world.now()).await.unwrap().is_empty(), "it was taken");
    watch(&world).await;
    let clocks: Vec<String> = relays_lit(&world, &case).await.into_iter().map(|light| light.clock).collect();
    assert_eq!(clocks, ["relay-1", "relay-2"]);
    assert_eq!(recounted(&world).await, []);
}

#[tokio::test]
async fn papers_that_nobody_takes_are_a_light_with_an_owner() {
    for world in World::on_both_engines().await {
        papers_nobody_takes(world).await;
    }
}

async fn a_parent_at_the_counter(world: World) {
    let site = world.site();
    let father = pharmacist(&world, "韦大山", 1).await;
    let (daughter, stranger) = (world.person("韦小月", 8).await, world.person("陆小川", 9).await);
    let new = NewKin {
        code: &father.party.code,
        name: "韦大山",
        items: &[CANCEL.to_owned()],
        until: Some("2026-12-31".parse().unwrap()),
        words: "爸，证我来办",
    };
    let asked = kin::ask(&world.desk(), &daughter, &new).await.unwrap();
    let clerk = at_counter(&world, "huang").await;
    let mut hand = Hand::seated(&world, &site, &clerk).await;

    // Whoever else stands there sees nothing of it, and does not answer.
    let stand = hand.recognise(&stranger).await;
    assert!(!hand.browser.get(&stand).await.main().contains("韦小月"));
    let answer = format!("{stand}/kin/{}", asked.id);
    let yes = [("answer", "yes"), ("read_back", "1")];
    assert_eq!(hand.browser.post(&answer, &yes).await.status, StatusCode::NOT_FOUND);

    // Read to him first; then his yes, once, with the clerk's name and the counter.
    let stand = hand.recognise(&father).await;
    let page = hand.browser.get(&stand).await.main();
    assert!(page.contains("韦小月") && page.contains("爸，证我来办") && page.contains("2026年12月31日"), "{page}");
    let answer = format!("{stand}/kin/{}", asked.id);
    let unread = hand.browser.post(&answer, &[("answer", "yes")]).await;
    assert!(
        unread.status == StatusCode::UNPROCESSABLE_ENTITY && unread.main().contains("请先念给本人听"),
        "{}",
        unread.main()
    );
    assert_eq!(hand.browser.post(&answer, &yes).await.location(), stand);
    assert_eq!(hand.browser.post(&answer, &yes).await.status, StatusCode::FORBIDDEN, "once");
    assert!(!hand.browser.get(&stand).await.main().contains("爸，证我来办"), "nothing is left to answer");
    let known = kin::asked_by(&world.scratch.store, daughter.party.id).await.unwrap().remove(0);
    assert_eq!((known.answer, known.witness.map(|w| w.clerk)), (Answer::Yes, Some("某huang".to_owned())));
    assert_eq!(leaf_kinds(&world, asked.id).await, ["agent.kin_answered"]);

    // She sees it elsewhere, and what is done at the counter for him from now on.
    let mut hers = Browser::of(&world, &site, daughter.account).await;
    let told = hers.get("/me/kin").await.main();
    assert!(told.contains("已同意") && told.contains("青秀区政务服务中心 A-1") && told.contains("某huang"), "{told}");
    let inbox = message::inbox(&world.scratch.store, daughter.party.id, None).await.unwrap();
    assert!(inbox.messages.iter().any(|m| m.body.zh.contains("同意了您的代办请求")));
    let apply = format!("{stand}/apply?item={CANCEL}&for=self");
    let key = hand.browser.get(&apply).await.hidden("key");
    let given = [("key", key.as_str()), ("way", "counter")];
    let filed = hand.browser.post(&apply, &[&given[..], &STOPS[..]].concat()).await;
    assert_eq!(filed.status, StatusCode::SEE_OTHER, "{}", filed.main());
    let case = approval::cases_of(&world.scratch.store, father.party.id).await.unwrap().remove(0);
    let held = access::mandate::held_by(&world.base(), daughter.party.id).await.unwrap().remove(0);
    assert!(held.basis.contains("当面同意代办") && held.scope.acts.contains(&MandateAct::File), "{}", held.basis);
    hers.post("/me/acting", &[("party", &held.id.to_string())]).await;
    let seen = hers.get(&format!("/cases/{}", case.number)).await;
    assert!(seen.status == StatusCode::OK && seen.main().contains("窗口代为录入"), "{}", seen.main());

    helped(&world, &mut hand, (&stand, &case)).await;
}

/// The same over the API, by another system at the counter.
#[tokio::test]
async fn a_parents_word_and_help_over_the_api() {
    let world = World::new().await;
    let site = world.site();
    let father = pharmacist(&world, "韦大山", 1).await;
    let daughter = world.person("韦小月", 8).await;
    let new = NewKin {
        code: &father.party.code,
        name: "韦大山",
        items: &[CANCEL.to_owned()],
        until: Some("2026-12-31".parse().unwrap()),
        words: "",
    };
    let asked = kin::ask(&world.desk(), &daughter, &new).await.unwrap();
    let clerk = at_counter(&world, "huang").await;
    let mut hand = Hand::seated(&world, &site, &clerk).await;
    let stand = hand.recognise(&father).await;
    let base = format!("/receptions/{}", stand.rsplit('/').next().unwrap());
    let (none, question) = ("none-key", format!("{base}/kin/{}", asked.id));
    let (status, open) = api(&mut hand.browser, ("GET", &format!("{base}/kin")), none, &json!({})).await;
    assert_eq!((status, &open[0]["helper"], &open[0]["answer"]), (StatusCode::OK, &json!("韦小月"), &json!("asked")));
    let unread = api(&mut hand.browser, ("POST", &question), none, &json!({"yes": true})).await;
    assert_eq!(unread.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, said) =
        api(&mut hand.browser, ("POST", &question), none, &json!({"yes": true, "read_back": true})).await;
    assert_eq!((status, &said["answer"]), (StatusCode::OK, &json!("yes")));
    let apply = format!("{stand}/apply?item={CANCEL}&for=self");
    let key = hand.browser.get(&apply).await.hidden("key");
    hand.browser.post(&apply, &[&[("key", key.as_str()), ("way", "counter")][..], &STOPS[..]].concat()).await;
    let case = approval::cases_of(&world.scratch.store, father.party.id).await.unwrap().remove(0);
    let help = format!("{base}/cases/{}/help", case.number);
    let wrong = api(&mut hand.browser, ("POST", &help), "help-key-1", &json!({"how": ["praised"]})).await;
    assert_eq!(wrong.0, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.1);
    let empty = api(&mut hand.browser, ("POST", &help), "help-key-1", &json!({"how": []})).await;
    assert_eq!((empty.0, &empty.1["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/help/how")));
    for _ in 0..2 {
        let (status, _) = api(&mut hand.browser, ("POST", &help), "help-key-1", &json!({"how": ["device"]})).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    assert_eq!(kinds(&world, &case).await.iter().filter(|(kind, ..)| kind == "helped").count(), 1, "once");
    let other = api(&mut hand.browser, ("POST", &help), "help-key-1", &json!({"how": ["papers"]})).await;
    assert_eq!(other.0, StatusCode::CONFLICT, "another help under the same key");
}

/// Help is noted in the case's story: with a reason to be wrong, once however often it is sent, and nobody else's case.
async fn helped(world: &World, hand: &mut Hand, (stand, case): (&str, &Case)) {
    let page = format!("{stand}/cases/{}", case.number);
    let key = {
        let text = hand.browser.get(&page).await.text();
        let form = text.split(&format!("action=\"{page}/help\"")).nth(1).unwrap().to_owned();
        form.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let help = format!("{page}/help");
    let nothing = hand.browser.post(&help, &[("key", &key), ("/help/words", "说了什么")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        nothing.text().contains("href=\"#f-help-how\"") && nothing.text().contains("说了什么"),
        "{}",
        nothing.main()
    );
    let given = [("key", key.as_str()), ("/help/how", "filled"), ("/help/how", "interpreted"), ("/help/words", "壮语")];
    for _ in 0..2 {
        assert_eq!(hand.browser.post(&help, &given).await.location(), format!("{page}#events"));
    }
    let told = kinds(world, case).await;
    let notes = told.iter().filter(|t| **t == ("helped".into(), "某huang".into(), Some("韦大山".into()))).count();
    assert_eq!(notes, 1, "once: {told:?}");
    let story = hand.browser.get(&page).await.main();
    assert!(story.contains("帮办（青秀区政务服务中心 A-1：帮助填写、翻译（方言、民族语言、手语）；壮语）"), "{story}");
    assert!(leaf_kinds(world, case.id).await.contains(&"counter.helped".to_owned()));
    let other = format!("{stand}/cases/450000-2026-000000-X/help");
    assert_eq!(hand.browser.post(&other, &given).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_parent_says_yes_at_the_counter_and_the_helper_elsewhere_sees_it() {
    for world in World::on_both_engines().await {
        a_parent_at_the_counter(world).await;
    }
}
