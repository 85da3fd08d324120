//! One form for a whole bundle: what registers and the sign-in know is filled in, the rest is asked once, and sent once.

use std::collections::BTreeMap;
use std::sync::Arc;

use affairs::access::PersonActor;
use affairs::approval::{self, ApprovalError};
use affairs::catalog::{Bundle, Checked, Item, JointForm};
use affairs::joint::{self, JointFiling};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use serde_json::{Map, Value as Json};

use super::guide;
use super::view::FormPage;
use crate::approval::told::{Told, told};
use crate::catalog::drawn::{self, Filled};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Link, error_lines};
use crate::portal::acting;
use crate::problem::{Problem, page_as};
use crate::session::Person;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/bundles/{id}/apply", get(show).post(send))
}

/// A bundle with the parts somebody chose.
struct Wanted {
    bundle: Arc<Bundle>,
    items: Vec<Arc<Item>>,
    form: JointForm,
    chosen: Vec<String>,
}

fn wanted(desks: &Desks<'_>, frame: &Frame, id: &str, pairs: &[(String, String)]) -> Result<Wanted, Problem> {
    let bundle = guide::bundle(&desks.catalog, frame, id)?.clone();
    let asked = |item: &String| bundle.part(item).is_some_and(|p| p.question.is_some());
    let chosen: Vec<String> =
        pairs.iter().filter(|(key, value)| key == "part" && asked(value)).map(|(_, value)| value.clone()).collect();
    let items = joint::items_of(&desks.catalog, &bundle, &chosen, frame.now.date())?;
    let form = bundle.form(&items).ok_or_else(|| ApprovalError::NotOffered(id.to_owned()))?;
    Ok(Wanted { bundle, items, form, chosen })
}

/// What is known of the bundle's form: what is known of each item's, under the bundle's names; the first to say it counts.
pub(super) async fn known(
    desks: &Desks<'_>,
    frame: &Frame,
    person: &PersonActor,
    (items, form, values): (&[Arc<Item>], &JointForm, &Map<String, Json>),
) -> Result<Told, Problem> {
    let mut known: Told = BTreeMap::new();
    for item in items {
        let own = told(desks, frame, person, (item, &form.part(&item.id, values))).await?;
        for (field, value) in own {
            if let Some(name) = form.field_of(&item.id, &field)
                && form.schema.field(name).is_some_and(|f| f.known.is_some())
            {
                known.entry(name.to_owned()).or_insert(value);
            }
        }
    }
    Ok(known)
}

async fn show(
    State(state): State<AppState>,
    Person(person): Person,
    frame: Frame,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let wanted = wanted(&desks, &frame, &id, &pairs)?;
    for item in &wanted.items {
        if !acting::fits(item, person.principal().kind) {
            return Ok(Redirect::to(&format!("/me/acting?item={id}")).into_response());
        }
        approval::may_file(&person, item, frame.now)?;
    }
    let known = known(&desks, &frame, &person, (&wanted.items, &wanted.form, &Map::new())).await?;
    let key = fresh_key(&state);
    form_page(StatusCode::OK, frame, (&wanted, &known, &key), (&Map::new(), None))
}

fn fresh_key(state: &AppState) -> String {
    let mut chance = [0; 16];
    state.entropy().fill(&mut chance);
    hex::encode(chance)
}

fn form_page(
    status: StatusCode,
    frame: Frame,
    (wanted, known, key): (&Wanted, &Told, &str),
    (values, checked): (&Map<String, Json>, Option<&Checked>),
) -> Result<Response, Problem> {
    let sections = Filled { form: &wanted.form.schema, values, known }.sections(&frame, checked);
    let page = FormPage {
        name: frame.text(&wanted.bundle.name).to_owned(),
        back: Link {
            href: format!("/bundles/{}", wanted.bundle.id),
            text: frame.t1("form.guide", frame.text(&wanted.bundle.name)),
            hint: String::new(),
        },
        lead: frame.t("joint.form_lead").to_owned(),
        action: format!("/bundles/{}/apply", wanted.bundle.id),
        key: key.to_owned(),
        chosen: wanted.chosen.clone(),
        covers: wanted.items.iter().map(|i| frame.text(&i.name).to_owned()).collect(),
        told: Vec::new(),
        errors: error_lines(&sections),
        send: frame.t("joint.send").to_owned(),
        sections,
        frame,
    };
    page_as(status, &page)
}

/// Sends it: once, however often the button is pressed.
async fn send(
    State(state): State<AppState>,
    Person(person): Person,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let key = pairs.iter().rev().find(|(k, _)| k == "key").map(|(_, v)| v.clone()).filter(|k| k.len() >= 8);
    let key = key.unwrap_or_else(|| fresh_key(&state));
    if let Some(there) = joint::filed_with(desks.store(), person.account, &key).await? {
        return Ok(Redirect::to(&format!("/joints/{}", there.number)).into_response());
    }
    let wanted = wanted(&desks, &frame, &id, &pairs)?;
    let known = known(&desks, &frame, &person, (&wanted.items, &wanted.form, &Map::new())).await?;
    let values = drawn::values(&wanted.form.schema, &known, &pairs);
    let filing = JointFiling { bundle: &id, chosen: &wanted.chosen, form: &values, channel: "online", key: &key };
    match joint::file(&desks.approval(), &person, &filing).await {
        Ok(made) => Ok(Redirect::to(&format!("/joints/{}", made.number)).into_response()),
        Err(ApprovalError::Form(_)) => {
            let checked = joint::check(&desks.catalog, &person, &filing, frame.now)?;
            let again = (&wanted, &known, key.as_str());
            form_page(StatusCode::UNPROCESSABLE_ENTITY, frame, again, (&values, Some(&checked)))
        }
        Err(other) => Err(other.into()),
    }
}
