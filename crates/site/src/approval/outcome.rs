//! A case's page: for its applicant the whole answer, for the second party only what it did.

use affairs::approval::{self, Decision, File, Standing, State as CaseState};
use affairs::catalog::Item;
use affairs::{licence, supervision};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use kernel::Text;
use store::Entry;

use super::confirm;
use super::found::{Found, Reader, state_tag};
use super::story;
use super::view::{DecisionView, DutyView, NoticedStep, OutcomePage, ProofView};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{ConditionView, FactView, Link, Met};
use crate::problem::{Problem, page};
use crate::replay;
use crate::session::Person;
use crate::state::AppState;

/// How often a page that waits for somebody asks again, in seconds.
const AGAIN_SECONDS: u32 = 3;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/cases/{number}", get(show))
}

async fn show(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let found = approval::file_by_number(desks.store(), &person.actor(), &number, frame.now).await;
    match found {
        Ok((file, Standing::Applicant)) => page(&outcome(&desks, frame, &file).await?),
        Ok((_, Standing::SecondParty)) => Ok(Redirect::to(&format!("/confirm/{number}")).into_response()),
        Ok((_, Standing::Officer)) => Err(Problem::not_found()),
        // Whoever holds the company's mandate finds it without switching first.
        Err(error) => match confirm::find(&desks, &person.0, &number, frame.now).await? {
            Some(_) => Ok(Redirect::to(&format!("/confirm/{number}")).into_response()),
            None => Err(error.into()),
        },
    }
}

/// The page before anything is said about decision, licence and duties.
pub(super) fn bare(desks: &Desks<'_>, frame: Frame, file: &File, leaves: &[Entry]) -> OutcomePage {
    let case = &file.case;
    OutcomePage {
        item: story::item_name(desks, &frame, case),
        number: case.number.clone(),
        tag: state_tag(&frame, case.state),
        sentence: frame.t(&format!("says.{}", case.state.word())).to_owned(),
        took: String::new(),
        refresh_seconds: 0,
        licence: None,
        action: None,
        receipt: None,
        mend: Vec::new(),
        mend_until: None,
        decision: None,
        met_line: String::new(),
        conditions: Vec::new(),
        duties: Vec::new(),
        remedies: String::new(),
        events: story::events(desks, &frame, file, leaves),
        next: story::next(desks, &frame, case),
        proof: leaves.last().map(|leaf| proof(leaf.position)),
        withdraw: None,
        materials: None,
        rating: None,
        step: None,
        least: None,
        frame,
    }
}

fn noticed(frame: &Frame, file: &File) -> Option<NoticedStep> {
    let step = file.steps.iter().find(|step| step.result.is_none() && file.case.state.is_open())?;
    Some(NoticedStep {
        stage: frame.text(&step.stage).to_owned(),
        officers: step.officers.join("、"),
        notice: step.notice.clone(),
        until: step.planned_to,
    })
}

fn proof(position: u64) -> ProofView {
    let href = story::leaf_path(position);
    ProofView { index: position, download: format!("{href}/proof"), href }
}

async fn outcome(desks: &Desks<'_>, frame: Frame, file: &File) -> Result<OutcomePage, Problem> {
    let (case, store) = (&file.case, desks.store());
    let item = story::item_of(desks, case)?;
    let mut leaves = store.leaves(case.id).await?;
    // What an officer signed and has not sent is the office's own business until it leaves.
    leaves.retain(|leaf| !leaf.kind.starts_with("case.ruling_"));
    let held = licence::by_case(store, case.applicant, case.id).await?;
    let mut page = bare(desks, frame.clone(), file, &leaves);
    let mine = format!("/cases/{}", case.number);
    page.receipt = Some(format!("{mine}/receipt"));
    page.withdraw = case.state.is_open().then(|| format!("{mine}/withdraw"));
    page.action = action(&frame, file, &mine);
    page.step = noticed(&frame, file);
    let takes = item.uploads().next().is_some();
    page.materials = takes.then(|| link(&format!("{mine}/materials"), frame.t("material.title")));
    page.rating = crate::rating::line(desks, &frame, case).await?;
    page.duties = duties(desks, &frame, file, held.as_ref()).await?;
    page.licence = held.map(|l| link(&format!("/licences/{}", l.code), frame.text(&item.result.name)));
    if matches!(case.state, CaseState::AwaitingSecondParty | CaseState::AwaitingEvidence | CaseState::AwaitingData) {
        page.refresh_seconds = AGAIN_SECONDS;
    }
    if let Some(decision) = file.latest() {
        said(desks, &item, file, (&mut page, decision));
        let reader =
            Reader { frame: &frame, catalog: &desks.catalog, registers: &desks.office.registers, item: Some(&*item) };
        page.least = replay::least(&reader, replay::Asked { state: case.state, decision, item: &item }).await?;
    }
    Ok(page)
}

/// The one thing the reader can do now.
fn action(frame: &Frame, file: &File, mine: &str) -> Option<Link> {
    let again = || Link {
        href: format!("/items/{}/apply", file.case.item),
        text: frame.t("answers.again").to_owned(),
        hint: String::new(),
    };
    match file.case.state {
        CaseState::Correcting => Some(Link {
            href: format!("{mine}/correct"),
            text: frame.t("answers.to_mend").to_owned(),
            hint: frame.t("answers.to_mend_hint").to_owned(),
        }),
        CaseState::Declined | CaseState::Lapsed | CaseState::Withdrawn => Some(again()),
        _ => None,
    }
}

