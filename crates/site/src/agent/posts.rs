//! Who names agents, at which place, and until when.

use affairs::agent::{self, ACTS, NewPost, Post};
use affairs::approval::ApprovalError;
use affairs::catalog::HallAct;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::Id;
use serde::Deserialize;

use super::hall_name;
use super::jobs::{acts_text, items_text};
use super::view::{NamedRow, PostsPage};
use crate::catalog::halls::act_name;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, ErrorLine, FieldKind, FieldView, Tag, Tone, Width};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/agents", get(show).post(name)).route("/staff/agents/{id}/end", post(end))
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    hall: String,
}

/// The form that names an agent, as it is sent.
#[derive(Default)]
struct Typed {
    hall: String,
    login: String,
    acts: Vec<String>,
    items: Vec<String>,
    from: String,
    to: String,
    basis: String,
}

impl Typed {
    fn of(pairs: &[(String, String)]) -> Self {
        let one =
            |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, v)| v.clone()).unwrap_or_default();
        let all = |name: &str| pairs.iter().filter(|(key, _)| key == name).map(|(_, v)| v.clone()).collect();
        Self {
            hall: one("hall"),
            login: one("/login"),
            acts: all("/acts"),
            items: all("/items"),
            from: one("/valid_from"),
            to: one("/valid_to"),
            basis: one("/basis"),
        }
    }
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let typed = Typed { hall: asked.hall, from: frame.now.date().to_string(), ..Typed::default() };
    page(&built(&state.desks()?, &officer, frame, (&typed, Vec::new(), String::new())).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (typed, errors, error): (&Typed, Vec<(String, String)>, String),
) -> Result<PostsPage, Problem> {
    if !officer.0.scopes.allow_somewhere(affairs::access::Right::ManageStaff) {
        return Err(Problem::not_found());
    }
    let posts = match typed.hall.is_empty() {
        true => Vec::new(),
        false => agent::posts_at(&desks.approval(), &officer.actor(), &typed.hall).await?,
    };
    let fields = if typed.hall.is_empty() { Vec::new() } else { fields(desks, &frame, typed, &errors) };
    let line = |f: &FieldView| Some(ErrorLine { href: format!("#{}", f.id()), message: f.error.clone()? });
    Ok(PostsPage {
        hall: typed.hall.clone(),
        hall_name: hall_name(desks, &frame, &typed.hall),
        errors: fields.iter().filter_map(line).collect(),
        error,
        fields,
        rows: posts.iter().map(|post| row(desks, &frame, post)).collect(),
        frame,
    })
}

fn fields(desks: &Desks<'_>, frame: &Frame, typed: &Typed, errors: &[(String, String)]) -> Vec<FieldView> {
    let halls = desks.catalog.halls();
    let done = halls.get(&typed.hall).map(|hall| halls.acts(hall, None)).unwrap_or_default();
    let act = |act: HallAct| Choice {
        value: act.word().to_owned(),
        label: act_name(frame, act),
        chosen: typed.acts.iter().any(|word| word == act.word()),
    };
    let acts: Vec<Choice> = ACTS.into_iter().filter(|one| done.contains(one)).map(act).collect();
    let items = desks.catalog.items(frame.now.date()).map(|item| Choice {
        value: item.id.clone(),
        label: frame.text(&item.name).to_owned(),
        chosen: typed.items.contains(&item.id),
    });
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
    vec![
        FieldView {
            hint: frame.t("agent.login_hint").to_owned(),
            ..field("/login", "agent.login", line(), &typed.login)
        },
        field("/acts", "agent.acts", FieldKind::Several(acts), ""),
        FieldView {
            hint: frame.t("agent.items_hint").to_owned(),
            optional: true,
            ..field("/items", "agent.items", FieldKind::Several(items.collect()), "")
        },
        field("/valid_from", "agent.from", FieldKind::Date, &typed.from),
        field("/valid_to", "agent.to", FieldKind::Date, &typed.to),
        field("/basis", "agent.basis", line(), &typed.basis),
    ]
}

fn row(desks: &Desks<'_>, frame: &Frame, post: &Post) -> NamedRow {
    let is_on = post.in_force(frame.now);
    let days = frame.t2("agent.days", frame.date(post.valid_from), frame.date(post.valid_to));
    NamedRow {
        name: post.account_name.clone(),
        acts: acts_text(frame, post),
        items: items_text(desks, frame, post),
        days: match (post.ended_at, &post.end_why) {
            (Some(at), Some(why)) => frame.t3("agent.ended", days, frame.date(at.date()), why),
            _ => days,
        },
        basis: post.basis.clone(),
        tag: match is_on {
            true => Tag::new(Tone::Granted, frame.t("agent.on")),
            false => Tag::new(Tone::Quiet, frame.t("agent.off")),
        },
        end: if is_on { post.id.to_string() } else { String::new() },
    }
}

async fn name(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let typed = Typed::of(&pairs);
    let acts: Vec<HallAct> =
        HallAct::ALL.into_iter().filter(|act| typed.acts.iter().any(|word| word == act.word())).collect();
    let new = NewPost {
        login: &typed.login,
        hall: &typed.hall,
        acts: &acts,
        items: &typed.items,
        valid_from: typed.from.parse().ok(),
        valid_to: typed.to.parse().ok(),
        basis: &typed.basis,
    };
    match agent::name_post(&desks.approval(), &officer.actor(), &new).await {
        Ok(post) => Ok(Redirect::to(&format!("/staff/agents?hall={}", post.hall)).into_response()),
        Err(ApprovalError::Form(errors)) => {
            let errors = errors.iter().map(|e| (e.pointer.clone(), frame.text(&e.message).to_owned())).collect();
            let again = built(&desks, &officer, frame, (&typed, errors, String::new())).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}

#[derive(Deserialize, Default)]
struct Ended {
    #[serde(default)]
    why: String,
}

async fn end(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(sent): Form<Ended>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let post = agent::post(&desks.approval(), &officer.actor(), id).await?;
    match agent::end_post(&desks.approval(), &officer.actor(), id, &sent.why).await {
        Ok(_) => Ok(Redirect::to(&format!("/staff/agents?hall={}", post.hall)).into_response()),
        Err(ApprovalError::Form(errors)) => {
            let why = errors.first().map(|e| frame.text(&e.message).to_owned()).unwrap_or_default();
            let typed = Typed { hall: post.hall, from: frame.now.date().to_string(), ..Typed::default() };
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &built(&desks, &officer, frame, (&typed, Vec::new(), why)).await?)
        }
        Err(other) => Err(other.into()),
    }
}
