//! Tests of `trust`: tables of cases, and properties.

use kernel::SeededEntropy;
use serde_json::json;

use super::*;
use crate::key::{Algorithm, KeyPair, Signer as _};

fn entry(name: &str, scopes: &[&str]) -> Entry {
    let key = KeyPair::generate(Algorithm::Sm2, name, &SeededEntropy::new(1)).unwrap();
    Entry {
        key: key.public().clone(),
        issuer: "gx-mpa".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        valid_from: Moment::from_ms(0),
        valid_to: Moment::from_ms(1_000),
        revoked_at: None,
    }
}

#[test]
fn a_scope_covers_itself_and_what_is_below_by_whole_parts() {
    let entry = entry("gx/a", &["450000/pharmacist", "450100"]);
    for scope in ["450000/pharmacist", "450000/pharmacist/renewal", "450100", "450100/x"] {
        assert!(entry.covers(scope), "{scope}");
    }
    for scope in
        ["450000", "450000/pharmacist-assistant", "450000/pharmacist/", "4501", "450100/../450000", "", "/450100"]
    {
        assert!(!entry.covers(scope), "{scope}");
    }
}

#[test]
fn lists_that_would_mislead_are_refused() {
    let list = |entries| TrustList::new(Setting::Production, 1, entries);
    let twice = list(vec![entry("gx/a", &["x"]), entry("gx/a", &["y"])]);
    assert!(matches!(twice, Err(TrustError::DuplicateKey(_))));
    let cases = [
        entry("gx/a", &[]),
        entry("gx/a", &["a b"]),
        entry("gx/a", &["../x"]),
        Entry { issuer: String::new(), ..entry("gx/a", &["x"]) },
        Entry { valid_to: Moment::from_ms(0), ..entry("gx/a", &["x"]) },
    ];
    for bad in cases {
        assert!(matches!(list(vec![bad.clone()]), Err(TrustError::Entry(_))), "{bad:?}");
    }
}

#[test]
fn a_list_travels_as_a_payload_and_is_never_rolled_back() {
    let revoked = Entry { revoked_at: Some(Moment::from_ms(500)), ..entry("gx/b", &["x/y"]) };
    let list = TrustList::new(Setting::Production, 7, vec![entry("gx/a", &["x"]), revoked]).unwrap();
    let read = TrustList::from_payload(&list.to_payload(), Setting::Production).unwrap();
    assert_eq!(read, list);
    assert_eq!(read.check_newer(7), Ok(()));
    assert_eq!(read.check_newer(8), Err(TrustError::Rollback { seen: 8, got: 7 }));
    let mut unknown = list.to_payload();
    unknown["entries"][0]["note"] = json!("trust me");
    assert!(matches!(TrustList::from_payload(&unknown, Setting::Production), Err(TrustError::Shape(_))));
    let mut swapped = list.to_payload();
    swapped["entries"][0]["key"] = json!("gx/a+00000000+AQ==");
    assert!(matches!(TrustList::from_payload(&swapped, Setting::Production), Err(TrustError::Shape(_))));
}

