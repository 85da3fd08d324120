//! What a clerk does for who stands there besides the form: help that is noted in the case's story (帮办), and a parent's word to a
//! helper elsewhere (子女代办).

use affairs::agent::kin::{self, Answer, Kin, SeenAt, Witness};
use affairs::approval::ApprovalError;
use affairs::catalog::FieldError;
use affairs::window::{self, Reception};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use kernel::{Id, Language, Text};
use serde::Deserialize;

use super::view::KinAsk;
use super::{case, path, receives, stand, standing};
use crate::approval::helped::HelpTyped;
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;
use crate::words::word;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/window/{id}/cases/{number}/help", post(help))
        .route("/staff/window/{id}/kin/{kin}", post(answer))
}

/// Notes what help was given.
async fn help(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, number)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    receives(&officer)?;
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let mut typed = HelpTyped::of(&pairs);
    let given = (&reception, number.as_str());
    match window::help(&desks.approval(), &officer.actor(), given, &typed.helped()).await {
        Ok(()) => Ok(Redirect::to(&format!("{}/cases/{number}#events", path(&reception))).into_response()),
        Err(ApprovalError::Form(errors)) => {
            typed.errors = errors;
            let again =
                case::again(&desks, &officer, frame, (&reception, &number, &case::Typed::of_help(typed))).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}

/// The questions that wait for the word of who stands there.
pub(crate) async fn open_questions(
    desks: &Desks<'_>,
    frame: &Frame,
    reception: &Reception,
) -> Result<Vec<Kin>, Problem> {
    let person = window::person(&desks.approval(), reception, None).await?;
    let mut all = kin::asked_of(desks.store(), &person.party.code).await?;
    all.retain(|one| one.answer == Answer::Asked && one.until >= frame.now.date());
    Ok(all)
}

/// The same as the page shows them.
pub(super) async fn asked(desks: &Desks<'_>, frame: &Frame, reception: &Reception) -> Result<Vec<KinAsk>, Problem> {
    let open = open_questions(desks, frame, reception).await?;
    let row = |one: &Kin| {
        let items: Vec<String> = one.items.iter().map(|id| places::item(frame, &desks.catalog, id)).collect();
        KinAsk {
            action: format!("{}/kin/{}", path(reception), one.id),
            id: format!("kin-{}", one.id),
            helper: one.helper_name.clone(),
            wants: frame.t2("kin.wants", items.join(frame.t("halls.and")), frame.date(one.until)),
            words: one.words.clone(),
        }
    };
    Ok(open.iter().map(row).collect())
}

/// Takes the answer down: the clerk and the counter stand with it.
pub(crate) async fn answered(
    desks: &Desks<'_>,
    officer: &Officer,
    reception: &Reception,
    answer: (Id, bool),
) -> Result<Kin, Problem> {
    let desk = desks.approval();
    let seen = window::seen(&desk, &officer.actor(), reception)?;
    let witness = Witness {
        seen: SeenAt { place: seen.place, clerk: seen.by.name.clone() },
        by: seen.by,
        hall: seen.hall,
        counter: seen.counter,
    };
    let person = window::person(&desk, reception, None).await?;
    Ok(kin::answer(&desk, &person, answer, Some(&witness)).await?)
}

/// A parent's answer, as the clerk sends it.
#[derive(Deserialize, Default)]
struct Said {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    read_back: String,
}

/// Takes down what the parent said, who stands there recognised; both names stand with it.
async fn answer(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, asked)): Path<(String, String)>,
    Form(said): Form<Said>,
) -> Result<Response, Problem> {
    receives(&officer)?;
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let question: Id = asked.parse().map_err(|_| Problem::not_found())?;
    let is_yes = match said.answer.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(Problem::of(StatusCode::BAD_REQUEST)),
    };
    if is_yes && said.read_back.is_empty() {
        let told = |language| word(language, "kin.read_back_first");
        let message = Text::new(told(Language::Zh), told(Language::En));
        let pointer = format!("kin-{question}");
        let error = FieldError { pointer, code: "required".into(), message };
        let again = stand::again(&desks, &officer, frame, (&reception, &[error])).await?;
        return page_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
    }
    answered(&desks, &officer, &reception, (question, is_yes)).await?;
    Ok(Redirect::to(&path(&reception)).into_response())
}
