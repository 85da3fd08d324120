//! Where the reader is reached outside the house: an address, the code that proves it, what is sent there. And what became of
//! the messages that were sent.

use std::collections::BTreeSet;

use affairs::catalog::{Channel, MessageKind, Wording};
use affairs::message::{self, Contact, MessageError, Posting, PostingState, Wish, contact};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::{Language, Text};
use serde::Deserialize;

use super::view::{ChannelView, ContactsPage, PostingRow};
use crate::frame::Frame;
use crate::limits::Client;
use crate::pieces::{Choice, ErrorLine, FieldKind, FieldView, Tag, Tone, Width};
use crate::problem::{Problem, page_as};
use crate::session::Person;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/me/contacts", get(show))
        .route("/me/contacts/{channel}", post(ask))
        .route("/me/contacts/{channel}/code", post(verify))
        .route("/me/contacts/{channel}/agree", post(agree))
        .route("/me/contacts/{channel}/close", post(close))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    done: String,
}

async fn show(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let words = ["asked", "verified", "agreed", "closed"];
    let done = words.iter().find(|word| **word == asked.done).map(|word| format!("contact.done_{word}"));
    built(&state, &person, frame, Typed { done, ..Typed::default() }).await
}

/// What was typed, and what was wrong with it.
#[derive(Default)]
struct Typed {
    channel: Option<Channel>,
    address: String,
    kinds: Option<BTreeSet<MessageKind>>,
    language: Option<Language>,
    address_error: Option<String>,
    code_error: Option<String>,
    done: Option<String>,
}

async fn built(state: &AppState, person: &Person, frame: Frame, typed: Typed) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let party = person.0.party.id;
    let contacts = message::contacts(desks.store(), party).await?;
    let postings = message::postings_of(desks.store(), party).await?;
    let wording = desks.catalog.wording();
    let channels: Vec<ChannelView> = desks
        .office
        .posts
        .channels()
        .into_iter()
        .map(|channel| {
            let contact = contacts.iter().find(|contact| contact.channel == channel);
            let mine = (typed.channel == Some(channel)).then_some(&typed);
            view(&frame, wording, (channel, contact), mine)
        })
        .collect();
    let errors: Vec<ErrorLine> = channels.iter().flat_map(ChannelView::errors).collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ContactsPage {
        done: typed.done.map(|key| frame.t(&key).to_owned()).unwrap_or_default(),
        errors,
        channels,
        postings: postings.iter().map(|posting| row(&frame, posting)).collect(),
        letterbox: desks.office.letterbox.is_some(),
        frame,
    };
    page_as(status, &page)
}

fn view(
    frame: &Frame,
    wording: Option<&Wording>,
    (channel, contact): (Channel, Option<&Contact>),
    typed: Option<&Typed>,
) -> ChannelView {
    let word = channel.word();
    let path = format!("/me/contacts/{word}");
    let kinds = typed
        .and_then(|t| t.kinds.clone())
        .or_else(|| contact.map(|c| c.kinds.clone()))
        .unwrap_or_else(|| MessageKind::CHOSEN.into());
    let language = typed.and_then(|t| t.language).or(contact.map(|c| c.language)).unwrap_or(frame.language);
    let awaits = contact.filter(|c| c.asked_at.is_some() && !c.is_verified());
    ChannelView {
        name: frame.t(&format!("channel.{word}")).to_owned(),
        tag: match contact {
            Some(c) if c.is_verified() => Tag::new(Tone::Granted, frame.t("contact.verified").to_owned()),
            Some(_) => Tag::new(Tone::Waiting, frame.t("contact.unverified").to_owned()),
            None => Tag::new(Tone::Quiet, frame.t("contact.none").to_owned()),
        },
        mask: contact.map(Contact::mask).unwrap_or_default(),
        address: address(frame, channel, typed),
        code: awaits.map(|_| code(frame, channel, typed)),
        kinds: several(frame, word, wording, &kinds),
        language: languages(frame, word, language),
        verified: contact.is_some_and(Contact::is_verified),
        path,
    }
}

