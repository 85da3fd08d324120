//! Stories of standstill: another agency's register is slow, stops, comes back; the log cannot sign. Nobody loses a word,
//! nobody is granted anything on what was not answered, and nobody is refused for it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use affairs::access::{Actor, PersonActor, Role};
use affairs::approval::{self, ApprovalError, Case, Queue, Ruling, RulingDraft, State};
use affairs::register::{self, Keeper, Standing, Terms};
use affairs::{licence, message};
use evidence::key::{PublicKey, SignFault, Signer};
use kernel::Text;
use serde_json::{Map, Value as Json, json};
use site::register::server::{Books, Faults, Server, router};
use site::register::{Address, HttpKeeper};
use store::LogSigner;
use stories::world::map;
use stories::{Browser, World};

use super::{CANCEL, RENEW};

const OPEN: &str = "case-open";
const REGISTRATION: &str = "pharmacist-registration";

/// Another agency with its registers, on a port of its own.
struct Agency {
    server: Arc<Server>,
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Agency {
    async fn opens(world: &World, registers: &[&str]) -> Self {
        let books = Books::new(Text::new("稽查部门", "Inspection"), registers.iter().map(|r| (*r).to_owned()));
        let server = Arc::new(Server {
            books: Mutex::new(books),
            token: Some("agreed".into()),
            signer: None,
            faults: Faults::default(),
            clock: world.scratch.clock.clone(),
            entropy: world.scratch.entropy.clone(),
        });
        Self::on("127.0.0.1:0", server).await
    }

    async fn on(address: &str, server: Arc<Server>) -> Self {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = router(Arc::clone(&server));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Self { server, url, task }
    }

    /// Stops answering: connections are refused.
    async fn stops(&self) {
        self.task.abort();
        while !self.task.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    fn put(&self, register: &str, subject: &str, record: Json) {
        self.server.books.lock().unwrap().put(register, subject, map(record));
    }

    fn keeper(&self) -> Arc<dyn Keeper> {
        keeper(&self.url)
    }
}

fn keeper(url: &str) -> Arc<dyn Keeper> {
    let address = Address { url: url.into(), token: Some("agreed".into()), certificates: "/none".into(), key: None };
    Arc::new(HttpKeeper::new(&address).unwrap())
}

/// Short patience, so that a story is short.
fn terms() -> Terms {
    Terms { timeout_ms: 150, tries: 2, at_once: 4, failures: 4, pause_seconds: 10, max_age_seconds: 0 }
}

fn elsewhere(world: &mut World, register: &str, keeper: Arc<dyn Keeper>, terms: Terms) {
    world.registers = world.registers.clone().kept_by(vec![(register.to_owned(), keeper, terms)]).unwrap();
}

/// A pharmacist who wants her registration struck off: decided at once by two registers.
async fn pharmacist(world: &World) -> (PersonActor, Map<String, Json>) {
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, _) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let form = cancel(&wei);
    (wei, form)
}

fn cancel(wei: &PersonActor) -> Map<String, Json> {
    map(json!({
        "name": "韦明月", "citizen_id": wei.party.code, "registration_number": format!("45{}", &wei.party.code[6..14]),
        "reason": "stop", "phone": "13877100001", "understood": true, "truthful": true,
    }))
}

async fn state(world: &World, case: &Case) -> State {
    let actor = Actor::Person(world.person("韦明月", 1).await);
    approval::file_for(&world.scratch.store, &actor, case.id, world.now()).await.unwrap().0.case.state
}

async fn count(world: &World, sql: &'static str) -> i64 {
    world.scratch.store.query(sql, vec![]).await.unwrap()[0].int("n").unwrap()
}

fn wait_seconds(world: &World, seconds: i64) {
    world.scratch.clock.set(world.now().plus_ms(seconds * 1_000));
}

#[tokio::test]
async fn a_register_over_http_carries_a_grant_and_its_answer_is_kept() {
    let mut world = World::new().await;
    let (wei, form) = pharmacist(&world).await;
    let agency = Agency::opens(&world, &[OPEN]).await;
    agency.put(OPEN, &wei.party.code, json!({"open_cases": 0}));
    elsewhere(&mut world, OPEN, agency.keeper(), terms());
    let case = world.file(&wei, CANCEL, &form, "k1").await.unwrap();
    assert_eq!(case.state, State::Granted);
    let answers = register::answers_for_case(&world.scratch.store, case.id).await.unwrap();
    assert_eq!((answers.len(), answers[0].outcome.as_str()), (1, "record"));
    assert!(answers[0].hash.is_some());
    let actor = Actor::Person(wei.clone());
    let (file, _) = approval::file_for(&world.scratch.store, &actor, case.id, world.now()).await.unwrap();
    let inputs = file.latest().unwrap().inputs.to_string();
    assert!(inputs.contains("Inspection"), "the source is the keeper's own: {inputs}");
    assert!(approval::waiting_now(&world.scratch.store).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_slow_register_makes_the_case_wait_and_it_goes_on_by_itself() {
    let mut world = World::new().await;
    let (wei, form) = pharmacist(&world).await;
    let agency = Agency::opens(&world, &[OPEN]).await;
    agency.put(OPEN, &wei.party.code, json!({"open_cases": 0}));
    elsewhere(&mut world, OPEN, agency.keeper(), Terms { failures: 99, ..terms() });
    agency.server.faults.delay_ms.store(5_000, Ordering::Relaxed);

    let case = world.file(&wei, CANCEL, &form, "k1").await.unwrap();
    assert_eq!(case.state, State::AwaitingData);
    assert!(case.received_at.is_some() && case.statutory_due_at.is_some(), "the agency's time runs");
    assert!(case.decided_at.is_none() && case.outcome.is_none(), "nothing is decided");
    assert_eq!(count(&world, "SELECT count(*) AS n FROM decision").await, 0);
    assert_eq!(count(&world, "SELECT count(*) AS n FROM leaf WHERE kind = 'case.filed'").await, 1);
    let told = message::inbox(&world.scratch.store, wei.party.id, None).await.unwrap();
    assert!(told.messages[0].title.zh.contains("等待数据，无需重办"), "{:?}", told.messages[0].title);
    assert_eq!(world.file(&wei, CANCEL, &form, "k1").await.unwrap().id, case.id, "the same request is the same case");
    let site = world.site();
    let mut browser = Browser::of(&world, &site, wei.account).await;
    let page = browser.get(&format!("/cases/{}", case.number)).await.main();
    assert!(page.contains("等待数据，无需重办") && page.contains("系统（自动）"), "{page}");
    let page = browser.get(&format!("/cases/{}?lang=en", case.number)).await.main();
    assert!(page.contains("Waiting for data, nothing to do"), "{page}");
    let receipt = browser.get(&format!("/cases/{}/receipt", case.number)).await.main();
    assert!(receipt.contains(&case.number), "{receipt}");

    assert_eq!(approval::take_up_waiting(&world.desk(), false).await.unwrap(), 0, "its next try is not due");
    wait_seconds(&world, 5);
    assert_eq!(approval::take_up_waiting(&world.desk(), false).await.unwrap(), 0, "still slow");
    assert_eq!(state(&world, &case).await, State::AwaitingData);
    agency.server.faults.delay_ms.store(0, Ordering::Relaxed);
    wait_seconds(&world, 60);
    assert_eq!(approval::take_up_waiting(&world.desk(), false).await.unwrap(), 1);
    assert_eq!(state(&world, &case).await, State::Granted);
    assert!(approval::waiting_now(&world.scratch.store).await.unwrap().is_empty());
    let answers = register::answers_for_case(&world.scratch.store, case.id).await.unwrap();
    let outcomes: Vec<_> = answers.iter().map(|a| a.outcome.as_str()).collect();
    assert_eq!(outcomes, ["record", "silent", "silent"], "each question is kept, with what came of it");
}

#[tokio::test]
async fn a_stopped_register_is_left_alone_and_when_it_is_back_all_who_wait_go_on_at_once() {
    let mut world = World::new().await;
    let (wei, form) = pharmacist(&world).await;
    let agency = Agency::opens(&world, &[OPEN]).await;
    agency.put(OPEN, &wei.party.code, json!({"open_cases": 0}));
    elsewhere(&mut world, OPEN, agency.keeper(), terms());
    agency.stops().await;
    let case = world.file(&wei, CANCEL, &form, "k1").await.unwrap();
    assert_eq!(case.state, State::AwaitingData);
    wait_seconds(&world, 5);
    approval::take_up_waiting(&world.desk(), false).await.unwrap();
    assert_eq!(world.registers.states()[0].breaker, Standing::Open, "{:?}", world.registers.states());
    let before = world.registers.states()[0].silent;
    wait_seconds(&world, 9);
    approval::take_up_waiting(&world.desk(), true).await.unwrap();
    assert_eq!(world.registers.states()[0].silent, before, "nobody is asked while it is left alone");

    let address = agency.url.trim_start_matches("http://").to_owned();
    let _again = Agency::on(&address, agency.server.clone()).await;
    wait_seconds(&world, 1);
    // Somebody else's question finds it answering; whoever waits is told at once.
    assert_eq!(approval::take_up_waiting(&world.desk(), true).await.unwrap(), 1);
    world.registers.back().await;
    assert_eq!((state(&world, &case).await, world.registers.states()[0].breaker), (State::Granted, Standing::Closed));
}

#[tokio::test]
async fn who_waits_too_long_is_handed_to_a_person_with_the_reason_and_may_withdraw_at_any_time() {
    let mut world = World::new().await;
    let (wei, form) = pharmacist(&world).await;
    let agency = Agency::opens(&world, &[OPEN]).await;
    elsewhere(&mut world, OPEN, agency.keeper(), terms());
    agency.stops().await;

    let case = world.file(&wei, CANCEL, &form, "k1").await.unwrap();
    let withdrawn = approval::withdraw(&world.desk(), &wei, case.id, "不办了").await.unwrap();
    assert_eq!(withdrawn.state, State::Withdrawn);
    assert!(approval::waiting_now(&world.scratch.store).await.unwrap().is_empty());

    let case = world.file(&wei, CANCEL, &form, "k2").await.unwrap();
    assert_eq!(case.state, State::AwaitingData);
    let approver = world.officer("approver", "莫然", &[Role::Approver]).await;
    assert!(approval::queue(&world.scratch.store, approver.account, Queue::Waiting).await.unwrap().is_empty());
    wait_seconds(&world, 30 * 60 - 1);
    assert_eq!(approval::take_up_waiting(&world.desk(), false).await.unwrap(), 0);
    wait_seconds(&world, 1);
    assert_eq!(approval::take_up_waiting(&world.desk(), false).await.unwrap(), 1);
    let queue = approval::queue(&world.scratch.store, approver.account, Queue::Waiting).await.unwrap();
    assert_eq!((queue.len(), queue[0].state, queue[0].accepted_at.is_some()), (1, State::InReview, true));
    let (file, _) =
        approval::file_for(&world.scratch.store, &Actor::Staff(approver), case.id, world.now()).await.unwrap();
    let checks = file.latest().unwrap().checks.to_string();
    assert!(checks.contains("等待时间已到") && checks.contains("在办案件库"), "the person is told why: {checks}");
    assert!(licence::by_case(&world.scratch.store, wei.party.id, case.id).await.unwrap().is_none());
}

#[tokio::test]
async fn what_a_person_must_look_at_anyhow_does_not_wait_and_a_notice_comes_only_when_all_is_known() {
    let mut world = World::new().await;
    let (huang, nong) = (world.person("黄春生", 3).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&huang, &code, 60).await;
    world.qualified(&huang, 30).await;
    let agency = Agency::opens(&world, &["credit-bars"]).await;
    agency.put("credit-bars", &huang.party.code, json!({"name": "黄春生", "bars_in_force": 0}));
    elsewhere(&mut world, "credit-bars", agency.keeper(), terms());
    agency.server.faults.fail_percent.store(100, Ordering::Relaxed);
    let form = world.renewal(&huang, &code, 60);
    let case = world.file(&huang, RENEW, &form, "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(
        (case.state, case.corrections),
        (State::AwaitingData, 0),
        "credits are missing, but the notice must be whole"
    );
    agency.server.faults.fail_percent.store(0, Ordering::Relaxed);
    wait_seconds(&world, 15);
    assert_eq!(approval::take_up_waiting(&world.desk(), false).await.unwrap(), 1);
    let actor = Actor::Person(huang.clone());
    let (file, _) = approval::file_for(&world.scratch.store, &actor, case.id, world.now()).await.unwrap();
    assert_eq!((file.case.state, file.case.corrections), (State::Correcting, 1));

    // A pharmacy whose licence is under review needs a person whatever the register would say.
    let qin = world.person("覃海燕", 5).await;
    world.registered(&qin, &code, 60).await;
    world.shop_licence(&code, "under_review").await;
    agency.server.faults.fail_percent.store(100, Ordering::Relaxed);
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &code, 60), "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(case.state, State::InReview);
}

#[tokio::test]
async fn a_grant_on_a_register_kept_elsewhere_counts_at_once_and_its_keeper_is_told() {
    let mut world = World::new().await;
    let (wei, form) = pharmacist(&world).await;
    let agency = Agency::opens(&world, &[REGISTRATION]).await;
    let number = format!("45{}", &wei.party.code[6..14]);
    let record = json!({
        "name": "韦明月", "number": number, "category": "pharmacy", "scope": "trade", "region": "450103",
        "employer": "91450100MA5000027X", "employer_name": "邕江大药房", "registered_on": "2022-01-23",
        "valid_to": "2027-01-22", "status": "valid",
    });
    agency.put(REGISTRATION, &wei.party.code, record);
    elsewhere(&mut world, REGISTRATION, agency.keeper(), terms());
    let case = world.file(&wei, CANCEL, &form, "k1").await.unwrap();
    assert_eq!(case.state, State::Granted);
    let kept = || agency.server.books.lock().unwrap().get(REGISTRATION, &wei.party.code).unwrap()["status"].clone();
    assert_eq!(kept(), json!("valid"), "the keeper has not heard of it yet");
    let again = world.file(&wei, CANCEL, &form, "k2").await.unwrap();
    assert_ne!(again.state, State::Granted, "what is struck off here is not struck off twice");

    let base = world.base();
    let entries = world.scratch.store.outbox_take(99).await.unwrap();
    let entry = entries.iter().find(|e| e.topic == register::TOPIC).unwrap();
    agency.server.faults.fail_percent.store(100, Ordering::Relaxed);
    assert!(register::carry(&base, &world.registers, entry).await.is_err());
    agency.server.faults.fail_percent.store(0, Ordering::Relaxed);
    register::carry(&base, &world.registers, entry).await.unwrap();
    assert_eq!(kept(), json!("cancelled"));
}

#[tokio::test]
async fn whichever_register_stands_still_nothing_is_granted_and_nothing_refused() {
    let registers = [REGISTRATION, "drug-trade-licence", "continuing-education", "credit-bars"];
    for (n, register) in registers.into_iter().enumerate() {
        let mut world = World::new().await;
        let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
        let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
        world.registered(&wei, &code, 60).await;
        elsewhere(&mut world, register, keeper("http://127.0.0.1:1"), terms());
        let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), "k1").await.unwrap();
        let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
        assert_eq!(case.state, State::AwaitingData, "{register}");
        // Every other one is answered by half an hour of silence, the rest by withdrawal.
        if n % 2 == 0 {
            wait_seconds(&world, 30 * 60);
            approval::take_up_waiting(&world.desk(), false).await.unwrap();
            assert_eq!(state(&world, &case).await, State::InReview, "{register}");
        } else {
            approval::withdraw(&world.desk(), &wei, case.id, "").await.unwrap();
        }
        assert_eq!(count(&world, "SELECT count(*) AS n FROM licence").await, 0, "{register}");
        let refused = "SELECT count(*) AS n FROM decision WHERE outcome NOT IN ('refer')";
        assert_eq!(count(&world, refused).await, 0, "{register}");
    }
}

