//! The JSON API under `/api/v1`: everything the pages do, for programs. Same rooms, same problems, same sessions.
//!
//! A program signs in as a page does and sends the session's token as `Authorization: Bearer`. Every POST that creates
//! takes an `Idempotency-Key`. Times are RFC 3339 in UTC, dates `YYYY-MM-DD`.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use kernel::Text;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::problem::Problem;
use crate::state::AppState;

mod agent;
mod body;
mod case;
mod catalog;
mod counter;
mod desk;
mod errand;
mod field;
mod joint;
mod material;
mod people;
mod powers;
mod public;
mod rating;
mod region;
mod rules;
mod run;
mod supervision;
mod ticket;
mod window;

/// The routes, with the description served at `/api/openapi.json`.
pub fn routes() -> Router<AppState> {
    let (router, description) = (small().split_for_parts().0, described().into_openapi());
    // Shared: a router is cloned for every connection, its handlers for every request.
    let description = Arc::new(description);
    router.route("/api/openapi.json", get(move || std::future::ready(Json(description.as_ref()).into_response())))
}

/// The routes that bring files: their bodies may be larger than others'.
pub fn uploads() -> Router<AppState> {
    bringing().split_for_parts().0
}

/// What `/api/openapi.json` says.
pub fn description() -> OpenApi {
    described().into_openapi()
}

fn bringing() -> OpenApiRouter<AppState> {
    material::uploads().merge(counter::uploads()).merge(field::uploads())
}

fn described() -> OpenApiRouter<AppState> {
    small().merge(bringing())
}

fn small() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(head())
        .merge(agent::routes())
        .merge(catalog::routes())
        .merge(case::routes())
        .merge(desk::routes())
        .merge(people::routes())
        .merge(errand::routes())
        .merge(field::routes())
        .merge(joint::routes())
        .merge(material::routes())
        .merge(powers::routes())
        .merge(public::routes())
        .merge(region::routes())
        .merge(rating::routes())
        .merge(rules::routes())
        .merge(run::routes())
        .merge(supervision::routes())
        .merge(ticket::routes())
        .merge(window::routes())
        .merge(counter::routes())
}

fn head() -> OpenApi {
    use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
    use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApiBuilder};
    let info = InfoBuilder::new()
        .title("Budayang 不打烊")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Government services that never close: items, cases, licences, supervision, evidence."))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    let components = ComponentsBuilder::new().security_scheme("session", bearer).build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// The `Idempotency-Key` of a request: 8 to 100 visible characters.
pub struct IdempotencyKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let key = parts.headers.get("idempotency-key").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let fits = (8..=100).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(key.to_owned())).ok_or_else(|| {
            Problem::new(StatusCode::BAD_REQUEST, "idempotency_key").detail(Text::new(
                "请在请求头 Idempotency-Key 中给出 8 到 100 个可见字符，重试时用同一个值",
                "Send an Idempotency-Key header of 8 to 100 visible characters; use the same one when you try again",
            ))
        })
    }
}

#[cfg(test)]
mod tests;
