//! What no reader of one field can see: references that lead nowhere, states nobody reaches, a waiting time that is a
//! ceiling, an article without its law.

use std::collections::BTreeSet;

use kernel::{Grade, PeriodKind};

use super::law::{AskKind, Flow, Law, Only, Step, Wait};
use crate::catalog::{Diagnostic, Severity};

/// Checks the kinds against the flows.
pub(super) fn kinds(law: &Law) -> Vec<Diagnostic> {
    let mut lint = Lint::of("powers/kinds.toml");
    let mut seen = BTreeSet::new();
    for kind in &law.kinds {
        let at = format!("kind[{}]", kind.id);
        if !seen.insert(&kind.id) {
            lint.error(&at, "stands twice".to_owned(), "give every kind a code of its own");
        }
        match law.flow(&kind.flow) {
            None => lint.error(&at, format!("no flow {:?}", kind.flow), "write its file in powers/flows"),
            Some(flow) if flow.kind != kind.id => {
                lint.error(&at, format!("the flow {:?} is for {:?}", kind.flow, flow.kind), "make them equal");
            }
            Some(_) => {}
        }
    }
    for flow in law.flows().filter(|f| law.kind(&f.kind).is_none()) {
        lint.error("kind", format!("the flow {:?} is for {:?}, which is no kind", flow.id, flow.kind), "add the kind");
    }
    lint.found
}

/// Checks one flow.
pub(super) fn flow(path: &str, id: &str, flow: &Flow) -> Vec<Diagnostic> {
    let mut lint = Lint::of(path);
    if flow.id != id {
        lint.error("id", format!("stands in the file {id:?}"), "make them equal");
    }
    states(flow, &mut lint);
    for step in &flow.steps {
        references(flow, step, &mut lint);
        periods(step, &mut lint);
        backed(flow, step, &mut lint);
        asks(step, &mut lint);
    }
    if let Some(limit) = &flow.limit {
        let steps = std::iter::once(&limit.after).chain(&limit.until);
        for name in steps.filter(|s| flow.step(s).is_none()) {
            lint.error("limit", format!("no step {name:?}"), "mend the name");
        }
        if limit.period.kind != PeriodKind::AtMost {
            lint.error("limit", "a limit is at_most".to_owned(), "write kind = \"at_most\"");
        }
    }
    lint.found
}

struct Lint {
    file: String,
    found: Vec<Diagnostic>,
}

impl Lint {
    fn of(file: &str) -> Self {
        Self { file: file.to_owned(), found: Vec::new() }
    }

    fn error(&mut self, field: &str, reason: String, mend: &str) {
        let (file, field, mend) = (self.file.clone(), field.to_owned(), mend.to_owned());
        self.found.push(Diagnostic { severity: Severity::Error, file, field, reason, mend });
    }
}

fn states(flow: &Flow, lint: &mut Lint) {
    let mut names = BTreeSet::new();
    for state in flow.states.iter().filter(|s| !names.insert(&s.id)) {
        lint.error("state", format!("{:?} stands twice", state.id), "give every state an id of its own");
    }
    let mut names = BTreeSet::new();
    for step in flow.steps.iter().filter(|s| !names.insert(&s.id)) {
        lint.error("step", format!("{:?} stands twice", step.id), "give every step an id of its own");
    }
    let mut reached: BTreeSet<&str> = [flow.first()].into();
    while let Some(step) = flow
        .steps
        .iter()
        .find(|s| s.from.iter().any(|f| reached.contains(f.as_str())) && !reached.contains(s.to.as_str()))
    {
        reached.insert(&step.to);
    }
    for state in &flow.states {
        if !reached.contains(state.id.as_str()) {
            lint.error("state", format!("nothing leads to {:?}", state.id), "add a step, or take the state away");
        }
        let left = flow.steps.iter().any(|s| s.from.contains(&state.id));
        if left == state.end {
            let reason = format!(
                "{:?} is {}an end and has {}step",
                state.id,
                if state.end { "" } else { "no " },
                if left { "a " } else { "no " }
            );
            lint.error("state", reason, "an end has no step, every other state has one");
        }
    }
}

