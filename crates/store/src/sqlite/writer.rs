//! The one writer: takes what is queued, applies it in one transaction, signs once, commits once, then answers.
//!
//! No timer: a lone unit is committed at once, and while a commit waits for the disk the next batch gathers by itself. A unit
//! that meets a conflict does not spoil the batch: mostly it meets it before it has written anything; where it has, the batch
//! is repeated with a savepoint for each unit (which cost a copy of every page touched, so they are not the rule). If the log
//! cannot be signed the batch is repeated without the units that append to it.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::{Clock, Entropy, Id, Moment};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::apply::{Hand, Texts};
use super::copier::Copier;
use super::fault;
use super::growth::Appending;
use super::ledger::Ledgers;
use super::sums::{self, Sums};
use crate::growth::Log;
use crate::inbox::Inbox;
use crate::job::{BATCH, CAREFUL, Found, Job};
use crate::tally::Tally;
use crate::{CommitError, Fault, Receipt, Unit};

/// The result of a job within a transaction that is not yet committed.
enum Draft {
    Unit(Result<Vec<(Id, u64)>, CommitError>),
    Chore(Result<Found, Fault>),
}

/// Why a batch as a whole was rolled back.
pub(crate) enum Setback {
    /// The log of a shard could not be signed.
    Unsigned { shard: String, why: String },
    /// A job failed after it had written something: repeat the batch with savepoints.
    Careful,
    /// The engine failed.
    Fault(Fault),
}

impl From<Fault> for Setback {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

pub(crate) struct Writer {
    pub(crate) conn: Connection,
    pub(super) copier: Copier,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) ledgers: Ledgers,
    pub(crate) texts: Texts,
    /// Steps of counters that this batch still has to write down.
    pub(crate) sums: Sums,
    /// For how many batches every job still gets a savepoint.
    pub(crate) careful: u32,
    pub(crate) tally: Arc<Tally>,
    pub(crate) stopped: Vec<oneshot::Sender<()>>,
}

impl Writer {
    /// Serves until it is told to stop or every handle is gone.
    pub(crate) fn run(mut self, mut inbox: Inbox) {
        let mut jobs = Vec::with_capacity(BATCH);
        while inbox.blocking_next(&mut jobs) {
            let work: Vec<Job> = jobs.drain(..).filter_map(|job| self.attend(job, &mut inbox)).collect();
            self.serve(work);
            self.copier.between(&self.conn);
        }
        self.copier.stop();
        self.ledgers.sync();
        // What stays in the write-ahead log is read from there at the next start.
        let _ = self.conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        drop(self.conn);
        for stopped in self.stopped {
            let _ = stopped.send(());
        }
    }

    /// Answers what needs no transaction and hands back the rest.
    fn attend(&mut self, job: Job, inbox: &mut Inbox) -> Option<Job> {
        match job {
            Job::Signer(signer, answer) => {
                self.ledgers.sign_with(signer);
                let _ = answer.send(());
            }
            Job::Prefix(prefix, answer) => {
                let _ = answer.send(self.ledgers.sign_prefix(&prefix));
            }
            Job::States(answer) => {
                let _ = answer.send(self.ledgers.states(&self.conn));
            }
            Job::Stop(answer) => {
                inbox.close();
                self.stopped.push(answer);
            }
            work => return Some(work),
        }
        None
    }

    /// Carries out a batch and answers every job in it.
    fn serve(&mut self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let mut refused = HashMap::new();
        let drafts = loop {
            match self.attempt(&jobs, &refused) {
                Ok(drafts) => {
                    self.tally.committed(jobs.len());
                    break drafts;
                }
                Err(Setback::Unsigned { shard, why }) => {
                    tracing::error!(shard, why, "the log is not signed");
                    refused.insert(shard, why);
                }
                Err(Setback::Careful) => self.careful = CAREFUL,
                // One unit may need more room than is left; the others need not fail with it.
                Err(Setback::Fault(Fault::Full)) if jobs.len() > 1 => {
                    jobs.into_iter().for_each(|job| self.serve(vec![job]));
                    return;
                }
                Err(Setback::Fault(fault)) => {
                    self.tally.refused(jobs.len());
                    break jobs.iter().map(|job| failed(job, &fault)).collect();
                }
            }
        };
        self.careful = self.careful.saturating_sub(1);
        let at = self.ledgers.committed_at;
        for (job, draft) in jobs.into_iter().zip(drafts) {
            self.answer(job, draft, at);
        }
    }

    fn answer(&self, job: Job, draft: Draft, at: Moment) {
        // Nobody waiting for the answer is no error: the work is done.
        match (job, draft) {
            (Job::Unit(unit, answer), Draft::Unit(done)) => {
                let size = self.ledgers.size(&unit.shard);
                let _ = answer.send(done.map(|leaves| Receipt { leaves, size, committed_at: at }));
            }
            (Job::Chore(_, answer), Draft::Chore(done)) => {
                let _ = answer.send(done);
            }
            _ => {}
        }
    }

