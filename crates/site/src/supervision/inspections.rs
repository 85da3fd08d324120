//! Inspections at the workbench: what is planned, what was found; and one of them, made for a phone at the site.

use affairs::access::{MandateAct, Right};
use affairs::material::{self, Holder};
use affairs::supervision::{
    self, Checklist, Finding, Inspection, InspectionFile, InspectionState, Line, PHOTO, PHOTOS, Recording,
};
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::Moment;
use serde::Deserialize;

use super::asked::{Asked, Typed};
use super::duty::{event, found, wrong};
use super::sent::{clock_note, others, photo_row, said_of};
use super::tabs::{choice, field, line, places, tag};
use super::view::{FindingRow, InspectionPage, InspectionsPage};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::material::sent::{Expected, read};
use crate::material::show;
use crate::office::Desks;
use crate::pairs::{Pairs, sent, version};
use crate::pieces::{ErrorLine, FieldKind, FieldView, Link, Section, Tone, Width, error_lines};
use crate::problem::{FieldError, Problem, page, page_as};
use crate::session::{Anyone, Officer, Person};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/inspections", get(list))
        .route("/staff/inspections/{number}", get(show_one).post(record))
        .route("/staff/inspections/{number}/sign", post(sign))
        .route("/staff/inspections/{number}/cease", post(cease))
        .route("/staff/inspections/{number}/answer", post(answer))
        .route("/staff/inspections/{number}/photos/{photo}", get(photo))
        .route("/inspections/{number}", get(own).post(object))
}

/// The route by which photographs come: their bodies may be larger than others'.
pub fn uploads() -> Router<AppState> {
    Router::new().route("/staff/inspections/{number}/photos", post(photograph))
}

async fn list(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewDuty) {
        return Err(Problem::not_found());
    }
    let desks = state.desks()?;
    let done = asked.show == "done";
    let all = match done {
        true => supervision::closed_inspections(desks.store(), officer.0.account).await?,
        false => supervision::open_inspections(desks.store(), officer.0.account).await?,
    };
    let current = if done { "/staff/inspections?show=done" } else { "/staff/inspections" };
    page(&InspectionsPage {
        filters: places(&frame, current),
        rows: all.iter().map(|i| found(&desks, &frame, i)).collect(),
        frame,
    })
}

async fn show_one(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    (Path(number), Query(asked)): (Path<String>, Query<Asked>),
) -> Result<Response, Problem> {
    let typed = Typed::after(&asked);
    let desks = state.desks()?;
    page_as(StatusCode::OK, &built(&desks, &Anyone(officer.actor()), frame, (&number, typed)).await?)
}

/// The same for the inspected: the result, and his word about it.
async fn own(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    (Path(number), Query(asked)): (Path<String>, Query<Asked>),
) -> Result<Response, Problem> {
    let typed = Typed::after(&asked);
    page_as(StatusCode::OK, &built(&state.desks()?, &Anyone(person.actor()), frame, (&number, typed)).await?)
}

