//! One item: its versions, its draft, its switch; and the cases a version decided.

use affairs::access::Right;
use affairs::catalog::{FieldError, Item, stopped};
use affairs::workshop::{self, Back, Bench, DecidedCase, Finding, Versioned, WorkshopError};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::{Id, Text};
use serde::Deserialize;

use super::listed::{draft_tag, short};
use super::view::{DecidedLine, DecidedPage, ItemPage, Typed, VersionLine};
use super::{bench, take_up};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, ErrorLine, Link, Pager, Tag, Tone, field_id};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/rules/{item}", get(show))
        .route("/staff/rules/{item}/draft", post(begin))
        .route("/staff/rules/{item}/stop", post(stop))
        .route("/staff/rules/{item}/lift", post(lift))
        .route("/staff/rules/{item}/back", post(back))
        .route("/staff/rules/{item}/decided/{version}", get(decided))
        .route("/staff/rules/{item}/decided/{version}/{case}", post(look_again))
        .route("/staff/rules/{item}/sealed/{version}", get(sealed))
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    page(&built(&bench(&desks, &actor), &desks, frame, (&id, Typed::default(), Vec::new())).await?)
}

async fn built(
    bench: &Bench<'_>,
    desks: &Desks<'_>,
    frame: Frame,
    (id, typed, errors): (&str, Typed, Vec<ErrorLine>),
) -> Result<ItemPage, Problem> {
    let rows = workshop::items(bench).await?;
    let row = rows.into_iter().find(|row| row.item.id == id).ok_or_else(Problem::not_found)?;
    let place = bench.place(&row.item);
    let stop = stopped(desks.store(), id).await?;
    let versions = workshop::versions(bench, id).await?;
    let mut lines = Vec::new();
    for version in &versions {
        lines.push(line(desks, &frame, (id, version, &versions)).await?);
    }
    Ok(ItemPage {
        id: id.to_owned(),
        name: frame.text(&row.item.name).to_owned(),
        guide: format!("/items/{id}"),
        errors,
        draft: row.draft.map(|(draft, state)| {
            let href = format!("/staff/rules/drafts/{draft}");
            let text = frame.t("workshop.open_draft").to_owned();
            (Link { href, text, hint: String::new() }, draft_tag(&frame, state))
        }),
        writes: row.writes,
        approves: row.approves,
        stops: row.approves || bench.may(Right::Lead, (&place.0, &place.1, id)),
        stopped: stop.map(|stop| {
            let who = frame.t2("workshop.stopped_by", &stop.stopped_by, frame.moment(stop.stopped_at));
            (frame.text(&stop.reason).to_owned(), who)
        }),
        typed,
        versions: lines,
        frame,
    })
}

pub(super) async fn line(
    desks: &Desks<'_>,
    frame: &Frame,
    (id, version, all): (&str, &Versioned, &[Versioned]),
) -> Result<VersionLine, Problem> {
    let item = desks.catalog.item_version(id, &version.hash);
    let leaf = match &version.published {
        Some(published) => desks.store().leaves(published.id).await?.first().map(|leaf| leaf.position),
        None => None,
    };
    let in_force = desks.catalog.item(id, frame.now.date()).is_some_and(|now| now.hash == version.hash);
    // A version that a later one follows is over, though nothing was put in its place: nobody takes it back.
    let counts = version.is_current && (in_force || item.as_ref().is_some_and(|i| i.valid_from > frame.now.date()));
    let tag = version_tag(frame, version, (in_force, counts));
    Ok(VersionLine {
        short: short(&version.hash),
        page: format!("/staff/rules/{id}/versions/{}", version.hash),
        hash: version.hash.clone(),
        tag,
        days: days(frame, version, item.as_deref()),
        who: who(frame, version),
        at: version.at,
        why: version.published.as_ref().map(|p| p.why.clone()).unwrap_or_default(),
        leaf: leaf.map(|position| format!("/log/leaf/{position}")).unwrap_or_default(),
        decided: format!("/staff/rules/{id}/decided/{}", version.hash),
        back_to: if counts { back_to(frame, version, all) } else { Vec::new() },
    })
}

fn version_tag(frame: &Frame, version: &Versioned, (in_force, counts): (bool, bool)) -> Tag {
    match &version.taken_back_by {
        Some(_) => Tag::new(Tone::Refused, frame.t("workshop.taken_back")),
        None if in_force => Tag::new(Tone::Granted, frame.t("workshop.in_force")),
        None if counts => Tag::new(Tone::Waiting, frame.t("workshop.ahead")),
        None => Tag::new(Tone::Quiet, frame.t("workshop.replaced")),
    }
}

