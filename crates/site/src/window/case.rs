//! A case at the counter, as its applicant would see it online, with what can be done for him here.

use affairs::approval::{self, ApprovalError, State as CaseState};
use affairs::catalog::{FieldError, HallAct};
use affairs::window::{self, CounterCase, Handing, Opened, Reception, Way};
use affairs::{licence, material};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::fields::{Fields, lines};
use super::view::{CasePage, DeliverForm, LicenceSheetPage};
use super::{path, receives, relays, standing};
use crate::approval::found::{Found, state_tag};
use crate::approval::helped::HelpTyped;
use crate::approval::{mend_line, story};
use crate::frame::Frame;
use crate::licence::{holder, printed};
use crate::material::desk::{MaterialsTyped, listed};
use crate::material::view::MaterialsView;
use crate::office::Desks;
use crate::pieces::{Link, Width};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/window/{id}/cases/{number}", get(show))
        .route("/staff/window/{id}/cases/{number}/deliver", post(deliver))
        .route("/staff/window/{id}/cases/{number}/relay", post(send))
        .route("/staff/window/{id}/cases/{number}/licence", get(print))
        .route("/staff/window/{id}/cases/{number}/licence.pdf", get(pdf))
}

#[derive(Deserialize)]
struct Asked {
    /// Led here because a second case of the item could not be filed.
    open: Option<String>,
}

/// What was typed of papers to be sent, and what was wrong with files.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    pieces: String,
    #[serde(default)]
    note: String,
    #[serde(skip)]
    materials: MaterialsTyped,
    #[serde(skip)]
    help: HelpTyped,
}

impl Typed {
    /// Nothing typed.
    fn none() -> Self {
        Self {
            pieces: "0".to_owned(),
            note: String::new(),
            materials: MaterialsTyped::default(),
            help: HelpTyped::default(),
        }
    }

    /// Only files were sent.
    pub(super) fn of_materials(materials: MaterialsTyped) -> Self {
        Self { materials, ..Self::none() }
    }

    /// Only what help was given.
    pub(super) fn of_help(help: HelpTyped) -> Self {
        Self { help, ..Self::none() }
    }
}

/// The page once more, with what was wrong.
pub(super) async fn again(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (reception, number, typed): (&Reception, &str, &Typed),
) -> Result<CasePage, Problem> {
    let found = window::opened(&desks.approval(), reception, number).await?;
    built(desks, officer, frame, (reception, &found), (typed, &[])).await
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, number)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    receives(&officer)?;
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let found = window::opened(&desks.approval(), &reception, &number).await?;
    let built = built(&desks, &officer, frame, (&reception, &found), (&Typed::none(), &[])).await?;
    page(&CasePage { is_open_already: asked.open.is_some(), ..built })
}

async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (reception, found): (&Reception, &Opened),
    (typed, errors): (&Typed, &[FieldError]),
) -> Result<CasePage, Problem> {
    let (case, base) = (&found.file.case, path(reception));
    let leaves = desks.store().leaves(case.id).await?;
    let counter = window::counter_case(desks.store(), case.id).await?;
    let (_, relays) = window::relays_of(&desks.approval(), &officer.actor(), &case.number).await.or_else(|error| {
        if matches!(error, ApprovalError::NotFound) { Ok((case.clone(), Vec::new())) } else { Err(error) }
    })?;
    let here = format!("{base}/cases/{}", case.number);
    let sentence = story::next_line(desks, &frame, case);
    let mend = found.file.latest().and_then(Found::of).filter(|_| case.state == CaseState::Correcting);
    let fields = Fields { frame: &frame, errors };
    let is_under_way = relays.iter().any(|r| r.ended_at.is_none());
    let may_send = case.state.is_open() && case.state != CaseState::Correcting && !is_under_way;
    let send = match may_send {
        true => vec![
            fields.line(("pieces", "/pieces"), "window.pieces", (&typed.pieces, Width::Short)),
            fields.line(("note", "/note"), "window.note", (&typed.note, Width::Long)),
        ],
        false => Vec::new(),
    };
    let licence = licence::by_case(desks.store(), case.applicant, case.id).await?;
    let materials = materials(desks, (officer, &frame), (reception, case), typed).await?;
    // Chance enough: what is written twice under one key is the same help.
    let help = match typed.help.key.is_empty() {
        true => HelpTyped::fresh(desks.base().id().to_string()).form(&frame, format!("{here}/help")),
        false => typed.help.form(&frame, format!("{here}/help")),
    };
    let wrong_files = typed.materials.lines(&frame);
    Ok(CasePage {
        item: story::item_name(desks, &frame, case),
        applicant: case.applicant_name.clone(),
        number: case.number.clone(),
        tag: state_tag(&frame, case.state),
        sentence: if sentence.is_empty() { frame.t("then.done").to_owned() } else { sentence },
        mend: mend.iter().flat_map(|f| f.assessment.failed()).map(|check| mend_line(&frame, check)).collect(),
        back: Link { href: base, text: reception.name.clone(), hint: String::new() },
        receipt: found.is_filed_here.then(|| format!("{here}/receipt")),
        errors: wrong_files.into_iter().chain(lines(&frame, send.iter(), errors)).chain(help.lines()).collect(),
        help,
        materials,
        relays: relays.iter().map(|relay| relays::row(&frame, &desks.catalog, (relay, case))).collect(),
        send,
        deliver: deliver_form(&frame, case, counter.as_ref()),
        delivered: counter.as_ref().map(|row| delivered(&frame, row)).unwrap_or_default(),
        licence: licence.map(|_| format!("{here}/licence")),
        events: story::events(desks, &frame, &found.file, &leaves),
        is_open_already: false,
        here,
        frame,
    })
}

