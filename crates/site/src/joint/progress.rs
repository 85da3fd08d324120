//! The applicant's one page: each case, what is to be mended once, what came of it; mending and taking back.

use affairs::approval::{self, ApprovalError, CheckTruth, Standing, State as CaseState};
use affairs::catalog::{Checked, JointForm, pointer_to};
use affairs::joint::{self, Answer, Look};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use serde_json::{Map, Value as Json};

use super::row;
use super::view::{FormPage, WithdrawPage};
use crate::approval::found::Found;
use crate::approval::story as told;
use crate::catalog::drawn::{self, Filled};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{ErrorLine, Link, Section, error_lines, field_id};
use crate::problem::{Problem, page, page_as};
use crate::session::Person;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/joints/{number}", get(show))
        .route("/joints/{number}/correct", get(correct).post(answer))
        .route("/joints/{number}/withdraw", get(ask).post(withdraw))
}

/// The applicant's own handling; anybody else's is not found.
async fn own(desks: &Desks<'_>, person: &Person, number: &str) -> Result<Look, Problem> {
    let look = row::found(desks, &person.actor(), number).await?;
    if look.standing == Standing::Applicant { Ok(look) } else { Err(Problem::not_found()) }
}

async fn show(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let look = own(&desks, &person, &number).await?;
    page(&row::page(&desks, frame, &person.actor(), &look).await?)
}

async fn correct(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let look = own(&desks, &person, &number).await?;
    if joint::to_mend(&look.cases()).is_empty() {
        return Ok(Redirect::to(&format!("/joints/{number}")).into_response());
    }
    let form = look.form(&desks.approval())?;
    let values = look.joint.form.as_object().cloned().unwrap_or_default();
    let said = named(&desks, &frame, (&look, &form)).await?;
    form_page(StatusCode::OK, &desks, frame, (&look, &form), (&values, None, said))
}

/// What the one notice named, each line leading to the field it is about.
async fn named(desks: &Desks<'_>, frame: &Frame, (look, form): (&Look, &JointForm)) -> Result<Vec<ErrorLine>, Problem> {
    let mut lines = Vec::new();
    for part in look.parts.iter().filter(|p| p.case.state == CaseState::Correcting) {
        let file = approval::story(desks.store(), part.case.id).await?;
        let latest = file.as_ref().and_then(|f| f.latest());
        let item = told::item_name(desks, frame, &part.case);
        let line = |href: String, message: &str| ErrorLine { href, message: frame.t2("joint.named", &item, message) };
        if let Some(reasons) = latest.and_then(|d| d.reasons.as_deref()) {
            lines.push(line("#main".to_owned(), reasons));
            continue;
        }
        let assessment = latest.and_then(Found::of).map(|f| f.assessment);
        for check in assessment.iter().flat_map(|a| a.checks.iter().filter(|c| c.truth == CheckTruth::NotMet)) {
            let field = check.mend_field.as_deref().and_then(|f| form.field_of(&part.case.item, f));
            let href = field.map_or_else(|| "#main".to_owned(), |f| format!("#{}", field_id(&pointer_to(f))));
            lines.push(line(href, frame.text(&check.mend)));
        }
    }
    Ok(lines)
}

