//! The second party's page: what it is asked, what it answers, and afterwards what it answered.

use affairs::access::{self, Actor, PersonActor};
use affairs::approval::{self, ApprovalError, File, Standing, State as CaseState};
use affairs::catalog::{Item, SecondParty};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::Moment;
use serde::Deserialize;

use super::outcome;
use super::story;
use super::view::ConfirmPage;
use crate::catalog::drawn;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{AnswerView, ErrorLine, Tag, Tone};
use crate::problem::{Problem, page, page_as};
use crate::session::Person;
use crate::state::AppState;

/// The longest reason somebody may give for declining.
const REASON_MOST: usize = 1_000;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/confirm/{number}", get(show).post(answer))
}

/// A case as the second party sees it, and who answers for it.
pub(crate) struct Asked {
    pub(crate) file: File,
    pub(crate) agent: PersonActor,
}

/// Everybody this person may be now: as he acts, and under each mandate he holds. A link from the personal page opens
/// without switching first; the answer is still signed with both names.
pub(crate) async fn agents(desks: &Desks<'_>, person: &PersonActor) -> Result<Vec<PersonActor>, Problem> {
    let mandates = access::mandate::held_by(&desks.base(), person.party.id).await?;
    let under = |mandate| PersonActor { acting_for: Some(mandate), ..person.clone() };
    let other = |m: &access::Mandate| person.acting_for.as_ref().is_none_or(|now| now.id != m.id);
    Ok(std::iter::once(person.clone()).chain(mandates.into_iter().filter(other).map(under)).collect())
}

