//! What a device takes along where there is no network: a page that is the same for everybody, its script, the worker that keeps
//! both, and the kit: the forms of what the agent may collect, with the words of the page.
//!
//! Nothing of anybody lies in the device's store of pages: the page is rendered for nobody, the kit names a place and forms.
//! Drafts lie in the device's database, encrypted under a key that is derived from a passphrase (`islands/src/agent`).

use affairs::agent::Post;
use affairs::catalog::{self, HallAct, Item};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::view::OfflinePage;
use super::{hall_name, items};
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::{Problem, page};
use crate::state::AppState;
use crate::words;

/// The words of the page: those under `device.` of the interface's words.
const WORDS: &str = "device.";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/agent/offline", get(shell)).route("/agent/worker.js", get(worker))
}

async fn shell(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    // Whoever asks: the page is kept on the device and must not say who used it.
    let frame = Frame { visitor: None, ..frame };
    page(&OfflinePage { script: state.assets().agent.clone(), frame })
}

/// The worker has an address of its own below `/agent/`, so that it reaches these pages and no others.
async fn worker(State(state): State<AppState>) -> Result<Response, Problem> {
    crate::assets::device_worker(&state)
}

/// A choice of a field.
#[derive(Serialize, ToSchema)]
pub(crate) struct KitChoice {
    /// What is sent.
    value: String,
    /// What is read.
    label: String,
}

/// A field of a form.
#[derive(Serialize, ToSchema)]
pub(crate) struct KitField {
    /// Its name in the form.
    name: String,
    /// `text`, `long-text`, `uscc`, `citizen-id`, `date`, `phone`, `integer`, `choice`, `declaration`.
    kind: &'static str,
    /// What is asked.
    label: String,
    /// How to answer; may be empty.
    hint: String,
    /// Must it be filled?
    required: bool,
    /// Its choices.
    choices: Vec<KitChoice>,
    /// What is declared by ticking; may be empty.
    statement: String,
}

/// A part of a form.
#[derive(Serialize, ToSchema)]
pub(crate) struct KitSection {
    /// Its heading.
    title: String,
    /// One sentence below it; may be empty.
    hint: String,
    /// Its fields.
    fields: Vec<KitField>,
}

/// An item that may be collected.
#[derive(Serialize, ToSchema)]
pub(crate) struct KitItem {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// The version of its guide and form, by hash.
    version: String,
    /// Its form.
    sections: Vec<KitSection>,
}

/// What a device takes along.
#[derive(Serialize, ToSchema)]
pub(crate) struct Kit {
    /// The day it was made; forms may change after it.
    made_on: String,
    /// The places of the agent's posts.
    halls: Vec<String>,
    /// The last day of the last of these posts.
    until: String,
    /// What may be collected.
    items: Vec<KitItem>,
    /// The words of the page.
    words: BTreeMap<String, String>,
}

/// The kit of somebody who holds these posts.
pub(crate) fn kit(desks: &Desks<'_>, posts: &[Post], frame: &Frame) -> Kit {
    let mut halls: Vec<String> = posts.iter().map(|post| hall_name(desks, frame, &post.hall)).collect();
    halls.dedup();
    let until = posts.iter().map(|post| post.valid_to).max();
    let all = words::words(frame.language);
    let own = all.iter().filter_map(|(key, word)| Some((key.strip_prefix(WORDS)?.to_owned(), word.clone())));
    let collected = items(desks, posts, HallAct::CollectAndForward, frame);
    Kit {
        made_on: frame.now.date().to_string(),
        halls,
        until: until.map(|day| day.to_string()).unwrap_or_default(),
        items: collected.iter().map(|item| kit_item(frame, item)).collect(),
        words: own.collect(),
    }
}

fn kit_item(frame: &Frame, item: &Item) -> KitItem {
    let section = |section: &catalog::Section| KitSection {
        title: frame.text(&section.label).to_owned(),
        hint: section.hint.as_ref().map(|hint| frame.text(hint).to_owned()).unwrap_or_default(),
        fields: section.fields.iter().filter_map(|name| item.form.field(name)).map(|f| kit_field(frame, f)).collect(),
    };
    KitItem {
        id: item.id.clone(),
        name: frame.text(&item.name).to_owned(),
        version: item.hash.clone(),
        sections: item.form.sections.iter().map(section).collect(),
    }
}

fn kit_field(frame: &Frame, field: &catalog::Field) -> KitField {
    let choices = match &field.kind {
        catalog::FieldKind::Choice(choices) => choices.as_slice(),
        _ => &[],
    };
    let statement = match &field.kind {
        catalog::FieldKind::Declaration(statement) => frame.text(statement).to_owned(),
        _ => String::new(),
    };
    KitField {
        name: field.name.clone(),
        kind: field.kind.word(),
        label: frame.text(&field.label).to_owned(),
        hint: field.hint.as_ref().map(|hint| frame.text(hint).to_owned()).unwrap_or_default(),
        required: field.required,
        choices: choices
            .iter()
            .map(|choice| KitChoice { value: choice.value.clone(), label: frame.text(&choice.label).to_owned() })
            .collect(),
        statement,
    }
}
