//! In whose name somebody acts: himself, or a company or person whose mandate he holds.

use affairs::access::{AccessError, Mandate, MandateAct, PartyKind, mandate, session as sessions};
use affairs::catalog::{ApplicantKind, Item};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Form, Router};
use serde::Deserialize;

use crate::access::view::{ActingPage, MandateView};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, Link};
use crate::problem::{Problem, page};
use crate::session::{Person, Present};
use crate::state::AppState;

/// The value that stands for oneself.
const SELF: &str = "self";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/me/acting", get(show).post(switch))
}

/// Where somebody chooses first in whose name an item is applied for, and then goes on with it.
pub(crate) fn first(item: &Item) -> String {
    format!("/me/acting?item={}", item.id)
}

/// Whether an applicant of this kind may apply for the item at all.
pub(crate) fn fits(item: &Item, kind: PartyKind) -> bool {
    match item.service.applicant {
        ApplicantKind::Any => true,
        ApplicantKind::NaturalPerson => kind == PartyKind::Person,
        ApplicantKind::LegalPerson => kind == PartyKind::Company,
    }
}

#[derive(Deserialize)]
struct Asked {
    /// The item that is waiting for the choice.
    item: Option<String>,
}

async fn show(
    State(state): State<AppState>,
    Person(person): Person,
    Extension(Present(visit)): Extension<Present>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let waiting = asked.item.and_then(|id| what_waits(&desks, &frame, &id));
    let held = mandate::held_by(&desks.base(), person.party.id).await?;
    let now = person.acting_for.as_ref().map(|m| m.id);
    let own =
        Choice { value: SELF.to_owned(), label: frame.t1("act_for.self", &person.party.name), chosen: now.is_none() };
    let choice =
        |m: &Mandate| Choice { value: m.id.to_string(), label: m.principal.name.clone(), chosen: now == Some(m.id) };
    let in_force = held.iter().filter(|m| m.scope.in_force(frame.now.date()));
    let choices = std::iter::once(own).chain(in_force.map(choice)).collect();
    let mandates = held.iter().map(|m| shown(&desks, &frame, m)).collect();
    page(&ActingPage { choices, mandates, ended: visit.mandate_ended, waiting, frame })
}

/// The item or the bundle that waits for the choice.
fn what_waits(desks: &Desks<'_>, frame: &Frame, id: &str) -> Option<Link> {
    let link = |needs: &str, name: &kernel::Text| Link {
        text: frame.t1(needs, frame.text(name)),
        href: id.to_owned(),
        hint: String::new(),
    };
    if let Some(bundle) = desks.catalog.bundle(id) {
        let lead = desks.catalog.item(&bundle.lead, frame.now.date())?;
        return Some(link(needs(&lead), &bundle.name));
    }
    desks.catalog.item(id, frame.now.date()).map(|item| link(needs(&item), &item.name))
}

/// What the item asks of its applicant.
fn needs(item: &Item) -> &'static str {
    match item.service.applicant {
        ApplicantKind::Any => "acting.any",
        ApplicantKind::NaturalPerson => "acting.person_only",
        ApplicantKind::LegalPerson => "acting.company_only",
    }
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
    /// The item to go on with.
    #[serde(default)]
    item: String,
}

async fn switch(
    State(state): State<AppState>,
    _: Person,
    Extension(Present(visit)): Extension<Present>,
    frame: Frame,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let mandate = match chosen.party.as_str() {
        SELF => None,
        id => Some(id.parse().map_err(|_| AccessError::NotFound)?),
    };
    sessions::act_under(&desks.base(), &visit, mandate).await?;
    if let Some(bundle) = desks.catalog.bundle(&chosen.item) {
        return Ok(Redirect::to(&format!("/bundles/{}", bundle.id)).into_response());
    }
    Ok(match desks.catalog.item(&chosen.item, frame.now.date()) {
        Some(item) => Redirect::to(&format!("/items/{}/apply", item.id)).into_response(),
        None => Redirect::to("/me").into_response(),
    })
}
