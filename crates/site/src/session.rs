//! Who is there: resolves the session of a request, and lets handlers ask for a person or an officer.
//!
//! The token comes in a cookie (pages) or as `Authorization: Bearer` (programs). A request without either, or with one
//! that opens nothing, is anonymous: pages for everybody stay open, the others lead to the sign-in.

use affairs::access::{self, Actor, Mandate, MandateAct, PersonActor, Right, StaffActor, Token};
use affairs::{agent, message};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{Date, Id};

use crate::cookies::{self, Cookie};
use crate::frame::{Place, Side, Visitor};
use crate::problem::Problem;
use crate::state::AppState;

/// The cookie of a session. With TLS its name binds it to this host and path.
pub fn cookie_name(tls: bool) -> &'static str {
    if tls { "__Host-session" } else { "session" }
}

/// The `Set-Cookie` line that opens a session in the browser; an empty token ends it.
pub fn cookie(state: &AppState, token: Option<&Token>) -> Option<HeaderValue> {
    let tls = state.settings().tls;
    let value = token.map(Token::reveal).unwrap_or_default();
    let max_age_seconds = if token.is_some() { None } else { Some(0) };
    Cookie { name: cookie_name(tls), value: &value, max_age_seconds, secure: tls }.line()
}

/// The token a request carries.
pub fn token(state: &AppState, headers: &HeaderMap) -> Option<Token> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()?.strip_prefix("Bearer "));
    let carried = bearer.or_else(|| cookies::read(headers, cookie_name(state.settings().tls)));
    carried.and_then(Token::parse)
}

/// A request by somebody who is signed in, as handlers find it among the request's extensions.
#[derive(Clone, Debug)]
pub struct Present(pub access::session::Visit);

/// Resolves the session and puts [`Present`] and the frame's [`Visitor`] into the request.
pub async fn resolve(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if is_for_everybody(request.uri().path()) {
        return next.run(request).await;
    }
    let Some(token) = token(&state, request.headers()) else { return next.run(request).await };
    let Ok(desks) = state.desks() else { return next.run(request).await };
    let visit = match access::session::resolve(&desks.base(), &token).await {
        Ok(Some(visit)) => visit,
        Ok(None) => return next.run(request).await,
        Err(fault) => return Problem::from(fault).into_response(),
    };
    let pages = !request.uri().path().starts_with("/api/");
    let visitor = visitor(&state, &visit.actor, pages).await;
    request.extensions_mut().insert(Present(visit));
    if let Some(visitor) = visitor.clone() {
        request.extensions_mut().insert(visitor);
    }
    let mut response = next.run(request).await;
    if let Some(visitor) = visitor {
        response.extensions_mut().insert(visitor);
    }
    response
}

/// Style, signs of life and numbers are alike for everybody: they are there although the database, which knows the
/// sessions, is not.
pub(crate) fn is_for_everybody(path: &str) -> bool {
    ["/assets/", "/favicon", "/health/", "/metrics"].iter().any(|begin| path.starts_with(begin))
}

/// Whose messages somebody reads now: those of the principal he acts for, where his mandate lets him look at everything of
/// it; else his own.
pub fn whose_messages(person: &PersonActor, today: Date) -> Id {
    let looks =
        |mandate: &&Mandate| mandate.scope.items.is_empty() && mandate.scope.covers(MandateAct::View, None, today);
    person.acting_for.as_ref().filter(looks).map_or(person.party.id, |mandate| mandate.principal.id)
}

/// The frame's visitor; unread messages are counted for pages only, which show them.
async fn visitor(state: &AppState, actor: &Actor, pages: bool) -> Option<Visitor> {
    let account = actor.account()?.to_string();
    match actor {
        Actor::Person(person) => {
            let store = state.desks().ok()?.store();
            let unread = if pages {
                message::unread(store, whose_messages(person, state.clock().now().date())).await.unwrap_or(0)
            } else {
                0
            };
            Some(Visitor {
                account,
                name: person.party.name.clone(),
                side: Side::Public,
                acting_for: person.acting_for.as_ref().map(|m| m.principal.name.clone()),
                unread: u32::try_from(unread).unwrap_or(0),
                places: Vec::new(),
            })
        }
        Actor::Staff(officer) => Some(Visitor {
            account,
            name: officer.name.clone(),
            side: Side::Staff,
            acting_for: None,
            unread: 0,
            places: if pages { with_post(state, officer, places(officer)).await } else { Vec::new() },
        }),
        Actor::Anonymous | Actor::Machine => None,
    }
}

