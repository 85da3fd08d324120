//! The kinds and the flows as anybody reads them: every step with who takes it, what must be so before, and by which article.

use affairs::powers::{self, AskKind, Flow, Step, Who};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use kernel::{Money, Period};

use super::view::{FlowPage, Graded, KindView, KindsPage, Pair, StepRow};
use crate::frame::Frame;
use crate::pieces::{Link, StageView};
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/powers/kinds", get(kinds)).route("/powers/flows/{id}", get(show))
}

async fn kinds(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let (desks, law) = (state.desks()?, state.desks()?.law()?);
    let mut powers = Vec::new();
    for list in powers::current_lists(desks.store(), frame.now.date()).await? {
        powers.extend(powers::powers_of(desks.store(), list.id).await?);
    }
    let kind = |k: &powers::Kind| KindView {
        name: frame.text(&k.name).to_owned(),
        powers: powers.iter().filter(|p| p.kind == k.id).count(),
        href: format!("/powers?kind={}", k.id),
        flow: Link {
            href: format!("/powers/flows/{}", k.flow),
            text: law.flow(&k.flow).map_or_else(String::new, |f| frame.text(&f.name).to_owned()),
            hint: law.flow(&k.flow).map_or_else(String::new, |f| frame.text(&f.note).to_owned()),
        },
    };
    page(&KindsPage {
        note: frame.text(&law.note).to_owned(),
        grade: Graded { grade: law.grade.0 },
        kinds: law.kinds.iter().map(kind).collect(),
        frame,
    })
}

async fn show(State(state): State<AppState>, frame: Frame, Path(id): Path<String>) -> Result<Response, Problem> {
    let law = state.desks()?.law()?;
    let flow = law.flow(&id).ok_or_else(Problem::not_found)?;
    let still =
        |clock| if clock == powers::ClockState::Stands { frame.t("powers.still").to_owned() } else { String::new() };
    let state = |s: &powers::FlowState| StageView {
        name: frame.text(&s.name).to_owned(),
        note: still(s.clock),
        progress: None,
    };
    let source = |s: &powers::FlowSource| Pair {
        label: frame.text(&s.title).to_owned(),
        lines: vec![frame.text(&s.read).to_owned()],
    };
    page(&FlowPage {
        name: frame.text(&flow.name).to_owned(),
        note: frame.text(&flow.note).to_owned(),
        limit: limit(&frame, flow),
        states: flow.states.iter().map(state).collect(),
        steps: flow.steps.iter().map(|s| row(&frame, flow, s)).collect(),
        sources: flow.sources.iter().map(source).collect(),
        frame,
    })
}

fn limit(frame: &Frame, flow: &Flow) -> String {
    let Some(limit) = &flow.limit else { return String::new() };
    let from = flow.step(&limit.after).map_or_else(String::new, |s| frame.text(&s.name).to_owned());
    let article = if limit.article.is_empty() { String::new() } else { frame.t1("powers.article", &limit.article) };
    frame.t3("powers.flow_limit", from, period(frame, &limit.period), article)
}

fn period(frame: &Frame, period: &Period) -> String {
    frame.text(&period.text()).to_owned()
}

/// Who takes a step, and how many sign.
pub(super) fn who(frame: &Frame, step: &Step) -> String {
    let word = match (step.who, step.officers) {
        (Who::Officer, 2) => "powers.who.two",
        (Who::Officer, _) => "powers.who.officer",
        (Who::Head, _) => "powers.who.head",
        (Who::Party, _) => "powers.who.party",
    };
    frame.t(word).to_owned()
}

/// Law and article of a step.
pub(super) fn article(frame: &Frame, flow: &Flow, step: &Step) -> String {
    let law = flow.sources.iter().find(|s| s.id == step.source).map_or("", |s| frame.text(&s.title));
    if step.article.is_empty() {
        law.to_owned()
    } else {
        format!("{law} {}", frame.t1("powers.article", &step.article))
    }
}

fn row(frame: &Frame, flow: &Flow, step: &Step) -> StepRow {
    let state = |id: &String| flow.state(id).map_or_else(|| id.clone(), |s| frame.text(&s.name).to_owned());
    let from = step.from.iter().map(state).collect::<Vec<_>>().join(frame.t("powers.or"));
    StepRow {
        name: frame.text(&step.name).to_owned(),
        way: format!("{from} → {}", state(&step.to)),
        who: who(frame, step),
        rules: rules(frame, flow, step),
        article: article(frame, flow, step),
        grade: step.grade,
    }
}

fn rules(frame: &Frame, flow: &Flow, step: &Step) -> Vec<String> {
    let name = |id: &String| flow.step(id).map_or_else(|| id.clone(), |s| frame.text(&s.name).to_owned());
    let names = |ids: &[String]| ids.iter().map(name).collect::<Vec<_>>().join(frame.t("powers.and"));
    let label = |id: &String| flow.ask(id).map_or_else(|| id.clone(), |a| frame.text(&a.label).to_owned());
    let mut rules = Vec::new();
    if !step.needs.is_empty() {
        rules.push(frame.t1("powers.rule.needs", names(&step.needs)));
    }
    if !step.bars.is_empty() {
        rules.push(frame.t1("powers.rule.bars", names(&step.bars)));
    }
    if !step.not_by.is_empty() {
        rules.push(frame.t1("powers.rule.not_by", names(&step.not_by)));
    }
    for wait in &step.waits {
        let after = name(&wait.after);
        rules.push(match (&wait.period, &wait.until_day) {
            (Some(p), _) => frame.t2("powers.rule.wait", after, period(frame, p)),
            (None, Some(day)) => frame.t1("powers.rule.until", label(day)),
            (None, None) => after,
        });
    }
    for within in &step.within {
        let word = if within.refuses { "powers.rule.within" } else { "powers.rule.due" };
        rules.push(frame.t2(word, name(&within.after), period(frame, &within.period)));
    }
    for only in step.only.iter().filter(|o| flow.ask(&o.field).is_some_and(|a| a.kind == AskKind::Choice)) {
        let answer = |id: &String| {
            let choices = flow.ask(&only.field).map(|a| a.choices.as_slice()).unwrap_or_default();
            choices.iter().find(|c| c.id == *id).map_or_else(|| id.clone(), |c| frame.text(&c.name).to_owned())
        };
        let answers = only.is.iter().map(answer).collect::<Vec<_>>().join(frame.t("powers.or"));
        rules.push(frame.t2("powers.rule.only", label(&only.field), answers));
    }
    for cap in &step.caps {
        let most = match (cap.fen, &cap.than) {
            (Some(fen), _) => frame.t1("powers.yuan", Money::from_fen(fen)),
            (None, Some(than)) => label(than),
            (None, None) => continue,
        };
        let whom = cap.only.iter().flat_map(|o| &o.is).map(|kind| frame.t(&format!("powers.party.{kind}")).to_owned());
        let whom = whom.collect::<Vec<_>>().join(frame.t("powers.or"));
        let amount = if whom.is_empty() { label(&cap.field) } else { format!("{} · {whom}", label(&cap.field)) };
        rules.push(frame.t2("powers.rule.cap", amount, most));
    }
    rules
}
