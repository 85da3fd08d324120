//! The log in public: what it holds, each leaf with its proof, and the files of C2SP tlog-tiles by which anybody checks it
//! without trusting this site. Nobody signs in for it; personal data is not in it.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evidence::key::PublicKey;
use evidence::proof::ProofFile;
use evidence::tile::Tile;
use serde::Deserialize;
use store::{Entry, Inclusion, Witnessed};

use super::view::{LeafPage, LeafRow, LogPage, WitnessRow};
use crate::frame::Frame;
use crate::licence::view::Line;
use crate::office::Desks;
use crate::pieces::Pager;
use crate::problem::{Problem, page};
use crate::state::AppState;

/// Leaves of one page.
const ROWS: u32 = 50;
/// What never changes may be kept by anybody for a year.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The newest checkpoint is asked for again each time.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/log", get(show))
        .route("/log/leaf/{index}", get(leaf))
        .route("/log/leaf/{index}/proof", get(proof))
        .route("/log/checkpoint", get(checkpoint))
        .route("/log/witnessed", get(witnessed))
        .route("/log/tile/{*path}", get(tile))
}

#[derive(Deserialize)]
struct Asked {
    before: Option<u64>,
}

async fn show(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let shard = &desks.office.shard;
    let signed = desks.store().checkpoint(shard).await?;
    let size = signed.as_ref().map_or(0, |s| s.head.size);
    let end = asked.before.unwrap_or(size).min(size);
    let from = end.saturating_sub(u64::from(ROWS));
    let count = u32::try_from(end - from).unwrap_or(ROWS);
    let entries = desks.store().entries(shard, from, count).await?;
    let witnesses = desks.store().witnessed(shard).await?;
    page(&LogPage {
        size,
        signed_at: signed.as_ref().map(|s| s.at),
        origin: signed.as_ref().map(|s| s.head.origin.clone()).unwrap_or_default(),
        root: signed.as_ref().map(|s| s.head.root.to_string()).unwrap_or_default(),
        checkpoint: signed.map(|s| s.note).unwrap_or_default(),
        keys: desks.office.log_keys.iter().map(key).collect(),
        witnesses: witnesses.into_iter().map(witness).collect(),
        leaves: entries.iter().rev().map(|entry| row(&frame, entry)).collect(),
        pager: Pager {
            first: (end < size).then(|| "/log".to_owned()),
            next: (from > 0).then(|| format!("/log?before={from}")),
        },
        frame,
    })
}

/// A key as the lists of verifiers write it: name and id, then the encoded key.
fn key(key: &PublicKey) -> Line {
    let value = format!("{} {}", key.id(), STANDARD.encode(key.bytes()));
    Line { label: key.algorithm().name().to_owned(), value }
}

fn witness(said: Witnessed) -> WitnessRow {
    WitnessRow { key: said.key, cosigned: (said.size > 0).then_some((said.size, said.at)), refused: said.refused }
}

fn row(frame: &Frame, entry: &Entry) -> LeafRow {
    let hash = entry.hash.to_string();
    LeafRow {
        index: entry.position,
        kind: kind(frame, &entry.kind),
        at: entry.at,
        hash: format!("{}…", hash.chars().take(16).collect::<String>()),
    }
}

/// The act's name; its own word where this program knows no other.
fn kind(frame: &Frame, word: &str) -> String {
    let key = format!("leaf_kind.{}", word.replace('.', "_"));
    let name = frame.t(&key);
    if name == key { word.to_owned() } else { format!("{name} ({word})") }
}

async fn included(desks: &Desks<'_>, index: &str) -> Result<Inclusion, Problem> {
    let index: u64 = index.parse().map_err(|_| Problem::not_found())?;
    desks.store().inclusion(&desks.office.shard, index).await?.ok_or_else(Problem::not_found)
}

async fn leaf(State(state): State<AppState>, Path(index): Path<String>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let Inclusion { entry, hashes, signed } = included(&desks, &index).await?;
    page(&LeafPage {
        index: entry.position,
        kind: kind(&frame, &entry.kind),
        at: entry.at,
        hash: entry.hash.to_string(),
        bytes: String::from_utf8_lossy(&entry.bytes).into_owned(),
        size: signed.head.size,
        proof: hashes.iter().map(ToString::to_string).collect(),
        root: signed.head.root.to_string(),
        download: format!("/log/leaf/{}/proof", entry.position),
        frame,
    })
}

/// The proof file (C2SP tlog-proof). The leaf's own bytes ride along as its extra data: the proof vouches for them, so
/// the file is all one needs.
async fn proof(State(state): State<AppState>, Path(index): Path<String>) -> Result<Response, Problem> {
    let Inclusion { entry, hashes, signed } = included(&state.desks()?, &index).await?;
    let name = format!("attachment; filename=\"leaf-{}.tlog-proof\"", entry.position);
    let file = ProofFile { extra: Some(entry.bytes), index: entry.position, hashes, checkpoint: signed.note };
    let disposition = HeaderValue::from_str(&name).map_err(Problem::fault)?;
    Ok(([TEXT, (header::CONTENT_DISPOSITION, disposition)], file.to_text()).into_response())
}

const TEXT: (HeaderName, HeaderValue) = (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));

async fn checkpoint(State(state): State<AppState>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let signed = desks.store().checkpoint(&desks.office.shard).await?.ok_or_else(Problem::not_found)?;
    Ok(([TEXT, (header::CACHE_CONTROL, ASK_AGAIN)], signed.note).into_response())
}

/// The newest checkpoint that a witness co-signed, with the co-signatures of all that stopped at the same one.
async fn witnessed(State(state): State<AppState>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let said = desks.store().witnessed(&desks.office.shard).await?;
    let size = said.iter().map(|one| one.size).filter(|size| *size > 0).max().ok_or_else(Problem::not_found)?;
    let mut notes = said.into_iter().filter(|one| one.size == size).map(|one| one.note);
    let mut note = notes.next().unwrap_or_default();
    // Each note ends with its witness's line; the log's own lines stand in the first already.
    for more in notes {
        note.push_str(more.lines().next_back().unwrap_or_default());
        note.push('\n');
    }
    Ok(([TEXT, (header::CACHE_CONTROL, ASK_AGAIN)], note).into_response())
}

async fn tile(State(state): State<AppState>, Path(path): Path<String>) -> Result<Response, Problem> {
    let tile: Tile = format!("tile/{path}").parse().map_err(|_| Problem::not_found())?;
    let desks = state.desks()?;
    let bytes = desks.store().tile(&desks.office.shard, tile).await?.ok_or_else(Problem::not_found)?;
    let kind = HeaderValue::from_static("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, FOREVER)], bytes).into_response())
}
