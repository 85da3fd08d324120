//! One form for a whole bundle: what registers and the sign-in know is filled in, the rest is asked once, and sent once.

use std::collections::BTreeMap;
use std::sync::Arc;

use affairs::access::{Actor, PersonActor};
use affairs::approval::draft::{self, Draft};
use affairs::approval::{self, ApprovalError, Attached};
use affairs::catalog::{Bundle, BundleMaterial, Checked, FieldError, FieldOf, Item, JointForm};
use affairs::joint::{self, JointFiling};
use affairs::material::{self, Material, Way};
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::{Map, Value as Json};

use super::guide;
use super::view::FormPage;
use crate::approval::told::{Told, own, told, whole};
use crate::catalog::drawn::{self, Filled};
use crate::frame::Frame;
use crate::material::row;
use crate::material::sent::{self, Expected, Sent};
use crate::office::Desks;
use crate::pieces::{FieldKind, FieldView, Link, Section, error_lines, field_id};
use crate::portal::acting;
use crate::problem::{Problem, page_as};
use crate::session::Person;
use crate::state::AppState;

/// The form brings files.
pub(super) fn uploads() -> Router<AppState> {
    Router::new().route("/bundles/{id}/apply", get(show).post(send))
}

/// A bundle with the parts somebody chose.
struct Wanted {
    bundle: Arc<Bundle>,
    items: Vec<Arc<Item>>,
    form: JointForm,
    chosen: Vec<String>,
}

/// What was typed and laid in before.
#[derive(Default)]
struct Begun {
    draft: Option<Draft>,
    files: Vec<Material>,
}

impl Begun {
    async fn of(desks: &Desks<'_>, person: &PersonActor, bundle: &str) -> Result<Self, Problem> {
        let whose = (person.account, person.principal().id);
        let Some(draft) = draft::begun_for(desks.store(), whose, &joint::draft_word(bundle)).await? else {
            return Ok(Self::default());
        };
        let files = material::of_draft(desks.store(), draft.id).await?;
        Ok(Self { draft: Some(draft), files })
    }

    fn typed(&self) -> Map<String, Json> {
        self.draft.as_ref().map(|draft| draft.form.clone()).unwrap_or_default()
    }

    /// Keeps what was typed, so that it is there with the files.
    async fn keep(
        &mut self,
        desks: &Desks<'_>,
        (person, bundle): (&PersonActor, &str),
        form: &Map<String, Json>,
    ) -> Result<Draft, Problem> {
        let base = desks.base();
        let mut draft = draft::begin(&base, person, &joint::draft_word(bundle), form).await?;
        if draft.form != *form {
            draft = draft::save(&base, &draft, draft.version, form).await?;
        }
        self.draft = Some(draft.clone());
        Ok(draft)
    }

    /// Lays the files in that were taken in. Gives what is wrong with the others.
    async fn lay_in(
        &mut self,
        desks: &Desks<'_>,
        (person, wanted): (&PersonActor, &Wanted),
        (mut draft, sent): (Draft, &Sent),
    ) -> Result<Vec<FieldError>, Problem> {
        let by = Actor::Person(person.clone()).signature();
        let papers = joint::papers(&wanted.bundle, &wanted.items);
        let mut wrong = Vec::new();
        for file in &sent.files {
            let paper = papers.iter().find(|paper| paper.id == file.material);
            let bounds = paper.and_then(|paper| joint::paper_bounds(&desks.catalog, &wanted.items, paper));
            // Of a part that was not chosen: nobody asked for it.
            let Some(bounds) = bounds else { continue };
            let received = match &file.came {
                Ok(received) => received,
                Err(flaw) => {
                    wrong.push(material::field_error(&file.material, *flaw));
                    continue;
                }
            };
            let attached = Attached { material: &file.material, name: &file.name, way: Way::Online, received };
            match approval::lay_within(&desks.approval(), &draft, bounds, (&attached, &by)).await {
                Ok(after) => draft = after,
                Err(ApprovalError::Form(errors)) => wrong.extend(errors),
                Err(other) => return Err(other.into()),
            }
        }
        desks.office.checkers.ring();
        self.files = material::of_draft(desks.store(), draft.id).await?;
        self.draft = Some(draft);
        Ok(wrong)
    }
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
    let begun = Begun::of(&desks, &person, &id).await?;
    let known = known(&desks, &frame, &person, (&wanted.items, &wanted.form, &Map::new())).await?;
    let key = fresh_key(&state);
    let drawn = Drawn { wanted: &wanted, known: &known, key: &key, begun: &begun };
    form_page((&desks, StatusCode::OK, frame), &drawn, (&whole(&known, &begun.typed()), None))
}

