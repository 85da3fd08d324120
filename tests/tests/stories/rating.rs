//! Stories of rating (好差评), told through the pages: a bad rating and its closing, and everything that must not go.

use affairs::access::{Actor, PersonActor, Role, StaffActor};
use affairs::approval::{self, Case, ReceiptKey};
use affairs::message;
use affairs::rating::{self, Act, Doing, Given, Level, RatingError, RatingState, Step, Work};
use axum::Router;
use axum::http::StatusCode;
use kernel::{Clock, Entropy, SeededEntropy};
use serde_json::json;
use stories::world::{SHARD, map};
use stories::{Browser, World};

const CANCEL: &str = "fd-pharmacist-cancel";

/// Somebody with a case that was decided at once.
async fn decided(world: &World, name: &str, n: u16) -> (PersonActor, Case) {
    let wei = world.person(name, n).await;
    world.registered(&wei, "91450100DM00010162", 400).await;
    let code = &wei.party.code;
    let form = map(json!({
        "name": name, "citizen_id": code, "registration_number": format!("45{}", &code[6..14]),
        "reason": "stop", "phone": "13877100001", "understood": true, "truthful": true,
    }));
    let case = world.file(&wei, CANCEL, &form, &format!("k{n}")).await.unwrap();
    assert_eq!(case.state, approval::State::Granted);
    (wei, case)
}

/// A renewal that waits for the employer.
async fn undecided(world: &World, name: &str, n: u16) -> (PersonActor, Case) {
    let (wei, nong) = (world.person(name, n).await, world.person("农佳", n + 1).await);
    let (code, _) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, "fd-pharmacist-renew", &world.renewal(&wei, &code, 60), "k").await.unwrap();
    (wei, case)
}

fn given(level: Level, words: &str, is_named: bool) -> Given<'_> {
    Given { level: Some(level), words, is_named, window: "" }
}

async fn staff(world: &World, site: &Router, officer: &StaffActor) -> Browser {
    Browser::of(world, site, officer.account).await
}

/// The address of the first rating in a list of staff.
fn first(page: &str) -> String {
    let after = page.split("href=\"/staff/ratings/").nth(1).expect("a rating in the list");
    format!("/staff/ratings/{}", after.split('"').next().unwrap())
}

#[tokio::test]
async fn a_bad_rating_is_called_back_mended_and_answered_in_public() {
    for world in World::on_both_engines().await {
        a_bad_rating(world).await;
    }
}

