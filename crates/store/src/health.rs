//! What `budayang doctor` asks the store: is the database sound, do its logs lead to what was signed, is something stuck.

use rusqlite::Connection;

use crate::sqlite::ledger::LOCKED;
use crate::sqlite::{connect_reader, rows};
use crate::{Fault, Store, backup};

/// Something that should be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}

impl Store {
    /// Reads the whole database and reports what is wrong; empty when all is well. Locked keys are no finding. Takes about a second per gigabyte, on a
    /// thread of its own.
    pub async fn check(&self) -> Result<Vec<Finding>, Fault> {
        let path = self.path();
        let read = tokio::task::spawn_blocking(move || examine(&connect_reader(&path)?)).await;
        let mut findings = read.unwrap_or_else(|e| Err(Fault::Engine(e.to_string())))?;
        for state in self.logs().await? {
            let what = format!("nothing can be decided in shard {}", state.shard);
            findings.extend(state.refusal.filter(|why| why != LOCKED).map(|mend| Finding { what, mend }));
        }
        let given_up = self.outbox_given_up().await?.len();
        if given_up > 0 {
            findings.push(Finding {
                what: format!("{given_up} messages could not be delivered in a day of attempts"),
                mend: "see their last failure in the outbox, mend it, and retry them".into(),
            });
        }
        Ok(findings)
    }
}

fn examine(conn: &Connection) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    for row in rows(conn, "PRAGMA integrity_check", &[])? {
        match row.text("integrity_check")? {
            "ok" => {}
            said => findings.push(damaged(said.to_owned())),
        }
    }
    let orphans = rows(conn, "PRAGMA foreign_key_check", &[])?;
    if let Some(row) = orphans.first() {
        let table = row.text("table")?;
        findings
            .push(damaged(format!("{} rows refer to rows that are not there, the first in {table}", orphans.len())));
    }
    if let Err(Fault::Damaged(why)) = backup::heads(conn) {
        findings.push(damaged(why));
    }
    let broken = "SELECT hash FROM blob b WHERE complete = 1 AND size_bytes <>
        (SELECT coalesce(sum(length(bytes)), 0) FROM blob_chunk c WHERE c.shard = b.shard AND c.hash = b.hash)";
    for row in rows(conn, broken, &[])? {
        findings.push(damaged(format!("the upload {} is not whole", row.text("hash")?)));
    }
    Ok(findings)
}

fn damaged(what: String) -> Finding {
    Finding { what, mend: "stop the server, keep the file, restore the newest backup".into() }
}
