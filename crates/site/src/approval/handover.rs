//! The list at the end of a day: what each officer leaves, until when it is due, and whom it waits for. And how often
//! officers decided differently on the same facts.

use affairs::access::Right;
use affairs::approval::{self, ExtensionState, File, State as CaseState};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::found::state_tag;
use super::worklist::{due, item_name};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Tag, Tone};
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/handover", get(handover)).route("/staff/divergence", get(divergence))
}

/// A case that somebody leaves.
#[derive(Clone, Debug)]
pub struct LeftRow {
    /// The case's page.
    pub href: String,
    /// Its number.
    pub number: String,
    /// The item.
    pub item: String,
    /// Who applied.
    pub applicant: String,
    /// Its state.
    pub tag: Tag,
    /// The light of its due date.
    pub light: Tone,
    /// What is left of its time.
    pub due: String,
    /// Whom it waits for.
    pub waits_for: String,
}

/// What one officer leaves.
#[derive(Clone, Debug)]
pub struct LeftBy {
    /// Who.
    pub who: String,
    /// The cases.
    pub rows: Vec<LeftRow>,
}

/// `/staff/handover`
#[derive(Clone, Debug, Template)]
#[template(path = "approval/handover.html")]
pub struct HandoverPage {
    /// The frame.
    pub frame: Frame,
    /// By officer, the reader first.
    pub officers: Vec<LeftBy>,
}

/// How often officers decided differently on an item.
#[derive(Clone, Debug)]
pub struct DivergenceRow {
    /// The item.
    pub item: String,
    /// Decisions compared.
    pub decisions: i64,
    /// Facts on which several officers decided.
    pub facts: i64,
    /// Pairs.
    pub pairs: i64,
    /// Differing ones.
    pub differing: i64,
    /// The rate in words.
    pub rate: String,
}

/// `/staff/divergence`
#[derive(Clone, Debug, Template)]
#[template(path = "approval/divergence.html")]
pub struct DivergencePage {
    /// The frame.
    pub frame: Frame,
    /// By item, the highest rate first.
    pub rows: Vec<DivergenceRow>,
}

async fn handover(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewCase) {
        return Err(Problem::not_found());
    }
    let desks = state.desks()?;
    let mut officers: Vec<LeftBy> = Vec::new();
    for left in approval::left_by(desks.store(), officer.0.account).await? {
        let found = approval::file_for(desks.store(), &officer.actor(), left.case, frame.now).await;
        // Decided, or out of reach, since the list was read.
        let Ok((file, _)) = found else { continue };
        let who = left.officer_name.unwrap_or_else(|| frame.t("hold.with_nobody").to_owned());
        let row = left_row(&desks, &frame, &file);
        match officers.last_mut().filter(|by| by.who == who) {
            Some(by) => by.rows.push(row),
            None => officers.push(LeftBy { who, rows: vec![row] }),
        }
    }
    page(&HandoverPage { frame, officers })
}

fn left_row(desks: &Desks<'_>, frame: &Frame, file: &File) -> LeftRow {
    let case = &file.case;
    let (light, due) = due(frame, &desks.catalog, case);
    LeftRow {
        href: format!("/staff/cases/{}", case.number),
        number: case.number.clone(),
        item: item_name(frame, &desks.catalog, case),
        applicant: case.applicant_name.clone(),
        tag: state_tag(frame, case.state),
        light,
        due,
        waits_for: waits_for(frame, file),
    }
}

/// Whom a case waits for, in words.
fn waits_for(frame: &Frame, file: &File) -> String {
    let step = file.steps.iter().find(|step| step.result.is_none());
    match (&file.pending, &file.extension, step) {
        (Some(pending), ..) if pending.waits_for_second() => frame.t("handover.second").to_owned(),
        (Some(_), ..) => frame.t("handover.leaving").to_owned(),
        (_, Some(e), _) if e.state == ExtensionState::Asked => frame.t("handover.head").to_owned(),
        (_, _, Some(step)) if file.case.state == CaseState::SpecialStep => {
            frame.t1("handover.step", step.officers.join("、"))
        }
        _ => frame.t("handover.decision").to_owned(),
    }
}

async fn divergence(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    let right = reads(&officer).ok_or_else(Problem::not_found)?;
    let desks = state.desks()?;
    let found = approval::divergence(desks.store(), (officer.0.account, right), frame.now).await?;
    let row = |d: approval::Divergence| DivergenceRow {
        item: places::item(&frame, &desks.catalog, &d.item),
        decisions: d.decisions,
        facts: d.facts,
        pairs: d.pairs,
        differing: d.differing,
        rate: match d.per_mille() {
            Some(rate) => format!("{}.{}%", rate / 10, rate % 10),
            None => frame.t("divergence.none").to_owned(),
        },
    };
    let rows = found.into_iter().map(row).collect();
    page(&DivergencePage { frame, rows })
}

/// By which right an officer reads how colleagues decided: who audits, or leads.
pub(crate) fn reads(officer: &Officer) -> Option<Right> {
    [Right::Audit, Right::Lead].into_iter().find(|right| officer.0.scopes.allow_somewhere(*right))
}
