//! Collecting where there is network: one form, sent on at once, without JavaScript.

use affairs::agent::{self, CollectedFrom, Draft, Synced};
use affairs::catalog::{Checked, HallAct, Item};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::Id;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::view::CollectPage;
use super::{held, items};
use crate::catalog::drawn::{self, Filled};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{ErrorLine, FieldKind, FieldView, Width, error_lines};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/agent/collect/{item}", get(form).post(send))
}

/// The item, where one of the agent's posts lets him collect for it.
async fn collected(desks: &Desks<'_>, officer: &Officer, frame: &Frame, id: &str) -> Result<Arc<Item>, Problem> {
    let posts = held(desks, officer, frame).await?;
    let mut all = items(desks, &posts, HallAct::CollectAndForward, frame);
    all.retain(|item| item.id == id);
    all.pop().ok_or_else(Problem::not_found)
}

async fn form(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let item = collected(&desks, &officer, &frame, &id).await?;
    let typed = Typed { id: desks.base().id().to_string(), ..Typed::default() };
    shown(frame, &item, (&typed, &Map::new()), (StatusCode::OK, &[], String::new()))
}

/// Who it is for and by what authorisation, as it was typed.
#[derive(Default)]
struct Typed {
    id: String,
    name: String,
    code: String,
    seen: bool,
    authorised: bool,
    paper: String,
}

impl Typed {
    fn of(pairs: &[(String, String)]) -> Self {
        let one = |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        Self {
            id: one("id").unwrap_or_default(),
            name: one("applicant/name").unwrap_or_default(),
            code: one("applicant/code").unwrap_or_default(),
            seen: one("applicant/seen").is_some(),
            authorised: one("authorisation").is_some(),
            paper: one("paper").unwrap_or_default(),
        }
    }

    fn fields(&self, frame: &Frame, errors: &[(String, String)]) -> Vec<FieldView> {
        let line =
            || FieldKind::Line { width: Width::Medium, mode: "text", autocomplete: "off".into(), unit: String::new() };
        let field = |pointer: &str, label: &str, kind: FieldKind, value: &str| FieldView {
            pointer: pointer.to_owned(),
            label: frame.t(label).to_owned(),
            hint: String::new(),
            kind,
            value: value.to_owned(),
            optional: false,
            error: errors.iter().find(|(at, _)| at.trim_start_matches('/') == pointer).map(|(_, why)| why.clone()),
            note: String::new(),
        };
        let tick = |statement: &str, ticked| FieldKind::Tick { statement: frame.t(statement).to_owned(), ticked };
        vec![
            field("applicant/name", "agent.name", line(), &self.name),
            field("applicant/code", "agent.code", line(), &self.code),
            field("applicant/seen", "agent.seen_label", tick("agent.seen", self.seen), ""),
            field("authorisation", "agent.authorised_label", tick("agent.authorised", self.authorised), ""),
            FieldView {
                hint: frame.t("agent.paper_hint").to_owned(),
                ..field("paper", "agent.paper", line(), &self.paper)
            },
        ]
    }
}

fn shown(
    frame: Frame,
    item: &Item,
    (typed, values): (&Typed, &Map<String, Json>),
    (status, errors, back): (StatusCode, &[affairs::catalog::FieldError], String),
) -> Result<Response, Problem> {
    let told: Vec<(String, String)> =
        errors.iter().map(|e| (e.pointer.clone(), frame.text(&e.message).to_owned())).collect();
    let who = typed.fields(&frame, &told);
    let checked = Checked { errors: errors.to_vec(), ..item.form.check(values) };
    let checked = (status != StatusCode::OK).then_some(checked);
    let known = BTreeMap::new();
    let sections = Filled { form: &item.form, values, known: &known }.sections(&frame, checked.as_ref());
    let mine = who.iter().filter_map(|f| Some(ErrorLine { href: format!("#{}", f.id()), message: f.error.clone()? }));
    let errors = mine.chain(error_lines(&sections)).collect();
    let page = CollectPage {
        name: frame.text(&item.name).to_owned(),
        guide: format!("/items/{}", item.id),
        action: format!("/agent/collect/{}", item.id),
        id: typed.id.clone(),
        errors,
        back,
        who,
        sections,
        frame,
    };
    page_as(status, &page)
}

async fn send(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(item): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let item = collected(&desks, &officer, &frame, &item).await?;
    let mut typed = Typed::of(&pairs);
    let id: Id = typed.id.parse().unwrap_or_else(|_| desks.base().id());
    typed.id = id.to_string();
    let own: Vec<(String, String)> = pairs.into_iter().filter(|(key, _)| key.starts_with('/')).collect();
    let values = drawn::values(&item.form, &BTreeMap::new(), &own);
    let draft = Draft {
        id,
        item: &item.id,
        name: &typed.name,
        code: &typed.code,
        form: &values,
        collected_on: Some(frame.now.date()),
        is_seen: typed.seen,
        is_authorised: typed.authorised,
        paper: &typed.paper,
    };
    match agent::sync(&desks.approval(), &officer.actor(), &draft, CollectedFrom::Now).await? {
        Synced::Filed { .. } => Ok(Redirect::to(&format!("/agent/jobs/{id}")).into_response()),
        Synced::Mend(errors) => {
            shown(frame, &item, (&typed, &values), (StatusCode::UNPROCESSABLE_ENTITY, &errors, String::new()))
        }
        Synced::Back(why) => {
            let why = frame.text(&why).to_owned();
            shown(frame, &item, (&typed, &values), (StatusCode::CONFLICT, &[], why))
        }
    }
}
