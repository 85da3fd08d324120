//! Credit: a holder's page on which every point leads to its event and its rule, with the way to object; and the same for the
//! officers who answer.

use affairs::access::{Actor, Right};
use affairs::approval;
use affairs::credit::{self, ActKind, CreditError, Recorded, Refusal, Rules, Standing};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::Id;
use serde::Deserialize;

use self::view::{ActChoice, CreditPage, EventRow};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{ErrorLine, Tag, Tone};
use crate::problem::{Problem, page_as};
use crate::session::{Officer, Person};
use crate::state::AppState;

pub mod view;

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/me/credit", get(own).post(object)).route("/staff/credit/{number}", get(desk).post(decide))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    done: String,
}

/// What a form sends.
#[derive(Deserialize, Default)]
struct Sent {
    #[serde(default)]
    event: String,
    #[serde(default)]
    act: String,
    #[serde(default)]
    note: String,
}

/// Whose page it is, and where its forms are sent.
struct Whose {
    party: Id,
    name: String,
    action: String,
}

async fn own(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let shown = (&Sent::default(), String::new(), !asked.done.is_empty());
    let built = built(&state.desks()?, &person.actor(), frame, (mine(&person), shown)).await?;
    page_as(StatusCode::OK, &built)
}

fn mine(person: &Person) -> Whose {
    let principal = person.0.principal();
    Whose { party: principal.id, name: principal.name.clone(), action: "/me/credit".to_owned() }
}

/// The holder behind a case that this officer may see.
async fn holder(desks: &Desks<'_>, officer: &Officer, frame: &Frame, number: &str) -> Result<Whose, Problem> {
    let (file, _) = approval::file_by_number(desks.store(), &officer.actor(), number, frame.now).await?;
    let case = file.case;
    Ok(Whose { party: case.applicant, name: case.applicant_name, action: format!("/staff/credit/{number}") })
}

async fn desk(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    (Path(number), Query(asked)): (Path<String>, Query<Asked>),
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let whose = holder(&desks, &officer, &frame, &number).await?;
    let shown = (&Sent::default(), String::new(), !asked.done.is_empty());
    page_as(StatusCode::OK, &built(&desks, &officer.actor(), frame, (whose, shown)).await?)
}

async fn built(
    desks: &Desks<'_>,
    actor: &Actor,
    frame: Frame,
    (whose, (sent, error, done)): (Whose, (&Sent, String, bool)),
) -> Result<CreditPage, Problem> {
    let rules = credit::rules_now(&desks.catalog, frame.now)?;
    let (standing, all) = credit::standing_of(desks.store(), &rules, (whose.party, frame.now)).await?;
    let rows = all.iter().rev().map(|r| row(desks, &frame, (&rules, &standing), (actor, r, sent)));
    let events: Vec<_> = all.iter().map(|r| r.event.clone()).collect();
    let class = standing.class.as_deref().and_then(|id| rules.classes.iter().find(|c| c.id == id));
    let rule = standing.class_rule.as_deref().and_then(|id| rules.rule(id));
    let public = credit::published(&rules, &events, frame.now.date());
    Ok(CreditPage {
        name: whose.name,
        action: whose.action,
        class: class.map_or_else(|| frame.t("credit.unsettled").to_owned(), |c| frame.text(&c.name).to_owned()),
        total: frame.t1("credit.total", standing.total),
        rule: rule
            .map(|r| frame.aside(frame.text(&r.sentence), frame.t(frame.grade_word(r.grade))))
            .unwrap_or_default(),
        note: frame.text(&rules.note).to_owned(),
        appeal: frame.text(&rules.appeal.note).to_owned(),
        repair: frame.text(&rules.repair.note).to_owned(),
        published: frame.t2("credit.published", public.len(), rules.publication.most_months),
        rows: rows.collect(),
        errors: if error.is_empty() {
            Vec::new()
        } else {
            vec![ErrorLine { href: "#events".to_owned(), message: error }]
        },
        done,
        is_staff: actor.staff().is_some(),
        frame,
    })
}

fn row(
    desks: &Desks<'_>,
    frame: &Frame,
    (rules, standing): (&Rules, &Standing),
    (actor, recorded, sent): (&Actor, &Recorded, &Sent),
) -> EventRow {
    let event = &recorded.event;
    let point = standing.points.iter().find(|point| point.event == event.id);
    let rule = point.and_then(|point| rules.rule(&point.rule));
    let kind = rules.kind(&event.kind).map_or_else(|| event.kind.clone(), |k| frame.text(&k.name).to_owned());
    let became =
        recorded.notes.iter().map(|(kind, note)| frame.aside(frame.t(&format!("credit_act.{}", kind.word())), note));
    EventRow {
        id: event.id.clone(),
        kind,
        on: frame.date(event.on),
        number: recorded.number.clone(),
        agency: places::agency(frame, &desks.catalog, &recorded.agency),
        item: event.item.as_deref().map(|id| places::item(frame, &desks.catalog, id)).unwrap_or_default(),
        points: match point {
            Some(point) => {
                Tag::new(tone(point.points), frame.t2("credit.counts", point.points, frame.date(point.until)))
            }
            None => Tag::new(Tone::Quiet, frame.t("credit.counts_not").to_owned()),
        },
        rule: rule
            .map(|r| frame.aside(frame.text(&r.sentence), frame.t(frame.grade_word(r.grade))))
            .unwrap_or_default(),
        became: became.collect(),
        acts: acts(frame, rules, actor, recorded),
        typed: if sent.event == event.id { sent.note.clone() } else { String::new() },
    }
}

