//! The desk at which officers run a power: open a run, take its steps, sign what needs two. What the flow does not allow is
//! shown with its reason; what was typed is never lost.

use affairs::access::Right;
use affairs::material::{Holder, Material};
use affairs::powers::{
    self, Act, ActKind, Brought, Command, Flow, Lamp, NewRun, Power, PowerError, Refusal, Run, RunFile, Situation,
    StepState, ValueFault, Values, hindrances, standing,
};
use axum::Form;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use store::Entry;

use super::conformance;
use super::stepped::{Lying, Typed, errors, form, record, signed};
use super::view::{OpenPage, Pair, PendingView, RunPage, RunRow, RunsPage};
use crate::approval::desk::FilterView;
use crate::catalog::places;
use crate::frame::Frame;
use crate::material::row;
use crate::material::sent::{self as files, Expected, SentFile};
use crate::material::show::{self, Asked};
use crate::material::view::MaterialView;
use crate::office::Desks;
use crate::pairs::{Pairs, sent, version};
use crate::pieces::{
    Choice, ErrorLine, EventView, FieldKind, FieldView, Link, Pager, Section, Tag, Tone, Width, error_lines, field_id,
};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/powers", get(runs).post(open))
        .route("/staff/powers/new", get(new))
        .route("/staff/powers/{number}", get(show))
        .route("/staff/powers/{number}/files/{file}", get(see))
        .route("/staff/powers/{number}/cosign", post(cosign))
        .route("/staff/powers/{number}/take-back", post(take_back))
        .route("/staff/powers/{number}/recuse", post(recuse))
}

/// A step may bring files.
pub(super) fn uploads() -> Router<AppState> {
    Router::new().route("/staff/powers/{number}/take", post(take))
}

#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    show: String,
    #[serde(default)]
    from: u32,
}

async fn runs(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Shown>,
) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewCase) {
        return Err(Problem::not_found());
    }
    let (desks, law) = (state.desks()?, state.desks()?.law()?);
    let closed = asked.show == "closed";
    let (found, more) = powers::runs_for(desks.store(), officer.0.account, (!closed, asked.from)).await?;
    let filter = |href: &str, word: &str, current| FilterView {
        href: href.to_owned(),
        name: frame.t(word).to_owned(),
        count: None,
        current,
    };
    let show = if closed { "show=closed&" } else { "" };
    let row = |run: &Run| RunRow {
        href: format!("/staff/powers/{}", run.number),
        number: run.number.clone(),
        name: run.name.clone(),
        party: run.party.clone(),
        agency: places::agency(&frame, &desks.catalog, &run.agency),
        state: tag(&frame, law.kind(&run.kind).and_then(|k| law.flow(&k.flow)).map(|f| &**f), &run.state, run.is_open),
        changed: frame.moment(run.changed_at),
    };
    page(&RunsPage {
        filters: vec![
            filter("/staff/powers", "powers.open_runs", !closed),
            filter("/staff/powers?show=closed", "powers.closed_runs", closed),
        ],
        rows: found.iter().map(row).collect(),
        pager: Pager {
            first: (asked.from > 0).then(|| format!("/staff/powers?{}", show.trim_end_matches('&'))),
            next: more.then(|| format!("/staff/powers?{show}from={}", asked.from as usize + powers::PAGE)),
        },
        opens: officer.0.scopes.allow_somewhere(Right::HandleCase),
        frame,
    })
}

fn tag(frame: &Frame, flow: Option<&Flow>, state: &str, open: bool) -> Tag {
    let name = flow.and_then(|f| f.state(state)).map_or_else(|| state.to_owned(), |s| frame.text(&s.name).to_owned());
    Tag::new(if open { Tone::Waiting } else { Tone::Quiet }, name)
}

#[derive(Deserialize, Default)]
struct Opening {
    #[serde(rename = "/power", default)]
    power: String,
    #[serde(rename = "/party", default)]
    party: String,
    #[serde(rename = "/party_kind", default)]
    party_kind: String,
}

#[derive(Deserialize, Default)]
struct Beginning {
    #[serde(default)]
    power: String,
}

async fn new(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Beginning>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let typed = Opening { power: asked.power, ..Opening::default() };
    page(&opening(&desks, &officer, frame, (&typed, None)).await?)
}

