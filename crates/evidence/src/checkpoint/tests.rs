//! Tests of `checkpoint`: tables of cases, and properties.

use std::collections::HashMap;

use kernel::SeededEntropy;

use super::*;
use crate::key::{Algorithm, KeyPair};
use crate::tree::{Frontier, NodeId, consistency_proof, leaf_hash};

const ORIGIN: &str = "log.example/450000";

fn keys() -> [KeyPair; 2] {
    [Algorithm::Ed25519, Algorithm::Sm2]
        .map(|algorithm| KeyPair::generate(algorithm, ORIGIN, &SeededEntropy::new(3)).unwrap())
}

fn log() -> LogIdentity {
    LogIdentity { origin: ORIGIN.into(), keys: keys().iter().map(|key| key.public().clone()).collect() }
}

#[test]
fn a_checkpoint_carries_both_signatures() {
    let [ed25519, sm2] = keys();
    let checkpoint = Checkpoint::new(ORIGIN, 5, Hash([9; 32]));
    let text = checkpoint.sign(&[&ed25519, &sm2]).unwrap();
    let signed = log().open(&text).unwrap();
    assert_eq!(signed.checkpoint, checkpoint);
    assert_eq!(log().missing_signatures(&signed), Vec::<&KeyId>::new());
    let alone = log().open(&checkpoint.sign(&[&ed25519]).unwrap()).unwrap();
    assert_eq!(log().missing_signatures(&alone), [sm2.public().id()]);
    // A reader that knows nothing of SM2 reads the Ed25519 line and ignores the other.
    let international = LogIdentity { keys: vec![ed25519.public().clone()], ..log() };
    assert_eq!(international.open(&text).unwrap().signed_by, [ed25519.public().id().clone()]);
}

#[test]
fn the_text_is_the_specifications() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let checkpoint = Checkpoint::from_text(text).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.to_text().unwrap(), text);
    let extended = Checkpoint { extensions: vec!["one more".into()], ..checkpoint };
    assert_eq!(extended.to_text().unwrap(), format!("{text}one more\n"));
    assert_eq!(Checkpoint::from_text(&format!("{text}one more\n")), Ok(extended));
}

#[test]
fn texts_that_are_no_checkpoints_say_why() {
    let root = Hash([0; 32]).base64();
    let huge = u64::MAX;
    let cases = [
        (format!("log\n5\n{root}"), "note_text"),
        (format!("\n5\n{root}\n"), "checkpoint_origin"),
        (format!("log\n05\n{root}\n"), "checkpoint_size"),
        (format!("log\n+5\n{root}\n"), "checkpoint_size"),
        (format!("log\n-1\n{root}\n"), "checkpoint_size"),
        (format!("log\n\n{root}\n"), "checkpoint_size"),
        (format!("log\n５\n{root}\n"), "checkpoint_size"),
        (format!("log\n{huge}0\n{root}\n"), "checkpoint_size"),
        (format!("log\n5\n{}\n", &root[..40]), "checkpoint_root"),
        (format!("log\n5\n{}\n", root.replace('=', "")), "checkpoint_root"),
        ("log\n5\n".to_owned(), "checkpoint_root"),
        ("log\n".to_owned(), "checkpoint_size"),
        (format!("log\n5\n{root}\n\nmore\n"), "checkpoint_extension"),
    ];
    for (text, code) in cases {
        assert_eq!(Checkpoint::from_text(&text).unwrap_err().code(), code, "{text:?}");
    }
    assert!(Checkpoint::from_text(&format!("log\n{huge}\n{root}\n")).is_ok());
    assert_eq!(Checkpoint::new("", 0, Hash([0; 32])).to_text(), Err(CheckpointError::Origin));
    assert_eq!(Checkpoint::new("a\nb", 0, Hash([0; 32])).to_text(), Err(CheckpointError::Origin));
}

#[test]
fn another_log_signed_with_the_same_key_is_refused() {
    let text = Checkpoint::new("log.example/460000", 5, Hash([9; 32])).sign(&[&keys()[0]]).unwrap();
    assert_eq!(log().open(&text).unwrap_err().code(), "other_origin");
}

#[test]
fn production_refuses_a_demonstrations_origin_and_keys() {
    assert!(log().check_setting(Setting::Production).is_ok());
    let named = LogIdentity { origin: "demonstration/450000".into(), ..log() };
    assert_eq!(named.check_setting(Setting::Production).unwrap_err().code(), "demonstration");
    assert!(named.check_setting(Setting::Demonstration).is_ok());
    let key = KeyPair::generate(Algorithm::Sm2, "demonstration/gx", &SeededEntropy::new(3)).unwrap();
    let keyed = LogIdentity { keys: vec![key.public().clone()], ..log() };
    assert_eq!(keyed.check_setting(Setting::Production).unwrap_err().code(), "demonstration");
}

/// The checkpoints of a log at every size, and its nodes.
fn history(size: u64, act: &str) -> (Vec<Checkpoint>, HashMap<NodeId, Hash>) {
    let (mut tree, mut nodes) = (Frontier::new(), HashMap::new());
    let mut checkpoints = vec![Checkpoint::new(ORIGIN, 0, tree.root())];
    for i in 0..size {
        // The first three acts are the same in every history.
        let leaf = if i < 3 { format!("act {i}") } else { format!("{act} {i}") };
        tree.push_with(leaf_hash(leaf.as_bytes()), |id, hash| _ = nodes.insert(id, hash)).unwrap();
        checkpoints.push(Checkpoint::new(ORIGIN, tree.size(), tree.root()));
    }
    (checkpoints, nodes)
}

#[test]
fn only_a_checkpoint_that_continues_the_known_one_is_accepted() {
    let (ours, nodes) = history(9, "act");
    let (forked, forked_nodes) = history(9, "forged");
    let proof = |old, new| consistency_proof(old, new, &nodes).unwrap();
    for known in 0..=9 {
        for newer in known..=9 {
            let proof = proof(known as u64, newer as u64);
            assert_eq!(accept_newer(&ours[known], &ours[newer], &proof), Ok(()), "{known} to {newer}");
        }
    }
    assert_eq!(accept_newer(&ours[9], &ours[4], &[]).unwrap_err().code(), "size_backwards");
    assert_eq!(accept_newer(&ours[9], &forked[9], &[]).unwrap_err(), Fork::TwoRoots(9));
    let forked_proof = consistency_proof(5, 9, &forked_nodes).unwrap();
    assert_eq!(accept_newer(&ours[5], &forked[9], &forked_proof).unwrap_err().code(), "inconsistent");
    assert_eq!(accept_newer(&ours[5], &forked[9], &proof(5, 9)).unwrap_err().code(), "inconsistent");
    assert_eq!(accept_newer(&ours[5], &ours[9], &[]).unwrap_err().code(), "inconsistent", "no proof, no trust");
    let common = consistency_proof(3, 9, &forked_nodes).unwrap();
    assert_eq!(accept_newer(&ours[3], &forked[9], &common), Ok(()), "up to the fork both are the same log");
    let other = Checkpoint { origin: "log.example/other".into(), ..ours[9].clone() };
    assert_eq!(accept_newer(&ours[5], &other, &proof(5, 9)), Err(Fork::OtherOrigin));
}
