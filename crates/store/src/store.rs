//! The store's handle: open, commit, query.

use std::path::PathBuf;
use std::sync::Arc;

use kernel::{Clock, Entropy, Id, Moment};
use tokio::sync::{mpsc, oneshot};

use crate::head::{Head, HeadFile};
use crate::signing::LogSigner;
use crate::sqlite::apply::Texts;
use crate::sqlite::ledger::Ledgers;
use crate::sqlite::pool::Pool;
use crate::sqlite::writer::{Found, Job, Step, Writer};
use crate::sqlite::{self};
use crate::{CommitError, Fault, Location, OpenError, Row, Unit, Value, check, migration};

/// Units that may wait for the writer; whoever brings one more waits until there is room.
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
    /// How many units may wait for the writer.
    pub queue: usize,
    /// The largest size of the database in bytes; beyond it writes are refused as on a full disk. `None`: the disk's.
    pub limit_bytes: Option<u64>,
}

impl Options {
    /// The usual settings, without keys.
    pub fn new(location: Location, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { location, clock, entropy, signer: None, readers: READERS, queue: QUEUE, limit_bytes: None }
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
    pub(crate) pool: Pool,
    clock: Arc<dyn Clock>,
}

impl Store {
    /// Creates the database if need be and brings it to this program's schema. Gives the migrations applied.
    pub async fn migrate(location: &Location) -> Result<Vec<String>, OpenError> {
        let Location::Sqlite(path) = location;
        migration::migrate(path)
    }

    /// Opens a migrated database and starts its writer. Logs that must not be appended to (an older backup, other keys) do
    /// not hinder opening: see [`Store::logs`].
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let Location::Sqlite(path) = &options.location;
        if !path.exists() {
            return Err(OpenError::Missing(path.clone()));
        }
        let mut conn = sqlite::connect_writer(path, false)?;
        migration::require_current(&mut conn)?;
        sqlite::limit(&conn, options.limit_bytes)?;
        let heads = HeadFile::open(path)?;
        let pool = Pool::open(path, options.readers)?;
        let (inbox, jobs) = mpsc::channel(options.queue.max(1));
        let writer = Writer {
            conn,
            clock: options.clock.clone(),
            entropy: options.entropy,
            ledgers: Ledgers::new(options.signer, heads),
            texts: Texts::default(),
            careful: 0,
            stopped: Vec::new(),
        };
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(jobs));
        thread.map_err(|e| OpenError::Fault(Fault::Engine(e.to_string())))?;
        let store = Self(Arc::new(Inner { inbox, pool, clock: options.clock }));
        store.logs().await?;
        Ok(store)
    }

    /// Commits a unit, whole or not at all. Returns once it is on disk and, if it has leaves, signed for.
    ///
    /// If the caller stops waiting, a unit already queued is committed nevertheless.
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
        self.0.pool.read(|conn| sqlite::select(conn, sql, &params)).await
    }

    /// Runs several queries on one state of the database.
    pub async fn snapshot(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, Fault> {
        self.0.pool.read(|conn| sqlite::snapshot(conn, &queries)).await
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

    /// Commits what is queued, closes the database, and refuses what comes later.
    pub async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.0.inbox.send(Job::Stop(answer)).await.is_ok() {
            let _ = answered.await;
        }
        self.0.pool.close();
    }

    /// The time, as the store's commits tell it.
    pub(crate) fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// The connections that read.
    pub(crate) fn pool(&self) -> &Pool {
        &self.0.pool
    }

    /// The database's file.
    pub(crate) fn path(&self) -> PathBuf {
        self.0.pool.path().to_owned()
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
