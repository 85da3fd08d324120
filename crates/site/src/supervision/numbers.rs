//! Inspections in numbers, for everybody: what was to be looked at and was, and how often something was found.

use std::collections::BTreeMap;

use affairs::supervision::{self, Covered, Hits};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::warning_view::{CoverageRow, NumbersPage};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::problem::{Problem, page};
use crate::replay::chart::{Bar, Chart};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/inspections/numbers", get(show))
}

async fn show(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let since = frame.now.date().saturating_sub(jiff::Span::new().months(12)).first_of_month();
    let (hits, covered) = supervision::coverage(desks.store(), since).await?;
    let agency = |id: &str| names::agency(&frame, &desks.catalog, id);
    let mut months: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for hit in &hits {
        let (part, whole) = months.entry(hit.month.as_str()).or_default();
        (*part, *whole) = (*part + hit.hits, *whole + hit.results);
    }
    let mut agencies: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for one in &covered {
        let (part, whole) = agencies.entry(one.agency.as_str()).or_default();
        (*part, *whole) = (*part + one.acted, *whole + one.due);
    }
    let months =
        months.iter().map(|(month, (part, whole))| Bar { label: (*month).to_owned(), part: *part, whole: *whole });
    let shares = agencies.iter().map(|(id, (part, whole))| Bar { label: agency(id), part: *part, whole: *whole });
    page(&NumbersPage {
        since: frame.date(since),
        months: chart(
            &frame,
            "months",
            ["covered.by_month", "covered.month", "covered.hits", "covered.results"],
            months.collect(),
        ),
        agencies: chart(
            &frame,
            "agencies",
            ["covered.by_agency", "duty.who", "covered.acted", "covered.due"],
            shares.collect(),
        ),
        rows: rows(&agency, (&hits, &covered), &|code| names::region(&frame, &desks.catalog, code)),
        frame,
    })
}

fn chart(frame: &Frame, id: &str, [finding, one, part, whole]: [&str; 4], bars: Vec<Bar>) -> Chart {
    let word = |key: &str| frame.t(key).to_owned();
    Chart { id: id.to_owned(), finding: word(finding), heads: [word(one), word(part), word(whole)], bars }
}

fn rows(
    agency: &dyn Fn(&str) -> String,
    (hits, covered): (&[Hits], &[Covered]),
    region: &dyn Fn(&str) -> String,
) -> Vec<CoverageRow> {
    let mut all: BTreeMap<(&str, &str), CoverageRow> = BTreeMap::new();
    let fresh =
        |a: &str, r: &str| CoverageRow { agency: agency(a), region: region(r), due: 0, acted: 0, results: 0, hits: 0 };
    for one in covered {
        let row = all.entry((&one.agency, &one.region)).or_insert_with(|| fresh(&one.agency, &one.region));
        (row.due, row.acted) = (row.due + one.due, row.acted + one.acted);
    }
    for one in hits {
        let row = all.entry((&one.agency, &one.region)).or_insert_with(|| fresh(&one.agency, &one.region));
        (row.results, row.hits) = (row.results + one.results, row.hits + one.hits);
    }
    all.into_values().collect()
}
