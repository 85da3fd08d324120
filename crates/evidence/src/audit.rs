//! The audit: recomputes the whole log from the stored leaf bytes and names the first bad leaf.
//!
//! It believes nothing that is stored. Leaf hashes are computed from the bytes and held against the stored hash and the
//! stored tree; roots are computed and held against every signed checkpoint. Where these disagree, the checkpoints
//! decide who is right: of the stored hash and the computed one, the one that leads to the signed root is the true one,
//! so altered bytes and an altered hash are told apart. Where bytes and hashes were all altered together, the interior
//! nodes and the last good checkpoint narrow the range down.
//!
//! Streaming: 64 hashes and the checkpoints' roots are kept, never the leaves, so a million leaves need no memory.

mod checkpoints;
mod report;

use std::ops::Range;

pub use report::{Finding, Place, Report};

use crate::Hash;
use crate::checkpoint::LogIdentity;
use crate::tree::{Frontier, NodeId, leaf_hash};
use checkpoints::Checkpoints;

/// A leaf as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLeaf<B> {
    /// Its index, as stored.
    pub index: u64,
    /// Its bytes.
    pub bytes: B,
    /// The leaf hash stored beside it, where one is.
    pub hash: Option<Hash>,
}

/// What the store has for a node of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// This hash.
    Hash(Hash),
    /// Nothing, though it should have: a missing tile or row.
    Missing,
    /// Nothing, and need not: this store does not keep that level.
    NotKept,
}

/// The most leaves and nodes kept waiting for a checkpoint to decide their case.
const MAX_OPEN: usize = 10_000;

/// An audit under way: hand in the checkpoints, then every leaf in order, then ask for the report.
pub struct Auditor<'a> {
    checkpoints: Checkpoints<'a>,
    /// The tree as the store would have it: of a leaf's hashes, the stored one.
    tree: Frontier,
    /// The tree as the bytes would have it, while the two disagree.
    other: Option<Frontier>,
    /// Leaves and nodes whose case the next checkpoint decides.
    open_leaves: Vec<OpenLeaf>,
    open_nodes: Vec<OpenNode>,
    /// Leaves up to here are proven by a good checkpoint.
    proven: u64,
    /// The checkpoints that were not met since then, and the leaves under suspicion.
    suspect: Option<Suspect>,
    /// A gap could not be bridged: no root can be computed any more.
    lost: bool,
    report: Report,
    /// Room for the nodes a leaf completes, kept from leaf to leaf.
    scratch: Vec<(NodeId, Hash)>,
}

struct OpenLeaf {
    index: u64,
    computed: Hash,
    row: Option<Hash>,
    node: Option<Hash>,
    /// What was appended to `tree`; `computed` went to `other`.
    chosen: Hash,
}

struct OpenNode {
    id: NodeId,
    differs: bool,
    differs_in_other: bool,
}

struct Suspect {
    checkpoints: Vec<u64>,
    leaves: Range<u64>,
}

impl<'a> Auditor<'a> {
    /// An audit of `log`.
    pub fn new(log: &'a LogIdentity) -> Self {
        Self {
            checkpoints: Checkpoints::new(log),
            tree: Frontier::new(),
            other: None,
            open_leaves: Vec::new(),
            open_nodes: Vec::new(),
            proven: 0,
            suspect: None,
            lost: false,
            report: Report::default(),
            scratch: Vec::new(),
        }
    }

    /// A checkpoint the log keeps, in the order in which it was signed. All of them before the first leaf.
    pub fn checkpoint(&mut self, signed: &str) {
        self.checkpoints.add(signed, &mut self.report);
    }

    /// A checkpoint held outside the log: by a witness, in the gazette, on a printed page. It alone can show that log and
    /// checkpoints were rolled back together.
    pub fn anchor(&mut self, signed: &str) {
        self.checkpoints.add_anchor(signed, &mut self.report);
    }