/// A signer that cannot sign: a hardware module without its card.
struct Broken(PublicKey);

impl Signer for Broken {
    fn public(&self) -> &PublicKey {
        &self.0
    }

    fn sign(&self, _: &[u8]) -> Result<evidence::key::Signature, SignFault> {
        Err(SignFault { key: self.0.id().to_string(), reason: "the card is gone".into() })
    }
}

fn broken() -> LogSigner {
    let keys = store::testing::log_keys().into_iter().map(|key| Box::new(Broken(key)) as Box<dyn Signer>);
    LogSigner::new(store::testing::ORIGIN, keys.collect())
}

#[tokio::test]
async fn while_nothing_can_be_signed_words_are_taken_and_nothing_is_decided() {
    let world = World::new().await;
    let (wei, form) = pharmacist(&world).await;
    let (huang, nong) = (world.person("黄春生", 3).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&huang, &code, 60).await;
    let store = &world.scratch.store;
    let asked = world.file(&huang, RENEW, &world.renewal(&huang, &code, 60), "k1").await.unwrap();
    let leaves = count(&world, "SELECT count(*) AS n FROM leaf").await;

    for (way, signer) in [("keys locked", None), ("a failing signer", Some(broken()))] {
        store.sign_with(signer).await.unwrap();
        let filed = world.file(&wei, CANCEL, &form, way).await.unwrap();
        assert_eq!(filed.state, State::AwaitingEvidence, "{way}");
        assert_eq!(world.file(&wei, CANCEL, &form, way).await.unwrap().id, filed.id, "{way}: sent twice is one case");
        assert!(filed.received_at.is_some() && filed.statutory_due_at.is_some());
        assert_eq!(approval::make_up(&world.desk()).await.unwrap(), 0, "{way}: nothing can be made up yet");
        wait_seconds(&world, 1);
        approval::withdraw(&world.desk(), &wei, filed.id, "").await.unwrap();
        wait_seconds(&world, 1);
    }
    // The employer's word is taken too; so is a filing that waits for its employer.
    let confirmed = approval::confirm(&world.desk(), &pharmacy, asked.id).await.unwrap();
    assert_eq!(confirmed.state, State::AwaitingEvidence);
    wait_seconds(&world, 1);
    let last = world.file(&wei, CANCEL, &form, "last").await.unwrap();
    let lu = world.person("陆小川", 7).await;
    world.registered(&lu, &code, 60).await;
    wait_seconds(&world, 1);
    let waits = world.file(&lu, RENEW, &world.renewal(&lu, &code, 60), "k1").await.unwrap();
    assert_eq!((last.state, waits.state), (State::AwaitingEvidence, State::AwaitingEvidence));
    assert_eq!(count(&world, "SELECT count(*) AS n FROM leaf").await, leaves, "nothing was added to the log");
    let site = world.site();
    let mut browser = Browser::of(&world, &site, wei.account).await;
    let receipt = browser.get(&format!("/cases/{}/receipt", last.number)).await.main();
    assert!(receipt.contains("恢复后按收到的次序补记入日志") && receipt.contains("您不用做什么"), "{receipt}");
    assert_eq!(count(&world, "SELECT count(*) AS n FROM decision").await, 0, "and nothing was decided");

    wait_seconds(&world, 3_600);
    store.sign_with(Some(store::testing::signer())).await.unwrap();
    assert!(approval::make_up(&world.desk()).await.unwrap() > 0);
    let of = async |actor: &PersonActor, case: &Case| {
        approval::file_for(store, &Actor::Person(actor.clone()), case.id, world.now()).await.unwrap().0.case
    };
    assert_eq!(of(&huang, &confirmed).await.state, State::Granted);
    assert_eq!(of(&wei, &last).await.state, State::Granted);
    let waits = of(&lu, &waits).await;
    assert_eq!(waits.state, State::AwaitingSecondParty, "its employer is asked now");
    assert!(waits.second_party_due_at > Some(world.now()));
    let order: Vec<String> = store
        .query("SELECT kind FROM leaf WHERE position >= $1 ORDER BY position", vec![leaves.into()])
        .await
        .unwrap()
        .iter()
        .map(|row| row.text("kind").unwrap().to_owned())
        .collect();
    let words =
        ["case.filed", "case.closed", "case.filed", "case.closed", "case.confirmed", "case.filed", "case.filed"];
    assert_eq!(order[..7], words, "in the order in which they were said");
    assert_eq!(approval::make_up(&world.desk()).await.unwrap(), 0, "nothing is owed any more");
    assert_eq!(count(&world, "SELECT count(*) AS n FROM decision").await, 2);
}

