//! Reading the log: leaves, proofs, checkpoints, tiles.
//!
//! Everything here is public by design; the bytes of a leaf hold personal data only as salted commitments.

use evidence::Hash;
use evidence::tile::{Kind, Tile, bundle_bytes};
use evidence::tree::{TreeError, consistency_plan, inclusion_plan};
use kernel::{Id, Moment};
use tokio::sync::oneshot;

use crate::head::Head;
use crate::job::{Job, Prefix};
use crate::reader::{Ask as _, Reader};
use crate::tiles::{self, Tiles, signed, unsigned};
use crate::{CommitError, Fault, Row, Store};

/// One act, as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The home shard.
    pub shard: String,
    /// Its position in the shard's log, from 0.
    pub position: u64,
    /// What it is about.
    pub subject: Id,
    /// The kind of act.
    pub kind: String,
    /// What the leaf hash is over.
    pub bytes: Vec<u8>,
    /// The leaf hash as stored.
    pub hash: Hash,
    /// When.
    pub at: Moment,
}

/// A signed state of a shard's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// Origin, size and root.
    pub head: Head,
    /// The signed note (C2SP checkpoint).
    pub note: String,
    /// When.
    pub at: Moment,
}

/// What proves that an act is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The act.
    pub entry: Entry,
    /// The hashes from its sibling up to the root of the checkpoint.
    pub hashes: Vec<Hash>,
    /// The newest checkpoint.
    pub signed: SignedHead,
}

impl Store {
    /// All acts about a subject, oldest first.
    pub async fn leaves(&self, subject: Id) -> Result<Vec<Entry>, Fault> {
        let sql = "SELECT shard, position, subject, kind, bytes, hash, at FROM leaf
                   WHERE subject = $1 ORDER BY at, shard, position";
        self.query(sql, vec![subject.into()]).await?.iter().map(entry).collect()
    }

    /// Up to `n` acts of a shard's log from `from` on.
    pub async fn entries(&self, shard: &str, from: u64, n: u32) -> Result<Vec<Entry>, Fault> {
        let sql = "SELECT shard, position, subject, kind, bytes, hash, at FROM leaf
                   WHERE shard = $1 AND position >= $2 ORDER BY position LIMIT $3";
        self.query(sql, vec![shard.into(), signed(from)?.into(), n.into()]).await?.iter().map(entry).collect()
    }

    /// The proof that the act at `position` is in the shard's log as it is signed now. `None`: there is no such act.
    pub async fn inclusion(&self, shard: &str, position: u64) -> Result<Option<Inclusion>, Fault> {
        let ask = self.reader();
        // The checkpoint first: whatever it covers stays readable, though the log may grow in between.
        let Some(signed) = newest(ask, shard).await? else { return Ok(None) };
        let size = signed.head.size;
        if position >= size {
            return Ok(None);
        }
        let sql = "SELECT shard, position, subject, kind, bytes, hash, at FROM leaf WHERE shard = $1 AND position = $2";
        let found = ask.rows(sql, vec![shard.into(), tiles::signed(position)?.into()]).await?;
        let gone = || Fault::Damaged(format!("leaf {position} of the log of {shard} is missing"));
        let entry = entry(found.first().ok_or_else(gone)?)?;
        let plan = inclusion_plan(position, size).map_err(misplanned)?;
        let hashes = Tiles { ask, shard, size }.assemble(&plan).await?;
        Ok(Some(Inclusion { entry, hashes, signed }))
    }

    /// The proof that the shard's log of `to` leaves begins with the log of `from` leaves. `None`: `from > to`, or the log
    /// holds fewer than `to`.
    pub async fn consistency(&self, shard: &str, from: u64, to: u64) -> Result<Option<Vec<Hash>>, Fault> {
        let size = self.checkpoint(shard).await?.map_or(0, |signed| signed.head.size);
        if from > to || to > size {
            return Ok(None);
        }
        let plan = consistency_plan(from, to).map_err(misplanned)?;
        Tiles { ask: self.reader(), shard, size: to }.assemble(&plan).await.map(Some)
    }

    /// The newest checkpoint of a shard's log.
    pub async fn checkpoint(&self, shard: &str) -> Result<Option<SignedHead>, Fault> {
        newest(self.reader(), shard).await
    }

