//! Materials at the workbench: beside the form, pictures as pictures; a clerk scans or photographs what somebody brings.

use affairs::approval::{self, File};
use affairs::catalog::{FieldError, Item};
use affairs::material::{self, Material};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::page::taken_in;
use super::row;
use super::view::MaterialsView;
use crate::approval::casework::{self, Typed};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::ErrorLine;
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

/// What was wrong with files that were just sent.
#[derive(Default)]
pub(crate) struct MaterialsTyped(pub(crate) Vec<FieldError>);

impl MaterialsTyped {
    /// For the summary at the top of the page.
    pub(crate) fn lines(&self, frame: &Frame) -> Vec<ErrorLine> {
        let line = |error: &FieldError| ErrorLine {
            href: format!("#{}", crate::pieces::field_id(&error.pointer)),
            message: frame.text(&error.message).to_owned(),
        };
        self.0.iter().map(line).collect()
    }
}

/// The materials of a case as this officer sees them.
pub(crate) async fn view(
    desks: &Desks<'_>,
    (officer, frame): (&Officer, &Frame),
    (file, item): (&File, Option<&Item>),
    typed: &MaterialsTyped,
) -> Result<MaterialsView, Problem> {
    let case = &file.case;
    let known = material::of_case(desks.store(), case.id).await?;
    let place = format!("/staff/cases/{}/materials", case.number);
    let may = approval::may_attach(&officer.actor(), case, frame.now);
    let action = if may { place.clone() } else { String::new() };
    Ok(listed(desks, (frame, item), (&known, &typed.0), (&place, action)))
}

/// Materials with the form that brings more; `place` begins the addresses of the bytes, `action` is empty where none may come.
pub(crate) fn listed(
    desks: &Desks<'_>,
    (frame, item): (&Frame, Option<&Item>),
    (known, errors): (&[Material], &[FieldError]),
    (place, action): (&str, String),
) -> MaterialsView {
    let rows = row::rows(frame, item, (known, errors), place);
    let terms = desks.catalog.procedure().map(|p| p.upload.clone()).unwrap_or_default();
    MaterialsView {
        action: if rows.is_empty() { String::new() } else { action },
        rows,
        hint: frame.t2("material.most", terms.file_mb, terms.files),
    }
}

pub(super) async fn bring(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let seen = casework::file(&desks, &officer, &frame, &number).await?;
    let errors = taken_in(&state, &desks, (&officer.actor(), seen.case.id), request).await?;
    if errors.is_empty() {
        return Ok(Redirect::to(&format!("/staff/cases/{number}#materials")).into_response());
    }
    let seen = casework::file(&desks, &officer, &frame, &number).await?;
    let typed = Typed::of_materials(MaterialsTyped(errors));
    page_as(StatusCode::UNPROCESSABLE_ENTITY, &casework::built(&desks, &officer, frame, (&seen, typed)).await?)
}
