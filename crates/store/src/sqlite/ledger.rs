//! The logs a writer appends to: whether each may go on, who signs, what was signed last.
//!
//! A log whose database does not agree with what was signed before is not appended to, and says how to mend that; everything
//! that needs no log goes on.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Moment;
use rusqlite::Connection;

use super::fault;
use super::growth::{self, Appending};
use super::tiles::{Tiles, newest};
use super::writer::Setback;
use crate::growth::Log;
use crate::head::{Head, HeadFile};
use crate::job::Prefix;
use crate::signing::LogSigner;
use crate::{Fault, LogState};

/// The logs of all shards this writer has touched, who signs them, and what was signed last.
pub(crate) struct Ledgers {
    signer: Option<LogSigner>,
    heads: HeadFile,
    /// `Err`: why the log must not be appended to.
    logs: BTreeMap<String, Result<Log, String>>,
    /// SQLite's mark of changes made by other processes.
    data_version: i64,
    /// Where this database goes on, if it was moved away.
    moved: Option<String>,
    /// When the last batch was committed.
    pub(crate) committed_at: Moment,
}

impl Ledgers {
    pub(crate) const fn new(signer: Option<LogSigner>, heads: HeadFile) -> Self {
        Self { signer, heads, logs: BTreeMap::new(), data_version: 0, moved: None, committed_at: Moment::from_ms(0) }
    }

    /// Signs with other keys, or with none.
    pub(crate) fn sign_with(&mut self, signer: Option<LogSigner>) {
        self.signer = signer;
        self.forget();
    }

    /// The signed checkpoint of a beginning of a log, or why it cannot be signed.
    pub(crate) fn sign_prefix(&self, prefix: &Prefix) -> Result<String, String> {
        let signer = self.signer.as_ref().ok_or_else(|| LOCKED.to_owned())?;
        signer.checkpoint(&prefix.shard, prefix.size, &prefix.root)
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
            let marks = super::rows(conn, "SELECT body FROM store_mark WHERE name = 'moved'", &[])?;
            self.moved = marks.first().map(|row| row.text("body").map(str::to_owned)).transpose()?;
        }
        Ok(())
    }

    /// Refuses to write to a database that was moved away.
    pub(crate) fn refuse_moved(&self) -> Result<(), Fault> {
        self.moved.as_ref().map_or(Ok(()), |to| Err(Fault::Moved(to.clone())))
    }

    /// The log of a shard, ready to be appended to, or why it must not be.
    pub(crate) fn open(&mut self, conn: &Connection, shard: &str) -> Result<Result<&mut Log, String>, Fault> {
        if !self.logs.contains_key(shard) {
            let log = match self.admit(conn, shard)? {
                Ok(()) => growth::load(conn, shard)?,
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
                let sealed = Appending { conn, shard, at }.seal(log, signer)?;
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
        let found = super::rows(conn, crate::shards::SIGNED, &[])?;
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

pub(crate) fn stranger(shard: &str, last: &str, ours: &str) -> String {
    format!(
        "the log of {shard} was signed as {last}, these keys are for {ours}: start with the origin it had, or name that as \
         the predecessor of the new one"
    )
}

pub(crate) fn older(shard: &str, signed: &Head, size: u64) -> String {
    format!(
        "the log of {shard} was signed up to {} leaves (root {}), this database holds only {size}: an older backup was \
         restored. Restore a newer one. If none exists, publish the loss and start a new log: give the server a new origin \
         and name {} as its predecessor",
        signed.size, signed.root, signed.origin
    )
}

pub(crate) fn forked(shard: &str, signed: &Head) -> String {
    format!(
        "the log of {shard} was signed at {} leaves with the root {}, this database has another history: restore the \
         database that was signed, or start a new log: give the server a new origin and name {} as its predecessor",
        signed.size, signed.root, signed.origin
    )
}
