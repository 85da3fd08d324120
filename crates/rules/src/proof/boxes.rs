//! Rules as boxes in the space of the columns, and the two questions about them: which boxes meet, and what is covered
//! by none.
//!
//! After Calvanese, Dumas, Laurson, Maggi, Montali and Teinemaa, *Semantics and Analysis of DMN Decision Tables* (BPM
//! 2016): both are answered by sweeping a line along one column after the other, with the set of rules that are alive
//! where the line stands. Ours differs in the choice of the column: at every step that one is swept along which the
//! fewest rules are alive together, so that a table of ten thousand rules that are told apart by one column takes one
//! sweep. The second question is hard in the worst case (it is the cover of a union of boxes), so that both count their
//! work and give up beyond a limit instead of hanging.

use std::collections::HashSet;

use super::spans::Spans;

/// How much work one question may take: rules that were looked at.
pub(crate) const MAX_WORK: u64 = 60_000_000;

/// The work is beyond the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// Work that is left.
#[derive(Debug)]
pub(crate) struct Work(u64);

impl Work {
    pub(crate) const fn new() -> Self {
        Self(MAX_WORK)
    }

    fn spend(&mut self, work: usize) -> Result<(), Exhausted> {
        self.0 = self.0.checked_sub(work as u64 + 1).ok_or(Exhausted)?;
        Ok(())
    }
}

/// Boxes, side by side in the order of the rules.
#[derive(Debug)]
pub(crate) struct Boxes {
    /// The places of each axis.
    pub sizes: Vec<u32>,
    /// For each rule its part of each axis.
    pub rules: Vec<Vec<Spans>>,
}

/// A place on every axis.
pub(crate) type Point = Vec<u32>;

impl Boxes {
    /// True when no point is in the rule's box.
    pub(crate) fn is_empty(&self, rule: u32) -> bool {
        self.rules[rule as usize].iter().any(Spans::is_empty)
    }

    /// The common part of two boxes, when they have one: its first point.
    pub(crate) fn common(&self, a: u32, b: u32) -> Option<Point> {
        let (a, b) = (&self.rules[a as usize], &self.rules[b as usize]);
        a.iter().zip(b).map(|(x, y)| x.meet(y).first()).collect()
    }

    fn meet(&self, a: u32, b: u32, but: usize) -> bool {
        let (a, b) = (&self.rules[a as usize], &self.rules[b as usize]);
        a.iter().zip(b).enumerate().all(|(axis, (x, y))| axis == but || x.meets(y))
    }

    /// Calls `see` for the pairs of boxes that meet, the earlier rule first, until it says that it has seen enough. A
    /// pair may come more than once.
    pub(crate) fn pairs(&self, work: &mut Work, mut see: impl FnMut(u32, u32) -> bool) -> Result<(), Exhausted> {
        let Some(axis) = (0..self.sizes.len()).min_by_key(|axis| self.alive(*axis)) else { return Ok(()) };
        let mut items: Vec<(u32, u32, u32)> = Vec::new();
        for (rule, parts) in (0u32..).zip(&self.rules) {
            if !self.is_empty(rule) {
                items.extend(parts[axis].iter().map(|(from, to)| (from, to, rule)));
            }
        }
        items.sort_unstable();
        let mut alive: Vec<(u32, u32)> = Vec::new();
        for (from, to, rule) in items {
            work.spend(alive.len())?;
            alive.retain(|(end, _)| *end > from);
            for (_, other) in &alive {
                let (a, b) = (rule.min(*other), rule.max(*other));
                if a != b && self.meet(a, b, axis) && !see(a, b) {
                    return Ok(());
                }
            }
            alive.push((to, rule));
        }
        Ok(())
    }

    /// How many pairs are alive together along an axis.
    fn alive(&self, axis: usize) -> u64 {
        let mut starts = Vec::new();
        let mut ends = Vec::new();
        for (from, to) in self.rules.iter().flat_map(|r| r[axis].iter()) {
            starts.push(from);
            ends.push(to);
        }
        starts.sort_unstable();
        ends.sort_unstable();
        let (mut gone, mut sum) = (0usize, 0u64);
        for (begun, start) in starts.iter().enumerate() {
            while ends.get(gone).is_some_and(|end| end <= start) {
                gone += 1;
            }
            sum += (begun - gone.min(begun)) as u64;
        }
        sum
    }

