//! The search: fewest inputs first, then fewest steps, every proposal decided by the rules themselves.
//!
//! Conditions that share no mutable input have nothing to do with each other, so that each such group is searched alone:
//! five conditions that five inputs fail are five small searches and not one large one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::candidate::{Candidate, Candidates};
use super::term::Meeting;
use super::{Change, MAX_TOGETHER, MAX_TRIALS, Mover};
use crate::ruleset::RuleSet;
use crate::value::{Type, Value};

pub(super) enum Found {
    /// `whole`: nothing less would do.
    Changes { changes: Vec<Change>, whole: bool },
    /// `whole`: nothing at all would do.
    Nothing { conditions: Vec<String>, whole: bool },
}

pub(super) struct Search<'q> {
    rules: &'q RuleSet,
    values: &'q [Value],
    movers: &'q BTreeMap<u32, Mover>,
    meetings: &'q [Meeting],
    types: Vec<Type>,
    /// The meetings of each condition.
    own: &'q [Vec<Meeting>],
    /// Whether a condition can be met by itself when a set of inputs changes.
    known: HashMap<(usize, u64), bool>,
    trials: u64,
    whole: bool,
}

/// Inputs that conditions tie together, and those conditions.
struct Group {
    /// Places of the inputs; a set of them is a mask over this list.
    inputs: Vec<u32>,
    conditions: Vec<usize>,
    /// For each condition the inputs it reads.
    reads: Vec<u64>,
    failing: Vec<usize>,
}

impl Group {
    /// The inputs of a set.
    fn of(&self, set: u64) -> Vec<u32> {
        (0u32..).zip(&self.inputs).filter(|(bit, _)| set & (1 << bit) != 0).map(|(_, slot)| *slot).collect()
    }

    fn whole(&self) -> u64 {
        (0u32..).zip(&self.inputs).fold(0, |set, (bit, _)| set | (1 << bit))
    }
}

/// The best that was found for a group.
struct Best {
    steps: u64,
    changes: Vec<(u32, Candidate)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    /// As few steps as can be.
    Least,
    /// Whatever is found first.
    Any,
}

/// Inputs that are changed together, what is tried of each, and what must be met after that.
#[derive(Clone, Copy)]
struct Choice<'a> {
    inputs: &'a [u32],
    candidates: &'a [Vec<Candidate>],
    conditions: &'a [usize],
    aim: Aim,
}

/// A choice in the making.
struct Attempt<'a> {
    choice: Choice<'a>,
    /// For each input the conditions that are decided once it is set.
    due: Vec<Vec<usize>>,
    values: Vec<Value>,
    chosen: Vec<usize>,
}

/// The sets of inputs of one size, gone through once each.
struct Walk<'g> {
    group: &'g Group,
    size: u32,
    seen: HashSet<u64>,
    best: Option<Best>,
}

impl<'q> Search<'q> {
    pub(super) fn new(
        rules: &'q RuleSet,
        values: &'q [Value],
        movers: &'q BTreeMap<u32, Mover>,
        meetings: (&'q [Meeting], &'q [Vec<Meeting>]),
    ) -> Self {
        let types = rules.inputs().iter().map(|i| i.of.clone()).collect();
        let (meetings, own) = meetings;
        Self { rules, values, movers, meetings, own, types, known: HashMap::new(), trials: 0, whole: true }
    }

    pub(super) fn run(mut self, truths: &[Option<bool>]) -> Found {
        let mut all: Vec<(u32, Candidate)> = Vec::new();
        for group in self.groups(truths) {
            if group.failing.is_empty() {
                continue;
            }
            match self.group(&group) {
                Some(best) => all.extend(best.changes),
                None => {
                    let id = |c: &usize| self.rules.conditions()[*c].id.clone();
                    return Found::Nothing { conditions: group.failing.iter().map(id).collect(), whole: self.whole };
                }
            }
        }
        // A failing condition of which every mutable input was left out belongs to no group.
        let mut values = self.values.to_vec();
        for (slot, candidate) in &all {
            values[*slot as usize] = candidate.value.clone();
        }
        if !self.rules.decide_slots(&values).all_met() {
            return Found::Nothing { conditions: self.unmet(&values), whole: self.whole };
        }
        all.sort_by_key(|(slot, _)| *slot);
        let changes = all.into_iter().map(|(slot, to)| self.change(slot, to)).collect();
        Found::Changes { changes, whole: self.whole }
    }

    fn unmet(&self, values: &[Value]) -> Vec<String> {
        let decided = self.rules.decide_slots(values);
        let unmet = self.rules.conditions().iter().zip(decided.truths()).filter(|(_, t)| *t != Some(true));
        unmet.map(|(c, _)| c.id.clone()).collect()
    }

