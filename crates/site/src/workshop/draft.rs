//! A draft on one page: its sentences, its cases with how they come out, what the proof found, and the next step.

use affairs::catalog::{FieldError, VersionBy};
use affairs::workshop::{
    self, Bench, Change, Clash, Draft, DraftFile, DraftState, Edit, Proposal, Saved, Step, WorkshopError, sheet,
};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::{Date, Id};
use serde::Deserialize;

use super::cells::{Drawing, Overlay, differences};
use super::listed::draft_tag;
use super::one::{hindered, lines};
use super::phrases::inside;
use super::view::{ClashView, DraftPage, EditPage};
use super::{bench, found, take_up};
use crate::frame::Frame;
use crate::pairs::{Pairs, sent, version};
use crate::pieces::{Choice, ErrorLine, EventView, FieldKind, FieldView};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/rules/drafts/{id}", get(show).post(save))
        .route("/staff/rules/drafts/{id}/step", post(step))
        .route("/staff/rules/drafts/{id}/waive", post(waive))
        .route("/staff/rules/drafts/{id}/move", post(move_on))
        .route("/staff/rules/drafts/{id}/edits/{edit}", get(edit))
}

/// What was sent, to be shown again with what is wrong.
#[derive(Default)]
pub(super) struct Again {
    typed: Vec<(String, String)>,
    errors: Vec<FieldError>,
    more: Vec<ErrorLine>,
    clash: Option<Clash>,
    saved: bool,
}

/// The draft's page by its address.
pub(super) fn here(draft: &Draft) -> String {
    format!("/staff/rules/drafts/{}", draft.id)
}

pub(super) fn id_of(text: &str) -> Result<Id, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    saved: String,
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let again = Again { saved: asked.saved == "1", ..Again::default() };
    page(&built(&bench(&desks, &actor), frame, id_of(&id)?, again).await?)
}

async fn built(bench: &Bench<'_>, frame: Frame, id: Id, again: Again) -> Result<DraftPage, Problem> {
    let file = workshop::draft_file(bench, id).await?;
    let draft = &file.draft;
    let table = sheet(&draft.texts);
    let overlay = Overlay { typed: &again.typed, errors: &again.errors };
    let drawing = Drawing::new(&frame, &file.item, &overlay);
    let (conditions, steps) =
        (drawing.conditions(&table), table.steps.iter().map(|logic| drawing.logic(logic)).collect());
    let editable = file.writes && draft.state.is_editable();
    let new = (editable && table.faults.is_empty()).then(|| drawing.new_condition(&table));
    let typed = |name: &str| again.typed.iter().rev().find(|(at, _)| at == name).map(|(_, v)| v.clone());
    let unreadable =
        table.faults.iter().map(|d| frame.t3("workshop.unreadable", d.line, d.column, inside(&frame, &d.message)));
    Ok(DraftPage {
        name: frame.text(&file.item.name).to_owned(),
        item: format!("/staff/rules/{}", draft.item),
        here: here(draft),
        version: draft.version,
        tag: draft_tag(&frame, draft.state),
        saved: again.saved,
        errors: lines(&frame, &again.errors).into_iter().chain(again.more.clone()).collect(),
        clash: again.clash.as_ref().map(|clash| clash_view(&frame, &file, clash)),
        editable,
        unreadable: unreadable.collect(),
        conditions,
        steps,
        new,
        cases: drawing.cases(&draft.texts.cases),
        report: found::report(&frame, draft, &again.errors),
        hindrances: file.hindrances.iter().map(|text| frame.text(text).to_owned()).collect(),
        outdated: file.writes && draft.state.is_editable() && file.item.hash != draft.base,
        signs: draft.state.is_editable() && (file.writes || file.approves),
        proposal: proposal(&frame, &file, &again),
        proposed: proposed(&frame, draft),
        buttons: buttons(&frame, &file),
        reason: typed("/reason").unwrap_or_default(),
        events: file.edits.iter().map(|edit| event(&frame, draft, edit)).collect(),
        frame,
    })
}

/// One's own text beside the other's, condition by condition.
pub(super) fn clash_view(frame: &Frame, file: &DraftFile, clash: &Clash) -> ClashView {
    let (mine, theirs) = (&clash.mine, &clash.theirs.texts);
    let mut rows = differences(frame, (&sheet(mine), &sheet(theirs)));
    if mine.cases != theirs.cases {
        let (own, other) = apart(&mine.cases, &theirs.cases);
        rows.push((frame.t("workshop.cases").to_owned(), own, other));
    }
    if rows.is_empty() && mine.rules != theirs.rules {
        let (own, other) = apart(&mine.rules, &theirs.rules);
        rows.push(("rules.dmn".to_owned(), own, other));
    }
    let by = file.edits.iter().find(|edit| edit.taken && edit.kind == "saved");
    ClashView {
        who: by.map(|edit| frame.t2("workshop.saved_by", &edit.name, frame.moment(edit.at))).unwrap_or_default(),
        kept: format!("{}/edits/{}", here(&file.draft), clash.kept),
        rows,
    }
}

