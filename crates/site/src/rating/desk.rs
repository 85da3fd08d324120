//! Working on ratings: what is owed and by when, one rating on a page with what may be done, words that wait for a look.

use affairs::access::Right;
use affairs::rating::{
    self, Act, ActLine, Doing, Level, Rating, RatingError, RatingState, Step, Words, WordsState, Work,
};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::{Id, Moment};
use serde::Deserialize;

use super::give::level_tag;
use super::view::{OnePage, StepView, WorkPage, WorkRow};
use crate::approval::desk::FilterView;
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{ErrorLine, EventView, Link, Tone};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

/// The light is amber when so little is left.
const SOON_MS: i64 = 24 * 3_600 * 1_000;
/// What a step that is none of the loop is called in the form.
const REPLY: &str = "reply";
const SHOW: &str = "show";
const WITHHOLD: &str = "withhold";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/ratings", get(list)).route("/staff/ratings/{id}", get(show).post(act))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    show: String,
    #[serde(default)]
    done: String,
}

async fn list(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewCase) {
        return Err(Problem::not_found());
    }
    let desks = state.desks()?;
    let (store, account) = (desks.store(), officer.0.account);
    let owed = rating::for_staff(store, account, Work::Owed).await?;
    let words = rating::for_staff(store, account, Work::Words).await?;
    let counts = [("", "ratings.owed", Some(owed.len())), ("words", "ratings.words", Some(words.len()))];
    let filters =
        counts.into_iter().chain([("newest", "ratings.newest", None)]).map(|(word, name, count)| FilterView {
            href: if word.is_empty() { "/staff/ratings".to_owned() } else { format!("/staff/ratings?show={word}") },
            name: frame.t(name).to_owned(),
            count,
            current: asked.show == word,
        });
    let filters = filters.collect();
    let late = owed.iter().filter(|rating| light(rating, frame.now) == Tone::Refused).count();
    let shown = match asked.show.as_str() {
        "words" => words,
        "newest" => rating::for_staff(store, account, Work::Newest).await?,
        _ => owed,
    };
    page(&WorkPage {
        counted: frame.t1("ratings.late", late),
        filters,
        rows: shown.iter().map(|rating| row(&desks, &frame, rating)).collect(),
        frame,
    })
}

/// By when something is owed.
fn owed_by(rating: &Rating) -> Option<Moment> {
    match rating.state {
        RatingState::ToCall => rating.call_due_at,
        RatingState::OnLedger => rating.mend_due_at,
        _ => None,
    }
}

fn light(rating: &Rating, now: Moment) -> Tone {
    match owed_by(rating) {
        Some(due) if due <= now => Tone::Refused,
        Some(due) if due.ms() - now.ms() <= SOON_MS => Tone::Refer,
        Some(_) => Tone::Granted,
        None if rating.state.is_owed() => Tone::Refer,
        None => Tone::Quiet,
    }
}

fn due_line(frame: &Frame, rating: &Rating) -> String {
    match (owed_by(rating), rating.state) {
        (Some(due), _) => frame.t1("ratings.due", frame.date(due.plus_ms(-1).date())),
        (None, RatingState::ToCall | RatingState::OnLedger) => frame.t("ratings.due_unknown").to_owned(),
        _ => String::new(),
    }
}

fn who(frame: &Frame, rating: &Rating) -> String {
    rating.name_shown().map_or_else(|| frame.t("rate.nobody").to_owned(), str::to_owned)
}

fn row(desks: &Desks<'_>, frame: &Frame, rating: &Rating) -> WorkRow {
    WorkRow {
        href: format!("/staff/ratings/{}", rating.id),
        light: light(rating, frame.now),
        due: due_line(frame, rating),
        level: level_tag(frame, rating.level.unwrap_or(Level::Fair)),
        state: frame.t(&format!("rating_state.{}", rating.state.word())).to_owned(),
        item: places::item(frame, &desks.catalog, &rating.item),
        agency: places::agency(frame, &desks.catalog, &rating.agency),
        who: who(frame, rating),
        at: rating.rated_at.unwrap_or(rating.invited_at),
    }
}

/// What was typed, and what was wrong with it.
#[derive(Default)]
struct Typed {
    step: String,
    note: String,
    note_error: String,
    error: String,
    done: String,
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    (Path(id), Query(asked)): (Path<String>, Query<Asked>),
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let done = if asked.done.is_empty() { String::new() } else { frame.t("ratings.done").to_owned() };
    page(&built(&desks, &officer, frame, (&id, Typed { done, ..Typed::default() })).await?)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (id, typed): (&str, Typed),
) -> Result<OnePage, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let rating = rating::one_for_staff(desks.store(), &officer.actor(), id).await?;
    let acts = rating::acts_of(desks.store(), rating.id).await?;
    let errors = [("#f-note", &typed.note_error), ("#steps", &typed.error)].into_iter().filter(|(_, e)| !e.is_empty());
    Ok(OnePage {
        errors: errors.map(|(href, e)| ErrorLine { href: href.to_owned(), message: e.clone() }).collect(),
        done: typed.done,
        action: format!("/staff/ratings/{}", rating.id),
        version: rating.version,
        level: level_tag(&frame, rating.level.unwrap_or(Level::Fair)),
        state: frame.t(&format!("rating_state.{}", rating.state.word())).to_owned(),
        due: due_line(&frame, &rating),
        pairs: pairs(desks, &frame, &rating),
        case: rating.number_shown().map(|number| Link {
            href: format!("/staff/cases/{number}"),
            text: number.to_owned(),
            hint: String::new(),
        }),
        words: rating.words.clone(),
        words_shown: rating.words_shown.clone(),
        words_state: frame.t(&format!("words_state.{}", rating.words_state.word())).to_owned(),
        words_open: rating.words_state == WordsState::Held,
        steps: steps(&frame, officer, &rating, &typed.step),
        note: typed.note,
        note_error: typed.note_error,
        reply: rating.reply.clone().unwrap_or_default(),
        events: acts.iter().map(|act| event(&frame, act)).collect(),
        frame,
    })
}

