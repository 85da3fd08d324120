//! A case on one page for officers: what was filed, what the machine found, the decision to sign. The page shows what the rights reach; whoever may
//! see but not decide is told so.

use affairs::access::{PartyKind, Right, mask_code};
use affairs::approval::{self, Case, Decision, Event, File, Outcome, Ruling, Standing, State};
use affairs::catalog::{FieldKind, Item};
use axum::Router;
use axum::extract::{Path, Query, State as Extracted};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Entry;

use super::correction;
use super::desk::{CasePage, DecideView};
use super::first::{self, FirstTyped};
use super::found::{Found, Reader, state_tag};
use super::gaps::{self, GapsTyped};
use super::holding::{self, HoldTyped};
use super::stepping::{self, StepTyped};
use super::view::{AnswerGroup, DecisionView};
use super::worklist::{due, item_name};
use crate::catalog::drawn::Filled;
use crate::catalog::places;
use crate::frame::Frame;
use crate::material::desk::MaterialsTyped;
use crate::office::Desks;
use crate::pieces::{AnswerView, Choice, ErrorLine, EventView, Tag, Tone};
use crate::powers::conformance;
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/cases/{number}", get(show))
}

/// What an officer may decide, as a form sends it and as a page words it.
pub(super) const RULINGS: [(Ruling, &str, &str); 5] = [
    (Ruling::Grant, "grant", "ruling.grant"),
    (Ruling::Correct, "correct", "ruling.correct"),
    (Ruling::Refuse, "refuse", "ruling.refuse"),
    (Ruling::NotAccept, "not_accept", "ruling.not_accept"),
    (Ruling::Terminate, "terminate", "ruling.terminate"),
];

#[derive(Deserialize)]
struct Asked {
    done: Option<String>,
    step: Option<String>,
}

async fn show(
    Extracted(state): Extracted<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = file(&desks, &officer, &frame, &number).await?;
    let kept = approval::kept_ruling(desks.store(), file.case.id, officer.0.account).await?;
    let typed = match kept {
        Some((outcome, reasons)) => {
            Typed { outcome, reasons, changed: frame.t("case.kept_draft").to_owned(), ..Typed::default() }
        }
        None => Typed { sent: asked.done.is_some(), stepped: asked.step.is_some(), ..Typed::default() },
    };
    page(&built(&desks, &officer, frame, (&file, typed)).await?)
}

/// The case as this officer may see it; anybody else's is not found.
pub(crate) async fn file(desks: &Desks<'_>, officer: &Officer, frame: &Frame, number: &str) -> Result<File, Problem> {
    let (file, standing) = approval::file_by_number(desks.store(), &officer.actor(), number, frame.now).await?;
    if standing == Standing::Officer { Ok(file) } else { Err(Problem::not_found()) }
}

/// What was wrong with what was typed into one form: fields by name, and why.
#[derive(Default)]
pub(super) struct Wrong(pub(super) Vec<(String, String)>);

impl Wrong {
    /// For the summary at the top of the page; `form` begins the ids of the form's fields.
    pub(super) fn lines(&self, form: &str) -> Vec<ErrorLine> {
        let line = |(field, message): &(String, String)| ErrorLine {
            href: format!("#f-{form}{field}"),
            message: message.clone(),
        };
        self.0.iter().map(line).collect()
    }

    /// What is wrong with one field; may be empty.
    pub(super) fn of(&self, field: &str) -> String {
        self.0.iter().find(|(name, _)| name == field).map(|(_, message)| message.clone()).unwrap_or_default()
    }
}

/// What was typed before, and what was wrong with it.
#[derive(Default)]
pub(crate) struct Typed {
    pub(super) outcome: String,
    pub(super) reasons: String,
    /// The sentences of a notice that were picked; none on a page that was not sent.
    pub(super) picked: Option<Vec<String>>,
    pub(super) outcome_error: String,
    pub(super) reasons_error: String,
    /// The case changed under the officer.
    pub(super) changed: String,
    /// The decision was sent just now.
    pub(super) sent: bool,
    /// A special step was ordered or recorded just now.
    pub(super) stepped: bool,
    /// What was typed of a special step.
    pub(super) step: StepTyped,
    /// What was typed about who has the case, or by the second officer.
    pub(super) hold: HoldTyped,
    /// What was typed of pieces that may follow.
    pub(super) gaps: GapsTyped,
    /// What was typed of the first review.
    pub(super) first: FirstTyped,
    /// What was wrong with files that were sent.
    pub(super) materials: MaterialsTyped,
}

