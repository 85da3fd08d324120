//! Drafts tried on the past: the form, the list, and a trial's page, which shows how far it is while it is computed beside the
//! requests.

use std::collections::BTreeMap;

use affairs::access::Right;
use affairs::approval::{self, Outcome};
use affairs::catalog::{Catalog, FieldError};
use affairs::replay::{self, ConditionChange, Sample, Share, Trial, TrialError, TrialState, Tried};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::{Id, Text};
use serde::Deserialize;

use super::chart::{Bar, Chart};
use super::tabs;
use super::view::{ChangeRow, DraftForm, FoundView, ItemChoice, MoveRow, SampleRow, TrialPage, TrialRow, TrialsPage};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{ErrorLine, Link, Tag, Tone, field_id};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

/// How often a page that waits asks again, in seconds.
const AGAIN_SECONDS: u32 = 2;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/replay", get(list).post(begin)).route("/staff/replay/trials/{id}", get(one))
}

/// A draft, as a form sends it.
#[derive(Deserialize, Default)]
pub(super) struct Sent {
    #[serde(default)]
    pub(super) item: String,
    #[serde(default)]
    pub(super) model: String,
    #[serde(default)]
    pub(super) why: String,
}

/// Whether the officer tries drafts at all.
pub(crate) fn reads(officer: &Officer) -> Result<(), Problem> {
    let scopes = &officer.0.scopes;
    let any = [Right::WriteRules, Right::Audit].into_iter().any(|right| scopes.allow_somewhere(right));
    if any { Ok(()) } else { Err(Problem::not_found()) }
}

