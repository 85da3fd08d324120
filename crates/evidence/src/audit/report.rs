//! What an audit found, in words for an auditor and codes for a program.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::OpenLeaf;
use crate::Hash;
use crate::checkpoint::CheckpointError;
use crate::key::KeyId;
use crate::tree::NodeId;

/// The most findings listed; the rest is counted.
const MAX_FINDINGS: usize = 1_000;

/// One thing that is wrong. Checkpoints are named by their ordinal: from 0, in the order handed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The leaf's bytes were changed after its hash was signed for.
    #[error("leaf {index} was altered: its bytes do not give the hash the log signed for")]
    LeafAltered {
        /// The leaf.
        index: u64,
    },
    /// The leaf is as signed, the hash stored beside it is not.
    #[error("the hash stored beside leaf {index} was altered; the leaf itself is as signed")]
    HashAltered {
        /// The leaf.
        index: u64,
    },
    /// A stored node of the tree is not what the leaves under it give; the leaves are as signed.
    #[error("the stored hash of node {} at level {} was altered; the leaves under it are as signed", node.index, node.level)]
    NodeAltered {
        /// The node.
        node: NodeId,
    },
    /// A node the store should have is not there.
    #[error("the stored hash of node {} at level {} is missing", node.index, node.level)]
    NodeMissing {
        /// The node.
        node: NodeId,
    },
    /// The tree of the leaves does not have the signed root, and no later checkpoint is met: leaves in this range were
    /// altered together with their stored hashes.
    #[error("checkpoint {ordinal} is not met: a leaf among {} to {} was altered together with its stored hash", leaves.start, leaves.end.saturating_sub(1))]
    RootNotMet {
        /// The first checkpoint not met.
        ordinal: u64,
        /// Where the altered leaf is.
        leaves: Range<u64>,
    },
    /// A checkpoint has a root that is not this log's at that size, though later checkpoints are met: the log signed for
    /// another tree.
    #[error("checkpoint {ordinal} was signed for another tree")]
    CheckpointOfAnotherTree {
        /// The checkpoint.
        ordinal: u64,
    },
    /// Leaves are missing in the middle.
    #[error("leaves {} to {} are missing", leaves.start, leaves.end.saturating_sub(1))]
    LeavesMissing {
        /// Which.
        leaves: Range<u64>,
    },
    /// A leaf index comes again, or after a larger one.
    #[error("leaf {index} stands there twice")]
    LeafRepeated {
        /// The leaf.
        index: u64,
    },
    /// Nothing stored bridges a gap: what follows was checked leaf by leaf only.
    #[error("from leaf {from} on the tree cannot be recomputed")]
    CannotContinue {
        /// The first leaf without bytes and hash.
        from: u64,
    },
    /// The log ends before what was signed for.
    #[error("the log ends after {leaves} leaves, {promised} were signed for")]
    Truncated {
        /// Leaves there.
        leaves: u64,
        /// Leaves signed for.
        promised: u64,
    },
    /// Leaves behind the last checkpoint: nobody has signed for them.
    #[error("nobody has signed for leaves {} to {}", leaves.start, leaves.end.saturating_sub(1))]
    Unsigned {
        /// Which.
        leaves: Range<u64>,
    },
    /// No checkpoint could be believed.
    #[error("there is no checkpoint that could be believed")]
    NoCheckpoint,
    /// A checkpoint is damaged, another log's, or not signed by a known key.
    #[error("checkpoint {ordinal} is refused: {error}")]
    CheckpointRefused {
        /// The checkpoint.
        ordinal: u64,
        /// Why.
        error: CheckpointError,
    },
    /// A checkpoint promises fewer leaves than one before it.
    #[error("checkpoint {ordinal} goes back from {from} to {to} leaves")]
    SizeBackwards {
        /// The checkpoint.
        ordinal: u64,
        /// Leaves promised before.
        from: u64,
        /// Leaves promised now.
        to: u64,
    },
    /// Two checkpoints of one size have different roots: a split view, and both are evidence of it.
    #[error("checkpoints {} and {} have different roots for {size} leaves", ordinals.0, ordinals.1)]
    TwoRoots {
        /// The size.
        size: u64,
        /// Both checkpoints.
        ordinals: (u64, u64),
    },
}

impl Finding {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LeafAltered { .. } => "leaf_altered",
            Self::HashAltered { .. } => "hash_altered",
            Self::NodeAltered { .. } => "node_altered",
            Self::NodeMissing { .. } => "node_missing",
            Self::RootNotMet { .. } => "root_not_met",
            Self::CheckpointOfAnotherTree { .. } => "checkpoint_of_another_tree",
            Self::LeavesMissing { .. } => "leaves_missing",
            Self::LeafRepeated { .. } => "leaf_repeated",
            Self::CannotContinue { .. } => "cannot_continue",
            Self::Truncated { .. } => "truncated",
            Self::Unsigned { .. } => "unsigned",
            Self::NoCheckpoint => "no_checkpoint",
            Self::CheckpointRefused { .. } => "checkpoint_refused",
            Self::SizeBackwards { .. } => "size_backwards",
            Self::TwoRoots { .. } => "two_roots",
        }
    }

    /// The leaf or leaves this accuses, where it accuses any.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::LeafAltered { index } | Self::LeafRepeated { index } => Some(Place(*index..index.saturating_add(1))),
            Self::RootNotMet { leaves, .. } | Self::LeavesMissing { leaves } | Self::Unsigned { leaves } => {
                Some(Place(leaves.clone()))
            }
            Self::Truncated { leaves, promised } => Some(Place(*leaves..*promised)),
            _ => None,
        }
    }
}

/// Where the log is bad: one leaf, or the smallest range that certainly holds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(pub Range<u64>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.0.end.saturating_sub(1);
        if self.0.start == last { write!(f, "leaf {last}") } else { write!(f, "leaves {} to {last}", self.0.start) }
    }
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Leaves read.
    pub leaves: u64,
    /// Checkpoints read, anchors included.
    pub checkpoints: u64,
    /// How many checkpoints each known key signed.
    pub signatures: BTreeMap<KeyId, u64>,
    /// The root of all leaves, where it could be computed.
    pub root: Option<Hash>,
    /// What is wrong, in the order it was met; a thousand at most.
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub further_findings: u64,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// The first bad leaf, or the smallest range known to hold it.
    pub fn first_bad(&self) -> Option<Place> {
        self.findings.iter().filter_map(Finding::place).min_by_key(|place| (place.0.start, place.0.end))
    }

    pub(super) fn add(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.further_findings += 1;
        }
    }

    /// A leaf's hashes disagreed, and `right` is the one a signed root proves.
    pub(super) fn judge_leaf(&mut self, leaf: &OpenLeaf, right: Hash) {
        let index = leaf.index;
        if leaf.computed != right {
            self.add(Finding::LeafAltered { index });
        }
        if leaf.row.is_some_and(|row| row != right) {
            self.add(Finding::HashAltered { index });
        }
        if leaf.node.is_some_and(|node| node != right) {
            self.add(Finding::NodeAltered { node: NodeId::new(0, index) });
        }
    }
}
