//! What witnesses have said about a shard's log: the newest checkpoint that each co-signed, and the last refusal.

use kernel::Moment;

use crate::tiles::{signed, unsigned};
use crate::{Fault, Row, Store};

/// The last word of one witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// The witness's key id, as it stands under checkpoints.
    pub key: String,
    /// Leaves of the newest tree it co-signed; 0: none yet.
    pub size: u64,
    /// That checkpoint with the log's signatures and this witness's; empty where there is none.
    pub note: String,
    /// When it came.
    pub at: Moment,
    /// What the witness said when it refused, after that; nothing where it has co-signed since.
    pub refused: Option<(String, Moment)>,
}

impl Store {
    /// The last words of all witnesses of a shard's log, by key.
    pub async fn witnessed(&self, shard: &str) -> Result<Vec<Witnessed>, Fault> {
        let sql =
            "SELECT key, size, note, at, refused, refused_at FROM witness WHERE shard = $1 ORDER BY key LIMIT 100";
        self.query(sql, vec![shard.into()]).await?.iter().map(read).collect()
    }

    /// Keeps a co-signed checkpoint; an earlier refusal is over.
    pub async fn keep_cosigned(&self, shard: &str, key: &str, size: u64, note: &str) -> Result<(), Fault> {
        let sql = "INSERT INTO witness (shard, key, size, note, at) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (shard, key) DO UPDATE SET size = excluded.size, note = excluded.note, at = excluded.at,
                       refused = NULL, refused_at = NULL";
        let params = vec![shard.into(), key.into(), signed(size)?.into(), note.into(), self.now().into()];
        self.chore(vec![(sql, params)]).await.map(drop)
    }

    /// Keeps a refusal beside what was co-signed before. The same words again do not change when they were first said.
    pub async fn keep_refusal(&self, shard: &str, key: &str, why: &str) -> Result<(), Fault> {
        let sql =
            "INSERT INTO witness (shard, key, size, note, at, refused, refused_at) VALUES ($1, $2, 0, '', $3, $4, $3)
                   ON CONFLICT (shard, key) DO UPDATE SET refused = excluded.refused, refused_at = excluded.refused_at
                   WHERE witness.refused IS NULL OR witness.refused <> excluded.refused";
        let params = vec![shard.into(), key.into(), self.now().into(), why.into()];
        self.chore(vec![(sql, params)]).await.map(drop)
    }
}

fn read(row: &Row) -> Result<Witnessed, Fault> {
    let refused = match row.opt_text("refused")? {
        Some(why) => Some((why.to_owned(), row.moment("refused_at")?)),
        None => None,
    };
    Ok(Witnessed {
        key: row.text("key")?.to_owned(),
        size: unsigned(row.int("size")?)?,
        note: row.text("note")?.to_owned(),
        at: row.moment("at")?,
        refused,
    })
}
