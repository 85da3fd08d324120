//! Files at the counter: scanned or photographed into the form, brought to a case that stands open there, and seen by the clerk
//! while who brought them stands before him.

use std::sync::Arc;

use affairs::approval::draft::Draft;
use affairs::approval::{self, ApprovalError};
use affairs::catalog::{FieldError, Item};
use affairs::material::{self, Holder, Material, field_error};
use affairs::window::{self, Reception, Scan};
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kernel::{Id, Text};

use super::{case, path, receives, standing};
use crate::frame::Frame;
use crate::material::desk::MaterialsTyped;
use crate::material::page::nothing;
use crate::material::sent::{self, Expected, Sent, SentFile};
use crate::material::show::{self, Asked};
use crate::office::Desks;
use crate::pieces::field_id;
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/window/{id}/materials/{material}", get(see))
}

pub(super) fn uploads() -> Router<AppState> {
    Router::new().route("/staff/window/{id}/cases/{number}/materials", post(bring))
}

/// Reads a form as it was sent; its files go into the store as they come.
pub(super) async fn read(
    state: &AppState,
    desks: &Desks<'_>,
    (item, known): (&Arc<Item>, &[Material]),
    request: Request,
) -> Result<Sent, Problem> {
    let bounds = |material: &str| approval::bounds(&desks.catalog, item, material);
    sent::read(state, &desks.base(), request, &Expected { bounds: &bounds, known }).await
}

fn scan<'a>(file: &'a SentFile) -> Result<Scan<'a>, FieldError> {
    match &file.came {
        Ok(received) => Ok(Scan { material: &file.material, name: &file.name, is_photo: file.photo, received }),
        Err(flaw) => Err(field_error(&file.material, *flaw)),
    }
}

/// Lays the files that were taken in into the form. Gives what is wrong with the others.
pub(super) async fn lay_in(
    desks: &Desks<'_>,
    officer: &Officer,
    (reception, mut draft, item): (&Reception, Draft, &Item),
    files: &[SentFile],
) -> Result<(Draft, Vec<FieldError>), Problem> {
    let mut wrong = Vec::new();
    for file in files {
        let scan = match scan(file) {
            Ok(scan) => scan,
            Err(flaw) => {
                wrong.push(flaw);
                continue;
            }
        };
        match window::lay_in(&desks.approval(), &officer.actor(), (reception, &draft, item), &scan).await {
            Ok(after) => draft = after,
            Err(ApprovalError::Form(errors)) => wrong.extend(errors),
            Err(other) => return Err(other.into()),
        }
    }
    Ok((draft, wrong))
}

/// Has what lies in the form scanned now; where the scanner is slow or away it is scanned later, and the form goes on.
pub(super) async fn looked_at(desks: &Desks<'_>, draft: &Draft) -> Result<Vec<Material>, Problem> {
    Ok(window::checked(&desks.approval(), &desks.office.checkers, draft).await?)
}

/// A file of the form that a scanner refused: it is taken away and scanned again before anything is filed.
pub(super) fn refused(file: &Material) -> FieldError {
    FieldError {
        pointer: material::pointer(&file.material),
        code: "material.refused".to_owned(),
        message: Text::new(
            format!("“{}”没有通过安全检查，请移除后重新扫描或者拍照", file.name),
            format!("{} was refused by the check: remove it, and scan or photograph again", file.name),
        ),
    }
}

/// Takes a file out of the form; one that is not there any more is out. Gives the id of its field.
pub(super) async fn take_out(desks: &Desks<'_>, draft: &Draft, id: &str) -> Result<String, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let (_, material) = approval::take_out(&desks.approval(), draft, id).await?;
    Ok(material.map_or_else(|| "main".to_owned(), |material| field_id(&material::pointer(&material))))
}

/// The bytes of a file, for the clerk before whom its bringer stands: only what a scanner called clean.
async fn see(
    State(state): State<AppState>,
    officer: Officer,
    Path((id, file)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    receives(&officer)?;
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let known: Id = file.parse().map_err(|_| Problem::not_found())?;
    let holder: Holder = window::file(&desks.approval(), &reception, known).await?.holder;
    show::bytes(&desks, holder, &file, asked.is_to_see()).await
}

/// Takes files in for a case of who stands there, each by itself: what is wrong with one keeps no other out. Gives what is wrong.
pub(crate) async fn taken_in(
    state: &AppState,
    desks: &Desks<'_>,
    officer: &Officer,
    (reception, number, request): (&Reception, &str, Request),
) -> Result<Vec<FieldError>, Problem> {
    let (desk, actor) = (desks.approval(), officer.actor());
    let (_, _, item, known) = window::takes_files(&desk, &actor, (reception, number)).await?;
    let sent = read(state, desks, (&item, &known), request).await?;
    let mut errors = if sent.files.is_empty() { nothing(&item) } else { Vec::new() };
    for file in &sent.files {
        match scan(file) {
            Err(flaw) => errors.push(flaw),
            Ok(scan) => match window::attach(&desk, &actor, (reception, number), &scan).await {
                Ok(_) => {}
                Err(ApprovalError::Form(more)) => errors.extend(more),
                Err(other) => return Err(other.into()),
            },
        }
    }
    desks.office.checkers.ring();
    Ok(errors)
}

async fn bring(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, number)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    receives(&officer)?;
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let errors = taken_in(&state, &desks, &officer, (&reception, &number, request)).await?;
    if errors.is_empty() {
        return Ok(Redirect::to(&format!("{}/cases/{number}#materials", path(&reception))).into_response());
    }
    let typed = case::Typed::of_materials(MaterialsTyped(errors));
    let again = case::again(&desks, &officer, frame, (&reception, &number, &typed)).await?;
    page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
}
