//! The growth of one log by one batch: leaves, tiles, one checkpoint, all inside the batch's transaction.

use evidence::tree::{HashReader as _, root_plan};
use kernel::Moment;
use rusqlite::Connection;

use super::fault;
use super::tiles::{Tiles, count, newest, signed};
use crate::growth::{LEVELS, Log, incomplete};
use crate::head::Head;
use crate::signing::LogSigner;
use crate::{Fault, Leaf};

/// Reads the log's edge and holds it against its newest checkpoint. `Err` inside: why it must not be appended to.
pub(crate) fn load(conn: &Connection, shard: &str) -> Result<Result<Log, String>, Fault> {
    let head = newest(conn, shard)?;
    let leaves = count(conn, shard)?;
    let size = head.as_ref().map_or(0, |head| head.size);
    if leaves != size {
        return Ok(Err(incomplete(shard, leaves, size)));
    }
    let tiles = Tiles { conn, shard, size };
    let Some(head) = head else { return Ok(Ok(Log::default())) };
    let peaks = tiles.read_hashes(root_plan(size).nodes())?;
    let mut edges = <[Vec<u8>; LEVELS]>::default();
    for (level, edge) in edges.iter_mut().enumerate() {
        *edge = tiles.edge(level)?;
    }
    Log::resume(shard, &head, &peaks, edges)
}

/// Where a batch appends.
pub(crate) struct Appending<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) shard: &'a str,
    pub(crate) at: Moment,
}

impl Appending<'_> {
    /// Appends one leaf; gives its position.
    pub(crate) fn append(&self, log: &mut Log, leaf: &Leaf) -> Result<u64, Fault> {
        let hash = evidence::tree::leaf_hash(&leaf.bytes);
        let position = log.size();
        let sql =
            "INSERT INTO leaf (shard, position, subject, kind, bytes, hash, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut insert = self.conn.prepare_cached(sql).map_err(fault)?;
        let subject = leaf.subject.to_string();
        insert
            .execute((self.shard, signed(position)?, subject, leaf.kind, &leaf.bytes, &hash.0[..], self.at.ms()))
            .map_err(fault)?;
        log.push(hash)?;
        Ok(position)
    }

    /// Ends the batch's appends: cross-checks, writes the tiles, signs. `Err` inside: why nothing was signed.
    pub(crate) fn seal(&self, log: &Log, signer: &LogSigner) -> Result<Result<Head, String>, Fault> {
        if let Err(why) = self.cross_check(log)? {
            return Ok(Err(why));
        }
        self.write_tiles(log)?;
        let (head, note) = match log.sign(self.shard, signer) {
            Ok(signed) => signed,
            Err(why) => return Ok(Err(why)),
        };
        let sql = "INSERT INTO checkpoint (shard, size, origin, root, note, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let mut insert = self.conn.prepare_cached(sql).map_err(fault)?;
        insert
            .execute((self.shard, signed(head.size)?, &head.origin, &head.root.0[..], note, self.at.ms()))
            .map_err(fault)?;
        Ok(Ok(head))
    }

    /// Grows the tree a second time, from the bytes the database gives back and by the second hash path.
    fn cross_check(&self, log: &Log) -> Result<Result<(), String>, Fault> {
        let sql = "SELECT position, bytes, hash FROM leaf WHERE shard = ?1 AND position >= ?2 ORDER BY position";
        let mut select = self.conn.prepare_cached(sql).map_err(fault)?;
        let mut rows = select.query((self.shard, signed(log.committed_size())?)).map_err(fault)?;
        let mut again = log.again();
        while let Some(row) = rows.next().map_err(fault)? {
            let position: i64 = row.get(0).map_err(fault)?;
            let bytes = row.get_ref(1).and_then(|v| Ok(v.as_blob()?)).map_err(fault)?;
            let hash = row.get_ref(2).and_then(|v| Ok(v.as_blob()?)).map_err(fault)?;
            if let Err(why) = again.leaf(self.shard, position, bytes, hash)? {
                return Ok(Err(why));
            }
        }
        Ok(again.agrees(self.shard, log))
    }

    fn write_tiles(&self, log: &Log) -> Result<(), Fault> {
        let sql = "INSERT INTO tile (shard, level, position, hashes) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (shard, level, position) DO UPDATE SET hashes = excluded.hashes";
        let mut put = self.conn.prepare_cached(sql).map_err(fault)?;
        for (level, position, hashes) in log.tiles() {
            put.execute((self.shard, level as i64, signed(position)?, hashes)).map_err(fault)?;
        }
        Ok(())
    }
}
