//! One story from the ticket at the hall to the result over the same counter, on both engines: called, recognised, authorised by a
//! paper, registered with scans and photographs, decided behind the counter, handed out, and the ticket ended with the case.

use affairs::access::{self, Actor, PartyKind, PersonActor, Role, StaffActor};
use affairs::approval::{self, Case, Ruling, RulingDraft, State};
use affairs::material::{self, MaterialState, test_string};
use affairs::ticket::{self, TicketState};
use axum::Router;
use axum::http::StatusCode;
use stories::{Answer, Browser, World};

use super::{ADDRESS, BENCH, EVERY, HYGIENE, Hand, SEAT, at_counter, kinds, officer, shop};

const HALL: &str = "hall-450103";
const A1: &str = "/staff/counters/hall-450103/A-1";
const A2: &str = "/staff/counters/hall-450103/A-2";
const PLAN: &str = "/material/layout";
const PLAN_PHOTO: &str = "/photo/layout";
const REPORT: &str = "/material/test-report";

/// Tuesday morning, and the hall is open.
fn open(world: &World) {
    world.scratch.clock.set("2026-11-24T09:05:00+08:00".parse().unwrap());
}

fn jpeg(bytes: usize) -> Vec<u8> {
    let mut all = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 6, b'J', b'F', b'I', b'F'];
    all.extend([0xFF, 0xC0, 0, 11, 8, 0, 48, 0, 64, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    all.extend((0..bytes).map(|n| (n % 251) as u8));
    all.extend([0xFF, 0xD9]);
    all
}

fn pdf(inside: &[u8]) -> Vec<u8> {
    [b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n", inside, b"\ntrailer\n<< >>\n%%EOF\n"].concat()
}

/// A ticket drawn on a phone; gives its address.
async fn drawn(site: &Router, key: &str) -> (Browser, String) {
    let mut phone = Browser::new(site);
    let taken = phone.post(&format!("/halls/{HALL}/ticket"), &[("/offer", "integrated"), ("key", key)]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.main());
    let mine = taken.location().to_owned();
    (phone, mine)
}

/// Presses a button of a counter's page.
async fn press(hand: &mut Hand, code: &str, button: &str, case: Option<&str>) -> Answer {
    let page = hand.browser.get(code).await;
    let (id, version) = (page.hidden("id"), page.hidden("version"));
    let mut sent = vec![("do", button)];
    if !id.is_empty() {
        sent.extend([("id", id.as_str()), ("version", version.as_str()), ("case", case.unwrap_or_default())]);
    }
    hand.browser.post(code, &sent).await
}

/// The number that stands in the field for the case.
fn likely(page: &Answer) -> String {
    let text = page.text();
    let field = text.split("id=\"f-case\"").nth(1).unwrap_or_default();
    field.split("value=\"").nth(1).unwrap_or_default().split('"').next().unwrap_or_default().to_owned()
}

/// The form as the clerk fills it; `phone` is what he may mistype.
fn filled<'a>(key: &'a str, phone: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("key", key),
        ("/place_type", "shop"),
        ("/address", ADDRESS),
        ("/staff", "4"),
        ("/certified", "4"),
        ("/way", "ordinary"),
        ("/promise", "true"),
        ("/phone", phone),
        ("/truthful", "true"),
        ("way", "counter"),
        ("read_back", "1"),
    ]
}

