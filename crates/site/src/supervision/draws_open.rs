//! Draws in public: what was announced, the list before the draw, the result with the file that anybody verifies.

use affairs::supervision::{self, Draw, DrawNote, DrawState};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use evidence::draw::{Chances, Roll, chances};
use kernel::{Moment, Text};
use serde_json::json;

use super::draw_view::{DrawOpenPage, DrawRow, DrawShown, DrawnRow, DrawsPage, TargetRow};
use super::open::Asked;
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Link, Pager, Tag, Tone};
use crate::problem::{Problem, page};
use crate::state::AppState;

/// Draws of one page.
const PAGE: usize = 20;
/// Rows of a list shown on a page; the whole list is a file.
const ROWS: usize = 100;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/draws", get(list))
        .route("/draws/{agency}/{number}", get(show))
        .route("/draws/{agency}/{number}/list", get(roll))
        .route("/draws/{agency}/{number}/file", get(file))
}

async fn list(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let (desks, before) = (state.desks()?, asked.last());
    let mut found = supervision::announced_draws(desks.store(), before).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).and_then(|draw| Some((draw.announced_at?, draw.id)));
    page(&DrawsPage {
        rows: found.iter().map(|draw| row(&desks, &frame, draw, address(draw))).collect(),
        pager: Pager {
            first: before.map(|_| "/draws".to_owned()),
            next: next.map(|(at, id)| format!("/draws?before={}.{id}", at.ms())),
        },
        frame,
    })
}

/// The public address of an announced draw.
pub(super) fn address(draw: &Draw) -> String {
    format!("/draws/{}/{}", draw.agency, draw.number.unwrap_or_default())
}

/// A draw as a line.
pub(super) fn row(desks: &Desks<'_>, frame: &Frame, draw: &Draw, href: String) -> DrawRow {
    let listed = draw.announced().map_or(0, |announcement| announcement.targets);
    DrawRow {
        href,
        name: name(desks, frame, draw),
        scope: scope(desks, frame, draw),
        counted: if listed == 0 { String::new() } else { frame.t2("draws.counted", listed, draw.order.take) },
        at: frame.moment(draw.announced_at.unwrap_or(draw.prepared_at)),
        tag: tag(frame, draw.state),
    }
}

/// Who draws, and which of its draws it is.
pub(super) fn name(desks: &Desks<'_>, frame: &Frame, draw: &Draw) -> String {
    let agency = names::agency(frame, &desks.catalog, &draw.agency);
    match draw.number {
        Some(number) => frame.t2("draws.name", agency, number),
        None => frame.t1("draws.name_prepared", agency),
    }
}

/// What is drawn from: a trade, or an item.
pub(super) fn scope(desks: &Desks<'_>, frame: &Frame, draw: &Draw) -> String {
    let terms = supervision::terms(&desks.approval()).ok();
    let trades = terms.as_ref().map(|terms| terms.rules.draw.trades.as_slice()).unwrap_or_default();
    match trades.iter().find(|trade| trade.id == draw.scope) {
        Some(trade) => frame.text(&trade.name).to_owned(),
        None => names::item(frame, &desks.catalog, &draw.scope),
    }
}

fn tag(frame: &Frame, state: DrawState) -> Tag {
    let tone = match state {
        DrawState::Prepared | DrawState::Announced => Tone::Waiting,
        DrawState::Revealed => Tone::Granted,
        DrawState::BrokenOff => Tone::Refused,
        DrawState::Dropped => Tone::Quiet,
    };
    Tag::new(tone, frame.t(&format!("draw_state.{}", state.word())).to_owned())
}

async fn announced(desks: &Desks<'_>, agency: &str, number: &str) -> Result<Draw, Problem> {
    let number: u32 = number.parse().map_err(|_| Problem::not_found())?;
    supervision::draw_by_number(desks.store(), agency, number).await?.ok_or_else(Problem::not_found)
}