fn root(seed: u64) -> KeyPair {
    KeyPair::generate(Algorithm::Ed25519, "zwfw.example/root", &SeededEntropy::new(seed)).unwrap()
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn published(sequence: u64, issued: &str, roots: &[&KeyPair]) -> Published {
    Published {
        list: TrustList::new(Setting::Production, sequence, vec![entry("gx/a", &["x"])]).unwrap(),
        issued_at: moment(issued),
        next_update: moment(issued).plus_ms(30 * 86_400_000),
        roots: roots.iter().map(|root| root.public().clone()).collect(),
        logs: Vec::new(),
    }
}

#[test]
fn verifiers_follow_the_list_from_root_to_root() {
    let (first, spare, third) = (root(1), root(2), root(3));
    let born = Anchor::born(Setting::Production, vec![first.public().clone(), spare.public().clone()]);
    let now = moment("2026-12-24T00:00:00Z");
    let one = published(1, "2026-10-01T00:00:00Z", &[&first, &spare]).seal(&first).unwrap();
    let taken = born.take(&one, now).unwrap();
    assert_eq!((taken.list.sequence(), taken.roots.len()), (1, 2));
    // The first root is lost: the spare one signs a list that does without it and names another.
    let two = published(2, "2026-11-01T00:00:00Z", &[&spare, &third]).seal(&spare).unwrap();
    let held = taken.anchor(&one);
    let anchor = held.take(&two, now).unwrap().anchor(&two);
    let code = |anchor: &Anchor, text: &str| anchor.take(text, now).err().map(|error| error.code());
    let again_by_other = published(2, "2026-11-01T00:00:00Z", &[&spare, &third]).seal(&third).unwrap();
    let other = published(2, "2026-11-02T00:00:00Z", &[&spare, &third]).seal(&third).unwrap();
    let by_lost = published(3, "2026-12-01T00:00:00Z", &[&first]).seal(&first).unwrap();
    let by_stranger = published(3, "2026-12-01T00:00:00Z", &[&root(9)]).seal(&root(9)).unwrap();
    let old = published(1, "2026-12-01T00:00:00Z", &[&spare]).seal(&spare).unwrap();
    let rootless = published(3, "2026-12-01T00:00:00Z", &[]).seal(&spare).unwrap();
    let tomorrow = published(3, "2026-12-25T00:00:00Z", &[&spare]).seal(&spare).unwrap();
    let next = published(3, "2026-12-01T00:00:00Z", &[&third]).seal(&third).unwrap();
    let cases = [
        ("the next, by the root the last list named", &next, None),
        ("the one held", &two, None),
        ("the one held, sealed by the other root", &again_by_other, None),
        ("another with its number", &other, Some("trust_fork")),
        ("by the root that was left out", &by_lost, Some("unknown_key")),
        ("by a stranger", &by_stranger, Some("unknown_key")),
        ("an older one", &old, Some("trust_rollback")),
        ("the very first one", &one, Some("unknown_key")),
        ("without a root", &rootless, Some("trust_shape")),
        ("of tomorrow", &tomorrow, Some("not_yet_valid")),
    ];
    for (what, text, expected) in cases {
        assert_eq!(code(&anchor, text), expected, "{what}");
    }
    // A key of the list is no root: it cannot make itself one.
    let licences = KeyPair::generate(Algorithm::Sm2, "gx/a", &SeededEntropy::new(1)).unwrap();
    let by_licences = published(3, "2026-12-01T00:00:00Z", &[&spare]).seal(&licences).unwrap();
    assert_eq!(code(&anchor, &by_licences), Some("unknown_key"));
    // Whoever slept through the second list takes each in its turn.
    assert_eq!(code(&held, &next), Some("unknown_key"));
    assert_eq!(code(&held.take(&two, now).unwrap().anchor(&two), &next), None);
}

#[test]
fn a_published_list_comes_back_as_it_was() {
    let key = root(1);
    let log = crate::checkpoint::LogIdentity { origin: "log.example/x".into(), keys: vec![root(5).public().clone()] };
    let before = Published { logs: vec![log], ..published(4, "2026-10-01T00:00:00Z", &[&key, &root(2)]) };
    let text = before.seal(&key).unwrap();
    let after =
        Anchor::born(Setting::Production, vec![key.public().clone()]).take(&text, moment("2026-10-02T00:00:00Z"));
    let after = after.unwrap();
    assert_eq!((&after.list, &after.roots), (&before.list, &before.roots));
    assert_eq!((after.issued_at, after.next_update), (before.issued_at, before.next_update));
    assert_eq!(after.logs[0].origin, "log.example/x");
    assert_eq!(after.logs[0].keys, before.logs[0].keys);
}

#[test]
fn a_demonstrations_root_is_none_in_production() {
    let key = KeyPair::generate(Algorithm::Ed25519, "demonstration/root", &SeededEntropy::new(1)).unwrap();
    let text = published(1, "2026-10-01T00:00:00Z", &[&key]).seal(&key).unwrap();
    let take = |setting| Anchor::born(setting, vec![key.public().clone()]).take(&text, moment("2026-10-02T00:00:00Z"));
    assert_eq!(take(Setting::Production).unwrap_err().code(), "demonstration_key");
    assert!(take(Setting::Demonstration).is_ok());
}
