//! Uploads, content-addressed and in pieces inside the database, so that one backup holds everything.
//!
//! Bytes that come one after another ([`Store::blob_begin`]) are written as they come, under a name of their own; what they
//! are called is known at the end. An upload is written first and held by the unit that refers to it ([`Unit::hold`](crate::Unit::hold)); one that no row
//! holds for a day is swept. The same bytes are stored once in a shard.

use evidence::Hash;
use kernel::Id;
use sha2::{Digest as _, Sha256};

use crate::{Fault, Store, Value, check};

/// Bytes of a piece: small enough that a page of them does not make other units wait.
const PIECE: usize = 256 * 1024;
/// The largest upload.
pub const BLOB_BYTES: usize = 64 << 20;

/// Why an upload was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// It is longer than the limit given.
    #[error("{bytes} bytes, at most {limit} are accepted")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Store {
    /// Stores an upload of at most `limit` bytes ([`BLOB_BYTES`] at the very most); gives the SHA-256 it is known by.
    pub async fn blob_put(&self, shard: &str, bytes: Vec<u8>, limit: usize) -> Result<Hash, BlobError> {
        let limit = limit.min(BLOB_BYTES);
        if bytes.len() > limit {
            return Err(BlobError::TooLarge { bytes: bytes.len(), limit });
        }
        check::shard(shard)?;
        let hash = Hash(Sha256::digest(&bytes).into());
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let key = || vec![shard.into(), hash.to_string().into()];
        let begin = "INSERT INTO blob (shard, hash, size_bytes, held, complete, at) VALUES ($1, $2, $3, 0, 0, $4)
                     ON CONFLICT (shard, hash) DO UPDATE SET at = excluded.at";
        self.chore(vec![(begin, [key(), vec![size.into(), self.now().into()]].concat())]).await?;
        // Each piece by itself, so that other units are committed in between.
        for (position, piece) in (0_i64..).zip(bytes.chunks(PIECE)) {
            let sql = "INSERT INTO blob_chunk (shard, hash, position, bytes) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (shard, hash, position) DO NOTHING";
            self.chore(vec![(sql, [key(), vec![position.into(), piece.into()]].concat())]).await?;
        }
        self.chore(vec![("UPDATE blob SET complete = 1 WHERE shard = $1 AND hash = $2", key())]).await?;
        Ok(hash)
    }

    /// An upload's bytes, checked against its hash. `None`: there is none, or it is still being stored.
    pub async fn blob(&self, shard: &str, hash: &Hash) -> Result<Option<Vec<u8>>, Fault> {
        let Some(size) = self.blob_bytes(shard, hash).await? else { return Ok(None) };
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        let mut position = 0;
        while let Some(piece) = self.blob_piece(shard, hash, position).await? {
            bytes.extend(piece);
            position += 1;
        }
        if Hash(Sha256::digest(&bytes).into()) != *hash {
            return Err(Fault::Damaged(format!("the upload {hash} is not what was stored")));
        }
        Ok(Some(bytes))
    }

    /// The length of an upload in bytes.
    pub async fn blob_bytes(&self, shard: &str, hash: &Hash) -> Result<Option<u64>, Fault> {
        let sql = "SELECT size_bytes FROM blob WHERE shard = $1 AND hash = $2 AND complete = 1";
        let rows = self.query(sql, vec![shard.into(), hash.to_string().into()]).await?;
        rows.first().map(|row| Ok(u64::try_from(row.int("size_bytes")?).unwrap_or(0))).transpose()
    }

    /// One piece of an upload (256 KiB, the last one shorter), for sending it on as it is read.
    pub async fn blob_piece(&self, shard: &str, hash: &Hash, position: u32) -> Result<Option<Vec<u8>>, Fault> {
        let sql = "SELECT bytes FROM blob_chunk WHERE shard = $1 AND hash = $2 AND position = $3";
        let rows = self.query(sql, vec![shard.into(), hash.to_string().into(), position.into()]).await?;
        rows.first().map(|row| Ok(row.blob("bytes")?.to_vec())).transpose()
    }
}

/// An upload on its way: no more than one piece of it is in memory. Dropped before [`Upload::finish`], it is swept a day later.
pub struct Upload<'a> {
    store: &'a Store,
    shard: String,
    /// What the pieces are stored under until their hash is known.
    name: String,
    hasher: Sha256,
    piece: Vec<u8>,
    position: i64,
    bytes: usize,
    limit: usize,
}

