//! The schema: migrations are part of the program, applied by `budayang migrate`, never by a server at start.

use std::path::Path;

use refinery::{Migration, Runner};
use rusqlite::Connection;

use crate::sqlite::{connect_writer, fault};
use crate::{Fault, OpenError};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Brings the database at `path` to this program's schema, creating it if need be. Gives what was applied.
pub(crate) fn migrate(path: &Path) -> Result<Vec<String>, OpenError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let failed = |e: std::io::Error| OpenError::File { path: folder.to_owned(), why: e.to_string() };
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut conn = connect_writer(path, true)?;
    refuse_misfit(&mut conn)?;
    let report = embedded::migrations::runner().run(&mut conn).map_err(failed)?;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

/// Refuses a database whose schema is not this program's.
pub(crate) fn require_current(conn: &mut Connection) -> Result<(), OpenError> {
    refuse_misfit(conn)?.require_current()
}

/// Refuses a database that a newer or another program migrated.
pub(crate) fn refuse_misfit(conn: &mut Connection) -> Result<History, OpenError> {
    let exists = "SELECT count(*) FROM sqlite_master WHERE name = 'refinery_schema_history'";
    let n: i64 = conn.query_row(exists, [], |row| row.get(0)).map_err(fault)?;
    let runner = embedded::migrations::runner();
    if n == 0 {
        return History::read(&runner, &[]);
    }
    let applied = runner.get_applied_migrations(conn).map_err(failed)?;
    History::read(&runner, &applied)
}

/// What was applied to a database, held against what this program carries.
pub(crate) struct History {
    /// The newest version applied; 0 for none.
    found: i64,
    /// The newest version this program carries.
    known: i64,
    /// Whether one it carries was not applied.
    lacks: bool,
}

impl History {
    /// Refuses what a newer or another program applied.
    pub(crate) fn read(runner: &Runner, applied: &[Migration]) -> Result<Self, OpenError> {
        let ours = runner.get_migrations();
        let known = ours.iter().map(|own| i64::from(own.version())).max().unwrap_or(0);
        for migration in applied {
            let version = i64::from(migration.version());
            if version > known {
                return Err(OpenError::Newer { found: version, known });
            }
            let own = ours.iter().find(|own| own.version() == migration.version());
            if own.is_none_or(|own| own.checksum() != migration.checksum()) {
                return Err(OpenError::Divergent(migration.to_string()));
            }
        }
        let has = |own: &Migration| applied.iter().any(|done| done.version() == own.version());
        let found = applied.iter().map(|migration| i64::from(migration.version())).max().unwrap_or(0);
        Ok(Self { found, known, lacks: !ours.iter().all(has) })
    }

    /// Refuses a database that lacks migrations.
    pub(crate) const fn require_current(&self) -> Result<(), OpenError> {
        if self.lacks { Err(OpenError::Unmigrated { found: self.found, needed: self.known }) } else { Ok(()) }
    }
}

/// The migrations as they are written: name and text, in order.
pub(crate) fn texts() -> Vec<(String, String)> {
    let runner = embedded::migrations::runner();
    let text = |own: &Migration| (own.to_string(), own.sql().unwrap_or_default().to_owned());
    runner.get_migrations().iter().map(text).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
pub(crate) fn failed(error: refinery::Error) -> OpenError {
    OpenError::Fault(Fault::Engine(error.to_string()))
}
