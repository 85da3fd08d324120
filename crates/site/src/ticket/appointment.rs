//! Making an appointment, and the page of one's own.

use affairs::access::Actor;
use affairs::catalog::AppointmentRules;
use affairs::ticket::{self, Appointment, AppointmentState, Book, Hold, TicketError};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kernel::{Date, Id, Moment};
use serde::Deserialize;

use super::take::summary;
use super::view::{AppointmentRow, MinePage, SlotsPage};
use super::{Errors, clock, field, fresh_key, hall, line_name, place_name, told};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, FieldKind, Tag, Tone};
use crate::problem::{Problem, page, page_as};
use crate::session::{Anyone, Person};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/halls/{hall}/appointment", get(choose).post(send))
        .route("/me/appointments", get(mine))
        .route("/appointments/{id}/cancel", post(cancel))
        .route("/appointments/{id}/come", post(come))
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    offer: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    done: String,
}

#[derive(Deserialize, Default)]
struct Sent {
    #[serde(default)]
    offer: String,
    #[serde(default)]
    day: String,
    #[serde(rename = "/at", default)]
    at: String,
    #[serde(default)]
    key: String,
}

async fn choose(
    State(state): State<AppState>,
    Anyone(actor): Anyone,
    frame: Frame,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let sent = Sent { offer: asked.offer, day: asked.day, key: fresh_key(&state), at: String::new() };
    page(&built(&desks, frame, (&id, &sent), (&actor, Vec::new())).await?)
}

/// The days that appointments are made for.
fn days(frame: &Frame, rules: &AppointmentRules) -> Vec<Date> {
    let next = |day: &Date| day.tomorrow().ok();
    let most = usize::try_from(rules.days_ahead).unwrap_or(1);
    std::iter::successors(Some(frame.now.date()), next).take(most).collect()
}

async fn built(
    desks: &Desks<'_>,
    frame: Frame,
    (id, sent): (&str, &Sent),
    (actor, errors): (&Actor, Errors),
) -> Result<SlotsPage, Problem> {
    let hall = hall(desks, &frame, id)?;
    let rules = &desks.catalog.halls().line_law().ok_or_else(Problem::not_found)?.appointment;
    let lines = hall.lines(&desks.catalog, frame.now.date());
    let offer = lines.iter().find(|(offer, _)| offer.id == sent.offer).or(lines.first()).map(|(offer, _)| *offer);
    let offer = offer.ok_or_else(Problem::not_found)?;
    // Only days with a time still to come; a day whose calendar is not published is not offered.
    let ahead = |slots: Vec<affairs::catalog::Slot>| slots.iter().any(|slot| slot.at > frame.now);
    let open = |day: &Date| desks.catalog.hall_slots(hall, &offer.id, *day).is_ok_and(ahead);
    let days: Vec<Date> = days(&frame, rules).into_iter().filter(open).collect();
    let asked: Option<Date> = sent.day.parse().ok();
    let day = asked.filter(|day| days.contains(day)).or(days.first().copied());
    let (slots, none) = match day {
        None => (Vec::new(), frame.t("appointment.no_days").to_owned()),
        Some(day) => match ticket::slots(&desks.approval(), id, (&offer.id, day)).await {
            Ok(slots) if slots.iter().all(|slot| slot.left == 0) => (slots, frame.t("appointment.full").to_owned()),
            Ok(slots) => (slots, String::new()),
            Err(TicketError::Closed(why)) => (Vec::new(), frame.text(&why).to_owned()),
            Err(other) => return Err(other.into()),
        },
    };
    let choices = slots.iter().filter(|slot| slot.left > 0).map(|slot| Choice {
        value: slot.at.to_string(),
        label: frame.t2("appointment.slot", clock(slot.at), slot.left),
        chosen: sent.at == slot.at.to_string(),
    });
    let fields = vec![field("/at", frame.t("appointment.slot_label"), FieldKind::Choice(choices.collect()), &errors)];
    let day_text = |day: Date| day.to_string();
    let here = |offer: &str, day: Option<Date>| match day {
        Some(day) => format!("/halls/{id}/appointment?offer={offer}&day={day}"),
        None => format!("/halls/{id}/appointment?offer={offer}"),
    };
    Ok(SlotsPage {
        hall: frame.text(&hall.name).to_owned(),
        place: place_name(desks, &frame, hall),
        back: format!("/halls/{}", hall.region),
        action: format!("/halls/{id}/appointment"),
        lines: lines
            .iter()
            .map(|(o, _)| (here(&o.id, day), frame.text(&o.name).to_owned(), o.id == offer.id))
            .collect(),
        days: days.iter().map(|d| (here(&offer.id, Some(*d)), frame.date(*d), Some(*d) == day)).collect(),
        offer: offer.id.clone(),
        day: day.map(day_text).unwrap_or_default(),
        errors: summary(&fields),
        none,
        fields,
        key: sent.key.clone(),
        sign_in: actor.person().is_none(),
        rules: vec![
            frame.t2("appointment.rule_hold", rules.early_minutes, rules.late_minutes),
            frame.t1("appointment.rule_open", rules.open_most),
            frame.t("appointment.rule_line").to_owned(),
        ],
        frame,
    })
}

