//! Ratings and contacts over the API: rate, read, answer; where a person is reached outside the house.

use affairs::catalog::{Channel, MessageKind};
use affairs::message::{self, Contact, Posting, Wish, contact};
use affairs::rating::{self, Act, Doing, Given, Level, Rating, Step, Words, Work};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use kernel::{Id, Language};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::limits::Client;
use crate::problem::Problem;
use crate::session::{Officer, Person};
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(rate_case))
        .routes(routes!(rate_with_receipt, list_ratings))
        .routes(routes!(rating_figures))
        .routes(routes!(rating_work))
        .routes(routes!(rating_act))
        .routes(routes!(contacts))
        .routes(routes!(ask_contact, agree_contact, close_contact))
        .routes(routes!(verify_contact))
        .routes(routes!(postings))
}

/// A rating as it is given.
#[derive(Deserialize, ToSchema)]
struct RateBody {
    /// `very_satisfied`, `satisfied`, `fair`, `unsatisfied`, `very_unsatisfied`.
    level: String,
    /// At most 500 characters; shown only after staff looked for personal data.
    #[serde(default)]
    words: String,
    /// Whether the agency may know whose it is, and call.
    #[serde(default)]
    named: bool,
}

impl RateBody {
    fn given<'a>(&'a self, window: &'a str) -> Given<'a> {
        Given { level: Level::from_word(&self.level), words: &self.words, is_named: self.named, window }
    }
}

/// A rating given with a receipt.
#[derive(Deserialize, ToSchema)]
struct ReceiptRateBody {
    /// The case number.
    number: String,
    /// The receipt's secret.
    secret: String,
    /// The window whose tablet this is.
    #[serde(default)]
    window: String,
    /// The rating.
    rating: RateBody,
}

/// A rating as everybody reads it.
#[derive(Serialize, ToSchema)]
struct RatingBody {
    /// Its own id; the case is not told.
    id: String,
    /// Item.
    item: String,
    /// Agency.
    agency: String,
    /// The level's word.
    level: Option<&'static str>,
    /// Name, masked, where it was given.
    name: Option<String>,
    /// The words, where they may be shown, with personal data blotted out.
    words: Option<String>,
    /// `rated`, `to_call`, `called`, `on_ledger`, `appealed`, `closed`.
    state: &'static str,
    /// The public reply.
    reply: Option<String>,
    /// The day it was rated.
    rated_on: Option<String>,
    /// By when a bad rating with a name is called back.
    call_due_at: Option<String>,
}

impl From<&Rating> for RatingBody {
    fn from(rating: &Rating) -> Self {
        Self {
            id: rating.id.to_string(),
            item: rating.item.clone(),
            agency: rating.agency.clone(),
            level: rating.level.map(Level::word),
            name: rating.name_shown().map(str::to_owned),
            words: rating.words_public().map(str::to_owned),
            state: rating.state.word(),
            reply: rating.reply.clone(),
            rated_on: rating.rated_at.map(|at| at.date().to_string()),
            call_due_at: rating.call_due_at.map(|at| at.to_string()),
        }
    }
}

/// A rating as those read it who work on it.
#[derive(Serialize, ToSchema)]
struct WorkBody {
    /// What everybody reads.
    rating: RatingBody,
    /// The case's number, where a name was given.
    number: Option<String>,
    /// The words as written.
    words_written: String,
    /// `silent`, `held`, `shown`, `withheld`.
    words_state: &'static str,
    /// The version an act expects.
    version: i64,
    /// What may be done: words of steps.
    steps: Vec<&'static str>,
}

impl From<&Rating> for WorkBody {
    fn from(rating: &Rating) -> Self {
        let open = Step::ALL.into_iter().filter(|step| rating.state.after(*step).is_some());
        Self {
            rating: rating.into(),
            number: rating.number_shown().map(str::to_owned),
            words_written: rating.words.clone(),
            words_state: rating.words_state.word(),
            version: rating.version,
            steps: open.map(Step::word).collect(),
        }
    }
}

