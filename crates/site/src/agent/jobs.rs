//! An agent's page: his posts, what may be collected, what he sent on, and each of those with its receipt.

use affairs::agent::{self, Job, Post, Review, is_review_due};
use affairs::approval::{self, ApprovalError, State as CaseState};
use affairs::catalog::HallAct;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::Id;
use serde::Deserialize;

use super::view::{HomePage, JobPage, JobRow, PostRow};
use super::{hall_name, held, items};
use crate::approval::found::state_tag;
use crate::approval::helped::{HelpForm, HelpTyped};
use crate::catalog::halls::act_name;
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::Link;
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/agent", get(home))
        .route("/agent/jobs/{id}", get(show))
        .route("/agent/jobs/{id}/review", post(review))
        .route("/agent/jobs/{id}/help", post(help))
        .route("/agent/jobs/{id}/deliver", post(deliver))
}

async fn home(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let posts = held(&desks, &officer, &frame).await?;
    let jobs = agent::jobs_of(desks.store(), &desks.office.shard, officer.0.account).await?;
    let collected = items(&desks, &posts, HallAct::CollectAndForward, &frame);
    let link = |item: &affairs::catalog::Item| Link {
        href: format!("/agent/collect/{}", item.id),
        text: frame.text(&item.name).to_owned(),
        hint: String::new(),
    };
    page(&HomePage {
        posts: posts.iter().map(|post| post_row(&desks, &frame, post)).collect(),
        items: collected.iter().map(|item| link(item)).collect(),
        jobs: jobs.iter().map(|(job, state)| job_row(&desks, &frame, (job, *state))).collect(),
        frame,
    })
}

pub(super) fn acts_text(frame: &Frame, post: &Post) -> String {
    let names: Vec<String> = post.acts.iter().map(|act| act_name(frame, *act)).collect();
    names.join(frame.t("halls.and"))
}

pub(super) fn items_text(desks: &Desks<'_>, frame: &Frame, post: &Post) -> String {
    if post.items.is_empty() {
        return frame.t("agent.every_item").to_owned();
    }
    let names: Vec<String> = post.items.iter().map(|id| places::item(frame, &desks.catalog, id)).collect();
    names.join(frame.t("halls.and"))
}

fn post_row(desks: &Desks<'_>, frame: &Frame, post: &Post) -> PostRow {
    PostRow {
        hall: hall_name(desks, frame, &post.hall),
        acts: acts_text(frame, post),
        items: items_text(desks, frame, post),
        from: post.valid_from,
        to: post.valid_to,
    }
}

fn job_row(desks: &Desks<'_>, frame: &Frame, (job, state): (&Job, CaseState)) -> JobRow {
    JobRow {
        href: format!("/agent/jobs/{}", job.id),
        item: places::item(frame, &desks.catalog, &job.item),
        who: job.name_mask.clone(),
        number: job.number.clone(),
        tag: state_tag(frame, state),
        collected_on: job.collected_on,
        sent_at: job.sent_at,
    }
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&built(&state.desks()?, &officer, frame, (&id, Said::default())).await?)
}

/// What was typed on a job's page, and what was wrong with it.
#[derive(Default)]
struct Said {
    error: String,
    note: String,
    help: HelpTyped,
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (id, said): (&str, Said),
) -> Result<JobPage, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let (job, state) = agent::job(&desks.approval(), &officer.actor(), id).await?;
    let posts = held(desks, officer, &frame).await?;
    let here: Vec<Post> = posts.into_iter().filter(|post| post.hall == job.hall).collect();
    let may = |act| agent::in_charge(&here, &desks.catalog, (act, &job.item), frame.now).is_some();
    let reviews = is_review_due(&job, state) && may(HallAct::FirstReview);
    let delivers = job.delivered_at.is_none() && !state.is_open() && may(HallAct::Deliver);
    let typed = match said.help.key.is_empty() {
        true => HelpTyped::fresh(desks.base().id().to_string()),
        false => said.help,
    };
    let help = may(HallAct::AssistFill).then(|| typed.form(&frame, format!("/agent/jobs/{id}/help")));
    let own = job.account == officer.0.account;
    let at = |possible: bool, act: &str| if possible { format!("/agent/jobs/{id}/{act}") } else { String::new() };
    Ok(JobPage {
        item: places::item(&frame, &desks.catalog, &job.item),
        tag: state_tag(&frame, state),
        number: job.number.clone(),
        // Handed to the applicant, who follows the case with it; to the agent it says no more than this page does.
        secret: if own { secret(desks, &job).await? } else { String::new() },
        pairs: pairs(desks, &frame, &job),
        errors: help.iter().flat_map(HelpForm::lines).collect(),
        error: said.error,
        help,
        review: at(reviews, "review"),
        note: said.note,
        deliver: at(delivers, "deliver"),
        version: job.version,
        frame,
    })
}

