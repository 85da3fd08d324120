//! Item packs: items as one region built them, sealed, for another region to take over.
//!
//! A pack is a folder. `pack.json` is a sealed document (see [`evidence::seal`]) that names every other file with its
//! SHA-256; `catalog/` holds the items whole (guide, form, rules, cases, checklist, supervision stand in them) with the
//! registers, thresholds and quotas they read; `guides/` says the same in words for those who only want to read.
//!
//! Whoever imports a pack keeps the law as it was written and changes, in one dated file, what is its own to say: limits,
//! thresholds, quotas, agencies, region ([`Overrides`]). Then every case of every item runs. Nothing is imported unless the
//! seal, every file, the lint and all cases are right, and everything that is not is told at once.

mod adopt;
mod export;
mod guide;
mod open;
mod overrides;

use kernel::{Date, Moment, Text};
use serde::{Deserialize, Serialize};

pub use adopt::{Adopted, adopt};
pub use export::{ExportError, Packing, export};
pub use open::{PackRefusal, open};
pub use overrides::Overrides;

use super::files::Files;

/// The kind of the sealed document.
pub const KIND: &str = "budayang/item-pack@v1";
/// The sealed document's file.
pub const DOCUMENT: &str = "pack.json";
/// Where catalogue files stand in a pack.
const CATALOG: &str = "catalog/";
/// Version of [`Manifest`].
const SCHEMA: u32 = 1;

/// What the seal is over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this form.
    pub schema: u32,
    /// Region whose items these are.
    pub region: String,
    /// Version of the catalogue they were taken from.
    pub catalog: String,
    /// The items.
    pub items: Vec<PackedItem>,
    /// What the importing office must have.
    pub needs: Needs,
    /// Every other file of the pack.
    pub files: Vec<PackedFile>,
}

/// One item of a pack.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedItem {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Hash of its folder.
    pub version: String,
    /// First day there.
    pub valid_from: Date,
}

/// What items lean on beside themselves.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Roles that some agency must have.
    pub roles: Vec<String>,
    /// Agencies named by id: overridden with the importing region's own.
    pub agencies: Vec<String>,
    /// Registers read or written; their layouts are in the pack.
    pub registers: Vec<String>,
    /// Thresholds; in the pack.
    pub parameters: Vec<String>,
    /// Quotas; in the pack.
    pub quotas: Vec<String>,
}

/// One file of a pack.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedFile {
    /// Path in the pack.
    pub path: String,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// A pack whose seal and files are right.
#[derive(Clone, PartialEq, Debug)]
pub struct Pack {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Who sealed it, as the trust list names them.
    pub issuer: String,
    /// When.
    pub issued_at: Moment,
    /// The sealed document to the byte.
    pub document: String,
    /// Its catalogue files, by their path below `catalog/`.
    pub files: Files,
}