#[tokio::test]
async fn an_officers_decision_waits_as_a_draft_while_nothing_can_be_signed() {
    let world = World::new().await;
    let (qin, nong) = (world.person("覃海燕", 5).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &code, 60).await;
    world.shop_licence(&code, "under_review").await;
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &code, 60), "k1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    let officer = world.officer("approver", "莫然", &[Role::Approver]).await;
    let (account, approver) = (officer.account, Actor::Staff(officer));
    let store = &world.scratch.store;
    let (file, _) = approval::file_for(store, &approver, case.id, world.now()).await.unwrap();
    let case = file.case;
    let draft = RulingDraft {
        ruling: Ruling::Grant, reasons: "已向核查机关核实，许可证有效", version: case.version
    };
    store.sign_with(None).await.unwrap();
    let refused = approval::rule(&world.desk(), &approver, case.id, &draft).await;
    assert!(matches!(refused, Err(ApprovalError::NoEvidence(_))), "{refused:?}");
    let kept = approval::kept_ruling(store, case.id, account).await.unwrap();
    assert_eq!(kept, Some(("grant".into(), draft.reasons.into())));
    let (file, _) = approval::file_for(store, &approver, case.id, world.now()).await.unwrap();
    assert_eq!((file.case.state, file.case.version), (State::InReview, case.version), "nothing is decided");
    store.sign_with(Some(store::testing::signer())).await.unwrap();
    assert_eq!(approval::rule(&world.desk(), &approver, case.id, &draft).await.unwrap().state, State::Granted);
    assert_eq!(approval::kept_ruling(store, case.id, account).await.unwrap(), None);
}