/// Whoever has no right of staff may still hold a post as an agent: then his page is the one place.
async fn with_post(state: &AppState, officer: &StaffActor, places: Vec<Place>) -> Vec<Place> {
    let Some(desks) = state.desks().ok().filter(|_| places.is_empty()) else { return places };
    let posts = agent::posts_of(desks.store(), &desks.office.shard, officer.account).await.unwrap_or_default();
    let now = state.clock().now();
    if posts.iter().any(|post| post.in_force(now)) { vec![Place::Agent] } else { places }
}

fn places(officer: &StaffActor) -> Vec<Place> {
    let all = [
        (Right::Receive, Place::Window),
        (Right::ViewCase, Place::Queue),
        (Right::ViewCase, Place::Joints),
        (Right::ViewCase, Place::Lights),
        (Right::Receive, Place::Counters),
        (Right::ViewDuty, Place::Duties),
        (Right::ViewCase, Place::Ratings),
        (Right::ViewCase, Place::Powers),
        (Right::WriteRules, Place::Rules),
        (Right::ApproveRules, Place::Rules),
        (Right::Lead, Place::Rules),
        (Right::Audit, Place::Rules),
        (Right::Audit, Place::Trail),
        (Right::Audit, Place::Audit),
        (Right::ManageStaff, Place::Accounts),
        (Right::ManageStaff, Place::Agents),
    ];
    let open = all.into_iter().filter(|(right, _)| officer.scopes.allow_somewhere(*right)).map(|(_, place)| place);
    let mut places: Vec<Place> = open.collect();
    // A place that several rights open stands once.
    places.dedup();
    places
}

/// Whoever is there, signed in or not.
#[derive(Clone, Debug)]
pub struct Anyone(pub Actor);

/// A signed-in citizen; anybody else is led to the sign-in.
#[derive(Clone, Debug)]
pub struct Person(pub PersonActor);

/// A signed-in officer; a citizen does not find the page, anybody else is led to the staff's sign-in.
#[derive(Clone, Debug)]
pub struct Officer(pub StaffActor);

impl Person {
    /// The actor, for rooms that take any.
    pub fn actor(&self) -> Actor {
        Actor::Person(self.0.clone())
    }
}

impl Officer {
    /// The actor, for rooms that take any.
    pub fn actor(&self) -> Actor {
        Actor::Staff(self.0.clone())
    }
}

fn present(parts: &Parts) -> Actor {
    parts.extensions.get::<Present>().map_or(Actor::Anonymous, |p| p.0.actor.clone())
}

impl<S: Send + Sync> FromRequestParts<S> for Anyone {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(present(parts)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        match present(parts) {
            Actor::Person(_) if is_unsure_whose(parts) => Err(to_choice(parts)),
            Actor::Person(person) => Ok(Self(person)),
            _ => Err(to_sign_in(parts, "/sign-in")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Officer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        match present(parts) {
            Actor::Staff(officer) => Ok(Self(officer)),
            // To somebody who is known and works elsewhere the workbench is not there.
            Actor::Person(_) => Err(Problem::not_found().into_response()),
            _ => Err(to_sign_in(parts, "/staff/sign-in")),
        }
    }
}

/// Where somebody chooses in whose name he acts.
const ACTING: &str = "/me/acting";

/// The mandate under which the session acted has ended: nothing is done in the wrong name until he has chosen again.
fn is_unsure_whose(parts: &Parts) -> bool {
    let ended = parts.extensions.get::<Present>().is_some_and(|p| p.0.mandate_ended);
    ended && parts.uri.path() != ACTING
}

/// A page leads to the choice; a program gets 403.
fn to_choice(parts: &Parts) -> Response {
    if parts.uri.path().starts_with("/api/") {
        return Problem::new(StatusCode::FORBIDDEN, "mandate_ended").into_response();
    }
    Redirect::to(ACTING).into_response()
}

/// Marks an answer that leads to the sign-in (its path): what was sent with the request waits for it.
#[derive(Clone, Copy, Debug)]
pub struct SignInFirst(pub &'static str);

/// A page leads to the sign-in and back; a program gets 401.
fn to_sign_in(parts: &Parts, sign_in: &'static str) -> Response {
    let path = parts.uri.path();
    if path.starts_with("/api/") {
        return Problem::of(StatusCode::UNAUTHORIZED).into_response();
    }
    // Only what this site's own router matched comes back: a path of ours, never an address.
    let back = if parts.method == axum::http::Method::GET { path } else { "/me" };
    let mut response = Redirect::to(&format!("{sign_in}?next={back}")).into_response();
    response.extensions_mut().insert(SignInFirst(sign_in));
    response
}
