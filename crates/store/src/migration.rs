//! The schema: migrations are part of the program, applied by `budayang migrate`, never by a server at start.

use std::path::Path;

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
    let applied = refuse_misfit(conn)?;
    let runner = embedded::migrations::runner();
    let lacks = runner.get_migrations().iter().any(|own| !applied.contains(&i64::from(own.version())));
    let found = applied.iter().copied().max().unwrap_or(0);
    if lacks { Err(OpenError::Unmigrated { found, needed: known() }) } else { Ok(()) }
}

/// Refuses a database that a newer or another program migrated. Gives the versions it has.
pub(crate) fn refuse_misfit(conn: &mut Connection) -> Result<Vec<i64>, OpenError> {
    let exists = "SELECT count(*) FROM sqlite_master WHERE name = 'refinery_schema_history'";
    let n: i64 = conn.query_row(exists, [], |row| row.get(0)).map_err(fault)?;
    if n == 0 {
        return Ok(Vec::new());
    }
    let runner = embedded::migrations::runner();
    let applied = runner.get_applied_migrations(conn).map_err(failed)?;
    for migration in &applied {
        let version = i64::from(migration.version());
        if version > known() {
            return Err(OpenError::Newer { found: version, known: known() });
        }
        let ours = runner.get_migrations().iter().find(|own| own.version() == migration.version());
        if ours.is_none_or(|own| own.checksum() != migration.checksum()) {
            return Err(OpenError::Divergent(migration.to_string()));
        }
    }
    Ok(applied.iter().map(|migration| i64::from(migration.version())).collect())
}

/// The newest version this program carries.
fn known() -> i64 {
    embedded::migrations::runner().get_migrations().iter().map(|own| i64::from(own.version())).max().unwrap_or(0)
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
fn failed(error: refinery::Error) -> OpenError {
    OpenError::Fault(Fault::Engine(error.to_string()))
}
