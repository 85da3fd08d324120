//! Tests of `witness`: tables of cases, and one property.

use std::collections::HashMap;

use kernel::SeededEntropy;
use proptest::prelude::*;

use super::*;
use crate::key::{Algorithm, KeyPair, Signer as _};
use crate::tree::{Frontier, NodeId, TreeError, consistency_proof, leaf_hash};

const ORIGIN: &str = "log.example/450000";

fn key(name: &str, seed: u64) -> KeyPair {
    KeyPair::generate(Algorithm::Ed25519, name, &SeededEntropy::new(seed)).unwrap()
}

/// A log that its operator may have written twice: from some leaf on the second writing differs.
struct Log {
    key: KeyPair,
    roots: Vec<Hash>,
    nodes: HashMap<NodeId, Hash>,
}

impl Log {
    /// So many leaves, those from `fork` on unlike those of another branch.
    fn new(size: u64, fork: u64, branch: u8) -> Self {
        let (mut frontier, mut nodes, mut roots) = (Frontier::new(), HashMap::new(), vec![crate::tree::empty_root()]);
        for i in 0..size {
            let branch = if i < fork { 0 } else { branch };
            let leaf = leaf_hash(&[&i.to_be_bytes()[..], &[branch]].concat());
            frontier.push_with(leaf, |id, hash| assert_eq!(nodes.insert(id, hash), None)).unwrap();
            roots.push(frontier.root());
        }
        Self { key: key(ORIGIN, 3), roots, nodes }
    }

    fn identity(&self) -> LogIdentity {
        LogIdentity { origin: ORIGIN.into(), keys: vec![self.key.public().clone()] }
    }

    fn note(&self, size: u64) -> String {
        Checkpoint::new(ORIGIN, size, self.roots[usize::try_from(size).unwrap()]).sign(&[&self.key]).unwrap()
    }

    fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        consistency_proof(old.min(new), old.max(new), &self.nodes).unwrap()
    }

    /// What an honest log asks when it takes the witness to remember `old` leaves.
    fn ask(&self, old: u64, size: u64) -> Request {
        Request { old, proof: self.proof(old, size), note: self.note(size) }
    }
}

fn head(log: &Log, size: u64) -> Head {
    Head::open(&log.identity(), &log.note(size)).unwrap()
}

#[test]
fn what_grows_is_remembered_and_what_was_before_is_signed_without_it() {
    let log = Log::new(20, 20, 0);
    let identity = log.identity();
    assert_eq!(judge(&identity, None, &log.ask(0, 7)), Ok(Verdict::Newer(head(&log, 7))));
    let seven = head(&log, 7);
    assert_eq!(judge(&identity, Some(&seven), &log.ask(7, 20)), Ok(Verdict::Newer(head(&log, 20))));
    assert_eq!(judge(&identity, Some(&seven), &log.ask(7, 7)), Ok(Verdict::Known(head(&log, 7))));
    let smaller = Request { old: 7, ..log.ask(7, 3) };
    assert_eq!(judge(&identity, Some(&seven), &smaller), Ok(Verdict::Known(head(&log, 3))));
}

#[test]
fn the_cosignature_is_a_plain_one_and_always_the_same() {
    let (log, witness) = (Log::new(5, 5, 0), key("witness.example/liuzhou", 9));
    let line = cosign(&head(&log, 5), &witness).unwrap();
    assert_eq!(line, cosign(&head(&log, 5), &witness).unwrap(), "nobody may choose among signatures");
    let whole = format!("{}{line}", log.note(5));
    let both = [log.key.public().clone(), witness.public().clone()];
    assert_eq!(note::open(&whole, &both).unwrap().signed_by.len(), 2);
}

#[test]
fn each_refusal_has_its_reason() {
    let (log, other) = (Log::new(12, 12, 0), Log::new(12, 4, 1));
    let identity = log.identity();
    let five = head(&log, 5);
    let code =
        |known: Option<&Head>, request: &Request| judge(&identity, known, request).map_err(|refusal| refusal.code());
    assert_eq!(code(None, &log.ask(3, 5)), Err("elsewhere"));
    assert_eq!(code(Some(&five), &log.ask(0, 9)), Err("elsewhere"));
    assert_eq!(code(Some(&five), &other.ask(5, 5)), Err("two_roots"));
    assert_eq!(code(Some(&five), &other.ask(5, 9)), Err("inconsistent"));
    assert_eq!(code(Some(&five), &Request { proof: vec![], ..log.ask(5, 9) }), Err("inconsistent"));
    assert_eq!(code(None, &Request { proof: log.proof(3, 9), ..log.ask(0, 9) }), Err("inconsistent"));
    // Where both writings still agree, the second one's checkpoint is a beginning of the first.
    let before = Request { old: 5, proof: log.proof(3, 5), note: other.note(3) };
    assert_eq!(code(Some(&five), &before), Ok(Verdict::Known(head(&log, 3))));
    let foreign = Checkpoint::new(ORIGIN, 9, log.roots[9]).sign(&[&key("log.example/else", 4)]).unwrap();
    assert_eq!(code(Some(&five), &Request { note: foreign, ..log.ask(5, 9) }), Err("note_unknown_key"));
    let renamed = Checkpoint::new("log.example/441900", 9, log.roots[9]).sign(&[&log.key]).unwrap();
    assert_eq!(code(Some(&five), &Request { note: renamed, ..log.ask(5, 9) }), Err("other_origin"));
    let extended = Checkpoint { extensions: vec!["more".into()], ..Checkpoint::new(ORIGIN, 9, log.roots[9]) };
    let extended = Request { note: extended.sign(&[&log.key]).unwrap(), ..log.ask(5, 9) };
    assert_eq!(code(Some(&five), &extended), Err("checkpoint_extension"));
}