    /// The next leaf. `stored` is asked for the hash of every subtree the leaf completes.
    pub fn leaf<E, B: AsRef<[u8]>>(
        &mut self,
        leaf: &StoredLeaf<B>,
        mut stored: impl FnMut(NodeId) -> Result<Stored, E>,
    ) -> Result<(), E> {
        self.meet_checkpoints();
        let computed = leaf_hash(leaf.bytes.as_ref());
        self.report.leaves += 1;
        if leaf.index < self.tree.size() {
            self.report.add(Finding::LeafRepeated { index: leaf.index });
            return Ok(());
        }
        self.bridge_gap(leaf.index, &mut stored)?;
        if self.lost {
            self.compare_alone(leaf.index, computed, leaf.hash);
            return Ok(());
        }
        self.append(leaf.index, computed, leaf.hash, &mut stored)?;
        self.meet_checkpoints();
        Ok(())
    }

    /// What was found.
    pub fn finish(mut self) -> Report {
        self.meet_checkpoints();
        self.settle_unproven();
        let size = self.tree.size();
        self.report.root = (!self.lost).then(|| self.tree.root());
        self.checkpoints.close(size, self.lost, &mut self.report);
        self.report
    }

    /// Goes over leaves that are not there, with the hashes the tree still has for them.
    fn bridge_gap<E>(&mut self, to: u64, stored: &mut impl FnMut(NodeId) -> Result<Stored, E>) -> Result<(), E> {
        let from = self.tree.size();
        if self.lost || from == to {
            return Ok(());
        }
        self.report.add(Finding::LeavesMissing { leaves: from..to });
        for index in from..to {
            let Stored::Hash(hash) = stored(NodeId::new(0, index))? else {
                self.lost = true;
                self.report.add(Finding::CannotContinue { from: index });
                return Ok(());
            };
            self.push(hash, hash, &mut *stored)?;
            self.meet_checkpoints();
        }
        Ok(())
    }

    fn append<E>(
        &mut self,
        index: u64,
        computed: Hash,
        row: Option<Hash>,
        stored: &mut impl FnMut(NodeId) -> Result<Stored, E>,
    ) -> Result<(), E> {
        let id = NodeId::new(0, index);
        let node = match stored(id)? {
            Stored::Hash(hash) => Some(hash),
            Stored::NotKept => None,
            Stored::Missing => {
                self.report.add(Finding::NodeMissing { node: id });
                None
            }
        };
        let chosen = node.or(row).unwrap_or(computed);
        let disagree = chosen != computed || row.is_some_and(|row| row != computed);
        if disagree && self.open_leaves.len() >= MAX_OPEN {
            self.report.add(Finding::LeafAltered { index });
        } else if disagree {
            self.other.get_or_insert_with(|| self.tree.clone());
            self.open_leaves.push(OpenLeaf { index, computed, row, node, chosen });
        }
        self.push(chosen, computed, stored)
    }

    /// Appends to both trees and holds the completed nodes against the stored ones.
    fn push<E>(
        &mut self,
        hash: Hash,
        other_hash: Hash,
        stored: &mut impl FnMut(NodeId) -> Result<Stored, E>,
    ) -> Result<(), E> {
        let mut completed = std::mem::take(&mut self.scratch);
        let mut completed_other = Vec::new();
        let pushed = self.tree.push_with(hash, |id, hash| completed.push((id, hash)));
        if let Some(other) = &mut self.other {
            // As large as the first tree, so it is full exactly when that one is.
            let _ = other.push_with(other_hash, |_, hash| completed_other.push(hash));
        }
        if pushed.is_err() {
            self.lost = true;
        }
        for (i, (id, hash)) in completed.drain(..).enumerate().skip(1) {
            match stored(id)? {
                Stored::NotKept => {}
                Stored::Missing => self.report.add(Finding::NodeMissing { node: id }),
                Stored::Hash(kept) => {
                    let differs_in_other = kept != *completed_other.get(i).unwrap_or(&hash);
                    if (kept != hash || differs_in_other) && self.open_nodes.len() < MAX_OPEN {
                        self.open_nodes.push(OpenNode { id, differs: kept != hash, differs_in_other });
                    }
                }
            }
        }
        self.scratch = completed;
        Ok(())
    }

