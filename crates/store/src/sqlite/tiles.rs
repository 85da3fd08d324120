//! Reading a log's stored hashes: tiles, subtrees, roots, the newest checkpoint.

use evidence::Hash;
use evidence::tile::{FULL_WIDTH, Tile};
use evidence::tree::{HashReader, NodeId, root_plan};
use rusqlite::Connection;

pub(crate) use crate::tiles::{signed, unsigned};

use crate::Fault;
use crate::head::Head;

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

/// Leaves in a shard's log.
pub(crate) fn count(conn: &Connection, shard: &str) -> Result<u64, Fault> {
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
    pub(crate) fn edge(&self, level: usize) -> Result<Vec<u8>, Fault> {
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
