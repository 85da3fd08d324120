//! Rules over the API, for whoever writes, approves or audits them: versions with everybody who answers for them, drafts tried on the
//! past, and how far cases reach into the law.

use affairs::approval::{self, ApprovalError};
use affairs::replay::{self, Sample, Trial, TrialError};
use affairs::workshop::{self, Versioned};
use axum::Json;
use axum::extract::{Path, State};
use kernel::{Id, Moment, Text};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::office::Desks;
use crate::problem::Problem;
use crate::replay::reads;
use crate::session::Officer;
use crate::state::AppState;
use crate::workshop::bench;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(rule_versions))
        .routes(routes!(rule_version))
        .routes(routes!(rule_coverage))
        .routes(routes!(list_trials))
        .routes(routes!(show_trial))
}

/// A version of an item's rules.
#[derive(Serialize, ToSchema)]
struct VersionBody {
    /// SHA-256 of the item's folder in hexadecimal: what cases and decisions name.
    version: String,
    /// First day, `YYYY-MM-DD`.
    valid_from: Option<String>,
    /// When it came.
    at: String,
    /// It decides, or will from its first day on.
    current: bool,
    /// The version that took its place because it was bad.
    taken_back_by: Option<String>,
    /// How it was put in force here; none: it was imported with the catalogue.
    published: Option<PublishedBody>,
}

/// Who answers for a version.
#[derive(Serialize, ToSchema)]
struct PublishedBody {
    /// SHA-256 of its model.
    rule_set: String,
    /// The version before.
    before: String,
    /// Which cases it decides: `filed`, `accepted`, `decided`.
    version_by: &'static str,
    /// Who proposed it.
    proposed_by: String,
    /// Who approved it.
    approved_by: String,
    /// Who published it.
    published_by: String,
    /// Why.
    why: String,
    /// The earlier version it goes back to.
    restores: Option<String>,
    /// The version it was put in place of.
    instead_of: Option<String>,
    /// Places that were not analysed, and who signed for them.
    waivers: Vec<WaiverBody>,
    /// The sealed document, as a text: its bytes are what the seal is over.
    document: String,
}

/// Somebody answers with his name for a place that no proof looked at.
#[derive(Serialize, ToSchema)]
struct WaiverBody {
    /// The place, `{zh, en}`.
    #[schema(value_type = Object)]
    place: Text,
    /// Why it may be so.
    reason: String,
    /// Who signed.
    by: String,
    /// When.
    at: String,
}

impl From<&Versioned> for VersionBody {
    fn from(version: &Versioned) -> Self {
        let waiver = |w: &workshop::Waiver| WaiverBody {
            place: w.told.clone(),
            reason: w.reason.clone(),
            by: w.name.clone(),
            at: w.at.to_string(),
        };
        let published = version.published.as_ref().map(|p| PublishedBody {
            rule_set: p.rule_set.clone(),
            before: p.base.clone(),
            version_by: p.version_by.word(),
            proposed_by: p.author.clone(),
            approved_by: p.approver.clone(),
            published_by: p.publisher.clone(),
            why: p.why.clone(),
            restores: p.restores.clone(),
            instead_of: p.instead_of.clone(),
            waivers: p.waivers.iter().map(waiver).collect(),
            document: p.document.clone(),
        });
        Self {
            version: version.hash.clone(),
            valid_from: version.valid_from.map(|day| day.to_string()),
            at: version.at.to_string(),
            current: version.is_current,
            taken_back_by: version.taken_back_by.clone(),
            published,
        }
    }
}

/// The versions of an item's rules, the newest first.
#[utoipa::path(get, path = "/api/v1/rules/{item}/versions", tag = "rules", security(("session" = [])),
    params(("item" = String, Path, description = "Item id")),
    responses((status = 200, body = Vec<VersionBody>), (status = 404)))]
async fn rule_versions(
    State(state): State<AppState>,
    officer: Officer,
    Path(item): Path<String>,
) -> Result<Json<Vec<VersionBody>>, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let all = workshop::versions(&bench(&desks, &actor), &item).await?;
    Ok(Json(all.iter().map(VersionBody::from).collect()))
}

/// A version held against its files, its seal, its record and the log.
#[derive(Serialize, ToSchema)]
struct VouchedBody {
    /// The version.
    #[serde(flatten)]
    version: VersionBody,
    /// Everything agrees; none where the version was imported and has no seal.
    whole: Option<bool>,
    /// What does not hold, for machines: `text_changed`, `says_otherwise`, `not_in_log`, or why a seal is not believed.
    broken: Option<&'static str>,
    /// The same in words, `{zh, en}`.
    #[schema(value_type = Option<Object>)]
    broken_text: Option<Text>,
}

/// One version, and whether it is still what was put in force.
#[utoipa::path(get, path = "/api/v1/rules/{item}/versions/{version}", tag = "rules", security(("session" = [])),
    params(("item" = String, Path, description = "Item id"), ("version" = String, Path, description = "Its hash")),
    responses((status = 200, body = VouchedBody), (status = 404)))]
