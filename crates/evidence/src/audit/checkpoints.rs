//! The checkpoints of an audited log: opened, held against each other, and waiting for the tree to reach their size.

use std::collections::BTreeMap;

use super::{Finding, Report};
use crate::Hash;
use crate::checkpoint::LogIdentity;

pub(super) struct Checkpoints<'a> {
    log: &'a LogIdentity,
    /// Roots by size, each with its number; taken out as the tree reaches them.
    waiting: BTreeMap<u64, Vec<(u64, Hash)>>,
    /// Number and size of the log's own last good checkpoint.
    last: Option<(u64, u64)>,
    /// The largest size any good checkpoint promised.
    largest: Option<u64>,
}

impl<'a> Checkpoints<'a> {
    pub(super) fn new(log: &'a LogIdentity) -> Self {
        Self { log, waiting: BTreeMap::new(), last: None, largest: None }
    }

    pub(super) fn add(&mut self, signed: &str, report: &mut Report) {
        let ordinal = report.checkpoints;
        let Some((size, _)) = self.admit(signed, report) else { return };
        match self.last {
            Some((_, before)) if size < before => {
                report.add(Finding::SizeBackwards { ordinal, from: before, to: size })
            }
            _ => self.last = Some((ordinal, size)),
        }
    }

    pub(super) fn add_anchor(&mut self, signed: &str, report: &mut Report) {
        self.admit(signed, report);
    }

    fn admit(&mut self, signed: &str, report: &mut Report) -> Option<(u64, Hash)> {
        let ordinal = report.checkpoints;
        report.checkpoints += 1;
        let opened = match self.log.open(signed) {
            Ok(opened) => opened,
            Err(error) => {
                report.add(Finding::CheckpointRefused { ordinal, error });
                return None;
            }
        };
        for key in opened.signed_by {
            *report.signatures.entry(key).or_default() += 1;
        }
        let (size, root) = (opened.checkpoint.size, opened.checkpoint.root);
        let same_size = self.waiting.entry(size).or_default();
        match same_size.first() {
            Some((first, other)) if *other != root => {
                report.add(Finding::TwoRoots { size, ordinals: (*first, ordinal) })
            }
            _ => {}
        }
        same_size.push((ordinal, root));
        self.largest = self.largest.max(Some(size));
        Some((size, root))
    }

    /// Whether a checkpoint of this size still waits.
    pub(super) fn are_due(&self, size: u64) -> bool {
        self.waiting.contains_key(&size)
    }

    /// The checkpoints of this size, each once.
    pub(super) fn take(&mut self, size: u64) -> Vec<(u64, Hash)> {
        self.waiting.remove(&size).unwrap_or_default()
    }

    /// The end of the leaves: what was promised beyond them, and what nobody signed for.
    pub(super) fn close(&self, size: u64, lost: bool, report: &mut Report) {
        match self.largest {
            None => report.add(Finding::NoCheckpoint),
            Some(promised) if promised > size && !lost => report.add(Finding::Truncated { leaves: size, promised }),
            Some(promised) if promised < size => report.add(Finding::Unsigned { leaves: promised..size }),
            Some(_) => {}
        }
    }
}