fn days(frame: &Frame, version: &Versioned, item: Option<&Item>) -> String {
    let from = version.valid_from.map(|day| frame.date(day)).unwrap_or_default();
    match item {
        Some(item) => frame.t2("workshop.days", from, frame.text(&item.version_by.text())),
        None => from,
    }
}

fn who(frame: &Frame, version: &Versioned) -> String {
    match &version.published {
        None => frame.t("workshop.imported").to_owned(),
        Some(published) if published.restores.is_some() => {
            let to = published.restores.as_deref().map(short).unwrap_or_default();
            frame.t2("workshop.rolled_back_by", &published.publisher, to)
        }
        Some(published) => {
            frame.t3("workshop.published_by", &published.author, &published.approver, &published.publisher)
        }
    }
}

/// The versions that came before one, and were not taken back.
fn back_to(frame: &Frame, version: &Versioned, all: &[Versioned]) -> Vec<Choice> {
    let earlier =
        |other: &&Versioned| other.hash != version.hash && other.at <= version.at && other.taken_back_by.is_none();
    let choice = |other: &Versioned| Choice {
        value: other.hash.clone(),
        label: frame.t2("workshop.version_of", short(&other.hash), frame.moment(other.at)),
        chosen: false,
    };
    all.iter().filter(earlier).map(choice).collect()
}

async fn begin(State(state): State<AppState>, officer: Officer, Path(id): Path<String>) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let draft = workshop::open(&bench(&desks, &actor), &id).await?;
    Ok(Redirect::to(&format!("/staff/rules/drafts/{}", draft.id)).into_response())
}

#[derive(Deserialize, Default)]
struct Stopping {
    #[serde(rename = "/reason", default)]
    zh: String,
    #[serde(rename = "/reason_en", default)]
    en: String,
}

async fn stop(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(sent): Form<Stopping>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let bench = bench(&desks, &actor);
    let done = workshop::stop(&bench, &id, (&sent.zh, &sent.en)).await;
    let typed = Typed { stop: sent.zh, stop_en: sent.en, ..Typed::default() };
    answer(&bench, &desks, frame, (&id, typed, done)).await
}

#[derive(Deserialize, Default)]
struct Lifting {
    #[serde(rename = "/why", default)]
    why: String,
}

async fn lift(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(sent): Form<Lifting>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let bench = bench(&desks, &actor);
    let done = workshop::lift(&bench, &id, &sent.why).await;
    answer(&bench, &desks, frame, (&id, Typed { lift: sent.why, ..Typed::default() }, done)).await
}

#[derive(Deserialize, Default)]
struct Backward {
    #[serde(default)]
    bad: String,
    #[serde(default)]
    to: String,
    #[serde(rename = "/reason", default)]
    reason: String,
}

async fn back(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(sent): Form<Backward>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let bench = bench(&desks, &actor);
    let wanted = Back { bad: &sent.bad, to: &sent.to, reason: &sent.reason };
    let done = workshop::roll_back(&bench, &id, &wanted).await;
    let done = match done {
        Ok(_) => {
            take_up(&desks).await?;
            Ok(())
        }
        Err(error) => Err(error),
    };
    answer(&bench, &desks, frame, (&id, Typed { back: sent.reason, bad: sent.bad, ..Typed::default() }, done)).await
}

/// Back to the item's page, or the page again with what is in the way.
async fn answer(
    bench: &Bench<'_>,
    desks: &Desks<'_>,
    frame: Frame,
    (id, typed, done): (&str, Typed, Result<(), WorkshopError>),
) -> Result<Response, Problem> {
    let (status, errors) = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/staff/rules/{id}")).into_response()),
        Err(WorkshopError::Form(errors)) => {
            let mut wrong = lines(&frame, &errors);
            // Every version has a form of its own to take it back with.
            if !typed.bad.is_empty() {
                wrong.iter_mut().for_each(|line| line.href = format!("#why-{}", short(&typed.bad)));
            }
            (StatusCode::UNPROCESSABLE_ENTITY, wrong)
        }
        Err(WorkshopError::Hindered(found)) => (StatusCode::CONFLICT, hindered(&frame, &found)),
        Err(other) => return Err(other.into()),
    };
    page_as(status, &built(bench, desks, frame, (id, typed, errors)).await?)
}

/// Errors of fields as lines that lead to them.
pub(super) fn lines(frame: &Frame, errors: &[FieldError]) -> Vec<ErrorLine> {
    let line = |e: &FieldError| ErrorLine {
        href: format!("#{}", field_id(&e.pointer)),
        message: frame.text(&e.message).to_owned(),
    };
    errors.iter().map(line).collect()
}