async fn built(
    desks: &Desks<'_>,
    who: &Anyone,
    frame: Frame,
    (number, typed): (&str, Typed),
) -> Result<InspectionPage, Problem> {
    let actor = &who.0;
    let file = supervision::inspection_file(desks.store(), actor, (number, frame.now)).await?;
    let InspectionFile { inspection, acts, photos, beside } = &file;
    let terms = supervision::terms(&desks.approval())?;
    let list = terms.checklist_of(&inspection.checklist);
    let came = supervision::field_records(desks.store(), inspection.id).await?;
    let shots = supervision::field_photos(desks.store(), inspection.id).await?;
    let works = inspection.allows(actor, Right::HandleDuty) && inspection.is_drawn_for(actor.account());
    let records = works && inspection.state == InspectionState::Planned;
    let is_lead = actor.account() == Some(inspection.lead);
    let own = inspection.is_of(actor, MandateAct::File, frame.now.date()) && actor.staff().is_none();
    let objects = own && inspection.appealed_at.is_none() && inspection.state.is_public();
    let in_time = inspection.appeal_due_at.is_some_and(|due| frame.now < due);
    let sections = if records { form(&frame, list, inspection, &typed) } else { Vec::new() };
    let other = inspection.second != actor.account() && !is_lead;
    let answers = inspection.appeal_is_open() && inspection.allows(actor, Right::DecideCase) && other;
    let side = if actor.staff().is_some() { "/staff/inspections" } else { "/inspections" };
    Ok(InspectionPage {
        action: format!("{side}/{}", inspection.number),
        is_staff: actor.staff().is_some(),
        number: inspection.number.clone(),
        version: inspection.version,
        state: tag(&frame, inspection),
        pairs: pairs(desks, &frame, inspection).into_iter().chain(clock_note(&frame, &came)).collect(),
        late: inspection.is_late(&terms.rules.clock),
        list: list.map(|l| frame.text(&l.name).to_owned()).unwrap_or_default(),
        findings: list.map(|l| findings(&frame, l, inspection)).unwrap_or_default(),
        beside: beside.iter().map(|i| found(desks, &frame, i)).collect(),
        others: if actor.staff().is_some() { others(&frame, list, &came) } else { Vec::new() },
        photos: photos
            .iter()
            .map(|p| photo_row(&frame, (inspection, &terms.rules), (p, said_of(&shots, p.id))))
            .collect(),
        photographs: works && inspection.state.is_open(),
        errors: errors(&frame, &sections, &typed),
        sections,
        done: typed.done,
        signs: works && inspection.state == InspectionState::Recorded && !is_lead,
        waits_for_second: inspection.state == InspectionState::Recorded && is_lead,
        ceases: records,
        objects: (objects && in_time).then(|| words(&frame, ("/appeal", "inspect.object_words"), &typed)),
        appeal: inspection.appeal.clone().unwrap_or_default(),
        answers: answers.then(|| words(&frame, ("/answer", "inspect.answer_words"), &typed)),
        answer: inspection.appeal_answer.clone().unwrap_or_default(),
        annulment: annulment(desks, &frame, inspection).await?,
        events: acts.iter().map(|act| event(&frame, "inspection_act", act)).collect(),
        frame,
    })
}

/// The annulment that followed, for its page.
async fn annulment(desks: &Desks<'_>, frame: &Frame, inspection: &Inspection) -> Result<Option<Link>, Problem> {
    let found = supervision::annulments_of(desks.store(), inspection.case_id).await?;
    let found = found.into_iter().find(|a| a.inspection == inspection.id);
    let base = if frame.is_staff() { "/staff/annulments" } else { "/annulments" };
    Ok(found.map(|a| Link {
        href: format!("{base}/{}", a.number),
        text: a.number.clone(),
        hint: a.flow.state(&a.state).map(|s| frame.text(&s.name).to_owned()).unwrap_or_default(),
    }))
}

fn pairs(desks: &Desks<'_>, frame: &Frame, inspection: &Inspection) -> Vec<(String, String)> {
    let agency = |id: &str| names::agency(frame, &desks.catalog, id);
    let officers = match &inspection.second_name {
        Some(second) => format!("{}、{second}", inspection.lead_name),
        None => inspection.lead_name.clone(),
    };
    let position = inspection.position_e6.map(|(lat, long)| {
        let degrees = |e6: i64| format!("{}.{:06}", e6 / 1_000_000, e6.abs() % 1_000_000);
        frame.aside(&format!("{}, {}", degrees(lat), degrees(long)), frame.t("inspect.unverified"))
    });
    let signing =
        inspection.signing.map(|how| frame.aside(frame.t(&format!("signing.{}", how.word())), &inspection.signer));
    let day = |key: &'static str, at: Option<Moment>| (key, at.map(|at| frame.moment(at)).unwrap_or_default());
    let all = [
        ("case.item", names::item(frame, &desks.catalog, &inspection.item)),
        ("inspect.whom", inspection.holder_mask.clone()),
        ("inspect.source", frame.t(&format!("inspection_source.{}", inspection.source.word())).to_owned()),
        ("inspect.note", inspection.source_note.clone()),
        ("inspect.day", frame.date(inspection.planned_on)),
        ("duty.who", agency(&inspection.agency)),
        ("inspect.officers", officers),
        ("inspect.place", inspection.place.clone()),
        ("inspect.position", position.unwrap_or_default()),
        day("inspect.seen_at", inspection.seen_at),
        day("inspect.recorded_at", inspection.recorded_at),
        ("inspect.signing", signing.unwrap_or_default()),
        ("inspect.remark", inspection.remark.clone()),
        ("inspect.mend_by", inspection.mend_by.map(|d| frame.date(d)).unwrap_or_default()),
        ("inspect.appeal_due", inspection.appeal_due_at.map(|d| frame.date(d.plus_ms(-1).date())).unwrap_or_default()),
    ];
    let filled = all.into_iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(key, value)| (frame.t(key).to_owned(), value)).collect()
}

