//! Stories of messages that leave the house: through real carriers (HTTP, SMTP) to a letterbox that misbehaves as told, and with
//! the office killed in between. Nothing is lost, and a carrier that honours the key delivers once.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use affairs::access::{Actor, PersonActor, Role};
use affairs::approval;
use affairs::catalog::{Channel, MessageKind};
use affairs::message::{
    self, Carried, Carrier, Hindrance, Letter, Letterhead, NewMessage, Outward, PostingState, Posts, Terms, Wish,
    contact,
};
use axum::http::StatusCode;
use kernel::{Clock, Id, Language, Moment, Text};
use serde_json::json;
use site::message::http::{BodyKind, HttpCarrier, HttpProvider, Meaning, Signature, Spelling};
use site::message::server::{Letterbox, router, serve_smtp};
use site::message::smtp::{SmtpCarrier, SmtpServer, SmtpTls};
use store::testing::postgres::{Alone, Database};
use store::{Location, Unit};
use stories::world::{SHARD, map};
use stories::{Browser, World};
use tokio::net::TcpListener;

mod tls;

const CANCEL: &str = "fd-pharmacist-cancel";
const SECRET: &str = "a secret both know";

/// A running letterbox.
struct Post {
    letters: Arc<Letterbox>,
    http: SocketAddr,
    smtp: SocketAddr,
}

async fn letterbox(clock: Arc<dyn Clock>, seed: u64) -> Post {
    let entropy = Arc::new(kernel::SeededEntropy::new(seed));
    let letters = Arc::new(Letterbox::new(Some(SECRET.into()), clock, entropy));
    let (http, smtp) =
        (TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let (at, mail) = (http.local_addr().unwrap(), smtp.local_addr().unwrap());
    let routes = router(Arc::clone(&letters));
    tokio::spawn(async move { axum::serve(http, routes).await });
    tokio::spawn(serve_smtp(smtp, Arc::clone(&letters)));
    Post { letters, http: at, smtp: mail }
}

/// A secret in a file of its own; the folder must be kept.
fn secret() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    (folder, file)
}

fn gateway(url: String, secret: PathBuf, clock: Arc<dyn Clock>) -> HttpCarrier {
    let provider = HttpProvider {
        url,
        headers: vec![("x-timestamp".into(), "{timestamp}".into())],
        kind: BodyKind::Json,
        body: r#"{"to":"{to}","subject":"{subject}","text":"{text}","link":"{link}"}"#.into(),
        secret_file: Some(secret),
        signature: Some(Signature {
            header: "x-signature".into(),
            value: "{signature}".into(),
            over: "{timestamp}\n{key}\n{body}".into(),
            spelling: Spelling::Hex,
        }),
        meaning: Meaning {
            pointer: "/code".into(),
            taken: vec!["OK".into()],
            again: vec!["BUSY".into()],
            reference: "/id".into(),
        },
        certificates: "/etc/ssl/certs/ca-certificates.crt".into(),
    };
    HttpCarrier::new(provider, clock).unwrap()
}

fn mailer(address: SocketAddr, tls: SmtpTls) -> SmtpCarrier {
    SmtpCarrier::new(SmtpServer {
        host: address.ip().to_string(),
        port: address.port(),
        tls,
        credentials: None,
        from: "不打烊 <no-reply@zwfw.example>".into(),
        certificates: "/etc/ssl/certs/ca-certificates.crt".into(),
        timeout: Duration::from_millis(400),
    })
    .unwrap()
}

fn terms(channel: Channel, name: &str) -> Terms {
    Terms { timeout_ms: 500, failures: 100, ..Terms::usual(channel, name) }
}

fn head() -> Letterhead {
    Letterhead { site: Text::new("不打烊", "Budayang"), origin: "http://127.0.0.1:8080".into() }
}

/// One turn of the background jobs.
async fn turn(world: &World) {
    let store = &world.scratch.store;
    let key = message::CodeKey::from_bytes([7; 32]);
    let outward = Outward { base: world.base(), posts: &world.posts, catalog: &world.catalog, code_key: &key };
    world.deliver().await;
    for entry in store.outbox_take_of(message::OUT_TOPIC, 16).await.unwrap() {
        match message::carry_out(&outward, &entry).await {
            Ok(Carried::Done) => store.outbox_done(&entry).await.unwrap(),
            Ok(Carried::NotBefore(until)) => store.outbox_postpone(&entry, until).await.unwrap(),
            Err(why) => store.outbox_failed(&entry, &why).await.unwrap(),
        }
    }
}

