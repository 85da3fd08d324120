//! What everybody sees of inspections: who was inspected by whom, and with what result; and what officers see of the machine's own
//! error rate.

use affairs::access::Right;
use affairs::supervision::{self, ErrorRate, FindingResult, Inspection};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use kernel::{Id, Moment};
use serde::Deserialize;

use super::tabs::{places, tag};
use super::view::{QualityPage, QualityRow, ResultRow, ResultsPage};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Pager, Tag, Tone};
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/inspections", get(results)).route("/staff/quality", get(quality))
}

/// Where a public list goes on.
#[derive(Deserialize)]
pub(super) struct Asked {
    before: Option<String>,
}

impl Asked {
    /// `milliseconds.id` of the last one of the page before.
    pub(super) fn last(&self) -> Option<(Moment, Id)> {
        let (at, id) = self.before.as_deref()?.split_once('.')?;
        Some((Moment::from_ms(at.parse().ok()?), id.parse().ok()?))
    }
}

async fn results(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let before = asked.last();
    let (found, next) = supervision::results(desks.store(), before).await?;
    page(&ResultsPage {
        rows: found.iter().map(|i| result(&desks, &frame, i)).collect(),
        pager: Pager {
            first: before.map(|_| "/inspections".to_owned()),
            next: next.map(|(at, id)| format!("/inspections?before={}.{id}", at.ms())),
        },
        frame,
    })
}

fn result(desks: &Desks<'_>, frame: &Frame, inspection: &Inspection) -> ResultRow {
    let bad = inspection.findings.iter().filter(|f| f.result == FindingResult::Bad).count();
    let officers = match &inspection.second_name {
        Some(second) => format!("{}、{second}", inspection.lead_name),
        None => inspection.lead_name.clone(),
    };
    ResultRow {
        number: inspection.number.clone(),
        tag: tag(frame, inspection),
        item: names::item(frame, &desks.catalog, &inspection.item),
        holder: inspection.holder_mask.clone(),
        agency: names::agency(frame, &desks.catalog, &inspection.agency),
        region: names::region(frame, &desks.catalog, &inspection.region),
        officers,
        on: frame.date(inspection.seen_at.map_or(inspection.planned_on, Moment::date)),
        source: frame.t(&format!("inspection_source.{}", inspection.source.word())).to_owned(),
        counted: frame.t2("inspect.counted", inspection.findings.len(), bad),
        objection: inspection.appeal_is_open(),
    }
}

async fn quality(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewDuty) {
        return Err(Problem::not_found());
    }
    let desks = state.desks()?;
    let terms = supervision::terms(&desks.approval())?;
    let rates = supervision::error_rates(desks.store(), &desks.office.shard).await?;
    let row = |((item, condition), rate): (&(String, String), &ErrorRate)| {
        let found = desks.catalog.item(item, frame.now.date());
        let sentence = found.as_ref().and_then(|i| i.conditions.iter().find(|c| c.id == *condition));
        let stop = rate.proposes_stop(&terms.rules.quality);
        QualityRow {
            item: names::item(&frame, &desks.catalog, item),
            condition: sentence.map_or_else(|| condition.clone(), |c| frame.text(&c.sentence).to_owned()),
            looked: rate.looked,
            wrong: rate.wrong,
            rate: rate.permille().map(percent).unwrap_or_default(),
            interval: rate
                .interval()
                .map(|(low, high)| format!("{} – {}", percent(low), percent(high)))
                .unwrap_or_default(),
            proposal: if stop {
                Tag::new(Tone::Refused, frame.t("quality.stop").to_owned())
            } else {
                Tag::new(Tone::Quiet, frame.t("quality.go_on").to_owned())
            },
        }
    };
    page(&QualityPage {
        filters: places(&frame, "/staff/quality"),
        rows: rates.iter().map(row).collect(),
        measure: frame.t2("quality.measure", terms.rules.quality.least, percent(terms.rules.quality.permille)),
        frame,
    })
}

fn percent(permille: u32) -> String {
    format!("{}.{}%", permille / 10, permille % 10)
}
