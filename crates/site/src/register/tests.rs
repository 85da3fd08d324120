//! The description is a promise to other agencies: a change of it shows in the committed snapshot. And over a real socket:
//! what is asked arrives, what is answered is read, what goes wrong is called by its name.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use affairs::register::{Change, Keeper as _, Question, Silence};
use evidence::key::{Algorithm, KeyPair, Signer as _};
use kernel::{FixedClock, SeededEntropy, Text};
use serde_json::{Map, json};

use super::server::{Books, Faults, Server, description, router};
use super::{Address, HttpKeeper};

/// Where the description is kept for other agencies.
const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/register-api.json");

#[test]
fn the_description_is_the_committed_one() {
    let now = serde_json::to_string_pretty(&description()).unwrap() + "\n";
    let kept = std::fs::read_to_string(SNAPSHOT).unwrap_or_default();
    if now != kept {
        std::fs::write(format!("{SNAPSHOT}.new"), &now).unwrap();
    }
    assert!(now == kept, "the registers' API changed: if you meant it, move docs/register-api.json.new over it");
}

fn record() -> Map<String, serde_json::Value> {
    json!({"name": "韦明月", "bars_in_force": 0}).as_object().cloned().unwrap()
}

async fn serve(token: Option<&str>, signer: Option<Arc<KeyPair>>) -> (Arc<Server>, String) {
    let mut books = Books::new(Text::new("信用平台", "Credit platform"), ["credit-bars".to_owned()]);
    books.put("credit-bars", "A", record());
    let server = Arc::new(Server {
        books: Mutex::new(books),
        token: token.map(str::to_owned),
        signer: signer.map(|key| key as _),
        faults: Faults::default(),
        clock: Arc::new(FixedClock::at("2026-11-23T21:40:00+08:00".parse().unwrap())),
        entropy: Arc::new(SeededEntropy::new(1)),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let routes = router(Arc::clone(&server));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (server, url)
}

fn keeper(url: &str, token: Option<&str>, key: Option<&KeyPair>) -> HttpKeeper {
    let key = key.map(|key| key.public().clone());
    let address = Address { url: url.to_owned(), token: token.map(str::to_owned), certificates: "/none".into(), key };
    HttpKeeper::new(&address).unwrap()
}

fn question(register: &str, subjects: &[&str]) -> Question {
    Question {
        request: "q1".into(),
        register: register.into(),
        subjects: subjects.iter().map(|s| (*s).to_owned()).collect(),
        reason: "fd-pharmacist-renew".into(),
        case: Some("c1".into()),
    }
}

#[tokio::test]
async fn a_question_is_answered_with_record_date_source_and_signature() {
    let key = KeyPair::generate(Algorithm::Ed25519, "demonstration.example/keeper", &SeededEntropy::new(3)).unwrap();
    let key = Arc::new(key);
    let (_, url) = serve(Some("agreed"), Some(key.clone())).await;
    let asked = keeper(&url, Some("agreed"), Some(&key));
    let reply = asked.ask(&question("credit-bars", &["A", "B"])).await.unwrap();
    assert_eq!(reply.source.en, "Credit platform");
    assert_eq!(reply.signed_by.unwrap(), key.public().id().to_string());
    let found: Vec<_> = reply.told.iter().map(|t| (t.subject.as_str(), t.record.is_some())).collect();
    assert_eq!(found, [("A", true), ("B", false)], "who is not in the register is told so");
    assert_eq!(asked.hail().await, Ok(()));
}

#[tokio::test]
async fn what_goes_wrong_is_called_by_its_name() {
    let key = KeyPair::generate(Algorithm::Ed25519, "demonstration.example/keeper", &SeededEntropy::new(3)).unwrap();
    let (server, url) = serve(Some("agreed"), None).await;
    let stranger = keeper(&url, Some("guessed"), None);
    let lookup = question("credit-bars", &["A"]);
    assert_eq!(stranger.ask(&lookup).await.unwrap_err(), Silence::Refused(401));
    let known = keeper(&url, Some("agreed"), None);
    assert_eq!(known.ask(&question("no-such", &["A"])).await.unwrap_err(), Silence::Refused(404));
    assert_eq!(known.ask(&question("credit-bars", &[])).await.unwrap_err(), Silence::Refused(422));
    let signed = keeper(&url, Some("agreed"), Some(&key));
    assert_eq!(signed.ask(&lookup).await.unwrap_err(), Silence::Unsound("it is not signed".into()));
    server.faults.fail_percent.store(100, Ordering::Relaxed);
    assert_eq!(known.ask(&lookup).await.unwrap_err(), Silence::Unwell(503));
    server.faults.fail_percent.store(0, Ordering::Relaxed);
    server.faults.drop_percent.store(100, Ordering::Relaxed);
    assert!(matches!(known.ask(&lookup).await, Err(Silence::Unreached(_))));
    let nobody = keeper("http://127.0.0.1:1", None, None);
    assert!(matches!(nobody.hail().await, Err(Silence::Unreached(why)) if why.contains("refused")));
}

#[tokio::test]
async fn a_change_is_carried_out_once() {
    let (server, url) = serve(None, None).await;
    let asked = keeper(&url, None, None);
    let change = |request: &str, bars: i64| Change {
        request: request.into(),
        register: "credit-bars".into(),
        subject: "A".into(),
        fields: json!({"bars_in_force": bars}).as_object().cloned().unwrap(),
        case: "450000-1".into(),
        made_at: "2026-11-23T21:40:00+08:00".parse().unwrap(),
    };
    let bars = || server.books.lock().unwrap().get("credit-bars", "A").unwrap()["bars_in_force"].clone();
    asked.tell(&change("w1", 1)).await.unwrap();
    asked.tell(&change("w2", 2)).await.unwrap();
    asked.tell(&change("w1", 1)).await.unwrap();
    assert_eq!(bars(), json!(2), "told again is not done again");
    let name = server.books.lock().unwrap().get("credit-bars", "A").unwrap()["name"].clone();
    assert_eq!(name, json!("韦明月"), "the other fields stay");
}

#[test]
fn a_broken_line_is_named() {
    let mut books = Books::new(Text::default(), []);
    let good = r#"{"register":"r","subject":"A","record":{"n":1}}"#;
    assert_eq!(books.add_lines(&format!("{good}\n\n{good}\n")).unwrap(), 2);
    assert_eq!(books.add_lines(&format!("{good}\n{{}}")).unwrap_err().line, 2);
    let undated = r#"{"register":"r","subject":"A","as_of":"soon","record":{}}"#;
    assert!(books.add_lines(undated).unwrap_err().reason.contains("no time"));
}