fn tone(points: i64) -> Tone {
    if points < 0 { Tone::Granted } else { Tone::Refer }
}

/// What this reader may do with a record now.
fn acts(frame: &Frame, rules: &Rules, actor: &Actor, recorded: &Recorded) -> Vec<ActChoice> {
    let today = frame.now.date();
    let choice = |word: &'static str| ActChoice { word, label: frame.t(&format!("credit.do_{word}")).to_owned() };
    if actor.staff().is_none() {
        return credit::appeal(rules, &recorded.event, today).map_or_else(|_| Vec::new(), |()| vec![choice("object")]);
    }
    if !recorded.allows(actor, Right::DecideCase) {
        return Vec::new();
    }
    let lodged = recorded.notes.iter().any(|(kind, _)| *kind == ActKind::AppealLodged);
    let answered =
        recorded.notes.iter().any(|(kind, _)| matches!(kind, ActKind::AppealUpheld | ActKind::AppealDismissed));
    let mut acts = Vec::new();
    if lodged && !answered {
        acts.extend([choice("uphold"), choice("dismiss")]);
    }
    if credit::repair(rules, &recorded.event, today).is_ok() {
        acts.push(choice("repair"));
    }
    acts
}

async fn object(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, person.actor());
    let event: Id = sent.event.parse().map_err(|_| Problem::not_found())?;
    let rules = credit::rules_now(&desks.catalog, frame.now)?;
    let done = credit::lodge(&desks.base(), &rules, &actor, (event, &sent.note)).await;
    ended(&desks, &actor, frame, (mine(&person), &sent, done)).await
}

async fn decide(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let whose = holder(&desks, &officer, &frame, &number).await?;
    let event: Id = sent.event.parse().map_err(|_| Problem::not_found())?;
    let kind = match sent.act.as_str() {
        "uphold" => ActKind::AppealUpheld,
        "dismiss" => ActKind::AppealDismissed,
        "repair" => ActKind::Repaired,
        _ => return Err(Problem::not_found()),
    };
    let rules = credit::rules_now(&desks.catalog, frame.now)?;
    let done = credit::decide(&desks.base(), &rules, &actor, (event, kind, &sent.note)).await;
    ended(&desks, &actor, frame, (whose, &sent, done)).await
}

/// Leads back to the page, or shows it again with what was wrong and what was typed.
async fn ended(
    desks: &Desks<'_>,
    actor: &Actor,
    frame: Frame,
    (whose, sent, done): (Whose, &Sent, Result<(), CreditError>),
) -> Result<Response, Problem> {
    let (status, why) = match done {
        Ok(()) => return Ok(Redirect::to(&format!("{}?done=1", whose.action)).into_response()),
        Err(CreditError::Form(errors)) => {
            let why = errors.first().map(|e| frame.text(&e.message).to_owned()).unwrap_or_default();
            (StatusCode::UNPROCESSABLE_ENTITY, why)
        }
        Err(CreditError::Refused(refusal)) => (StatusCode::CONFLICT, refused(&frame, &refusal)),
        Err(CreditError::Forbidden(why)) => (StatusCode::FORBIDDEN, frame.text(&why).to_owned()),
        Err(CreditError::Changed) => (StatusCode::CONFLICT, frame.t("inspect.changed").to_owned()),
        Err(CreditError::NotFound) => return Err(Problem::not_found()),
        Err(CreditError::NoEvidence(why)) => {
            tracing::error!(why, "the log cannot sign: acts on credit wait");
            return Err(Problem::of(StatusCode::SERVICE_UNAVAILABLE));
        }
        Err(CreditError::Fault(fault)) => return Err(fault.into()),
    };
    page_as(status, &built(desks, actor, frame, (whose, (sent, why, false))).await?)
}

fn refused(frame: &Frame, refusal: &Refusal) -> String {
    match refusal {
        Refusal::TooEarly(day) => frame.t1("credit.too_early", frame.date(*day)),
        Refusal::TooLate(day) => frame.t1("credit.too_late", frame.date(*day)),
        Refusal::Already | Refusal::AppealOpen => frame.t("credit.already").to_owned(),
        Refusal::Gone | Refusal::Unsettled | Refusal::Needless => frame.t("credit.needless").to_owned(),
    }
}
