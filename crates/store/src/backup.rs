//! Backup while serving, and restore.
//!
//! A backup is one file, compact and checked. It holds everything but the signing keys. Restoring an old one is allowed and
//! does not sign: the head file beside the database still knows what was signed.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::head::{Head, HeadFile};
use crate::sqlite::tiles::{Tiles, newest};
use crate::sqlite::{fault, rows};
use crate::{Fault, Location, OpenError, Store, migration};

/// What a backup, or a restored database, holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// The newest signed state of each shard's log in it.
    pub heads: Vec<(String, Head)>,
    /// Logs that will not be appended to because more was signed than this file holds, and how to mend that.
    pub warnings: Vec<String>,
}

impl Store {
    /// Writes a checked copy of the database to the new file `to`, while serving. The copy is one state: that of the moment
    /// at which copying begins.
    ///
    /// A PostgreSQL database is backed up with PostgreSQL's own tools: refused here, naming them.
    pub async fn backup(&self, to: &Path) -> Result<BackupReport, OpenError> {
        let Location::Sqlite(from) = self.location().clone() else { return Err(dump(self.location())) };
        let to = to.to_owned();
        blocking(move || backup(&from, &to)).await
    }

    /// Puts a backup in place of a database that is gone: checks it first, and refuses to write over one that is there.
    pub async fn restore(backup: &Path, location: &Location) -> Result<BackupReport, OpenError> {
        let Location::Sqlite(to) = location.clone() else { return Err(undump(location)) };
        let backup = backup.to_owned();
        blocking(move || restore(&backup, &to)).await
    }
}

fn dump(location: &Location) -> OpenError {
    OpenError::Unfit {
        what: format!("{location} is a PostgreSQL database, which this program does not copy to a file"),
        mend:
            "while it serves, run `pg_dump --format=custom --file=FILE URL`; keep the node's .head file apart from it"
                .into(),
    }
}

fn undump(location: &Location) -> OpenError {
    OpenError::Unfit {
        what: format!("{location} is a PostgreSQL database, which this program does not restore"),
        mend: "create an empty one with `createdb --encoding=UTF8 --locale=C --template=template0 NAME`, run \
               `pg_restore --dbname=URL FILE`, then `budayang doctor`: it recomputes every log from its tiles, and a node \
               whose .head file knows of more leaves than the dump holds does not sign"
            .into(),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|e| Err(OpenError::Fault(Fault::Engine(e.to_string()))))
}

fn backup(from: &Path, to: &Path) -> Result<BackupReport, OpenError> {
    vacant(to)?;
    let partial = beside(to, "partial");
    remove(&partial)?;
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fault)?;
    let target = partial.to_string_lossy().into_owned();
    source.execute("VACUUM INTO ?1", [target]).map_err(fault)?;
    let heads = inspect(&partial)?;
    put_in_place(&partial, to)?;
    Ok(BackupReport { path: to.to_owned(), bytes: length(to)?, heads, warnings: Vec::new() })
}

fn restore(from: &Path, to: &Path) -> Result<BackupReport, OpenError> {
    vacant(to)?;
    for suffix in ["-wal", "-shm"] {
        vacant(&PathBuf::from(format!("{}{suffix}", to.display())))?;
    }
    if !from.exists() {
        return Err(OpenError::Missing(from.to_owned()));
    }
    let partial = beside(to, "partial");
    remove(&partial)?;
    std::fs::copy(from, &partial).map_err(|e| file(&partial, &e))?;
    let heads = inspect(&partial)?;
    let known = HeadFile::open(to)?;
    let warnings = known.shards().filter_map(|shard| older(shard, &known, &heads)).collect();
    put_in_place(&partial, to)?;
    Ok(BackupReport { path: to.to_owned(), bytes: length(to)?, heads, warnings })
}

fn older(shard: &str, known: &HeadFile, heads: &[(String, Head)]) -> Option<String> {
    let signed = known.head(shard)?;
    let held = heads.iter().find(|(name, _)| name == shard).map_or(0, |(_, head)| head.size);
    (held < signed.size).then(|| {
        format!(
            "the log of {shard} was signed up to {} leaves, this backup holds {held}: nothing is decided there until a newer \
             backup is restored or a new log is started",
            signed.size
        )
    })
}

/// Checks a database file that nobody serves: sound pages, a schema this program knows, logs that lead to their signed roots.
fn inspect(path: &Path) -> Result<Vec<(String, Head)>, OpenError> {
    let mut conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fault)?;
    let said: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(fault)?;
    if said != "ok" {
        return Err(Fault::Damaged(said).into());
    }
    migration::refuse_misfit(&mut conn)?;
    Ok(heads(&conn)?)
}

/// The newest signed state of every shard, each recomputed from the stored tiles.
pub(crate) fn heads(conn: &Connection) -> Result<Vec<(String, Head)>, Fault> {
    let mut heads = Vec::new();
    for row in rows(conn, crate::shards::SIGNED, &[])? {
        let shard = row.text("shard")?;
        let Some(head) = newest(conn, shard)? else { continue };
        if (Tiles { conn, shard, size: head.size }).root(head.size)? != head.root {
            return Err(Fault::Damaged(format!("the log of {shard} does not lead to its signed root {}", head.root)));
        }
        heads.push((shard.to_owned(), head));
    }
    Ok(heads)
}

/// Makes a finished file appear under its name, whole or not at all.
fn put_in_place(partial: &Path, to: &Path) -> Result<(), OpenError> {
    File::open(partial).and_then(|f| f.sync_all()).map_err(|e| file(partial, &e))?;
    std::fs::rename(partial, to).map_err(|e| file(to, &e))?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| file(folder, &e))
}

fn vacant(path: &Path) -> Result<(), OpenError> {
    if path.exists() { Err(OpenError::Occupied(path.to_owned())) } else { Ok(()) }
}

fn remove(path: &Path) -> Result<(), OpenError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(file(path, &e)),
        _ => Ok(()),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}.{suffix}", path.display()))
}

fn length(path: &Path) -> Result<u64, OpenError> {
    std::fs::metadata(path).map(|m| m.len()).map_err(|e| file(path, &e))
}

fn file(path: &Path, e: &std::io::Error) -> OpenError {
    OpenError::File { path: path.to_owned(), why: e.to_string() }
}
