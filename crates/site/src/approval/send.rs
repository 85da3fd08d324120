//! Check your answers, send them once, take the receipt.

use affairs::access::PersonActor;
use affairs::approval::{self, ApprovalError, Case, Filing, Standing, State as CaseState, draft};
use affairs::catalog::{FieldKind, Item, SecondParty};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::draft::{Open, form_page, open};
use super::story;
use super::view::{CheckPage, ReceiptPage};
use crate::catalog::drawn::Filled;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::ErrorLine;
use crate::problem::{Problem, page, page_as};
use crate::session::Person;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/drafts/{id}/check", get(check))
        .route("/drafts/{id}/send", post(send))
        .route("/cases/{number}/receipt", get(receipt))
}

async fn check(
    State(state): State<AppState>,
    Person(person): Person,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let open = open(&desks, &frame, &person, &id).await?;
    let form = open.form();
    if !open.check(&person, &form).errors.is_empty() {
        return Ok(Redirect::to(&format!("{}?check=1", open.path())).into_response());
    }
    check_page(&state, frame, &open, (StatusCode::OK, None))
}

/// The answers, with a fresh key bound to exactly these answers.
fn check_page(
    state: &AppState,
    frame: Frame,
    open: &Open,
    (status, said): (StatusCode, Option<ErrorLine>),
) -> Result<Response, Problem> {
    let (form, back) = (open.form(), open.path());
    let answered = Filled { form: &open.item.form, values: &form, known: &open.told };
    let next = if second_party(&open.item).is_some() { "send.next_confirm" } else { "send.next_check" };
    let page = CheckPage {
        name: frame.text(&open.item.name).to_owned(),
        stages: story::steps(&frame, &open.item, 0),
        errors: said.into_iter().collect(),
        groups: answered
            .answers(&frame, &back)
            .into_iter()
            .chain(crate::material::row::answers(&frame, &open.item, &open.files, &back))
            .collect(),
        declarations: declarations(&frame, &open.item),
        action: format!("{back}/send"),
        version: open.draft.version,
        key: fresh_key(state, open, &form),
        next: frame.t(next).to_owned(),
        back,
        frame,
    };
    page_as(status, &page)
}

fn second_party(item: &Item) -> Option<&kernel::Text> {
    match &item.second_party {
        SecondParty::None => None,
        SecondParty::Employer { statement, .. } => Some(statement),
    }
}

/// What one states by sending.
fn declarations(frame: &Frame, item: &Item) -> Vec<String> {
    let ticked = item.form.fields.iter().filter_map(|field| match &field.kind {
        FieldKind::Declaration(statement) => Some(frame.text(statement).to_owned()),
        _ => None,
    });
    let promise = item.commitment.iter().map(|c| frame.text(&c.statement).to_owned());
    let confirm = second_party(item).map(|statement| frame.t1("send.second_party", frame.text(statement)));
    ticked.chain(promise).chain(confirm).collect()
}

/// Chance, and what it stands for: a key is good for the answers that were shown and no others.
fn fresh_key(state: &AppState, open: &Open, form: &Map<String, Json>) -> String {
    let mut chance = [0; 16];
    state.entropy().fill(&mut chance);
    format!("{}.{}", hex::encode(chance), digest(open, form))
}

fn digest(open: &Open, form: &Map<String, Json>) -> String {
    let mut fields: Vec<_> = form.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    let files = open.files.iter().map(|file| format!("{}\n", file.id));
    let whole = fields.iter().map(|(name, value)| format!("{name}={value}\n")).chain(files).collect::<String>();
    hex::encode(&Sha256::digest(whole)[..8])
}

#[derive(Deserialize)]
struct Sending {
    #[serde(default)]
    key: String,
    agree: Option<String>,
}