    /// Points inside of a box that none of the rules covers, at most that many; and whether the search came to its end.
    pub(crate) fn uncovered(
        &self,
        inside: &[Spans],
        rules: &[u32],
        most: usize,
        work: &mut Work,
    ) -> (Vec<Point>, Result<(), Exhausted>) {
        if inside.iter().any(Spans::is_empty) {
            return (Vec::new(), Ok(()));
        }
        let mut sweep = Sweep { boxes: self, inside, most, found: Vec::new(), point: vec![None; inside.len()], work };
        let alive = rules.iter().copied().filter(|r| !self.is_empty(*r)).collect();
        let axes: Vec<usize> = (0..inside.len()).collect();
        let end = sweep.search(&axes, alive);
        (sweep.found, end)
    }
}

/// One search for what is not covered.
struct Sweep<'b, 'w> {
    boxes: &'b Boxes,
    inside: &'b [Spans],
    most: usize,
    found: Vec<Point>,
    /// Where the lines stand that were swept so far.
    point: Vec<Option<u32>>,
    work: &'w mut Work,
}

impl Sweep<'_, '_> {
    fn part(&self, rule: u32, axis: usize) -> &Spans {
        &self.boxes.rules[rule as usize][axis]
    }

    fn search(&mut self, axes: &[usize], alive: Vec<u32>) -> Result<(), Exhausted> {
        self.work.spend(alive.len() * axes.len().max(1))?;
        if alive.is_empty() {
            let place = |(at, inside): (&Option<u32>, &Spans)| at.or_else(|| inside.first());
            self.found.extend(self.point.iter().zip(self.inside).map(place).collect::<Option<Point>>());
            return Ok(());
        }
        let fills = |rule: &u32| axes.iter().all(|a| self.part(*rule, *a).covers(&self.inside[*a]));
        if alive.iter().any(fills) {
            return Ok(());
        }
        // An axis that every rule fills says nothing.
        let telling = |a: &&usize| alive.iter().any(|r| !self.part(*r, **a).covers(&self.inside[**a]));
        let Some(axis) = axes.iter().filter(telling).min_by_key(|a| self.volume(**a, &alive)).copied() else {
            return Ok(());
        };
        let rest: Vec<usize> = axes.iter().copied().filter(|a| *a != axis).collect();
        self.sweep(axis, &rest, &alive)
    }

    /// The bounds at which the set of living rules may change along an axis.
    fn bounds(&self, axis: usize, alive: &[u32]) -> Vec<u32> {
        let parts = alive.iter().flat_map(|r| self.part(*r, axis).iter()).chain(self.inside[axis].iter());
        let mut bounds: Vec<u32> = parts.flat_map(|(from, to)| [from, to]).collect();
        bounds.sort_unstable();
        bounds.dedup();
        bounds
    }

    /// How many rules are alive along an axis, summed over its stretches.
    fn volume(&self, axis: usize, alive: &[u32]) -> u64 {
        let bounds = self.bounds(axis, alive);
        let place = |at: u32| bounds.partition_point(|b| *b < at) as u64;
        alive.iter().flat_map(|r| self.part(*r, axis).iter()).map(|(from, to)| place(to) - place(from)).sum()
    }

    fn sweep(&mut self, axis: usize, rest: &[usize], alive: &[u32]) -> Result<(), Exhausted> {
        let mut events: Vec<(u32, bool, u32)> = Vec::new();
        for rule in alive {
            for (from, to) in self.part(*rule, axis).iter() {
                events.extend([(from, true, *rule), (to, false, *rule)]);
            }
        }
        events.sort_unstable();
        let mut events = events.into_iter().peekable();
        let mut living: Vec<u32> = Vec::new();
        let mut covered: HashSet<Vec<u32>> = HashSet::new();
        for at in self.bounds(axis, alive) {
            while let Some((_, begins, rule)) = events.next_if(|(to, ..)| *to <= at) {
                match (living.binary_search(&rule), begins) {
                    (Err(place), true) => living.insert(place, rule),
                    (Ok(place), false) => {
                        living.remove(place);
                    }
                    _ => {}
                }
            }
            self.work.spend(0)?;
            if !self.inside[axis].contains(at) || covered.contains(&living) {
                continue;
            }
            let before = self.found.len();
            self.point[axis] = Some(at);
            self.search(rest, living.clone())?;
            self.point[axis] = None;
            // Rules that cover the rest once cover it elsewhere; few and short sets are kept, for the memory's sake.
            if self.found.len() == before && living.len() <= 64 && covered.len() < 100_000 {
                covered.insert(living.clone());
            }
            if self.found.len() >= self.most {
                return Ok(());
            }
        }
        Ok(())
    }
}
