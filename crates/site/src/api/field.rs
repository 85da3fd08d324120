//! Inspectors without network over the API: a device and its key, what it takes along, and what comes from it later.

use affairs::material;
use affairs::supervision::{
    self, Device, FieldDraft, FieldShot, FieldSynced, Inspection, PHOTO, PHOTOS, PhotoSaid, Recording, Sender,
};
use axum::Json;
use axum::extract::{Extension, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Id, Moment, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::frame::Frame;
use crate::material::sent::{Expected, Sent, read};
use crate::office::Desks;
use crate::problem::Problem;
use crate::session::{Officer, Present};
use crate::state::AppState;
use crate::supervision::{FieldKit, field_kit};

/// The most records of one sync: what does not fit goes with the next.
const MOST: usize = 20;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(open_field_device))
        .routes(routes!(lose_field_device))
        .routes(routes!(take_field_kit))
        .routes(routes!(sync_field_records))
}

/// What brings photographs: its bodies may be larger.
pub(super) fn uploads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(bring_field_photo))
}

/// A device of the officer who asks.
#[derive(Deserialize, ToSchema)]
struct DeviceBody {
    /// A UUID that the device made for itself.
    id: String,
    /// What it is called; at most 60 characters are kept.
    #[serde(default)]
    name: String,
}

/// A device with its key.
#[derive(Serialize, ToSchema)]
struct KeyBody {
    /// The device.
    id: String,
    /// What it is called.
    name: String,
    /// AES, 256 bits, base64url without padding: keep it in memory, never in clear on the device.
    key: String,
    /// Whether it was made just now.
    is_new: bool,
}

/// The key of a device for the session that asks: under it drafts lie on the device. The first time it is made. A device that was
/// said to be lost is answered with 403 `device_lost`, for ever.
#[utoipa::path(post, path = "/api/v1/field/devices", tag = "supervision", security(("session" = [])),
    request_body = DeviceBody,
    responses((status = 200, body = KeyBody), (status = 403, description = "`device_lost`"), (status = 404), (status = 409)))]
async fn open_field_device(
    State(state): State<AppState>,
    officer: Officer,
    present: Option<Extension<Present>>,
    Json(body): Json<DeviceBody>,
) -> Result<Json<KeyBody>, Problem> {
    let desks = state.desks()?;
    let session = present.map(|Extension(Present(visit))| visit.session.id);
    let asked = (id_of(&body.id)?, body.name.trim());
    let opened = supervision::open_device(&desks.base(), &officer.actor(), asked, session).await?;
    Ok(Json(KeyBody {
        id: opened.device.id.to_string(),
        name: opened.device.name,
        key: URL_SAFE_NO_PAD.encode(opened.key),
        is_new: opened.is_new,
    }))
}

/// A device without its key.
#[derive(Serialize, ToSchema)]
struct DeviceStateBody {
    /// The device.
    id: String,
    /// When it was said to be lost (RFC 3339); nothing: it was not.
    lost_at: Option<String>,
}

/// Says that a device is lost, as its owner or as who manages his account: its key is destroyed, its session ends.
#[utoipa::path(post, path = "/api/v1/field/devices/{id}/lost", tag = "supervision", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = DeviceStateBody), (status = 404)))]
async fn lose_field_device(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
) -> Result<Json<DeviceStateBody>, Problem> {
    let desks = state.desks()?;
    let device = supervision::lose_device(&desks.base(), &officer.actor(), id_of(&id)?).await?;
    Ok(Json(DeviceStateBody { id: device.id.to_string(), lost_at: device.lost_at.map(|at| at.to_string()) }))
}

/// What a device takes along: the visits that are planned, with their checklists. Keep it under the device's key.
#[utoipa::path(get, path = "/api/v1/field/kit", tag = "supervision", security(("session" = [])),
    responses((status = 200, body = FieldKit), (status = 404)))]
