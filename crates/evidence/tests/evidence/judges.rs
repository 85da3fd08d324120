//! The public proofs of transparency-dev/merkle, good and bad, decide whether our tree is RFC 6962's.

use std::fs;
use std::path::{Path, PathBuf};

use evidence::Hash;
use evidence::tree::{verify_consistency, verify_inclusion, verify_subtree, verify_subtree_inclusion};
use serde_json::Value;

/// Proofs on which we differ on purpose, each with the reason.
const ODD: &[(&str, &str)] = &[
    ("consistency/additional/sizes-are-equal-one-and-proof-is-empty.json", NO_HASHES),
    ("subtreeconsistency/additional/sizes-are-equal-one-and-proof-is-empty.json", NO_HASHES),
    (
        "subtreeconsistency/additional/\
         subtree-is-empty-sizes-are-equal-one-subtree-root-valid-tree-root-random-proof-is-empty.json",
        NO_HASHES,
    ),
    (
        "subtreeconsistency/additional/\
         subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-tree-root-random-proof-is-empty.json",
        NO_HASHES,
    ),
];

const NO_HASHES: &str = "its roots are twelve bytes of \"don't care\", which a 32-byte hash refuses on purpose";

#[expect(
    clippy::disallowed_methods,
    reason = "the judges' folder is named by the environment; tests have no front door"
)]
fn folder(name: &str) -> Option<PathBuf> {
    let Some(judges) = std::env::var_os("BUDAYANG_JUDGES") else {
        println!("skipped: BUDAYANG_JUDGES is not set, so the public {name} proofs were not run");
        return None;
    };
    Some(Path::new(&judges).join("merkle/testdata").join(name))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A hash of the test data; anything that is not 32 bytes is refused, as our type does.
fn hash(value: &Value) -> Option<Hash> {
    Hash::from_base64(value.as_str()?).ok()
}

fn hashes(value: &Value) -> Option<Vec<Hash>> {
    match value {
        Value::Null => Some(vec![]),
        value => value.as_array()?.iter().map(hash).collect(),
    }
}

fn run(name: &str, at_least: usize, holds: impl Fn(&Value) -> Option<bool>) {
    let Some(folder) = folder(name) else { return };
    let files = files(&folder);
    let mut wrong = Vec::new();
    for path in &files {
        let case: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let short = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        let expected = case["wantErr"] == Value::Bool(false);
        if holds(&case).unwrap_or(false) != expected {
            wrong.push(short);
        }
    }
    let odd: Vec<&str> = ODD.iter().filter_map(|(path, _)| path.strip_prefix(&format!("{name}/"))).collect();
    assert_eq!(wrong, odd, "{name}: proofs judged otherwise than the judges do");
    assert!(files.len() >= at_least, "{name}: only {} proofs found", files.len());
    for (path, reason) in ODD.iter().filter(|(path, _)| path.starts_with(&format!("{name}/"))) {
        println!("{path}: {reason}");
    }
    println!("{name}: {} of {} public proofs judged alike", files.len() - wrong.len(), files.len());
}

#[test]
fn public_inclusion_proofs() {
    run("inclusion", 98, |case| {
        let (index, size) = (case["leafIdx"].as_u64()?, case["treeSize"].as_u64()?);
        let (leaf, proof, root) = (hash(&case["leafHash"])?, hashes(&case["proof"])?, hash(&case["root"])?);
        Some(verify_inclusion(&leaf, index, size, &proof, &root).is_ok())
    });
}

#[test]
fn public_consistency_proofs() {
    run("consistency", 98, |case| {
        let (old, new) = (case["size1"].as_u64()?, case["size2"].as_u64()?);
        let (old_root, new_root) = (hash(&case["root1"])?, hash(&case["root2"])?);
        Some(verify_consistency((old, &old_root), (new, &new_root), &hashes(&case["proof"])?).is_ok())
    });
}

#[test]
fn public_inclusion_proofs_in_a_subtree() {
    run("subtreeinclusion", 160, |case| {
        let index = case["leafIdx"].as_u64()?;
        let subtree = case["start"].as_u64()?..case["end"].as_u64()?;
        let (leaf, proof, root) = (hash(&case["leafHash"])?, hashes(&case["proof"])?, hash(&case["root"])?);
        Some(verify_subtree_inclusion(&leaf, index, (subtree, &root), &proof).is_ok())
    });
}

#[test]
fn public_consistency_proofs_of_a_subtree() {
    run("subtreeconsistency", 110, |case| {
        let subtree = case["start"].as_u64()?..case["end"].as_u64()?;
        let (root, tree_root) = (hash(&case["root1"])?, hash(&case["root2"])?);
        let tree = (case["size"].as_u64()?, &tree_root);
        Some(verify_subtree((subtree, &root), tree, &hashes(&case["proof"])?).is_ok())
    });
}
