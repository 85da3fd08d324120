//! Regions over the API: finding a place by the beginning of its name, for whoever picks one.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use kernel::{Region, RegionCode, Text};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::state::AppState;

/// The most places one answer names.
const MOST: usize = 50;
/// The longest question: a place with all its levels.
const LONGEST: usize = 80;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_regions))
}

#[derive(Deserialize, IntoParams)]
struct Asked {
    /// Only this place and what lies below it: a division code, such as `450000`.
    under: String,
    /// The beginning of a name or of a code, larger places first where there are several: `青秀 民生`. Left out: what lies
    /// one step below.
    q: Option<String>,
}

/// A place with everything above it.
#[derive(Serialize, ToSchema)]
struct RegionBody {
    /// Its division code.
    code: String,
    /// Its level: region, city, county, township, village.
    level: &'static str,
    /// Its name, `{zh, en}`; without an English one where nobody gave it one.
    #[schema(value_type = Object)]
    name: Text,
    /// From the largest region down to itself: codes and names.
    path: Vec<StepBody>,
}

/// One step of the way down to a place.
#[derive(Serialize, ToSchema)]
struct StepBody {
    /// Its division code.
    code: String,
    /// Its name.
    #[schema(value_type = Object)]
    name: Text,
}

/// Places in force today: at most fifty, larger ones first.
#[utoipa::path(get, path = "/api/v1/regions", tag = "region", params(Asked),
    responses((status = 200, body = Vec<RegionBody>), (status = 400)))]
async fn list_regions(
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<RegionBody>>, Problem> {
    let under: RegionCode = asked.under.parse().map_err(|error: kernel::RegionCodeError| {
        Problem::new(StatusCode::BAD_REQUEST, "region_code").detail(error.text())
    })?;
    let typed: String = asked.q.unwrap_or_default().chars().take(LONGEST).collect();
    let desks = state.desks()?;
    let found = desks.catalog.regions.search(under, &typed, state.clock().now().date(), MOST);
    Ok(Json(found.iter().filter_map(|found| body(&found.path)).collect()))
}

fn body(path: &[&Region]) -> Option<RegionBody> {
    let place = path.last()?;
    let step = |r: &&Region| StepBody { code: r.code.to_string(), name: r.name.clone() };
    Some(RegionBody {
        code: place.code.to_string(),
        level: word(place),
        name: place.name.clone(),
        path: path.iter().map(step).collect(),
    })
}

fn word(place: &Region) -> &'static str {
    use kernel::RegionLevel::{City, County, Region, Township, Village};
    match place.code.level() {
        Region => "region",
        City => "city",
        County => "county",
        Township => "township",
        Village => "village",
    }
}
