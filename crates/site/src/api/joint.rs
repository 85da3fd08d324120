//! Bundles and joint handling over the API: what one is, file it once, see how it stands, mend it once, say that nothing is
//! to be mended, extend, take it back.

use affairs::approval::Standing;
use affairs::catalog::Bundle;
use affairs::joint::{self, Answer, Extension, JointFiling, Look};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::IdempotencyKey;
use super::body::{FormBody, ReasonBody, TextBody};
use crate::office::Desks;
use crate::problem::Problem;
use crate::session::{Anyone, Officer, Person};
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(bundles))
        .routes(routes!(bundle))
        .routes(routes!(file_joint, list_joints))
        .routes(routes!(show_joint))
        .routes(routes!(answer_joint))
        .routes(routes!(withdraw_joint))
        .routes(routes!(content))
        .routes(routes!(extend))
}

/// An item of a bundle.
#[derive(Serialize, ToSchema)]
struct BundlePartBody {
    /// Item id.
    item: String,
    /// Always part of it; else wanted where its question is answered with yes.
    always: bool,
    /// The question.
    question: Option<TextBody>,
    /// What its refusal means for the others: `stop` or `go_on`.
    on_refusal: &'static str,
    /// The same in words.
    means: TextBody,
}

/// A bundle.
#[derive(Serialize, ToSchema)]
struct BundleBody {
    /// Id.
    id: String,
    /// Hash of its file.
    version: String,
    /// Name.
    name: TextBody,
    /// One sentence.
    summary: TextBody,
    /// The item whose agency leads.
    lead: String,
    /// Its items.
    parts: Vec<BundlePartBody>,
    /// The form of all its items together, as JSON Schema: each fact once.
    form: Option<Value>,
    /// Which fields of which items each field fills: `item:field`.
    fields: Vec<MappedBody>,
}

/// A field of a bundle's form.
#[derive(Serialize, ToSchema)]
struct MappedBody {
    /// Its name.
    field: String,
    /// What it fills.
    fills: Vec<String>,
}

impl BundleBody {
    fn of(desks: &Desks<'_>, bundle: &Bundle, state: &AppState) -> Self {
        let every: Vec<String> = bundle.parts.iter().map(|p| p.item.clone()).collect();
        let items = joint::items_of(&desks.catalog, bundle, &every, state.clock().now().date()).ok();
        let form = items.and_then(|items| bundle.form(&items));
        let fills =
            |of: &Vec<affairs::catalog::FieldOf>| of.iter().map(|f| format!("{}:{}", f.item, f.field)).collect();
        Self {
            id: bundle.id.clone(),
            version: bundle.hash.clone(),
            name: (&bundle.name).into(),
            summary: (&bundle.summary).into(),
            lead: bundle.lead.clone(),
            parts: bundle
                .parts
                .iter()
                .map(|p| BundlePartBody {
                    item: p.item.clone(),
                    always: p.question.is_none(),
                    question: p.question.as_ref().map(Into::into),
                    on_refusal: match p.on_refusal {
                        affairs::catalog::Refused::Stop => "stop",
                        affairs::catalog::Refused::GoOn => "go_on",
                    },
                    means: (&p.means).into(),
                })
                .collect(),
            fields: form
                .iter()
                .flat_map(|form| &form.fields)
                .map(|(field, of)| MappedBody { field: field.clone(), fills: fills(of) })
                .collect(),
            form: form.map(|form| form.schema.schema),
        }
    }
}

/// What is filed.
#[derive(Deserialize, ToSchema)]
struct JointFilingBody {
    /// Bundle id.
    bundle: String,
    /// The optional items wanted.
    #[serde(default)]
    parts: Vec<String>,
    /// The bundle's form.
    #[schema(value_type = Object)]
    form: Map<String, Value>,
}

/// A case of a handling.
#[derive(Serialize, ToSchema)]
struct JointPartBody {
    /// The case's number.
    number: String,
    /// Item id.
    item: String,
    /// Where it stands, as a case.
    state: &'static str,
    /// Who decides it.
    deciding_agency: String,
    /// Its region.
    region: String,
    /// Its agency said that nothing is to be mended.
    content_at: Option<String>,
    /// Its own limit in law.
    statutory_due_at: Option<String>,
    /// Until when the applicant may mend.
    correction_due_at: Option<String>,
    /// What its refusal means for the others: `stop` or `go_on`.
    on_refusal: &'static str,
}

