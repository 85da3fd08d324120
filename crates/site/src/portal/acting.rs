//! In whose name somebody acts: himself, or a company or person whose mandate he holds.

use affairs::access::{AccessError, Mandate, MandateAct, mandate, session as sessions};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Form, Router};
use serde::Deserialize;

use crate::access::view::{ActingPage, MandateView};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::Choice;
use crate::problem::{Problem, page};
use crate::session::{Person, Present};
use crate::state::AppState;

/// The value that stands for oneself.
const SELF: &str = "self";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/me/acting", get(show).post(switch))
}

async fn show(
    State(state): State<AppState>,
    Person(person): Person,
    Extension(Present(visit)): Extension<Present>,
    frame: Frame,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let held = mandate::held_by(&desks.base(), person.party.id).await?;
    let now = person.acting_for.as_ref().map(|m| m.id);
    let own =
        Choice { value: SELF.to_owned(), label: frame.t1("act_for.self", &person.party.name), chosen: now.is_none() };
    let choice =
        |m: &Mandate| Choice { value: m.id.to_string(), label: m.principal.name.clone(), chosen: now == Some(m.id) };
    let in_force = held.iter().filter(|m| m.scope.in_force(frame.now.date()));
    let choices = std::iter::once(own).chain(in_force.map(choice)).collect();
    let mandates = held.iter().map(|m| shown(&desks, &frame, m)).collect();
    page(&ActingPage { choices, mandates, ended: visit.mandate_ended, frame })
}

fn shown(desks: &Desks<'_>, frame: &Frame, mandate: &Mandate) -> MandateView {
    let joined = |words: Vec<String>| words.join(if frame.is_zh() { "、" } else { ", " });
    let act = |act: &MandateAct| frame.t(&format!("act_for.{}", act.word())).to_owned();
    let item = |id: &String| {
        let item = desks.catalog.item(id, frame.now.date());
        item.map_or_else(|| id.clone(), |item| frame.text(&item.name).to_owned())
    };
    let items: Vec<String> = mandate.scope.items.iter().map(item).collect();
    let items = if items.is_empty() { frame.t("act_for.every").to_owned() } else { joined(items) };
    MandateView {
        party: mandate.principal.name.clone(),
        scope: format!("{} · {items}", joined(mandate.scope.acts.iter().map(act).collect())),
        until: mandate.scope.valid_to,
    }
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    party: String,
}

async fn switch(
    State(state): State<AppState>,
    _: Person,
    Extension(Present(visit)): Extension<Present>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let mandate = match chosen.party.as_str() {
        SELF => None,
        id => Some(id.parse().map_err(|_| AccessError::NotFound)?),
    };
    sessions::act_under(&desks.base(), &visit, mandate).await?;
    Ok(Redirect::to("/me").into_response())
}