    /// One transaction with every job in it.
    fn attempt(&mut self, jobs: &[Job], refused: &HashMap<String, String>) -> Result<Vec<Draft>, Setback> {
        let at = self.clock.now();
        let done = self.transact(jobs, refused, at);
        if done.is_err() {
            if !self.conn.is_autocommit() {
                let _ = self.conn.execute_batch("ROLLBACK");
            }
            self.ledgers.forget();
            self.sums.forget();
        }
        done
    }

    fn transact(&mut self, jobs: &[Job], refused: &HashMap<String, String>, at: Moment) -> Result<Vec<Draft>, Setback> {
        self.run_cached("BEGIN IMMEDIATE")?;
        self.ledgers.refresh(&self.conn)?;
        self.ledgers.refuse_moved()?;
        let drafts = jobs.iter().map(|job| self.job(job, refused, at)).collect::<Result<Vec<_>, _>>()?;
        self.sums.write(&self.conn)?;
        let heads = self.ledgers.seal(&self.conn, at)?;
        self.run_cached("COMMIT")?;
        self.ledgers.settle(heads, at);
        Ok(drafts)
    }

    /// One job. `Err`: the whole batch is rolled back.
    fn job(&mut self, job: &Job, refused: &HashMap<String, String>, at: Moment) -> Result<Draft, Setback> {
        let careful = self.careful > 0;
        // Whoever asks for a counter finds there what the batch has added so far.
        let asks = matches!(job, Job::Unit(unit, _) if sums::guards(unit)) || matches!(job, Job::Chore(..));
        if asks {
            self.sums.write(&self.conn)?;
        }
        let before = self.conn.total_changes();
        if careful {
            self.run_cached("SAVEPOINT job")?;
        }
        let draft = match job {
            Job::Unit(unit, _) => Draft::Unit(self.unit(unit, refused, (at, careful || asks))),
            Job::Chore(steps, _) => {
                Draft::Chore(steps.iter().map(|(sql, params)| super::rows(&self.conn, sql, params)).collect())
            }
            _ => return Err(Fault::Misuse("not a job for a transaction".into()).into()),
        };
        match &draft {
            Draft::Unit(Err(CommitError::Fault(fault))) | Draft::Chore(Err(fault)) if spoils(fault) => {
                return Err(Setback::Fault(fault.clone()));
            }
            Draft::Unit(Err(_)) | Draft::Chore(Err(_)) if careful => self.run_cached("ROLLBACK TO job")?,
            Draft::Unit(Err(_)) | Draft::Chore(Err(_)) if self.conn.total_changes() != before => {
                return Err(Setback::Careful);
            }
            _ => {}
        }
        if careful {
            self.run_cached("RELEASE job")?;
        }
        Ok(draft)
    }

    /// A unit: its request key, then its changes, and its leaves last, so that a conflict never undoes a leaf. Its steps of
    /// counters are written down now, or put off until the batch is complete.
    fn unit(
        &mut self,
        unit: &Unit,
        refused: &HashMap<String, String>,
        (at, counts_now): (Moment, bool),
    ) -> Result<Vec<(Id, u64)>, CommitError> {
        let mut hand = Hand {
            conn: &self.conn,
            texts: &mut self.texts,
            clock: self.clock.as_ref(),
            entropy: self.entropy.as_ref(),
            at,
            counts_now,
        };
        hand.once(unit)?;
        let mut leaves = Vec::new();
        if unit.leaves.is_empty() {
            hand.writes(unit)?;
        } else {
            if let Some(why) = refused.get(&unit.shard) {
                return Err(CommitError::NoEvidence { why: why.clone() });
            }
            let log = self.ledgers.open(&self.conn, &unit.shard)?.map_err(|why| CommitError::NoEvidence { why })?;
            hand.writes(unit)?;
            leaves = append(log, &self.conn, unit, at)?;
        }
        if !counts_now {
            self.sums.add(&self.conn, unit)?;
        }
        Ok(leaves)
    }

    fn run_cached(&self, sql: &str) -> Result<(), Fault> {
        self.conn.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(drop).map_err(fault)
    }
}

fn append(log: &mut Log, conn: &Connection, unit: &Unit, at: Moment) -> Result<Vec<(Id, u64)>, CommitError> {
    let place = Appending { conn, shard: &unit.shard, at };
    let append = |leaf| match place.append(log, leaf) {
        Ok(position) => Ok((leaf.subject, position)),
        // A leaf already hashed into the tree cannot be undone alone: the batch fails as a whole.
        Err(Fault::Misuse(why)) => Err(CommitError::Fault(Fault::Engine(why))),
        Err(fault) => Err(fault.into()),
    };
    unit.leaves.iter().map(append).collect()
}

/// Whether a fault concerns the database and not only the unit that met it.
const fn spoils(fault: &Fault) -> bool {
    !matches!(fault, Fault::Misuse(_))
}

fn failed(job: &Job, fault: &Fault) -> Draft {
    match job {
        Job::Chore(..) => Draft::Chore(Err(fault.clone())),
        _ => Draft::Unit(Err(fault.clone().into())),
    }
}
