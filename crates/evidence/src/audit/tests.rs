//! Tests of `audit`: tables of cases, and properties.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::LazyLock;

use kernel::SeededEntropy;
use proptest::prelude::*;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::key::{Algorithm, KeyPair, Signer as _};

const ORIGIN: &str = "log.example/450000";

/// A log as a store has it, to be tampered with.
#[derive(Clone)]
struct Kept {
    leaves: Vec<StoredLeaf<Vec<u8>>>,
    nodes: HashMap<NodeId, Hash>,
    checkpoints: Vec<String>,
}

static KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(Algorithm::Ed25519, ORIGIN, &SeededEntropy::new(11)).unwrap());

fn identity() -> LogIdentity {
    LogIdentity { origin: ORIGIN.into(), keys: vec![KEY.public().clone()] }
}

fn signed(size: u64, root: Hash) -> String {
    Checkpoint::new(ORIGIN, size, root).sign(&[&*KEY]).unwrap()
}

/// A good log with a checkpoint after each batch.
fn log(batches: &[u64]) -> Kept {
    let mut kept = Kept { leaves: vec![], nodes: HashMap::new(), checkpoints: vec![] };
    let mut tree = Frontier::new();
    for batch in batches {
        for _ in 0..*batch {
            let bytes = format!("act number {}", tree.size()).into_bytes();
            let hash = leaf_hash(&bytes);
            let index = tree.push_with(hash, |id, hash| _ = kept.nodes.insert(id, hash)).unwrap();
            kept.leaves.push(StoredLeaf { index, bytes, hash: Some(hash) });
        }
        kept.checkpoints.push(signed(tree.size(), tree.root()));
    }
    kept
}

impl Kept {
    fn audit(&self) -> Report {
        let ok = |text: &String| Ok::<_, Infallible>(text.clone());
        let stored = |id| Ok(self.nodes.get(&id).map_or(Stored::Missing, |hash| Stored::Hash(*hash)));
        let Ok(report) =
            audit(&identity(), self.checkpoints.iter().map(ok), self.leaves.iter().cloned().map(Ok), stored);
        report
    }

    /// The same audit for a store that keeps no tree.
    fn audit_leaves_only(&self) -> Report {
        let identity = identity();
        let mut auditor = Auditor::new(&identity);
        self.checkpoints.iter().for_each(|text| auditor.checkpoint(text));
        for leaf in &self.leaves {
            let Ok(()) = auditor.leaf(leaf, |_| Ok::<_, Infallible>(Stored::NotKept));
        }
        auditor.finish()
    }

    /// Alters the bytes of a leaf, and whatever else is asked for so that it fits.
    fn alter(&mut self, index: usize, row: bool, levels: u8) {
        self.leaves[index].bytes = b"forged".to_vec();
        let mut tree = Frontier::new();
        let mut forged = HashMap::new();
        for leaf in &self.leaves {
            tree.push_with(leaf_hash(&leaf.bytes), |id, hash| _ = forged.insert(id, hash)).unwrap();
        }
        if row {
            self.leaves[index].hash = Some(leaf_hash(b"forged"));
        }
        for (id, hash) in forged.into_iter().filter(|(id, _)| id.level < levels) {
            self.nodes.insert(id, hash);
        }
    }
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(Finding::code).collect()
}

#[test]
fn a_good_log_is_sound_at_every_size() {
    for size in 0..40 {
        let kept = log(&[size, 3]);
        for report in [kept.audit(), kept.audit_leaves_only()] {
            assert_eq!(report.findings, [], "{size}");
            assert_eq!((report.leaves, report.checkpoints), (size + 3, 2));
            assert_eq!(report.signatures.values().copied().collect::<Vec<_>>(), [2]);
        }
    }
}

#[test]
fn altered_bytes_name_the_leaf_and_nothing_else() {
    for index in 0..20 {
        let mut kept = log(&[5, 8, 7]);
        kept.alter(index, false, 0);
        let named = [Finding::LeafAltered { index: index as u64 }];
        assert_eq!(kept.audit().findings, named);
        assert_eq!(kept.audit_leaves_only().findings, named, "without a stored tree");
    }
}

#[test]
fn an_altered_hash_is_told_from_altered_bytes() {
    for index in 0..20_u64 {
        let mut kept = log(&[5, 8, 7]);
        kept.leaves[index as usize].hash = Some(Hash([1; 32]));
        assert_eq!(kept.audit().findings, [Finding::HashAltered { index }]);
        assert_eq!(kept.audit_leaves_only().findings, [Finding::HashAltered { index }]);
    }
}

