//! A correction at the counter, with everything that was filed before as it was.

use std::sync::Arc;

use affairs::approval::{self, ApprovalError, State as CaseState};
use affairs::catalog::{Checked, FieldError, Item};
use affairs::window::{self, Opened, Reception};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use serde_json::{Map, Value as Json};

use super::apply::{not_read_back, read_back};
use super::fields::Fields;
use super::view::FormPage;
use super::{path, receives, standing};
use crate::approval::found::Found;
use crate::approval::told::{Told, to_mend, told, whole};
use crate::approval::{mend_line, story};
use crate::catalog::drawn::{self, Filled};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{ErrorLine, Link, Section, error_lines, field_id};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/window/{id}/cases/{number}/correct", get(ask).post(mend))
}

/// A case that is mended at the counter, with the form as it was filed.
struct Mending {
    reception: Reception,
    found: Opened,
    item: Arc<Item>,
    told: Told,
    own: Map<String, Json>,
}

impl Mending {
    async fn of(
        desks: &Desks<'_>,
        officer: &Officer,
        frame: &Frame,
        (id, number): (&str, &str),
    ) -> Result<Self, Problem> {
        receives(officer)?;
        let reception = standing(desks, officer, id).await?;
        let found = window::opened(&desks.approval(), &reception, number).await?;
        let item = story::item_of(desks, &found.file.case)?;
        let filed = found.file.case.form.as_object().cloned().unwrap_or_default();
        let disputed = found.file.latest().and_then(Found::of).map(|f| f.assessment.contradictions);
        let disputed: Vec<String> = disputed.into_iter().flatten().map(|c| c.field).collect();
        let own = to_mend(&item, &filed, &disputed);
        let told = told(desks, frame, &found.person, (&item, &own)).await?;
        Ok(Self { reception, found, item, told, own })
    }

    /// What the notice named, each line leading to the field it is about.
    fn named(&self, frame: &Frame) -> Vec<ErrorLine> {
        let found = self.found.file.latest().and_then(Found::of);
        let line = |check: &approval::Check| {
            let field = check.mend_field.as_deref().map(affairs::catalog::pointer_to);
            let href = field.map_or_else(|| "#main".to_owned(), |p| format!("#{}", field_id(&p)));
            ErrorLine { href, message: mend_line(frame, check) }
        };
        found.iter().flat_map(|f| f.assessment.failed()).map(line).collect()
    }

    fn page(
        &self,
        (status, frame): (StatusCode, Frame),
        (values, checked, errors): (&Map<String, Json>, Option<&Checked>, &[FieldError]),
    ) -> Result<Response, Problem> {
        let form = &self.item.form;
        let mut sections = Filled { form, values, known: &self.told }.sections(&frame, checked);
        let fields = Fields { frame: &frame, errors };
        sections.push(Section {
            title: frame.t("window.at_counter").to_owned(),
            hint: String::new(),
            fields: vec![read_back(&fields, false)],
        });
        let said = if checked.is_none() { self.named(&frame) } else { Vec::new() };
        let (case, name) = (&self.found.file.case, frame.text(&self.item.name).to_owned());
        let back = format!("{}/cases/{}", path(&self.reception), case.number);
        let page = FormPage {
            lead: frame.t2("window.mend_lead", &self.reception.name, &case.number),
            action: format!("{back}/correct"),
            uploads: false,
            back: Link { href: back, text: case.number.clone(), hint: String::new() },
            whose: String::new(),
            key: String::new(),
            errors: said.into_iter().chain(error_lines(&sections)).collect(),
            send: frame.t("window.mend").to_owned(),
            sections,
            name,
            frame,
        };
        page_as(status, &page)
    }
}

async fn ask(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let mending = Mending::of(&desks, &officer, &frame, (&id, &number)).await?;
    if mending.found.file.case.state != CaseState::Correcting {
        return Ok(to_case(&mending.reception, &number));
    }
    let values = whole(&mending.told, &mending.own);
    mending.page((StatusCode::OK, frame), (&values, None, &[]))
}

fn to_case(reception: &Reception, number: &str) -> Response {
    Redirect::to(&format!("{}/cases/{number}", path(reception))).into_response()
}

/// Sends the mended form: whoever presses twice is led to the case.
async fn mend(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, number)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let mending = Mending::of(&desks, &officer, &frame, (&id, &number)).await?;
    let is_read_back = pairs.iter().any(|(name, _)| name == "read_back");
    let values = drawn::values(&mending.item.form, &mending.told, &pairs);
    let sent = match is_read_back {
        true => {
            let what = (number.as_str(), &values);
            window::correct_for(&desks.approval(), &officer.actor(), &mending.reception, what).await
        }
        false => Err(ApprovalError::Form(vec![not_read_back()])),
    };
    match sent {
        Ok(_) | Err(ApprovalError::NotAllowed(_)) => Ok(to_case(&mending.reception, &number)),
        Err(ApprovalError::Form(errors)) => {
            let checked = approval::check(&mending.item, &mending.found.person, &values);
            mending.page((StatusCode::UNPROCESSABLE_ENTITY, frame), (&values, Some(&checked), &errors))
        }
        Err(other) => Err(other.into()),
    }
}