fn findings(frame: &Frame, list: &Checklist, inspection: &Inspection) -> Vec<FindingRow> {
    let row = |finding: &Finding| {
        let line = list.lines.iter().find(|line| line.id == finding.line)?;
        let (tone, word) = match finding.result {
            supervision::FindingResult::Good => (Tone::Granted, "finding.good"),
            supervision::FindingResult::Bad => (Tone::Refused, "finding.bad"),
            supervision::FindingResult::Apart => (Tone::Quiet, "finding.apart"),
        };
        Some(FindingRow {
            tone,
            word: frame.t(word).to_owned(),
            sentence: frame.text(&line.sentence).to_owned(),
            basis: basis(frame, line),
            note: finding.note.clone(),
        })
    };
    inspection.findings.iter().filter_map(row).collect()
}

pub(super) fn basis(frame: &Frame, line: &Line) -> String {
    let article = if line.article.is_empty() { String::new() } else { frame.t1("inspect.article", &line.article) };
    frame.aside(&article, frame.t(frame.grade_word(line.grade)))
}

/// The record as a form: every line of the list, where and when, and how the inspected took it.
fn form(frame: &Frame, list: Option<&Checklist>, inspection: &Inspection, typed: &Typed) -> Vec<Section> {
    let value = |name: &str| sent(&typed.pairs, name).to_owned();
    let text = |pointer: &str, label: &str, hint: &str, width, mode| {
        let value = value(pointer);
        field(frame, (pointer, label, hint), (line(width, mode), &value), &typed.errors)
    };
    let optional = |field: FieldView| FieldView { optional: true, ..field };
    let lines = list.map(|l| l.lines.as_slice()).unwrap_or_default();
    let looked: Vec<FieldView> = lines.iter().flat_map(|l| line_fields(frame, l, typed)).collect();
    let place = vec![
        text("/place", "inspect.place", "inspect.place_hint", Width::Long, "text"),
        optional(text("/latitude", "inspect.latitude", "inspect.position_hint", Width::Medium, "decimal")),
        optional(text("/longitude", "inspect.longitude", "", Width::Medium, "decimal")),
        optional(text("/seen_at", "inspect.seen_at", "inspect.seen_hint", Width::Medium, "text")),
    ];
    let words = ["signed", "refused", "absent"];
    let signing = value("/signing");
    let remark = value("/remark");
    let mut end = vec![
        optional(field(
            frame,
            ("/remark", "inspect.remark", ""),
            (FieldKind::Lines { rows: 3 }, &remark),
            &typed.errors,
        )),
        field(
            frame,
            ("/signing", "inspect.signing", ""),
            (choice(frame, &words, ("signing", &signing)), &signing),
            &typed.errors,
        ),
        text("/signer", "inspect.signer", "inspect.signer_hint", Width::Long, "text"),
    ];
    if inspection.recheck_of.is_none() {
        let day = value("/mend_by");
        let mend =
            field(frame, ("/mend_by", "inspect.mend_by", "inspect.mend_hint"), (FieldKind::Date, &day), &typed.errors);
        end.insert(0, optional(mend));
    }
    let section = |title: &str, fields| Section { title: frame.t(title).to_owned(), hint: String::new(), fields };
    vec![section("inspect.looked", looked), section("inspect.where", place), section("inspect.end", end)]
}