fn references(flow: &Flow, step: &Step, lint: &mut Lint) {
    let at = format!("step[{}]", step.id);
    for state in step.from.iter().chain([&step.to]).filter(|s| flow.state(s).is_none()) {
        lint.error(&at, format!("no state {state:?}"), "mend the name");
    }
    let after = step.waits.iter().flat_map(|w| w.unless.iter().chain([&w.after]));
    let named = step.needs.iter().chain(&step.bars).chain(&step.not_by).chain(after);
    for name in named.chain(step.within.iter().map(|w| &w.after)).filter(|s| flow.step(s).is_none()) {
        lint.error(&at, format!("no step {name:?}"), "mend the name");
    }
    let conditions = step.only.iter().chain(step.waits.iter().flat_map(|w| &w.only));
    for only in conditions.chain(step.caps.iter().flat_map(|c| &c.only)) {
        condition(flow, &at, only, lint);
    }
    let amounts = step.caps.iter().flat_map(|c| [Some(&c.field), c.than.as_ref()]).flatten();
    for field in amounts.filter(|f| flow.ask(f).is_none_or(|a| a.kind != AskKind::Money)) {
        lint.error(&at, format!("{field:?} is no amount that a step records"), "mend the name");
    }
    if !(1..=2).contains(&step.officers) {
        lint.error(&at, format!("{} officers", step.officers), "write 1 or 2");
    }
}

fn condition(flow: &Flow, at: &str, only: &Only, lint: &mut Lint) {
    let Some(ask) = flow.ask(&only.field) else {
        // What every run knows of its party.
        if only.field != "party_kind" {
            lint.error(at, format!("no step records {:?}", only.field), "mend the name");
        }
        return;
    };
    let known = |word: &String| match ask.kind {
        AskKind::Choice => ask.choices.iter().any(|c| c.id == *word),
        AskKind::Tick => word == "true",
        _ => false,
    };
    for word in only.is.iter().filter(|w| !known(w)) {
        lint.error(at, format!("{word:?} is no answer of {:?}", only.field), "mend the word");
    }
}

fn periods(step: &Step, lint: &mut Lint) {
    let at = format!("step[{}]", step.id);
    for Wait { period, until_day, .. } in &step.waits {
        if period.is_some_and(|p| p.kind != PeriodKind::AtLeast) {
            lint.error(&at, "a waiting time is at_least".to_owned(), "write kind = \"at_least\"");
        }
        if period.is_some() == until_day.is_some() {
            lint.error(&at, "a wait has a period or a day, one of the two".to_owned(), "write one of them");
        }
    }
    if step.within.iter().any(|w| w.period.kind != PeriodKind::AtMost) {
        lint.error(&at, "a time within which is at_most".to_owned(), "write kind = \"at_most\"");
    }
}

/// Grade A is said only with the article and the law it was read in.
fn backed(flow: &Flow, step: &Step, lint: &mut Lint) {
    let at = format!("step[{}]", step.id);
    if !step.source.is_empty() && !flow.sources.iter().any(|s| s.id == step.source) {
        lint.error(&at, format!("no source {:?}", step.source), "write it under [[source]]");
    }
    if step.grade == Grade::A && (step.source.is_empty() || step.article.is_empty()) {
        lint.error(&at, "grade A without article and source".to_owned(), "name them, or write a lower grade");
    }
}

fn asks(step: &Step, lint: &mut Lint) {
    let at = format!("step[{}]", step.id);
    let mut names = BTreeSet::new();
    for ask in &step.asks {
        if !names.insert(&ask.id) {
            lint.error(&at, format!("{:?} is asked twice", ask.id), "ask it once");
        }
        if (ask.kind == AskKind::Choice) == ask.choices.is_empty() {
            lint.error(&at, format!("{:?}: choices go with kind = \"choice\"", ask.id), "write or remove them");
        }
        if ask.ahead.is_some() && ask.kind != AskKind::Date {
            lint.error(&at, format!("{:?}: only a day lies ahead", ask.id), "remove ahead");
        }
    }
}
