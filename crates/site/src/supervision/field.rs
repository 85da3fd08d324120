//! The inspector's page where there is no network: a page that is the same for everybody, its script, the worker that keeps both;
//! what a device takes along; and the list of devices, to say that one is lost.
//!
//! Nothing of anybody lies in the device's store of pages. What it takes along and what is written there lies in its database,
//! encrypted under a key of the server's (`islands/src/field`).

use affairs::access::Right;
use affairs::supervision::{self, Checklist, Device, Inspection, InspectionState, Line, PHOTOS};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;

use super::inspections::basis;
use super::view::{DeviceRow, FieldDevicesPage, FieldPage};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::{Problem, page};
use crate::security::Located;
use crate::session::Officer;
use crate::state::AppState;
use crate::words;

/// The words of the page: those under `onsite_page.` of the interface's words.
const WORDS: &str = "onsite_page.";
/// The most visits that a device takes along: the next ones.
const VISITS: usize = 50;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/field/offline", get(shell))
        .route("/field/worker.js", get(worker))
        .route("/staff/field-devices", get(devices))
        .route("/staff/field-devices/{id}/lost", post(lose))
}

async fn shell(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    // Whoever asks: the page is kept on the device and must not say who used it.
    let frame = Frame { visitor: None, ..frame };
    let words = words::words(frame.language);
    let own = words.iter().filter_map(|(key, word)| Some((key.strip_prefix(WORDS)?.to_owned(), word.clone())));
    let phrases = own.collect();
    let mut response = page(&FieldPage { script: state.assets().field.clone(), phrases, frame })?;
    response.extensions_mut().insert(Located);
    Ok(response)
}

/// The worker has an address of its own below `/field/`, so that it reaches this page and no others.
async fn worker(State(state): State<AppState>) -> Result<Response, Problem> {
    crate::assets::device_worker(&state)
}

/// A line of a checklist.
#[derive(Serialize, ToSchema)]
pub(crate) struct KitLine {
    /// Its id.
    id: String,
    /// What must be so.
    sentence: String,
    /// Article and grade.
    basis: String,
}

/// A visit that is planned.
#[derive(Serialize, ToSchema)]
pub(crate) struct KitVisit {
    /// The inspection's number.
    number: String,
    /// Its version.
    version: i64,
    /// The item.
    item: String,
    /// Whom it is about; a person's name is masked.
    holder: String,
    /// Where.
    region: String,
    /// The day.
    planned_on: String,
    /// Inspections with the same one are one visit.
    visit: String,
    /// Whether it looks after an order to mend: nothing more is ordered then.
    is_recheck: bool,
    /// The checklist's name.
    list: String,
    /// Its lines.
    lines: Vec<KitLine>,
}

/// What a device takes along.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldKit {
    /// When it was made (RFC 3339), by the server's clock.
    made_at: String,
    /// For whom.
    officer: String,
    /// The most bytes of a photograph.
    photo_bytes: u64,
    /// The most photographs of one inspection.
    photos: u32,
    /// The visits, the next first.
    visits: Vec<KitVisit>,
}

/// What an inspector takes along: the visits planned that he may record.
pub(crate) async fn field_kit(desks: &Desks<'_>, officer: &Officer, frame: &Frame) -> Result<FieldKit, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::HandleDuty) {
        return Err(Problem::not_found());
    }
    let actor = officer.actor();
    let all = supervision::open_inspections(desks.store(), officer.0.account).await?;
    let mine = |i: &&Inspection| i.state == InspectionState::Planned && i.allows(&actor, Right::HandleDuty);
    let rules = supervision::terms(&desks.approval())?.rules;
    let list = |id: &str| rules.checklists.iter().find(|list| list.id == id);
    let upload = desks.catalog.procedure().map(|p| p.upload.clone()).unwrap_or_default();
    Ok(FieldKit {
        made_at: frame.now.to_string(),
        officer: officer.0.name.clone(),
        photo_bytes: u64::from(upload.file_mb) << 20,
        photos: PHOTOS,
        visits: all.iter().filter(mine).take(VISITS).map(|i| visit(desks, frame, (i, list(&i.checklist)))).collect(),
    })
}

fn visit(desks: &Desks<'_>, frame: &Frame, (inspection, list): (&Inspection, Option<&Checklist>)) -> KitVisit {
    let line = |line: &Line| KitLine {
        id: line.id.clone(),
        sentence: frame.text(&line.sentence).to_owned(),
        basis: basis(frame, line),
    };
    KitVisit {
        number: inspection.number.clone(),
        version: inspection.version,
        item: names::item(frame, &desks.catalog, &inspection.item),
        holder: inspection.holder_mask.clone(),
        region: names::region(frame, &desks.catalog, &inspection.region),
        planned_on: inspection.planned_on.to_string(),
        visit: inspection.visit.to_string(),
        is_recheck: inspection.recheck_of.is_some(),
        list: list.map(|l| frame.text(&l.name).to_owned()).unwrap_or_default(),
        lines: list.map(|l| l.lines.iter().map(line).collect()).unwrap_or_default(),
    }
}

async fn devices(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    let scopes = &officer.0.scopes;
    if !scopes.allow_somewhere(Right::HandleDuty) && !scopes.allow_somewhere(Right::ManageStaff) {
        return Err(Problem::not_found());
    }
    let found = supervision::devices(&state.desks()?.base(), &officer.actor()).await?;
    let row = |device: Device| DeviceRow {
        name: device.name,
        owner: device.account_name,
        made_at: device.made_at,
        used_at: device.used_at,
        lost: device
            .lost_at
            .map(|at| frame.t2("onsite_device.lost_by", device.lost_by.unwrap_or_default(), frame.moment(at))),
        action: format!("/staff/field-devices/{}/lost", device.id),
    };
    let rows = found.into_iter().map(row).collect();
    page(&FieldDevicesPage { rows, frame })
}

async fn lose(State(state): State<AppState>, officer: Officer, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    supervision::lose_device(&state.desks()?.base(), &officer.actor(), id).await?;
    Ok(Redirect::to("/staff/field-devices").into_response())
}