/// What was handed in as files, and where more is sent: while the case is open, and where this counter helps with its item.
async fn materials(
    desks: &Desks<'_>,
    (officer, frame): (&Officer, &Frame),
    (reception, case): (&Reception, &approval::Case),
    typed: &Typed,
) -> Result<MaterialsView, Problem> {
    let item = story::item_of(desks, case)?;
    let known = material::of_case(desks.store(), case.id).await?;
    let post = window::post(&desks.catalog, (&reception.hall, &reception.counter), frame.now.date())?;
    let helps = (&post, HallAct::AssistFill);
    let may = window::may_receive(&desks.catalog, &officer.actor(), helps, (&case.item, &case.deciding_agency));
    let base = path(reception);
    let action = match may.is_ok() && case.state.is_open() {
        true => format!("{base}/cases/{}/materials", case.number),
        false => String::new(),
    };
    let place = format!("{base}/materials");
    Ok(listed(desks, (frame, Some(&item)), (&known, &typed.materials.0), (&place, action)))
}

/// How the result may be handed out here; nothing where there is none, or it was handed out.
fn deliver_form(frame: &Frame, case: &approval::Case, row: Option<&CounterCase>) -> Option<DeliverForm> {
    let is_out = row.is_some_and(|row| row.delivered.is_some());
    if !case.state.is_agencys_end() || is_out {
        return None;
    }
    let wanted = row.map_or(Way::Counter, |row| row.way);
    Some(DeliverForm {
        wanted: frame.t(&format!("window.way_{}", wanted.word())).to_owned(),
        ways: [Way::Counter, Way::Electronic]
            .map(|way| (way.word(), frame.t(&format!("window.deliver_{}", way.word())).to_owned()))
            .to_vec(),
    })
}

/// How the result was handed out, in words; empty where it was not.
pub(super) fn delivered(frame: &Frame, row: &CounterCase) -> String {
    let Some((at, way, by)) = &row.delivered else { return String::new() };
    let key = format!("window.way_{}", way.word());
    let how = frame.t(&key);
    let told = frame.t3("window.delivered", frame.moment(*at), how, by);
    match (&row.collected, &row.parcel) {
        (Some((_, name, _)), _) => format!("{told} {}", frame.t1("window.collected", name)),
        (None, Some(parcel)) => format!("{told} {}", frame.t1("window.parcel_was", parcel)),
        (None, None) => told,
    }
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    way: String,
}

/// Hands the result out to who stands there.
async fn deliver(
    State(state): State<AppState>,
    officer: Officer,
    Path((id, number)): Path<(String, String)>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let is_electronic = Way::from_word(&chosen.way) == Some(Way::Electronic);
    let handing = Handing::Here { reception: &reception, is_electronic };
    window::deliver(&desks.approval(), &officer.actor(), (&number, &handing)).await?;
    Ok(Redirect::to(&format!("{}/cases/{number}", path(&reception))).into_response())
}

/// Sends the papers of the case to the agency that decides.
async fn send(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, number)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let found = window::opened(&desks.approval(), &reception, &number).await?;
    let pieces = typed.pieces.trim().parse().unwrap_or(-1);
    let papers = window::Papers { pieces, note: &typed.note };
    match window::send(&desks.approval(), &officer.actor(), &number, &papers).await {
        Ok(_) => Ok(Redirect::to(&format!("/staff/window/relays/{number}")).into_response()),
        Err(ApprovalError::Form(errors)) => {
            let again = built(&desks, &officer, frame, (&reception, &found), (&typed, &errors)).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}

/// The licence as it is printed at the counter for its holder.
async fn print(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (reception, held) = held(&desks, &officer, (&id, &number)).await?;
    let origin = state.settings().public_origin.trim_end_matches('/');
    let sheet = holder::sheet(&desks, &frame, &held, origin).await?;
    let back = Link { href: format!("{}/cases/{number}", path(&reception)), text: number, hint: String::new() };
    let pdf = format!("{}/licence.pdf", back.href);
    page(&LicenceSheetPage { sheet, back, pdf, frame })
}

/// The same as a PDF.
async fn pdf(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (reception, held) = held(&desks, &officer, (&id, &number)).await?;
    let origin = state.settings().public_origin.trim_end_matches('/');
    let page = format!("{}/cases/{number}/licence", path(&reception));
    printed::pdf(&desks, &frame, &held, (origin, page)).await
}

/// The licence that came out of a case which the officer may see at this counter.
async fn held(
    desks: &Desks<'_>,
    officer: &Officer,
    (id, number): (&str, &str),
) -> Result<(Reception, licence::Licence), Problem> {
    let reception = standing(desks, officer, id).await?;
    let found = window::opened(&desks.approval(), &reception, number).await?;
    let case = &found.file.case;
    let held = licence::by_case(desks.store(), case.applicant, case.id).await?.ok_or_else(Problem::not_found)?;
    Ok((reception, held))
}
