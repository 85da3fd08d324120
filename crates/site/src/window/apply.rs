//! The form at the counter, for an application and for a correction: the same fields, the same values from registers, the same
//! checks as online; and the clerk's own few, on one page.

use std::sync::Arc;

use affairs::access::PersonActor;
use affairs::approval::{self, ApprovalError, Case, State as CaseState};
use affairs::catalog::{Checked, FieldError, Item};
use affairs::window::{self, CounterFiling, Opened, Reception, Way};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::{Id, Language, Text};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::fields::Fields;
use super::view::FormPage;
use super::{path, receives, standing};
use crate::approval::found::Found;
use crate::approval::told::{Told, to_mend, told, whole};
use crate::approval::{mend_line, story};
use crate::catalog::drawn::{self, Filled};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{ErrorLine, Link, Section, Width, error_lines, field_id};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;
use crate::words::word;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/window/{id}/apply", get(show).post(file))
        .route("/staff/window/{id}/cases/{number}/correct", get(ask).post(mend))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    item: String,
    #[serde(rename = "for", default)]
    whose: String,
}

/// What one form at the counter is about.
struct About {
    reception: Reception,
    item: Arc<Item>,
    person: PersonActor,
    mandate: Option<Id>,
    told: Told,
}

impl About {
    async fn of(
        desks: &Desks<'_>,
        officer: &Officer,
        frame: &Frame,
        (id, asked): (&str, &Asked),
    ) -> Result<Self, Problem> {
        receives(officer)?;
        let reception = standing(desks, officer, id).await?;
        let today = frame.now.date();
        let item = desks.catalog.item(&asked.item, today);
        let item = item.ok_or_else(|| ApprovalError::NotOffered(asked.item.clone()))?;
        let mandate: Option<Id> = asked.whose.parse().ok();
        let person = window::person(&desks.approval(), &reception, mandate).await?;
        let place = window::post(&desks.catalog, (&reception.hall, &reception.counter), today)?;
        let deciding = desks.catalog.responsible(&item, None, today).deciding;
        let actor = officer.actor();
        window::may_receive(&desks.catalog, &actor, (&place, place.taking()), (&item.id, &deciding))?;
        approval::may_file(&person, &item, frame.now)?;
        let told = told(desks, frame, &person, (&item, &Map::new())).await?;
        Ok(Self { reception, item, person, mandate, told })
    }
}

/// What was typed beside the form.
struct Beside {
    way: String,
    address: String,
    is_read_back: bool,
    key: String,
}

impl Beside {
    fn read(state: &AppState, pairs: &[(String, String)]) -> Self {
        let last = |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, v)| v.clone());
        Self {
            way: last("way").unwrap_or_default(),
            address: last("address").unwrap_or_default(),
            is_read_back: last("read_back").is_some(),
            key: last("key").filter(|key| key.len() >= 8).unwrap_or_else(|| fresh_key(state)),
        }
    }
}

fn fresh_key(state: &AppState) -> String {
    let mut chance = [0; 16];
    state.entropy().fill(&mut chance);
    hex::encode(chance)
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let about = About::of(&desks, &officer, &frame, (&id, &asked)).await?;
    let principal = about.person.principal().id;
    let cases = approval::cases_of(desks.store(), principal).await?;
    if let Some(open) = cases.iter().find(|c| c.item == about.item.id && c.state.is_open()) {
        return opened(&desks, &officer, &about.reception, &open.number).await;
    }
    let way = Way::Counter.word().to_owned();
    let beside = Beside { way, address: String::new(), is_read_back: false, key: fresh_key(&state) };
    form(StatusCode::OK, frame, (&about, &beside), (&Map::new(), None, &[]))
}

/// A case of this item is open already: it is opened here, for no second one could be filed.
async fn opened(
    desks: &Desks<'_>,
    officer: &Officer,
    reception: &Reception,
    number: &str,
) -> Result<Response, Problem> {
    let found = window::open(&desks.approval(), &officer.actor(), reception, number).await?;
    let to = format!("{}/cases/{}?open=1", path(reception), found.file.case.number);
    Ok(Redirect::to(&to).into_response())
}

