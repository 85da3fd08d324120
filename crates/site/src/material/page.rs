//! The applicant's page of the materials of a case: what came, how it stands, and the form that brings more while it is open.

use affairs::approval::{self, ApprovalError, Attached, File, Standing};
use affairs::catalog::{FieldError, Item};
use affairs::material::{self, Way, field_error};
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::row;
use super::sent::{Expected, SentFile, read};
use super::view::MaterialsPage;
use crate::approval::story;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Section, error_lines};
use crate::problem::{Problem, page_as};
use crate::session::Person;
use crate::state::AppState;

/// How often the page asks again while something is checked, in seconds.
const AGAIN_SECONDS: u32 = 5;

#[derive(Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    drawn(&desks, &person, frame, &number, (StatusCode::OK, &[], asked.done.is_some())).await
}

/// The applicant's own case; anybody else's is not found.
async fn own(desks: &Desks<'_>, person: &Person, number: &str, frame: &Frame) -> Result<File, Problem> {
    let (file, standing) = approval::file_by_number(desks.store(), &person.actor(), number, frame.now).await?;
    if standing == Standing::Applicant { Ok(file) } else { Err(Problem::not_found()) }
}

async fn drawn(
    desks: &Desks<'_>,
    person: &Person,
    frame: Frame,
    number: &str,
    (status, errors, taken): (StatusCode, &[FieldError], bool),
) -> Result<Response, Problem> {
    let file = own(desks, person, number, &frame).await?;
    let item = story::item_of(desks, &file.case)?;
    let known = material::of_case(desks.store(), file.case.id).await?;
    let place = format!("/cases/{number}/materials");
    let may = approval::may_attach(&person.actor(), &file.case, frame.now);
    let section = row::section(&frame, (&desks.catalog, &item), &row::Lying::default(), errors).filter(|_| may);
    // The page is called so already: here is where more is handed in.
    let sections: Vec<_> =
        section.into_iter().map(|s| Section { title: frame.t("material.more").to_owned(), ..s }).collect();
    let waits = known.iter().any(|m| m.state == material::MaterialState::Quarantine);
    let page = MaterialsPage {
        number: number.to_owned(),
        item: story::item_name(desks, &frame, &file.case),
        back: format!("/cases/{number}"),
        rows: row::rows(&frame, Some(&item), (&known, &[]), &place),
        action: if sections.is_empty() { String::new() } else { place },
        errors: error_lines(&sections),
        sections,
        taken,
        // A page somebody has begun to fill in is not taken from under his hands.
        refresh_seconds: if waits && !may { AGAIN_SECONDS } else { 0 },
        frame,
    };
    page_as(status, &page)
}

pub(super) async fn bring(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = own(&desks, &person, &number, &frame).await?;
    let actor = person.actor();
    let errors = taken_in(&state, &desks, (&actor, file.case.id), request).await?;
    if errors.is_empty() {
        return Ok(Redirect::to(&format!("/cases/{number}/materials?done=1")).into_response());
    }
    drawn(&desks, &person, frame, &number, (StatusCode::UNPROCESSABLE_ENTITY, &errors, false)).await
}

/// Takes the files of a form in for a case, each by itself: what is wrong with one keeps no other out. Gives what is wrong.
pub(crate) async fn taken_in(
    state: &AppState,
    desks: &Desks<'_>,
    (actor, case): (&affairs::access::Actor, kernel::Id),
    request: Request,
) -> Result<Vec<FieldError>, Problem> {
    // Whoever may not bring anything is told so before a byte of it is read.
    let (_, item, known) = approval::attachable(&desks.approval(), actor, case).await?;
    let bounds = |material: &str| approval::bounds(&desks.catalog, &item, material);
    let sent = read(state, &desks.base(), request, &Expected { bounds: &bounds, known: &known }).await?;
    if sent.files.is_empty() {
        return Ok(nothing(&item));
    }
    let mut errors = Vec::new();
    for file in &sent.files {
        errors.extend(kept(desks, (actor, case), file).await?);
    }
    desks.office.checkers.ring();
    Ok(errors)
}

async fn kept(
    desks: &Desks<'_>,
    (actor, case): (&affairs::access::Actor, kernel::Id),
    file: &SentFile,
) -> Result<Vec<FieldError>, Problem> {
    let received = match &file.came {
        Ok(received) => received,
        Err(flaw) => return Ok(vec![field_error(&file.material, *flaw)]),
    };
    let way = match (actor.staff(), file.photo) {
        (None, _) => Way::Online,
        (Some(_), true) => Way::Photographed,
        (Some(_), false) => Way::Scanned,
    };
    let attached = Attached { material: &file.material, name: &file.name, way, received };
    match approval::attach(&desks.approval(), actor, case, &attached).await {
        Ok(_) => Ok(Vec::new()),
        Err(ApprovalError::Form(errors)) => Ok(errors),
        Err(other) => Err(other.into()),
    }
}

/// Nothing was chosen.
pub(crate) fn nothing(item: &Item) -> Vec<FieldError> {
    let first = item.uploads().next().map(|listed| material::pointer(&listed.id)).unwrap_or_default();
    vec![FieldError {
        pointer: first,
        code: "material.none".to_owned(),
        message: kernel::Text::new("请先选择要上传的文件", "choose a file first"),
    }]
}
