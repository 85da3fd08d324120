//! Reading, whichever engine is behind it.

use crate::{Fault, Query, Row, Value, postgres, sqlite};

/// Something that answers queries: the readers of an engine, or the connection a writer holds.
pub(crate) trait Ask {
    /// Runs one query and reads all of its rows.
    async fn rows(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Fault>;
}

/// The connections of one engine that read.
pub(crate) enum Reader {
    Sqlite(sqlite::pool::Pool),
    Postgres(postgres::pool::Pool),
}

impl Reader {
    /// Runs one query.
    pub(crate) async fn query(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        match self {
            Self::Sqlite(pool) => pool.read(|conn| sqlite::select(conn, sql, &params)).await,
            Self::Postgres(pool) => pool.query(sql, &params).await,
        }
    }

    /// Runs several queries on one state of the database.
    pub(crate) async fn snapshot(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, Fault> {
        match self {
            Self::Sqlite(pool) => pool.read(|conn| sqlite::snapshot(conn, &queries)).await,
            Self::Postgres(pool) => pool.snapshot(&queries).await,
        }
    }

    /// Closes the connections once they are idle; later reads are answered [`Fault::Stopped`].
    pub(crate) fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close(),
            Self::Postgres(pool) => pool.close(),
        }
    }
}

impl Ask for Reader {
    async fn rows(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        self.query(sql, params).await
    }
}
