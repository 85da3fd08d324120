//! A licence at the workbench of the agency that granted it: how it stands, what happened to it, and what its head may do with it.

use affairs::access::Right;
use affairs::licence::Licence;
use affairs::supervision::{self, LifeAct, LifeLine, LifeRule, LifeTyped};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::{LicenceCode, Text};
use serde::Deserialize;

use super::duty::wrong;
use super::tabs::{field, line, places};
use super::view::{LicencesPage, LifeActPage, LifeOffer, LifePage};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::licence::holder;
use crate::office::Desks;
use crate::pairs::{Pairs, sent, version};
use crate::pieces::{Choice, ErrorLine, EventView, FieldKind, FieldView, Link, Width, field_id};
use crate::problem::{FieldError, Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

/// Where officers find them.
const DESK: &str = "/staff/licences";
/// The longest number looked at.
const LONGEST_CODE: usize = 200;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(DESK, get(find))
        .route("/staff/licences/{code}", get(show))
        .route("/staff/licences/{code}/{act}", get(ask).post(act))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(rename = "/code")]
    code: Option<String>,
    #[serde(default)]
    done: String,
}

async fn find(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::ViewCase) {
        return Err(Problem::not_found());
    }
    let Some(typed) = asked.code else { return page(&found(frame, "", Vec::new())) };
    let typed: String = typed.chars().take(LONGEST_CODE).collect();
    let none = |message: Text| vec![FieldError { pointer: "/code".to_owned(), code: "number".into(), message }];
    let code = match LicenceCode::read(&typed) {
        Ok(read) => read.value.to_string(),
        Err(error) => {
            return page_as(StatusCode::UNPROCESSABLE_ENTITY, &found(frame, &typed, none(error.text())));
        }
    };
    let desks = state.desks()?;
    match supervision::life_file(&desks.approval(), &officer.actor(), &code).await {
        Ok(file) => Ok(Redirect::to(&format!("{DESK}/{}", file.licence.code)).into_response()),
        Err(supervision::SupervisionError::NotFound) => {
            let message = Text::new(
                "没有这个编号的证照，或者不由您的机关管",
                "No licence has this number, or it is not your agency's",
            );
            page_as(StatusCode::NOT_FOUND, &found(frame, &typed, none(message)))
        }
        Err(other) => Err(other.into()),
    }
}

fn found(frame: Frame, typed: &str, errors: Vec<FieldError>) -> LicencesPage {
    let input = field(&frame, ("/code", "licence.number", "verify.hint"), (line(Width::Long, "text"), typed), &errors);
    LicencesPage { filters: places(&frame, DESK), errors: lines(&frame, &errors), field: input, frame }
}

fn lines(frame: &Frame, errors: &[FieldError]) -> Vec<ErrorLine> {
    let line = |e: &FieldError| ErrorLine {
        href: format!("#{}", field_id(&e.pointer)),
        message: frame.text(&e.message).to_owned(),
    };
    errors.iter().map(line).collect()
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    (Path(code), Query(asked)): (Path<String>, Query<Asked>),
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let file = supervision::life_file(&desks.approval(), &officer.actor(), &code).await?;
    let held = &file.licence;
    let mut events: Vec<EventView> = file.acts.iter().map(|act| event(&desks, &frame, (held, act))).collect();
    events.push(EventView {
        at: held.issued_at,
        what: frame.t("hold.issued").to_owned(),
        who: names::agency(&frame, &desks.catalog, &held.agency),
        href: None,
    });
    page(&LifePage {
        name: holder::name(&desks, &frame, held),
        state: holder::tag(&frame, held),
        pairs: pairs(&desks, &frame, held),
        done: !asked.done.is_empty(),
        offers: file.may.iter().map(|rule| offer(&frame, held, rule)).collect(),
        events,
        frame,
    })
}

fn pairs(desks: &Desks<'_>, frame: &Frame, held: &Licence) -> Vec<(String, String)> {
    let until = held.valid_to.map(|to| frame.date(to)).unwrap_or_default();
    let all = [
        ("licence.number", held.code.clone()),
        ("open.holder", held.holder_name.clone()),
        ("case.item", names::item(frame, &desks.catalog, &held.item)),
        ("verify.issuer", names::agency(frame, &desks.catalog, &held.agency)),
        ("queue.region", names::region(frame, &desks.catalog, &held.region)),
        ("verify.from", frame.date(held.valid_from)),
        ("verify.to", until),
    ];
    let filled = all.into_iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(key, value)| (frame.t(key).to_owned(), value)).collect()
}

fn offer(frame: &Frame, held: &Licence, rule: &LifeRule) -> LifeOffer {
    LifeOffer {
        href: format!("{DESK}/{}/{}", held.code, rule.act.word()),
        name: frame.text(&rule.name).to_owned(),
        note: frame.text(&rule.note).to_owned(),
    }
}