impl Typed {
    /// A page on which files were wrong.
    pub(crate) fn of_materials(materials: MaterialsTyped) -> Self {
        Self { materials, ..Self::default() }
    }

    fn lines(&self, decidable: bool) -> Vec<ErrorLine> {
        let changed = if decidable { "#decide" } else { "#kept" };
        let all = [(changed, &self.changed), ("#f-outcome", &self.outcome_error), ("#f-reasons", &self.reasons_error)];
        let wrong = all.into_iter().filter(|(_, message)| !message.is_empty());
        let wrong = wrong.map(|(href, message)| ErrorLine { href: href.to_owned(), message: message.clone() });
        wrong
            .chain(self.step.lines())
            .chain(self.hold.lines())
            .chain(self.gaps.lines())
            .chain(self.first.lines())
            .collect()
    }
}

pub(crate) async fn built(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (file, typed): (&File, Typed),
) -> Result<CasePage, Problem> {
    let case = &file.case;
    let item = desks.catalog.item_version(&case.item, &case.item_version);
    let leaves = desks.store().leaves(case.id).await?;
    let lights = affairs::light::lights_of(desks.store(), case.id).await?;
    let papers = affairs::window::papers_of(desks.store(), case.id).await?;
    let found = file.latest().and_then(Found::of);
    let reader =
        Reader { frame: &frame, catalog: &desks.catalog, registers: &desks.office.registers, item: item.as_deref() };
    let rights = Rights::of(officer, case);
    let hold = holding::hold(desks, (officer, &frame), file, &typed.hold).await?;
    let door = file.pending.as_ref().map(|pending| holding::door(&frame, officer, case, (pending, &typed.hold)));
    let free = door.is_none() && hold.recused.is_empty();
    let decide =
        (rights.decide && free).then(|| decide_view(&frame, (file, item.as_deref()), found.as_ref(), &typed)).flatten();
    let steps = stepping::view(desks, (officer, &frame), (file, item.as_deref()), &typed.step).await?;
    let (light, due) = due(&frame, &desks.catalog, case);
    let trail = case.reached_by(&officer.0.scopes, Right::Audit).then(|| format!("/staff/trail?q={}", case.number));
    Ok(CasePage {
        number: case.number.clone(),
        item: item_name(&frame, &desks.catalog, case),
        applicant: case.applicant_name.clone(),
        place: places::region(&frame, &desks.catalog, &case.region),
        followed: followed(desks, &frame, file),
        tag: state_tag(&frame, case.state),
        light,
        due,
        errors: typed.lines(decide.is_some()).into_iter().chain(typed.materials.lines(&frame)).collect(),
        sent: typed.sent,
        stepped: typed.stepped,
        steps: if free { steps } else { steps.seen() },
        gaps: gaps::view(&frame, officer, (file, item.as_deref()), (free, &typed.gaps)),
        first: first::view(desks, (officer, &frame), file, (free, &typed.first)),
        more_time: holding::more_time(&frame, officer, file, (free, &typed.hold)),
        hold,
        door,
        kept: if decide.is_none() { typed.reasons.clone() } else { String::new() },
        decision: file.latest().and_then(|d| signed(&frame, desks, case, d)),
        groups: filed(&frame, case, item.as_ref(), rights.whole_code),
        materials: crate::material::desk::view(desks, (officer, &frame), (file, item.as_deref()), &typed.materials)
            .await?,
        proposal: proposal(&frame, case.outcome, found.as_ref()),
        why: why(&frame, file, found.as_ref()),
        contradictions: found.as_ref().map(|f| f.contradictions(&reader)).unwrap_or_default(),
        conditions: found.as_ref().map(|f| f.conditions(&reader)).unwrap_or_default(),
        rules: file.latest().map(|d| rules_line(&frame, d)).unwrap_or_default(),
        no_right: !rights.decide && !approval::rulings_now(file).is_empty(),
        decide,
        courses: crate::light::rows(&frame, &desks.catalog, (file, &papers), &lights),
        events: events(&frame, &file.events, &leaves),
        trail,
        frame,
    })
}

/// The case's record held against how cases run; nothing where the catalogue does not say how.
fn followed(desks: &Desks<'_>, frame: &Frame, file: &File) -> Option<(Tag, String)> {
    let law = desks.law().ok()?;
    let flow = law.flow(approval::CASE_FLOW)?;
    Some(conformance::standing(frame, flow, &approval::followed(flow, &file.case, &file.events)))
}

