//! Files in a form that is not sent yet: laid in as they come, seen, taken out again, handed in when it is sent.

use std::sync::Arc;

use affairs::access::{Actor, PersonActor};
use affairs::approval::draft::{self, Draft};
use affairs::approval::{self, ApprovalError};
use affairs::catalog::{FieldError, Item};
use affairs::material::{self, Bringing, Holder, Received, Way, field_error};
use axum::extract::Request;
use kernel::Id;

use super::draft::Open;
use super::told::Told;
use crate::material::sent::{self, Expected, Sent, SentFile};
use crate::office::Desks;
use crate::pieces::field_id;
use crate::problem::Problem;
use crate::state::AppState;

/// How often an act is tried again when another tab changed the draft under it.
const TRIES: usize = 3;

/// A draft with the files that lie in it, and those that are with the case it corrects.
pub(super) async fn with_files(
    desks: &Desks<'_>,
    (draft, item, told): (Draft, Arc<Item>, Told),
) -> Result<Open, Problem> {
    let takes = item.uploads().next().is_some();
    let files = if takes { material::of_draft(desks.store(), draft.id).await? } else { Vec::new() };
    let handed = match draft.case.filter(|_| takes) {
        Some(case) => material::of_case(desks.store(), case).await?,
        None => Vec::new(),
    };
    Ok(Open { draft, item, told, files, handed })
}

/// Reads the form as it was sent; its files go into the store as they come.
pub(super) async fn read(state: &AppState, desks: &Desks<'_>, open: &Open, request: Request) -> Result<Sent, Problem> {
    let bounds = |material: &str| approval::bounds(&desks.catalog, &open.item, material);
    let expected = Expected { bounds: &bounds, known: &open.files };
    sent::read(state, &desks.base(), request, &expected).await
}

/// Lays the files that were taken in into the draft. Gives what is wrong with the others.
pub(super) async fn lay_in(
    desks: &Desks<'_>,
    person: &PersonActor,
    open: &mut Open,
    files: &[SentFile],
) -> Result<Vec<FieldError>, Problem> {
    let mut wrong = Vec::new();
    for file in files {
        match &file.came {
            Ok(received) => wrong.extend(lay(desks, person, open, (file, received)).await?),
            Err(flaw) => wrong.push(field_error(&file.material, *flaw)),
        }
    }
    if wrong.len() < files.len() {
        desks.office.checkers.ring();
    }
    Ok(wrong)
}

async fn lay(
    desks: &Desks<'_>,
    person: &PersonActor,
    open: &mut Open,
    (file, received): (&SentFile, &Received),
) -> Result<Option<FieldError>, Problem> {
    let bounds = approval::bounds(&desks.catalog, &open.item, &file.material).ok_or_else(Problem::not_found)?;
    let by = Actor::Person(person.clone()).signature();
    for _ in 0..TRIES {
        if let Err(flaw) = bounds.room(&open.files, &file.material) {
            return Ok(Some(field_error(&file.material, flaw)));
        }
        let holder = Holder::Draft(open.draft.id);
        let bringing = Bringing { holder, material: &file.material, name: &file.name, way: Way::Online, by: &by };
        let new = material::brought(&desks.base(), &bringing, received).ok_or_else(Problem::not_found)?;
        match draft::bring(&desks.base(), &open.draft, std::slice::from_ref(&new)).await {
            Ok(after) => {
                open.draft = after;
                open.files.push(new);
                return Ok(None);
            }
            Err(ApprovalError::Changed) => again(desks, person, open).await?,
            Err(other) => return Err(other.into()),
        }
    }
    Err(ApprovalError::Changed.into())
}

/// Takes a file out of the draft; one that is not there any more is out. Gives the id of its field.
pub(super) async fn take_out(
    desks: &Desks<'_>,
    person: &PersonActor,
    open: &mut Open,
    id: &str,
) -> Result<String, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    for _ in 0..TRIES {
        let Some(file) = open.files.iter().find(|file| file.id == id).cloned() else { return Ok("main".to_owned()) };
        match draft::take_out(&desks.base(), &open.draft, &file).await {
            Ok(after) => {
                open.draft = after;
                return Ok(field_id(&material::pointer(&file.material)));
            }
            // Another tab, or a scanner's word.
            Err(ApprovalError::Changed) => again(desks, person, open).await?,
            Err(other) => return Err(other.into()),
        }
    }
    Err(ApprovalError::Changed.into())
}

async fn again(desks: &Desks<'_>, person: &PersonActor, open: &mut Open) -> Result<(), Problem> {
    open.draft = draft::load(desks.store(), person, open.draft.id).await?;
    open.files = material::of_draft(desks.store(), open.draft.id).await?;
    Ok(())
}
