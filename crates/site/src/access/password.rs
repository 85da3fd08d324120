//! An officer's password: the page on which it is chosen or changed. What it must be is for the room to say.

use affairs::access::{AccessError, FieldFault, sign_in};
use askama::Template;
use axum::Form;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::arrive::{Way, enter};
use crate::frame::Frame;
use crate::limits::Client;
use crate::pieces::ErrorLine;
use crate::problem::{Problem, page, page_as};
use crate::session::{Officer, Present};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/password", get(show).post(change))
}

/// What is wrong with the three fields; empty where nothing is.
#[derive(Clone, Debug, Default)]
pub struct Mistakes {
    /// With the present password.
    pub old: String,
    /// With the new one.
    pub password: String,
    /// With its repetition.
    pub again: String,
}

impl Mistakes {
    pub(super) fn of(frame: &Frame, faults: &[FieldFault]) -> Self {
        let sentences: Vec<&str> = faults.iter().map(|f| frame.text(&f.reason)).collect();
        let joint = if frame.is_zh() { "；" } else { "; " };
        Self { password: sentences.join(joint), ..Self::default() }
    }

    pub(super) fn differ(frame: &Frame) -> Self {
        Self { again: frame.t("password.differ").to_owned(), ..Self::default() }
    }

    fn lines(&self) -> Vec<ErrorLine> {
        let all = [("#f-old", &self.old), ("#f-password", &self.password), ("#f-again", &self.again)];
        let wrong = all.into_iter().filter(|(_, message)| !message.is_empty());
        wrong.map(|(href, message)| ErrorLine { href: href.to_owned(), message: message.clone() }).collect()
    }
}

/// `/staff/password`, and `/sign-in/link/{token}` of a link that sets one.
#[derive(Clone, Debug, Template)]
#[template(path = "access/password.html")]
pub struct PasswordPage {
    /// The frame.
    pub frame: Frame,
    /// What is done.
    pub title: String,
    /// What follows from it.
    pub lead: String,
    /// Where the form is sent.
    pub action: String,
    /// Whether the present password is asked for.
    pub asks_old: bool,
    /// What was wrong, field by field.
    pub mistakes: Mistakes,
    /// The same as a summary.
    pub errors: Vec<ErrorLine>,
}

impl PasswordPage {
    /// For a link: the officer chooses a first password, or a new one after forgetting it.
    pub(super) fn choose(frame: Frame, name: &str, action: String, mistakes: Mistakes) -> Self {
        let (title, lead) = (frame.t("password.choose").to_owned(), frame.t1("password.choose_lead", name));
        Self { title, lead, action, asks_old: false, errors: mistakes.lines(), mistakes, frame }
    }

    fn change(frame: Frame, mistakes: Mistakes) -> Self {
        let (title, lead) = (frame.t("password.change").to_owned(), frame.t("password.change_lead").to_owned());
        let action = "/staff/password".to_owned();
        Self { title, lead, action, asks_old: true, errors: mistakes.lines(), mistakes, frame }
    }
}

async fn show(_: Officer, frame: Frame) -> Result<Response, Problem> {
    page(&PasswordPage::change(frame, Mistakes::default()))
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    old: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

async fn change(
    State(state): State<AppState>,
    _: Officer,
    Extension(Present(visit)): Extension<Present>,
    (frame, Client(client), way): (Frame, Client, Way),
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    state.limits().sign_in(client)?;
    let desks = state.desks()?;
    let wrong = |frame, mistakes| page_as(StatusCode::UNPROCESSABLE_ENTITY, &PasswordPage::change(frame, mistakes));
    if sent.password != sent.again {
        let mistakes = Mistakes::differ(&frame);
        return wrong(frame, mistakes);
    }
    let changed = sign_in::change_password(&desks.base(), &visit, (&sent.old, &sent.password), &way.arrival()).await;
    match changed {
        Ok(signed_in) => enter(&state, &signed_in, "/sessions"),
        Err(AccessError::SignInRefused { .. }) => {
            let old = frame.t("password.wrong").to_owned();
            wrong(frame, Mistakes { old, ..Mistakes::default() })
        }
        Err(AccessError::Invalid(faults)) => {
            let mistakes = Mistakes::of(&frame, &faults);
            wrong(frame, mistakes)
        }
        Err(other) => Err(other.into()),
    }
}
