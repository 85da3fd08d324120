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