fn pass(world: &World, ms: i64) {
    world.scratch.clock.set(world.now().plus_ms(ms));
}

/// A pharmacist who can have herself struck off at once.
async fn pharmacist(world: &World, name: &str, n: u16) -> PersonActor {
    let wei = world.person(name, n).await;
    world.registered(&wei, "91450100DM00010162", 400).await;
    wei
}

async fn struck_off(world: &World, who: &PersonActor) -> approval::Case {
    let code = &who.party.code;
    let form = map(json!({
        "name": who.party.name, "citizen_id": code, "registration_number": format!("45{}", &code[6..14]),
        "reason": "stop", "phone": "13877100001", "understood": true, "truthful": true,
    }));
    let case = world.file(who, CANCEL, &form, "k1").await.unwrap();
    assert_eq!(case.state, approval::State::Granted);
    case
}

#[tokio::test]
async fn a_decision_reaches_a_telephone_and_a_mailbox_in_the_language_of_each() {
    for world in World::on_both_engines().await {
        a_decision_reaches(world).await;
    }
}

async fn a_decision_reaches(mut world: World) {
    let (_kept, secret) = secret();
    let post = letterbox(world.scratch.clock.clone(), 1).await;
    let clock: Arc<dyn Clock> = world.scratch.clock.clone();
    // The first gateway speaks no TLS though TLS was agreed: it never gets a letter, the second does.
    let first = gateway(format!("https://{}/sms", post.http), secret.clone(), clock.clone());
    let second = gateway(format!("http://{}/sms", post.http), secret.clone(), clock.clone());
    world.posts = Posts::new(
        head(),
        vec![
            (terms(Channel::Sms, "first"), Arc::new(first) as Arc<dyn Carrier>),
            (terms(Channel::Sms, "second"), Arc::new(second)),
            (terms(Channel::Email, "office"), Arc::new(mailer(post.smtp, SmtpTls::None))),
        ],
    );
    let wei = pharmacist(&world, "韦明月", 1).await;
    let site = world.site();
    let mut browser = Browser::of(&world, &site, wei.account).await;

    // She sets a telephone and proves it by the code that arrives there.
    let page = browser.get("/me/contacts").await;
    assert!(page.main().contains("短信") && page.main().contains("电子邮件") && !page.main().contains("微信用户标识"));
    let wrong = browser.post("/me/contacts/sms", &[("/sms/address", "123")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.main().contains("11位手机号码") && wrong.text().contains("value=\"123\""));
    for (channel, address, language) in [("sms", "13877100001", "zh-CN"), ("email", "wei@example.cn", "en")] {
        let field = |name: &str| format!("/{channel}/{name}");
        let sent = browser
            .post(
                &format!("/me/contacts/{channel}"),
                &[
                    (&field("address"), address),
                    (&field("kinds"), "outcome"),
                    (&field("kinds"), "action"),
                    (&field("language"), language),
                ],
            )
            .await;
        assert_eq!(sent.location(), "/me/contacts?done=asked", "{}", sent.main());
    }
    turn(&world).await;
    let arrived = post.letters.arrived();
    assert_eq!(arrived.len(), 2, "{arrived:?}");
    for letter in &arrived {
        let channel = letter.channel.word();
        let digits: String = letter.text.chars().collect::<String>();
        let code: String = digits.split(|c: char| !c.is_ascii_digit()).find(|d| d.len() == 6).unwrap().into();
        let path = format!("/me/contacts/{channel}/code");
        let name = format!("/{channel}/code");
        let wrong = browser.post(&path, &[(&name, if code == "111111" { "222222" } else { "111111" })]).await;
        assert!(wrong.main().contains("还可以试 4 次"), "{}", wrong.main());
        assert_eq!(browser.post(&path, &[(&name, &code)]).await.location(), "/me/contacts?done=verified");
    }

    // It is 21:40: a decision now is told at once; mail and SMS each in the language chosen.
    let case = struck_off(&world, &wei).await;
    turn(&world).await;
    let told: BTreeMap<&str, _> = post.letters.arrived().into_iter().skip(2).map(|l| (l.channel.word(), l)).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    let tail: String = case.number.chars().skip(case.number.chars().count() - 4).collect();
    assert!(told["sms"].text.starts_with(&format!("【不打烊】尾号{tail}的办件：")), "{}", told["sms"].text);
    assert!(told["email"].subject.ends_with("granted"), "{}", told["email"].subject);
    assert!(told["email"].text.contains(&format!("http://127.0.0.1:8080/cases/{}", case.number)));
    for letter in told.values() {
        assert!(!letter.text.contains("韦明月") && !letter.text.contains(&wei.party.code), "{}", letter.text);
    }

    // She sees what was sent; the auditor sees by whom, and that the first gateway did not take it.
    let page = browser.get("/me/contacts").await;
    assert!(page.main().contains("138****0001") && page.main().contains("已发出"), "{}", page.main());
    let he = world.officer("he", "何清", &[Role::Auditor]).await;
    let mut auditor = Browser::of(&world, &site, he.account).await;
    let trail = auditor.get(&format!("/staff/trail?q={}", case.number)).await.main();
    assert!(trail.contains("短信：交给“first”（未收下）") && trail.contains("短信：交给“second”（已收下）"), "{trail}");
    assert!(!trail.contains("13877100001"), "addresses only as masks");
    let postings = message::postings_of(&world.scratch.store, wei.party.id).await.unwrap();
    let sms = postings.iter().find(|p| p.channel == Channel::Sms && p.kind == MessageKind::Outcome).unwrap();
    assert_eq!((sms.state, sms.carrier.as_deref()), (PostingState::Sent, Some("second")));

    // At night nobody is woken; what was cancelled meanwhile is not sent in the morning.
    world.scratch.clock.set("2026-11-23T23:30:00+08:00".parse().unwrap());
    tell(&world, wei.party.id, "夜里的消息").await;
    turn(&world).await;
    assert_eq!(post.letters.arrived().len(), 5, "the mail went, the SMS waits for the morning");
    let closed = browser.post("/me/contacts/sms/close", &[]).await;
    assert_eq!(closed.location(), "/me/contacts?done=closed");
    world.scratch.clock.set("2026-11-24T08:00:01+08:00".parse().unwrap());
    turn(&world).await;
    assert_eq!(post.letters.arrived().len(), 5);
}

async fn tell(world: &World, party: Id, title: &str) {
    let base = world.base();
    let new = NewMessage {
        id: base.id(),
        party,
        kind: MessageKind::Outcome,
        title: Text::new(title, title),
        body: Text::new("正文", "body"),
        link: Some("/cases/450000-2026-000001".into()),
        case: None,
        at: base.now(),
    };
    world.scratch.store.commit(message::add(Unit::new(SHARD), &new)).await.unwrap();
}

/// What each fault of another's server means for a letter, by SMTP and by HTTP.
#[tokio::test]
async fn faults_of_carriers_in_a_table() {
    let clock: Arc<dyn Clock> = Arc::new(kernel::FixedClock::default());
    let post = letterbox(clock.clone(), 2).await;
    let (_kept, secret) = secret();
    let sms = gateway(format!("http://{}/sms", post.http), secret.clone(), clock.clone());
    let mail = mailer(post.smtp, SmtpTls::None);
    let closed = SocketAddr::from(([127, 0, 0, 1], 1));
    let (_other, wrong) = secret_of("not the secret");
    let kind = |answer: &Result<message::Taken, Hindrance>| match answer {
        Ok(_) => "taken",
        Err(Hindrance::NotTaken(_)) => "not taken",
        Err(Hindrance::Refused(_)) => "refused",
        Err(Hindrance::InDoubt(_)) => "in doubt",
    };
    let faults = &post.letters.faults;
    let cases = [
        (None, "taken"),
        (Some(&faults.fail_percent), "not taken"),
        (Some(&faults.refuse_percent), "refused"),
        (Some(&faults.drop_percent), "in doubt"),
        (Some(&faults.garble_percent), "in doubt"),
    ];
    let mut n = 0;
    for (fault, wanted) in cases {
        if let Some(fault) = fault {
            fault.store(100, Ordering::Relaxed);
        }
        for (to, carrier) in [("13877100001", &sms as &dyn Carrier), ("wei@example.cn", &mail)] {
            n += 1;
            let answer = carrier.hand(&letter(to, n)).await;
            assert_eq!(kind(&answer), wanted, "{to}: {answer:?}");
        }
        if let Some(fault) = fault {
            fault.store(0, Ordering::Relaxed);
        }
    }
    let unreached: [(&str, Box<dyn Carrier>); 5] = [
        ("13877100001", Box::new(gateway(format!("http://{closed}/sms"), secret.clone(), clock.clone()))),
        ("13877100001", Box::new(gateway(format!("https://{}/sms", post.http), secret.clone(), clock.clone()))),
        ("13877100001", Box::new(gateway(format!("http://{}/sms", post.http), wrong, clock.clone()))),
        ("wei@example.cn", Box::new(mailer(closed, SmtpTls::None))),
        ("wei@example.cn", Box::new(mailer(post.smtp, SmtpTls::StartTls))),
    ];
    for (at, (to, carrier)) in unreached.iter().enumerate() {
        let answer = carrier.hand(&letter(to, 100)).await;
        assert_eq!(kind(&answer), "not taken", "case {at}: {answer:?}");
    }
    // The same letter twice is one letter, where the key is honoured.
    for _ in 0..2 {
        sms.hand(&letter("13877100001", 7_000)).await.unwrap();
    }
    let same: Vec<_> = post.letters.arrived().into_iter().filter(|l| l.key.ends_with("7000")).collect();
    assert_eq!((same.len(), same[0].handed), (1, 2));
    let mail = post.letters.arrived().into_iter().find(|l| l.channel == Channel::Email).unwrap();
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("主题：已准予", "第一行\n.第二行，点开头"));
}