async fn from_ticket_to_delivery(world: World) {
    open(&world);
    let site = world.site();
    let (agent, code) = shop(&world, &[]).await;
    let nong = PersonActor { acting_for: None, ..agent };
    let clerk = at_counter(&world, "huang").await;

    // A ticket at the hall; the counter opens, and whoever opens it sits there: it is written in one place.
    let (mut phone, mine) = drawn(&site, "nong-draws-1").await;
    let mut hand = Hand::of(&world, &site, &clerk).await;
    assert_eq!(press(&mut hand, A1, "open", None).await.status, StatusCode::SEE_OTHER);
    assert!(hand.browser.get(BENCH).await.main().contains("青秀区政务服务中心 A-1"), "the workbench knows it");
    assert_eq!(press(&mut hand, A1, "call", None).await.status, StatusCode::SEE_OTHER);
    assert!(phone.get(&mine).await.main().contains("请到 A-1 号窗口"));
    assert!(hand.browser.get(BENCH).await.main().contains("正在接待 A001 号"));
    only_one_seat(&world, &site, &mut hand).await;

    // Recognised; for the company by a paper.
    let stand = hand.recognise(&nong).await;
    let apply = authorised(&mut hand, &stand, &code).await;
    let case = registered(&world, &mut hand, (&stand, &apply, &code)).await;

    // The counter knows what the ticket led to; the clerk opens no file, and needs not.
    let page = hand.browser.get(A1).await;
    assert_eq!(likely(&page), case.number, "what was just filed stands there");
    assert_eq!(hand.browser.get(&format!("/staff/cases/{}", case.number)).await.status, StatusCode::NOT_FOUND);
    let wrong = press(&mut hand, A1, "finish", Some("450000-2026-000000-X")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.main());
    let stand_page = hand.browser.get(&stand).await;
    assert!(stand_page.main().contains("办结 A001 号"), "{}", stand_page.main());
    assert_eq!(press(&mut hand, A1, "finish", Some(&case.number)).await.status, StatusCode::SEE_OTHER);
    let tickets = ticket::led_to(&world.scratch.store, case.id).await.unwrap();
    assert_eq!((tickets.len(), tickets[0].state, tickets[0].number.as_str()), (1, TicketState::Finished, "A001"));

    decided(&world, &site, &case).await;
    fetched(&world, &site, (&clerk, &nong), &case).await;
}

/// Who sits at one counter does not sit at another; a counter at which somebody is served is nobody else's.
async fn only_one_seat(world: &World, site: &Router, hand: &mut Hand) {
    let away = hand.browser.post("/staff/window/seat", &[("seat", "hall-450103/A-2")]).await;
    assert!(away.status == StatusCode::FORBIDDEN && away.main().contains("A-1窗口还有正在办理的号"), "{}", away.main());
    let second = at_counter(world, "mo").await;
    let mut mo = Hand::of(world, site, &second).await;
    for taken in
        [mo.browser.post("/staff/window/seat", &[("seat", SEAT)]).await, press(&mut mo, A1, "open", None).await]
    {
        assert!(!taken.status.is_success() && taken.main().contains("某huang正在这个窗口办理"), "{}", taken.main());
    }
    // She opens another, and leaves it for a third: it is closed behind her.
    assert_eq!(press(&mut mo, A2, "open", None).await.status, StatusCode::SEE_OTHER);
    assert!(hand.browser.get(A2).await.main().contains("某mo"));
    mo.browser.post("/staff/window/seat", &[("seat", "hall-450103/A-3")]).await;
    assert!(hand.browser.get(A2).await.main().contains("未开"), "and closed behind her");
    assert_eq!(press(&mut mo, A2, "call", None).await.status, StatusCode::CONFLICT);
}

/// Takes the paper up; gives the address of the form.
async fn authorised(hand: &mut Hand, stand: &str, code: &str) -> String {
    let paper = [
        ("paper-kind", "company"),
        ("paper-code", code),
        ("paper-name", "某单位"),
        ("paper-item", HYGIENE),
        ("paper-basis", "授2026-7"),
        ("paper-until", "2026-12-01"),
    ];
    let taken = hand.browser.post(&format!("{stand}/paper"), &paper).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.main());
    taken.location().to_owned()
}