/// The lines of two texts that only one of them has; of very different ones the first hundred.
fn apart(mine: &str, theirs: &str) -> (String, String) {
    let only = |text: &str, other: &str| {
        let known: std::collections::BTreeSet<&str> = other.lines().collect();
        text.lines().filter(|line| !known.contains(line)).take(100).collect::<Vec<_>>().join("\n")
    };
    (only(mine, theirs), only(theirs, mine))
}

/// The fields of a proposal, where the reader may make one now.
fn proposal(frame: &Frame, file: &DraftFile, again: &Again) -> Vec<FieldView> {
    if !file.writes || file.draft.state != DraftState::Tested {
        return Vec::new();
    }
    let typed = |name: &str| again.typed.iter().rev().find(|(at, _)| at == name).map(|(_, v)| v.as_str());
    let error = |at: &str| again.errors.iter().find(|e| e.pointer == at).map(|e| frame.text(&e.message).to_owned());
    let field = |pointer: &str, word: &str, kind: FieldKind, value: &str| FieldView {
        pointer: pointer.to_owned(),
        label: frame.t(&format!("workshop.{word}")).to_owned(),
        hint: frame.t(&format!("workshop.{word}_hint")).to_owned(),
        kind,
        value: value.to_owned(),
        optional: false,
        error: error(pointer),
        note: String::new(),
    };
    let chosen = typed("/version_by").and_then(VersionBy::from_word).unwrap_or(file.draft.version_by);
    let ways = VersionBy::WORDS.iter().map(|(word, by)| Choice {
        value: (*word).to_owned(),
        label: frame.text(&by.text()).to_owned(),
        chosen: *by == chosen,
    });
    let purpose = typed("/purpose").unwrap_or(&file.draft.purpose);
    let from = file.draft.valid_from.map(|day| day.to_string()).unwrap_or_default();
    vec![
        field("/purpose", "purpose", FieldKind::Lines { rows: 2 }, purpose),
        FieldView {
            optional: true,
            ..field("/valid_from", "valid_from", FieldKind::Date, typed("/valid_from").unwrap_or(&from))
        },
        field("/version_by", "version_by", FieldKind::Choice(ways.collect()), ""),
    ]
}

fn proposed(frame: &Frame, draft: &Draft) -> Vec<(String, String)> {
    let Some(by) = &draft.proposed else { return Vec::new() };
    let from = draft.valid_from.map_or_else(|| frame.t("workshop.from_publishing").to_owned(), |day| frame.date(day));
    let who = |signed: &workshop::Signed| frame.t2("workshop.signed_at", &signed.name, frame.moment(signed.at));
    let rows = [
        ("workshop.purpose", draft.purpose.clone()),
        ("workshop.valid_from", from),
        ("workshop.version_by", frame.text(&draft.version_by.text()).to_owned()),
        ("workshop.proposed_by", who(by)),
        ("workshop.approved_by", draft.approved.as_ref().map(who).unwrap_or_default()),
    ];
    rows.into_iter().filter(|(_, value)| !value.is_empty()).map(|(k, v)| (frame.t(k).to_owned(), v)).collect()
}

/// The steps the reader may take now; a proposal has a form of its own.
fn buttons(frame: &Frame, file: &DraftFile) -> Vec<(&'static str, String, bool)> {
    let may = |step: &Step| if step.is_second() { file.approves } else { file.writes };
    let open = Step::ALL.into_iter().filter(|step| *step != Step::Propose && file.draft.state.after(*step).is_some());
    let button =
        |step: Step| (step.word(), frame.t(&format!("workshop.step.{}", step.word())).to_owned(), step.needs_reason());
    open.filter(may).map(button).collect()
}

fn event(frame: &Frame, draft: &Draft, edit: &Edit) -> EventView {
    let word = frame.t(&format!("workshop.act.{}", edit.kind)).to_owned();
    let what = match edit.note.as_str() {
        "" => frame.t2("workshop.revision", &word, edit.revision),
        note => format!("{}{}{note}", frame.t2("workshop.revision", &word, edit.revision), frame.t("outcome.colon")),
    };
    let has_text = matches!(edit.kind.as_str(), "opened" | "saved" | "too_late" | "moved");
    EventView {
        at: edit.at,
        what,
        who: edit.name.clone(),
        href: has_text.then(|| format!("{}/edits/{}", here(draft), edit.id)),
    }
}