/// One act in the licence's story.
pub(crate) fn event(desks: &Desks<'_>, frame: &Frame, (held, act): (&Licence, &LifeLine)) -> EventView {
    let what = frame.t(&format!("life_act.{}", act.act.word())).to_owned();
    let until = act.until.map(|day| frame.t1("life.until_day", frame.date(day))).unwrap_or_default();
    let more: Vec<&str> = [act.decision.as_str(), &until].into_iter().filter(|part| !part.is_empty()).collect();
    EventView {
        at: act.at,
        what: frame.aside(&what, &more.join(" · ")),
        who: names::agency(frame, &desks.catalog, &held.agency),
        href: None,
    }
}

/// The rule of an act that may be done now.
async fn offered(
    desks: &Desks<'_>,
    officer: &Officer,
    (code, act): (&str, &str),
) -> Result<(Licence, Option<LifeRule>, LifeAct), Problem> {
    let act = LifeAct::from_word(act).ok_or_else(Problem::not_found)?;
    let file = supervision::life_file(&desks.approval(), &officer.actor(), code).await?;
    let rule = file.may.into_iter().find(|rule| rule.act == act);
    Ok((file.licence, rule, act))
}

async fn ask(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((code, act)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (held, rule, _) = offered(&desks, &officer, (&code, &act)).await?;
    let Some(rule) = rule else { return Ok(Redirect::to(&format!("{DESK}/{}", held.code)).into_response()) };
    page(&form(&desks, frame, (&held, &rule), (&Vec::new(), &[], String::new())))
}

fn form(
    desks: &Desks<'_>,
    frame: Frame,
    (held, rule): (&Licence, &LifeRule),
    (typed, errors, why): (&Vec<(String, String)>, &[FieldError], String),
) -> LifeActPage {
    let whole = (!why.is_empty()).then(|| ErrorLine { href: "#act".to_owned(), message: why });
    LifeActPage {
        back: Link {
            href: format!("{DESK}/{}", held.code),
            text: holder::name(desks, &frame, held),
            hint: String::new(),
        },
        name: frame.text(&rule.name).to_owned(),
        note: frame.text(&rule.note).to_owned(),
        remedies: frame.text(&rule.remedies).to_owned(),
        action: format!("{DESK}/{}/{}", held.code, rule.act.word()),
        version: held.version,
        errors: whole.into_iter().chain(lines(&frame, errors)).collect(),
        fields: fields(&frame, rule, typed, errors),
        frame,
    }
}

fn fields(frame: &Frame, rule: &LifeRule, typed: &[(String, String)], errors: &[FieldError]) -> Vec<FieldView> {
    let value = |name: &str| typed.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let ground = |ground: &supervision::LifeGround| Choice {
        value: ground.id.clone(),
        label: basis(frame, ground),
        chosen: ground.id == value("/ground"),
    };
    let one = |names, kind, pointer| field(frame, names, (kind, value(pointer)), errors);
    let grounds = FieldKind::Choice(rule.grounds.iter().map(ground).collect());
    let mut all = vec![
        one(("/ground", "life.ground", ""), grounds, "/ground"),
        one(("/decision", "life.decision", "life.decision_hint"), line(Width::Long, "text"), "/decision"),
        one(("/reasons", "life.reasons", "life.reasons_hint"), FieldKind::Lines { rows: 4 }, "/reasons"),
    ];
    if rule.until {
        all.push(one(("/until", "life.until", ""), FieldKind::Date, "/until"));
    }
    if rule.heard {
        let ticked = !value("/heard").is_empty();
        let kind = FieldKind::Tick { statement: frame.t("life.heard").to_owned(), ticked };
        all.push(one(("/heard", "life.heard_label", ""), kind, "/heard"));
    }
    all
}

/// A ground with its article and how well it is known.
fn basis(frame: &Frame, ground: &supervision::LifeGround) -> String {
    let sentence = frame.text(&ground.sentence);
    let grade = frame.t(frame.grade_word(ground.grade));
    if ground.article.is_empty() {
        frame.aside(sentence, grade)
    } else {
        frame.aside(sentence, &format!("{} · {grade}", frame.t1("life.article", &ground.article)))
    }
}

async fn act(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((code, act)): Path<(String, String)>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (held, rule, act) = offered(&desks, &officer, (&code, &act)).await?;
    let typed = LifeTyped {
        ground: sent(&pairs, "/ground").to_owned(),
        decision: sent(&pairs, "/decision").to_owned(),
        reasons: sent(&pairs, "/reasons").to_owned(),
        until: sent(&pairs, "/until").to_owned(),
        heard: !sent(&pairs, "/heard").is_empty(),
    };
    let asked = (held.code.as_str(), version(&pairs), act);
    let done = supervision::life_act(&desks.approval(), &officer.actor(), asked, &typed).await;
    let (status, errors, why) = match done {
        Ok(turned) => return Ok(Redirect::to(&format!("{DESK}/{}?done=1", turned.code)).into_response()),
        Err(error) => wrong(&frame, error)?,
    };
    match rule {
        Some(rule) => page_as(status, &form(&desks, frame, (&held, &rule), (&pairs, &errors, why))),
        // It stands otherwise by now, or somebody else signs: nothing to fill in.
        None => Err(Problem::of(status)),
    }
}
