use kernel::SeededEntropy;

use super::*;
use crate::key::{Algorithm, KeyPair};

#[test]
fn a_checkpoint_signs_and_opens() {
    let keys = [Algorithm::Ed25519, Algorithm::Sm2]
        .map(|algorithm| KeyPair::generate(algorithm, "log.example/one", &SeededEntropy::new(3)).unwrap());
    let checkpoint = Checkpoint::new("log.example/one", 5, Hash([9; 32]));
    let text = checkpoint.sign(&[&keys[0], &keys[1]]).unwrap();
    let log = LogIdentity { origin: "log.example/one".into(), keys: keys.iter().map(|k| k.public().clone()).collect() };
    let signed = log.open(&text).unwrap();
    assert_eq!(signed.checkpoint, checkpoint);
    assert!(log.missing_signatures(&signed).is_empty());
}
