//! What the writer has done since the program started, for whoever watches the machine: numbers, never contents.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Upper bounds of the classes in which batches are counted by their size; larger ones do not occur.
pub const BATCH_SIZES: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// The writer's counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    batches: AtomicU64,
    committed: AtomicU64,
    refused: AtomicU64,
    waiting: AtomicU64,
    held_back: AtomicU64,
    sizes: [AtomicU64; BATCH_SIZES.len()],
}

/// How the writer stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Jobs that wait for it.
    pub queued: u64,
    /// Transactions committed.
    pub batches: u64,
    /// Jobs in them: units, and the store's own housekeeping.
    pub committed: u64,
    /// Jobs that met a fault of the engine, such as a full disk.
    pub refused: u64,
    /// Units that were held back because more of their tenant waited than its share.
    pub held_back: u64,
    /// Batches by size, as many as [`BATCH_SIZES`], each class by itself.
    pub sizes: [u64; BATCH_SIZES.len()],
}

impl Tally {
    /// A transaction with so many jobs is on disk.
    pub(crate) fn committed(&self, jobs: usize) {
        let jobs = u64::try_from(jobs).unwrap_or(u64::MAX);
        self.batches.fetch_add(1, Relaxed);
        self.committed.fetch_add(jobs, Relaxed);
        let class = BATCH_SIZES.iter().position(|most| jobs <= *most).unwrap_or(BATCH_SIZES.len() - 1);
        self.sizes[class].fetch_add(1, Relaxed);
    }

    /// So many jobs were answered with a fault of the engine.
    pub(crate) fn refused(&self, jobs: usize) {
        self.refused.fetch_add(u64::try_from(jobs).unwrap_or(u64::MAX), Relaxed);
    }

    /// A unit was held back.
    pub(crate) fn held_back(&self) {
        self.held_back.fetch_add(1, Relaxed);
    }

    /// So many jobs wait in their tenants' lines.
    pub(crate) fn waiting(&self, jobs: usize) {
        self.waiting.store(u64::try_from(jobs).unwrap_or(u64::MAX), Relaxed);
    }

    /// The counts now, with so many jobs on their way to the lines.
    pub(crate) fn pulse(&self, arriving: usize) -> Pulse {
        let arriving = u64::try_from(arriving).unwrap_or(u64::MAX);
        Pulse {
            queued: arriving.saturating_add(self.waiting.load(Relaxed)),
            held_back: self.held_back.load(Relaxed),
            batches: self.batches.load(Relaxed),
            committed: self.committed.load(Relaxed),
            refused: self.refused.load(Relaxed),
            sizes: std::array::from_fn(|class| self.sizes[class].load(Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_batch_falls_into_one_class() {
        let tally = Tally::default();
        for jobs in [1, 2, 3, 4, 5, 256, 300] {
            tally.committed(jobs);
        }
        tally.refused(2);
        tally.waiting(4);
        tally.held_back();
        let pulse = tally.pulse(9);
        assert_eq!((pulse.queued, pulse.batches, pulse.committed, pulse.refused), (13, 7, 571, 2));
        assert_eq!(pulse.held_back, 1);
        assert_eq!(pulse.sizes, [1, 1, 2, 1, 0, 0, 0, 0, 2]);
        assert_eq!(pulse.sizes.iter().sum::<u64>(), pulse.batches);
    }
}