/// What a page of the form is drawn from.
struct Drawn<'a> {
    wanted: &'a Wanted,
    known: &'a Told,
    key: &'a str,
    begun: &'a Begun,
}

/// The papers of the bundle that come as files, each once; none where it asks for none.
fn papers_section(frame: &Frame, desks: &Desks<'_>, drawn: &Drawn<'_>, errors: &[FieldError]) -> Option<Section> {
    let (wanted, begun) = (drawn.wanted, drawn.begun);
    let place = begun.draft.as_ref().map(|draft| format!("/drafts/{}", draft.id)).unwrap_or_default();
    let field = |paper: BundleMaterial| {
        let at = material::pointer(&paper.id);
        let wrong: Vec<&str> = errors.iter().filter(|e| e.pointer == at).map(|e| frame.text(&e.message)).collect();
        let name = |of: &FieldOf| wanted.items.iter().find(|i| i.id == of.item).map(|i| frame.text(&i.name).to_owned());
        let whose = paper.of.iter().filter_map(name).collect::<Vec<_>>().join(if frame.is_zh() { "、" } else { ", " });
        let most = joint::paper_bounds(&desks.catalog, &wanted.items, &paper);
        let most = most.map(|b| frame.t2("material.most", b.file_mb, b.files));
        let hint = [Some(frame.text(&paper.how).to_owned()), Some(frame.t1("joint.paper_for", whose)), most];
        let mine = begun.files.iter().filter(|file| file.material == paper.id);
        let mine = mine.map(|m| row::upload(frame, m, (format!("{place}/materials/{}", m.id), m.id.to_string())));
        FieldView {
            label: frame.text(&paper.name).to_owned(),
            hint: hint.into_iter().flatten().collect::<Vec<_>>().join(frame.t("material.stop")),
            kind: FieldKind::Upload { accept: row::ACCEPT, files: mine.collect(), photo: String::new() },
            value: String::new(),
            optional: !paper.required,
            error: (!wrong.is_empty()).then(|| wrong.join(" ")),
            note: String::new(),
            pointer: at,
        }
    };
    let fields: Vec<FieldView> = joint::papers(&wanted.bundle, &wanted.items).into_iter().map(field).collect();
    let (title, hint) = (frame.t("material.title").to_owned(), frame.t("joint.papers_lead").to_owned());
    (!fields.is_empty()).then_some(Section { title, hint, fields })
}

fn fresh_key(state: &AppState) -> String {
    let mut chance = [0; 16];
    state.entropy().fill(&mut chance);
    hex::encode(chance)
}