async fn save(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, actor, id) = (state.desks()?, officer.actor(), id_of(&id)?);
    let bench = bench(&desks, &actor);
    let done = workshop::save(&bench, (id, version(&pairs)), &Change::Table(&pairs)).await;
    let (status, again) = match done {
        Ok(Saved::Kept(draft)) => return Ok(Redirect::to(&format!("{}?saved=1", here(&draft))).into_response()),
        Ok(Saved::Clash(clash)) => {
            let clash = Some(*clash);
            (StatusCode::CONFLICT, Again { typed: pairs, clash, ..Again::default() })
        }
        Err(error) => refused(&frame, pairs, error)?,
    };
    page_as(status, &built(&bench, frame, id, again).await?)
}

/// The page again with what is in the way, and everything that was typed.
fn refused(frame: &Frame, typed: Vec<(String, String)>, error: WorkshopError) -> Result<(StatusCode, Again), Problem> {
    let again = Again { typed, ..Again::default() };
    Ok(match error {
        WorkshopError::Form(errors) => (StatusCode::UNPROCESSABLE_ENTITY, Again { errors, ..again }),
        WorkshopError::Hindered(found) => (StatusCode::CONFLICT, Again { more: hindered(frame, &found), ..again }),
        WorkshopError::Forbidden(why) => (StatusCode::FORBIDDEN, Again { more: hindered(frame, &[why]), ..again }),
        WorkshopError::Changed => {
            let message = frame.t("workshop.changed").to_owned();
            let line = ErrorLine { href: "#main".to_owned(), message };
            (StatusCode::CONFLICT, Again { more: vec![line], ..again })
        }
        other => return Err(other.into()),
    })
}

/// The draft's page with what is in the way of a step, and everything that was typed.
async fn shown_again(
    bench: &Bench<'_>,
    frame: Frame,
    id: Id,
    (typed, error): (Vec<(String, String)>, WorkshopError),
) -> Result<Response, Problem> {
    let (status, again) = refused(&frame, typed, error)?;
    page_as(status, &built(bench, frame, id, again).await?)
}

async fn step(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, actor, id) = (state.desks()?, officer.actor(), id_of(&id)?);
    let bench = bench(&desks, &actor);
    let wanted = Step::from_word(sent(&pairs, "step")).ok_or_else(Problem::not_found)?;
    let from = sent(&pairs, "/valid_from");
    let day: Option<Date> = from.parse().ok();
    if day.is_none() && !from.is_empty() {
        let message = kernel::Text::new("请写日期，例如 2026-12-01", "write a day, such as 2026-12-01");
        let wrong = FieldError { pointer: "/valid_from".to_owned(), code: "date.form".to_owned(), message };
        return shown_again(&bench, frame, id, (pairs, WorkshopError::Form(vec![wrong]))).await;
    }
    let version_by = VersionBy::from_word(sent(&pairs, "/version_by")).unwrap_or_default();
    let proposal = Proposal { valid_from: day, version_by };
    let note = if wanted == Step::Propose { sent(&pairs, "/purpose") } else { sent(&pairs, "/reason") };
    match workshop::step(&bench, (id, version(&pairs)), (wanted, note), &proposal).await {
        Ok(draft) => {
            if draft.state == DraftState::Published {
                take_up(&desks).await?;
            }
            Ok(Redirect::to(&here(&draft)).into_response())
        }
        Err(error) => shown_again(&bench, frame, id, (pairs, error)).await,
    }
}

async fn waive(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, actor, id) = (state.desks()?, officer.actor(), id_of(&id)?);
    let bench = bench(&desks, &actor);
    let place = sent(&pairs, "place").to_owned();
    let reason = sent(&pairs, &format!("/waiver/{place}")).to_owned();
    match workshop::waive(&bench, (id, version(&pairs)), (&place, &reason)).await {
        Ok(draft) => Ok(Redirect::to(&format!("{}#proof", here(&draft))).into_response()),
        Err(error) => shown_again(&bench, frame, id, (pairs, error)).await,
    }
}

async fn move_on(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, actor, id) = (state.desks()?, officer.actor(), id_of(&id)?);
    let bench = bench(&desks, &actor);
    match workshop::move_on(&bench, (id, version(&pairs))).await {
        Ok(draft) => Ok(Redirect::to(&format!("{}?saved=1", here(&draft))).into_response()),
        Err(error) => shown_again(&bench, frame, id, (pairs, error)).await,
    }
}

async fn edit(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, edit)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (desks, actor, id) = (state.desks()?, officer.actor(), id_of(&id)?);
    let bench = bench(&desks, &actor);
    let (edit, texts) = workshop::edit_texts(&bench, id, id_of(&edit)?).await?;
    let file = workshop::draft_file(&bench, id).await?;
    let line = event(&frame, &file.draft, &edit);
    page(&EditPage {
        name: frame.text(&file.item.name).to_owned(),
        draft: here(&file.draft),
        what: format!("{} · {} · {}", line.what, line.who, frame.moment(line.at)),
        texts: vec![
            ("rules.dmn".to_owned(), texts.rules.clone()),
            (frame.t("workshop.conditions_part").to_owned(), texts.conditions()),
            ("cases.md".to_owned(), texts.cases),
        ],
        frame,
    })
}
