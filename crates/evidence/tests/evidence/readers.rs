//! Readers under noise: whatever bytes arrive, each answers or refuses; none panics, and what is read is written back.

use evidence::checkpoint::{Checkpoint, LogIdentity};
use evidence::key::{
    Algorithm, Cost, KeyId, KeyPair, PublicKey, Setting, Signer as _, key_file_public, open_key, seal_key,
};
use evidence::proof::ProofFile;
use evidence::seal::{self, Draft, Question};
use evidence::tile::Tile;
use evidence::tree::leaf_hash;
use evidence::trust::{Entry, TrustList};
use evidence::{Hash, canonical, note};
use kernel::{Moment, SeededEntropy};
use proptest::prelude::*;
use serde_json::{Value, json};

const NAME: &str = "log.example/450000";

fn key() -> KeyPair {
    KeyPair::generate(Algorithm::Ed25519, NAME, &SeededEntropy::new(1)).unwrap()
}

fn trust() -> TrustList {
    let entry = Entry {
        key: key().public().clone(),
        issuer: "gx-mpa".into(),
        scopes: vec!["450000".into()],
        valid_from: Moment::from_ms(0),
        valid_to: Moment::from_ms(4_102_444_800_000),
        revoked_at: None,
    };
    TrustList::new(Setting::Production, 1, vec![entry]).unwrap()
}

/// One good specimen of everything that is read.
fn specimens() -> Vec<String> {
    let key = key();
    let checkpoint = Checkpoint::new(NAME, 1, leaf_hash(b"act")).sign(&[&key]).unwrap();
    let proof =
        ProofFile { extra: Some(vec![1, 2]), index: 0, hashes: vec![Hash([4; 32])], checkpoint: checkpoint.clone() };
    let payload = json!({"a": [1, 2.5, "三"], "b": null});
    let draft =
        Draft { kind: "k", issuer: "gx-mpa", scope: "450000", issued_at: Moment::from_ms(0), payload: &payload };
    vec![
        checkpoint,
        proof.to_text(),
        seal::seal(&draft, &key).unwrap(),
        seal_key(&key, "a passphrase", Cost::LIGHT, &SeededEntropy::new(2)).unwrap(),
        key.public().to_string(),
        key.public().id().to_string(),
        canonical::canonical_value(&trust().to_payload()).unwrap(),
        "tile/3/x001/002.p/17".to_owned(),
        Hash([9; 32]).to_string(),
    ]
}

/// Hands the bytes to every reader.
fn read_all(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let log = LogIdentity { origin: NAME.into(), keys: vec![key().public().clone()] };
    let _ = log.open(&text);
    let _ = note::read(&text);
    if let Ok(checkpoint) = Checkpoint::from_text(&text) {
        assert_eq!(checkpoint.to_text().unwrap(), text);
    }
    if let Ok(file) = ProofFile::from_text(&text) {
        assert_eq!(file.to_text(), text);
        let _ = file.verify(b"act", &log);
    }
    let question = Question { kind: "k", now: Moment::from_ms(0), logged_at: None };
    let _ = seal::verify(bytes, &trust(), &question);
    if let Ok(value) = canonical::read_canonical(bytes) {
        let _ = TrustList::from_payload(&value, Setting::Production);
    }
    let _ = key_file_public(&text);
    let _ = open_key(&text, "a passphrase");
    reads_back::<PublicKey>(&text);
    reads_back::<KeyId>(&text);
    reads_back::<Tile>(&text);
    reads_back::<Hash>(&text);
}

fn reads_back<T: std::str::FromStr + std::fmt::Display>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string(), text);
    }
}

#[test]
fn the_specimens_are_good() {
    let specimens = specimens();
    let log = LogIdentity { origin: NAME.into(), keys: vec![key().public().clone()] };
    log.open(&specimens[0]).unwrap();
    ProofFile::from_text(&specimens[1]).unwrap();
    let question = Question { kind: "k", now: Moment::from_ms(0), logged_at: None };
    seal::verify(specimens[2].as_bytes(), &trust(), &question).unwrap();
    open_key(&specimens[3], "a passphrase").unwrap();
    let payload: Value = serde_json::from_str(&specimens[6]).unwrap();
    assert_eq!(TrustList::from_payload(&payload, Setting::Production), Ok(trust()));
    specimens.iter().for_each(|text| read_all(text.as_bytes()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    #[test]
    fn good_specimens_with_bytes_changed_put_in_and_taken_out(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 1..6),
    ) {
        let specimens = specimens();
        let mut bytes = which.get(&specimens).clone().into_bytes();
        for (at, how, byte) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match how {
                _ if bytes.is_empty() => bytes.push(byte),
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => _ = bytes.remove(at),
                _ => bytes.truncate(at),
            }
        }
        read_all(&bytes);
    }

    #[test]
    fn lines_of_the_right_letters(text in "[—a-z0-9+/= \n.:{}\",]{0,200}") {
        read_all(text.as_bytes());
    }
}