/// The case, where this person holds the word of the company it names.
pub(crate) async fn find(
    desks: &Desks<'_>,
    person: &PersonActor,
    number: &str,
    now: Moment,
) -> Result<Option<Asked>, Problem> {
    for agent in agents(desks, person).await? {
        let actor = Actor::Person(agent.clone());
        match approval::file_by_number(desks.store(), &actor, number, now).await {
            Ok((file, Standing::SecondParty)) => return Ok(Some(Asked { file, agent })),
            Ok(_) | Err(ApprovalError::NotFound) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(None)
}

async fn asked(desks: &Desks<'_>, person: &Person, number: &str, now: Moment) -> Result<Asked, Problem> {
    find(desks, &person.0, number, now).await?.ok_or_else(Problem::not_found)
}

async fn show(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let asked = asked(&desks, &person, &number, frame.now).await?;
    if asked.file.case.state == CaseState::AwaitingSecondParty {
        return question(&state, &desks, frame, (&asked, StatusCode::OK, Typed::default()));
    }
    answered(&desks, frame, asked.file).await
}

/// What was typed, and what was wrong with it.
#[derive(Default)]
struct Typed {
    reason: String,
    errors: Vec<ErrorLine>,
}

fn question(
    state: &AppState,
    desks: &Desks<'_>,
    frame: Frame,
    (asked, status, typed): (&Asked, StatusCode, Typed),
) -> Result<Response, Problem> {
    let case = &asked.file.case;
    let item = story::item_of(desks, case)?;
    let name = frame.text(&item.name).to_owned();
    let mut chance = [0; 16];
    state.entropy().fill(&mut chance);
    let page = ConfirmPage {
        question: frame.t1("ask.question", &case.applicant_name),
        applicant: case.applicant_name.clone(),
        answers: answers(&frame, &item, &asked.file),
        statements: statements(&frame, &item, &asked.agent),
        until: case.second_party_due_at.map_or(case.filed_at, |due| due.plus_ms(-1)),
        action: format!("/confirm/{}", case.number),
        key: hex::encode(chance),
        reason: typed.reason,
        errors: typed.errors,
        item: name,
        frame,
    };
    page_as(status, &page)
}

/// What the company needs to see to answer, and no more: who, and what the form says of the company itself.
fn answers(frame: &Frame, item: &Item, file: &File) -> Vec<AnswerView> {
    let answer = |label: &str, value: String| AnswerView {
        label: label.to_owned(),
        value,
        source: String::new(),
        objection: String::new(),
        change: String::new(),
    };
    let who = answer(frame.t("receipt.applicant"), file.case.applicant_name.clone());
    let company = match &item.second_party {
        SecondParty::Employer { field, .. } => item.form.field(field),
        SecondParty::None => None,
    };
    let company = company.and_then(|field| {
        let value = file.case.form.get(&field.name)?;
        Some(answer(frame.text(&field.label), drawn::shown(frame, field, value)))
    });
    let filed = answer(frame.t("receipt.at"), frame.moment(file.case.filed_at));
    [Some(who), company, Some(filed)].into_iter().flatten().collect()
}

fn statements(frame: &Frame, item: &Item, agent: &PersonActor) -> Vec<String> {
    let stated = match &item.second_party {
        SecondParty::Employer { statement, .. } => Some(frame.text(statement).to_owned()),
        SecondParty::None => None,
    };
    stated.into_iter().chain([frame.t1("ask.acting", &agent.principal().name)]).collect()
}

/// What the company did, once it no longer waits for it: nothing of what the machine found about the person.
async fn answered(desks: &Desks<'_>, frame: Frame, file: File) -> Result<Response, Problem> {
    let own = |kind: &str| matches!(kind, "filed" | "confirmed" | "declined" | "withdrawn" | "lapsed");
    let confirmed = file.events.iter().any(|e| e.kind == "confirmed");
    let leaves = desks.store().leaves(file.case.id).await?;
    let leaves: Vec<_> = leaves.into_iter().filter(|l| l.kind != "case.decided").collect();
    let events = file.events.into_iter().filter(|e| own(&e.kind)).collect();
    let seen = File {
        events,
        decisions: Vec::new(),
        steps: Vec::new(),
        taken: None,
        assignment: None,
        pending: None,
        extension: None,
        gaps: Vec::new(),
        first: None,
        case: file.case,
    };
    let mut shown = outcome::bare(desks, frame.clone(), &seen, &leaves);
    let word = match (confirmed, seen.case.state) {
        (true, CaseState::Granted) => "says.confirmed_granted",
        (true, _) => "says.confirmed",
        (false, CaseState::Declined) => "says.not_confirmed",
        (false, CaseState::AwaitingEvidence) => "says.awaiting_evidence",
        (false, _) => "says.closed_before",
    };
    shown.sentence = frame.t(word).to_owned();
    if confirmed && seen.case.state != CaseState::Granted {
        // A grant is public; how the case of a person stands before that is not.
        shown.tag = Tag::new(Tone::Granted, frame.t("says.confirmed_word"));
    }
    // Who acts next on a person's case is not the company's business.
    shown.next = None;
    page(&shown)
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    reason: String,
}

async fn answer(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
    Form(sent): Form<Answer>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let asked = asked(&desks, &person, &number, frame.now).await?;
    let (id, desk) = (asked.file.case.id, desks.approval());
    let reason = sent.reason.trim();
    let wrong = match sent.answer.as_str() {
        "decline" if reason.is_empty() => Some("ask.reason"),
        _ if reason.chars().count() > REASON_MOST => Some("ask.too_long"),
        _ => None,
    };
    if let (Some(word), CaseState::AwaitingSecondParty) = (wrong, asked.file.case.state) {
        let errors = vec![ErrorLine { href: "#f-reason".to_owned(), message: frame.t(word).to_owned() }];
        let typed = Typed { reason: sent.reason, errors };
        return question(&state, &desks, frame, (&asked, StatusCode::UNPROCESSABLE_ENTITY, typed));
    }
    let done = match sent.answer.as_str() {
        "confirm" => approval::confirm(&desk, &asked.agent, id).await,
        "decline" => approval::decline(&desk, &asked.agent, id, reason).await,
        _ => return Err(Problem::of(StatusCode::BAD_REQUEST)),
    };
    match done {
        // Pressed twice, or too late: the page says how it stands.
        Ok(_) | Err(ApprovalError::NotAllowed(_)) => Ok(Redirect::to(&format!("/confirm/{number}")).into_response()),
        Err(other) => Err(other.into()),
    }
}