/// What this officer may do with this case.
pub(super) struct Rights {
    pub(super) decide: bool,
    /// Sees the applicant's code whole: whoever works on the case must compare it, whoever only looks need not.
    whole_code: bool,
}

impl Rights {
    pub(super) fn of(officer: &Officer, case: &Case) -> Self {
        let may = |right| case.reached_by(&officer.0.scopes, right);
        let decide = may(Right::DecideCase);
        Self { decide, whole_code: decide || may(Right::HandleCase) }
    }
}

/// Left: the form as it was filed.
fn filed(frame: &Frame, case: &Case, item: Option<&Arc<Item>>, whole_code: bool) -> Vec<AnswerGroup> {
    let empty = serde_json::Map::new();
    let mut values = case.form.as_object().unwrap_or(&empty).clone();
    let Some(item) = item else { return vec![bare(&values)] };
    if !whole_code {
        for field in item.form.fields.iter().filter(|f| f.kind == FieldKind::CitizenId) {
            if let Some(code) = values.get_mut(&field.name) {
                *code = mask_code(PartyKind::Person, code.as_str().unwrap_or_default()).into();
            }
        }
    }
    Filled { form: &item.form, values: &values, known: &BTreeMap::new() }.answers(frame, "")
}

/// A form whose version the catalogue no longer has: names and values, nothing hidden.
fn bare(values: &serde_json::Map<String, serde_json::Value>) -> AnswerGroup {
    let answer = |(name, value): (&String, &serde_json::Value)| AnswerView {
        label: name.clone(),
        value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        source: String::new(),
        objection: String::new(),
        change: String::new(),
    };
    AnswerGroup { title: String::new(), answers: values.iter().map(answer).collect() }
}

fn proposal(frame: &Frame, outcome: Option<Outcome>, found: Option<&Found>) -> Tag {
    let outcome = found.map(|f| f.assessment.outcome).or(outcome);
    let tone = match outcome {
        Some(Outcome::Grant) => Tone::Granted,
        Some(Outcome::DraftRefusal) => Tone::Refused,
        Some(Outcome::NotNeeded) | None => Tone::Quiet,
        Some(Outcome::Correct | Outcome::Refer | Outcome::SpecialStep) => Tone::Refer,
    };
    let word = outcome.map_or("case.not_yet".to_owned(), |o| format!("outcome_word.{}", o.word()));
    Tag::new(tone, frame.t(&word).to_owned())
}

fn why(frame: &Frame, file: &File, found: Option<&Found>) -> Vec<String> {
    match (found, file.latest()) {
        (Some(found), _) => found.reasons(frame),
        (None, Some(_)) => vec![frame.t("case.unreadable").to_owned()],
        (None, None) => vec![frame.t("case.nothing_found").to_owned()],
    }
}

fn rules_line(frame: &Frame, decision: &Decision) -> String {
    let short = |hash: &str| hash.chars().take(12).collect::<String>();
    frame.t2("case.calendar", short(&decision.rule_set), short(&decision.calendar))
}

/// The newest decision, where a person signed it.
fn signed(frame: &Frame, desks: &Desks<'_>, case: &Case, decision: &Decision) -> Option<DecisionView> {
    decision.officer_name.as_ref()?;
    Some(DecisionView {
        reasons: decision.reasons.clone().unwrap_or_default(),
        by: super::story::signers(desks, frame, case, decision),
        at: decision.decided_at,
    })
}

fn decide_view(
    frame: &Frame,
    (file, item): (&File, Option<&Item>),
    found: Option<&Found>,
    typed: &Typed,
) -> Option<DecideView> {
    let (case, allowed) = (&file.case, approval::rulings_now(file));
    let offered = RULINGS.iter().filter(|(ruling, ..)| allowed.contains(ruling));
    let outcomes: Vec<Choice> = offered
        .map(|(_, word, name)| Choice {
            value: (*word).to_owned(),
            label: frame.t(name).to_owned(),
            chosen: *word == typed.outcome,
        })
        .collect();
    (!outcomes.is_empty()).then(|| DecideView {
        action: format!("/staff/cases/{}/decide", case.number),
        version: case.version,
        outcomes,
        outcome_error: typed.outcome_error.clone(),
        reasons: typed.reasons.clone(),
        reasons_error: typed.reasons_error.clone(),
        lines: match allowed.contains(&Ruling::Correct) {
            true => correction::offered(frame, item, found, typed.picked.as_deref()),
            false => Vec::new(),
        },
        drafts: found.map(|f| drafts(frame, f)).unwrap_or_default(),
        remedies: item.map(|i| frame.text(&i.remedies).to_owned()).unwrap_or_default(),
    })
}

