//! Readers under noise: whatever bytes arrive, each answers or refuses; none panics, and what is read is written back.

use evidence::answer::Given;
use evidence::checkpoint::{Checkpoint, LogIdentity};
use evidence::compact::{Core, Envelope, File, Link, Place};
use evidence::key::{
    Algorithm, Cost, KeyId, KeyPair, PublicKey, Setting, Signer as _, key_file_public, open_key, seal_key,
};
use evidence::proof::ProofFile;
use evidence::seal::{self, Draft, Question};
use evidence::status::{Mark, StatusList};
use evidence::tile::Tile;
use evidence::tree::leaf_hash;
use evidence::trust::{Anchor, Entry, Published, TrustList};
use evidence::{Hash, canonical, note};
use kernel::{LicenceCode, Moment, SeededEntropy, Uscc};
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

/// Good specimens of what is read as bytes: a licence's core, a status list; and of the texts around them.
fn compact_specimens() -> Vec<Vec<u8>> {
    let key = key();
    let number = key.public().id().hash();
    let issuer = Uscc::parse("11450000007565194H").unwrap();
    let core = Core {
        key: number,
        log: NAME.into(),
        scope: "450000/x".into(),
        code: LicenceCode::generate("11450000DM0000013L001", &issuer, "1", 1).unwrap(),
        issued_at: Moment::from_ms(0),
        valid_from: "2026-11-23".parse().unwrap(),
        valid_to: None,
        name: "证".into(),
        agency: "局".into(),
        holder: "韦明月".into(),
        holder_code: "1023".into(),
        status: Place { list: 1, index: 5 },
        details: None,
    };
    let signed = core.sign(&key).unwrap();
    let list = StatusList { next_update: Moment::from_ms(1000), ..StatusList::empty(number, NAME, "450000/s", 1, 99) };
    let list = list.with_marks(vec![(3, Mark::Revoked), (77, Mark::Suspended)]).unwrap().sign(&key).unwrap();
    let published = Published {
        list: trust(),
        issued_at: Moment::from_ms(0),
        next_update: Moment::from_ms(1),
        roots: vec![key.public().clone()],
        logs: Vec::new(),
    };
    vec![
        Link::write("https://zwfw.example/v", &signed).into_bytes(),
        File { signed: signed.clone(), details: json!({}) }.to_text().unwrap().into_bytes(),
        published.seal(&key).unwrap().into_bytes(),
        signed,
        list,
    ]
}

/// Hands the bytes to every reader of compact documents; what is read is written back the same.
fn read_compact(bytes: &[u8]) {
    if let Ok(envelope) = Envelope::read(bytes) {
        let body = &bytes[..bytes.len() - 64];
        assert_eq!(envelope.core().to_bytes().as_deref(), Ok(body));
        let _ = envelope.verify(&trust(), Moment::from_ms(0), None);
    }
    if let Ok(accepted) = StatusList::open(bytes, &trust(), Moment::from_ms(0)) {
        assert_eq!(accepted.list.sign(&key()).unwrap(), bytes, "Ed25519 signs one text always alike");
    }
    if let Ok(file) = File::read(bytes) {
        assert_eq!(file.to_text().unwrap().as_bytes(), bytes);
    }
    let text = String::from_utf8_lossy(bytes);
    let _ = Link::read(&text);
    let _ = Anchor::born(Setting::Production, vec![key().public().clone()]).take(&text, Moment::from_ms(0));
    let _ = Given::of(bytes);
}

/// Hands the bytes to every reader.
fn read_all(bytes: &[u8]) {
    read_compact(bytes);
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
    let (key, specimens) = (key(), specimens());
    let log = LogIdentity { origin: NAME.into(), keys: vec![key.public().clone()] };
    log.open(&specimens[0]).unwrap();
    ProofFile::from_text(&specimens[1]).unwrap();
    let question = Question { kind: "k", now: Moment::from_ms(0), logged_at: None };
    seal::verify(specimens[2].as_bytes(), &trust(), &question).unwrap();
    open_key(&specimens[3], "a passphrase").unwrap();
    let payload: Value = serde_json::from_str(&specimens[6]).unwrap();
    assert_eq!(TrustList::from_payload(&payload, Setting::Production), Ok(trust()));
    specimens.iter().for_each(|text| read_all(text.as_bytes()));
    let compact = compact_specimens();
    compact.iter().for_each(|bytes| read_all(bytes));
    let [link, file, trust_list, signed, list] = &compact[..] else { panic!("five specimens") };
    assert_eq!(Link::read(std::str::from_utf8(link).unwrap()).unwrap().signed, *signed);
    assert_eq!(File::read(file).unwrap().signed, *signed);
    Envelope::read(signed).unwrap().verify(&trust(), Moment::from_ms(0), None).unwrap();
    StatusList::open(list, &trust(), Moment::from_ms(0)).unwrap();
    let root = Anchor::born(Setting::Production, vec![key.public().clone()]);
    root.take(std::str::from_utf8(trust_list).unwrap(), Moment::from_ms(0)).unwrap();
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
        let texts = specimens().into_iter().map(String::into_bytes);
        let specimens: Vec<Vec<u8>> = texts.chain(compact_specimens()).collect();
        let mut bytes = which.get(&specimens).clone();
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
