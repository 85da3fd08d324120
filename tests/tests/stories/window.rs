//! Stories of the counter: a citizen who stands there is served as he would be online, by a clerk whose name stands beside his;
//! papers go to the back and come back with both names; results are handed out once.

use affairs::access::{self, Actor, EVERY, MandateAct, PersonActor, Role, Scope, StaffActor};
use affairs::approval::{self, BroughtTo, Case, State};
use affairs::catalog::HallKind;
use affairs::{message, window};
use axum::Router;
use axum::http::{Request, StatusCode};
use kernel::code::{OrganisationCode, Uscc};
use serde_json::{Map, Value as Json, json};
use stories::world::map;
use stories::{Answer, Browser, World};

mod counter;
mod watched;

const CANCEL: &str = "fd-pharmacist-cancel";
const RENEW: &str = "fd-pharmacist-renew";
const HYGIENE: &str = "he-public-place";
const SEAT: &str = "hall-450103/A-1";
const BENCH: &str = "/staff/window";
const ADDRESS: &str = "南宁市青秀区演示路21号";

/// An officer with one row of rights.
async fn officer(world: &World, login: &str, (role, agency, region, item): (Role, &str, &str, &str)) -> StaffActor {
    let made = world.officer(login, &format!("某{login}"), &[]).await;
    let scope = Scope { role, agency: agency.into(), region: region.into(), item: item.into() };
    let base = world.base();
    access::staff::grant_scope(&base, &Actor::Machine, made.account, &scope).await.unwrap();
    let scopes = access::staff::scopes(base.store, made.account).await.unwrap();
    StaffActor { scopes, ..made }
}

async fn at_counter(world: &World, login: &str) -> StaffActor {
    officer(world, login, (Role::Window, EVERY, "450103", EVERY)).await
}

/// A registered pharmacist.
async fn pharmacist(world: &World, name: &str, n: u16) -> PersonActor {
    let who = world.person(name, n).await;
    world.registered(&who, "91450100DM00010162", 400).await;
    who
}

/// A company that wants a hygiene licence, and who acts for it.
async fn shop(world: &World, items: &[&str]) -> (PersonActor, String) {
    let nong = world.person("农佳", 2).await;
    let code = Uscc::generate("91450103", &OrganisationCode::generate("MA5PHARM").unwrap()).unwrap();
    let code = code.as_str().to_owned();
    let agent = world.mandate(&nong, &code, &[MandateAct::View, MandateAct::File], items).await;
    registered_shop(world, &code).await;
    (agent, code)
}

async fn registered_shop(world: &World, code: &str) {
    let body = json!({"name": "某单位", "status": "open", "legal_representative": "农佳", "address": ADDRESS,
        "region": "450103", "established_on": "2026-10-08"});
    world.record("business-register", code, body).await;
    world.whole("public-place-licence", "").await;
}

fn hygiene(code: &str, certified: i64) -> Map<String, Json> {
    map(json!({"name": "某单位", "code": code, "place_type": "shop", "address": ADDRESS, "staff": 4,
        "certified": certified, "way": "commitment", "promise": true, "phone": "13877100001", "truthful": true}))
}

/// A clerk in a browser, who counts what he does: pages opened, fields filled or chosen, buttons and links pressed.
struct Hand {
    browser: Browser,
    done: usize,
}

impl Hand {
    async fn of(world: &World, site: &Router, clerk: &StaffActor) -> Self {
        Self { browser: Browser::of(world, site, clerk.account).await, done: 0 }
    }

    async fn seated(world: &World, site: &Router, clerk: &StaffActor) -> Self {
        Self::seated_at(world, site, clerk, SEAT).await
    }

    async fn seated_at(world: &World, site: &Router, clerk: &StaffActor, seat: &str) -> Self {
        let mut hand = Self::of(world, site, clerk).await;
        let sat = hand.browser.post("/staff/window/seat", &[("seat", seat)]).await;
        assert_eq!(sat.location(), BENCH, "{}", sat.main());
        hand
    }

    /// Presses a link: one press, one page.
    async fn go(&mut self, path: &str) -> Answer {
        self.done += 2;
        self.browser.get(path).await
    }

    /// Fills `typed` fields and presses the button; what stands in the form already is sent along and costs nothing.
    async fn send(&mut self, path: &str, given: &[(&str, &str)], typed: &[(&str, &str)]) -> Answer {
        self.done += typed.len() + 1;
        let pairs: Vec<(&str, &str)> = given.iter().chain(typed).copied().collect();
        let answer = self.browser.post(path, &pairs).await;
        if answer.status != StatusCode::SEE_OTHER {
            return answer;
        }
        self.done += 1;
        let to = answer.location().to_owned();
        let page = self.browser.get(&to).await;
        Answer { headers: answer.headers, ..page }
    }

    /// Recognises somebody; gives the address of the reception.
    async fn recognise(&mut self, who: &PersonActor) -> String {
        let typed = [("code", who.party.code.as_str()), ("name", who.party.name.as_str()), ("seen", "true")];
        let page = self.send(BENCH, &[("document", "id_card")], &typed).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.main());
        page.location().to_owned()
    }

    fn counted(&mut self) -> usize {
        std::mem::take(&mut self.done)
    }
}

/// The form of a struck-off registration, as the clerk fills it.
const STOPS: [(&str, &str); 5] = [
    ("/reason", "stop"),
    ("/phone", "13877100001"),
    ("/understood", "true"),
    ("/truthful", "true"),
    ("read_back", "1"),
];

async fn case_of(world: &World, who: &PersonActor) -> Case {
    approval::cases_of(&world.scratch.store, who.principal().id).await.unwrap().remove(0)
}

