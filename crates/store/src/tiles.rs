//! Reading a log's stored hashes through queries: tiles, subtrees, roots, checkpoints. The same on both engines; SQLite's
//! writer has a path of its own, without a query for each (`sqlite::tiles`).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use evidence::Hash;
use evidence::tile::{FULL_WIDTH, Tile};
use evidence::tree::{NodeId, Plan, root_plan};

use crate::head::Head;
use crate::reader::Ask;
use crate::{Fault, Row};

/// The newest checkpoint of a shard's log.
pub(crate) async fn newest(ask: &impl Ask, shard: &str) -> Result<Option<Head>, Fault> {
    let sql = "SELECT origin, size, root FROM checkpoint WHERE shard = $1 ORDER BY size DESC LIMIT 1";
    ask.rows(sql, vec![shard.into()]).await?.first().map(head).transpose()
}

/// Origin, size and root of a checkpoint.
pub(crate) fn head(row: &Row) -> Result<Head, Fault> {
    let root = Hash::try_from(row.blob("root")?).map_err(|e| Fault::Damaged(e.to_string()))?;
    Ok(Head { origin: row.text("origin")?.to_owned(), size: unsigned(row.int("size")?)?, root })
}

/// Leaves in a shard's log.
pub(crate) async fn count(ask: &impl Ask, shard: &str) -> Result<u64, Fault> {
    let sql = "SELECT position FROM leaf WHERE shard = $1 ORDER BY position DESC LIMIT 1";
    let rows = ask.rows(sql, vec![shard.into()]).await?;
    rows.first().map_or(Ok(0), |row| Ok(unsigned(row.int("position")?)? + 1))
}

/// The newest signed state of every shard, each recomputed from the stored tiles.
pub(crate) async fn heads(ask: &impl Ask) -> Result<Vec<(String, Head)>, Fault> {
    let mut heads = Vec::new();
    for row in ask.rows(crate::shards::SIGNED, vec![]).await? {
        let shard = row.text("shard")?;
        let Some(head) = newest(ask, shard).await? else { continue };
        if (Tiles { ask, shard, size: head.size }).root(head.size).await? != head.root {
            return Err(Fault::Damaged(format!("the log of {shard} does not lead to its signed root {}", head.root)));
        }
        heads.push((shard.to_owned(), head));
    }
    Ok(heads)
}

/// The complete subtrees of a shard's log as it was at `size` leaves.
pub(crate) struct Tiles<'a, A> {
    pub(crate) ask: &'a A,
    pub(crate) shard: &'a str,
    pub(crate) size: u64,
}

impl<A: Ask> Tiles<'_, A> {
    /// A tile's bytes, cut to the width it had at this size.
    pub(crate) async fn bytes(&self, level: u8, tile: &Tile) -> Result<Vec<u8>, Fault> {
        let sql = "SELECT hashes FROM tile WHERE shard = $1 AND level = $2 AND position = $3";
        let params = vec![self.shard.into(), i64::from(level).into(), signed(tile.index)?.into()];
        let rows = self.ask.rows(sql, params).await?;
        let width = usize::from(tile.width) * 32;
        let bytes = rows.first().map(|row| row.blob("hashes")).transpose()?.and_then(|b| b.get(..width));
        bytes
            .map(<[u8]>::to_vec)
            .ok_or_else(|| Fault::Damaged(format!("{} of the log of {} is missing", tile, self.shard)))
    }

    /// The growing tile of a level, empty where the last one is full.
    pub(crate) async fn edge(&self, level: u8) -> Result<Vec<u8>, Fault> {
        let index = (self.size >> (8 * u32::from(level))) / u64::from(FULL_WIDTH);
        match Tile::hashes(level, index, self.size) {
            Some(tile) => self.bytes(level, &tile).await,
            None => Ok(Vec::new()),
        }
    }

    /// The hashes of complete subtrees, in the order asked for.
    pub(crate) async fn nodes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Fault> {
        let mut tiles: HashMap<(u8, u64), Vec<u8>> = HashMap::new();
        let mut hashes = Vec::with_capacity(nodes.len());
        for node in nodes {
            let gone = || Fault::Misuse(format!("the log of {} has no {node:?} at {}", self.shard, self.size));
            let tile = Tile::holding(*node, self.size).ok_or_else(gone)?;
            let level = node.level / 8;
            let bytes = match tiles.entry((level, tile.index)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.bytes(level, &tile).await?),
            };
            hashes.push(tile.node(bytes, *node).map_err(|e| Fault::Damaged(e.to_string()))?);
        }
        Ok(hashes)
    }

    /// What a plan works out from these hashes.
    pub(crate) async fn assemble(&self, plan: &Plan) -> Result<Vec<Hash>, Fault> {
        let hashes = self.nodes(plan.nodes()).await?;
        plan.assemble(&hashes)
            .ok_or_else(|| Fault::Damaged(format!("the hashes of the log of {} do not fit", self.shard)))
    }

    /// The root of the log's first `size` leaves.
    pub(crate) async fn root(&self, size: u64) -> Result<Hash, Fault> {
        let roots = self.assemble(&root_plan(size)).await?;
        let none = || Fault::Damaged(format!("the log of {} has no root at {size}", self.shard));
        roots.first().copied().ok_or_else(none)
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
