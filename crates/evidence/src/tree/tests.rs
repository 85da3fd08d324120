//! Tests of `tree`: tables of cases, and properties.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// The tree by the recursive definition of RFC 6962 section 2.1, to hold the fast one against.
fn by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        many => {
            let k = many.len().next_power_of_two() / 2;
            node_hash(&by_definition(&many[..k]), &by_definition(&many[k..]))
        }
    }
}

struct Log {
    leaves: Vec<Hash>,
    nodes: HashMap<NodeId, Hash>,
    roots: Vec<Hash>,
}

fn log(size: u64) -> Log {
    let mut log = Log { leaves: vec![], nodes: HashMap::new(), roots: vec![empty_root()] };
    let mut frontier = Frontier::new();
    for i in 0..size {
        let leaf = leaf_hash(&i.to_be_bytes());
        log.leaves.push(leaf);
        let nodes = &mut log.nodes;
        frontier.push_with(leaf, |id, hash| assert_eq!(nodes.insert(id, hash), None, "each node once")).unwrap();
        log.roots.push(frontier.root());
    }
    log
}

#[test]
fn known_roots_of_the_rfc_6962_test_leaves() {
    // The eight leaves used by the certificate transparency implementations, and their published roots.
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::new();
    for (i, root) in roots.iter().enumerate() {
        assert_eq!(frontier.root().to_string(), *root, "{i} leaves");
        if let Some(leaf) = leaves.get(i) {
            frontier.push(leaf_hash(&hex::decode(leaf).unwrap())).unwrap();
        }
    }
}

#[test]
fn the_fast_tree_is_the_defined_one() {
    let log = log(300);
    for n in 0..=300 {
        assert_eq!(log.roots[n], by_definition(&log.leaves[..n]), "{n} leaves");
        let plan = root_plan(n as u64);
        let peaks = log.nodes.read_hashes(plan.nodes()).unwrap();
        assert_eq!(plan.assemble(&peaks).unwrap(), vec![log.roots[n]]);
        let frontier = Frontier::from_peaks(n as u64, &peaks).unwrap();
        assert_eq!(frontier.root(), log.roots[n]);
        assert_eq!(Frontier::from_bytes(&frontier.to_bytes()).unwrap(), frontier);
    }
}

/// Every wrong turn one can take with a proof; each must be refused.
fn mutations(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = Vec::new();
    for i in 0..proof.len() {
        let mut flipped = proof.to_vec();
        flipped[i].0[i % 32] ^= 1 << (i % 8);
        all.push(flipped);
        let mut shorter = proof.to_vec();
        shorter.remove(i);
        all.push(shorter);
        let mut doubled = proof.to_vec();
        doubled.insert(i, proof[i]);
        all.push(doubled);
        let mut swapped = proof.to_vec();
        swapped.swap(i, (i + 1) % proof.len());
        if swapped != proof {
            all.push(swapped);
        }
    }
    all.push([proof, &[empty_root()]].concat());
    all
}

#[test]
fn every_inclusion_proof_to_seventy_leaves_and_none_of_its_mutations() {
    let log = log(70);
    for size in 1..=70_u64 {
        let root = &log.roots[size as usize];
        for index in 0..size {
            let leaf = &log.leaves[index as usize];
            let proof = inclusion_proof(index, size, &log.nodes).unwrap();
            verify_inclusion(leaf, index, size, &proof, root).unwrap();
            for bad in mutations(&proof) {
                assert!(verify_inclusion(leaf, index, size, &bad, root).is_err(), "{index} of {size}");
            }
            let other = (index + 1) % size;
            assert!(size == 1 || verify_inclusion(leaf, other, size, &proof, root).is_err());
            assert!(verify_inclusion(leaf, size, size, &proof, root).is_err());
        }
    }
}