async fn kinds(world: &World, case: &Case) -> Vec<(String, String, Option<String>)> {
    let story = approval::story(&world.scratch.store, case.id).await.unwrap().unwrap();
    story.events.into_iter().map(|e| (e.kind, e.actor_name, e.on_behalf)).collect()
}

async fn leaf_kinds(world: &World, subject: kernel::Id) -> Vec<String> {
    world.scratch.store.leaves(subject).await.unwrap().into_iter().map(|leaf| leaf.kind).collect()
}

/// Identity, form, receipt, result: all of it at one counter, on this engine.
async fn served(world: World) {
    let site = world.site();
    let wei = pharmacist(&world, "韦明月", 1).await;
    let clerk = at_counter(&world, "huang").await;
    let mut hand = Hand::of(&world, &site, &clerk).await;

    // First the counter; then who stands there, with every mistake at once.
    assert!(!hand.go(BENCH).await.text().contains("name=\"code\""), "nobody is recognised from nowhere");
    let sat = hand.send("/staff/window/seat", &[], &[("seat", "hall-450105/A-1")]).await;
    assert_eq!(sat.status, StatusCode::UNPROCESSABLE_ENTITY, "no such counter");
    let sat = hand.send("/staff/window/seat", &[], &[("seat", SEAT)]).await;
    assert!(sat.main().contains("青秀区政务服务中心 A-1"), "{}", sat.main());
    let wrong_digit = format!("{}{}", &wei.party.code[..17], if wei.party.code.ends_with('1') { "2" } else { "1" });
    let wrong = hand.send(BENCH, &[], &[("code", &wrong_digit), ("name", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["#f-document", "#f-code", "#f-name", "#f-seen"] {
        assert!(wrong.text().contains(&format!("href=\"{field}\"")), "{field}: {}", wrong.main());
    }
    let typed = [("document", "id_card"), ("code", wei.party.code.as_str()), ("name", "韦明明"), ("seen", "true")];
    let other_name = hand.send(BENCH, &[], &typed).await;
    assert!(other_name.text().contains("href=\"#f-name\""), "the register knows another name: {}", other_name.main());
    let stand = hand.recognise(&wei).await;
    let page = hand.browser.get(&stand).await;
    assert!(page.main().contains("韦明月") && !page.text().contains(&wei.party.code), "masked: {}", page.main());

    // The same form, with what registers know; the same mistakes, all at once.
    let apply = format!("{stand}/apply?item={CANCEL}&for=self");
    let form = hand.go(&apply).await;
    assert!(form.main().contains("执业药师注销注册") && form.main().contains("韦明月在场"), "{}", form.main());
    let key = form.hidden("key");
    let given = [("key", key.as_str()), ("for", ""), ("way", "counter")];
    let wrong = hand.send(&apply, &given, &[("/phone", "12"), ("way", "courier")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["f-reason", "f-phone", "f-understood", "f-truthful", "f-address", "f-read_back"] {
        assert!(wrong.text().contains(&format!("href=\"#{field}\"")), "{field}: {}", wrong.main());
    }
    assert!(approval::cases_of(&world.scratch.store, wei.party.id).await.unwrap().is_empty(), "nothing was filed");

    // Filed: granted at once, and once however often it is sent.
    let receipt = hand.send(&apply, &given, &STOPS).await;
    assert_eq!(receipt.status, StatusCode::OK, "{}", receipt.main());
    assert!(receipt.main().contains("某huang") && receipt.main().contains("韦明月"), "both names: {}", receipt.main());
    let again = hand.browser.post(&apply, &[&given[..], &STOPS[..]].concat()).await;
    assert_eq!(again.location(), receipt.location());
    let case = case_of(&world, &wei).await;
    assert_eq!((case.state, case.channel.as_str(), case.filed_by), (State::Granted, "hall", wei.account));
    assert_eq!(case.identity_level, "strong", "the clerk saw the person");
    let told = kinds(&world, &case).await;
    assert!(told.contains(&("filed".into(), "韦明月".into(), None)), "{told:?}");
    assert!(told.contains(&("filed_at_counter".into(), "某huang".into(), Some("韦明月".into()))), "{told:?}");
    let leaves = leaf_kinds(&world, case.id).await;
    assert!(["case.decided", "counter.filed"].iter().all(|kind| leaves.iter().any(|l| l == kind)), "{leaves:?}");
    let brought = approval::brought(&world.scratch.store, world.shard, "450000".parse().unwrap()).await.unwrap();
    assert_eq!(brought.of(BroughtTo::Place(HallKind::Hall)), 1);
    assert!(approval::recount_brought(&world.scratch.store, world.shard).await.unwrap().is_empty());

    // He sees it online under his own account, as his own.
    let mut own = Browser::of(&world, &site, wei.account).await;
    assert!(own.get("/me").await.main().contains(&case.number));
    let seen = own.get(&format!("/cases/{}", case.number)).await.main();
    assert!(seen.contains("窗口代为录入（青秀区政务服务中心 A-1）") && seen.contains("某huang"), "{seen}");

    // The result: listed until it is fetched, handed out once.
    let results = hand.go("/staff/window/results").await.main();
    assert!(results.contains(&case.number) && results.contains("韦**") && !results.contains("韦明月"), "{results}");
    let page = format!("{stand}/cases/{}", case.number);
    let out = hand.send(&format!("{page}/deliver"), &[("way", "counter")], &[]).await;
    assert!(out.main().contains("领取人：韦明月"), "{}", out.main());
    let twice = hand.browser.post(&format!("{page}/deliver"), &[("way", "electronic")]).await;
    assert_eq!(twice.status, StatusCode::FORBIDDEN, "once");
    assert!(hand.go("/staff/window/results").await.main().contains("没有等人来领的结果"));
    assert!(leaf_kinds(&world, case.id).await.contains(&"result.delivered".to_owned()));

    // Done: nothing more is done for him, by this clerk or another.
    let ended = hand.send(&format!("{stand}/end"), &[], &[]).await;
    assert_eq!(ended.location(), BENCH);
    assert_eq!(hand.browser.get(&stand).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_citizen_is_served_at_a_counter_from_identity_to_result() {
    for world in World::on_both_engines().await {
        served(world).await;
    }
}

#[tokio::test]
async fn nobody_receives_beyond_his_post() {
    let world = World::new().await;
    let site = world.site();
    let wei = pharmacist(&world, "韦明月", 1).await;
    // To who receives nowhere the counter is not there.
    let approver = officer(&world, "decides", (Role::Approver, EVERY, EVERY, EVERY)).await;
    let mut browser = Browser::of(&world, &site, approver.account).await;
    for path in [BENCH, "/staff/window/results"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(Browser::of(&world, &site, wei.account).await.get(BENCH).await.status, StatusCode::NOT_FOUND);

    // Another region's counter, another item, another agency.
    let other = officer(&world, "elsewhere", (Role::Window, EVERY, "450105", EVERY)).await;
    let mut away = Browser::of(&world, &site, other.account).await;
    assert_eq!(away.post("/staff/window/seat", &[("seat", SEAT)]).await.status, StatusCode::FORBIDDEN);
    assert!(!away.get(BENCH).await.text().contains(SEAT), "and it is not offered");
    let rows =
        [("item", (Role::Window, EVERY, "450103", RENEW)), ("agency", (Role::Clerk, "amr-450103", "450103", EVERY))];
    for (login, row) in rows {
        let clerk = officer(&world, login, row).await;
        let mut hand = Hand::seated(&world, &site, &clerk).await;
        let stand = hand.recognise(&wei).await;
        assert!(!hand.browser.get(&stand).await.text().contains(&format!("value=\"{CANCEL}\"")), "{login}");
        let form = hand.browser.get(&format!("{stand}/apply?item={CANCEL}&for=self")).await;
        assert_eq!(form.status, StatusCode::FORBIDDEN, "{login}");
    }

    // Nobody acts in another clerk's reception, nor when the check is too old, nor after his right was taken.
    let (one, two) = (at_counter(&world, "one").await, at_counter(&world, "two").await);
    let mut hand = Hand::seated(&world, &site, &one).await;
    let stand = hand.recognise(&wei).await;
    let mut thief = Hand::seated(&world, &site, &two).await;
    assert_eq!(thief.browser.get(&stand).await.status, StatusCode::NOT_FOUND);
    let scope = one.scopes.rows().next().unwrap().clone();
    access::staff::revoke_scope(&world.base(), &Actor::Machine, one.account, &scope).await.unwrap();
    assert_eq!(hand.browser.get(&stand).await.status, StatusCode::NOT_FOUND, "a right taken a second ago");
    access::staff::grant_scope(&world.base(), &Actor::Machine, one.account, &scope).await.unwrap();
    assert_eq!(hand.browser.get(&stand).await.status, StatusCode::OK);
    world.scratch.clock.set(world.now().plus_ms(60 * 60_000));
    let mut hand = Hand::of(&world, &site, &one).await;
    assert_eq!(hand.browser.get(&stand).await.status, StatusCode::FORBIDDEN, "an hour is over");
}

#[tokio::test]
async fn who_comes_for_another_shows_an_authorisation_in_force() {
    let world = World::new().await;
    let site = world.site();
    let clerk = at_counter(&world, "huang").await;
    let (_, code) = shop(&world, &[RENEW]).await;
    let nong = world.person("农佳", 2).await;
    let mut hand = Hand::seated(&world, &site, &clerk).await;
    let stand = hand.recognise(&nong).await;

    // For himself he cannot, and his mandate online is for another item.
    let own = hand.browser.get(&format!("{stand}/apply?item={HYGIENE}&for=self")).await;
    assert!(own.status == StatusCode::FORBIDDEN && own.main().contains("由单位申请"), "{}", own.main());
    let held = access::mandate::held_by(&world.base(), nong.party.id).await.unwrap().remove(0);
    let other = hand.browser.get(&format!("{stand}/apply?item={HYGIENE}&for={}", held.id)).await;
    assert!(other.status == StatusCode::FORBIDDEN && other.main().contains("授权不包括"), "{}", other.main());
    let nobody = format!("{stand}/apply?item={HYGIENE}&for={}", world.base().id());
    assert_eq!(hand.browser.get(&nobody).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    // A paper: over, too long, without a number, with a wrong code; then a good one.
    let paper = |until: &'static str, basis: &'static str, code: String| {
        vec![
            ("paper-kind", "company".to_owned()),
            ("paper-code", code),
            ("paper-name", "某单位".to_owned()),
            ("paper-item", HYGIENE.to_owned()),
            ("paper-basis", basis.to_owned()),
            ("paper-until", until.to_owned()),
        ]
    };
    let wrong_code = format!("{}X", &code[..17]);
    for (until, basis, code, at) in [
        ("2026-11-22", "授2026-7", code.clone(), "f-paper-until"),
        ("2027-11-22", "授2026-7", code.clone(), "f-paper-until"),
        ("", "授2026-7", code.clone(), "f-paper-until"),
        ("2026-12-01", " ", code.clone(), "f-paper-basis"),
        ("2026-12-01", "授2026-7", wrong_code, "f-paper-code"),
    ] {
        let pairs = paper(until, basis, code);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let answer = hand.browser.post(&format!("{stand}/paper"), &pairs).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{at}");
        assert!(answer.text().contains(&format!("href=\"#{at}\"")), "{at}: {}", answer.main());
    }
    let pairs = paper("2026-12-01", "授2026-7", code.clone());
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let taken = hand.browser.post(&format!("{stand}/paper"), &pairs).await;
    let apply = taken.location().to_owned();
    let form = hand.browser.get(&apply).await;
    assert!(form.main().contains("农佳在场，申请人某单位"), "{}", form.main());
    let (key, whose) = (form.hidden("key"), form.hidden("for"));
    let fields = [
        ("key", key.as_str()),
        ("for", whose.as_str()),
        ("/place_type", "shop"),
        ("/address", ADDRESS),
        ("/staff", "4"),
        ("/certified", "4"),
        ("/way", "commitment"),
        ("/promise", "true"),
        ("/phone", "13877100001"),
        ("/truthful", "true"),
        ("way", "courier"),
        ("address", "南宁市青秀区演示路21号 农佳 13877100001"),
        ("read_back", "1"),
    ];
    let filed = hand.browser.post(&apply, &fields).await;
    assert_eq!(filed.status, StatusCode::SEE_OTHER, "{}", filed.main());
    let receipt = hand.browser.get(filed.location()).await.main();
    assert!(receipt.contains("某单位") && receipt.contains("农佳") && receipt.contains("某huang"), "{receipt}");
    let company = access::people::party_by_code(&world.scratch.store, access::PartyKind::Company, &code).await;
    let company = company.unwrap().unwrap();
    let case = approval::cases_of(&world.scratch.store, company.id).await.unwrap().remove(0);
    assert_eq!((case.state, case.mandate.map(|m| m.to_string())), (State::Granted, Some(whose)));
    assert!(kinds(&world, &case).await.contains(&("filed".into(), "农佳".into(), Some("某单位".into()))));
    let inbox = message::inbox(&world.scratch.store, company.id, None).await.unwrap();
    assert!(inbox.messages.iter().any(|m| m.body.zh.contains("授2026-7")), "whoever gave it is told");

    // By courier: with a number, once, and only where it was chosen.
    let path = format!("/staff/window/results/{}", case.number);
    assert_eq!(hand.browser.post(&path, &[("parcel", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(hand.browser.post(&path, &[("parcel", "EMS 1234")]).await.location(), "/staff/window/results");
    assert_eq!(hand.browser.post(&path, &[("parcel", "EMS 1234")]).await.status, StatusCode::FORBIDDEN, "once");
    let row = window::counter_case(&world.scratch.store, case.id).await.unwrap().unwrap();
    assert_eq!(
        (row.parcel.as_deref(), row.delivered.map(|(_, way, _)| way)),
        (Some("EMS 1234"), Some(window::Way::Courier))
    );

    // Two weeks later the paper is over.
    world.wait_days(14);
    let mut hand = Hand::of(&world, &site, &clerk).await;
    let stand = hand.recognise(&nong).await;
    let late = format!("{stand}/apply?item={HYGIENE}&for={}", case.mandate.unwrap());
    assert_eq!(hand.browser.get(&late).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn progress(site: &Router, number: &str, secret: &str) -> StatusCode {
    Browser::new(site).post("/progress", &[("number", number), ("secret", secret)]).await.status
}

#[tokio::test]
async fn a_lost_secret_is_followed_by_another_for_its_owner_alone() {
    let world = World::new().await;
    let site = world.site();
    let clerk = at_counter(&world, "huang").await;
    let (wei, lu) = (pharmacist(&world, "韦明月", 1).await, world.person("陆小川", 9).await);
    let form = map(json!({"name": "韦明月", "citizen_id": wei.party.code,
        "registration_number": format!("45{}", &wei.party.code[6..14]), "reason": "stop", "phone": "13877100001",
        "understood": true, "truthful": true}));
    // Begun and granted online.
    let case = world.file(&wei, CANCEL, &form, "key-secret").await.unwrap();
    let mut own = Browser::of(&world, &site, wei.account).await;
    let first = secret_on(&own.get(&format!("/cases/{}/receipt", case.number)).await);
    assert_eq!(progress(&site, &case.number, &first).await, StatusCode::OK);

    // Somebody else does not find it, whatever number he says.
    let mut hand = Hand::seated(&world, &site, &clerk).await;
    let stand = hand.recognise(&lu).await;
    let found = hand.browser.post(&format!("{stand}/open"), &[("number", &case.number)]).await;
    assert_eq!(found.status, StatusCode::NOT_FOUND);
    let page = format!("{stand}/cases/{}", case.number);
    for path in [format!("{page}/secret"), format!("{page}/deliver")] {
        assert_eq!(hand.browser.post(&path, &[("way", "counter")]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(progress(&site, &case.number, &first).await, StatusCode::OK, "nothing was changed");

    // Its owner gets a new one at any counter; the old one is void.
    let stand = hand.recognise(&wei).await;
    let page = format!("{stand}/cases/{}", case.number);
    assert_eq!(hand.browser.post(&format!("{page}/secret"), &[]).await.status, StatusCode::NOT_FOUND, "not opened yet");
    let opened = hand.browser.post(&format!("{stand}/open"), &[("number", &case.number)]).await;
    assert_eq!(opened.location(), page);
    let receipt = hand.browser.get(&format!("{page}/receipt")).await;
    assert_eq!(receipt.status, StatusCode::NOT_FOUND, "the old secret is told to no clerk");
    let renewed = hand.browser.post(&format!("{page}/secret"), &[]).await;
    let second = secret_on(&renewed);
    assert_ne!(first, second);
    assert_eq!(progress(&site, &case.number, &first).await, StatusCode::NOT_FOUND, "void");
    assert_eq!(progress(&site, &case.number, &second).await, StatusCode::OK);
    assert_eq!(secret_on(&own.get(&format!("/cases/{}/receipt", case.number)).await), second, "online the same");
    let told = kinds(&world, &case).await;
    assert!(told.contains(&("receipt_renewed".into(), "某huang".into(), Some("韦明月".into()))), "{told:?}");
    assert!(told.contains(&("opened_at_counter".into(), "某huang".into(), Some("韦明月".into()))), "{told:?}");
    assert!(leaf_kinds(&world, case.id).await.contains(&"case.receipt_renewed".to_owned()));
}

/// The secret on a receipt: the second code of the frame.
fn secret_on(receipt: &Answer) -> String {
    let main = receipt.main();
    let letters = |word: &&str| word.len() == 14 && word.matches('-').count() == 2;
    let found = main.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).find(letters);
    found.unwrap_or_else(|| panic!("no secret in {main}")).to_owned()
}

#[tokio::test]
async fn an_online_case_is_mended_at_the_counter_without_typing_it_again() {
    for world in World::on_both_engines().await {
        let site = world.site();
        let (agent, code) = shop(&world, &[]).await;
        let clerk = at_counter(&world, "huang").await;
        let case = world.file(&agent, HYGIENE, &hygiene(&code, 3), "key-mend").await.unwrap();
        assert_eq!(case.state, State::Correcting);
        let mut hand = Hand::seated(&world, &site, &clerk).await;
        let stand = hand.recognise(&PersonActor { acting_for: None, ..agent.clone() }).await;
        let page = hand.send(&format!("{stand}/open"), &[], &[("number", &case.number)]).await;
        assert!(page.main().contains("持证人数"), "what the notice named: {}", page.main());
        let correct = format!("{stand}/cases/{}/correct", case.number);
        let form = hand.go(&correct).await;
        assert!(form.text().contains("value=\"3\"") && form.text().contains("13877100001"), "as it was filed");
        assert!(form.text().contains("href=\"#f-certified\""), "each line leads to its field");
        let filed = [
            ("/place_type", "shop"),
            ("/address", ADDRESS),
            ("/staff", "4"),
            ("/way", "commitment"),
            ("/promise", "true"),
            ("/phone", "13877100001"),
            ("/truthful", "true"),
        ];
        let unread = hand.send(&correct, &filed, &[("/certified", "4")]).await;
        assert!(unread.status == StatusCode::UNPROCESSABLE_ENTITY && unread.text().contains("#f-read_back"));
        let mended = hand.send(&correct, &filed, &[("/certified", "4"), ("read_back", "1")]).await;
        assert!(mended.main().contains("已准予") || mended.main().contains("准予"), "{}", mended.main());
        let now = case_of(&world, &agent).await;
        assert_eq!((now.state, now.channel.as_str(), now.corrections), (State::Granted, "online", 1));
        let told = kinds(&world, &now).await;
        assert!(told.contains(&("mended_at_counter".into(), "某huang".into(), Some("农佳".into()))), "{told:?}");
        // Pressed twice: led to the case, nothing is done again.
        let twice = hand.browser.post(&correct, &[&filed[..], &[("read_back", "1")][..]].concat()).await;
        assert_eq!(twice.location(), format!("{stand}/cases/{}", case.number));
        // And its licence is printed here.
        let sheet = hand.go(&format!("{stand}/cases/{}/licence", case.number)).await;
        assert!(sheet.main().contains("某单位"), "{}", sheet.main());
    }
}

/// A renewal filed at the counter that waits for a person.
async fn referred(world: &World, hand: &mut Hand) -> (PersonActor, Case, String) {
    let (qin, nong) = (world.person("覃海燕", 5).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &code, 60).await;
    world.shop_licence(&code, "under_review").await;
    let stand = hand.recognise(&qin).await;
    let apply = format!("{stand}/apply?item={RENEW}&for=self");
    let form = hand.go(&apply).await;
    let key = form.hidden("key");
    let given = [("key", key.as_str()), ("for", ""), ("way", "counter"), ("/employer", code.as_str())];
    let typed = [("/phone", "13877100001"), ("/truthful", "true"), ("read_back", "1")];
    let receipt = hand.send(&apply, &given, &typed).await;
    assert_eq!(receipt.status, StatusCode::OK, "{}", receipt.main());
    let case = case_of(world, &qin).await;
    assert_eq!(case.state, State::AwaitingSecondParty);
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(case.state, State::InReview);
    (qin, case, stand)
}

async fn handed_over(world: World) {
    let site = world.site();
    let clerk = at_counter(&world, "huang").await;
    let mut hand = Hand::seated(&world, &site, &clerk).await;
    let (_, case, stand) = referred(&world, &mut hand).await;
    let page = format!("{stand}/cases/{}", case.number);
    let wrong = hand.send(&format!("{page}/relay"), &[], &[("pieces", "-1")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let receipt = hand.send(&format!("{page}/relay"), &[], &[("pieces", "3"), ("note", "学分证明原件")]).await;
    let text = receipt.main();
    assert!(text.contains("纸质材料 3 件") && text.contains("最迟 2026年11月24日 签收"), "{text}");
    let twice = hand.browser.post(&format!("{page}/relay"), &[("pieces", "3")]).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "under way already");

    // Both sides' lists; who may not see the case sees neither.
    let relays = "/staff/window/relays";
    let (approver, colleague) = (
        officer(&world, "wen", (Role::Approver, "gx-mpa", "450000", EVERY)).await,
        officer(&world, "mo", (Role::Clerk, "gx-mpa", "450000", EVERY)).await,
    );
    let mut wen = Browser::of(&world, &site, approver.account).await;
    let mut mo = Browser::of(&world, &site, colleague.account).await;
    let far = officer(&world, "far", (Role::Approver, "gx-mpa", "450200", EVERY)).await;
    let mut far = Browser::of(&world, &site, far.account).await;
    assert!(hand.go(relays).await.main().contains(&case.number));
    assert!(wen.get(relays).await.main().contains(&case.number) && mo.get(relays).await.main().contains(&case.number));
    let one = format!("{relays}/{}", case.number);
    assert!(!far.get(relays).await.main().contains(&case.number));
    for status in [far.get(&one).await.status, far.post(&format!("{one}/take"), &[]).await.status] {
        assert_eq!(status, StatusCode::NOT_FOUND, "lists show what pages open");
    }
    let auditor = officer(&world, "audits", (Role::Auditor, EVERY, EVERY, EVERY)).await;
    let mut auditor = Browser::of(&world, &site, auditor.account).await;
    assert!(auditor.get(relays).await.main().contains(&case.number));
    assert_eq!(auditor.post(&format!("{one}/take"), &[]).await.status, StatusCode::FORBIDDEN);

    // Late: red on both sides, and told to whoever watches time.
    assert!(window::overdue(&world.scratch.store, world.now()).await.unwrap().is_empty());
    world.wait_days(2);
    // Everybody signs in anew.
    let mut hand = Hand::of(&world, &site, &clerk).await;
    let mut wen = Browser::of(&world, &site, approver.account).await;
    let mut mo = Browser::of(&world, &site, colleague.account).await;
    let late = window::overdue(&world.scratch.store, world.now()).await.unwrap();
    assert_eq!(late.iter().map(|l| l.case.number.as_str()).collect::<Vec<_>>(), [case.number.as_str()]);
    assert!(wen.get(relays).await.main().contains("后台超时未签收"));
    assert!(hand.browser.get(BENCH).await.main().contains("1 件超时"));

    // Back with a reason, out again, taken by one of two.
    assert_eq!(wen.post(&format!("{one}/return"), &[("reason", "少")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wen.post(&format!("{one}/return"), &[("reason", "少一页签名")]).await.location(), relays);
    assert!(hand.browser.get(relays).await.main().contains("少一页签名"));
    let stand = hand.recognise(&world.person("覃海燕", 5).await).await;
    hand.send(&format!("{stand}/open"), &[], &[("number", &case.number)]).await;
    let page = format!("{stand}/cases/{}", case.number);
    assert_eq!(hand.browser.post(&format!("{page}/relay"), &[("pieces", "4")]).await.location(), one);
    let desk = world.desk();
    let (a, b) = (Actor::Staff(approver), Actor::Staff(colleague));
    let (first, second) = tokio::join!(window::take(&desk, &a, &case.number), window::take(&desk, &b, &case.number));
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|ok| **ok).count(), 1, "{first:?} {second:?}");
    let lost = [first, second].into_iter().find_map(Result::err).unwrap();
    assert!(matches!(lost, approval::ApprovalError::Changed), "{lost:?}");
    assert_eq!(mo.post(&format!("{one}/take"), &[]).await.status, StatusCode::CONFLICT, "taken");
    let receipt = hand.browser.get(&one).await.main();
    assert!(
        receipt.contains("第1次移交") && receipt.contains("第2次移交") && receipt.contains("后台已签收"),
        "{receipt}"
    );
    let leaves = leaf_kinds(&world, case.id).await;
    for kind in ["relay.sent", "relay.returned", "relay.taken"] {
        assert!(leaves.iter().any(|l| l == kind), "{kind} in {leaves:?}");
    }
    // The case's record still follows how cases run.
    let law = affairs::powers::Law::read(&world.catalog).unwrap();
    let file = approval::story(&world.scratch.store, case.id).await.unwrap().unwrap();
    let followed = approval::followed(law.flow(approval::CASE_FLOW).unwrap(), &file.case, &file.events);
    assert_eq!((followed.deviation, followed.unknown), (None, Vec::<String>::new()));
}

#[tokio::test]
async fn papers_go_to_the_back_with_a_limit_and_both_names() {
    for world in World::on_both_engines().await {
        handed_over(world).await;
    }
}

#[tokio::test]
async fn who_sent_papers_does_not_take_them() {
    let world = World::new().await;
    let site = world.site();
    let both = officer(&world, "both", (Role::Clerk, "gx-mpa", "450000", EVERY)).await;
    let mut hand = Hand::seated(&world, &site, &both).await;
    let (_, case, stand) = referred(&world, &mut hand).await;
    hand.browser.post(&format!("{stand}/cases/{}/relay", case.number), &[("pieces", "0")]).await;
    let take = format!("/staff/window/relays/{}/take", case.number);
    let answer = hand.browser.post(&take, &[]).await;
    assert!(answer.status == StatusCode::FORBIDDEN && answer.main().contains("两个人"), "{}", answer.main());
}

#[tokio::test]
async fn a_village_forwards_and_neither_receives_nor_decides() {
    let world = World::new().await;
    let wei = pharmacist(&world, "韦明月", 1).await;
    let point = world.catalog.halls().iter().find(|h| h.kind == HallKind::Point).unwrap();
    let region = point.region.to_string();
    let agent = Actor::Staff(officer(&world, "village", (Role::Window, EVERY, &region, EVERY)).await);
    let desk = world.desk();
    assert!(window::sit(&desk, &agent, ("hall-450103", "A-1")).await.is_err(), "not her counter");
    window::sit(&desk, &agent, (&point.id, "")).await.unwrap();
    let identity = window::Identity {
        document: Some(window::Document::IdCard),
        code: &wei.party.code,
        name: "韦明月",
        is_seen: true,
    };
    let reception = window::begin(&desk, &agent, &identity).await.unwrap();
    let form = map(json!({"name": "韦明月", "citizen_id": wei.party.code,
        "registration_number": format!("45{}", &wei.party.code[6..14]), "reason": "stop", "phone": "13877100001",
        "understood": true, "truthful": true}));
    let filing = window::CounterFiling {
        item: CANCEL,
        form: &form,
        mandate: None,
        way: Some(window::Way::Counter),
        address: "",
        draft: None,
        key: "village-key",
    };
    let case = window::file_for(&desk, &agent, (&reception, &filing)).await.unwrap();
    assert_eq!((case.channel.as_str(), case.deciding_agency.as_str()), ("point", "gx-mpa"), "an agency decides");
    assert!(world.catalog.halls().acts(point, None).iter().all(|act| *act != affairs::catalog::HallAct::Receive));

    // Where the catalogue takes forwarding away, nothing is taken in there.
    let halls = world.catalog.halls();
    let place = window::post(&world.catalog, (&point.id, ""), world.now().date()).unwrap();
    assert!(halls.may(place.hall, place.taking(), CANCEL));
    let receives = affairs::catalog::HallAct::Receive;
    match window::may_receive(&world.catalog, &agent, (&place, receives), (CANCEL, "gx-mpa")) {
        Err(approval::ApprovalError::Forbidden(why)) => {
            assert!(why.zh.contains("村民委员会不受理、不决定"), "{}", why.zh)
        }
        other => panic!("{other:?}"),
    }
}

async fn api(browser: &mut Browser, (method, path): (&str, &str), key: &str, body: &Json) -> (StatusCode, Json) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1/window{path}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(body.to_string().into())
        .unwrap();
    let answer = browser.send(request).await;
    (answer.status, serde_json::from_slice(&answer.bytes).unwrap_or_default())
}

#[tokio::test]
async fn another_system_serves_a_counter_over_the_api() {
    let world = World::new().await;
    let site = world.site();
    let wei = pharmacist(&world, "韦明月", 1).await;
    let clerk = at_counter(&world, "huang").await;
    let mut desk = Browser::of(&world, &site, clerk.account).await;
    let none = "none-key";
    let who = json!({"document": "id_card", "citizen_id": wei.party.code, "name": "韦明月", "original_seen": true});
    let (status, told) = api(&mut desk, ("POST", "/receptions"), none, &who).await;
    assert_eq!((status, &told["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/counter")));
    let seat = json!({"hall": "hall-450103", "counter": "A-1"});
    assert_eq!(api(&mut desk, ("PUT", "/seat"), none, &seat).await.0, StatusCode::OK);
    let mut unseen = who.clone();
    unseen["original_seen"] = json!(false);
    unseen["document"] = json!("passport");
    let (status, told) = api(&mut desk, ("POST", "/receptions"), none, &unseen).await;
    assert_eq!((status, told["errors"].as_array().unwrap().len()), (StatusCode::UNPROCESSABLE_ENTITY, 2), "{told}");
    let (status, reception) = api(&mut desk, ("POST", "/receptions"), none, &who).await;
    assert_eq!(status, StatusCode::CREATED, "{reception}");
    assert!(reception["citizen_id"].as_str().unwrap().contains("****"));
    let base = format!("/receptions/{}", reception["id"].as_str().unwrap());

    let form = json!({"name": "韦明月", "citizen_id": wei.party.code,
        "registration_number": format!("45{}", &wei.party.code[6..14]), "reason": "stop", "phone": "13877100001",
        "understood": true, "truthful": true});
    let filing = json!({"item": CANCEL, "way": "counter", "form": form});
    let cases = format!("{base}/cases");
    let (status, made) = api(&mut desk, ("POST", &cases), "window-key-1", &filing).await;
    assert_eq!((status, &made["state"]), (StatusCode::CREATED, &json!("granted")), "{made}");
    let (_, again) = api(&mut desk, ("POST", &cases), "window-key-1", &filing).await;
    assert_eq!((&again["number"], &again["receipt_secret"]), (&made["number"], &made["receipt_secret"]), "once");
    let mut other = filing.clone();
    other["form"]["reason"] = json!("retire");
    let (status, reused) = api(&mut desk, ("POST", &cases), "window-key-1", &other).await;
    assert_eq!((status, &reused["code"]), (StatusCode::CONFLICT, &json!("key_reused")));
    assert_eq!(approval::cases_of(&world.scratch.store, wei.party.id).await.unwrap().len(), 1);

    let number = made["number"].as_str().unwrap();
    let (_, waiting) = api(&mut desk, ("GET", "/results"), none, &json!({})).await;
    assert_eq!(waiting[0]["number"], json!(number));
    let deliver = format!("{base}/cases/{number}/deliver");
    assert_eq!(
        api(&mut desk, ("POST", &deliver), none, &json!({"way": "pigeon"})).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let (status, out) = api(&mut desk, ("POST", &deliver), none, &json!({"way": "electronic"})).await;
    assert_eq!((status, &out["collected_by"]), (StatusCode::OK, &json!("韦明月")), "{out}");
    assert_eq!(api(&mut desk, ("POST", &deliver), none, &json!({"way": "counter"})).await.0, StatusCode::FORBIDDEN);
    let (status, secret) = api(&mut desk, ("POST", &format!("{base}/cases/{number}/secret")), none, &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(secret["secret"], made["receipt_secret"]);
    let papers = json!({"number": number, "pieces": 1});
    assert_eq!(api(&mut desk, ("POST", "/relays"), none, &papers).await.0, StatusCode::CONFLICT, "it has ended");
    assert_eq!(api(&mut desk, ("POST", &format!("{base}/end")), none, &json!({})).await.0, StatusCode::NO_CONTENT);
    let after = api(&mut desk, ("POST", &format!("{base}/open")), none, &json!({"number": number})).await.0;
    assert_eq!(after, StatusCode::FORBIDDEN, "the reception is over");
}

#[tokio::test]
async fn the_counter_stays_open_while_nothing_can_be_signed() {
    let world = World::new().await;
    let site = world.site();
    let wei = pharmacist(&world, "韦明月", 1).await;
    let clerk = at_counter(&world, "huang").await;
    let mut hand = Hand::seated(&world, &site, &clerk).await;
    world.scratch.store.sign_with(None).await.unwrap();
    let stand = hand.recognise(&wei).await;
    let apply = format!("{stand}/apply?item={CANCEL}&for=self");
    let key = hand.go(&apply).await.hidden("key");
    let filed = hand.send(&apply, &[("key", &key), ("for", ""), ("way", "counter")], &STOPS).await;
    assert_eq!(filed.status, StatusCode::OK, "{}", filed.main());
    assert_eq!(case_of(&world, &wei).await.state, State::AwaitingEvidence);
    world.scratch.store.sign_with(Some(store::testing::signer())).await.unwrap();
    approval::make_up(&world.desk()).await.unwrap();
    let case = case_of(&world, &wei).await;
    assert_eq!(case.state, State::Granted);
    assert!(leaf_kinds(&world, case.id).await.contains(&"counter.filed".to_owned()), "owed, and appended");
}

/// What `docs/bench.md` says, counted: pages opened + fields filled or chosen + buttons and links pressed, with the clerk seated
/// already.
#[tokio::test]
async fn a_clerks_actions_are_counted_for_five_common_cases() {
    let world = World::new().await;
    let site = world.site();
    let clerk = at_counter(&world, "huang").await;
    let mut hand = Hand::seated(&world, &site, &clerk).await;
    let mut counts = Vec::new();

    // 1. A person files for himself, and it is granted at once.
    let wei = pharmacist(&world, "韦明月", 1).await;
    hand.counted();
    let stand = hand.recognise(&wei).await;
    hand.done += 1; // the item; in whose name stands there already
    let apply = format!("{stand}/apply?item={CANCEL}&for=self");
    let key = hand.go(&apply).await.hidden("key");
    let receipt = hand.send(&apply, &[("key", &key), ("for", ""), ("way", "counter")], &STOPS).await;
    assert_eq!(receipt.status, StatusCode::OK);
    counts.push(("a striking-off, granted at once", hand.counted()));

    // 2. Its result is fetched by the same person.
    let case = case_of(&world, &wei).await;
    let page = format!("{stand}/cases/{}", case.number);
    hand.go(&page).await;
    hand.send(&format!("{page}/deliver"), &[("way", "counter")], &[]).await;
    counts.push(("its result, handed out in the same reception", hand.counted()));

    // 3. Somebody acts for a company under a mandate given online.
    let (agent, _) = shop(&world, &[]).await;
    let stand = hand.recognise(&PersonActor { acting_for: None, ..agent.clone() }).await;
    hand.done += 2; // the item, and in whose name
    let mandate = agent.acting_for.as_ref().unwrap().id;
    let apply = format!("{stand}/apply?item={HYGIENE}&for={mandate}");
    let form = hand.go(&apply).await;
    let (key, whose) = (form.hidden("key"), form.hidden("for"));
    let typed = [
        ("/place_type", "shop"),
        ("/staff", "4"),
        ("/certified", "3"),
        ("/way", "commitment"),
        ("/promise", "true"),
        ("/phone", "13877100001"),
        ("/truthful", "true"),
        ("read_back", "1"),
    ];
    let given = [("key", key.as_str()), ("for", whose.as_str()), ("way", "counter"), ("/address", ADDRESS)];
    let filed = hand.send(&apply, &given, &typed).await;
    assert_eq!(filed.status, StatusCode::OK, "{}", filed.main());
    counts.push(("a company's hygiene licence under a mandate", hand.counted()));

    // 4. It wants mending: opened by its number at another visit, one value changed.
    let case = case_of(&world, &agent).await;
    assert_eq!(case.state, State::Correcting);
    let stand = hand.recognise(&PersonActor { acting_for: None, ..agent.clone() }).await;
    hand.send(&format!("{stand}/open"), &[], &[("number", &case.number)]).await;
    let correct = format!("{stand}/cases/{}/correct", case.number);
    hand.go(&correct).await;
    let filed: Vec<(&str, &str)> = typed
        .iter()
        .filter(|(name, _)| !["/certified", "read_back"].contains(name))
        .copied()
        .chain([("/address", ADDRESS)])
        .collect();
    hand.send(&correct, &filed, &[("/certified", "4"), ("read_back", "1")]).await;
    assert_eq!(case_of(&world, &agent).await.state, State::Granted);
    counts.push(("a correction at the counter", hand.counted()));

    // 5. A lost receipt.
    let stand = hand.recognise(&wei).await;
    let number = case_of(&world, &wei).await.number;
    hand.send(&format!("{stand}/open"), &[], &[("number", &number)]).await;
    hand.send(&format!("{stand}/cases/{number}/secret"), &[], &[]).await;
    hand.done += 1; // the page that answers
    counts.push(("a lost receipt", hand.counted()));

    assert_eq!(
        counts,
        [
            ("a striking-off, granted at once", 15),
            ("its result, handed out in the same reception", 4),
            ("a company's hygiene licence under a mandate", 19),
            ("a correction at the counter", 14),
            ("a lost receipt", 10),
        ]
    );
    let bench = include_str!("../../../docs/bench.md");
    for (what, n) in counts {
        assert!(bench.contains(&format!("| {what} | {n} |")), "docs/bench.md does not say: {what}, {n}");
    }
}
