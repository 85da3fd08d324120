//! Giving a rating: from the case's own page, or with the receipt, at home or on the tablet of a window.

use affairs::access::Actor;
use affairs::approval::{self, Standing};
use affairs::rating::{self, Given, Level, Rating, RatingError, RatingState, WORDS_MOST};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::{CaseNumber, Id};
use serde::Deserialize;

use super::view::{GivePage, OwnRating, ThanksPage};
use crate::approval::story;
use crate::frame::Frame;
use crate::limits::Client;
use crate::office::Desks;
use crate::pieces::{Choice, ErrorLine, FieldKind, FieldView, Link, Tag, Tone, Width};
use crate::problem::{Problem, page, page_as};
use crate::session::Person;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/cases/{number}/rate", get(own).post(give_own))
        .route("/rate", get(with_receipt).post(give_with_receipt))
        .route("/rate/thanks", get(thanks))
}

/// The form as it is sent.
#[derive(Deserialize, Default, Clone)]
struct Sent {
    #[serde(rename = "/number", default)]
    number: String,
    #[serde(rename = "/secret", default)]
    secret: String,
    #[serde(rename = "/level", default)]
    level: String,
    #[serde(rename = "/words", default)]
    words: String,
    #[serde(rename = "/named", default)]
    named: String,
    #[serde(default)]
    window: String,
}

impl Sent {
    fn given(&self) -> Given<'_> {
        Given {
            level: Level::from_word(&self.level),
            words: &self.words,
            is_named: self.named != "no",
            window: &self.window,
        }
    }
}

pub(super) fn level_tag(frame: &Frame, level: Level) -> Tag {
    let tone = match level {
        Level::VerySatisfied | Level::Satisfied => Tone::Granted,
        Level::Fair => Tone::Quiet,
        Level::Unsatisfied => Tone::Refer,
        Level::VeryUnsatisfied => Tone::Refused,
    };
    Tag::new(tone, frame.t(&format!("level.{}", level.word())).to_owned())
}

fn fields(frame: &Frame, sent: &Sent, errors: &[(String, String)]) -> Vec<FieldView> {
    let choice = |value: &str, label: String, chosen: bool| Choice { value: value.to_owned(), label, chosen };
    let levels = Level::ALL.map(|level| {
        let word = level.word();
        choice(word, frame.t(&format!("level.{word}")).to_owned(), sent.level == word)
    });
    let named = [("yes", "rate.named"), ("no", "rate.nameless")].map(|(value, key)| {
        let chosen = if value == "no" { sent.named == "no" } else { sent.named != "no" };
        choice(value, frame.t(key).to_owned(), chosen)
    });
    vec![
        field("/level", frame.t("rate.level"), FieldKind::Choice(levels.to_vec()), errors),
        FieldView {
            hint: frame.t1("rate.words_hint", WORDS_MOST),
            value: sent.words.clone(),
            optional: true,
            ..field("/words", frame.t("rate.words"), FieldKind::Lines { rows: 4 }, errors)
        },
        FieldView {
            hint: frame.t("rate.name_hint").to_owned(),
            ..field("/named", frame.t("rate.name"), FieldKind::Choice(named.to_vec()), errors)
        },
    ]
}

fn receipt(frame: &Frame, sent: &Sent, errors: &[(String, String)]) -> Vec<FieldView> {
    let line = || FieldKind::Line { width: Width::Medium, mode: "text", autocomplete: "off".into(), unit: "".into() };
    let one = |pointer, label: &str, hint: &str, value: &str| FieldView {
        hint: frame.t(hint).to_owned(),
        value: value.to_owned(),
        ..field(pointer, frame.t(label), line(), errors)
    };
    vec![
        one("/number", "receipt.number", "progress.number_hint", &sent.number),
        one("/secret", "receipt.secret", "progress.secret_hint", &sent.secret),
    ]
}

pub(super) fn field(pointer: &str, label: &str, kind: FieldKind, errors: &[(String, String)]) -> FieldView {
    FieldView {
        pointer: pointer.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        kind,
        value: String::new(),
        optional: false,
        error: errors.iter().find(|(at, _)| at == pointer).map(|(_, message)| message.clone()),
        note: String::new(),
    }
}

/// Where the form goes and what it is about.
struct About {
    action: String,
    back: String,
    item: String,
    number: String,
    with_receipt: bool,
}

fn form(frame: Frame, about: About, sent: &Sent, errors: &[(String, String)]) -> GivePage {
    let receipt = if about.with_receipt { receipt(&frame, sent, errors) } else { Vec::new() };
    let fields = fields(&frame, sent, errors);
    let lines = receipt
        .iter()
        .chain(&fields)
        .filter_map(|f| Some(ErrorLine { href: format!("#{}", f.id()), message: f.error.clone()? }));
    GivePage {
        errors: lines.collect(),
        action: about.action,
        back: about.back,
        item: about.item,
        number: about.number,
        window: sent.window.clone(),
        receipt,
        fields,
        frame,
    }
}

