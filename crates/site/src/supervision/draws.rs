//! Draws at the desk of the head of an agency: prepared, announced, followed until the result; who drops out; what is broken off.

use affairs::access::{Place, Reach, Right, reach};
use affairs::supervision::{self, Draw, DrawState, Preparing, StandIn, SupervisionError};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::Id;

use super::asked::{Asked, Typed, id_of};
use super::draw_seek::{Sought, keys, seek, witnesses};
use super::draw_view::{DrawDeskPage, DrawsDeskPage};
use super::draws_open::{listed, row, shown};
use super::duty::wrong;
use super::tabs::{field, line, places};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pairs::{Pairs, sent, version};
use crate::pieces::{Choice, FieldKind, FieldView, Link, Width};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

/// Where officers find them.
const DESK: &str = "/staff/draws";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(DESK, get(list).post(prepare))
        .route("/staff/draws/{id}", get(show))
        .route("/staff/draws/{id}/announce", post(announce))
        .route("/staff/draws/{id}/drop", post(drop_one))
        .route("/staff/draws/{id}/seek", post(ask))
        .route("/staff/draws/{id}/break-off", post(break_off))
        .route("/staff/draws/{id}/stand-in", post(stand_in))
}

async fn list(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewDuty) {
        return Err(Problem::not_found());
    }
    page_as(StatusCode::OK, &desk_page(&state.desks()?, &officer, frame, Typed::default()).await?)
}

async fn desk_page(desks: &Desks<'_>, officer: &Officer, frame: Frame, typed: Typed) -> Result<DrawsDeskPage, Problem> {
    let all = supervision::draws_for(desks.store(), officer.0.account).await?;
    let led = led(desks, officer, &frame).await?;
    let link = |(id, name): &(String, String)| Link {
        href: format!("/staff/draws/officers/{id}"),
        text: name.clone(),
        hint: String::new(),
    };
    Ok(DrawsDeskPage {
        filters: places(&frame, DESK),
        errors: typed.lines(&frame, "#prepare"),
        fields: if led.is_empty() { Vec::new() } else { fields(desks, &frame, &led, &typed)? },
        no_witness: desks.office.witnesses.is_empty(),
        officers: led.iter().map(link).collect(),
        rows: all.iter().map(|draw| row(desks, &frame, draw, format!("{DESK}/{}", draw.id))).collect(),
        frame,
    })
}

/// The agencies this officer leads, by name; at most 200.
async fn led(desks: &Desks<'_>, officer: &Officer, frame: &Frame) -> Result<Vec<(String, String)>, Problem> {
    let few = match reach(desks.store(), officer.0.account, Right::Lead).await? {
        Reach::Few(agencies) => Some(agencies),
        Reach::Many => None,
    };
    let scopes = &officer.0.scopes;
    let leads = |agency: &affairs::catalog::Agency| {
        let region = agency.region.map(|region| region.to_string()).unwrap_or_default();
        scopes
            .rows()
            .any(|row| scopes.allow(Right::Lead, &Place { agency: &agency.id, region: &region, item: &row.item }))
    };
    let among = |agency: &&affairs::catalog::Agency| few.as_ref().is_none_or(|few| few.contains(&agency.id));
    let mut found: Vec<(String, String)> = desks
        .catalog
        .agencies()
        .filter(among)
        .filter(|agency| leads(agency))
        .take(200)
        .map(|agency| (agency.id.clone(), names::agency(frame, &desks.catalog, &agency.id)))
        .collect();
    found.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(found)
}

