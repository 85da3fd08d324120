//! The schema on PostgreSQL: the same migration texts, with the words the engines differ in put right.

use refinery::{Migration, Runner};

use super::error::Trouble;
use super::session::{Purpose, Session};
use crate::migration::{self, History};
use crate::{Fault, OpenError};

/// Two nodes that migrate at once do so one after the other (the key of an advisory lock; any number will do).
const MIGRATING: &str = "SELECT pg_advisory_lock(4733821101)";

/// Brings the database at `url` to this program's schema. Gives what was applied.
pub(crate) async fn migrate(url: &str) -> Result<Vec<String>, OpenError> {
    let mut session = connect(url).await?;
    require_fit(&session).await?;
    session.batch(MIGRATING).await.map_err(Fault::from)?;
    refuse_misfit(&mut session).await?;
    let report = runner()?.run_async(session.client()).await.map_err(migration::failed)?;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

/// Refuses a database whose schema is not this program's, and one that is not to be served.
pub(crate) async fn require_current(session: &mut Session) -> Result<(), OpenError> {
    refuse_misfit(session).await?.require_current()
}

/// Connects for keeping; a database that is not there is named with the command that makes it.
pub(crate) async fn connect(url: &str) -> Result<Session, OpenError> {
    match Session::connect(url, Purpose::Keep).await {
        Ok(session) => Ok(session),
        Err(Trouble::Fault(Fault::Engine(said))) if said.starts_with("3D000") => Err(OpenError::Unfit {
            what: format!("no such database ({said})"),
            mend: "create it with `createdb --encoding=UTF8 --locale=C --template=template0 NAME`, then run `budayang migrate`".into(),
        }),
        Err(trouble) => Err(Fault::from(trouble).into()),
    }
}

/// Texts must compare by their bytes, as SQLite compares them, and hold every character.
async fn require_fit(session: &Session) -> Result<(), OpenError> {
    let sql = "SELECT current_database() AS name, pg_encoding_to_char(encoding) AS encoding, datcollate AS collation,
                      current_setting('server_version_num')::bigint AS version
               FROM pg_database WHERE datname = current_database()";
    let found = session.rows(sql, &[]).await.map_err(Fault::from)?;
    let Some(row) = found.first() else { return Err(Fault::Engine("no database is open".into()).into()) };
    let (encoding, collation) = (row.text("encoding")?, row.text("collation")?);
    if row.int("version")? < 150_000 {
        return Err(OpenError::Unfit {
            what: "the server is older than PostgreSQL 15".into(),
            mend: "use PostgreSQL 15 or later".into(),
        });
    }
    if encoding == "UTF8" && matches!(collation, "C" | "POSIX" | "C.UTF-8" | "C.utf8") {
        return Ok(());
    }
    Err(OpenError::Unfit {
        what: format!("the database {} has encoding {encoding} and collation {collation}", row.text("name")?),
        mend: "create another with `createdb --encoding=UTF8 --locale=C --template=template0 NAME` and use that".into(),
    })
}

async fn refuse_misfit(session: &mut Session) -> Result<History, OpenError> {
    let exists = "SELECT to_regclass('refinery_schema_history') IS NOT NULL AS there";
    let there = session.rows(exists, &[]).await.map_err(Fault::from)?;
    let runner = runner()?;
    if !there.first().is_some_and(|row| row.flag("there") == Ok(true)) {
        return History::read(&runner, &[]);
    }
    let applied = runner.get_applied_migrations_async(session.client()).await.map_err(migration::failed)?;
    History::read(&runner, &applied)
}

/// This program's migrations in PostgreSQL's words.
fn runner() -> Result<Runner, OpenError> {
    let ours = migration::texts();
    let turned = ours.iter().map(|(name, sql)| Migration::unapplied(name, &in_its_words(sql)));
    Ok(Runner::new(&turned.collect::<Result<Vec<_>, _>>().map_err(migration::failed)?))
}

/// `BLOB` is `BYTEA`, tables have no row ids anyway. Comments and quoted text stay as they are.
fn in_its_words(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    for line in sql.lines() {
        let (code, comment) = line.split_at(line.find("--").unwrap_or(line.len()));
        let words = code.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for word in words {
            match word.strip_prefix("BLOB") {
                Some(end) if end.chars().all(|c| !c.is_ascii_alphanumeric() && c != '_') => {
                    out.push_str("BYTEA");
                    out.push_str(end);
                }
                _ => out.push_str(word),
            }
        }
        out.push_str(comment);
        out.push('\n');
    }
    out.replace(" WITHOUT ROWID", "")
}

#[cfg(test)]
mod tests {
    use super::in_its_words;

    #[test]
    fn the_words_the_engines_differ_in_are_put_right() {
        let cases = [
            ("hash BLOB NOT NULL,\nCREATE TABLE blob (", "hash BYTEA NOT NULL,\nCREATE TABLE blob (\n"),
            ("said  BLOB,\nBLOBS BLOB_ID -- a BLOB", "said  BYTEA,\nBLOBS BLOB_ID -- a BLOB\n"),
            (") WITHOUT ROWID;", ");\n"),
        ];
        for (given, expected) in cases {
            assert_eq!(in_its_words(given), expected);
        }
    }
}
