//! The floor: who works, who is in the house, who waits. No waiting and no waking here, only the counts.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use kernel::{Tenant, TenantKind, Turns};
use tokio::sync::oneshot;

use super::Terms;

/// A turn of a single share is one writing request, or two that read.
const QUANTUM: u32 = 2;
/// However many tenants there are, so many requests wait and no more.
const WAITING_MOST: usize = 4096;
/// Nobody is asked to wait longer, in seconds: a line is worked off much faster, or something else is wrong.
const LONGEST: u64 = 60;
/// Whoever is among so many of the newest writing requests writes now.
const LATELY: usize = 64;
/// The newest request weighs so much in what a request takes on average: one in eight.
const NEWEST: u32 = 8;

/// What is counted together: a tenant's reading, or its writing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Lane {
    pub(super) tenant: Tenant,
    pub(super) writes: bool,
}

impl Lane {
    fn cost(self) -> u32 {
        if self.writes { 2 } else { 1 }
    }

    fn share(self, single: u32) -> usize {
        usize::try_from(single.max(1) * self.tenant.weight()).unwrap_or(usize::MAX)
    }
}

/// Whom the newest writing requests were of. Counted by requests and not by time: on an idle machine whoever was here last
/// is forgotten as soon as somebody else comes often.
#[derive(Default)]
struct Lately {
    newest: VecDeque<Tenant>,
    each: HashMap<Tenant, usize>,
}

impl Lately {
    fn came(&mut self, tenant: Tenant) {
        self.newest.push_back(tenant);
        *self.each.entry(tenant).or_default() += 1;
        if self.newest.len() > LATELY
            && let Some(oldest) = self.newest.pop_front()
            && let Some(times) = self.each.get_mut(&oldest)
        {
            *times -= 1;
            if *times == 0 {
                self.each.remove(&oldest);
            }
        }
    }

    fn others(&self, tenant: Tenant) -> usize {
        self.each.len() - usize::from(self.each.contains_key(&tenant))
    }

    /// Whether more of the newest are a tenant's than its share of them, by more than chance gives: a tenant that brings
    /// its share at random times has that many and three standard deviations more (Poisson) once in some hundred requests.
    /// Nobody who writes alone is beyond.
    fn is_beyond(&self, tenant: Tenant) -> bool {
        let number = |n: usize| u128::try_from(n).unwrap_or(u128::MAX);
        let weights: u128 = self.each.keys().map(|one| u128::from(one.weight())).sum();
        let mine = number(self.each.get(&tenant).copied().unwrap_or(0)) * weights;
        // The share, like `mine` times all weights, so that nothing is divided.
        let share = number(self.newest.len()) * u128::from(tenant.weight());
        mine > share && (mine - share).pow(2) > 9 * share * weights
    }
}

/// What somebody who asks for a turn is told.
pub(super) enum Asked<P> {
    /// It is his turn.
    Come,
    /// He is called when it is.
    Wait(oneshot::Receiver<P>),
    /// More of his tenant wait than its share: try again after so many seconds.
    Held(u64),
    /// Too many wait: try again after so many seconds.
    Full(u64),
}

/// The counts. `P` is what somebody is handed when he is called.
pub(super) struct Floor<P> {
    terms: Terms,
    working: usize,
    /// How many of each lane are in the house: they work, or wait for something outside.
    inside: HashMap<Lane, usize>,
    /// Who writes: the newest that came in.
    lately: Lately,
    waiting: Turns<Lane, oneshot::Sender<P>>,
    /// Lines that rest because their tenant is beyond its share and somebody works: looked at again with every call.
    yielding: Vec<Lane>,
    /// What a request takes on average.
    takes: Duration,
}

impl<P> Floor<P> {
    pub(super) fn new(terms: Terms) -> Self {
        let waiting = Turns::new(QUANTUM);
        let (inside, lately) = (HashMap::new(), Lately::default());
        Self { terms, working: 0, inside, lately, waiting, yielding: Vec::new(), takes: Duration::ZERO }
    }

    pub(super) fn ask(&mut self, lane: Lane) -> Asked<P> {
        let inside = self.inside.get(&lane).copied().unwrap_or(0);
        let room = inside < self.most_inside(lane);
        let line = self.waiting.waiting_of(&lane);
        // Whoever waits although there is room is one who was called a moment ago: nobody is overtaken in his own line.
        let yields = self.must_yield(lane);
        if room && line == 0 && self.has_room() && !yields {
            self.enter(lane);
            return Asked::Come;
        }
        if line >= lane.share(self.terms.waiting) {
            return Asked::Held(self.seconds(line, self.most_inside(lane)));
        }
        if self.waiting.waiting() >= WAITING_MOST {
            return Asked::Full(self.seconds(WAITING_MOST, self.most_working()));
        }
        let (caller, called) = oneshot::channel();
        self.waiting.push(lane, lane.tenant.weight(), (lane.cost(), caller));
        if yields {
            self.give_way(lane);
        } else if !room {
            self.waiting.rest(&lane);
        }
        Asked::Wait(called)
    }

