//! Fair shares: whose request is worked on next.
//!
//! Every request belongs to a tenant (GLOSSARY). Few requests use the processors at once; whoever comes while they do
//! waits in the line of his tenant, and the lines take turns ([`kernel::Turns`]). And a tenant has only so many requests
//! in the house at once, reading and writing counted apart, so that many accounts of one company or agency are held back
//! as one. A line that grows too long is answered 429 with `Retry-After`, and every word written is given back
//! ([`crate::kept`]).
//!
//! A request uses a processor from when its turn comes until it first waits for something: the writer, a register
//! elsewhere. Then the next one's turn begins. So nobody who waits for a slow register, or for a database that is locked,
//! keeps others from being read to or written for.

mod floor;

use std::future::Future as _;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use affairs::access::{Actor, EVERY, PartyKind, StaffActor};
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::{Tenant, TenantKind};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::time::{Instant, timeout};

use self::floor::{Asked, Floor, Lane};
use crate::limits;
use crate::problem::Problem;
use crate::session::{self, Present};
use crate::state::{AppState, Settings};

/// How much is done at once, and for whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// Requests that use the processors at once: a few for each.
    pub at_once: u32,
    /// Reading requests of one single share that may be in the house at once.
    pub reads: u32,
    /// Writing requests of one single share that may be in the house at once, while nobody else writes: divided by how many
    /// tenants do, to one at least.
    pub writes: u32,
    /// Requests of one single share that may wait for their turn, reading and writing each; more are held back.
    pub waiting: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self { at_once: 8, reads: 4, writes: 2, waiting: 32 }
    }
}

/// The lines of all tenants. Cheap to clone.
#[derive(Clone)]
pub struct Shares(Arc<Parts>);

struct Parts {
    floor: Mutex<Floor<Place>>,
    held_back: Family<HeldBack, Counter>,
}

/// What was held back: a kind of tenant and, for agencies, which are public, their id. Nobody else is named.
type HeldBack = [(&'static str, String); 2];

tokio::task_local! {
    /// In whose name the request at hand is worked on.
    static TENANT: Tenant;
}

/// In whose name the request at hand is worked on; the house's outside of one.
pub(crate) fn tenant() -> Tenant {
    TENANT.try_with(|tenant| *tenant).unwrap_or(Tenant::HOUSE)
}

impl Shares {
    /// Empty lines.
    pub fn new(terms: Terms) -> Self {
        Self(Arc::new(Parts { floor: Mutex::new(Floor::new(terms)), held_back: Family::default() }))
    }

    /// Waits for the turn of a request in this lane.
    async fn turn(&self, lane: Lane) -> Result<Place, Problem> {
        let asked = self.floor().ask(lane);
        match asked {
            Asked::Come => Ok(self.place(lane)),
            Asked::Wait(called) => called.await.map_err(|_| Problem::of(StatusCode::SERVICE_UNAVAILABLE)),
            Asked::Held(seconds) => Err(Problem::held_back(seconds)),
            Asked::Full(seconds) => Err(Problem::crowded(seconds)),
        }
    }

    fn place(&self, lane: Lane) -> Place {
        Place { shares: self.clone(), lane, began: Instant::now(), standing: Standing::Working }
    }

    /// Notes what happened, and calls whoever is next while there is room.
    fn after(&self, happened: impl FnOnce(&mut Floor<Place>)) {
        let mut floor = self.floor();
        happened(&mut floor);
        while let Some((lane, caller)) = floor.next() {
            drop(floor);
            let unwanted = caller.send(self.place(lane)).err();
            floor = self.floor();
            // Whoever went away while he waited gives his place back, and the next is called.
            if let Some(mut place) = unwanted {
                place.standing = Standing::Gone;
                floor.leave(lane, true, None);
            }
        }
    }

    fn floor(&self) -> MutexGuard<'_, Floor<Place>> {
        self.0.floor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, tenant: Tenant, agency: &str) {
        let agency = if tenant.kind() == TenantKind::Agency { agency.to_owned() } else { String::new() };
        let labels = [("tenant", tenant.kind().word().to_owned()), ("agency", agency)];
        self.0.held_back.get_or_create(&labels).inc();
    }

    /// The numbers: who works, who waits, who was held back.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let (working, waiting) = self.floor().standing();
        registry.register("requests_working", "Requests that use a processor now", ConstGauge::new(working));
        let family = Family::<[(&'static str, &'static str); 1], Gauge>::default();
        for (kind, n) in waiting {
            family.get_or_create(&[("tenant", kind.word())]).set(n);
        }
        registry.register("requests_waiting", "Requests that wait for their tenant's turn", family);
        let help = "Requests answered 429 because more of their tenant waited than its share";
        registry.register("requests_held_back", help, self.0.held_back.clone());
    }
}

