//! The write side of a shard's log: leaves, tiles, one checkpoint for each batch, all inside the batch's transaction.
//!
//! Before a root is signed, every new leaf is read back from the database and hashed by a second path; the tree grown from
//! those hashes must have the same root. A log whose database does not agree with what was signed before is not appended to.

use std::collections::{BTreeMap, BTreeSet};

use evidence::Hash;
use evidence::tile::{FULL_WIDTH, Tile};
use evidence::tree::{Frontier, HashReader, NodeId, leaf_hash_again, root_plan};
use kernel::Moment;
use rusqlite::Connection;

use super::fault;
use super::writer::Setback;
use crate::head::{Head, HeadFile};
use crate::signing::LogSigner;
use crate::{Fault, Leaf, LogState};

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

/// The logs of all shards this writer has touched, who signs them, and what was signed last.
pub(crate) struct Ledgers {
    signer: Option<LogSigner>,
    heads: HeadFile,
    /// `Err`: why the log must not be appended to.
    logs: BTreeMap<String, Result<Log, String>>,
    /// SQLite's mark of changes made by other processes.
    data_version: i64,
    /// When the last batch was committed.
    pub(crate) committed_at: Moment,
}

impl Ledgers {
    pub(crate) const fn new(signer: Option<LogSigner>, heads: HeadFile) -> Self {
        Self { signer, heads, logs: BTreeMap::new(), data_version: 0, committed_at: Moment::from_ms(0) }
    }

    /// Signs with other keys, or with none.
    pub(crate) fn sign_with(&mut self, signer: Option<LogSigner>) {
        self.signer = signer;
        self.forget();
    }

    /// Reads every log anew when it is next needed.
    pub(crate) fn forget(&mut self) {
        self.logs.clear();
    }

    /// Inside the transaction: forgets what another process may have changed.
    pub(crate) fn refresh(&mut self, conn: &Connection) -> Result<(), Fault> {
        let mut select = conn.prepare_cached("PRAGMA data_version").map_err(fault)?;
        let now: i64 = select.query_row([], |row| row.get(0)).map_err(fault)?;
        if now != self.data_version {
            self.data_version = now;
            self.forget();
            if let Err(e) = self.heads.reread() {
                tracing::error!(%e, "the file with the signed heads cannot be read");
            }
        }
        Ok(())
    }

    /// The log of a shard, ready to be appended to, or why it must not be.
    pub(crate) fn open(&mut self, conn: &Connection, shard: &str) -> Result<Result<&mut Log, String>, Fault> {
        if !self.logs.contains_key(shard) {
            let log = match self.admit(conn, shard)? {
                Ok(()) => Log::load(conn, shard)?,
                Err(why) => Err(why),
            };
            if let Err(why) = &log {
                tracing::warn!(shard, why, "no decisions");
            }
            self.logs.insert(shard.to_owned(), log);
        }
        let log = self.logs.get_mut(shard).ok_or_else(|| Fault::Misuse("no log".into()))?;
        Ok(log.as_mut().map_err(|why| why.clone()))
    }

    /// Whether the log of a shard may go on as it is in this database, signed by these keys.
    fn admit(&self, conn: &Connection, shard: &str) -> Result<Result<(), String>, Fault> {
        let newest = newest(conn, shard)?;
        let ours = self.signer.as_ref().map(|signer| signer.origin(shard));
        if let (Some(signer), Some(last)) = (&self.signer, &newest)
            && !signer.continues(shard, &last.origin)
        {
            return Ok(Err(stranger(shard, &last.origin, &signer.origin(shard))));
        }
        if let Some(signed) =
            self.heads.head(shard).filter(|head| ours.as_ref().is_none_or(|ours| head.origin == *ours))
        {
            let size = newest.map_or(0, |head| head.size);
            if size < signed.size {
                return Ok(Err(older(shard, signed, size)));
            }
            if (Tiles { conn, shard, size }).root(signed.size)? != signed.root {
                return Ok(Err(forked(shard, signed)));
            }
        }
        Ok(if ours.is_some() { Ok(()) } else { Err(LOCKED.to_owned()) })
    }

    /// Signs every log the batch has appended to.
    pub(crate) fn seal(&mut self, conn: &Connection, at: Moment) -> Result<Vec<(String, Head)>, Setback> {
        let mut heads = Vec::new();
        for (shard, log) in &mut self.logs {
            let (Ok(log), Some(signer)) = (log, &self.signer) else { continue };
            if log.grown() {
                let sealed = log.seal(&Appending { conn, shard, at }, signer)?;
                let head = sealed.map_err(|why| Setback::Unsigned { shard: shard.clone(), why })?;
                heads.push((shard.clone(), head));
            }
        }
        Ok(heads)
    }

    /// After the commit: what was signed is the state to go on from.
    pub(crate) fn settle(&mut self, heads: Vec<(String, Head)>, at: Moment) {
        self.committed_at = at;
        for (shard, head) in heads {
            if let Some(Ok(log)) = self.logs.get_mut(&shard) {
                log.settle();
            }
            if let Err(e) = self.heads.record(&shard, head) {
                tracing::error!(%e, shard, "the signed head could not be recorded");
            }
        }
    }

    /// Leaves in a shard's log, as far as it is known here.
    pub(crate) fn size(&self, shard: &str) -> u64 {
        self.logs.get(shard).and_then(|log| log.as_ref().ok()).map_or(0, Log::size)
    }

