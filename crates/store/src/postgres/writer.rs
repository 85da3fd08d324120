//! The one writer of a node: takes what is queued, carries it out in one transaction, signs once, commits once, then answers.
//!
//! No timer: a lone unit is committed at once, and while a commit waits for the disk the next batch gathers by itself. While
//! the database is away every unit is answered so at once. A batch whose commit was under way when the connection broke is
//! answered only when it is known whether it was committed; if it was not, it is carried out again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Entropy, Id};
use tokio::sync::oneshot;

use super::batch::{Batch, Upset};
use super::error::Trouble;
use super::ledger::{Ledgers, Unsealed};
use super::node::{Link, Node};
use super::session::Session;
use crate::head::Head;
use crate::inbox::Inbox;
use crate::job::{BATCH, CAREFUL, Found, Job, Step};
use crate::tally::Tally;
use crate::{CommitError, Fault, Receipt, Unit};

/// How often a batch is tried again when other nodes were in the way, or a connection broke before its commit.
const TRIES: u32 = 8;
/// How often the database is asked for the fate of a batch while it is away.
const PULSE: Duration = Duration::from_millis(250);
/// The longest a batch may take before its connection counts as lost.
const LIMIT: Duration = Duration::from_secs(60);

/// The result of a job within a transaction that is not yet committed.
enum Draft {
    Unit(Result<Receipt, CommitError>),
    Chore(Result<Found, Fault>),
}

/// A batch whose commit was asked for and not answered.
struct Limbo {
    batch: u64,
    jobs: Vec<Job>,
    done: Done,
}

/// What a batch comes to once it is committed.
struct Done {
    drafts: Vec<Draft>,
    heads: Vec<(String, Head)>,
}

/// Why a batch was not committed.
enum Setback {
    /// The log of a shard could not be signed.
    Unsigned { shard: String, why: String },
    /// Each unit must be tried by itself.
    Careful,
    /// Other nodes were in the way, or the connection broke before the commit: nothing of it was written.
    Again(Fault),
    /// The connection broke while the commit was under way.
    Unknown(u64, Done),
    /// The engine failed.
    Fault(Fault),
}

impl<T: Into<Trouble>> From<T> for Setback {
    fn from(trouble: T) -> Self {
        match trouble.into() {
            Trouble::Again(why) => Self::Again(Fault::Engine(why)),
            Trouble::Lost(why) => Self::Again(Fault::Away(why)),
            other => Self::Fault(other.into()),
        }
    }
}

pub(crate) struct Writer {
    pub(crate) node: Node,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) ledgers: Ledgers,
    /// For how many batches every unit is still tried by itself.
    careful: u32,
    limbo: Option<Limbo>,
    tally: Arc<Tally>,
    stopped: Vec<oneshot::Sender<()>>,
}