fn line_fields(frame: &Frame, line_of: &Line, typed: &Typed) -> Vec<FieldView> {
    let (at, note_at) = (format!("/line/{}", line_of.id), format!("/note/{}", line_of.id));
    let (chosen, note) = (sent(&typed.pairs, &at), sent(&typed.pairs, &note_at));
    let sentence = frame.text(&line_of.sentence).to_owned();
    let results = ["good", "bad", "apart"];
    let mut result = field(frame, (&at, "", ""), (choice(frame, &results, ("finding", chosen)), chosen), &typed.errors);
    result.label.clone_from(&sentence);
    result.hint = basis(frame, line_of);
    let mut note = field(frame, (&note_at, "", ""), (line(Width::Long, "text"), note), &typed.errors);
    note.label = frame.t1("inspect.line_note", sentence);
    note.optional = true;
    vec![result, note]
}

fn words(frame: &Frame, (pointer, label): (&str, &str), typed: &Typed) -> FieldView {
    let value = sent(&typed.pairs, pointer);
    field(frame, (pointer, label, ""), (FieldKind::Lines { rows: 4 }, value), &typed.errors)
}

fn errors(frame: &Frame, sections: &[Section], typed: &Typed) -> Vec<ErrorLine> {
    let whole = (!typed.why.is_empty()).then(|| ErrorLine { href: "#do".to_owned(), message: typed.why.clone() });
    let shown = error_lines(sections);
    // What was wrong with a field of another form of the page.
    let others = typed.errors.iter().filter(|_| sections.is_empty()).map(|e| ErrorLine {
        href: format!("#{}", crate::pieces::field_id(&e.pointer)),
        message: frame.text(&e.message).to_owned(),
    });
    whole.into_iter().chain(shown).chain(others).collect()
}

async fn record(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let of = |prefix: &str| -> Vec<(String, String)> {
        pairs.iter().filter_map(|(n, v)| Some((n.strip_prefix(prefix)?.to_owned(), v.clone()))).collect()
    };
    let (results, notes) = (of("/line/"), of("/note/"));
    let value = |name| sent(&pairs, name);
    let seen_at = match when(value("/seen_at")) {
        Ok(at) => at,
        Err(error) => {
            let typed = Typed { pairs: pairs.clone(), errors: vec![error], ..Typed::default() };
            let again = built(&desks, &Anyone(officer.actor()), frame, (&number, typed)).await?;
            return page_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
        }
    };
    let recording = Recording {
        results: &results,
        notes: &notes,
        place: value("/place"),
        position: (value("/latitude"), value("/longitude")),
        seen_at,
        remark: value("/remark"),
        signing: value("/signing"),
        signer: value("/signer"),
        mend_by: value("/mend_by"),
    };
    let looked_at = (number.as_str(), version(&pairs));
    let done = supervision::record(&desks.approval(), &officer.actor(), looked_at, &recording).await;
    ended(&desks, &Anyone(officer.actor()), frame, (&number, pairs.clone(), done.map(drop))).await
}

/// A time as it is typed or as a browser writes it: China's, to the minute; nothing: none.
fn when(typed: &str) -> Result<Option<Moment>, FieldError> {
    let typed = typed.trim().replace(' ', "T");
    if typed.is_empty() {
        return Ok(None);
    }
    let whole = if typed.matches(':').count() == 1 { format!("{typed}:00+08:00") } else { typed };
    whole.parse().map(Some).map_err(|_| FieldError {
        pointer: "/seen_at".to_owned(),
        code: "time".into(),
        message: kernel::Text::new(
            "时间请写成 2026-11-23 21:40，或者留空",
            "write the time like 2026-11-23 21:40, or leave it empty",
        ),
    })
}