async fn show(
    State(state): State<AppState>,
    frame: Frame,
    Path((agency, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let draw = announced(&desks, &agency, &number).await?;
    page(&DrawOpenPage { shown: shown(&desks, &frame, &draw).await?, frame })
}

/// What is known of a draw, as far as it is public.
pub(super) async fn shown(desks: &Desks<'_>, frame: &Frame, draw: &Draw) -> Result<DrawShown, Problem> {
    let is_public = draw.number.is_some();
    let leaf = if is_public { supervision::awaited(desks.store(), draw.clone()).await.ok() } else { None };
    let notes = supervision::notes_of(desks.store(), draw).await?;
    let (targets, more) = draw.roll.as_ref().map(|roll| listed(frame, draw, roll)).unwrap_or_default();
    let part = |name: &str, there: bool| if there { format!("{}/{name}", address(draw)) } else { String::new() };
    Ok(DrawShown {
        name: name(desks, frame, draw),
        tag: tag(frame, draw.state),
        pairs: pairs(desks, frame, draw),
        leaf: leaf.map(|awaited| Link {
            href: format!("/log/leaf/{}", awaited.size - 1),
            text: frame.t1("draws.leaf_number", awaited.size - 1),
            hint: String::new(),
        }),
        list: part("list", is_public),
        file: part("file", draw.state == DrawState::Revealed),
        targets,
        more,
        drawn: drawn(draw),
        notes: notes.iter().map(|note| noted(frame, note)).collect(),
        reason: draw.reason.clone().unwrap_or_default(),
    })
}

fn pairs(desks: &Desks<'_>, frame: &Frame, draw: &Draw) -> Vec<(String, String)> {
    let roll = draw.roll.as_ref();
    let counted = roll.map(|roll| {
        let (targets, officers, bars) = (roll.targets().len(), roll.officers().len(), roll.bars().len());
        frame.t3("draws.list_counted", targets, officers, bars)
    });
    let witnesses = draw.announced().ok().map(|announcement| {
        announcement.witnesses.iter().map(|key| key.id().to_string()).collect::<Vec<_>>().join("、")
    });
    let by = |at: Option<Moment>, who: &Option<String>| {
        at.map(|at| frame.aside(&frame.moment(at), who.as_deref().unwrap_or_default())).unwrap_or_default()
    };
    let all = [
        ("draws.scope", scope(desks, frame, draw)),
        ("draws.order", frame.t2("draws.order_is", draw.order.take, draw.order.each)),
        ("draws.visit_on", frame.date(draw.visit_on)),
        ("draws.prepared", by(Some(draw.prepared_at), &Some(draw.prepared_by.clone()))),
        ("draws.announced", by(draw.announced_at, &draw.announced_by)),
        ("draws.list", counted.unwrap_or_default()),
        ("draws.witnesses", witnesses.unwrap_or_default()),
        ("draws.closes_on", draw.closes_on.map(|day| frame.date(day)).unwrap_or_default()),
        ("draws.revealed", draw.revealed_at.map(|at| frame.moment(at)).unwrap_or_default()),
    ];
    let filled = all.into_iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(key, value)| (frame.t(key).to_owned(), value)).collect()
}

/// The first of the list, with their chances; how many more there are, in words.
pub(super) fn listed(frame: &Frame, draw: &Draw, roll: &Roll) -> (Vec<TargetRow>, String) {
    let known: Option<Chances> = roll.check(draw.order).is_ok().then(|| chances(roll, draw.order.take));
    let row = |(position, target): (usize, &evidence::draw::Target)| TargetRow {
        id: target.id.clone(),
        class: target.class.clone(),
        weight: target.weight,
        chance: known.as_ref().map_or_else(String::new, |known| {
            let chance = known.of(position, target);
            format!("{}/{}", chance.numerator, chance.denominator)
        }),
    };
    let more = roll.targets().len().saturating_sub(ROWS);
    let rest = if more == 0 { String::new() } else { frame.t1("draws.more", more) };
    (roll.targets().iter().enumerate().take(ROWS).map(row).collect(), rest)
}

fn drawn(draw: &Draw) -> Vec<DrawnRow> {
    let targets = draw.roll.as_ref().map(Roll::targets).unwrap_or_default();
    let row = |pair: &evidence::draw::Pair| DrawnRow {
        id: pair.target.clone(),
        holder: draw.holders.get(&pair.target).map(|holder| holder.mask.clone()).unwrap_or_default(),
        class: targets.iter().find(|target| target.id == pair.target).map(|t| t.class.clone()).unwrap_or_default(),
        officers: pair.officers.join("、"),
        inspections: Vec::new(),
    };
    draw.pairs.iter().map(row).collect()
}

fn noted(frame: &Frame, note: &DrawNote) -> String {
    let said = match (note.kind.as_str(), &note.officer, &note.stand_in) {
        ("stood_in", Some(officer), Some(next)) => frame.t3("draws.stood_in", &note.target, officer, next),
        ("nobody", Some(officer), _) => frame.t2("draws.nobody", &note.target, officer),
        _ => frame.t1("draws.ceased", &note.target),
    };
    format!("{} · {said} · {} · {}", frame.moment(note.at), note.note, note.by_name)
}

/// The list as it was announced: what the hash in the announcement is over.
async fn roll(
    State(state): State<AppState>,
    Path((agency, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let draw = announced(&state.desks()?, &agency, &number).await?;
    let list = draw.roll.as_ref().ok_or_else(Problem::not_found)?;
    let body = json!({ "targets": list.targets(), "officers": list.officers(), "bars": list.bars() });
    attached(body.to_string(), &format!("draw-{agency}-{number}-list.json"))
}

async fn file(
    State(state): State<AppState>,
    Path((agency, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let draw = announced(&state.desks()?, &agency, &number).await?;
    let text = supervision::published(&draw)?
        .ok_or_else(|| Problem::not_found().detail(Text::new("结果还没有公布。", "There is no result yet.")))?;
    attached(text, &format!("draw-{agency}-{number}.json"))
}

fn attached(body: String, name: &str) -> Result<Response, Problem> {
    const KIND: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).map_err(Problem::fault)?;
    Ok(([(header::CONTENT_TYPE, KIND), (header::CONTENT_DISPOSITION, disposition)], body).into_response())
}
