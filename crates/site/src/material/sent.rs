//! A form with files as it comes over the wire: words are kept in memory and are few, files go piece by piece into the store and
//! are looked at on the way. One that is not taken is let pass to its end, so that what was written in the same form is not lost
//! and the browser hears the answer.

use affairs::access::Desk;
use affairs::material::{Bounds, Flaw, Material, MaterialState, Received, Receiving};
use axum::Form;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use tokio::time::timeout;

use crate::problem::Problem;
use crate::state::{AppState, Settings};

/// Names that begin so are files.
const FILE: &str = "/material/";
/// Names that begin so are files too, photographed at the counter.
const PHOTO: &str = "/photo/";
/// The most files of one form.
const FILES: usize = 64;

/// A form as it was sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Its words, in order.
    pub(crate) pairs: Vec<(String, String)>,
    /// Its files, in order.
    pub(crate) files: Vec<SentFile>,
}

/// A file as it was sent.
#[derive(Debug)]
pub(crate) struct SentFile {
    /// Which of the item's materials it is.
    pub(crate) material: String,
    /// What its sender calls it.
    pub(crate) name: String,
    /// Whether it came by the field for photographs.
    pub(crate) photo: bool,
    /// Its bytes, or what is wrong with them.
    pub(crate) came: Result<Received, Flaw>,
}

/// What files may come: the bounds of each material, and what is there already.
pub(crate) struct Expected<'a> {
    /// The bounds of a material; none: there is no such.
    pub(crate) bounds: &'a (dyn Fn(&str) -> Option<Bounds> + Sync),
    /// What is there already.
    pub(crate) known: &'a [Material],
}

impl Sent {
    /// The last value sent under a name.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a request brings files.
pub(crate) fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("multipart/form-data")
}

/// Reads a form, with files or without.
///
/// # Errors
/// 413 where it is larger than any form with files may be, 504 where it trickles in too slowly, 400 where it is none.
pub(crate) async fn read(
    state: &AppState,
    desk: &Desk<'_>,
    request: Request,
    expected: &Expected<'_>,
) -> Result<Sent, Problem> {
    if !is_multipart(request.headers()) {
        let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(pairs) = form.map_err(|e| Problem::of(e.status()))?;
        return Ok(Sent { pairs, files: Vec::new() });
    }
    let mut parts = Multipart::from_request(request, state).await.map_err(|e| Problem::of(e.status()))?;
    let (mut sent, mut words) = (Sent::default(), 0);
    let patience = state.settings().timeout;
    loop {
        let next = timeout(patience, parts.next_field()).await.map_err(|_| slow())?;
        let Some(mut field) = next.map_err(unread)? else { return Ok(sent) };
        let name = field.name().unwrap_or_default().to_owned();
        let file = name.strip_prefix(FILE).map(|id| (id, false));
        match file.or_else(|| name.strip_prefix(PHOTO).map(|id| (id, true))) {
            Some((material, photo)) => {
                let file = file_of(desk, (&mut field, patience), (material, photo), (&sent, expected)).await?;
                sent.files.extend(file);
            }
            None => {
                let value = word(&mut field, patience, &mut words).await?;
                sent.pairs.push((name, value));
            }
        }
    }
}

async fn word(field: &mut Field<'_>, patience: std::time::Duration, words: &mut usize) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = timeout(patience, field.chunk()).await.map_err(|_| slow())?.map_err(unread)? {
        *words += piece.len();
        if *words > Settings::BODY_BYTES {
            return Err(Problem::of(StatusCode::PAYLOAD_TOO_LARGE));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| Problem::of(StatusCode::BAD_REQUEST))
}

/// A file; none where nothing was chosen.
async fn file_of(
    desk: &Desk<'_>,
    (field, patience): (&mut Field<'_>, std::time::Duration),
    (material, photo): (&str, bool),
    (sent, expected): (&Sent, &Expected<'_>),
) -> Result<Option<SentFile>, Problem> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let Some(bounds) = (expected.bounds)(material).filter(|_| sent.files.len() < FILES) else {
        return Err(Problem::of(StatusCode::BAD_REQUEST));
    };
    let there = expected.known.iter().filter(|m| m.material == material && m.state != MaterialState::Refused).count()
        + sent.files.iter().filter(|f| f.material == material && f.came.is_ok()).count();
    let full = u32::try_from(there).map_or(true, |there| there >= bounds.files);
    let (mut receiving, mut any) = (None, false);
    while let Some(piece) = timeout(patience, field.chunk()).await.map_err(|_| slow())?.map_err(unread)? {
        any |= !piece.is_empty();
        if receiving.is_none() {
            receiving = Some(Receiving::begin(desk, bounds, full.then_some(Flaw::Many(bounds.files)))?);
        }
        if let Some(receiving) = receiving.as_mut() {
            receiving.push(&piece).await?;
        }
    }
    // A field left alone comes as a file without name and bytes.
    if !any && name.is_empty() {
        return Ok(None);
    }
    let came = match receiving {
        Some(receiving) => receiving.finish().await?,
        None => Err(Flaw::Empty),
    };
    Ok(Some(SentFile { material: material.to_owned(), name, photo, came }))
}

fn slow() -> Problem {
    Problem::of(StatusCode::GATEWAY_TIMEOUT)
}

fn unread(error: MultipartError) -> Problem {
    Problem::of(error.status())
}
