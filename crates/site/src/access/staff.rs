//! Sign-in of officers by name and password, and where an officer's rights lead after it.

use affairs::access::{AccessError, Right, sign_in};
use axum::Form;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use axum::routing::get;
use kernel::Moment;
use serde::Deserialize;

use super::arrive::{Way, enter, local};
use super::view::StaffSignInPage;
use crate::frame::{Frame, Place};
use crate::limits::Client;
use crate::pieces::ErrorLine;
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/sign-in", get(show).post(enter_by_password)).route("/staff", get(first_place))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

async fn show(frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let next = local(&asked.next).unwrap_or("/staff").to_owned();
    page(&StaffSignInPage { name: String::new(), next, errors: Vec::new(), frame })
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

async fn enter_by_password(
    State(state): State<AppState>,
    (frame, Client(client), way): (Frame, Client, Way),
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    state.limits().sign_in(client)?;
    let desks = state.desks()?;
    let next = local(&sent.next).unwrap_or("/staff").to_owned();
    match sign_in::by_password(&desks.base(), &sent.name, &sent.password, &way.arrival()).await {
        Ok(signed_in) => enter(&state, &signed_in, &next),
        Err(AccessError::SignInRefused { retry_at }) => {
            let errors = vec![ErrorLine { href: "#f-name".to_owned(), message: refused(&frame, retry_at) }];
            let name = sent.name.chars().take(64).collect();
            page_as(StatusCode::UNAUTHORIZED, &StaffSignInPage { name, next, errors, frame })
        }
        Err(other) => Err(other.into()),
    }
}

/// The same words for a wrong name, a wrong password and a closed account.
fn refused(frame: &Frame, retry_at: Option<Moment>) -> String {
    match retry_at {
        // The wait ends within its minute; the next one is safe.
        Some(at) => frame.t1("sign_in.refused_until", frame.moment(at.plus_ms(59_999))),
        None => frame.t("sign_in.refused").to_owned(),
    }
}

/// The place an officer's work begins at.
async fn first_place(Officer(officer): Officer, frame: Frame) -> Redirect {
    let places = [
        (Right::ViewCase, "/staff/queue"),
        (Right::Receive, "/staff/window"),
        (Right::ViewDuty, "/staff/duties"),
        (Right::Audit, "/staff/audit"),
        (Right::ManageStaff, "/staff/accounts"),
    ];
    let first = places.into_iter().find(|(right, _)| officer.scopes.allow_somewhere(*right));
    // Who has no right of staff may be a village agent: his navigation says so.
    let own = frame.visitor.and_then(|visitor| visitor.places.first().map(Place::href));
    Redirect::to(first.map(|(_, place)| place).or(own).unwrap_or("/sessions"))
}
