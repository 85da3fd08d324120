//! The connections that read, lent one query at a time, made again when the database comes back.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::error::Trouble;
use super::session::{Purpose, Session};
use crate::{Fault, Query, Row, Value};

pub(crate) struct Pool {
    url: String,
    permits: Semaphore,
    idle: Mutex<Vec<Session>>,
}

impl Pool {
    /// Connections are made when they are first needed.
    pub(crate) fn new(url: &str, readers: usize) -> Self {
        Self { url: url.to_owned(), permits: Semaphore::new(readers.max(1)), idle: Mutex::default() }
    }

    /// Runs a room's query: one SELECT, nothing else.
    pub(crate) async fn query(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Fault> {
        only_reads(sql)?;
        let _permit = self.permits.acquire().await.map_err(|_| Fault::Stopped)?;
        // A second attempt on a new connection: one that idled while the database was restarted is found dead only now.
        for attempt in 0..2 {
            let session = self.session().await?;
            match session.rows(sql, params).await {
                Err(Trouble::Lost(why)) if attempt == 0 => tracing::debug!(why, "read again on a new connection"),
                done => {
                    self.put_back(session);
                    return Ok(done?);
                }
            }
        }
        Err(Fault::Away("the connection broke twice".into()))
    }

    /// Runs several queries on one state of the database.
    pub(crate) async fn snapshot(&self, queries: &[Query]) -> Result<Vec<Vec<Row>>, Fault> {
        for (sql, _) in queries {
            only_reads(sql)?;
        }
        let _permit = self.permits.acquire().await.map_err(|_| Fault::Stopped)?;
        for attempt in 0..2 {
            let session = self.session().await?;
            match one_state(&session, queries).await {
                Err(Trouble::Lost(why)) if attempt == 0 => tracing::debug!(why, "read again on a new connection"),
                done => {
                    // After an error, or when nobody waits any more, the transaction goes with its connection.
                    let found = done?;
                    self.put_back(session);
                    return Ok(found);
                }
            }
        }
        Err(Fault::Away("the connection broke twice".into()))
    }

    /// Closes the connections once they are idle; later reads are answered [`Fault::Stopped`].
    pub(crate) fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    async fn session(&self) -> Result<Session, Fault> {
        loop {
            let idle = self.idle().pop();
            match idle {
                Some(session) if session.is_closed() => {}
                Some(session) => return Ok(session),
                None => return Ok(Session::connect(&self.url, Purpose::Read).await?),
            }
        }
    }

    fn put_back(&self, session: Session) {
        if !session.is_closed() && !self.permits.is_closed() {
            self.idle().push(session);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn one_state(session: &Session, queries: &[Query]) -> Result<Vec<Vec<Row>>, Trouble> {
    session.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let mut found = Vec::with_capacity(queries.len());
    for (sql, params) in queries {
        found.push(session.rows(sql, params).await?);
    }
    session.batch("COMMIT").await?;
    Ok(found)
}

fn only_reads(sql: &str) -> Result<(), Fault> {
    let word = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let reads = ["SELECT", "WITH", "VALUES"].iter().any(|first| word.eq_ignore_ascii_case(first));
    if reads { Ok(()) } else { Err(Fault::Misuse(format!("a query is one SELECT: {sql}"))) }
}