#[test]
fn one_flipped_bit_in_a_stored_node_names_the_node_and_clears_the_leaves() {
    let good = log(&[5, 8, 7]);
    for id in good.nodes.keys() {
        let mut kept = good.clone();
        kept.nodes.get_mut(id).unwrap().0[31] ^= 1;
        let report = kept.audit();
        assert_eq!(report.findings, [Finding::NodeAltered { node: *id }]);
        assert_eq!(report.first_bad(), None);
    }
}

#[test]
fn bytes_altered_with_their_stored_hash_are_found_by_the_tree() {
    for index in 0..20_u64 {
        let mut kept = log(&[5, 8, 7]);
        kept.alter(index as usize, true, 0);
        let report = kept.audit();
        assert_eq!(report.first_bad(), Some(Place(index..index + 1)), "the leaf's node remembers it");
        // With the lowest level rewritten too, the next level narrows it to the pair, if the pair was complete.
        kept.alter(index as usize, true, 1);
        let Some(Place(range)) = kept.audit().first_bad() else { panic!("nothing found") };
        assert!(range.contains(&index) && range.end - range.start <= 2, "{index}: {range:?}");
    }
}

#[test]
fn a_wholly_rewritten_tree_is_found_by_the_first_checkpoint_after_the_leaf() {
    for (index, range) in [(0, 0..5), (4, 0..5), (5, 5..13), (12, 5..13), (13, 13..20), (19, 13..20)] {
        let mut kept = log(&[5, 8, 7]);
        kept.alter(index, true, 64);
        let report = kept.audit();
        assert_eq!(codes(&report), ["root_not_met"]);
        assert_eq!(report.first_bad(), Some(Place(range)));
    }
    let mut one_by_one = log(&[1; 20]);
    one_by_one.alter(7, true, 64);
    assert_eq!(one_by_one.audit().first_bad().unwrap().to_string(), "leaf 7", "batches of one name it");
}

#[test]
fn two_altered_leaves_are_both_named() {
    let mut kept = log(&[5, 8, 7]);
    kept.alter(3, false, 0);
    kept.alter(17, false, 0);
    let report = kept.audit();
    assert_eq!(report.findings, [Finding::LeafAltered { index: 3 }, Finding::LeafAltered { index: 17 }]);
    assert_eq!(report.first_bad(), Some(Place(3..4)));
}

#[test]
fn missing_leaves_are_named_and_bridged_by_the_tree() {
    let mut kept = log(&[5, 8, 7]);
    kept.leaves.drain(6..9);
    assert_eq!(kept.audit().findings, [Finding::LeavesMissing { leaves: 6..9 }]);
    let without_tree = kept.audit_leaves_only();
    assert_eq!(codes(&without_tree), ["leaves_missing", "cannot_continue"]);
    assert_eq!(without_tree.root, None);
    kept.leaves[10].bytes.push(0);
    assert_eq!(codes(&kept.audit_leaves_only()), ["leaves_missing", "cannot_continue", "leaf_altered"]);
}

#[test]
fn truncated_extra_and_repeated_leaves_each_have_their_name() {
    let mut kept = log(&[5, 8]);
    kept.leaves.truncate(11);
    assert_eq!(kept.audit().findings, [Finding::Truncated { leaves: 11, promised: 13 }]);
    assert_eq!(kept.audit().first_bad(), Some(Place(11..13)));

    let mut kept = log(&[5, 8]);
    kept.checkpoints.pop();
    assert_eq!(kept.audit().findings, [Finding::Unsigned { leaves: 5..13 }], "a crash between leaf and checkpoint");

    let mut kept = log(&[5, 8]);
    let again = kept.leaves[4].clone();
    kept.leaves.insert(8, again);
    assert_eq!(kept.audit().findings, [Finding::LeafRepeated { index: 4 }]);

    let mut kept = log(&[5, 8]);
    kept.leaves.swap(2, 3);
    assert_eq!(codes(&kept.audit()), ["leaves_missing", "leaf_repeated"], "out of order");

    let mut kept = log(&[5, 8]);
    let leaf = StoredLeaf { index: u64::MAX, ..kept.leaves[0].clone() };
    kept.leaves.push(leaf);
    assert_eq!(
        codes(&kept.audit()),
        ["leaves_missing", "cannot_continue"],
        "an absurd index ends the walk, not the program"
    );
}

#[test]
fn a_missing_tile_is_named_and_harms_nothing_else() {
    let mut kept = log(&[5, 8]);
    kept.nodes.remove(&NodeId::new(2, 1));
    kept.nodes.remove(&NodeId::new(0, 7));
    let found = kept.audit().findings;
    let missing = |level, index| Finding::NodeMissing { node: NodeId::new(level, index) };
    assert_eq!(found, [missing(0, 7), missing(2, 1)]);
}

