//! The layers around every handler, in one place and one order: what comes in is limited, what goes out is written down
//! safely.

use std::any::Any;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, Response as HttpResponse, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate, SizeAbove};
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tracing::Instrument;

use crate::problem::{Problem, TraceId};
use crate::shallow::ShallowLayer;
use crate::state::{AppState, Settings};
use crate::{frame, kept, limits, metrics, office, problem, security, session, shares};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts the layers around the site's routes. Routes that take larger bodies (uploads) are wrapped by
/// [`with_body_limit`] before and handed in as `uploads`.
pub fn wrap(routes: Router<AppState>, uploads: Router<AppState>, state: &AppState) -> Router {
    let small = with_body_limit(routes, Settings::BODY_BYTES).fallback(nothing_here);
    // The first layer is the outermost: it sees a request first and an answer last. Below each layer that is a function
    // stands one that keeps clones cheap.
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), metrics::count))
        .layer(ShallowLayer)
        .layer(from_fn_with_state(state.clone(), trace))
        .layer(ShallowLayer)
        .layer(from_fn_with_state(state.clone(), security::headers))
        .layer(ShallowLayer)
        .layer(CompressionLayer::new().compress_when(worth_compressing()))
        .layer(from_fn_with_state(state.clone(), frame::remember))
        .layer(ShallowLayer)
        .layer(from_fn_with_state(state.clone(), problem::negotiate))
        .layer(ShallowLayer)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CsrfLayer::new().with_rejection_response(refuse_cross_site))
        .layer(from_fn_with_state(state.clone(), kept::words))
        .layer(ShallowLayer)
        .layer(from_fn_with_state(state.clone(), limits::per_client))
        .layer(ShallowLayer)
        .layer(from_fn_with_state(state.clone(), limits::in_time))
        .layer(ShallowLayer)
        .layer(from_fn_with_state(state.clone(), session::resolve))
        .layer(ShallowLayer)
        .layer(from_fn_with_state(state.clone(), limits::per_account))
        .layer(ShallowLayer)
        .layer(from_fn_with_state(state.clone(), shares::admit))
        .layer(ShallowLayer)
        .layer(from_fn_with_state(state.clone(), office::catch_up))
        .layer(ShallowLayer);
    small.merge(uploads).layer(layers).with_state(state.clone())
}

/// Routes whose bodies may have `bytes` at most; more is 413, whether the length was told or not.
pub fn with_body_limit(routes: Router<AppState>, bytes: usize) -> Router<AppState> {
    routes.layer(DefaultBodyLimit::disable()).layer(RequestBodyLimitLayer::new(bytes))
}

async fn nothing_here() -> Problem {
    Problem::not_found()
}

fn refuse_cross_site(_: tower_http::csrf::ProtectionError) -> Response {
    Problem::new(StatusCode::FORBIDDEN, "cross_site").into_response()
}

fn panicked(payload: Box<dyn Any + Send + 'static>) -> HttpResponse<axum::body::Body> {
    let said = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let said = said.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    Problem::fault(format_args!("panic: {said}")).into_response()
}

/// Short answers gain nothing, and event streams must not wait for a full block.
fn worth_compressing() -> impl Predicate {
    let sizes = DefaultPredicate::new().and(SizeAbove::new(1024));
    sizes.and(NotForContentType::new("application/octet-stream")).and(NotForContentType::new("application/pdf"))
}

/// Gives the request its trace id: in the log, in the answer's `x-request-id`, in every problem.
async fn trace(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let mut chance = [0; 16];
    state.entropy().fill(&mut chance);
    let id = hex::encode(chance);
    let span = tracing::info_span!("request", trace_id = id, method = %request.method(), path = request.uri().path());
    request.extensions_mut().insert(TraceId(id.clone()));
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