fn address(frame: &Frame, channel: Channel, typed: Option<&Typed>) -> FieldView {
    let (mode, complete) = match channel {
        Channel::Sms => ("tel", "tel-national"),
        Channel::Email => ("email", "email"),
        Channel::Wechat => ("text", "off"),
    };
    let kind = FieldKind::Line { width: Width::Medium, mode, autocomplete: complete.into(), unit: String::new() };
    FieldView {
        error: typed.and_then(|t| t.address_error.clone()),
        value: typed.map(|t| t.address.clone()).unwrap_or_default(),
        hint: frame.t(&format!("contact.hint_{}", channel.word())).to_owned(),
        ..field(&format!("/{}/address", channel.word()), frame.t(&format!("contact.address_{}", channel.word())), kind)
    }
}

fn code(frame: &Frame, channel: Channel, typed: Option<&Typed>) -> FieldView {
    let kind =
        FieldKind::Line { width: Width::Short, mode: "numeric", autocomplete: "one-time-code".into(), unit: "".into() };
    FieldView {
        error: typed.and_then(|t| t.code_error.clone()),
        hint: frame.t1("contact.code_hint", message::CODE_MINUTES),
        ..field(&format!("/{}/code", channel.word()), frame.t("contact.code"), kind)
    }
}

fn several(frame: &Frame, word: &str, wording: Option<&Wording>, chosen: &BTreeSet<MessageKind>) -> FieldView {
    let kinds = wording.map_or(&[][..], |wording| &wording.kinds);
    let choice = |kind: &affairs::catalog::KindWords| Choice {
        value: kind.kind.word().to_owned(),
        label: format!("{} {}", frame.text(&kind.name), in_brackets(frame, frame.text(&kind.hint))),
        chosen: chosen.contains(&kind.kind),
    };
    field(&format!("/{word}/kinds"), frame.t("contact.kinds"), FieldKind::Several(kinds.iter().map(choice).collect()))
}

fn in_brackets(frame: &Frame, text: &str) -> String {
    if frame.is_zh() { format!("（{text}）") } else { format!("({text})") }
}

fn languages(frame: &Frame, word: &str, chosen: Language) -> FieldView {
    let choice = |language, value: &str, label: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen: language == chosen,
    };
    let both = vec![choice(Language::Zh, "zh-CN", "中文"), choice(Language::En, "en", "English")];
    field(&format!("/{word}/language"), frame.t("contact.language"), FieldKind::Choice(both))
}

fn field(pointer: &str, label: &str, kind: FieldKind) -> FieldView {
    FieldView {
        pointer: pointer.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        kind,
        value: String::new(),
        optional: false,
        error: None,
        note: String::new(),
    }
}

/// The word of a posting's state with its tone.
pub(crate) fn posting_tag(frame: &Frame, state: PostingState) -> Tag {
    let tone = match state {
        PostingState::Sent => Tone::Granted,
        PostingState::Waiting => Tone::Waiting,
        PostingState::Refused | PostingState::GivenUp => Tone::Refused,
        PostingState::Dropped => Tone::Quiet,
    };
    Tag::new(tone, frame.t(&format!("posting.{}", state.word())).to_owned())
}

fn row(frame: &Frame, posting: &Posting) -> PostingRow {
    PostingRow {
        at: posting.ended_at.unwrap_or(posting.created_at),
        channel: frame.t(&format!("channel.{}", posting.channel.word())).to_owned(),
        to: posting.address_mask.clone(),
        kind: frame.t(&format!("message_kind.{}", posting.kind.word())).to_owned(),
        tag: posting_tag(frame, posting.state),
        href: posting.message.map(|id| format!("/me/messages/{id}")).unwrap_or_default(),
    }
}

/// A form whose fields may stand several times.
type Pairs = Vec<(String, String)>;

