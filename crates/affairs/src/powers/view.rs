//! Read models of a run: where it stands, its clock, what may be done; and whether what really happened follows a flow.

use kernel::{Date, Due, Moment, Stop};
use serde::Serialize;

use super::decide::{Hand, Hindrance, Situation, hindrances};
use super::law::{Flow, Step};

/// How the time of a run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lamp {
    /// No limit, or it has not begun.
    Dark,
    /// Time enough.
    Green,
    /// One working day left, or less.
    Yellow,
    /// Over.
    Red,
    /// The clock stands still.
    Still,
}

/// Where a run stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// How its time stands.
    pub lamp: Lamp,
    /// Its last day, as far as it can be said.
    pub due: Option<Date>,
    /// Where that hangs on a year whose calendar is not published: the earliest day it can be.
    pub not_before: Option<Date>,
    /// Until when the clock stood still, stop by stop.
    pub stops: Vec<Stop>,
    /// When the limit was ended by a decision.
    pub ended: Option<Date>,
}

/// A step, and what keeps this hand from it.
#[derive(Clone, PartialEq, Debug)]
pub struct StepState<'a> {
    /// The step.
    pub step: &'a Step,
    /// Nothing: it may be taken.
    pub hindrances: Vec<Hindrance>,
}

impl StepState<'_> {
    /// The steps of a flow that could follow from where the run stands.
    pub fn of<'a>(situation: &Situation<'a>, hand: &Hand) -> Vec<StepState<'a>> {
        let state = situation.state();
        let here = situation.flow.steps.iter().filter(|s| s.from.iter().any(|f| f == state));
        here.map(|step| StepState { step, hindrances: hindrances(situation, step, hand) }).collect()
    }
}

/// How the time of a run stands now.
pub fn standing(situation: &Situation<'_>) -> Standing {
    let stops = situation.stops();
    let dark = Standing { lamp: Lamp::Dark, due: None, not_before: None, stops: stops.clone(), ended: None };
    let Some(limit) = &situation.flow.limit else { return dark };
    let Some(begun) = situation.taken().find(|a| a.step == limit.after) else { return dark };
    let ended = situation.taken().find(|a| limit.until.contains(&a.step)).map(|a| a.at.date());
    let still = stops.iter().any(|s| s.to.is_none());
    let (due, not_before) = match limit.period.due_known(begun.at.date(), situation.calendar, &stops) {
        Ok(Due::On(day)) => (Some(day), None),
        Ok(Due::NotBefore { day, .. }) => (None, Some(day)),
        Err(_) => (None, None),
    };
    let day = ended.unwrap_or_else(|| situation.now.date());
    let lamp = match due {
        _ if still && ended.is_none() => Lamp::Still,
        // Safe to say that there is time, never that it is over.
        None if not_before.is_some_and(|earliest| day < earliest) => Lamp::Green,
        None => Lamp::Dark,
        Some(due) if due < day => Lamp::Red,
        Some(due) if ended.is_none() && situation.calendar.working_days_between(day, due).is_ok_and(|n| n <= 1) => {
            Lamp::Yellow
        }
        Some(_) => Lamp::Green,
    };
    Standing { lamp, due, not_before, stops, ended }
}

/// Something that happened to a case, in the words of a flow's steps: the room above that knows cases hands it in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Observed {
    /// The step it corresponds to.
    pub step: String,
    /// When.
    pub at: Moment,
}

/// Whether what happened follows a flow.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Conformance {
    /// Where it stood after the last step that fits.
    pub state: String,
    /// Whether it reached an end.
    pub closed: bool,
    /// The first step that does not fit: its place from 0, the step, and the state it was taken in.
    pub deviation: Option<(usize, String, String)>,
}

/// Follows what happened through a flow, order and prerequisites only: up to the first step that does not fit.
pub fn conformance(flow: &Flow, observed: &[Observed]) -> Conformance {
    let (mut state, mut done): (&str, Vec<&str>) = (flow.first(), Vec::new());
    for (place, seen) in observed.iter().enumerate() {
        let fits = |s: &&Step| {
            s.id == seen.step
                && s.from.iter().any(|f| f == state)
                && s.needs.iter().all(|n| done.contains(&n.as_str()))
                && !s.bars.iter().any(|b| done.contains(&b.as_str()))
        };
        let Some(step) = flow.steps.iter().find(fits) else {
            let deviation = Some((place, seen.step.clone(), state.to_owned()));
            return Conformance { state: state.to_owned(), closed: false, deviation };
        };
        state = &step.to;
        done.push(&step.id);
    }
    Conformance { state: state.to_owned(), closed: flow.is_end(state), deviation: None }
}
