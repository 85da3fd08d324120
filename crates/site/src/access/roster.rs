//! One's own post: when one is away and who stands in, and about whom one may not decide.

use affairs::access::{AccessError, FieldFault, NewAbsence, NewTie, Right, TieKind, absence, tie};
use affairs::approval;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::Id;
use serde::Deserialize;

use super::account_forms::{blame, field, line};
use super::view::{AwayRow, RosterPage, TieRow};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, FieldKind, Section, error_lines};
use crate::problem::{Problem, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/roster", get(show))
        .route("/staff/roster/away", post(away))
        .route("/staff/roster/away/{id}/end", post(back))
        .route("/staff/roster/ties", post(tied))
}

/// The form of an absence.
#[derive(Deserialize, Default)]
struct AwayForm {
    #[serde(rename = "/account", default)]
    account: String,
    #[serde(rename = "/from", default)]
    from: String,
    #[serde(rename = "/to", default)]
    to: String,
    #[serde(rename = "/deputy", default)]
    deputy: String,
    #[serde(rename = "/reason", default)]
    reason: String,
}

/// The form of a tie.
#[derive(Deserialize, Default)]
struct TieForm {
    #[serde(rename = "/kind", default)]
    kind: String,
    #[serde(rename = "/code", default)]
    code: String,
    #[serde(rename = "/name", default)]
    name: String,
}

/// What was typed and what is wrong with it.
#[derive(Default)]
struct Typed {
    away: AwayForm,
    away_faults: Vec<FieldFault>,
    tie: TieForm,
    tie_faults: Vec<FieldFault>,
}

async fn show(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    page_as(StatusCode::OK, &built(&state.desks()?, &officer, frame, Typed::default()).await?)
}

async fn away(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(form): Form<AwayForm>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let new = match new_absence(&officer, &form) {
        Ok(new) => new,
        Err(faults) => return again(&desks, &officer, frame, away_wrong(form, faults)).await,
    };
    match absence::declare(&desks.base(), &officer.actor(), &new).await {
        Ok(_) => {
            approval::hand_on(&desks.approval(), new.account).await?;
            Ok(Redirect::to("/staff/roster").into_response())
        }
        Err(AccessError::Invalid(faults)) => again(&desks, &officer, frame, away_wrong(form, faults)).await,
        Err(other) => Err(other.into()),
    }
}

fn away_wrong(away: AwayForm, away_faults: Vec<FieldFault>) -> Typed {
    Typed { away, away_faults, ..Typed::default() }
}

fn new_absence<'a>(officer: &Officer, form: &'a AwayForm) -> Result<NewAbsence<'a>, Vec<FieldFault>> {
    let day = kernel::Text::new("请选择日期", "Choose a day");
    let (from, to) = (form.from.parse(), form.to.parse());
    let tests = [("from", from.is_ok()), ("to", to.is_ok())];
    let wrong = tests.into_iter().filter(|(_, given)| !given);
    let faults: Vec<_> = wrong.map(|(field, _)| FieldFault { field, reason: day.clone() }).collect();
    match (from, to) {
        (Ok(from), Ok(to)) => Ok(NewAbsence {
            account: form.account.parse().unwrap_or(officer.0.account),
            from,
            to,
            deputy: form.deputy.parse().ok(),
            reason: &form.reason,
        }),
        _ => Err(faults),
    }
}

async fn back(State(state): State<AppState>, officer: Officer, Path(id): Path<String>) -> Result<Redirect, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    absence::end(&state.desks()?.base(), &officer.actor(), id).await?;
    Ok(Redirect::to("/staff/roster"))
}

async fn tied(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(form): Form<TieForm>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let wrong = |tie, tie_faults| Typed { tie, tie_faults, ..Typed::default() };
    let Some(kind) = TieKind::from_word(&form.kind) else {
        let reason = kernel::Text::new("请选择一项", "Choose one");
        return again(&desks, &officer, frame, wrong(form, vec![FieldFault { field: "kind", reason }])).await;
    };
    let new = NewTie { account: officer.0.account, kind, code: &form.code, name: &form.name };
    match tie::declare(&desks.base(), &officer.actor(), &new).await {
        Ok(()) => {
            approval::hand_on(&desks.approval(), officer.0.account).await?;
            Ok(Redirect::to("/staff/roster").into_response())
        }
        Err(AccessError::Invalid(faults)) => again(&desks, &officer, frame, wrong(form, faults)).await,
        Err(other) => Err(other.into()),
    }
}

