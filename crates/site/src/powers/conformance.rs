//! Does the record follow the flow? Numbers for every item and every kind of power, from the newest records; and what never
//! changed an outcome, with how that is found. Anybody reads the numbers; who deviates by number, officers see on the case.

use std::collections::BTreeMap;

use affairs::approval::{self, CASE_FLOW, ConditionCount, ItemFollowed};
use affairs::powers::{self, Flow, Followed, Fork};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use super::view::{ConditionRow, ConformPage, ConformRow, ConformsPage, ForkRow};
use crate::frame::Frame;
use crate::pieces::{Tag, Tone};
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/powers/conformance", get(all)).route("/powers/conformance/{item}", get(one))
}

async fn all(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let (desks, law) = (state.desks()?, state.desks()?.law()?);
    let flow = law.flow(CASE_FLOW).ok_or_else(Problem::not_found)?;
    let mut items = Vec::new();
    for item in desks.catalog.items(frame.now.date()) {
        let found = approval::item_followed(desks.store(), flow, &item.id).await?;
        let name = frame.text(&item.name).to_owned();
        items.push(row(&frame, name, Some(format!("/powers/conformance/{}", item.id)), (found.cases, found.conform)));
    }
    let runs = powers::runs_followed(desks.store()).await?;
    let mut kinds = Vec::new();
    let mut run_forks = Vec::new();
    let measure = least(flow);
    for flow in law.flows().filter(|f| f.id != CASE_FLOW) {
        let found = runs.get(&flow.id).cloned().unwrap_or_default();
        let name = frame.text(&flow.name).to_owned();
        kinds.push(row(&frame, name.clone(), Some(format!("/powers/flows/{}", flow.id)), (found.runs, found.conform)));
        run_forks.extend(fork_rows(&frame, flow, (&found.forks, measure), Some(&name)));
    }
    page(&ConformsPage { newest: approval::NEWEST, items, kinds, forks: run_forks, least: measure, frame })
}

async fn one(State(state): State<AppState>, frame: Frame, Path(id): Path<String>) -> Result<Response, Problem> {
    let (desks, law) = (state.desks()?, state.desks()?.law()?);
    let flow = law.flow(CASE_FLOW).ok_or_else(Problem::not_found)?;
    let item = desks.catalog.item(&id, frame.now.date()).ok_or_else(Problem::not_found)?;
    let found = approval::item_followed(desks.store(), flow, &id).await?;
    let conditions = approval::item_conditions(desks.store(), &id).await?;
    page(&ConformPage {
        item: frame.text(&item.name).to_owned(),
        guide: format!("/items/{id}"),
        row: row(&frame, frame.text(&item.name).to_owned(), None, (found.cases, found.conform)),
        deviations: deviations(&frame, flow, &found),
        forks: fork_rows(&frame, flow, (&found.forks, least(flow)), None),
        conditions: condition_rows(&frame, &item, (&conditions, least(flow))),
        least: least(flow),
        newest: approval::NEWEST,
        frame,
    })
}

/// From how many records on one may say that something never mattered; a flow that does not say it says nothing of the kind.
fn least(flow: &Flow) -> usize {
    flow.least_cases.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX)
}

fn row(frame: &Frame, name: String, href: Option<String>, (all, conform): (usize, usize)) -> ConformRow {
    let share = if all == 0 { frame.t("powers.unknown").to_owned() } else { percent(conform, all) };
    ConformRow { name, href: href.unwrap_or_default(), all, conform, deviate: all - conform, share }
}

/// Half up, one decimal.
fn percent(part: usize, whole: usize) -> String {
    let permille = (part * 2_000 + whole) / (whole * 2);
    format!("{}.{}%", permille / 10, permille % 10)
}

/// What did not fit, counted: anybody reads what, officers read where on the case's page.
fn deviations(frame: &Frame, flow: &Flow, found: &ItemFollowed) -> Vec<(String, usize)> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for (_, word, state) in &found.deviating {
        *counted.entry(deviation(frame, flow, (word, state))).or_default() += 1;
    }
    counted.into_iter().collect()
}

/// One deviation as a sentence.
pub(crate) fn deviation(frame: &Frame, flow: &Flow, (word, state): (&str, &str)) -> String {
    let state = state_name(frame, flow, state);
    let step = flow.steps.iter().find(|s| s.is_seen_as(word)).map(|s| frame.text(&s.name));
    match (word.is_empty(), step) {
        (true, _) => frame.t1("conform.stops", state),
        (false, step) => frame.t2("conform.deviates", step.unwrap_or(word), state),
    }
}

/// A record's standing as a tag, with the sentence where it does not fit.
pub(crate) fn standing(frame: &Frame, flow: &Flow, followed: &Followed) -> (Tag, String) {
    match &followed.deviation {
        None => (Tag::new(Tone::Granted, frame.t("conform.follows")), String::new()),
        Some((word, state)) => (Tag::new(Tone::Refused, frame.t("conform.not")), deviation(frame, flow, (word, state))),
    }
}

fn state_name(frame: &Frame, flow: &Flow, state: &str) -> String {
    flow.state(state).map_or_else(|| state.to_owned(), |s| frame.text(&s.name).to_owned())
}

/// The forks of one flow; `least` is the measure of the flow of cases, for runs too.
fn fork_rows(frame: &Frame, flow: &Flow, (forks, least): (&[Fork], usize), kind: Option<&str>) -> Vec<ForkRow> {
    let name = |step: &str| flow.step(step).map_or_else(|| step.to_owned(), |s| frame.text(&s.name).to_owned());
    let row = |fork: &Fork| {
        let mut taken: Vec<(&String, &usize)> = fork.taken.iter().collect();
        taken.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let never = fork.ways.iter().filter(|way| !fork.taken.contains_key(*way));
        ForkRow {
            state: match kind {
                Some(kind) => format!("{kind} · {}", state_name(frame, flow, &fork.state)),
                None => state_name(frame, flow, &fork.state),
            },
            visits: fork.visits(),
            taken: taken.into_iter().map(|(step, n)| (name(step), *n)).collect(),
            never: never.map(|way| name(way)).collect(),
            tag: if fork.never_mattered(least) {
                Tag::new(Tone::Refer, frame.t("conform.never"))
            } else if fork.taken.len() == 1 {
                Tag::new(Tone::Quiet, frame.t1("conform.too_few", least))
            } else {
                Tag::new(Tone::Quiet, frame.t("conform.matters"))
            },
        }
    };
    forks.iter().map(row).collect()
}

fn condition_rows(
    frame: &Frame,
    item: &affairs::catalog::Item,
    (counts, least): (&BTreeMap<String, ConditionCount>, usize),
) -> Vec<ConditionRow> {
    let sentence = |id: &str| {
        let found = item.conditions.iter().find(|c| c.id == id);
        found.map_or_else(|| id.to_owned(), |c| frame.text(&c.sentence).to_owned())
    };
    let row = |(id, count): (&String, &ConditionCount)| ConditionRow {
        sentence: sentence(id),
        met: count.met,
        not_met: count.not_met,
        unknown: count.unknown,
        tag: if count.never_mattered(least) {
            Tag::new(Tone::Refer, frame.t("conform.never_held"))
        } else if count.met == count.all() {
            Tag::new(Tone::Quiet, frame.t1("conform.too_few", least))
        } else {
            Tag::new(Tone::Quiet, frame.t("conform.matters"))
        },
    };
    counts.iter().map(row).collect()
}