#[test]
fn bad_checkpoints_each_have_their_name() {
    let good = log(&[5, 8]);
    let other_root = signed(13, Hash([3; 32]));
    let smaller = good.checkpoints[0].clone();
    let unknown = KeyPair::generate(Algorithm::Sm2, ORIGIN, &SeededEntropy::new(99)).unwrap();
    let unknown = Checkpoint::new(ORIGIN, 13, Hash([3; 32])).sign(&[&unknown]).unwrap();
    let other_log = Checkpoint::new("log.example/other", 13, Hash([3; 32])).sign(&[&*KEY]).unwrap();
    let forged = good.checkpoints[1].replacen("13\n", "12\n", 1);
    let cases: [(&str, &[&str]); 6] = [
        (&other_root, &["two_roots", "checkpoint_of_another_tree"]),
        (&smaller, &["size_backwards"]),
        (&unknown, &["checkpoint_refused"]),
        (&other_log, &["checkpoint_refused"]),
        (&forged, &["checkpoint_refused"]),
        ("not a checkpoint", &["checkpoint_refused"]),
    ];
    for (text, expected) in cases {
        let mut kept = good.clone();
        kept.checkpoints.push(text.to_owned());
        let report = kept.audit();
        assert_eq!(codes(&report), expected);
        assert_eq!(report.first_bad(), None, "no leaf is to blame");
    }
    let none = Kept { checkpoints: vec![], ..good };
    assert_eq!(codes(&none.audit()), ["no_checkpoint"]);
}

#[test]
fn a_checkpoint_for_another_tree_in_the_middle_does_not_blame_the_leaves() {
    let mut kept = log(&[5, 8, 7]);
    kept.checkpoints[1] = signed(13, Hash([3; 32]));
    assert_eq!(kept.audit().findings, [Finding::CheckpointOfAnotherTree { ordinal: 1 }]);
    kept.checkpoints.insert(0, signed(0, Hash([3; 32])));
    assert_eq!(codes(&kept.audit()), ["checkpoint_of_another_tree"; 2], "nor the root of an empty tree");
}

#[test]
fn only_an_anchor_shows_a_log_that_was_rolled_back_whole() {
    let full = log(&[5, 8, 7]);
    let old = log(&[5, 8]);
    assert!(old.audit().is_sound(), "a restored old backup agrees with itself");
    let identity = identity();
    let mut auditor = Auditor::new(&identity);
    old.checkpoints.iter().for_each(|text| auditor.checkpoint(text));
    auditor.anchor(&full.checkpoints[2]);
    for leaf in &old.leaves {
        let Ok(()) = auditor.leaf(leaf, |_| Ok::<_, Infallible>(Stored::NotKept));
    }
    assert_eq!(auditor.finish().findings, [Finding::Truncated { leaves: 13, promised: 20 }]);
}

#[test]
fn a_thousand_findings_are_listed_and_the_rest_counted() {
    let mut kept = log(&[600, 600]);
    kept.leaves.iter_mut().for_each(|leaf| leaf.bytes.push(b'!'));
    let report = kept.audit();
    assert_eq!((report.findings.len(), report.further_findings), (1_000, 200));
    assert_eq!(report.first_bad(), Some(Place(0..1)));
}

#[test]
fn findings_read_like_sentences() {
    let mut kept = log(&[5, 8, 7]);
    kept.alter(6, false, 0);
    kept.leaves.truncate(18);
    let lines: Vec<String> = kept.audit().findings.iter().map(Finding::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    leaf 6 was altered: its bytes do not give the hash the log signed for
    the log ends after 18 leaves, 20 were signed for
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is altered wherever, it is found; and where the bytes alone were, the very leaf is named.
    #[test]
    fn no_alteration_goes_unseen(
        batches in prop::collection::vec(1..9_u64, 1..6), at in any::<prop::sample::Index>(), row: bool, levels in 0..6_u8,
    ) {
        let mut kept = log(&batches);
        let index = at.index(kept.leaves.len());
        kept.alter(index, row, levels);
        for report in [kept.audit(), kept.audit_leaves_only()] {
            let place = report.first_bad();
            prop_assert!(place.as_ref().is_some_and(|place| place.0.contains(&(index as u64))), "{:?}", report);
            prop_assert!(row || levels > 0 || place == Some(Place(index as u64..index as u64 + 1)));
        }
    }
}