/// Sends a draft: once, however often the button is pressed.
async fn send(
    State(state): State<AppState>,
    Person(person): Person,
    frame: Frame,
    Path(id): Path<String>,
    Form(sending): Form<Sending>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    if let Some(case) = approval::filed_with(desks.store(), person.account, &sending.key).await? {
        return Ok(to_receipt(&case));
    }
    let open = open(&desks, &frame, &person, &id).await?;
    let form = open.form();
    if !sending.key.ends_with(&format!(".{}", digest(&open, &form))) {
        let changed = ErrorLine { href: "#main".to_owned(), message: frame.t("send.changed").to_owned() };
        return check_page(&state, frame, &open, (StatusCode::CONFLICT, Some(changed)));
    }
    if sending.agree.is_none() {
        let agree = ErrorLine { href: "#f-agree".to_owned(), message: frame.t("send.agree").to_owned() };
        return check_page(&state, frame, &open, (StatusCode::UNPROCESSABLE_ENTITY, Some(agree)));
    }
    let sent = match open.draft.case {
        None => first(&desks, &person, &open, (&form, &sending.key)).await,
        Some(case) => again(&desks, &person, &open, (case, &form)).await,
    };
    match sent {
        Ok(to) => Ok(to),
        // The draft was kept: the form comes back with everything to mend.
        Err(ApprovalError::Form(_)) => {
            let checked = open.check(&person, &form);
            let drawn = (&form, Some(&checked), Vec::new());
            form_page(StatusCode::UNPROCESSABLE_ENTITY, (&desks.catalog, frame), &open, drawn)
        }
        Err(other) => Err(other.into()),
    }
}

async fn first(
    desks: &Desks<'_>,
    person: &PersonActor,
    open: &Open,
    (form, key): (&Map<String, Json>, &str),
) -> Result<Response, ApprovalError> {
    let filing = Filing { item: &open.item.id, form, channel: "online", draft: Some(&open.draft), key };
    let case = approval::file(&desks.approval(), person, &filing).await?;
    Ok(to_receipt(&case))
}

/// Sends a mended application. Whoever presses twice is led to the case, which says how it stands.
async fn again(
    desks: &Desks<'_>,
    person: &PersonActor,
    open: &Open,
    (case, form): (kernel::Id, &Map<String, Json>),
) -> Result<Response, ApprovalError> {
    let number = match approval::resubmit(&desks.approval(), person, case, form).await {
        Ok(case) => case.number,
        Err(ApprovalError::NotAllowed(_)) => {
            let actor = affairs::access::Actor::Person(person.clone());
            approval::file_for(desks.store(), &actor, case, desks.base().now()).await?.0.case.number
        }
        Err(other) => return Err(other),
    };
    match draft::discard(&desks.base(), &open.draft).await {
        // Another press threw it away.
        Ok(()) | Err(ApprovalError::Changed) => {}
        Err(other) => return Err(other),
    }
    Ok(Redirect::to(&format!("/cases/{number}")).into_response())
}

fn to_receipt(case: &Case) -> Response {
    Redirect::to(&format!("/cases/{}/receipt", case.number)).into_response()
}

/// The receipt, for the applicant alone: its secret opens the state of the case without sign-in.
async fn receipt(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (file, standing) = approval::file_by_number(desks.store(), &person.actor(), &number, frame.now).await?;
    if standing != Standing::Applicant {
        return Err(Problem::not_found());
    }
    let (case, item) = (&file.case, story::item_name(&desks, &frame, &file.case));
    let leaf = desks.store().leaves(case.id).await?.last().map(|entry| entry.position);
    let owed = if case.state == CaseState::AwaitingEvidence { "send.owed_proof" } else { "send.no_proof" };
    let proof = leaf.map(|at| frame.t1("send.filed_line", at)).unwrap_or_else(|| frame.t(owed).to_owned());
    let phone = &state.settings().marks.phone;
    page(&ReceiptPage {
        number: case.number.clone(),
        secret: approval::receipt_secret(desks.store(), &desks.office.receipt_key, case).await?,
        next: next(&frame, case),
        item,
        applicant: case.applicant_name.clone(),
        received_at: case.filed_at,
        agency: story::agency(&desks, &frame, &case.deciding_agency),
        due: story::last_day(story::decide_by(case)),
        phone: if phone.is_empty() { frame.t("send.no_phone").to_owned() } else { phone.clone() },
        proof,
        case: format!("/cases/{}", case.number),
        frame,
    })
}

fn next(frame: &Frame, case: &Case) -> String {
    match (case.state, story::last_day(case.second_party_due_at)) {
        (CaseState::AwaitingSecondParty, Some(day)) => frame.t1("send.then_confirm", frame.date(day)),
        (state, _) => frame.t(&format!("says.{}", state.word())).to_owned(),
    }
}
