//! A material's bytes for whoever may see what it lies with: the applicant, officers whose rights reach the case. Only what a
//! scanner called clean; never as something a browser would carry out.

use affairs::access::Actor;
use affairs::approval::{self, Standing, draft};
use affairs::material::{self, Holder, Material};
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use evidence::Hash;
use futures_util::stream;
use kernel::Id;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use store::Store;

use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::Problem;
use crate::security::Sandboxed;
use crate::session::{Officer, Person};
use crate::state::AppState;

/// `?see`: a picture within a page; else everything is saved and not opened.
#[derive(Deserialize)]
pub(crate) struct Asked {
    see: Option<String>,
}

impl Asked {
    /// Whether it is seen within a page.
    pub(crate) fn is_to_see(&self) -> bool {
        self.see.is_some()
    }
}

pub(super) async fn of_draft(
    State(state): State<AppState>,
    Person(person): Person,
    Path((draft, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let draft: Id = draft.parse().map_err(|_| Problem::not_found())?;
    let draft = draft::load(desks.store(), &person, draft).await?;
    bytes(&desks, Holder::Draft(draft.id), &id, asked.is_to_see()).await
}

pub(super) async fn of_case(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path((number, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    seen(&state, &person.actor(), (frame.now, Standing::Applicant), (&number, &id, asked.is_to_see())).await
}

pub(super) async fn at_the_desk(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((number, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    seen(&state, &officer.actor(), (frame.now, Standing::Officer), (&number, &id, asked.is_to_see())).await
}

async fn seen(
    state: &AppState,
    actor: &Actor,
    (now, as_whom): (kernel::Moment, Standing),
    (number, id, see): (&str, &str, bool),
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (file, standing) = approval::file_by_number(desks.store(), actor, number, now).await?;
    // The second party confirms; what the applicant handed in is not its business.
    if standing != as_whom {
        return Err(Problem::not_found());
    }
    bytes(&desks, Holder::Case(file.case.id), id, see).await
}

/// The bytes of a material that lies with this holder.
pub(crate) async fn bytes(desks: &Desks<'_>, holder: Holder, id: &str, see: bool) -> Result<Response, Problem> {
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let found = material::of_holder(desks.store(), holder, id).await?;
    let found = found.filter(Material::is_shown).ok_or_else(Problem::not_found)?;
    let hash = found.content().ok_or_else(|| Problem::fault("a material without a hash"))?;
    let size = desks.store().blob_bytes(&found.shard, &hash).await?;
    let size = size.ok_or_else(|| Problem::fault("the bytes of a material are not there"))?;
    let body = Body::from_stream(pieces(desks.store().clone(), found.shard.clone(), hash));
    let mut response = body.into_response();
    response.extensions_mut().insert(Sandboxed);
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(found.kind.media_type()));
    head.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    head.insert(header::CONTENT_DISPOSITION, disposition(&found, see)?);
    Ok(response)
}

/// A picture may be shown within a page; everything else, and whatever nobody asked to see, is saved.
fn disposition(found: &Material, see: bool) -> Result<HeaderValue, Problem> {
    let how = if see && found.kind.is_picture() { "inline" } else { "attachment" };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let name: String =
        found.name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    let line = format!("{how}; filename=\"material.{}\"; filename*=UTF-8''{name}", found.kind.ending());
    HeaderValue::from_str(&line).map_err(Problem::fault)
}

/// Sent on piece by piece as it is read; what does not add up to its hash breaks off before its end.
fn pieces(store: Store, shard: String, hash: Hash) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> {
    let begin = (store, shard, hash, 0_u32, Sha256::new(), None::<Vec<u8>>);
    stream::try_unfold(begin, async |(store, shard, hash, next, mut hasher, held)| {
        let piece = match held {
            Some(piece) => Some(piece),
            None => store.blob_piece(&shard, &hash, next).await.map_err(std::io::Error::other)?,
        };
        let Some(piece) = piece else { return Ok(None) };
        hasher.update(&piece);
        let after = store.blob_piece(&shard, &hash, next + 1).await.map_err(std::io::Error::other)?;
        if after.is_none() && Hash(hasher.clone().finalize().into()) != hash {
            return Err(std::io::Error::other("a material is not what was stored"));
        }
        Ok(Some((Bytes::from(piece), (store, shard, hash, next + 1, hasher, after))))
    })
}