/// Rates a decided case as its applicant: once.
#[utoipa::path(post, path = "/api/v1/cases/{number}/rating", tag = "rating", request_body = RateBody,
    security(("session" = [])), responses((status = 201, body = RatingBody), (status = 404),
        (status = 409, description = "not decided, nothing to rate, or rated already"), (status = 422)))]
async fn rate_case(
    State(state): State<AppState>,
    person: Person,
    Path(number): Path<String>,
    Json(body): Json<RateBody>,
) -> Result<(StatusCode, Json<RatingBody>), Problem> {
    let desks = state.desks()?;
    let given = body.given("");
    let rating = rating::rate(&desks.base(), &desks.catalog, &person.actor(), (&number, &given)).await?;
    Ok((StatusCode::CREATED, Json((&rating).into())))
}

/// Rates a decided case with its receipt: once.
#[utoipa::path(post, path = "/api/v1/ratings", tag = "rating", request_body = ReceiptRateBody,
    responses((status = 201, body = RatingBody), (status = 404), (status = 409), (status = 422), (status = 429)))]
async fn rate_with_receipt(
    State(state): State<AppState>,
    Client(client): Client,
    Json(body): Json<ReceiptRateBody>,
) -> Result<(StatusCode, Json<RatingBody>), Problem> {
    state.limits().sign_in(client)?;
    let desks = state.desks()?;
    let key = (&desks.office.receipt_key, body.number.as_str(), body.secret.as_str());
    let given = body.rating.given(&body.window);
    let rating = rating::rate_with_receipt(&desks.base(), &desks.catalog, key, &given).await?;
    Ok((StatusCode::CREATED, Json((&rating).into())))
}

/// The newest ratings, as everybody reads them.
#[utoipa::path(get, path = "/api/v1/ratings", tag = "rating", responses((status = 200, body = Vec<RatingBody>)))]
async fn list_ratings(State(state): State<AppState>) -> Result<Json<Vec<RatingBody>>, Problem> {
    let (found, _) = rating::published(state.desks()?.store(), None).await?;
    Ok(Json(found.iter().map(Into::into).collect()))
}

/// The figures: how often each level was given, by agency, item and window (very unsatisfied first), and what became of calls.
#[utoipa::path(get, path = "/api/v1/ratings/figures", tag = "rating", responses((status = 200, body = Object)))]
async fn rating_figures(State(state): State<AppState>) -> Result<Json<Value>, Problem> {
    let desks = state.desks()?;
    let figures = rating::figures(desks.store(), &desks.office.shard, None).await?;
    let levels = |all: &BTreeMap<String, rating::Figure>| {
        all.iter().map(|(id, figure)| (id.clone(), json!(figure.levels))).collect::<serde_json::Map<_, _>>()
    };
    let windows: Vec<Value> = figures
        .windows
        .iter()
        .map(|((agency, window), figure)| json!({ "agency": agency, "window": window, "levels": figure.levels }))
        .collect();
    Ok(Json(json!({
        "invited": figures.invited, "total": figures.total.levels, "agencies": levels(&figures.agencies),
        "items": levels(&figures.items), "windows": windows, "calls": { "owed": figures.owed, "made": figures.called,
        "in_time": figures.in_time, "closed": figures.closed, "void": figures.void },
    })))
}

/// What the officer's rights reach and the agency owes: calls, ledger, appeals.
#[utoipa::path(get, path = "/api/v1/rating-work", tag = "rating", security(("session" = [])),
    responses((status = 200, body = Vec<WorkBody>), (status = 401)))]
async fn rating_work(State(state): State<AppState>, Officer(officer): Officer) -> Result<Json<Vec<WorkBody>>, Problem> {
    let found = rating::for_staff(state.desks()?.store(), officer.account, Work::Owed).await?;
    Ok(Json(found.iter().map(Into::into).collect()))
}

/// A step with a rating.
#[derive(Deserialize, ToSchema)]
struct StepBody {
    /// `call`, `mend`, `ledger`, `mended`, `explain`, `appeal`, `uphold`, `dismiss`; or `reply`, `show`, `withhold`.
    step: String,
    /// What was said, done, found; the public reply of steps that end or date the matter.
    #[serde(default)]
    note: String,
    /// The version that was looked at.
    version: i64,
}

