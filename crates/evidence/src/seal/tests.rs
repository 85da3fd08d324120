//! Tests of `seal`: tables of cases, and properties.

use kernel::SeededEntropy;
use serde_json::json;

use super::*;
use crate::key::{KeyPair, Setting};

const KIND: &str = "budayang/licence@v1";

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn office(algorithm: Algorithm) -> (KeyPair, Entry) {
    let key = KeyPair::generate(algorithm, "gx.example/licences", &SeededEntropy::new(8)).unwrap();
    let entry = Entry {
        key: key.public().clone(),
        issuer: "gx-mpa".into(),
        scopes: vec!["450000/pharmacist".into()],
        valid_from: moment("2026-01-01T00:00:00Z"),
        valid_to: moment("2027-01-01T00:00:00Z"),
        revoked_at: None,
    };
    (key, entry)
}

fn trust(entry: Entry) -> TrustList {
    TrustList::new(Setting::Production, 1, vec![entry]).unwrap()
}

fn sealed_at(key: &KeyPair, issued: &str) -> String {
    let payload = json!({"name": "韦明月", "number": 1});
    let draft = Draft {
        kind: KIND,
        issuer: "gx-mpa",
        scope: "450000/pharmacist/renewal",
        issued_at: moment(issued),
        payload: &payload,
    };
    seal(&draft, key).unwrap()
}

fn asked(now: &str) -> Question<'static> {
    Question { kind: KIND, now: moment(now), logged_at: None }
}

#[test]
fn a_sealed_document_comes_back_as_it_was() {
    for algorithm in Algorithm::ALL {
        let (key, entry) = office(algorithm);
        let text = sealed_at(&key, "2026-11-23T04:00:00Z");
        let sealed = verify(text.as_bytes(), &trust(entry), &asked("2026-11-24T00:00:00Z")).unwrap();
        assert_eq!(sealed.payload, json!({"name": "韦明月", "number": 1}));
        assert_eq!((sealed.issuer.as_str(), sealed.scope.as_str()), ("gx-mpa", "450000/pharmacist/renewal"));
        assert_eq!(sealed.issued_at, moment("2026-11-23T04:00:00Z"));
        assert_eq!(read(text.as_bytes()).unwrap(), sealed);
    }
}

#[test]
fn the_text_is_this() {
    let (key, _) = office(Algorithm::Ed25519);
    insta::assert_snapshot!(sealed_at(&key, "2026-11-23T04:00:00Z"), @r#"{"alg":"ed25519","iat":"2026-11-23T04:00:00.000Z","iss":"gx-mpa","kid":"gx.example/licences+e4f0f7cf","payload":{"name":"韦明月","number":1},"scope":"450000/pharmacist/renewal","sig":"R47govzmIwvsj7JOUArpBgG9tiCjmIHQkxG7kwVRACCnYzG28TFwS85ymCbwSridQZ/4R3RpvhAELM4dmoT+BQ==","typ":"budayang/licence@v1"}"#);
}

#[test]
fn time_is_judged_by_the_key_and_by_the_readers_clock() {
    let cases = [
        ("2026-11-23T04:00:00Z", "2026-11-23T04:00:00Z", None),
        ("2026-11-23T04:00:00Z", "2099-01-01T00:00:00Z", None),
        ("2026-11-23T04:05:00Z", "2026-11-23T04:00:00Z", None),
        ("2026-11-23T04:05:00.001Z", "2026-11-23T04:00:00Z", Some("not_yet_valid")),
        ("2026-11-23T04:00:00Z", "2026-11-22T04:00:00Z", Some("not_yet_valid")),
        ("2026-11-23T04:00:00Z", "1970-01-01T00:00:00Z", Some("not_yet_valid")),
        ("2026-01-01T00:00:00Z", "2026-11-22T04:00:00Z", None),
        ("2025-12-31T23:59:59.999Z", "2026-11-22T04:00:00Z", Some("key_not_yet_valid")),
        ("2026-12-31T23:59:59.999Z", "2027-11-22T04:00:00Z", None),
        ("2027-01-01T00:00:00Z", "2027-11-22T04:00:00Z", Some("key_expired")),
    ];
    let (key, entry) = office(Algorithm::Sm2);
    let trust = trust(entry);
    for (issued, now, code) in cases {
        let answer = verify(sealed_at(&key, issued).as_bytes(), &trust, &asked(now));
        assert_eq!(answer.err().map(|refusal| refusal.code()), code, "issued {issued}, read {now}");
    }
}

#[test]
fn a_revoked_key_counts_only_for_what_the_log_proves_older() {
    let (key, entry) = office(Algorithm::Sm2);
    let cut = moment("2026-11-01T00:00:00Z");
    let trust = trust(Entry { revoked_at: Some(cut), ..entry });
    let text = sealed_at(&key, "2026-10-01T00:00:00Z");
    let with = |logged_at| Question { logged_at, ..asked("2026-11-23T00:00:00Z") };
    let code = |question: &Question<'_>| verify(text.as_bytes(), &trust, question).err().map(|refusal| refusal.code());
    assert_eq!(code(&with(None)), Some("key_revoked"), "anyone with the stolen key can backdate");
    assert_eq!(code(&with(Some(cut))), Some("key_revoked"));
    assert_eq!(code(&with(Some(cut.plus_ms(-1)))), None);
}

#[test]
fn drafts_that_could_never_be_verified_are_not_sealed() {
    let (key, _) = office(Algorithm::Sm2);
    let payload = json!({"amount": 9_007_199_254_740_992_u64});
    let draft = |kind, issuer, scope, payload| {
        seal(&Draft { kind, issuer, scope, issued_at: Moment::from_ms(0), payload }, &key)
    };
    let good = json!({});
    for (kind, issuer, scope) in
        [("", "i", "s"), ("k", "", "s"), ("k", "i", ""), ("k", "i", "a//b"), ("k", "i", "../s")]
    {
        assert_eq!(draft(kind, issuer, scope, &good), Err(SealError::Incomplete));
    }
    let error = draft("k", "i", "s", &payload).unwrap_err();
    assert_eq!(error.to_string(), "the number 9007199254740992 is too large for JSON; write it as text");
}