/// The form by which a run begins: the powers in reach that no handling item exercises.
async fn opening(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (typed, wrong): (&Opening, Option<&str>),
) -> Result<OpenPage, Problem> {
    let mut choices = Vec::new();
    for list in powers::current_lists(desks.store(), frame.now.date()).await? {
        for power in powers::powers_of(desks.store(), list.id).await?.iter().filter(|p| reaches(desks, officer, p)) {
            let value = format!("{}/{}", list.list, power.code);
            let label = format!(
                "{} · {}",
                super::listed::name(&frame, power),
                places::agency(&frame, &desks.catalog, &power.agency)
            );
            choices.push(Choice { chosen: value == typed.power, value, label });
        }
    }
    if choices.is_empty() {
        return Err(Problem::not_found());
    }
    let kind = |word: &str| Choice {
        value: word.to_owned(),
        label: frame.t(&format!("powers.party.{word}")).to_owned(),
        chosen: typed.party_kind == word,
    };
    let line = FieldKind::Line { width: Width::Long, mode: "text", autocomplete: String::new(), unit: String::new() };
    let field = |pointer: &str, word: &str, kind, value: &str| FieldView {
        pointer: pointer.to_owned(),
        label: frame.t(word).to_owned(),
        hint: String::new(),
        kind,
        value: value.to_owned(),
        optional: false,
        error: wrong.filter(|_| value.is_empty() || pointer == "/party").map(str::to_owned),
        note: String::new(),
    };
    let fields = vec![
        field("/power", "powers.power", FieldKind::Select(choices), &typed.power),
        field("/party", "powers.party_name", line, &typed.party),
        field(
            "/party_kind",
            "powers.party_kind",
            FieldKind::Choice(vec![kind("person"), kind("organisation")]),
            &typed.party_kind,
        ),
    ];
    let sections = vec![Section { title: String::new(), hint: frame.t("powers.open_hint").to_owned(), fields }];
    Ok(OpenPage { errors: error_lines(&sections), sections, frame })
}

fn reaches(desks: &Desks<'_>, officer: &Officer, power: &Power) -> bool {
    let region = desks.catalog.agency(&power.agency).and_then(|a| a.region).map(|r| r.to_string()).unwrap_or_default();
    let place = affairs::access::Place { agency: &power.agency, region: &region, item: &power.code };
    power.items.is_empty() && officer.0.scopes.allow(Right::HandleCase, &place)
}

async fn open(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(typed): Form<Opening>,
) -> Result<Response, Problem> {
    let (desks, law) = (state.desks()?, state.desks()?.law()?);
    let (list, code) = typed.power.split_once('/').unwrap_or_default();
    let new = NewRun { list, code, party: &typed.party, party_kind: &typed.party_kind };
    match powers::open_run(&desks.base(), (&desks.catalog, &law), &officer.actor(), &new).await {
        Ok(run) => Ok(Redirect::to(&format!("/staff/powers/{}", run.number)).into_response()),
        Err(PowerError::Misstated(why)) => {
            let why = frame.text(&why).to_owned();
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &opening(&desks, &officer, frame, (&typed, Some(&why))).await?)
        }
        Err(PowerError::NotFound) if typed.power.is_empty() => {
            let why = frame.t("powers.choose_power").to_owned();
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &opening(&desks, &officer, frame, (&typed, Some(&why))).await?)
        }
        Err(other) => Err(other.into()),
    }
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = powers::run_file(desks.store(), &officer.actor(), &number).await?;
    page(&built(&desks, frame, &file, (None, Vec::new())).await?)
}

