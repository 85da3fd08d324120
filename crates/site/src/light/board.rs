//! The page with which a morning begins: what waits and with whom, and what somebody must answer for.

use affairs::access::{Place, Right};
use affairs::approval::{self, ApprovalError};
use affairs::light::{self, Colour, Light, Reply, Standing};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::Moment;
use serde::Deserialize;

use super::course::{limit_name, tone};
use super::view::{Answer, BoardPage, LightRow, StandingRow};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Link, Tone};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/staff/lights", get(board).post(answer))
}

#[derive(Deserialize, Default)]
struct Asked {
    done: Option<String>,
}

/// An answer, as the form sends it.
#[derive(Deserialize, Default)]
struct Sent {
    #[serde(default)]
    number: String,
    #[serde(default)]
    clock: String,
    #[serde(default)]
    colour: String,
    #[serde(default)]
    reply: String,
}

async fn board(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let built = built(&state.desks()?, &officer, frame, (asked.done.is_some(), None)).await?;
    page_as(StatusCode::OK, &built)
}

async fn answer(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let colour = Colour::from_word(&sent.colour).ok_or_else(Problem::not_found)?;
    let (file, _) = approval::file_by_number(desks.store(), &officer.actor(), &sent.number, frame.now).await?;
    let said = Reply { case: file.case.id, clock: &sent.clock, colour, text: &sent.reply };
    match light::reply(&desks.base(), &officer.actor(), &said).await {
        Ok(()) => Ok(Redirect::to("/staff/lights?done=1").into_response()),
        Err(ApprovalError::Form(errors)) => {
            let why = errors.first().map(|e| frame.text(&e.message).to_owned()).unwrap_or_default();
            let again = built(&desks, &officer, frame, (false, Some((&sent, why)))).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (done, wrong): (bool, Option<(&Sent, String)>),
) -> Result<BoardPage, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewCase) {
        return Err(Problem::not_found());
    }
    let (store, account) = (desks.store(), officer.0.account);
    let standings = light::standings(store, account).await?;
    let lights = light::lights_for(store, account).await?;
    let sum = |of: fn(&Standing) -> i64| standings.iter().map(of).sum::<i64>();
    let row = |light: &Light| light_row(&frame, desks, officer, (light, wrong.as_ref()));
    Ok(BoardPage {
        counted: frame.t2("light.counted", sum(|s| s.waiting), sum(|s| s.overdue)),
        done,
        standings: standings.iter().map(|s| standing_row(&frame, desks, s)).collect(),
        lights: lights.iter().map(row).collect(),
        frame,
    })
}

fn standing_row(frame: &Frame, desks: &Desks<'_>, standing: &Standing) -> StandingRow {
    StandingRow {
        agency: places::agency(frame, &desks.catalog, &standing.agency),
        waiting: standing.waiting,
        stopped: standing.stopped,
        overdue: standing.overdue,
        oldest: standing.oldest.map(|at| waited(frame, at)).unwrap_or_default(),
        lights: standing.lights,
        light: if standing.overdue + standing.lights > 0 { Tone::Refused } else { Tone::Granted },
    }
}

/// Whole days since, in words.
fn waited(frame: &Frame, since: Moment) -> String {
    match (frame.now.ms() - since.ms()) / DAY_MS {
        0 => frame.t("light.today").to_owned(),
        days => frame.t1("light.days", days),
    }
}

fn light_row(
    frame: &Frame,
    desks: &Desks<'_>,
    officer: &Officer,
    (light, wrong): (&Light, Option<&(&Sent, String)>),
) -> LightRow {
    let place = Place { agency: &light.agency, region: &light.region, item: &light.item };
    let date = |at: Moment| frame.date(at.plus_ms(-1).date());
    let limit = limit_name(frame, &light.clock);
    let item = desks.catalog.item(&light.item, frame.now.date());
    let holder = places::agency(frame, &desks.catalog, &light.holder);
    LightRow {
        light: tone(light.colour),
        word: frame.t(&format!("light.{}", light.colour.word())).to_owned(),
        limit: light.due_at.map_or_else(|| limit.clone(), |due| frame.t2("light.until", &limit, date(due))),
        case: Link { href: format!("/staff/cases/{}", light.number), text: light.number.clone(), hint: String::new() },
        item: item.map_or_else(|| light.item.clone(), |item| frame.text(&item.name).to_owned()),
        holder: if light.level > 0 { frame.t1("light.handed_up", holder) } else { holder },
        reply_until: light.reply_due_at.map(|at| frame.t1("light.reply_until", date(at))).unwrap_or_default(),
        answer: officer.0.scopes.allow(Right::DecideCase, &place).then(|| answer_form(light, wrong)),
    }
}

fn answer_form(light: &Light, wrong: Option<&(&Sent, String)>) -> Answer {
    let (number, clock, colour) = (light.number.clone(), light.clock.clone(), light.colour.word().to_owned());
    let mine = wrong.filter(|(sent, _)| sent.number == number && sent.clock == clock && sent.colour == colour);
    Answer {
        id: format!("reply-{number}-{clock}-{colour}"),
        typed: mine.map(|(sent, _)| sent.reply.clone()).unwrap_or_default(),
        error: mine.map(|(_, why)| why.clone()).unwrap_or_default(),
        number,
        clock,
        colour,
    }
}
