//! Inclusion and consistency proofs (RFC 6962 sections 2.1.1 and 2.1.2): planned, made, checked.
//!
//! Both also for a part of the log that is a subtree by itself, as the Merkle tree certificates draft defines it: a batch
//! can be proven to be in the log once, and each of its leaves to be in the batch.
//!
//! Making a proof has two steps, because stores are read in bulk and often asynchronously: a [`Plan`] says which stored
//! subtree hashes are needed, then puts them together. Whoever can read at once hands in a [`HashReader`].

use std::collections::HashMap;

use super::range::{Range, Turn, way_to_leaf, way_to_range};
use super::{NodeId, TreeError, empty_root, node_hash};
use crate::Hash;

/// Reads the hashes of complete subtrees, as [`super::Frontier::push_with`] handed them out.
pub trait HashReader {
    /// Why a hash could not be read.
    type Error;

    /// The hashes of `nodes`, in their order and as many.
    fn read_hashes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Self::Error>;
}

/// A node that should have been stored is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hash of node {} at level {} is missing", .0.index, .0.level)]
pub struct Missing(pub NodeId);

impl HashReader for HashMap<NodeId, Hash> {
    type Error = Missing;

    fn read_hashes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Missing> {
        nodes.iter().map(|node| self.get(node).copied().ok_or(Missing(*node))).collect()
    }
}

/// The stored nodes a proof (or a root) needs, and how they come together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    nodes: Vec<NodeId>,
    /// How many nodes make up each hash of the result, in order.
    groups: Vec<usize>,
}

impl Plan {
    fn new(ranges: impl Iterator<Item = Range>) -> Self {
        let (mut nodes, mut groups) = (Vec::new(), Vec::new());
        for range in ranges {
            let part = range.nodes();
            groups.push(part.len());
            nodes.extend(part);
        }
        Self { nodes, groups }
    }

    /// The nodes to read.
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// Hashes the result has.
    pub fn proof_len(&self) -> usize {
        self.groups.len()
    }

    /// The proof, from the hashes of [`Self::nodes`] in their order. `None` where their number is another.
    pub fn assemble(&self, hashes: &[Hash]) -> Option<Vec<Hash>> {
        if hashes.len() != self.nodes.len() {
            return None;
        }
        let mut rest = hashes;
        let mut proof = Vec::with_capacity(self.groups.len());
        for &group in &self.groups {
            let (part, tail) = rest.split_at(group);
            rest = tail;
            let joined = part.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
            proof.push(joined.unwrap_or_else(empty_root));
        }
        Some(proof)
    }

    fn read<R: HashReader>(&self, reader: &R) -> Result<Vec<Hash>, ProofFault<R::Error>> {
        let hashes = reader.read_hashes(&self.nodes).map_err(ProofFault::Read)?;
        self.assemble(&hashes).ok_or(ProofFault::ShortRead)
    }
}

/// Why a proof could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault<E> {
    /// There is no such proof.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The reader failed.
    #[error("a stored hash could not be read: {0}")]
    Read(E),
    /// The reader gave another number of hashes than it was asked for.
    #[error("the hash reader gave another number of hashes than it was asked for")]
    ShortRead,
}

/// What the root of the first `size` leaves needs; [`Plan::assemble`] gives one hash. Proves nothing by itself: compare
/// it with a signed checkpoint.
pub fn root_plan(size: u64) -> Plan {
    Plan::new(std::iter::once(Range { start: 0, end: size }))
}

/// What the proof that leaf `index` is in the tree of `size` leaves needs.
pub fn inclusion_plan(index: u64, size: u64) -> Result<Plan, TreeError> {
    if index >= size {
        return Err(TreeError::IndexOutsideTree { index, size });
    }
    let mut ranges = Vec::new();
    way_to_leaf(index, size, |range| ranges.push(range));
    Ok(Plan::new(ranges.into_iter().rev()))
}

/// What the proof that the tree of `new` leaves begins with the tree of `old` leaves needs. Empty where `old` is 0 or
/// equals `new`.
pub fn consistency_plan(old: u64, new: u64) -> Result<Plan, TreeError> {
    if old == 0 { Ok(Plan::new(std::iter::empty())) } else { subtree_plan(0..old, new) }
}

/// What the proof that the tree of `size` leaves holds `subtree` needs.
pub fn subtree_plan(subtree: std::ops::Range<u64>, size: u64) -> Result<Plan, TreeError> {
    let target = check_subtree(&subtree, size)?;
    let mut ranges = Vec::new();
    let (_, end) = way_to_range(target, size, |range| ranges.push(range));
    if end != target {
        ranges.push(end);
    }
    Ok(Plan::new(ranges.into_iter().rev()))
}