pub(crate) async fn built(
    desks: &Desks<'_>,
    frame: Frame,
    file: &RunFile,
    (typed, more): (Option<&Typed<'_>>, Vec<ErrorLine>),
) -> Result<RunPage, Problem> {
    let (run, flow) = (&file.run, &*file.flow);
    let situation = file.situation(frame.now, desks.catalog.calendar());
    let leaves = desks.store().leaves(run.id).await?;
    let (free, hindered): (Vec<StepState<'_>>, Vec<StepState<'_>>) = StepState::of(&situation, &file.hand)
        .into_iter()
        .partition(|s| s.hindrances.is_empty() || typed.is_some_and(|t| t.step == s.step.id));
    let (light, time) = time(&frame, &situation);
    let all = powers::files_of(desks.store(), run.id).await?;
    let (named, lying): (Vec<Material>, Vec<Material>) =
        all.into_iter().partition(|file| powers::is_recorded(&situation, file));
    let place = format!("/staff/powers/{}/files", run.number);
    let lying = Lying { place: &place, files: &lying };
    let open =
        |forms: &[StepState<'_>]| forms.iter().map(|s| form(&frame, flow, s, (typed, &lying))).collect::<Vec<_>>();
    let mut steps = open(&free);
    // One thing to do is unfolded; of several the officer chooses.
    if let [only] = steps.as_mut_slice() {
        only.open = true;
    }
    Ok(RunPage {
        base: "/staff/powers",
        place: "place.powers",
        because: None,
        number: run.number.clone(),
        name: run.name.clone(),
        party: run.party.clone(),
        state: tag(&frame, Some(flow), &run.state, run.is_open),
        recusable: run.is_open
            && situation.pending().is_none()
            && !file.acts.iter().any(|a| a.kind == ActKind::Recused && a.by == file.hand.account),
        recusal: String::new(),
        followed: conformance::standing(&frame, flow, &powers::follow_run(flow, &file.acts)),
        light,
        time,
        errors: typed.map(|t| errors(&frame, flow, t)).unwrap_or_default().into_iter().chain(more).collect(),
        kept: typed
            .filter(|t| !steps.iter().any(|s| s.id == t.step))
            .map(|t| kept(&frame, flow, t))
            .unwrap_or_default(),
        version: run.version,
        pending: situation.pending().map(|act| pending(&frame, file, &situation, act)),
        hindered: if situation.pending().is_some() { Vec::new() } else { open(&hindered) },
        steps,
        files: recorded(&frame, flow, &named, &place),
        records: situation.taken().map(|act| record(&frame, flow, act)).collect(),
        events: events(&frame, flow, (&file.acts, &leaves)),
        flow: Link {
            href: format!("/powers/flows/{}", flow.id),
            text: frame.text(&flow.name).to_owned(),
            hint: String::new(),
        },
        frame,
    })
}

/// The files that acts have named, by the step and the ask they are for.
fn recorded(frame: &Frame, flow: &Flow, named: &[Material], place: &str) -> Vec<MaterialView> {
    let asks = flow.steps.iter().flat_map(|step| step.asks.iter().map(move |ask| (step, ask)));
    let view = |(step, ask): (&powers::Step, &powers::Ask)| {
        let of = powers::file_place(&step.id, &ask.id);
        let files: Vec<_> = named.iter().filter(|f| f.material == of).map(|f| row::file(frame, f, place)).collect();
        let name = format!("{} · {}", frame.text(&step.name), frame.text(&ask.label));
        let (note, error) = (String::new(), String::new());
        (!files.is_empty()).then(|| MaterialView { id: field_id(&of), name, note, files, error })
    };
    asks.filter_map(view).collect()
}

/// The bytes of a file of a run, for whoever may see the run: only what a scanner called clean.
async fn see(
    State(state): State<AppState>,
    officer: Officer,
    Path((number, file)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let run = powers::run_file(desks.store(), &officer.actor(), &number).await?.run;
    show::bytes(&desks, Holder::Run(run.id), &file, asked.is_to_see()).await
}

/// What was typed for a step that the run, having moved on, does not show any more.
fn kept(frame: &Frame, flow: &Flow, typed: &Typed<'_>) -> Vec<Pair> {
    let label = |id: &String| flow.ask(id).map_or_else(|| id.clone(), |a| frame.text(&a.label).to_owned());
    let written = typed.values.iter().filter(|(_, v)| !v.trim().is_empty());
    written.map(|(id, v)| Pair { label: label(id), lines: v.lines().map(str::to_owned).collect() }).collect()
}

fn pending(frame: &Frame, file: &RunFile, situation: &Situation<'_>, act: &Act) -> PendingView {
    let before = Situation { history: &situation.history[..situation.history.len().saturating_sub(1)], ..*situation };
    let step = file.flow.step(&act.step);
    let signs = act.by != file.hand.account && step.is_some_and(|s| hindrances(&before, s, &file.hand).is_empty());
    PendingView { record: record(frame, &file.flow, act), signs }
}

fn time(frame: &Frame, situation: &Situation<'_>) -> (Tone, String) {
    let standing = standing(situation);
    if let (Some(earliest), None, Lamp::Green) = (standing.not_before, standing.ended, standing.lamp) {
        return (Tone::Granted, frame.t1("powers.clock_about", frame.date(earliest)));
    }
    let due = standing.due.or(standing.not_before).map(|d| frame.date(d)).unwrap_or_default();
    match (standing.lamp, standing.ended) {
        (Lamp::Dark, _) => (Tone::Quiet, String::new()),
        (Lamp::Still, _) => (Tone::Waiting, frame.t("powers.clock_still").to_owned()),
        (lamp, Some(ended)) => {
            let tone = if lamp == Lamp::Red { Tone::Refused } else { Tone::Granted };
            (tone, frame.t2("powers.clock_ended", frame.date(ended), due))
        }
        (Lamp::Green, None) => (Tone::Granted, frame.t1("powers.clock_due", due)),
        (Lamp::Yellow, None) => (Tone::Refer, frame.t1("powers.clock_due", due)),
        (Lamp::Red, None) => (Tone::Refused, frame.t1("powers.clock_over", due)),
    }
}

/// The acts, each with its leaf: every act has one, in the same order.
fn events(frame: &Frame, flow: &Flow, (acts, leaves): (&[Act], &[Entry])) -> Vec<EventView> {
    let view = |(at, act): (usize, &Act)| {
        let name = flow.step(&act.step).map_or_else(|| act.step.clone(), |s| frame.text(&s.name).to_owned());
        let what = match act.kind {
            ActKind::Opened => frame.t("powers.act.opened").to_owned(),
            ActKind::Proposed => frame.t1("powers.act.proposed", name),
            ActKind::Taken => name,
            ActKind::TakenBack => frame.t1("powers.act.taken_back", name),
            ActKind::Recused => frame.t1("powers.act.recused", act.values.values().next().map_or("", String::as_str)),
        };
        let href = leaves.get(at).map(|leaf| format!("/log/leaf/{}", leaf.position));
        EventView { at: act.at, what, who: signed(act), href }
    };
    acts.iter().enumerate().map(view).collect()
}

/// What was typed for a step.
pub(crate) fn values_of(pairs: &[(String, String)], step: &str) -> Values {
    let prefix = format!("/{step}/");
    pairs.iter().filter_map(|(n, v)| Some((n.strip_prefix(&prefix)?.to_owned(), v.clone()))).collect()
}

async fn take(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    // Whose run it is, is known before a byte of a file is read.
    let file = powers::run_file(desks.store(), &officer.actor(), &number).await?;
    let bounds = |place: &str| powers::file_bounds(&desks.catalog, &file.flow, place);
    let known = powers::files_of(desks.store(), file.run.id).await?;
    let situation = file.situation(frame.now, desks.catalog.calendar());
    let known: Vec<Material> = known.into_iter().filter(|f| !powers::is_recorded(&situation, f)).collect();
    let sent = files::read(&state, &desks.base(), request, &Expected { bounds: &bounds, known: &known }).await?;
    let step = sent.last("step").unwrap_or_default();
    let values = values_of(&sent.pairs, step);
    let version = version(&sent.pairs);
    if let Some(id) = sent.last("remove").and_then(|id| id.parse().ok()) {
        let asked = (number.as_str(), version, id);
        powers::take_away(&desks.base(), desks.catalog.calendar(), &officer.actor(), asked).await?;
        return Ok(Redirect::to(&format!("/staff/powers/{number}#step-{step}")).into_response());
    }
    let wrong = laid(&desks, &officer, (&number, version), &sent.files).await;
    let command = Command::Take { step, values: &values };
    match wrong {
        Ok(faults) if faults.is_empty() => act(&state, &officer, frame, (&number, version, command)).await,
        Ok(values) => {
            let refusal = Refusal { hindrances: Vec::new(), values };
            answered((&state, &officer, frame), (&number, command), Err(PowerError::Refused(refusal))).await
        }
        Err(other) => answered((&state, &officer, frame), (&number, command), Err(other)).await,
    }
}

/// Lays the files of a step with its run. Gives what is wrong with those that were not taken.
async fn laid(
    desks: &Desks<'_>,
    officer: &Officer,
    (number, version): (&str, i64),
    files: &[SentFile],
) -> Result<Vec<ValueFault>, PowerError> {
    let law = (&*desks.catalog, desks.catalog.calendar());
    let mut faults = Vec::new();
    for file in files {
        let received = match &file.came {
            Ok(received) => received,
            Err(flaw) => {
                faults.extend(powers::flawed(&file.material, *flaw).values);
                continue;
            }
        };
        let brought = Brought { place: &file.material, name: &file.name, is_photo: file.photo, received };
        match powers::lay(&desks.base(), law, &officer.actor(), (number, version, &brought)).await {
            Ok(_) => {}
            Err(PowerError::Refused(refusal)) if refusal.hindrances.is_empty() => faults.extend(refusal.values),
            Err(other) => return Err(other),
        }
    }
    if !files.is_empty() {
        desks.office.checkers.ring();
    }
    Ok(faults)
}

async fn cosign(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    act(&state, &officer, frame, (&number, version(&pairs), Command::Cosign)).await
}

async fn take_back(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    act(&state, &officer, frame, (&number, version(&pairs), Command::TakeBack)).await
}

async fn recuse(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    act(&state, &officer, frame, (&number, version(&pairs), Command::Recuse { reason: sent(&pairs, "reason") })).await
}

/// Carries a command out, or shows the run again with everything that hinders it and everything that was typed.
async fn act(
    state: &AppState,
    officer: &Officer,
    frame: Frame,
    (number, version, command): (&str, i64, Command<'_>),
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let done =
        powers::proceed(&desks.base(), desks.catalog.calendar(), &officer.actor(), (number, version, command)).await;
    answered((state, officer, frame), (number, command), done).await
}

/// Leads to the run, or shows it again with what hinders and what was typed.
async fn answered(
    (state, officer, frame): (&AppState, &Officer, Frame),
    (number, command): (&str, Command<'_>),
    done: Result<Run, PowerError>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (status, refusal, word) = match done {
        Ok(run) => return Ok(Redirect::to(&format!("/staff/powers/{}", run.number)).into_response()),
        Err(PowerError::Refused(refusal)) => (StatusCode::UNPROCESSABLE_ENTITY, refusal, None),
        Err(PowerError::Changed) => (StatusCode::CONFLICT, Refusal::default(), Some("powers.moved")),
        Err(PowerError::NoEvidence(why)) => {
            tracing::error!(why, "the log cannot sign: steps of powers wait");
            (StatusCode::SERVICE_UNAVAILABLE, Refusal::default(), Some("case.no_evidence"))
        }
        Err(other) => return Err(other.into()),
    };
    let file = powers::run_file(desks.store(), &officer.actor(), number).await?;
    let why = word.map(|w| frame.t(w).to_owned());
    page_as(status, &again(&desks, frame, &file, (&command, &refusal, why)).await?)
}

/// The run once more with everything that hinders the command, `why` for the whole of it, and everything that was typed.
pub(crate) async fn again(
    desks: &Desks<'_>,
    frame: Frame,
    file: &RunFile,
    (command, refusal, why): (&Command<'_>, &Refusal, Option<String>),
) -> Result<RunPage, Problem> {
    let line = |message: String| ErrorLine { href: "#steps".to_owned(), message };
    let more: Vec<ErrorLine> = why.into_iter().map(line).collect();
    if let Command::Take { step, values } = command {
        let typed = Typed { step, values, refusal };
        return built(desks, frame, file, (Some(&typed), more)).await;
    }
    let told = refusal.hindrances.iter().map(|h| &h.why).chain(refusal.values.iter().map(|v| &v.why));
    let told: Vec<ErrorLine> = told.map(|why| line(frame.text(why).to_owned())).collect();
    let mut again = built(desks, frame, file, (None, more.into_iter().chain(told).collect())).await?;
    if let Command::Recuse { reason } = command {
        (*reason).clone_into(&mut again.recusal);
    }
    Ok(again)
}