/// What is in the way, as lines.
pub(super) fn hindered(frame: &Frame, found: &[Text]) -> Vec<ErrorLine> {
    let line = |text: &Text| ErrorLine { href: "#main".to_owned(), message: frame.text(text).to_owned() };
    found.iter().map(line).collect()
}

/// The sealed document of a version, for whoever checks it without us.
async fn sealed(
    State(state): State<AppState>,
    officer: Officer,
    Path((id, hash)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let versions = workshop::versions(&bench(&desks, &actor), &id).await?;
    let found = versions.into_iter().find(|version| version.hash == hash).and_then(|version| version.published);
    let document = found.ok_or_else(Problem::not_found)?.document;
    Ok(([(axum::http::header::CONTENT_TYPE, "application/json")], document).into_response())
}

#[derive(Deserialize, Default)]
struct From {
    #[serde(default)]
    from: u32,
}

async fn decided(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((item, version)): Path<(String, String)>,
    Query(asked): Query<From>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let place = (item.as_str(), version.as_str());
    page(&list(&bench(&desks, &actor), &desks, frame, (place, asked.from, Vec::new())).await?)
}

async fn list(
    bench: &Bench<'_>,
    desks: &Desks<'_>,
    frame: Frame,
    ((item, version), from, errors): ((&str, &str), u32, Vec<ErrorLine>),
) -> Result<DecidedPage, Problem> {
    let (cases, more, count) = workshop::decided_under(bench, (item, version), from).await?;
    let here = format!("/staff/rules/{item}/decided/{version}");
    let next = from as usize + workshop::PAGE;
    let finding = |one: Finding| Choice {
        value: one.word().to_owned(),
        label: frame.t(&format!("workshop.finding.{}", one.word())).to_owned(),
        chosen: false,
    };
    Ok(DecidedPage {
        name: crate::catalog::places::item(&frame, &desks.catalog, item),
        item: format!("/staff/rules/{item}"),
        version: short(version),
        errors,
        count: frame.t2("workshop.decided_count", count, cases.len()),
        findings: Finding::ALL.into_iter().map(finding).collect(),
        rows: cases.iter().map(|case| decided_line(&frame, case)).collect(),
        pager: Pager { first: (from > 0).then(|| here.clone()), next: more.then(|| format!("{here}?from={next}")) },
        action: here,
        frame,
    })
}

fn decided_line(frame: &Frame, case: &DecidedCase) -> DecidedLine {
    let looked = case.looked.as_ref().map(|(finding, note, by, at)| {
        let tone = if finding == Finding::Stands.word() { Tone::Granted } else { Tone::Refused };
        let tag = Tag::new(tone, frame.t(&format!("workshop.finding.{finding}")));
        (tag, frame.t3("workshop.looked", by, frame.moment(*at), note))
    });
    DecidedLine {
        case: Link { href: format!("/staff/cases/{}", case.number), text: case.number.clone(), hint: String::new() },
        id: case.case.to_string(),
        outcome: match case.maker.as_str() {
            "machine" => frame.t(&format!("workshop.outcome.{}", case.outcome)).to_owned(),
            // What a person or the law decided is told as the state the case is in since.
            _ => frame.t(&format!("state.{}", case.outcome)).to_owned(),
        },
        maker: frame.t(&format!("workshop.maker.{}", case.maker)).to_owned(),
        at: case.decided_at,
        looked,
    }
}

#[derive(Deserialize, Default)]
struct Looked {
    #[serde(default)]
    finding: String,
    #[serde(rename = "/note", default)]
    note: String,
}

async fn look_again(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((item, version, case)): Path<(String, String, String)>,
    Form(sent): Form<Looked>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let bench = bench(&desks, &actor);
    let case: Id = case.parse().map_err(|_| Problem::not_found())?;
    let done = match Finding::from_word(&sent.finding) {
        Some(finding) => workshop::look_again(&bench, (&version, case), (finding, &sent.note)).await,
        None => Err(WorkshopError::Form(vec![FieldError {
            pointer: format!("/finding/{case}"),
            code: "required".to_owned(),
            message: Text::new("请选择复查的结论", "choose what was found"),
        }])),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/staff/rules/{item}/decided/{version}")).into_response()),
        Err(WorkshopError::Form(errors)) => {
            let errors = errors.into_iter().map(|e| match e.pointer.as_str() {
                "/note" => FieldError { pointer: format!("/note/{case}"), ..e },
                _ => e,
            });
            let errors: Vec<FieldError> = errors.collect();
            let errors = lines(&frame, &errors);
            let again = list(&bench, &desks, frame, ((&item, &version), 0, errors)).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}
