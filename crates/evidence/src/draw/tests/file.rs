//! The published file: a whole small world with a log, witnesses and a secret, and everything that can be wrong with it.

use kernel::SeededEntropy;
use serde_json::{Value, json};

use super::*;
use crate::checkpoint::Checkpoint;
use crate::key::{Algorithm, KeyPair, PublicKey, Signer};
use crate::proof::ProofFile;
use crate::tree::{Frontier, NodeId, inclusion_proof, leaf_hash};

const ORIGIN: &str = "log.demonstration.example/450000";
pub(super) const SECRET: [u8; 32] = *b"a secret of the demonstration...";

/// A log, two witnesses, a list and a secret.
pub(super) struct World {
    log: [KeyPair; 2],
    pub(super) witnesses: [KeyPair; 2],
    stranger: KeyPair,
    pub(super) roll: Roll,
    pub(super) order: Order,
}

/// What the drawer does otherwise than he should.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trick {
    None,
    /// Waits for another leaf, to have another checkpoint co-signed.
    WaitsForALeaf,
    /// Adds a line to the checkpoint, for the same reason.
    AddsALine,
    /// Leaves out the log's own signature.
    DoesNotSign,
    /// Leaves out the second witness.
    LeavesOutAWitness,
    /// Takes the first witness twice.
    TakesAWitnessTwice,
    /// Has somebody else sign in place of the second witness.
    TakesAStranger,
}

impl World {
    pub(super) fn new() -> Self {
        let key = |seed, algorithm, name: &str| KeyPair::generate(algorithm, name, &SeededEntropy::new(seed)).unwrap();
        let classes = [("A", 1), ("B", 4), ("C", 8), ("D", 20)];
        let targets = (1..=12_usize).map(|i| {
            let (class, weight) = classes[i % 4];
            target(&format!("T{i:02}"), class, weight)
        });
        let bars = vec![
            bar("T03", "O01", Why::Recusal),
            bar("T03", "O02", Why::Recent),
            bar("T07", "O05", Why::Recusal),
            bar("T11", "O03", Why::Recent),
        ];
        Self {
            log: [key(1, Algorithm::Ed25519, ORIGIN), key(2, Algorithm::Sm2, ORIGIN)],
            witnesses: [
                key(3, Algorithm::Ed25519, "witness.demonstration.example/city"),
                key(4, Algorithm::Ed25519, "witness.demonstration.example/university"),
            ],
            stranger: key(5, Algorithm::Ed25519, "witness.demonstration.example/stranger"),
            roll: Roll::new(targets.collect(), officers(5), bars).unwrap(),
            order: Order { take: 4, each: 2 },
        }
    }

    pub(super) fn announcement(&self) -> Announcement {
        Announcement {
            agency: "demonstration-agency".into(),
            number: 2,
            previous: Some(Hash([7; 32])),
            closes_on: "2026-12-03".parse().unwrap(),
            origin: ORIGIN.into(),
            log: vec![self.log[0].public().clone()],
            witnesses: self.witnesses.iter().map(|key| key.public().clone()).collect(),
            commitment: Announcement::commit("demonstration-agency", 2, &SECRET),
            roll: self.roll.hash(),
            targets: 12,
            officers: 5,
            order: self.order,
        }
    }

    pub(super) fn trusted(&self) -> Trusted {
        let keys = |keys: &[KeyPair]| keys.iter().map(|key| key.public().clone()).collect();
        Trusted { log: vec![self.log[0].public().clone()], witnesses: keys(&self.witnesses) }
    }

    /// The proof of the announcement in a log of four leaves before it.
    fn proof(&self, announcement: &str, trick: Trick) -> String {
        let mut leaves: Vec<String> = (0..4).map(|i| format!("another act {i}")).collect();
        leaves.push(announcement.to_owned());
        if trick == Trick::WaitsForALeaf {
            leaves.push("one act more".to_owned());
        }
        let (mut tree, mut nodes) = (Frontier::new(), std::collections::HashMap::<NodeId, Hash>::new());
        for leaf in &leaves {
            tree.push_with(leaf_hash(leaf.as_bytes()), |id, hash| _ = nodes.insert(id, hash)).unwrap();
        }
        let mut checkpoint = Checkpoint::new(ORIGIN, tree.size(), tree.root());
        if trick == Trick::AddsALine {
            checkpoint.extensions.push("one line more".into());
        }
        let [city, university] = &self.witnesses;
        let mut signers: Vec<&dyn Signer> = vec![&self.log[0], &self.log[1]];
        match trick {
            Trick::DoesNotSign => signers = vec![&self.log[1], city, university],
            Trick::LeavesOutAWitness => signers.push(city),
            Trick::TakesAWitnessTwice => signers.extend::<[&dyn Signer; 3]>([city, university, city]),
            Trick::TakesAStranger => signers.extend::<[&dyn Signer; 2]>([city, &self.stranger]),
            // Their lines may stand in any order: the announced one counts.
            _ => signers.extend::<[&dyn Signer; 2]>([university, city]),
        }
        let hashes = inclusion_proof(4, tree.size(), &nodes).unwrap();
        ProofFile { extra: None, index: 4, hashes, checkpoint: checkpoint.sign(&signers).unwrap() }.to_text()
    }

