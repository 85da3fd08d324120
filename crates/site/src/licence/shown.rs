//! Showing a licence: the holder chooses what is seen and gets a code for five minutes; whoever scans it sees that and no more.

use affairs::access::Token;
use affairs::licence;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Router};

use super::holder::{own, sheet};
use super::qr;
use super::view::{PresentPage, Row, Sheet, ShownPage};
use crate::frame::Frame;
use crate::pairs::Pairs;
use crate::problem::{Problem, page};
use crate::session::Person;
use crate::state::AppState;

/// What holders do.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/licences/{code}/present", get(choose).post(present))
}

/// What anybody with the address sees.
pub(super) fn public() -> Router<AppState> {
    Router::new().route("/shown/{token}", get(seen))
}

async fn choose(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let held = own(&desks, &person, &code, frame.now.date()).await?;
    let sheet = sheet(&desks, &frame, &held, state.settings().public_origin.trim_end_matches('/')).await?;
    page(&PresentPage {
        rows: rows(&sheet),
        address: String::new(),
        until: String::new(),
        sheet,
        qr_svg: String::new(),
        frame,
    })
}

fn rows(sheet: &Sheet) -> Vec<Row> {
    let row = |(number, line): (usize, &super::view::Line)| Row { number, label: line.label.clone() };
    sheet.lines.iter().enumerate().map(row).collect()
}

async fn present(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(code): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let held = own(&desks, &person, &code, frame.now.date()).await?;
    let origin = state.settings().public_origin.trim_end_matches('/');
    let sheet = sheet(&desks, &frame, &held, origin).await?;
    let chosen = |number: usize| pairs.iter().any(|(name, value)| name == "row" && *value == number.to_string());
    let fields: Vec<String> = (0..sheet.lines.len()).filter(|n| chosen(*n)).map(|n| n.to_string()).collect();
    let token = licence::present(&desks.base(), &held, &fields).await?;
    let address = format!("{origin}/shown/{}", token.reveal());
    let until = frame.moment(frame.now.plus_ms(licence::SHOWN_MS));
    page(&PresentPage { rows: rows(&sheet), qr_svg: qr::svg(&address), address, until, sheet, frame })
}

async fn seen(State(state): State<AppState>, frame: Frame, Path(token): Path<String>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let token = Token::parse(&token).ok_or_else(Problem::not_found)?;
    let shown = licence::shown(desks.store(), &token, frame.now).await?.ok_or_else(Problem::not_found)?;
    let mut sheet = sheet(&desks, &frame, &shown.licence, state.settings().public_origin.trim_end_matches('/')).await?;
    let lines = std::mem::take(&mut sheet.lines);
    let open = |number: &usize| shown.fields.contains(&number.to_string());
    sheet.lines = lines.into_iter().enumerate().filter(|(n, _)| open(n)).map(|(_, line)| line).collect();
    let until = frame.moment(shown.until);
    let drawn = page(&ShownPage { holder: shown.licence.holder_name, sheet, until, frame })?;
    // What is shown for five minutes is kept by nobody on the way.
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], drawn).into_response())
}
