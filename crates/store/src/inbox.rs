//! What waits for the writer: a line for each tenant, taken in turns, so that whoever brings much waits for himself and not
//! the others for him.
//!
//! Senders leave their jobs in one bounded channel. Whenever the writer is free it empties the channel into the lines and
//! takes one round of turns as its next batch: still no timer, a lone unit is committed at once, and what comes while a
//! commit waits for the disk is the next batch. The round also keeps batches short for the others while one tenant brings
//! hundreds. Nothing that was taken into a line is ever dropped: what would make a line too long is answered at once.

use std::sync::Arc;

use kernel::{Tenant, TenantKind, Turns};
use tokio::sync::mpsc;

use crate::job::{BATCH, Job};
use crate::tally::Tally;
use crate::{Fault, Unit};

/// What one turn of a single share is worth, in rows and leaves: about two decisions.
const QUANTUM: u32 = 64;
/// So many units of one single share may wait; the house's own wait in the channel instead, for nobody asks them again.
const LINE: u32 = 64;
/// So many units are kept in lines; what comes beyond waits in the channel.
const LINES: usize = 4096;

/// The receiving end.
pub(crate) struct Inbox {
    arriving: mpsc::Receiver<Job>,
    turns: Turns<Tenant, Job>,
    buffer: Vec<Job>,
    tally: Arc<Tally>,
}

impl Inbox {
    pub(crate) fn new(arriving: mpsc::Receiver<Job>, tally: Arc<Tally>) -> Self {
        Self { arriving, turns: Turns::new(QUANTUM), buffer: Vec::with_capacity(BATCH), tally }
    }

    /// Waits for work and adds the next batch to `jobs`. `false`: there is none and will be none.
    pub(crate) fn blocking_next(&mut self, jobs: &mut Vec<Job>) -> bool {
        if self.turns.waiting() == 0 && self.arriving.blocking_recv_many(&mut self.buffer, BATCH) == 0 {
            return false;
        }
        self.take(jobs);
        true
    }

    /// The same on a task. Nothing is lost where it is given up before it is done.
    pub(crate) async fn next(&mut self, jobs: &mut Vec<Job>) -> bool {
        if self.turns.waiting() == 0 && self.arriving.recv_many(&mut self.buffer, BATCH).await == 0 {
            return false;
        }
        self.take(jobs);
        true
    }

    /// Lets nobody leave anything more.
    pub(crate) fn close(&mut self) {
        self.arriving.close();
    }

    fn take(&mut self, jobs: &mut Vec<Job>) {
        loop {
            let mut arrived = std::mem::take(&mut self.buffer);
            arrived.drain(..).for_each(|job| self.line_up(job, jobs));
            self.buffer = arrived;
            while self.buffer.len() < BATCH
                && let Ok(job) = self.arriving.try_recv()
            {
                self.buffer.push(job);
            }
            if self.buffer.is_empty() || self.turns.waiting() >= LINES {
                break;
            }
        }
        self.turns.round(BATCH, jobs);
        self.tally.waiting(self.turns.waiting() + self.buffer.len());
    }

    /// Puts work into its tenant's line; what is no work is attended to at once.
    fn line_up(&mut self, job: Job, jobs: &mut Vec<Job>) {
        let (tenant, cost) = match &job {
            Job::Unit(unit, _) => (unit.tenant, cost(unit)),
            Job::Chore(steps, _) => (Tenant::HOUSE, u32::try_from(steps.len()).unwrap_or(u32::MAX)),
            Job::Signer(..) | Job::Prefix(..) | Job::States(_) | Job::Stop(_) => return jobs.push(job),
        };
        let most = usize::try_from(LINE * tenant.weight()).unwrap_or(usize::MAX);
        if tenant.kind() != TenantKind::House && self.turns.waiting_of(&tenant) >= most {
            return self.hold_back(job);
        }
        self.turns.push(tenant, tenant.weight(), (cost, job));
    }

    fn hold_back(&self, job: Job) {
        self.tally.held_back();
        if let Job::Unit(_, answer) = job {
            let _ = answer.send(Err(Fault::Crowded.into()));
        }
    }
}