/// A subtree is not empty, inside the tree, and starts at a multiple of the power of two that holds it.
fn check_subtree(subtree: &std::ops::Range<u64>, size: u64) -> Result<Range, TreeError> {
    let &std::ops::Range { start, end } = subtree;
    let aligned = |leaves: u64| start == 0 || leaves.checked_next_power_of_two().is_some_and(|room| start % room == 0);
    match end.checked_sub(start) {
        Some(1..) if end > size => Err(TreeError::SizeBackwards { old: end, new: size }),
        Some(leaves @ 1..) if aligned(leaves) => Ok(Range { start, end }),
        _ => Err(TreeError::NotASubtree { start, end }),
    }
}

/// The proof that leaf `index` is in the tree of `size` leaves: from the leaf's sibling up.
pub fn inclusion_proof<R: HashReader>(index: u64, size: u64, reader: &R) -> Result<Vec<Hash>, ProofFault<R::Error>> {
    inclusion_plan(index, size)?.read(reader)
}

/// The proof that the tree of `new` leaves begins with the tree of `old` leaves.
pub fn consistency_proof<R: HashReader>(old: u64, new: u64, reader: &R) -> Result<Vec<Hash>, ProofFault<R::Error>> {
    consistency_plan(old, new)?.read(reader)
}

/// Checks that `leaf` (a leaf hash) is number `index` in the tree of `size` leaves with `root`.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), TreeError> {
    if index >= size {
        return Err(TreeError::IndexOutsideTree { index, size });
    }
    let path = way_to_leaf(index, size, |_| ());
    expect_length(proof, path.steps as usize)?;
    let top = path.upward().zip(proof).fold(*leaf, |hash, (turn, aside)| match turn {
        Turn::Left => node_hash(&hash, aside),
        Turn::Right | Turn::RightWithLeft => node_hash(aside, &hash),
    });
    if top == *root { Ok(()) } else { Err(TreeError::RootMismatch) }
}

/// Checks that the tree of size and root `new` begins with the tree of size and root `old`. The empty tree is the
/// beginning of every tree.
pub fn verify_consistency(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> Result<(), TreeError> {
    if old.0 > 0 {
        return verify_subtree((0..old.0, old.1), new, proof);
    }
    expect_length(proof, 0)?;
    let roots_hold = *old.1 == empty_root() && (new.0 > 0 || new.1 == old.1);
    if roots_hold { Ok(()) } else { Err(TreeError::OldRootMismatch) }
}

/// Checks that the tree of size and root `tree` holds the subtree of these leaves and this root. Every tree holds the
/// subtree without leaves, whatever its own root.
pub fn verify_subtree(
    subtree: (std::ops::Range<u64>, &Hash),
    tree: (u64, &Hash),
    proof: &[Hash],
) -> Result<(), TreeError> {
    if subtree.0.start == subtree.0.end && subtree.0.end <= tree.0 {
        expect_length(proof, 0)?;
        return if *subtree.1 == empty_root() { Ok(()) } else { Err(TreeError::OldRootMismatch) };
    }
    let target = check_subtree(&subtree.0, tree.0)?;
    let (path, end) = way_to_range(target, tree.0, |_| ());
    let given = usize::from(end != target);
    expect_length(proof, path.steps as usize + given)?;
    let seed = if given == 1 { proof[0] } else { *subtree.1 };
    let (mut part, mut whole) = (seed, seed);
    for (turn, aside) in path.upward().zip(&proof[given..]) {
        if turn == Turn::RightWithLeft {
            part = node_hash(aside, &part);
        }
        whole = if turn == Turn::Left { node_hash(&whole, aside) } else { node_hash(aside, &whole) };
    }
    match (part == *subtree.1, whole == *tree.1) {
        (true, true) => Ok(()),
        (false, _) => Err(TreeError::OldRootMismatch),
        (true, false) => Err(TreeError::RootMismatch),
    }
}

/// Checks that `leaf` is number `index` of the log, in the subtree of these leaves and this root.
pub fn verify_subtree_inclusion(
    leaf: &Hash,
    index: u64,
    subtree: (std::ops::Range<u64>, &Hash),
    proof: &[Hash],
) -> Result<(), TreeError> {
    let (leaves, root) = subtree;
    check_subtree(&leaves, leaves.end)?;
    let size = leaves.end - leaves.start;
    let inside = index.checked_sub(leaves.start).ok_or(TreeError::IndexOutsideTree { index, size: leaves.end })?;
    verify_inclusion(leaf, inside, size, proof, root)
}

fn expect_length(proof: &[Hash], expected: usize) -> Result<(), TreeError> {
    if proof.len() == expected { Ok(()) } else { Err(TreeError::ProofLength { expected, got: proof.len() }) }
}
