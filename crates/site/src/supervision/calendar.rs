//! A holder's calendar: until when his licences hold, what is to be looked at and until when, what was found and what he must still do.
//! Visits that are only planned do not stand in it: nobody is told beforehand.

use affairs::access::{MandateAct, PersonActor};
use affairs::licence::{self, Status};
use affairs::supervision::{self, Duty, Inspection, InspectionState};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use kernel::{Date, Moment, Text};

use super::tabs::tag;
use super::warning_view::{CalendarMonth, CalendarPage, CalendarRow};
use crate::catalog::places as names;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Tag, Tone};
use crate::problem::{Problem, page};
use crate::session::Person;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/me/calendar", get(show))
}

async fn show(State(state): State<AppState>, person: Person, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let mut rows = Vec::new();
    let party = person.0.principal().id;
    for held in licence::held_by(desks.store(), party).await? {
        if !sees(&person.0, &held.item, frame.now.date()) {
            continue;
        }
        if held.status == Status::Valid {
            rows.extend(held.valid_to.map(|last| CalendarRow {
                on: last,
                what: frame.t1("calendar.ends", names::item(&frame, &desks.catalog, &held.item)),
                note: held.code.clone(),
                href: format!("/licences/{}", held.code),
                tag: None,
            }));
        }
        for duty in supervision::duties_of(desks.store(), held.case_id).await? {
            rows.extend(due(&desks, &frame, &duty));
        }
    }
    for inspection in supervision::inspections_at(desks.store(), party).await? {
        if sees(&person.0, &inspection.item, frame.now.date()) {
            rows.extend(seen(&desks, &frame, &inspection));
        }
    }
    rows.sort_by(|a, b| (a.on, &a.what).cmp(&(b.on, &b.what)));
    let today = frame.now.date();
    let (past, ahead): (Vec<CalendarRow>, Vec<CalendarRow>) = rows.into_iter().partition(|row| row.on < today);
    page(&CalendarPage {
        name: person.0.principal().name.clone(),
        ahead: months(&frame, ahead),
        past: months(&frame, past.into_iter().rev().take(100).collect()),
        frame,
    })
}

fn sees(person: &PersonActor, item: &str, today: Date) -> bool {
    person.may_act_for(person.principal().id, MandateAct::View, Some(item), today)
}

/// Until when somebody looks after a licence, where that is still to come.
fn due(desks: &Desks<'_>, frame: &Frame, duty: &Duty) -> Option<CalendarRow> {
    let last = |due: Moment| due.plus_ms(-1).date();
    let on = duty.action_due_at.filter(|_| duty.state.is_open() && duty.acted_at.is_none()).map(last)?;
    let what: Text = serde_json::from_value(duty.what.clone()).unwrap_or_default();
    Some(CalendarRow {
        on,
        what: frame.t1("calendar.looked_at", frame.text(&what)),
        note: names::agency(frame, &desks.catalog, &duty.agency),
        href: String::new(),
        tag: None,
    })
}

/// What an inspection found, and what follows from it for the holder.
fn seen(desks: &Desks<'_>, frame: &Frame, inspection: &Inspection) -> Vec<CalendarRow> {
    let Some(at) = inspection.concluded_at else { return Vec::new() };
    let (href, agency) =
        (format!("/inspections/{}", inspection.number), names::agency(frame, &desks.catalog, &inspection.agency));
    let row = |on: Date, key: &str, tag: Option<Tag>| CalendarRow {
        on,
        what: frame.t1(key, names::item(frame, &desks.catalog, &inspection.item)),
        note: agency.clone(),
        href: href.clone(),
        tag,
    };
    let mut rows = vec![row(at.date(), "calendar.inspected", Some(tag(frame, inspection)))];
    if inspection.state == InspectionState::Mending {
        let tone = Tag::new(Tone::Refer, frame.t("calendar.to_do").to_owned());
        rows.extend(inspection.mend_by.map(|day| row(day, "calendar.mend", Some(tone))));
    }
    let objects = inspection.appeal_due_at.filter(|due| inspection.appealed_at.is_none() && *due > frame.now);
    rows.extend(objects.map(|due| row(due.plus_ms(-1).date(), "calendar.object", None)));
    rows
}

/// Rows by month, in their order.
fn months(frame: &Frame, rows: Vec<CalendarRow>) -> Vec<CalendarMonth> {
    let mut all: Vec<CalendarMonth> = Vec::new();
    for row in rows {
        let name = frame.t2("calendar.month", row.on.year(), row.on.month());
        match all.last_mut() {
            Some(month) if month.name == name => month.rows.push(row),
            _ => all.push(CalendarMonth { name, rows: vec![row] }),
        }
    }
    all
}
