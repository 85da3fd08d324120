//! The carriers of an office, in the order in which they are tried, each with its breaker; and what stands on every letter.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::{Breaker, Moment, Standing, Text};
use serde::Serialize;
use tokio::time::timeout;

use super::carrier::{Carrier, Hindrance, Letter, Taken, Terms};
use crate::catalog::Channel;

/// What stands on every letter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Letterhead {
    /// The site's name.
    pub site: Text,
    /// The address the public uses, without a slash at the end.
    pub origin: String,
}

/// How a carrier has been doing since the program started.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CarrierState {
    /// Its channel.
    pub channel: Channel,
    /// Its name here.
    pub name: String,
    /// Whether letters go out to it.
    pub breaker: Standing,
    /// Letters it took.
    pub taken: u64,
    /// Letters it refused.
    pub refused: u64,
    /// Tries that failed, or ended in doubt.
    pub failed: u64,
}

/// One carrier with its terms.
pub(super) struct Line {
    pub terms: Terms,
    carrier: Arc<dyn Carrier>,
    breaker: Mutex<Breaker>,
    taken: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

impl Line {
    fn new((terms, carrier): (Terms, Arc<dyn Carrier>)) -> Self {
        let breaker = Breaker::new(terms.failures.max(1), i64::from(terms.pause_seconds) * 1_000);
        let count = AtomicU64::default;
        Self { breaker: Mutex::new(breaker), terms, carrier, taken: count(), refused: count(), failed: count() }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_open(&self, now: Moment) -> bool {
        self.breaker().would_admit(now)
    }

    /// One try, cut off at the limit: then nobody knows whether the letter was taken.
    pub(super) async fn hand(&self, letter: &Letter, now: impl Fn() -> Moment) -> Result<Taken, Hindrance> {
        if !self.breaker().admit(now()) {
            return Err(Hindrance::NotTaken("left alone after failures in a row".to_owned()));
        }
        let limit = Duration::from_millis(u64::from(self.terms.timeout_ms));
        let answer = timeout(limit, self.carrier.hand(letter)).await;
        let answer = answer.unwrap_or_else(|_| Err(Hindrance::InDoubt("no answer in time".to_owned())));
        match &answer {
            // A carrier that refuses one letter is in good health.
            Ok(_) | Err(Hindrance::Refused(_)) => {
                self.breaker().succeeded();
            }
            Err(why) => {
                if self.breaker().failed(now()) {
                    let (channel, name) = (self.terms.channel.word(), &self.terms.name);
                    tracing::warn!(channel, name, %why, "this carrier of messages is left alone for a while");
                }
            }
        }
        let counter = match &answer {
            Ok(_) => &self.taken,
            Err(Hindrance::Refused(_)) => &self.refused,
            Err(_) => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        answer
    }

    fn state(&self) -> CarrierState {
        CarrierState {
            channel: self.terms.channel,
            name: self.terms.name.clone(),
            breaker: self.breaker().standing(),
            taken: self.taken.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }
}

/// All carriers of an office; clones share one state. The default has none: nothing leaves the house.
#[derive(Clone, Default)]
pub struct Posts(Arc<Inner>);

#[derive(Default)]
struct Inner {
    head: Letterhead,
    lines: Vec<Line>,
}

impl fmt::Debug for Posts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.lines.iter().map(|l| (l.terms.channel, &l.terms.name))).finish()
    }
}

impl Posts {
    /// Carriers in the order in which they are tried within each channel.
    pub fn new(head: Letterhead, carriers: Vec<(Terms, Arc<dyn Carrier>)>) -> Self {
        Self(Arc::new(Inner { head, lines: carriers.into_iter().map(Line::new).collect() }))
    }

    /// The channels that are served, in their own order.
    pub fn channels(&self) -> Vec<Channel> {
        Channel::ALL.iter().copied().filter(|channel| self.serves(*channel)).collect()
    }

    /// Whether somebody carries messages of this channel.
    pub fn serves(&self, channel: Channel) -> bool {
        self.0.lines.iter().any(|line| line.terms.channel == channel)
    }

    /// How every carrier is doing.
    pub fn states(&self) -> Vec<CarrierState> {
        self.0.lines.iter().map(Line::state).collect()
    }

    pub(super) fn head(&self) -> &Letterhead {
        &self.0.head
    }

    pub(super) fn lines(&self, channel: Channel) -> Vec<&Line> {
        self.0.lines.iter().filter(|line| line.terms.channel == channel).collect()
    }
}