/// A joint handling.
#[derive(Serialize, ToSchema)]
struct JointBody {
    /// Readable number.
    number: String,
    /// Bundle id.
    bundle: String,
    /// Where it stands: `handling`, `gathering`, `correcting`, `stopped`, `finished`, `ended`, `withdrawn`. Worked out from its
    /// cases.
    state: &'static str,
    /// The agency that leads.
    lead_agency: String,
    /// Responsible region.
    region: String,
    /// Version for an extension.
    version: i64,
    /// RFC 3339.
    filed_at: String,
    /// When the last agency came to hold a complete application; absent while the applicant owes something.
    complete_at: Option<String>,
    /// The joint limit.
    due_at: Option<String>,
    /// When the last of its cases ended.
    ended_at: Option<String>,
    /// Until when the agencies may say what is to be mended.
    gather_due_at: Option<String>,
    /// When the one notice went out.
    notified_at: Option<String>,
    /// When it was answered.
    answered_at: Option<String>,
    /// When the limit was extended, and why.
    extended_at: Option<String>,
    /// Why.
    extension_why: Option<String>,
    /// Its cases.
    parts: Vec<JointPartBody>,
}

impl From<&Look> for JointBody {
    fn from(look: &Look) -> Self {
        let joint = &look.joint;
        let at = |moment: Option<kernel::Moment>| moment.map(|m| m.to_string());
        let part = |p: &joint::Part| JointPartBody {
            number: p.case.number.clone(),
            item: p.case.item.clone(),
            state: p.case.state.word(),
            deciding_agency: p.case.deciding_agency.clone(),
            region: p.case.region.clone(),
            content_at: at(p.content_at),
            statutory_due_at: at(p.case.statutory_due_at),
            correction_due_at: at(p.case.correction_due_at),
            on_refusal: match p.on_refusal {
                affairs::catalog::Refused::Stop => "stop",
                affairs::catalog::Refused::GoOn => "go_on",
            },
        };
        Self {
            number: joint.number.clone(),
            bundle: joint.bundle.clone(),
            state: look.state.word(),
            lead_agency: joint.lead_agency.clone(),
            region: joint.region.clone(),
            version: joint.version,
            filed_at: joint.filed_at.to_string(),
            complete_at: at(look.clock.from),
            due_at: at(look.clock.due),
            ended_at: at(look.clock.ended),
            gather_due_at: at(joint.gather_due_at),
            notified_at: at(joint.notified_at),
            answered_at: at(joint.answered_at),
            extended_at: at(joint.extended_at),
            extension_why: joint.extension_why.clone(),
            parts: look.parts.iter().map(part).collect(),
        }
    }
}

/// A handling in a list.
#[derive(Serialize, ToSchema)]
struct JointLineBody {
    /// Readable number.
    number: String,
    /// Bundle id.
    bundle: String,
    /// Where it stands.
    state: &'static str,
    /// RFC 3339.
    filed_at: String,
}

/// The bundles in force today, without their forms.
#[utoipa::path(get, path = "/api/v1/bundles", tag = "joint", responses((status = 200, body = Vec<BundleBody>)))]
async fn bundles(State(state): State<AppState>) -> Result<Json<Vec<BundleBody>>, Problem> {
    let desks = state.desks()?;
    let today = state.clock().now().date();
    let offered = desks.catalog.bundles().iter().filter(|b| b.in_force(today));
    let short = |b: &std::sync::Arc<Bundle>| BundleBody { form: None, ..BundleBody::of(&desks, b, &state) };
    Ok(Json(offered.map(short).collect()))
}

/// A bundle with the form of all its items together.
#[utoipa::path(get, path = "/api/v1/bundles/{id}", tag = "joint",
    responses((status = 200, body = BundleBody), (status = 404)))]
async fn bundle(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<BundleBody>, Problem> {
    let desks = state.desks()?;
    let bundle = desks.catalog.bundle(&id).ok_or_else(Problem::not_found)?;
    Ok(Json(BundleBody::of(&desks, bundle, &state)))
}

/// Files a bundle: a handling and a case for each item, all of them or none.
#[utoipa::path(post, path = "/api/v1/joints", tag = "joint", request_body = JointFilingBody, security(("session" = [])),
    params(("Idempotency-Key" = String, Header, description = "the same for a repeated request")),
    responses((status = 201, body = JointBody), (status = 409, description = "an item is open already, or the key was used"),
        (status = 422, description = "everything to mend")))]
async fn file_joint(
    State(state): State<AppState>,
    person: Person,
    key: IdempotencyKey,
    Json(body): Json<JointFilingBody>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let filing = JointFiling {
        bundle: &body.bundle,
        chosen: &body.parts,
        form: &body.form,
        channel: "online",
        draft: None,
        key: &key.0,
    };
    let made = joint::file(&desks.approval(), &person.0, &filing).await?;
    let look = joint::look(&desks.approval(), &person.actor(), &made.number).await?;
    let place = HeaderValue::from_str(&format!("/api/v1/joints/{}", made.number)).map_err(Problem::fault)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(JointBody::from(&look))).into_response())
}

/// The handlings of the signed-in person or principal, newest first.
#[utoipa::path(get, path = "/api/v1/joints", tag = "joint", security(("session" = [])),
    responses((status = 200, body = Vec<JointLineBody>)))]