async fn a_bad_rating(world: World) {
    let site = world.site();
    let (wei, case) = decided(&world, "韦明月", 1).await;
    let mut browser = Browser::of(&world, &site, wei.account).await;
    let mine = format!("/cases/{}", case.number);
    assert!(browser.get(&mine).await.text().contains(&format!("{mine}/rate\"")), "the invitation was born");

    // Nothing chosen, and ten thousand characters: told at once, and nothing is lost.
    let rate = format!("{mine}/rate");
    let long = "长".repeat(10_000);
    let wrong = browser.post(&rate, &[("/words", &long), ("/named", "yes")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let main = wrong.main();
    assert!(main.contains("请选择满意程度") && main.contains("最多 500 字，现在是 10000 字") && main.contains(&long));

    let words = "打电话13877100001三次没人接，我是韦明月";
    let sent = [("/level", "very_unsatisfied"), ("/words", words), ("/named", "yes")];
    let thanks = browser.post(&rate, &sent).await;
    assert_eq!(thanks.status, StatusCode::SEE_OTHER, "{}", thanks.main());
    let thanks = browser.get(thanks.location()).await.main();
    // Monday evening: one working day is Tuesday.
    assert!(thanks.contains("2026年11月24日前联系您"), "{thanks}");
    let twice = browser.post(&rate, &sent).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert!(twice.main().contains("已经评价过"));

    // Everybody sees level and masked name at once; the words only after a look, and never the case.
    let mut anybody = Browser::new(&site);
    let public = anybody.get("/ratings").await.main();
    assert!(public.contains("非常不满意") && public.contains("韦**") && public.contains("正在核对个人信息"));
    assert!(!public.contains("打电话") && !public.contains(&case.number) && !public.contains("韦明月"));

    let li = world.officer("li", "李文", &[Role::Clerk, Role::Approver]).await;
    let mut desk = staff(&world, &site, &li).await;
    let list = desk.get("/staff/ratings").await;
    assert!(list.main().contains("最迟2026年11月24日"), "{}", list.main());
    let one = first(&list.text());
    let page = desk.get(&one).await;
    assert!(page.main().contains(words) && page.main().contains(&case.number));
    let act = async |desk: &mut Browser, step: &str, note: &str| {
        let version = desk.get(&one).await.hidden("version");
        desk.post(&one, &[("version", &version), ("step", step), ("note", note)]).await
    };
    // Out of order, without a note, without a step.
    assert_eq!(act(&mut desk, "mend", "已经改了").await.status, StatusCode::CONFLICT);
    let short = act(&mut desk, "call", "好").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.main().contains("至少 4 字"));
    assert!(act(&mut desk, "", "写了说明").await.main().contains("写了说明"));
    world.scratch.clock.set("2026-11-24T09:05:00+08:00".parse().unwrap());
    let mut desk = staff(&world, &site, &li).await;
    assert_eq!(act(&mut desk, "call", "电话联系本人，值班电话夜里没人接").await.status, StatusCode::SEE_OTHER);
    let stale = desk.post(&one, &[("version", "1"), ("step", "explain"), ("note", "旧页面上写的")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.main().contains("旧页面上写的"), "nothing typed is lost");
    assert_eq!(act(&mut desk, "ledger", "值班电话改接流程，列入整改").await.status, StatusCode::SEE_OTHER);
    let page = desk.get(&one).await.main();
    assert!(page.contains("列入整改台账") && page.contains("最迟2026年12月15日"), "fifteen working days: {page}");
    assert_eq!(act(&mut desk, "show", "").await.status, StatusCode::SEE_OTHER);
    let done = act(&mut desk, "mended", "值班电话已改接，夜里有人接听，联系 13900001111").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());

    let public = anybody.get("/ratings").await.main();
    assert!(public.contains("已办结") && public.contains("值班电话已改接，夜里有人接听，联系 ▇"), "{public}");
    assert!(public.contains("打电话▇▇▇▇▇▇▇▇▇▇▇三次没人接，我是▇▇▇"), "{public}");
    assert!(public.contains("应回访 1 件，已回访 1 件，其中按时 1 件"), "{public}");
    let mut browser = Browser::of(&world, &site, wei.account).await;
    assert!(browser.get(&mine).await.main().contains("值班电话已改接"));
    let inbox = message::inbox(&world.scratch.store, wei.party.id, None).await.unwrap();
    assert!(inbox.messages[0].title.zh.contains("评价有了处理结果"));
    assert!(rating::recount(&world.scratch.store, SHARD).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_may_not_rate_is_told_why_or_finds_nothing() {
    for world in World::on_both_engines().await {
        who_may_not_rate(world).await;
    }
}

async fn who_may_not_rate(world: World) {
    let site = world.site();
    let (wei, case) = decided(&world, "韦明月", 1).await;
    let (huang, waiting) = undecided(&world, "黄春生", 2).await;
    let good = [("/level", "satisfied"), ("/named", "yes")];
    // Somebody else's case is not found, and staff are no applicants.
    let mut stranger = Browser::of(&world, &site, huang.account).await;
    let rate = format!("/cases/{}/rate", case.number);
    assert_eq!(stranger.get(&rate).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.post(&rate, &good).await.status, StatusCode::NOT_FOUND);
    let li = world.officer("li", "李文", &[Role::Clerk]).await;
    let base = world.base();
    let (by_staff, praise) = (Actor::Staff(li), given(Level::VerySatisfied, "", true));
    let taken = rating::rate(&base, &world.catalog, &by_staff, (&case.number, &praise)).await;
    assert!(matches!(taken, Err(RatingError::NotFound)));
    // Undecided, and ended by the applicant.
    let early = stranger.post(&format!("/cases/{}/rate", waiting.number), &good).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(early.main().contains("还没有办结"));
    approval::withdraw(&world.desk(), &huang, waiting.id, "不办了").await.unwrap();
    let ended = stranger.post(&format!("/cases/{}/rate", waiting.number), &good).await;
    assert_eq!(ended.status, StatusCode::CONFLICT);
    assert!(ended.main().contains("没有可以评价的办理"));

    // The receipt opens one case and no other.
    let key = ReceiptKey::from_bytes([9; 32]);
    let secret = approval::receipt_secret(&world.scratch.store, &key, &case).await.unwrap();
    let mut tablet = Browser::new(&site);
    let receipt = |number: &str, secret: &str| {
        [("/number", number), ("/secret", secret), ("/level", "fair"), ("/named", "no"), ("window", "A-3")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
    };
    let send = async |tablet: &mut Browser, pairs: [(String, String); 5]| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        tablet.post("/rate", &pairs).await
    };
    let wrong = send(&mut tablet, receipt(&case.number, "AAAA-AAAA-AAAA")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("value=\"A-3\""), "the tablet stays this window's");
    let given = send(&mut tablet, receipt(&case.number, &secret)).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.main());
    let thanks = tablet.get(given.location()).await;
    assert!(thanks.text().contains("/rate?window=A-3"), "the next citizen's form");
    let again = send(&mut tablet, receipt(&case.number, &secret)).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let mut browser = Browser::of(&world, &site, wei.account).await;
    assert_eq!(browser.post(&rate, &good).await.status, StatusCode::CONFLICT, "by another channel it is twice too");
    let public = tablet.get("/ratings").await.main();
    assert!(public.contains("A-3 号窗口") && public.contains("匿名"), "{public}");
}

#[tokio::test]
async fn a_nameless_rating_leads_nobody_to_its_case_and_owes_no_call() {
    let world = World::new().await;
    let site = world.site();
    let (wei, case) = decided(&world, "韦明月", 1).await;
    let base = world.base();
    let words = "态度很差";
    let actor = Actor::Person(wei);
    let rating =
        rating::rate(&base, &world.catalog, &actor, (&case.number, &given(Level::Unsatisfied, words, false))).await;
    let rating = rating.unwrap();
    assert_eq!((rating.state, rating.call_due_at), (RatingState::Rated, None));
    let li = world.officer("li", "李文", &[Role::Clerk]).await;
    let mut desk = staff(&world, &site, &li).await;
    let page = desk.get(&format!("/staff/ratings/{}", rating.id)).await.main();
    assert!(page.contains("匿名") && page.contains(words) && !page.contains(&case.number) && !page.contains("韦"));
    assert!(rating::for_staff(&world.scratch.store, li.account, Work::Owed).await.unwrap().is_empty());
    let leaves = world.scratch.store.leaves(rating.id).await.unwrap();
    assert_eq!(leaves.len(), 1);
    let rows = world.scratch.store.query("SELECT bytes FROM leaf WHERE kind = 'rating.given'", vec![]).await.unwrap();
    let leaf = String::from_utf8_lossy(rows[0].blob("bytes").unwrap()).into_owned();
    assert!(!leaf.contains(&case.number) && !leaf.contains(&case.id.to_string()) && !leaf.contains(words), "{leaf}");
    // Words may be kept back, with a reason that everybody reads.
    let actor = Actor::Staff(li);
    let doing = Doing { base, catalog: &world.catalog, actor: &actor };
    let kept = rating::check_words(&doing, rating.id, (rating::Words::Withhold("写明了他人的病情"), rating.version));
    kept.await.unwrap();
    let public = Browser::new(&site).get("/ratings").await.main();
    assert!(public.contains("文字没有公开：写明了他人的病情") && !public.contains(words));
}

#[tokio::test]
async fn an_appeal_is_judged_by_another_person_and_a_void_rating_counts_no_more() {
    for world in World::on_both_engines().await {
        an_appeal_is_judged(world).await;
    }
}

async fn an_appeal_is_judged(world: World) {
    let (wei, case) = decided(&world, "韦明月", 1).await;
    let (base, actor) = (world.base(), Actor::Person(wei));
    let bad = given(Level::VeryUnsatisfied, "", true);
    let rating = rating::rate(&base, &world.catalog, &actor, (&case.number, &bad)).await.unwrap();
    let li = Actor::Staff(world.officer("li", "李文", &[Role::Clerk, Role::Approver]).await);
    let zhou = Actor::Staff(world.officer("zhou", "周复核", &[Role::Approver]).await);
    let clerk = Actor::Staff(world.officer("mo", "莫小", &[Role::Clerk]).await);
    let auditor = Actor::Staff(world.officer("he", "何清", &[Role::Auditor]).await);
    let act = async |actor: &Actor, step: Step| {
        let now = rating::for_case(&world.scratch.store, case.id).await.unwrap().unwrap();
        let doing = Doing { base, catalog: &world.catalog, actor };
        rating::act(&doing, rating.id, &Act { step, note: "写明了情况", version: now.version }).await
    };
    assert!(matches!(act(&auditor, Step::Call).await, Err(RatingError::Forbidden(_))));
    assert!(matches!(act(&li, Step::Appeal).await, Err(RatingError::NotAllowed)), "no appeal before a call");
    act(&li, Step::Call).await.unwrap();
    act(&li, Step::Appeal).await.unwrap();
    assert!(matches!(act(&li, Step::Uphold).await, Err(RatingError::Forbidden(_))), "who appealed does not judge");
    assert!(matches!(act(&clerk, Step::Dismiss).await, Err(RatingError::Forbidden(_))), "a clerk does not judge");
    let figures = async || rating::figures(&world.scratch.store, SHARD, None).await.unwrap();
    assert_eq!((figures().await.total.bad(), figures().await.agencies.len()), (1, 1));
    let back = act(&zhou, Step::Dismiss).await.unwrap();
    assert_eq!(back.state, RatingState::Called);
    act(&li, Step::Appeal).await.unwrap();
    let void = act(&zhou, Step::Uphold).await.unwrap();
    assert_eq!(void.state, RatingState::Void);
    let after = figures().await;
    assert_eq!((after.total.all(), after.void, after.owed, after.called), (0, 1, 1, 1));
    assert!(rating::published(&world.scratch.store, None).await.unwrap().0.is_empty());
    assert!(rating::recount(&world.scratch.store, SHARD).await.unwrap().is_empty());
}

/// Whatever people and officers do: the counters are the rows, each case is rated once, and nothing is closed without a call.
#[tokio::test]
async fn counters_equal_a_recount_after_random_histories() {
    let world = World::new().await;
    let chance = SeededEntropy::new(2026);
    let roll = |n: u8| {
        let mut byte = [0];
        chance.fill(&mut byte);
        byte[0] % n
    };
    let li = Actor::Staff(world.officer("li", "李文", &[Role::Clerk, Role::Approver]).await);
    let zhou = Actor::Staff(world.officer("zhou", "周复核", &[Role::Approver]).await);
    let mut cases = Vec::new();
    for n in 1..=12 {
        cases.push(decided(&world, "测试药师", n).await);
    }
    let (base, key) = (world.base(), ReceiptKey::from_bytes([9; 32]));
    for _ in 0..150 {
        let (who, case) = &cases[usize::from(roll(12))];
        let level = Level::ALL[usize::from(roll(5))];
        let window = ["", "A-1", "B-2"][usize::from(roll(3))];
        let given =
            Given { level: Some(level), words: ["", "说两句"][usize::from(roll(2))], is_named: roll(3) > 0, window };
        let before = rating::for_case(&world.scratch.store, case.id).await.unwrap().unwrap();
        match roll(3) {
            0 => {
                let secret = approval::receipt_secret(&world.scratch.store, &key, case).await.unwrap();
                let opened = (&key, case.number.as_str(), secret.as_str());
                let taken = rating::rate_with_receipt(&base, &world.catalog, opened, &given).await;
                assert_eq!(taken.is_ok(), before.state == RatingState::Invited);
            }
            1 => {
                let actor = Actor::Person(who.clone());
                let taken = rating::rate(&base, &world.catalog, &actor, (&case.number, &given)).await;
                assert_eq!(taken.is_ok(), before.state == RatingState::Invited);
            }
            _ => {
                let step = Step::ALL[usize::from(roll(8))];
                let actor = if step.is_judgement() { &zhou } else { &li };
                let doing = Doing { base, catalog: &world.catalog, actor };
                let act = Act { step, note: "写明了情况", version: before.version };
                let done = rating::act(&doing, before.id, &act).await;
                assert_eq!(done.is_ok(), before.state.after(step).is_some(), "{:?} {step:?}", before.state);
            }
        }
        world.scratch.clock.set(world.scratch.clock.now().plus_ms(3_600_000));
    }
    assert_eq!(rating::recount(&world.scratch.store, SHARD).await.unwrap(), []);
    for (_, case) in &cases {
        let rating = rating::for_case(&world.scratch.store, case.id).await.unwrap().unwrap();
        if matches!(rating.state, RatingState::Closed | RatingState::Void) {
            assert!(rating.called_at.is_some());
        }
    }
    let figures = rating::figures(&world.scratch.store, SHARD, None).await.unwrap();
    assert_eq!(figures.invited, 12);
    assert!(figures.total.all() > 3 && figures.closed + figures.void > 0, "{figures:?}");
}
