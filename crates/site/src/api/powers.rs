//! Powers and duties over the API: versions, rows, what an optimisation changed, by how much limits became shorter.

use affairs::powers::{
    self, PowerList, Ratio, Reduction, Wanted, committed_pairs, difference, fewest_seals, previous_pairs, reduction,
};
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_versions))
        .routes(routes!(list_powers))
        .routes(routes!(show_power))
        .routes(routes!(power_difference))
        .routes(routes!(power_reduction))
        .routes(routes!(power_seals))
}

fn version(list: &PowerList) -> Value {
    json!({
        "version": list.label(), "list": list.list, "title": list.title, "note": list.note,
        "valid_from": list.valid_from.to_string(), "valid_to": list.valid_to.map(|d| d.to_string()),
        "demonstration": list.demonstration, "powers": list.powers, "rows_sha256": list.hash,
        "published_at": list.published_at.to_string(),
    })
}

/// Every published version of every list of powers and duties, by list, the newest first.
#[utoipa::path(get, path = "/api/v1/power-lists", tag = "power",
    responses((status = 200, description = "the versions", body = Object)))]
async fn list_versions(State(state): State<AppState>) -> Result<Json<Value>, Problem> {
    let lists = powers::lists(state.desks()?.store()).await?;
    Ok(Json(lists.iter().map(version).collect()))
}

#[derive(Deserialize, IntoParams)]
struct Asked {
    /// The list; the first in force where it is left out.
    list: Option<String>,
    /// Part of name, code or office.
    q: Option<String>,
    /// Id of a kind.
    kind: Option<String>,
    /// Id of an agency.
    agency: Option<String>,
    /// `region`, `city`, `county`, `township`.
    level: Option<String>,
    /// The last code of the page before.
    after: Option<String>,
}

/// Powers of a list in force, by code, 50 a page.
#[utoipa::path(get, path = "/api/v1/powers", tag = "power", params(Asked),
    responses((status = 200, description = "version, count, powers, next", body = Object), (status = 404)))]
async fn list_powers(State(state): State<AppState>, Query(asked): Query<Asked>) -> Result<Json<Value>, Problem> {
    let (desks, today) = (state.desks()?, state.clock().now().date());
    let lists = powers::current_lists(desks.store(), today).await?;
    let list =
        lists.iter().find(|l| asked.list.as_ref().is_none_or(|id| *id == l.list)).ok_or_else(Problem::not_found)?;
    let word = |word: Option<String>| word.unwrap_or_default();
    let wanted = Wanted {
        text: word(asked.q),
        kind: word(asked.kind),
        agency: word(asked.agency),
        level: word(asked.level),
        after: word(asked.after),
    };
    let found = powers::find(desks.store(), list.id, &wanted).await?;
    Ok(Json(json!({ "version": version(list), "count": found.count, "powers": found.powers, "next": found.next })))
}

/// One power whole, as the list in force has it.
#[utoipa::path(get, path = "/api/v1/powers/{list}/{code}", tag = "power",
    params(("list" = String, Path, description = "the list"), ("code" = String, Path, description = "the power's code")),
    responses((status = 200, description = "the power", body = Object), (status = 404)))]
async fn show_power(
    State(state): State<AppState>,
    Path((list, code)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let (desks, today) = (state.desks()?, state.clock().now().date());
    let list = powers::list_at(desks.store(), &list, today).await?.ok_or_else(Problem::not_found)?;
    let power = powers::power(desks.store(), list.id, &code).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(json!({ "version": version(&list), "power": power })))
}

#[derive(Deserialize, IntoParams)]
struct Two {
    /// The earlier version, such as `gx@2019-01-01`.
    from: String,
    /// The later version.
    to: String,
}

/// What two versions have and have not in common, row by row, column by column.
#[utoipa::path(get, path = "/api/v1/power-difference", tag = "power", params(Two),
    responses((status = 200, description = "added, removed, changed, unchanged", body = Object), (status = 404)))]
