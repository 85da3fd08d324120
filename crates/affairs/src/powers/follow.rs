//! Does a record follow its flow, and does a fork of the flow ever matter? Order and prerequisites only: limits are for the
//! lights. Pure; what happened to a case is handed in by whoever knows cases.

use std::collections::BTreeMap;

use kernel::Moment;
use serde::Serialize;

use super::decide::{Act, ActKind};
use super::law::{Flow, Step};

/// Something that happened, in the words of the record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// What: a word that steps name under `seen_as`, such as `settled:granted`; or the id of a step.
    pub word: String,
    /// When.
    pub at: Moment,
}

/// What a record went through.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Followed {
    /// The states left, each with the step that led out of it.
    pub path: Vec<(String, String)>,
    /// Where it stands after the last step that fits.
    pub state: String,
    /// Whether that is an end.
    pub closed: bool,
    /// The first that does not fit: what happened, and the state it happened in.
    pub deviation: Option<(String, String)>,
    /// What the flow knows nothing of: neither a step nor a note.
    pub unknown: Vec<String>,
}

/// Follows a record through a flow, in the circumstances it has (`with` and `without` of steps). What happened at one and
/// the same instant has no order in the record: it follows the flow if some order of it does.
pub fn follow(flow: &Flow, circumstances: &[&str], seen: &[Seen]) -> Followed {
    let known = |word: &str| flow.notes.iter().any(|n| n == word) || flow.steps.iter().any(|s| s.is_seen_as(word));
    let mut unknown: Vec<String> = seen.iter().map(|s| s.word.clone()).filter(|w| !known(w)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    let moves: Vec<&Seen> = seen.iter().filter(|s| flow.steps.iter().any(|step| step.is_seen_as(&s.word))).collect();
    let mut walk = Walk { flow, circumstances, path: Vec::new(), state: flow.first() };
    let mut deviation = None;
    for instant in moves.chunk_by(|a, b| a.at == b.at) {
        match walk.in_some_order(instant) {
            Some(on) => walk = on,
            None => {
                deviation = walk.stops_at(instant);
                break;
            }
        }
    }
    let closed = deviation.is_none() && flow.is_end(walk.state);
    let path = walk.path.iter().map(|(state, step)| ((*state).to_owned(), step.id.clone())).collect();
    Followed { path, state: walk.state.to_owned(), closed, deviation, unknown }
}

/// The steps of a run as a record, and what became of it.
pub fn follow_run(flow: &Flow, acts: &[Act]) -> Followed {
    let taken = acts.iter().filter(|a| a.kind == ActKind::Taken);
    // A step that waits for the second officer and is taken back happened to nobody; each has its own instant here, for a
    // run's acts are numbered.
    let seen: Vec<Seen> =
        taken.enumerate().map(|(n, a)| Seen { word: a.step.clone(), at: Moment::from_ms(n as i64) }).collect();
    follow(flow, &[], &seen)
}

#[derive(Clone)]
struct Walk<'a> {
    flow: &'a Flow,
    circumstances: &'a [&'a str],
    path: Vec<(&'a str, &'a Step)>,
    state: &'a str,
}

impl<'a> Walk<'a> {
    fn step(&self, word: &str) -> Option<&'a Step> {
        let done = |id: &String| self.path.iter().any(|(_, step)| step.id == *id);
        self.flow.steps.iter().find(|step| {
            step.is_seen_as(word)
                && step.from.iter().any(|from| from == self.state)
                && step.fits(self.circumstances)
                && step.needs.iter().all(done)
                && !step.bars.iter().any(done)
        })
    }

    fn taking(&self, step: &'a Step) -> Self {
        let mut on = self.clone();
        on.path.push((self.state, step));
        on.state = &step.to;
        on
    }

    /// All of these in an order that the flow allows; they are few.
    fn in_some_order(&self, left: &[&Seen]) -> Option<Self> {
        if left.is_empty() {
            return Some(self.clone());
        }
        (0..left.len()).find_map(|next| {
            let on = self.taking(self.step(&left.get(next)?.word)?);
            let rest: Vec<&Seen> = left.iter().enumerate().filter(|(n, _)| *n != next).map(|(_, s)| *s).collect();
            on.in_some_order(&rest)
        })
    }

    /// The first of these that fits nowhere, after as many of the others as fit.
    fn stops_at(&mut self, instant: &[&Seen]) -> Option<(String, String)> {
        let mut left = instant.to_vec();
        while let Some((at, step)) = left.iter().enumerate().find_map(|(n, s)| Some((n, self.step(&s.word)?))) {
            *self = self.taking(step);
            left.remove(at);
        }
        left.first().map(|s| (s.word.clone(), self.state.to_owned()))
    }
}

/// A state of a flow from which more than one way leads on, and which ways the record took.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Fork {
    /// The state.
    pub state: String,
    /// Ways the flow allows out of it, in the circumstances met.
    pub ways: Vec<String>,
    /// How often each was taken.
    pub taken: BTreeMap<String, usize>,
}

impl Fork {
    /// How often somebody came to it.
    pub fn visits(&self) -> usize {
        self.taken.values().sum()
    }

    /// Nothing ever hung on it: at least `least` came by, and all went the same way.
    pub fn never_mattered(&self, least: usize) -> bool {
        self.visits() >= least && self.taken.len() == 1
    }
}

/// The forks that these records came to, in the order of the flow. Each record with its circumstances.
pub fn forks<'a>(flow: &Flow, followed: impl Iterator<Item = (&'a [&'a str], &'a Followed)>) -> Vec<Fork> {
    let mut found: BTreeMap<&str, Fork> = BTreeMap::new();
    for (circumstances, record) in followed {
        for (state, step) in &record.path {
            let Some(here) = flow.state(state) else { continue };
            let fresh = || Fork { state: state.clone(), ways: Vec::new(), taken: BTreeMap::new() };
            let fork = found.entry(&here.id).or_insert_with(fresh);
            *fork.taken.entry(step.clone()).or_default() += 1;
            let ways = flow.steps.iter().filter(|s| s.from.contains(state) && s.fits(circumstances));
            for way in ways.filter(|s| !fork.ways.contains(&s.id)).map(|s| s.id.clone()).collect::<Vec<_>>() {
                fork.ways.push(way);
            }
        }
    }
    let order = |fork: &Fork| flow.states.iter().position(|s| s.id == fork.state);
    let mut forks: Vec<Fork> = found.into_values().filter(|fork| fork.ways.len() > 1).collect();
    forks.sort_by_key(order);
    forks
}
