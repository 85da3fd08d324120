//! The whole past in pages, on as many threads as there are processors: while one page is read the ones before it are
//! computed, and no more pages are in hand than processors and one.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZero;
use std::sync::Arc;

use serde::Serialize;
use store::{Fault, Row, Store};
use tokio::task::JoinHandle;

use super::again::{Again, Difference, again};
use super::record;
use crate::approval::Setting;
use crate::catalog::Catalog;

/// Most differences that are kept by name; all are counted.
const KEPT: usize = 100;

/// The decisions of one item.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Tally {
    /// Looked at.
    pub decisions: u64,
    /// The same to the byte.
    pub equal: u64,
    /// Not the same.
    pub different: u64,
    /// With personal data that was erased: nothing to compute from.
    pub erased: u64,
}

/// What a replay came to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Replayed {
    /// By item.
    pub items: BTreeMap<String, Tally>,
    /// The first differences, in the order of shards and decisions.
    pub differences: Vec<Difference>,
}

impl Replayed {
    /// All items together.
    pub fn all(&self) -> Tally {
        self.items.values().fold(Tally::default(), |sum, one| Tally {
            decisions: sum.decisions + one.decisions,
            equal: sum.equal + one.equal,
            different: sum.different + one.different,
            erased: sum.erased + one.erased,
        })
    }

    /// Whether every decision with its data came out the same.
    pub fn is_equal(&self) -> bool {
        self.all().different == 0
    }

    fn note(&mut self, item: &str, again: Again) {
        let tally = match self.items.get_mut(item) {
            Some(tally) => tally,
            None => self.items.entry(item.to_owned()).or_default(),
        };
        tally.decisions += 1;
        match again {
            Again::Equal => tally.equal += 1,
            Again::Erased => tally.erased += 1,
            Again::Differs(difference) => {
                tally.different += 1;
                if self.differences.len() < KEPT {
                    self.differences.push(*difference);
                }
            }
        }
    }

    fn add(&mut self, other: Self) {
        for (item, tally) in other.items {
            let sum = self.items.entry(item).or_default();
            sum.decisions += tally.decisions;
            sum.equal += tally.equal;
            sum.different += tally.different;
            sum.erased += tally.erased;
        }
        let room = KEPT.saturating_sub(self.differences.len());
        self.differences.extend(other.differences.into_iter().take(room));
    }
}

/// Computes every stored decision again. `seen` is told how many there are and how many are done.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn replay(
    store: &Store,
    catalog: &Arc<Catalog>,
    setting: Setting,
    seen: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Replayed, Fault> {
    let total = record::count(store, None).await?;
    let mut replayed = Replayed::default();
    for shard in record::shards(store).await? {
        let catalog = Arc::clone(catalog);
        let work = move |rows: &[Row]| page(&catalog, setting, rows);
        let mut threads = Threads::new(work);
        let mut after = String::new();
        loop {
            let rows = record::page(store, &shard, &after).await?;
            let Some(last) = rows.last() else { break };
            last.text("id")?.clone_into(&mut after);
            if let Some(done) = threads.give(rows).await? {
                replayed.add(done);
                seen(replayed.all().decisions, total);
            }
        }
        for done in threads.rest().await? {
            replayed.add(done);
            seen(replayed.all().decisions, total);
        }
    }
    Ok(replayed)
}

fn page(catalog: &Catalog, setting: Setting, rows: &[Row]) -> Result<Replayed, Fault> {
    let mut replayed = Replayed::default();
    for row in rows {
        let stored = record::stored(row)?;
        let item = catalog.item_version(stored.item, stored.item_version);
        replayed.note(stored.item, again(&stored, item.as_deref(), setting));
    }
    Ok(replayed)
}

/// Pages on their way, oldest first: what they come to is given back in the order in which they were given.
pub(super) struct Threads<T, W> {
    work: Arc<W>,
    most: usize,
    under_way: VecDeque<JoinHandle<Result<T, Fault>>>,
}

impl<T, W> Threads<T, W>
where
    T: Send + 'static,
    W: Fn(&[Row]) -> Result<T, Fault> + Send + Sync + 'static,
{
    pub(super) fn new(work: W) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { work: Arc::new(work), most: processors + 1, under_way: VecDeque::new() }
    }

    /// Takes a page; gives what the oldest came to, where too many are in hand.
    pub(super) async fn give(&mut self, rows: Vec<Row>) -> Result<Option<T>, Fault> {
        let done = if self.under_way.len() >= self.most { self.oldest().await? } else { None };
        let work = Arc::clone(&self.work);
        self.under_way.push_back(tokio::task::spawn_blocking(move || work(&rows)));
        Ok(done)
    }

    /// What is still on its way.
    pub(super) async fn rest(mut self) -> Result<Vec<T>, Fault> {
        let mut rest = Vec::new();
        while let Some(done) = self.oldest().await? {
            rest.push(done);
        }
        Ok(rest)
    }

    async fn oldest(&mut self) -> Result<Option<T>, Fault> {
        let Some(oldest) = self.under_way.pop_front() else { return Ok(None) };
        let done = oldest.await.map_err(|e| Fault::Misuse(format!("a page was not computed: {e}")))?;
        done.map(Some)
    }
}
