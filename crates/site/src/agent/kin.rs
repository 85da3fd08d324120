//! 子女代办: asking to look after a matter of a parent, and the parent's answer.

use affairs::agent::kin::{self, Answer, Kin, NewKin};
use affairs::approval::ApprovalError;
use affairs::catalog::ApplicantKind;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::Id;

use super::view::{KinPage, KinRow};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, ErrorLine, FieldKind, FieldView, Link, Tag, Tone, Width};
use crate::problem::{Problem, page, page_as};
use crate::session::Person;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/me/kin", get(show).post(ask))
        .route("/me/kin/{id}/yes", post(yes))
        .route("/me/kin/{id}/no", post(no))
        .route("/me/kin/{id}/withdraw", post(withdraw))
}

/// The form as it is sent.
#[derive(Default)]
struct Typed {
    code: String,
    name: String,
    items: Vec<String>,
    until: String,
    words: String,
}

impl Typed {
    fn of(pairs: &[(String, String)]) -> Self {
        let one = |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, v)| v.clone());
        Self {
            code: one("/code").unwrap_or_default(),
            name: one("/name").unwrap_or_default(),
            items: pairs.iter().filter(|(key, _)| key == "/items").map(|(_, v)| v.clone()).collect(),
            until: one("/until").unwrap_or_default(),
            words: one("/words").unwrap_or_default(),
        }
    }
}

async fn show(State(state): State<AppState>, person: Person, frame: Frame) -> Result<Response, Problem> {
    page(&built(&state.desks()?, &person, frame, (&Typed::default(), &[], String::new())).await?)
}

async fn built(
    desks: &Desks<'_>,
    person: &Person,
    frame: Frame,
    (typed, errors, error): (&Typed, &[(String, String)], String),
) -> Result<KinPage, Problem> {
    let party = &person.0.party;
    let asked_of = kin::asked_of(desks.store(), &party.code).await?;
    let asked_by = kin::asked_by(desks.store(), party.id).await?;
    let fields = fields(desks, &frame, typed, errors);
    let line = |f: &FieldView| Some(ErrorLine { href: format!("#{}", f.id()), message: f.error.clone()? });
    let own = person.0.acting_for.is_none();
    Ok(KinPage {
        errors: fields.iter().filter_map(line).collect(),
        error,
        to_answer: asked_of.iter().map(|one| row(desks, &frame, one, own)).collect(),
        asked: asked_by.iter().map(|one| row(desks, &frame, one, own)).collect(),
        fields,
        frame,
    })
}

fn fields(desks: &Desks<'_>, frame: &Frame, typed: &Typed, errors: &[(String, String)]) -> Vec<FieldView> {
    let line =
        || FieldKind::Line { width: Width::Medium, mode: "text", autocomplete: "off".into(), unit: String::new() };
    let field = |pointer: &str, label: &str, kind: FieldKind, value: &str| FieldView {
        pointer: pointer.to_owned(),
        label: frame.t(label).to_owned(),
        hint: String::new(),
        kind,
        value: value.to_owned(),
        optional: false,
        error: errors.iter().find(|(at, _)| at == pointer).map(|(_, why)| why.clone()),
        note: String::new(),
    };
    let people = |item: &&std::sync::Arc<affairs::catalog::Item>| item.service.applicant != ApplicantKind::LegalPerson;
    let items = desks.catalog.items(frame.now.date()).filter(people).map(|item| Choice {
        value: item.id.clone(),
        label: frame.text(&item.name).to_owned(),
        chosen: typed.items.contains(&item.id),
    });
    vec![
        field("/name", "kin.name", line(), &typed.name),
        FieldView { hint: frame.t("kin.code_hint").to_owned(), ..field("/code", "kin.code", line(), &typed.code) },
        field("/items", "kin.items", FieldKind::Several(items.collect()), ""),
        field("/until", "kin.until", FieldKind::Date, &typed.until),
        FieldView { optional: true, ..field("/words", "kin.words", FieldKind::Lines { rows: 2 }, &typed.words) },
    ]
}

fn row(desks: &Desks<'_>, frame: &Frame, one: &Kin, own: bool) -> KinRow {
    let items: Vec<String> = one.items.iter().map(|id| places::item(frame, &desks.catalog, id)).collect();
    let is_open = own && one.answer == Answer::Asked && one.until >= frame.now.date();
    let (tone, word) = match one.answer {
        Answer::Asked => (Tone::Waiting, "kin.asked"),
        Answer::Yes => (Tone::Granted, "kin.yes"),
        Answer::No => (Tone::Quiet, "kin.no"),
        Answer::Withdrawn => (Tone::Quiet, "kin.withdrawn"),
    };
    KinRow {
        id: if is_open { one.id.to_string() } else { String::new() },
        helper: one.helper_name.clone(),
        name: one.name.clone(),
        items: items.join(frame.t("halls.and")),
        until: one.until,
        words: one.words.clone(),
        tag: Tag::new(tone, frame.t(word)),
        asked_at: one.asked_at,
        seen: one
            .witness
            .as_ref()
            .map(|seen| frame.t2("kin.seen", frame.text(&seen.place), &seen.clerk))
            .unwrap_or_default(),
    }
}

/// What waits for a parent's answer, as a task of his own page.
pub(crate) async fn tasks(desks: &Desks<'_>, frame: &Frame, code: &str) -> Result<Vec<Link>, Problem> {
    let asked = kin::asked_of(desks.store(), code).await?;
    let open = asked.iter().filter(|one| one.answer == Answer::Asked && one.until >= frame.now.date());
    let link = |one: &Kin| Link {
        href: "/me/kin".to_owned(),
        text: frame.t1("kin.task", &one.helper_name),
        hint: frame.t("kin.task_hint").to_owned(),
    };
    Ok(open.map(link).collect())
}

async fn ask(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let typed = Typed::of(&pairs);
    let new = NewKin {
        code: &typed.code,
        name: &typed.name,
        items: &typed.items,
        until: typed.until.parse().ok(),
        words: &typed.words,
    };
    match kin::ask(&desks.approval(), &person.0, &new).await {
        Ok(_) => Ok(Redirect::to("/me/kin").into_response()),
        Err(ApprovalError::Form(errors)) => {
            let errors: Vec<(String, String)> =
                errors.iter().map(|e| (e.pointer.clone(), frame.text(&e.message).to_owned())).collect();
            let again = built(&desks, &person, frame, (&typed, &errors, String::new())).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => refused(&desks, &person, frame, other).await,
    }
}

async fn refused(desks: &Desks<'_>, person: &Person, frame: Frame, error: ApprovalError) -> Result<Response, Problem> {
    match error {
        ApprovalError::Forbidden(why) => {
            let why = frame.text(&why).to_owned();
            page_as(StatusCode::FORBIDDEN, &built(desks, person, frame, (&Typed::default(), &[], why)).await?)
        }
        other => Err(other.into()),
    }
}

async fn answered(
    state: &AppState,
    person: Person,
    frame: Frame,
    (id, is_yes): (&str, bool),
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    match kin::answer(&desks.approval(), &person.0, (id, is_yes), None).await {
        Ok(_) => Ok(Redirect::to("/me/kin").into_response()),
        Err(other) => refused(&desks, &person, frame, other).await,
    }
}

async fn yes(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    answered(&state, person, frame, (&id, true)).await
}

async fn no(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    answered(&state, person, frame, (&id, false)).await
}

async fn withdraw(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    match kin::withdraw(&desks.approval(), &person.0, id).await {
        Ok(_) => Ok(Redirect::to("/me/kin").into_response()),
        Err(other) => refused(&desks, &person, frame, other).await,
    }
}