async fn again(desks: &Desks<'_>, officer: &Officer, frame: Frame, typed: Typed) -> Result<Response, Problem> {
    page_as(StatusCode::UNPROCESSABLE_ENTITY, &built(desks, officer, frame, typed).await?)
}

async fn built(desks: &Desks<'_>, officer: &Officer, frame: Frame, typed: Typed) -> Result<RosterPage, Problem> {
    let (store, me, today) = (desks.store(), officer.0.account, frame.now.date());
    let colleagues = absence::colleagues(store, &desks.office.shard, me).await?;
    let leads = officer.0.scopes.allow_somewhere(Right::Lead);
    let own = (me, officer.0.name.clone(), officer.0.post.clone());
    let people: Vec<_> =
        if leads { std::iter::once(own).chain(colleagues.iter().cloned()).collect() } else { vec![own] };
    let mut away = Vec::new();
    for (account, name, _) in &people {
        for absence in absence::of(store, *account, today).await? {
            let deputy = absence.deputy.and_then(|id| colleagues.iter().find(|c| c.0 == id));
            away.push(AwayRow {
                who: name.clone(),
                from: absence.from,
                to: absence.to,
                deputy: deputy.map(|(_, name, _)| name.clone()).unwrap_or_default(),
                reason: absence.reason.clone(),
                end: format!("/staff/roster/away/{}/end", absence.id),
            });
        }
    }
    let ties = tie::of(store, me).await?.into_iter().map(|tie| TieRow {
        kind: frame.t(&format!("roster.{}", tie.kind.word())).to_owned(),
        code: tie.masked_code(),
        name: tie.name,
    });
    let ties = ties.collect();
    let away_form = away_form(&frame, (&people, &colleagues, leads), &typed);
    let tie_form = tie_form(&frame, &typed);
    let errors = error_lines(&away_form).into_iter().chain(error_lines(&tie_form)).collect();
    Ok(RosterPage { frame, errors, away, away_form, ties, tie_form })
}

type Person = (Id, String, String);

fn choices(people: &[Person], chosen: &str) -> FieldKind {
    let choice = |(id, name, post): &Person| Choice {
        value: id.to_string(),
        label: format!("{name}（{post}）"),
        chosen: id.to_string() == chosen,
    };
    FieldKind::Select(people.iter().map(choice).collect())
}

fn away_form(frame: &Frame, (people, colleagues, leads): (&[Person], &[Person], bool), typed: &Typed) -> Vec<Section> {
    let form = &typed.away;
    let mut fields = Vec::new();
    if leads {
        fields.push(field(frame, "account", "roster.who", choices(people, &form.account), ""));
    }
    fields.push(field(frame, "from", "roster.from", FieldKind::Date, &form.from));
    fields.push(field(frame, "to", "roster.to", FieldKind::Date, &form.to));
    let mut deputy = field(frame, "deputy", "roster.deputy", choices(colleagues, &form.deputy), "");
    let mut reason = field(frame, "reason", "roster.reason", line(), &form.reason);
    (deputy.optional, reason.optional) = (true, true);
    fields.extend([deputy, reason]);
    blame(frame, &mut fields, &typed.away_faults);
    vec![Section { title: String::new(), hint: String::new(), fields }]
}

fn tie_form(frame: &Frame, typed: &Typed) -> Vec<Section> {
    let form = &typed.tie;
    let kind = |kind: TieKind| Choice {
        value: kind.word().to_owned(),
        label: frame.t(&format!("roster.{}", kind.word())).to_owned(),
        chosen: kind.word() == form.kind,
    };
    let mut fields = vec![
        field(frame, "kind", "roster.kind", FieldKind::Select(TieKind::ALL.map(kind).to_vec()), ""),
        field(frame, "code", "roster.code", line(), &form.code),
        field(frame, "name", "roster.name", line(), &form.name),
    ];
    blame(frame, &mut fields, &typed.tie_faults);
    vec![Section { title: String::new(), hint: String::new(), fields }]
}