/// What the newest run or decision says.
fn said(desks: &Desks<'_>, item: &Item, file: &File, (page, decision): (&mut OutcomePage, &Decision)) {
    let (case, frame) = (&file.case, &page.frame.clone());
    let registers = &desks.office.registers;
    let reader = Reader { frame, catalog: &desks.catalog, registers, item: Some(item) };
    if let Some(found) = Found::of(decision) {
        page.conditions = found.conditions(&reader);
        page.met_line = met_line(frame, &page.conditions);
        page.conditions.extend(disputed(&reader, &found));
        let notes = found.assessment.notes.iter().map(|note| frame.text(note));
        let gap = if frame.is_zh() { "" } else { " " };
        page.sentence = std::iter::once(page.sentence.as_str()).chain(notes).collect::<Vec<_>>().join(gap);
        let missing: Vec<String> = file
            .gaps
            .iter()
            .filter(|g| g.filled.is_none() && case.state.is_open())
            .map(|g| frame.t2("gap.told", frame.text(&g.name), frame.date(g.due_at.plus_ms(-1).date())))
            .collect();
        page.sentence = std::iter::once(page.sentence.clone()).chain(missing).collect::<Vec<_>>().join(gap);
        if case.state == CaseState::Correcting {
            page.mend = found.assessment.failed().map(|check| mend_line(frame, check)).collect();
            page.mend_until = story::last_day(case.correction_due_at);
        }
    }
    if !case.state.is_open() && case.decided_at.is_some() {
        let word = if case.second_party.is_some() { "took.confirmed" } else { "took.received" };
        page.took = frame.t1(word, frame.span(decision.elapsed_ms));
    }
    if let (Some(_), Some(reasons)) = (&decision.officer_name, &decision.reasons) {
        let by = story::signers(desks, frame, case, decision);
        page.decision = Some(DecisionView { reasons: reasons.clone(), by, at: decision.decided_at });
    }
    if matches!(case.state, CaseState::Refused | CaseState::NotAccepted | CaseState::Terminated) {
        page.remedies = decision.remedies.clone().unwrap_or_else(|| frame.text(&item.remedies).to_owned());
    }
}

fn met_line(frame: &Frame, conditions: &[ConditionView]) -> String {
    let met = conditions.iter().filter(|c| c.met == Some(Met::Met)).count();
    if met == conditions.len() {
        frame.t1("answers.all_met", met)
    } else {
        frame.t2("answers.some_met", conditions.len(), met)
    }
}

/// One line of the one notice: the condition that is not met, with what to do.
pub(crate) fn mend_line(frame: &Frame, check: &approval::Check) -> String {
    let colon = if frame.is_zh() { "：" } else { ": " };
    format!("{}{colon}{}", frame.text(&check.sentence), frame.text(&check.mend))
}

/// Form values that a register contradicts, as lines of the list: both values, and who looks.
fn disputed(reader: &Reader<'_>, found: &Found) -> Vec<ConditionView> {
    let frame = reader.frame;
    let fact = |value: String, source: String, label: &str| FactView {
        label: label.to_owned(),
        value,
        source,
        read_at: None,
        as_of: None,
        trust: None,
    };
    let line = |(at, against): (usize, super::found::ContradictionView)| ConditionView {
        id: format!("against-{at}"),
        sentence: frame.t1("answers.agreed", &against.label),
        met: Some(Met::Unknown),
        basis: frame.t("answers.disagrees").to_owned(),
        grade: kernel::Grade::D,
        adopted: String::new(),
        facts: vec![
            fact(against.filed, frame.t("found.filed").to_owned(), &against.label),
            fact(against.told, against.source, &against.label),
        ],
        consequence: frame.t("answers.disagrees").to_owned(),
    };
    found.contradictions(reader).into_iter().enumerate().map(line).collect()
}

/// What was born with the grant: who comes, when, and what they look at. A standing watch lasts as long as the licence.
async fn duties(
    desks: &Desks<'_>,
    frame: &Frame,
    file: &File,
    held: Option<&licence::Licence>,
) -> Result<Vec<DutyView>, Problem> {
    let duties = supervision::duties_of(desks.store(), file.case.id).await?;
    let view = |duty: supervision::Duty| {
        let until = story::last_day(duty.action_due_at).or_else(|| held.and_then(|l| l.valid_to));
        let from = duty.born_at.date();
        DutyView {
            agency: story::agency(desks, frame, &duty.agency),
            from,
            until: until.or_else(|| story::last_day(duty.claim_due_at)).unwrap_or(from),
            what: words_of(frame, &duty.what),
        }
    };
    Ok(duties.into_iter().map(view).collect())
}

fn words_of(frame: &Frame, what: &serde_json::Value) -> String {
    let text: Text = serde_json::from_value(what.clone()).unwrap_or_default();
    frame.text(&text).to_owned()
}

fn link(href: &str, text: &str) -> Link {
    Link { href: href.to_owned(), text: text.to_owned(), hint: String::new() }
}
