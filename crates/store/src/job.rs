//! What a writer is asked for, whichever engine it writes to.

use evidence::Hash;
use tokio::sync::oneshot;

use crate::signing::LogSigner;
use crate::{CommitError, Fault, LogState, Receipt, Row, Unit, Value};

/// The most jobs in one transaction: larger batches gain nothing and make the first one wait.
pub(crate) const BATCH: usize = 256;
/// Batches with savepoints after one that needed them: conflicts come in swarms, as when a quota is used up.
pub(crate) const CAREFUL: u32 = 32;

/// One statement of a chore: a static text and its parameters.
pub(crate) type Step = (&'static str, Vec<Value>);
/// What a chore's statements returned.
pub(crate) type Found = Vec<Vec<Row>>;

/// The beginning of a shard's log, recomputed from what is stored.
pub(crate) struct Prefix {
    pub(crate) shard: String,
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

/// What the writer is asked for.
pub(crate) enum Job {
    /// A room's unit of work.
    Unit(Unit, oneshot::Sender<Result<Receipt, CommitError>>),
    /// The store's own housekeeping: statements that run together and may return rows.
    Chore(Vec<Step>, oneshot::Sender<Result<Found, Fault>>),
    /// Other keys, or none.
    Signer(Option<LogSigner>, oneshot::Sender<()>),
    /// Sign the beginning of a log as it was at an earlier size.
    Prefix(Prefix, oneshot::Sender<Result<String, String>>),
    /// How every shard's log stands.
    States(oneshot::Sender<Result<Vec<LogState>, Fault>>),
    /// Finish what is queued, then end.
    Stop(oneshot::Sender<()>),
}