    /// Whose turn it is, where there is room; he is in the house from now on.
    pub(super) fn next(&mut self) -> Option<(Lane, oneshot::Sender<P>)> {
        if !self.has_room() {
            return None;
        }
        self.call_back();
        let (lane, caller) = self.waiting.take()?;
        self.enter(lane);
        if self.must_yield(lane) {
            self.give_way(lane);
        } else if self.inside.get(&lane).copied().unwrap_or(0) >= self.most_inside(lane) {
            self.waiting.rest(&lane);
        }
        Some((lane, caller))
    }

    /// Somebody who worked waits for something outside.
    pub(super) fn step_outside(&mut self) {
        self.working = self.working.saturating_sub(1);
    }

    /// Somebody leaves the house; how long he was in it, where that says something.
    pub(super) fn leave(&mut self, lane: Lane, working: bool, took: Option<Duration>) {
        if working {
            self.step_outside();
        }
        let left = self.inside.get(&lane).map_or(0, |inside| inside.saturating_sub(1));
        if left > 0 {
            self.inside.insert(lane, left);
        } else {
            self.inside.remove(&lane);
        }
        // Others may have come since it had more.
        if self.must_yield(lane) {
            self.give_way(lane);
        } else if left < self.most_inside(lane) {
            self.waiting.resume(&lane);
        }
        if let Some(took) = took {
            self.takes = self.takes * (NEWEST - 1) / NEWEST + took / NEWEST;
        }
    }

    /// How many work, and how many of each kind of tenant wait.
    pub(super) fn standing(&self) -> (i64, Vec<(TenantKind, i64)>) {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let of = |kind| {
            let lines = self.waiting.lines().filter(|(lane, _)| lane.tenant.kind() == kind);
            (kind, count(lines.map(|(_, n)| n).sum()))
        };
        (count(self.working), TenantKind::ALL.into_iter().map(of).collect())
    }

    /// Whoever is beyond his share of writing comes in only when nobody works: the processors and the writer that he then
    /// uses are wanted by nobody else at that moment. Up to his share he takes turns like everybody.
    fn must_yield(&self, lane: Lane) -> bool {
        lane.writes && self.working > 0 && self.lately.is_beyond(lane.tenant)
    }

    fn give_way(&mut self, lane: Lane) {
        if self.waiting.waiting_of(&lane) > 0 && !self.yielding.contains(&lane) {
            self.waiting.rest(&lane);
            self.yielding.push(lane);
        }
    }

    /// Lets the lines take turns again that need not give way any more.
    fn call_back(&mut self) {
        for lane in std::mem::take(&mut self.yielding) {
            if self.must_yield(lane) {
                self.give_way(lane);
            } else if self.inside.get(&lane).copied().unwrap_or(0) < self.most_inside(lane) {
                self.waiting.resume(&lane);
            }
        }
    }

    fn has_room(&self) -> bool {
        self.working < self.most_working()
    }

    fn enter(&mut self, lane: Lane) {
        self.working += 1;
        *self.inside.entry(lane).or_default() += 1;
        if lane.writes {
            self.lately.came(lane.tenant);
        }
    }

    fn most_working(&self) -> usize {
        usize::try_from(self.terms.at_once.max(1)).unwrap_or(usize::MAX)
    }

    /// Everything that writes meets in one writer: a share of writing is divided among those who write now, down to one at
    /// least. Reading is not.
    fn most_inside(&self, lane: Lane) -> usize {
        if !lane.writes {
            return lane.share(self.terms.reads);
        }
        (lane.share(self.terms.writes) / (1 + self.lately.others(lane.tenant))).max(1)
    }

    /// Until a line of so many is worked off, so many at once.
    fn seconds(&self, line: usize, at_once: usize) -> u64 {
        let rounds = u32::try_from(line.div_ceil(at_once.max(1))).unwrap_or(u32::MAX);
        let whole = self.takes.saturating_mul(rounds);
        (whole.as_secs() + u64::from(whole.subsec_nanos() > 0)).clamp(1, LONGEST)
    }
}
