//! Sign-in of citizens: an identity provider says who somebody is, and its statement opens a session once.
//!
//! A provider is begun with a word that stands in a cookie and must come back with the answer, so that nobody is signed
//! in by an answer another browser asked for. The marked demonstration provider is begun at the server's console and
//! has no such word; its answer is shown first and spent by a button.

use std::collections::BTreeMap;

use affairs::access::{AccessError, Identity, IdentityProvider, IdentityRefused, sign_in};
use axum::Form;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Text;
use serde::Deserialize;

use super::arrive::{Way, enter, local, with_cookie};
use super::view::{LinkPage, ProviderView, SignInPage};
use crate::cookies::{self, Cookie};
use crate::frame::Frame;
use crate::limits::Client;
use crate::office::Desks;
use crate::problem::{Problem, page};
use crate::state::AppState;

/// The cookie that ties a provider's answer to the browser that asked: `WORD.NEXT`.
const BEGUN: &str = "sign-in";
/// How long a provider may take, in seconds.
const BEGUN_SECONDS: i64 = 15 * 60;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(show))
        .route("/sign-in/with/{provider}", get(begin))
        .route("/sign-in/{provider}", get(answer).post(finish))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

async fn show(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let next = local(&asked.next).unwrap_or("/me");
    let provider = |p: &dyn IdentityProvider| ProviderView {
        name: frame.text(&p.name()).to_owned(),
        demonstration: p.is_demonstration(),
        action: format!("/sign-in/with/{}?next={next}", p.id()),
    };
    let providers = desks.office.providers.iter().map(|p| provider(&**p)).collect();
    page(&SignInPage { providers, frame })
}

/// Sends the browser to a provider, with the word that must come back.
async fn begin(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let provider = find(&desks, &id)?;
    let mut chance = [0; 16];
    state.entropy().fill(&mut chance);
    let word = hex::encode(chance);
    let next = URL_SAFE_NO_PAD.encode(local(&asked.next).unwrap_or("/me"));
    let to = Redirect::to(&provider.begin(&word)).into_response();
    let value = format!("{word}.{next}");
    let line = Cookie { value: &value, ..begun(&state, Some(BEGUN_SECONDS)) }.line();
    Ok(with_cookie(to, line.ok_or_else(|| Problem::fault("the word of a sign-in is no cookie value"))?))
}

fn begun(state: &AppState, max_age_seconds: Option<i64>) -> Cookie<'static> {
    Cookie { name: BEGUN, value: "", max_age_seconds, secure: state.settings().tls }
}

/// The way back from a provider. A statement this browser asked for opens the session; the demonstration's is shown
/// first, because its link may be opened by a preview.
async fn answer(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(answer): Query<BTreeMap<String, String>>,
    (frame, headers, Client(client), way): (Frame, HeaderMap, Client, Way),
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let provider = find(&desks, &id)?;
    if !provider.is_demonstration() {
        let next = asked_here(&headers, &answer).ok_or_else(gone_wrong)?;
        state.limits().sign_in(client)?;
        let identity = identity(provider, &answer, &state).await?;
        let entered = open(&state, &desks, (&identity, &way), &next).await?;
        return Ok(match begun(&state, Some(0)).line() {
            Some(line) => with_cookie(entered, line),
            None => entered,
        });
    }
    let Some(ticket) = answer.get("ticket") else { return Ok(Redirect::to("/sign-in").into_response()) };
    let identity = identity(provider, &answer, &state).await?;
    let mut fields = vec![("ticket", ticket.clone())];
    if let Some(next) = answer.get("next").and_then(|n| local(n)) {
        fields.push(("next", next.to_owned()));
    }
    page(&LinkPage { name: identity.name, action: format!("/sign-in/{id}"), fields, frame })
}

/// The button below the demonstration's ticket.
async fn finish(
    State(state): State<AppState>,
    Path(id): Path<String>,
    (Client(client), way): (Client, Way),
    Form(answer): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let provider = find(&desks, &id)?;
    if !provider.is_demonstration() {
        return Err(gone_wrong());
    }
    state.limits().sign_in(client)?;
    let identity = identity(provider, &answer, &state).await?;
    let next = answer.get("next").and_then(|n| local(n)).unwrap_or("/me");
    open(&state, &desks, (&identity, &way), next).await
}

async fn open(
    state: &AppState,
    desks: &Desks<'_>,
    (identity, way): (&Identity, &Way),
    next: &str,
) -> Result<Response, Problem> {
    let signed_in = sign_in::by_identity(&desks.base(), identity, &way.arrival()).await;
    // A statement that was used, or an account that is closed: either way this answer opens nothing more.
    let signed_in = signed_in.map_err(|error| match error {
        AccessError::SignInRefused { .. } => AccessError::LinkInvalid,
        other => other,
    })?;
    enter(state, &signed_in, next)
}

async fn identity(
    provider: &dyn IdentityProvider,
    answer: &BTreeMap<String, String>,
    state: &AppState,
) -> Result<Identity, Problem> {
    provider.finish(answer, state.clock().now()).await.map_err(|refused| match refused {
        IdentityRefused::NotAccepted => AccessError::LinkInvalid.into(),
        IdentityRefused::Unavailable => Problem::of(StatusCode::SERVICE_UNAVAILABLE).detail(Text::new(
            "身份认证平台暂时没有应答，请稍后再试。已填写的内容不会丢失。",
            "The identity provider does not answer. Try again later; nothing you entered is lost.",
        )),
    })
}

/// Where to go on, if the answer carries the word this browser was sent away with.
fn asked_here(headers: &HeaderMap, answer: &BTreeMap<String, String>) -> Option<String> {
    let (word, next) = cookies::read(headers, BEGUN)?.split_once('.')?;
    let next = String::from_utf8(URL_SAFE_NO_PAD.decode(next).ok()?).ok()?;
    (answer.get("state").map(String::as_str) == Some(word)).then(|| local(&next).unwrap_or("/me").to_owned())
}

fn find<'a>(desks: &Desks<'a>, id: &str) -> Result<&'a dyn IdentityProvider, Problem> {
    desks.office.providers.iter().map(|p| &**p).find(|p| p.id() == id).ok_or_else(Problem::not_found)
}

fn gone_wrong() -> Problem {
    Problem::of(StatusCode::BAD_REQUEST).detail(Text::new(
        "登录没有完成，或者不是在这个浏览器里开始的。请回到登录页重新开始。",
        "The sign-in was not finished, or not begun in this browser. Go back to the sign-in page and begin again.",
    ))
}
