//! Officers who may be drawn, as the head of an agency writes them down.

use affairs::access::{EVERY, Place, Right};
use affairs::supervision::{self, Enforcer, NewEnforcer, SupervisionError};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};

use super::asked::{Asked, Typed};
use super::draw_view::{OfficerRow, OfficersPage};
use super::duty::wrong;
use super::tabs::{field, line};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pairs::{Pairs, sent};
use crate::pieces::{Choice, FieldKind, FieldView, Tag, Tone, Width};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/draws/officers/{agency}", get(show).post(write))
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    (Path(agency), Query(asked)): (Path<String>, Query<Asked>),
) -> Result<Response, Problem> {
    let typed = Typed::after(&asked);
    page_as(StatusCode::OK, &built(&state.desks()?, &officer, frame, (&agency, typed)).await?)
}

/// The region of an agency whose officers this one may see.
fn seen(desks: &Desks<'_>, officer: &Officer, agency: &str) -> Result<String, Problem> {
    let found = desks.catalog.agency(agency).ok_or_else(Problem::not_found)?;
    let region = found.region.map(|region| region.to_string()).unwrap_or_default();
    let scopes = &officer.0.scopes;
    let sees = |item: &str| scopes.allow(Right::Lead, &Place { agency, region: &region, item });
    if scopes.rows().any(|row| sees(&row.item)) { Ok(region) } else { Err(Problem::not_found()) }
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (agency, typed): (&str, Typed),
) -> Result<OfficersPage, Problem> {
    let region = seen(desks, officer, agency)?;
    let staff = supervision::inspectors(desks.store(), (agency, &region)).await?;
    let all = supervision::enforcers(desks.store(), agency).await?;
    Ok(OfficersPage {
        action: format!("/staff/draws/officers/{agency}"),
        agency: names::agency(&frame, &desks.catalog, agency),
        errors: typed.lines(&frame, "#enlist"),
        done: typed.done,
        fields: fields(
            desks,
            &frame,
            &staff.iter().map(|(id, name)| (id.to_string(), name.clone())).collect::<Vec<_>>(),
            &typed,
        ),
        rows: all.iter().map(|known| row(desks, &frame, known)).collect(),
        frame,
    })
}

fn row(desks: &Desks<'_>, frame: &Frame, known: &Enforcer) -> OfficerRow {
    let item = |id: &String| match id.as_str() {
        EVERY => frame.t("draws.every_item").to_owned(),
        id => names::item(frame, &desks.catalog, id),
    };
    let fit = known.active && frame.now.date() <= known.valid_to;
    OfficerRow {
        certificate: known.certificate.clone(),
        name: known.name.clone(),
        items: known.items.iter().map(item).collect::<Vec<_>>().join("、"),
        until: frame.date(known.valid_to),
        tag: match fit {
            true => Tag::new(Tone::Granted, frame.t("draws.fit").to_owned()),
            false => Tag::new(Tone::Quiet, frame.t("draws.unfit").to_owned()),
        },
    }
}

fn fields(desks: &Desks<'_>, frame: &Frame, staff: &[(String, String)], typed: &Typed) -> Vec<FieldView> {
    let value = |name: &str| sent(&typed.pairs, name).to_owned();
    let chosen: Vec<&str> = typed.pairs.iter().filter(|(n, _)| n == "/items").map(|(_, v)| v.as_str()).collect();
    let account = value("/account");
    let people =
        staff.iter().map(|(id, name)| Choice { value: id.clone(), label: name.clone(), chosen: *id == account });
    let every = (EVERY.to_owned(), frame.t("draws.every_item").to_owned());
    let items = desks.catalog.items(frame.now.date());
    let items = items.filter(|item| !item.duties.is_empty());
    let items = items.map(|item| (item.id.clone(), names::item(frame, &desks.catalog, &item.id)));
    let items = std::iter::once(every).chain(items).map(|(id, label)| {
        let chosen = chosen.contains(&id.as_str());
        Choice { value: id, label, chosen }
    });
    let (number, until) = (value("/certificate"), value("/valid_to"));
    let one = |names, kind, value: &str| field(frame, names, (kind, value), &typed.errors);
    vec![
        one(("/account", "draws.officer", ""), FieldKind::Select(people.collect()), &account),
        one(("/certificate", "draws.certificate", "draws.certificate_hint"), line(Width::Medium, "text"), &number),
        one(("/items", "draws.items", ""), FieldKind::Several(items.collect()), ""),
        one(("/valid_to", "draws.valid_to", ""), FieldKind::Date, &until),
    ]
}

async fn write(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(agency): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    seen(&desks, &officer, &agency)?;
    let items: Vec<String> = pairs.iter().filter(|(name, _)| name == "/items").map(|(_, v)| v.clone()).collect();
    let new = NewEnforcer {
        agency: &agency,
        account: sent(&pairs, "/account"),
        certificate: sent(&pairs, "/certificate"),
        items: &items,
        valid_to: sent(&pairs, "/valid_to"),
    };
    let done: Result<(), SupervisionError> = supervision::enlist(&desks.approval(), &officer.actor(), &new).await;
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/staff/draws/officers/{agency}?done=1")).into_response()),
        Err(error) => {
            let (status, errors, why) = wrong(&frame, error)?;
            let typed = Typed { pairs, errors, why, done: false };
            page_as(status, &built(&desks, &officer, frame, (&agency, typed)).await?)
        }
    }
}