async fn take_field_kit(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
) -> Result<Json<FieldKit>, Problem> {
    Ok(Json(field_kit(&state.desks()?, &officer, &frame).await?))
}

fn id_of(id: &str) -> Result<Id, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// A record written without network. Wherever it says a time, it is the device's.
#[derive(Serialize, Deserialize, ToSchema)]
struct FieldDraftBody {
    /// A UUID made on the device: sent twice, it is taken once.
    id: String,
    /// The inspection.
    number: String,
    /// By line of the checklist: `good`, `bad`, `apart`.
    results: BTreeMap<String, String>,
    /// By line: what is to be said of it.
    #[serde(default)]
    notes: BTreeMap<String, String>,
    /// Where, in words.
    #[serde(default)]
    place: String,
    /// As the device says.
    #[serde(default)]
    latitude: String,
    /// As the device says.
    #[serde(default)]
    longitude: String,
    /// When (RFC 3339); none: when it comes.
    #[serde(default)]
    seen_at: Option<String>,
    /// What else is to be said.
    #[serde(default)]
    remark: String,
    /// `signed`, `refused`, `absent`.
    #[serde(default)]
    signing: String,
    /// Who signed, or why nobody did.
    #[serde(default)]
    signer: String,
    /// Until when it is to be mended.
    #[serde(default)]
    mend_by: String,
}

/// Everything written since the last sync.
#[derive(Deserialize, ToSchema)]
struct FieldSyncBody {
    /// The device.
    device: String,
    /// What its clock shows now (RFC 3339): how far it is off is worked out from this, and noted.
    #[serde(default)]
    shown: Option<String>,
    /// At most 20.
    drafts: Vec<FieldDraftBody>,
}

/// One thing to mend.
#[derive(Serialize, ToSchema)]
struct FieldMendBody {
    /// JSON Pointer: `/line/…`, `/note/…`, `/place`, `/seen_at` and so on.
    pointer: String,
    /// What to do about it.
    message: String,
}

/// The record that is there.
#[derive(Serialize, ToSchema)]
struct FieldThereBody {
    /// How the inspection stands.
    state: &'static str,
    /// Its version.
    version: i64,
    /// Whose record it is.
    officer: String,
    /// When it came (RFC 3339); nothing where there is none.
    recorded_at: Option<String>,
    /// What it says, by line.
    results: BTreeMap<String, &'static str>,
    /// What it says of lines.
    notes: BTreeMap<String, String>,
}

impl From<&Inspection> for FieldThereBody {
    fn from(inspection: &Inspection) -> Self {
        let findings = &inspection.findings;
        Self {
            state: inspection.state.word(),
            version: inspection.version,
            officer: inspection.lead_name.clone(),
            recorded_at: inspection.recorded_at.map(|at| at.to_string()),
            results: findings.iter().map(|f| (f.line.clone(), f.result.word())).collect(),
            notes: findings.iter().map(|f| (f.line.clone(), f.note.clone())).filter(|(_, n)| !n.is_empty()).collect(),
        }
    }
}

/// What became of a record.
#[derive(Serialize, ToSchema)]
struct FieldSyncedBody {
    /// The record's id.
    id: String,
    /// `taken`: it is the record of the inspection; `beside`: another was there already or the visit was called off, and it lies
    /// beside, for both officers to see; `mend`: it comes back with everything to mend; `back`: it cannot be taken, and why;
    /// `later`: nothing was done with it, send it again.
    result: &'static str,
    /// Whether it was taken just now.
    is_new: bool,
    /// How many minutes the device's clock was ahead (behind: below nought), where that was noted; its times were turned into the
    /// server's.
    clock_minutes: i64,
    /// What is there now.
    there: Option<FieldThereBody>,
    /// What to mend.
    errors: Vec<FieldMendBody>,
    /// Why it cannot be taken.
    why: Option<String>,
}