async fn list(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    reads(&officer)?;
    let desks = state.desks()?;
    page(&built(&desks, &officer, frame, (&Sent::default(), &[])).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (sent, errors): (&Sent, &[FieldError]),
) -> Result<TrialsPage, Problem> {
    let trials = replay::trials(desks.store(), &officer.0).await?;
    let row = |trial: &Trial| TrialRow {
        href: format!("/staff/replay/trials/{}", trial.id),
        item: places::item(&frame, &desks.catalog, &trial.item),
        at: trial.begun_at,
        tag: tag(&frame, trial.state(frame.now)),
        sum: trial.found.as_ref().map(|f| frame.t2("replay.sum", f.decisions, f.changed)).unwrap_or_default(),
    };
    Ok(TrialsPage {
        tabs: tabs(&frame),
        form: draft_form(&frame, &desks.catalog, (sent, errors)),
        rows: trials.iter().map(row).collect(),
        frame,
    })
}

/// The form with what was sent, and everything wrong with it.
pub(super) fn draft_form(frame: &Frame, catalog: &Catalog, (sent, errors): (&Sent, &[FieldError])) -> DraftForm {
    let line = |e: &FieldError| ErrorLine {
        href: format!("#{}", field_id(&e.pointer)),
        message: frame.text(&e.message).to_owned(),
    };
    let of = |pointer: &str| -> String {
        let own = errors.iter().filter(|e| e.pointer == pointer).map(|e| frame.text(&e.message));
        own.collect::<Vec<_>>().join(" ")
    };
    let choice = |item: &std::sync::Arc<affairs::catalog::Item>| ItemChoice {
        id: item.id.clone(),
        name: frame.text(&item.name).to_owned(),
        chosen: item.id == sent.item,
    };
    DraftForm {
        errors: errors.iter().map(line).collect(),
        items: catalog.items(frame.now.date()).map(choice).collect(),
        model: sent.model.clone(),
        why: sent.why.clone(),
        item_error: of("/item"),
        model_error: of("/model"),
        why_error: of("/why"),
    }
}

async fn begin(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    reads(&officer)?;
    let desks = state.desks()?;
    let errors = match replay::begin_trial(&desks.base(), &officer.0, &desks.catalog, (&sent.item, &sent.model)).await {
        Ok((trial, draft)) => {
            let href = format!("/staff/replay/trials/{}", trial.id);
            let own = state.clone();
            // Beside the requests: the page is read again, nobody waits for an answer.
            tokio::spawn(async move {
                let Ok(desks) = own.desks() else { return };
                if let Err(error) = replay::carry_trial(&desks.base(), trial, draft).await {
                    tracing::warn!(%error, "a trial of a draft was stopped");
                }
            });
            return Ok(Redirect::to(&href).into_response());
        }
        Err(TrialError::NotFound) => return Err(Problem::not_found()),
        Err(TrialError::Fault(fault)) => return Err(fault.into()),
        Err(TrialError::Form(errors)) => errors,
        Err(TrialError::Busy) => {
            let message = Text::new(
                "另一次试算正在进行，请等它完成再开始",
                "another trial is computed now; begin when it is done",
            );
            vec![FieldError { pointer: "/item".into(), code: "busy".into(), message }]
        }
    };
    page_as(StatusCode::UNPROCESSABLE_ENTITY, &built(&desks, &officer, frame, (&sent, &errors)).await?)
}

async fn one(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let desks = state.desks()?;
    let trial = match replay::trial(desks.store(), &desks.office.shard, &officer.0, id).await {
        Ok(trial) => trial,
        Err(TrialError::Fault(fault)) => return Err(fault.into()),
        Err(_) => return Err(Problem::not_found()),
    };
    let stands = trial.state(frame.now);
    let found = match &trial.found {
        Some(found) => Some(found_view(&desks, &officer, &frame, (&trial, found)).await?),
        None => None,
    };
    let running = stands == TrialState::Running;
    page(&TrialPage {
        tabs: tabs(&frame),
        item: places::item(&frame, &desks.catalog, &trial.item),
        begun: frame.t2("replay.begun", &trial.account_name, frame.moment(trial.begun_at)),
        model_hash: trial.model_hash.chars().take(16).collect(),
        tag: tag(&frame, stands),
        progress: match stands {
            TrialState::Stopped => frame.t("replay.stopped").to_owned(),
            _ => frame.t2("replay.so_far", trial.seen, trial.total),
        },
        percent: if trial.total > 0 { (trial.seen * 100 / trial.total).min(100) } else { 100 },
        refresh_seconds: if running { AGAIN_SECONDS } else { 0 },
        found,
        frame,
    })
}

fn tag(frame: &Frame, state: TrialState) -> Tag {
    let tone = match state {
        TrialState::Running => Tone::Waiting,
        TrialState::Done => Tone::Granted,
        TrialState::Stopped => Tone::Quiet,
    };
    Tag::new(tone, frame.t(&format!("replay.state_{}", state.word())))
}

/// The word of what conditions come to.
pub(super) fn outcome(frame: &Frame, outcome: Outcome) -> String {
    frame.t(&format!("replay.outcome_{}", outcome.word())).to_owned()
}

async fn found_view(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: &Frame,
    (trial, found): (&Trial, &Tried),
) -> Result<FoundView, Problem> {
    let catalog = &desks.catalog;
    let mut notes = vec![frame.t("replay.reach").to_owned()];
    if found.erased > 0 {
        notes.push(frame.t1("replay.erased", found.erased));
    }
    if found.unreadable > 0 {
        notes.push(frame.t1("replay.unreadable", found.unreadable));
    }
    let mut sample = Vec::new();
    for one in &found.sample {
        sample.push(sample_row(desks, officer, frame, one).await?);
    }
    let moves = found.moves.iter().map(|m| MoveRow {
        from: outcome(frame, m.from),
        to: outcome(frame, m.to),
        decisions: m.decisions,
    });
    let item = catalog.item(&trial.item, frame.now.date());
    let sentence = |id: &str| {
        let condition = item.as_ref().and_then(|item| item.condition(id));
        condition.map(|c| frame.text(&c.sentence).to_owned()).unwrap_or_default()
    };
    let months = found.months.iter().map(|(name, share)| (name.clone(), *share)).collect();
    let mut regions: Vec<(String, Share)> =
        found.regions.iter().map(|(code, share)| (places::region(frame, catalog, code), *share)).collect();
    regions.sort_by_key(|(_, share)| std::cmp::Reverse(share.changed));
    Ok(FoundView {
        sum: frame.t2("replay.sum", found.decisions, found.changed),
        notes,
        moves: moves.collect(),
        months: chart(frame, "month", months),
        regions: chart(frame, "region", regions),
        conditions: conditions(frame, &found.conditions, sentence),
        sample,
    })
}

fn chart(frame: &Frame, what: &str, shares: Vec<(String, Share)>) -> Chart {
    let bar = |(label, share): (String, Share)| Bar { label, part: share.changed, whole: share.decisions };
    Chart {
        id: format!("by-{what}"),
        finding: frame.t(&format!("replay.by_{what}")).to_owned(),
        heads: [
            frame.t(&format!("replay.{what}")).to_owned(),
            frame.t("replay.changed").to_owned(),
            frame.t("replay.decisions").to_owned(),
        ],
        bars: shares.into_iter().map(bar).collect(),
    }
}

fn conditions(
    frame: &Frame,
    changes: &BTreeMap<String, ConditionChange>,
    sentence: impl Fn(&str) -> String,
) -> Vec<ChangeRow> {
    let row = |(id, change): (&String, &ConditionChange)| {
        let mut notes = Vec::new();
        if change.new_met + change.new_not_met + change.new_unknown > 0 {
            notes.push(frame.t3("replay.new", change.new_met, change.new_not_met, change.new_unknown));
        }
        notes.extend(change.missing.iter().map(|(name, n)| frame.t2("replay.missing", name, n)));
        ChangeRow {
            id: id.clone(),
            sentence: sentence(id),
            same: change.same,
            won: change.won,
            lost: change.lost,
            doubtful: change.doubtful,
            cleared: change.cleared,
            notes,
        }
    };
    changes.iter().map(row).collect()
}

/// A case of the sample: its number for who may see it, else only where and when.
pub(super) async fn named(desks: &Desks<'_>, officer: &Officer, frame: &Frame, case: Id) -> Result<Link, Problem> {
    match approval::file_for(desks.store(), &officer.actor(), case, frame.now).await {
        Ok((file, _)) => {
            let number = file.case.number;
            Ok(Link { href: format!("/staff/cases/{number}"), text: number, hint: String::new() })
        }
        Err(approval::ApprovalError::NotFound) => {
            Ok(Link { href: String::new(), text: frame.t("replay.masked").to_owned(), hint: String::new() })
        }
        Err(other) => Err(other.into()),
    }
}

async fn sample_row(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: &Frame,
    sample: &Sample,
) -> Result<SampleRow, Problem> {
    Ok(SampleRow {
        case: named(desks, officer, frame, sample.case).await?,
        region: places::region(frame, &desks.catalog, &sample.region),
        month: sample.month.clone(),
        moved: frame.t2("replay.from_to", outcome(frame, sample.from), outcome(frame, sample.to)),
        conditions: sample.conditions.join(" "),
    })
}
