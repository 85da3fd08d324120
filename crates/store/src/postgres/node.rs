//! A node's writing connection: made, marked with the node's name, and made again after a loss.
//!
//! Each batch writes its number into the node's row, in the batch's own transaction. A node that lost its connection while
//! it waited for a commit first makes sure that its old session is over, then reads the row: the number tells which it was.

use std::time::Duration;

use kernel::{Clock, Entropy, Id, Moment};

use super::error::Trouble;
use super::layout::Layouts;
use super::session::{Purpose, Session};
use crate::Fault;

/// How long to wait for an old session to end.
const PATIENCE: u32 = 100;
const STEP: Duration = Duration::from_millis(50);

/// Who writes, and through what.
pub(crate) struct Node {
    url: String,
    /// Unlike that of any other writer; empty until the first connection.
    name: String,
    /// The number of the last batch that was begun.
    batch: u64,
    link: Option<Link>,
}

/// An open connection.
pub(crate) struct Link {
    pub(crate) session: Session,
    pub(crate) layouts: Layouts,
}

impl Node {
    pub(crate) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), name: String::new(), batch: 0, link: None }
    }

    /// The connection, if there is one.
    pub(crate) const fn link(&self) -> Option<&Link> {
        self.link.as_ref()
    }

    /// Gives up the connection: its transaction and its locks go with it.
    pub(crate) fn cut(&mut self) {
        self.link = None;
    }

    /// Connects if need be. `true`: the connection is a new one, so what was known of the database is to be read anew.
    pub(crate) async fn connect(&mut self, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<bool, Trouble> {
        if self.link.as_ref().is_some_and(|link| !link.session.is_closed()) {
            return Ok(false);
        }
        self.link = None;
        let session = Session::connect(&self.url, Purpose::Write).await?;
        if self.name.is_empty() {
            self.name = name(&session, clock, entropy).await?;
            let begin = "INSERT INTO store_node (name, batch, at) VALUES ($1, '0', $2)";
            session.rows(begin, &[self.name.as_str().into(), clock.now().into()]).await?;
        } else {
            end_old(&session, &self.shown()).await?;
        }
        let show = "SELECT set_config('application_name', $1, false)";
        session.rows(show, &[self.shown().into()]).await?;
        let layouts = Layouts::read(&session).await?;
        self.link = Some(Link { session, layouts });
        Ok(true)
    }

    /// Begins a batch's transaction, unless the database was moved away. Gives the batch's number.
    pub(crate) async fn begin(&mut self, at: Moment) -> Result<u64, Trouble> {
        self.batch += 1;
        let Some(Link { session, .. }) = &self.link else { return Err(Trouble::Lost("not connected".into())) };
        let mark = "INSERT INTO store_node (name, batch, at)
            SELECT $1::text, $2::text, $3::bigint WHERE NOT EXISTS (SELECT 1 FROM store_mark WHERE name = 'moved')
            ON CONFLICT (name) DO UPDATE SET batch = excluded.batch, at = excluded.at";
        let statement = session.prepared(mark).await?;
        session.batch("BEGIN").await?;
        let marked = session.run(&statement, &[&self.name, &self.batch.to_string(), &at.ms()]).await?;
        if marked == 1 {
            return Ok(self.batch);
        }
        let moved = session.rows("SELECT body FROM store_mark WHERE name = 'moved'", &[]).await?;
        let to = moved.first().and_then(|row| row.text("body").ok()).unwrap_or_default();
        Err(Fault::Moved(to.to_owned()).into())
    }

    /// Whether this batch was committed. Only after a new connection was made: then the old session is over.
    pub(crate) async fn was_committed(&self, batch: u64) -> Result<bool, Trouble> {
        let Some(Link { session, .. }) = &self.link else { return Err(Trouble::Lost("not connected".into())) };
        let found = session.rows("SELECT batch FROM store_node WHERE name = $1", &[self.name.as_str().into()]).await?;
        Ok(found.first().is_some_and(|row| row.text("batch") == Ok(batch.to_string().as_str())))
    }

    /// Leaves nothing behind. The logs are given up in so many words: the server notices only a moment later that a session
    /// has ended, and who is told that this node has stopped may ask another one at once.
    pub(crate) async fn leave(&mut self) {
        let Some(Link { session, .. }) = self.link.take() else { return };
        if let Err(trouble) = session.rows("SELECT pg_advisory_unlock_all()::text AS done", &[]).await {
            tracing::debug!(?trouble, "the logs are free when the session ends");
        }
        if let Err(trouble) = session.rows("DELETE FROM store_node WHERE name = $1", &[self.name.as_str().into()]).await
        {
            tracing::debug!(?trouble, "the node's row stays behind");
        }
    }

    /// What the server shows of this session.
    fn shown(&self) -> String {
        format!("budayang {}", self.name)
    }
}

/// An id, and what the server says of this session: two writers with the same chance still have two names.
async fn name(session: &Session, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<String, Trouble> {
    let sql = "SELECT pid::bigint AS pid, CAST(extract(epoch FROM backend_start) * 1000 AS BIGINT) AS at
               FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    let found = session.rows(sql, &[]).await?;
    let Some(row) = found.first() else { return Err(Trouble::Lost("the session does not know itself".into())) };
    let id = Id::new(clock, entropy).to_string();
    let tail = id.get(id.len().saturating_sub(12)..).unwrap_or_default();
    Ok(format!("{tail}-{:x}-{:x}", row.int("pid")?, row.int("at")?))
}

/// Ends what is left of this node's last session, and waits until it is over: then its transaction is committed or it is
/// not, and its locks are free.
async fn end_old(session: &Session, shown: &str) -> Result<(), Trouble> {
    let sql = "SELECT pg_terminate_backend(pid) AS told FROM pg_stat_activity
               WHERE application_name = $1 AND pid <> pg_backend_pid()";
    for _ in 0..PATIENCE {
        if session.rows(sql, &[shown.into()]).await?.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(STEP).await;
    }
    Err(Trouble::Lost("the last session of this node does not end".into()))
}