    /// The checkpoint of the first `size` leaves of a shard's log: as it was signed then, or signed now for the beginning of the tree.
    /// Size and root of a beginning are fixed for ever, so that this signs nothing that was not promised before. `None`: the log has
    /// not grown that far.
    pub async fn checkpoint_at(&self, shard: &str, size: u64) -> Result<Option<SignedHead>, CommitError> {
        let ask = self.reader();
        let Some(newest) = newest(ask, shard).await?.filter(|newest| (1..=newest.head.size).contains(&size)) else {
            return Ok(None);
        };
        let sql = "SELECT origin, size, root, note, at FROM checkpoint WHERE shard = $1 AND size = $2";
        if let Some(then) = ask.rows(sql, vec![shard.into(), signed(size)?.into()]).await?.first() {
            return Ok(Some(signed_head(then)?));
        }
        let root = Tiles { ask, shard, size }.root(size).await?;
        let (answer, answered) = oneshot::channel();
        let prefix = Prefix { shard: shard.to_owned(), size, root };
        self.ask_writer(Job::Prefix(prefix, answer)).await?;
        let note = answered.await.map_err(|_| Fault::Stopped)?.map_err(|why| CommitError::NoEvidence { why })?;
        Ok(Some(SignedHead { head: Head { origin: newest.head.origin, size, root }, note, at: newest.at }))
    }

    /// The hashes that prove the act at `position` to be in the log of `size` leaves. `None`: the log has not grown that far.
    pub async fn inclusion_at(&self, shard: &str, position: u64, size: u64) -> Result<Option<Vec<Hash>>, Fault> {
        let ask = self.reader();
        let grown = newest(ask, shard).await?.map_or(0, |newest| newest.head.size);
        if position >= size || size > grown {
            return Ok(None);
        }
        let plan = inclusion_plan(position, size).map_err(misplanned)?;
        Tiles { ask, shard, size }.assemble(&plan).await.map(Some)
    }

    /// The bytes of a tile or entry bundle of a shard's log, as C2SP tlog-tiles serves them. `None`: the log has not grown
    /// that far.
    pub async fn tile(&self, shard: &str, tile: Tile) -> Result<Option<Vec<u8>>, Fault> {
        let ask = self.reader();
        let size = newest(ask, shard).await?.map_or(0, |signed| signed.head.size);
        let reached = match tile.kind {
            Kind::Hashes { level } => Tile::hashes(level, tile.index, size),
            Kind::Entries => Tile::entries(tile.index, size),
        };
        if reached.is_none_or(|reached| reached.width < tile.width) {
            return Ok(None);
        }
        match tile.kind {
            Kind::Hashes { level } => Tiles { ask, shard, size }.bytes(level, &tile).await.map(Some),
            Kind::Entries => bundle(ask, shard, tile).await.map(Some),
        }
    }
}

fn misplanned(error: TreeError) -> Fault {
    Fault::Damaged(error.to_string())
}

async fn newest(ask: &Reader, shard: &str) -> Result<Option<SignedHead>, Fault> {
    let sql = "SELECT origin, size, root, note, at FROM checkpoint WHERE shard = $1 ORDER BY size DESC LIMIT 1";
    ask.rows(sql, vec![shard.into()]).await?.first().map(signed_head).transpose()
}

async fn bundle(ask: &Reader, shard: &str, tile: Tile) -> Result<Vec<u8>, Fault> {
    let from = signed(tile.index)?.saturating_mul(256);
    let sql = "SELECT bytes FROM leaf WHERE shard = $1 AND position >= $2 AND position < $3 ORDER BY position";
    let found = ask.rows(sql, vec![shard.into(), from.into(), (from + i64::from(tile.width)).into()]).await?;
    let leaves = found.iter().map(|row| row.blob("bytes")).collect::<Result<Vec<_>, _>>()?;
    if leaves.len() != usize::from(tile.width) {
        return Err(Fault::Damaged(format!("{tile} of the log of {shard} lacks leaves")));
    }
    bundle_bytes(leaves).map_err(|e| Fault::Damaged(e.to_string()))
}

fn entry(row: &Row) -> Result<Entry, Fault> {
    Ok(Entry {
        shard: row.text("shard")?.to_owned(),
        position: unsigned(row.int("position")?)?,
        subject: row.id("subject")?,
        kind: row.text("kind")?.to_owned(),
        bytes: row.blob("bytes")?.to_vec(),
        hash: hash(row, "hash")?,
        at: row.moment("at")?,
    })
}

fn signed_head(row: &Row) -> Result<SignedHead, Fault> {
    let head = tiles::head(row)?;
    Ok(SignedHead { head, note: row.text("note")?.to_owned(), at: row.moment("at")? })
}

fn hash(row: &Row, column: &str) -> Result<Hash, Fault> {
    Hash::try_from(row.blob(column)?).map_err(|e| Fault::Damaged(e.to_string()))
}
