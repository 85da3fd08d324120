//! The rules of the house as tests: what a reviewer would otherwise have to say again and again.
//!
//! A check is a function from the [`Tree`] to findings. It reads nothing but the tree, so that each one is tested on a
//! small tree in memory with a bad sample that must go red.

mod catalog;
mod exceptions;
mod floors;
mod habits;
mod layers;
mod lengths;
mod links;
mod names;
mod pages;
mod sizes;
mod source;
mod traces;
mod tree;

pub(crate) use lengths::measure;
pub(crate) use tree::Tree;

use anyhow::Result;
use std::fmt;

/// One thing to mend, at a place that an editor can jump to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Relative to the checkout, with `/`.
    pub(crate) path: String,
    /// Counted from 1; 0 where the finding is about the whole file.
    pub(crate) line: usize,
    /// The check that found it.
    pub(crate) check: &'static str,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

impl Finding {
    pub(crate) fn new(check: &'static str, path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, check, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: [{}] {}", self.path, self.check, self.message),
            line => write!(f, "{}:{line}: [{}] {}", self.path, self.check, self.message),
        }
    }
}

/// Runs every check, in the order of the paths. An error is a tree that cannot be judged, such as a broken `tidy.toml`.
pub(crate) fn findings(tree: &Tree) -> Result<Vec<Finding>> {
    let exceptions = exceptions::Exceptions::read(tree)?;
    let mut found: Vec<Finding> = tree.unparsed().collect();
    found.extend(layers::check(tree)?);
    found.extend(floors::check(tree));
    found.extend(sizes::check(tree, &exceptions));
    found.extend(names::check(tree, &exceptions));
    found.extend(habits::check(tree));
    found.extend(pages::check(tree));
    found.extend(links::check(tree));
    found.extend(traces::check(tree));
    found.extend(catalog::check(tree)?);
    found.sort();
    found.dedup();
    Ok(found)
}