/// Carries a rating one step further in the officer's name.
#[utoipa::path(post, path = "/api/v1/ratings/{id}/steps", tag = "rating", request_body = StepBody,
    security(("session" = [])),
    responses((status = 200, body = WorkBody), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn rating_act(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
    Json(body): Json<StepBody>,
) -> Result<Json<WorkBody>, Problem> {
    let desks = state.desks()?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let actor = officer.actor();
    let doing = Doing { base: desks.base(), catalog: &desks.catalog, actor: &actor };
    let (note, version) = (body.note.as_str(), body.version);
    let rating = match (Step::from_word(&body.step), body.step.as_str()) {
        (Some(step), _) => rating::act(&doing, id, &Act { step, note, version }).await?,
        (None, "reply") => rating::reply(&doing, id, (note, version)).await?,
        (None, "show") => rating::check_words(&doing, id, (Words::Show, version)).await?,
        (None, "withhold") => rating::check_words(&doing, id, (Words::Withhold(note), version)).await?,
        _ => return Err(Problem::of(StatusCode::UNPROCESSABLE_ENTITY)),
    };
    Ok(Json((&rating).into()))
}

/// Where a person is reached outside the house.
#[derive(Serialize, ToSchema)]
struct ContactBody {
    /// `sms`, `email`, `wechat`.
    channel: &'static str,
    /// The address, masked.
    address: String,
    /// `zh-CN` or `en`.
    language: &'static str,
    /// What is sent there once it is proven: `action`, `outcome`, `progress`, `rating`.
    kinds: Vec<&'static str>,
    /// Whether it is proven.
    verified: bool,
}

impl From<&Contact> for ContactBody {
    fn from(contact: &Contact) -> Self {
        Self {
            channel: contact.channel.word(),
            address: contact.mask(),
            language: if contact.language == Language::En { "en" } else { "zh-CN" },
            kinds: contact.kinds.iter().map(|kind| kind.word()).collect(),
            verified: contact.is_verified(),
        }
    }
}

/// What is wished for.
#[derive(Deserialize, ToSchema)]
struct WishBody {
    /// The address; left out where only what is sent there changes.
    #[serde(default)]
    address: String,
    /// `zh-CN` or `en`.
    #[serde(default)]
    language: String,
    /// `action`, `outcome`, `progress`, `rating`.
    #[serde(default)]
    kinds: Vec<String>,
}

impl WishBody {
    fn chosen(&self) -> (Language, std::collections::BTreeSet<MessageKind>) {
        let language = if self.language == "en" { Language::En } else { Language::Zh };
        let kinds = self.kinds.iter().filter_map(|word| MessageKind::from_word(word));
        (language, kinds.filter(|kind| MessageKind::CHOSEN.contains(kind)).collect())
    }
}

/// A code.
#[derive(Deserialize, ToSchema)]
struct CodeBody {
    /// Six digits.
    code: String,
}

fn channel_of(word: &str) -> Result<Channel, Problem> {
    Channel::from_word(word).ok_or_else(Problem::not_found)
}

/// The signed-in person's contacts.
#[utoipa::path(get, path = "/api/v1/contacts", tag = "message", security(("session" = [])),
    responses((status = 200, body = Vec<ContactBody>)))]
async fn contacts(State(state): State<AppState>, person: Person) -> Result<Json<Vec<ContactBody>>, Problem> {
    let found = message::contacts(state.desks()?.store(), person.0.party.id).await?;
    Ok(Json(found.iter().map(Into::into).collect()))
}

/// Notes an address and sends it a code.
#[utoipa::path(post, path = "/api/v1/contacts/{channel}", tag = "message", request_body = WishBody,
    security(("session" = [])), responses((status = 202, body = ContactBody), (status = 404, description = "not offered"),
        (status = 422), (status = 429, description = "too many codes")))]