/// Whole sentences for the reasons: of what is not met, what to mend; of what is not known, what a person may have found.
fn drafts(frame: &Frame, found: &Found) -> Vec<String> {
    let checks = found.assessment.checks.iter();
    let draft = |check: &approval::Check| {
        let sentence = frame.text(&check.sentence);
        let sentence = sentence.trim_end_matches(['。', '.']);
        match check.truth {
            approval::CheckTruth::Met => None,
            approval::CheckTruth::NotMet => Some(frame.t2("case.draft_unmet", sentence, frame.text(&check.mend))),
            approval::CheckTruth::Unknown => Some(frame.t1("case.draft_confirmed", sentence)),
        }
    };
    checks.filter_map(draft).collect()
}

/// The story of a case, each act with its leaf in the log.
pub(crate) fn events(frame: &Frame, events: &[Event], leaves: &[Entry]) -> Vec<EventView> {
    let mut unused: Vec<&Entry> = leaves.iter().collect();
    let view = |event: &Event| EventView {
        at: event.at,
        what: what(frame, &event.kind, &event.detail),
        who: who(frame, (&event.actor_kind, &event.actor_name), event.on_behalf.as_deref()),
        href: leaf_of(&event.kind, &mut unused).map(|n| format!("/log/leaf/{n}")),
    };
    events.iter().map(view).collect()
}

/// The leaf of an act: acts and leaves of one case stand in the same order, so the first unused one of its kind.
pub(super) fn leaf_of(kind: &str, unused: &mut Vec<&Entry>) -> Option<u64> {
    let leaf = match kind {
        "filed" => "case.filed",
        "confirmed" => "case.confirmed",
        "settled" | "ruled" => "case.decided",
        "declined" | "withdrawn" | "lapsed" => "case.closed",
        "ruling_signed" => "case.ruling_signed",
        "ruling_undone" => "case.ruling_undone",
        "ruling_concurred" => "case.ruling_concurred",
        "ruling_differed" => "case.ruling_differed",
        "material_added" => "case.material_added",
        "material_refused" => "case.material_refused",
        "filed_at_counter" => "counter.filed",
        "mended_at_counter" => "counter.mended",
        "opened_at_counter" => "counter.opened",
        "receipt_renewed" => "case.receipt_renewed",
        "relay_sent" => "relay.sent",
        "relay_taken" => "relay.taken",
        "relay_returned" => "relay.returned",
        "delivered" => "result.delivered",
        "helped" => "counter.helped",
        _ => return None,
    };
    let at = unused.iter().position(|entry| entry.kind == leaf)?;
    Some(unused.remove(at).position)
}

/// What an act was, in words.
pub(super) fn what(frame: &Frame, kind: &str, detail: &serde_json::Value) -> String {
    let key = format!("act.{kind}");
    match said(frame, kind, detail) {
        Some(said) => frame.t1(&key, said),
        None => frame.t(&key).to_owned(),
    }
}

/// What the words of an act name: the new state, why, the opinion, or what was ruled.
fn said(frame: &Frame, kind: &str, detail: &serde_json::Value) -> Option<String> {
    let word = |name: &str| detail.get(name).and_then(|value| value.as_str());
    let why = || serde_json::from_value::<kernel::Text>(detail.get("why")?.clone()).ok();
    let opinion = || word("reasons").filter(|_| kind == "ruling_differed").map(str::to_owned);
    let state = word("state").and_then(State::from_word).map(|state| state_tag(frame, state).word);
    let ruled = || word("ruling").map(|ruling| frame.t(&format!("ruling.{ruling}")).to_owned());
    state.or_else(|| why().map(|why| frame.text(&why).to_owned())).or_else(opinion).or_else(ruled)
}

/// Who acted, and for whom where somebody acted for another.
pub(super) fn who(frame: &Frame, (kind, name): (&str, &str), on_behalf: Option<&str>) -> String {
    let name = if kind == "machine" { frame.t("act.machine") } else { name };
    on_behalf.map_or_else(|| name.to_owned(), |principal| frame.t2("act.on_behalf", name, principal))
}