fn pairs(desks: &Desks<'_>, frame: &Frame, rating: &Rating) -> Vec<(String, String)> {
    let channel = rating.channel.as_deref().unwrap_or("online");
    let mut pairs = vec![
        ("case.item", places::item(frame, &desks.catalog, &rating.item)),
        ("receipt.agency", places::agency(frame, &desks.catalog, &rating.agency)),
        ("ratings.who", who(frame, rating)),
        ("ratings.at", rating.rated_at.map(|at| frame.moment(at)).unwrap_or_default()),
        ("ratings.way", frame.t(&format!("way.{channel}")).to_owned()),
    ];
    if rating.window != "-" {
        pairs.push(("ratings.at_window", rating.window.clone()));
    }
    pairs.into_iter().map(|(key, value)| (frame.t(key).to_owned(), value)).collect()
}

/// What this officer may do with it now.
fn steps(frame: &Frame, officer: &Officer, rating: &Rating, chosen: &str) -> Vec<StepView> {
    let actor = officer.actor();
    let may = |right| rating.allows(&actor, right);
    let view = |word: &'static str| StepView {
        word,
        label: frame.t(&format!("rating_step.{word}")).to_owned(),
        hint: frame.t(&format!("rating_step_hint.{word}")).to_owned(),
        chosen: word == chosen,
    };
    let right = |step: Step| if step.is_judgement() { Right::DecideCase } else { Right::HandleCase };
    let open = Step::ALL.into_iter().filter(|step| rating.state.after(*step).is_some() && may(right(*step)));
    let mut all: Vec<StepView> = open.map(|step| view(step.word())).collect();
    if rating.state == RatingState::Rated && rating.reply.is_none() && may(Right::HandleCase) {
        all.push(view(REPLY));
    }
    if rating.words_state == WordsState::Held && may(Right::HandleCase) {
        all.extend([view(SHOW), view(WITHHOLD)]);
    }
    all
}

fn event(frame: &Frame, act: &ActLine) -> EventView {
    let colon = if frame.is_zh() { "：" } else { ": " };
    let label = frame.t(&format!("rating_step.{}", act.kind)).to_owned();
    EventView {
        at: act.at,
        what: if act.note.is_empty() { label } else { format!("{label}{colon}{}", act.note) },
        who: act.actor_name.clone(),
        href: None,
    }
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    step: String,
    #[serde(default)]
    note: String,
}

async fn act(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
    frame: Frame,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let rating: Id = id.parse().map_err(|_| Problem::not_found())?;
    let actor = officer.actor();
    let doing = Doing { base: desks.base(), catalog: &desks.catalog, actor: &actor };
    let note = sent.note.replace("\r\n", "\n");
    let done = match (sent.step.as_str(), Step::from_word(&sent.step)) {
        (_, Some(step)) => rating::act(&doing, rating, &Act { step, note: &note, version: sent.version }).await,
        (REPLY, _) => rating::reply(&doing, rating, (&note, sent.version)).await,
        (SHOW, _) => rating::check_words(&doing, rating, (Words::Show, sent.version)).await,
        (WITHHOLD, _) => rating::check_words(&doing, rating, (Words::Withhold(&note), sent.version)).await,
        _ => {
            let error = frame.t("ratings.choose").to_owned();
            let again = built(&desks, &officer, frame, (&id, Typed { note, error, ..Typed::default() })).await?;
            return page_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
        }
    };
    let mut typed = Typed { step: sent.step, note, ..Typed::default() };
    let status = match done {
        Ok(rating) => return Ok(Redirect::to(&format!("/staff/ratings/{}?done=1", rating.id)).into_response()),
        Err(RatingError::Form(errors)) => {
            typed.note_error = errors.first().map(|e| frame.text(&e.message).to_owned()).unwrap_or_default();
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(RatingError::Changed | RatingError::NotAllowed) => {
            typed.error = frame.t("ratings.changed").to_owned();
            StatusCode::CONFLICT
        }
        Err(RatingError::Forbidden(why)) => {
            typed.error = frame.text(&why).to_owned();
            StatusCode::FORBIDDEN
        }
        Err(other) => return Err(other.into()),
    };
    page_as(status, &built(&desks, &officer, frame, (&id, typed)).await?)
}
