//! Tests of `proof`: tables of cases, and properties.

use std::collections::HashMap;

use kernel::SeededEntropy;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::key::{Algorithm, KeyPair, Signer as _};
use crate::tree::{Frontier, inclusion_proof};

const ORIGIN: &str = "log.example/450000";

fn leaf(i: u64) -> Vec<u8> {
    format!("licence {i}").into_bytes()
}

fn log(size: u64) -> (LogIdentity, Vec<ProofFile>) {
    let keys = [Algorithm::Ed25519, Algorithm::Sm2]
        .map(|algorithm| KeyPair::generate(algorithm, ORIGIN, &SeededEntropy::new(3)).unwrap());
    let (mut tree, mut nodes) = (Frontier::new(), HashMap::new());
    for i in 0..size {
        tree.push_with(leaf_hash(&leaf(i)), |id, hash| _ = nodes.insert(id, hash)).unwrap();
    }
    let checkpoint = Checkpoint::new(ORIGIN, size, tree.root()).sign(&[&keys[0], &keys[1]]).unwrap();
    let file = |index| {
        let hashes = inclusion_proof(index, size, &nodes).unwrap();
        ProofFile { extra: None, index, hashes, checkpoint: checkpoint.clone() }
    };
    let identity = LogIdentity { origin: ORIGIN.into(), keys: keys.iter().map(|key| key.public().clone()).collect() };
    (identity, (0..size).map(file).collect())
}

#[test]
fn every_leaf_carries_its_proof_in_a_file() {
    for size in [1, 2, 7, 20] {
        let (log, files) = log(size);
        for (i, file) in (0..).zip(files) {
            let read = ProofFile::from_text(&file.to_text()).unwrap();
            assert_eq!(read, file);
            assert_eq!(read.verify(&leaf(i), &log).unwrap().checkpoint.size, size);
            let other = read.verify(&leaf(i + 1), &log).unwrap_err();
            assert_eq!(other.code(), "proof_mismatch");
        }
    }
}

#[test]
fn extra_data_is_carried_and_proves_nothing() {
    let (log, mut files) = log(3);
    files[1].extra = Some(b"anything".to_vec());
    let text = files[1].to_text();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra YW55dGhpbmc=\nindex 1\n"));
    assert_eq!(ProofFile::from_text(&text).unwrap(), files[1]);
    assert!(files[1].verify(&leaf(1), &log).is_ok());
}

#[test]
fn a_file_that_does_not_prove_says_why() {
    let (log, files) = log(7);
    let good = files[2].to_text();
    let hash = files[2].hashes[0].base64();
    let flood = format!("{hash}\n").repeat(65);
    let cases = [
        ("another magic", good.replacen("@v1", "@v2", 1), "not_a_proof_file"),
        ("windows line ends", good.replace('\n', "\r\n"), "not_a_proof_file"),
        ("text in front", format!(" {good}"), "not_a_proof_file"),
        ("leading zero", good.replacen("index 2", "index 02", 1), "proof_line"),
        ("no index", good.replacen("index 2\n", "", 1), "proof_line"),
        ("extra behind", good.replacen("index 2\n", "index 2\nextra AAAA\n", 1), "proof_line"),
        ("bad extra", good.replacen("index 2\n", "extra A\nindex 2\n", 1), "proof_line"),
        ("a hash cut", good.replacen(&hash, &hash[..40], 1), "proof_line"),
        ("too many hashes", good.replacen(&format!("{hash}\n"), &flood, 1), "proof_line"),
        ("no checkpoint", good.split("\n\n").next().unwrap().to_owned(), "proof_line"),
        ("one hash less", good.replacen(&format!("{hash}\n"), "", 1), "proof_length"),
        ("one hash more", good.replacen(&format!("{hash}\n"), &format!("{hash}\n{hash}\n"), 1), "proof_length"),
        ("another position", good.replacen("index 2", "index 3", 1), "proof_mismatch"),
        ("outside the tree", good.replacen("index 2", "index 7", 1), "proof_index"),
        ("another hash", good.replacen(&hash, &Hash([5; 32]).base64(), 1), "proof_mismatch"),
        ("another size", good.replacen("\n7\n", "\n8\n", 1), "signature_mismatch"),
        ("text behind", format!("{good}\n"), "note_unsigned"),
        ("too long", "x".repeat(MAX_BYTES + 1), "too_long"),
    ];
    for (what, text, code) in cases {
        assert_ne!(text, good, "{what}");
        let error = ProofFile::from_text(&text).and_then(|file| file.verify(&leaf(2), &log)).unwrap_err();
        assert_eq!(error.code(), code, "{what}");
    }
}
