use kernel::SeededEntropy;

use super::*;
use crate::key::{Algorithm, KeyPair};

fn key(algorithm: Algorithm, name: &str, seed: u64) -> KeyPair {
    KeyPair::generate(algorithm, name, &SeededEntropy::new(seed)).unwrap()
}

#[test]
fn a_note_with_three_signatures_opens_with_each() {
    let keys = Algorithm::ALL.map(|algorithm| key(algorithm, "log.example/one", 7));
    let signed = sign("一\n\ntwo\n", &[&keys[0], &keys[1], &keys[2]]).unwrap();
    for key in &keys {
        let opened = open(&signed, &[key.public().clone()]).unwrap();
        assert_eq!((opened.text, opened.signed_by), ("一\n\ntwo\n", vec![key.public().id().clone()]));
    }
}

#[test]
fn go_s_note_package_and_we_agree() {
    // The published example of golang.org/x/mod/sumdb/note.
    let key: PublicKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let line =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    assert_eq!(open(&format!("{text}\n{line}"), &[key]).unwrap().text, text);
}