/// The receipt's secret of a case that this agent sent on, as it opens the case today: one that was lost is followed by another.
async fn secret(desks: &Desks<'_>, job: &Job) -> Result<String, Problem> {
    let file = approval::story(desks.store(), job.case).await?.ok_or_else(Problem::not_found)?;
    Ok(approval::receipt_secret(desks.store(), &desks.office.receipt_key, &file.case).await?)
}

fn pairs(desks: &Desks<'_>, frame: &Frame, job: &Job) -> Vec<(String, String)> {
    let collected = format!("{}（{}）", frame.date(job.collected_on), frame.text(&job.collected_from.text()));
    let by = |at: Option<kernel::Moment>, who: &Option<String>| match (at, who) {
        (Some(at), Some(who)) => format!("{} · {who}", frame.moment(at)),
        _ => String::new(),
    };
    let reviewed = by(job.reviewed_at, &job.reviewed_by);
    let found = match job.review_is_good {
        Some(true) => frame.t("agent.review_good"),
        Some(false) => frame.t("agent.review_found"),
        None => "",
    };
    let review = job.review.as_ref().map(|note| format!("{found}：{note}")).unwrap_or_default();
    let all = [
        ("agent.applicant", job.name_mask.clone()),
        ("agent.hall", hall_name(desks, frame, &job.hall)),
        ("agent.by", job.account_name.clone()),
        ("agent.paper", job.paper.clone()),
        ("agent.collected_on", collected),
        ("agent.sent_at", frame.moment(job.sent_at)),
        ("agent.reviewed", reviewed),
        ("agent.review", review),
        ("agent.delivered", by(job.delivered_at, &job.delivered_by)),
    ];
    let told = all.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(key, value)| (frame.t(key).to_owned(), value)).collect()
}

#[derive(Deserialize, Default)]
struct Sent {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    found: String,
    #[serde(default)]
    note: String,
}

async fn review(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let job: Id = id.parse().map_err(|_| Problem::not_found())?;
    let found = Review { is_good: sent.found == "good", note: &sent.note, version: sent.version };
    let done = match sent.found.as_str() {
        "good" | "found" => agent::review(&desks.approval(), &officer.actor(), job, &found).await,
        _ => {
            let why = frame.t("agent.review_choose").to_owned();
            let again = built(&desks, &officer, frame, (&id, Said { error: why, note: sent.note, ..Said::default() }));
            let again = again.await?;
            return page_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
        }
    };
    answered(&desks, &officer, frame, (&id, sent.note, done)).await
}

/// Notes what help was given.
async fn help(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let job: Id = id.parse().map_err(|_| Problem::not_found())?;
    let mut typed = HelpTyped::of(&pairs);
    match agent::help(&desks.approval(), &officer.actor(), job, &typed.helped()).await {
        Ok(_) => Ok(Redirect::to(&format!("/agent/jobs/{id}")).into_response()),
        Err(ApprovalError::Form(errors)) => {
            typed.errors = errors;
            let said = Said { help: typed, ..Said::default() };
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &built(&desks, &officer, frame, (&id, said)).await?)
        }
        Err(other) => Err(other.into()),
    }
}

async fn deliver(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let job: Id = id.parse().map_err(|_| Problem::not_found())?;
    let done = agent::deliver(&desks.approval(), &officer.actor(), job, sent.version).await;
    answered(&desks, &officer, frame, (&id, String::new(), done)).await
}

async fn answered(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (id, note, done): (&str, String, Result<Job, ApprovalError>),
) -> Result<Response, Problem> {
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/agent/jobs/{id}")).into_response()),
        Err(ApprovalError::Form(errors)) => {
            let why = errors.first().map(|e| frame.text(&e.message).to_owned()).unwrap_or_default();
            let said = Said { error: why, note, ..Said::default() };
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &built(desks, officer, frame, (id, said)).await?)
        }
        Err(other) => Err(other.into()),
    }
}