/// What a unit costs the writer, about: its rows and leaves.
fn cost(unit: &Unit) -> u32 {
    u32::try_from(1 + unit.writes.len() + unit.leaves.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use kernel::{FixedClock, Id, SeededEntropy};
    use tokio::sync::oneshot;

    use super::*;
    use crate::{CommitError, Receipt};

    type Answered = oneshot::Receiver<Result<Receipt, CommitError>>;

    fn inbox(channel: usize) -> (mpsc::Sender<Job>, Inbox, Arc<Tally>) {
        let (sender, arriving) = mpsc::channel(channel);
        let tally = Arc::new(Tally::default());
        (sender, Inbox::new(arriving, tally.clone()), tally)
    }

    fn people(n: usize) -> Vec<Tenant> {
        let (clock, chance) = (FixedClock::default(), SeededEntropy::new(5));
        (0..n).map(|_| Tenant::person(Id::new(&clock, &chance))).collect()
    }

    fn bring(sender: &mpsc::Sender<Job>, tenant: Tenant, name: usize) -> Answered {
        let (answer, answered) = oneshot::channel();
        // As many rows as a decision has.
        let unit = (0..30).fold(Unit::new("gx").asked_by(tenant), |unit, _| unit.count(format!("{name}"), 1));
        assert!(sender.try_send(Job::Unit(unit, answer)).is_ok());
        answered
    }

    fn batch(inbox: &mut Inbox) -> Vec<Tenant> {
        let mut jobs = Vec::new();
        assert!(inbox.blocking_next(&mut jobs));
        let tenant = |job: &Job| if let Job::Unit(unit, _) = job { unit.tenant } else { Tenant::HOUSE };
        jobs.iter().map(tenant).collect()
    }

    #[test]
    fn a_lone_unit_and_a_lone_tenant_do_not_wait() {
        let (sender, mut inbox, _) = inbox(1024);
        let [one, _] = people(2)[..] else { unreachable!() };
        drop(bring(&sender, one, 0));
        assert_eq!(batch(&mut inbox), [one]);
        (0..40).for_each(|n| drop(bring(&sender, one, n)));
        assert_eq!(batch(&mut inbox).len(), 40, "group commit is for whoever is alone as well");
    }

    #[test]
    fn who_brings_much_is_in_every_batch_and_never_before_the_others() {
        let (sender, mut inbox, tally) = inbox(1024);
        let all = people(9);
        let (greedy, others) = (all[0], &all[1..]);
        let many: Vec<_> = (0..60).map(|n| bring(&sender, greedy, n)).collect();
        others.iter().for_each(|tenant| drop(bring(&sender, *tenant, 0)));
        let first = batch(&mut inbox);
        let of = |batch: &[Tenant], one| batch.iter().filter(|t| **t == one).count();
        assert!(others.iter().all(|one| of(&first, *one) == 1), "everybody else is in the first batch");
        assert_eq!(of(&first, greedy), 2, "and the greedy one by its share");
        assert_eq!(tally.pulse(0).queued, 58);
        assert_eq!(batch(&mut inbox).len(), 58, "then it is alone");
        drop(many);
    }

    #[test]
    fn a_line_that_is_too_long_is_told_so_and_nothing_else_is() {
        let (sender, mut inbox, tally) = inbox(1024);
        let [greedy, other] = people(2)[..] else { unreachable!() };
        let mut many: Vec<_> = (0..70).map(|n| bring(&sender, greedy, n)).collect();
        let mut one = bring(&sender, other, 0);
        batch(&mut inbox);
        let told: Vec<_> = many.iter_mut().map(|answered| answered.try_recv()).collect();
        let crowded = |t: &Result<Result<Receipt, CommitError>, _>| *t == Ok(Err(CommitError::Fault(Fault::Crowded)));
        assert_eq!(told.iter().filter(|t| crowded(t)).count(), 6);
        assert!(told[..64].iter().all(Result::is_err) && told[64..].iter().all(crowded));
        assert!(one.try_recv().is_err() && tally.pulse(0).held_back == 6);
    }

    #[test]
    fn closing_hands_out_what_waits_and_then_ends() {
        let (sender, mut inbox, _) = inbox(1024);
        for (n, tenant) in people(5).into_iter().cycle().take(50).enumerate() {
            drop(bring(&sender, tenant, n));
        }
        let mut seen = batch(&mut inbox).len();
        inbox.close();
        let mut jobs = Vec::new();
        while inbox.blocking_next(&mut jobs) {
            seen += jobs.drain(..).count();
        }
        assert_eq!(seen, 50);
    }
}
