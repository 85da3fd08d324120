//! Drafts beside people: which run, since when and why; and what each would have said.

use affairs::access::Right;
use affairs::catalog::FieldError;
use affairs::replay::{self, Agreement, NewShadow, Shadow, ShadowError, ShadowSeen};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::Id;

use super::chart::{Bar, Chart};
use super::tabs;
use super::trials::{Sent, draft_form, named, outcome, reads};
use super::view::{MoveRow, SampleRow, SeenRow, ShadowPage, ShadowRow, ShadowsPage};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Tag, Tone};
use crate::problem::{Problem, page, page_as};
use crate::refusal::{changed, no_evidence};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/replay/shadows", get(list).post(begin))
        .route("/staff/replay/shadows/{id}", get(one))
        .route("/staff/replay/shadows/{id}/end", post(end))
}

fn told(error: ShadowError) -> Problem {
    match error {
        ShadowError::NotFound => Problem::not_found(),
        ShadowError::Changed => changed(),
        ShadowError::NoEvidence(why) => no_evidence(&why),
        ShadowError::Fault(fault) => fault.into(),
        ShadowError::Form(errors) => Problem::invalid(errors.into_iter().map(Into::into).collect()),
    }
}

fn may_write(officer: &Officer) -> bool {
    officer.0.scopes.allow_somewhere(Right::WriteRules)
}

async fn list(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    reads(&officer)?;
    page(&built(&state.desks()?, &officer, frame, (&Sent::default(), &[])).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (sent, errors): (&Sent, &[FieldError]),
) -> Result<ShadowsPage, Problem> {
    let shadows = replay::shadows(desks.store()).await?;
    let row = |shadow: &Shadow| ShadowRow {
        href: format!("/staff/replay/shadows/{}", shadow.id),
        item: places::item(&frame, &desks.catalog, &shadow.item),
        at: shadow.begun_at,
        tag: tag(&frame, shadow),
        why: shadow.why.clone(),
    };
    Ok(ShadowsPage {
        tabs: tabs(&frame),
        form: may_write(officer).then(|| draft_form(&frame, &desks.catalog, (sent, errors))),
        rows: shadows.iter().map(row).collect(),
        frame,
    })
}

fn tag(frame: &Frame, shadow: &Shadow) -> Tag {
    let (tone, word) = match shadow.is_running() {
        true => (Tone::Waiting, "shadow.running"),
        false => (Tone::Quiet, "shadow.ended"),
    };
    Tag::new(tone, frame.t(word))
}

async fn begin(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let new = NewShadow { item: &sent.item, model: &sent.model, why: &sent.why };
    match replay::begin_shadow(&desks.base(), &officer.0, &desks.catalog, &new).await {
        Ok(shadow) => Ok(Redirect::to(&format!("/staff/replay/shadows/{}", shadow.id)).into_response()),
        Err(ShadowError::Form(errors)) => {
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &built(&desks, &officer, frame, (&sent, &errors)).await?)
        }
        Err(other) => Err(told(other)),
    }
}

async fn end(State(state): State<AppState>, officer: Officer, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let desks = state.desks()?;
    replay::end_shadow(&desks.base(), &officer.0, &desks.catalog, id).await.map_err(told)?;
    Ok(Redirect::to(&format!("/staff/replay/shadows/{id}")).into_response())
}

async fn one(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let desks = state.desks()?;
    let shadow = replay::shadow(desks.store(), &desks.office.shard, &officer.0, id).await.map_err(told)?;
    let seen = replay::shadow_seen(desks.store(), &officer.0, &shadow).await.map_err(told)?;
    let mut dates = vec![frame.t2("shadow.begun", &shadow.begun_name, frame.moment(shadow.begun_at))];
    if let (Some(at), Some(name)) = (shadow.ended_at, &shadow.ended_name) {
        dates.push(frame.t2("shadow.ended_by", name, frame.moment(at)));
    }
    let may_end = shadow.is_running() && may_write(&officer);
    page(&ShadowPage {
        tabs: tabs(&frame),
        item: places::item(&frame, &desks.catalog, &shadow.item),
        tag: tag(&frame, &shadow),
        why: shadow.why.clone(),
        dates,
        model_hash: shadow.model_hash.chars().take(16).collect(),
        end: may_end.then(|| format!("/staff/replay/shadows/{}/end", shadow.id)),
        sum: frame.t1("shadow.sum", seen.total()),
        agreement: agreement(&frame, &seen),
        pairs: pairs(&frame, &seen),
        conditions: conditions(&desks, &frame, (&shadow, &seen)),
        disagreements: disagreements(&desks, &officer, &frame, &seen).await?,
        frame,
    })
}

fn agreement(frame: &Frame, seen: &ShadowSeen) -> Chart {
    let all = seen.total();
    let bar = |agreement: Agreement| Bar {
        label: frame.t(&format!("shadow.{}", agreement.word())).to_owned(),
        part: seen.counts.get(&agreement).copied().unwrap_or(0),
        whole: all,
    };
    let heads = ["shadow.agreement", "replay.decisions", "shadow.of_all"].map(|key| frame.t(key).to_owned());
    let bars = [Agreement::Agrees, Agreement::Disagrees, Agreement::Abstains].map(bar);
    let bars = if all == 0 { Vec::new() } else { bars.into() };
    Chart { id: "agreement".into(), finding: frame.t("shadow.agreement").to_owned(), heads, bars }
}

fn pairs(frame: &Frame, seen: &ShadowSeen) -> Vec<MoveRow> {
    let row = |((ruled, draft), n): (&(String, affairs::approval::Outcome), &u64)| MoveRow {
        from: frame.t(&format!("state.{ruled}")).to_owned(),
        to: outcome(frame, *draft),
        decisions: *n,
    };
    seen.pairs.iter().map(row).collect()
}

fn conditions(desks: &Desks<'_>, frame: &Frame, (shadow, seen): (&Shadow, &ShadowSeen)) -> Vec<SeenRow> {
    let item = desks.catalog.item(&shadow.item, frame.now.date());
    let sentence = |id: &str| {
        let condition = item.as_ref().and_then(|item| item.condition(id));
        condition.map(|c| frame.text(&c.sentence).to_owned()).unwrap_or_default()
    };
    let row = |(id, seen): (&String, &replay::ConditionSeen)| SeenRow {
        id: id.clone(),
        sentence: sentence(id),
        met: seen.met,
        not_met: seen.not_met,
        unknown: seen.unknown,
        missing: seen.missing.iter().map(|(name, n)| frame.t2("replay.missing", name, n)).collect(),
    };
    seen.conditions.iter().map(row).collect()
}

async fn disagreements(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: &Frame,
    seen: &ShadowSeen,
) -> Result<Vec<SampleRow>, Problem> {
    let mut rows = Vec::new();
    for (case, ruled, draft) in &seen.disagreements {
        let state = frame.t(&format!("state.{ruled}")).to_owned();
        rows.push(SampleRow {
            case: named(desks, officer, frame, *case).await?,
            region: String::new(),
            month: String::new(),
            moved: frame.t2("shadow.ruled_draft", state, outcome(frame, *draft)),
            conditions: String::new(),
        });
    }
    Ok(rows)
}