    /// A leaf behind an unbridged gap: only its own stored hash can speak.
    fn compare_alone(&mut self, index: u64, computed: Hash, row: Option<Hash>) {
        if row.is_some_and(|row| row != computed) {
            self.report.add(Finding::LeafAltered { index });
        }
    }

    /// Holds the tree against the checkpoints of its size.
    fn meet_checkpoints(&mut self) {
        let size = self.tree.size();
        if self.lost || !self.checkpoints.are_due(size) {
            return;
        }
        let root = self.tree.root();
        let other = self.other.as_ref().map(Frontier::root);
        for (ordinal, signed) in self.checkpoints.take(size) {
            if signed == root {
                self.settle(size, false);
            } else if other == Some(signed) {
                self.settle(size, true);
            } else {
                self.miss(size, ordinal);
            }
        }
    }

    /// A checkpoint is met: whatever was open up to here is decided.
    fn settle(&mut self, size: u64, other_is_right: bool) {
        self.proven = size;
        for leaf in std::mem::take(&mut self.open_leaves) {
            let right = if other_is_right { leaf.computed } else { leaf.chosen };
            self.report.judge_leaf(&leaf, right);
        }
        for node in std::mem::take(&mut self.open_nodes) {
            if if other_is_right { node.differs_in_other } else { node.differs } {
                self.report.add(Finding::NodeAltered { node: node.id });
            }
        }
        // The leaves lead to a later signed root, so it was the checkpoint before that was wrong, not they.
        for ordinal in self.suspect.take().into_iter().flat_map(|suspect| suspect.checkpoints) {
            self.report.add(Finding::CheckpointOfAnotherTree { ordinal });
        }
        if let (Some(other), true) = (self.other.take(), other_is_right) {
            self.tree = other;
        }
    }

    /// A checkpoint is not met.
    fn miss(&mut self, size: u64, ordinal: u64) {
        if size == self.proven {
            // Another checkpoint of the same size is met (or there is no leaf at all to blame).
            return self.report.add(Finding::CheckpointOfAnotherTree { ordinal });
        }
        let suspect = self.suspect.get_or_insert(Suspect { checkpoints: Vec::new(), leaves: self.proven..size });
        suspect.checkpoints.push(ordinal);
    }

    /// The smallest stored subtree that disagrees with the leaves under it, within `range`.
    fn narrowest(&self, range: Range<u64>) -> Range<u64> {
        let span = |node: &OpenNode| {
            let start = node.id.index << node.id.level;
            start.max(range.start)..(start + (1 << node.id.level)).min(range.end)
        };
        let differing = self.open_nodes.iter().filter(|node| node.differs).map(span);
        differing.filter(|span| !span.is_empty()).min_by_key(|span| span.end - span.start).unwrap_or(range)
    }

    /// What no checkpoint decided.
    fn settle_unproven(&mut self) {
        for leaf in std::mem::take(&mut self.open_leaves) {
            self.report.add(Finding::LeafAltered { index: leaf.index });
        }
        if let Some(suspect) = self.suspect.take() {
            let leaves = self.narrowest(suspect.leaves);
            self.report.add(Finding::RootNotMet { ordinal: suspect.checkpoints[0], leaves });
        } else {
            for node in std::mem::take(&mut self.open_nodes).iter().filter(|node| node.differs) {
                self.report.add(Finding::NodeAltered { node: node.id });
            }
        }
    }
}

/// A whole audit at once: `checkpoints` in the order they were signed, `leaves` by index, `stored` for the tree's nodes.
pub fn audit<E, C: AsRef<str>, B: AsRef<[u8]>>(
    log: &LogIdentity,
    checkpoints: impl IntoIterator<Item = Result<C, E>>,
    leaves: impl IntoIterator<Item = Result<StoredLeaf<B>, E>>,
    mut stored: impl FnMut(NodeId) -> Result<Stored, E>,
) -> Result<Report, E> {
    let mut auditor = Auditor::new(log);
    for checkpoint in checkpoints {
        auditor.checkpoint(checkpoint?.as_ref());
    }
    for leaf in leaves {
        auditor.leaf(&leaf?, &mut stored)?;
    }
    Ok(auditor.finish())
}

#[cfg(test)]
mod tests;