    /// How every log stands: those in the database and those known to have been signed.
    pub(crate) fn states(&mut self, conn: &Connection) -> Result<Vec<LogState>, Fault> {
        self.refresh(conn)?;
        let found = super::rows(conn, "SELECT DISTINCT shard FROM checkpoint", &[])?;
        let mut shards: BTreeSet<String> = self.heads.shards().map(str::to_owned).collect();
        for row in found {
            shards.insert(row.text("shard")?.to_owned());
        }
        let state = |shard: String| {
            let head = newest(conn, &shard)?;
            let refusal = self.open(conn, &shard)?.err();
            Ok(LogState { shard, head, refusal })
        };
        shards.into_iter().map(state).collect()
    }

    /// Waits until the disk has the signed heads.
    pub(crate) fn sync(&self) {
        if let Err(e) = self.heads.sync() {
            tracing::error!(%e, "the signed heads could not be written to disk");
        }
    }
}

/// Why nothing is signed while the keys are locked.
pub(crate) const LOCKED: &str = "no signing keys are unlocked: give the server its keys and their passphrase";

fn stranger(shard: &str, last: &str, ours: &str) -> String {
    format!(
        "the log of {shard} was signed as {last}, these keys are for {ours}: start with the origin it had, or name that as \
         the predecessor of the new one"
    )
}

fn older(shard: &str, signed: &Head, size: u64) -> String {
    format!(
        "the log of {shard} was signed up to {} leaves (root {}), this database holds only {size}: an older backup was \
         restored. Restore a newer one. If none exists, publish the loss and start a new log: give the server a new origin \
         and name {} as its predecessor",
        signed.size, signed.root, signed.origin
    )
}

fn forked(shard: &str, signed: &Head) -> String {
    format!(
        "the log of {shard} was signed at {} leaves with the root {}, this database has another history: restore the \
         database that was signed, or start a new log: give the server a new origin and name {} as its predecessor",
        signed.size, signed.root, signed.origin
    )
}

/// Where a batch appends.
pub(crate) struct Appending<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) shard: &'a str,
    pub(crate) at: Moment,
}

/// The newest checkpoint of a shard's log.
pub(crate) fn newest(conn: &Connection, shard: &str) -> Result<Option<Head>, Fault> {
    let sql = "SELECT origin, size, root FROM checkpoint WHERE shard = $1 ORDER BY size DESC LIMIT 1";
    let rows = super::rows(conn, sql, &[shard.into()])?;
    let head = |row: &crate::Row| {
        let root = Hash::try_from(row.blob("root")?).map_err(|e| Fault::Damaged(e.to_string()))?;
        Ok(Head { origin: row.text("origin")?.to_owned(), size: unsigned(row.int("size")?)?, root })
    };
    rows.first().map(head).transpose()
}

fn count(conn: &Connection, shard: &str) -> Result<u64, Fault> {
    let sql = "SELECT position FROM leaf WHERE shard = $1 ORDER BY position DESC LIMIT 1";
    let rows = super::rows(conn, sql, &[shard.into()])?;
    rows.first().map_or(Ok(0), |row| Ok(unsigned(row.int("position")?)? + 1))
}

/// The complete subtrees of a shard's log as it was at `size` leaves.
pub(crate) struct Tiles<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) shard: &'a str,
    pub(crate) size: u64,
}

impl Tiles<'_> {
    /// A tile's bytes, cut to the width it had at this size.
    pub(crate) fn bytes(&self, level: u8, tile: &Tile) -> Result<Vec<u8>, Fault> {
        let sql = "SELECT hashes FROM tile WHERE shard = $1 AND level = $2 AND position = $3";
        let params = [self.shard.into(), i64::from(level).into(), signed(tile.index)?.into()];
        let rows = super::rows(self.conn, sql, &params)?;
        let width = usize::from(tile.width) * 32;
        let bytes = rows.first().map(|row| row.blob("hashes")).transpose()?.and_then(|b| b.get(..width));
        bytes
            .map(<[u8]>::to_vec)
            .ok_or_else(|| Fault::Damaged(format!("{} of the log of {} is missing", tile, self.shard)))
    }

    /// The growing tile of a level, empty where the last one is full.
    fn edge(&self, level: usize) -> Result<Vec<u8>, Fault> {
        let hashes = self.size >> (8 * level);
        let index = hashes / u64::from(FULL_WIDTH);
        let level = level as u8;
        match Tile::hashes(level, index, self.size) {
            Some(tile) => self.bytes(level, &tile),
            None => Ok(Vec::new()),
        }
    }
}

impl Tiles<'_> {
    /// The root of the log's first `size` leaves.
    pub(crate) fn root(&self, size: u64) -> Result<Hash, Fault> {
        let plan = root_plan(size);
        let hashes = self.read_hashes(plan.nodes())?;
        let root = plan.assemble(&hashes).and_then(|roots| roots.first().copied());
        root.ok_or_else(|| Fault::Damaged(format!("the log of {} has no root at {size}", self.shard)))
    }
}

impl HashReader for Tiles<'_> {
    type Error = Fault;

    fn read_hashes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Fault> {
        let read = |node: &NodeId| {
            let gone = || Fault::Misuse(format!("the log of {} has no {node:?} at {}", self.shard, self.size));
            let tile = Tile::holding(*node, self.size).ok_or_else(gone)?;
            let bytes = self.bytes(node.level / 8, &tile)?;
            tile.node(&bytes, *node).map_err(|e| Fault::Damaged(e.to_string()))
        };
        nodes.iter().map(read).collect()
    }
}

/// A position as a column holds it.
pub(crate) fn signed(n: u64) -> Result<i64, Fault> {
    i64::try_from(n).map_err(|_| Fault::Misuse(format!("{n} is too large for a column")))
}

/// A column as a position.
pub(crate) fn unsigned(n: i64) -> Result<u64, Fault> {
    u64::try_from(n).map_err(|_| Fault::Damaged(format!("a position of {n}")))
}