async fn sign(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let done = supervision::cosign(&desks.approval(), &officer.actor(), (&number, version(&pairs))).await;
    ended(&desks, &Anyone(officer.actor()), frame, (&number, pairs, done.map(drop))).await
}

async fn cease(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let looked_at = (number.as_str(), version(&pairs));
    let done = supervision::cease(&desks.approval(), &officer.actor(), looked_at, sent(&pairs, "/note")).await;
    ended(&desks, &Anyone(officer.actor()), frame, (&number, pairs.clone(), done.map(drop))).await
}

async fn answer(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let upheld = sent(&pairs, "upheld") == "yes";
    let said = (upheld, sent(&pairs, "/answer"));
    let looked_at = (number.as_str(), version(&pairs));
    let done = supervision::answer(&desks.approval(), &officer.actor(), looked_at, said).await;
    ended(&desks, &Anyone(officer.actor()), frame, (&number, pairs.clone(), done.map(drop))).await
}

async fn object(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let (desks, who) = (state.desks()?, Anyone(person.actor()));
    let done = supervision::object(&desks.approval(), &who.0, &number, sent(&pairs, "/appeal")).await;
    ended(&desks, &who, frame, (&number, pairs.clone(), done.map(drop))).await
}

/// Leads back to the page, or shows it again with everything that was wrong and everything that was typed.
async fn ended(
    desks: &Desks<'_>,
    who: &Anyone,
    frame: Frame,
    (number, pairs, done): (&str, Vec<(String, String)>, Result<(), supervision::SupervisionError>),
) -> Result<Response, Problem> {
    let (status, errors, why) = match done {
        Ok(()) => {
            let side = if who.0.staff().is_some() { "/staff/inspections" } else { "/inspections" };
            return Ok(Redirect::to(&format!("{side}/{number}?done=1")).into_response());
        }
        Err(other) => wrong(&frame, other)?,
    };
    let typed = Typed { pairs, errors, why, done: false };
    page_as(status, &built(desks, who, frame, (number, typed)).await?)
}

async fn photograph(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let file = supervision::inspection_file(desks.store(), &actor, (&number, frame.now)).await?;
    let terms = desks.catalog.procedure().map(|p| p.upload.clone()).unwrap_or_default();
    let bounds = material::Bounds { file_mb: terms.file_mb, files: PHOTOS, megapixels: terms.megapixels };
    let of = |name: &str| (name == PHOTO).then_some(bounds);
    let sent = read(&state, &desks.base(), request, &Expected { bounds: &of, known: &file.photos }).await?;
    let mut errors = Vec::new();
    for photo in &sent.files {
        match &photo.came {
            Ok(received) => {
                let done = supervision::photograph(&desks.approval(), &actor, &number, (&photo.name, received)).await;
                if let Err(error) = done {
                    return ended(&desks, &Anyone(actor), frame, (&number, Vec::new(), Err(error))).await;
                }
            }
            Err(flaw) => errors.push(crate::refusal::field_error(material::field_error(PHOTO, *flaw))),
        }
    }
    desks.office.checkers.ring();
    if errors.is_empty() && !sent.files.is_empty() {
        return Ok(Redirect::to(&format!("/staff/inspections/{number}?done=1#photos")).into_response());
    }
    let why =
        errors.first().map_or_else(|| frame.t("inspect.no_photo").to_owned(), |e| frame.text(&e.message).to_owned());
    let typed = Typed { why, ..Typed::default() };
    let again = built(&desks, &Anyone(actor), frame, (&number, typed)).await?;
    page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
}

#[derive(Deserialize)]
struct See {
    see: Option<String>,
}

async fn photo(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    (Path((number, photo)), Query(asked)): (Path<(String, String)>, Query<See>),
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = supervision::inspection_file(desks.store(), &officer.actor(), (&number, frame.now)).await?;
    show::bytes(&desks, Holder::Inspection(file.inspection.id), &photo, asked.see.is_some()).await
}