    fn change(&self, slot: u32, to: Candidate) -> Change {
        let place = slot as usize;
        let Candidate { value, steps, any_other } = to;
        let input = self.rules.inputs()[place].name.clone();
        Change { input, from: self.values[place].clone(), to: value, steps, any_other }
    }

    /// The mutable inputs that a condition reads.
    fn reads(&self, condition: usize) -> impl Iterator<Item = u32> + '_ {
        let slots = self.rules.conditions()[condition].slots();
        slots.iter().copied().filter(|slot| self.movers.contains_key(slot))
    }

    fn groups(&mut self, truths: &[Option<bool>]) -> Vec<Group> {
        let mut groups: Vec<(BTreeSet<u32>, Vec<usize>)> = Vec::new();
        for condition in 0..self.rules.conditions().len() {
            let mut inputs: BTreeSet<u32> = self.reads(condition).collect();
            if inputs.is_empty() {
                continue;
            }
            let mut conditions = vec![condition];
            let (tied, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|g| !g.0.is_disjoint(&inputs));
            for (more, others) in tied {
                inputs.extend(more);
                conditions.extend(others);
            }
            groups = apart;
            conditions.sort_unstable();
            groups.push((inputs, conditions));
        }
        // Sets of inputs are masks; more than sixty that are tied together are beyond any search.
        self.whole &= groups.iter().all(|(inputs, _)| inputs.len() <= 60);
        groups.into_iter().map(|(inputs, conditions)| self.tied(inputs, conditions, truths)).collect()
    }

    fn tied(&self, inputs: BTreeSet<u32>, conditions: Vec<usize>, truths: &[Option<bool>]) -> Group {
        let inputs: Vec<u32> = inputs.into_iter().take(60).collect();
        let bit = |slot: u32| inputs.iter().position(|i| *i == slot).map_or(0, |at| 1 << at);
        let reads = conditions.iter().map(|c| self.reads(*c).fold(0, |set, slot| set | bit(slot))).collect();
        let failing = conditions.iter().copied().filter(|c| truths[*c] == Some(false)).collect();
        Group { reads, failing, inputs, conditions }
    }

    /// The least change of a group's inputs after which its conditions are met.
    fn group(&mut self, group: &Group) -> Option<Best> {
        if group.failing.iter().any(|c| self.is_hopeless(group, *c)) {
            return None;
        }
        for size in 1..=u32::try_from(group.inputs.len()).unwrap_or(u32::MAX) {
            if size as usize > MAX_TOGETHER {
                self.whole = false;
                return None;
            }
            let mut walk = Walk { group, size, seen: HashSet::new(), best: None };
            self.walk(&mut walk, 0);
            if walk.best.is_some() || self.trials > MAX_TRIALS {
                return walk.best;
            }
        }
        None
    }

    /// Whether a failing condition stays so with all that it reads, together with what reads nothing else: then no other
    /// input helps, and the many sets of those need not be tried.
    fn is_hopeless(&mut self, group: &Group, condition: usize) -> bool {
        let inputs: Vec<u32> = self.reads(condition).collect();
        if inputs.len() > 3 {
            return false;
        }
        let own = |c: &usize| self.reads(*c).all(|slot| inputs.contains(&slot));
        let conditions: Vec<usize> = group.conditions.iter().copied().filter(own).collect();
        let Some(mut candidates) = self.candidates(&inputs, self.meetings) else { return false };
        for (list, slot) in candidates.iter_mut().zip(&inputs) {
            let value = self.values[*slot as usize].clone();
            list.insert(0, Candidate { value, steps: 0, any_other: false });
        }
        let choice = Choice { inputs: &inputs, candidates: &candidates, conditions: &conditions, aim: Aim::Any };
        !self.may(choice)
    }

    /// Whether there may be anything; what is beyond the limit may be.
    fn may(&mut self, choice: Choice<'_>) -> bool {
        let whole = self.whole;
        let mut best = None;
        self.attempt(choice, &mut best);
        let sure = self.whole && self.trials <= MAX_TRIALS;
        self.whole = whole;
        best.is_some() || !sure
    }

    /// Goes through the sets of inputs of the walk's size that hold this set. Where a condition cannot be met with what is
    /// changed of it so far, one more of what it reads must change; only where no condition asks for more does any other
    /// input come into question.
    fn walk(&mut self, walk: &mut Walk<'_>, set: u64) {
        self.trials += 1;
        if self.trials > MAX_TRIALS {
            self.whole = false;
            return;
        }
        if !walk.seen.insert(set) {
            return;
        }
        let asking = self.asking(walk.group, set);
        if set.count_ones() == walk.size {
            if asking.is_none() {
                self.tried(walk, set);
            }
            return;
        }
        let more = asking.unwrap_or_else(|| walk.group.whole()) & !set;
        for bit in (0..64).filter(|bit| more & (1 << bit) != 0) {
            self.walk(walk, set | (1 << bit));
        }
    }

    /// The inputs of a condition that no change of exactly this set meets, the others standing as they are.
    fn asking(&mut self, group: &Group, set: u64) -> Option<u64> {
        for (condition, reads) in group.conditions.iter().zip(&group.reads) {
            let changed = set & reads;
            let met = match changed.count_ones() {
                0 => !group.failing.contains(condition),
                1..=3 => self.can(group, *condition, changed),
                _ => true,
            };
            if !met {
                return Some(*reads);
            }
        }
        None
    }

    /// Whether a condition by itself can be met when exactly those inputs change.
    fn can(&mut self, group: &Group, condition: usize, changed: u64) -> bool {
        if let Some(known) = self.known.get(&(condition, changed)) {
            return *known;
        }
        let inputs = group.of(changed);
        let own = self.own.get(condition).map_or(&[][..], Vec::as_slice);
        let can = match self.candidates(&inputs, own) {
            None => true,
            Some(candidates) => {
                self.may(Choice { inputs: &inputs, candidates: &candidates, conditions: &[condition], aim: Aim::Any })
            }
        };
        self.known.insert((condition, changed), can);
        can
    }

    fn tried(&mut self, walk: &mut Walk<'_>, set: u64) {
        // Finding the candidates is work, too.
        self.trials += self.meetings.len() as u64;
        let mut inputs = walk.group.of(set);
        // What most of the failing conditions read is set first: most of what is tried ends there.
        let weight = |slot: &u32| walk.group.failing.iter().filter(|c| self.reads(**c).any(|s| s == *slot)).count();
        inputs.sort_by_key(|slot| std::cmp::Reverse(weight(slot)));
        let Some(candidates) = self.candidates(&inputs, self.meetings) else {
            self.whole = false;
            return;
        };
        let conditions = walk.group.conditions.as_slice();
        let choice = Choice { inputs: &inputs, candidates: &candidates, conditions, aim: Aim::Least };
        self.attempt(choice, &mut walk.best);
    }

    fn candidates(&self, inputs: &[u32], meetings: &[Meeting]) -> Option<Vec<Vec<Candidate>>> {
        let (values, types, movers) = (self.values, self.types.as_slice(), self.movers);
        Candidates { values, types, movers, meetings }.of(inputs)
    }

    fn attempt(&mut self, choice: Choice<'_>, best: &mut Option<Best>) {
        let mut due = vec![Vec::new(); choice.inputs.len()];
        for condition in choice.conditions {
            let place = |slot| choice.inputs.iter().position(|i| *i == slot);
            if let Some(last) = self.reads(*condition).filter_map(place).max() {
                due[last].push(*condition);
            }
        }
        let mut attempt = Attempt { choice, due, values: self.values.to_vec(), chosen: Vec::new() };
        self.fill(&mut attempt, 0, best);
    }

    /// Sets one input after the other, and goes on only while what is decided is met and what is spent is less.
    fn fill(&mut self, attempt: &mut Attempt<'_>, spent: u64, best: &mut Option<Best>) {
        let at = attempt.chosen.len();
        let Choice { inputs, candidates, aim, .. } = attempt.choice;
        if at == inputs.len() {
            let pick = |((slot, list), i): ((&u32, &Vec<Candidate>), &usize)| (*slot, list[*i].clone());
            let changes = inputs.iter().zip(candidates).zip(&attempt.chosen).map(pick).collect();
            *best = Some(Best { steps: spent, changes });
            return;
        }
        let slot = inputs[at] as usize;
        for (i, candidate) in candidates[at].iter().enumerate() {
            let spent = spent.saturating_add(candidate.steps);
            if best.as_ref().is_some_and(|b| aim == Aim::Any || spent >= b.steps) {
                break;
            }
            if self.trials > MAX_TRIALS {
                self.whole = false;
                break;
            }
            attempt.values[slot] = candidate.value.clone();
            self.trials += 1 + attempt.due[at].len() as u64;
            if attempt.due[at].iter().all(|c| self.rules.truth(*c, &attempt.values) == Some(true)) {
                attempt.chosen.push(i);
                self.fill(attempt, spent, best);
                attempt.chosen.pop();
            }
        }
        attempt.values[slot] = self.values[slot].clone();
    }
}
