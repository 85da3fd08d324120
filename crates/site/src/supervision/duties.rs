//! The list of duties for those who go and look: the same filter of rights as everywhere, the most urgent first. A
//! duty leads to its case only where the officer may open that case.

use std::collections::BTreeMap;

use affairs::access::Right;
use affairs::approval;
use affairs::supervision::{self, Duty, DutyState};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use kernel::{Id, Moment, Text};
use serde::Deserialize;

use super::duty::is_near;
use super::tabs::places as places_beside;
use super::view::{DutiesPage, DutyRow};
use crate::approval::desk::FilterView;
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Pager, Tag, Tone};
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

/// Rows of one page.
const ROWS: usize = 50;
/// A duty is soon due when its claim ends within so many days.
const SOON_MS: i64 = 7 * 24 * 3_600 * 1_000;

/// The routes.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/duties", get(duties))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    show: String,
    #[serde(default)]
    from: usize,
}

async fn duties(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewDuty) {
        return Err(Problem::not_found());
    }
    let desks = state.desks()?;
    let ours = asked.show == "ours";
    let all = match ours {
        true => supervision::duties_from(desks.store(), officer.0.account).await?,
        false => supervision::duties_for(desks.store(), officer.0.account).await?,
    };
    let soon: Vec<&Duty> = all.iter().filter(|d| is_soon(d, frame.now)).collect();
    let only_soon = asked.show == "soon";
    let counts = (all.len(), soon.len());
    let chosen: Vec<&Duty> = if only_soon { soon } else { all.iter().collect() };
    let shown: Vec<&Duty> = chosen.iter().skip(asked.from).take(ROWS).copied().collect();
    let hrefs = open_cases(&desks, &officer, &shown, frame.now).await?;
    let rows = shown.iter().map(|duty| row(&desks, &frame, duty, &hrefs)).collect();
    page(&DutiesPage {
        counted: frame.t2("duties.counted", counts.0, counts.1),
        filters: filters(&frame, (&asked.show, ours), counts),
        rows,
        pager: pager(&asked.show, asked.from, chosen.len()),
        frame,
    })
}

fn is_soon(duty: &Duty, now: Moment) -> bool {
    let next = match duty.state {
        DutyState::Pushed => duty.claim_due_at,
        DutyState::Claimed => duty.action_due_at,
        DutyState::Acted => duty.feedback_due_at,
        DutyState::ToldBack | DutyState::Ended => None,
    };
    is_near(next, now, SOON_MS)
}

/// The places of supervision, with how many duties there are and how many are soon due.
fn filters(frame: &Frame, (show, ours): (&str, bool), (all, soon): (usize, usize)) -> Vec<FilterView> {
    let current = match show {
        "soon" | "ours" => format!("/staff/duties?show={show}"),
        _ => "/staff/duties".to_owned(),
    };
    let mut filters = places_beside(frame, &current);
    let counts = if ours { [None, None] } else { [Some(all), Some(soon)] };
    for (filter, count) in filters.iter_mut().zip(counts) {
        filter.count = count;
    }
    filters
}

fn pager(show: &str, from: usize, all: usize) -> Pager {
    let show = if matches!(show, "soon" | "ours") { format!("show={show}&") } else { String::new() };
    Pager {
        first: (from > 0).then(|| format!("/staff/duties?{}", show.trim_end_matches('&'))),
        next: (from + ROWS < all).then(|| format!("/staff/duties?{show}from={}", from + ROWS)),
    }
}

/// The addresses of the cases this officer may open.
async fn open_cases(
    desks: &Desks<'_>,
    officer: &Officer,
    duties: &[&Duty],
    now: Moment,
) -> Result<BTreeMap<Id, String>, Problem> {
    let mut open = BTreeMap::new();
    for duty in duties {
        if open.contains_key(&duty.case_id) {
            continue;
        }
        let href = match approval::file_for(desks.store(), &officer.actor(), duty.case_id, now).await {
            Ok((file, _)) => format!("/staff/cases/{}", file.case.number),
            Err(approval::ApprovalError::NotFound) => String::new(),
            Err(other) => return Err(other.into()),
        };
        open.insert(duty.case_id, href);
    }
    Ok(open)
}

fn row(desks: &Desks<'_>, frame: &Frame, duty: &Duty, hrefs: &BTreeMap<Id, String>) -> DutyRow {
    let what: Text = serde_json::from_value(duty.what.clone()).unwrap_or_default();
    let last = duty.action_due_at.or(duty.claim_due_at);
    DutyRow {
        light: light(desks, duty, frame.now),
        from: duty.born_at.date(),
        until: last.map(|at| at.plus_ms(-1).date()),
        what: frame.text(&what).to_owned(),
        holder: duty.subject_name.clone(),
        page: format!("/staff/duties/{}", duty.id),
        href: hrefs.get(&duty.case_id).cloned().unwrap_or_default(),
        number: duty.case_number.clone(),
        agency: places::agency(frame, &desks.catalog, &duty.agency),
        region: places::region(frame, &desks.catalog, &duty.region),
        tag: Tag::new(Tone::Waiting, frame.t(&format!("duty_state.{}", duty.state.word())).to_owned()),
    }
}

/// The worst light of its limits.
fn light(desks: &Desks<'_>, duty: &Duty, now: Moment) -> Tone {
    let colours = supervision::clocks(duty, &desks.catalog).into_iter().map(|clock| clock.colour(now));
    match (colours.max(), duty.claim_due_at) {
        (Some(colour), _) => crate::light::tone(colour),
        (None, None) => Tone::Refer,
        (None, Some(_)) => Tone::Granted,
    }
}