async fn send(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(id): Path<String>,
    Form(mut sent): Form<Sent>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    if sent.key.len() < 8 {
        sent.key = fresh_key(&state);
    }
    let actor = person.actor();
    let errors = match sent.at.parse::<Moment>() {
        Err(_) => vec![("/at".to_owned(), frame.t("appointment.choose").to_owned())],
        Ok(at) => {
            let (party, key) = (Some(&person.0.party), sent.key.as_str());
            let asked = Book { hall: &id, offer: &sent.offer, item: None, at, party, key };
            match ticket::book(&desks.approval(), &actor, &asked).await {
                Ok(_) => return Ok(Redirect::to("/me/appointments?done=booked").into_response()),
                Err(TicketError::Form(errors)) => told(&frame, &errors),
                Err(TicketError::NotAllowed(why)) => vec![("/at".to_owned(), frame.text(&why).to_owned())],
                Err(other) => return Err(other.into()),
            }
        }
    };
    // Whatever was wrong is told at the slots: line and day are chosen by links.
    let errors = errors.into_iter().map(|(_, why)| ("/at".to_owned(), why)).collect();
    page_as(StatusCode::UNPROCESSABLE_ENTITY, &built(&desks, frame, (&id, &sent), (&actor, errors)).await?)
}

pub(super) fn tag(frame: &Frame, state: AppointmentState, hold: Hold) -> Tag {
    let (tone, word) = match (state, hold) {
        (AppointmentState::Came, _) => (Tone::Granted, "appointment.came"),
        (AppointmentState::Cancelled, _) => (Tone::Quiet, "appointment.cancelled"),
        (AppointmentState::Booked, Hold::Missed) => (Tone::Refer, "appointment.missed"),
        (AppointmentState::Booked, _) => (Tone::Waiting, "appointment.booked"),
    };
    Tag::new(tone, frame.t(word).to_owned())
}

fn row(desks: &Desks<'_>, frame: &Frame, one: &Appointment) -> AppointmentRow {
    let halls = desks.catalog.halls();
    let hold = halls.line_law().map_or(Hold::Over, |law| one.hold(&law.appointment, frame.now));
    let may = |possible: bool, act: &str| {
        if possible { format!("/appointments/{}/{act}", one.id) } else { String::new() }
    };
    AppointmentRow {
        at: one.at,
        name: halls.get(&one.hall).map_or_else(|| one.hall.clone(), |hall| frame.text(&hall.name).to_owned()),
        line: line_name(desks, frame, &one.offer),
        tag: tag(frame, one.state, hold),
        cancel: may(matches!(hold, Hold::Ahead | Hold::Now), "cancel"),
        come: may(hold == Hold::Now, "come"),
        ticket: one.ticket.map(|id| format!("/tickets/{id}")).unwrap_or_default(),
    }
}

async fn mine(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let done = match asked.done.as_str() {
        "booked" => frame.t("appointment.done_booked").to_owned(),
        "cancelled" => frame.t("appointment.done_cancelled").to_owned(),
        _ => String::new(),
    };
    page(&mine_page(&desks, &person, frame, (done, String::new())).await?)
}

async fn mine_page(
    desks: &Desks<'_>,
    person: &Person,
    frame: Frame,
    (done, error): (String, String),
) -> Result<MinePage, Problem> {
    let found = ticket::of_party(desks.store(), person.0.party.id, frame.now).await?;
    Ok(MinePage { done, error, rows: found.iter().map(|one| row(desks, &frame, one)).collect(), frame })
}

async fn cancel(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    match ticket::cancel(&desks.approval(), &person.actor(), id).await {
        Ok(_) => Ok(Redirect::to("/me/appointments?done=cancelled").into_response()),
        Err(error) => refused(&desks, &person, frame, error).await,
    }
}

async fn come(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    match ticket::come(&desks.approval(), &person.actor(), id).await {
        Ok((_, ticket)) => Ok(Redirect::to(&format!("/tickets/{}", ticket.id)).into_response()),
        Err(error) => refused(&desks, &person, frame, error).await,
    }
}

async fn refused(desks: &Desks<'_>, person: &Person, frame: Frame, error: TicketError) -> Result<Response, Problem> {
    match error {
        TicketError::NotAllowed(why) | TicketError::Closed(why) => {
            let why = frame.text(&why).to_owned();
            page_as(StatusCode::CONFLICT, &mine_page(desks, person, frame, (String::new(), why)).await?)
        }
        other => Err(other.into()),
    }
}
