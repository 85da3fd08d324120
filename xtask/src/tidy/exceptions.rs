//! `tidy.toml`: the files and functions that may be longer than the house allows, and the names that a standard gave,
//! each with its reason.

use super::tree::Tree;
use anyhow::{Context, Result};
use serde::Deserialize;

/// Where the exceptions stand.
pub(crate) const FILE: &str = "tidy.toml";

/// All exceptions. An empty or missing file allows none.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exceptions {
    #[serde(default)]
    pub(crate) long_file: Vec<LongFile>,
    #[serde(default)]
    pub(crate) long_function: Vec<LongFunction>,
    #[serde(default)]
    pub(crate) given_name: Vec<GivenName>,
}

/// A file that is one idea and long: a table, a parser.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LongFile {
    pub(crate) path: String,
    /// Its own limit, in lines without tests.
    pub(crate) lines: usize,
    pub(crate) reason: String,
}

/// A function that reads better in one piece.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LongFunction {
    pub(crate) path: String,
    pub(crate) name: String,
    /// Its own limit, in lines.
    pub(crate) lines: usize,
    pub(crate) reason: String,
}

/// A type name that the house would not choose, but a standard did.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenName {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) reason: String,
}

impl Exceptions {
    pub(crate) fn read(tree: &Tree) -> Result<Self> {
        match tree.file(FILE) {
            Some(file) => toml::from_str(&file.text).context(FILE),
            None => Ok(Self::default()),
        }
    }
}
