//! What can go wrong, sorted by who can mend it: the caller (a conflict), the operator (no evidence, a fault), nobody (stopped).

use std::path::PathBuf;

/// The unit met a state it did not expect. Nothing of it was written; read again, decide again, or tell the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// A row with this key (or another value that must be unique) is already there.
    #[error("{table}: there already")]
    Exists {
        /// The table.
        table: &'static str,
    },
    /// The row to change is not there.
    #[error("{table}: not there")]
    Missing {
        /// The table.
        table: &'static str,
    },
    /// The row has another version than the one that was read.
    #[error("{table}: changed by someone else in the meantime")]
    Changed {
        /// The table.
        table: &'static str,
    },
    /// The counter would fall below its minimum: the quota is used up.
    #[error("{key}: used up")]
    Exhausted {
        /// The counter.
        key: String,
    },
    /// The same request was carried out before.
    #[error("this request was carried out before")]
    Repeated {
        /// What was answered then.
        response: String,
    },
    /// The idempotency key was used before for a different request.
    #[error("this idempotency key belongs to a different request")]
    KeyReused,
}

/// Why a unit was not committed. In every case nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The caller's expectation no longer holds.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The unit appends to the log, and nothing can be signed now. Units without leaves go on.
    #[error("no decision without evidence: {why}")]
    NoEvidence {
        /// What is wrong and how to mend it.
        why: String,
    },
    /// The store is shutting down; whether the unit was written is known by asking for it (its idempotency key, its id).
    #[error("the store is stopping")]
    Stopped,
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The engine or the program failed: the operator's or the programmer's to mend, never the applicant's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No room for another page.
    #[error(
        "the disk (or the size limit of the database) is full: free some room; reading goes on, writing resumes by itself"
    )]
    Full,
    /// The database cannot be written.
    #[error("the database cannot be written: make its file and folder writable by this user; reading goes on")]
    ReadOnly,
    /// Another process holds the write lock.
    #[error("another process is writing to the database: only one server may serve it")]
    Busy,
    /// The disk failed.
    #[error("the disk failed ({0}): see the system's log; reading may go on")]
    Disk(String),
    /// The file is not a sound database.
    #[error("the database is damaged ({0}): stop, keep the file, restore the newest backup")]
    Damaged(String),
    /// A unit or a query does not fit the tables: a mistake of the program.
    #[error("program mistake: {0}")]
    Misuse(String),
    /// Anything else the engine says.
    #[error("the database says: {0}")]
    Engine(String),
    /// The database does not answer.
    #[error("the database does not answer ({0}): nothing was written and nothing is lost, try again in a moment")]
    Away(String),
    /// The database goes on elsewhere.
    #[error("this database was moved to {0}: start the server with that address; nothing is decided here any more")]
    Moved(String),
    /// More units of one tenant wait for the writer than its share.
    #[error("too many units of one tenant wait to be written: nothing of this one was, try again in a moment")]
    Crowded,
    /// The store is shutting down.
    #[error("the store is stopping")]
    Stopped,
}

/// Why a database was not opened, migrated or restored; each says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no database.
    #[error("no database at {0}: run `budayang migrate` first")]
    Missing(PathBuf),
    /// The database lacks migrations this program needs.
    #[error("the database is at schema {found}, this program needs {needed}: back it up, then run `budayang migrate`")]
    Unmigrated {
        /// The database's schema.
        found: i64,
        /// The program's schema.
        needed: i64,
    },
    /// The database was migrated by a newer program.
    #[error(
        "the database is at schema {found}, this program knows only {known}: run the newer program, or restore a backup made before the upgrade"
    )]
    Newer {
        /// The database's schema.
        found: i64,
        /// The program's schema.
        known: i64,
    },
    /// An applied migration differs from the one this program carries.
    #[error(
        "migration {0} was applied with another text than this program carries: it was not made by this release; restore a backup or migrate a new database"
    )]
    Divergent(String),
    /// A file stands where a new one was to be written.
    #[error("{0} is there already: move it away first")]
    Occupied(PathBuf),
    /// The address of the database cannot be read.
    #[error("not a database address: {0:?} (write it like sqlite:var/office.db or postgres://user@host:5432/office)")]
    Location(String),
    /// The database is not as it must be for a store.
    #[error("{what}: {mend}")]
    Unfit {
        /// What is wrong.
        what: String,
        /// How to mend it.
        mend: String,
    },
    /// A copy into this database was begun and is not proven.
    #[error("this database is an unfinished copy ({0}): drop it and copy again; the original is untouched")]
    Incomplete(String),
    /// A file of the store could not be read or written.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}