fn form(
    status: StatusCode,
    frame: Frame,
    (about, beside): (&About, &Beside),
    (values, checked, errors): (&Map<String, Json>, Option<&Checked>, &[FieldError]),
) -> Result<Response, Problem> {
    let mut sections = Filled { form: &about.item.form, values, known: &about.told }.sections(&frame, checked);
    sections.push(counter_section(&frame, beside, errors));
    let name = frame.text(&about.item.name).to_owned();
    let page = FormPage {
        lead: frame.t2("window.form_lead", &about.reception.name, &about.person.principal().name),
        back: Link { href: path(&about.reception), text: about.reception.name.clone(), hint: String::new() },
        action: format!("{}/apply?item={}", path(&about.reception), about.item.id),
        whose: about.mandate.map(|id| id.to_string()).unwrap_or_default(),
        key: beside.key.clone(),
        errors: error_lines(&sections),
        send: frame.t("window.file").to_owned(),
        sections,
        name,
        frame,
    };
    page_as(status, &page)
}

/// What the counter asks beside the item's form.
fn counter_section(frame: &Frame, beside: &Beside, errors: &[FieldError]) -> Section {
    let fields = Fields { frame, errors };
    let ways = Way::ALL.map(|way| (way.word().to_owned(), frame.t(&format!("window.way_{}", way.word())).to_owned()));
    let address = fields.line(("address", "/counter/address"), "window.address", (&beside.address, Width::Long));
    Section {
        title: frame.t("window.at_counter").to_owned(),
        hint: String::new(),
        fields: vec![
            fields.choice(("way", "/counter/way"), "window.way", (ways.to_vec(), &beside.way)),
            crate::pieces::FieldView { optional: true, hint: frame.t("window.address_hint").to_owned(), ..address },
            read_back(&fields, beside.is_read_back),
        ],
    }
}

fn read_back(fields: &Fields<'_>, ticked: bool) -> crate::pieces::FieldView {
    fields.tick(("read_back", "/counter/read_back"), "window.read_back_label", ("window.read_back", ticked))
}

fn not_read_back() -> FieldError {
    let message = Text::new(word(Language::Zh, "window.read_back_first"), word(Language::En, "window.read_back_first"));
    FieldError { pointer: "/counter/read_back".into(), code: "required".into(), message }
}

/// Files it: once, however often the button is pressed.
async fn file(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let beside = Beside::read(&state, &pairs);
    let reception = standing(&desks, &officer, &id).await?;
    if let Some(case) = approval::filed_with(desks.store(), officer.0.account, &beside.key).await? {
        return Ok(to_receipt(&reception, &case));
    }
    let whose = pairs.iter().rev().find(|(k, _)| k == "for").map(|(_, v)| v.clone()).unwrap_or_default();
    let about = About::of(&desks, &officer, &frame, (&id, &Asked { whose, ..asked })).await?;
    let values = drawn::values(&about.item.form, &about.told, &pairs);
    let filing = CounterFiling {
        item: &about.item.id,
        form: &values,
        mandate: about.mandate,
        way: Way::from_word(&beside.way),
        address: &beside.address,
        key: &beside.key,
    };
    let filed = match beside.is_read_back {
        true => window::file_for(&desks.approval(), &officer.actor(), (&about.reception, &filing)).await,
        false => {
            let mut errors = window::check(&about.item, &about.person, &filing);
            errors.push(not_read_back());
            Err(ApprovalError::Form(errors))
        }
    };
    match filed {
        Ok(case) => Ok(to_receipt(&about.reception, &case)),
        Err(ApprovalError::AlreadyOpen { number, .. }) => opened(&desks, &officer, &about.reception, &number).await,
        Err(ApprovalError::Form(errors)) => {
            let checked = approval::check(&about.item, &about.person, &values);
            form(StatusCode::UNPROCESSABLE_ENTITY, frame, (&about, &beside), (&values, Some(&checked), &errors))
        }
        Err(other) => Err(other.into()),
    }
}

fn to_receipt(reception: &Reception, case: &Case) -> Response {
    Redirect::to(&format!("{}/cases/{}/receipt", path(reception), case.number)).into_response()
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
    let beside = Beside::read(&state, &pairs);
    let values = drawn::values(&mending.item.form, &mending.told, &pairs);
    let sent = match beside.is_read_back {
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
