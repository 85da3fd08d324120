//! The growth of one log by one batch: leaves, tiles, one checkpoint, all inside the batch's transaction.
//!
//! Before a root is signed, every new leaf is read back from the database and hashed by a second path; the tree grown from
//! those hashes must have the same root.

use evidence::Hash;
use evidence::tile::FULL_WIDTH;
use evidence::tree::{Frontier, HashReader as _, NodeId, leaf_hash_again, root_plan};
use kernel::Moment;
use rusqlite::Connection;

use super::fault;
use super::tiles::{Tiles, count, newest, signed};
use crate::head::Head;
use crate::signing::LogSigner;
use crate::{Fault, Leaf};

/// Tile levels of a log of `u64` leaves.
const LEVELS: usize = 8;
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
    /// Leaves, those of the running batch included.
    pub(crate) const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Whether the running batch appended something.
    pub(crate) const fn grown(&self) -> bool {
        self.size() > self.committed.size()
    }

    /// Reads the log's edge and holds it against its newest checkpoint. `Err` inside: why it must not be appended to.
    pub(crate) fn load(conn: &Connection, shard: &str) -> Result<Result<Self, String>, Fault> {
        let head = newest(conn, shard)?;
        let leaves = count(conn, shard)?;
        let size = head.as_ref().map_or(0, |head| head.size);
        if leaves != size {
            return Ok(Err(format!(
                "the log of {shard} holds {leaves} leaves but {size} were signed: run `budayang ledger verify` and restore a backup"
            )));
        }
        let tiles = Tiles { conn, shard, size };
        let Some(head) = head else { return Ok(Ok(Self::default())) };
        let peaks = tiles.read_hashes(root_plan(size).nodes())?;
        let frontier = Frontier::from_peaks(size, &peaks).map_err(|e| Fault::Damaged(e.to_string()))?;
        if frontier.root() != head.root {
            return Ok(Err(format!(
                "the hashes of the log of {shard} do not lead to its signed root {}: run `budayang ledger verify` and restore a backup",
                head.root
            )));
        }
        let mut edges = <[Vec<u8>; LEVELS]>::default();
        for (level, edge) in edges.iter_mut().enumerate() {
            *edge = tiles.edge(level)?;
        }
        Ok(Ok(Self { committed: frontier.clone(), frontier, edges, filled: Vec::new() }))
    }

    /// Appends one leaf; gives its position.
    pub(crate) fn append(&mut self, batch: &Appending<'_>, leaf: &Leaf) -> Result<u64, Fault> {
        let hash = evidence::tree::leaf_hash(&leaf.bytes);
        let position = self.size();
        let sql =
            "INSERT INTO leaf (shard, position, subject, kind, bytes, hash, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut insert = batch.conn.prepare_cached(sql).map_err(fault)?;
        let subject = leaf.subject.to_string();
        insert
            .execute((batch.shard, signed(position)?, subject, leaf.kind, &leaf.bytes, &hash.0[..], batch.at.ms()))
            .map_err(fault)?;
        self.push(hash)?;
        Ok(position)
    }

    fn push(&mut self, hash: Hash) -> Result<(), Fault> {
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

    /// Ends the batch's appends: cross-checks, writes the tiles, signs. `Err` inside: why nothing was signed.
    pub(crate) fn seal(&mut self, batch: &Appending<'_>, signer: &LogSigner) -> Result<Result<Head, String>, Fault> {
        let root = self.frontier.root();
        if let Err(why) = self.cross_check(batch, root)? {
            return Ok(Err(why));
        }
        self.write_tiles(batch)?;
        let head = Head { origin: signer.origin(batch.shard), size: self.size(), root };
        let note = match signer.checkpoint(batch.shard, head.size, &root) {
            Ok(note) => note,
            Err(why) => return Ok(Err(format!("the checkpoint of {} could not be signed: {why}", batch.shard))),
        };
        let sql = "INSERT INTO checkpoint (shard, size, origin, root, note, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let mut insert = batch.conn.prepare_cached(sql).map_err(fault)?;
        insert
            .execute((batch.shard, signed(head.size)?, &head.origin, &root.0[..], note, batch.at.ms()))
            .map_err(fault)?;
        Ok(Ok(head))
    }

    /// Grows the tree a second time, from the bytes the database gives back and by the second hash path.
    fn cross_check(&self, batch: &Appending<'_>, root: Hash) -> Result<Result<(), String>, Fault> {
        let sql = "SELECT position, bytes, hash FROM leaf WHERE shard = ?1 AND position >= ?2 ORDER BY position";
        let mut select = batch.conn.prepare_cached(sql).map_err(fault)?;
        let mut rows = select.query((batch.shard, signed(self.committed.size())?)).map_err(fault)?;
        let mut again = self.committed.clone();
        while let Some(row) = rows.next().map_err(fault)? {
            let at = again.size();
            let position: i64 = row.get(0).map_err(fault)?;
            let bytes = row.get_ref(1).and_then(|v| Ok(v.as_blob()?)).map_err(fault)?;
            let hash = row.get_ref(2).and_then(|v| Ok(v.as_blob()?)).map_err(fault)?;
            let second = leaf_hash_again(bytes);
            if second.0 != hash || position != signed(at)? {
                return Ok(Err(format!(
                    "leaf {at} of {} is not what was hashed: in two ways two results",
                    batch.shard
                )));
            }
            again.push(second).map_err(|e| Fault::Misuse(e.to_string()))?;
        }
        let agrees = again.size() == self.size() && again.root() == root;
        Ok(if agrees { Ok(()) } else { Err(format!("the tree of {} was grown in two ways to two roots", batch.shard)) })
    }

    fn write_tiles(&mut self, batch: &Appending<'_>) -> Result<(), Fault> {
        let sql = "INSERT INTO tile (shard, level, position, hashes) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (shard, level, position) DO UPDATE SET hashes = excluded.hashes";
        let mut put = batch.conn.prepare_cached(sql).map_err(fault)?;
        let mut write = |level: usize, position: u64, hashes: &[u8]| {
            put.execute((batch.shard, level as i64, signed(position)?, hashes)).map_err(fault)
        };
        for (level, position, hashes) in &self.filled {
            write(*level, *position, hashes)?;
        }
        for (level, edge) in self.edges.iter().enumerate() {
            let (old, new) = (self.committed.size() >> (8 * level), self.frontier.size() >> (8 * level));
            if new > old && !edge.is_empty() {
                write(level, new / u64::from(FULL_WIDTH), edge)?;
            }
        }
        Ok(())
    }

    /// Makes the batch's appends the state to go on from, once the transaction is committed.
    pub(crate) fn settle(&mut self) {
        self.filled.clear();
        self.committed = self.frontier.clone();
    }
}

/// Where a batch appends.
pub(crate) struct Appending<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) shard: &'a str,
    pub(crate) at: Moment,
}