/// Filed with what was scanned and photographed at the counter: everything wrong at once, nothing lost, nothing typed twice.
async fn registered(world: &World, hand: &mut Hand, (stand, apply, code): (&str, &str, &str)) -> Case {
    let store = &world.scratch.store;
    let form = hand.browser.get(apply).await;
    assert!(form.text().contains("enctype=\"multipart/form-data\""), "the form brings files");
    for field in [PLAN, PLAN_PHOTO, REPORT] {
        assert!(form.text().contains(&format!("name=\"{field}\"")), "{field}");
    }
    let key = form.hidden("key");
    let (photo, page) = (jpeg(40_000), b"<!doctype html><script>x()</script>".to_vec());
    let files = [(PLAN_PHOTO, "现场.jpg", photo.as_slice()), (REPORT, "报告.pdf", page.as_slice())];
    let wrong = hand.browser.post_files(apply, &filled(&key, "12"), &files).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.main());
    for at in ["#f-phone", "#f-material-test-report"] {
        assert!(wrong.text().contains(&format!("href=\"{at}\"")), "{at}: {}", wrong.main());
    }
    assert!(wrong.main().contains("现场.jpg"), "the photograph is kept: {}", wrong.main());

    // Left and opened again: what was typed and photographed is there.
    let again = hand.browser.get(apply).await;
    assert!(again.text().contains(ADDRESS) && again.main().contains("现场.jpg"), "{}", again.main());

    // A scan that carries a virus is told while he stands there, taken away, and made again.
    let infected = pdf(&[vec![b' '; 3_000], test_string()].concat());
    let ill = hand.browser.post_files(apply, &filled(&key, "13877100001"), &[(REPORT, "报告.pdf", &infected)]).await;
    assert!(
        ill.status == StatusCode::UNPROCESSABLE_ENTITY && ill.main().contains("没有通过安全检查"),
        "{}",
        ill.main()
    );
    let company = access::people::party_by_code(store, PartyKind::Company, code).await.unwrap().unwrap();
    assert!(approval::cases_of(store, company.id).await.unwrap().is_empty(), "nothing was filed");
    let refused = ill.text();
    // The report's field is the last that takes files.
    let refused = refused.rsplit("name=\"remove\" value=\"").next().unwrap();
    let refused = refused.split('"').next().unwrap();
    let out =
        hand.browser.post_files(apply, &[&filled(&key, "13877100001")[..], &[("remove", refused)]].concat(), &[]).await;
    assert!(out.location().ends_with("#f-material-test-report"), "{}", out.location());

    let report = pdf(b"ok");
    let filed = hand.browser.post_files(apply, &filled(&key, "13877100001"), &[(REPORT, "报告.pdf", &report)]).await;
    assert_eq!(filed.status, StatusCode::SEE_OTHER, "{}", filed.main());
    let receipt = hand.browser.get(filed.location()).await.main();
    for told in
        ["某单位", "农佳", "某huang", "场所方位图、平面图和卫生设施布局图：1 份文件", "卫生检测或者评价报告：1 份文件"]
    {
        assert!(receipt.contains(told), "{told}: {receipt}");
    }
    // Pressed twice: the same case, and no file twice.
    let twice = hand.browser.post_files(apply, &filled(&key, "13877100001"), &[(REPORT, "报告.pdf", &report)]).await;
    assert_eq!(twice.location(), filed.location());
    let cases = approval::cases_of(store, company.id).await.unwrap();
    assert_eq!(cases.len(), 1);
    let case = cases.into_iter().next().unwrap();
    assert_eq!(case.state, State::InReview, "who makes no promise is looked at by a person");
    let files = material::of_case(store, case.id).await.unwrap();
    let mut brought: Vec<_> = files.iter().map(|f| (f.material.as_str(), f.way.word(), f.state, f.by_staff)).collect();
    // Both came in the same instant.
    brought.sort_unstable_by_key(|(material, ..)| *material);
    let clean = MaterialState::Clean;
    assert_eq!(brought, [("layout", "photographed", clean, true), ("test-report", "scanned", clean, true)]);
    let told = kinds(world, &case).await;
    let scans = told.iter().filter(|t| **t == ("material_added".into(), "某huang".into(), Some("农佳".into()))).count();
    assert_eq!(scans, 2, "both names: {told:?}");
    let plan = files.iter().find(|file| file.material == "layout").unwrap();
    seen_at_the_counter(world, hand, (stand, &case), (&plan.id.to_string(), &photo)).await;
    case
}