    pub(super) fn file(&self, announcement: &Announcement, trick: Trick) -> DrawFile {
        let text = announcement.to_text().unwrap();
        let proof = self.proof(&text, trick);
        let cosignatures: Vec<_> = self
            .witnesses
            .iter()
            .map(|witness| {
                let read = ProofFile::from_text(&proof).unwrap();
                let note = crate::note::read(&read.checkpoint).unwrap();
                let line = note.signatures.iter().find(|line| line.key == *witness.public().id());
                line.map_or([0; 64], |line| line.signature.as_slice().try_into().unwrap())
            })
            .collect();
        let seed = seed_of(&leaf_hash(text.as_bytes()), &SECRET, &cosignatures);
        let drawn = draw(&self.roll, announcement.order, &seed);
        DrawFile::new(text, proof, &self.roll, &SECRET, drawn.pairs)
    }

    pub(super) fn good(&self) -> DrawFile {
        self.file(&self.announcement(), Trick::None)
    }
}

fn verify(file: &Value, trusted: &Trusted) -> Result<Verified, Wrong> {
    DrawFile::from_bytes(file.to_string().as_bytes())?.verify(trusted)
}

pub(super) fn as_json(file: &DrawFile) -> Value {
    serde_json::from_str(&file.to_text().unwrap()).unwrap()
}

#[test]
fn a_good_file_holds_and_tells_what_was_drawn() {
    let world = World::new();
    let file = world.good();
    let text = file.to_text().unwrap();
    assert_eq!(DrawFile::from_bytes(text.as_bytes()).unwrap(), file);
    for trusted in [Trusted::default(), world.trusted()] {
        let verified = file.verify(&trusted).unwrap();
        assert_eq!(verified.index, 4);
        assert_eq!(verified.announcement, world.announcement());
        assert_eq!(verified.drawn.pairs, file.pairs);
        assert_eq!(verified.drawn.pairs.len(), 4);
    }
}

#[test]
fn the_order_of_the_list_in_the_file_does_not_matter() {
    let world = World::new();
    let mut file = as_json(&world.good());
    for member in ["targets", "officers", "bars"] {
        file["roll"][member].as_array_mut().unwrap().reverse();
    }
    assert_ne!(file, as_json(&world.good()));
    assert_eq!(verify(&file, &world.trusted()).unwrap().drawn.pairs, world.good().pairs);
}

#[test]
fn what_the_drawer_could_try_is_named() {
    let world = World::new();
    let announcement = world.announcement();
    for (trick, code) in [
        (Trick::WaitsForALeaf, "not_last"),
        (Trick::AddsALine, "extension"),
        (Trick::DoesNotSign, "log_unsigned"),
        (Trick::LeavesOutAWitness, "witness_missing"),
        (Trick::TakesAWitnessTwice, "witness_twice"),
        (Trick::TakesAStranger, "witness_missing"),
    ] {
        let wrong = world.file(&announcement, trick).verify(&world.trusted()).unwrap_err();
        assert_eq!(wrong.code(), code);
    }
    let named = |key: &KeyPair| vec![key.public().clone()];
    let strange = Announcement { witnesses: named(&world.stranger), ..world.announcement() };
    let wrong = world.file(&strange, Trick::TakesAStranger).verify(&world.trusted()).unwrap_err();
    assert_eq!(wrong.code(), "unknown_witness");
    let strange = Announcement { log: named(&world.stranger), ..world.announcement() };
    let wrong = world.file(&strange, Trick::TakesAStranger).verify(&world.trusted()).unwrap_err();
    assert_eq!(wrong.code(), "unknown_log_key");
}

/// Puts `value` at `pointer`.
fn put(file: &Value, pointer: &str, value: Value) -> Value {
    let mut file = file.clone();
    *file.pointer_mut(pointer).unwrap() = value;
    file
}

/// Replaces `from` by `to` in the text at `pointer`; it must be there.
fn replace(file: &Value, pointer: &str, (from, to): (&str, &str)) -> Value {
    let text = file.pointer(pointer).unwrap().as_str().unwrap();
    assert!(text.contains(from), "{pointer} has no {from:?}");
    put(file, pointer, json!(text.replacen(from, to, 1)))
}