#[test]
fn every_consistency_proof_to_seventy_leaves_and_none_of_its_mutations() {
    let log = log(70);
    for new in 0..=70_u64 {
        for old in 0..=new {
            let roots = (&log.roots[old as usize], &log.roots[new as usize]);
            let proof = consistency_proof(old, new, &log.nodes).unwrap();
            verify_consistency((old, roots.0), (new, roots.1), &proof).unwrap();
            for bad in mutations(&proof) {
                assert!(verify_consistency((old, roots.0), (new, roots.1), &bad).is_err(), "{old} to {new}");
            }
            if old < new {
                assert!(verify_consistency((new, roots.1), (old, roots.0), &proof).is_err(), "backwards");
                let swapped = verify_consistency((old, roots.1), (new, roots.0), &proof);
                assert!(swapped.is_err(), "swapped roots {old} to {new}");
            }
        }
    }
}

#[test]
fn proofs_that_do_not_exist_say_so() {
    let log = log(3);
    assert_eq!(inclusion_plan(3, 3), Err(TreeError::IndexOutsideTree { index: 3, size: 3 }));
    assert_eq!(inclusion_plan(0, 0), Err(TreeError::IndexOutsideTree { index: 0, size: 0 }));
    assert_eq!(consistency_plan(3, 2), Err(TreeError::SizeBackwards { old: 3, new: 2 }));
    let gone = inclusion_proof(0, 4, &log.nodes).unwrap_err();
    assert_eq!(gone, ProofFault::Read(Missing(NodeId::new(1, 1))));
    let same = verify_consistency((3, &log.roots[3]), (3, &log.roots[2]), &[]);
    assert_eq!(same, Err(TreeError::RootMismatch), "same size, other root");
}

#[test]
fn a_leaf_that_looks_like_a_node_is_still_a_leaf() {
    let (a, b) = (leaf_hash(b"a"), leaf_hash(b"b"));
    let forged = [a.0, b.0].concat();
    assert_ne!(leaf_hash(&forged), node_hash(&a, &b));
    assert_ne!(leaf_hash(&[&[1][..], &forged].concat()), node_hash(&a, &b));
}

#[test]
fn sizes_near_the_end_of_u64_neither_wrap_nor_panic() {
    let peaks = vec![Hash([7; 32]); 64];
    let mut full = Frontier::from_peaks(u64::MAX, &peaks).unwrap();
    assert_eq!(full.push(Hash([1; 32])), Err(TreeError::Full));
    let mut almost = Frontier::from_peaks(u64::MAX - 1, &peaks[1..]).unwrap();
    assert_eq!(almost.push(Hash([1; 32])), Ok(u64::MAX - 1));
    assert_eq!(almost.size(), u64::MAX);
    for size in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) + 1, (1 << 53) + 1] {
        let first = inclusion_plan(0, size).unwrap().proof_len();
        let last = inclusion_plan(size - 1, size).unwrap().proof_len();
        assert!((53..=64).contains(&first) && last <= 64, "{size}: {first} {last}");
        for old in [1, size / 2, size / 2 + 1, size - 1] {
            assert!(consistency_plan(old, size).unwrap().proof_len() <= 65);
            let zero = Hash([0; 32]);
            assert!(verify_consistency((old, &zero), (size, &zero), &[zero; 65]).is_err());
        }
    }
}

#[test]
fn a_damaged_frontier_is_refused() {
    let mut frontier = Frontier::new();
    for i in 0..5_u8 {
        frontier.push(leaf_hash(&[i])).unwrap();
    }
    let good = frontier.to_bytes();
    assert_eq!(good.len(), 1 + 8 + 2 * 32);
    for bad in [&good[..good.len() - 1], &good[..8], &[], &[&good[..], &[0]].concat(), &[&[2], &good[1..]].concat()] {
        assert_eq!(Frontier::from_bytes(bad), Err(TreeError::FrontierDamaged));
    }
}

