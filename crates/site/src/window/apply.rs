//! The form at the counter: the same fields, the same values from registers, the same checks as online; files scanned or photographed
//! while it is filled in; and the clerk's own few, on one page.

use std::sync::Arc;

use affairs::access::PersonActor;
use affairs::approval::draft::Draft;
use affairs::approval::{self, ApprovalError, Case};
use affairs::catalog::{Checked, FieldError, Item};
use affairs::window::{self, Begun, CounterFiling, Reception, Way};
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use kernel::{Id, Language, Text};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::fields::Fields;
use super::view::FormPage;
use super::{papers, path, receives, standing};
use crate::approval::told::{Told, own, told, whole};
use crate::catalog::drawn::{self, Filled};
use crate::frame::Frame;
use crate::material::row::{self, Lying};
use crate::material::sent::Sent;
use crate::office::Desks;
use crate::pieces::{FieldView, Link, Section, Width, error_lines};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;
use crate::words::word;

/// The form brings files.
pub(super) fn uploads() -> Router<AppState> {
    Router::new().route("/staff/window/{id}/apply", get(show).post(file))
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
    /// What was begun before, and the files that lie in it.
    begun: Begun,
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
        let begun = window::begun(&desks.approval(), &reception, (&person, &item)).await?;
        let told = told(desks, frame, &person, (&item, &begun.form())).await?;
        Ok(Self { reception, item, person, mandate, told, begun })
    }

    /// Keeps what was typed with the files that come with it: nothing is typed twice.
    async fn kept(&mut self, desks: &Desks<'_>, values: &Map<String, Json>) -> Result<Draft, Problem> {
        let typed = own(&self.told, values);
        let draft = window::keep(&desks.approval(), &self.reception, (&self.person, &self.item), &typed).await?;
        self.begun.draft = Some(draft.clone());
        Ok(draft)
    }

    /// Lays what came into the form, and has it looked at while the person stands there. Gives what is wrong.
    async fn lay_in(
        &mut self,
        desks: &Desks<'_>,
        officer: &Officer,
        (draft, sent): (Draft, &Sent),
    ) -> Result<Vec<FieldError>, Problem> {
        let (after, wrong) = papers::lay_in(desks, officer, (&self.reception, draft, &self.item), &sent.files).await?;
        self.begun.files = papers::looked_at(desks, &after).await?;
        self.begun.draft = Some(after);
        Ok(wrong)
    }

    fn action(&self) -> String {
        let whose = self.mandate.map_or_else(|| "self".to_owned(), |id| id.to_string());
        format!("{}/apply?item={}&for={whose}", path(&self.reception), self.item.id)
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
    fn read(state: &AppState, sent: &Sent) -> Self {
        let last = |name: &str| sent.last(name).map(str::to_owned);
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
    let values = whole(&about.told, &about.begun.form());
    form((&desks, StatusCode::OK, frame), (&about, &beside), (&values, None, &[]))
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
    (desks, status, frame): (&Desks<'_>, StatusCode, Frame),
    (about, beside): (&About, &Beside),
    (values, checked, errors): (&Map<String, Json>, Option<&Checked>, &[FieldError]),
) -> Result<Response, Problem> {
    let mut sections = Filled { form: &about.item.form, values, known: &about.told }.sections(&frame, checked);
    let base = path(&about.reception);
    let lying = Lying { place: &base, files: &about.begun.files, handed: &[], has_camera: true };
    sections.extend(row::section(&frame, (&desks.catalog, &about.item), &lying, errors));
    sections.push(counter_section(&frame, beside, errors));
    let name = frame.text(&about.item.name).to_owned();
    let page = FormPage {
        lead: frame.t2("window.form_lead", &about.reception.name, &about.person.principal().name),
        back: Link { href: base, text: about.reception.name.clone(), hint: String::new() },
        action: about.action(),
        uploads: about.item.uploads().next().is_some(),
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
            FieldView { optional: true, hint: frame.t("window.address_hint").to_owned(), ..address },
            read_back(&fields, beside.is_read_back),
        ],
    }
}

pub(super) fn read_back(fields: &Fields<'_>, ticked: bool) -> FieldView {
    fields.tick(("read_back", "/counter/read_back"), "window.read_back_label", ("window.read_back", ticked))
}

pub(super) fn not_read_back() -> FieldError {
    let message = Text::new(word(Language::Zh, "window.read_back_first"), word(Language::En, "window.read_back_first"));
    FieldError { pointer: "/counter/read_back".into(), code: "required".into(), message }
}

/// Files it: once, however often the button is pressed. What is not filed yet is kept with the files that came.
async fn file(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    request: Request,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    // Who stands there, and what for, is known before a byte of a file is read.
    let mut about = About::of(&desks, &officer, &frame, (&id, &asked)).await?;
    let sent = papers::read(&state, &desks, (&about.item, &about.begun.files), request).await?;
    let beside = Beside::read(&state, &sent);
    if let Some(case) = approval::filed_with(desks.store(), officer.0.account, &beside.key).await? {
        return Ok(to_receipt(&about.reception, &case));
    }
    let values = drawn::values(&about.item.form, &about.told, &sent.pairs);
    let takes_files = about.item.uploads().next().is_some();
    let mut wrong = Vec::new();
    if takes_files {
        let draft = about.kept(&desks, &values).await?;
        if let Some(file) = sent.last("remove") {
            let field = papers::take_out(&desks, &draft, file).await?;
            return Ok(Redirect::to(&format!("{}#{field}", about.action())).into_response());
        }
        wrong = about.lay_in(&desks, &officer, (draft, &sent)).await?;
    }
    let filed = filed((&desks, &officer), &about, (&values, &beside), wrong).await;
    match filed {
        Ok(case) => Ok(to_receipt(&about.reception, &case)),
        Err(ApprovalError::AlreadyOpen { number, .. }) => opened(&desks, &officer, &about.reception, &number).await,
        Err(ApprovalError::Form(errors)) => {
            about.kept(&desks, &values).await?;
            let checked = approval::check(&about.item, &about.person, &values);
            let drawn = (&values, Some(&checked), errors.as_slice());
            form((&desks, StatusCode::UNPROCESSABLE_ENTITY, frame), (&about, &beside), drawn)
        }
        Err(other) => Err(other.into()),
    }
}

/// The case, or everything to mend at once: in the form, in the files, in what the counter asks.
async fn filed(
    (desks, officer): (&Desks<'_>, &Officer),
    about: &About,
    (values, beside): (&Map<String, Json>, &Beside),
    mut wrong: Vec<FieldError>,
) -> Result<Case, ApprovalError> {
    let filing = CounterFiling {
        item: &about.item.id,
        form: values,
        mandate: about.mandate,
        way: Way::from_word(&beside.way),
        address: &beside.address,
        draft: about.begun.draft.as_ref(),
        key: &beside.key,
    };
    let refused = about.begun.files.iter().filter(|file| file.state == affairs::material::MaterialState::Refused);
    wrong.extend(refused.map(papers::refused));
    if !beside.is_read_back {
        wrong.push(not_read_back());
    }
    if !wrong.is_empty() {
        wrong.extend(window::check(&desks.approval(), (&about.item, &about.person), &filing).await?);
        return Err(ApprovalError::Form(wrong));
    }
    window::file_for(&desks.approval(), &officer.actor(), (&about.reception, &filing)).await
}

fn to_receipt(reception: &Reception, case: &Case) -> Response {
    Redirect::to(&format!("{}/cases/{}/receipt", path(reception), case.number)).into_response()
}