const FOLDER: &str = "STANDSTILL_FOLDER";

fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test's own front door")]
    std::env::var(name).ok()
}

/// An office that files a case which waits for a register, and then tries and tries until it is killed.
#[tokio::test]
#[ignore = "the child of the test below"]
async fn child_that_waits() {
    let Some(folder) = setting(FOLDER) else { return };
    let mut world = World::at(Path::new(&folder), 1).await;
    let (wei, form) = pharmacist(&world).await;
    elsewhere(&mut world, OPEN, keeper("http://127.0.0.1:1"), Terms { failures: 1_000_000, ..terms() });
    let case = world.file(&wei, CANCEL, &form, "k1").await.unwrap();
    println!("\nwaits {}", case.number);
    loop {
        wait_seconds(&world, 61);
        if world.now().ms() % 7 == 0 {
            world.scratch.clock.set(stories::world::EVENING.parse().unwrap());
        }
        approval::take_up_waiting(&world.desk(), true).await.unwrap();
    }
}

#[tokio::test]
async fn killed_while_it_waits_a_case_waits_on_and_is_decided_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "approval::registers::child_that_waits", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = std::io::BufReader::new(child.stdout.take().unwrap());
    let line = std::io::BufRead::lines(out).map_while(Result::ok).find(|line| line.starts_with("waits ")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(150));
    child.kill().unwrap();
    child.wait().unwrap();

    let mut world = World::at(folder.path(), 2).await;
    let wei = world.person("韦明月", 1).await;
    let number = line.trim_start_matches("waits ").to_owned();
    let actor = Actor::Person(wei.clone());
    let (file, _) = approval::file_by_number(&world.scratch.store, &actor, &number, world.now()).await.unwrap();
    assert_eq!(file.case.state, State::AwaitingData);
    let agency = Agency::opens(&world, &[OPEN]).await;
    agency.put(OPEN, &wei.party.code, json!({"open_cases": 0}));
    elsewhere(&mut world, OPEN, agency.keeper(), terms());
    wait_seconds(&world, 10 * 60);
    assert_eq!(approval::take_up_waiting(&world.desk(), true).await.unwrap(), 1);
    assert_eq!(approval::take_up_waiting(&world.desk(), true).await.unwrap(), 0);
    assert_eq!(state(&world, &file.case).await, State::Granted);
    assert_eq!(count(&world, "SELECT count(*) AS n FROM case_file").await, 1);
    assert_eq!(count(&world, "SELECT count(*) AS n FROM leaf WHERE kind = 'case.decided'").await, 1);
    assert!(world.scratch.store.check().await.unwrap().is_empty());
}
