//! How far cases reach into the law, item by item.

use affairs::replay::{self, ConditionCoverage, Coverage, Gap, LawRow};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use super::tabs;
use super::trials::reads;
use super::view::{CoveragePage, CoverageRow, CoveragesPage, CoveredRow, LawView, LineView};
use crate::catalog::law;
use crate::frame::Frame;
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/replay/coverage", get(list)).route("/staff/replay/coverage/{item}", get(one))
}

async fn list(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    reads(&officer)?;
    let desks = state.desks()?;
    let (catalog, today) = (desks.catalog.clone(), frame.now.date());
    // Every case of every item is run: some hundreds of decisions, beside the requests.
    let computed = tokio::task::spawn_blocking(move || {
        catalog.items(today).map(|item| replay::coverage(item)).collect::<Vec<Coverage>>()
    });
    let all = computed.await.map_err(Problem::fault)?;
    let row = |of: &Coverage| CoverageRow {
        href: format!("/staff/replay/coverage/{}", of.item),
        item: frame.text(&of.name).to_owned(),
        cases: of.cases,
        conditions: format!("{} / {}", of.covered, of.conditions),
        rules: format!("{} / {}", of.touched, of.rules),
        demonstration: of.gaps.get(&Gap::OnlyDemonstration).copied().unwrap_or(0),
    };
    let rows = all.iter().map(row).collect();
    page(&CoveragesPage { tabs: tabs(&frame), rows, frame })
}

async fn one(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    reads(&officer)?;
    let desks = state.desks()?;
    let item = desks.catalog.item(&id, frame.now.date()).ok_or_else(Problem::not_found)?;
    let computed = tokio::task::spawn_blocking(move || replay::coverage(&item));
    let coverage = computed.await.map_err(Problem::fault)?;
    page(&CoveragePage {
        tabs: tabs(&frame),
        item: frame.text(&coverage.name).to_owned(),
        sums: sums(&frame, &coverage),
        laws: coverage.laws.iter().map(|row| law_view(&frame, row)).collect(),
        frame,
    })
}

fn sums(frame: &Frame, of: &Coverage) -> Vec<String> {
    let mut sums = vec![
        frame.t1("coverage.sum_cases", of.cases),
        frame.t2("coverage.sum_conditions", of.conditions, of.covered),
        frame.t2("coverage.sum_rules", of.rules, of.touched),
    ];
    sums.extend(of.gaps.iter().map(|(gap, n)| frame.t2("coverage.sum_gap", gap_word(frame, *gap), n)));
    sums
}

fn gap_word(frame: &Frame, gap: Gap) -> String {
    frame.t(&format!("coverage.gap_{}", gap.word())).to_owned()
}

fn gaps(frame: &Frame, gaps: &[Gap]) -> Vec<String> {
    gaps.iter().map(|gap| gap_word(frame, *gap)).collect()
}

fn law_view(frame: &Frame, row: &LawRow) -> LawView {
    LawView {
        name: law::source(frame, frame.text(&row.law), row.article.as_deref()),
        gist: row.gist.as_ref().map(|gist| frame.text(gist).to_owned()).unwrap_or_default(),
        grade: row.grade,
        conditions: row.conditions.iter().map(|c| covered(frame, c)).collect(),
        gaps: gaps(frame, &row.gaps),
    }
}

fn covered(frame: &Frame, of: &ConditionCoverage) -> CoveredRow {
    let list = |cases: &[String]| cases.join(if frame.is_zh() { "；" } else { "; " });
    let line = |line: &replay::Line| LineView {
        name: frame.t2("coverage.line", &line.decision, &line.rule),
        cases: list(&line.cases),
    };
    CoveredRow {
        id: of.id.clone(),
        sentence: frame.text(&of.sentence).to_owned(),
        grade: of.grade,
        met: list(&of.met),
        not_met: list(&of.not_met),
        unknown: list(&of.unknown),
        lines: of.lines.iter().map(line).collect(),
        gaps: gaps(frame, &of.gaps),
    }
}
