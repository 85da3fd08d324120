//! Files in a form that is not sent yet: laid in as they come, seen, taken out again, handed in when it is sent.

use std::sync::Arc;

use affairs::access::{Actor, PersonActor};
use affairs::approval::draft::Draft;
use affairs::approval::{self, ApprovalError, Attached};
use affairs::catalog::{FieldError, Item};
use affairs::material::{self, Received, Way, field_error};
use axum::extract::Request;
use kernel::Id;

use super::draft::Open;
use super::told::Told;
use crate::material::sent::{self, Expected, Sent, SentFile};
use crate::office::Desks;
use crate::pieces::field_id;
use crate::problem::Problem;
use crate::state::AppState;

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
) -> Result<Vec<FieldError>, Problem> {
    let attached = Attached { material: &file.material, name: &file.name, way: Way::Online, received };
    let by = Actor::Person(person.clone()).signature();
    match approval::lay(&desks.approval(), &open.draft, &open.item, (&attached, &by)).await {
        Ok(after) => again(desks, open, after).await.map(|()| Vec::new()),
        Err(ApprovalError::Form(errors)) => Ok(errors),
        Err(other) => Err(other.into()),
    }
}

/// Takes a file out of the draft; one that is not there any more is out. Gives the id of its field.
pub(super) async fn take_out(desks: &Desks<'_>, open: &mut Open, id: &str) -> Result<String, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let (after, material) = approval::take_out(&desks.approval(), &open.draft, id).await?;
    again(desks, open, after).await?;
    Ok(material.map_or_else(|| "main".to_owned(), |material| field_id(&material::pointer(&material))))
}

async fn again(desks: &Desks<'_>, open: &mut Open, after: Draft) -> Result<(), Problem> {
    open.files = material::of_draft(desks.store(), after.id).await?;
    open.draft = after;
    Ok(())
}