fn secret_of(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

fn letter(to: &str, n: u32) -> Letter {
    Letter {
        key: format!("key-{n}"),
        to: to.into(),
        language: Language::Zh,
        subject: "主题：已准予".into(),
        text: "第一行\n.第二行，点开头".into(),
        link: "http://127.0.0.1:8080/cases/1".into(),
        at: Moment::from_ms(1_795_406_400_000),
    }
}

// ------------------------------------------------------------------------------------------------ killed in between

const FOLDER: &str = "MESSAGES_FOLDER";
const LOCATION: &str = "MESSAGES_LOCATION";
const TO: &str = "MESSAGES_TO";
const PEOPLE: u16 = 40;

fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test's own front door")]
    std::env::var(name).ok()
}

/// Where a life's clock begins: later than every lease of the life before, and never at night.
fn begins(life: i64) -> Moment {
    let first: Moment = "2026-11-24T09:00:00+08:00".parse().unwrap();
    first.plus_ms(life * 600_000)
}

fn carriers(to: SocketAddr, secret: &Path, clock: &Arc<dyn Clock>) -> Posts {
    let sms = |path: &str| gateway(format!("http://{to}/{path}"), secret.to_owned(), clock.clone());
    Posts::new(
        head(),
        vec![
            (terms(Channel::Sms, "first"), Arc::new(sms("sms")) as Arc<dyn Carrier>),
            (terms(Channel::Wechat, "account"), Arc::new(sms("wechat"))),
        ],
    )
}

