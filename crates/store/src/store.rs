//! The store's handle: open, commit, query.

use std::path::PathBuf;
use std::sync::Arc;

use kernel::{Clock, Entropy, Id, Moment};
use tokio::sync::{mpsc, oneshot};

use crate::head::Head;
use crate::inbox::Inbox;
use crate::job::{Found, Job, Step};
use crate::reader::Reader;
use crate::signing::LogSigner;
use crate::tally::{Pulse, Tally};
use crate::{CommitError, Fault, Location, OpenError, Row, Unit, Value, check, migration, postgres, sqlite};

/// Units that may be on their way to the writer's lines; whoever brings one more waits until there is room.
const QUEUE: usize = 1024;
/// Read-only connections.
const READERS: usize = 4;

/// How to open a store.
pub struct Options {
    /// The database.
    pub location: Location,
    /// The time of every commit.
    pub clock: Arc<dyn Clock>,
    /// For the ids of outbox messages.
    pub entropy: Arc<dyn Entropy>,
    /// Who signs the log. `None`: units with leaves are refused until [`Store::sign_with`] is called.
    pub signer: Option<LogSigner>,
    /// How many reads run at once.
    pub readers: usize,
    /// How many units may be on their way to the writer's lines.
    pub queue: usize,
    /// The largest size of the database in bytes; beyond it writes are refused as on a full disk. `None`: the disk's.
    /// SQLite only: on PostgreSQL the server's administrator sees to that.
    pub limit_bytes: Option<u64>,
    /// Beside which file this node remembers what it signed last (`NAME.head`), so that a restored older backup does not
    /// sign a second history. `None`: on SQLite beside the database, on PostgreSQL nowhere.
    pub heads: Option<PathBuf>,
}

impl Options {
    /// The usual settings, without keys.
    pub fn new(location: Location, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { location, clock, entropy, signer: None, readers: READERS, queue: QUEUE, limit_bytes: None, heads: None }
    }

    /// Signs the log with `signer`.
    #[must_use]
    pub fn signed_by(mut self, signer: LogSigner) -> Self {
        self.signer = Some(signer);
        self
    }
}

/// A committed unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The position of each leaf in the shard's log, in the unit's order.
    pub leaves: Vec<(Id, u64)>,
    /// Leaves in the shard's log after the batch: the signed checkpoint of this size covers them. 0 for a unit without
    /// leaves whose shard has none yet.
    pub size: u64,
    /// When.
    pub committed_at: Moment,
}

/// How a shard's log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    /// The shard.
    pub shard: String,
    /// Its newest signed state in this database.
    pub head: Option<Head>,
    /// Why nothing may be appended, and how to mend that.
    pub refusal: Option<String>,
}

/// A handle to the database; clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    inbox: mpsc::Sender<Job>,
    reader: Reader,
    location: Location,
    clock: Arc<dyn Clock>,
    tally: Arc<Tally>,
}

impl Store {
    /// Brings the database to this program's schema; a SQLite file is created if need be, a PostgreSQL database must be there
    /// (UTF-8, collation C). Gives the migrations applied.
    pub async fn migrate(location: &Location) -> Result<Vec<String>, OpenError> {
        match location {
            Location::Sqlite(path) => migration::migrate(path),
            Location::Postgres(url) => postgres::migrate::migrate(url).await,
        }
    }

    /// Opens a migrated database and starts its writer. Logs that must not be appended to (an older backup, other keys) do
    /// not hinder opening: see [`Store::logs`].
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let (inbox, jobs) = mpsc::channel(options.queue.max(1));
        let (location, clock) = (options.location.clone(), options.clock.clone());
        let tally = Arc::new(Tally::default());
        let lines = Inbox::new(jobs, tally.clone());
        let reader = match &location {
            Location::Sqlite(path) => Reader::Sqlite(sqlite::open(path, options, (lines, tally.clone()))?),
            Location::Postgres(url) => Reader::Postgres(postgres::open(url, options, (lines, tally.clone())).await?),
        };
        let store = Self(Arc::new(Inner { inbox, reader, location, clock, tally }));
        store.logs().await?;
        Ok(store)
    }

    /// Commits a unit, whole or not at all. Returns once it is on disk and, if it has leaves, signed for.
    ///
    /// If the caller stops waiting, a unit already queued is committed nevertheless. Units of different tenants
    /// ([`Unit::asked_by`]) are taken in turns; where too many of one wait, the next is answered [`Fault::Crowded`].
    pub async fn commit(&self, unit: Unit) -> Result<Receipt, CommitError> {
        check::unit(&unit)?;
        let (answer, answered) = oneshot::channel();
        self.0.inbox.send(Job::Unit(unit, answer)).await.map_err(|_| CommitError::Stopped)?;
        answered.await.map_err(|_| CommitError::Stopped)?
    }

    /// Runs one query and reads all of its rows. Parameters are `$1`, `$2`, …; the text is static, so no value can become
    /// SQL; the connection is read-only.
    ///
    /// On SQLite the work is done inline on the calling task: a point read takes about 20 µs. Put a report that reads for
    /// milliseconds on a blocking thread.
    pub async fn query(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        self.0.reader.query(sql, params).await
    }

    /// Runs several queries on one state of the database.
    pub async fn snapshot(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, Fault> {
        self.0.reader.snapshot(queries).await
    }

    /// Signs the log with `signer` from now on; `None` locks it.
    pub async fn sign_with(&self, signer: Option<LogSigner>) -> Result<(), Fault> {
        let (answer, answered) = oneshot::channel();
        self.0.inbox.send(Job::Signer(signer, answer)).await.map_err(|_| Fault::Stopped)?;
        answered.await.map_err(|_| Fault::Stopped)
    }

    /// How every shard's log stands.
    pub async fn logs(&self) -> Result<Vec<LogState>, Fault> {
        let (answer, answered) = oneshot::channel();
        self.0.inbox.send(Job::States(answer)).await.map_err(|_| Fault::Stopped)?;
        answered.await.map_err(|_| Fault::Stopped)?
    }

    /// Whether the writer is there to take units: for health checks.
    pub fn is_writing(&self) -> bool {
        !self.0.inbox.is_closed()
    }

    /// What the writer has done since the program started, and what waits for it.
    pub fn pulse(&self) -> Pulse {
        self.0.tally.pulse(self.0.inbox.max_capacity().saturating_sub(self.0.inbox.capacity()))
    }

    /// Commits what is queued, closes the database, and refuses what comes later.
    pub async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.0.inbox.send(Job::Stop(answer)).await.is_ok() {
            let _ = answered.await;
        }
        self.0.reader.close();
    }

    /// Puts a question to the writer.
    pub(crate) async fn ask_writer(&self, job: Job) -> Result<(), Fault> {
        self.0.inbox.send(job).await.map_err(|_| Fault::Stopped)
    }

    /// The time, as the store's commits tell it.
    pub(crate) fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// The connections that read.
    pub(crate) fn reader(&self) -> &Reader {
        &self.0.reader
    }

    /// Where the database is.
    pub fn location(&self) -> &Location {
        &self.0.location
    }

    /// Runs the store's own statements together; gives what each returned.
    pub(crate) async fn chore(&self, steps: Vec<Step>) -> Result<Found, Fault> {
        let (answer, answered) = oneshot::channel();
        self.0.inbox.send(Job::Chore(steps, answer)).await.map_err(|_| Fault::Stopped)?;
        answered.await.map_err(|_| Fault::Stopped)?
    }
}

/// A static text and its parameters.
pub type Query = (&'static str, Vec<Value>);
