//! Everything stored that an audit reads, page by page. The only file of this folder with SQL.

use std::collections::BTreeMap;

use evidence::Hash;
use evidence::audit::{Stored, StoredLeaf};
use evidence::tree::NodeId;
use kernel::Id;
use store::{Fault, Row, Store};

/// Rows of one page.
const PAGE: i64 = 1_000;
/// Bytes of a hash, and hashes of a full tile.
const HASH: usize = 32;
const WIDTH: u64 = 256;

/// Every shard that has a log, or should have one.
pub(super) async fn shards(store: &Store) -> Result<Vec<String>, Fault> {
    let sql = "SELECT shard FROM checkpoint UNION SELECT shard FROM leaf ORDER BY shard";
    let rows = store.query(sql, vec![]).await?;
    rows.iter().map(|row| row.text("shard").map(str::to_owned)).collect()
}

/// The signed notes of a shard's checkpoints, oldest first.
pub(super) async fn checkpoints(store: &Store, shard: &str) -> Result<Vec<String>, Fault> {
    let rows = store.query("SELECT note FROM checkpoint WHERE shard = $1 ORDER BY size", vec![shard.into()]).await?;
    rows.iter().map(|row| row.text("note").map(str::to_owned)).collect()
}

/// Leaves of a shard.
pub(super) async fn count(store: &Store, shard: &str) -> Result<u64, Fault> {
    let rows = store.query("SELECT count(*) AS n FROM leaf WHERE shard = $1", vec![shard.into()]).await?;
    let n = rows.first().map_or(Ok(0), |row| row.int("n"))?;
    Ok(u64::try_from(n).unwrap_or(0))
}

/// A leaf with what it is about.
pub(super) struct Leaf {
    /// For the audit.
    pub(super) stored: StoredLeaf<Vec<u8>>,
    /// What it is about.
    pub(super) subject: Option<Id>,
    /// The kind of act.
    pub(super) kind: String,
}

/// The leaves of a shard after position `after` (-1: from the first), a page at most.
pub(super) async fn leaves(store: &Store, shard: &str, after: i64) -> Result<Vec<Leaf>, Fault> {
    let sql = "SELECT position, subject, kind, bytes, hash FROM leaf WHERE shard = $1 AND position > $2 \
               ORDER BY position LIMIT $3";
    let rows = store.query(sql, vec![shard.into(), after.into(), PAGE.into()]).await?;
    let read = |row: &Row| {
        let index = u64::try_from(row.int("position")?).unwrap_or(u64::MAX);
        let hash = Hash::try_from(row.blob("hash")?).ok();
        Ok(Leaf {
            // A hash that is none can be no leaf's: the audit names it.
            stored: StoredLeaf { index, bytes: row.blob("bytes")?.to_vec(), hash: hash.or(Some(Hash([0; 32]))) },
            // Not part of what is hashed, so damage here is found by the tables' comparison.
            subject: row.text("subject")?.parse().ok(),
            kind: row.text("kind")?.to_owned(),
        })
    };
    rows.iter().map(read).collect()
}

/// The stored hashes of a shard's tree: 32 bytes a leaf and a little more.
#[derive(Default)]
pub(super) struct Tiles(BTreeMap<(u64, u64), Vec<u8>>);

impl Tiles {
    pub(super) async fn read(store: &Store, shard: &str) -> Result<Self, Fault> {
        let mut tiles = BTreeMap::new();
        let mut after = (-1_i64, -1_i64);
        loop {
            let sql = "SELECT level, position, hashes FROM tile WHERE shard = $1 AND (level > $2 OR (level = $3 AND \
                       position > $4)) ORDER BY level, position LIMIT $5";
            let params = vec![shard.into(), after.0.into(), after.0.into(), after.1.into(), PAGE.into()];
            let rows = store.query(sql, params).await?;
            for row in &rows {
                after = (row.int("level")?, row.int("position")?);
                let at = (u64::try_from(after.0).unwrap_or(0), u64::try_from(after.1).unwrap_or(0));
                tiles.insert(at, row.blob("hashes")?.to_vec());
            }
            if rows.is_empty() {
                return Ok(Self(tiles));
            }
        }
    }

    /// What is stored for a node; of eight levels one is kept.
    pub(super) fn node(&self, node: NodeId) -> Stored {
        if !node.level.is_multiple_of(8) {
            return Stored::NotKept;
        }
        let tile = self.0.get(&(u64::from(node.level / 8), node.index / WIDTH));
        let at = usize::try_from(node.index % WIDTH).unwrap_or(0) * HASH;
        let bytes = tile.and_then(|tile| tile.get(at..at + HASH));
        bytes.and_then(|bytes| Hash::try_from(bytes).ok()).map_or(Stored::Missing, Stored::Hash)
    }
}

/// A decision as stored, with its case.
pub(super) struct Decision {
    pub(super) id: String,
    pub(super) case: String,
    pub(super) number: String,
    pub(super) run: i64,
    pub(super) maker: String,
    pub(super) outcome: String,
    pub(super) rule_set: String,
    pub(super) decided_at: kernel::Moment,
    pub(super) salt: Vec<u8>,
    /// What the log's commitment is to: the texts as they are stored.
    pub(super) inputs: String,
    pub(super) checks: String,
    pub(super) reasons: Option<String>,
    pub(super) form: String,
}

/// Every decision of a shard whose id comes after `after`, a page at most.
pub(super) async fn decisions(store: &Store, shard: &str, after: &str) -> Result<Vec<Decision>, Fault> {
    let sql = "SELECT d.id, d.case_id, d.run, d.maker, d.outcome, d.rule_set, d.decided_at, d.salt, d.inputs, d.checks, \
               d.reasons, d.form, c.number FROM decision d JOIN case_file c ON c.shard = d.shard AND c.id = d.case_id \
               WHERE d.shard = $1 AND d.id > $2 ORDER BY d.id LIMIT $3";
    let rows = store.query(sql, vec![shard.into(), after.into(), PAGE.into()]).await?;
    let read = |row: &Row| {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Decision {
            id: owned("id")?,
            case: owned("case_id")?,
            number: owned("number")?,
            run: row.int("run")?,
            maker: owned("maker")?,
            outcome: owned("outcome")?,
            rule_set: owned("rule_set")?,
            decided_at: row.moment("decided_at")?,
            salt: row.blob("salt")?.to_vec(),
            inputs: owned("inputs")?,
            checks: owned("checks")?,
            reasons: row.opt_text("reasons")?.map(str::to_owned),
            form: owned("form")?,
        })
    };
    rows.iter().map(read).collect()
}

/// A licence as stored.
pub(super) struct Licence {
    pub(super) id: String,
    pub(super) code: String,
    pub(super) status: String,
    pub(super) valid_from: String,
    pub(super) valid_to: Option<String>,
    pub(super) document: String,
}

/// Every licence of a shard whose id comes after `after`, a page at most.
pub(super) async fn licences(store: &Store, shard: &str, after: &str) -> Result<Vec<Licence>, Fault> {
    let sql = "SELECT id, code, status, valid_from, valid_to, document FROM licence WHERE shard = $1 AND id > $2 \
               ORDER BY id LIMIT $3";
    let rows = store.query(sql, vec![shard.into(), after.into(), PAGE.into()]).await?;
    let read = |row: &Row| {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Licence {
            id: owned("id")?,
            code: owned("code")?,
            status: owned("status")?,
            valid_from: owned("valid_from")?,
            valid_to: row.opt_text("valid_to")?.map(str::to_owned),
            document: owned("document")?,
        })
    };
    rows.iter().map(read).collect()
}