fn one<'a>(pairs: &'a Pairs, channel: Channel, name: &str) -> &'a str {
    let pointer = format!("/{}/{name}", channel.word());
    pairs.iter().find(|(field, _)| *field == pointer).map_or("", |(_, value)| value)
}

fn chosen(pairs: &Pairs, channel: Channel) -> (Language, BTreeSet<MessageKind>) {
    let pointer = format!("/{}/kinds", channel.word());
    let kinds = pairs.iter().filter(|(field, _)| *field == pointer);
    let kinds = kinds.filter_map(|(_, word)| MessageKind::from_word(word)).collect();
    (if one(pairs, channel, "language") == "en" { Language::En } else { Language::Zh }, kinds)
}

fn channel_of(word: &str) -> Result<Channel, Problem> {
    Channel::from_word(word).ok_or_else(Problem::not_found)
}

fn back(done: &str) -> Response {
    Redirect::to(&format!("/me/contacts?done={done}")).into_response()
}

async fn ask(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(channel): Path<String>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Problem> {
    let (desks, channel) = (state.desks()?, channel_of(&channel)?);
    let (language, kinds) = chosen(&pairs, channel);
    let address = one(&pairs, channel, "address").to_owned();
    let wish = Wish { channel, address: &address, language, kinds: kinds.clone() };
    match contact::ask(&desks.base(), &desks.office.posts, &person.0, &wish).await {
        Ok(_) => Ok(back("asked")),
        Err(error) => {
            let address_error = Some(frame.text(&told(error)?).to_owned());
            let (kinds, language, channel) = (Some(kinds), Some(language), Some(channel));
            let typed = Typed { channel, address: address.clone(), kinds, language, address_error, ..Typed::default() };
            built(&state, &person, frame, typed).await
        }
    }
}

async fn verify(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Client(client): Client,
    (Path(channel), Form(pairs)): (Path<String>, Form<Pairs>),
) -> Result<Response, Problem> {
    state.limits().sign_in(client)?;
    let (desks, channel) = (state.desks()?, channel_of(&channel)?);
    let typed = one(&pairs, channel, "code");
    match contact::verify(&desks.base(), &desks.office.code_key, &person.0, (channel, typed)).await {
        Ok(_) => Ok(back("verified")),
        Err(error) => {
            let code_error = Some(frame.text(&told(error)?).to_owned());
            built(&state, &person, frame, Typed { channel: Some(channel), code_error, ..Typed::default() }).await
        }
    }
}

async fn agree(
    State(state): State<AppState>,
    person: Person,
    Path(channel): Path<String>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Problem> {
    let channel = channel_of(&channel)?;
    contact::agree(&state.desks()?.base(), &person.0, channel, chosen(&pairs, channel)).await?;
    Ok(back("agreed"))
}

async fn close(
    State(state): State<AppState>,
    person: Person,
    Path(channel): Path<String>,
) -> Result<Response, Problem> {
    contact::close(&state.desks()?.base(), &person.0, channel_of(&channel)?).await?;
    Ok(back("closed"))
}

/// What stands beside a field, or the problem that no field can mend.
fn told(error: MessageError) -> Result<Text, Problem> {
    Ok(match error {
        MessageError::Invalid { reason, .. } => reason,
        MessageError::TooSoon { retry_at } => Text::new(
            format!("验证码发得太密了，请在 {} 之后再试", retry_at.zh()),
            format!("Too many codes; try again after {}", retry_at.zh()),
        ),
        MessageError::WrongCode { left } if left > 0 => {
            Text::new(format!("验证码不对，还可以试 {left} 次"), format!("This is not the code; {left} tries are left"))
        }
        MessageError::WrongCode { .. } | MessageError::NoCode => {
            Text::new("这个验证码不能再用了，请重新获取", "This code can no longer be used; ask for a new one")
        }
        other => return Err(other.into()),
    })
}