fn form_page(
    (desks, status, frame): (&Desks<'_>, StatusCode, Frame),
    drawn: &Drawn<'_>,
    (values, checked): (&Map<String, Json>, Option<&Checked>),
) -> Result<Response, Problem> {
    let wanted = drawn.wanted;
    let mut sections = Filled { form: &wanted.form.schema, values, known: drawn.known }.sections(&frame, checked);
    let errors = checked.map(|checked| checked.errors.as_slice()).unwrap_or_default();
    let papers = papers_section(&frame, desks, drawn, errors);
    let uploads = papers.is_some();
    sections.extend(papers);
    let page = FormPage {
        name: frame.text(&wanted.bundle.name).to_owned(),
        back: Link {
            href: format!("/bundles/{}", wanted.bundle.id),
            text: frame.t1("form.guide", frame.text(&wanted.bundle.name)),
            hint: String::new(),
        },
        lead: frame.t("joint.form_lead").to_owned(),
        action: format!("/bundles/{}/apply", wanted.bundle.id),
        key: drawn.key.to_owned(),
        uploads,
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

/// Reads the form as it was sent; its files go into the store as they come. Which parts were chosen is read with it, so files of any
/// part are let in.
async fn read(
    state: &AppState,
    desks: &Desks<'_>,
    (bundle, known): (&Bundle, &[Material]),
    request: Request,
) -> Result<Sent, Problem> {
    let items = joint::items_of(&desks.catalog, bundle, &guide::every(bundle), desks.base().now().date())?;
    let papers = joint::papers(bundle, &items);
    let bounds = |material: &str| {
        let paper = papers.iter().find(|paper| paper.id == material)?;
        joint::paper_bounds(&desks.catalog, &items, paper)
    };
    sent::read(state, &desks.base(), request, &Expected { bounds: &bounds, known }).await
}

/// Sends it: once, however often the button is pressed. What is not sent yet is kept with the files that came.
async fn send(
    State(state): State<AppState>,
    Person(person): Person,
    frame: Frame,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let bundle = guide::bundle(&desks.catalog, &frame, &id)?.clone();
    let mut begun = Begun::of(&desks, &person, &id).await?;
    let sent = read(&state, &desks, (&bundle, &begun.files), request).await?;
    let key = sent.last("key").map(str::to_owned).filter(|k| k.len() >= 8);
    let key = key.unwrap_or_else(|| fresh_key(&state));
    if let Some(there) = joint::filed_with(desks.store(), person.account, &key).await? {
        return Ok(Redirect::to(&format!("/joints/{}", there.number)).into_response());
    }
    let wanted = wanted(&desks, &frame, &id, &sent.pairs)?;
    let known = known(&desks, &frame, &person, (&wanted.items, &wanted.form, &Map::new())).await?;
    let values = drawn::values(&wanted.form.schema, &known, &sent.pairs);
    let mut wrong = Vec::new();
    if !joint::papers(&wanted.bundle, &wanted.items).is_empty() {
        let draft = begun.keep(&desks, (&person, &id), &own(&known, &values)).await?;
        if let Some(file) = sent.last("remove") {
            return taken_out(&desks, &wanted, (&draft, file)).await;
        }
        wrong = begun.lay_in(&desks, (&person, &wanted), (draft, &sent)).await?;
    }
    let draft = begun.draft.as_ref();
    let filing =
        JointFiling { bundle: &id, chosen: &wanted.chosen, form: &values, channel: "online", draft, key: &key };
    let made = match wrong.is_empty() {
        true => joint::file(&desks.approval(), &person, &filing).await,
        false => Err(ApprovalError::Form(Vec::new())),
    };
    match made {
        Ok(made) => Ok(Redirect::to(&format!("/joints/{}", made.number)).into_response()),
        Err(ApprovalError::Form(_)) => {
            let mut checked = joint::check(&desks.catalog, &person, (&filing, &begun.files), frame.now)?;
            checked.errors.extend(wrong);
            let drawn = Drawn { wanted: &wanted, known: &known, key: &key, begun: &begun };
            form_page((&desks, StatusCode::UNPROCESSABLE_ENTITY, frame), &drawn, (&values, Some(&checked)))
        }
        Err(other) => Err(other.into()),
    }
}

/// Takes a file out of the form again, and comes back to its field.
async fn taken_out(desks: &Desks<'_>, wanted: &Wanted, (draft, file): (&Draft, &str)) -> Result<Response, Problem> {
    let file = file.parse().map_err(|_| Problem::not_found())?;
    let (_, material) = approval::take_out(&desks.approval(), draft, file).await?;
    let field = material.map_or_else(|| "main".to_owned(), |material| field_id(&material::pointer(&material)));
    let parts: Vec<String> = wanted.chosen.iter().map(|part| format!("part={part}")).collect();
    Ok(Redirect::to(&format!("/bundles/{}/apply?{}#{field}", wanted.bundle.id, parts.join("&"))).into_response())
}