fn fields(
    desks: &Desks<'_>,
    frame: &Frame,
    led: &[(String, String)],
    typed: &Typed,
) -> Result<Vec<FieldView>, Problem> {
    let value = |name: &str| sent(&typed.pairs, name).to_owned();
    let (agency, scope, take, day) = (value("/agency"), value("/scope"), value("/take"), value("/visit_on"));
    let only = led.len() == 1;
    let agencies =
        led.iter().map(|(id, name)| Choice { value: id.clone(), label: name.clone(), chosen: only || *id == agency });
    let terms = supervision::terms(&desks.approval())?;
    let trades = terms.rules.draw.trades.iter().map(|trade| (trade.id.clone(), frame.text(&trade.name).to_owned()));
    let items = desks.catalog.items(frame.now.date()).filter(|item| !item.duties.is_empty());
    let items = items.map(|item| (item.id.clone(), names::item(frame, &desks.catalog, &item.id)));
    let scopes = trades.chain(items).map(|(id, label)| {
        let chosen = id == scope;
        Choice { value: id, label, chosen }
    });
    let one = |names, kind, value: &str| field(frame, names, (kind, value), &typed.errors);
    Ok(vec![
        one(("/agency", "draws.agency", ""), FieldKind::Select(agencies.collect()), &agency),
        one(("/scope", "draws.scope", "draws.scope_hint"), FieldKind::Select(scopes.collect()), &scope),
        one(("/take", "draws.take", ""), line(Width::Short, "numeric"), &take),
        one(("/visit_on", "draws.visit_on", "draws.visit_on_hint"), FieldKind::Date, &day),
    ])
}

async fn prepare(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let new = Preparing {
        agency: sent(&pairs, "/agency"),
        scope: sent(&pairs, "/scope"),
        take: sent(&pairs, "/take"),
        visit_on: sent(&pairs, "/visit_on"),
    };
    match supervision::prepare(&desks.approval(), &officer.actor(), &new).await {
        Ok(draw) => Ok(Redirect::to(&format!("{DESK}/{}", draw.id)).into_response()),
        Err(error) => {
            let (status, errors, why) = wrong(&frame, error)?;
            let typed = Typed { pairs, errors, why, done: false };
            page_as(status, &desk_page(&desks, &officer, frame, typed).await?)
        }
    }
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    (Path(id), Query(asked)): (Path<String>, Query<Asked>),
) -> Result<Response, Problem> {
    let typed = Typed::after(&asked);
    page_as(StatusCode::OK, &built(&state.desks()?, &officer, frame, (id_of(&id)?, typed)).await?)
}

async fn found(desks: &Desks<'_>, officer: &Officer, id: Id) -> Result<Draw, Problem> {
    supervision::draw_for(desks.store(), &officer.actor(), id).await?.ok_or_else(Problem::not_found)
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (id, typed): (Id, Typed),
) -> Result<DrawDeskPage, Problem> {
    let draw = found(desks, officer, id).await?;
    let leads = draw.is_led_by(&officer.actor());
    let mut seen = shown(desks, &frame, &draw).await?;
    let mut hindrance = String::new();
    if draw.state == DrawState::Prepared {
        let preview = supervision::preview(&desks.approval(), &draw).await?;
        if let Ok(roll) = &preview.roll {
            (seen.targets, seen.more) = listed(&frame, &draw, roll);
            let (targets, officers, bars) = (roll.targets().len(), roll.officers().len(), roll.bars().len());
            let counted = frame.t3("draws.list_counted", targets, officers, bars);
            seen.pairs.push((frame.t("draws.list").to_owned(), counted));
        }
        hindrance = preview.hindrance.map(|why| frame.text(&why).to_owned()).unwrap_or_default();
        if desks.office.witnesses.is_empty() {
            hindrance = frame.t("draws.no_witness").to_owned();
        }
    }
    let missing = match draw.state {
        DrawState::Announced => supervision::awaited(desks.store(), draw.clone()).await?.missing,
        _ => Vec::new(),
    };
    visited(desks, &draw, &mut seen).await?;
    let breaks_off = leads && draw.state == DrawState::Announced;
    Ok(DrawDeskPage {
        action: format!("{DESK}/{}", draw.id),
        version: draw.version,
        errors: typed.lines(&frame, "#do"),
        done: typed.done,
        hindrance,
        announces: leads && draw.state == DrawState::Prepared,
        missing: missing.iter().map(|key| key.id().to_string()).collect(),
        breaks_off: breaks_off.then(|| {
            let value = sent(&typed.pairs, "/reason");
            field(&frame, ("/reason", "draws.reason", ""), (line(Width::Long, "text"), value), &typed.errors)
        }),
        stand_in: if draw.state == DrawState::Revealed { stand_in_fields(&frame, &draw, &typed) } else { Vec::new() },
        shown: seen,
        frame,
    })
}

