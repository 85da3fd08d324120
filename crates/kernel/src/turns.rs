//! Turns: whose job is next, where many wait and some bring far more than others.
//!
//! Deficit round robin (Shreedhar and Varghese, 1995): each line has a FIFO of its own; the lines take turns, and a turn
//! is worth a quantum times the line's weight in cost. What a line could not afford it keeps as credit for its next turn,
//! so that a costly job waits some turns and is not passed over. A line with one job waits for one turn of each other
//! line at most, however many jobs the others have; within a line the order is kept; every step is O(1).

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// A single job counts for so many quanta at most, so that the next job is always found in a few steps.
const DEAREST: u32 = 64;

/// Jobs in lines that take turns.
#[derive(Debug)]
pub struct Turns<K, T> {
    lines: HashMap<K, Line<T>>,
    /// The lines that have something to do, the one whose turn it is in front.
    ring: VecDeque<K>,
    /// Whether the line in front has had its quantum for this turn.
    begun: bool,
    quantum: u32,
    waiting: usize,
}

#[derive(Debug)]
struct Line<T> {
    jobs: VecDeque<(u64, T)>,
    weight: u32,
    credit: u64,
    in_ring: bool,
    resting: bool,
}

enum Step<K, T> {
    Job(K, T),
    Moved,
    Over,
}

impl<K: Copy + Eq + Hash, T> Turns<K, T> {
    /// No lines yet; a turn of a line of weight 1 is worth `quantum`.
    pub fn new(quantum: u32) -> Self {
        Self { lines: HashMap::new(), ring: VecDeque::new(), begun: false, quantum: quantum.max(1), waiting: 0 }
    }

    /// How many jobs wait in all lines.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many jobs wait in this line.
    pub fn waiting_of(&self, key: &K) -> usize {
        self.lines.get(key).map_or(0, |line| line.jobs.len())
    }

    /// Every line with the number of its jobs.
    pub fn lines(&self) -> impl Iterator<Item = (K, usize)> {
        self.lines.iter().map(|(key, line)| (*key, line.jobs.len()))
    }

    /// Puts a job at the end of its line; `weight` is the line's.
    pub fn push(&mut self, key: K, weight: u32, (cost, job): (u32, T)) {
        let line = self.lines.entry(key).or_insert_with(|| Line::new(weight));
        let cost = cost.clamp(1, self.quantum.saturating_mul(DEAREST));
        line.jobs.push_back((u64::from(cost), job));
        self.waiting += 1;
        if !line.in_ring && !line.resting {
            line.in_ring = true;
            self.ring.push_back(key);
        }
    }

    /// Passes the line over until it is resumed; nothing where nothing waits in it.
    pub fn rest(&mut self, key: &K) {
        if let Some(line) = self.lines.get_mut(key) {
            line.resting = true;
        }
    }

    /// Lets a line that rests take turns again, after all others that wait now.
    pub fn resume(&mut self, key: &K) {
        let Some(line) = self.lines.get_mut(key) else { return };
        line.resting = false;
        if !line.in_ring {
            line.in_ring = true;
            self.ring.push_back(*key);
        }
    }

    /// The next job.
    pub fn take(&mut self) -> Option<(K, T)> {
        let mut turns = usize::MAX;
        loop {
            match self.step(&mut turns) {
                Step::Job(key, job) => return Some((key, job)),
                Step::Moved => {}
                Step::Over => return None,
            }
        }
    }

    /// Adds the jobs of one turn of each line to `out`, `most` at most; of a line that is alone as many as there are. Adds
    /// at least one where a job waits in a line that does not rest.
    pub fn round(&mut self, most: usize, out: &mut Vec<T>) {
        let (end, begin) = (out.len() + most, out.len());
        let mut turns = if self.ring.len() == 1 { usize::MAX } else { self.ring.len() };
        while out.len() < end {
            match self.step(&mut turns) {
                Step::Job(_, job) => out.push(job),
                Step::Moved => {}
                // Nobody could afford his job in this round.
                Step::Over if out.len() == begin && !self.ring.is_empty() => turns = self.ring.len(),
                Step::Over => return,
            }
        }
    }

    /// Looks at the line in front. `turns` is how many turns may still begin.
    fn step(&mut self, turns: &mut usize) -> Step<K, T> {
        let Some(key) = self.ring.front().copied() else { return Step::Over };
        let Some(line) = self.lines.get_mut(&key) else { return self.leave(Step::Moved) };
        if line.resting {
            (line.in_ring, line.credit) = (false, 0);
            return self.leave(Step::Moved);
        }
        if !self.begun {
            if *turns == 0 {
                return Step::Over;
            }
            *turns -= 1;
            self.begun = true;
            line.credit += u64::from(self.quantum) * u64::from(line.weight);
        }
        match line.afford() {
            Some(job) => {
                self.waiting -= 1;
                if !line.jobs.is_empty() {
                    return Step::Job(key, job);
                }
                self.lines.remove(&key);
                self.leave(Step::Job(key, job))
            }
            None => {
                self.ring.rotate_left(1);
                self.begun = false;
                Step::Moved
            }
        }
    }

    /// Takes the line in front out of the ring.
    fn leave(&mut self, step: Step<K, T>) -> Step<K, T> {
        self.ring.pop_front();
        self.begun = false;
        step
    }
}

impl<T> Line<T> {
    fn new(weight: u32) -> Self {
        Self { jobs: VecDeque::new(), weight: weight.max(1), credit: 0, in_ring: false, resting: false }
    }

    /// The first job, if the credit pays for it.
    fn afford(&mut self) -> Option<T> {
        let (cost, _) = self.jobs.front()?;
        self.credit = self.credit.checked_sub(*cost)?;
        self.jobs.pop_front().map(|(_, job)| job)
    }
}

#[cfg(test)]
mod tests;