async fn ask_contact(
    State(state): State<AppState>,
    person: Person,
    Path(channel): Path<String>,
    Json(body): Json<WishBody>,
) -> Result<(StatusCode, Json<ContactBody>), Problem> {
    let desks = state.desks()?;
    let (language, kinds) = body.chosen();
    let wish = Wish { channel: channel_of(&channel)?, address: &body.address, language, kinds };
    let contact = contact::ask(&desks.base(), &desks.office.posts, &person.0, &wish).await?;
    Ok((StatusCode::ACCEPTED, Json((&contact).into())))
}

/// Proves an address by its code.
#[utoipa::path(post, path = "/api/v1/contacts/{channel}/code", tag = "message", request_body = CodeBody,
    security(("session" = [])),
    responses((status = 200, body = ContactBody), (status = 404), (status = 410), (status = 422), (status = 429)))]
async fn verify_contact(
    State(state): State<AppState>,
    person: Person,
    Client(client): Client,
    Path(channel): Path<String>,
    Json(body): Json<CodeBody>,
) -> Result<Json<ContactBody>, Problem> {
    state.limits().sign_in(client)?;
    let desks = state.desks()?;
    let code = (channel_of(&channel)?, body.code.as_str());
    let contact = contact::verify(&desks.base(), &desks.office.code_key, &person.0, code).await?;
    Ok(Json((&contact).into()))
}

/// Changes what is sent to an address, and in which language.
#[utoipa::path(put, path = "/api/v1/contacts/{channel}", tag = "message", request_body = WishBody,
    security(("session" = [])), responses((status = 200, body = ContactBody), (status = 404), (status = 409)))]
async fn agree_contact(
    State(state): State<AppState>,
    person: Person,
    Path(channel): Path<String>,
    Json(body): Json<WishBody>,
) -> Result<Json<ContactBody>, Problem> {
    let channel = channel_of(&channel)?;
    let contact = contact::agree(&state.desks()?.base(), &person.0, channel, body.chosen()).await?;
    Ok(Json((&contact).into()))
}

/// Takes a contact away and erases its address.
#[utoipa::path(delete, path = "/api/v1/contacts/{channel}", tag = "message", security(("session" = [])),
    responses((status = 204), (status = 404), (status = 409)))]
async fn close_contact(
    State(state): State<AppState>,
    person: Person,
    Path(channel): Path<String>,
) -> Result<StatusCode, Problem> {
    contact::close(&state.desks()?.base(), &person.0, channel_of(&channel)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A message on its way outside the house.
#[derive(Serialize, ToSchema)]
struct PostingBody {
    /// `sms`, `email`, `wechat`.
    channel: &'static str,
    /// Where to, masked.
    to: String,
    /// `action`, `outcome`, `progress`, `rating`, `code`.
    kind: &'static str,
    /// `waiting`, `sent`, `refused`, `given_up`, `dropped`.
    state: &'static str,
    /// Who took it, or was tried last.
    carrier: Option<String>,
    /// How often it was handed over.
    tries: i64,
    /// When it was made.
    created_at: String,
    /// When nothing more was to be done.
    ended_at: Option<String>,
}

impl From<&Posting> for PostingBody {
    fn from(posting: &Posting) -> Self {
        Self {
            channel: posting.channel.word(),
            to: posting.address_mask.clone(),
            kind: posting.kind.word(),
            state: posting.state.word(),
            carrier: posting.carrier.clone(),
            tries: posting.tries,
            created_at: posting.created_at.to_string(),
            ended_at: posting.ended_at.map(|at| at.to_string()),
        }
    }
}

/// What was sent to the signed-in person outside the house, newest first; at most 50.
#[utoipa::path(get, path = "/api/v1/postings", tag = "message", security(("session" = [])),
    responses((status = 200, body = Vec<PostingBody>)))]
async fn postings(State(state): State<AppState>, person: Person) -> Result<Json<Vec<PostingBody>>, Problem> {
    let found = message::postings_of(state.desks()?.store(), person.0.party.id).await?;
    Ok(Json(found.iter().map(Into::into).collect()))
}