/// Beside each target the inspections born of it.
async fn visited(desks: &Desks<'_>, draw: &Draw, seen: &mut super::draw_view::DrawShown) -> Result<(), Problem> {
    let visits = supervision::visits_of(desks.store(), draw).await?;
    for drawn in &mut seen.drawn {
        let own = visits.iter().filter(|(target, _)| *target == drawn.id);
        drawn.inspections = own
            .map(|(_, inspection)| Link {
                href: format!("/staff/inspections/{}", inspection.number),
                text: inspection.number.clone(),
                hint: String::new(),
            })
            .collect();
    }
    Ok(())
}

fn stand_in_fields(frame: &Frame, draw: &Draw, typed: &Typed) -> Vec<FieldView> {
    let value = |name: &str| sent(&typed.pairs, name).to_owned();
    let (target, officer, why) = (value("/target"), value("/officer"), value("/why"));
    let targets = draw.pairs.iter().map(|pair| Choice {
        value: pair.target.clone(),
        label: draw.holders.get(&pair.target).map_or_else(|| pair.target.clone(), |h| h.mask.clone()),
        chosen: pair.target == target,
    });
    let officers = draw.roll.as_ref().map(|roll| roll.officers().to_vec()).unwrap_or_default();
    let officers = officers.into_iter().map(|number| {
        let chosen = number == officer;
        Choice { label: number.clone(), value: number, chosen }
    });
    let one = |names, kind, value: &str| field(frame, names, (kind, value), &typed.errors);
    vec![
        one(("/target", "draw.col_target", ""), FieldKind::Select(targets.collect()), &target),
        one(("/officer", "draws.leaves", ""), FieldKind::Select(officers.collect()), &officer),
        one(("/why", "draws.why", "draws.why_hint"), line(Width::Long, "text"), &why),
    ]
}

async fn announce(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let all = witnesses(desks.office);
    let (of, keys) = ((id, version(&pairs)), keys(desks.office, &all));
    let done = supervision::announce(&desks.approval(), &officer.actor(), of, &keys).await;
    ended(&desks, &officer, frame, (id, pairs, done.map(drop))).await
}

async fn drop_one(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let done = supervision::drop_prepared(&desks.approval(), &officer.actor(), (id, version(&pairs))).await;
    ended(&desks, &officer, frame, (id, pairs, done.map(drop))).await
}

/// Asks the witnesses now, instead of at the next turn; with the last co-signature the result is public.
async fn ask(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let draw = found(&desks, &officer, id).await?;
    if draw.state != DrawState::Announced {
        return Ok(Redirect::to(&format!("{DESK}/{id}")).into_response());
    }
    let done = match seek(&desks, draw).await {
        Ok(Sought::Revealed) => Ok(()),
        Ok(Sought::Waits(missing)) => {
            let said: Vec<String> = missing.into_iter().map(|(key, why)| format!("{}: {why}", key.id())).collect();
            let zh = format!("还缺副签：{}", said.join("；"));
            Err(SupervisionError::NotAllowed(kernel::Text::new(zh, format!("missing: {}", said.join("; ")))))
        }
        Err(other) => Err(other),
    };
    ended(&desks, &officer, frame, (id, pairs, done)).await
}

async fn break_off(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let (of, why) = ((id, version(&pairs)), sent(&pairs, "/reason").to_owned());
    let done = supervision::break_off(&desks.approval(), &officer.actor(), of, &why).await;
    ended(&desks, &officer, frame, (id, pairs, done.map(drop))).await
}

async fn stand_in(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let (target, leaves, why) = (sent(&pairs, "/target"), sent(&pairs, "/officer"), sent(&pairs, "/why"));
    let new = StandIn { target, officer: leaves, why };
    let done = supervision::stand_in(&desks.approval(), &officer.actor(), id, &new).await;
    let done = done.map(drop);
    ended(&desks, &officer, frame, (id, pairs, done)).await
}

/// Leads on, or shows the draw again with everything that was wrong.
async fn ended(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (id, pairs, done): (Id, Vec<(String, String)>, Result<(), SupervisionError>),
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{DESK}/{id}?done=1")).into_response()),
        Err(error) => {
            let (status, errors, why) = wrong(&frame, error)?;
            let typed = Typed { pairs, errors, why, done: false };
            page_as(status, &built(desks, officer, frame, (id, typed)).await?)
        }
    }
}
