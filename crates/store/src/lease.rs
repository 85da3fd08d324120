//! Who runs a recurring job: one worker at a time, taken over when its time has run out; and the store's own sweeping.

use kernel::Moment;

use crate::{Fault, Store, check};

/// Uploads nothing holds, and unfinished ones, are kept this long.
const UPLOAD_MS: i64 = 24 * 3_600_000;
/// Idempotency keys are remembered this long: longer than any client retries.
const KEY_MS: i64 = 14 * 24 * 3_600_000;

/// What a sweep removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Uploads that nothing held.
    pub blobs: usize,
    /// Idempotency keys past their time.
    pub keys: usize,
}

impl Store {
    /// Takes or renews the lease `name` for `holder`, for `ms` milliseconds. `false`: someone else holds it.
    pub async fn lease(&self, shard: &str, name: &str, holder: &str, ms: i64) -> Result<bool, Fault> {
        check::shard(shard)?;
        let now = self.now();
        let sql = "INSERT INTO lease (shard, name, holder, expires_at) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (shard, name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
                   WHERE lease.holder = excluded.holder OR lease.expires_at <= $5
                   RETURNING holder";
        let params = vec![shard.into(), name.into(), holder.into(), now.plus_ms(ms).into(), now.into()];
        let found = self.chore(vec![(sql, params)]).await?;
        Ok(found.iter().flatten().next().is_some())
    }

    /// Gives a lease back.
    pub async fn lease_end(&self, shard: &str, name: &str, holder: &str) -> Result<(), Fault> {
        let sql = "DELETE FROM lease WHERE shard = $1 AND name = $2 AND holder = $3";
        self.chore(vec![(sql, vec![shard.into(), name.into(), holder.into()])]).await.map(drop)
    }

    /// Removes what has outlived its use: uploads nothing holds, old idempotency keys. Run it once an hour.
    pub async fn sweep(&self) -> Result<Swept, Fault> {
        let (uploads, keys): (Moment, Moment) = (self.now().plus_ms(-UPLOAD_MS), self.now().plus_ms(-KEY_MS));
        let pieces = "DELETE FROM blob_chunk WHERE (shard, hash) IN
                      (SELECT shard, hash FROM blob WHERE held = 0 AND at < $1)";
        let blobs = "DELETE FROM blob WHERE held = 0 AND at < $1 RETURNING hash";
        let idempotency = "DELETE FROM idempotency WHERE at < $1 RETURNING key";
        let steps =
            vec![(pieces, vec![uploads.into()]), (blobs, vec![uploads.into()]), (idempotency, vec![keys.into()])];
        let found = self.chore(steps).await?;
        let count = |i: usize| found.get(i).map_or(0, Vec::len);
        Ok(Swept { blobs: count(1), keys: count(2) })
    }
}
