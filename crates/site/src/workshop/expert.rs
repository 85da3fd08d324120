//! The expert's view: the model itself, the part of `item.toml` about conditions, and the cases, as texts; or as a file from an
//! editor of one's own.

use affairs::catalog::FieldError;
use affairs::workshop::{self, Bench, Change, Clash, Saved, WorkshopError};
use axum::Router;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kernel::Id;

use super::bench;
use super::draft::{clash_view, here, id_of};
use super::found::faults;
use super::listed::draft_tag;
use super::one::{hindered, lines};
use super::view::ExpertPage;
use crate::frame::Frame;
use crate::pairs::{sent, version};
use crate::pieces::{ErrorLine, FieldKind, FieldView};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/rules/drafts/{id}/expert", get(show))
}

/// What takes whole texts: its bodies may be larger than a form's.
pub(super) fn texts() -> Router<AppState> {
    Router::new().route("/staff/rules/drafts/{id}/texts", post(save))
}

/// What was sent, to be shown again.
#[derive(Default)]
struct Again {
    typed: Vec<(String, String)>,
    errors: Vec<FieldError>,
    more: Vec<ErrorLine>,
    clash: Option<Clash>,
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    page(&built(&bench(&desks, &actor), frame, id_of(&id)?, Again::default()).await?)
}

async fn built(bench: &Bench<'_>, frame: Frame, id: Id, again: Again) -> Result<ExpertPage, Problem> {
    let file = workshop::draft_file(bench, id).await?;
    let draft = &file.draft;
    let conditions = draft.texts.conditions();
    let texts = [
        ("/rules", "workshop.rules_text", "workshop.rules_text_hint", &draft.texts.rules, 24),
        ("/conditions", "workshop.conditions_part", "workshop.conditions_part_hint", &conditions, 16),
        ("/cases", "workshop.cases", "workshop.cases_hint", &draft.texts.cases, 16),
    ];
    let field = |(pointer, label, hint, text, rows): (&str, &str, &str, &String, u8)| FieldView {
        pointer: pointer.to_owned(),
        label: frame.t(label).to_owned(),
        hint: frame.t(hint).to_owned(),
        kind: FieldKind::Lines { rows },
        value: again.typed.iter().rev().find(|(at, _)| at == pointer).map_or_else(|| text.clone(), |(_, v)| v.clone()),
        optional: false,
        error: again.errors.iter().find(|e| e.pointer == pointer).map(|e| frame.text(&e.message).to_owned()),
        note: String::new(),
    };
    Ok(ExpertPage {
        name: frame.text(&file.item.name).to_owned(),
        item: format!("/staff/rules/{}", draft.item),
        here: here(draft),
        version: draft.version,
        tag: draft_tag(&frame, draft.state),
        errors: lines(&frame, &again.errors).into_iter().chain(again.more.clone()).collect(),
        clash: again.clash.as_ref().map(|clash| clash_view(&frame, &file, clash)),
        editable: file.writes && draft.state.is_editable(),
        fields: texts.into_iter().map(field).collect(),
        faults: faults(&frame, &draft.report),
        frame,
    })
}

/// The words of a form that brings whole texts; a file takes the place of the text it was chosen for.
async fn pairs(mut parts: Multipart) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    while let Some(field) = parts.next_field().await.map_err(|e| Problem::of(e.status()))? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|e| Problem::of(e.status()))?;
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| Problem::of(StatusCode::BAD_REQUEST))?;
        match name.strip_prefix("file:") {
            Some(_) if text.is_empty() => {}
            Some(of) => pairs.push((of.to_owned(), text)),
            None => pairs.push((name, text)),
        }
    }
    Ok(pairs)
}

async fn save(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    parts: Multipart,
) -> Result<Response, Problem> {
    let (desks, actor, id) = (state.desks()?, officer.actor(), id_of(&id)?);
    let bench = bench(&desks, &actor);
    let pairs = pairs(parts).await?;
    let given = |name: &str| pairs.iter().any(|(key, _)| key == name).then(|| sent(&pairs, name));
    let change = Change::Expert { rules: given("/rules"), conditions: given("/conditions"), cases: given("/cases") };
    let (status, again) = match workshop::save(&bench, (id, version(&pairs)), &change).await {
        Ok(Saved::Kept(draft)) => return Ok(Redirect::to(&format!("{}?saved=1", here(&draft))).into_response()),
        Ok(Saved::Clash(clash)) => {
            (StatusCode::CONFLICT, Again { clash: Some(*clash), typed: pairs, ..Again::default() })
        }
        Err(WorkshopError::Form(errors)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Again { errors, typed: pairs, ..Again::default() })
        }
        Err(WorkshopError::Hindered(found)) => {
            (StatusCode::CONFLICT, Again { more: hindered(&frame, &found), typed: pairs, ..Again::default() })
        }
        Err(other) => return Err(other.into()),
    };
    page_as(status, &built(&bench, frame, id, again).await?)
}
