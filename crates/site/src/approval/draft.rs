//! A form on its way: begun with what is known, saved whatever stands in it, checked all at once, thrown away.

use std::sync::Arc;

use affairs::access::PersonActor;
use affairs::approval::draft::{self, Draft, KEPT_DAYS};
use affairs::approval::{self, ApprovalError};
use affairs::catalog::{Catalog, Checked, FieldError, Item};
use affairs::material::{self, Material};
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kernel::{Id, Text};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::found::Found;
use super::told::{Told, own, told, whole};
use super::view::FormPage;
use super::{outcome, papers, story};
use crate::catalog::drawn::{self, Filled};
use crate::frame::Frame;
use crate::material::row;
use crate::material::sent::Sent;
use crate::office::Desks;
use crate::pieces::{ErrorLine, error_lines};
use crate::portal::acting;
use crate::problem::{Problem, page_as};
use crate::session::Person;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/items/{id}/apply", get(begin).post(begin)).route("/drafts/{id}/discard", post(discard))
}

/// The form itself, which may bring files.
pub(super) fn uploads() -> Router<AppState> {
    Router::new().route("/drafts/{id}", get(show).post(save))
}

/// A draft with all that drawing it takes.
pub(super) struct Open {
    pub(super) draft: Draft,
    pub(super) item: Arc<Item>,
    pub(super) told: Told,
    /// The files that lie in it.
    pub(super) files: Vec<Material>,
    /// The files that are with the case it corrects.
    pub(super) handed: Vec<Material>,
}

impl Open {
    /// The whole form as it would be sent.
    pub(super) fn form(&self) -> Map<String, Json> {
        whole(&self.told, &self.draft.form)
    }

    /// The form as sending it would check it: fields, who may confirm, and the files it needs.
    pub(super) fn check(&self, person: &PersonActor, form: &Map<String, Json>) -> Checked {
        let mut checked = approval::check(&self.item, person, form);
        let known: Vec<Material> = self.files.iter().chain(&self.handed).cloned().collect();
        checked.errors.extend(material::missing(&self.item, &known));
        checked
    }

    /// Its address.
    pub(super) fn path(&self) -> String {
        format!("/drafts/{}", self.draft.id)
    }
}

/// The owner's draft, under the version of the item it is for; anybody else's is not found.
pub(super) async fn open(desks: &Desks<'_>, frame: &Frame, person: &PersonActor, id: &str) -> Result<Open, Problem> {
    let (draft, item) = load(desks, frame, person, id).await?;
    let told = told(desks, frame, person, (&item, &draft.form)).await?;
    papers::with_files(desks, (draft, item, told)).await
}

/// The same for reading only: while a look into a register cannot be logged none is taken, and what was typed is shown.
async fn open_to_read(desks: &Desks<'_>, frame: &Frame, person: &PersonActor, id: &str) -> Result<Open, Problem> {
    let (draft, item) = load(desks, frame, person, id).await?;
    let told = match told(desks, frame, person, (&item, &draft.form)).await {
        Err(problem) if problem.is_storage() => Told::new(),
        other => other?,
    };
    papers::with_files(desks, (draft, item, told)).await
}

async fn load(desks: &Desks<'_>, frame: &Frame, person: &PersonActor, id: &str) -> Result<(Draft, Arc<Item>), Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let draft = draft::load(desks.store(), person, id).await?;
    let item = match draft.case {
        None => desks.catalog.item(&draft.item, frame.now.date()),
        Some(case) => {
            let actor = affairs::access::Actor::Person(person.clone());
            let (file, _) = approval::file_for(desks.store(), &actor, case, frame.now).await?;
            desks.catalog.item_version(&file.case.item, &file.case.item_version)
        }
    };
    let item = item.ok_or_else(|| ApprovalError::NotOffered(draft.item.clone()))?;
    Ok((draft, item))
}