/// Altered files with the code of the first thing that is wrong.
pub(super) fn altered(world: &World) -> Vec<(&'static str, Value, &'static str)> {
    let good = as_json(&world.good());
    let drawn: Vec<String> = world.good().pairs.iter().map(|pair| pair.target.clone()).collect();
    let not_drawn = world.roll.targets().iter().find(|t| !drawn.contains(&t.id)).unwrap().id.clone();
    let idle: Vec<String> = officers(5).into_iter().filter(|o| !world.good().pairs[0].officers.contains(o)).collect();
    let mut fewer = good.clone();
    fewer["pairs"].as_array_mut().unwrap().pop();
    let mut more = good.clone();
    more["pairs"].as_array_mut().unwrap().push(json!({"officers": ["O01", "O02"], "target": not_drawn}));
    let mut swapped = good.clone();
    swapped["pairs"].as_array_mut().unwrap().swap(0, 1);
    let mut extra = good.clone();
    extra["note"] = json!("x");
    let mut lacking = good.clone();
    lacking.as_object_mut().unwrap().remove("proof");
    let signature = good["proof"].as_str().unwrap().lines().find(|line| line.contains("/city ")).unwrap().to_owned();
    let middle = signature.len() - 20;
    let other = if signature.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let cut = format!("{}{other}{}", &signature[..middle], &signature[middle + 1..]);
    let trick = |trick| as_json(&world.file(&world.announcement(), trick));
    vec![
        ("another format", put(&good, "/format", json!("budayang/draw@v2")), "other_method"),
        ("a member more", extra, "shape"),
        ("a member less", lacking, "shape"),
        ("a number as text", put(&good, "/roll/targets/0/weight", json!("4")), "shape"),
        ("an announcement with a space", replace(&good, "/announcement", ("{", "{ ")), "not_canonical"),
        (
            "another kind of leaf",
            replace(&good, "/announcement", ("draw.announced", "draw.broken_off")),
            "other_method",
        ),
        (
            "no witnesses",
            replace(&good, "/announcement", ("\"witnesses\":[", "\"witnesses\":[],\"x\":[")),
            "announcement_shape",
        ),
        (
            "an announced number changed",
            replace(&good, "/announcement", ("\"take\":4", "\"take\":5")),
            "proof_mismatch",
        ),
        ("another leaf of the log", replace(&good, "/proof", ("index 4", "index 3")), "proof_length"),
        ("no proof at all", put(&good, "/proof", json!("")), "not_a_proof_file"),
        ("a co-signature changed", replace(&good, "/proof", (&signature, &cut)), "signature_mismatch"),
        ("a later checkpoint", trick(Trick::WaitsForALeaf), "not_last"),
        ("a checkpoint with a line more", trick(Trick::AddsALine), "extension"),
        ("no signature of the log", trick(Trick::DoesNotSign), "log_unsigned"),
        ("a witness left out", trick(Trick::LeavesOutAWitness), "witness_missing"),
        ("a witness twice", trick(Trick::TakesAWitnessTwice), "witness_twice"),
        ("a stranger for a witness", trick(Trick::TakesAStranger), "witness_missing"),
        ("a weight changed", put(&good, "/roll/targets/0/weight", json!(5)), "other_roll"),
        ("a class changed", put(&good, "/roll/targets/0/class", json!("D")), "other_roll"),
        ("a recusal called off", put(&good, "/roll/bars", json!([])), "other_roll"),
        ("a target out of nowhere", put(&good, "/roll/targets/0/id", json!("T99")), "other_roll"),
        ("a target twice", put(&good, "/roll/targets/0/id", json!("T02")), "roll_twice"),
        ("a bar for nobody", put(&good, "/roll/bars/0/officer", json!("O99")), "roll_unknown"),
        ("a secret in capitals", put(&good, "/secret", json!(hex::encode_upper(SECRET))), "secret_text"),
        ("another secret", put(&good, "/secret", json!("00".repeat(32))), "other_secret"),
        ("a target not drawn", put(&good, "/pairs/0/target", json!(not_drawn)), "not_drawn"),
        ("one target less", fewer, "left_out"),
        ("one target more", more, "not_drawn"),
        ("targets in another order", swapped, "left_out"),
        ("other officers", put(&good, "/pairs/0/officers", json!(idle[..2])), "other_officers"),
        ("one officer less", put(&good, "/pairs/0/officers", json!([])), "other_officers"),
    ]
}

