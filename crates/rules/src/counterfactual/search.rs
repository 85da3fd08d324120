//! The search: fewest inputs first, then fewest steps, every proposal decided by the rules themselves.
//!
//! Conditions that share no mutable input have nothing to do with each other, so that each such group is searched alone:
//! five conditions that five inputs fail are five small searches and not one large one.

use std::collections::{BTreeMap, BTreeSet};

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
    trials: u64,
    whole: bool,
}

/// Inputs that conditions tie together, and those conditions.
struct Group {
    inputs: Vec<u32>,
    conditions: Vec<usize>,
}

/// The best that was found for a group.
struct Best {
    steps: u64,
    changes: Vec<(u32, Candidate)>,
}

/// One choice of inputs in the making.
struct Attempt<'a> {
    inputs: &'a [u32],
    candidates: &'a [Vec<Candidate>],
    /// For each input the conditions that are decided once it is set.
    due: Vec<Vec<usize>>,
    values: Vec<Value>,
    chosen: Vec<usize>,
    /// The first that is found will do.
    any: bool,
}

impl<'q> Search<'q> {
    pub(super) fn new(
        rules: &'q RuleSet,
        values: &'q [Value],
        movers: &'q BTreeMap<u32, Mover>,
        meetings: &'q [Meeting],
    ) -> Self {
        let types = rules.inputs().iter().map(|i| i.of.clone()).collect();
        Self { rules, values, movers, meetings, types, trials: 0, whole: true }
    }

    pub(super) fn run(mut self, truths: &[Option<bool>]) -> Found {
        let mut all: Vec<(u32, Candidate)> = Vec::new();
        for group in self.groups() {
            let failing: Vec<usize> = group.conditions.iter().copied().filter(|c| truths[*c] == Some(false)).collect();
            if failing.is_empty() {
                continue;
            }
            match self.group(&group, &failing) {
                Some(best) => all.extend(best.changes),
                None => {
                    let id = |c: &usize| self.rules.conditions()[*c].id.clone();
                    return Found::Nothing { conditions: failing.iter().map(id).collect(), whole: self.whole };
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

    fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for condition in 0..self.rules.conditions().len() {
            let mut inputs: BTreeSet<u32> = self.reads(condition).collect();
            if inputs.is_empty() {
                continue;
            }
            let mut conditions = vec![condition];
            let (tied, apart): (Vec<Group>, Vec<Group>) =
                groups.into_iter().partition(|g| g.inputs.iter().any(|i| inputs.contains(i)));
            for group in tied {
                inputs.extend(group.inputs);
                conditions.extend(group.conditions);
            }
            groups = apart;
            conditions.sort_unstable();
            groups.push(Group { inputs: inputs.into_iter().collect(), conditions });
        }
        groups
    }

    /// The least change of a group's inputs after which its conditions are met.
    fn group(&mut self, group: &Group, failing: &[usize]) -> Option<Best> {
        if failing.iter().any(|c| self.is_hopeless(group, *c)) {
            return None;
        }
        for together in 1..=group.inputs.len() {
            if together > MAX_TOGETHER {
                self.whole = false;
                return None;
            }
            let mut best: Option<Best> = None;
            let mut chosen = Vec::new();
            self.choose(group, failing, together, 0, &mut chosen, &mut best);
            if best.is_some() || self.trials > MAX_TRIALS {
                return best;
            }
        }
        None
    }

    /// Whether a failing condition stays so with all that it reads, together with what reads nothing else: then no other
    /// input helps, and the many choices of those need not be tried.
    fn is_hopeless(&mut self, group: &Group, condition: usize) -> bool {
        let inputs: Vec<u32> = self.reads(condition).collect();
        if inputs.len() > 3 {
            return false;
        }
        let own = |c: &usize| self.reads(*c).all(|slot| inputs.contains(&slot));
        let conditions: Vec<usize> = group.conditions.iter().copied().filter(own).collect();
        let Some(mut candidates) = self.candidates(&inputs) else { return false };
        for (list, slot) in candidates.iter_mut().zip(&inputs) {
            let value = self.values[*slot as usize].clone();
            list.insert(0, Candidate { value, steps: 0, any_other: false });
        }
        let mut best = None;
        let (whole, trials) = (self.whole, self.trials);
        self.attempt(&conditions, &inputs, &candidates, &mut best);
        let sure = self.whole && self.trials <= MAX_TRIALS;
        if !sure {
            (self.whole, self.trials) = (whole, trials);
        }
        best.is_none() && sure
    }

    /// Every choice of that many inputs; one that leaves a failing condition untouched is not tried.
    fn choose(
        &mut self,
        group: &Group,
        failing: &[usize],
        more: usize,
        from: usize,
        chosen: &mut Vec<u32>,
        best: &mut Option<Best>,
    ) {
        if more == 0 {
            let touches = |c: &usize| self.reads(*c).any(|slot| chosen.contains(&slot));
            if failing.iter().all(touches) {
                // What most of the failing conditions read is set first: most of what is tried ends there.
                let mut inputs = chosen.clone();
                let weight = |slot: &u32| failing.iter().filter(|c| self.reads(**c).any(|s| s == *slot)).count();
                inputs.sort_by_key(|slot| std::cmp::Reverse(weight(slot)));
                match self.candidates(&inputs) {
                    Some(candidates) => self.attempt(&group.conditions, &inputs, &candidates, best),
                    None => self.whole = false,
                }
            }
            return;
        }
        for at in from..group.inputs.len() {
            chosen.push(group.inputs[at]);
            self.choose(group, failing, more - 1, at + 1, chosen, best);
            chosen.pop();
        }
    }

    fn candidates(&self, inputs: &[u32]) -> Option<Vec<Vec<Candidate>>> {
        let (values, types, movers, meetings) = (self.values, self.types.as_slice(), self.movers, self.meetings);
        Candidates { values, types, movers, meetings }.of(inputs)
    }

    /// Tries those inputs together.
    fn attempt(
        &mut self,
        conditions: &[usize],
        inputs: &[u32],
        candidates: &[Vec<Candidate>],
        best: &mut Option<Best>,
    ) {
        let mut due = vec![Vec::new(); inputs.len()];
        for condition in conditions {
            let last = self.reads(*condition).filter_map(|slot| inputs.iter().position(|i| *i == slot)).max();
            if let Some(last) = last {
                due[last].push(*condition);
            }
        }
        // Where an input may stay as it is, it is only asked whether there is anything at all.
        let any = candidates.iter().flatten().any(|c| c.steps == 0);
        let values = self.values.to_vec();
        let mut attempt = Attempt { inputs, candidates, due, values, chosen: Vec::new(), any };
        self.fill(&mut attempt, 0, best);
    }

    /// Sets one input after the other, and goes on only while what is decided is met and what is spent is less.
    fn fill(&mut self, attempt: &mut Attempt<'_>, spent: u64, best: &mut Option<Best>) {
        let at = attempt.chosen.len();
        if at == attempt.inputs.len() {
            let pick = |((slot, list), i): ((&u32, &Vec<Candidate>), &usize)| (*slot, list[*i].clone());
            let changes = attempt.inputs.iter().zip(attempt.candidates).zip(&attempt.chosen).map(pick).collect();
            *best = Some(Best { steps: spent, changes });
            return;
        }
        let slot = attempt.inputs[at] as usize;
        let candidates = &attempt.candidates[at];
        for (i, candidate) in candidates.iter().enumerate() {
            let spent = spent.saturating_add(candidate.steps);
            if best.as_ref().is_some_and(|b| attempt.any || spent >= b.steps) {
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
