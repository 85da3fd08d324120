//! Village agents over the API: the kit a device takes along, and one sync when it is back.

use affairs::agent::{self, CollectedFrom, Draft, Synced};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::{Date, Id, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::agent::{Kit, held, kit};
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::Problem;
use crate::session::Officer;
use crate::state::AppState;

/// The most drafts of one sync: what does not fit goes with the next.
const MOST: usize = 50;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(agent_kit)).routes(routes!(sync_drafts)).routes(routes!(list_trips))
}

/// What was collected for somebody.
#[derive(Deserialize, ToSchema)]
struct DraftBody {
    /// A UUID made on the device: sent twice, it makes one case.
    id: String,
    /// Item id.
    item: String,
    /// The applicant's name.
    name: String,
    /// The applicant's citizen id.
    citizen_id: String,
    /// The agent saw the original of the identity card, and the person.
    original_seen: bool,
    /// The applicant authorised the agent.
    authorised: bool,
    /// The authorisation on paper.
    paper: String,
    /// The day of collection, `YYYY-MM-DD`.
    collected_on: String,
    /// The item's form.
    #[schema(value_type = Object)]
    form: Map<String, Value>,
}

/// Everything collected since the last sync.
#[derive(Deserialize, ToSchema)]
struct SyncBody {
    /// At most 50.
    drafts: Vec<DraftBody>,
}

/// One thing to mend.
#[derive(Serialize, ToSchema)]
struct MendBody {
    /// JSON Pointer: `/applicant/…`, `/authorisation`, `/collected_on`, else into the form.
    pointer: String,
    /// A stable code.
    code: String,
    /// What to do about it.
    message: String,
}

/// What became of a draft.
#[derive(Serialize, ToSchema)]
struct SyncedBody {
    /// The draft's id.
    id: String,
    /// `filed`: there is a case; `mend`: it comes back with everything to mend; `back`: it cannot be sent on now, and why;
    /// `later`: nothing was done with it, send it again.
    result: &'static str,
    /// Whether the case was made by this sync.
    is_new: bool,
    /// The case's number.
    number: Option<String>,
    /// The receipt's secret, for the applicant.
    receipt_secret: Option<String>,
    /// How the case stands.
    state: Option<&'static str>,
    /// What to mend.
    errors: Vec<MendBody>,
    /// Why it cannot be sent on.
    why: Option<String>,
}

/// The forms of what the agent may collect, for a device that goes where there is no network.
#[utoipa::path(get, path = "/api/v1/agent/kit", tag = "agent", security(("session" = [])),
    responses((status = 200, body = Kit), (status = 404)))]
async fn agent_kit(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Json<Kit>, Problem> {
    let desks = state.desks()?;
    let posts = held(&desks, &officer, &frame).await?;
    Ok(Json(kit(&desks, &posts, &frame)))
}

/// Sends on what was collected. Each draft is answered by itself, in the order sent; none is lost because of another.
#[utoipa::path(post, path = "/api/v1/agent/sync", tag = "agent", request_body = SyncBody, security(("session" = [])),
    responses((status = 200, body = Vec<SyncedBody>), (status = 400), (status = 401)))]
async fn sync_drafts(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Json(body): Json<SyncBody>,
) -> Result<Json<Vec<SyncedBody>>, Problem> {
    if body.drafts.len() > MOST {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "too_many_drafts").detail(Text::new(
            format!("一次最多同步 {MOST} 份，其余的下一次再同步"),
            format!("at most {MOST} drafts at once; send the others with the next sync"),
        )));
    }
    let desks = state.desks()?;
    let mut answers = Vec::with_capacity(body.drafts.len());
    for draft in &body.drafts {
        answers.push(synced(&desks, &officer, &frame, draft).await?);
    }
    Ok(Json(answers))
}