async fn list_joints(
    State(state): State<AppState>,
    Person(person): Person,
) -> Result<Json<Vec<JointLineBody>>, Problem> {
    let desks = state.desks()?;
    let found = joint::joints_of(&desks.approval(), person.principal().id).await?;
    let line = |(joint, state): &(joint::Joint, joint::JointState)| JointLineBody {
        number: joint.number.clone(),
        bundle: joint.bundle.clone(),
        state: state.word(),
        filed_at: joint.filed_at.to_string(),
    };
    Ok(Json(found.iter().map(line).collect()))
}

/// A handling with its cases, for its applicant and for officers of any of its agencies.
#[utoipa::path(get, path = "/api/v1/joints/{number}", tag = "joint", security(("session" = [])),
    responses((status = 200, body = JointBody), (status = 404, description = "none, or not yours")))]
async fn show_joint(
    State(state): State<AppState>,
    Anyone(actor): Anyone,
    Path(number): Path<String>,
) -> Result<Json<JointBody>, Problem> {
    let desks = state.desks()?;
    let look = joint::look(&desks.approval(), &actor, &number).await?;
    Ok(Json((&look).into()))
}

/// The applicant answers the one notice: the whole form, handed to each case that waits for it.
#[utoipa::path(post, path = "/api/v1/joints/{number}/answer", tag = "joint", request_body = FormBody,
    security(("session" = [])), responses((status = 200, body = JointBody), (status = 404), (status = 409), (status = 422)))]
async fn answer_joint(
    State(state): State<AppState>,
    person: Person,
    Path(number): Path<String>,
    Json(body): Json<FormBody>,
) -> Result<Json<JointBody>, Problem> {
    let desks = state.desks()?;
    let look = own(&desks, &person, &number).await?;
    joint::answer(&desks.approval(), &person.0, &Answer { joint: look.joint.id, form: &body.form }).await?;
    Ok(Json((&own(&desks, &person, &number).await?).into()))
}

/// The applicant takes back what is still open.
#[utoipa::path(post, path = "/api/v1/joints/{number}/withdraw", tag = "joint", request_body = ReasonBody,
    security(("session" = [])), responses((status = 200, body = JointBody), (status = 404)))]
async fn withdraw_joint(
    State(state): State<AppState>,
    person: Person,
    Path(number): Path<String>,
    Json(body): Json<ReasonBody>,
) -> Result<Json<JointBody>, Problem> {
    let desks = state.desks()?;
    super::case::short_enough(&body.reason)?;
    let look = own(&desks, &person, &number).await?;
    joint::withdraw(&desks.approval(), &person.0, look.joint.id, &body.reason).await?;
    Ok(Json((&own(&desks, &person, &number).await?).into()))
}

/// The agency of one case says that nothing is to be mended: the others' notice need not wait for it.
#[utoipa::path(post, path = "/api/v1/joints/{number}/parts/{case}/content", tag = "joint", security(("session" = [])),
    responses((status = 200, body = JointBody), (status = 403), (status = 404), (status = 409)))]
async fn content(
    State(state): State<AppState>,
    officer: Officer,
    Path((number, case)): Path<(String, String)>,
) -> Result<Json<JointBody>, Problem> {
    let desks = state.desks()?;
    let look = joint::look(&desks.approval(), &officer.actor(), &number).await?;
    let part = look.parts.iter().find(|p| p.case.number == case).ok_or_else(Problem::not_found)?;
    joint::content(&desks.approval(), &officer.actor(), part.case.id).await?;
    let look = joint::look(&desks.approval(), &officer.actor(), &number).await?;
    Ok(Json((&look).into()))
}

/// An extension of the joint limit.
#[derive(Deserialize, ToSchema)]
struct ExtensionBody {
    /// Who approved it: the head of the government, by name and document.
    approved_by: String,
    /// Why; the applicant reads it.
    why: String,
    /// The version the officer looked at.
    version: i64,
}

/// Extends the joint limit once, with the approval of the head of the government.
#[utoipa::path(post, path = "/api/v1/joints/{number}/extend", tag = "joint", request_body = ExtensionBody,
    security(("session" = [])), responses((status = 200, body = JointBody), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
async fn extend(
    State(state): State<AppState>,
    officer: Officer,
    Path(number): Path<String>,
    Json(body): Json<ExtensionBody>,
) -> Result<Json<JointBody>, Problem> {
    let desks = state.desks()?;
    let look = joint::look(&desks.approval(), &officer.actor(), &number).await?;
    let asked =
        Extension { joint: look.joint.id, approved_by: &body.approved_by, why: &body.why, version: body.version };
    joint::extend(&desks.approval(), &officer.actor(), &asked).await?;
    let look = joint::look(&desks.approval(), &officer.actor(), &number).await?;
    Ok(Json((&look).into()))
}

async fn own(desks: &Desks<'_>, person: &Person, number: &str) -> Result<Look, Problem> {
    let look = joint::look(&desks.approval(), &person.actor(), number).await?;
    if look.standing == Standing::Applicant { Ok(look) } else { Err(Problem::not_found()) }
}
