//! What `budayang doctor` asks the store: is the database sound, do its logs lead to what was signed, is something stuck.

use rusqlite::Connection;

use crate::sqlite::ledger::LOCKED;
use crate::sqlite::{connect_reader, rows};
use crate::{Fault, Location, Row, Store, tiles};

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
        let mut findings = self.damages().await?;
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

    /// What the engine knows to be damaged, logs that do not lead to their signed roots, uploads that are not whole.
    async fn damages(&self) -> Result<Vec<Finding>, Fault> {
        let mut findings = match self.location().clone() {
            Location::Sqlite(path) => {
                let read = tokio::task::spawn_blocking(move || examine(&connect_reader(&path)?)).await;
                read.unwrap_or_else(|e| Err(Fault::Engine(e.to_string())))?
            }
            Location::Postgres(_) => self.settings().await?,
        };
        if let Err(Fault::Damaged(why)) = tiles::heads(self.reader()).await {
            findings.push(damaged(why));
        }
        let broken = "SELECT hash FROM blob b WHERE complete = 1 AND size_bytes <>
            (SELECT coalesce(sum(length(bytes)), 0) FROM blob_chunk c WHERE c.shard = b.shard AND c.hash = b.hash)";
        for row in self.query(broken, vec![]).await? {
            findings.push(damaged(format!("the upload {} is not whole", row.text("hash")?)));
        }
        Ok(findings)
    }

    /// Settings of a PostgreSQL server under which an acknowledged decision can be lost.
    async fn settings(&self) -> Result<Vec<Finding>, Fault> {
        let sql =
            "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'";
        let off = |row: &Row| {
            let name = row.text("name")?;
            Ok(Finding {
                what: format!("the database server runs with {name} off: it can lose what was acknowledged"),
                mend: format!("set {name} = on in postgresql.conf and restart the server"),
            })
        };
        self.query(sql, vec![]).await?.iter().map(off).collect()
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
    Ok(findings)
}

fn damaged(what: String) -> Finding {
    Finding { what, mend: "stop the server, keep the file, restore the newest backup".into() }
}
