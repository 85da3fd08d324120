//! PostgreSQL: the only place that knows it. One writer a node with group commit, a few connections that only read.
//!
//! Several nodes may serve one database. A shard's log is appended to by one of them at a time: the session whose transaction
//! signs holds an advisory lock of the database, so a node that dies, or is cut off, gives the log up with its session.

mod error;
pub(crate) mod migrate;
pub(crate) mod pool;
pub(crate) mod session;
mod value;

use tokio::sync::mpsc;

use self::pool::Pool;
use crate::job::Job;
use crate::{OpenError, Options};

/// Whether a text is an address this engine can read.
pub(crate) fn is_url(text: &str) -> bool {
    text.parse::<tokio_postgres::Config>().is_ok()
}

/// Opens a migrated database, starts its writer, and gives its readers.
pub(crate) async fn open(url: &str, options: Options, jobs: mpsc::Receiver<Job>) -> Result<Pool, OpenError> {
    let mut session = migrate::connect(url).await?;
    migrate::require_current(&mut session).await?;
    drop((options.clock, jobs));
    Ok(Pool::new(url, options.readers))
}