#[test]
fn the_second_path_knows_the_standard_vectors() {
    // FIPS 180-4 through RFC 6962's own example: the hash of the empty leaf, and of every length around a block.
    assert_eq!(leaf_hash_again(b"").to_string(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    let bytes: Vec<u8> = (0..=255).cycle().take(700).collect();
    for n in 0..bytes.len() {
        assert_eq!(leaf_hash_again(&bytes[..n]), leaf_hash(&bytes[..n]), "{n} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn both_paths_agree(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert_eq!(leaf_hash(&bytes), leaf_hash_again(&bytes));
    }

    #[test]
    fn frontier_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }

    #[test]
    fn any_proof_of_any_size_is_refused_without_a_panic(
        index in any::<u64>(), size in any::<u64>(), old in any::<u64>(), n in 0..70_usize, seed in any::<u8>(),
    ) {
        let (hash, proof) = (Hash([seed; 32]), vec![Hash([seed.wrapping_add(1); 32]); n]);
        if size != 1 {
            prop_assert!(verify_inclusion(&hash, index, size, &proof, &hash).is_err());
        }
        if old != size {
            prop_assert!(verify_consistency((old, &hash), (size, &hash), &proof).is_err());
        }
    }
}

#[test]
fn every_subtree_to_forty_leaves_is_proven_and_no_mutation_is() {
    let log = log(40);
    for size in 1..=40_u64 {
        for start in 0..size {
            for end in start + 1..=size {
                let aligned = start % (end - start).next_power_of_two() == 0;
                let plan = subtree_plan(start..end, size);
                assert_eq!(plan.is_ok(), aligned, "{start}..{end} of {size}");
                let Ok(plan) = plan else { continue };
                let proof = plan.assemble(&log.nodes.read_hashes(plan.nodes()).unwrap()).unwrap();
                let part = by_definition(&log.leaves[start as usize..end as usize]);
                let tree = (size, &log.roots[size as usize]);
                verify_subtree((start..end, &part), tree, &proof).unwrap();
                for bad in mutations(&proof) {
                    assert!(verify_subtree((start..end, &part), tree, &bad).is_err(), "{start}..{end} of {size}");
                }
                let leaf = &log.leaves[start as usize];
                let inside = inclusion_plan(0, end - start).unwrap().proof_len();
                let short = verify_subtree_inclusion(leaf, start, (start..end, &part), &vec![part; inside + 1]);
                assert_eq!(short, Err(TreeError::ProofLength { expected: inside, got: inside + 1 }));
            }
        }
    }
    assert!(subtree_plan(3..3, 9).is_err() && subtree_plan(4..9, 8).is_err());
    #[expect(clippy::reversed_empty_ranges, reason = "the very thing to refuse")]
    let backwards = subtree_plan(5..4, 9);
    assert_eq!(backwards, Err(TreeError::NotASubtree { start: 5, end: 4 }));
}

/// The measurement behind "log append at least 0.8 of bare hashing": the same leaf and node hashes, with and without the
/// log around them. Means something in a release build only.
#[test]
#[ignore = "a measurement: cargo test -p evidence --release --lib append_speed -- --ignored --nocapture"]
fn append_speed() {
    use std::time::Instant;
    const LEAVES: u64 = 200_000;
    let leaf = [7_u8; 300];
    let bare = || {
        let started = Instant::now();
        let mut hash = leaf_hash(&leaf);
        for _ in 1..LEAVES {
            hash = node_hash(&hash, &leaf_hash(&leaf));
        }
        assert_ne!(hash, empty_root());
        started.elapsed().as_secs_f64()
    };
    let append = || {
        let (started, mut tree, mut nodes) = (Instant::now(), Frontier::new(), 0);
        for _ in 0..LEAVES {
            tree.push_with(leaf_hash(&leaf), |_, _| nodes += 1).unwrap();
        }
        assert!(nodes > LEAVES && tree.root() != empty_root());
        started.elapsed().as_secs_f64()
    };
    let again = || {
        let started = Instant::now();
        assert!((0..LEAVES).all(|_| leaf_hash_again(&leaf) != empty_root()));
        started.elapsed().as_secs_f64()
    };
    let mut ratios: Vec<f64> = (0..9).map(|_| bare() / append()).collect();
    ratios.sort_by(f64::total_cmp);
    let rate = |seconds: f64| LEAVES as f64 / seconds / 1e6;
    println!("append {:.2} M leaves/s; of bare hashing {:.2} (median of 9)", rate(append()), ratios[4]);
    println!("second path alone {:.2} M leaves/s", rate(again()));
    assert!(ratios[4] >= 0.8);
}
