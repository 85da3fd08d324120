//! The log's Merkle tree (RFC 6962 section 2.1 over SHA-256): hashes, the append frontier, proofs.
//!
//! Leaves and interior nodes are hashed with different first bytes, so that no leaf can be passed off as a subtree.
//! Sizes and indexes are `u64` from end to end; a tree holds at most `u64::MAX` leaves and says so instead of wrapping.

mod again;
mod frontier;
mod proof;
mod range;

use sha2::{Digest as _, Sha256};

pub use again::leaf_hash_again;
pub use frontier::Frontier;
pub use proof::{
    HashReader, Missing, Plan, ProofFault, consistency_plan, consistency_proof, inclusion_plan, inclusion_proof,
    root_plan, subtree_plan, verify_consistency, verify_inclusion, verify_subtree, verify_subtree_inclusion,
};

use crate::Hash;

/// A complete subtree: `level` 0 is a leaf hash; the node spans the leaves `index << level .. (index + 1) << level`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId {
    /// Height above the leaves, 0 to 63.
    pub level: u8,
    /// Position from the left among the nodes of that level.
    pub index: u64,
}

impl NodeId {
    /// The node at `level`, `index`.
    pub const fn new(level: u8, index: u64) -> Self {
        Self { level, index }
    }
}

/// What is wrong with a size, an index, a proof or a stored frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The tree holds `u64::MAX` leaves.
    #[error("the log is full")]
    Full,
    /// The leaf is not in a tree of that size.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexOutsideTree {
        /// The leaf asked for, counted from 0.
        index: u64,
        /// The leaves in the tree.
        size: u64,
    },
    /// The newer tree is the smaller one.
    #[error("a tree of {old} leaves cannot grow into one of {new}")]
    SizeBackwards {
        /// Leaves in the tree that was called older.
        old: u64,
        /// Leaves in the tree that was called newer.
        new: u64,
    },
    /// These leaves are no subtree by themselves.
    #[error("the leaves {start} to {end} (left out) are not a subtree")]
    NotASubtree {
        /// The first leaf.
        start: u64,
        /// The leaf after the last.
        end: u64,
    },
    /// A proof for these sizes has another number of hashes.
    #[error("the proof has {got} hashes, {expected} belong there")]
    ProofLength {
        /// Hashes such a proof has.
        expected: usize,
        /// Hashes it came with.
        got: usize,
    },
    /// The proof does not lead to the root of the tree.
    #[error("the proof does not lead to the root")]
    RootMismatch,
    /// The proof does not lead to the root of the older tree, or of the subtree.
    #[error("the proof does not lead to the older root")]
    OldRootMismatch,
    /// The stored frontier is not one: wrong version, or not as long as its size says.
    #[error("the stored frontier is damaged")]
    FrontierDamaged,
}

/// First byte of what is hashed for a leaf (RFC 6962 section 2.1).
const LEAF_PREFIX: u8 = 0;
/// First byte of what is hashed for an interior node.
const NODE_PREFIX: u8 = 1;

/// The hash of a leaf: SHA-256 of a zero byte and the leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut sha = Sha256::new();
    sha.update([LEAF_PREFIX]);
    sha.update(leaf);
    Hash(sha.finalize().into())
}

/// The hash of an interior node: SHA-256 of a one byte and both children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [NODE_PREFIX; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(bytes).into())
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

#[cfg(test)]
mod tests;
