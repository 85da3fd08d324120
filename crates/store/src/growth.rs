//! The growth of one log by one batch, apart from any database: leaves come in, tiles and a signed checkpoint come out.
//!
//! Before a root is signed, every new leaf is read back from the database and hashed by a second path ([`Again`]); the tree
//! grown from those hashes must have the same root.

use evidence::Hash;
use evidence::tile::FULL_WIDTH;
use evidence::tree::{Frontier, NodeId, leaf_hash_again};

use crate::Fault;
use crate::head::Head;
use crate::signing::LogSigner;

/// Tile levels of a log of `u64` leaves.
pub(crate) const LEVELS: usize = 8;
/// Bytes of a full tile.
const FULL: usize = FULL_WIDTH as usize * 32;

/// The right edge of a log, as far as it is committed, plus what the running batch appends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    frontier: Frontier,
    /// The growing tile of each level.
    edges: [Vec<u8>; LEVELS],
    /// Tiles the running batch has filled.
    filled: Vec<(usize, u64, Vec<u8>)>,
    /// The committed tree, before the running batch.
    committed: Frontier,
}

impl Log {
    /// The log as it was signed, from the peaks of its tree and its growing tiles. `Err`: why it must not be appended to.
    pub(crate) fn resume(
        shard: &str,
        head: &Head,
        peaks: &[Hash],
        edges: [Vec<u8>; LEVELS],
    ) -> Result<Result<Self, String>, Fault> {
        let frontier = Frontier::from_peaks(head.size, peaks).map_err(|e| Fault::Damaged(e.to_string()))?;
        if frontier.root() != head.root {
            return Ok(Err(format!(
                "the hashes of the log of {shard} do not lead to its signed root {}: run `budayang ledger verify` and restore a backup",
                head.root
            )));
        }
        Ok(Ok(Self { committed: frontier.clone(), frontier, edges, filled: Vec::new() }))
    }

    /// Leaves, those of the running batch included.
    pub(crate) const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Leaves before the running batch.
    pub(crate) const fn committed_size(&self) -> u64 {
        self.committed.size()
    }

    /// Whether the running batch appended something.
    pub(crate) const fn grown(&self) -> bool {
        self.size() > self.committed.size()
    }

    /// Adds the hash of one leaf.
    pub(crate) fn push(&mut self, hash: Hash) -> Result<(), Fault> {
        let Self { frontier, edges, filled, .. } = self;
        let stored = |node: NodeId, hash: Hash| {
            if node.level.is_multiple_of(8) {
                let level = usize::from(node.level / 8);
                edges[level].extend(hash.0);
                if edges[level].len() == FULL {
                    filled.push((level, node.index >> 8, std::mem::take(&mut edges[level])));
                }
            }
        };
        frontier.push_with(hash, stored).map_err(|e| Fault::Misuse(e.to_string()))?;
        Ok(())
    }

    /// The tiles the running batch has filled or made longer: level, position, hashes.
    pub(crate) fn tiles(&self) -> impl Iterator<Item = (usize, u64, &[u8])> {
        let filled = self.filled.iter().map(|(level, position, hashes)| (*level, *position, hashes.as_slice()));
        let longer = self.edges.iter().enumerate().filter_map(|(level, edge)| {
            let (old, new) = (self.committed.size() >> (8 * level), self.frontier.size() >> (8 * level));
            (new > old && !edge.is_empty()).then(|| (level, new / u64::from(FULL_WIDTH), edge.as_slice()))
        });
        filled.chain(longer)
    }

    /// The state to sign and its signed note, or why it could not be signed.
    pub(crate) fn sign(&self, shard: &str, signer: &LogSigner) -> Result<(Head, String), String> {
        let head = Head { origin: signer.origin(shard), size: self.size(), root: self.frontier.root() };
        match signer.checkpoint(shard, head.size, &head.root) {
            Ok(note) => Ok((head, note)),
            Err(why) => Err(format!("the checkpoint of {shard} could not be signed: {why}")),
        }
    }

    /// Grows the batch's part of the tree a second time.
    pub(crate) fn again(&self) -> Again {
        Again { tree: self.committed.clone() }
    }

    /// Makes the batch's appends the state to go on from, once the transaction is committed.
    pub(crate) fn settle(&mut self) {
        self.filled.clear();
        self.committed = self.frontier.clone();
    }
}

/// Why a log whose leaves and checkpoints differ in number must not be appended to.
pub(crate) fn incomplete(shard: &str, leaves: u64, signed: u64) -> String {
    format!(
        "the log of {shard} holds {leaves} leaves but {signed} were signed: run `budayang ledger verify` and restore a backup"
    )
}

/// The tree grown from the bytes the database gives back, by the second hash path.
pub(crate) struct Again {
    tree: Frontier,
}

impl Again {
    /// Adds a leaf as it was read back. `Err` inside: it is not what was hashed.
    pub(crate) fn leaf(
        &mut self,
        shard: &str,
        position: i64,
        bytes: &[u8],
        hash: &[u8],
    ) -> Result<Result<(), String>, Fault> {
        let at = self.tree.size();
        let second = leaf_hash_again(bytes);
        if second.0 != hash || u64::try_from(position) != Ok(at) {
            return Ok(Err(format!("leaf {at} of {shard} is not what was hashed: in two ways two results")));
        }
        self.tree.push(second).map_err(|e| Fault::Misuse(e.to_string()))?;
        Ok(Ok(()))
    }

    /// Whether both trees are one.
    pub(crate) fn agrees(&self, shard: &str, log: &Log) -> Result<(), String> {
        if self.tree.size() == log.size() && self.tree.root() == log.frontier.root() {
            return Ok(());
        }
        Err(format!("the tree of {shard} was grown in two ways to two roots"))
    }
}