/// Begins a draft, or goes on with the one that is there. Where a case is open already, it is shown: no second one could
/// be filed.
async fn begin(
    State(state): State<AppState>,
    Person(person): Person,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let desks = state.desks()?;
    let item = desks.catalog.item(&id, frame.now.date()).ok_or(ApprovalError::NotOffered(id))?;
    // A citizen's number is no company's: whose application it is must be clear before anything is filled in.
    if !acting::fits(&item, person.principal().kind) {
        return Ok(Redirect::to(&acting::first(&item)));
    }
    if let Err(hindered) = approval::may_file(&person, &item, frame.now) {
        let choose = Text::new("选择以谁的名义办理", "Choose for whom you act");
        return Err(Problem::from(hindered).see("/me/acting".to_owned(), choose));
    }
    let cases = approval::cases_of(desks.store(), person.principal().id).await?;
    if let Some(open) = cases.iter().find(|c| c.item == item.id && c.state.is_open()) {
        return Ok(Redirect::to(&format!("/cases/{}", open.number)));
    }
    let draft = draft::begin(&desks.base(), &person, &item.id, &Map::new()).await?;
    Ok(Redirect::to(&format!("/drafts/{}", draft.id)))
}

#[derive(Deserialize)]
struct Asked {
    /// Whether to show at once what is still to be filled in or mended.
    check: Option<String>,
}

async fn show(
    State(state): State<AppState>,
    Person(person): Person,
    frame: Frame,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let open = open_to_read(&desks, &frame, &person, &id).await?;
    let form = open.form();
    let checked = asked.check.map(|_| open.check(&person, &form));
    let said = if checked.is_none() { named(&desks, &frame, &person, &open).await? } else { Vec::new() };
    form_page(StatusCode::OK, (&desks.catalog, frame), &open, (&form, checked.as_ref(), said))
}

/// For a case that is mended: what its one notice named, each line leading to the field it is about.
async fn named(desks: &Desks<'_>, frame: &Frame, person: &PersonActor, open: &Open) -> Result<Vec<ErrorLine>, Problem> {
    let Some(case) = open.draft.case else { return Ok(Vec::new()) };
    let actor = affairs::access::Actor::Person(person.clone());
    let (file, _) = approval::file_for(desks.store(), &actor, case, frame.now).await?;
    let found = file.latest().and_then(Found::of);
    let line = |check: &approval::Check| {
        let field = check.mend_field.as_deref().map(affairs::catalog::pointer_to);
        let href = field.map_or_else(|| "#main".to_owned(), |p| format!("#{}", crate::pieces::field_id(&p)));
        ErrorLine { href, message: outcome::mend_line(frame, check) }
    };
    Ok(found.iter().flat_map(|f| f.assessment.failed()).map(line).collect())
}

/// Draws the form. `said` stands above the fields' own errors.
pub(super) fn form_page(
    status: StatusCode,
    (catalog, frame): (&Catalog, Frame),
    open: &Open,
    (form, checked, said): (&Map<String, Json>, Option<&Checked>, Vec<ErrorLine>),
) -> Result<Response, Problem> {
    let mut sections = Filled { form: &open.item.form, values: form, known: &open.told }.sections(&frame, checked);
    let wrong = checked.map(|c| c.errors.as_slice()).unwrap_or_default();
    let place = open.path();
    let lying = row::Lying { place: &place, files: &open.files, handed: &open.handed, has_camera: false };
    let papers = row::section(&frame, (catalog, &open.item), &lying, wrong);
    sections.extend(papers);
    let errors = said.into_iter().chain(error_lines(&sections)).chain(unplaced(&frame, &open.item, checked)).collect();
    let page = FormPage {
        name: frame.text(&open.item.name).to_owned(),
        guide: format!("/items/{}", open.item.id),
        action: open.path(),
        version: open.draft.version,
        uploads: open.item.uploads().next().is_some(),
        stages: story::steps(&frame, &open.item, 0),
        errors,
        saved_at: (open.draft.version > 1 && checked.is_none()).then_some(open.draft.saved_at),
        kept_days: KEPT_DAYS,
        sections,
        frame,
    };
    page_as(status, &page)
}

/// Errors that belong to no field that is drawn.
fn unplaced(frame: &Frame, item: &Item, checked: Option<&Checked>) -> Vec<ErrorLine> {
    let errors = checked.map(|c| c.errors.as_slice()).unwrap_or_default();
    let paper = |pointer: &str| item.uploads().any(|listed| material::pointer(&listed.id) == pointer);
    let drawn = |pointer: &str| item.form.field(pointer.trim_start_matches('/')).is_some() || paper(pointer);
    let lost = errors.iter().filter(|e| !drawn(&e.pointer));
    lost.map(|e| ErrorLine { href: "#main".to_owned(), message: frame.text(&e.message).to_owned() }).collect()
}

