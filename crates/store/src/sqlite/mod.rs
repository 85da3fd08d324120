//! SQLite: the only place that knows it. One writer thread, a few read-only connections.

pub(crate) mod apply;
mod copier;
mod growth;
pub(crate) mod ledger;
pub(crate) mod pool;
mod sums;
mod texts;
pub(crate) mod tiles;
pub(crate) mod writer;

use std::path::Path;
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql, ffi};

use self::apply::Texts;
use self::copier::Copier;
use self::ledger::Ledgers;
use self::pool::Pool;
use self::sums::Sums;
use self::writer::Writer;
use crate::head::HeadFile;
use crate::inbox::Inbox;
use crate::tally::Tally;
use crate::{Fault, OpenError, Options, Row, Value, migration};

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 512;
/// How long a connection waits for another process (a backup tool, a shell) to let go of a lock.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
/// How long the writer waits for one: a move to another database keeps it from writing for some seconds.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(15);

/// Opens a migrated database, starts its writer, and gives its readers.
pub(crate) fn open(path: &Path, options: Options, (inbox, tally): (Inbox, Arc<Tally>)) -> Result<Pool, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing(path.to_owned()));
    }
    let mut conn = connect_writer(path, false)?;
    migration::require_current(&mut conn)?;
    if let Some(row) = rows(&conn, "SELECT body FROM store_mark WHERE name = 'incomplete'", &[])?.first() {
        return Err(OpenError::Incomplete(row.text("body")?.to_owned()));
    }
    limit(&conn, options.limit_bytes)?;
    let heads = HeadFile::open(options.heads.as_deref().unwrap_or(path))?;
    let pool = Pool::open(path, options.readers)?;
    let copier = Copier::start(path, &mut conn)?;
    let writer = Writer {
        conn,
        copier,
        clock: options.clock,
        entropy: options.entropy,
        ledgers: Ledgers::new(options.signer, heads),
        texts: Texts::default(),
        sums: Sums::default(),
        careful: 0,
        tally,
        stopped: Vec::new(),
    };
    let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(inbox));
    thread.map_err(|e| OpenError::Fault(Fault::Engine(e.to_string())))?;
    Ok(pool)
}

/// Opens the connection that writes. `FULL` always: with group commit `NORMAL` is no faster, and it loses acknowledged
/// commits when the power fails.
pub(crate) fn connect_writer(path: &Path, create: bool) -> Result<Connection, Fault> {
    let create = if create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let conn = opened(path, flags)?;
    conn.busy_timeout(PAUSE).map_err(fault)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 134217728;",
    )
    .map_err(fault)?;
    Ok(conn)
}

/// Opens a connection that cannot write: the file is opened for reading only, so no SQL text can change that.
pub(crate) fn connect_reader(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = opened(path, flags)?;
    conn.execute_batch(
        "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cache_size = -8192;",
    )
    .map_err(fault)?;
    Ok(conn)
}

fn opened(path: &Path, flags: OpenFlags) -> Result<Connection, Fault> {
    let conn = Connection::open_with_flags(path, flags).map_err(fault)?;
    conn.busy_timeout(PATIENCE).map_err(fault)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // One plan for a text, whatever is bound: with the statistics SQLite is built with here, it would else prepare every
    // cached statement anew each time another value is bound (a sixth of the processor time of an approval).
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fault)?;
    Ok(conn)
}

/// Runs a room's query: one SELECT, nothing else.
pub(crate) fn select(conn: &Connection, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Fault> {
    let word = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let reads = ["SELECT", "WITH", "VALUES"].iter().any(|first| word.eq_ignore_ascii_case(first));
    if reads { rows(conn, sql, params) } else { Err(Fault::Misuse(format!("a query is one SELECT: {sql}"))) }
}

/// Runs one statement and reads all of its rows.
pub(crate) fn rows(conn: &Connection, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Fault> {
    answer(conn, &texts::known(sql), params)
}

fn answer(conn: &Connection, known: &texts::Known, params: &[Value]) -> Result<Vec<Row>, Fault> {
    let mut statement = conn.prepare_cached(&known.text).map_err(fault)?;
    if statement.parameter_count() != params.len() {
        let wanted = statement.parameter_count();
        return Err(Fault::Misuse(format!("{} parameters for a text with {wanted}: {}", params.len(), known.text)));
    }
    let columns = known.columns(&statement);
    let mut found = statement.query(rusqlite::params_from_iter(params)).map_err(fault)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(fault)? {
        let values = (0..columns.len()).map(|i| value(row.get_ref(i).map_err(fault)?)).collect::<Result<_, _>>()?;
        rows.push(Row { columns: columns.clone(), values });
    }
    Ok(rows)
}

/// Runs one statement whose text was made at run time, from the names of the schema: for copies.
pub(crate) fn made_rows(conn: &Connection, sql: &str, params: &[Value]) -> Result<Vec<Row>, Fault> {
    answer(conn, &texts::Known::new(sql), params)
}

fn value(given: ValueRef<'_>) -> Result<Value, Fault> {
    Ok(match given {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Text(bytes) => {
            Value::Text(String::from_utf8(bytes.to_vec()).map_err(|e| Fault::Damaged(e.to_string()))?)
        }
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Real(n) => return Err(Fault::Misuse(format!("the floating number {n}: cast it to BIGINT"))),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// The engine's error in the store's words.
#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
pub(crate) fn fault(error: rusqlite::Error) -> Fault {
    let Some(code) = error.sqlite_error().map(|e| e.extended_code) else {
        return Fault::Engine(error.to_string());
    };
    match code & 0xff {
        ffi::SQLITE_FULL => Fault::Full,
        ffi::SQLITE_READONLY | ffi::SQLITE_PERM | ffi::SQLITE_CANTOPEN => Fault::ReadOnly,
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Fault::Busy,
        ffi::SQLITE_IOERR => Fault::Disk(error.to_string()),
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => Fault::Damaged(error.to_string()),
        ffi::SQLITE_CONSTRAINT | ffi::SQLITE_MISMATCH | ffi::SQLITE_RANGE => Fault::Misuse(error.to_string()),
        _ => Fault::Engine(error.to_string()),
    }
}

/// Whether the engine refused a row because a value that must be unique is there already.
pub(crate) fn is_taken(error: &rusqlite::Error) -> bool {
    let taken = [ffi::SQLITE_CONSTRAINT_PRIMARYKEY, ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_ROWID];
    error.sqlite_error().is_some_and(|e| taken.contains(&e.extended_code))
}

/// Runs several queries in one read transaction.
pub(crate) fn snapshot(conn: &Connection, queries: &[(&'static str, Vec<Value>)]) -> Result<Vec<Vec<Row>>, Fault> {
    let word = |sql: &str| conn.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map_err(fault);
    word("BEGIN")?;
    let found = queries.iter().map(|(sql, params)| select(conn, sql, params)).collect::<Result<Vec<_>, _>>();
    // Whatever was found: a connection goes back to the pool without a transaction.
    if !conn.is_autocommit() {
        word("COMMIT")?;
    }
    found
}

/// Sets the largest size of the database.
pub(crate) fn limit(conn: &Connection, bytes: Option<u64>) -> Result<(), Fault> {
    let Some(bytes) = bytes else { return Ok(()) };
    let page: i64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(fault)?;
    let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
    conn.pragma_update(None, "max_page_count", pages.max(1)).map_err(fault)
}