async fn rule_version(
    State(state): State<AppState>,
    officer: Officer,
    Path((item, version)): Path<(String, String)>,
) -> Result<Json<VouchedBody>, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let bench = bench(&desks, &actor);
    let found = workshop::version(&bench, &item, &version).await?;
    let vouched = match &found.published {
        Some(published) => Some(workshop::vouch(&bench, published, &desks.office.trust).await?),
        None => None,
    };
    let broken = vouched.as_ref().and_then(|vouched| vouched.as_ref().err());
    Ok(Json(VouchedBody {
        version: VersionBody::from(&found),
        whole: vouched.as_ref().map(Result::is_ok),
        broken: broken.map(workshop::Broken::code),
        broken_text: broken.map(workshop::Broken::text),
    }))
}

/// How far the cases of an item in force today reach: law, article, condition, rule, case; and what is not covered.
#[utoipa::path(get, path = "/api/v1/rules/{item}/coverage", tag = "rules", security(("session" = [])),
    params(("item" = String, Path, description = "Item id")),
    responses((status = 200, body = Object), (status = 404)))]
async fn rule_coverage(
    State(state): State<AppState>,
    officer: Officer,
    Path(item): Path<String>,
) -> Result<Json<Value>, Problem> {
    reads(&officer)?;
    let desks = state.desks()?;
    let item = desks.catalog.item(&item, state.clock().now().date()).ok_or_else(Problem::not_found)?;
    // Every case is run: beside the requests, not before them.
    let computed = tokio::task::spawn_blocking(move || replay::coverage(&item));
    let coverage = computed.await.map_err(Problem::fault)?;
    Ok(Json(serde_json::to_value(&coverage).map_err(Problem::fault)?))
}

/// A draft tried on the past.
#[derive(Serialize, ToSchema)]
struct TrialBody {
    /// Its id.
    id: String,
    /// The item.
    item: String,
    /// SHA-256 of the model that was tried.
    model: String,
    /// `running`, `done`, `stopped`.
    state: &'static str,
    /// Who began it.
    by: String,
    /// When.
    begun_at: String,
    /// Decisions looked at so far.
    seen: i64,
    /// Decisions of the item, whoever may see them.
    total: i64,
    /// What was found, once it is done: `decisions`, `changed`, `erased`, `unreadable`, `moves`, `regions`, `months`, `conditions`,
    /// and of one trial a `sample`, in which a case has its number for who may see it.
    found: Option<Value>,
}

fn body(trial: &Trial, now: Moment, sample: Option<Vec<Value>>) -> Result<TrialBody, Problem> {
    let mut found = trial.found.as_ref().map(serde_json::to_value).transpose().map_err(Problem::fault)?;
    if let Some(Value::Object(found)) = &mut found {
        // Ids of cases are nobody's to read here.
        found.remove("sample");
        if let Some(sample) = sample {
            found.insert("sample".to_owned(), Value::Array(sample));
        }
    }
    Ok(TrialBody {
        id: trial.id.to_string(),
        item: trial.item.clone(),
        model: trial.model_hash.clone(),
        state: trial.state(now).word(),
        by: trial.account_name.clone(),
        begun_at: trial.begun_at.to_string(),
        seen: trial.seen,
        total: trial.total,
        found,
    })
}

/// The newest trials that the officer may read.
#[utoipa::path(get, path = "/api/v1/replay/trials", tag = "rules", security(("session" = [])),
    responses((status = 200, body = Vec<TrialBody>), (status = 404)))]
async fn list_trials(State(state): State<AppState>, officer: Officer) -> Result<Json<Vec<TrialBody>>, Problem> {
    reads(&officer)?;
    let (desks, now) = (state.desks()?, state.clock().now());
    let all = replay::trials(desks.store(), &officer.0).await?;
    Ok(Json(all.iter().map(|trial| body(trial, now, None)).collect::<Result<_, _>>()?))
}

/// One trial: how far it is, and what it found.
#[utoipa::path(get, path = "/api/v1/replay/trials/{id}", tag = "rules", security(("session" = [])),
    params(("id" = String, Path, description = "Id of the trial")),
    responses((status = 200, body = TrialBody), (status = 404)))]
async fn show_trial(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
) -> Result<Json<TrialBody>, Problem> {
    reads(&officer)?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let (desks, now) = (state.desks()?, state.clock().now());
    let trial = match replay::trial(desks.store(), &desks.office.shard, &officer.0, id).await {
        Ok(trial) => trial,
        Err(TrialError::Fault(fault)) => return Err(fault.into()),
        Err(_) => return Err(Problem::not_found()),
    };
    let mut sample = Vec::new();
    for one in trial.found.iter().flat_map(|found| &found.sample) {
        sample.push(sampled(&desks, &officer, (one, now)).await?);
    }
    Ok(Json(body(&trial, now, Some(sample))?))
}

async fn sampled(desks: &Desks<'_>, officer: &Officer, (one, now): (&Sample, Moment)) -> Result<Value, Problem> {
    let number = match approval::file_for(desks.store(), &officer.actor(), one.case, now).await {
        Ok((file, _)) => Some(file.case.number),
        Err(ApprovalError::NotFound) => None,
        Err(other) => return Err(other.into()),
    };
    Ok(json!({
        "number": number, "region": one.region, "month": one.month, "from": one.from.word(), "to": one.to.word(),
        "conditions": one.conditions,
    }))
}