/// Takes records that were written without network. Each is answered by itself, in the order sent; none is lost because of another.
#[utoipa::path(post, path = "/api/v1/field/sync", tag = "supervision", security(("session" = [])),
    request_body = FieldSyncBody,
    responses((status = 200, body = Vec<FieldSyncedBody>), (status = 400), (status = 401),
        (status = 403, description = "`device_lost`"), (status = 404, description = "no device of this officer")))]
async fn sync_field_records(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Json(body): Json<FieldSyncBody>,
) -> Result<Json<Vec<FieldSyncedBody>>, Problem> {
    if body.drafts.len() > MOST {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "too_many_records").detail(Text::new(
            format!("一次最多同步 {MOST} 份，其余的下一次再同步"),
            format!("at most {MOST} records at once; send the others with the next sync"),
        )));
    }
    let (desks, actor) = (state.desks()?, officer.actor());
    let device = supervision::own_device(&desks.base(), &actor, id_of(&body.device)?).await?;
    let shown = body.shown.as_deref().and_then(|shown| shown.parse().ok());
    let sender = Sender { actor: &actor, device: &device, shown };
    let mut answers = Vec::with_capacity(body.drafts.len());
    for draft in &body.drafts {
        answers.push(synced(&desks, sender, &frame, draft).await?);
    }
    Ok(Json(answers))
}

async fn synced(
    desks: &Desks<'_>,
    sender: Sender<'_>,
    frame: &Frame,
    body: &FieldDraftBody,
) -> Result<FieldSyncedBody, Problem> {
    let mut answer = FieldSyncedBody {
        id: body.id.clone(),
        result: "later",
        is_new: false,
        clock_minutes: 0,
        there: None,
        errors: Vec::new(),
        why: None,
    };
    let Ok(id) = body.id.parse::<Id>() else {
        answer.result = "back";
        let why = Text::new("记录的标识不对，请重新填写", "the record's id is no UUID; write it anew");
        answer.why = Some(frame.text(&why).to_owned());
        return Ok(answer);
    };
    let pairs = |map: &BTreeMap<String, String>| map.clone().into_iter().collect::<Vec<_>>();
    let (results, notes) = (pairs(&body.results), pairs(&body.notes));
    let recording = Recording {
        results: &results,
        notes: &notes,
        place: &body.place,
        position: (&body.latitude, &body.longitude),
        seen_at: body.seen_at.as_deref().and_then(|at| at.parse().ok()),
        remark: &body.remark,
        signing: &body.signing,
        signer: &body.signer,
        mend_by: &body.mend_by,
    };
    let whole = serde_json::to_string(body).map_err(Problem::fault)?.replace('\0', "");
    let draft = FieldDraft { id, number: &body.number, recording: &recording, body: &whole };
    match supervision::sync_field(&desks.approval(), sender, &draft).await {
        Ok(became) => tell(&mut answer, frame, became),
        // Somebody changed what it stood on, or the database is away: the others are answered all the same.
        Err(error) => {
            tracing::warn!(%error, "a record from a site is to be sent again");
            let why = Text::new(
                "现在没有办成，什么都没有丢失，请稍后再同步",
                "not done now and nothing is lost; sync again later",
            );
            answer.why = Some(frame.text(&why).to_owned());
        }
    }
    Ok(answer)
}

fn tell(answer: &mut FieldSyncedBody, frame: &Frame, became: FieldSynced) {
    match became {
        FieldSynced::Taken { inspection, is_new, skew_ms } => {
            (answer.result, answer.is_new) = ("taken", is_new);
            answer.clock_minutes = skew_ms / 60_000;
            answer.there = Some((&*inspection).into());
        }
        FieldSynced::Beside { inspection, is_new } => {
            (answer.result, answer.is_new) = ("beside", is_new);
            answer.there = Some((&*inspection).into());
        }
        FieldSynced::Mend(errors) => {
            answer.result = "mend";
            let one = |e: affairs::catalog::FieldError| FieldMendBody {
                message: frame.text(&e.message).to_owned(),
                pointer: e.pointer,
            };
            answer.errors = errors.into_iter().map(one).collect();
        }
        FieldSynced::Back(why) => {
            answer.result = "back";
            answer.why = Some(frame.text(&why).to_owned());
        }
    }
}