/// The office's life: carries messages out until it is killed or nothing is left. Only the test below starts it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the test below"]
async fn child() {
    let (Some(folder), Some(location), Some(to)) = (setting(FOLDER), setting(LOCATION), setting(TO)) else { return };
    let life: i64 = setting("MESSAGES_LIFE").and_then(|n| n.parse().ok()).unwrap_or(0);
    let seed = 1_000 + u64::try_from(life).unwrap();
    let mut world = World::opened(&location.parse().unwrap(), Path::new(&folder), seed).await;
    world.scratch.clock.set(begins(life));
    let clock: Arc<dyn Clock> = world.scratch.clock.clone();
    world.posts = carriers(to.parse().unwrap(), &Path::new(&folder).join("secret"), &clock);
    println!("\nbegun");
    loop {
        turn(&world).await;
        pass(&world, 3_000);
        let left = world.scratch.store.query("SELECT count(*) AS n FROM outbox", vec![]).await.unwrap();
        if left[0].int("n").unwrap() == 0 {
            println!("\nempty");
            return;
        }
    }
}

/// Where an office lives that is killed and opened again.
struct Premises {
    folder: tempfile::TempDir,
    location: Location,
    /// Its database's server, where it has one.
    _server: Option<Alone>,
}

impl Premises {
    async fn world(&self, seed: u64) -> World {
        World::opened(&self.location, self.folder.path(), seed).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_between_no_message_is_lost_and_none_is_delivered_twice() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(folder.path().join("office.db"));
    println!("SQLite: {}", killed_in_between(&Premises { folder, location, _server: None }).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_none_is_lost_and_none_is_delivered_twice_either() {
    let Some(server) = Alone::on_disk("") else { return };
    let database = Database::on(&server.server, "").await;
    let (folder, location) = (tempfile::tempdir().unwrap(), database.location.clone());
    println!("PostgreSQL: {}", killed_in_between(&Premises { folder, location, _server: Some(server) }).await);
}

/// Kills the office again and again while it carries; `MESSAGES_KILLS` sets how often it dies. Gives a sentence about it.
async fn killed_in_between(place: &Premises) -> String {
    let kills: i64 = setting("MESSAGES_KILLS").and_then(|n| n.parse().ok()).unwrap_or(6);
    std::fs::write(place.folder.path().join("secret"), SECRET).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(kernel::FixedClock::default());
    let post = letterbox(clock, 3).await;
    for (fault, percent) in [
        (&post.letters.faults.fail_percent, 10),
        (&post.letters.faults.drop_percent, 10),
        (&post.letters.faults.garble_percent, 5),
    ] {
        fault.store(percent, Ordering::Relaxed);
    }
    post.letters.faults.delay_ms.store(5, Ordering::Relaxed);
    prepare(place).await;
    for life in 0..kills {
        let (mut office, _) = open(place, post.http, life);
        tokio::time::sleep(Duration::from_millis(30 + (u64::try_from(life).unwrap() * 97) % 300)).await;
        office.kill().unwrap();
        office.wait().unwrap();
    }
    // The last life ends by itself, when nothing waits any more.
    let (mut office, lines) = open(place, post.http, kills);
    let ended = tokio::task::spawn_blocking(move || lines.lines().map_while(Result::ok).any(|l| l == "empty"));
    let ended = tokio::time::timeout(Duration::from_secs(120), ended).await;
    let _ = office.kill();
    office.wait().unwrap();
    assert!(matches!(ended, Ok(Ok(true))), "messages are left over");

    let arrived = post.letters.arrived();
    let handed: u32 = arrived.iter().map(|l| l.handed).sum();
    let wanted = usize::from(PEOPLE) * 2;
    assert_eq!(arrived.len(), wanted, "each message once: no loss, no double");
    let world = place.world(999).await;
    let states = world.scratch.store.query("SELECT DISTINCT state FROM posting", vec![]).await.unwrap();
    assert_eq!(states.iter().map(|r| r.text("state").unwrap()).collect::<Vec<_>>(), ["sent"]);
    assert!(world.scratch.store.check().await.unwrap().is_empty());
    world.scratch.store.close().await;
    format!("{kills} kills: {wanted} messages, handed over {handed} times, each delivered once")
}

async fn prepare(place: &Premises) {
    let world = place.world(5).await;
    world.scratch.clock.set(begins(0));
    for n in 1..=PEOPLE {
        let who = world.person("测试药师", n).await;
        for (channel, address) in [(Channel::Sms, format!("138{n:08}")), (Channel::Wechat, format!("o{n:027}"))] {
            let kinds = MessageKind::CHOSEN.into();
            let wish = Wish { channel, address: &address, language: Language::Zh, kinds };
            contact::prove(&world.base(), &who, &wish).await.unwrap();
        }
        tell(&world, who.party.id, "执业药师延续注册：已准予").await;
    }
    world.scratch.store.close().await;
}

fn open(place: &Premises, to: SocketAddr, life: i64) -> (Child, BufReader<ChildStdout>) {
    let mut office = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "messages::child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, place.folder.path())
        .env(LOCATION, place.location.to_string())
        .env(TO, to.to_string())
        .env("MESSAGES_LIFE", life.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(office.stdout.take().unwrap());
    let mut line = String::new();
    while line.trim() != "begun" {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the office did not open");
    }
    (office, lines)
}

/// A message that no rights reach is nobody's business: the list of one's own postings has only one's own.
#[tokio::test]
async fn postings_are_ones_own() {
    for world in World::on_both_engines().await {
        ones_own(world).await;
    }
}

async fn ones_own(mut world: World) {
    let post = letterbox(world.scratch.clock.clone(), 4).await;
    let (_kept, secret) = secret();
    let clock: Arc<dyn Clock> = world.scratch.clock.clone();
    world.posts = carriers(post.http, &secret, &clock);
    let (wei, huang) = (world.person("韦明月", 1).await, world.person("黄春生", 2).await);
    let kinds = MessageKind::CHOSEN.into();
    let wish = Wish { channel: Channel::Sms, address: "13877100001", language: Language::Zh, kinds };
    contact::prove(&world.base(), &wei, &wish).await.unwrap();
    tell(&world, wei.party.id, "一").await;
    turn(&world).await;
    let store = &world.scratch.store;
    assert_eq!(message::postings_of(store, wei.party.id).await.unwrap().len(), 1);
    assert!(message::postings_of(store, huang.party.id).await.unwrap().is_empty());
    let _ = Actor::Person(huang);
}