/// Saves what was typed, right or wrong, and lays in what files came; then stays, or goes on where nothing is left to mend.
async fn save(
    State(state): State<AppState>,
    Person(person): Person,
    frame: Frame,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    // Whose draft it is, is known before a byte of a file is read.
    let mut open = open(&desks, &frame, &person, &id).await?;
    let sent = papers::read(&state, &desks, &open, request).await?;
    let form = drawn::values(&open.item.form, &open.told, &sent.pairs);
    let kept = keep_words(&desks, &person, &mut open, (&form, &sent)).await?;
    let wrong = papers::lay_in(&desks, &person, &mut open, &sent.files).await?;
    if !kept {
        return two_tabs((&desks.catalog, frame), &open, (&form, wrong));
    }
    if let Some(file) = sent.last("remove") {
        let field = papers::take_out(&desks, &mut open, file).await?;
        return Ok(Redirect::to(&format!("{}#{field}", open.path())).into_response());
    }
    let only_saved = sent.last("do") == Some("save");
    let mut checked = if only_saved { Checked::default() } else { open.check(&person, &form) };
    if checked.errors.is_empty() && wrong.is_empty() {
        let to = if only_saved { open.path() } else { format!("{}/check", open.path()) };
        return Ok(Redirect::to(&to).into_response());
    }
    checked.errors.extend(wrong);
    form_page(StatusCode::UNPROCESSABLE_ENTITY, (&desks.catalog, frame), &open, (&form, Some(&checked), Vec::new()))
}

/// Saves the words. False: another tab saved others in between, and nothing was overwritten.
async fn keep_words(
    desks: &Desks<'_>,
    person: &PersonActor,
    open: &mut Open,
    (form, sent): (&Map<String, Json>, &Sent),
) -> Result<bool, Problem> {
    let typed = own(&open.told, form);
    if typed == open.draft.form {
        return Ok(true);
    }
    let version = sent.last("version").and_then(|v| v.parse().ok()).unwrap_or_default();
    if version != open.draft.version {
        return Ok(false);
    }
    match draft::save(&desks.base(), &open.draft, version, &typed).await {
        Ok(saved) => open.draft = saved,
        Err(ApprovalError::Changed) => {
            open.draft = draft::load(desks.store(), person, open.draft.id).await?;
            return Ok(false);
        }
        Err(other) => return Err(other.into()),
    }
    Ok(true)
}

/// Another tab saved this draft in between: both are shown, nothing is overwritten unseen.
fn two_tabs(
    (catalog, frame): (&Catalog, Frame),
    open: &Open,
    (form, wrong): (&Map<String, Json>, Vec<FieldError>),
) -> Result<Response, Problem> {
    let saved = open.form();
    let line = |href: String, message: String| ErrorLine { href, message };
    let empty = Json::String(String::new());
    let differing = open.item.form.fields.iter().filter_map(|field| {
        let (here, there) = (form.get(&field.name).unwrap_or(&empty), saved.get(&field.name).unwrap_or(&empty));
        let id = crate::pieces::field_id(&affairs::catalog::pointer_to(&field.name));
        let show = |value| drawn::shown(&frame, field, value);
        let message = frame.t3("send.other_value", frame.text(&field.label), show(there), show(here));
        (here != there).then(|| line(format!("#{id}"), message))
    });
    let first = line("#main".to_owned(), frame.t("send.other_tab").to_owned());
    let said: Vec<ErrorLine> = std::iter::once(first).chain(differing).collect();
    let checked = Checked { errors: wrong, ..Checked::default() };
    let checked = (!checked.errors.is_empty()).then_some(&checked);
    form_page(StatusCode::CONFLICT, (catalog, frame), open, (form, checked, said))
}

/// Throws a draft away.
async fn discard(
    State(state): State<AppState>,
    Person(person): Person,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let draft = draft::load(desks.store(), &person, id).await?;
    draft::discard(&desks.base(), &draft).await?;
    Ok(Redirect::to("/me"))
}