/// A request's place in the house; leaving it, however that happens, calls the next.
struct Place {
    shares: Shares,
    lane: Lane,
    began: Instant,
    standing: Standing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It uses a processor.
    Working,
    /// It waits for something outside.
    Outside,
    /// It was never taken.
    Gone,
}

impl Place {
    /// It waits for something: another may use the processor.
    fn step_outside(&mut self) {
        if self.standing == Standing::Working {
            self.standing = Standing::Outside;
            self.shares.after(Floor::step_outside);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.standing != Standing::Gone {
            let working = self.standing == Standing::Working;
            let took = Some(self.began.elapsed());
            self.shares.after(|floor| floor.leave(self.lane, working, took));
        }
    }
}

/// The layer. It stands inside the session layer, which says who asks, and around everything that works.
pub async fn admit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if session::is_for_everybody(request.uri().path()) {
        return next.run(request).await;
    }
    let (tenant, agency) = asking(&state, &request);
    // A body that trickles in keeps nobody from his turn: it is read before.
    let request = match with_body(request, state.settings().timeout).await {
        Ok(request) => request,
        Err(problem) => return problem.into_response(),
    };
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let mut place = match state.shares().turn(Lane { tenant, writes }).await {
        Ok(place) => place,
        Err(problem) => {
            state.shares().note(tenant, &agency);
            return problem.into_response();
        }
    };
    let mut answer = pin!(TENANT.scope(tenant, next.run(request)));
    std::future::poll_fn(|task| {
        let polled = answer.as_mut().poll(task);
        if polled.is_pending() {
            place.step_outside();
        }
        polled
    })
    .await
}

/// Who asks, and for an officer the agency's id.
fn asking(state: &AppState, request: &Request) -> (Tenant, String) {
    match request.extensions().get::<Present>().map(|present| &present.0.actor) {
        Some(Actor::Person(person)) => {
            let party = person.principal();
            let tenant = match party.kind {
                PartyKind::Company => Tenant::company(party.id),
                PartyKind::Person => Tenant::person(party.id),
            };
            (tenant, String::new())
        }
        Some(Actor::Staff(officer)) => {
            let agency = agency(officer);
            (Tenant::agency(agency), agency.to_owned())
        }
        Some(Actor::Machine) => (Tenant::HOUSE, String::new()),
        Some(Actor::Anonymous) | None => {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
            (Tenant::address(limits::client(state.settings(), request.headers(), peer)), String::new())
        }
    }
}

/// The agency an officer works for: the first that the rows of his rights name; who may work for every agency shares one
/// share with all who may.
fn agency(officer: &StaffActor) -> &str {
    officer.scopes.rows().map(|row| row.agency.as_str()).filter(|agency| *agency != EVERY).min().unwrap_or(EVERY)
}

/// The request with its JSON body read; a form's was read before by [`crate::kept`].
async fn with_body(request: Request, patience: Duration) -> Result<Request, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let read = timeout(patience, to_bytes(body, Settings::BODY_BYTES)).await;
    let read = read.map_err(|_| Problem::of(StatusCode::GATEWAY_TIMEOUT))?;
    let bytes = read.map_err(|_| Problem::of(StatusCode::PAYLOAD_TOO_LARGE))?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

#[cfg(test)]
mod tests;