/// The clerk sees what he scanned, and brings more while the case is open; another clerk sees none of it.
async fn seen_at_the_counter(
    world: &World,
    hand: &mut Hand,
    (stand, case): (&str, &Case),
    (file, photo): (&str, &[u8]),
) {
    let seen = hand.browser.get(&format!("{stand}/materials/{file}?see=1")).await;
    assert_eq!((seen.status, seen.bytes.as_slice()), (StatusCode::OK, photo));
    let more = format!("{stand}/cases/{}/materials", case.number);
    let nothing = hand.browser.post_files(&more, &[], &[(PLAN, "", &[])]).await;
    assert!(nothing.status == StatusCode::UNPROCESSABLE_ENTITY && nothing.main().contains("请先选择要上传的文件"));
    let added = hand.browser.post_files(&more, &[], &[(PLAN, "平面图.pdf", &pdf(b"plan"))]).await;
    assert_eq!(added.location(), format!("{stand}/cases/{}#materials", case.number), "{}", added.main());
    assert_eq!(material::of_case(&world.scratch.store, case.id).await.unwrap().len(), 3);

    let second = at_counter(world, "lan").await;
    let mut lan = Hand::seated_at(world, &world.site(), &second, "hall-450103/A-3").await;
    let own = lan.recognise(&world.person("陆小川", 9).await).await;
    for path in [format!("{stand}/materials/{file}"), format!("{own}/materials/{file}")] {
        assert_eq!(lan.browser.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let foreign = format!("{own}/cases/{}/materials", case.number);
    let foreign = lan.browser.post_files(&foreign, &[], &[(PLAN, "a.jpg", photo)]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}

/// Behind the counter: the officer sees the scans beside the form, and grants.
async fn decided(world: &World, site: &Router, case: &Case) {
    approval::check_materials(&world.desk(), &world.checkers).await.unwrap();
    let decides = officer(world, "wen", (Role::Approver, EVERY, EVERY, EVERY)).await;
    let mut wen = Browser::of(world, site, decides.account).await;
    let page = wen.get(&format!("/staff/cases/{}", case.number)).await.main();
    assert!(page.contains("现场.jpg") && page.contains("窗口拍照"), "{page}");
    let now = approval::numbered(&world.scratch.store, &case.number).await.unwrap().unwrap();
    let draft = RulingDraft { ruling: Ruling::Grant, reasons: "图纸清楚，符合要求。", version: now.version };
    let ruled = approval::rule(&world.desk(), &Actor::Staff(decides), case.id, &draft).await.unwrap();
    assert_eq!(ruled.state, State::Granted);
}

/// Two days later he comes again, with another ticket; the result is handed out over the same counter.
async fn fetched(world: &World, site: &Router, (clerk, nong): (&StaffActor, &PersonActor), case: &Case) {
    world.scratch.clock.set("2026-11-26T10:00:00+08:00".parse().unwrap());
    drawn(site, "nong-draws-2").await;
    let mut hand = Hand::of(world, site, clerk).await;
    press(&mut hand, A1, "open", None).await;
    assert_eq!(press(&mut hand, A1, "call", None).await.status, StatusCode::SEE_OTHER);
    assert_eq!(likely(&hand.browser.get(A1).await), "", "nothing was done for him yet");
    // What was done for somebody on another day is not named to a ticket of today.
    let early = press(&mut hand, A1, "finish", Some(&case.number)).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", early.main());

    let stand = hand.recognise(nong).await;
    let opened = hand.browser.post(&format!("{stand}/open"), &[("number", &case.number)]).await;
    let page = opened.location().to_owned();
    let out = hand.browser.post(&format!("{page}/deliver"), &[("way", "counter")]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER, "{}", out.main());
    assert!(hand.browser.get(&page).await.main().contains("领取人：农佳"));
    let number = likely(&hand.browser.get(A1).await);
    assert_eq!(number, case.number);
    assert_eq!(press(&mut hand, A1, "finish", Some(&number)).await.status, StatusCode::SEE_OTHER);
    let tickets = ticket::led_to(&world.scratch.store, case.id).await.unwrap();
    assert_eq!(tickets.iter().map(|t| t.state).collect::<Vec<_>>(), [TicketState::Finished, TicketState::Finished]);
    let told = kinds(world, case).await;
    let at_counter = told.iter().filter(|(kind, ..)| kind == "at_counter").count();
    assert_eq!(at_counter, 2, "{told:?}");
    assert!(told.contains(&("delivered".into(), "某huang".into(), Some("农佳".into()))), "{told:?}");
}

#[tokio::test]
async fn a_counter_case_goes_from_the_ticket_to_the_result() {
    for world in World::on_both_engines().await {
        from_ticket_to_delivery(world).await;
    }
}