/// A form with its mistakes, or the problem that no field can mend.
fn again(frame: Frame, about: About, sent: &Sent, error: RatingError) -> Result<Response, Problem> {
    let errors: Vec<(String, String)> = match error {
        RatingError::Form(errors) => {
            errors.iter().map(|e| (e.pointer.clone(), frame.text(&e.message).to_owned())).collect()
        }
        RatingError::NotFound if about.with_receipt => vec![("/number".into(), frame.t("seek.wrong").to_owned())],
        other => return Err(other.into()),
    };
    page_as(StatusCode::UNPROCESSABLE_ENTITY, &form(frame, about, sent, &errors))
}

async fn about_own(desks: &Desks<'_>, person: &Person, frame: &Frame, number: &str) -> Result<About, Problem> {
    let (file, standing) = approval::file_by_number(desks.store(), &person.actor(), number, frame.now).await?;
    if standing != Standing::Applicant {
        return Err(Problem::not_found());
    }
    let back = format!("/cases/{}", file.case.number);
    Ok(About {
        action: format!("{back}/rate"),
        item: story::item_name(desks, frame, &file.case),
        number: file.case.number,
        with_receipt: false,
        back,
    })
}

async fn own(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let about = about_own(&state.desks()?, &person, &frame, &number).await?;
    page(&form(frame, about, &Sent::default(), &[]))
}

async fn give_own(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let actor: Actor = person.actor();
    match rating::rate(&desks.base(), &desks.catalog, &actor, (&number, &sent.given())).await {
        Ok(rating) => Ok(to_thanks(&rating, "")),
        Err(error) => {
            let about = about_own(&desks, &person, &frame, &number).await?;
            again(frame, about, &sent, error)
        }
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    number: String,
    #[serde(default)]
    window: String,
    #[serde(default)]
    id: String,
}

fn about_receipt() -> About {
    About {
        action: "/rate".into(),
        back: String::new(),
        item: String::new(),
        number: String::new(),
        with_receipt: true,
    }
}

async fn with_receipt(frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let sent = Sent { number: asked.number, window: asked.window, ..Sent::default() };
    page(&form(frame, about_receipt(), &sent, &[]))
}

/// Every try counts against the limit of sign-in, right or wrong: a secret is not to be guessed.
async fn give_with_receipt(
    State(state): State<AppState>,
    frame: Frame,
    Client(client): Client,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    state.limits().sign_in(client)?;
    let desks = state.desks()?;
    let number = CaseNumber::read(&sent.number).map_or_else(|_| sent.number.clone(), |n| n.to_string());
    let key = (&desks.office.receipt_key, number.as_str(), sent.secret.as_str());
    match rating::rate_with_receipt(&desks.base(), &desks.catalog, key, &sent.given()).await {
        Ok(rating) => Ok(to_thanks(&rating, &sent.window)),
        Err(error) => again(frame, about_receipt(), &sent, error),
    }
}

fn to_thanks(rating: &Rating, window: &str) -> Response {
    let plain: String = window.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    Redirect::to(&format!("/rate/thanks?id={}&window={plain}", rating.id)).into_response()
}

/// What happens next. The id of a rating tells its level and what is owed, and nothing of the case.
async fn thanks(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let id: Id = asked.id.parse().map_err(|_| Problem::not_found())?;
    let rating = rating::thanked(desks.store(), id).await?.ok_or_else(Problem::not_found)?;
    let level = rating.level.ok_or_else(Problem::not_found)?;
    let onward = match asked.window.is_empty() {
        // The next citizen at this window finds an empty form.
        false => Link {
            href: format!("/rate?window={}", asked.window),
            text: frame.t("rate.next_citizen").to_owned(),
            hint: String::new(),
        },
        true => Link { href: "/ratings".into(), text: frame.t("rate.see_all").to_owned(), hint: String::new() },
    };
    page(&ThanksPage { tag: level_tag(&frame, level), next: next(&frame, &rating), onward, frame })
}

fn next(frame: &Frame, rating: &Rating) -> Vec<String> {
    let mut next = vec![frame.t("rate.public_now").to_owned()];
    if !rating.words.is_empty() {
        next.push(frame.t("rate.words_checked").to_owned());
    }
    if rating.state == RatingState::ToCall {
        next.push(match rating.call_due_at {
            Some(due) => frame.t1("rate.call_by", frame.date(due.plus_ms(-1).date())),
            None => frame.t("rate.call_soon").to_owned(),
        });
    }
    next
}

/// The rating of a case, as its own page shows it; none while there is nothing to rate.
pub(crate) async fn line(
    desks: &Desks<'_>,
    frame: &Frame,
    case: &approval::Case,
) -> Result<Option<OwnRating>, Problem> {
    if !case.state.is_agencys_end() {
        return Ok(None);
    }
    let found = rating::for_case(desks.store(), case.id).await?.filter(|rating| rating.rated_at.is_some());
    let Some(rating) = found else {
        let (tag, says, reply) = (None, frame.t("rate.invited").to_owned(), String::new());
        return Ok(Some(OwnRating { href: format!("/cases/{}/rate", case.number), tag, says, reply }));
    };
    Ok(Some(OwnRating {
        href: String::new(),
        tag: rating.level.map(|level| level_tag(frame, level)),
        says: frame.t(&format!("rating_state.{}", rating.state.word())).to_owned(),
        reply: rating.reply.unwrap_or_default(),
    }))
}
