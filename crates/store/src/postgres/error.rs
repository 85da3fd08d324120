//! The engine's errors, sorted by what follows from them.

use std::error::Error as _;

use tokio_postgres::error::{DbError, Error, SqlState};

use crate::Fault;

/// What went wrong with a statement.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// The connection is gone; whether the server carried out what was sent is not known.
    Lost(String),
    /// Another node was in the way: the same transaction again may succeed.
    Again(String),
    /// A value that must be unique is there already, in the table named.
    Taken(String),
    /// Anything else.
    Fault(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Lost(why) => Self::Away(why),
            Trouble::Again(why) => Self::Engine(why),
            Trouble::Taken(table) => Self::Misuse(format!("{table}: there already")),
            Trouble::Fault(fault) => fault,
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let Some(db) = error.as_db_error() else { return client(&error) };
        let said = format!("{}: {}", db.code().code(), db.message());
        match db.code() {
            code if *code == SqlState::UNIQUE_VIOLATION => Self::Taken(db.table().unwrap_or_default().to_owned()),
            code if again(code) => Self::Again(said),
            code if lost(code) => Self::Lost(said),
            code => Self::Fault(fault(code, db, said)),
        }
    }
}

/// Errors that never reached the server, or that stood between it and us.
fn client(error: &Error) -> Trouble {
    let why = error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
    // Values that do not fit their columns are noticed before they are sent.
    let ours = error.source().is_some_and(|cause| cause.is::<super::value::Mistyped>() || cause.is::<WrongType>());
    if ours || error.to_string().contains("parameters") { Fault::Misuse(why).into() } else { Trouble::Lost(why) }
}

use tokio_postgres::types::WrongType;

fn again(code: &SqlState) -> bool {
    [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
}

/// The server is going, not there yet, or has no connection to spare.
fn lost(code: &SqlState) -> bool {
    let going = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::DATABASE_DROPPED,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    code.code().starts_with("08") || going.contains(code)
}

fn fault(code: &SqlState, db: &DbError, said: String) -> Fault {
    match (code.code().get(..2).unwrap_or_default(), code.code()) {
        (_, "53100") => Fault::Full,
        (_, "25006") => Fault::ReadOnly,
        (_, "55P03") => Fault::Busy,
        (_, "58030") => Fault::Disk(said),
        ("XX", _) => Fault::Damaged(said),
        ("22" | "23" | "42", _) => {
            Fault::Misuse(db.detail().map_or_else(|| said.clone(), |detail| format!("{said} ({detail})")))
        }
        _ => Fault::Engine(said),
    }
}