impl Store {
    /// Begins an upload of at most `limit` bytes ([`BLOB_BYTES`] at the very most). `id` must be new.
    pub fn blob_begin(&self, shard: &str, id: Id, limit: usize) -> Result<Upload<'_>, BlobError> {
        check::shard(shard)?;
        Ok(Upload {
            store: self,
            shard: shard.to_owned(),
            name: format!("on-its-way-{id}"),
            hasher: Sha256::new(),
            piece: Vec::new(),
            position: 0,
            bytes: 0,
            limit: limit.min(BLOB_BYTES),
        })
    }
}

impl Upload<'_> {
    /// The next bytes. Beyond the limit nothing more is taken: abandon it.
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<(), BlobError> {
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > self.limit {
            return Err(BlobError::TooLarge { bytes: self.bytes, limit: self.limit });
        }
        self.hasher.update(bytes);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == PIECE {
                self.write().await?;
            }
        }
        Ok(())
    }

    /// Ends it; gives the SHA-256 it is known by from now on, and its length. Until a row holds it, it is kept for a day.
    pub async fn finish(mut self) -> Result<(Hash, u64), BlobError> {
        if !self.piece.is_empty() {
            self.write().await?;
        }
        let hash = Hash(std::mem::take(&mut self.hasher).finalize().into());
        let size = u64::try_from(self.bytes).unwrap_or(u64::MAX);
        let begin = "INSERT INTO blob (shard, hash, size_bytes, held, complete, at) VALUES ($1, $2, $3, 0, 0, $4)
                     ON CONFLICT (shard, hash) DO UPDATE SET at = excluded.at";
        let head = vec![i64::try_from(self.bytes).unwrap_or(i64::MAX).into(), self.store.now().into()];
        self.store.chore(vec![(begin, [self.key(&hash.to_string()), head].concat())]).await?;
        if self.store.blob_bytes(&self.shard, &hash).await?.is_none() {
            self.rename(&hash).await?;
        }
        self.forget().await?;
        Ok((hash, size))
    }

    /// Ends it and keeps nothing.
    pub async fn abandon(self) -> Result<(), Fault> {
        self.forget().await
    }

    /// Each piece by itself, as it was written: other units are committed in between.
    async fn rename(&self, hash: &Hash) -> Result<(), Fault> {
        let copy = "INSERT INTO blob_chunk (shard, hash, position, bytes)
                    SELECT c.shard, CAST($4 AS TEXT), c.position, c.bytes FROM blob_chunk c
                    WHERE c.shard = $1 AND c.hash = $2 AND c.position = $3
                    ON CONFLICT (shard, hash, position) DO NOTHING";
        let gone = "DELETE FROM blob_chunk WHERE shard = $1 AND hash = $2 AND position = $3";
        for position in 0..self.position {
            let at = [self.key(&self.name), vec![position.into()]].concat();
            let to = [at.clone(), vec![hash.to_string().into()]].concat();
            self.store.chore(vec![(copy, to), (gone, at)]).await?;
        }
        let whole = "UPDATE blob SET complete = 1 WHERE shard = $1 AND hash = $2";
        self.store.chore(vec![(whole, self.key(&hash.to_string()))]).await?;
        Ok(())
    }

    async fn write(&mut self) -> Result<(), Fault> {
        if self.position == 0 {
            let begin = "INSERT INTO blob (shard, hash, size_bytes, held, complete, at) VALUES ($1, $2, 0, 0, 0, $3)
                         ON CONFLICT (shard, hash) DO UPDATE SET at = excluded.at";
            let now = vec![self.store.now().into()];
            self.store.chore(vec![(begin, [self.key(&self.name), now].concat())]).await?;
        }
        let sql = "INSERT INTO blob_chunk (shard, hash, position, bytes) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (shard, hash, position) DO NOTHING";
        let piece = std::mem::take(&mut self.piece);
        let row = vec![self.position.into(), piece.into()];
        self.store.chore(vec![(sql, [self.key(&self.name), row].concat())]).await?;
        self.position += 1;
        Ok(())
    }

    async fn forget(&self) -> Result<(), Fault> {
        if self.position == 0 {
            return Ok(());
        }
        let (pieces, head) = (
            "DELETE FROM blob_chunk WHERE shard = $1 AND hash = $2",
            "DELETE FROM blob WHERE shard = $1 AND hash = $2",
        );
        self.store.chore(vec![(pieces, self.key(&self.name)), (head, self.key(&self.name))]).await?;
        Ok(())
    }

    fn key(&self, name: &str) -> Vec<Value> {
        vec![(&self.shard).into(), name.into()]
    }
}