async fn synced(desks: &Desks<'_>, officer: &Officer, frame: &Frame, body: &DraftBody) -> Result<SyncedBody, Problem> {
    let mut answer = SyncedBody {
        id: body.id.clone(),
        result: "later",
        is_new: false,
        number: None,
        receipt_secret: None,
        state: None,
        errors: Vec::new(),
        why: None,
    };
    let Ok(id) = body.id.parse::<Id>() else {
        answer.result = "back";
        let why = Text::new("草稿的标识不对，请新建草稿", "the draft's id is no UUID; begin a new draft");
        answer.why = Some(frame.text(&why).to_owned());
        return Ok(answer);
    };
    let draft = Draft {
        id,
        item: &body.item,
        name: &body.name,
        code: &body.citizen_id,
        form: &body.form,
        collected_on: body.collected_on.parse::<Date>().ok(),
        is_seen: body.original_seen,
        is_authorised: body.authorised,
        paper: &body.paper,
    };
    match agent::sync(&desks.approval(), &officer.actor(), &draft, CollectedFrom::Device).await {
        Ok(Synced::Filed { case, is_new }) => {
            (answer.result, answer.is_new) = ("filed", is_new);
            let secret = affairs::approval::receipt_secret(desks.store(), &desks.office.receipt_key, &case).await?;
            answer.receipt_secret = Some(secret);
            answer.state = Some(case.state.word());
            answer.number = Some(case.number);
        }
        Ok(Synced::Mend(errors)) => {
            answer.result = "mend";
            let error = |e: &affairs::catalog::FieldError| MendBody {
                pointer: e.pointer.clone(),
                code: e.code.clone(),
                message: frame.text(&e.message).to_owned(),
            };
            answer.errors = errors.iter().map(error).collect();
        }
        Ok(Synced::Back(why)) => {
            answer.result = "back";
            answer.why = Some(frame.text(&why).to_owned());
        }
        // Somebody changed what it stood on, or the database is away: the others are answered all the same.
        Err(affairs::approval::ApprovalError::NotFound) => return Err(Problem::not_found()),
        Err(error) => {
            tracing::warn!(%error, "a draft of an agent is to be sent again");
            let why = Text::new(
                "现在没有办成，什么都没有丢失，请稍后再同步",
                "not done now and nothing is lost; sync again later",
            );
            answer.why = Some(frame.text(&why).to_owned());
        }
    }
    Ok(answer)
}

/// The trips of one item.
#[derive(Serialize, ToSchema)]
struct ItemTripsBody {
    /// Item id.
    item: String,
    /// Cases done with that were handed in online.
    online: i64,
    /// At a village point.
    point: i64,
    /// At a township station.
    station: i64,
    /// At a hall.
    hall: i64,
    /// The record does not say where.
    unknown: i64,
    /// Trips of the traditional way; nothing where nobody knows.
    trips_before: Option<u32>,
    /// How well that is known: A, B, C, D, U.
    grade: Option<&'static str>,
    /// Trips saved by cases of which both sides are known; nothing where the traditional way is not.
    saved: Option<i64>,
}

/// What agents sent on from one place.
#[derive(Serialize, ToSchema)]
struct CarriedBody {
    /// The point or station.
    hall: String,
    /// Item id.
    item: String,
    /// Applications.
    sent: i64,
    /// To the nearest hall in a straight line, metres; nothing where one of them was not measured.
    distance_m: Option<i64>,
    /// Metres not travelled, there and back.
    saved_m: Option<i64>,
}

/// Trips and kilometres saved.
#[derive(Serialize, ToSchema)]
struct TripsBody {
    /// How the figures are worked out.
    formula: Vec<String>,
    /// By item.
    items: Vec<ItemTripsBody>,
    /// By place.
    carried: Vec<CarriedBody>,
}

/// Trips and kilometres saved, with the formula; what nobody knows is left out and says so.
#[utoipa::path(get, path = "/api/v1/trips", tag = "agent", responses((status = 200, body = TripsBody)))]
async fn list_trips(State(state): State<AppState>, frame: Frame) -> Result<Json<TripsBody>, Problem> {
    let desks = state.desks()?;
    let (shard, on) = (&desks.office.shard, frame.now.date());
    let items = agent::trips(desks.store(), shard, &desks.catalog, on).await?;
    let carried = agent::carried(desks.store(), shard, &desks.catalog, on).await?;
    let rules = ["trips.rule_before", "trips.rule_now", "trips.rule_saved", "trips.rule_km"];
    Ok(Json(TripsBody {
        formula: rules.map(|key| frame.t(key).to_owned()).to_vec(),
        items: items.into_iter().map(item_trips).collect(),
        carried: carried.into_iter().map(carried_body).collect(),
    }))
}

fn item_trips(one: agent::ItemTrips) -> ItemTripsBody {
    let [online, point, station, hall, unknown] = one.cases;
    ItemTripsBody {
        online,
        point,
        station,
        hall,
        unknown,
        trips_before: one.before,
        grade: one.grade.map(kernel::Grade::letter),
        saved: one.saved(),
        item: one.item,
    }
}

fn carried_body(one: agent::Carried) -> CarriedBody {
    CarriedBody { sent: one.jobs, distance_m: one.distance_m, saved_m: one.saved_m(), hall: one.hall, item: one.item }
}