#[test]
fn a_fork_brings_both_heads_and_says_whether_they_prove_it() {
    let (log, other) = (Log::new(12, 12, 0), Log::new(12, 4, 1));
    let five = head(&log, 5);
    let Err(Refusal::Fork { fork, evidence }) = judge(&log.identity(), Some(&five), &other.ask(5, 5)) else { panic!() };
    assert_eq!(fork, Fork::TwoRoots(5));
    assert!(evidence.is_proof());
    assert_eq!((evidence.known.note, evidence.offered.note), (log.note(5), other.note(5)));
    let Err(Refusal::Fork { fork, evidence }) = judge(&log.identity(), Some(&five), &other.ask(5, 9)) else { panic!() };
    assert_eq!(fork, Fork::Inconsistent(TreeError::OldRootMismatch));
    assert!(!evidence.is_proof(), "nine leaves with another beginning: the log may only have sent a wrong proof");
}

#[test]
fn requests_are_read_as_they_are_written() {
    let log = Log::new(40, 40, 0);
    for (old, size) in [(0, 1), (0, 40), (7, 40), (40, 40), (40, 13)] {
        let request = log.ask(old, size);
        assert_eq!(Request::read(&request.to_text()), Ok(request), "{old} {size}");
    }
    let hash = Hash([7; 32]).base64();
    let many = format!("old 5\n{}\nx\n", format!("{hash}\n").repeat(MAX_HASHES + 1));
    let cases = [
        ("", Unreadable::NoCheckpoint),
        ("old 5\n", Unreadable::NoCheckpoint),
        ("old 5\n\n", Unreadable::NoCheckpoint),
        ("old 05\n\nx", Unreadable::Old),
        ("old -5\n\nx", Unreadable::Old),
        ("new 5\n\nx", Unreadable::Old),
        ("old 5\nAAAA\n\nx", Unreadable::Hash(2)),
        (&many, Unreadable::TooManyHashes),
    ];
    for (body, wrong) in cases {
        assert_eq!(Request::read(body), Err(wrong), "{body:?}");
    }
    assert_eq!(Request::read(&"x".repeat(MAX_REQUEST + 1)), Err(Unreadable::TooLong(MAX_REQUEST + 1)));
}

proptest! {
    /// Whatever two writings of one log are shown in whatever order, with proofs of either: all that was ever co-signed lies
    /// on one of them.
    #[test]
    fn all_that_is_cosigned_lies_on_one_line(
        fork in 0_u64..12,
        asked in prop::collection::vec((any::<bool>(), any::<bool>(), 0_u64..24), 1..24),
    ) {
        let logs = [Log::new(24, fork, 1), Log::new(24, fork, 2)];
        let identity = logs[0].identity();
        let (mut known, mut signed) = (None::<Head>, Vec::new());
        for (which, proof, size) in asked {
            let old = known.as_ref().map_or(0, |head| head.checkpoint.size);
            let proof = logs[usize::from(proof)].proof(old, size);
            let request = Request { old, proof, note: logs[usize::from(which)].note(size) };
            match judge(&identity, known.as_ref(), &request) {
                Ok(verdict) => {
                    signed.push(verdict.head().checkpoint.clone());
                    if let Verdict::Newer(head) = verdict {
                        known = Some(head);
                    }
                }
                Err(Refusal::Fork { .. }) => {}
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
        let on = |log: &Log| signed.iter().all(|c| log.roots[usize::try_from(c.size).unwrap()] == c.root);
        prop_assert!(on(&logs[0]) || on(&logs[1]), "{signed:?}");
    }

    /// No bytes make the reader fail otherwise than by an error.
    #[test]
    fn any_text_is_read_or_refused(text in "(old [0-9]{1,3}\n)?[A-Za-z0-9+/=\n]{0,200}(\n\n.{0,40})?") {
        if let Ok(request) = Request::read(&text) {
            prop_assert_eq!(request.to_text(), text);
        }
    }
}