async fn power_difference(State(state): State<AppState>, Query(two): Query<Two>) -> Result<Json<Value>, Problem> {
    let desks = state.desks()?;
    let from = powers::list_by_label(desks.store(), &two.from).await?.ok_or_else(Problem::not_found)?;
    let to = powers::list_by_label(desks.store(), &two.to).await?.ok_or_else(Problem::not_found)?;
    let before = powers::powers_of(desks.store(), from.id).await?;
    let found = difference(&before, &powers::powers_of(desks.store(), to.id).await?);
    let fewer = |what: &str| found.fewer(what);
    Ok(Json(json!({
        "from": version(&from), "to": version(&to), "difference": found,
        "fewer": { "materials": fewer("materials"), "fees": fewer("fee"), "stages": fewer("stages"), "seals": fewer("seals") },
    })))
}

#[derive(Deserialize, IntoParams)]
struct One {
    /// The version; the first list in force where it is left out.
    version: Option<String>,
}

/// By how much limits became shorter: promised against statutory, and against the version before; mean of item ratios and
/// pooled, in percent, each under its name, with what is not counted and why.
#[utoipa::path(get, path = "/api/v1/power-reduction", tag = "power", params(One),
    responses((status = 200, description = "both formulas", body = Object), (status = 404)))]
async fn power_reduction(State(state): State<AppState>, Query(asked): Query<One>) -> Result<Json<Value>, Problem> {
    let (desks, today) = (state.desks()?, state.clock().now().date());
    let list = match &asked.version {
        Some(label) => powers::list_by_label(desks.store(), label).await?,
        None => powers::current_lists(desks.store(), today).await?.into_iter().next(),
    };
    let list = list.ok_or_else(Problem::not_found)?;
    let shown = powers::powers_of(desks.store(), list.id).await?;
    let mut body = json!({ "version": version(&list), "statutory": told(&reduction(committed_pairs(&shown))) });
    let lists = powers::lists(desks.store()).await?;
    if let Some(earlier) = lists.iter().find(|l| l.list == list.list && l.valid_from < list.valid_from) {
        let before = powers::powers_of(desks.store(), earlier.id).await?;
        let (limits, special) = previous_pairs(&difference(&before, &shown), &before);
        body["previous"] = told(&reduction(limits));
        body["special_stages"] = told(&reduction(special));
        body["earlier"] = version(earlier);
    }
    Ok(Json(body))
}

fn told(found: &Reduction) -> Value {
    let percent = |r: Option<Ratio>| r.map(Ratio::percent);
    let unit = |u: &powers::UnitSum| {
        json!({
            "unit": u.unit, "powers": u.items, "sum_before": u.before, "sum_after": u.after,
            "mean_of_ratios_percent": percent(u.mean), "pooled_percent": percent(u.pooled),
        })
    };
    let excluded = found.excluded.iter().map(|(pair, why)| json!({ "code": pair.code, "why": why }));
    json!({
        "counted": found.counted, "mean_of_ratios_percent": percent(found.mean), "pooled_percent": percent(found.pooled),
        "by_unit": found.by_unit.iter().map(unit).collect::<Vec<_>>(), "excluded": excluded.collect::<Vec<_>>(),
    })
}

/// The agencies of the lists in force by the seals an applicant must fetch, the fewest for each power first.
#[utoipa::path(get, path = "/api/v1/power-seals", tag = "power",
    responses((status = 200, description = "the agencies", body = Object)))]
async fn power_seals(State(state): State<AppState>) -> Result<Json<Value>, Problem> {
    let (desks, today) = (state.desks()?, state.clock().now().date());
    let mut all = Vec::new();
    for list in powers::current_lists(desks.store(), today).await? {
        all.extend(powers::powers_of(desks.store(), list.id).await?);
    }
    let row =
        |r: &powers::SealRow| json!({ "agency": r.agency, "powers": r.powers, "without": r.without, "seals": r.seals });
    Ok(Json(fewest_seals(&all).iter().map(row).collect()))
}
