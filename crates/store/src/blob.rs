//! Uploads, content-addressed and in pieces inside the database, so that one backup holds everything.
//!
//! An upload is written first and held by the unit that refers to it ([`Unit::hold`](crate::Unit::hold)); one that no row
//! holds for a day is swept. The same bytes are stored once in a shard.

use evidence::Hash;
use sha2::{Digest as _, Sha256};

use crate::{Fault, Store, check};

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
