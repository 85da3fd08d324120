//! Opening a pack: is it sealed by somebody we trust, and is every file the one that was sealed? Everything wrong is told,
//! each with its own code.

use std::collections::BTreeSet;

use evidence::seal::{self, Question, Refusal};
use evidence::trust::TrustList;
use kernel::Moment;

use super::{CATALOG, DOCUMENT, KIND, Manifest, Pack, SCHEMA};
use crate::catalog::entry::hash_of;
use crate::catalog::files::Files;

/// Why a pack is not believed.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum PackRefusal {
    /// There is no sealed document.
    #[error("{DOCUMENT} is missing: this is no pack")]
    NoDocument,
    /// The seal does not hold, or not for this.
    #[error("the seal: {0}")]
    Seal(Refusal),
    /// The sealed text is no manifest of ours.
    #[error("the manifest cannot be read: {0}")]
    Manifest(String),
    /// A newer program made it.
    #[error("the manifest has form {0}, this program reads {SCHEMA}")]
    Schema(u32),
    /// Sealed for another region than it says.
    #[error("sealed for {scope}, but its items are said to be of {region}")]
    OtherRegion {
        /// The seal's scope.
        scope: String,
        /// The manifest's region.
        region: String,
    },
    /// A file that was sealed is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A file is not the one that was sealed.
    #[error("{0} was changed after it was sealed")]
    Changed(String),
    /// A file nobody sealed.
    #[error("{0} was added after the pack was sealed")]
    Added(String),
    /// A path that leads elsewhere, or stands twice.
    #[error("{0:?} is no path of a pack")]
    Path(String),
}

impl PackRefusal {
    /// The reason's code, stable for machines; the seal's own codes stand behind `seal.`.
    pub fn code(&self) -> String {
        let own = match self {
            Self::Seal(refusal) => return format!("seal.{}", refusal.code()),
            Self::NoDocument => "pack.no_document",
            Self::Manifest(_) => "pack.manifest",
            Self::Schema(_) => "pack.schema",
            Self::OtherRegion { .. } => "pack.other_region",
            Self::Missing(_) => "pack.file_missing",
            Self::Changed(_) => "pack.file_changed",
            Self::Added(_) => "pack.file_added",
            Self::Path(_) => "pack.path",
        };
        own.to_owned()
    }
}

/// Opens a pack.
///
/// # Errors
/// The seal's refusal; where the seal is good, every file that is not as it was sealed.
pub fn open(files: &Files, trust: &TrustList, now: Moment) -> Result<Pack, Vec<PackRefusal>> {
    let document = files.get(DOCUMENT).ok_or_else(|| vec![PackRefusal::NoDocument])?;
    let question = Question { kind: KIND, now, logged_at: None };
    let sealed = seal::verify(document, trust, &question).map_err(|refusal| vec![PackRefusal::Seal(refusal)])?;
    let schema = sealed.payload["schema"].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
    if schema != SCHEMA {
        return Err(vec![PackRefusal::Schema(schema)]);
    }
    let manifest: Manifest = serde_json::from_value(sealed.payload.clone())
        .map_err(|error| vec![PackRefusal::Manifest(error.to_string())])?;
    let mut refusals = Vec::new();
    if sealed.scope != format!("{}/item-pack", manifest.region) {
        let region = manifest.region.clone();
        refusals.push(PackRefusal::OtherRegion { scope: sealed.scope.clone(), region });
    }
    refusals.extend(differences(&manifest, files));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let mut catalog = Files::default();
    for (path, bytes) in files.iter() {
        path.strip_prefix(CATALOG).into_iter().for_each(|path| catalog.insert(path, bytes));
    }
    Ok(Pack {
        manifest,
        issuer: sealed.issuer,
        issued_at: sealed.issued_at,
        document: String::from_utf8_lossy(document).into_owned(),
        files: catalog,
    })
}

/// What differs between the sealed list and the files.
fn differences(manifest: &Manifest, files: &Files) -> Vec<PackRefusal> {
    let mut found = Vec::new();
    let mut listed = BTreeSet::new();
    for file in &manifest.files {
        if !is_path(&file.path) || !listed.insert(file.path.as_str()) {
            found.push(PackRefusal::Path(file.path.clone()));
            continue;
        }
        match files.get(&file.path) {
            None => found.push(PackRefusal::Missing(file.path.clone())),
            Some(bytes) if hash_of(bytes) != file.sha256 => found.push(PackRefusal::Changed(file.path.clone())),
            Some(_) => {}
        }
    }
    let added = files.iter().map(|(path, _)| path).filter(|path| *path != DOCUMENT && !listed.contains(path));
    found.extend(added.map(|path| PackRefusal::Added(path.to_owned())));
    found
}

/// Only what a pack may bring: items and what they read, and pages in words. Agencies, regions, calendars, delegations and
/// words are the importing office's own.
fn is_path(path: &str) -> bool {
    let brought = ["catalog/items/", "catalog/registers/", "catalog/parameters/", "catalog/quotas/", "guides/"];
    let plain = path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\\');
    plain && brought.iter().any(|folder| path.starts_with(folder))
}