#[test]
fn the_first_thing_that_is_wrong_is_named_in_both_languages() {
    let world = World::new();
    for (what, file, code) in altered(&world) {
        let wrong = verify(&file, &world.trusted()).map(|_| ()).unwrap_err();
        assert_eq!(wrong.code(), code, "{what}: {wrong}");
        let text = wrong.text();
        assert!(!text.zh.is_empty() && text.en == wrong.to_string(), "{what}");
    }
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let good = World::new().good().to_text().unwrap();
    let twice = good.replacen("\"format\"", "\"secret\":\"\",\"format\"", 1);
    for (what, bytes, code) in [
        ("nothing", Vec::new(), "not_json"),
        ("half a file", good.as_bytes()[..good.len() / 2].to_vec(), "not_json"),
        ("a member twice", twice.into_bytes(), "duplicate_key"),
        ("another code", vec![0xff, 0xfe, b'{'], "not_utf8"),
        ("a list", b"[]".to_vec(), "shape"),
    ] {
        let wrong = DrawFile::from_bytes(&bytes).map(|_| ()).unwrap_err();
        assert_eq!(wrong.code(), code, "{what}: {wrong}");
    }
}

#[test]
fn announcements_read_back_and_bad_ones_are_refused() {
    let world = World::new();
    let announcement = world.announcement();
    let text = announcement.to_text().unwrap();
    assert_eq!(Announcement::from_text(&text).unwrap(), announcement);
    // Members of others are fixed by the leaf and mean nothing to the method.
    let with = text.replacen("\"agency\"", "\"a\":1,\"agency\"", 1);
    assert_eq!(Announcement::from_text(&with).unwrap(), announcement);
    let key = announcement.witnesses[0].to_string();
    let sm2: String =
        KeyPair::generate(Algorithm::Sm2, "w.example", &SeededEntropy::new(9)).unwrap().public().to_string();
    let previous = format!("\"previous\":\"{}\"", Hash([7; 32]));
    for (what, from, to, code) in [
        ("no agency", "\"agency\":\"demonstration-agency\"", "\"agency\":\"\"", "announcement_shape"),
        ("a day that is none", "2026-12-03", "2026-13-03", "announcement_shape"),
        ("number 0", "\"number\":2", "\"number\":0", "announcement_shape"),
        ("a first draw after another", "\"number\":2", "\"number\":1", "announcement_shape"),
        ("a second draw after none", previous.as_str(), "\"previous\":null", "announcement_shape"),
        ("an origin with a space", "\"origin\":\"log", "\"origin\":\"l og", "announcement_shape"),
        ("a key that is none", key.as_str(), "witness", "announcement_shape"),
        ("a witness with another algorithm", key.as_str(), sm2.as_str(), "announcement_shape"),
        ("another method", "draw@v1", "draw@v9", "other_method"),
        ("a later schema", "\"schema\":1", "\"schema\":2", "other_method"),
        ("a negative number", "\"take\":4", "\"take\":-4", "announcement_shape"),
        ("half a target", "\"take\":4", "\"take\":4.5", "announcement_shape"),
    ] {
        assert!(text.contains(from), "{what}");
        let wrong = Announcement::from_text(&text.replacen(from, to, 1)).unwrap_err();
        assert_eq!(wrong.code(), code, "{what}: {wrong}");
    }
    let other: PublicKey = announcement.witnesses[1].clone();
    let twice = Announcement { witnesses: vec![other.clone(), other], ..announcement };
    assert_eq!(Announcement::from_text(&twice.to_text().unwrap()).unwrap_err().code(), "announcement_shape");
}

#[test]
fn every_input_of_the_seed_changes_it() {
    let good = seed_of(&Hash([1; 32]), &[2; 32], &[[3; 64], [4; 64]]);
    let others = [
        seed_of(&Hash([9; 32]), &[2; 32], &[[3; 64], [4; 64]]),
        seed_of(&Hash([1; 32]), &[9; 32], &[[3; 64], [4; 64]]),
        seed_of(&Hash([1; 32]), &[2; 32], &[[9; 64], [4; 64]]),
        seed_of(&Hash([1; 32]), &[2; 32], &[[4; 64], [3; 64]]),
        seed_of(&Hash([1; 32]), &[2; 32], &[[3; 64]]),
    ];
    assert!(others.iter().all(|other| *other != good));
}

#[test]
fn a_commitment_is_bound_to_its_draw() {
    let good = Announcement::commit("a", 1, &SECRET);
    for other in [
        Announcement::commit("b", 1, &SECRET),
        Announcement::commit("a", 2, &SECRET),
        Announcement::commit("a", 1, &[0; 32]),
    ] {
        assert_ne!(other, good);
    }
}