impl Writer {
    pub(crate) fn new(
        node: Node,
        (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
        ledgers: Ledgers,
        tally: Arc<Tally>,
    ) -> Self {
        Self { node, clock, entropy, ledgers, careful: 0, limbo: None, tally, stopped: Vec::new() }
    }

    /// Serves until it is told to stop or every handle is gone.
    pub(crate) async fn run(mut self, mut inbox: Inbox) {
        let mut jobs = Vec::with_capacity(BATCH);
        loop {
            let waiting = inbox.next(&mut jobs);
            let more = match &self.limbo {
                None => waiting.await,
                // Whoever waits for that batch is answered as soon as the database is back, whether or not others ask.
                Some(_) => tokio::time::timeout(PULSE, waiting).await.unwrap_or(true),
            };
            if !more {
                break;
            }
            let mut work = Vec::with_capacity(jobs.len());
            for job in jobs.drain(..) {
                work.extend(self.attend(job, &mut inbox).await);
            }
            self.serve(work).await;
        }
        self.settle_limbo().await;
        self.ledgers.sync();
        self.node.leave().await;
        for stopped in self.stopped {
            let _ = stopped.send(());
        }
    }

    /// Answers what needs no transaction and hands back the rest.
    async fn attend(&mut self, job: Job, inbox: &mut Inbox) -> Option<Job> {
        match job {
            Job::Signer(signer, answer) => {
                self.ledgers.sign_with(signer);
                let _ = answer.send(());
            }
            Job::Prefix(prefix, answer) => {
                let _ = answer.send(self.ledgers.sign_prefix(&prefix));
            }
            Job::States(answer) => {
                let _ = answer.send(self.states().await);
            }
            Job::Stop(answer) => {
                inbox.close();
                self.stopped.push(answer);
            }
            work => return Some(work),
        }
        None
    }

    async fn states(&mut self) -> Result<Vec<crate::LogState>, Fault> {
        self.connect().await?;
        let Some(Link { session, .. }) = self.node.link() else { return Err(Fault::Away("not connected".into())) };
        self.ledgers.states(session).await
    }

    /// Connects if need be; after a new connection everything known of the logs is read anew.
    async fn connect(&mut self) -> Result<(), Trouble> {
        if self.node.connect(self.clock.as_ref(), self.entropy.as_ref()).await? {
            self.ledgers.forget();
        }
        Ok(())
    }

    /// Carries out a batch and answers every job in it.
    async fn serve(&mut self, jobs: Vec<Job>) {
        if !self.settle_limbo().await {
            let away = Fault::Away("it went away during a commit".into());
            self.tally.refused(jobs.len());
            jobs.into_iter().for_each(|job| refuse(job, &away));
            return;
        }
        let mut jobs = vec![jobs];
        while let Some(some) = jobs.pop() {
            // One unit may need more room than is left; the others need not fail with it.
            jobs.extend(self.serve_some(some).await);
        }
    }

    /// Carries out jobs together. Gives back what is to be carried out one by one.
    async fn serve_some(&mut self, jobs: Vec<Job>) -> Vec<Vec<Job>> {
        if jobs.is_empty() {
            return Vec::new();
        }
        let (mut refused, mut tries) = (HashMap::new(), 0);
        loop {
            match self.attempt(&jobs, &refused).await {
                Ok(done) => {
                    self.careful = self.careful.saturating_sub(1);
                    self.finish(jobs, done);
                    return Vec::new();
                }
                Err(Setback::Unsigned { shard, why }) => {
                    tracing::error!(shard, why, "the log is not signed");
                    refused.insert(shard, why);
                }
                Err(Setback::Careful) => self.careful = CAREFUL,
                Err(Setback::Again(_)) if tries < TRIES => tries += 1,
                Err(Setback::Unknown(batch, done)) => {
                    self.limbo = Some(Limbo { batch, jobs, done });
                    self.settle_limbo().await;
                    return Vec::new();
                }
                Err(Setback::Fault(Fault::Full)) if jobs.len() > 1 => {
                    return jobs.into_iter().rev().map(|job| vec![job]).collect();
                }
                Err(Setback::Again(fault) | Setback::Fault(fault)) => {
                    self.tally.refused(jobs.len());
                    jobs.into_iter().for_each(|job| refuse(job, &fault));
                    return Vec::new();
                }
            }
        }
    }

    /// Finds out what became of a batch whose commit was not answered. `false`: the database is still away.
    async fn settle_limbo(&mut self) -> bool {
        let Some(limbo) = self.limbo.take() else { return true };
        let fate = match self.connect().await {
            Ok(()) => self.node.was_committed(limbo.batch).await,
            Err(trouble) => Err(trouble),
        };
        match fate {
            Ok(true) => {
                tracing::info!("a commit whose answer was lost was carried out");
                self.finish(limbo.jobs, limbo.done);
            }
            Ok(false) => {
                tracing::info!("a commit whose answer was lost was not carried out: it is repeated");
                let again = Box::pin(self.serve_some(limbo.jobs)).await;
                for jobs in again {
                    Box::pin(self.serve_some(jobs)).await;
                }
                return self.limbo.is_none();
            }
            Err(trouble) => {
                tracing::debug!(?trouble, "the fate of a commit is still unknown");
                self.limbo = Some(limbo);
                return false;
            }
        }
        true
    }

    fn finish(&mut self, jobs: Vec<Job>, done: Done) {
        self.ledgers.settle(done.heads);
        self.tally.committed(jobs.len());
        for (job, draft) in jobs.into_iter().zip(done.drafts) {
            // Nobody waiting for the answer is no error: the work is done.
            match (job, draft) {
                (Job::Unit(_, answer), Draft::Unit(done)) => drop(answer.send(done)),
                (Job::Chore(_, answer), Draft::Chore(done)) => drop(answer.send(done)),
                _ => {}
            }
        }
    }

    /// One transaction with every job in it.
    async fn attempt(&mut self, jobs: &[Job], refused: &HashMap<String, String>) -> Result<Done, Setback> {
        // Away is answered at once; a connection that breaks later is worth another try.
        self.connect().await.map_err(|trouble| Setback::Fault(trouble.into()))?;
        let done = self.transaction(jobs, refused).await;
        if let Err(setback) = &done {
            self.ledgers.forget();
            let lost = matches!(setback, Setback::Unknown(..) | Setback::Again(Fault::Away(_)));
            let kept = match self.node.link() {
                Some(Link { session, .. }) if !lost => {
                    // A statement may have been prepared for a table that has changed since.
                    session.forget();
                    session.batch("ROLLBACK").await.is_ok()
                }
                _ => false,
            };
            if !kept {
                self.node.cut();
            }
        }
        done
    }

    async fn transaction(&mut self, jobs: &[Job], refused: &HashMap<String, String>) -> Result<Done, Setback> {
        let slow = || Fault::Away(format!("no answer within {} s", LIMIT.as_secs()));
        let filled = tokio::time::timeout(LIMIT, self.fill(jobs, refused)).await;
        let (batch, done) = filled.unwrap_or_else(|_| Err(Setback::Again(slow())))?;
        let Some(Link { session, .. }) = self.node.link() else { return Err(Setback::Unknown(batch, done)) };
        match tokio::time::timeout(LIMIT, session.batch("COMMIT")).await {
            Ok(Ok(())) => Ok(done),
            Ok(Err(Trouble::Lost(_))) | Err(_) => Err(Setback::Unknown(batch, done)),
            Ok(Err(trouble)) => Err(trouble.into()),
        }
    }

    /// Everything up to the commit. Gives the batch's number and what it comes to.
    async fn fill(&mut self, jobs: &[Job], refused: &HashMap<String, String>) -> Result<(u64, Done), Setback> {
        let at = self.clock.now();
        if let Some(Link { session, .. }) = self.node.link() {
            prepare_chores(session, jobs).await;
        }
        let batch = self.node.begin(at).await?;
        let Some(Link { session, layouts }) = self.node.link() else {
            return Err(Setback::Again(Fault::Away("not connected".into())));
        };
        let mut closed = BTreeMap::new();
        for shard in appended(jobs) {
            let open = match refused.get(shard) {
                Some(why) => Err(why.clone()),
                None => self.ledgers.open(session, shard).await?,
            };
            if let Err(why) = open {
                closed.insert(shard.to_owned(), why);
            }
        }
        let (clock, entropy) = (self.clock.as_ref(), self.entropy.as_ref());
        let work = Batch { session, layouts, clock, entropy, at, closed: &closed };
        let outcomes =
            if self.careful > 0 { one_by_one(&work, jobs).await? } else { all_together(&work, jobs).await? };
        let mut appended = Vec::with_capacity(jobs.len());
        for (job, outcome) in jobs.iter().zip(&outcomes) {
            appended.push(append(&mut self.ledgers, job, outcome)?);
        }
        let heads = self.ledgers.seal(session, at).await.map_err(|unsealed| match unsealed {
            Unsealed::Unsigned { shard, why } => Setback::Unsigned { shard, why },
            Unsealed::Trouble(trouble) => trouble.into(),
        })?;
        let receipt = |job: &Job, leaves| match job {
            Job::Unit(unit, _) => Receipt { leaves, size: self.ledgers.size(&unit.shard), committed_at: at },
            _ => Receipt { leaves, size: 0, committed_at: at },
        };
        let drafts = jobs.iter().zip(outcomes).zip(appended).map(|((job, outcome), leaves)| match outcome {
            Outcome::Unit(done) => Draft::Unit(done.map(|()| receipt(job, leaves))),
            Outcome::Chore(found) => Draft::Chore(found),
        });
        Ok((batch, Done { drafts: drafts.collect(), heads }))
    }
}

/// What became of one job inside the transaction.
enum Outcome {
    Unit(Result<(), CommitError>),
    Chore(Result<Found, Fault>),
}

/// The shards whose logs these jobs append to.
fn appended(jobs: &[Job]) -> BTreeSet<&str> {
    let units = jobs.iter().filter_map(|job| if let Job::Unit(unit, _) = job { Some(unit) } else { None });
    units.filter(|unit| !unit.leaves.is_empty()).map(|unit| unit.shard.as_str()).collect()
}

/// Appends the leaves of a unit that was carried out.
fn append(ledgers: &mut Ledgers, job: &Job, outcome: &Outcome) -> Result<Vec<(Id, u64)>, Fault> {
    match (job, outcome) {
        (Job::Unit(unit, _), Outcome::Unit(Ok(()))) => {
            unit.leaves.iter().map(|leaf| Ok((leaf.subject, ledgers.append(&unit.shard, leaf)?))).collect()
        }
        _ => Ok(Vec::new()),
    }
}

/// Prepares the statements of chores before the transaction, which a text that does not fit would spoil.
async fn prepare_chores(session: &Session, jobs: &[Job]) {
    for job in jobs {
        let Job::Chore(steps, _) = job else { continue };
        for (sql, params) in steps {
            if let Err(trouble) = session.fitted(sql, params).await {
                tracing::debug!(?trouble, sql, "a chore does not fit");
            }
        }
    }
}

async fn chore(session: &Session, steps: &[Step]) -> Result<Found, Trouble> {
    let mut found = Vec::with_capacity(steps.len());
    for (sql, params) in steps {
        found.push(session.rows(sql, params).await?);
    }
    Ok(found)
}

/// Units between two chores are carried out together; chores in their turn.
async fn all_together(work: &Batch<'_>, jobs: &[Job]) -> Result<Vec<Outcome>, Setback> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    let mut units: Vec<&Unit> = Vec::new();
    for (at, job) in jobs.iter().enumerate() {
        if let Job::Unit(unit, _) = job {
            units.push(unit);
        }
        let ends = !matches!(jobs.get(at + 1), Some(Job::Unit(..)));
        if ends && !units.is_empty() {
            let done = work.together(&std::mem::take(&mut units)).await.map_err(|upset| match upset {
                Upset::Careful => Setback::Careful,
                Upset::Trouble(trouble) => trouble.into(),
            })?;
            outcomes.extend(done.into_iter().map(Outcome::Unit));
        }
        if let Job::Chore(steps, _) = job {
            match chore(work.session, steps).await {
                Ok(found) => outcomes.push(Outcome::Chore(Ok(found))),
                Err(Trouble::Fault(Fault::Misuse(_)) | Trouble::Taken(_)) => return Err(Setback::Careful),
                Err(trouble) => return Err(trouble.into()),
            }
        }
    }
    Ok(outcomes)
}

/// Every job behind a savepoint.
async fn one_by_one(work: &Batch<'_>, jobs: &[Job]) -> Result<Vec<Outcome>, Setback> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        work.session.batch("SAVEPOINT job").await?;
        outcomes.push(match job {
            Job::Chore(steps, _) => match chore(work.session, steps).await {
                Ok(found) => Outcome::Chore(Ok(found)),
                Err(trouble @ (Trouble::Fault(Fault::Misuse(_)) | Trouble::Taken(_))) => {
                    work.session.batch("ROLLBACK TO SAVEPOINT job").await?;
                    Outcome::Chore(Err(trouble.into()))
                }
                Err(trouble) => return Err(trouble.into()),
            },
            Job::Unit(unit, _) => Outcome::Unit(work.singly(unit).await?),
            _ => return Err(Setback::Fault(Fault::Misuse("not a job for a transaction".into()))),
        });
        work.session.batch("RELEASE SAVEPOINT job").await?;
    }
    Ok(outcomes)
}

fn refuse(job: Job, fault: &Fault) {
    match job {
        Job::Unit(_, answer) => drop(answer.send(Err(fault.clone().into()))),
        Job::Chore(_, answer) => drop(answer.send(Err(fault.clone()))),
        _ => {}
    }
}