/// A photograph as it was taken in.
#[derive(Serialize, ToSchema)]
struct FieldPhotoBody {
    /// The id that the device made.
    id: String,
    /// The file.
    material: String,
    /// What is strange about it: `no_time`, `other_time`, `no_place`, `false_place`, `far`. It is shown beside the photograph.
    marks: Vec<&'static str>,
}

/// A photograph of an inspection: `multipart/form-data` with the file as the part `/photo/photo`, and `device`, `id` (a UUID: sent
/// twice, it is taken once), `taken_at` and `shown` (RFC 3339, by the device's clock), `latitude`, `longitude` as words.
#[utoipa::path(post, path = "/api/v1/field/inspections/{number}/photos", tag = "supervision", security(("session" = [])),
    params(("number" = String, Path)), request_body(content_type = "multipart/form-data", content = Vec<u8>),
    responses((status = 201, body = FieldPhotoBody), (status = 403, description = "`device_lost`"), (status = 404),
        (status = 409, description = "both have signed"), (status = 413, description = "larger than any form may be"),
        (status = 422, description = "what is wrong with the file")))]
async fn bring_field_photo(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path(number): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let file = supervision::inspection_file(desks.store(), &actor, (&number, frame.now)).await?;
    let terms = desks.catalog.procedure().map(|p| p.upload.clone()).unwrap_or_default();
    let bounds = material::Bounds { file_mb: terms.file_mb, files: PHOTOS, megapixels: terms.megapixels };
    let of = |name: &str| (name == PHOTO).then_some(bounds);
    let sent = read(&state, &desks.base(), request, &Expected { bounds: &of, known: &file.photos }).await?;
    let word = |name: &str| sent.last(name).unwrap_or_default();
    let device = supervision::own_device(&desks.base(), &actor, id_of(word("device"))?).await?;
    let body = photographed(&desks, (&actor, &device), &number, &sent).await?;
    desks.office.checkers.ring();
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

async fn photographed(
    desks: &Desks<'_>,
    (actor, device): (&affairs::access::Actor, &Device),
    number: &str,
    sent: &Sent,
) -> Result<FieldPhotoBody, Problem> {
    let word = |name: &str| sent.last(name).unwrap_or_default();
    let time = |name: &str| word(name).parse::<Moment>().ok();
    let Some(file) = sent.files.first() else { return Err(Problem::of(StatusCode::BAD_REQUEST)) };
    let received = match &file.came {
        Ok(received) => received,
        Err(flaw) => return Err(Problem::invalid(vec![material::field_error(PHOTO, *flaw).into()])),
    };
    let said = PhotoSaid {
        taken_at: time("taken_at"),
        latitude: word("latitude").to_owned(),
        longitude: word("longitude").to_owned(),
        skew_ms: 0,
    };
    let shot = FieldShot { id: id_of(word("id"))?, name: &file.name, received, said: &said };
    let sender = Sender { actor, device, shown: time("shown") };
    let approval = desks.approval();
    let kept = supervision::field_photograph(&approval, sender, number, &shot).await?;
    let seen = supervision::inspection_file(desks.store(), actor, (number, kept.came_at)).await?.inspection;
    let rules = supervision::terms(&approval)?.rules;
    let beside = supervision::Beside {
        came_at: kept.came_at,
        seen_at: seen.seen_at,
        position_e6: seen.position_e6,
        clock: &rules.clock,
        far_m: rules.photo.far_m,
    };
    Ok(FieldPhotoBody {
        id: kept.id.to_string(),
        material: kept.material.to_string(),
        marks: supervision::marks(&kept.said, &beside).iter().map(|mark| mark.word()).collect(),
    })
}