/// The fields of the cases to be mended; what the others were told stands beside and is not asked.
fn form_page(
    status: StatusCode,
    desks: &Desks<'_>,
    frame: Frame,
    (look, form): (&Look, &JointForm),
    (values, checked, said): (&Map<String, Json>, Option<&Checked>, Vec<ErrorLine>),
) -> Result<Response, Problem> {
    let mending = joint::to_mend(&look.cases());
    let asked = |pointer: &str| {
        let of = form.fields.get(pointer.trim_start_matches('/'));
        of.is_some_and(|of| of.iter().all(|f| mending.contains(&f.item)))
    };
    let known = std::collections::BTreeMap::new();
    let filled = Filled { form: &form.schema, values, known: &known };
    let mut sections: Vec<Section> = filled.sections(&frame, checked);
    for section in &mut sections {
        section.fields.retain(|field| asked(&field.pointer));
    }
    sections.retain(|section| !section.fields.is_empty());
    let errors = said.into_iter().chain(error_lines(&sections)).chain(settled(&frame, checked)).collect();
    let page = FormPage {
        name: row::name(&frame, &desks.catalog, &look.joint),
        back: Link {
            href: format!("/joints/{}", look.joint.number),
            text: look.joint.number.clone(),
            hint: String::new(),
        },
        lead: frame.t("joint.correct_lead").to_owned(),
        action: format!("/joints/{}/correct", look.joint.number),
        key: String::new(),
        uploads: false,
        chosen: Vec::new(),
        covers: look
            .parts
            .iter()
            .filter(|p| mending.contains(&p.case.item))
            .map(|p| told::item_name(desks, &frame, &p.case))
            .collect(),
        told: stands(&frame, &filled, asked),
        errors,
        send: frame.t("joint.answer").to_owned(),
        sections,
        frame,
    };
    page_as(status, &page)
}

fn stands(frame: &Frame, filled: &Filled<'_>, asked: impl Fn(&str) -> bool) -> Vec<crate::approval::view::AnswerGroup> {
    let mut groups = filled.answers(frame, "");
    for group in &mut groups {
        group.answers.retain(|a| !a.value.is_empty() && !is_asked(&a.change, filled, &asked));
    }
    groups.retain(|group| !group.answers.is_empty());
    groups
}

/// Whether the field that `change` leads to is asked in the form.
fn is_asked(change: &str, filled: &Filled<'_>, asked: &impl Fn(&str) -> bool) -> bool {
    let field = filled.form.fields.iter().find(|f| change.ends_with(&format!("#{}", field_id(&pointer_to(&f.name)))));
    field.is_some_and(|f| asked(&pointer_to(&f.name)))
}

/// Errors of values that may not be changed: they belong to no field that is drawn.
fn settled(frame: &Frame, checked: Option<&Checked>) -> Vec<ErrorLine> {
    let errors = checked.map(|c| c.errors.as_slice()).unwrap_or_default().iter();
    errors
        .filter(|e| e.code == "joint.settled")
        .map(|e| ErrorLine { href: "#main".to_owned(), message: frame.text(&e.message).to_owned() })
        .collect()
}

/// Answers the one notice; whoever presses twice is led to the page, which says how it stands.
async fn answer(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let look = own(&desks, &person, &number).await?;
    let to = Redirect::to(&format!("/joints/{number}")).into_response();
    if joint::to_mend(&look.cases()).is_empty() {
        return Ok(to);
    }
    let form = look.form(&desks.approval())?;
    let mut values = look.joint.form.as_object().cloned().unwrap_or_default();
    values.extend(drawn::values(&form.schema, &std::collections::BTreeMap::new(), &pairs));
    match joint::answer(&desks.approval(), &person.0, &Answer { joint: look.joint.id, form: &values }).await {
        Ok(_) => Ok(to),
        Err(ApprovalError::NotAllowed(_)) => Ok(to),
        Err(ApprovalError::Form(errors)) => {
            let checked = Checked { errors, ..form.schema.check(&values) };
            let again = (&values, Some(&checked), Vec::new());
            form_page(StatusCode::UNPROCESSABLE_ENTITY, &desks, frame, (&look, &form), again)
        }
        Err(other) => Err(other.into()),
    }
}

async fn ask(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let look = own(&desks, &person, &number).await?;
    let named = |open: bool| {
        let those = look.parts.iter().filter(|p| p.case.state.is_open() == open);
        those.map(|p| told::item_name(&desks, &frame, &p.case)).collect::<Vec<_>>()
    };
    let (open, done) = (named(true), named(false));
    page(&WithdrawPage { name: row::name(&frame, &desks.catalog, &look.joint), number, open, done, frame })
}

async fn withdraw(
    State(state): State<AppState>,
    person: Person,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let look = own(&desks, &person, &number).await?;
    joint::withdraw(&desks.approval(), &person.0, look.joint.id, "").await?;
    Ok(Redirect::to(&format!("/joints/{number}")).into_response())
}
